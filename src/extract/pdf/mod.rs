//! PDF (ISO 32000-2): text with its place on the page.
//!
//! `hayro-syntax` reads objects, streams and encryption, `hayro-font` and `hayro-cmap` read fonts and the CMaps of Chinese,
//! Japanese and Korean. What is made of them is here: what each code shows (`fonts`), what a page shows and where
//! (`interpret`), which glyphs are lines and cells (`layout`), and which lines are paragraphs (`flow`).
//!
//! A page that shows something but has no text, or text that nothing says how to read, is noticed: such a document has not
//! been read in full.

mod flow;
mod fonts;
mod interpret;
mod layers;
mod layout;
mod path;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use hayro_syntax::object::Dict;
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};

use self::flow::PageLines;
use self::fonts::Shown;
use self::interpret::{Allowance, Contents, Glyph, Interpreter, text_string};
use super::{ExtractOptions, Extracted, Format};
use crate::document::{DocumentBuilder, DocumentDate, Place, Scope};
use crate::normalise::is_han;
use crate::source::{Code, Kind, Limits, Notice, Source};

/// Painted lines and curves from which on a page without text is thought to show some.
const DRAWN: usize = 200;
/// Bytes at the end of a file among which its end mark must be.
const END: usize = 8192;
/// Share of a page that pictures must cover to be more than ornament.
const PICTURE: f64 = 0.5;
/// Characters from which on a page has text of its own besides a picture.
const SOME_TEXT: usize = 20;

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
                return Extracted { notices: vec![notice], ..Extracted::default() };
            }
        };
        let mut reading = Reading { name: &source.name, limits: &options.limits, notices: Vec::new() };
        // The last bytes of a file say where its table of objects is (ISO 32000-2 §7.5.5).
        if !source.bytes[source.bytes.len().saturating_sub(END)..].windows(9).any(|window| window == b"startxref") {
            reading.error(Code::Corrupt, "PDF 的尾部缺失，读到的内容可能不全。请重新获取文件");
        }
        let mut builder = DocumentBuilder::new();
        let part = builder.add_part("");
        properties(&pdf, &mut builder);
        reading.pages(&pdf, &mut builder, part);
        reading.attachments(&pdf);
        Extracted { document: builder.finish(), notices: reading.notices, decoded: None }
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
    name: &'s str,
    limits: &'s Limits,
    notices: Vec<Notice>,
}

/// Pages that something is to be said about, by what.
#[derive(Default)]
struct Troubles(BTreeMap<Trouble, Vec<usize>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    Picture,
    Outlines,
    Unknown,
    Doubtful,
    Damaged,
    Hidden,
}

impl Reading<'_> {
    fn error(&mut self, code: Code, message: impl Into<String>) {
        self.notices.push(Notice::error(self.name, code, message));
    }

    fn warning(&mut self, code: Code, message: impl Into<String>) {
        self.notices.push(Notice::warning(self.name, code, message));
    }

    fn pages(&mut self, pdf: &Pdf, builder: &mut DocumentBuilder, part: u16) {
        let pages = pdf.pages();
        let most = usize::try_from(self.limits.pages).unwrap_or(usize::MAX);
        if pages.len() > most {
            let message =
                format!("PDF 共 {} 页，超过上限，只检查了前 {most} 页。可用 --limit pages=… 放宽", pages.len());
            self.error(Code::Limit, message);
        }
        // Pages that the file counts but does not hold are lost.
        let root = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
        let counted = root.and_then(|root| root.get::<Dict<'_>>("Pages")).and_then(|pages| pages.get::<i32>("Count"));
        let lost = counted.map_or(0, |counted| i64::from(counted) - pages.len() as i64);
        if pages.is_empty() {
            self.error(Code::Corrupt, "PDF 中没有可读取的页，没有检查。请重新获取，或打开后另存一份再检查");
            return;
        }
        if lost > 0 {
            let message =
                format!("PDF 已损坏：应有 {} 页，只读到 {} 页。请重新获取文件", pages.len() as i64 + lost, pages.len());
            self.error(Code::Corrupt, message);
        }
        let mut allowance = Allowance {
            operations: self.limits.operations,
            glyphs: self.limits.glyphs,
            content: self.limits.stream_size,
            reached: None,
        };
        let mut troubles = Troubles::default();
        let mut read: Vec<PageLines> = Vec::new();
        let mut interpreter = Interpreter::new(pdf.xref(), &mut allowance);
        let mut stopped = None;
        let mut disguised = Disguised::default();
        for (index, page) in pages.iter().take(most).enumerate() {
            let mut contents = interpreter.page(page);
            troubles.look(index + 1, &contents);
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
        drop(interpreter);
        if let Some((page, limit)) = stopped {
            let message =
                format!("PDF 读到第 {page} 页时达到上限 {limit}，此后没有检查。文件可信时可用 --limit {limit}=… 放宽");
            self.error(Code::Limit, message);
        }
        flow::write(read, builder, part);
        self.report(troubles);
    }

    fn report(&mut self, troubles: Troubles) {
        for (trouble, pages) in troubles.0 {
            let pages = ranges(&pages);
            match trouble {
                Trouble::Picture => {
                    let message =
                        format!("第 {pages} 页是图像，没有可读取的文字，未检查。请另行核对，或先做文字识别（OCR）");
                    self.error(Code::NoText, message);
                }
                Trouble::Outlines => {
                    let message = format!("第 {pages} 页没有文字层（可能已转为曲线），未检查。请用转曲前的文件检查");
                    self.error(Code::NoText, message);
                }
                Trouble::Unknown => {
                    let message = format!(
                        "第 {pages} 页有无法解码的文字（字体没有编码信息），这些文字没有检查。请重新导出 PDF，或改用原文件检查"
                    );
                    self.error(Code::Charset, message);
                }
                Trouble::Doubtful => {
                    let message = format!(
                        "第 {pages} 页的文字层不可靠（多为生僻字，与版面所见可能不同）。请重新导出 PDF，或改用原文件检查"
                    );
                    self.error(Code::Charset, message);
                }
                Trouble::Damaged => {
                    let message = format!("第 {pages} 页的内容已损坏，没有完整读取。请重新获取文件");
                    self.error(Code::Corrupt, message);
                }
                Trouble::Hidden => {
                    let message = format!("第 {pages} 页的隐藏图层没有检查");
                    self.warning(Code::Skipped, message);
                }
            }
        }
    }

    /// Files inside the file, and forms that only some programs show.
    fn attachments(&mut self, pdf: &Pdf) {
        let Some(root) = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id()) else { return };
        let names = root.get::<Dict<'_>>("Names");
        if names.is_some_and(|names| names.contains_key("EmbeddedFiles")) || root.contains_key("Collection") {
            self.warning(Code::Skipped, "PDF 中嵌有其他文件，没有检查。请取出后另行检查");
        }
        if root.get::<Dict<'_>>("AcroForm").is_some_and(|form| form.contains_key("XFA")) {
            self.warning(Code::Skipped, "PDF 中有 XFA 动态表单，表单内容可能没有检查。请打印成 PDF 后再检查");
        }
    }
}

impl Troubles {
    /// Looks whether a page was read in full.
    fn look(&mut self, page: usize, contents: &Contents) {
        let mut characters = 0;
        let mut unknown = 0;
        let (mut han, mut rare) = (0, 0);
        for glyph in &contents.glyphs {
            match &glyph.shown {
                Shown::Unknown => unknown += 1,
                Shown::Char(character) if character.is_whitespace() => {}
                Shown::Char(character) => {
                    characters += 1;
                    if is_han(*character) {
                        han += 1;
                        rare += usize::from(!is_in_gbk(*character));
                    }
                }
                Shown::Text(_) => characters += 1,
            }
        }
        let mut found = |trouble: Trouble| self.0.entry(trouble).or_default().push(page);
        if contents.damaged {
            found(Trouble::Damaged);
        }
        if contents.hidden {
            found(Trouble::Hidden);
        }
        if unknown > 0 {
            found(Trouble::Unknown);
        }
        // Text in print is all but always in GBK: glyph numbers taken for characters are not.
        if han >= SOME_TEXT && rare * 5 > han {
            found(Trouble::Doubtful);
        }
        if characters + unknown == 0 && contents.pictures > 0.01
            || characters + unknown < SOME_TEXT && contents.pictures >= PICTURE
        {
            found(Trouble::Picture);
        } else if characters + unknown == 0 && contents.strokes >= DRAWN {
            found(Trouble::Outlines);
        }
    }
}

fn is_in_gbk(character: char) -> bool {
    let mut buffer = [0; 4];
    !encoding_rs::GBK.encode(character.encode_utf8(&mut buffer)).2
}

/// Page numbers as people write them: `3、5—9`.
fn ranges(pages: &[usize]) -> String {
    const SHOWN: usize = 12;
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &page in pages {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == page => *last = page,
            _ => runs.push((page, page)),
        }
    }
    let shown = |&(first, last): &(usize, usize)| {
        if first == last { first.to_string() } else { format!("{first}—{last}") }
    };
    let text = runs.iter().take(SHOWN).map(shown).collect::<Vec<_>>().join("、");
    if runs.len() > SHOWN { format!("{text} 等共 {}", pages.len()) } else { text }
}

/// Latin letters that a typesetting system of Chinese publishers writes as rare characters: the GBK code A0 xx stands for the
/// ASCII character xx − 80 (`犐犆犛` is ICS). Taken for what they are only once several stood side by side.
#[derive(Default)]
struct Disguised {
    together: usize,
}

impl Disguised {
    fn look(&mut self, glyphs: &[Glyph]) {
        if self.proven() {
            return;
        }
        let letters: Vec<Option<char>> = glyphs.iter().map(|glyph| letter(&glyph.shown)).collect();
        self.together +=
            letters.windows(2).filter(|pair| pair[0].is_some() && pair[1].is_some() && pair[0] != pair[1]).count();
    }

    fn proven(&self) -> bool {
        self.together >= 3
    }

    fn undo(&self, glyphs: &mut [Glyph]) {
        for glyph in glyphs {
            if let Some(letter) = letter(&glyph.shown) {
                glyph.shown = Shown::Char(letter);
            }
        }
    }
}

fn letter(shown: &Shown) -> Option<char> {
    let Shown::Char(character @ '\u{4E00}'..='\u{9FFF}') = shown else { return None };
    let mut buffer = [0; 4];
    let (bytes, _, failed) = encoding_rs::GBK.encode(character.encode_utf8(&mut buffer));
    match *bytes {
        [0xA0, low @ 0xA1..=0xFE] if !failed => Some(char::from(low - 0x80)).filter(char::is_ascii_graphic),
        _ => None,
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
