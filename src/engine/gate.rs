//! Whether what stands beside a literal lets a pattern match there (`prefilter.rs`).
//!
//! Literals of patterns such as 以上 and 20 stand everywhere, but hardly ever where a match has them. A few comparisons with the
//! characters beside them say so before an automaton runs.

use crate::dictionary::PatternFacts;

/// Characters that may stand at a place.
struct Class {
    /// A bit for each ASCII character.
    ascii: u128,
    /// The other ones: first and last of each range, in order.
    ranges: Box<[(u32, u32)]>,
}

impl Class {
    fn new(ranges: &[(u32, u32)]) -> Self {
        let mut ascii = 0u128;
        for code in ranges.iter().flat_map(|&(first, last)| first..=last.min(0x7F)) {
            ascii |= 1 << code;
        }
        let ranges = ranges.iter().filter(|&&(_, last)| last > 0x7F).map(|&(first, last)| (first.max(0x80), last));
        Class { ascii, ranges: ranges.collect() }
    }

    #[inline]
    fn has(&self, character: char) -> bool {
        let code = u32::from(character);
        if code <= 0x7F {
            return self.ascii >> code & 1 != 0;
        }
        let after = self.ranges.partition_point(|&(first, _)| first <= code);
        after > 0 && code <= self.ranges[after - 1].1
    }
}

/// The gates of all patterns, by number.
#[derive(Default)]
pub(super) struct Gates {
    classes: Vec<Class>,
    /// The places of all gates, by what may stand there: first those before the literal, then those behind it.
    places: Vec<u32>,
    gates: Vec<Gate>,
}

/// What a match has beside a literal.
struct Gate {
    /// Where its places begin, those behind the literal, and where they end.
    places: [u32; 3],
    /// Bytes on both sides at most; more than any text has, if there is no such limit.
    longest: [u32; 2],
}

impl Gates {
    /// Adds the gates of a pattern; gives the number of the first.
    pub(super) fn add(&mut self, facts: &PatternFacts) -> u32 {
        let first = self.gates.len() as u32;
        let base = self.classes.len() as u32;
        self.classes.extend(facts.classes.iter().map(|class| Class::new(class)));
        for gate in &facts.gates {
            let start = self.places.len() as u32;
            self.places.extend(gate.before.places.iter().map(|&class| base + u32::from(class)));
            let middle = self.places.len() as u32;
            self.places.extend(gate.after.places.iter().map(|&class| base + u32::from(class)));
            let places = [start, middle, self.places.len() as u32];
            let longest = [&gate.before, &gate.after].map(|side| side.longest.unwrap_or(u32::MAX));
            self.gates.push(Gate { places, longest });
        }
        first
    }

    /// Whether a match may have a literal at `start..end` of `text`, whose blocks end with line feeds.
    #[inline]
    pub(super) fn admits(&self, gate: u32, text: &str, start: usize, end: usize) -> bool {
        let [first, middle, last] = self.gates[gate as usize].places;
        // Before the first block and behind the last one there is a border, too. Beyond a border nothing is asked.
        let admits = |places: &[u32], characters: &mut dyn Iterator<Item = char>| {
            for &place in places {
                let character = characters.next().unwrap_or('\n');
                if !self.classes[place as usize].has(character) {
                    return false;
                }
                if character == '\n' {
                    break;
                }
            }
            true
        };
        admits(&self.places[middle as usize..last as usize], &mut text[end..].chars())
            && admits(&self.places[first as usize..middle as usize], &mut text[..start].chars().rev())
    }

    /// How many bytes a match may have before a literal and behind it, at most.
    #[inline]
    pub(super) fn longest(&self, gate: u32) -> [usize; 2] {
        self.gates[gate as usize].longest.map(|longest| longest as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::prefilter::facts;
    use proptest::prelude::*;

    const EXPRESSIONS: [&str; 12] = [
        "[0-9]{1,3}年(?:0?[1-9]|1[0-2])月",
        "(甲|乙)(丙|[0-9]{2})?月",
        "(?:甲乙?){1,2}丙",
        "乙[^甲]丙年",
        "(?:[甲乙]丙[甲乙丙0-9]{2}|丙[甲乙]{2,3}丁?)年",
        "(?:^|[^0-9])(?<hit>[12]{2}年)",
        "甲{2,}(?:乙|$)",
        "^(?:甲|乙丙)[0-9]*年$",
        "(?:至|[0-9]丙)(?:[0-9][0-9.]{0,8}[甲乙]{0,2})丙",
        "年[^年]{0,4}(?:年[^年]{1,3}月)[^年]{0,4}月",
        "(?:^|丙)(?:^|甲)(?:乙+年|月{2,})",
        "(?:甲[乙丙]+)+年?丙",
    ];

    fn gates(expression: &str) -> (PatternFacts, Gates) {
        let facts = facts(expression).unwrap();
        let mut gates = Gates::default();
        assert_eq!(gates.add(&facts), 0);
        (facts, gates)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Each match has a literal whose gate admits it where it stands, and reaches no further than the gate says.
        #[test]
        fn what_a_match_has_passes(text in "[甲乙丙0-9.年月至]{0,14}", outside in "[甲乙丙0-9年月]{0,3}") {
            let whole = format!("{outside}\n{text}\n{outside}\n");
            let base = outside.len() + 1;
            for expression in EXPRESSIONS {
                let (facts, gates) = gates(expression);
                for found in regex::Regex::new(expression).unwrap().find_iter(&text) {
                    let admits = |literal: &crate::dictionary::Required| {
                        text.match_indices(literal.text.as_str()).any(|(start, _)| {
                            let end = start + literal.text.len();
                            let [before, after] = gates.longest(literal.gate.into());
                            found.start() <= start
                                && end <= found.end()
                                && start - found.start() <= before
                                && found.end() - end <= after
                                && gates.admits(literal.gate.into(), &whole, base + start, base + end)
                        })
                    };
                    prop_assert!(facts.literals.iter().flatten().any(admits), "{expression}: {found:?}");
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_a_match_is_kept_out() {
        for (expression, text, admitted) in [
            ("(?<hit>[多逾达][0-9]{1,8}[人元]{0,2}以上)", "三人以上", false),
            ("(?<hit>[多逾达][0-9]{1,8}[人元]{0,2}以上)", "逾30人以上", true),
            ("(?:^|[^0-9])[12]{2}年", "211年", false),
            ("(?:^|[^0-9])[12]{2}年", "第21年", true),
            ("(?:^|[^0-9])[12]{2}年", "21年", true),
            ("甲乙$", "甲乙丙", false),
            ("甲乙$", "丙甲乙", true),
        ] {
            let (facts, gates) = gates(expression);
            let text = format!("\n{text}\n");
            let mut stands = false;
            let found = facts.literals.iter().flatten().any(|required| {
                text.match_indices(required.text.as_str()).any(|(start, literal)| {
                    stands = true;
                    gates.admits(required.gate.into(), &text, start, start + literal.len())
                })
            });
            assert!(stands, "{expression}: {text}");
            assert_eq!(found, admitted, "{expression}: {text}");
        }
    }
}
