//! Tags of XML parts where they stand, for changes that leave everything else as it is.

use std::ops::Range;

/// What stands between `<` and `>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagKind {
    Start,
    End,
    Empty,
    /// A CDATA section.
    Literal,
}

/// A tag.
#[derive(Debug, Clone)]
pub(super) struct Tag<'t> {
    pub(super) kind: TagKind,
    /// Name as written, with its prefix.
    pub(super) name: &'t str,
    /// Bytes of the part's text, `<` and `>` included.
    pub(super) span: Range<usize>,
}

/// The tags of `text` in order; comments and processing instructions are passed over.
pub(super) fn tags(text: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text.get(at..)?.find('<')?;
            let rest = &text[start..];
            let until = |end: &str| rest.find(end).map(|found| start + found + end.len());
            if rest.starts_with("<!--") {
                at = until("-->")?;
            } else if rest.starts_with("<?") {
                at = until("?>")?;
            } else if rest.starts_with("<![CDATA[") {
                at = until("]]>")?;
                return Some(Tag { kind: TagKind::Literal, name: "", span: start..at });
            } else {
                at = start + end_of_tag(rest)?;
                let inner = &text[start + 1..at - 1];
                let (kind, inner) = match (inner.strip_prefix('/'), inner.strip_suffix('/')) {
                    (Some(inner), _) => (TagKind::End, inner),
                    (None, Some(inner)) => (TagKind::Empty, inner),
                    (None, None) => (TagKind::Start, inner),
                };
                let name = inner.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
                return Some(Tag { kind, name, span: start..at });
            }
        }
    })
}

/// Length of the tag that `rest` begins with; a `>` in quotes does not end it.
fn end_of_tag(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            (None, b'>') => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The raw value of attribute `name` (as written, with its prefix) of `tag`.
pub(super) fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let mut rest = tag.trim_end_matches(['>', '/']);
    rest = &rest[rest.find(|c: char| c.is_ascii_whitespace())?..];
    loop {
        let (key, value) = rest.split_once('=')?;
        let value = value.trim_start();
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let (value, after) = value[1..].split_once(quote)?;
        if key.trim() == name {
            return Some(value);
        }
        rest = after;
    }
}

/// The prefix that `text` binds to one of `namespaces` on its first element, with its colon; nothing for a default namespace.
pub(super) fn prefix(text: &str, namespaces: &[&str]) -> Option<String> {
    let root = tags(text).find(|tag| tag.kind != TagKind::End)?;
    let tag = &text[root.span];
    namespaces.iter().find_map(|namespace| {
        let at = tag.find(&format!("\"{namespace}\"")).or_else(|| tag.find(&format!("'{namespace}'")))?;
        let name =
            tag[..at].trim_end().strip_suffix('=')?.trim_end().rsplit(|c: char| c.is_ascii_whitespace()).next()?;
        match name.strip_prefix("xmlns")? {
            "" => Some(String::new()),
            named => Some(format!("{}:", named.strip_prefix(':')?)),
        }
    })
}

/// Text as it stands between tags or in attributes.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Changes of a text at places of it, put in at the end all at once.
#[derive(Debug, Default)]
pub(super) struct Patch {
    changes: Vec<(Range<usize>, String)>,
}

impl Patch {
    /// Puts `text` in at `at`; what is put in first at one place comes first.
    pub(super) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.changes.push((at..at, text.into()));
    }

    /// Puts `text` in the place of `span`.
    pub(super) fn replace(&mut self, span: Range<usize>, text: impl Into<String>) {
        self.changes.push((span, text.into()));
    }

    /// The changed text.
    pub(super) fn apply(mut self, text: &str) -> String {
        self.changes.sort_by_key(|(span, _)| span.start);
        let mut changed = String::with_capacity(text.len() + 1024);
        let mut at = 0;
        for (span, new) in self.changes {
            changed.push_str(&text[at..span.start.max(at)]);
            changed.push_str(&new);
            at = span.end.max(at);
        }
        changed.push_str(&text[at..]);
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_stand_where_they_stand() {
        let text = r#"<?xml version="1.0"?><a x="1>2"><!-- <b> --><c/><![CDATA[<d>]]>文</a >"#;
        let found: Vec<(TagKind, &str, &str)> = tags(text).map(|tag| (tag.kind, tag.name, &text[tag.span])).collect();
        assert_eq!(
            found,
            [
                (TagKind::Start, "a", r#"<a x="1>2">"#),
                (TagKind::Empty, "c", "<c/>"),
                (TagKind::Literal, "", "<![CDATA[<d>]]>"),
                (TagKind::End, "a", "</a >"),
            ]
        );
    }

    #[test]
    fn attributes_and_prefixes_are_read() {
        assert_eq!(attribute(r#"<w:c w:id = "3" id='4'/>"#, "id"), Some("4"));
        assert_eq!(attribute(r#"<w:c w:id = "3" id='4'/>"#, "w:id"), Some("3"));
        assert_eq!(attribute("<w:c>", "id"), None);
        assert_eq!(prefix(r#"<w:d xmlns:w="urn:a" xmlns="urn:b">"#, &["urn:a"]).as_deref(), Some("w:"));
        assert_eq!(prefix(r#"<d xmlns:w="urn:a" xmlns="urn:b">"#, &["urn:b"]).as_deref(), Some(""));
    }
}
