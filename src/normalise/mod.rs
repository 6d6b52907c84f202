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
mod punctuation;

use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;

use rayon::prelude::*;

use crate::document::{Document, Folded as FoldedMark, Span, Text};
use crate::simd::{self, OVERSHOOT};

pub use class::is_han;
pub use punctuation::is_cjk_punctuation;

/// Bytes of folded text that are worth a thread of their own.
const PORTION: usize = 256 << 10;

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
        let mut folder = Folder::new(&document.text);
        let blocks = document.blocks.iter().map(|block| folder.fold(block.span)).collect();
        let (text, edits) = folder.finish();
        Folded { text, edits, blocks }
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

    /// Whether the document is so long that its parts are worked on at once.
    pub(crate) fn is_long(&self) -> bool {
        self.text.len() >= 2 * PORTION
    }

    /// What `work` gives for runs of neighbouring blocks, in order: of a long document for many of them at once, of others
    /// for all blocks together. How blocks are divided follows from the text alone, never from the number of threads.
    pub(crate) fn by_portion<T: Send>(&self, work: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
        if !self.is_long() {
            return vec![work(0..self.blocks.len())];
        }
        let mut portions: Vec<Range<usize>> = Vec::new();
        let mut first = 0;
        for (index, block) in self.blocks.iter().enumerate() {
            if block.end - self.blocks[first].start >= PORTION || index + 1 == self.blocks.len() {
                portions.push(first..index + 1);
                first = index + 1;
            }
        }
        portions.into_par_iter().map(&work).collect()
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
    let mut folder = Folder::new(text);
    folder.fold(Span::new(0, text.len()));
    folder.finish().0.into_owned()
}

/// Folds a text from its beginning to its end.
struct Folder<'t> {
    text: &'t str,
    /// The folded text up to the last edit.
    out: String,
    /// Where the text begins that is not in `out` yet. It is copied in one piece, over the ends of blocks, when something
    /// behind it folds, and not at all if nothing does.
    pending: usize,
    edits: Vec<Edit>,
    suspects: Suspects,
}

/// Bytes of text that are searched for suspects at once.
const STRETCH: usize = 4096;

/// Bytes of text for which room for an edit is made: one blank or so in three lines.
const PER_EDIT: usize = 256;

thread_local! {
    /// Room for the places of suspects; kept, for to make it anew takes as long as to fold a page.
    static ROOM: Cell<Vec<u32>> = const { Cell::new(Vec::new()) };
}

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

impl<'t> Folder<'t> {
    fn new(text: &'t str) -> Self {
        let suspects = Suspects { places: ROOM.take(), ..Suspects::default() };
        Folder { text, out: String::new(), pending: 0, edits: Vec::new(), suspects }
    }

    /// The folded text and where it differs.
    fn finish(mut self) -> (Cow<'t, str>, Vec<Edit>) {
        ROOM.set(std::mem::take(&mut self.suspects.places));
        if self.edits.is_empty() {
            return (Cow::Borrowed(self.text), self.edits);
        }
        self.out.push_str(&self.text[self.pending..]);
        (Cow::Owned(self.out), self.edits)
    }

    /// The folded offset of `at`, which is not before what is pending.
    fn folded(&self, at: usize) -> usize {
        self.out.len() + (at - self.pending)
    }

    /// What stands at `from..to` becomes what `write` appends.
    fn edit(&mut self, from: usize, to: usize, write: impl FnOnce(&mut String)) {
        if self.edits.is_empty() {
            self.out.reserve(self.text.len());
            self.edits.reserve((self.text.len() - from) / PER_EDIT + 1);
        }
        self.out.push_str(&self.text[self.pending..from]);
        let start = self.out.len();
        write(&mut self.out);
        self.pending = to;
        self.edits.push(Edit {
            folded_start: start as u32,
            folded_end: self.out.len() as u32,
            text_start: from as u32,
            text_end: to as u32,
        });
    }

    /// Folds the next block; gives its folded span.
    fn fold(&mut self, block: Span<Text>) -> Span<FoldedMark> {
        let start = self.folded(block.start);
        let mut at = block.start;
        while let Some(suspect) = self.suspects.next(self.text, at, block.end) {
            let Some(first) = self.text[suspect..].chars().next() else { break };
            at = suspect + first.len_utf8();
            match class::classify(first) {
                class::Class::Plain => {}
                class::Class::Drop => self.edit(suspect, at, |_| {}),
                class::Class::To(folded) => self.edit(suspect, at, |out| out.push(folded)),
                class::Class::Compatibility => self.edit(suspect, at, |out| class::decompose(first, out)),
                class::Class::Space => at = self.fold_space(suspect, block.end, start),
            }
        }
        Span::new(start, self.folded(block.end))
    }

    /// Folds the run of white space at `start`, in the block that ends at `block_end` and whose folded text begins at
    /// `block_start`; gives its end.
    fn fold_space(&mut self, start: usize, block_end: usize, block_start: usize) -> usize {
        let text = &self.text[..block_end];
        let mut end = start;
        let (mut blanks, mut breaks) = (0, 0);
        let mut previous = ' ';
        for character in text[start..].chars() {
            if !class::is_suspect(character) {
                break;
            }
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
        let before = match self.folded(start) > block_start {
            true if self.pending < start => text[..start].chars().next_back(),
            true => self.out.chars().next_back(),
            false => None,
        };
        let after = text[end..].chars().next();
        let soft = breaks == 1 || (breaks == 0 && blanks <= 1);
        let vanishes = match (before, after) {
            (None, _) | (_, None) => true,
            (Some(before), Some(after)) => soft && joins(before) && joins(after),
        };
        // A lone ASCII blank that stays is no edit.
        if vanishes {
            self.edit(start, end, |_| {});
        } else if &text[start..end] != " " {
            self.edit(start, end, |out| out.push(' '));
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
