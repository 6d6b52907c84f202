//! The piece table ([MS-DOC] §2.8.35): where the characters of the document stand in its stream. What was saved last is added
//! at the end of the file, so that pieces may stand in any order.

use std::ops::Range;

use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030, SHIFT_JIS, WINDOWS_1252};

use super::fib::Fib;
use crate::source::{decode, first_character, u16_at, u32_at};

/// A stretch of text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    /// First character position.
    pub(super) start: u32,
    /// One past the last.
    pub(super) end: u32,
    /// Where it stands, in bytes of the document stream.
    at: u32,
    /// Whether characters are UTF-16, not bytes.
    wide: bool,
    /// Properties of the whole piece, as coded ([MS-DOC] §2.9.212).
    pub(super) modifier: u16,
}

/// A character.
#[derive(Debug, Clone, Copy)]
pub(super) struct Character {
    /// The character.
    pub(super) value: char,
    /// Its character position.
    pub(super) position: u32,
    /// Where it stands, in bytes of the document stream.
    pub(super) at: u32,
    /// The piece it is in.
    pub(super) piece: u32,
}

/// The text of a document.
#[derive(Debug)]
pub(super) struct Pieces<'b> {
    stream: &'b [u8],
    list: Vec<Piece>,
    /// Properties that pieces refer to.
    grpprls: Vec<&'b [u8]>,
    /// Encoding of what is not UTF-16.
    encoding: &'static Encoding,
    /// Whether some of the text is missing in the stream.
    pub(super) cut: bool,
}

impl<'b> Pieces<'b> {
    /// Reads the piece table; `None` if the file has none and needs one.
    pub(super) fn new(fib: &Fib<'b>, stream: &'b [u8], table: Option<&'b [u8]>) -> Option<Self> {
        let mut pieces = Pieces { stream, list: Vec::new(), grpprls: Vec::new(), encoding: WINDOWS_1252, cut: false };
        match table {
            Some(table) if pieces.read(table, fib.old) => {}
            // Word 6 and 95 have one only after a fast save.
            _ if fib.old => {
                let text = fib.text();
                let end = text.end.saturating_sub(text.start);
                pieces.list = vec![Piece { start: 0, end, at: text.start, wide: false, modifier: 0 }];
            }
            _ => return None,
        }
        pieces.limit();
        if fib.old {
            pieces.encoding = pieces.encoding_of(fib.language);
        }
        Some(pieces)
    }

    /// Number of character positions.
    pub(super) fn len(&self) -> u32 {
        self.list.last().map_or(0, |piece| piece.end)
    }

    /// Piece number `index`.
    pub(super) fn piece(&self, index: u32) -> Option<&Piece> {
        self.list.get(index as usize)
    }

    /// Properties number `index` that pieces may refer to.
    pub(super) fn grpprl(&self, index: u16) -> &'b [u8] {
        self.grpprls.get(usize::from(index)).copied().unwrap_or_default()
    }

    /// The characters at `positions`.
    pub(super) fn characters(&self, positions: Range<u32>) -> impl Iterator<Item = Character> + use<'_, 'b> {
        let first = self.list.partition_point(|piece| piece.end <= positions.start);
        let inside = self.list.iter().enumerate().skip(first).take_while(move |(_, piece)| piece.start < positions.end);
        inside.flat_map(move |(index, piece)| {
            let start = positions.start.max(piece.start);
            let end = positions.end.min(piece.end);
            Reading { pieces: self, piece, index: index as u32, position: start, end }
        })
    }

    /// Reads what stands before the table itself, then the table ([MS-DOC] §2.9.38).
    fn read(&mut self, clx: &'b [u8], old: bool) -> bool {
        let mut at = 0;
        loop {
            match clx.get(at) {
                Some(1) => {
                    let Some(length) = u16_at(clx, at + 1) else { return false };
                    let end = at + 3 + usize::from(length);
                    let Some(grpprl) = clx.get(at + 3..end) else { return false };
                    self.grpprls.push(grpprl);
                    at = end;
                }
                Some(2) => break,
                _ => return false,
            }
        }
        let Some(length) = u32_at(clx, at + 1) else { return false };
        let plc = clx.get(at + 5..).unwrap_or_default();
        let plc = &plc[..plc.len().min(length as usize)];
        let count = plc.len().saturating_sub(4) / 12;
        for index in 0..count {
            let descriptor = (count + 1) * 4 + index * 8;
            let (Some(start), Some(end)) = (u32_at(plc, index * 4), u32_at(plc, index * 4 + 4)) else { break };
            let (Some(fc), Some(modifier)) = (u32_at(plc, descriptor + 2), u16_at(plc, descriptor + 6)) else { break };
            // Positions only ever grow.
            if end <= start || self.list.last().is_some_and(|last| last.end != start) {
                self.cut = true;
                continue;
            }
            let wide = !old && fc & 0x4000_0000 == 0;
            let at = if old || wide { fc } else { (fc & 0x3FFF_FFFF) / 2 };
            self.list.push(Piece { start, end, at, wide, modifier });
        }
        !self.list.is_empty()
    }

    /// Cuts pieces that reach beyond the stream.
    fn limit(&mut self) {
        let size = self.stream.len() as u64;
        for index in 0..self.list.len() {
            let piece = self.list[index];
            let width = if piece.wide { 2 } else { 1 };
            let there = size.saturating_sub(u64::from(piece.at)) / width;
            if there < u64::from(piece.end - piece.start) {
                self.cut = true;
            }
        }
    }

    /// The encoding of text in bytes: that of the language, or what the bytes look like if the language needs no more
    /// than ASCII.
    fn encoding_of(&self, language: u16) -> &'static Encoding {
        match language {
            0x0804 | 0x1004 => GB18030,
            0x0404 | 0x0C04 | 0x1404 => BIG5,
            0x0411 => SHIFT_JIS,
            0x0412 => EUC_KR,
            _ => {
                let bytes = self.list.iter().filter_map(|piece| {
                    let start = piece.at as usize;
                    self.stream.get(start..self.stream.len().min(start + (piece.end - piece.start) as usize))
                });
                let bytes: Vec<u8> = bytes.flatten().copied().filter(|&byte| byte >= b' ' || byte == b'\r').collect();
                if bytes.is_ascii() {
                    return WINDOWS_1252;
                }
                let found = decode(&bytes, None, false).encoding;
                if [GB18030, encoding_rs::GBK, BIG5, SHIFT_JIS, EUC_KR].contains(&found) { found } else { WINDOWS_1252 }
            }
        }
    }
}

/// The characters of a piece.
struct Reading<'p, 'b> {
    pieces: &'p Pieces<'b>,
    piece: &'p Piece,
    index: u32,
    position: u32,
    end: u32,
}

impl Iterator for Reading<'_, '_> {
    type Item = Character;

    fn next(&mut self) -> Option<Character> {
        if self.position >= self.end {
            return None;
        }
        let position = self.position;
        let skip = position - self.piece.start;
        let at = self.piece.at.checked_add(if self.piece.wide { skip.checked_mul(2)? } else { skip })?;
        let stream = self.pieces.stream;
        let (value, taken) = if self.piece.wide {
            let first = u16_at(stream, at as usize)?;
            let second = || u16_at(stream, at as usize + 2).filter(|_| position + 1 < self.end);
            match char::from_u32(u32::from(first)) {
                Some(value) => (value, 1),
                None => match char::decode_utf16([first, second().unwrap_or_default()]).next() {
                    Some(Ok(value)) => (value, 2),
                    _ => (char::REPLACEMENT_CHARACTER, 1),
                },
            }
        } else {
            let byte = *stream.get(at as usize)?;
            let all = stream.get(at as usize..(at as usize + 2).min(stream.len())).unwrap_or_default();
            let all = if position + 1 < self.end { all } else { &all[..all.len().min(1)] };
            match first_character(self.pieces.encoding, all) {
                _ if byte < 0x80 => (char::from(byte), 1),
                Some((value, length)) => (value, length as u32),
                None => (char::REPLACEMENT_CHARACTER, 1),
            }
        };
        self.position += taken;
        Some(Character { value, position, at, piece: self.index })
    }
}
