//! Folding: one text for the many ways of writing the same characters, with a way back.
//!
//! Matching sees folded text; places are reported in the original. What is folded:
//!
//! - full-width letters, digits and per cent signs → ASCII; punctuation is left alone, since its width is a matter of rules;
//! - compatibility ideographs, Kangxi radicals and radical supplements → the unified ideograph (Unicode NFKC; UAX #15);
//! - traditional characters that are not themselves standard characters → simplified (`dictionaries/folding/`);
//! - zero-width characters, soft hyphens, directional marks and variation selectors → nothing;
//! - a single blank, or one line break with the blanks around it, between two Chinese characters → nothing;
//! - any other run of white space → one blank.
//!
//! Each block is folded by itself, and the folded blocks are separated by LF, which occurs nowhere else in folded text:
//! no pattern without an LF can match across blocks.

mod class;

use std::borrow::Cow;

use crate::document::{Document, Folded as FoldedMark, Span, Text};
use crate::simd::{self, OVERSHOOT};

pub use class::{is_cjk_punctuation, is_han};

/// The folded text of a document and the way back to it.
#[derive(Debug)]
pub struct Folded<'t> {
    text: Cow<'t, str>,
    /// Where folded and original text differ, in order of position. Between two edits they are equal byte for byte.
    edits: Vec<Edit>,
    blocks: Vec<Span<FoldedMark>>,
}

#[derive(Debug, Clone, Copy)]
struct Edit {
    folded_start: u32,
    folded_end: u32,
    text_start: u32,
    text_end: u32,
}

impl<'t> Folded<'t> {
    /// Folds a document. Text that needs no folding is borrowed, not copied.
    pub fn new(document: &'t Document) -> Self {
        let text = &document.text;
        let mut suspects = Suspects::default();
        if document.blocks.iter().all(|block| suspects.next(text, block.span.start, block.span.end).is_none()) {
            let blocks = document.blocks.iter().map(|block| Span::new(block.span.start, block.span.end)).collect();
            return Folded { text: Cow::Borrowed(text), edits: Vec::new(), blocks };
        }
        suspects.forget();
        let mut folder = Folder { text, out: String::with_capacity(text.len()), edits: Vec::new(), suspects };
        let mut blocks = Vec::with_capacity(document.blocks.len());
        for block in &document.blocks {
            // The separator before this block moved with everything else.
            folder.resync(block.span.start);
            let start = folder.out.len();
            folder.fold(block.span);
            blocks.push(Span::new(start, folder.out.len()));
            folder.out.push('\n');
        }
        Folded { text: Cow::Owned(folder.out), edits: folder.edits, blocks }
    }

    /// The folded text: one block after another, each followed by LF.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The folded blocks, parallel to [`Document::blocks`].
    pub fn blocks(&self) -> &[Span<FoldedMark>] {
        &self.blocks
    }

    /// Index of the block that holds folded offset `offset`.
    pub fn block_index(&self, offset: usize) -> usize {
        self.blocks.partition_point(|block| block.start <= offset).saturating_sub(1)
    }

    /// The original text that a folded span stands for. What folded away at either border is left out.
    pub fn to_text(&self, span: Span<FoldedMark>) -> Span<Text> {
        Span::new(self.text_start(span.start), self.text_end(span.end))
    }

    /// The folded span of an original span; characters that folded away give an empty span.
    pub fn from_text(&self, span: Span<Text>) -> Span<FoldedMark> {
        Span::new(self.folded_offset(span.start), self.folded_offset(span.end))
    }

    fn text_start(&self, folded: usize) -> usize {
        // The last edit that begins at or before the offset: a dropped character right at it belongs before it.
        let index = self.edits.partition_point(|edit| edit.folded_start as usize <= folded);
        let Some(edit) = index.checked_sub(1).map(|index| self.edits[index]) else { return folded };
        if folded < edit.folded_end as usize {
            edit.text_start as usize
        } else {
            edit.text_end as usize + (folded - edit.folded_end as usize)
        }
    }

    fn text_end(&self, folded: usize) -> usize {
        // The last edit that begins before the offset: a dropped character right at it belongs after it.
        let index = self.edits.partition_point(|edit| (edit.folded_start as usize) < folded);
        let Some(edit) = index.checked_sub(1).map(|index| self.edits[index]) else { return folded };
        if folded <= edit.folded_end as usize {
            edit.text_end as usize
        } else {
            edit.text_end as usize + (folded - edit.folded_end as usize)
        }
    }

    fn folded_offset(&self, text: usize) -> usize {
        let index = self.edits.partition_point(|edit| edit.text_start as usize <= text);
        let Some(edit) = index.checked_sub(1).map(|index| self.edits[index]) else { return text };
        if text < edit.text_end as usize {
            edit.folded_start as usize
        } else {
            edit.folded_end as usize + (text - edit.text_end as usize)
        }
    }
}

/// The same as [`fold_str`], without a copy where nothing folds.
pub(crate) fn folded(text: &str) -> Cow<'_, str> {
    if text.chars().any(class::is_suspect) { Cow::Owned(fold_str(text)) } else { Cow::Borrowed(text) }
}

/// Folds a string that stands for itself, such as a dictionary's wrong form.
pub fn fold_str(text: &str) -> String {
    let suspects = Suspects::default();
    let mut folder = Folder { text, out: String::with_capacity(text.len()), edits: Vec::new(), suspects };
    folder.fold(Span::new(0, text.len()));
    folder.out
}

struct Folder<'t> {
    text: &'t str,
    out: String,
    edits: Vec<Edit>,
    suspects: Suspects,
}

/// Bytes of text that are searched for suspects at once.
const STRETCH: usize = 4096;

/// Where the characters are that may fold: those of one stretch of text, found together.
#[derive(Default)]
struct Suspects {
    /// Relative to `from`, in order.
    places: Vec<u32>,
    /// How many of `places` there are.
    count: usize,
    /// Which of them comes next.
    next: usize,
    /// The stretch that was searched.
    from: usize,
    to: usize,
}

impl Suspects {
    /// Lets questions begin anew.
    fn forget(&mut self) {
        (self.from, self.to) = (0, 0);
    }

    /// The first suspect of `text` at or after `at` and before `end`. Questions must come in order of `at`.
    fn next(&mut self, text: &str, mut at: usize, end: usize) -> Option<usize> {
        while at < end {
            if at < self.from || at >= self.to {
                let to = text.len().min(at + STRETCH);
                self.places.resize(self.places.len().max(to - at + OVERSHOOT), 0);
                (self.count, self.to) =
                    simd::members(simd::best(), &class::SUSPECTS, text.as_bytes(), at, to, &mut self.places);
                (self.from, self.next) = (at, 0);
            }
            while self.next < self.count {
                let place = self.from + self.places[self.next] as usize;
                if place >= end {
                    return None;
                }
                if place >= at {
                    return Some(place);
                }
                self.next += 1;
            }
            at = self.to;
        }
        None
    }
}

impl Folder<'_> {
    /// Records that folded text from here on corresponds to the original from `text` on.
    fn resync(&mut self, text: usize) {
        let folded = self.out.len();
        let expected =
            self.edits.last().map_or(folded, |edit| edit.text_end as usize + (folded - edit.folded_end as usize));
        if expected != text {
            self.edit(folded, expected, text);
        }
    }

    /// Records that `out[folded_start..]` stands for `text_start..text_end`.
    fn edit(&mut self, folded_start: usize, text_start: usize, text_end: usize) {
        self.edits.push(Edit {
            folded_start: folded_start as u32,
            folded_end: self.out.len() as u32,
            text_start: text_start as u32,
            text_end: text_end as u32,
        });
    }

    fn fold(&mut self, block: Span<Text>) {
        let text = &self.text[..block.end];
        let block_out = self.out.len();
        let mut at = block.start;
        while let Some(suspect) = self.suspects.next(self.text, at, block.end) {
            self.out.push_str(&text[at..suspect]);
            let Some(first) = text[suspect..].chars().next() else { break };
            at = match class::classify(first) {
                class::Class::Plain => {
                    self.out.push(first);
                    suspect + first.len_utf8()
                }
                class::Class::Drop => {
                    self.edit(self.out.len(), suspect, suspect + first.len_utf8());
                    suspect + first.len_utf8()
                }
                class::Class::To(folded) => {
                    let start = self.out.len();
                    self.out.push(folded);
                    self.edit(start, suspect, suspect + first.len_utf8());
                    suspect + first.len_utf8()
                }
                class::Class::Compatibility => {
                    let start = self.out.len();
                    class::decompose(first, &mut self.out);
                    self.edit(start, suspect, suspect + first.len_utf8());
                    suspect + first.len_utf8()
                }
                class::Class::Space => self.fold_space(text, suspect, block_out),
            };
        }
        self.out.push_str(&text[at..]);
    }

    /// Folds the run of white space at `start`; gives its end.
    fn fold_space(&mut self, text: &str, start: usize, block_out: usize) -> usize {
        let mut end = start;
        let (mut blanks, mut breaks) = (0, 0);
        let mut previous = ' ';
        for character in text[start..].chars() {
            match class::classify(character) {
                class::Class::Space if matches!(character, '\n' | '\r' | '\u{2028}') => {
                    breaks += usize::from(!(character == '\n' && previous == '\r'));
                }
                class::Class::Space => blanks += 1,
                class::Class::Drop => {}
                _ => break,
            }
            previous = character;
            end += character.len_utf8();
        }
        let out = self.out.len();
        let before = self.out[block_out..].chars().next_back();
        let after = text[end..].chars().next();
        let soft = breaks == 1 || (breaks == 0 && blanks <= 1);
        let vanishes = match (before, after) {
            (None, _) | (_, None) => true,
            (Some(before), Some(after)) => soft && joins(before) && joins(after),
        };
        if !vanishes {
            self.out.push(' ');
        }
        // A lone ASCII blank that stays is no edit.
        if vanishes || &text[start..end] != " " {
            self.edit(out, start, end);
        }
        end
    }
}

/// Whether white space next to this character carries no meaning in Chinese text.
fn joins(character: char) -> bool {
    is_han(character) || is_cjk_punctuation(character) || class::is_folded_to_han(character)
}

#[cfg(test)]
mod tests;
