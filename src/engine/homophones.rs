//! Words of two characters that a slip of the ear or the eye turns into something else.
//!
//! Whoever types by sound picks a wrong character, or a wrong word of the same syllables: 会议 becomes 悔意. The words are
//! those of the lexicon that are frequent enough to be meant.

use super::filter::Filter;
use super::ngram::sound_key;
use super::segment::{common, is_word};
use super::slip::{members, shapes_like, sound_groups, syllables};
use super::wording::Pairs;

/// The pairs of characters that are a word.
static PAIRS: Pairs<'static> = Pairs::new(include_bytes!(concat!(env!("OUT_DIR"), "/word_pairs.bits")));

/// Words of which one character is known and how the other one sounds.
static SOUNDING: Filter<'static> = Filter::new(include_bytes!(concat!(env!("OUT_DIR"), "/word_sounds.filter")));

/// Syllables and characters of the words, 16 bits each from the highest on, as sorted numbers of 64 bits, little endian.
static WORDS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/homophones.bin"));

/// Calls `visit(code, first)` for each character that is like `old` to ear or eye and makes a word with the one `before` it, if
/// `first` is not set, or `after` it; of two words the more frequent one. A character may be named more than once.
pub(super) fn in_words(old: u32, before: u32, after: u32, mut visit: impl FnMut(u32, bool)) {
    let mut attempt = |code: u32| {
        if code == old {
            return;
        }
        let word = |pair: [u32; 2]| {
            let known = !pair.contains(&0) && PAIRS.contains(pair[0], pair[1]);
            if known { common(pair) } else { None }
        };
        let (last, first) = (word([before, code]), word([code, after]));
        if last.is_some() || first.is_some() {
            visit(code, first.is_some_and(|first| last.is_none_or(|last| first < last)));
        }
    };
    // Most neighbours make no word with anything that sounds so.
    let may_sound = |group: u16| {
        (before != 0 && SOUNDING.contains(sound_key(before, true, group)))
            || (after != 0 && SOUNDING.contains(sound_key(after, false, group)))
    };
    sound_groups(old).filter(|&group| may_sound(group)).flat_map(members).for_each(&mut attempt);
    shapes_like(old).for_each(attempt);
}

/// The words, other ones in both characters, that sound like the word of these two; none if they are no word.
pub(super) fn sounding(word: [u32; 2]) -> impl Iterator<Item = [u32; 2]> {
    let pairs = WORDS.as_chunks().0;
    // Who picks a wrong word picks a word, rare as it may be.
    let known = is_word(word);
    let firsts = syllables(word[0]).iter().filter(move |_| known);
    let prefixes = firsts
        .flat_map(move |&one| syllables(word[1]).iter().map(move |&two| u64::from(one) << 48 | u64::from(two) << 32));
    let words = prefixes.flat_map(move |prefix| {
        let first = pairs.partition_point(|&pair| u64::from_le_bytes(pair) < prefix);
        let pairs = pairs[first..].iter().map(|&pair| u64::from_le_bytes(pair));
        pairs.take_while(move |pair| pair >> 32 == prefix >> 32)
    });
    words
        .map(|pair| [(pair >> 16 & 0xFFFF) as u32, (pair & 0xFFFF) as u32])
        .filter(move |other| other[0] != word[0] && other[1] != word[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(character: char) -> u32 {
        character.into()
    }

    #[test]
    fn words_that_sound_alike_are_told() {
        let words = |text: &str| {
            let codes: Vec<u32> = text.chars().map(u32::from).collect();
            sounding([codes[0], codes[1]]).collect::<Vec<_>>()
        };
        assert!(words("悔意").contains(&[code('会'), code('议')]));
        assert!(!words("悔意").contains(&[code('悔'), code('意')]));
        // No word, nothing that was picked instead of one.
        assert!(words("悔议").is_empty());
    }

    #[test]
    fn characters_are_tried_where_they_make_a_word() {
        let tried = |old: char, before: char, after: char| {
            let mut tried = Vec::new();
            in_words(code(old), code(before), code(after), |code, first| tried.push((code, first)));
            tried
        };
        assert!(tried('暑', '部', '工').contains(&(code('署'), false)));
        assert!(tried('水', '级', '府').iter().all(|&(code, _)| code != '政' as u32), "neither sound nor shape");
        assert!(tried('末', '，', '来').contains(&(code('未'), true)));
    }
}
