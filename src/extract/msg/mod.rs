//! Messages of Outlook ([MS-OXMSG]): a compound file of properties.
//!
//! Subject and plain body are text of the message itself. A body in HTML or RTF is handed on to the reader of that format, and
//! so is every attachment; messages in messages are messages again.

mod compressed;
#[cfg(test)]
mod tests;

use super::objects::{Object, in_storage};
use super::office_art::utf16;
use super::ole::{Ole, day};
use super::text::paragraphs_of;
use super::transcript::{Transcript, without_controls};
use super::{ExtractOptions, Extracted, Format};
use crate::document::{DocumentDate, Place, Scope};
use crate::source::{Code, EntryId, EntryKind, Kind, Source, by_codepage, decode, u16_at, u32_at};

/// Numbers of properties ([MS-OXPROPS]).
mod property {
    pub(super) const SUBJECT: u16 = 0x0037;
    pub(super) const SUBMIT_TIME: u16 = 0x0039;
    pub(super) const DELIVERY_TIME: u16 = 0x0E06;
    pub(super) const BODY: u16 = 0x1000;
    pub(super) const RTF: u16 = 0x1009;
    pub(super) const HTML: u16 = 0x1013;
    pub(super) const DISPLAY_NAME: u16 = 0x3001;
    pub(super) const CREATION_TIME: u16 = 0x3007;
    pub(super) const ATTACHMENT: u16 = 0x3701;
    pub(super) const FILE_NAME: u16 = 0x3704;
    pub(super) const METHOD: u16 = 0x3705;
    pub(super) const LONG_FILE_NAME: u16 = 0x3707;
    pub(super) const BODY_CODE_PAGE: u16 = 0x3FDE;
    pub(super) const CODE_PAGE: u16 = 0x3FFD;
}

/// Types of properties ([MS-OXCDATA] §2.11.1).
mod form {
    pub(super) const OBJECT: u16 = 0x000D;
    pub(super) const BYTES: u16 = 0x001E;
    pub(super) const UNICODE: u16 = 0x001F;
    pub(super) const BINARY: u16 = 0x0102;
}

const PROPERTIES: &str = "__properties_version1.0";

/// Outlook message.
pub(super) struct Msg;

impl Format for Msg {
    fn kind(&self) -> Kind {
        Kind::Msg
    }

    fn is_risky(&self) -> bool {
        true
    }

    fn extract<'b>(&self, source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
        let ole = match Ole::open(source, &options.limits) {
            Ok(ole) => ole,
            Err(notice) => return Extracted::refused(notice),
        };
        let out = Transcript::new(&source.name, "正文", &options.limits);
        let mut message = Message { ole, out };
        message.read();
        let mut extracted = message.out.finish();
        extracted.notices.extend(message.ole.notices.into_vec());
        extracted
    }
}

/// Properties of fixed size of a folder: the first four bytes of their values, and all eight.
struct Fixed(Vec<(u16, u32, u64)>);

impl Fixed {
    fn get(&self, property: u16) -> Option<u32> {
        self.0.iter().find(|(number, ..)| *number == property).map(|&(_, value, _)| value)
    }

    fn time(&self, property: u16) -> Option<u64> {
        self.0.iter().find(|(number, ..)| *number == property).map(|&(.., value)| value)
    }
}

/// A message being read.
struct Message<'s> {
    ole: Ole<'s>,
    out: Transcript<'s>,
}

impl Message<'_> {
    fn read(&mut self) {
        let root = self.ole.file.root();
        let fixed = self.fixed(root);
        let code_page = fixed.get(property::CODE_PAGE).or(fixed.get(property::BODY_CODE_PAGE));
        self.date(&fixed);
        if let Some(subject) = self.text(root, property::SUBJECT, code_page) {
            let subject = without_prefix_mark(&subject);
            self.out.builder.metadata().title = Some(subject.trim().to_owned()).filter(|title| !title.is_empty());
            let place = Place::Property { part: self.out.part(), name: "subject".into() };
            self.out.block(Scope::Title, place, None, &without_controls(subject));
        }
        self.body(root, &fixed, code_page);
        for id in self.ole.file.children(root) {
            let is_attachment = |name: &str| name.to_ascii_lowercase().starts_with("__attach_version1.0_");
            if self
                .ole
                .file
                .entry(id)
                .is_some_and(|entry| entry.kind == EntryKind::Storage && is_attachment(&entry.name))
            {
                self.attachment(id, code_page);
            }
        }
    }

    /// The date on which it was sent; that on which it arrived, or on which it was made, if it was not.
    fn date(&mut self, fixed: &Fixed) {
        for (number, name) in [
            (property::SUBMIT_TIME, "msg ClientSubmitTime"),
            (property::DELIVERY_TIME, "msg MessageDeliveryTime"),
            (property::CREATION_TIME, "msg CreationTime"),
        ] {
            let date = fixed.time(number).and_then(day).and_then(|day| DocumentDate::parse(&day, name));
            if date.is_some() {
                self.out.builder.metadata().published = date;
                return;
            }
        }
    }

    /// Reads the body in the form in which Outlook shows it: HTML before plain text, RTF where nothing else is.
    fn body(&mut self, root: EntryId, fixed: &Fixed, code_page: Option<u32>) {
        let body_page = fixed.get(property::BODY_CODE_PAGE).or(code_page);
        if let Some(bytes) = self.html(root) {
            let charset = encoding(body_page).map(|encoding| encoding.name().to_owned());
            self.out.file("正文.html", bytes).declared_charset = charset;
            return;
        }
        if let Some(text) = self.text(root, property::BODY, code_page) {
            let part = self.out.part();
            for (paragraph, number) in paragraphs_of(&text).into_iter().zip(1..) {
                let place = Place::Paragraph { part, paragraph: number, table: Vec::new(), text_box: None, note: None };
                self.out.block(Scope::Body, place, None, &without_controls(&text[paragraph]));
            }
            return;
        }
        let Some(bytes) = self.stream(root, property::RTF, form::BINARY) else { return };
        let limit = self.out.limits.entry_size;
        let rtf = match compressed::unpack(&bytes, limit) {
            Ok(rtf) => rtf,
            Err((compressed::Failure::Damaged, rtf)) => {
                self.out
                    .notices
                    .error(Code::Corrupt, "邮件正文（RTF）已损坏，没有读完。请用 Outlook 打开后另存为 html 再检查");
                rtf
            }
            Err((compressed::Failure::TooLarge, _)) => {
                let size = crate::source::human_size(limit);
                let message = format!("邮件正文超过单个文件上限 {size}，没有读取。可用 --limit entry-size=… 放宽");
                return self.out.notices.error(Code::Limit, message);
            }
        };
        if !rtf.is_empty() {
            self.out.file("正文.rtf", rtf);
        }
    }

    /// The body in HTML, in whatever form it is kept.
    fn html(&mut self, root: EntryId) -> Option<Vec<u8>> {
        let bytes = [form::BINARY, form::BYTES].into_iter().find_map(|form| self.stream(root, property::HTML, form));
        if let Some(bytes) = bytes {
            return Some(bytes).filter(|bytes| !bytes.trim_ascii().is_empty());
        }
        let bytes = self.stream(root, property::HTML, form::UNICODE)?;
        Some([&b"\xFF\xFE"[..], &bytes].concat())
    }

    fn attachment(&mut self, folder: EntryId, code_page: Option<u32>) {
        /// The attachment is a message ([MS-OXCMSG] §2.2.2.9).
        const MESSAGE: u32 = 5;
        let fixed = self.fixed(folder);
        let name = [property::LONG_FILE_NAME, property::FILE_NAME, property::DISPLAY_NAME]
            .into_iter()
            .find_map(|number| self.text(folder, number, code_page))
            .map(|name| without_controls(&name).trim().to_owned())
            .filter(|name| !name.is_empty());
        let mut found = Object::Unknown;
        if let Some(bytes) = self.stream(folder, property::ATTACHMENT, form::BINARY) {
            found = Object::File(None, bytes);
        } else if let Some(id) = self.ole.file.child(folder, &stream_name(property::ATTACHMENT, form::OBJECT)) {
            found = in_storage(&mut self.ole.file, id);
            if self.ole.file.is_damaged() {
                self.out.notices.error(Code::Corrupt, "邮件的附件已损坏，没有读完。请重新取得原文件");
            }
        }
        match (found, name) {
            (Object::File(None, bytes), Some(name)) => {
                let is_message = fixed.get(property::METHOD) == Some(MESSAGE);
                let lacks = is_message && !name.to_lowercase().ends_with(".msg");
                self.out.file(&if lacks { name + ".msg" } else { name }, bytes);
            }
            (Object::Unknown, name) => {
                let name = name.map(|name| format!("“{name}”")).unwrap_or_default();
                let message = format!("邮件的附件{name}不在文件中或无法识别，没有检查。请从邮件中取出后另行检查");
                self.out.notices.error(Code::Skipped, message);
            }
            (found, _) => self.out.object(found),
        }
    }

    /// The bytes of a property kept in a stream of its own.
    fn stream(&mut self, folder: EntryId, property: u16, form: u16) -> Option<Vec<u8>> {
        let id = self.ole.file.child(folder, &stream_name(property, form))?;
        Some(self.ole.read(id))
    }

    /// The text of a property, in Unicode or in a code page.
    fn text(&mut self, folder: EntryId, property: u16, code_page: Option<u32>) -> Option<String> {
        if let Some(bytes) = self.stream(folder, property, form::UNICODE) {
            return Some(utf16(&bytes)).filter(|text| !text.trim().is_empty());
        }
        let bytes = self.stream(folder, property, form::BYTES)?;
        let bytes = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
        let declared = encoding(code_page).map(|encoding| encoding.decode_without_bom_handling(bytes));
        if let Some((text, false)) = declared {
            return Some(text.into_owned()).filter(|text| !text.trim().is_empty());
        }
        // Messages may name a code page that their texts are not in; then the bytes themselves say it.
        let decoded = decode(bytes, None, false);
        if decoded.replaced > 0 {
            let message = "邮件中有文字不合其声明的编码，这些位置没有检查。请用 Outlook 打开后以 Unicode 格式另存";
            self.ole.notices.error(Code::Charset, message);
        }
        Some(decoded.text.into_owned()).filter(|text| !text.trim().is_empty())
    }

    /// Reads properties of fixed size ([MS-OXMSG] §2.4).
    fn fixed(&mut self, folder: EntryId) -> Fixed {
        let Some(id) = self.ole.file.child(folder, PROPERTIES) else {
            self.out.notices.error(Code::Corrupt, "邮件的属性缺失，内容可能不全。请重新取得原文件");
            return Fixed(Vec::new());
        };
        let bytes = self.ole.read(id);
        // What stands before them is longer in the outermost message than in those within, and shorter for attachments.
        let head = if folder != self.ole.file.root() {
            8
        } else if bytes.len().is_multiple_of(16) {
            32
        } else {
            24
        };
        let entries = bytes.get(head..).unwrap_or_default().as_chunks::<16>().0;
        let read = |entry: &[u8; 16]| {
            let (low, high) = (u32_at(entry, 8)?, u32_at(entry, 12)?);
            Some((u16_at(entry, 2)?, low, u64::from(low) | u64::from(high) << 32))
        };
        Fixed(entries.iter().filter_map(read).collect())
    }
}

fn stream_name(property: u16, form: u16) -> String {
    format!("__substg1.0_{property:04X}{form:04X}")
}

fn encoding(code_page: Option<u32>) -> Option<&'static encoding_rs::Encoding> {
    by_codepage(u16::try_from(code_page?).ok()?)
}

/// A subject without the two characters that may say how long its prefix ("Re:") is.
fn without_prefix_mark(subject: &str) -> &str {
    let mut characters = subject.chars();
    match characters.next() {
        Some('\u{1}') => {
            characters.next();
            characters.as_str()
        }
        _ => subject,
    }
}
