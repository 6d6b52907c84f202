//! PowerPoint presentations: PresentationML (ECMA-376 Part 1 §19, transitional and strict).
//!
//! Slides are read in the order of the presentation, hidden ones too: what a published file hides is published all the
//! same. Each is followed by its charts and diagrams, the speaker's notes and the comments. Masters and layouts show their own
//! text on slides, but not that of their placeholders, which only says where to click.

use std::collections::{HashMap, HashSet};

use super::ooxml::{Element, Node, Ns, Opc, Piece, Relationship, Xml, drawing_text, is_blank, joined, push};
use super::slides::{Role, ShapeNames, too_many};
use super::{ExtractOptions, Extracted, Format};
use crate::document::{CellIndex, DocumentBuilder, Place, Scope, TablePlace};
use crate::source::{Code, Kind, Source};

/// PowerPoint presentation.
pub(super) struct Pptx;

impl Format for Pptx {
    fn kind(&self) -> Kind {
        Kind::Pptx
    }

    fn extract<'b>(&self, source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
        let mut opc = match Opc::open(source, &options.limits) {
            Ok(opc) => opc,
            Err(notice) => return Extracted::refused(notice),
        };
        let mut builder = DocumentBuilder::new();
        let (main, properties) = opc.start("ppt/presentation.xml");
        if let Some(properties) = properties {
            opc.properties(&mut builder, &properties, "pptx");
        }
        let mut deck = Deck {
            opc,
            builder,
            names: ShapeNames::default(),
            slide: 0,
            tables: 0,
            read: HashSet::new(),
            pictures: options.pictures,
        };
        deck.read(&main);
        let Deck { opc, builder, .. } = deck;
        let (document, notices) = (builder.finish(), opc.notices.into_vec());
        Extracted { document, notices, inner: opc.inner, ..Extracted::default() }
    }
}

/// A presentation being read.
struct Deck<'s> {
    opc: Opc<'s>,
    builder: DocumentBuilder,
    names: ShapeNames,
    /// Slide being read, from 1.
    slide: u32,
    /// Tables met so far.
    tables: u32,
    /// Parts that slides may share and that were read.
    read: HashSet<String>,
    /// Pictures are to be given.
    pictures: bool,
}

impl Deck<'_> {
    fn read(&mut self, main: &str) {
        let relationships = self.opc.relationships(main);
        let slides = self.order(main, relationships.as_deref().unwrap_or_default());
        let masters = targets(relationships.as_deref().unwrap_or_default(), &["notesMaster", "handoutMaster"]);
        let slides = match (slides, relationships) {
            (Some(slides), _) if !slides.is_empty() => slides,
            (None, None) => return,
            // A damaged list does not hide what is there.
            (_, Some(relationships)) => targets(&relationships, &["slide"]),
            (_, None) => self.opc.named("ppt/slides/", "slide"),
        };
        for name in slides {
            self.slide = self.slide.saturating_add(1);
            self.slide(&name);
        }
        // They show their own text in print.
        self.slide = 1;
        for master in masters {
            if self.read.insert(master.clone()) {
                let related = self.opc.relationships(&master).unwrap_or_default();
                self.shapes(&master, Role::Master, &related);
            }
        }
    }

    /// The slides in their order (ECMA-376 Part 1 §19.2.1.34); `None` if `main` is no presentation at all.
    fn order(&mut self, main: &str, relationships: &[Relationship]) -> Option<Vec<String>> {
        let bytes = self.opc.load(main)?;
        let text = self.opc.decode(main, &bytes);
        let mut xml = Xml::new(&text, self.opc.limits.xml_depth);
        let by_id = by_id(relationships);
        let limit = self.opc.limits.archive_entries;
        let (mut slides, mut lost) = (Vec::new(), 0u64);
        let mut rooted = false;
        loop {
            match xml.next() {
                Node::Start(element) if !rooted => {
                    if (element.ns, element.name) != (Ns::Slide, "presentation") {
                        let message = format!(
                            "部件 {main} 不是 PowerPoint 演示文稿，没有检查。请用 PowerPoint 或 WPS 另存为 pptx 后再检查"
                        );
                        self.opc.notices.error(Code::Corrupt, message);
                        return None;
                    }
                    rooted = true;
                }
                Node::Start(element) if (element.ns, element.name) == (Ns::Slide, "sldId") => {
                    if slides.len() as u64 >= limit {
                        self.opc.notices.error(Code::Limit, too_many(limit));
                        break;
                    }
                    match related(&element, "id", &by_id) {
                        Some(one) => slides.push(one.target.clone()),
                        None => lost += 1,
                    }
                }
                Node::Done => break,
                _ => {}
            }
        }
        self.opc.finish(main, &xml);
        if lost > 0 {
            self.opc.notices.error(Code::Corrupt, format!("找不到 {lost} 张幻灯片的内容，没有检查。请重新取得原文件"));
        }
        Some(slides)
    }

    /// Reads a slide with all that belongs to it.
    fn slide(&mut self, name: &str) {
        let related = self.opc.relationships(name).unwrap_or_default();
        let Some(shows_master) = self.shapes(name, Role::Slide, &related) else { return };
        for target in targets(&related, &["notesSlide"]) {
            let related = self.opc.relationships(&target).unwrap_or_default();
            self.shapes(&target, Role::Notes, &related);
        }
        for target in targets(&related, &["comments"]) {
            if self.read.insert(target.clone()) {
                self.paragraphs(&target, Scope::Comment, Role::Slide, None);
            }
        }
        if !shows_master {
            return;
        }
        for layout in targets(&related, &["slideLayout"]) {
            let related = self.opc.relationships(&layout).unwrap_or_default();
            // A layout that was read took its master along.
            if !self.read.insert(layout.clone()) || self.shapes(&layout, Role::Master, &related) != Some(true) {
                continue;
            }
            for master in targets(&related, &["slideMaster"]) {
                if self.read.insert(master.clone()) {
                    let related = self.opc.relationships(&master).unwrap_or_default();
                    self.shapes(&master, Role::Master, &related);
                }
            }
        }
    }

    /// Reads the shapes of a part, then the charts and diagrams in them. Gives whether the part shows the shapes of its
    /// master; `None` if it cannot be read.
    fn shapes(&mut self, name: &str, role: Role, related: &[Relationship]) -> Option<bool> {
        let bytes = self.opc.load(name)?;
        let text = self.opc.decode(name, &bytes);
        let part = self.opc.take(&mut self.builder, name)?;
        self.opc.embedded(name, self.pictures);
        let mut xml = Xml::new(&text, self.opc.limits.xml_depth);
        let mut tree = Tree {
            deck: self,
            source: &text,
            part,
            role,
            related: by_id(related),
            frames: Vec::new(),
            shapes: Vec::new(),
            tables: Vec::new(),
            open: None,
            waiting: Vec::new(),
            drawings: Vec::new(),
            shows_master: true,
        };
        tree.read(&mut xml);
        let (drawings, shows_master) = (tree.drawings, tree.shows_master);
        self.opc.finish(name, &xml);
        // Those that no shape refers to in a way known here are read all the same.
        let others = targets(related, &["chart", "chartEx", "diagramData"]).into_iter().map(|target| (target, None));
        for (target, shape) in drawings.into_iter().chain(others) {
            if self.read.insert(target.clone()) {
                self.paragraphs(&target, Scope::Body, role, shape);
                let related = self.opc.relationships(&target).unwrap_or_default();
                for target in targets(&related, &["chartUserShapes"]) {
                    if self.read.insert(target.clone()) {
                        self.paragraphs(&target, Scope::Body, role, shape);
                    }
                }
            }
        }
        Some(shows_master)
    }

    /// Reads a part that is paragraphs of DrawingML, whatever is around them: a chart, a diagram, comments.
    fn paragraphs(&mut self, name: &str, scope: Scope, role: Role, shape: Option<u16>) {
        let Some(bytes) = self.opc.load(name) else { return };
        let text = self.opc.decode(name, &bytes);
        let Some(part) = self.opc.take(&mut self.builder, name) else { return };
        let mut xml = Xml::new(&text, self.opc.limits.xml_depth);
        let (slide, on) = (self.slide, role.backdrop());
        let (opc, builder) = (&mut self.opc, &mut self.builder);
        drawing_text(&mut xml, |paragraph, pieces| {
            if opc.room(builder, pieces.iter().map(Piece::len).sum()) {
                builder.open(scope, Place::Shape { slide, on, shape, paragraph, cell: None }, None);
                push(builder, part, &text, pieces);
                builder.close();
            }
        });
        self.opc.finish(name, &xml);
    }
}

/// What the end of an element means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    Other,
    Shape,
    Table,
    Cell,
    Paragraph,
    Text,
}

/// An open shape or group.
#[derive(Debug, Clone, Copy)]
struct Shape {
    name: Option<u16>,
    scope: Scope,
    placeholder: bool,
    paragraphs: u32,
}

/// An open table.
#[derive(Debug)]
struct Table {
    /// Among the tables of the document, from 0.
    index: u32,
    row: u32,
    column: u32,
    /// Paragraphs of the current cell.
    paragraphs: u32,
}

/// A block to be.
struct Pending {
    scope: Scope,
    place: Place,
    cell: Option<CellIndex>,
    pieces: Vec<Piece>,
}

/// The shape tree of one part being read. Nesting is kept in stacks, so its depth costs no call stack.
struct Tree<'a, 's> {
    deck: &'a mut Deck<'s>,
    /// Decoded text of the part.
    source: &'a str,
    part: u16,
    role: Role,
    related: ById<'a>,
    frames: Vec<Frame>,
    shapes: Vec<Shape>,
    tables: Vec<Table>,
    /// The open paragraph.
    open: Option<Pending>,
    /// Tooltips of links in it: a block is never interrupted.
    waiting: Vec<Pending>,
    /// Charts and diagrams, each with the name of its shape.
    drawings: Vec<(String, Option<u16>)>,
    shows_master: bool,
}

impl Tree<'_, '_> {
    fn read(&mut self, xml: &mut Xml<'_>) {
        loop {
            match xml.next() {
                Node::Start(element) => match self.start(&element) {
                    Some(frame) => self.frames.push(frame),
                    None => xml.skip(),
                },
                Node::Text(piece) => {
                    if self.frames.last() == Some(&Frame::Text)
                        && let Some(open) = &mut self.open
                    {
                        open.pieces.push(piece);
                    }
                }
                Node::End => self.end(),
                Node::Done => break,
            }
        }
        // Where the XML broke off, what was read before still counts.
        while !self.frames.is_empty() {
            self.end();
        }
    }

    /// Takes in a start tag; `None` if the element with all it holds is passed over.
    fn start(&mut self, element: &Element<'_>) -> Option<Frame> {
        Some(match (element.ns, element.name) {
            (Ns::Slide, "sld" | "sldLayout") => {
                self.shows_master = !matches!(element.raw("showMasterSp"), Some("0" | "false"));
                Frame::Other
            }
            (Ns::Slide, "sp" | "pic" | "cxnSp" | "graphicFrame" | "grpSp" | "contentPart") => {
                self.shapes.push(Shape { name: None, scope: Scope::Body, placeholder: false, paragraphs: 0 });
                Frame::Shape
            }
            (Ns::Slide, "cNvPr") => {
                let name = joined(self.source, &element.pieces(self.source, "name"));
                let index = self.deck.names.index(&mut self.deck.builder, &name);
                if let Some(shape) = self.shapes.last_mut() {
                    shape.name = index;
                }
                self.alternative(element, "title");
                self.alternative(element, "descr");
                Frame::Other
            }
            (Ns::Slide, "ph") => {
                if let Some(shape) = self.shapes.last_mut() {
                    shape.placeholder = true;
                    shape.scope = match element.raw("type") {
                        Some("title" | "ctrTitle") => Scope::Title,
                        Some("subTitle") => Scope::Heading,
                        Some("hdr") => Scope::Header,
                        Some("ftr" | "dt" | "sldNum") => Scope::Footer,
                        _ => Scope::Body,
                    };
                }
                Frame::Other
            }
            // Text that says where to click.
            (_, "txBody") if self.role == Role::Master && self.shapes.last().is_some_and(|one| one.placeholder) => {
                return None;
            }
            (Ns::Drawing, "tbl") => {
                let index = self.deck.tables;
                self.deck.tables = index.saturating_add(1);
                self.tables.push(Table { index, row: 0, column: 0, paragraphs: 0 });
                Frame::Table
            }
            (Ns::Drawing, "tr") => {
                if let Some(table) = self.tables.last_mut() {
                    table.row = table.row.saturating_add(1);
                    table.column = 0;
                }
                Frame::Other
            }
            // Cells that others cover are there too, so they count themselves.
            (Ns::Drawing, "tc") => {
                if let Some(table) = self.tables.last_mut() {
                    table.column = table.column.saturating_add(1);
                    table.paragraphs = 0;
                }
                Frame::Cell
            }
            (Ns::Drawing, "p") => self.open_paragraph(),
            (Ns::Drawing | Ns::Math, "t") => Frame::Text,
            (Ns::Drawing, "br") => {
                if let Some(open) = &mut self.open {
                    open.pieces.push(Piece::meaning(element.span, '\n'));
                }
                Frame::Other
            }
            (Ns::Drawing, "hlinkClick" | "hlinkHover") => {
                self.alternative(element, "tooltip");
                Frame::Other
            }
            // References to charts and diagrams; those of Office 2016 have a namespace of their own.
            (_, "chart") => self.drawing(element, "id"),
            (_, "relIds") => self.drawing(element, "dm"),
            (_, "extLst") => return None,
            _ => Frame::Other,
        })
    }

    fn end(&mut self) {
        match self.frames.pop() {
            Some(Frame::Paragraph) => {
                let open = self.open.take();
                let waiting = std::mem::take(&mut self.waiting);
                for pending in open.into_iter().chain(waiting) {
                    self.emit(pending);
                }
            }
            Some(Frame::Shape) => _ = self.shapes.pop(),
            Some(Frame::Table) => _ = self.tables.pop(),
            _ => {}
        }
    }

    fn drawing(&mut self, element: &Element<'_>, attribute: &str) -> Frame {
        if let Some(one) = related(element, attribute, &self.related) {
            self.drawings.push((one.target.clone(), self.shapes.last().and_then(|shape| shape.name)));
        }
        Frame::Other
    }

    fn place(&self, paragraph: u32) -> (Place, Option<CellIndex>) {
        let table = self.tables.last().filter(|table| table.column > 0);
        let at = table.map(|table| (table.index, table.row.max(1), table.column));
        let place = Place::Shape {
            slide: self.deck.slide,
            on: self.role.backdrop(),
            // What a group holds without a name of its own is called after the group.
            shape: self.shapes.iter().rev().find_map(|shape| shape.name),
            paragraph,
            cell: at.map(|(_, row, column)| TablePlace { table: 1, row, column }),
        };
        (place, at.map(|(table, row, column)| CellIndex { table, row: row - 1, column: column - 1 }))
    }

    fn open_paragraph(&mut self) -> Frame {
        if let Some(open) = self.open.take() {
            self.emit(open);
        }
        let in_cell = self.tables.last_mut().filter(|table| table.column > 0);
        let count = match in_cell {
            Some(table) => Some(&mut table.paragraphs),
            None => self.shapes.last_mut().map(|shape| &mut shape.paragraphs),
        };
        let paragraph = count.map_or(1, |count| {
            *count = count.saturating_add(1);
            *count
        });
        let (place, cell) = self.place(paragraph);
        let scope = match cell {
            Some(_) => Scope::Cell,
            None => self.shapes.last().map_or(Scope::Body, |shape| shape.scope),
        };
        self.open = Some(Pending { scope, place, cell, pieces: Vec::new() });
        Frame::Paragraph
    }

    /// A text that an attribute holds.
    fn alternative(&mut self, element: &Element<'_>, attribute: &str) {
        let pieces = element.pieces(self.source, attribute);
        if is_blank(self.source, &pieces) {
            return;
        }
        let (place, cell) = match &self.open {
            Some(open) => (open.place.clone(), open.cell),
            None => self.place(1),
        };
        let pending = Pending { scope: Scope::Alt, place, cell, pieces };
        match self.open {
            Some(_) => self.waiting.push(pending),
            None => self.emit(pending),
        }
    }

    fn emit(&mut self, Pending { scope, place, cell, pieces }: Pending) {
        let Deck { opc, builder, .. } = &mut *self.deck;
        if !pieces.is_empty() && opc.room(builder, pieces.iter().map(Piece::len).sum()) {
            builder.open(scope, place, cell);
            push(builder, self.part, self.source, &pieces);
            builder.close();
        }
    }
}

/// Relationships by what elements refer to them by.
type ById<'r> = HashMap<&'r str, &'r Relationship>;

fn by_id(relationships: &[Relationship]) -> ById<'_> {
    relationships.iter().map(|one| (&*one.id, one)).collect()
}

/// The relationship that an attribute called `name`, in whatever namespace, refers to: an element may have an id of its own
/// beside it.
fn related<'r>(element: &Element<'_>, name: &str, relationships: &ById<'r>) -> Option<&'r Relationship> {
    let mut ids = element.attributes().filter(|&(key, _)| key == name).map(|(_, value)| value);
    ids.find_map(|id| relationships.get(id).copied())
}

/// The parts that relationships of these kinds lead to, each once, in the order of their numbered names.
fn targets(relationships: &[Relationship], kinds: &[&str]) -> Vec<String> {
    let mut targets: Vec<String> =
        relationships.iter().filter(|one| kinds.contains(&&*one.kind)).map(|one| one.target.clone()).collect();
    targets.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    targets.dedup();
    targets
}

#[cfg(test)]
mod tests;
