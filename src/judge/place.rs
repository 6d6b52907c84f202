//! From folded spans to places: through the offset table and the source map, never by searching.

use super::anchor::anchor;
use super::fingerprint::{Fingerprints, NEIGHBOURS};
use super::{CONTEXT, Candidate, Context, Finding, Inside, Location, PagePart, TextPoint, message};
use crate::dictionary::{Entries, Entry, Rule};
use crate::document::{Area, Block, Document, LineIndex, Place, Span, TablePlace, Text};
use crate::normalise::Folded;
use crate::source::{DecodedText, Source};

/// Places of all blocks of a document, in order.
pub fn block_locations(source: &Source, document: &Document, decoded: Option<&DecodedText<'_>>) -> Vec<Location> {
    let spans: Vec<Span<Text>> = document.blocks.iter().map(|block| block.span).collect();
    locations(source, document, decoded, &spans)
}

/// Places of `spans`, each of which lies in one block.
fn locations(
    source: &Source,
    document: &Document,
    decoded: Option<&DecodedText<'_>>,
    spans: &[Span<Text>],
) -> Vec<Location> {
    let points = decoded.map(|decoded| text_points(source, document, decoded, spans));
    let mut locations = Vec::with_capacity(spans.len());
    for (index, &span) in spans.iter().enumerate() {
        let Some(block) = document.block_at(span.start) else { continue };
        locations.push(match &points {
            Some(points) => {
                let (start, end) = points[index];
                Location::Text { start, end, inside: inside(document, &block.place) }
            }
            None => location(document, block, span),
        });
    }
    locations
}

/// Turns candidates into findings.
pub(super) fn findings(
    source: &Source,
    document: &Document,
    decoded: Option<&DecodedText<'_>>,
    folded: &Folded<'_>,
    candidates: &[Candidate],
    entries: &Entries,
) -> Vec<Finding> {
    if candidates.is_empty() {
        return Vec::new();
    }
    let spans: Vec<Span<Text>> = candidates.iter().map(|candidate| folded.to_text(candidate.span)).collect();
    let places = locations(source, document, decoded, &spans);
    let masked_texts = candidates.iter().zip(&spans).filter(|(candidate, _)| masks(&entries[candidate.entry]));
    let title = document.title_without(masked_texts.map(|(_, span)| &document.text[span.range()]));
    let mut fingerprints = Fingerprints::default();
    let mut findings = Vec::with_capacity(candidates.len());
    for ((candidate, &span), location) in candidates.iter().zip(&spans).zip(places) {
        let entry = &entries[candidate.entry];
        let block = &document.blocks[candidate.block];
        let mask = masks(entry);
        let shown = |text: &str| if mask { masked(text) } else { text.to_owned() };
        let text = shown(&document.text[span.range()]);
        let least = if mask { NUMBER_BESIDE_MASKED } else { LONG_NUMBER };
        let before = tail_without_numbers(&document.text[block.span.start..span.start], CONTEXT, least);
        let after = head_without_numbers(&document.text[span.end..block.span.end], CONTEXT, least);
        let around = folded.blocks()[candidate.block];
        let folded_before = tail_without_numbers(&folded.text()[around.start..candidate.span.start], NEIGHBOURS, least);
        let folded_after = head_without_numbers(&folded.text()[candidate.span.end..around.end], NEIGHBOURS, least);
        let folded_text = shown(&folded.text()[candidate.span.range()]);
        findings.push(Finding {
            path: source.name.clone(),
            page: None,
            title: title.clone(),
            rule: entry.id.clone(),
            kind: entry.rule.kind(),
            severity: candidate.severity.unwrap_or(entry.severity),
            confidence: candidate.confidence,
            message: message(entry, candidate, &text),
            suggestions: candidate.suggestions.clone(),
            source: entry.source.clone(),
            location,
            scope: block.scope,
            context: Context { before, after },
            date: document.date.clone(),
            ocr: document.recognised_from.is_some_and(|first| candidate.block >= first),
            fingerprint: fingerprints.next(&entry.id, &folded_before, &folded_text, &folded_after),
            anchor: anchor(folded, candidate, least, mask),
            text,
        });
    }
    findings
}

/// Whether what `entry` finds is not to be shown.
fn masks(entry: &Entry) -> bool {
    matches!(&entry.rule, Rule::Pattern(pattern) if pattern.mask)
}

/// Positions in the original file of the borders of `spans`.
fn text_points(
    source: &Source,
    document: &Document,
    decoded: &DecodedText<'_>,
    spans: &[Span<Text>],
) -> Vec<(TextPoint, TextPoint)> {
    let origins: Vec<(usize, usize)> = spans
        .iter()
        .map(|&span| {
            let origins = document.map.origins(span);
            let start = origins.first().map_or(0, |origin| origin.span.start);
            // Text may be moved within a page (foster parenting); the place then ends where its first piece does.
            let end = origins.windows(2).take_while(|pair| pair[0].span.end <= pair[1].span.start).count();
            (start, origins.get(end).map_or(start, |origin| origin.span.end))
        })
        .collect();
    let mut offsets: Vec<usize> = origins.iter().flat_map(|&(start, end)| [start, end]).collect();
    offsets.sort_unstable();
    offsets.dedup();
    let raw = decoded.raw_offsets(&source.bytes, &offsets);
    let lines = LineIndex::new(&decoded.text);
    let point = |offset: usize| {
        let position = lines.position(&decoded.text, offset);
        let byte = offsets.binary_search(&offset).ok().and_then(|index| raw.get(index).copied()).unwrap_or(offset);
        TextPoint { byte, line: position.line, column: position.column, byte_column: position.byte_column }
    };
    origins.iter().map(|&(start, end)| (point(start), point(end))).collect()
}

fn location(document: &Document, block: &Block, span: Span<Text>) -> Location {
    let start = document.text[block.span.start..span.start].chars().count();
    let chars = [start, start + document.text[span.range()].chars().count()];
    let part = |index: u16| document.parts.get(usize::from(index)).map_or_else(String::new, |part| part.name.clone());
    let name = |index: u16| document.names.get(usize::from(index)).cloned().unwrap_or_default();
    match &block.place {
        // A text format without its text cannot occur; bytes are then offsets in the document.
        place @ (Place::Text { .. }
        | Place::Field { .. }
        | Place::Pointer { .. }
        | Place::Path { .. }
        | Place::Cue { .. }) => {
            let point = |byte: usize| TextPoint { byte, line: 1, column: byte + 1, byte_column: byte + 1 };
            Location::Text { start: point(span.start), end: point(span.end), inside: inside(document, place) }
        }
        Place::Paragraph { part: index, paragraph, table, text_box, note } => Location::Paragraph {
            part: part(*index),
            paragraph: *paragraph,
            table: (!table.is_empty()).then(|| table_path(table)),
            cell: table.last().map(cell_name),
            text_box: *text_box,
            note: *note,
            chars,
        },
        Place::Cell { sheet, row, column } => {
            Location::Cell { sheet: name(*sheet), cell: Some(format!("{}{row}", column_letters(*column))), chars }
        }
        Place::Sheet { sheet } => Location::Cell { sheet: name(*sheet), cell: None, chars },
        Place::Shape { slide, on, shape, paragraph, cell } => Location::Shape {
            slide: *slide,
            on: *on,
            shape: shape.map(name),
            paragraph: *paragraph,
            cell: cell.as_ref().map(cell_name),
            chars,
        },
        Place::Page => {
            let mut areas = document.areas.around(&document.map.origins(span)).into_iter();
            let first = areas.next().unwrap_or(Area { page: 1, left: 0, top: 0, right: 0, bottom: 0 });
            let more = areas.map(|area| PagePart { page: area.page, area }).collect();
            let unit = document.areas.pixels.then_some("pixel");
            Location::Page { page: first.page, area: first, unit, more }
        }
        Place::Property { part: index, name } => {
            Location::Property { part: part(*index), property: name.clone(), chars }
        }
    }
}

/// A place in a text, in the terms of its format.
fn inside(document: &Document, place: &Place) -> Option<Inside> {
    Some(match place {
        Place::Text { node: Some(node) } => Inside::Element { css: document.outline.css_path(*node) },
        Place::Field { row, column } => Inside::Field { cell: format!("{}{row}", column_letters(*column)) },
        Place::Pointer { node } => {
            Inside::Value { pointer: node.map(|node| document.outline.pointer(node)).unwrap_or_default() }
        }
        Place::Path { node } => Inside::Node { xpath: document.outline.xpath(*node) },
        Place::Cue { number, start } => Inside::Cue { cue: *number, time: clock(*start) },
        _ => return None,
    })
}

/// Milliseconds as WebVTT writes them: `00:01:02.500`.
fn clock(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    format!("{:02}:{:02}:{:02}.{:03}", seconds / 3600, seconds / 60 % 60, seconds % 60, milliseconds % 1000)
}

fn cell_name(place: &TablePlace) -> String {
    format!("r{}c{}", place.row, place.column)
}

/// `2` for the second table; `2/r3c1/1` for the first table in a cell of it.
fn table_path(path: &[TablePlace]) -> String {
    let mut steps = Vec::new();
    for (index, place) in path.iter().enumerate() {
        steps.push(place.table.to_string());
        if index + 1 < path.len() {
            steps.push(cell_name(place));
        }
    }
    steps.join("/")
}

/// Letters of a spreadsheet column: 1 → A, 27 → AA.
pub(super) fn column_letters(mut column: u32) -> String {
    let mut letters = Vec::new();
    while column > 0 {
        column -= 1;
        letters.push(char::from(b'A' + (column % 26) as u8));
        column /= 26;
    }
    letters.iter().rev().collect()
}

pub(super) fn tail(text: &str, characters: usize) -> &str {
    let start = text.char_indices().rev().nth(characters.saturating_sub(1)).map_or(0, |(at, _)| at);
    &text[start..]
}

pub(super) fn head(text: &str, characters: usize) -> &str {
    let end = text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// Keeps the first and last characters, as much as masking rules allow: 3 and 4 of long ones, 1 and 1 of short ones.
fn masked(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let (first, last) = if characters.len() >= 11 { (3, 4) } else { (1, 1) };
    let masked = |(index, &character): (usize, &char)| {
        if index < first || index + last >= characters.len() { character } else { '*' }
    };
    characters.iter().enumerate().map(masked).collect()
}

/// Digits from which on a number in the surroundings of any finding is hidden: identity numbers, cards, telephones.
const LONG_NUMBER: usize = 11;
/// The same in the surroundings of a masked finding, where a shorter number is likely to be of the same kind.
const NUMBER_BESIDE_MASKED: usize = 7;
/// Characters beyond the context that may belong to a number which the context cuts.
const NUMBER_REACH: usize = 24;

/// Hides numbers of at least `least` digits; blanks and hyphens between groups of digits belong to the number.
pub(super) fn hide_numbers(text: &str, least: usize) -> String {
    let digit = |character: char| character.is_ascii_digit() || ('０'..='９').contains(&character);
    let part = |character: char| digit(character) || matches!(character, ' ' | '-' | '\u{A0}' | 'X' | 'x');
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(digit) {
        shown.push_str(&rest[..start]);
        let number = &rest[start..];
        let end = number.find(|character| !part(character)).unwrap_or(number.len());
        let hidden = number[..end].chars().filter(|&character| digit(character)).count() >= least;
        let hide =
            |character: char| if hidden && (digit(character) || "Xx".contains(character)) { '*' } else { character };
        shown.extend(number[..end].chars().map(hide));
        rest = &number[end..];
    }
    shown + rest
}

/// `text` with long numbers hidden, as in the surroundings of a finding.
pub(crate) fn without_long_numbers(text: &str) -> String {
    hide_numbers(text, LONG_NUMBER)
}

/// The end of `text`, with numbers hidden that begin in it or before it.
fn tail_without_numbers(text: &str, characters: usize, least: usize) -> String {
    tail(&hide_numbers(tail(text, characters + NUMBER_REACH), least), characters).to_owned()
}

/// The beginning of `text`, with numbers hidden that end in it or after it.
fn head_without_numbers(text: &str, characters: usize, least: usize) -> String {
    head(&hide_numbers(head(text, characters + NUMBER_REACH), least), characters).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_letters() {
        for (column, letters) in [(1, "A"), (26, "Z"), (27, "AA"), (703, "AAA"), (16384, "XFD")] {
            assert_eq!(column_letters(column), letters);
        }
    }

    #[test]
    fn masking_keeps_the_ends() {
        assert_eq!(masked("11010519491231002X"), "110***********002X");
        assert_eq!(masked("13812345678"), "138****5678");
        assert_eq!(masked("1234"), "1**4");
        assert_eq!(hide_numbers("，卡号6222 0202-00112230000，第3条", 11), "，卡号**** ****-***********，第3条");
        assert_eq!(hide_numbers("于2021-11-01 10时发布", 11), "于2021-11-01 10时发布");
        // A number that the context cuts is hidden as a whole.
        assert_eq!(tail_without_numbers("号110199190001010001的", 4, 11), "***的");
        assert_eq!(head_without_numbers("号110199190001010001的", 4, 11), "号***");
    }
}
