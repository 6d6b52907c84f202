//! PDF (ISO 32000-2): text with its place on the page.
//!
//! `hayro-syntax` reads objects, streams and encryption, `hayro-font` and `hayro-cmap` read fonts and the CMaps of Chinese,
//! Japanese and Korean. What is made of them is here: what each code shows (`fonts`), what a page shows and where
//! (`interpret`). Lines, cells and paragraphs are made of it in [`pages`](super::pages).
//!
//! A page that shows something but has no text, or text that nothing says how to read, is noticed: such a document has not
//! been read in full.

mod attachments;
mod fonts;
mod interpret;
mod layers;
mod pictures;
#[cfg(test)]
mod tests;

use std::mem;

use hayro_syntax::object::Dict;
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};

use self::interpret::{Interpreter, Placed, text_string};
use super::pages::flow::{self, PageLines};
use super::pages::trouble::{self, Disguised, Troubles};
use super::pages::{Allowance, layout};
use super::{ExtractOptions, Extracted, Format, Picture};
use crate::document::{DocumentBuilder, DocumentDate, Place, Scope};
use crate::source::{Code, Kind, Limits, Notice, Notices, Source};

/// Bytes at the end of a file among which its end mark must be.
const END: usize = 8192;
/// PDF.
pub(super) struct PortableDocument;

impl Format for PortableDocument {
    fn kind(&self) -> Kind {
        Kind::Pdf
    }

    fn is_risky(&self) -> bool {
        true
    }

    fn extract<'b>(&self, source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
        let pdf = match Pdf::new(source.bytes.clone()) {
            Ok(pdf) => pdf,
            Err(error) => {
                let notice = Notice::error(&source.name, code(error), refusal(error));
                return Extracted::refused(notice);
            }
        };
        let mut reading = Reading {
            limits: &options.limits,
            notices: Notices::new(&source.name),
            inner: Vec::new(),
            wanted: options.pictures,
            pictures: Vec::new(),
        };
        // The last bytes of a file say where its table of objects is (ISO 32000-2 §7.5.5).
        if !source.bytes[source.bytes.len().saturating_sub(END)..].windows(9).any(|window| window == b"startxref") {
            reading.notices.error(Code::Corrupt, "PDF 的尾部缺失，读到的内容可能不全。请重新获取文件");
        }
        let mut builder = DocumentBuilder::new();
        let part = builder.add_part("");
        properties(&pdf, &mut builder);
        reading.pages(&pdf, &mut builder, part);
        reading.forms(&pdf);
        let Reading { notices, inner, pictures, .. } = reading;
        let (document, notices) = (builder.finish(), notices.into_vec());
        Extracted { document, notices, inner, pictures, ..Extracted::default() }
    }
}

fn code(error: LoadPdfError) -> Code {
    match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => Code::Encrypted,
        LoadPdfError::Decryption(DecryptionError::UnsupportedAlgorithm) => Code::Unsupported,
        LoadPdfError::Decryption(_) | LoadPdfError::Invalid => Code::Corrupt,
    }
}

fn refusal(error: LoadPdfError) -> &'static str {
    match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => "文件有打开密码，无法检查。请取消密码后再检查",
        LoadPdfError::Decryption(DecryptionError::UnsupportedAlgorithm) => {
            "PDF 的加密方式不支持，没有检查。请取消加密后再检查"
        }
        LoadPdfError::Decryption(_) => "PDF 的加密信息已损坏，没有检查。请重新导出或取消加密后再检查",
        LoadPdfError::Invalid => "PDF 已损坏，无法读取。请重新获取，或打开后另存一份再检查",
    }
}

struct Reading<'s> {
    limits: &'s Limits,
    notices: Notices<'s>,
    /// Files inside the file.
    inner: Vec<Source>,
    /// Pages that are pictures are to be given.
    wanted: bool,
    pictures: Vec<Picture>,
}

impl Reading<'_> {
    fn pages(&mut self, pdf: &Pdf, builder: &mut DocumentBuilder, part: u16) {
        let pages = pdf.pages();
        let most = usize::try_from(self.limits.pages).unwrap_or(usize::MAX);
        if pages.len() > most {
            let message =
                format!("PDF 共 {} 页，超过上限，只检查了前 {most} 页。可用 --limit pages=… 放宽", pages.len());
            self.notices.error(Code::Limit, message);
        }
        // Pages that the file counts but does not hold are lost.
        let root = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
        let counted = root.and_then(|root| root.get::<Dict<'_>>("Pages")).and_then(|pages| pages.get::<i32>("Count"));
        let lost = counted.map_or(0, |counted| i64::from(counted) - pages.len() as i64);
        if pages.is_empty() {
            self.notices.error(Code::Corrupt, "PDF 中没有可读取的页，没有检查。请重新获取，或打开后另存一份再检查");
            self.inner = attachments::read(pdf, Vec::new(), self.limits, &mut self.notices);
            return;
        }
        if lost > 0 {
            let message =
                format!("PDF 已损坏：应有 {} 页，只读到 {} 页。请重新获取文件", pages.len() as i64 + lost, pages.len());
            self.notices.error(Code::Corrupt, message);
        }
        let mut allowance = Allowance {
            operations: self.limits.operations,
            glyphs: self.limits.glyphs,
            content: self.limits.stream_size,
            reached: None,
        };
        let mut troubles = Troubles::default();
        let mut read: Vec<PageLines> = Vec::new();
        let mut interpreter = Interpreter::new(pdf.xref(), &mut allowance, self.wanted);
        let mut stopped = None;
        let mut disguised = Disguised::default();
        for (index, page) in pages.iter().take(most).enumerate() {
            let mut contents = interpreter.page(page);
            let placed = mem::take(&mut interpreter.placed);
            let given = self.wanted
                && trouble::is_picture(&contents)
                && self.take(placed, index as u32 + 1)
                && !contents.crowded;
            troubles.look(index + 1, &contents, given);
            disguised.look(&contents.glyphs);
            // Undone only once there is proof, so that what came before stays as it is on few pages at most.
            if disguised.proven() {
                disguised.undo(&mut contents.glyphs);
            }
            read.push(PageLines {
                height: f64::from(page.render_dimensions().1),
                lines: layout::lines((index + 1) as u32, &contents),
            });
            if let Some(limit) = interpreter.allowance.reached {
                stopped = Some((index + 1, limit));
                break;
            }
        }
        let pinned = mem::take(&mut interpreter.pinned);
        drop(interpreter);
        if let Some((page, limit)) = stopped {
            let message =
                format!("PDF 读到第 {page} 页时达到上限 {limit}，此后没有检查。文件可信时可用 --limit {limit}=… 放宽");
            self.notices.error(Code::Limit, message);
        }
        flow::write(read, builder, part, &mut 0);
        troubles.report("PDF", &mut self.notices);
        self.inner = attachments::read(pdf, pinned, self.limits, &mut self.notices);
    }

    /// Takes the pictures of a page out of the file; `false` if one cannot be taken, or there is none.
    fn take(&mut self, placed: Vec<Placed<'_>>, page: u32) -> bool {
        let mut whole = !placed.is_empty();
        for placed in placed {
            let picture = match placed {
                Placed::Object(ctm, stream) => pictures::picture(&stream, ctm, page),
                Placed::Inline(picture) => picture,
            };
            match picture {
                Some(picture) => self.pictures.push(Picture { page, ..picture }),
                None => whole = false,
            }
        }
        whole
    }

    /// Forms that only some programs show.
    fn forms(&mut self, pdf: &Pdf) {
        let Some(root) = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id()) else { return };
        if root.get::<Dict<'_>>("AcroForm").is_some_and(|form| form.contains_key("XFA")) {
            self.notices.warning(Code::Skipped, "PDF 中有 XFA 动态表单，表单内容可能没有检查。请打印成 PDF 后再检查");
        }
    }
}

/// Title, subject, keywords and dates of the file.
fn properties(pdf: &Pdf, builder: &mut DocumentBuilder) {
    let metadata = pdf.metadata();
    let part = builder.add_part("Info");
    for (bytes, name, scope) in [
        (&metadata.title, "Title", Scope::Title),
        (&metadata.subject, "Subject", Scope::Meta),
        (&metadata.keywords, "Keywords", Scope::Meta),
    ] {
        let Some(text) = bytes.as_deref().map(text_string) else { continue };
        let text: String = text.chars().filter(|character| !character.is_control()).collect();
        if scope == Scope::Title && !text.trim().is_empty() {
            builder.metadata().title = Some(text.trim().to_owned());
        }
        builder.open(scope, Place::Property { part, name: name.into() }, None);
        builder.inserted(part, 0, &text);
        builder.close();
    }
    // The later of the two: a file made from a template keeps the day on which that was made.
    let dates = [(metadata.creation_date, "pdf CreationDate"), (metadata.modification_date, "pdf ModDate")];
    for (date, from) in dates {
        let date = date
            .and_then(|date| DocumentDate::parse(&format!("{:04}-{:02}-{:02}", date.year, date.month, date.day), from));
        let saved = &mut builder.metadata().saved;
        if date.as_ref().map(|date| &date.date) > saved.as_ref().map(|date| &date.date) {
            *saved = date;
        }
    }
}
