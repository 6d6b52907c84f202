//! The search for near-misses by itself: pieces of forms through the literal pass, and what stands around them.

use super::AskedHit;
use super::literal::LiteralScan;
use super::near::{Difference, NearIndex};
use crate::document::Span;
use crate::normalise::Folded;

/// Right forms, and the places of a text that are one of them or almost so.
pub struct FormScan {
    index: NearIndex,
    pieces: LiteralScan,
}

/// A place that is a form or almost one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormPlace {
    /// The form.
    pub form: String,
    /// Bytes of the folded text.
    pub bytes: std::ops::Range<usize>,
    /// How many characters are exchanged, missing, one too many, or swapped with the next one; 0 if it is the form itself.
    pub edits: usize,
    /// Whether a whole word is missing or one too many, which counts as one edit.
    pub word: bool,
}

impl FormScan {
    /// Prepares forms of 4 to 64 characters; others are passed over.
    pub fn new<'f>(forms: impl IntoIterator<Item = &'f str>) -> Self {
        let index = NearIndex::new(forms.into_iter().map(|form| (form, Some(0))), []);
        let pieces = LiteralScan::new(index.asks().iter().map(|asked| asked.literal));
        FormScan { index, pieces }
    }

    /// All places that are a form or one edit away from it – two, if it has 14 characters and more. With `likely`, without
    /// what is hardly ever a slip, as a check does it.
    pub fn find(&self, text: &Folded<'_>, likely: bool) -> Vec<FormPlace> {
        let mut hits = Vec::new();
        self.pieces.scan(text.text(), |found| {
            hits.push(AskedHit { tag: found.literal, span: Span::new(found.start, found.end) });
        });
        let found = self.index.find(text, &hits, likely);
        let form = |index: usize| self.index.form(index).text.iter().collect();
        let exact = found.exact.iter().map(|&(index, span)| FormPlace {
            form: form(index),
            bytes: span.range(),
            edits: 0,
            word: false,
        });
        let near = found.near.iter().map(|near| FormPlace {
            form: form(near.form),
            bytes: near.span.range(),
            edits: near.differences.len(),
            word: near.differences.iter().any(|(_, difference)| !matches!(difference, Difference::Slip(_))),
        });
        exact.chain(near).collect()
    }
}
