//! Drawings of Excel and PowerPoint files before 2007 ([MS-ODRAW]): records in records, and properties of shapes.

/// Kinds of records ([MS-ODRAW] §2.2).
pub(super) mod kind {
    pub(in super::super) const GROUP: u16 = 0xF003;
    pub(in super::super) const SHAPE: u16 = 0xF004;
    pub(in super::super) const SHAPE_FACTS: u16 = 0xF00A;
    pub(in super::super) const PROPERTIES: u16 = 0xF00B;
    pub(in super::super) const TEXT_BOX: u16 = 0xF00D;
    pub(in super::super) const CHILD_ANCHOR: u16 = 0xF00F;
    pub(in super::super) const CLIENT_DATA: u16 = 0xF011;
    pub(in super::super) const FURTHER_PROPERTIES: u16 = 0xF122;
}

/// Properties of shapes that hold text for people ([MS-ODRAW] §2.3).
pub(super) mod property {
    /// Text drawn as WordArt.
    pub(in super::super) const WORD_ART: u16 = 0x00C0;
    /// Name of the shape.
    pub(in super::super) const NAME: u16 = 0x0380;
    /// Alternative text.
    pub(in super::super) const DESCRIPTION: u16 = 0x0381;
    /// Whether a group is a table.
    pub(in super::super) const TABLE: u16 = 0x039F;
}

/// A record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Atom<'b> {
    /// Lower four bits of its first two bytes; 15 if it holds records.
    pub(super) version: u8,
    /// The other twelve.
    pub(super) instance: u16,
    pub(super) kind: u16,
    /// What it holds; less than it says where the bytes end.
    pub(super) content: &'b [u8],
    /// Where the record begins in what was read.
    pub(super) start: usize,
    /// Whether the bytes end before it does.
    pub(super) cut: bool,
}

impl<'b> Atom<'b> {
    /// The record at `at`; `None` if there is none.
    pub(super) fn at(bytes: &'b [u8], at: usize) -> Option<Self> {
        let head = bytes.get(at..at.checked_add(8)?)?;
        let first = u16::from_le_bytes([head[0], head[1]]);
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let rest = &bytes[at + 8..];
        Some(Atom {
            version: (first & 0xF) as u8,
            instance: first >> 4,
            kind: u16::from_le_bytes([head[2], head[3]]),
            content: &rest[..length.min(rest.len())],
            start: at,
            cut: length > rest.len(),
        })
    }

    /// Whether it holds records.
    pub(super) fn is_container(&self) -> bool {
        self.version == 0xF
    }

    /// The records in it.
    pub(super) fn children(&self) -> Atoms<'b> {
        Atoms::new(self.content)
    }

    /// Where the record ends in what was read.
    pub(super) fn end(&self) -> usize {
        self.start + 8 + self.content.len()
    }
}

/// The picture that a record holds as the file that it was ([MS-ODRAW] §2.2.23), with the extension of its format. Bitmaps have
/// lost the head of their file, and drawings in the languages of Windows hold no text that anything could recognise.
pub(super) fn picture<'b>(atom: &Atom<'b>) -> Option<(&'static str, &'b [u8])> {
    let extension = match atom.kind {
        0xF01D | 0xF02A => "jpg",
        0xF01E => "png",
        0xF029 => "tif",
        _ => return None,
    };
    // An identifier of sixteen bytes, in odd instances a second one, and a byte that says nothing.
    let head = if atom.instance & 1 == 1 { 33 } else { 17 };
    Some((extension, atom.content.get(head..)?))
}

/// A bitmap without the head of its file.
pub(super) const BITMAP: u16 = 0xF01F;

/// Records one after another.
#[derive(Debug, Clone)]
pub(super) struct Atoms<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Atoms<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Atoms { bytes, at: 0 }
    }
}

impl<'b> Iterator for Atoms<'b> {
    type Item = Atom<'b>;

    fn next(&mut self) -> Option<Atom<'b>> {
        let atom = Atom::at(self.bytes, self.at)?;
        self.at = atom.end();
        Some(atom)
    }
}

/// All records of nested ones, those that hold others before what they hold. Needs no stack, since containers are nothing but
/// their content.
#[derive(Debug, Clone)]
pub(super) struct Nested<'b>(Atoms<'b>);

impl<'b> Nested<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Nested(Atoms::new(bytes))
    }
}

impl<'b> Iterator for Nested<'b> {
    type Item = Atom<'b>;

    fn next(&mut self) -> Option<Atom<'b>> {
        let atom = Atom::at(self.0.bytes, self.0.at)?;
        self.0.at = if atom.is_container() { atom.start + 8 } else { atom.end() };
        Some(atom)
    }
}

/// The properties of a record of kind [`kind::PROPERTIES`] or [`kind::FURTHER_PROPERTIES`]: number, value, and the data of those
/// that do not fit into a value.
pub(super) fn properties<'b>(atom: &Atom<'b>) -> impl Iterator<Item = (u16, u32, &'b [u8])> + use<'b> {
    let content = atom.content;
    let count = usize::from(atom.instance);
    let mut data = content.get(count * 6..).unwrap_or_default();
    content.chunks_exact(6).take(count).map(move |entry| {
        let id = u16::from_le_bytes([entry[0], entry[1]]);
        let value = u32::from_le_bytes([entry[2], entry[3], entry[4], entry[5]]);
        let own = if id & 0x8000 == 0 {
            &[][..]
        } else {
            data.split_off(..(value as usize).min(data.len())).unwrap_or_default()
        };
        (id & 0x3FFF, value, own)
    })
}

/// Text of UTF-16 bytes.
pub(super) fn utf16(bytes: &[u8]) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
    char::decode_utf16(units).map(|character| character.unwrap_or('\u{FFFD}')).collect()
}

/// Text of UTF-16 bytes up to the first NUL.
pub(super) fn utf16_to_nul(bytes: &[u8]) -> String {
    let end = bytes.as_chunks::<2>().0.iter().position(|pair| *pair == [0, 0]).map_or(bytes.len(), |index| index * 2);
    utf16(&bytes[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_with_and_without_data() {
        let mut bytes = vec![0x33, 0, 0x0B, 0xF0, 26, 0, 0, 0];
        bytes.extend([0xC0, 0x80, 4, 0, 0, 0]);
        bytes.extend([0x9F, 0x03, 1, 0, 0, 0]);
        bytes.extend([0x80, 0x83, 4, 0, 0, 0]);
        bytes.extend([0x2D, 0x4E, 0, 0, 0x87, 0x65, 0, 0]);
        let atom = Atom::at(&bytes, 0).unwrap();
        assert!(!atom.is_container() && !atom.cut && atom.kind == kind::PROPERTIES);
        let found: Vec<(u16, u32, String)> =
            properties(&atom).map(|(id, value, data)| (id, value, utf16_to_nul(data))).collect();
        assert_eq!(
            found,
            [
                (property::WORD_ART, 4, "中".to_owned()),
                (property::TABLE, 1, String::new()),
                (property::NAME, 4, "文".to_owned())
            ]
        );
        assert!(Atom::at(&bytes[..20], 0).unwrap().cut);
        assert!(Atom::at(&bytes[..7], 0).is_none());
    }
}
