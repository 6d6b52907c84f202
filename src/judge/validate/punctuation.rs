//! Marks that stand wrong, alone or in the wrong width.

use super::{Candidate, Validator, Verdict, first_chars, is_han_digit, last_chars};

/// Two pause or stop marks side by side (GB/T 15834—2011). Groups `a`, `b`. Three or more 。 are a mistyped ellipsis and
/// left to another entry; marks that are quoted as marks (“，”“。”) do not touch.
pub(super) struct AdjacentMarks;

impl Validator for AdjacentMarks {
    fn name(&self) -> &'static str {
        "adjacent-marks"
    }

    fn about(&self) -> &'static str {
        "two pause or stop marks in a row; the suggestion keeps the stronger one"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let wide = |mark: &str| match mark.chars().next() {
            Some(',' | '，') => Some(('，', 1)),
            Some('、') => Some(('、', 0)),
            Some(':' | '：') => Some(('：', 2)),
            Some(';' | '；') => Some(('；', 3)),
            Some('。') => Some(('。', 4)),
            Some('？') => Some(('？', 5)),
            Some('！') => Some(('！', 5)),
            _ => None,
        };
        let is_mark = |c: char| "，、；：。,;:".contains(c);
        let (Some(a), Some(b)) = (wide(candidate.group("a")), wide(candidate.group("b"))) else {
            return Verdict::Fine;
        };
        // A longer run is a row of placeholders or an ellipsis.
        if candidate.after().starts_with(is_mark) || candidate.before().ends_with(is_mark) {
            return Verdict::Fine;
        }
        let (strong, weak) = if b.1 > a.1 { (b.0, a.0) } else { (a.0, b.0) };
        if strong == weak || strong == '？' || strong == '！' {
            return Verdict::replace([strong]);
        }
        Verdict::replace([strong, weak])
    }
}

/// A bracket, quotation mark or title mark without its partner in the block. Paragraphs are cut in odd places (history
/// lines of statutes, quotations over several paragraphs, cells), so a missing partner alone is no proof: a sentence must
/// end, or a mark of the same kind stand, where the partner would have to be. Labels such as 1） are fine.
pub(super) struct Unpaired;

impl Unpaired {
    /// Characters searched for the partner; if the block goes on, nothing is said.
    pub(super) const REACH: usize = 400;

    /// The family of a mark and whether it opens.
    fn kind(mark: char) -> Option<(u8, bool)> {
        Some(match mark {
            '《' => (0, true),
            '》' => (0, false),
            '（' | '(' => (1, true),
            '）' | ')' => (1, false),
            '“' => (2, true),
            '”' => (2, false),
            '〔' => (3, true),
            '〕' => (3, false),
            _ => return None,
        })
    }

    /// Whether `before` ends in the label of a list item, to which a lone ） belongs.
    fn is_label(before: &str) -> bool {
        let head = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || is_han_digit(c) || c == '十');
        let label = &before[head.len()..];
        let fresh = head.is_empty() || head.ends_with([' ', '。', '；', '：', '，', '、', ';', ':', '（', '(', '第']);
        !label.is_empty() && label.chars().count() <= 3 && fresh
    }

    /// Walks away from a mark: the characters up to the next mark of its family and that mark, or the whole side if there is
    /// none, provided that the partner does not come within reach and the side ends.
    fn orphaned(side: impl Iterator<Item = char>, family: u8, opens: bool) -> Option<(String, Option<bool>)> {
        let (mut depth, mut near, mut next) = (1, String::new(), None);
        for (at, c) in side.enumerate() {
            if at == Self::REACH {
                return None;
            }
            match Self::kind(c) {
                Some((other, other_opens)) if other == family => {
                    depth += if other_opens == opens { 1 } else { -1 };
                    next = next.or(Some(other_opens));
                    if depth == 0 {
                        return None;
                    }
                }
                _ if next.is_none() => near.push(c),
                _ => {}
            }
        }
        Some((near, next))
    }
}

impl Validator for Unpaired {
    fn settles(&self) -> bool {
        false
    }

    fn name(&self) -> &'static str {
        "unpaired"
    }

    fn about(&self) -> &'static str {
        "bracket, quotation mark or title mark without its partner in the block"
    }

    fn may_object(&self, block: &str) -> bool {
        let mut depths = [0i32; 4];
        for (family, opens) in block.chars().filter_map(Self::kind) {
            let depth = &mut depths[usize::from(family)];
            *depth += if opens { 1 } else { -1 };
            if *depth < 0 {
                return true;
            }
        }
        depths != [0; 4]
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let Some((family, opens)) = candidate.hit_text().chars().next().and_then(Self::kind) else {
            return Verdict::Fine;
        };
        let (before, after) = (candidate.before(), candidate.after());
        // A note in brackets may run over several blocks.
        let note = family == 1 && opens && before.is_empty();
        if note || (family == 1 && !opens && Self::is_label(before)) {
            return Verdict::Fine;
        }
        let orphaned = if opens {
            Self::orphaned(after.chars(), family, opens)
        } else {
            Self::orphaned(before.chars().rev(), family, opens)
        };
        let Some((near, next)) = orphaned else {
            return Verdict::Fine;
        };
        let stops = |c: char| matches!(c, '。' | '；' | '！' | '？');
        let stopped = near.contains(stops);
        let twin = next == Some(opens);
        let complete = after.trim_end().ends_with(stops);
        Verdict::wrong_if(match (family, opens) {
            (0, true) => (stopped || twin) && complete,
            (0, false) => stopped || twin,
            (1, true) => stopped && complete,
            // A bracket or quotation of whole sentences closes behind a stop and may have opened in an earlier block.
            (1, false) => (stopped || twin) && !before.ends_with(stops),
            (2, false) => twin && !stopped && !before.ends_with(stops),
            (3, _) => true,
            _ => false,
        })
    }
}

/// A half-width mark among full-width ones (GB/T 15834—2011): the slip of a writer. A block with several half-width marks was
/// converted that way, and one finding per mark would drown the rest. Group `a`: the mark.
pub(super) struct MixedWidth;

impl Validator for MixedWidth {
    fn name(&self) -> &'static str {
        "mixed-width"
    }

    fn about(&self) -> &'static str {
        "single half-width mark in a block that otherwise uses full-width marks"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let wide = match candidate.group("a") {
            "," => '，',
            ";" => '；',
            ":" => '：',
            "?" => '？',
            "!" => '！',
            _ => return Verdict::Fine,
        };
        // Bounded, so that a block full of half-width marks costs linear time.
        let around = [last_chars(candidate.before(), 200), first_chars(candidate.after(), 200)];
        let count = |marks: &[char]| around.iter().flat_map(|side| side.chars()).filter(|c| marks.contains(c)).count();
        let slip = count(&['，', '；', '：']) >= 3 && count(&[',', ';', ':']) == 0;
        if slip { Verdict::replace([wide]) } else { Verdict::Fine }
    }
}
