//! Which findings of a document are those of the run before. Positions and hashes of whole sentences do not survive edits, so
//! evidence is compared tier by tier, the strongest first, and what agrees is taken out of both.

use std::collections::{HashMap, VecDeque};

use crate::judge::Anchor;

/// What a finding is recognised by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Id of the rule.
    pub rule: String,
    /// The text found.
    pub text: String,
    /// The words around it.
    pub anchor: Anchor,
}

/// Characters on both sides that agree, by tier.
const BOTH: [usize; 3] = [16, 8, 4];
/// Characters on one side that agree, in the last tiers.
const ONE: usize = 6;

/// What two findings have in common if they agree in a tier.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Key<'i> {
    /// The sentence and what stands around the hit.
    Exact(&'i str, &'i str, &'i str),
    Sentence(&'i str),
    Both(&'i str, &'i str),
    Before(&'i str),
    After(&'i str),
}

/// Tiers, the strongest evidence first.
const TIERS: usize = 4 + BOTH.len();

fn key(identity: &Identity, tier: usize) -> Option<Key<'_>> {
    let Anchor { before, after, sentence } = &identity.anchor;
    match tier {
        0 => Some(Key::Exact(sentence.as_deref().unwrap_or_default(), before, after)),
        1 => sentence.as_deref().map(Key::Sentence),
        2..5 => {
            let count = BOTH[tier - 2];
            Some(Key::Both(last(before, count), first(after, count)))
        }
        5 => Some(last(before, ONE)).filter(|side| side.chars().count() == ONE).map(Key::Before),
        _ => Some(first(after, ONE)).filter(|side| side.chars().count() == ONE).map(Key::After),
    }
}

/// For each of `new`, the index of the one of `old` that it is. Every one of `old` is given at most once; among equals the
/// order decides.
pub fn pair(old: &[Identity], new: &[Identity]) -> Vec<Option<usize>> {
    let mut pairs = vec![None; new.len()];
    let mut taken = vec![false; old.len()];
    let mut left = new.len().min(old.len());
    for tier in 0..TIERS {
        if left == 0 {
            break;
        }
        let mut waiting: HashMap<(&str, String, Key<'_>), VecDeque<usize>> = HashMap::new();
        for (index, identity) in old.iter().enumerate().filter(|(index, _)| !taken[*index]) {
            if let Some(key) = key(identity, tier) {
                waiting.entry((&identity.rule, bare(&identity.text), key)).or_default().push_back(index);
            }
        }
        for (index, identity) in new.iter().enumerate() {
            if pairs[index].is_some() {
                continue;
            }
            let Some(key) = key(identity, tier) else { continue };
            let found = waiting.get_mut(&(identity.rule.as_str(), bare(&identity.text), key));
            if let Some(partner) = found.and_then(VecDeque::pop_front) {
                pairs[index] = Some(partner);
                taken[partner] = true;
                left -= 1;
            }
        }
    }
    pairs
}

/// Text without the white space that editing moves about.
fn bare(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

fn last(text: &str, count: usize) -> &str {
    let start = text.char_indices().rev().nth(count - 1).map_or(0, |(at, _)| at);
    &text[start..]
}

fn first(text: &str, count: usize) -> &str {
    let end = text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(text: &str, before: &str, after: &str, sentence: &str) -> Identity {
        let sentence = Some(sentence.to_owned()).filter(|sentence| !sentence.is_empty());
        let anchor = Anchor { before: before.to_owned(), after: after.to_owned(), sentence };
        Identity { rule: "typos/部署".to_owned(), text: text.to_owned(), anchor }
    }

    /// What is the same stays with itself, whatever order and company it is in.
    #[test]
    fn stronger_evidence_goes_first() {
        let old = [
            identity("布署", "要求各级认真抓好", "春耕生产工作", "s1"),
            identity("布署", "会议全面", "防汛抗旱", "s2"),
            identity("布署", "会议全面", "森林防火", "s3"),
        ];
        let new = [
            // The sentence was edited; four characters on both sides are left.
            identity("布署", "本次会议全面", "森林防火督查", "s9"),
            // Moved, otherwise the same.
            identity("布署", "要求各级认真抓好", "春耕生产工作", "s1"),
            // Nothing like it before.
            identity("布署", "市里", "招商", ""),
            // White space in the hit.
            identity("布 署", "会议全面", "防汛抗旱", "s2"),
        ];
        assert_eq!(pair(&old, &new), [Some(2), Some(0), None, Some(1)]);
    }

    /// Cells that hold the error alone are told by their neighbours.
    #[test]
    fn neighbours_tell_cells_apart() {
        let old = [identity("布署", "张三", "李四", ""), identity("布署", "李四", "王五", "")];
        let new = [identity("布署", "李四", "王五", "")];
        assert_eq!(pair(&old, &new), [Some(1)]);
    }

    #[test]
    fn other_rules_and_texts_never_match() {
        let old = [identity("布署", "认真", "工作", "s")];
        let other = Identity { rule: "typos/按装".to_owned(), ..old[0].clone() };
        assert_eq!(pair(&old, &[other, identity("部暑", "认真", "工作", "s")]), [None, None]);
    }
}
