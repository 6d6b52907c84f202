//! Marks that stand wrong, alone or in the wrong width.

use super::{Candidate, Glance, Validator, Verdict, first_chars, is_han_digit, last_chars};

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

    /// Whether any mark of a block has no partner.
    fn is_unbalanced(block: &str) -> bool {
        let mut depths = [0i32; 4];
        let balanced = for_marks(block, |mark| {
            let Some((family, opens)) = Self::kind(mark) else { return true };
            let depth = &mut depths[usize::from(family)];
            *depth += if opens { 1 } else { -1 };
            *depth >= 0
        });
        !balanced || depths != [0; 4]
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

/// Calls `visit` for the marks of [`Unpaired::kind`] in `text`, and may be for some other characters, in order, until it gives
/// `false`; whether it never did.
///
/// Whole runs of bytes are compared at once, which compilers turn into vector instructions: nearly all of a text is no such mark.
fn for_marks(text: &str, mut visit: impl FnMut(char) -> bool) -> bool {
    const RUN: usize = 32;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let mut is_mark = [0u8; RUN];
        // The last run is filled up with bytes that are no mark.
        let mut run = [0u8; RUN + 2];
        match bytes.get(at..at + RUN + 2) {
            Some(whole) => run.copy_from_slice(whole),
            None => run[..bytes.len() - at].copy_from_slice(&bytes[at..]),
        }
        for (index, is_mark) in is_mark.iter_mut().enumerate() {
            let [one, two, three] = [run[index], run[index + 1], run[index + 2] | 1];
            // （） are EF BC 88–89, 《》 E3 80 8A–8B, 〔〕 E3 80 94–95, “” E2 80 9C–9D.
            let round = (one == 0xEF) & (two == 0xBC) & (three == 0x89);
            let other = (two == 0x80)
                & (((one == 0xE3) & ((three == 0x8B) | (three == 0x95))) | ((one == 0xE2) & (three == 0x9D)));
            *is_mark = u8::from(round | other | (one == b'(') | (one == b')'));
        }
        let (words, _) = is_mark.as_chunks::<8>();
        for (number, word) in words.iter().enumerate() {
            let mut word = u64::from_le_bytes(*word);
            while word != 0 {
                let place = at + 8 * number + word.trailing_zeros() as usize / 8;
                if !text[place..].chars().next().is_none_or(&mut visit) {
                    return false;
                }
                word &= word - 1;
            }
        }
        at += RUN;
    }
    true
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

    fn glance(&self, _expression: &str) -> Option<Glance> {
        Some(Self::is_unbalanced)
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
