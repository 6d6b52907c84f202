//! The elements above an HTML page's blocks, kept so that a CSS path is built only for what is reported.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Index of an element in an [`Outline`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NodeIndex(u32);

/// Element names with their parents and their ordinals among siblings of the same name.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Outline {
    nodes: Vec<Node>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Node {
    parent: Option<NodeIndex>,
    name: Cow<'static, str>,
    /// Position among the siblings of the same name, from 1.
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
}
