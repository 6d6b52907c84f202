//! The decision: is a near-miss a slip? The evidence is data, and every threshold stands here, measured on clean text and
//! on planted slips (`docs/quality.md`).

use crate::dictionary::Level;
use crate::engine::{Difference, Edit, Likeness, Need, Needs, Novelty, likeness};

/// What the text is almost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ground {
    /// A registered form: a phrase, name, title or enumeration.
    Registered,
    /// An idiom.
    Idiom,
    /// Wording of reference text.
    Wording,
}

/// What speaks for and against a slip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Evidence {
    pub(super) ground: Ground,
    /// Characters of the form.
    pub(super) length: usize,
    /// By how much the clause reads better with the form in its place, in nats.
    pub(super) gain: f64,
    /// 3-grams across the edits.
    pub(super) novelty: Novelty,
    pub(super) slip: Slip,
    /// Number of edits.
    pub(super) edits: usize,
    /// Whether an edit is at the first or last character of the form.
    pub(super) edge: bool,
    /// Whether the text is all that stands in the brackets of a title.
    pub(super) quoted: bool,
    /// Whether the form is a fixed expression or a name. The title of a law is made of ordinary words, which stand next to
    /// each other elsewhere as well.
    pub(super) fixed: bool,
    /// Whether a character that is missing at an edge breaks a word: what is left of it is part of no word.
    pub(super) broken: bool,
    /// Whether a word of the clause goes across a border of the text.
    pub(super) cut: bool,
}

impl Evidence {
    /// That of one edit inside a form, with nothing particular about it.
    fn plain(ground: Ground, slip: Slip, length: usize, gain: f64, novelty: Novelty) -> Self {
        Evidence {
            ground,
            length,
            gain,
            novelty,
            slip,
            edits: 1,
            edge: false,
            quoted: false,
            fixed: false,
            broken: false,
            cut: true,
        }
    }
}

/// The least plausible of the edits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slip {
    Doubled,
    Swapped,
    /// One character for another; how alike they are.
    Exchanged(Likeness),
    /// One word of two characters for another of the same sounds.
    Misheard,
    Dropped,
    /// A word is missing or repeated.
    Word,
    Inserted,
    /// What no slip of a writer makes: a border or a numeral in the place of a character.
    Unlikely,
}

impl Slip {
    pub(super) fn of(difference: &Difference) -> Slip {
        match difference {
            Difference::Slip(edit) => Slip::of_edit(*edit),
            Difference::RepeatedWord(_) => Slip::Doubled,
            Difference::MissingWord(_) | Difference::SurplusWord(_) => Slip::Word,
        }
    }

    /// The least plausible of several: a character that nothing explains stays so beside a word that is missing.
    pub(super) fn of_all<'d>(differences: impl Iterator<Item = &'d Difference>) -> Slip {
        let unlike = |slip: &Slip| *slip == Slip::Exchanged(Likeness::None);
        let slips = differences.map(Slip::of);
        slips.max_by_key(|slip| (*slip == Slip::Unlikely, unlike(slip), *slip)).unwrap_or(Slip::Unlikely)
    }

    /// How much less likely it is than the likeliest, in nats: by which of several readings are ranked.
    pub(super) fn doubt(self) -> f64 {
        match self {
            Slip::Doubled | Slip::Swapped => 0.0,
            Slip::Exchanged(Likeness::Sound) => 1.0,
            Slip::Exchanged(Likeness::Shape | Likeness::NearSound) => 2.0,
            Slip::Exchanged(_) | Slip::Dropped => 4.0,
            Slip::Misheard => 2.0,
            Slip::Word | Slip::Inserted | Slip::Unlikely => 12.0,
        }
    }

    /// Whether a form of `length` characters shows by those on both sides of the slip.
    fn is_inside(self, length: usize, edge: bool, broken: bool) -> bool {
        match self {
            Slip::Doubled => !edge,
            Slip::Exchanged(like) => !edge && like < Likeness::Key,
            Slip::Dropped => length >= 7 && (!edge || broken),
            _ => false,
        }
    }

    pub(super) fn of_edit(edit: Edit) -> Slip {
        let numeral = is_numeral;
        let han = crate::normalise::is_han;
        match edit {
            Edit::Exchanged(old, new) if !han(old) || !han(new) || (numeral(old) && numeral(new)) => Slip::Unlikely,
            Edit::Dropped(one) | Edit::Doubled(one) | Edit::Inserted(one) if !han(one) || numeral(one) => {
                Slip::Unlikely
            }
            Edit::Swapped(one, two) if !han(one) || !han(two) || (numeral(one) && numeral(two)) => Slip::Unlikely,
            Edit::Exchanged(old, new) => Slip::Exchanged(likeness(old, new)),
            Edit::Dropped(_) => Slip::Dropped,
            Edit::Doubled(_) => Slip::Doubled,
            Edit::Inserted(_) => Slip::Inserted,
            Edit::Swapped(..) => Slip::Swapped,
            Edit::Misheard(..) => Slip::Misheard,
        }
    }
}

/// Whether `character` is a Chinese numeral.
pub(super) fn is_numeral(character: char) -> bool {
    "〇零一二三四五六七八九十百千万亿".contains(character)
}

/// The gain in nats that makes up for text that is only partly new.
const SURE: f64 = 6.0;

/// How sure it is that the text is a slip, in percent, and from which level on it counts; `None` if it does not.
pub(super) fn weigh(evidence: &Evidence) -> Option<(u8, Level)> {
    let Evidence { ground, length, gain, novelty, slip, edits, edge, quoted, fixed, broken, cut } = *evidence;
    if slip == Slip::Unlikely {
        return None;
    }
    let all_new = novelty.unseen == novelty.of;
    let wholly_new = all_new && novelty.of > 0;
    match ground {
        Ground::Registered => {
            let least = match slip {
                // A title in 《》 that the registry does not know, but for a slip: no more is needed.
                Slip::Doubled | Slip::Swapped if quoted && length >= 6 => f64::NEG_INFINITY,
                Slip::Exchanged(like) if quoted && length >= 6 && like < Likeness::Key => f64::NEG_INFINITY,
                Slip::Dropped | Slip::Inserted if quoted && length >= 6 && edits == 1 => f64::NEG_INFINITY,
                Slip::Word if quoted && length >= 10 => f64::NEG_INFINITY,
                Slip::Exchanged(Likeness::None) | Slip::Misheard | Slip::Word | Slip::Unlikely => return None,
                Slip::Exchanged(Likeness::Key) => 8.0,
                // What begins or ends a character later may well be meant so, unless a word is broken by it.
                Slip::Dropped if edge && broken && fixed && wholly_new => -3.0,
                Slip::Dropped if edge && broken && fixed => 0.0,
                Slip::Dropped if edge && wholly_new => 5.0,
                Slip::Dropped if edge => 9.0,
                // Nothing but the form has all its other characters in a row.
                Slip::Dropped if length >= 6 && edits == 1 && !cut => -12.0,
                Slip::Dropped => 2.5,
                Slip::Inserted => 8.0,
                Slip::Doubled | Slip::Swapped | Slip::Exchanged(_) => 1.0,
            };
            // The longer the form, the less can what is left of it be there by chance.
            let apart = match slip {
                Slip::Doubled | Slip::Swapped => false,
                Slip::Exchanged(_) => edge && !wholly_new,
                _ => edge,
            };
            let apart = apart || edits > 1;
            let least = if apart { least } else { least - 0.8 * length.saturating_sub(5).min(10) as f64 };
            let new = match length {
                8.. if quoted => 0,
                // An expression or a name is known by the characters that are as they should be.
                6.. if fixed && edits == 1 && slip.is_inside(length, edge, broken) => 0,
                6.. => 1,
                _ => 2.min(novelty.of),
            };
            let sure = novelty.unseen >= new || (novelty.unseen > 0 && gain > SURE);
            (sure && gain > least).then(|| (confidence(gain, length, all_new), Level::Idiom))
        }
        Ground::Idiom => {
            let least = match slip {
                Slip::Doubled | Slip::Swapped => 3.0,
                Slip::Exchanged(Likeness::None) | Slip::Misheard | Slip::Inserted | Slip::Word | Slip::Unlikely => {
                    return None;
                }
                Slip::Exchanged(Likeness::Key) => 8.0,
                Slip::Exchanged(_) => 3.0,
                Slip::Dropped => 5.5,
            };
            let sure = novelty.unseen >= 2.min(novelty.of) || gain > SURE;
            (sure && gain > least).then(|| (confidence(gain, length, all_new), Level::Idiom))
        }
        // A word of two characters says less than a longer form; what stands around it must say the rest.
        Ground::Wording if length < 4 => {
            let seen = novelty.seen_after;
            if !all_new {
                return None;
            }
            let level = match slip {
                Slip::Exchanged(Likeness::Sound) if seen >= 3 && gain > 12.0 => Level::Strict,
                Slip::Exchanged(Likeness::Sound) if gain > if seen >= 3 { 5.0 } else { 10.0 } => Level::Usual,
                Slip::Exchanged(Likeness::Sound) if gain > 3.0 => Level::Broad,
                Slip::Exchanged(Likeness::NearSound) if seen >= 3 && gain > 14.0 => Level::Strict,
                Slip::Exchanged(Likeness::NearSound) if gain > if seen >= 3 { 7.0 } else { 13.0 } => Level::Usual,
                Slip::Exchanged(Likeness::NearSound) if gain > 5.0 => Level::Broad,
                Slip::Exchanged(Likeness::Shape) if seen >= 3 && gain > 14.0 => Level::Strict,
                Slip::Exchanged(Likeness::Shape) if gain > if seen >= 3 { 7.0 } else { 13.0 } => Level::Usual,
                Slip::Exchanged(Likeness::Shape) if gain > 5.0 => Level::Broad,
                Slip::Misheard if seen >= 3 && gain > 3.0 => Level::Usual,
                Slip::Misheard if gain > 5.0 => Level::Broad,
                _ => return None,
            };
            Some((confidence(gain, length, all_new), level))
        }
        Ground::Wording => {
            let seen = novelty.seen_after;
            let level = match slip {
                Slip::Exchanged(Likeness::Sound) if all_new && seen >= 2 && gain > 8.0 => Level::Strict,
                Slip::Exchanged(Likeness::Sound) if seen >= 2 && gain > if all_new { 5.0 } else { 8.0 } => Level::Usual,
                Slip::Exchanged(Likeness::Sound) if seen >= 1 && gain > 3.0 => Level::Broad,
                Slip::Exchanged(Likeness::NearSound) if all_new && seen >= 2 && gain > 14.0 => Level::Strict,
                Slip::Exchanged(Likeness::NearSound) if seen >= 2 && gain > if all_new { 7.0 } else { 9.0 } => {
                    Level::Usual
                }
                Slip::Exchanged(Likeness::NearSound) if seen >= 2 && gain > 5.0 => Level::Broad,
                Slip::Exchanged(Likeness::Shape) if all_new && seen >= 2 && gain > 8.0 => Level::Strict,
                Slip::Exchanged(Likeness::Shape) if seen >= 2 && gain > if all_new { 5.0 } else { 8.0 } => Level::Usual,
                Slip::Exchanged(Likeness::Shape) if seen >= 2 && gain > 3.0 => Level::Broad,
                Slip::Exchanged(Likeness::Key) if all_new && seen >= 2 && gain > 14.0 => Level::Usual,
                Slip::Exchanged(Likeness::Key) if all_new && seen >= 2 && gain > 8.0 => Level::Broad,
                // The last 3-gram across the second of two equal characters is one of the right text as well.
                Slip::Doubled if novelty.unseen + 1 >= novelty.of && seen >= 1 && gain > 8.0 => Level::Strict,
                Slip::Doubled if novelty.unseen + 1 >= novelty.of && seen >= 1 && gain > 5.0 => Level::Usual,
                Slip::Swapped if all_new && seen >= 2 && gain > 8.0 => Level::Strict,
                Slip::Swapped if seen >= 2 && gain > 5.0 => Level::Usual,
                Slip::Swapped if seen >= 2 && gain > 3.0 => Level::Broad,
                _ => return None,
            };
            Some((confidence(gain, length, all_new), level))
        }
    }
}

/// What edits in mere wording must show to count at the `deepest` level that reports, however much better the clause reads
/// without them.
pub(super) fn needs(deepest: Option<Level>) -> Needs {
    let least = |slip: Slip, length: usize, unseen: u8| {
        let counts = |seen_after: &u8| {
            let novelty = Novelty { unseen, of: 3, seen_after: *seen_after, of_after: 4 };
            let evidence = Evidence::plain(Ground::Wording, slip, length, f64::INFINITY, novelty);
            weigh(&evidence).is_some_and(|(_, level)| Some(level) <= deepest)
        };
        (0..=4).find(counts)
    };
    // The least that any of several slips needs.
    let need = |slips: &[Slip], length: usize| {
        let least = |unseen: u8| slips.iter().filter_map(|&slip| least(slip, length, unseen)).min();
        Need { new: least(3), partly: least(2) }
    };
    let likenesses = [Likeness::Sound, Likeness::NearSound, Likeness::Shape, Likeness::Key].map(Slip::Exchanged);
    Needs {
        exchanged: need(&likenesses, 4),
        misspelt: need(&likenesses, 2),
        misheard: need(&[Slip::Misheard], 2),
        dropped: need(&[Slip::Dropped], 4),
        doubled: need(&[Slip::Doubled], 4),
        inserted: need(&[Slip::Inserted], 4),
        swapped: need(&[Slip::Swapped], 4),
    }
}

/// A monotone summary of the evidence for people who sort by it: it grows with what the clause gains and with the length
/// of the form. It is no frequency; precision is measured for each rule.
fn confidence(gain: f64, length: usize, all_new: bool) -> u8 {
    let score =
        gain.clamp(0.0, 30.0) / 30.0 * 25.0 + (length.min(14) as f64 - 4.0) * 2.0 + if all_new { 10.0 } else { 0.0 };
    (60.0 + score.clamp(0.0, 39.0)) as u8
}

/// Why the text is taken for a slip, in Chinese, without a full stop.
pub(super) fn reason(difference: &Difference) -> String {
    match difference {
        Difference::Slip(Edit::Exchanged(old, new)) => {
            let how = match likeness(*old, *new) {
                Likeness::Sound => "同音",
                Likeness::NearSound => "音近",
                Likeness::Shape => "形近",
                Likeness::Key => "键位相邻",
                Likeness::None => return format!("“{old}”应为“{new}”"),
            };
            format!("“{old}”与“{new}”{how}")
        }
        Difference::Slip(Edit::Dropped(one)) => format!("漏“{one}”字"),
        Difference::Slip(Edit::Doubled(one)) => format!("“{one}”字重复"),
        Difference::Slip(Edit::Inserted(one)) => format!("多“{one}”字"),
        Difference::Slip(Edit::Swapped(one, two)) => format!("“{one}{two}”颠倒"),
        Difference::Slip(Edit::Misheard([one, two], [first, second])) => {
            format!("“{one}{two}”与“{first}{second}”同音")
        }
        Difference::MissingWord(word) => format!("漏“{word}”"),
        Difference::SurplusWord(word) => format!("多“{word}”"),
        Difference::RepeatedWord(word) => format!("“{word}”重复"),
    }
}

#[cfg(test)]
#[path = "weigh_tests.rs"]
mod tests;
