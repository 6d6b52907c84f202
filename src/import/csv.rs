//! Comma-separated values (RFC 4180), as spreadsheet programs write them: any encoding, comma, semicolon or tab.

use super::Table;
use crate::source::decode;

/// Reads a table. Rows count as a spreadsheet program counts them, also where cells hold line breaks.
pub(super) fn table(bytes: &[u8]) -> Table {
    let decoded = decode(bytes, None, false);
    let text = decoded.text.strip_prefix('\u{FEFF}').unwrap_or(&decoded.text);
    // Excel writes and understands such a line.
    let (declared, text) = match text.strip_prefix("sep=") {
        Some(rest) => {
            let mut characters = rest.chars();
            let separator = characters.next();
            (separator, characters.as_str().trim_start_matches(['\r', '\n']))
        }
        None => (None, text),
    };
    let separator = declared.unwrap_or_else(|| separator(text));
    let skipped = u32::from(declared.is_some());
    let rows = records(text, separator);
    Table { rows: (1 + skipped..).zip(rows).collect() }
}

/// The separator that the beginning of the text has most of, outside of quotation marks.
fn separator(text: &str) -> char {
    let mut quoted = false;
    let mut counts = [('\t', 0), (',', 0), (';', 0)];
    for character in text.chars().take(4_000) {
        if character == '"' {
            quoted = !quoted;
        }
        if let Some((_, count)) = counts.iter_mut().find(|(separator, _)| !quoted && *separator == character) {
            *count += 1;
        }
    }
    // A tab hardly stands in a text; of commas there may be many.
    match counts {
        [(tab, count), ..] if count > 0 => tab,
        [_, (comma, commas), (semicolon, semicolons)] => {
            if semicolons > commas {
                semicolon
            } else {
                comma
            }
        }
    }
}

fn records(text: &str, separator: char) -> Vec<Vec<String>> {
    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            '\r' if !quoted && characters.peek() == Some(&'\n') => {}
            '\n' | '\r' if !quoted => {
                record.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut record));
            }
            other if other == separator && !quoted => record.push(std::mem::take(&mut cell)),
            other => cell.push(other),
        }
    }
    if !cell.is_empty() || !record.is_empty() {
        record.push(cell);
        records.push(record);
    }
    records
}
