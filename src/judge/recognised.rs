//! What is found in text that was recognised in pictures.
//!
//! Recognition takes characters for others that look like them (未 for 末), loses some, and hardly tells punctuation marks apart. That
//! a character is wrong in such a text says little about the page, so what such a mistake explains is not reported; the rest is at
//! most an ordinary error, until somebody has looked at the picture.

use crate::dictionary::{Entries, Rule, Severity};
use crate::document::Document;
use crate::engine::looks_like;
use crate::normalise::Folded;

use super::Candidate;

/// Drops the candidates that recognition may have made, and lowers the others.
pub(super) fn weigh(document: &Document, folded: &Folded<'_>, candidates: &mut Vec<Candidate>, entries: &Entries) {
    let Some(first) = document.recognised_from else { return };
    candidates.retain_mut(|candidate| {
        if candidate.block < first {
            return true;
        }
        let entry = &entries[candidate.entry];
        candidate.severity = Some(candidate.severity(entries).min(Severity::Error));
        let found = &folded.text()[candidate.span.range()];
        match &entry.rule {
            // A number with a check digit is not misread into another one that holds; punctuation and numerals are.
            Rule::Pattern(pattern) => pattern.mask,
            _ => {
                let rights = if candidate.suggestions.is_empty() { &entry.right } else { &candidate.suggestions };
                !rights.is_empty() && !rights.iter().any(|right| is_misread(right, found))
            }
        }
    });
}

/// Whether recognition may have made `found` of `right`: characters that look alike, lost, added, or not recognised.
fn is_misread(right: &str, found: &str) -> bool {
    let (right, found): (Vec<char>, Vec<char>) = (right.chars().collect(), found.chars().collect());
    if found.contains(&char::REPLACEMENT_CHARACTER) {
        return true;
    }
    if right.len() == found.len() {
        return right.iter().zip(&found).all(|(&one, &two)| one == two || looks_like(one, two));
    }
    // Lost or added characters, and nothing else: one is the other with some left out.
    let (long, short) = if right.len() > found.len() { (&right, &found) } else { (&found, &right) };
    let mut rest = long.iter();
    short.iter().all(|character| rest.any(|other| other == character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_recognition_explains() {
        for (right, found) in [
            ("末端", "未端"),
            ("安全", "安\u{FFFD}"),
            ("中华人民共和国", "中华人民和国"),
            ("一二三", "一二二三"),
            ("10日", "l0日"),
        ] {
            assert!(is_misread(right, found), "{right} {found}");
        }
        for (right, found) in [("部署", "布署"), ("中华人民共和国", "中华人民共合国"), ("自然资源部", "国土资源部")]
        {
            assert!(!is_misread(right, found), "{right} {found}");
        }
    }
}
