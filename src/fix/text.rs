//! Right forms in text, Markdown and HTML: the bytes around them stay as they are.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use super::edit::{Edit, edits};
use super::{Fate, FixOptions, Located, refused};
use crate::source::{Kind, Source, decode};

/// A text with right forms in it.
#[derive(Debug)]
pub struct TextFix {
    /// The new bytes.
    pub bytes: Vec<u8>,
    /// What became of each finding, in their order.
    pub fates: Vec<Fate>,
    /// The change as a unified diff, or nothing.
    pub diff: String,
}

/// Puts right forms into `source`, which was read as `located`. Encoding, byte order mark and line ends stay what they are.
pub fn fix_text(source: &Source, located: &Located<'_>, options: &FixOptions) -> TextFix {
    let mut fix = TextFix { bytes: source.bytes.clone(), fates: Vec::new(), diff: String::new() };
    let Some(decoded) = &located.decoded else { return fix };
    let mut all: Vec<(usize, Edit, Vec<u8>)> = Vec::new();
    for (index, (finding, &span)) in located.findings.iter().zip(&located.spans).enumerate() {
        let settled = located.settled.get(index).copied().unwrap_or(false);
        let right = finding.suggestions.first().map_or("", String::as_str);
        let planned = match refused(finding, settled, options.all) {
            Some(reason) => Err(reason),
            None if !is_plain(located.kind, right) => Err("应写的文字含有标记用的符号，请人工修改"),
            None => edits(&located.document, span, right),
        };
        let encoded = planned.and_then(|edits| {
            let encode = |edit: Edit| {
                let bytes = encode(decoded.encoding_at(edit.span.start), &edit.text);
                Ok((index, edit, bytes.ok_or("文件的编码写不出应写的文字，请人工修改")?))
            };
            edits.into_iter().map(encode).collect::<Result<Vec<_>, &'static str>>()
        });
        fix.fates.push(match encoded {
            Ok(edits) => {
                all.extend(edits);
                Fate::Fixed
            }
            Err(reason) => Fate::Left(reason),
        });
    }
    all.sort_by_key(|(_, edit, _)| (edit.span.start, edit.span.end));
    // One text can stand in a document twice, such as a title; it is changed once.
    let mut kept: Vec<(Edit, Vec<u8>)> = Vec::with_capacity(all.len());
    for (index, edit, bytes) in all {
        match kept.last() {
            Some((last, _)) if *last == edit => {}
            Some((last, _)) if last.span.end > edit.span.start => {
                fix.fates[index] = Fate::Left("与另一处修改重叠，请再运行一次");
            }
            _ => kept.push((edit, bytes)),
        }
    }
    if kept.is_empty() {
        return fix;
    }
    let mut offsets: Vec<usize> = kept.iter().flat_map(|(edit, _)| [edit.span.start, edit.span.end]).collect();
    offsets.dedup();
    let raw = decoded.raw_offsets(&source.bytes, &offsets);
    let raw_of = |offset: usize| offsets.binary_search(&offset).ok().and_then(|index| raw.get(index).copied());
    let (mut bytes, mut text) = (Vec::with_capacity(source.bytes.len()), String::with_capacity(decoded.text.len()));
    let (mut raw_at, mut at) = (0, 0);
    for (edit, new) in &kept {
        let (Some(start), Some(end)) = (raw_of(edit.span.start), raw_of(edit.span.end)) else { continue };
        bytes.extend_from_slice(&source.bytes[raw_at..start]);
        bytes.extend_from_slice(new);
        text.push_str(&decoded.text[at..edit.span.start]);
        text.push_str(&edit.text);
        (raw_at, at) = (end, edit.span.end);
    }
    bytes.extend_from_slice(&source.bytes[raw_at..]);
    text.push_str(&decoded.text[at..]);
    // What is written must read as what is meant: an encoding is found by evidence, which an edit may tip.
    let again = decode(&bytes, source.declared_charset.as_deref(), located.kind == Kind::Html);
    if again.text != text {
        for fate in &mut fix.fates {
            if *fate == Fate::Fixed {
                *fate = Fate::Left("修改后文件的编码会认不清，没有修改，请人工修改");
            }
        }
        return fix;
    }
    let edits: Vec<Edit> = kept.into_iter().map(|(edit, _)| edit).collect();
    fix.diff = super::diff::of_edits(&source.name, &decoded.text, &edits);
    fix.bytes = bytes;
    fix
}

/// Whether `text` means nothing but itself in files of this kind.
fn is_plain(kind: Kind, text: &str) -> bool {
    let markup: &[char] = match kind {
        Kind::Html => &['<', '>', '&', '"', '\''],
        Kind::Markdown => &['<', '>', '&', '"', '\'', '*', '_', '[', ']', '`', '\\', '|', '~', '#'],
        Kind::Csv => &['"', ',', ';', '\t'],
        _ => &[],
    };
    !text.contains(markup) && !text.contains(['\n', '\r'])
}

/// `text` in `encoding`, if it can be written so.
fn encode(encoding: &'static Encoding, text: &str) -> Option<Vec<u8>> {
    if encoding == UTF_16LE || encoding == UTF_16BE {
        let bytes = |unit: u16| if encoding == UTF_16LE { unit.to_le_bytes() } else { unit.to_be_bytes() };
        return Some(text.encode_utf16().flat_map(bytes).collect());
    }
    let (bytes, _, lossy) = encoding.encode(text);
    (!lossy).then(|| bytes.into_owned())
}
