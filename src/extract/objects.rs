//! Files inside documents: what an embedded object is, whoever embedded it.
//!
//! An object is a storage of a compound file ([MS-OLEDS] §2.3), or in RTF a stream of its own ([MS-OLEDS] §2.2). It holds a file
//! as it is (`Package`, `Ole10Native`), or the streams of a document of its program.

use std::collections::HashSet;

use crate::source::{
    Code, CompoundFile, EntryId, Kind, Limits, Notices, Source, sniff, u16_at, u32_at, without_codepage,
};

/// Files found inside a document that people know by name: each under a name of its own, no more of them than may be.
pub(super) struct Inside<'p> {
    path: &'p str,
    limit: usize,
    names: HashSet<String>,
    /// The files, in the order in which they were met.
    pub(super) files: Vec<Source>,
}

impl<'p> Inside<'p> {
    /// None yet in the document whose name chain is `path`.
    pub(super) fn new(path: &'p str, limits: &Limits) -> Self {
        let limit = usize::try_from(limits.archive_entries).unwrap_or(usize::MAX);
        Inside { path, limit, names: HashSet::new(), files: Vec::new() }
    }

    /// Whether no more files are taken; says so.
    pub(super) fn is_full(&self, notices: &mut Notices<'_>) -> bool {
        let limit = self.limit;
        let full = self.files.len() >= limit;
        if full {
            let message = format!("文件的附件超过 {limit} 个，只读取了前面的。可用 --limit archive-entries=… 放宽");
            notices.error(Code::Limit, message);
        }
        full
    }

    /// Takes in a file; of a path its last step is the name. A name that was there before gets a number in front of its extension,
    /// a file without one is called by its number.
    pub(super) fn add(&mut self, name: &str, bytes: Vec<u8>) -> &mut Source {
        // What would end the name of a source is no part of one.
        let name = if name.contains("://") { name } else { name.rsplit(['/', '\\']).next().unwrap_or(name) };
        let name = name.trim().replace('!', "！");
        let name = if name.is_empty() { format!("附件{}", self.files.len() + 1) } else { name };
        let mut unique = name.clone();
        let mut number = 2;
        while !self.names.insert(unique.clone()) {
            unique = match name.rsplit_once('.') {
                Some((stem, extension)) => format!("{stem}({number}).{extension}"),
                None => format!("{name}({number})"),
            };
            number += 1;
        }
        self.files.push(Source::new(format!("{}!{unique}", self.path), bytes));
        let last = self.files.len() - 1;
        &mut self.files[last]
    }
}

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
        let data = bytes.get(4..).unwrap_or_default();
        return native(data).unwrap_or_else(|| of_own_format(data));
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

/// What a program stored in a format of its own, where nothing says which program that was.
fn of_own_format(data: &[u8]) -> Object {
    match sniff(data, "") {
        // Drawing programs keep their picture, and the older equation editors theirs.
        Kind::Empty | Kind::Asset(_) => Object::Textless,
        // Any bytes may look like text of some sort.
        Kind::Text | Kind::Unsupported(_) => Object::Unknown,
        _ => Object::File(None, data.to_vec()),
    }
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
            ("6/\u{1}Ole10Native", b"\x04\0\0\0BM\x3E\0\0\0\0\0\0\0\x3E\0\0\0\x28\0\0\0"),
            ("7/\u{1}Ole10Native", b"\x04\0\0\0\x01\x02\x03\x04\x05\x06\x07"),
            ("8/\u{1}Ole10Native", b"\x04\0\0\0%PDF-1.4"),
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
        // What is no package in such a stream: a picture, something unheard of, a document.
        assert_eq!(object("6"), Object::Textless);
        assert_eq!(object("7"), Object::Unknown);
        assert_eq!(object("8"), Object::File(None, b"%PDF-1.4".to_vec()));
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
