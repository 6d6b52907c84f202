//! Whether what stands beside a literal lets a pattern match there (`prefilter.rs`).
//!
//! Literals of patterns such as 以上 and 20 stand everywhere, but hardly ever where a match has them. A few comparisons with the
//! characters beside them say so, where running an automaton would cost a hundred times as much.

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
        // What separates blocks belongs to no match, for a pattern sees one block at a time.
        ascii &= !(1 << u32::from('\n'));
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
    /// Where the places of each gate begin, and those behind the literal, and where they end.
    gates: Vec<[u32; 3]>,
}

impl Gates {
    /// Adds the gates of a pattern; gives the number of the first.
    pub(super) fn add(&mut self, facts: &PatternFacts) -> u32 {
        let first = self.gates.len() as u32;
        let base = self.classes.len() as u32;
        self.classes.extend(facts.classes.iter().map(|class| Class::new(class)));
        for gate in &facts.gates {
            let start = self.places.len() as u32;
            self.places.extend(gate.before.iter().map(|&class| base + u32::from(class)));
            let middle = self.places.len() as u32;
            self.places.extend(gate.after.iter().map(|&class| base + u32::from(class)));
            self.gates.push([start, middle, self.places.len() as u32]);
        }
        first
    }

    /// Whether a match may have a literal at `start..end` of `text`, whose blocks end with line feeds.
    #[inline]
    pub(super) fn admits(&self, gate: u32, text: &str, start: usize, end: usize) -> bool {
        let Some(&[first, middle, last]) = self.gates.get(gate as usize) else { return true };
        let mut before = text[..start].chars().rev();
        let mut after = text[end..].chars();
        let holds = |place: &u32, character: Option<char>| {
            character.is_some_and(|character| self.classes[*place as usize].has(character))
        };
        self.places[middle as usize..last as usize].iter().all(|place| holds(place, after.next()))
            && self.places[first as usize..middle as usize].iter().all(|place| holds(place, before.next()))
    }
}
