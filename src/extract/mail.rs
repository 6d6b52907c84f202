//! E-mail (RFC 5322, MIME) and pages saved as one file (MHTML, RFC 2557).
//!
//! The message itself has its subject for a text; its bodies and attachments are sources of their own, so that their places
//! are those of the decoded part, and charsets and formats are found as those of any file.

use std::collections::HashSet;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, Message, MessageParser, MessagePart, MimeHeaders, PartType};
use memchr::memmem;

use super::objects::Inside;
use super::{ExtractOptions, Extracted, Format};
use crate::document::{DocumentBuilder, DocumentDate, Place, Scope};
use crate::source::{Code, Kind, Notice, Notices, Source};

/// Messages inside messages of one file that are read at most: the parser goes into all of them at once.
const MESSAGES: u64 = 2048;

/// E-mail.
pub(super) struct Mail;

impl Format for Mail {
    fn kind(&self) -> Kind {
        Kind::Mail
    }

    fn extract<'b>(&self, source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
        let failed = |code, message: &str| Extracted {
            notices: vec![Notice::error(&source.name, code, message)],
            ..Extracted::default()
        };
        let messages: usize = ["rfc822", "RFC822", "/global", "/digest", "/DIGEST"]
            .iter()
            .map(|kind| memmem::find_iter(&source.bytes, kind).count())
            .sum();
        let limit = options.limits.mail_messages.min(MESSAGES);
        if messages as u64 > limit {
            let raise = format!("可用 --limit mail-messages=… 放宽（至多 {MESSAGES}），或把其中的邮件分别另存后检查");
            let message = format!("邮件中层层转发的邮件超过上限 {limit} 封，没有读取。{raise}");
            return failed(Code::Limit, &message);
        }
        let Some(message) = MessageParser::default().parse(&source.bytes) else {
            return failed(Code::Corrupt, "邮件无法解析，可能已损坏。请重新取得原文件");
        };
        let mut builder = DocumentBuilder::new();
        if let Some(subject) = message.subject().map(str::trim).filter(|subject| !subject.is_empty()) {
            let part = builder.add_part("Subject");
            builder.open(Scope::Title, Place::Property { part, name: "Subject".into() }, None);
            builder.literal(part, 0, subject);
            builder.close();
            builder.metadata().title = Some(subject.to_owned());
        }
        if let Some(date) = message.date() {
            let day = format!("{:04}-{:02}-{:02}", date.year, date.month, date.day);
            builder.metadata().published = DocumentDate::parse(&day, "mail Date");
        }
        let mut parts = Parts {
            message: &message,
            inside: Inside::new(&source.name, &options.limits),
            notices: Notices::new(&source.name),
        };
        parts.walk();
        let (notices, inner) = (parts.notices.into_vec(), parts.inside.files);
        Extracted { document: builder.finish(), notices, inner, ..Extracted::default() }
    }
}

/// The parts of a message on the way to sources.
struct Parts<'m> {
    message: &'m Message<'m>,
    inside: Inside<'m>,
    notices: Notices<'m>,
}

impl Parts<'_> {
    fn walk(&mut self) {
        // Parts that are still to be read, the next one last.
        let mut waiting = vec![0_u32];
        let mut met = HashSet::new();
        while let Some(id) = waiting.pop() {
            let Some(part) = self.message.parts.get(id as usize).filter(|_| met.insert(id)) else { continue };
            match &part.body {
                PartType::Multipart(children) => {
                    let kind = part.content_type().and_then(|kind| kind.subtype()).unwrap_or_default();
                    if kind.eq_ignore_ascii_case("encrypted") {
                        self.notices.error(Code::Encrypted, "邮件已加密，正文无法检查。请提供未加密的邮件");
                        continue;
                    }
                    // Of the same text in several forms, the one with the most layout is what is read.
                    let alternative = kind.eq_ignore_ascii_case("alternative");
                    let html = alternative && children.iter().any(|&child| self.holds_html(child));
                    let plain = |part: &MessagePart<'_>| {
                        matches!(part.body, PartType::Text(_)) && part.attachment_name().is_none()
                    };
                    waiting.extend(
                        children
                            .iter()
                            .rev()
                            .copied()
                            .filter(|&child| !html || !self.message.parts.get(child as usize).is_some_and(plain)),
                    );
                }
                _ if self.inside.is_full(&mut self.notices) => return,
                _ => self.leaf(part),
            }
        }
    }

    /// Whether a part is HTML or has a part that is.
    fn holds_html(&self, id: u32) -> bool {
        let mut waiting = vec![id];
        let mut met = HashSet::new();
        while let Some(id) = waiting.pop() {
            match self.message.parts.get(id as usize).filter(|_| met.insert(id)).map(|part| &part.body) {
                Some(PartType::Html(_)) => return true,
                Some(PartType::Multipart(children)) => waiting.extend(children),
                _ => {}
            }
        }
        false
    }

    fn leaf(&mut self, part: &MessagePart<'_>) {
        let media_type = part
            .content_type()
            .map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_ascii_lowercase());
        if media_type.as_deref().is_some_and(|kind| kind.ends_with("pkcs7-mime")) {
            self.notices.error(Code::Encrypted, "邮件已加密，正文无法检查。请提供未加密的邮件");
            return;
        }
        let raw = self.message.raw_message.get(part.offset_body as usize..part.offset_end as usize).unwrap_or_default();
        let decoded = match part.encoding {
            Encoding::None => Some(raw.to_vec()),
            Encoding::QuotedPrintable => quoted_printable_decode(raw),
            Encoding::Base64 => base64_decode(raw),
        };
        let bytes = decoded.unwrap_or_else(|| {
            self.notices.error(Code::Corrupt, "邮件有部分内容无法解码，可能已损坏。请重新取得原文件");
            part.contents().to_vec()
        });
        if bytes.trim_ascii().is_empty() {
            return;
        }
        let usual = match &part.body {
            PartType::Html(_) => "正文.html",
            PartType::Text(_) => "正文.txt",
            PartType::Message(_) => "转发.eml",
            _ => "附件",
        };
        let name = part.attachment_name().or_else(|| part.content_location()).map(label).unwrap_or_default();
        let mut name = if name.is_empty() { usual.to_owned() } else { name };
        if matches!(part.body, PartType::Message(_)) && !name.ends_with(".eml") {
            name.push_str(".eml");
        }
        let charset = part.content_type().and_then(|kind| kind.attribute("charset"));
        let source = self.inside.add(&name, bytes);
        source.declared_charset = charset.map(str::to_owned);
        source.media_type = media_type;
    }
}

/// A name as a part of a name chain: a URL as it stands, else the last part of a path.
fn label(name: &str) -> String {
    let name = name.trim().replace('!', "%21");
    if name.contains("://") {
        return name;
    }
    name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned()
}
