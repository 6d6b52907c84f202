//! What a finding is recognised by after edits beside it.

use super::place::{head, hide_numbers, tail};
use super::{Anchor, Candidate};
use crate::digest::digest;
use crate::normalise::Folded;

/// Characters on each side.
const SIDE: usize = 16;
/// Characters of folded text that are looked at for them: punctuation and blanks between them do not count.
const REACH: usize = 64;
/// Characters that a sentence must have besides the hit, to be told from others.
const TELLING: usize = 6;

/// The anchor of `candidate`, without numbers of `least` digits; if `mask`, without the hit itself.
pub(super) fn anchor(folded: &Folded<'_>, candidate: &Candidate, least: usize, mask: bool) -> Anchor {
    let plain = |text: &str| plain(text, least);
    let text = folded.text();
    let (start, end) = (candidate.span.start, candidate.span.end);
    let before = plain(tail(&text[..start], REACH));
    let after = plain(head(&text[end..], REACH));
    let block = folded.blocks()[candidate.block];
    let left = text[block.start..start].rfind(ends_sentence).map_or(block.start, |at| block.start + at);
    let right = text[end..block.end].find(ends_sentence).map_or(block.end, |at| end + at);
    let said = plain(&text[left..start]).chars().count() + plain(&text[end..right]).chars().count();
    let hit = if mask { String::new() } else { plain(&text[start..end]) };
    let sentence = || plain(&text[left..start]) + &hit + &plain(&text[end..right]);
    let sentence = (said >= TELLING).then(|| format!("{:016x}", digest(sentence().as_bytes())));
    Anchor { before: tail(&before, SIDE).to_owned(), after: head(&after, SIDE).to_owned(), sentence }
}

fn ends_sentence(character: char) -> bool {
    matches!(character, '。' | '！' | '？' | '；' | '!' | '?' | ';' | '\n')
}

/// The characters that count.
fn plain(text: &str, least: usize) -> String {
    hide_numbers(text, least).chars().filter(|character| character.is_alphanumeric()).collect()
}
