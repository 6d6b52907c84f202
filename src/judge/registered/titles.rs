//! Titles in 《》, and in which form two titles are the same.

use memchr::memmem;

use crate::document::{Folded as FoldedMark, Span};
use crate::normalise::Folded;

pub(in crate::judge) use super::law_table::key;

/// Bytes of the longest title that is looked for. What goes on longer has lost its closing mark.
const LONGEST: usize = 600;

/// A title in its marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::judge) struct Title {
    /// Block it stands in.
    pub(in crate::judge) block: usize,
    /// The title with its outermost 《 and 》.
    pub(in crate::judge) outer: Span<FoldedMark>,
}

impl Title {
    /// The title without its marks.
    pub(in crate::judge) fn inner(&self) -> Span<FoldedMark> {
        Span::new(self.outer.start + '《'.len_utf8(), self.outer.end - '》'.len_utf8())
    }
}

/// All titles of a document in order of position. A title in a title is part of it, not one of its own; a mark without
/// its partner in the same block makes no title.
pub(in crate::judge) fn titles(folded: &Folded<'_>) -> Vec<Title> {
    let text = folded.text();
    let mut found: Vec<Title> = Vec::new();
    for start in memmem::find_iter(text.as_bytes(), "《") {
        if found.last().is_some_and(|title| start < title.outer.end) {
            continue;
        }
        if let Some(length) = closing(&text[start..]) {
            found.push(Title { block: folded.block_index(start), outer: Span::new(start, start + length) });
        }
    }
    found
}

/// Bytes from the 《 that `text` begins with to the end of its 》.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, character) in text.char_indices().take_while(|&(at, _)| at <= LONGEST) {
        match character {
            '《' => depth += 1,
            '》' => depth -= 1,
            '\n' => return None,
            _ => {}
        }
        if depth == 0 {
            return Some(at + character.len_utf8());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{DocumentBuilder, Place, Scope};

    fn found(blocks: &[&str]) -> Vec<String> {
        let mut builder = DocumentBuilder::new();
        let part = builder.add_part("");
        for block in blocks {
            builder.open(Scope::Body, Place::Text { node: None }, None);
            builder.literal(part, 0, block);
            builder.close();
        }
        let document = builder.finish();
        let folded = Folded::new(&document);
        titles(&folded).iter().map(|title| folded.text()[title.inner().range()].to_owned()).collect()
    }

    #[test]
    fn titles_with_what_stands_in_them() {
        for (text, expected) in [
            ("依据《民法典》和《刑法》", &["民法典", "刑法"][..]),
            ("《国务院关于印发《规划》的通知》要求", &["国务院关于印发《规划》的通知"]),
            ("《关于适用〈民法典〉的解释》", &["关于适用〈民法典〉的解释"]),
            ("《民法\n典》", &["民法典"]),
            ("《民法典、《刑法》", &["刑法"]),
            ("《民法典", &[]),
            ("民法典》", &[]),
            ("", &[]),
        ] {
            assert_eq!(found(&[text]), expected, "{text}");
        }
        assert!(found(&["《民法", "典》"]).is_empty());
    }

    #[test]
    fn titles_are_compared_by_what_they_say() {
        for (one, other) in [
            ("中华人民共和国民法典", "民法典"),
            ("办法(试行)", "办法（试行）"),
            ("关于印发《规划》的通知", "关于印发〈规划〉的通知"),
            ("关于“十四五”规划", "关于\"十四五\"规划"),
            ("中华人民共和国", "中华人民共和国"),
        ] {
            assert_eq!(key(one), key(other));
        }
        assert_ne!(key("办法（试行）"), key("办法"));
    }
}
