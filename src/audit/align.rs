//! Where a sentence differs from its correction, in characters.
//!
//! The distance is that of optimal string alignment (Damerau–Levenshtein without edits inside a swap): a wrong, a surplus
//! and a missing character and two swapped neighbours are one edit each. Often there are several best alignments – of
//! 上上 either 上 is the surplus one – so none of them is singled out: a question about a span is answered over all.

use std::ops::Range;

/// Most edits between a sentence and its correction; beyond, the one is no correction of the other.
pub const MOST_EDITS: usize = 1000;

/// Beyond the band of a table: more than any distance, and safe to add up.
const FAR: u16 = u16::MAX / 4;

/// All best alignments of a sentence with its correction.
#[derive(Debug, Clone)]
pub struct Alignment {
    wrong: Vec<char>,
    right: Vec<char>,
    /// Distances between beginnings.
    heads: Table,
    /// Distances between ends, both reversed.
    tails: Table,
    edits: usize,
}

impl Alignment {
    /// Aligns two sentences; `None` if they are more than [`MOST_EDITS`] edits apart.
    pub fn new(wrong: &str, right: &str) -> Option<Self> {
        Self::of(wrong.chars().collect(), right.chars().collect())
    }

    pub(super) fn of(wrong: Vec<char>, right: Vec<char>) -> Option<Self> {
        let mut band = wrong.len().abs_diff(right.len()).max(4);
        loop {
            if band > MOST_EDITS * 2 {
                return None;
            }
            // A best alignment of cost d never leaves the diagonal by more than d (Ukkonen 1985).
            let heads = Table::new(&wrong, &right, band);
            let edits = usize::from(heads.at(wrong.len(), right.len()));
            if edits <= band {
                if edits > MOST_EDITS {
                    return None;
                }
                let reversed = |text: &[char]| text.iter().rev().copied().collect::<Vec<char>>();
                let tails = Table::new(&reversed(&wrong), &reversed(&right), band);
                return Some(Alignment { wrong, right, heads, tails, edits });
            }
            band *= 2;
        }
    }

    /// Edits that lead from the sentence to its correction.
    pub fn edits(&self) -> usize {
        self.edits
    }

    /// The sentence, in characters.
    pub fn wrong(&self) -> &[char] {
        &self.wrong
    }

    /// The edits that are made good if `span` (characters of the sentence) is replaced: `None` unless there is at least
    /// one, none in the span remains, and nothing else is changed.
    pub fn resolves(&self, span: Range<usize>, replacement: &[char]) -> Option<usize> {
        let inside = distance(self.wrong.get(span.clone())?, replacement)?;
        let first = span.start.saturating_sub(self.edits);
        let last = (span.start + self.edits).min(self.right.len().checked_sub(replacement.len())?);
        let fits = |&start: &usize| {
            let end = start + replacement.len();
            self.right[start..end] == *replacement
                && self.head(span.start, start) + inside + self.tail(span.end, end) == self.edits
        };
        (inside > 0 && (first..=last).any(|start| fits(&start))).then_some(inside)
    }

    /// Whether there is an edit in `span` (characters of the sentence): at one of its characters, or a character missing
    /// between two of them.
    pub fn touches(&self, span: Range<usize>) -> bool {
        let end = span.end.min(self.wrong.len());
        // A swap touches the span with its second character, too.
        (span.start.saturating_sub(1)..end).any(|at| {
            let reach = at.saturating_sub(self.edits)..=(at + self.edits).min(self.right.len());
            reach.into_iter().any(|other| self.edit_at(at, other, &span))
        })
    }

    /// Whether a best alignment makes an edit that touches `span` after the first `at` characters of the sentence and
    /// `other` of the correction.
    fn edit_at(&self, at: usize, other: usize, span: &Range<usize>) -> bool {
        let before = self.head(at, other);
        let best = |cost: usize| cost == self.edits;
        let (here, there) = (self.wrong.get(at..), self.right.get(other..));
        let inside = span.contains(&at);
        let surplus = inside && best(before + 1 + self.tail(at + 1, other));
        let missing = inside && at > span.start && !there.unwrap_or_default().is_empty() && {
            best(before + 1 + self.tail(at, other + 1))
        };
        let replaced = match (here, there) {
            (Some([one, ..]), Some([two, ..])) => {
                inside && one != two && best(before + 1 + self.tail(at + 1, other + 1))
            }
            _ => false,
        };
        let swapped = match (here, there) {
            (Some([a, b, ..]), Some([c, d, ..])) => {
                a == d
                    && b == c
                    && a != b
                    && (inside || span.contains(&(at + 1)))
                    && best(before + 1 + self.tail(at + 2, other + 2))
            }
            _ => false,
        };
        surplus || missing || replaced || swapped
    }

    fn head(&self, wrong: usize, right: usize) -> usize {
        usize::from(self.heads.at(wrong, right))
    }

    fn tail(&self, wrong: usize, right: usize) -> usize {
        match (self.wrong.len().checked_sub(wrong), self.right.len().checked_sub(right)) {
            (Some(wrong), Some(right)) => usize::from(self.tails.at(wrong, right)),
            _ => usize::from(FAR),
        }
    }
}

/// The distance of two short texts; `None` if it is more than [`MOST_EDITS`].
fn distance(one: &[char], two: &[char]) -> Option<usize> {
    let band = one.len().max(two.len());
    (band <= MOST_EDITS).then(|| usize::from(Table::new(one, two, band).at(one.len(), two.len())))
}

/// Distances between all beginnings of two texts whose lengths differ by at most `band`.
#[derive(Debug, Clone)]
struct Table {
    cells: Vec<u16>,
    band: usize,
    columns: usize,
}

impl Table {
    fn new(wrong: &[char], right: &[char], band: usize) -> Self {
        let width = 2 * band + 1;
        let mut table = Table { cells: vec![FAR; (wrong.len() + 1) * width], band, columns: right.len() };
        for row in 0..=wrong.len() {
            let first = row.saturating_sub(band);
            for column in first..=(row + band).min(right.len()) {
                let mut least = if row == 0 && column == 0 { 0 } else { FAR };
                if row > 0 {
                    least = least.min(table.at(row - 1, column) + 1);
                }
                if column > first {
                    least = least.min(table.at(row, column - 1) + 1);
                }
                if row > 0 && column > 0 {
                    let differs = u16::from(wrong[row - 1] != right[column - 1]);
                    least = least.min(table.at(row - 1, column - 1) + differs);
                }
                if row > 1 && column > 1 && wrong[row - 2..row] == [right[column - 1], right[column - 2]] {
                    least = least.min(table.at(row - 2, column - 2) + 1);
                }
                if let Some(index) = table.index(row, column) {
                    table.cells[index] = least.min(FAR);
                }
            }
        }
        table
    }

    fn at(&self, row: usize, column: usize) -> u16 {
        self.index(row, column).and_then(|index| self.cells.get(index)).copied().unwrap_or(FAR)
    }

    fn index(&self, row: usize, column: usize) -> Option<usize> {
        let offset = (column + self.band).checked_sub(row)?;
        (offset <= 2 * self.band && column <= self.columns).then(|| row * (2 * self.band + 1) + offset)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn aligned(wrong: &str, right: &str) -> Alignment {
        Alignment::new(wrong, right).unwrap()
    }

    /// Replaces the first occurrence of `text` and gives the edits that are made good.
    fn resolved(wrong: &str, right: &str, text: &str, suggestion: &str) -> Option<usize> {
        let start = wrong[..wrong.find(text).unwrap()].chars().count();
        let replacement: Vec<char> = suggestion.chars().collect();
        aligned(wrong, right).resolves(start..start + text.chars().count(), &replacement)
    }

    #[test]
    fn edits_are_counted_by_character() {
        for (wrong, right, edits) in [
            ("认真部署", "认真部署", 0),
            ("认真布署", "认真部署", 1),
            ("中华人民和国", "中华人民共和国", 1),
            ("证书上上加盖", "证书上加盖", 1),
            ("体现提", "提现体", 2),
            ("社会会主义", "社会主义", 1),
            ("社主会义", "社会主义", 1),
            ("菓家二登奖", "国家二等奖", 2),
            ("", "国", 1),
            ("全部重写了一遍", "不留一字", 6),
        ] {
            assert_eq!(aligned(wrong, right).edits(), edits, "{wrong} {right}");
        }
        let far = "甲".repeat(MOST_EDITS + 1);
        assert!(Alignment::new(&far, &"乙".repeat(MOST_EDITS + 1)).is_none());
        assert!(Alignment::new(&far, "").is_none());
        assert_eq!(aligned(&far, &far).edits(), 0);
    }

    #[test]
    fn a_correction_is_the_text_that_results() {
        for (wrong, right, text, suggestion, expected) in [
            // The edit alone, and with words around it.
            ("认真布署工作", "认真部署工作", "布", "部", Some(1)),
            ("认真布署工作", "认真部署工作", "认真布署工作", "认真部署工作", Some(1)),
            // A missing character at the border of what is found.
            ("中华人民和国", "中华人民共和国", "和国", "共和国", Some(1)),
            ("中华人民和国", "中华人民共和国", "人民", "人民共", Some(1)),
            // Either of two doubled characters.
            ("证书上上加盖", "证书上加盖", "上", "", Some(1)),
            ("证书上上加盖", "证书上加盖", "上加", "加", Some(1)),
            ("证书上上加盖", "证书上加盖", "上上", "上", Some(1)),
            // Swapped neighbours; half a swap resolves nothing.
            ("社主会义", "社会主义", "主会", "会主", Some(1)),
            ("社主会义", "社会主义", "主", "会", None),
            // Two edits in one span: both or nothing.
            ("承担有线则任", "承担有限责任", "有线则任", "有限责任", Some(2)),
            ("承担有线则任", "承担有限责任", "有线则任", "有限则任", None),
            ("承担有线则任", "承担有限责任", "有线", "有限", Some(1)),
            // The suggestion occurs on the right, but elsewhere.
            ("先部署再布属", "先部署再部署", "布属", "部署", Some(2)),
            ("先布署再检查", "先检查再检查", "布署", "部署", None),
            // The error is made good, and something else is spoilt.
            ("认真布署工作", "认真部署工作", "布署工作", "部署任务", None),
            ("认真布署了工作", "认真部署了工作", "布署了", "部署", None),
            // Nothing was wrong there.
            ("认真布署工作", "认真部署工作", "工作", "任务", None),
            ("认真布署工作", "认真部署工作", "工作", "工作", None),
        ] {
            let result = resolved(wrong, right, text, suggestion);
            assert_eq!(result, expected, "{wrong} → {right}: {text} → {suggestion}");
        }
        assert_eq!(aligned("部署", "部署").resolves(1..9, &['署']), None);
    }

    #[test]
    fn detections_share_a_character_with_an_edit() {
        for (wrong, right, span, expected) in [
            ("认真布署工作", "认真部署工作", 2..4, true),
            ("认真布署工作", "认真部署工作", 3..4, false),
            ("认真布署工作", "认真部署工作", 0..2, false),
            ("证书上上加盖", "证书上加盖", 2..3, true),
            ("证书上上加盖", "证书上加盖", 3..4, true),
            ("证书上上加盖", "证书上加盖", 4..6, false),
            ("社主会义", "社会主义", 2..3, true),
            ("社主会义", "社会主义", 1..2, true),
            ("社主会义", "社会主义", 3..4, false),
            // What is missing between two characters of the span, but not what is missing beside it.
            ("中华人民和国", "中华人民共和国", 2..6, true),
            ("中华人民和国", "中华人民共和国", 2..4, false),
            ("中华人民和国", "中华人民共和国", 4..6, false),
            ("工作", "工作", 0..2, false),
        ] {
            assert_eq!(aligned(wrong, right).touches(span.clone()), expected, "{wrong} → {right}: {span:?}");
        }
    }

    proptest! {
        #[test]
        fn the_band_loses_nothing(wrong in "[甲乙丙]{0,12}", right in "[甲乙丙]{0,12}") {
            let (one, two): (Vec<char>, Vec<char>) = (wrong.chars().collect(), right.chars().collect());
            let full = Table::new(&one, &two, one.len().max(two.len()));
            let alignment = aligned(&wrong, &right);
            prop_assert_eq!(alignment.edits(), usize::from(full.at(one.len(), two.len())));
            prop_assert_eq!(alignment.edits(), strsim::osa_distance(&wrong, &right));
            // Replacing everything by the correction makes every edit good.
            let whole = alignment.resolves(0..one.len(), &two);
            prop_assert_eq!(whole, (wrong != right).then_some(alignment.edits()));
            prop_assert!(wrong == right || one.is_empty() || alignment.touches(0..one.len()) || right.contains(&wrong));
        }

        #[test]
        fn what_is_resolved_is_gone(wrong in "[甲乙]{1,8}", right in "[甲乙]{1,8}", from in 0usize..8, to in 0usize..8,
                                    suggestion in "[甲乙]{0,4}") {
            let alignment = aligned(&wrong, &right);
            let characters = alignment.wrong().to_vec();
            let (start, end) = (from.min(to).min(characters.len()), from.max(to).min(characters.len()));
            let replacement: Vec<char> = suggestion.chars().collect();
            if let Some(resolved) = alignment.resolves(start..end, &replacement) {
                let mut after = characters;
                after.splice(start..end, replacement);
                let after: String = after.into_iter().collect();
                prop_assert!(aligned(&after, &right).edits() + resolved <= alignment.edits());
            }
        }
    }
}
