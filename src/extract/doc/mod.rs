//! Word 97–2003 documents and what WPS Writer stores alike, Word 6 and 95: [MS-DOC].
//!
//! What a reader of the document sees is read, as in a docx: deleted and hidden text is left out, inserted text and the
//! results of fields are kept, and so are footnotes, headers, comments and text boxes. Numbers that Word computes are not in
//! the file and so not in the text.

mod fib;
mod pieces;
mod properties;
mod stories;
mod styles;
#[cfg(test)]
mod tests;

use std::ops::Range;

use self::fib::{Fib, Story, Table, Unknown};
use self::pieces::{Character, Pieces};
use self::stories::{Reader, slice};
use super::objects::{Object, in_storage};
use super::ole::Ole;
use super::story::Frame;
use super::{ExtractOptions, Extracted, Format};
use crate::document::{DocumentBuilder, Scope};
use crate::source::{Code, EntryKind, Kind, Source, u32_at};

/// Word document of the binary format.
pub(super) struct Doc;

impl Format for Doc {
    fn kind(&self) -> Kind {
        Kind::Doc
    }

    fn is_risky(&self) -> bool {
        true
    }

    fn extract<'b>(&self, source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
        let mut ole = match Ole::open(source, &options.limits) {
            Ok(ole) => ole,
            Err(notice) => return Extracted::refused(notice),
        };
        let builder = read(&mut ole);
        if options.pictures {
            ole.unread_pictures(&["Data", "WordDocument"], "docx");
        }
        let inner = objects(&mut ole);
        Extracted { document: builder.finish(), notices: ole.notices.into_vec(), inner, ..Extracted::default() }
    }
}

/// Reads the whole document.
fn read(ole: &mut Ole<'_>) -> DocumentBuilder {
    let mut builder = DocumentBuilder::new();
    let stream = ole.stream("WordDocument").unwrap_or_default();
    let fib = match Fib::new(&stream) {
        Ok(fib) => fib,
        Err(Unknown::Ancient) => {
            ole.notices
                .error(Code::Unsupported, "暂不能读取 Word 6.0 以前的文档。请用 Word 或 WPS 另存为 docx 后再检查");
            return builder;
        }
        Err(Unknown::Damaged) => {
            ole.notices.error(Code::Corrupt, "文档正文已损坏，没有检查。请重新取得原文件");
            return builder;
        }
    };
    if fib.encrypted {
        ole.notices.error(Code::Encrypted, "文件有打开密码，无法检查。请取消密码后再检查");
        return builder;
    }
    ole.properties(&mut builder, "doc");
    let own = match fib.old {
        true => None,
        // A file that was damaged may have lost the one that its beginning names.
        false => ole.stream(fib.table).or_else(|| ole.stream("1Table")).or_else(|| ole.stream("0Table")),
    };
    let tables = if fib.old { &stream } else { own.as_deref().unwrap_or_default() };
    let table = Some(slice(&fib, tables, Table::Pieces)).filter(|table| !table.is_empty());
    let Some(pieces) = Pieces::new(&fib, &stream, table) else {
        ole.notices.error(Code::Corrupt, "文档的文字位置表已损坏，正文没有检查。请用 Word 或 WPS 打开后重新保存");
        return builder;
    };
    let data = ole.stream("Data").unwrap_or_default();
    let mut reader = Reader::new(ole, builder, &fib, [&stream, tables, &data], &pieces);
    let lost = stories(&mut reader, &fib, tables);
    let Reader { builder, hidden, replaced, count, odd, .. } = reader;
    // Where positions are wrong, what is read is not text.
    let noise = odd > 4 && odd * 200 > count;
    if lost || pieces.cut || noise {
        ole.notices.error(Code::Corrupt, "文件已损坏或不完整，只检查了还能读出的部分。请重新取得原文件");
    }
    if replaced > 0 {
        let message = format!("有 {replaced} 处无法识别的字符，这些位置没有检查。请用 Word 或 WPS 打开后重新保存");
        ole.notices.error(Code::Charset, message);
    }
    if hidden {
        let message = "文档中有隐藏文字，没有检查。需要检查时请先取消“隐藏文字”格式";
        ole.notices.warning(Code::Skipped, message);
    }
    builder
}

/// The files embedded in the document ([MS-DOC] §2.1.7).
fn objects(ole: &mut Ole<'_>) -> Vec<Source> {
    let pool = ole.file.child(ole.file.root(), "ObjectPool");
    let mut storages = pool.map(|pool| ole.file.children(pool)).unwrap_or_default();
    storages.retain(|&id| ole.file.entry(id).is_some_and(|entry| entry.kind == EntryKind::Storage));
    let limit = ole.limits.archive_entries;
    if storages.len() as u64 > limit {
        let message = format!("文档中嵌有的对象超过上限 {limit} 个，没有读完。可用 --limit archive-entries=… 放宽");
        ole.notices.error(Code::Limit, message);
    }
    let mut inner = Vec::new();
    let mut unknown = 0;
    for (number, storage) in (1..).zip(storages).take(usize::try_from(limit).unwrap_or(usize::MAX)) {
        let object = in_storage(&mut ole.file, storage);
        unknown += usize::from(object == Object::Unknown);
        inner.extend(object.source(ole.path, number));
    }
    if unknown > 0 {
        let message =
            format!("文档中嵌有 {unknown} 个无法识别的对象，其内容没有检查。请用 Word 或 WPS 打开后取出另行检查");
        ole.notices.warning(Code::Skipped, message);
    }
    inner
}

/// Reads the stories one after another; whether some of them are not there.
fn stories(reader: &mut Reader<'_, '_>, fib: &Fib<'_>, tables: &[u8]) -> bool {
    let lengths = fib.lengths();
    let mut start = 0u32;
    let mut main = None;
    let mut lost = false;
    for (story, length) in Story::ALL.into_iter().zip(lengths) {
        let end = start.saturating_add(length).min(reader.pieces.len());
        lost |= end - start < length;
        let all = start..end;
        start = end;
        if all.is_empty() {
            continue;
        }
        let plain = |part, scope| Frame { part, scope, text_box: None, note: None };
        match story {
            Story::Main => {
                let part = reader.builder.add_part("document");
                let length = reader.text(all, plain(part, Scope::Body), 0);
                main = Some((part, length));
            }
            Story::Footnotes => {
                notes(reader, all, slice(fib, tables, Table::FootnoteTexts), "footnotes", Scope::Footnote);
            }
            Story::Endnotes => {
                notes(reader, all, slice(fib, tables, Table::EndnoteTexts), "endnotes", Scope::Footnote);
            }
            Story::Comments => {
                notes(reader, all, slice(fib, tables, Table::CommentTexts), "comments", Scope::Comment);
            }
            Story::Headers => headers(reader, all, slice(fib, tables, Table::Headers)),
            Story::Macros => {}
            Story::TextBoxes | Story::HeaderTextBoxes => {
                // Those of the document belong to its text, whose part they go on.
                let of_headers = story == Story::HeaderTextBoxes;
                let (part, mut at) = match main.filter(|_| !of_headers) {
                    Some(main) => main,
                    None => (reader.builder.add_part("header"), 0),
                };
                let table = if of_headers { Table::HeaderTextBoxes } else { Table::TextBoxes };
                let ranges = ranges(slice(fib, tables, table), 22, &all);
                for (number, range) in (1..).zip(ranges) {
                    let scope = if of_headers { Scope::Header } else { Scope::Body };
                    at = reader.text(range, Frame { part, scope, text_box: Some(number), note: None }, at);
                }
            }
        }
    }
    // A paragraph mark of no story ends the document.
    let rest = start..reader.pieces.len();
    if rest.len() > 2
        && let Some((part, at)) = main
    {
        lost = true;
        reader.text(rest, Frame { part, scope: Scope::Body, text_box: None, note: None }, at);
    }
    lost
}

/// Reads footnotes, endnotes or comments: each is one text.
fn notes(reader: &mut Reader<'_, '_>, all: Range<u32>, plc: &[u8], name: &str, scope: Scope) {
    let part = reader.builder.add_part(name);
    let mut at = 0;
    for (number, range) in (1..).zip(ranges(plc, 0, &all)) {
        at = reader.text(range, Frame { part, scope, text_box: None, note: Some(number) }, at);
    }
}

/// Reads headers and footers: six lines between text and notes, then six texts for each section – headers and footers of even
/// pages, odd pages and the first ([MS-DOC] §2.8.22).
fn headers(reader: &mut Reader<'_, '_>, all: Range<u32>, plc: &[u8]) {
    let ranges = ranges(plc, 0, &all);
    // Word 6 and 95 store those that there are, without saying here which.
    let known = ranges.len() > 6 && !reader.old;
    let (mut headers, mut footers) = (0u32, 0u32);
    for (index, range) in ranges.into_iter().enumerate() {
        let blank = |character: Character| character.value <= ' ';
        // The lines are of no interest.
        if known && index < 6 || reader.pieces.characters(range.clone()).all(blank) {
            continue;
        }
        let header = !known || matches!(index % 6, 0 | 1 | 4);
        let (count, name, scope) = match header {
            true => (&mut headers, "header", Scope::Header),
            false => (&mut footers, "footer", Scope::Footer),
        };
        *count += 1;
        // The document counts parts in 16 bits.
        if *count > 20_000 {
            let message = "页眉页脚过多，没有读完。请拆分文件后再检查";
            reader.ole.notices.error(Code::Limit, message);
            return;
        }
        let part = reader.builder.add_part(&format!("{name}{count}"));
        reader.text(range, Frame { part, scope, text_box: None, note: None }, 0);
    }
}

/// The texts in the story at `all`: `plc` lists where they begin, counted from its beginning, with `width` bytes for each
/// that follow. If it makes no sense, the story is one text.
fn ranges(plc: &[u8], width: usize, all: &Range<u32>) -> Vec<Range<u32>> {
    let count = plc.len().saturating_sub(4) / (4 + width);
    let length = all.end - all.start;
    let mut ranges: Vec<Range<u32>> = Vec::new();
    let mut start = u32_at(plc, 0).unwrap_or(u32::MAX);
    if start != 0 || count == 0 {
        return vec![all.clone()];
    }
    for index in 1..=count {
        let Some(end) = u32_at(plc, index * 4) else { break };
        // The last one is there for its end only, and may lie beyond the story.
        let end = end.min(length);
        if end < start {
            return vec![all.clone()];
        }
        ranges.push(all.start + start..all.start + end);
        start = end;
    }
    if start < length {
        ranges.push(all.start + start..all.end);
    }
    ranges
}
