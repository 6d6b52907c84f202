//! Files inside compound files: objects that were put into a document ([MS-OLEDS]), each in a folder of its own.

use super::transcript::Transcript;
use crate::source::{CompoundFile, EntryId, Kind, Source, sniff, u16_at, u32_at, without_codepage};

/// What an embedded object is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Object {
    /// A file, with its name if that is known.
    File(Option<String>, Vec<u8>),
    /// Something without text of its own, such as a formula.
    Textless,
    /// Something else.
    Unknown,
}

/// Streams in the root of a compound file that is a document.
const DOCUMENTS: [&str; 6] =
    ["WordDocument", "Workbook", "Book", "PowerPoint Document", "__properties_version1.0", "EncryptedPackage"];
/// Streams that hold a file as it is.
const FILES: [&str; 4] = ["Package", "CONTENTS", "EmbeddedOdf", "package_stream"];
/// Streams of objects that are drawn, not read: formulas, controls.
const TEXTLESS: [&str; 3] = ["Equation Native", "\u{3}OCXNAME", "\u{3}OCXDATA"];

/// The object in `storage`.
pub(super) fn object(file: &mut CompoundFile<'_>, storage: EntryId) -> Object {
    if DOCUMENTS.iter().any(|name| file.child(storage, name).is_some()) {
        return Object::File(None, file.storage(storage));
    }
    for name in FILES {
        if let Some(id) = file.child(storage, name) {
            let bytes = file.read(id);
            // Works and others call their own formats by the same name.
            return match sniff(&bytes, "") {
                Kind::Unsupported(_) | Kind::Empty => Object::Unknown,
                _ => Object::File(None, bytes),
            };
        }
    }
    if let Some(id) = file.child(storage, "\u{1}Ole10Native") {
        let bytes = file.read(id);
        return packaged(&bytes).map_or(Object::Unknown, |(name, data)| Object::File(name, data));
    }
    match TEXTLESS.iter().any(|name| file.child(storage, name).is_some()) {
        true => Object::Textless,
        false => Object::Unknown,
    }
}

/// The object in a compound file of its own.
pub(super) fn object_of(bytes: Vec<u8>) -> Object {
    let Ok(mut file) = CompoundFile::open(&bytes) else { return Object::Unknown };
    let root = file.root();
    if DOCUMENTS.iter().any(|name| file.child(root, name).is_some()) {
        return Object::File(None, bytes);
    }
    object(&mut file, root)
}

/// A file in a package ([MS-OLEDS] §2.3.6): its name and its bytes.
fn packaged(bytes: &[u8]) -> Option<(Option<String>, Vec<u8>)> {
    // Other programs put anything behind the length; only a package begins so.
    if u16_at(bytes, 4)? != 2 {
        return None;
    }
    let mut at = 6;
    let mut texts = [None, None];
    for text in &mut texts {
        let length = bytes.get(at..)?.iter().position(|&byte| byte == 0)?;
        *text = bytes.get(at..at + length);
        at += length + 1;
    }
    // A number, then the path at which the file was, then the file; both with their lengths before them.
    let path = u32_at(bytes, at + 4)? as usize;
    let start = at.checked_add(8)?.checked_add(path)?;
    let length = u32_at(bytes, start)? as usize;
    let data = bytes.get(start + 4..)?.get(..length)?;
    let name = texts.into_iter().flatten().map(without_codepage);
    let name = name.filter(|name| !name.trim().is_empty()).last();
    Some((name.map(|name| file_name(&name)), data.to_vec()))
}

/// The last step of a path of Windows or another system, without what would end the name of a source.
pub(super) fn file_name(path: &str) -> String {
    path.rsplit(['\\', '/']).next().unwrap_or(path).replace('!', "！").trim().to_owned()
}

/// Embedded objects of a document, as sources of their own.
#[derive(Default)]
pub(super) struct Objects {
    pub(super) found: Vec<Source>,
    count: u64,
    unknown: u64,
}

impl Objects {
    /// Takes in what was found in the document called `owner`.
    pub(super) fn add(&mut self, owner: &str, object: Object) {
        match object {
            Object::File(name, bytes) => {
                self.count += 1;
                let name = name.unwrap_or_else(|| format!("嵌入对象{}.{}", self.count, extension(sniff(&bytes, ""))));
                self.found.push(Source::new(format!("{owner}!{name}"), bytes));
            }
            Object::Textless => {}
            Object::Unknown => self.unknown += 1,
        }
    }

    /// Says what was not read, and gives what was found.
    pub(super) fn finish(self, out: &mut Transcript<'_>) -> Vec<Source> {
        if self.unknown > 0 {
            let message = format!("嵌有 {} 个无法识别的对象，其内容没有检查。请取出后另行检查", self.unknown);
            out.warning(crate::source::Code::Skipped, message);
        }
        self.found
    }
}

/// The usual extension of a kind of file, for names that people see.
fn extension(kind: Kind) -> &'static str {
    match kind {
        Kind::Doc => "doc",
        Kind::Xls => "xls",
        Kind::Ppt => "ppt",
        Kind::Msg => "msg",
        Kind::Docx => "docx",
        Kind::Xlsx => "xlsx",
        Kind::Pptx => "pptx",
        Kind::Pdf => "pdf",
        Kind::Ofd => "ofd",
        Kind::Rtf => "rtf",
        Kind::Html => "html",
        Kind::Text => "txt",
        Kind::Zip => "zip",
        _ => "bin",
    }
}

#[cfg(test)]
pub(super) mod testing {
    /// The stream of a package of one file.
    pub(in crate::extract) fn package(name: &[u8], data: &[u8]) -> Vec<u8> {
        let path = b"C:\\temp\\a\0";
        let mut body = vec![2, 0];
        body.extend([name, b"\0C:\\", name, b"\0", &[0, 0, 3, 0]].concat());
        body.extend((path.len() as u32).to_le_bytes());
        body.extend(path);
        body.extend((data.len() as u32).to_le_bytes());
        body.extend(data);
        [&(body.len() as u32).to_le_bytes()[..], &body].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::package;
    use super::*;
    use crate::source::compound;

    #[test]
    fn objects_are_files_of_their_own() {
        let native = package(b"\xCD\xA8\xD6\xAA.txt", b"text");
        let bytes = compound(&[
            ("1/WordDocument", b"x"),
            ("2/Package", b"PK\x05\x06"),
            ("3/\u{1}Ole10Native", &native),
            ("4/Equation Native", b"x"),
            ("5/other", b"x"),
            ("6/\u{1}Ole10Native", b"\x08\0\0\0\x02\0ab"),
        ]);
        let mut file = CompoundFile::open(&bytes).unwrap();
        let mut at = |name: &str| {
            let id = file.child(file.root(), name).unwrap();
            object(&mut file, id)
        };
        let Object::File(None, inner) = at("1") else { panic!() };
        assert_eq!(sniff(&inner, ""), Kind::Doc);
        assert_eq!(at("2"), Object::File(None, b"PK\x05\x06".to_vec()));
        assert_eq!(at("3"), Object::File(Some("通知.txt".to_owned()), b"text".to_vec()));
        assert_eq!((at("4"), at("5"), at("6")), (Object::Textless, Object::Unknown, Object::Unknown));
        assert_eq!(object_of(compound(&[("Package", b"%PDF-1")])), Object::File(None, b"%PDF-1".to_vec()));
    }

    #[test]
    fn names_of_files_are_labels() {
        assert_eq!(file_name("C:\\a\\b!c.doc"), "b！c.doc");
        assert_eq!(file_name("/etc/../x"), "x");
    }
}
