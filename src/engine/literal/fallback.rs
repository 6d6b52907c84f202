//! An automaton for text and literals that make comparing slow.
//!
//! What the pass costs depends on how many literals are anchored where the text has their anchors. Ten thousand literals that
//! differ in their last character only, and a text of what they have in common, would take ten thousand comparisons for each
//! character. The pass counts what it spends; where that is more than an automaton would take, an automaton takes over for a
//! stretch of the text. It is built when it has been missed for as long as building it takes, so that no text costs more than
//! a small multiple of what it costs an automaton.

use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use daachorse::{CharwiseDoubleArrayAhoCorasick, CharwiseDoubleArrayAhoCorasickBuilder};

use super::{LiteralScan, Occurrence, around};

/// Nanoseconds for each byte of text above which an automaton would be faster.
const TEDIOUS: u64 = 8;

/// Nanoseconds that building an automaton takes for each byte of its literals.
const BUILDING: u64 = 300;

/// Bytes of the first stretch of text that the automaton takes over, at least.
const STRETCH: usize = 1 << 16;

/// Bytes of the longest such stretch.
const LONGEST_STRETCH: usize = 1 << 22;

/// The automaton of a set of literals, built when it is needed.
pub(super) struct Fallback {
    automaton: OnceLock<Option<Automaton>>,
    /// Nanoseconds to be lost before it is built.
    price: u64,
    /// Nanoseconds lost so far.
    lost: AtomicU64,
    /// Nanoseconds for each byte of text that may be spent.
    tedious: u64,
    /// Bytes of the first stretch of text that the automaton takes over.
    stretch: usize,
}

pub(super) struct Automaton {
    automaton: CharwiseDoubleArrayAhoCorasick<u32>,
    /// Index of each literal and the bytes before its anchor.
    literals: Vec<(u32, u32)>,
}

impl std::fmt::Debug for Fallback {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Fallback").field("built", &self.automaton.get().is_some()).finish_non_exhaustive()
    }
}

impl Fallback {
    /// For literals of `total` bytes, the longest of which has `longest`.
    pub(super) fn new(total: usize, longest: usize) -> Self {
        // The text around a stretch is read as well, so it must not be short against the literals.
        Fallback {
            automaton: OnceLock::new(),
            price: total as u64 * BUILDING,
            lost: AtomicU64::new(0),
            tedious: TEDIOUS,
            stretch: STRETCH.max(longest.saturating_mul(4)),
        }
    }

    /// One that takes over at the first opportunity, for so many bytes.
    #[cfg(test)]
    pub(super) fn impatient(stretch: usize) -> Self {
        Fallback { price: 0, tedious: 0, stretch, ..Fallback::new(0, 0) }
    }

    /// How far the automaton goes when it takes over.
    pub(super) fn guard(&self) -> Guard {
        Guard { first: self.stretch, next: self.stretch }
    }

    /// Nanoseconds that may be spent on a stretch of so many bytes.
    pub(super) fn limit(&self, bytes: usize) -> u64 {
        let patience = match self.automaton.get() {
            Some(Some(_)) => 0,
            Some(None) => return u64::MAX,
            None => self.price.saturating_sub(self.lost.load(Ordering::Relaxed)),
        };
        bytes as u64 * self.tedious + patience
    }

    /// Counts what was spent on a stretch of so many bytes.
    pub(super) fn count(&self, bytes: usize, spent: u64) {
        let lost = spent.saturating_sub(bytes as u64 * self.tedious);
        if lost > 0 {
            self.lost.fetch_add(lost, Ordering::Relaxed);
        }
    }

    /// The automaton of what is in `pool`, literals with indices below `limit`; `None` if they are too many for one.
    pub(super) fn automaton(&self, pool: &[u8], limit: u32) -> Option<&Automaton> {
        self.automaton.get_or_init(|| Automaton::new(pool, limit)).as_ref()
    }
}

impl Automaton {
    fn new(pool: &[u8], limit: u32) -> Option<Self> {
        let mut literals = Vec::new();
        let texts = LiteralScan::all(pool, limit).zip(0u32..).map(|((text, index, before), number)| {
            literals.push((index, before as u32));
            (text, number)
        });
        let automaton = CharwiseDoubleArrayAhoCorasickBuilder::new().build_with_values(texts).ok()?;
        Some(Automaton { automaton, literals })
    }

    /// Visits every occurrence whose anchor begins in `range`, in order of their ends. No literal is longer than `longest`.
    pub(super) fn scan(&self, text: &str, range: &Range<usize>, longest: usize, visit: &mut impl FnMut(Occurrence)) {
        let widened = around(text, range, longest);
        let offset = widened.start;
        for found in self.automaton.find_overlapping_iter(&text[widened]) {
            let (literal, before) = self.literals[found.value() as usize];
            let start = offset + found.start();
            if range.contains(&(start + before as usize)) {
                visit(Occurrence { start, end: offset + found.end(), literal });
            }
        }
    }
}

/// How far the automaton goes: the further, the more often the pass was found too slow in turn.
pub(super) struct Guard {
    first: usize,
    next: usize,
}

impl Guard {
    /// The pass was fast enough.
    pub(super) fn calm(&mut self) {
        self.next = self.first;
    }

    /// It was not, at `from`: gives the end of the stretch for the automaton.
    pub(super) fn reach(&mut self, text: &str, from: usize) -> usize {
        let end = from.saturating_add(self.next);
        self.next = (self.next * 2).min(LONGEST_STRETCH.max(self.first));
        text.ceil_char_boundary(end.min(text.len()))
    }
}
