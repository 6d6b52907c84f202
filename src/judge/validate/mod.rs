//! Checks that a regular expression cannot make: checksums, calendars, arithmetic, and what stands around a match.
//!
//! A pattern entry names its validator; every match of the pattern goes through it. Validators are pure: they read the
//! match and its block and return a [`Verdict`]. All positions are byte offsets in the folded text of one block.

mod dates;
mod documents;
mod numerals;
mod privacy;
mod punctuation;

use std::ops::Range;

use jiff::civil::Date;

/// What a validator says of one match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Legitimate: no finding.
    Fine,
    /// An error.
    Wrong {
        /// Replacements of the hit, the best first; they replace the entry's own templates when not empty.
        suggestions: Vec<String>,
        /// Replaces the entry's reason when given.
        reason: Option<String>,
    },
}

impl Verdict {
    /// An error whose right form and reason are those of the entry.
    pub(super) fn wrong() -> Self {
        Verdict::Wrong { suggestions: Vec::new(), reason: None }
    }

    /// An error with its right forms.
    pub(super) fn replace<S: Into<String>>(suggestions: impl IntoIterator<Item = S>) -> Self {
        Verdict::Wrong { suggestions: suggestions.into_iter().map(Into::into).collect(), reason: None }
    }

    /// [`Verdict::wrong`] if `condition` holds.
    pub(super) fn wrong_if(condition: bool) -> Self {
        if condition { Verdict::wrong() } else { Verdict::Fine }
    }
}

/// One match of a pattern, with the block around it.
pub struct Candidate<'c, 't> {
    /// The groups of the match. Their offsets may count from the start of a part of `text`.
    pub captures: &'c regex::Captures<'t>,
    /// Folded text of the block, which may be longer than the match.
    pub text: &'t str,
    /// Byte range in `text` of what would be reported: the group `hit`, else the whole match.
    pub hit: Range<usize>,
    /// Date of the document if known, ISO yyyy-mm-dd.
    pub date: Option<&'t str>,
}

impl<'t> Candidate<'_, 't> {
    /// Text of a named group, empty if the group did not take part in the match.
    pub(super) fn group(&self, name: &str) -> &'t str {
        self.captures.name(name).map_or("", |found| found.as_str())
    }

    /// A named group as a number.
    pub(super) fn number<N: std::str::FromStr>(&self, name: &str) -> Option<N> {
        self.group(name).parse().ok()
    }

    /// Byte range of the whole match in `text`.
    pub(super) fn whole(&self) -> Range<usize> {
        let (Some(whole), Some(hit)) = (self.captures.get(0), self.captures.name("hit").or(self.captures.get(0)))
        else {
            return self.hit.clone();
        };
        let start = self.hit.start.saturating_sub(hit.start() - whole.start());
        start..start + whole.len()
    }

    /// What would be reported.
    pub(super) fn hit_text(&self) -> &'t str {
        self.text.get(self.hit.clone()).unwrap_or("")
    }

    /// The block before the hit.
    pub(super) fn before(&self) -> &'t str {
        self.text.get(..self.hit.start).unwrap_or("")
    }

    /// The block after the hit.
    pub(super) fn after(&self) -> &'t str {
        self.text.get(self.hit.end..).unwrap_or("")
    }

    /// The block before the whole match.
    pub(super) fn before_whole(&self) -> &'t str {
        self.text.get(..self.whole().start).unwrap_or("")
    }

    /// The block after the whole match.
    pub(super) fn after_whole(&self) -> &'t str {
        self.text.get(self.whole().end..).unwrap_or("")
    }

    /// Date of the document.
    pub(super) fn document_date(&self) -> Option<Date> {
        self.date?.get(..10)?.parse().ok()
    }

    /// Whether one of `words` stands at most `before` characters before or `after` characters after the hit.
    pub(super) fn near(&self, words: &[&str], before: usize, after: usize) -> bool {
        let (left, right) = (last_chars(self.before(), before), first_chars(self.after(), after));
        words.iter().any(|word| left.contains(word) || right.contains(word))
    }
}

/// The last `count` characters of `text`.
fn last_chars(text: &str, count: usize) -> &str {
    let start = text.char_indices().rev().take(count).last().map_or(text.len(), |(at, _)| at);
    &text[start..]
}

/// The first `count` characters of `text`.
fn first_chars(text: &str, count: usize) -> &str {
    let end = text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// Figures in Chinese.
fn is_han_digit(c: char) -> bool {
    "〇零一二三四五六七八九".contains(c)
}

/// Whether anything in a block could be wrong.
pub type Glance = fn(&str) -> bool;

/// A named check that a pattern entry can ask for.
pub trait Validator: Sync {
    /// What entries call it.
    fn name(&self) -> &'static str;
    /// One English line for the docs.
    fn about(&self) -> &'static str;
    /// Decides whether one match is an error.
    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict;
    /// Whether its suggestion is the only way to put right what it objects to. Of a date and its weekday, either may be wrong.
    fn settles(&self) -> bool {
        true
    }
    /// What says of a block (its folded text) at a glance whether anything in it that `expression` matches could be wrong, if there
    /// is such a thing; asked of each block before its matches are looked for.
    fn glance(&self, _expression: &str) -> Option<Glance> {
        None
    }
}

/// Every validator, in one plain list.
pub static VALIDATORS: &[&dyn Validator] = &[
    &privacy::Identity18,
    &privacy::Identity15,
    &privacy::Mobile,
    &privacy::MobileAlone,
    &privacy::BankCard,
    &dates::CalendarDate,
    &dates::IsoDate,
    &dates::WeekdayOfDate,
    &dates::PaddedDate,
    &dates::ShortYear,
    &dates::YearOrder,
    &dates::ZeroLookalike,
    &dates::AnniversaryDot,
    &documents::DocumentNumber,
    &numerals::ShortRange,
    &numerals::ApproximatePair,
    &numerals::MixedNumeral,
    &numerals::MixedFraction,
    &punctuation::AdjacentMarks,
    &punctuation::Unpaired,
    &punctuation::MixedWidth,
];

/// The validator of that name.
pub fn find(name: &str) -> Option<&'static dyn Validator> {
    VALIDATORS.iter().copied().find(|validator| validator.name() == name)
}

#[cfg(test)]
mod tests;
