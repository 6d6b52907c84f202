//! Records of a BIFF stream ([MS-XLS] §2.1.4), and the strings in them.

use crate::source::{by_codepage, without_codepage};

/// Kinds of records; the names are those of [MS-XLS] §2.3.
pub(super) mod kind {
    pub(in super::super) const FORMULA: u16 = 0x0006;
    pub(in super::super) const EOF: u16 = 0x000A;
    pub(in super::super) const HEADER: u16 = 0x0014;
    pub(in super::super) const FOOTER: u16 = 0x0015;
    pub(in super::super) const NOTE: u16 = 0x001C;
    pub(in super::super) const FILE_PASS: u16 = 0x002F;
    pub(in super::super) const CONTINUE: u16 = 0x003C;
    pub(in super::super) const CODE_PAGE: u16 = 0x0042;
    pub(in super::super) const OBJ: u16 = 0x005D;
    pub(in super::super) const BOUND_SHEET: u16 = 0x0085;
    pub(in super::super) const MUL_RK: u16 = 0x00BD;
    pub(in super::super) const RSTRING: u16 = 0x00D6;
    pub(in super::super) const MSO_DRAWING: u16 = 0x00EC;
    pub(in super::super) const SST: u16 = 0x00FC;
    pub(in super::super) const LABEL_SST: u16 = 0x00FD;
    pub(in super::super) const TXO: u16 = 0x01B6;
    pub(in super::super) const DV: u16 = 0x01BE;
    pub(in super::super) const NUMBER: u16 = 0x0203;
    pub(in super::super) const LABEL: u16 = 0x0204;
    pub(in super::super) const STRING: u16 = 0x0207;
    pub(in super::super) const RK: u16 = 0x027E;
    pub(in super::super) const BOF: u16 = 0x0809;
    pub(in super::super) const HEADER_FOOTER: u16 = 0x089C;
    pub(in super::super) const SERIES_TEXT: u16 = 0x100D;

    // Of BIFF2 to BIFF4, from before the specification.
    pub(in super::super) const NUMBER_2: u16 = 0x0003;
    pub(in super::super) const LABEL_2: u16 = 0x0004;
    pub(in super::super) const STRING_2: u16 = 0x0007;
    pub(in super::super) const BOF_2: u16 = 0x0009;
    pub(in super::super) const FORMULA_3: u16 = 0x0206;
    pub(in super::super) const BOF_3: u16 = 0x0209;
    pub(in super::super) const FORMULA_4: u16 = 0x0406;
    pub(in super::super) const BOF_4: u16 = 0x0409;
    pub(in super::super) const SHEET_HEADER_4: u16 = 0x008F;
}

/// Versions of the format, in the order of their publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Biff {
    /// Excel 2.
    Two,
    /// Excel 3.
    Three,
    /// Excel 4.
    Four,
    /// Excel 5 and 95.
    Five,
    /// Excel 97 to 2003.
    Eight,
}

impl Biff {
    /// What a BOF record of this kind and content says.
    pub(super) fn of(record_kind: u16, data: &[u8]) -> Option<Self> {
        Some(match (record_kind, data.get(..2)) {
            (kind::BOF_2, _) => Biff::Two,
            (kind::BOF_3, _) => Biff::Three,
            (kind::BOF_4, _) => Biff::Four,
            // Some writers of Excel 97 files leave the version out.
            (kind::BOF, Some([_, version])) => match version {
                0 | 6.. => Biff::Eight,
                _ => Biff::Five,
            },
            _ => return None,
        })
    }
}

/// A record with the CONTINUE records after it.
#[derive(Debug)]
pub(super) struct Record<'b, 'r> {
    pub(super) kind: u16,
    /// Content of the record itself, then of those that continue it.
    pub(super) chunks: &'r [&'b [u8]],
}

impl<'b> Record<'b, '_> {
    /// Content of the record itself.
    pub(super) fn data(&self) -> &'b [u8] {
        self.chunks.first().copied().unwrap_or_default()
    }

    pub(super) fn cursor(&self) -> Cursor<'b, '_> {
        Cursor { chunks: self.chunks, chunk: 0, at: 0 }
    }
}

/// The records of a stretch of a stream.
pub(super) struct Records<'b> {
    stream: &'b [u8],
    at: usize,
    chunks: Vec<&'b [u8]>,
    /// The stretch ended inside a record.
    pub(super) cut: bool,
}

impl<'b> Records<'b> {
    pub(super) fn new(stream: &'b [u8]) -> Self {
        Records { stream, at: 0, chunks: Vec::new(), cut: false }
    }

    /// Where the next record begins.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Goes on at `position`.
    pub(super) fn go_to(&mut self, position: usize) {
        self.at = position.min(self.stream.len());
    }

    /// The next record; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Record<'b, '_>> {
        self.chunks.clear();
        let (record_kind, data) = self.single()?;
        self.chunks.push(data);
        while let Some((kind::CONTINUE, _)) = self.peek() {
            let Some((_, data)) = self.single() else { break };
            self.chunks.push(data);
        }
        Some(Record { kind: record_kind, chunks: &self.chunks })
    }

    fn peek(&self) -> Option<(u16, usize)> {
        let head = self.stream.get(self.at..self.at + 4)?;
        Some((u16::from_le_bytes([head[0], head[1]]), usize::from(u16::from_le_bytes([head[2], head[3]]))))
    }

    /// The next record without those that continue it: its kind and content.
    pub(super) fn single(&mut self) -> Option<(u16, &'b [u8])> {
        let Some((record_kind, length)) = self.peek() else {
            self.cut |= self.at < self.stream.len();
            return None;
        };
        let start = self.at + 4;
        let end = start + length;
        self.cut |= end > self.stream.len();
        let data = &self.stream[start..end.min(self.stream.len())];
        self.at = end.min(self.stream.len());
        Some((record_kind, data))
    }
}

/// Reads through a record over the borders of its chunks.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'b, 'r> {
    chunks: &'r [&'b [u8]],
    chunk: usize,
    at: usize,
}

impl<'b> Cursor<'b, '_> {
    /// What is left of the current chunk; of the next one if nothing is.
    fn rest(&mut self) -> Option<&'b [u8]> {
        loop {
            let rest = self.chunks.get(self.chunk)?.get(self.at..)?;
            if !rest.is_empty() {
                return Some(rest);
            }
            self.chunk += 1;
            self.at = 0;
        }
    }

    /// Whether nothing is left.
    pub(super) fn is_done(&mut self) -> bool {
        self.rest().is_none()
    }

    /// Goes on with the next chunk.
    pub(super) fn next_chunk(&mut self) {
        self.chunk += 1;
        self.at = 0;
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        let byte = *self.rest()?.first()?;
        self.at += 1;
        Some(byte)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.u8()?, self.u8()?]))
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(u32::from(self.u16()?) | u32::from(self.u16()?) << 16)
    }

    pub(super) fn f64(&mut self) -> Option<f64> {
        Some(f64::from_bits(u64::from(self.u32()?) | u64::from(self.u32()?) << 32))
    }

    /// Passes over `count` bytes; `None` if there are fewer.
    pub(super) fn skip(&mut self, mut count: usize) -> Option<()> {
        while count > 0 {
            let step = self.rest()?.len().min(count);
            self.at += step;
            count -= step;
        }
        Some(())
    }

    /// `count` bytes, or as many as there are.
    pub(super) fn bytes(&mut self, mut count: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while count > 0
            && let Some(rest) = self.rest()
        {
            let step = rest.len().min(count);
            bytes.extend_from_slice(&rest[..step]);
            self.at += step;
            count -= step;
        }
        bytes
    }

    /// Characters of a Unicode string ([MS-XLS] §2.5.293): `count` of them, in two bytes if `wide`, else in the lower one
    /// alone. A string that a CONTINUE record cuts goes on after a byte that says anew how wide its characters are. Gives
    /// whether all were there.
    pub(super) fn characters(&mut self, mut count: usize, mut wide: bool, units: &mut Vec<u16>) -> bool {
        while count > 0 {
            if self.chunks.get(self.chunk).is_none_or(|chunk| self.at >= chunk.len()) {
                let Some(rest) = self.rest() else { return false };
                wide = rest[0] & 1 != 0;
                self.at += 1;
            }
            let Some(rest) = self.chunks.get(self.chunk).and_then(|chunk| chunk.get(self.at..)) else { return false };
            if wide {
                let here = (rest.len() / 2).min(count);
                units.extend(rest[..here * 2].as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)));
                self.at += here * 2;
                count -= here;
                // Half a character at the end of a chunk belongs to nothing.
                if count > 0 && rest.len() % 2 == 1 {
                    self.at += 1;
                }
            } else {
                let here = rest.len().min(count);
                units.extend(rest[..here].iter().map(|&byte| u16::from(byte)));
                self.at += here;
                count -= here;
            }
        }
        true
    }
}

/// How lengths of strings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// In one byte.
    Short,
    /// In two bytes.
    Long,
}

/// Reads strings of one version and code page.
#[derive(Debug)]
pub(super) struct StringReader {
    pub(super) biff: Biff,
    pub(super) code_page: Option<u16>,
    /// Strings that were no text in the code page.
    pub(super) undecodable: u64,
    units: Vec<u16>,
}

impl StringReader {
    pub(super) fn new(biff: Biff) -> Self {
        StringReader { biff, code_page: None, undecodable: 0, units: Vec::new() }
    }

    /// The string at the cursor, which then stands behind it with its formatting runs and readings; `None` if it is not there
    /// in full.
    pub(super) fn string(&mut self, cursor: &mut Cursor<'_, '_>, length: Length) -> Option<String> {
        let count = match length {
            Length::Short => usize::from(cursor.u8()?),
            Length::Long => usize::from(cursor.u16()?),
        };
        self.counted(cursor, count)
    }

    /// [`string`](Self::string) of `count` characters (bytes, before BIFF8).
    pub(super) fn counted(&mut self, cursor: &mut Cursor<'_, '_>, count: usize) -> Option<String> {
        if self.biff < Biff::Eight {
            let bytes = cursor.bytes(count);
            return (bytes.len() == count).then(|| self.decode(&bytes));
        }
        if count == 0 && cursor.is_done() {
            return Some(String::new());
        }
        let flags = cursor.u8()?;
        let runs = if flags & 8 != 0 { usize::from(cursor.u16()?) } else { 0 };
        let readings = if flags & 4 != 0 { cursor.u32()? as usize } else { 0 };
        let text = self.characters(cursor, count, flags & 1 != 0)?;
        cursor.skip(runs * 4)?;
        cursor.skip(readings)?;
        Some(text)
    }

    /// `count` characters without anything before or after them; `None` if there are fewer.
    pub(super) fn characters(&mut self, cursor: &mut Cursor<'_, '_>, count: usize, wide: bool) -> Option<String> {
        self.units.clear();
        let whole = cursor.characters(count, wide, &mut self.units);
        whole.then(|| String::from_utf16_lossy(&self.units))
    }

    /// Text of bytes in the code page.
    pub(super) fn decode(&mut self, bytes: &[u8]) -> String {
        match self.code_page.and_then(by_codepage) {
            Some(encoding) => {
                let (text, failed) = encoding.decode_without_bom_handling(bytes);
                self.undecodable += u64::from(failed);
                text.into_owned()
            }
            None => without_codepage(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(record_kind: u16, data: &[u8]) -> Vec<u8> {
        [&record_kind.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat()
    }

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn strings_go_on_over_borders() {
        // 中文ab, cut after the first character; the rest is wide, then narrow. Runs and readings are cut as well.
        let head = [&[4, 0, 1 | 4 | 8, 1, 0, 5, 0, 0, 0][..], &wide("中")].concat();
        let stream = [
            record(kind::SST, &head),
            record(kind::CONTINUE, &[&[1][..], &wide("文")].concat()),
            record(kind::CONTINUE, b"\0ab\x01\x02"),
            record(kind::CONTINUE, &[3, 4, 1, 2, 3, 4, 5, 2, 0, 0]),
            // The characters of the next string begin in a chunk of their own.
            record(kind::CONTINUE, b"\0xy"),
            record(kind::EOF, &[]),
        ]
        .concat();
        let mut records = Records::new(&stream);
        let first = records.next().unwrap();
        assert_eq!((first.kind, first.chunks.len()), (kind::SST, 5));
        let mut cursor = first.cursor();
        let mut reader = StringReader::new(Biff::Eight);
        assert_eq!(reader.string(&mut cursor, Length::Long).unwrap(), "中文ab");
        assert_eq!(reader.string(&mut cursor, Length::Long).unwrap(), "xy");
        assert!(cursor.is_done());
        assert_eq!(reader.string(&mut cursor, Length::Long), None);
        assert_eq!(records.next().unwrap().kind, kind::EOF);
        assert!(records.next().is_none() && !records.cut);
    }

    #[test]
    fn bytes_have_a_code_page_or_are_chinese() {
        for (bytes, code_page, text) in [
            (&b"\xD5\xFE\xCE\xF1"[..], Some(936), "政务"),
            (b"\xD5\xFE\xCE\xF1", None, "政务"),
            (b"caf\xE9", None, "café"),
            (b"\xAC\x46", Some(950), "政"),
        ] {
            let mut reader = StringReader { code_page, ..StringReader::new(Biff::Five) };
            assert_eq!((&*reader.decode(bytes), reader.undecodable), (text, 0));
        }
        let mut reader = StringReader { code_page: Some(936), ..StringReader::new(Biff::Five) };
        reader.decode(b"\xFF\xFF");
        assert_eq!(reader.undecodable, 1);
        let stream = record(kind::LABEL, b"\x04\xD5\xFE\xCE\xF1");
        let mut records = Records::new(&stream);
        let mut reader = StringReader { code_page: Some(936), ..StringReader::new(Biff::Five) };
        let record = records.next().unwrap();
        assert_eq!(reader.string(&mut record.cursor(), Length::Short).unwrap(), "政务");
        let mut records = Records::new(&stream[..6]);
        assert_eq!(reader.string(&mut records.next().unwrap().cursor(), Length::Short), None);
        assert!(records.cut);
    }
}
