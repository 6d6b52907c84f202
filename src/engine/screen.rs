//! Whether an expression matches at all, by an automaton that the build script made of it.
//!
//! To compile an expression takes longer than to check a page, and most places that hold its literals hold no match. The
//! automaton is used as it lies in the program. It walks through text more slowly than what an expression is compiled to, so
//! after some text that takes over; it also says what the groups of a match are.

use std::sync::atomic::{AtomicUsize, Ordering};

use regex_automata::dfa::Automaton;
use regex_automata::dfa::sparse::DFA;
use regex_automata::{Anchored, Input};

use super::wording::FormHash;

/// Hash of each expression, and where its automaton begins and ends, in order of the hashes.
static PLACES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/screens.at"));

/// The automata one after another, as `regex-automata` writes them for little-endian machines.
static AUTOMATA: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/screens.bin"));

/// Bytes of text after which it is worth while to compile the expression.
const ENOUGH: usize = 1 << 16;

/// The automaton of an expression.
pub(super) struct Screen {
    automaton: DFA<&'static [u8]>,
    /// Bytes of text that it may still walk through.
    left: AtomicUsize,
}

impl Screen {
    /// That of `expression`, if the build script made one.
    pub(super) fn of(expression: &str) -> Option<Self> {
        let hash = FormHash::of(expression.chars().map(u32::from)).bits();
        let (rows, _) = PLACES.as_chunks::<16>();
        let key = |row: &[u8; 16]| row.first_chunk().map_or(0, |&hash| u64::from_le_bytes(hash));
        let row = &rows[rows.binary_search_by_key(&hash, key).ok()?];
        let (_, place) = row.split_first_chunk::<8>()?;
        let [start, end] = place.as_chunks().0.first_chunk()?.map(|number| u32::from_le_bytes(number) as usize);
        // It was made for this machine's order of bytes, or is refused.
        let (automaton, _) = DFA::from_bytes(AUTOMATA.get(start..end)?).ok()?;
        Some(Screen { automaton, left: AtomicUsize::new(ENOUGH) })
    }

    /// Whether there is a match in `haystack` from `at` on; `None` if that had better be asked of the expression.
    pub(super) fn is_match_at(&self, haystack: &str, at: usize) -> Option<bool> {
        let length = haystack.len().checked_sub(at)?;
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(length)).ok()?;
        let found = self.automaton.try_search_fwd(&Input::new(haystack).range(at..).earliest(true));
        found.ok().map(|end| end.is_some())
    }

    /// Whether a match in `haystack` begins right at `at`.
    pub(super) fn is_match_from(&self, haystack: &str, at: usize) -> Option<bool> {
        let input = Input::new(haystack).range(at..).anchored(Anchored::Yes).earliest(true);
        self.automaton.try_search_fwd(&input).ok().map(|end| end.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dictionary::{Dictionary, Rule, RuleKind};

    /// The automaton and the expression say the same of all examples, from every character on.
    #[test]
    fn an_automaton_matches_where_its_expression_does() {
        let dictionary = Dictionary::embedded();
        let patterns = || dictionary.entries().of(RuleKind::Pattern).map(|(_, entry)| entry);
        let texts: Vec<&str> = patterns()
            .flat_map(|entry| {
                entry.found.iter().map(|found| found.text.as_str()).chain(entry.clean.iter().map(String::as_str))
            })
            .collect();
        let mut screens = 0;
        for entry in patterns() {
            let Rule::Pattern(pattern) = &entry.rule else { continue };
            let Some(screen) = Screen::of(&pattern.expression) else { continue };
            screens += 1;
            screen.left.store(usize::MAX, Ordering::Relaxed);
            let regex = regex::Regex::new(&pattern.expression).unwrap();
            for text in &texts {
                for at in (0..=text.len()).filter(|&at| text.is_char_boundary(at)) {
                    let found = screen.is_match_at(text, at);
                    assert_eq!(found, Some(regex.is_match_at(text, at)), "{}: {text} from {at}", entry.id);
                }
            }
        }
        assert!(screens * 10 > patterns().count() * 9, "{screens} of {}", patterns().count());
    }

    #[test]
    fn after_some_text_the_expression_is_asked() {
        let screen = Screen::of("。{3,6}").or_else(|| Screen::of("(?<hit>。{3,6})")).unwrap();
        let text = "中".repeat(ENOUGH / 6);
        assert_eq!(screen.is_match_at(&text, 0), Some(false));
        assert_eq!(screen.is_match_at(&text, 0), Some(false));
        assert_eq!(screen.is_match_at(&text, 0), None);
        assert!(Screen::of("no such expression").is_none());
    }
}
