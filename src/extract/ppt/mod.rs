//! PowerPoint presentations before 2007, and those of WPS: records in a stream of a compound file ([MS-PPT]).
//!
//! Read as [`pptx`](super::pptx) reads its own: slides in the order of the presentation, hidden ones too, each with its notes,
//! its comments, and what its master shows besides placeholders. Only what the last save left in the presentation is read.

mod drawing;
mod persist;
#[cfg(test)]
mod tests;
mod text;

use std::collections::{HashMap, HashSet};
use std::io::Read;

use flate2::read::ZlibDecoder;

use self::drawing::Shape;
use self::persist::Persist;
use self::text::Words;
use super::objects::{Object, in_storage};
use super::office_art::{Atom, Atoms, BITMAP, picture, utf16};
use super::ole::Ole;
use super::slides::{Role, ShapeNames, too_many};
use super::transcript::{Transcript, without_controls};
use super::{ExtractOptions, Extracted, Format};
use crate::document::{CellIndex, Place, Scope, TablePlace};
use crate::source::{Code, CompoundFile, Kind, Source, human_size, sniff, u16_at, u32_at};

/// Kinds of records; the names are those of [MS-PPT] §2.13.24.
mod kind {
    pub(super) const DOCUMENT: u16 = 0x03E8;
    pub(super) const DOCUMENT_ATOM: u16 = 0x03E9;
    pub(super) const SLIDE: u16 = 0x03EE;
    pub(super) const SLIDE_ATOM: u16 = 0x03EF;
    pub(super) const NOTES: u16 = 0x03F0;
    pub(super) const SLIDE_PERSIST: u16 = 0x03F3;
    pub(super) const MAIN_MASTER: u16 = 0x03F8;
    pub(super) const OBJECT_LIST: u16 = 0x0409;
    pub(super) const DRAWING: u16 = 0x040C;
    pub(super) const PLACEHOLDER: u16 = 0x0BC3;
    pub(super) const OUTLINE_TEXT_REF: u16 = 0x0F9E;
    pub(super) const TEXT_HEADER: u16 = 0x0F9F;
    pub(super) const TEXT_CHARS: u16 = 0x0FA0;
    pub(super) const TEXT_BYTES: u16 = 0x0FA8;
    pub(super) const STRING: u16 = 0x0FBA;
    pub(super) const OBJECT_ATOM: u16 = 0x0FC3;
    pub(super) const HANDOUT: u16 = 0x0FC9;
    pub(super) const EMBEDDED: u16 = 0x0FCC;
    pub(super) const SLIDE_NUMBER_MARK: u16 = 0x0FD8;
    pub(super) const HEADERS_FOOTERS: u16 = 0x0FD9;
    pub(super) const HEADERS_FOOTERS_ATOM: u16 = 0x0FDA;
    pub(super) const SLIDE_LIST: u16 = 0x0FF0;
    pub(super) const USER_EDIT: u16 = 0x0FF5;
    pub(super) const DATE_TIME_MARK: u16 = 0x0FF7;
    pub(super) const GENERIC_DATE_MARK: u16 = 0x0FF8;
    pub(super) const HEADER_MARK: u16 = 0x0FF9;
    pub(super) const FOOTER_MARK: u16 = 0x0FFA;
    pub(super) const OBJECT_STORAGE: u16 = 0x1011;
    pub(super) const RTF_DATE_MARK: u16 = 0x1015;
    pub(super) const TAGS: u16 = 0x1388;
    pub(super) const BINARY_TAG: u16 = 0x138A;
    pub(super) const BINARY_TAG_DATA: u16 = 0x138B;
    pub(super) const PERSIST_DIRECTORY: u16 = 0x1772;
    pub(super) const COMMENT: u16 = 0x2EE0;
}

/// PowerPoint presentation before 2007.
pub(super) struct Ppt;

impl Format for Ppt {
    fn kind(&self) -> Kind {
        Kind::Ppt
    }

    fn is_risky(&self) -> bool {
        true
    }

    fn extract<'b>(&self, source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
        const STREAM: &str = "PowerPoint Document";
        let mut ole = match Ole::open(source, &options.limits) {
            Ok(ole) => ole,
            Err(notice) => return Extracted::refused(notice),
        };
        // What was saved for PowerPoint 95 as well has the newer presentation in a storage of its own ([MS-PPT] §2.1).
        let root = ole.file.root();
        let home = ole.file.child(root, "PP97_DUALSTORAGE").unwrap_or(root);
        let Some(stream) = ole.file.child(home, STREAM).map(|id| ole.read(id)) else {
            if ole.file.child(root, "PP40").is_some() {
                let message = "暂不能读取 PowerPoint 95 及更早的演示文稿。请用 PowerPoint 或 WPS 另存为 pptx 后再检查";
                ole.notices.error(Code::Unsupported, message);
            } else {
                ole.notices.error(Code::Corrupt, "找不到演示文稿的内容，没有检查。请重新取得原文件");
            }
            return Extracted { notices: ole.notices.into_vec(), ..Extracted::default() };
        };
        let user = ole.file.child(home, "Current User").map(|id| ole.read(id));
        let mut out = Transcript::new(&source.name, STREAM, &options.limits);
        ole.properties(&mut out.builder, "ppt");
        let mut deck = Deck {
            out,
            stream: &stream,
            persist: Persist::read(&stream, user.as_deref()),
            names: ShapeNames::default(),
            masters: HashMap::new(),
            read: HashSet::new(),
            slide: 0,
            tables: 0,
        };
        deck.read();
        if options.pictures
            && let Some(bytes) = ole.file.child(home, "Pictures").map(|id| ole.read(id))
        {
            deck.pictures(&bytes);
        }
        let mut extracted = deck.out.finish();
        extracted.notices.splice(..0, ole.notices.into_vec());
        extracted
    }
}

/// A slide, master or page of notes as the presentation lists it ([MS-PPT] §2.4.14.5).
#[derive(Debug)]
struct Listed {
    /// Number of its part.
    part: u32,
    /// By which others refer to it.
    id: u32,
    /// Its texts in the outline.
    outline: Vec<Words>,
}

/// A presentation being read.
struct Deck<'s> {
    out: Transcript<'s>,
    stream: &'s [u8],
    persist: Persist,
    names: ShapeNames,
    /// Numbers of the parts of masters by what slides call them.
    masters: HashMap<u32, u32>,
    /// Masters and pages of notes that were read.
    read: HashSet<u32>,
    /// Slide being read, from 1.
    slide: u32,
    /// Tables of the slides before.
    tables: u32,
}

impl Deck<'_> {
    fn read(&mut self) {
        if self.persist.encrypted {
            self.out.notices.error(Code::Encrypted, "文件有打开密码，无法检查。请取消密码后再检查");
            return;
        }
        if self.persist.damaged {
            let message = "文件已损坏：缺少保存记录，只检查了还能读出的部分。请重新取得原文件";
            self.out.notices.error(Code::Corrupt, message);
        }
        let document = self.persist.document.and_then(|id| self.persist.part(self.stream, id, &[kind::DOCUMENT]));
        let Some(document) = document else {
            self.loose();
            return;
        };
        if document.cut {
            self.out.notices.error(Code::Corrupt, "文件不完整，只检查了还能读出的部分。请重新取得原文件");
        }
        let (mut slides, mut notes) = (Vec::new(), HashMap::new());
        for list in document.children().filter(|atom| atom.kind == kind::SLIDE_LIST) {
            match list.instance {
                0 => slides.extend(listed(&list)),
                1 => self.masters.extend(listed(&list).into_iter().map(|one| (one.id, one.part))),
                2 => notes.extend(listed(&list).into_iter().map(|one| (one.id, one.part))),
                _ => {}
            }
        }
        let limit = self.out.limits.archive_entries;
        if slides.len() as u64 > limit {
            self.out.notices.error(Code::Limit, too_many(limit));
            slides.truncate(limit as usize);
        }
        let mut lost = 0u64;
        let mut seen = HashSet::new();
        for one in &slides {
            self.slide = self.slide.saturating_add(1);
            let part = self.persist.part(self.stream, one.part, &[kind::SLIDE, kind::MAIN_MASTER]);
            // A part that two slides claim could make a small file large.
            match part.filter(|_| seen.insert(one.part)) {
                Some(part) => self.slide(&part, &one.outline, &notes, &mut lost),
                None => {
                    lost += 1;
                    self.outline(&one.outline);
                }
            }
        }
        if lost > 0 {
            let message = format!("找不到 {lost} 张幻灯片或备注页的内容，没有检查。请重新取得原文件");
            self.out.notices.error(Code::Corrupt, message);
        }
        for list in document.children().filter(|atom| atom.kind == kind::OBJECT_LIST) {
            self.embedded(&list);
        }
        self.slide = 1;
        // The masters of notes and handouts show their own text in print ([MS-PPT] §2.4.2).
        let facts = document.children().find(|atom| atom.kind == kind::DOCUMENT_ATOM).map(|atom| atom.content);
        for id in [24, 28].into_iter().filter_map(|at| u32_at(facts?, at)) {
            let part = self.persist.part(self.stream, id, &[kind::NOTES, kind::HANDOUT]);
            if let Some(part) = part.filter(|_| self.read.insert(id)) {
                self.drawing_of(&part, Role::Master, &[]);
            }
        }
        for part in document.children().filter(|atom| atom.kind == kind::HEADERS_FOOTERS) {
            self.headers(&part, if part.instance == 4 { Role::Notes } else { Role::Master });
        }
    }

    /// Takes out embedded objects ([MS-PPT] §2.10.1): each is a compound file in a part of its own, mostly packed.
    fn embedded(&mut self, list: &Atom<'_>) {
        let mut left = self.out.limits.entry_size;
        let mut seen = HashSet::new();
        let facts = list
            .children()
            .filter(|atom| atom.kind == kind::EMBEDDED)
            .filter_map(|one| one.children().find(|atom| atom.kind == kind::OBJECT_ATOM));
        for facts in facts {
            let Some(id) = u32_at(facts.content, 16).filter(|id| seen.insert(*id)) else { continue };
            let Some(part) = self.persist.part(self.stream, id, &[kind::OBJECT_STORAGE]) else {
                self.out.object(Object::Unknown);
                continue;
            };
            let bytes = match part.instance {
                // The size when unpacked, then a zlib stream.
                1 => unpacked(part.content.get(4..).unwrap_or_default(), left),
                _ => part.content.to_vec(),
            };
            if bytes.len() as u64 > left {
                let size = human_size(self.out.limits.entry_size);
                let message = format!("嵌入的对象解压后超过上限 {size}，没有读完。可用 --limit entry-size=… 放宽");
                return self.out.notices.error(Code::Limit, message);
            }
            left -= bytes.len() as u64;
            self.out.object(object_of(bytes));
        }
    }

    /// Takes out the pictures that shapes refer to ([MS-PPT] §2.1.3).
    fn pictures(&mut self, stream: &[u8]) {
        let mut number = 0;
        for atom in Atoms::new(stream) {
            if atom.kind == BITMAP {
                let message = "演示文稿中的位图没有识别。请另存为 pptx 后再用 --ocr 检查，或另行核对";
                self.out.notices.warning(Code::Skipped, message);
            }
            let Some((extension, bytes)) = picture(&atom) else { continue };
            number += 1;
            if !self.out.file_if_room(&format!("图片{number}.{extension}"), bytes) {
                break;
            }
        }
    }

    /// Reads slides as they lie in the stream, where nothing says which of them belong to the presentation.
    fn loose(&mut self) {
        if !self.persist.damaged {
            let message = "文件已损坏：找不到演示文稿的目录，只检查了还能读出的部分。请重新取得原文件";
            self.out.notices.error(Code::Corrupt, message);
        }
        let mut lost = 0;
        for atom in Atoms::new(self.stream) {
            match atom.kind {
                kind::SLIDE => {
                    self.slide = self.slide.saturating_add(1);
                    self.slide(&atom, &[], &HashMap::new(), &mut lost);
                }
                kind::NOTES => self.drawing_of(&atom, Role::Notes, &[]),
                kind::DOCUMENT => {
                    for list in atom.children().filter(|atom| atom.kind == kind::SLIDE_LIST && atom.instance == 0) {
                        for one in listed(&list) {
                            self.outline(&one.outline);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Reads a slide with all that belongs to it.
    fn slide(&mut self, part: &Atom<'_>, outline: &[Words], notes: &HashMap<u32, u32>, lost: &mut u64) {
        if part.cut {
            self.out.notices.error(Code::Corrupt, "文件不完整，只检查了还能读出的部分。请重新取得原文件");
        }
        let facts = part.children().find(|atom| atom.kind == kind::SLIDE_ATOM).map(|atom| atom.content);
        self.drawing_of(part, Role::Slide, outline);
        for atom in part.children() {
            match atom.kind {
                kind::HEADERS_FOOTERS => self.headers(&atom, Role::Slide),
                kind::TAGS => self.comments(&atom),
                _ => {}
            }
        }
        let Some(facts) = facts else { return };
        let id = |at: usize| u32_at(facts, at).filter(|&id| id != 0);
        if let Some(id) = id(16) {
            let known = notes.get(&id).copied().filter(|&part| self.read.insert(part));
            match known.and_then(|part| self.persist.part(self.stream, part, &[kind::NOTES])) {
                Some(part) => self.drawing_of(&part, Role::Notes, &[]),
                None if notes.is_empty() => {}
                None => *lost += 1,
            }
        }
        let mut master = id(12).filter(|_| shows_master(facts));
        // A master for titles has one of its own.
        while let Some(id) = master.take() {
            let Some(&part) = self.masters.get(&id) else { break };
            if !self.read.insert(part) {
                break;
            }
            let Some(part) = self.persist.part(self.stream, part, &[kind::SLIDE, kind::MAIN_MASTER]) else { break };
            self.drawing_of(&part, Role::Master, &[]);
            let facts = part.children().find(|atom| part.kind == kind::SLIDE && atom.kind == kind::SLIDE_ATOM);
            master = facts.filter(|atom| shows_master(atom.content)).and_then(|atom| u32_at(atom.content, 12));
        }
    }

    /// Reads the shapes of a slide, of its notes or of its master. Texts may stand in the outline instead of their shape; what no
    /// shape refers to there is read all the same.
    fn drawing_of(&mut self, part: &Atom<'_>, role: Role, outline: &[Words]) {
        let mut referred = vec![false; outline.len()];
        let tables = self.tables;
        for drawing in part.children().filter(|atom| atom.kind == kind::DRAWING) {
            for shape in drawing::shapes(drawing.content) {
                self.shape(&shape, role, tables, outline, &mut referred);
            }
        }
        for (words, _) in outline.iter().zip(referred).filter(|(_, referred)| !referred) {
            self.paragraphs(words, words.scope(), role, None, None);
        }
    }

    fn shape(&mut self, shape: &Shape, role: Role, tables: u32, outline: &[Words], referred: &mut [bool]) {
        let name = shape.name.as_deref().and_then(|name| self.names.index(&mut self.out.builder, name));
        let cell = shape.cell.map(|(table, row, column)| (tables.saturating_add(table - 1), row, column));
        self.tables = self.tables.max(cell.map_or(0, |(table, ..)| table.saturating_add(1)));
        for words in &shape.words {
            // Text that says where to click.
            if role == Role::Master && shape.placeholder.is_some() {
                continue;
            }
            let words = match words.outline {
                Some(index) => {
                    let Some(words) = outline.get(index) else { continue };
                    if std::mem::replace(&mut referred[index], true) {
                        continue;
                    }
                    words
                }
                None => words,
            };
            let scope = match (cell, shape.placeholder.and_then(drawing::Placeholder::scope)) {
                (Some(_), _) => Scope::Cell,
                (None, Some(scope)) if role == Role::Slide => scope,
                (None, _) if role == Role::Slide => words.scope(),
                _ => Scope::Body,
            };
            self.paragraphs(words, scope, role, name, cell);
        }
        for (text, scope) in [(&shape.word_art, Scope::Body), (&shape.description, Scope::Alt)] {
            for line in text.iter().flat_map(|text| text.split(['\r', '\n'])) {
                let place = self.place(role, name, 1, None);
                self.out.block(scope, place, None, &without_controls(line));
            }
        }
    }

    fn place(&self, role: Role, shape: Option<u16>, paragraph: u32, cell: Option<(u32, u32)>) -> Place {
        let cell = cell.map(|(row, column)| TablePlace { table: 1, row, column });
        Place::Shape { slide: self.slide, on: role.backdrop(), shape, paragraph, cell }
    }

    fn paragraphs(
        &mut self,
        words: &Words,
        scope: Scope,
        role: Role,
        name: Option<u16>,
        cell: Option<(u32, u32, u32)>,
    ) {
        for (number, text) in words.paragraphs() {
            let place = self.place(role, name, number, cell.map(|(_, row, column)| (row, column)));
            let index = cell.map(|(table, row, column)| CellIndex { table, row: row - 1, column: column - 1 });
            self.out.block(scope, place, index, &text);
        }
    }

    /// Reads the texts that the outline has for a slide that is not there itself.
    fn outline(&mut self, outline: &[Words]) {
        for words in outline {
            self.paragraphs(words, words.scope(), Role::Slide, None, None);
        }
    }

    /// Reads header, footer and date ([MS-PPT] §2.4.15), as far as they are shown.
    fn headers(&mut self, part: &Atom<'_>, role: Role) {
        let flags = part.children().find(|atom| atom.kind == kind::HEADERS_FOOTERS_ATOM);
        let flags = flags.and_then(|atom| u16_at(atom.content, 2)).unwrap_or_default();
        for text in part.children().filter(|atom| atom.kind == kind::STRING) {
            let (shown, scope) = match text.instance {
                0 => (flags & 4 != 0, Scope::Footer),
                1 => (flags & 0x10 != 0, Scope::Header),
                2 => (flags & 0x20 != 0, Scope::Footer),
                _ => continue,
            };
            if shown {
                let place = self.place(role, None, 1, None);
                self.out.block(scope, place, None, &without_controls(&utf16(text.content)));
            }
        }
    }

    /// Reads comments ([MS-PPT] §2.5.19): records within tags of the slide.
    fn comments(&mut self, tags: &Atom<'_>) {
        let data = tags
            .children()
            .filter(|atom| atom.kind == kind::BINARY_TAG)
            .flat_map(|tag| tag.children())
            .filter(|atom| atom.kind == kind::BINARY_TAG_DATA);
        let comments = data.flat_map(|data| data.children()).filter(|atom| atom.kind == kind::COMMENT);
        let texts =
            comments.flat_map(|one| one.children()).filter(|atom| atom.kind == kind::STRING && atom.instance == 1);
        for text in texts {
            for (number, text) in text::paragraphs(&utf16(text.content).replace('\n', "\r")) {
                let place = self.place(Role::Slide, None, number, None);
                self.out.block(Scope::Comment, place, None, &text);
            }
        }
    }
}

/// The object in a compound file of its own.
fn object_of(bytes: Vec<u8>) -> Object {
    if !matches!(sniff(&bytes, ""), Kind::Unsupported(_) | Kind::Asset(_) | Kind::Text | Kind::Empty) {
        return Object::File(None, bytes);
    }
    let Ok(mut file) = CompoundFile::open(&bytes) else { return Object::Unknown };
    let root = file.root();
    in_storage(&mut file, root)
}

/// Unpacks a zlib stream, or as much of it as is sound; a little more than `limit` if there is more.
fn unpacked(bytes: &[u8], limit: u64) -> Vec<u8> {
    let mut unpacked = Vec::new();
    // What is damaged ends early and is then no compound file.
    let _ = ZlibDecoder::new(bytes).take(limit.saturating_add(1)).read_to_end(&mut unpacked);
    unpacked
}

/// Whether a slide shows the shapes of its master.
fn shows_master(facts: &[u8]) -> bool {
    u16_at(facts, 20).is_none_or(|flags| flags & 1 != 0)
}

/// The slides of a list, each with its texts.
fn listed(list: &Atom<'_>) -> Vec<Listed> {
    let atoms: Vec<Atom<'_>> = list.children().collect();
    let is_head = |atom: &Atom<'_>| atom.kind == kind::SLIDE_PERSIST;
    atoms
        .chunk_by(|_, next| !is_head(next))
        .filter_map(|group| {
            let (head, texts) = group.split_first().filter(|(head, _)| is_head(head))?;
            let part = u32_at(head.content, 0)?;
            let id = u32_at(head.content, 12).unwrap_or_default();
            Some(Listed { part, id, outline: Words::read(texts.iter().copied()) })
        })
        .collect()
}
