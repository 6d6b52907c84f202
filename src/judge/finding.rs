//! What is reported.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use crate::dictionary::Severity;
use crate::document::{Area, Backdrop, DocumentDate, Scope};

/// One error at one place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// Name chain of the source (`outer.zip!inner/附件.docx`).
    pub path: String,
    /// The page that links to the source, if it was found through one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Title of the document, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Id of the rule.
    pub rule: String,
    /// Kind of the rule.
    pub kind: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// The text found, as it stands in the document; masked for privacy rules.
    pub text: String,
    /// Right forms, the best first.
    pub suggestions: Vec<String>,
    /// How sure it is, in percent, where the rule weighs evidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<u8>,
    /// Why it is wrong, in Chinese.
    pub message: String,
    /// Where the right form can be looked up.
    pub source: String,
    /// Where it is.
    pub location: Location,
    /// What kind of block it stands in.
    pub scope: Scope,
    /// The text around it.
    pub context: Context,
    /// Date of the document, if it states one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<DocumentDate>,
    /// The text was recognised in a picture, and may not be what stands there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ocr: bool,
    /// Identifies the finding across edits elsewhere in the document.
    pub fingerprint: String,
    /// What finds it again after edits beside it.
    pub anchor: Anchor,
}

/// What a finding is recognised by after its document was edited: the words around it, without positions. Only letters,
/// digits and Chinese characters of the folded text count, so that punctuation and white space may change; long numbers are
/// hidden.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Anchor {
    /// Up to 16 such characters before it, over the borders of blocks.
    pub before: String,
    /// Up to 16 such characters after it.
    pub after: String,
    /// Hash of the sentence it stands in, as 16 hexadecimal digits; absent where the sentence says little besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
}

/// A place, in the terms of the format. Numbers count from 1; `chars` are half-open ranges from 0 in characters
/// (Unicode scalar values) of the block's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Location {
    /// Text formats.
    Text {
        /// First character.
        start: TextPoint,
        /// One past the last character.
        end: TextPoint,
        /// The same in the terms of the format, where it has any beside lines.
        #[serde(flatten)]
        inside: Option<Inside>,
    },
    /// Word-processing documents.
    Paragraph {
        /// Part of the package.
        part: String,
        /// Paragraph of the part's body, of the cell or of the text box.
        paragraph: u32,
        /// Table path from the outside in, such as `1` or `1/r3c3/1` for a nested one.
        #[serde(skip_serializing_if = "Option::is_none")]
        table: Option<String>,
        /// Cell of the innermost table, such as `r3c2`.
        #[serde(skip_serializing_if = "Option::is_none")]
        cell: Option<String>,
        /// Text box of the part.
        #[serde(skip_serializing_if = "Option::is_none")]
        text_box: Option<u32>,
        /// Footnote, endnote or comment.
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<u32>,
        /// Characters of the paragraph.
        chars: [usize; 2],
    },
    /// Spreadsheets.
    Cell {
        /// Name of the sheet.
        sheet: String,
        /// Cell in A1 notation; absent for the sheet's name, header and footer.
        #[serde(skip_serializing_if = "Option::is_none")]
        cell: Option<String>,
        /// Characters of the cell.
        chars: [usize; 2],
    },
    /// Slides.
    Shape {
        /// Slide, in the order of the presentation.
        slide: u32,
        /// `notes` or `master`, if it does not stand on the slide itself.
        #[serde(skip_serializing_if = "Option::is_none")]
        on: Option<Backdrop>,
        /// Name of the shape.
        #[serde(skip_serializing_if = "Option::is_none")]
        shape: Option<String>,
        /// Paragraph of the shape, of the cell, of the chart or of the comment.
        paragraph: u32,
        /// Cell of a table, such as `r3c2`.
        #[serde(skip_serializing_if = "Option::is_none")]
        cell: Option<String>,
        /// Characters of the paragraph.
        chars: [usize; 2],
    },
    /// Text on pages.
    Page {
        /// Page, from 1: that of the first character.
        page: u32,
        /// Rectangle around it, or around its part on the first line.
        #[serde(rename = "box", serialize_with = "points")]
        area: Area,
        /// What the rectangle is measured in, if not in points: `pixel` in files that are pictures.
        #[serde(skip_serializing_if = "Option::is_none")]
        unit: Option<&'static str>,
        /// Its parts on further lines and pages.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        more: Vec<PagePart>,
    },
    /// Document properties.
    Property {
        /// Part of the package.
        part: String,
        /// Name of the property.
        property: Cow<'static, str>,
        /// Characters of its value.
        chars: [usize; 2],
    },
}

/// Where in a structured text a block stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Inside {
    /// Selector of the block's element, in HTML.
    Element {
        /// CSS selector (Selectors Level 4).
        css: String,
    },
    /// Field of delimiter-separated values.
    Field {
        /// In A1 notation.
        cell: String,
    },
    /// String in JSON.
    Value {
        /// JSON Pointer (RFC 6901).
        pointer: String,
    },
    /// Element or attribute in XML.
    Node {
        /// Location path (XPath 1.0), with names as they are written.
        xpath: String,
    },
    /// Cue of subtitles.
    Cue {
        /// Number of the cue.
        cue: u32,
        /// When it appears: `00:01:02.500`.
        time: String,
    },
}

/// A further part of a place on pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PagePart {
    /// Page, from 1.
    pub page: u32,
    /// Rectangle around it.
    #[serde(rename = "box", serialize_with = "points")]
    pub area: Area,
}

/// Writes a rectangle as `[left, top, right, bottom]` in points from the top left corner of the page.
fn points<S: Serializer>(area: &Area, serializer: S) -> Result<S::Ok, S::Error> {
    area.points().serialize(serializer)
}

/// A point in a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TextPoint {
    /// Byte of the original file, from 0.
    pub byte: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Column in bytes of the line as UTF-8, from 1, for formats that count so.
    #[serde(skip)]
    pub byte_column: usize,
}

/// Text around a finding, of the same block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Context {
    /// Directly before.
    pub before: String,
    /// Directly after.
    pub after: String,
}

impl Location {
    /// The place as editors read it: `第3行第5列`, `第2个表格 r3c2 第1段`, `Sheet1!C5`.
    pub fn label(&self) -> String {
        match self {
            Location::Text { start, inside, .. } => {
                let point = format!("第{}行第{}列", start.line, start.column);
                match inside {
                    None | Some(Inside::Element { .. }) => point,
                    Some(Inside::Field { cell }) => format!("{cell} {point}"),
                    Some(Inside::Value { pointer }) => format!("{pointer} {point}"),
                    Some(Inside::Node { xpath }) => format!("{xpath} {point}"),
                    Some(Inside::Cue { cue, time }) => format!("第{cue}条字幕 {time} {point}"),
                }
            }
            Location::Paragraph { part, paragraph, table, cell, text_box, note, chars } => {
                let file = part.rsplit('/').next().unwrap_or(part);
                let mut label = match (&**part, file.trim_end_matches(".xml")) {
                    ("content.xml", _) | (_, "document") => String::new(),
                    // Every object embedded in an OpenDocument file has its content under this name.
                    (part, "content") => format!("{} ", part.trim_end_matches("/content.xml")),
                    (_, name) => format!("{name} "),
                };
                if let Some(note) = note {
                    label.push_str(&format!("注{note} "));
                }
                if let Some(text_box) = text_box {
                    label.push_str(&format!("文本框{text_box} "));
                }
                if let (Some(table), Some(cell)) = (table, cell) {
                    label.push_str(&format!("表格{table} {cell} "));
                }
                format!("{label}第{paragraph}段第{}字", chars[0] + 1)
            }
            Location::Cell { sheet, cell: Some(cell), chars } => format!("{sheet}!{cell} 第{}字", chars[0] + 1),
            Location::Cell { sheet, cell: None, .. } => format!("工作表“{sheet}”"),
            Location::Shape { slide, on, shape, paragraph, cell, chars } => {
                let mut label = format!("第{slide}张幻灯片");
                label.push_str(match on {
                    Some(Backdrop::Notes) => "的备注 ",
                    Some(Backdrop::Master) => "的母版 ",
                    None => " ",
                });
                if let Some(shape) = shape {
                    label.push_str(&format!("“{shape}” "));
                }
                if let Some(cell) = cell {
                    label.push_str(&format!("{cell} "));
                }
                format!("{label}第{paragraph}段第{}字", chars[0] + 1)
            }
            Location::Page { page, area, unit: Some(_), .. } => {
                format!("第{page}页 距顶{}像素、距左{}像素", area.top / 100, area.left / 100)
            }
            Location::Page { page, area, .. } => {
                // Readers measure pages with a ruler, not in points.
                let millimetres = |edge: i32| (f64::from(edge) * 25.4 / 7200.0).round();
                format!("第{page}页 距顶{}毫米、距左{}毫米", millimetres(area.top), millimetres(area.left))
            }
            Location::Property { property, .. } => format!("文档属性 {property}"),
        }
    }
}
