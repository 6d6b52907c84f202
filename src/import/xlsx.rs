//! The cells of a workbook as text (ECMA-376 Part 1 §18.3): strings, numbers, and dates as ISO 8601.

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::Table;
use crate::source::{Budget, Limits, Package, Source};

/// The sheets of a workbook, in order; only that called `wanted` if one is.
pub(super) fn tables(source: &Source, wanted: Option<&str>) -> Result<Vec<Table>, String> {
    let limits = Limits::default();
    let mut package = Package::open(&source.bytes).map_err(|refusal| refusal.message)?;
    let budget = Budget::new(&limits);
    let mut part = |name: &str| -> Result<Option<String>, String> {
        match package.read_named(name, &limits, &budget) {
            None => Ok(None),
            Some(Ok(bytes)) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Some(Err(refusal)) => Err(refusal.message),
        }
    };
    let broken = || "工作簿损坏或不完整。请用 Excel、WPS 或 LibreOffice 重新保存为 xlsx".to_owned();
    let workbook = part("xl/workbook.xml")?.ok_or_else(broken)?;
    let relations = relations(&part("xl/_rels/workbook.xml.rels")?.ok_or_else(broken)?);
    let strings = part("xl/sharedStrings.xml")?.map(|text| strings(&text)).unwrap_or_default();
    let styles = part("xl/styles.xml")?.map(|text| date_styles(&text)).unwrap_or_default();
    let sheets = sheets(&workbook);
    let mut tables = Vec::new();
    for (name, relation) in &sheets {
        if wanted.is_some_and(|wanted| wanted != name) {
            continue;
        }
        let Some((_, target)) = relations.iter().find(|(id, _)| id == relation) else { continue };
        let path = match target.strip_prefix('/') {
            Some(absolute) => absolute.to_owned(),
            None => format!("xl/{target}"),
        };
        if let Some(text) = part(&path)? {
            tables.push(sheet(&text, &strings, &styles));
        }
    }
    if tables.is_empty() {
        let names: Vec<&str> = sheets.iter().map(|(name, _)| name.as_str()).collect();
        return Err(match wanted {
            Some(wanted) => format!("没有名为“{wanted}”的工作表；现有：{}", names.join("、")),
            None => broken(),
        });
    }
    Ok(tables)
}

/// An attribute by its name without prefix.
fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    element.attributes().flatten().find(|one| one.key.local_name().as_ref() == name).and_then(|one| {
        // Entities other than the five of XML are never expanded.
        one.normalized_value(XmlVersion::Implicit1_0).ok().map(std::borrow::Cow::into_owned)
    })
}

/// What a reference stands for: a character by number, or one of the five of XML.
fn referred(reference: &BytesRef<'_>) -> Option<char> {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return Some(character);
    }
    Some(match reference.as_ref() {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

/// Calls `each` with every event until the end or the first error.
fn walk(text: &str, mut each: impl FnMut(&Event<'_>)) {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    loop {
        match reader.read_event() {
            Ok(Event::Eof) | Err(_) => return,
            Ok(event) => each(&event),
        }
    }
}

fn elements(text: &str, name: &str, mut each: impl FnMut(&BytesStart<'_>)) {
    walk(text, |event| {
        if let Event::Start(element) = event
            && element.local_name().as_ref() == name
        {
            each(element);
        }
    });
}

/// Names and relationship ids of the sheets.
fn sheets(workbook: &str) -> Vec<(String, String)> {
    let mut sheets = Vec::new();
    elements(workbook, "sheet", |element| {
        let name = attribute(element, "name").unwrap_or_default();
        // `id` of the namespace of relationships; `sheetId` is another name.
        if let Some(id) = attribute(element, "id") {
            sheets.push((name, id));
        }
    });
    sheets
}

fn relations(text: &str) -> Vec<(String, String)> {
    let mut relations = Vec::new();
    elements(text, "Relationship", |element| {
        if let (Some(id), Some(target)) = (attribute(element, "Id"), attribute(element, "Target")) {
            relations.push((id, target));
        }
    });
    relations
}

/// The shared strings, without phonetic guides.
fn strings(text: &str) -> Vec<String> {
    let mut strings = Vec::new();
    let (mut current, mut in_text, mut phonetic) = (String::new(), false, false);
    walk(text, |event| match event {
        Event::Start(element) => match element.local_name().as_ref() {
            "si" => current.clear(),
            "t" => in_text = true,
            "rPh" => phonetic = true,
            _ => {}
        },
        Event::End(element) => match element.local_name().as_ref() {
            "si" => strings.push(unescaped(&current)),
            "t" => in_text = false,
            "rPh" => phonetic = false,
            _ => {}
        },
        Event::Text(piece) if in_text && !phonetic => current.push_str(piece),
        Event::CData(piece) if in_text && !phonetic => current.push_str(piece),
        Event::GeneralRef(reference) if in_text && !phonetic => current.extend(referred(reference)),
        _ => {}
    });
    strings
}

/// Characters that XML cannot hold are written `_x000D_` (§22.9.2.19).
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        out.push_str(&rest[..at]);
        let code = rest.get(at + 2..at + 6).filter(|_| rest.as_bytes().get(at + 6) == Some(&b'_'));
        match code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32) {
            Some(character) => {
                out.push(character);
                rest = &rest[at + 7..];
            }
            None => {
                out.push_str("_x");
                rest = &rest[at + 2..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// Which cell formats show a date: the numbers of built-in ones (§18.8.30), and codes that name a year.
fn date_styles(text: &str) -> Vec<bool> {
    let mut custom: Vec<u32> = Vec::new();
    elements(text, "numFmt", |element| {
        let code = attribute(element, "formatCode").unwrap_or_default().to_lowercase();
        let dated = code.contains("yy") || (code.contains('m') && code.contains('d'));
        if dated && let Some(id) = attribute(element, "numFmtId").and_then(|id| id.parse().ok()) {
            custom.push(id);
        }
    });
    let mut styles = Vec::new();
    let mut inside = false;
    walk(text, |event| match event {
        Event::Start(element) if element.local_name().as_ref() == "cellXfs" => inside = true,
        Event::End(element) if element.local_name().as_ref() == "cellXfs" => inside = false,
        Event::Start(element) if inside && element.local_name().as_ref() == "xf" => {
            let id: u32 = attribute(element, "numFmtId").and_then(|id| id.parse().ok()).unwrap_or_default();
            styles.push(matches!(id, 14..=17 | 22 | 27..=31 | 36 | 50..=58) || custom.contains(&id));
        }
        _ => {}
    });
    styles
}

/// What a cell's value is (§18.18.11).
#[derive(Clone, Copy, PartialEq)]
enum Value {
    Shared,
    Plain,
    Number,
}

fn sheet(text: &str, strings: &[String], dates: &[bool]) -> Table {
    let mut rows: Vec<(u32, Vec<String>)> = Vec::new();
    let (mut row, mut column) = (0u32, 0usize);
    let (mut value, mut date, mut current, mut reading) = (Value::Number, false, String::new(), false);
    walk(text, |event| match event {
        Event::Start(element) => match element.local_name().as_ref() {
            "row" => {
                row = attribute(element, "r").and_then(|number| number.parse().ok()).unwrap_or(row + 1);
                column = 0;
                rows.push((row, Vec::new()));
            }
            "c" => {
                if let Some(place) = attribute(element, "r").and_then(|reference| column_of(&reference)) {
                    column = place;
                }
                value = match attribute(element, "t").as_deref() {
                    Some("s") => Value::Shared,
                    None | Some("n") => Value::Number,
                    Some(_) => Value::Plain,
                };
                let style: Option<usize> = attribute(element, "s").and_then(|style| style.parse().ok());
                date = style.and_then(|style| dates.get(style)).copied().unwrap_or(false);
                current.clear();
            }
            "v" | "t" => reading = true,
            _ => {}
        },
        Event::End(element) => match element.local_name().as_ref() {
            "v" | "t" => reading = false,
            "c" => {
                let shown = match value {
                    Value::Shared => {
                        current.trim().parse::<usize>().ok().and_then(|at| strings.get(at)).cloned().unwrap_or_default()
                    }
                    Value::Plain => unescaped(&current),
                    Value::Number if date => {
                        let day = current.trim().parse::<f64>().ok().map(|serial| serial as u32);
                        day.and_then(super::values::from_serial).unwrap_or_else(|| current.clone())
                    }
                    Value::Number => current.clone(),
                };
                // Far to the right stands nothing that an editor typed.
                if let Some((_, cells)) = rows.last_mut().filter(|_| column < 1_000) {
                    if cells.len() <= column {
                        cells.resize(column + 1, String::new());
                    }
                    cells[column] = shown;
                }
                column += 1;
            }
            _ => {}
        },
        Event::Text(piece) if reading => current.push_str(piece),
        Event::CData(piece) if reading => current.push_str(piece),
        Event::GeneralRef(reference) if reading => current.extend(referred(reference)),
        _ => {}
    });
    Table { rows }
}

/// The column of a reference like `AB12`, from 0.
fn column_of(reference: &str) -> Option<usize> {
    let letters = reference.bytes().take_while(u8::is_ascii_uppercase).take(3);
    let number = letters.fold(0usize, |number, letter| number * 26 + usize::from(letter - b'A' + 1));
    number.checked_sub(1)
}
