//! Cell comments in a copy of a workbook (ECMA-376 Part 1 §18.7): the comments part, and the VML shapes in which Excel shows
//! them (Part 4 §19). Comments that are there already stay; one that stands on a cell with a finding goes on with it.
//!
//! What stands in no cell – names of sheets, headers, shapes, properties – is listed in a comment on the sheet's first cell.

use std::collections::BTreeMap;

use super::comment::{lines, listed};
use super::package::{Package, append, unescape};
use super::xml::{Patch, TagKind, attribute, escape, prefix, tags};
use super::{AUTHOR, AnnotateError, Annotated, Fate, Located};
use crate::judge::{Finding, Location};
use crate::source::Source;

const NAMESPACES: [&str; 2] =
    ["http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"];
const RELATIONSHIPS: [&str; 2] = [
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
];
const COMMENTS: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml";
const VML: &str = "application/vnd.openxmlformats-officedocument.vmlDrawing";
/// What follows `legacyDrawing` in a sheet (§18.3.1.99).
const AFTER_DRAWING: [&str; 9] = [
    "legacyDrawingHF",
    "drawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
    "worksheet",
];
const NO_CELL: &str = "这个位置不能加批注，已列在工作表 A1 的批注中";
const NO_SHEET: &str = "找不到所在的工作表，没有加批注";

pub(super) fn annotate(source: &Source, located: &Located<'_>) -> Result<Annotated, AnnotateError> {
    let mut package = Package::open(&source.bytes)?;
    let structure = |what: &str| AnnotateError::Structure(what.to_owned());
    let main = package
        .relationships("")?
        .into_iter()
        .find(|(_, kind, _)| kind == "officeDocument")
        .map_or_else(|| "xl/workbook.xml".to_owned(), |(.., target)| target);
    let book = package.text(&main)?.ok_or_else(|| structure(&main))?;
    let strict = usize::from(book.contains(NAMESPACES[1]));
    let targets = package.relationships(&main)?;
    let r = prefix(&book, &[RELATIONSHIPS[strict]]).unwrap_or_else(|| "r:".to_owned());
    let sheets: Vec<(String, String)> = tags(&book)
        .filter(|tag| tag.name.rsplit(':').next() == Some("sheet") && tag.kind != TagKind::End)
        .filter_map(|tag| {
            let tag = &book[tag.span];
            let name = unescape(attribute(tag, "name")?);
            let id = attribute(tag, &format!("{r}id"))?;
            let (.., target) = targets.iter().find(|(known, ..)| known == id)?;
            Some((name, target.clone()))
        })
        .collect();
    let first = sheets.first().map(|(name, _)| name.clone()).unwrap_or_default();
    let mut fates = Vec::with_capacity(located.findings.len());
    let mut notes: BTreeMap<usize, Notes<'_>> = BTreeMap::new();
    for finding in &located.findings {
        let (sheet, cell) = match &finding.location {
            Location::Cell { sheet, cell, .. } => (sheet, cell.as_deref()),
            _ => (&first, None),
        };
        let Some(index) = sheets.iter().position(|(name, _)| name == sheet) else {
            fates.push(Fate::Left(NO_SHEET));
            continue;
        };
        let notes = notes.entry(index).or_default();
        match cell {
            Some(cell) => {
                notes.cells.entry(cell.to_owned()).or_default().push(finding);
                fates.push(Fate::Noted);
            }
            None => {
                notes.listed.push(finding);
                fates.push(Fate::Left(NO_CELL));
            }
        }
    }
    for (index, notes) in notes {
        add(&mut package, &sheets[index].1, strict, &notes.texts())?;
    }
    Ok(Annotated { bytes: package.finish()?, fates })
}

/// Findings of one sheet.
#[derive(Default)]
struct Notes<'f> {
    cells: BTreeMap<String, Vec<&'f Finding>>,
    listed: Vec<&'f Finding>,
}

impl Notes<'_> {
    /// What is to be said, by cell.
    fn texts(&self) -> BTreeMap<String, String> {
        let mut texts: BTreeMap<String, String> = BTreeMap::new();
        for (cell, findings) in &self.cells {
            let all: Vec<String> =
                findings.iter().map(|finding| format!("“{}”{}", finding.text, lines(finding).join("\n"))).collect();
            texts.insert(cell.clone(), all.join("\n\n"));
        }
        if !self.listed.is_empty() {
            let list = listed(self.listed.iter().copied()).join("\n");
            let text = texts.entry("A1".to_owned()).or_default();
            *text = if text.is_empty() { list } else { format!("{text}\n\n{list}") };
        }
        texts
    }
}

/// Adds comments to the sheet in part `sheet`.
fn add(
    package: &mut Package<'_>,
    sheet: &str,
    strict: usize,
    texts: &BTreeMap<String, String>,
) -> Result<(), AnnotateError> {
    let structure = |what: &str| AnnotateError::Structure(what.to_owned());
    let folder =
        sheet.rsplit_once('/').and_then(|(folder, _)| folder.rsplit_once('/')).map_or("xl", |(up, _)| up).to_owned();
    let related = package.relationships(sheet)?;
    let known = related.iter().find(|(_, kind, _)| kind == "comments").map(|(.., target)| target.clone());
    let name = known.clone().unwrap_or_else(|| package.free_name(&folder, "comments", "xml"));
    let text = package.text(&name)?.unwrap_or_else(|| {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<comments xmlns=\"{}\"><authors></authors><commentList></commentList></comments>",
            NAMESPACES[strict]
        )
    });
    let x = prefix(&text, &NAMESPACES).ok_or_else(|| structure(&name))?;
    // Authors are counted from 0; ours comes last.
    let author = tags(&text).filter(|tag| tag.name == format!("{x}author") && tag.kind != TagKind::End).count();
    let mut patch = Patch::default();
    let mut fresh = String::new();
    let mut shapes: Vec<&str> = Vec::new();
    for (cell, said) in texts {
        let run = format!("<{x}r><{x}t xml:space=\"preserve\">{}</{x}t></{x}r>", escape(said));
        match existing(&text, &x, cell) {
            Some(end) => patch.insert(end, run.replace("\"preserve\">", "\"preserve\">\n\n")),
            None => {
                fresh.push_str(&format!(
                    "<{x}comment ref=\"{cell}\" authorId=\"{author}\"><{x}text>{run}</{x}text></{x}comment>"
                ));
                shapes.push(cell);
            }
        }
    }
    let text = patch.apply(&text);
    let text =
        append(&text, "authors", &format!("<author>{AUTHOR}</author>").replace("</author>", &format!("</{x}author>")))
            .and_then(|text| insert_last(&text, &format!("{x}commentList"), &fresh))
            .ok_or_else(|| structure(&name))?;
    package.set(&name, text);
    if known.is_none() {
        package.declare(&name, COMMENTS)?;
        package.relate(sheet, RELATIONSHIPS[strict], "comments", &name)?;
    }
    if shapes.is_empty() {
        return Ok(());
    }
    let drawing = related.iter().find(|(_, kind, _)| kind == "vmlDrawing");
    let mut body = package.text(sheet)?.ok_or_else(|| structure(sheet))?;
    let x = prefix(&body, &NAMESPACES).ok_or_else(|| structure(sheet))?;
    // Headers have VML of their own; only the drawing that the sheet names is that of comments.
    let named = tags(&body).find(|tag| tag.name == format!("{x}legacyDrawing")).and_then(|tag| {
        let tag = &body[tag.span];
        let r = prefix(&body, &RELATIONSHIPS).unwrap_or_else(|| "r:".to_owned());
        attribute(tag, &format!("{r}id")).map(str::to_owned)
    });
    let vml = match &named {
        Some(id) => related.iter().find(|(known, ..)| known == id).or(drawing).map(|(.., target)| target.clone()),
        None => None,
    };
    let vml = match vml {
        Some(vml) => vml,
        None => {
            let vml = package.free_name(&format!("{folder}/drawings"), "vmlDrawing", "vml");
            package.set(&vml, EMPTY_VML.to_owned());
            package.declare_extension("vml", VML)?;
            let id = package.relate(sheet, RELATIONSHIPS[strict], "vmlDrawing", &vml)?;
            let at = tags(&body)
                .find(|tag| {
                    let local = tag.name.strip_prefix(x.as_str()).unwrap_or_default();
                    (tag.kind == TagKind::End) == (local == "worksheet") && AFTER_DRAWING.contains(&local)
                })
                .ok_or_else(|| structure(sheet))?;
            let mut patch = Patch::default();
            patch.insert(
                at.span.start,
                format!("<{x}legacyDrawing xmlns:zm=\"{}\" zm:id=\"{id}\"/>", RELATIONSHIPS[strict]),
            );
            body = patch.apply(&body);
            package.set(sheet, body);
            vml
        }
    };
    let text = package.text(&vml)?.ok_or_else(|| structure(&vml))?;
    let end = tags(&text).filter(|tag| tag.kind == TagKind::End).last().ok_or_else(|| structure(&vml))?;
    let mut patch = Patch::default();
    for (number, cell) in shapes.iter().enumerate() {
        let (row, column) = position(cell).ok_or_else(|| structure(cell))?;
        patch.insert(end.span.start, shape(free_shape(&text) + number as u64, row, column));
    }
    package.set(&vml, patch.apply(&text));
    Ok(())
}

/// Where the text of the comment on `cell` ends, if there is one.
fn existing(text: &str, x: &str, cell: &str) -> Option<usize> {
    let mut ours = false;
    for tag in tags(text) {
        if tag.name == format!("{x}comment") && tag.kind == TagKind::Start {
            ours = attribute(&text[tag.span.clone()], "ref") == Some(cell);
        }
        if ours && tag.kind == TagKind::End && tag.name == format!("{x}text") {
            return Some(tag.span.start);
        }
    }
    None
}

/// `text` with `content` at the end of the first element called `name`.
fn insert_last(text: &str, name: &str, content: &str) -> Option<String> {
    let mut patch = Patch::default();
    let first = tags(text).find(|tag| tag.name == name)?;
    if first.kind == TagKind::Empty {
        patch.replace(first.span, format!("<{name}>{content}</{name}>"));
    } else {
        let end = tags(text).find(|tag| tag.kind == TagKind::End && tag.name == name)?;
        patch.insert(end.span.start, content);
    }
    Some(patch.apply(text))
}

/// Row and column of a cell in A1 notation, from 0.
fn position(cell: &str) -> Option<(u64, u64)> {
    let letters = cell.trim_end_matches(|c: char| c.is_ascii_digit());
    let row: u64 = cell[letters.len()..].parse().ok()?;
    let column = letters.bytes().try_fold(0u64, |column, letter| {
        letter.is_ascii_uppercase().then(|| column * 26 + u64::from(letter - b'A') + 1)
    })?;
    Some((row.checked_sub(1)?, column.checked_sub(1)?))
}

/// A shape number that no shape of the drawing has. Excel counts shapes of a sheet from a multiple of 1024.
fn free_shape(text: &str) -> u64 {
    let used =
        tags(text).filter_map(|tag| attribute(&text[tag.span], "id")?.strip_prefix("_x0000_s")?.parse::<u64>().ok());
    used.max().map_or(1025, |used| used + 1)
}

const EMPTY_VML: &str = "<xml xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\" \
    xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><o:shapelayout v:ext=\"edit\"><o:idmap v:ext=\"edit\" data=\"1\"/>\
    </o:shapelayout><v:shapetype id=\"_x0000_t202\" coordsize=\"21600,21600\" o:spt=\"202\" path=\"m,l,21600r21600,l21600,xe\">\
    <v:stroke joinstyle=\"miter\"/><v:path gradientshapeok=\"t\" o:connecttype=\"rect\"/></v:shapetype></xml>";

/// The shape of a comment, hidden until the cell is pointed at.
fn shape(number: u64, row: u64, column: u64) -> String {
    let anchor = format!("{}, 15, {row}, 10, {}, 31, {}, 9", column + 1, column + 5, row + 8);
    format!(
        "<v:shape xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\" \
         xmlns:x=\"urn:schemas-microsoft-com:office:excel\" id=\"_x0000_s{number}\" type=\"#_x0000_t202\" \
         style=\"position:absolute;width:260pt;height:120pt;z-index:1;visibility:hidden\" fillcolor=\"#ffffe1\" \
         o:insetmode=\"auto\"><v:fill color2=\"#ffffe1\"/><v:shadow on=\"t\" color=\"black\" obscured=\"t\"/>\
         <v:path o:connecttype=\"none\"/><v:textbox style=\"mso-direction-alt:auto\"><div style=\"text-align:left\"></div>\
         </v:textbox><x:ClientData ObjectType=\"Note\"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>\
         <x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
    )
}

#[cfg(test)]
mod tests {
    use super::position;

    #[test]
    fn cells_have_rows_and_columns() {
        assert_eq!(position("A1"), Some((0, 0)));
        assert_eq!(position("AB12"), Some((11, 27)));
        assert_eq!(position("A0"), None);
        assert_eq!(position("a1"), None);
    }
}
