//! From a source's bytes to a [`Document`]: one format per file behind one trait and one plain list.
//!
//! Extraction is pure: no file, clock or network access, and no bytes make it panic. It gives a document *and* notices;
//! what could not be read is said, never left out silently.

mod csv;
mod doc;
mod docx;
mod epub;
mod html;
mod json;
mod mail;
mod markdown;
mod msg;
mod objects;
mod odf;
mod ofd;
mod office_art;
mod ole;
mod ooxml;
mod pages;
mod paragraph;
mod pdf;
mod ppt;
mod pptx;
mod room;
mod rtf;
mod slides;
mod story;
mod subtitles;
mod text;
mod transcript;
mod written;
mod xls;
mod xlsb;
mod xlsx;
mod xml;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::ocr::Ocr;
use crate::source::{Budget, Code, DecodedText, Held, Kind, Limits, Notice, Notices, Outer, Source, Visitor, decode};
use crate::worker::Workers;

pub use html::{Content, Selectors};

/// The label of files that are pictures.
pub(crate) const PICTURES: &str = "图片";

/// What extraction needs to know besides the bytes.
#[derive(Debug, Clone, Default)]
pub struct ExtractOptions {
    /// Limits in force.
    pub limits: Limits,
    /// Which parts of a page count as its content.
    pub content: Content,
    /// Processes in which risky formats are read; without them everything is read in this one.
    pub workers: Option<Arc<Workers>>,
    /// Recognises the text of pictures; without it they are not read.
    pub ocr: Option<Arc<Ocr>>,
    /// Whether documents give the pictures that pages show instead of text; `ocr` asks for them.
    pub pictures: bool,
}

/// A picture that a page shows where its text should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// Page, from 1.
    pub page: u32,
    /// Leads from pixels to points from the top left corner of the page: `x' = ax + cy + e`, `y' = bx + dy + f` for `[a, b, c,
    /// d, e, f]`.
    pub transform: [f64; 6],
    /// A file of a usual picture format.
    pub bytes: Vec<u8>,
}

impl Picture {
    /// The point of the page that a pixel shows.
    pub fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let [a, b, c, d, e, f] = self.transform;
        (a * x + c * y + e, b * x + d * y + f)
    }
}

/// What extraction gives.
#[derive(Debug, Default)]
pub struct Extracted<'b> {
    /// The text and where it came from.
    pub document: Document,
    /// What could not be read, or deserves a look.
    pub notices: Vec<Notice>,
    /// For formats that are one text: the decoded text that the source map points into.
    pub decoded: Option<DecodedText<'b>>,
    /// Files inside the document (embedded objects, attachments of mails), in reading order: sources of their own, whose
    /// names continue the document's name chain (`outer.docx!word/embeddings/x.xlsx`).
    pub inner: Vec<Source>,
    /// Pages that are pictures, if they were asked for.
    pub pictures: Vec<Picture>,
}

impl Extracted<'_> {
    /// Nothing but the notice that says why.
    fn refused(notice: Notice) -> Self {
        Extracted { notices: vec![notice], ..Extracted::default() }
    }
}

/// One format.
trait Format: Sync {
    /// The kind it reads.
    fn kind(&self) -> Kind;

    /// Whether reading it takes a parser that a file made for the purpose can drive out of all bounds of time and memory, so
    /// that it is better done in another process.
    fn is_risky(&self) -> bool {
        false
    }

    /// Reads a source of that kind.
    fn extract<'b>(&self, source: &'b Source, options: &ExtractOptions) -> Extracted<'b>;
}

/// Every format that is read.
static FORMATS: &[&dyn Format] = &[
    &html::Html,
    &text::PlainText,
    &markdown::Markdown,
    &docx::Docx,
    &epub::Epub,
    &mail::Mail,
    &doc::Doc,
    &rtf::Rtf,
    &xlsx::Xlsx,
    &xls::Xls,
    &pptx::Pptx,
    &ppt::Ppt,
    &msg::Msg,
    &odf::OpenDocument,
    &pdf::PortableDocument,
    &ofd::FixedLayout,
    &csv::Csv,
    &json::Json,
    &xml::XmlDocument,
    &subtitles::Subtitles,
];

/// Reads `source`. Kinds that are no document (archives, pictures, formats not read) give an empty document and a notice.
pub fn extract<'b>(source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
    extract_as(source.kind(), source, options)
}

/// [`extract`] for a source whose kind is known already.
pub(crate) fn extract_as<'b>(kind: Kind, source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
    if let (Some(ocr), Kind::Asset(PICTURES)) = (&options.ocr, kind) {
        let (mut document, notices) = ocr.read_file(source, &options.limits);
        document.date_from(&source.name, source.date.as_ref());
        return Extracted { document, notices, ..Extracted::default() };
    }
    let mut extracted = match &options.workers {
        Some(workers) if format_of(kind).is_some_and(Format::is_risky) => workers.extract(source, options),
        _ => read_as(kind, source, options),
    };
    if let Some(ocr) = options.ocr.as_ref().filter(|_| !extracted.pictures.is_empty()) {
        let pictures = std::mem::take(&mut extracted.pictures);
        let document = std::mem::take(&mut extracted.document);
        let (document, notices) = ocr.read_pages(&source.name, document, &pictures, &options.limits);
        extracted.document = document;
        extracted.notices.extend(notices);
    }
    extracted.document.date_from(&source.name, source.date.as_ref());
    if format_of(kind).is_none() {
        return extracted;
    }
    let failed = extracted.notices.iter().any(|notice| notice.level == crate::source::Level::Error);
    if extracted.document.blocks.is_empty() && extracted.inner.is_empty() && !failed {
        let message = "没有可检查的文字。如内容是图片，请另行核对";
        extracted.notices.push(Notice::warning(&source.name, Code::NoText, message));
    }
    extracted
}

/// [`crate::source::unpack`], in a worker if the kind of container is risky and there are workers.
pub fn unpack(
    outer: &Outer<'_>,
    options: &ExtractOptions,
    budget: &Budget,
    again: bool,
    visitor: &mut dyn Visitor,
) -> Vec<Notice> {
    match (&options.workers, outer.held) {
        (Some(workers), Held::Bytes(bytes)) if outer.kind.is_risky() => {
            workers.unpack(outer, bytes, &options.limits, budget, again, visitor)
        }
        _ => crate::source::unpack(outer, &options.limits, budget, again, visitor),
    }
}

/// What its format makes of a source, in this process.
pub(crate) fn read_as<'b>(kind: Kind, source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
    match format_of(kind) {
        Some(format) => format.extract(source, options),
        None => Extracted { notices: unread(&source.name, kind).into_iter().collect(), ..Extracted::default() },
    }
}

fn format_of(kind: Kind) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.kind() == kind)
}

/// What to say about a source that no format reads.
fn unread(name: &str, kind: Kind) -> Option<Notice> {
    Some(match kind {
        Kind::Empty => Notice::error(name, Code::Empty, "文件是空的（0 字节）。请确认上传或下载是否完整"),
        Kind::Encrypted => Notice::error(name, Code::Encrypted, "文件有打开密码，无法检查。请取消密码后再检查"),
        Kind::Xls | Kind::Ppt | Kind::Msg => {
            let message = "暂不能读取这种格式。请另存为 docx、xlsx、pptx 或 txt 后再检查";
            Notice::error(name, Code::Unsupported, message)
        }
        Kind::Unsupported(label) => {
            let advice = match label {
                "压缩包（cab、lzh、arj、iso 等）" => "请用 7-Zip 等工具解压后检查其中的文件",
                "分卷压缩包" => "请把各卷放在一起，用 7-Zip 等工具解压后检查其中的文件",
                _ => "请另存为 docx、xlsx、html 或 txt 后再检查",
            };
            let message = format!("暂不能读取这种格式：{label}。{advice}");
            Notice::error(name, Code::Unsupported, message)
        }
        Kind::Asset(label) => {
            let message = match label {
                PICTURES => "图片中的文字没有检查。请加 --ocr 识别（需安装 Tesseract），或另行核对".to_owned(),
                _ => format!("{label}中没有可读取的文字，未检查"),
            };
            Notice::error(name, Code::Unsupported, message)
        }
        Kind::Html | Kind::Text | Kind::Markdown | Kind::Pdf | Kind::Ofd | Kind::Container(_) => return None,
        Kind::Epub | Kind::Mail => return None,
        Kind::Docx | Kind::Xlsx | Kind::Pptx | Kind::OpenDocument => return None,
        Kind::Doc | Kind::Rtf => return None,
        Kind::Csv | Kind::Json | Kind::Xml | Kind::Subtitles => return None,
    })
}

/// Decodes a source that is one text, with notices about its encoding.
fn decode_source<'b>(source: &'b Source, markup: bool) -> (DecodedText<'b>, Notices<'b>) {
    let decoded = decode(&source.bytes, source.declared_charset.as_deref(), markup);
    let mut notices = Notices::new(&source.name);
    if let Some(label) = &decoded.contradicted {
        let message = format!("声明的编码是 {label}，实际是 {}，已按实际编码读取。请改正声明", decoded.encoding.name());
        notices.warning(Code::Charset, message);
    }
    if decoded.replaced > 0 {
        let message = format!(
            "有 {} 处字节不是 {} 文字，这些位置没有检查。请用正确的编码重新保存",
            decoded.replaced,
            decoded.encoding.name()
        );
        notices.error(Code::Charset, message);
    }
    (decoded, notices)
}
