//! What the blocks of an HTML page, an XML document or JSON data stand in, kept so that a path is built only for what is reported.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Index of an element in an [`Outline`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NodeIndex(u32);

/// Names of elements, attributes and members with their parents and their ordinals among siblings of the same name.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Outline {
    nodes: Vec<Node>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Node {
    parent: Option<NodeIndex>,
    name: Cow<'static, str>,
    /// Position among the siblings of the same name, from 1; 0 for what has no such siblings: attributes, members.
    ordinal: u32,
}

impl Outline {
    /// Adds an element.
    pub fn add(&mut self, parent: Option<NodeIndex>, name: impl Into<Cow<'static, str>>, ordinal: u32) -> NodeIndex {
        self.nodes.push(Node { parent, name: name.into(), ordinal });
        NodeIndex((self.nodes.len() - 1) as u32)
    }

    /// A selector that leads to exactly this element, such as `html > body > p:nth-of-type(3)`.
    pub fn css_path(&self, index: NodeIndex) -> String {
        let mut steps = Vec::new();
        let mut next = Some(index);
        while let Some(node) = next.and_then(|index| self.nodes.get(index.0 as usize)) {
            steps.push(match &*node.name {
                // There is only one of each, and a bare name reads better.
                name @ ("html" | "head" | "body") => name.to_owned(),
                name => format!("{name}:nth-of-type({})", node.ordinal),
            });
            next = node.parent;
        }
        steps.reverse();
        steps.join(" > ")
    }

    /// A location path (XPath 1.0) that leads to exactly this element or attribute, such as `/rss/channel[1]/title[1]`.
    pub fn xpath(&self, index: NodeIndex) -> String {
        let steps = self.steps(index).map(|node| match (node.parent, node.ordinal) {
            (None, _) | (_, 0) => format!("/{}", node.name),
            (_, ordinal) => format!("/{}[{ordinal}]", node.name),
        });
        joined(steps)
    }

    /// A JSON Pointer (RFC 6901), such as `/data/0/content`: members have the ordinal 0, elements of arrays have no name.
    pub fn pointer(&self, index: NodeIndex) -> String {
        let steps = self.steps(index).map(|node| match node.ordinal {
            0 => format!("/{}", node.name.replace('~', "~0").replace('/', "~1")),
            ordinal => format!("/{}", ordinal - 1),
        });
        joined(steps)
    }

    /// From the inside out.
    fn steps(&self, index: NodeIndex) -> impl Iterator<Item = &Node> {
        let node = |index: NodeIndex| self.nodes.get(index.0 as usize);
        std::iter::successors(node(index), move |one| one.parent.and_then(node))
    }
}

/// Steps that come from the inside out, from the outside in.
fn joined(steps: impl Iterator<Item = String>) -> String {
    let mut steps: Vec<String> = steps.collect();
    steps.reverse();
    steps.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_in_the_terms_of_their_formats() {
        let mut outline = Outline::default();
        let root = outline.add(None, "rss", 1);
        let item = outline.add(Some(root), "item", 2);
        let attribute = outline.add(Some(item), "@title", 0);
        assert_eq!(outline.xpath(attribute), "/rss/item[2]/@title");
        let member = outline.add(None, "a/b~c", 0);
        let element = outline.add(Some(member), "", 1);
        let empty = outline.add(Some(element), "", 0);
        assert_eq!(outline.pointer(empty), "/a~1b~0c/0/");
    }
}
