//! Files inside documents: what an embedded object is, whoever embedded it.
//!
//! An object is a storage of a compound file ([MS-OLEDS] §2.3), or in RTF a stream of its own ([MS-OLEDS] §2.2). It holds a file
//! as it is (`Package`, `Ole10Native`), or the streams of a document of its program.

use crate::source::{CompoundFile, EntryId, Kind, Source, sniff, u16_at, u32_at, without_codepage};

/// What an object is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Object {
    /// A file, and its name if the object knows it.
    File(Option<String>, Vec<u8>),
    /// Nothing with text: a formula, a picture, a link.
    Textless,
    /// Of a program that is not known here.
    Unknown,
}

impl Object {
    /// As a source of its own inside the document at `path`, the object with this number; `None` if it is no file.
    pub(super) fn source(self, path: &str, number: usize) -> Option<Source> {
        let Object::File(name, bytes) = self else { return None };
        let name = name.unwrap_or_else(|| {
            let extension = match sniff(&bytes, "") {
                Kind::Doc => ".doc",
                Kind::Docx => ".docx",
                Kind::Xls => ".xls",
                Kind::Xlsx => ".xlsx",
                Kind::Ppt => ".ppt",
                Kind::Pptx => ".pptx",
                Kind::Pdf => ".pdf",
                _ => "",
            };
            format!("对象{number}{extension}")
        });
        // What would end the name of a source is no part of one.
        Some(Source::new(format!("{path}!{}", name.replace('!', "！")), bytes))
    }
}

/// The object in `storage`.
pub(super) fn in_storage(file: &mut CompoundFile<'_>, storage: EntryId) -> Object {
    // Whole files, under the names by which programs store them.
    for name in ["Package", "package_stream", "EmbeddedOdf", "CONTENTS"] {
        if let Some(id) = file.child(storage, name) {
            let bytes = file.read(id);
            let kind = sniff(&bytes, "");
            if !matches!(kind, Kind::Empty | Kind::Text | Kind::Asset(_) | Kind::Unsupported(_)) {
                return Object::File(None, bytes);
            }
        }
    }
    if let Some(id) = file.child(storage, "\u{1}Ole10Native") {
        let bytes = file.read(id);
        return bytes.get(4..).and_then(native).unwrap_or(Object::Textless);
    }
    for name in
        ["WordDocument", "Workbook", "Book", "PowerPoint Document", "__properties_version1.0", "EncryptedPackage"]
    {
        if file.child(storage, name).is_some() {
            return file.extract(storage).map_or(Object::Unknown, |bytes| Object::File(None, bytes));
        }
    }
    let names: Vec<&str> = file.children(storage).into_iter().filter_map(|id| Some(&*file.entry(id)?.name)).collect();
    let textless = |name: &&str| {
        // Streams that only describe the object begin with a control character.
        name.starts_with(|first: char| first < ' ') || matches!(*name, "Equation Native" | "CONTENTS" | "Contents")
    };
    if names.iter().all(textless) { Object::Textless } else { Object::Unknown }
}

/// The object in a stream of the older kind, as RTF has it ([MS-OLEDS] §2.2.5).
pub(super) fn in_stream(bytes: &[u8]) -> Object {
    let mut at = 8;
    let mut string = || {
        let length = u32_at(bytes, at)? as usize;
        let text = bytes.get(at + 4..(at + 4).checked_add(length)?)?;
        at += 4 + length;
        Some(text)
    };
    let (Some(class), Some(_), Some(_)) = (string(), string(), string()) else { return Object::Unknown };
    let data = bytes.get(at + 4..).unwrap_or_default();
    let length = u32_at(bytes, at).map_or(0, |length| length as usize);
    let data = &data[..data.len().min(length)];
    // A link to a file elsewhere has no data.
    if u32_at(bytes, 4) != Some(2) || data.is_empty() {
        return Object::Textless;
    }
    if class.starts_with(b"Package") {
        return native(data).unwrap_or(Object::Unknown);
    }
    match CompoundFile::open(data) {
        Ok(mut file) => {
            let root = file.root();
            in_storage(&mut file, root)
        }
        // Pictures and formulas of old.
        Err(_) => Object::Textless,
    }
}

/// A file as the packager of Windows stores it: a label, where it came from, where it was kept, its bytes.
fn native(bytes: &[u8]) -> Option<Object> {
    let string = |at: usize| {
        let rest = bytes.get(at..)?;
        let length = memchr::memchr(0, rest)?;
        Some((&rest[..length], at + length + 1))
    };
    // Type 2 is an embedded file; what else uses the stream is pictures.
    if u16_at(bytes, 0)? != 2 {
        return None;
    }
    let (label, at) = string(2)?;
    let (_, at) = string(at)?;
    let kept = u32_at(bytes, at + 4)? as usize;
    let at = at.checked_add(8)?.checked_add(kept)?;
    let length = u32_at(bytes, at)? as usize;
    let data = bytes.get(at + 4..)?;
    // In the code page of the machine, which short names in UTF-8 are easily taken for.
    let label = without_codepage(label);
    let name = label.rsplit(['/', '\\']).next().map(str::trim).filter(|name| !name.is_empty());
    Some(Object::File(name.map(str::to_owned), data[..data.len().min(length)].to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::compound;

    fn package(label: &[u8], data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![2, 0];
        bytes.extend_from_slice(label);
        bytes.extend(b"\0C:\\x\0\0\0\x03\0");
        bytes.extend(4u32.to_le_bytes());
        bytes.extend(b"C:\\\0");
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend_from_slice(data);
        bytes
    }

    #[test]
    fn objects_are_files_documents_or_nothing() {
        let label = encoding_rs::GBK.encode("附件.txt").0;
        let native = [&[0; 4][..], &package(&label, b"text")].concat();
        let long = vec![7; 5000];
        let bytes = compound(&[
            ("1/\u{1}Ole10Native", &native),
            ("2/Package", b"%PDF-1.4"),
            ("3/WordDocument", &long),
            ("3/Data", b"x"),
            ("4/Equation Native", b"x"),
            ("4/\u{1}Ole", b"x"),
            ("5/Unheard", b"x"),
        ]);
        let mut file = CompoundFile::open(&bytes).unwrap();
        let mut object = |name: &str| {
            let storage = file.child(file.root(), name).unwrap();
            in_storage(&mut file, storage)
        };
        assert_eq!(object("1"), Object::File(Some("附件.txt".to_owned()), b"text".to_vec()));
        assert_eq!(object("2"), Object::File(None, b"%PDF-1.4".to_vec()));
        let document = object("3").source("a.doc", 3).unwrap();
        assert_eq!((&*document.name, document.kind()), ("a.doc!对象3.doc", Kind::Doc));
        let mut inner = CompoundFile::open(&document.bytes).unwrap();
        let stream = inner.stream("WordDocument").unwrap();
        assert_eq!(inner.read(stream), long);
        assert_eq!(object("4"), Object::Textless);
        assert_eq!(object("5"), Object::Unknown);
    }

    #[test]
    fn objects_of_rtf() {
        let stream = |class: &[u8], data: &[u8]| {
            let mut bytes = vec![1, 5, 0, 0, 2, 0, 0, 0];
            bytes.extend((class.len() as u32).to_le_bytes());
            bytes.extend_from_slice(class);
            bytes.extend([0; 8]);
            bytes.extend((data.len() as u32).to_le_bytes());
            bytes.extend_from_slice(data);
            bytes
        };
        let file = in_stream(&stream(b"Package\0", &package(b"C:\\a\\b.txt", b"text")));
        assert_eq!(file, Object::File(Some("b.txt".to_owned()), b"text".to_vec()));
        let inner = compound(&[("WordDocument", b"x")]);
        assert_eq!(in_stream(&stream(b"Word.Document.8\0", &inner)), Object::File(None, inner));
        assert_eq!(in_stream(&stream(b"PBrush\0", b"BM")), Object::Textless);
        for end in 0..20 {
            assert!(!matches!(in_stream(&stream(b"Package\0", b"x")[..end]), Object::File(..)));
        }
    }
}
