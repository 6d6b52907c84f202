//! What the formats stored in compound files share: streams within limits, property sets ([MS-OLEPS]), notices.

use encoding_rs::{Encoding, UTF_16LE};
use jiff::Timestamp;

use super::room::Room;
use crate::document::{DocumentBuilder, DocumentDate, Place, Scope, Span};
use crate::source::{Code, CompoundFile, EntryId, Limits, Notice, Notices, Source, by_codepage, u16_at, u32_at};

/// A compound file being read, with what has to be said about it.
pub(super) struct Ole<'s> {
    /// Name of the source.
    pub(super) path: &'s str,
    /// Limits in force.
    pub(super) limits: Limits,
    /// What could not be read so far.
    pub(super) notices: Notices<'s>,
    /// Its directory.
    pub(super) file: CompoundFile<'s>,
    room: Room,
}

impl<'s> Ole<'s> {
    /// Opens the file; the notice says why that failed.
    pub(super) fn open(source: &'s Source, limits: &Limits) -> Result<Self, Notice> {
        let file = CompoundFile::open(&source.bytes).map_err(|refusal| refusal.notice(&source.name))?;
        Ok(Ole {
            path: &source.name,
            limits: *limits,
            notices: Notices::new(&source.name),
            file,
            room: Room::new(limits),
        })
    }

    /// The stream called `name` in the root, if there is one.
    pub(super) fn stream(&mut self, name: &str) -> Option<Vec<u8>> {
        let id = self.file.stream(name)?;
        Some(self.read(id))
    }

    /// The bytes of a stream; says so if they are not all there.
    pub(super) fn read(&mut self, id: EntryId) -> Vec<u8> {
        let bytes = self.file.read(id);
        if self.file.is_damaged() {
            self.notices.error(Code::Corrupt, "文件已损坏或不完整，只检查了还能读出的部分。请重新取得原文件");
        }
        bytes
    }

    /// Whether `more` bytes of text fit into the document; says so where they do not.
    pub(super) fn room(&mut self, builder: &DocumentBuilder, more: usize) -> bool {
        self.room.holds(builder.len(), more, &mut self.notices)
    }

    /// Says so where there are pictures in `streams`: where pictures are to be read, those are not. `format` is the one in which
    /// they are.
    pub(super) fn unread_pictures(&mut self, streams: &[&str], format: &str) {
        // How pictures begin that are kept as the files that they were.
        let begins = [&b"\x89PNG\r\n\x1A\n"[..], b"\xFF\xD8\xFF"];
        let found = streams.iter().any(|name| {
            let bytes = self.stream(name).unwrap_or_default();
            begins.iter().any(|begin| memchr::memmem::find(&bytes, begin).is_some())
        });
        if found {
            let message = format!("文件中的图片没有识别。请另存为 {format} 后再用 --ocr 检查，或另行核对");
            self.notices.warning(Code::Skipped, message);
        }
    }

    /// Reads the summary information ([MS-OLEPS] §2.25.1): title, subject, keywords and comments as text, the dates as
    /// metadata. `format` names the file type in [`DocumentDate::from`].
    pub(super) fn properties(&mut self, builder: &mut DocumentBuilder, format: &str) {
        const STREAM: &str = "\u{5}SummaryInformation";
        let Some(bytes) = self.stream(STREAM) else { return };
        let set = PropertySet::new(&bytes);
        if set.unreadable > 0 {
            let message = "文档属性（标题、主题等）有一部分无法读取，没有检查。请用制作它的软件打开后重新保存";
            self.notices.warning(Code::Corrupt, message);
        }
        let mut part = None;
        for (id, name) in [(2, "Title"), (3, "Subject"), (5, "Keywords"), (6, "Comments")] {
            let Some((span, Value::Text(text))) = set.get(id) else { continue };
            if text.trim().is_empty() || !self.room(builder, text.len()) {
                continue;
            }
            let part = *part.get_or_insert_with(|| builder.add_part("SummaryInformation"));
            if id == 2 {
                builder.metadata().title = Some(text.trim().to_owned());
            }
            let scope = if id == 2 { Scope::Title } else { Scope::Meta };
            builder.open(scope, Place::Property { part, name: name.into() }, None);
            builder.replaced(part, *span, text);
            builder.close();
        }
        for (id, name) in [(12, "Created"), (13, "LastSaved")] {
            let Some((_, Value::Date(day))) = set.get(id) else { continue };
            // The later of the two: a file made from a template keeps the day on which that was made.
            let date = DocumentDate::parse(day, &format!("{format} {name}"));
            let saved = &mut builder.metadata().saved;
            if date.as_ref().map(|date| &date.date) > saved.as_ref().map(|date| &date.date) {
                *saved = date;
            }
        }
    }
}

/// A property set: the first section of a stream of them, which is the one with a standard meaning.
#[derive(Debug, Default)]
pub(super) struct PropertySet {
    properties: Vec<(u32, Span<crate::document::Decoded>, Value)>,
    /// Properties whose value could not be read.
    pub(super) unreadable: usize,
}

/// A value that matters here.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A string.
    Text(String),
    /// A point in time, as ISO 8601 in UTC.
    Date(String),
}

impl PropertySet {
    /// Reads a stream of property sets ([MS-OLEPS] §2.21).
    pub(super) fn new(bytes: &[u8]) -> Self {
        let mut set = PropertySet::default();
        let Some(start) = u32_at(bytes, 44).map(|at| at as usize) else { return set };
        let Some(count) = start.checked_add(4).and_then(|at| u32_at(bytes, at)) else { return set };
        // A section is small; each property takes eight bytes at least.
        let entries: Vec<(u32, usize)> = (0..(count as usize).min(bytes.len() / 8))
            .map_while(|index| {
                let at = start + 8 + index * 8;
                Some((u32_at(bytes, at)?, start.checked_add(u32_at(bytes, at + 4)? as usize)?))
            })
            .collect();
        let codepage = entries.iter().find(|(id, _)| *id == 1).and_then(|&(_, at)| u16_at(bytes, at.checked_add(4)?));
        let encoding = codepage.and_then(by_codepage);
        for (id, at) in entries {
            if id > 1 && set.properties.len() < 64 {
                match value(bytes, at, encoding) {
                    Some(Some((span, value))) => set.properties.push((id, span, value)),
                    Some(None) => {}
                    None => set.unreadable += 1,
                }
            }
        }
        set
    }

    /// The property `id`, and where its value stands in the stream.
    pub(super) fn get(&self, id: u32) -> Option<(&Span<crate::document::Decoded>, &Value)> {
        self.properties.iter().find(|(one, _, _)| *one == id).map(|(_, span, value)| (span, value))
    }
}

type Found = (Span<crate::document::Decoded>, Value);

/// The typed value at `at`: `None` if it is damaged, `Some(None)` if it is of another type.
fn value(bytes: &[u8], at: usize, encoding: Option<&'static Encoding>) -> Option<Option<Found>> {
    const LPSTR: u16 = 0x1E;
    const LPWSTR: u16 = 0x1F;
    const FILETIME: u16 = 0x40;
    let from = at.checked_add(8)?;
    Some(match u16_at(bytes, at)? {
        kind @ (LPSTR | LPWSTR) => {
            let length = u32_at(bytes, at + 4)? as usize;
            let encoding = if kind == LPWSTR { UTF_16LE } else { encoding.unwrap_or(encoding_rs::GB18030) };
            let length = if kind == LPWSTR { length.checked_mul(2)? } else { length };
            let raw = bytes.get(from..from.checked_add(length)?)?;
            let text = encoding.decode_without_bom_handling(raw).0;
            let text = text.split('\0').next().unwrap_or_default().to_owned();
            Some((Span::new(from, from + length), Value::Text(text)))
        }
        FILETIME => {
            let ticks = u64::from(u32_at(bytes, at + 4)?) | u64::from(u32_at(bytes, from)?) << 32;
            day(ticks).map(|day| (Span::new(at + 4, from + 4), Value::Date(day)))
        }
        _ => None,
    })
}

/// A FILETIME – units of 100 ns since 1601 – as an ISO date; `None` before 1980, when none of these files was written.
pub(super) fn day(ticks: u64) -> Option<String> {
    let seconds = i64::try_from(ticks / 10_000_000).ok()? - 11_644_473_600;
    let time = Timestamp::from_second(seconds).ok().filter(|_| seconds >= 315_532_800)?;
    time.to_string().get(..10).map(str::to_owned)
}

#[cfg(test)]
pub(super) mod testing {
    /// A stream of one property set: code page, and properties given by id, type and value bytes.
    pub(in crate::extract) fn property_set(codepage: u16, properties: &[(u32, u16, &[u8])]) -> Vec<u8> {
        let mut values = Vec::new();
        let mut directory = Vec::new();
        let head = 8 + (properties.len() + 1) * 8;
        let mut page = vec![2, 0, 0, 0];
        page.extend(codepage.to_le_bytes());
        page.extend([0, 0]);
        let mut all = vec![(1u32, page)];
        for (id, kind, bytes) in properties {
            let mut value = u32::from(*kind).to_le_bytes().to_vec();
            match kind {
                0x1E => value.extend((bytes.len() as u32).to_le_bytes()),
                0x1F => value.extend((bytes.len() as u32 / 2).to_le_bytes()),
                _ => {}
            }
            value.extend_from_slice(bytes);
            value.resize(value.len().next_multiple_of(4), 0);
            all.push((*id, value));
        }
        for (id, value) in &all {
            directory.extend(id.to_le_bytes());
            directory.extend(((head + values.len()) as u32).to_le_bytes());
            values.extend_from_slice(value);
        }
        let mut stream = vec![0xFE, 0xFF, 0, 0];
        stream.resize(24, 0);
        stream.extend(1u32.to_le_bytes());
        stream.resize(44, 0);
        stream.extend(48u32.to_le_bytes());
        stream.extend(((head + values.len()) as u32).to_le_bytes());
        stream.extend((all.len() as u32).to_le_bytes());
        stream.extend(directory);
        stream.extend(values);
        stream
    }
}

#[cfg(test)]
mod tests {
    use super::testing::property_set;
    use super::*;
    use crate::source::compound;
    use proptest::prelude::*;

    #[test]
    fn properties_in_any_code_page_and_the_later_date() {
        let utf16: Vec<u8> = "通知\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let (early, late) = (0x01CD_0000_0000_0000u64.to_le_bytes(), 0x01D8_0000_0000_0000u64.to_le_bytes());
        for (codepage, kind, title) in [
            (936, 0x1E, &b"\xCD\xA8\xD6\xAA\0"[..]),
            (1200, 0x1E, &utf16),
            (1252, 0x1F, &utf16),
            (65001, 0x1E, "通知\0".as_bytes()),
        ] {
            let stream = property_set(
                codepage,
                &[(2, kind, title), (12, 0x40, &early), (13, 0x40, &late), (4, 3, &[1, 0, 0, 0])],
            );
            let source =
                Source::new("a.doc", compound(&[("\u{5}SummaryInformation", &stream), ("WordDocument", b"x")]));
            let mut ole = Ole::open(&source, &Limits::default()).unwrap();
            let mut builder = DocumentBuilder::new();
            ole.properties(&mut builder, "doc");
            let document = builder.finish();
            assert_eq!((&*document.text, document.blocks[0].scope), ("通知\n", Scope::Title), "{codepage}");
            let saved = document.metadata.saved.unwrap();
            assert_eq!((&*saved.date, &*saved.from), ("2022-01-02", "doc LastSaved"));
            assert!(ole.notices.into_vec().is_empty());
        }
    }

    proptest! {
        #[test]
        fn no_property_set_panics(edits in prop::collection::vec((0usize..200, any::<u8>()), 1..20)) {
            let mut stream = property_set(936, &[(2, 0x1E, b"\xCD\xA8\0"), (13, 0x40, &[0xFF; 8])]);
            for (at, byte) in edits {
                let at = at % stream.len();
                stream[at] = byte;
            }
            PropertySet::new(&stream);
        }
    }
}
