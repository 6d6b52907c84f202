//! The source map: from every range of a document's text to where it came from.
//!
//! Extraction writes it once, in text order; places are computed from it and never searched for again. Each segment
//! says that a stretch of text is a literal copy of source bytes, stands for source bytes that read differently (a
//! character reference, a collapsed run of white space), or was put in by the extractor (a separator).

use serde::{Deserialize, Serialize};

use super::span::{Decoded, Span, Text};

/// How a segment's text relates to its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SegmentKind {
    /// The same bytes; offsets inside correspond one to one.
    Literal,
    /// Stands for the source range as a whole.
    Replaced,
    /// Put in by the extractor at one point of the source; the source range is empty.
    Inserted,
}

/// One stretch of text and its source. Ends where the next segment starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Segment {
    text: u32,
    source: u32,
    source_end: u32,
    part: u16,
    kind: SegmentKind,
}

/// A piece of source that a range of text came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Index into [`Document::parts`](super::Document::parts); 0 for formats that are one text.
    pub part: u16,
    /// Bytes of the part's decoded text.
    pub span: Span<Decoded>,
}

/// Sorted segments that cover the text without gaps.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SourceMap {
    segments: Vec<Segment>,
    text_len: u32,
}

impl SourceMap {
    /// Makes room for further segments.
    pub(super) fn reserve(&mut self, segments: usize) {
        self.segments.reserve(segments);
    }

    /// Appends a segment for `text_len` further bytes of text. Neighbouring literal segments are joined.
    pub(super) fn push(&mut self, text_len: usize, part: u16, source: Span<Decoded>, kind: SegmentKind) {
        if text_len == 0 {
            return;
        }
        // Extraction refuses inputs beyond 4 GiB (`source::Limits`), so these conversions do not lose bits.
        let (start, end) = (source.start as u32, source.end as u32);
        if let Some(last) = self.segments.last_mut()
            && kind == SegmentKind::Literal
            && last.kind == SegmentKind::Literal
            && last.part == part
            && last.source_end == start
        {
            last.source_end = end;
        } else {
            self.segments.push(Segment { text: self.text_len, source: start, source_end: end, part, kind });
        }
        self.text_len += text_len as u32;
    }

    /// Forgets everything from `text_len` bytes on.
    pub(super) fn truncate(&mut self, text_len: usize) {
        let text_len = text_len as u32;
        while self.segments.last().is_some_and(|last| last.text >= text_len) {
            self.segments.pop();
        }
        if let Some(last) = self.segments.last_mut()
            && last.kind == SegmentKind::Literal
        {
            last.source_end = last.source + (text_len - last.text);
        }
        self.text_len = text_len;
    }

    /// The pieces of source that `span` came from, in text order. Adjacent pieces are joined; pieces inserted by the
    /// extractor are left out unless nothing else remains.
    pub fn origins(&self, span: Span<Text>) -> Vec<Origin> {
        let mut origins: Vec<Origin> = Vec::new();
        let mut inserted = None;
        let first = self.segments.partition_point(|segment| segment.text as usize <= span.start).saturating_sub(1);
        for (index, segment) in self.segments.iter().enumerate().skip(first) {
            let start = segment.text as usize;
            let end = self.segments.get(index + 1).map_or(self.text_len, |next| next.text) as usize;
            if start >= span.end {
                break;
            }
            let piece = match segment.kind {
                SegmentKind::Literal => {
                    let base = segment.source as usize;
                    Span::new(base + span.start.max(start) - start, base + span.end.min(end) - start)
                }
                SegmentKind::Replaced => Span::new(segment.source as usize, segment.source_end as usize),
                SegmentKind::Inserted => {
                    let at = segment.source as usize;
                    inserted = inserted.or(Some(Origin { part: segment.part, span: Span::new(at, at) }));
                    continue;
                }
            };
            match origins.last_mut() {
                Some(last) if last.part == segment.part && last.span.end == piece.start => {
                    last.span = Span::new(last.span.start, piece.end);
                }
                _ => origins.push(Origin { part: segment.part, span: piece }),
            }
        }
        if origins.is_empty() { inserted.into_iter().collect() } else { origins }
    }

    /// The stretches that `span` is made of, in text order: their text, where it came from and how the two relate. Stretches
    /// other than literal ones come whole.
    pub fn stretches(&self, span: Span<Text>) -> impl Iterator<Item = (Span<Text>, Origin, SegmentKind)> + '_ {
        let first = self.segments.partition_point(|segment| segment.text as usize <= span.start).saturating_sub(1);
        let segments = self.segments.iter().enumerate().skip(first);
        segments.take_while(move |(_, segment)| (segment.text as usize) < span.end).map(move |(index, segment)| {
            let start = segment.text as usize;
            let end = self.segments.get(index + 1).map_or(self.text_len, |next| next.text) as usize;
            let text = Span::new(span.start.max(start), span.end.min(end));
            let base = segment.source as usize;
            let source = match segment.kind {
                SegmentKind::Literal => Span::new(base + text.start - start, base + text.end - start),
                SegmentKind::Replaced | SegmentKind::Inserted => Span::new(base, segment.source_end as usize),
            };
            (text, Origin { part: segment.part, span: source }, segment.kind)
        })
    }

    /// Number of segments; what memory the map takes follows from it.
    pub fn len(&self) -> usize {
        self.segments.len()
    }

    /// Whether the map is empty.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }
}
