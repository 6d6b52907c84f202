//! From a finding and its right form to the smallest changes of its source.

use crate::document::{Decoded, Document, Span, Text};

/// A stretch of a part's decoded text, and what is to stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) part: u16,
    pub(super) span: Span<Decoded>,
    pub(super) text: String,
}

/// Changes that make `right` of what stands at `span`. Characters that stay are not touched, so that markup between them, and
/// references that spell them, remain. The error says why it cannot be done.
pub(super) fn edits(document: &Document, span: Span<Text>, right: &str) -> Result<Vec<Edit>, &'static str> {
    let found = &document.text[span.range()];
    let mut edits: Vec<Edit> = Vec::new();
    for (start, end, text) in changes(found, right) {
        let change = Span::new(span.start + start, span.start + end);
        let new = if change.is_empty() {
            insertion(document, span, change.start, text)?
        } else {
            replacement(document, change, text)?
        };
        for edit in new {
            match edits.last_mut() {
                Some(last) if last.part == edit.part && last.span.end == edit.span.start => {
                    last.span = Span::new(last.span.start, edit.span.end);
                    last.text.push_str(&edit.text);
                }
                _ => edits.push(edit),
            }
        }
    }
    let ordered = edits.windows(2).all(|pair| pair[0].part != pair[1].part || pair[0].span.end <= pair[1].span.start);
    if ordered { Ok(edits) } else { Err("错误的文字在源文件中次序不同，请人工修改") }
}

/// Ranges of `found` in bytes, and what makes them `right`: character by character where both are as long, else what is left
/// between a common beginning and a common end.
fn changes<'r>(found: &str, right: &'r str) -> Vec<(usize, usize, &'r str)> {
    // A line that ends inside a word, or what has no width there, may stay.
    let is_between =
        |c: char| c.is_whitespace() || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}');
    let written = |text: &str| text.chars().filter(|&c| !is_between(c)).count();
    let (length, wanted) = (found.chars().count(), right.chars().count());
    if length == wanted || (written(found) == wanted && written(right) == wanted) {
        let all = length == wanted;
        let pairs = found.char_indices().filter(|&(_, c)| all || !is_between(c)).zip(right.char_indices());
        return pairs
            .filter(|((_, old), (_, new))| old != new)
            .map(|((at, old), (there, new))| (at, at + old.len_utf8(), &right[there..there + new.len_utf8()]))
            .collect();
    }
    let common = |pair: &(char, char)| pair.0 == pair.1;
    let width = |(character, _): (char, char)| character.len_utf8();
    let head: usize = found.chars().zip(right.chars()).take_while(common).map(width).sum();
    let tail: usize = found[head..].chars().rev().zip(right[head..].chars().rev()).take_while(common).map(width).sum();
    vec![(head, found.len() - tail, &right[head..right.len() - tail])]
}

const CROSSES: &str = "错误跨越标记，请人工修改";

/// Puts `text` in the place of what stands at `change`.
fn replacement(document: &Document, change: Span<Text>, text: &str) -> Result<Vec<Edit>, &'static str> {
    let pieces = document.map.origins(change);
    if pieces.iter().any(|piece| piece.span.is_empty()) || pieces.is_empty() {
        return Err("错误处的文字不在源文件中，请人工修改");
    }
    // A reference that stands for several characters must not be replaced for one of them.
    let neighbours = [document.text[..change.start].chars().next_back(), document.text[change.end..].chars().next()];
    let before = neighbours[0].map(|character| Span::new(change.start - character.len_utf8(), change.start));
    let after = neighbours[1].map(|character| Span::new(change.end, change.end + character.len_utf8()));
    for beside in [before, after].into_iter().flatten() {
        let shares = |one: &crate::document::Origin| {
            pieces.iter().any(|piece| piece.part == one.part && piece.span.overlaps(&one.span))
        };
        if document.map.origins(beside).iter().any(shares) {
            return Err("错误处是由几个字符合成的，请人工修改");
        }
    }
    if pieces.len() > 1 && !text.is_empty() {
        return Err(CROSSES);
    }
    Ok(pieces.iter().map(|piece| Edit { part: piece.part, span: piece.span, text: text.to_owned() }).collect())
}

/// Puts `text` in at offset `at` of the document's text, inside or at a border of `span`.
fn insertion(document: &Document, span: Span<Text>, at: usize, text: &str) -> Result<Vec<Edit>, &'static str> {
    let before = document.text[span.start..at].chars().next_back();
    let after = document.text[at..span.end].chars().next();
    let origin = match (before, after) {
        (Some(character), _) => document
            .map
            .origins(Span::new(at - character.len_utf8(), at))
            .last()
            .map(|one| (one.part, one.span, one.span.end)),
        (None, Some(character)) => document
            .map
            .origins(Span::new(at, at + character.len_utf8()))
            .first()
            .map(|one| (one.part, one.span, one.span.start)),
        (None, None) => None,
    };
    match origin {
        Some((part, span, at)) if !span.is_empty() => {
            Ok(vec![Edit { part, span: Span::new(at, at), text: text.to_owned() }])
        }
        _ => Err(CROSSES),
    }
}

#[cfg(test)]
mod tests {
    use super::changes;

    #[test]
    fn what_stays_is_not_touched() {
        assert_eq!(changes("中华人名共和国", "中华人民共和国"), [(9, 12, "民")]);
        assert_eq!(changes("攻府机构改格", "政府机构改革"), [(0, 3, "政"), (15, 18, "革")]);
        assert_eq!(changes("全面的的落实", "全面的落实"), [(9, 12, "")]);
        assert_eq!(changes("共和", "共同和"), [(3, 3, "同")]);
        assert_eq!(changes("，，", "，"), [(3, 6, "")]);
        assert_eq!(changes("甲", ""), [(0, 3, "")]);
        assert_eq!(changes("布\n署", "部署"), [(0, 3, "部")]);
    }
}
