//! Which characters fold, and into what.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use crate::simd::{HALVES, Members};

include!(concat!(env!("OUT_DIR"), "/folding.rs"));

/// What folding does with a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Stays.
    Plain,
    /// Becomes another character.
    To(char),
    /// Becomes its compatibility decomposition.
    Compatibility,
    /// White space, folded by its surroundings.
    Space,
    /// Disappears.
    Drop,
}

/// The characters that are not plain, and the control characters.
pub(super) static SUSPECTS: LazyLock<Box<Members>> = LazyLock::new(|| {
    let mut bits = [0u64; 1024];
    // Beside these all is plain; a start need not look at every character there is.
    let ranges = [0..=0x3000, 0xF900..=0xFAFF, 0xFE00..=0xFFFF].into_iter().flatten();
    for code in ranges.chain(TRADITIONAL.iter().map(|&(from, _)| from.into())).filter(|&code| code < 0x1_0000) {
        let is_plain = char::from_u32(code).is_none_or(|character| classify(character) == Class::Plain);
        if code <= u32::from(b' ') || !is_plain {
            bits[(code >> 6) as usize] |= 1 << (code & 63);
        }
    }
    Box::new(Members::new(bits, &COLUMNS))
});

/// Whether a character may be no plain one, or is white space or a control character.
pub(super) fn is_suspect(character: char) -> bool {
    SUSPECTS.contains(character) && (u32::from(character) < 0x1_0000 || classify(character) != Class::Plain)
}

/// What folding does with `character`.
pub(super) fn classify(character: char) -> Class {
    match character {
        '\t'..='\r'
        | ' '
        | '\u{85}'
        | '\u{A0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200A}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202F}'
        | '\u{205F}'
        | '\u{3000}' => Class::Space,
        '!'..='~' => Class::Plain,
        // Soft hyphen, combining grapheme joiner, Mongolian vowel separator, zero-width and directional marks, word
        // joiner and invisible operators, variation selectors, byte order mark.
        '\u{AD}'
        | '\u{34F}'
        | '\u{180E}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}'
        | '\u{E0100}'..='\u{E01EF}' => Class::Drop,
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '％' => shifted(character),
        '\u{2E80}'..='\u{2FDF}' | '\u{F900}'..='\u{FAFF}' | '\u{2F800}'..='\u{2FA1F}' => {
            let mut folded = std::iter::once(character).nfkc();
            match (folded.next(), folded.next()) {
                (Some(one), None) if one == character => Class::Plain,
                (Some(one), None) => Class::To(simplified(one).unwrap_or(one)),
                _ => Class::Compatibility,
            }
        }
        _ => simplified(character).map_or(Class::Plain, Class::To),
    }
}

/// Full-width forms stand 0xFEE0 above their ASCII counterparts.
fn shifted(character: char) -> Class {
    char::from_u32(u32::from(character) - 0xFEE0).map_or(Class::Plain, Class::To)
}

/// The simplified character of a traditional one.
fn simplified(character: char) -> Option<char> {
    let index = TRADITIONAL.binary_search_by_key(&character, |&(from, _)| from).ok()?;
    Some(TRADITIONAL[index].1)
}

/// Appends the compatibility decomposition.
pub(super) fn decompose(character: char, out: &mut String) {
    out.extend(std::iter::once(character).nfkc().map(|one| simplified(one).unwrap_or(one)));
}

/// Whether the character is not Han itself but folds to one, such as a Kangxi radical.
pub(super) fn is_folded_to_han(character: char) -> bool {
    matches!(classify(character), Class::To(folded) if is_han(folded))
}

/// Chinese characters: unified ideographs, their extensions and 〇.
pub fn is_han(character: char) -> bool {
    matches!(character, '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' | '\u{20000}'..='\u{3FFFF}' | '〇')
        || matches!(character, '\u{F900}'..='\u{FAFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_plain_character_is_suspect() {
        for character in '\0'..=char::MAX {
            let suspect = character <= ' ' || classify(character) != Class::Plain;
            assert_eq!(is_suspect(character), suspect, "{character:?}");
        }
    }
}
