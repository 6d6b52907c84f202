//! Word documents: WordprocessingML (ECMA-376 Part 1 §17, transitional and strict).
//!
//! What a reader of the document sees is read: runs are joined into paragraphs, deleted and hidden text is left out,
//! inserted text and the results of fields are kept. Numbers that Word computes (list numbering, page numbers) are not
//! in the file and so not in the text.

use std::collections::HashMap;
use std::mem;

use super::ooxml::{Element, Node, Ns, Opc, Piece, Relationship, Xml, drawing_text, is_blank, push};
use super::{ExtractOptions, Extracted, Format};
use crate::document::{CellIndex, DocumentBuilder, Place, Scope, TablePlace};
use crate::source::{Code, Kind, Source};

/// Word document.
pub(super) struct Docx;

impl Format for Docx {
    fn kind(&self) -> Kind {
        Kind::Docx
    }

    fn extract<'b>(&self, source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
        let mut opc = match Opc::open(source, &options.limits) {
            Ok(opc) => opc,
            Err(notice) => return Extracted::refused(notice),
        };
        let mut builder = DocumentBuilder::new();
        let (main, properties) = opc.start("word/document.xml");
        if let Some(properties) = properties {
            opc.properties(&mut builder, &properties, "docx");
        }
        let relationships = opc.relationships(&main);
        let styles = styles(&mut opc, &main, relationships.as_deref());
        let mut session = Session { opc, builder, styles, tables: 0, hidden: false };
        session.story(&main, Scope::Body, Some("document"));
        session.opc.embedded(&main, options.pictures);
        for (name, role) in parts(&session.opc, &main, relationships) {
            match role {
                Role::Story(scope) => {
                    session.story(&name, scope, None);
                    session.opc.embedded(&name, options.pictures);
                }
                // The workbook inside a chart holds what the chart shows.
                Role::Drawing => session.drawing(&name),
            }
        }
        let Session { mut opc, builder, hidden, .. } = session;
        if hidden {
            let message = "文档中有隐藏文字，没有检查。需要检查时请先取消“隐藏文字”格式";
            opc.notices.warning(Code::Skipped, message);
        }
        Extracted {
            document: builder.finish(),
            notices: opc.notices.into_vec(),
            inner: opc.inner,
            ..Extracted::default()
        }
    }
}

/// How a part is read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    Story(Scope),
    Drawing,
}

/// The parts with text besides the main one, each once: headers, footers, notes, comments, charts, diagrams. The
/// glossary holds building blocks for writing, no text of this document.
fn parts(opc: &Opc<'_>, main: &str, relationships: Option<Vec<Relationship>>) -> Vec<(String, Role)> {
    const KINDS: [(&str, Role); 8] = [
        ("header", Role::Story(Scope::Header)),
        ("footer", Role::Story(Scope::Footer)),
        ("footnotes", Role::Story(Scope::Footnote)),
        ("endnotes", Role::Story(Scope::Footnote)),
        ("comments", Role::Story(Scope::Comment)),
        ("chart", Role::Drawing),
        ("chartEx", Role::Drawing),
        ("diagramData", Role::Drawing),
    ];
    let mut found: Vec<(usize, String)> = match relationships {
        Some(relationships) => relationships
            .into_iter()
            .filter_map(|one| Some((KINDS.iter().position(|(kind, _)| *kind == one.kind)?, one.target)))
            .collect(),
        // Without relationships, names by custom are all there is.
        None => {
            let folder = main.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
            let named = |order: usize, stem: &str| opc.named(&folder, stem).into_iter().map(move |name| (order, name));
            ["header", "footer", "footnotes", "endnotes", "comments.xml"]
                .iter()
                .enumerate()
                .flat_map(|(order, stem)| named(order, stem))
                .collect()
        }
    };
    // Relationships stand in no order; names are numbered.
    found.sort_by(|(order, name), (other, next)| (order, name.len(), name).cmp(&(other, next.len(), next)));
    found.dedup();
    found.into_iter().map(|(order, name)| (name, KINDS[order].1)).collect()
}

/// What a style says about the text set in it.
#[derive(Debug, Clone, Copy, Default)]
struct Style {
    /// Heading, caption, or expressly neither (body).
    scope: Option<Scope>,
    hidden: Option<bool>,
}

type Styles = HashMap<String, Style>;

/// Reads the styles part (ECMA-376 Part 1 §17.7) and resolves what styles inherit.
fn styles(opc: &mut Opc<'_>, main: &str, relationships: Option<&[Relationship]>) -> Styles {
    let name = match relationships.and_then(|all| all.iter().find(|one| one.kind == "styles")) {
        Some(one) => one.target.clone(),
        None => main.rsplit_once('/').map_or("styles.xml".to_owned(), |(folder, _)| format!("{folder}/styles.xml")),
    };
    let Some(Some(bytes)) = opc.load_optional(&name) else { return Styles::new() };
    let text = opc.decode(&name, &bytes);
    let mut xml = Xml::new(&text, opc.limits.xml_depth);
    let mut own: HashMap<String, (Style, Option<String>)> = HashMap::new();
    let mut current: Option<(String, Style, Option<String>)> = None;
    loop {
        match xml.next() {
            Node::Start(element) if element.ns == Ns::Word => match (element.name, &mut current) {
                ("style", _) => {
                    if let Some((id, style, parent)) = current.take() {
                        own.insert(id, (style, parent));
                    }
                    current = element.value("styleId").map(|id| (id.into_owned(), Style::default(), None));
                }
                ("name", Some((_, style, _))) => {
                    let named = element.value("val").and_then(|name| scope_by_name(&name));
                    style.scope = style.scope.or(named);
                }
                ("basedOn", Some((_, _, parent))) => *parent = element.value("val").map(Into::into),
                // The level is expressly given, so it wins over the name.
                ("outlineLvl", Some((_, style, _))) => style.scope = level_scope(&element).or(style.scope),
                ("vanish", Some((_, style, _))) => style.hidden = Some(element.is_on()),
                // Conditional formats of tables say nothing about a style as a whole.
                ("tblStylePr" | "docDefaults" | "latentStyles", _) => xml.skip(),
                _ => {}
            },
            Node::Done => break,
            _ => {}
        }
    }
    if let Some((id, style, parent)) = current {
        own.insert(id, (style, parent));
    }
    opc.finish(&name, &xml);
    let resolved = |id: &String| {
        let mut style = Style::default();
        let mut next = Some(id);
        // Word allows far fewer steps; a circle ends here too.
        for _ in 0..32 {
            let Some((own, parent)) = next.and_then(|id| own.get(id)) else { break };
            style.scope = style.scope.or(own.scope);
            style.hidden = style.hidden.or(own.hidden);
            next = parent.as_ref();
        }
        style
    };
    own.keys().map(|id| (id.clone(), resolved(id))).collect()
}

/// What the name of a style (or, failing a styles part, its id) says. Word stores the names of built-in styles in
/// English whatever its language; other programs do not.
pub(super) fn scope_by_name(name: &str) -> Option<Scope> {
    let name = name.trim().to_lowercase().replace(' ', "");
    let numbered =
        |stem: &str| name.strip_prefix(stem).is_some_and(|rest| matches!(rest.as_bytes(), [] | [b'1'..=b'9']));
    match &*name {
        "title" | "subtitle" | "副标题" => Some(Scope::Heading),
        "caption" | "题注" => Some(Scope::Caption),
        "heading" => None,
        _ if numbered("heading") || numbered("标题") => Some(Scope::Heading),
        _ => None,
    }
}

/// What an outline level says (ECMA-376 Part 1 §17.3.1.20): 0 to 8 are headings, 9 is body text.
fn level_scope(element: &Element<'_>) -> Option<Scope> {
    Some(match element.number("val")? {
        0..=8 => Scope::Heading,
        _ => Scope::Body,
    })
}

/// What lasts over all parts of a document.
struct Session<'s> {
    opc: Opc<'s>,
    builder: DocumentBuilder,
    styles: Styles,
    /// Tables met so far.
    tables: u32,
    /// Whether hidden text was left out.
    hidden: bool,
}

impl Session<'_> {
    /// Reads a part made of paragraphs. `root` is the name its root element must have.
    fn story(&mut self, name: &str, scope: Scope, root: Option<&str>) {
        let Some(bytes) = self.opc.load(name) else { return };
        let text = self.opc.decode(name, &bytes);
        let Some(part) = self.opc.take(&mut self.builder, name) else { return };
        let mut xml = Xml::new(&text, self.opc.limits.xml_depth);
        let mut story = Story {
            session: self,
            source: &text,
            part,
            scope,
            frames: Vec::new(),
            contexts: vec![Context::default()],
            tables: Vec::new(),
            paragraphs: Vec::new(),
            queue: Vec::new(),
            runs: Vec::new(),
            text_boxes: 0,
            spare: Vec::new(),
        };
        let wrong_root = story.read(&mut xml, root);
        self.opc.finish(name, &xml);
        if wrong_root {
            self.opc.notices.error(
                Code::Corrupt,
                format!("部件 {name} 不是 Word 正文，没有检查。请用 Word 或 WPS 另存为 docx 后再检查"),
            );
        }
    }

    /// Reads a chart or diagram.
    fn drawing(&mut self, name: &str) {
        let Some(bytes) = self.opc.load(name) else { return };
        let text = self.opc.decode(name, &bytes);
        let Some(part) = self.opc.take(&mut self.builder, name) else { return };
        let mut xml = Xml::new(&text, self.opc.limits.xml_depth);
        let (opc, builder) = (&mut self.opc, &mut self.builder);
        drawing_text(&mut xml, |paragraph, pieces| {
            if opc.room(builder, pieces.iter().map(Piece::len).sum()) {
                let place = Place::Paragraph { part, paragraph, table: Vec::new(), text_box: None, note: None };
                builder.open(Scope::Body, place, None);
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
    Paragraph,
    ParagraphProperties,
    Run,
    RunProperties,
    Text,
    Table,
    Row,
    RowProperties,
    Cell,
    CellProperties,
    TextBox,
    Note,
}

/// What paragraphs are counted in: the body of a part, a note, a cell, a text box.
#[derive(Debug, Clone, Default)]
struct Context {
    table: Vec<TablePlace>,
    cell: Option<CellIndex>,
    text_box: Option<u32>,
    note: Option<u32>,
    paragraphs: u32,
    tables: u32,
}

/// An open table.
#[derive(Debug)]
struct Table {
    /// Among the tables of its context, from 1.
    number: u32,
    /// Among the tables of the document, from 0.
    index: u32,
    /// Rows begun.
    row: u32,
    /// Columns before the current cell, or before the next one.
    column: u32,
    /// Columns that the current cell takes.
    span: u32,
}

/// A block to be: a paragraph, or a text that hangs on one.
#[derive(Debug)]
struct Pending {
    scope: Scope,
    place: Place,
    cell: Option<CellIndex>,
    pieces: Vec<Piece>,
}

/// An open paragraph.
#[derive(Debug)]
struct Paragraph {
    /// Its block, in [`Story::queue`].
    slot: usize,
    /// Text set in this paragraph is hidden unless its run says otherwise.
    hidden: bool,
}

/// One part being read. Nesting is kept in stacks, so its depth costs no call stack.
struct Story<'a, 's> {
    session: &'a mut Session<'s>,
    /// Decoded text of the part.
    source: &'a str,
    part: u16,
    /// What the part's text is; body text is told apart further.
    scope: Scope,
    frames: Vec<Frame>,
    contexts: Vec<Context>,
    tables: Vec<Table>,
    /// Open paragraphs. There is more than one only where a text box hangs on one.
    paragraphs: Vec<Paragraph>,
    /// Blocks of the outermost open paragraph and of all that hangs on it, in the order of their beginnings: a block is
    /// never interrupted, so what is met inside comes after.
    queue: Vec<Pending>,
    /// Whether each open run is hidden.
    runs: Vec<bool>,
    text_boxes: u32,
    /// Emptied lists of pieces, to be filled again.
    spare: Vec<Vec<Piece>>,
}

impl Story<'_, '_> {
    /// Reads to the end of the part; whether the root element was not `root`.
    fn read(&mut self, xml: &mut Xml<'_>, root: Option<&str>) -> bool {
        let mut first = true;
        let mut wrong_root = false;
        loop {
            match xml.next() {
                Node::Start(element) => {
                    if mem::take(&mut first)
                        && let Some(root) = root
                        && (element.ns != Ns::Word || element.name != root)
                    {
                        wrong_root = true;
                        break;
                    }
                    match self.start(&element) {
                        Some(frame) => self.frames.push(frame),
                        None => xml.skip(),
                    }
                }
                Node::Text(piece) => self.text(piece),
                Node::End => self.end(),
                Node::Done => break,
            }
        }
        // Where the XML broke off, what was read before still counts.
        while !self.frames.is_empty() {
            self.end();
        }
        wrong_root
    }

    /// Takes in a start tag; `None` if the element with all it holds is passed over.
    fn start(&mut self, element: &Element<'_>) -> Option<Frame> {
        let parent = self.frames.last().copied().unwrap_or(Frame::Other);
        Some(match element.ns {
            Ns::Word => return self.start_word(element, parent),
            Ns::Math => match element.name {
                "r" => self.open_run(),
                "t" => Frame::Text,
                _ => Frame::Other,
            },
            // Shapes of a locked canvas carry DrawingML text in the document itself.
            Ns::Drawing => match element.name {
                "p" => self.open_paragraph(),
                "t" => Frame::Text,
                "br" => self.means(element, '\n'),
                _ => Frame::Other,
            },
            Ns::WordDrawing if element.name == "docPr" => {
                self.alternative(element, "title");
                self.alternative(element, "descr");
                Frame::Other
            }
            Ns::Vml if matches!(element.name, "shape" | "rect" | "roundrect" | "oval" | "group") => {
                self.alternative(element, "alt");
                Frame::Other
            }
            // The text of WordArt, which is how watermarks are made.
            Ns::Vml if element.name == "textpath" => {
                self.alternative(element, "string");
                Frame::Other
            }
            _ => Frame::Other,
        })
    }

    fn start_word(&mut self, element: &Element<'_>, parent: Frame) -> Option<Frame> {
        // Properties are by far the most elements; each kind holds few that matter.
        match parent {
            Frame::RunProperties => return self.run_property(element),
            Frame::ParagraphProperties => return self.paragraph_property(element),
            _ => {}
        }
        Some(match element.name {
            "r" => self.open_run(),
            "t" => Frame::Text,
            "p" => self.open_paragraph(),
            "rPr" if parent == Frame::Run => Frame::RunProperties,
            "pPr" if parent == Frame::Paragraph => Frame::ParagraphProperties,
            "tab" | "ptab" => self.means(element, '\t'),
            "br" | "cr" => self.means(element, '\n'),
            "noBreakHyphen" => self.means(element, '-'),
            "softHyphen" => self.means(element, '\u{AD}'),
            "tbl" => self.open_table(),
            "tr" => {
                if let Some(table) = self.tables.last_mut() {
                    table.row = table.row.saturating_add(1);
                    table.column = 0;
                }
                Frame::Row
            }
            "trPr" if parent == Frame::Row => Frame::RowProperties,
            "gridBefore" if parent == Frame::RowProperties => {
                if let (Some(table), Some(columns)) = (self.tables.last_mut(), element.number("val")) {
                    table.column = table.column.saturating_add(columns);
                }
                Frame::Other
            }
            "tc" if !self.tables.is_empty() => self.open_cell(),
            "tcPr" if parent == Frame::Cell => Frame::CellProperties,
            "gridSpan" if parent == Frame::CellProperties => {
                if let (Some(table), Some(columns)) = (self.tables.last_mut(), element.number("val")) {
                    table.span = columns.max(1);
                }
                Frame::Other
            }
            "txbxContent" => self.open_text_box(),
            "footnote" | "endnote" | "comment" => {
                // The lines between text and notes are stored as notes too.
                if element.raw("type").is_some_and(|kind| kind != "normal") {
                    return None;
                }
                let note = element.number("id");
                self.contexts.push(Context { note, ..Context::default() });
                Frame::Note
            }
            // What describes a table to those who do not see it.
            "tblCaption" | "tblDescription" => {
                self.alternative(element, "val");
                Frame::Other
            }
            // Deleted or moved away, instructions of fields, readings above the text: not the text of the document.
            "del" | "moveFrom" | "delText" | "instrText" | "delInstrText" | "rt" => return None,
            // Nothing in them is text.
            "sectPr" | "tblGrid" | "sdtPr" | "tblPrChange" => return None,
            _ => Frame::Other,
        })
    }

    fn run_property(&mut self, element: &Element<'_>) -> Option<Frame> {
        match element.name {
            "vanish" => {
                if let Some(hidden) = self.runs.last_mut() {
                    *hidden = element.is_on();
                }
            }
            "rStyle" => {
                let style = self.style(element);
                if let (Some(run), Some(hidden)) = (self.runs.last_mut(), style.hidden) {
                    *run = hidden;
                }
            }
            // What holds more, such as the properties before a tracked change, is of no concern.
            _ => return None,
        }
        Some(Frame::Other)
    }

    fn paragraph_property(&mut self, element: &Element<'_>) -> Option<Frame> {
        match element.name {
            "pStyle" => {
                let style = self.style(element);
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.hidden |= style.hidden.unwrap_or_default();
                }
                self.set_scope(style.scope);
            }
            "outlineLvl" => self.set_scope(level_scope(element)),
            // Among them the properties of the paragraph mark, which may be hidden or deleted alone.
            _ => return None,
        }
        Some(Frame::Other)
    }

    fn end(&mut self) {
        match self.frames.pop() {
            Some(Frame::Paragraph) => self.close_paragraph(),
            Some(Frame::Run) => _ = self.runs.pop(),
            Some(Frame::Table) => _ = self.tables.pop(),
            Some(Frame::Cell) => {
                self.contexts.pop();
                if let Some(table) = self.tables.last_mut() {
                    table.column = table.column.saturating_add(mem::replace(&mut table.span, 1));
                }
            }
            Some(Frame::TextBox | Frame::Note) => _ = self.contexts.pop(),
            _ => {}
        }
    }

    fn text(&mut self, piece: Piece) {
        if self.frames.last() != Some(&Frame::Text) {
            return;
        }
        if self.runs.last() == Some(&true) {
            self.session.hidden = self.session.hidden || !is_blank(self.source, &[piece]);
        } else if let Some(pending) = self.current() {
            pending.pieces.push(piece);
        }
    }

    /// An element that stands for a character.
    fn means(&mut self, element: &Element<'_>, character: char) -> Frame {
        if self.runs.last() != Some(&true)
            && let Some(pending) = self.current()
        {
            pending.pieces.push(Piece::meaning(element.span, character));
        }
        Frame::Other
    }

    /// The block of the innermost open paragraph.
    fn current(&mut self) -> Option<&mut Pending> {
        self.queue.get_mut(self.paragraphs.last()?.slot)
    }

    fn style(&self, element: &Element<'_>) -> Style {
        let Some(id) = element.value("val") else { return Style::default() };
        match self.session.styles.get(&*id) {
            Some(style) => *style,
            None => Style { scope: scope_by_name(&id), hidden: None },
        }
    }

    /// What the open paragraph is; headers, notes and cells stay what they are.
    fn set_scope(&mut self, scope: Option<Scope>) {
        if self.scope == Scope::Body
            && let (Some(pending), Some(scope)) = (self.current(), scope)
            && pending.scope != Scope::Cell
        {
            pending.scope = scope;
        }
    }

    fn open_run(&mut self) -> Frame {
        self.runs.push(self.paragraphs.last().is_some_and(|paragraph| paragraph.hidden));
        Frame::Run
    }

    fn pending(&mut self, scope: Scope) -> Pending {
        let context = self.contexts.last().cloned().unwrap_or_default();
        let place = Place::Paragraph {
            part: self.part,
            paragraph: context.paragraphs,
            table: context.table,
            text_box: context.text_box,
            note: context.note,
        };
        Pending { scope, place, cell: context.cell, pieces: self.spare.pop().unwrap_or_default() }
    }

    fn open_paragraph(&mut self) -> Frame {
        let mut scope = self.scope;
        if let Some(context) = self.contexts.last_mut() {
            context.paragraphs = context.paragraphs.saturating_add(1);
            if scope == Scope::Body && context.cell.is_some() {
                scope = Scope::Cell;
            }
        }
        let pending = self.pending(scope);
        // A text box that hangs in a hidden run is hidden with it.
        self.paragraphs.push(Paragraph { slot: self.queue.len(), hidden: self.runs.last() == Some(&true) });
        self.queue.push(pending);
        Frame::Paragraph
    }

    fn close_paragraph(&mut self) {
        self.paragraphs.pop();
        // Empty paragraphs are many.
        if self.queue.last().is_some_and(|pending| pending.pieces.is_empty())
            && self.paragraphs.last().is_none_or(|outer| outer.slot + 1 < self.queue.len())
            && let Some(Pending { pieces, .. }) = self.queue.pop()
        {
            self.spare.push(pieces);
        }
        if self.paragraphs.is_empty() {
            let mut queue = mem::take(&mut self.queue);
            for pending in queue.drain(..) {
                self.emit(pending);
            }
            self.queue = queue;
        }
    }

    fn emit(&mut self, pending: Pending) {
        let Pending { scope, place, cell, mut pieces } = pending;
        if !pieces.is_empty() {
            let Session { opc, builder, .. } = &mut *self.session;
            if opc.room(builder, pieces.iter().map(Piece::len).sum()) {
                builder.open(scope, place, cell);
                push(builder, self.part, self.source, &pieces);
                builder.close();
            }
        }
        pieces.clear();
        if self.spare.len() < 8 {
            self.spare.push(pieces);
        }
    }

    /// A text that an attribute of a drawing holds.
    fn alternative(&mut self, element: &Element<'_>, attribute: &str) {
        let pieces = element.pieces(self.source, attribute);
        if self.runs.last() == Some(&true) || is_blank(self.source, &pieces) {
            return;
        }
        // What a watermark says is text of the page; the others describe a picture.
        let scope = if attribute == "string" { self.scope } else { Scope::Alt };
        let pending = Pending { pieces, ..self.pending(scope) };
        if self.paragraphs.is_empty() {
            self.emit(pending);
        } else {
            self.queue.push(pending);
        }
    }

    fn open_table(&mut self) -> Frame {
        let index = self.session.tables;
        self.session.tables = index.saturating_add(1);
        let number = self.contexts.last_mut().map_or(1, |context| {
            context.tables = context.tables.saturating_add(1);
            context.tables
        });
        self.tables.push(Table { number, index, row: 0, column: 0, span: 1 });
        Frame::Table
    }

    fn open_cell(&mut self) -> Frame {
        let mut context = self.contexts.last().cloned().unwrap_or_default();
        if let Some(table) = self.tables.last() {
            let (row, column) = (table.row.max(1), table.column.saturating_add(1));
            // Every block in it repeats the path; tables nested deeper than anybody does are placed by the outer ones.
            if context.table.len() < 8 {
                context.table.push(TablePlace { table: table.number, row, column });
            }
            context.cell = Some(CellIndex { table: table.index, row: row - 1, column: column - 1 });
        }
        self.contexts.push(Context { paragraphs: 0, tables: 0, ..context });
        Frame::Cell
    }

    /// A text box is a place of its own: what surrounds its anchor does not belong to the path to its paragraphs.
    fn open_text_box(&mut self) -> Frame {
        self.text_boxes = self.text_boxes.saturating_add(1);
        let note = self.contexts.last().and_then(|context| context.note);
        self.contexts.push(Context { text_box: Some(self.text_boxes), note, ..Context::default() });
        Frame::TextBox
    }
}

#[cfg(test)]
mod tests {
    use super::super::ooxml::testing::{assert_places, blocks, codes, package, relationships};
    use super::*;
    use crate::source::{Level, Limits};
    use proptest::prelude::*;

    const NAMESPACES: &str = "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main' \
        xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006' xmlns:v='urn:schemas-microsoft-com:vml' \
        xmlns:wp='http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing' \
        xmlns:m='http://schemas.openxmlformats.org/officeDocument/2006/math'";

    fn part(root: &str, content: &str) -> String {
        format!("<?xml version='1.0' encoding='UTF-8'?><w:{root} {NAMESPACES}>{content}</w:{root}>")
    }

    fn document(body: &str) -> String {
        part("document", &format!("<w:body>{body}</w:body>"))
    }

    fn p(text: &str) -> String {
        format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
    }

    fn read(bytes: Vec<u8>, limits: Limits) -> (Source, Extracted<'static>) {
        let source = Source::new("a.docx", bytes);
        let options = ExtractOptions { limits, ..ExtractOptions::default() };
        let extracted = Docx.extract(&source, &options);
        let extracted = Extracted { document: extracted.document, notices: extracted.notices, ..Extracted::default() };
        assert_places_if_open(&source, &extracted);
        (source, extracted)
    }

    fn assert_places_if_open(source: &Source, extracted: &Extracted<'_>) {
        if !extracted.document.blocks.is_empty() {
            assert_places(&source.bytes, &extracted.document);
        }
    }

    fn body(content: &str) -> Extracted<'static> {
        read(package(&[("word/document.xml", document(content).as_bytes())]), Limits::default()).1
    }

    fn texts<'e>(extracted: &'e Extracted<'_>) -> Vec<&'e str> {
        blocks(&extracted.document).into_iter().map(|(_, text)| text).collect()
    }

    fn place(table: &[(u32, u32, u32)], paragraph: u32, text_box: Option<u32>) -> Place {
        let table = table.iter().map(|&(table, row, column)| TablePlace { table, row, column }).collect();
        Place::Paragraph { part: 0, paragraph, table, text_box, note: None }
    }

    #[test]
    fn runs_join_and_marks_become_characters() {
        let extracted = body(
            "<w:p><w:r><w:t>中华人</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>民</w:t></w:r>\
             <w:smartTag><w:hyperlink><w:r><w:t>共和&#x56FD;</w:t></w:r></w:hyperlink></w:smartTag></w:p>\
             <w:p><w:pPr><w:tabs><w:tab w:val='left'/></w:tabs></w:pPr><w:r><w:t>甲</w:t><w:tab/><w:t>乙</w:t><w:br w:type='page'/>\
             <w:t>A</w:t><w:noBreakHyphen/><w:t>B&amp;C</w:t><w:softHyphen/><w:t><![CDATA[<丙>]]></w:t><w:sym w:char='F0FC'/></w:r></w:p>",
        );
        assert_eq!(texts(&extracted), ["中华人民共和国", "甲\t乙\nA-B&C\u{AD}<丙>"]);
        assert_eq!(extracted.notices, []);
        let block = &extracted.document.blocks[0];
        let all = extracted.document.map.origins(block.span);
        assert_eq!(all.len(), 3, "one for each stretch between tags: {all:?}");
    }

    #[test]
    fn tracked_changes_fields_ruby_and_hidden_text() {
        let extracted = body(
            "<w:p><w:del><w:r><w:delText>旧</w:delText><w:t>旧</w:t></w:r></w:del><w:ins><w:r><w:t>新</w:t></w:r></w:ins>\
             <w:moveFrom><w:r><w:t>走</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>来</w:t></w:r></w:moveTo></w:p>\
             <w:p><w:r><w:fldChar w:fldCharType='begin'/><w:instrText>PAGE</w:instrText><w:fldChar w:fldCharType='separate'/></w:r>\
             <w:r><w:t>第3页</w:t></w:r><w:fldSimple w:instr='X'><w:r><w:t>结果</w:t></w:r></w:fldSimple></w:p>\
             <w:p><w:r><w:ruby><w:rt><w:r><w:t>zhōng</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>中</w:t></w:r></w:rubyBase></w:ruby></w:r></w:p>\
             <w:p><w:pPr><w:rPr><w:vanish/><w:del/></w:rPr></w:pPr><w:r><w:rPr><w:vanish/></w:rPr><w:t>隐</w:t></w:r>\
             <w:r><w:rPr><w:vanish w:val='0'/><w:rPrChange><w:rPr><w:vanish/></w:rPr></w:rPrChange></w:rPr><w:t>显</w:t></w:r></w:p>\
             <w:sdt><w:sdtPr><w:alias w:val='别名'/></w:sdtPr><w:sdtContent><w:p><w:r><w:t>控件</w:t></w:r></w:p></w:sdtContent></w:sdt>",
        );
        assert_eq!(texts(&extracted), ["新来", "第3页结果", "中", "显", "控件"]);
        let notices: Vec<_> = extracted.notices.iter().map(|notice| (notice.level, notice.code)).collect();
        assert_eq!(notices, [(Level::Warning, Code::Skipped)]);
    }

    #[test]
    fn nested_tables_and_merged_columns() {
        let inner = format!("<w:tbl><w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr></w:tbl>", p(""), p("内"));
        let extracted = body(&format!(
            "{}<w:tbl><w:tr><w:trPr><w:gridBefore w:val='1'/></w:trPr><w:tc><w:tcPr><w:gridSpan w:val='2'/></w:tcPr>{}</w:tc>\
             <w:tc>{}{}</w:tc></w:tr><w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr>{}</w:tc><w:tc>{inner}{}</w:tc></w:tr></w:tbl>\
             <w:p/>{}<w:tbl><w:tr><w:tc>{}</w:tc></w:tr></w:tbl>",
            p("前"),
            p("一二"),
            p("三"),
            p("四"),
            p(""),
            p("五"),
            p("后"),
            p("又")
        ));
        let expected = [
            ("前", place(&[], 1, None), None),
            ("一二", place(&[(1, 1, 2)], 1, None), Some((0, 0, 1))),
            ("三", place(&[(1, 1, 4)], 1, None), Some((0, 0, 3))),
            ("四", place(&[(1, 1, 4)], 2, None), Some((0, 0, 3))),
            ("内", place(&[(1, 2, 2), (1, 1, 2)], 1, None), Some((1, 0, 1))),
            ("五", place(&[(1, 2, 2)], 1, None), Some((0, 1, 1))),
            ("后", place(&[], 3, None), None),
            ("又", place(&[(2, 1, 1)], 1, None), Some((2, 0, 0))),
        ];
        assert_eq!(texts(&extracted), expected.iter().map(|(text, ..)| *text).collect::<Vec<_>>());
        for (block, (text, place, cell)) in extracted.document.blocks.iter().zip(expected) {
            assert_eq!(block.place, place, "{text}");
            assert_eq!(block.cell.map(|cell| (cell.table, cell.row, cell.column)), cell, "{text}");
            assert_eq!(block.scope, if cell.is_some() { Scope::Cell } else { Scope::Body });
        }
    }

    #[test]
    fn text_boxes_follow_their_paragraph_and_count_once() {
        let content = |text: &str| format!("<w:txbxContent>{}{}</w:txbxContent>", p(text), p("框二"));
        let nested = format!(
            "<w:txbxContent><w:p><w:r><w:t>外</w:t></w:r>{}<w:r><w:t>框</w:t></w:r></w:p></w:txbxContent>",
            content("内框")
        );
        let extracted = body(&format!(
            "<w:p><w:r><w:t>锚</w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires='wps'>\
             <w:drawing><wp:docPr id='1' name='图 1' descr='公&#x7AE0;'/>{}</w:drawing></mc:Choice>\
             <mc:Fallback><w:pict>{}</w:pict></mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>点</w:t></w:r></w:p>\
             <w:p><w:r><w:pict><v:shape><v:textpath string='内部资料'/>{nested}</v:shape></w:pict></w:r></w:p>",
            content("框一"),
            content("框一")
        ));
        let expected = [
            (Scope::Body, "锚点", place(&[], 1, None)),
            (Scope::Alt, "公章", place(&[], 1, None)),
            (Scope::Body, "框一", place(&[], 1, Some(1))),
            (Scope::Body, "框二", place(&[], 2, Some(1))),
            (Scope::Body, "内部资料", place(&[], 2, None)),
            (Scope::Body, "外框", place(&[], 1, Some(2))),
            (Scope::Body, "内框", place(&[], 1, Some(3))),
            (Scope::Body, "框二", place(&[], 2, Some(3))),
        ];
        let found: Vec<_> = extracted
            .document
            .blocks
            .iter()
            .zip(texts(&extracted))
            .map(|(block, text)| (block.scope, text, block.place.clone()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn parts_styles_and_properties() {
        let notes = "<w:footnote w:type='separator' w:id='-1'><w:p><w:r><w:t>——</w:t></w:r></w:p></w:footnote>\
            <w:footnote w:id='2'><w:p><w:r><w:t>脚注</w:t></w:r></w:p></w:footnote>";
        let styles = "<w:style w:styleId='1'><w:name w:val='heading 1'/></w:style><w:style w:styleId='a'><w:name w:val='我的'/><w:basedOn w:val='1'/></w:style>\
            <w:style w:styleId='b'><w:name w:val='TOC Heading'/><w:basedOn w:val='1'/><w:pPr><w:outlineLvl w:val='9'/></w:pPr></w:style>\
            <w:style w:styleId='c'><w:name w:val='caption'/></w:style><w:style w:styleId='h'><w:name w:val='批'/><w:rPr><w:vanish/></w:rPr></w:style>\
            <w:style w:styleId='x'><w:basedOn w:val='x'/></w:style>";
        let styled = |style: &str, text: &str| {
            format!("<w:p><w:pPr><w:pStyle w:val='{style}'/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")
        };
        let main = document(&format!(
            "{}{}{}{}{}{}<w:p><w:pPr><w:outlineLvl w:val='0'/></w:pPr><w:r><w:t>级</w:t></w:r></w:p><w:p><w:r><w:rPr><w:rStyle w:val='h'/></w:rPr><w:t>隐</w:t></w:r></w:p>",
            styled("1", "一"),
            styled("a", "二"),
            styled("b", "目录"),
            styled("c", "图1"),
            styled("Title", "题"),
            styled("x", "圈")
        ));
        let core = "<cp:coreProperties xmlns:cp='http://schemas.openxmlformats.org/package/2006/metadata/core-properties' \
            xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:dcterms='http://purl.org/dc/terms/'><dc:title>关于&lt;通知&gt;</dc:title>\
            <dc:subject/><cp:keywords>公开</cp:keywords><dc:creator>某人</dc:creator><dcterms:created>2013-12-23T08:00:00Z</dcterms:created><dcterms:modified>2021-11-01T08:00:00Z</dcterms:modified></cp:coreProperties>";
        let bytes = package(&[
            ("_rels/.rels", relationships(&[("a", "officeDocument", "word/document2.xml"), ("b", "core-properties", "docProps/core.xml")]).as_bytes()),
            ("docProps/core.xml", core.as_bytes()),
            ("Word/Document2.xml", main.as_bytes()),
            ("word/_rels/document2.xml.rels", relationships(&[
                ("1", "header", "header10.xml"), ("2", "header", "header2.xml"), ("3", "footer", "footer1.xml"), ("4", "footnotes", "footnotes.xml"),
                ("5", "comments", "/word/comments.xml"), ("6", "styles", "styles.xml"), ("7", "glossaryDocument", "glossary/document.xml"), ("8", "chart", "charts/chart1.xml"),
            ]).as_bytes()),
            ("word/header10.xml", part("hdr", &p("页眉十")).as_bytes()),
            ("word/header2.xml", part("hdr", &p("页眉二")).as_bytes()),
            ("word/footer1.xml", part("ftr", &p("页脚")).as_bytes()),
            ("word/footnotes.xml", part("footnotes", notes).as_bytes()),
            ("word/comments.xml", part("comments", &format!("<w:comment w:id='0'>{}</w:comment><w:comment w:id='7'>{}</w:comment>", p("批注"), p("再批"))).as_bytes()),
            ("word/styles.xml", part("styles", styles).as_bytes()),
            ("word/glossary/document.xml", document(&p("构建基块")).as_bytes()),
            ("word/charts/chart1.xml", b"<c:chart xmlns:c='http://schemas.openxmlformats.org/drawingml/2006/chart' xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main'><a:p><a:r><a:t>\xE5\x9B\xBE</a:t></a:r><a:r><a:t>\xE8\xA1\xA8</a:t></a:r></a:p><c:strCache><c:pt><c:v>\xE7\xB1\xBB</c:v></c:pt></c:strCache><c:numCache><c:pt><c:v>1</c:v></c:pt></c:numCache></c:chart>"),
        ]);
        let source = Source::new("a.docx", bytes);
        let extracted = Docx.extract(&source, &ExtractOptions::default());
        let expected = [
            (Scope::Title, "关于<通知>"),
            (Scope::Meta, "公开"),
            (Scope::Heading, "一"),
            (Scope::Heading, "二"),
            (Scope::Body, "目录"),
            (Scope::Caption, "图1"),
            (Scope::Heading, "题"),
            (Scope::Body, "圈"),
            (Scope::Heading, "级"),
            (Scope::Header, "页眉二"),
            (Scope::Header, "页眉十"),
            (Scope::Footer, "页脚"),
            (Scope::Footnote, "脚注"),
            (Scope::Comment, "批注"),
            (Scope::Comment, "再批"),
            (Scope::Body, "图表"),
            (Scope::Body, "类"),
        ];
        assert_eq!(blocks(&extracted.document), expected);
        let notes: Vec<_> = extracted
            .document
            .blocks
            .iter()
            .filter_map(|block| match block.place {
                Place::Paragraph { note: Some(note), paragraph, .. } => Some((note, paragraph)),
                _ => None,
            })
            .collect();
        assert_eq!(notes, [(2, 1), (0, 1), (7, 1)]);
        assert_eq!(codes(&extracted), [Code::Skipped]);
        let metadata = &extracted.document.metadata;
        assert_eq!(metadata.title.as_deref(), Some("关于<通知>"));
        let saved = metadata.saved.as_ref().unwrap();
        assert_eq!((&*saved.date, &*saved.from), ("2021-11-01", "docx dcterms:modified"));
    }

    #[test]
    fn strict_names_other_prefixes_and_other_encodings() {
        let xml = "<x:document xmlns:x='http://purl.oclc.org/ooxml/wordprocessingml/main'><x:body><x:p><x:r><x:t>部署</x:t></x:r></x:p></x:body></x:document>";
        let utf16: Vec<u8> = [0xFEFF].into_iter().chain(xml.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        for bytes in [xml.as_bytes(), &utf16] {
            let (_, extracted) = read(package(&[("word/document.xml", bytes)]), Limits::default());
            assert_eq!((texts(&extracted), codes(&extracted)), (vec!["部署"], vec![]));
        }
    }

    #[test]
    fn damage_is_said_and_what_stood_before_is_kept() {
        let whole = package(&[("word/document.xml", document(&p("正文")).as_bytes())]);
        let broken = document(&format!("{}<w:p><w:r><w:t>半句", p("正文")));
        let cut = broken.find("</w:body>").unwrap();
        let laughs = format!("<!DOCTYPE d [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]>{}", &document(&p("哈&b;"))[38..]);
        for (name, bytes, expected, code) in [
            ("truncated", whole[..whole.len() / 2].to_vec(), &[][..], Code::Corrupt),
            ("no main part", package(&[("word/x.xml", b"<a/>")]), &[], Code::Corrupt),
            ("another root", package(&[("word/document.xml", b"<html>x</html>")]), &[], Code::Corrupt),
            (
                "XML cut off",
                package(&[("word/document.xml", &broken.as_bytes()[..cut])]),
                &["正文", "半句"],
                Code::Corrupt,
            ),
            ("entities", package(&[("word/document.xml", laughs.as_bytes())]), &["哈"], Code::Corrupt),
        ] {
            let (_, extracted) = read(bytes, Limits::default());
            assert_eq!(texts(&extracted), expected, "{name}");
            assert!(
                extracted.notices.iter().any(|notice| notice.level == Level::Error && notice.code == code),
                "{name}: {:?}",
                extracted.notices
            );
        }
    }

    #[test]
    fn embedded_files_are_sources_of_their_own() {
        let main = document(&format!("{}<w:altChunk r:id='1'/>", p("正文")));
        let related = relationships(&[
            ("1", "aFChunk", "chunk.html"),
            ("2", "package", "embeddings/book.xlsx"),
            ("3", "oleObject", "embeddings/o.bin"),
            ("4", "image", "media/a.png"),
            ("5", "chart", "charts/chart1.xml"),
            ("6", "package", "embeddings/missing.docx"),
        ]);
        let chart = relationships(&[("1", "package", "../embeddings/data.xlsx")]);
        let bytes = package(&[
            ("word/document.xml", main.as_bytes()),
            ("word/_rels/document.xml.rels", related.as_bytes()),
            ("word/chunk.html", "<p>布署".as_bytes()),
            ("word/embeddings/book.xlsx", b"a"),
            ("word/embeddings/o.bin", b"b"),
            ("word/media/a.png", b"c"),
            ("word/charts/chart1.xml", b"<c:chart xmlns:c='http://schemas.openxmlformats.org/drawingml/2006/chart'/>"),
            ("word/charts/_rels/chart1.xml.rels", chart.as_bytes()),
            ("word/embeddings/data.xlsx", b"d"),
        ]);
        let source = Source::new("a.docx", bytes);
        let names = |pictures| {
            let extracted = Docx.extract(&source, &ExtractOptions { pictures, ..ExtractOptions::default() });
            assert_eq!(codes(&extracted), [Code::Corrupt], "one part is missing");
            extracted
                .inner
                .into_iter()
                .map(|one| one.name.trim_start_matches("a.docx!word/").to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(false), ["chunk.html", "embeddings/book.xlsx", "embeddings/o.bin"]);
        assert_eq!(names(true), ["chunk.html", "embeddings/book.xlsx", "embeddings/o.bin", "media/a.png"]);
    }

    #[test]
    fn a_word_cut_by_a_field_and_what_describes_a_table() {
        let extracted = body(
            "<w:p><w:r><w:t>认真布</w:t></w:r><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>REF x</w:instrText></w:r>\
             <w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>署工作</w:t></w:r><w:r><w:fldChar w:fldCharType='end'/></w:r></w:p>\
             <w:tbl><w:tblPr><w:tblCaption w:val='说明'/></w:tblPr><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>",
        );
        assert_eq!(texts(&extracted), ["认真布署工作", "说明"]);
    }

    #[test]
    fn limits_end_in_a_notice_that_names_them() {
        let deep = document(&format!("{}{}{}", "<w:sdt>".repeat(600), p("深"), "</w:sdt>".repeat(600)));
        let (_, extracted) = read(package(&[("word/document.xml", deep.as_bytes())]), Limits::default());
        assert!(extracted.notices[0].code == Code::Limit && extracted.notices[0].message.contains("xml-depth"));
        let bytes = package(&[("word/document.xml", document(&p("正文")).as_bytes())]);
        let (_, extracted) = read(bytes.clone(), Limits { entry_size: 100, ..Limits::default() });
        assert!(extracted.notices[0].code == Code::Limit && extracted.notices[0].message.contains("entry-size"));
        let (_, extracted) = read(bytes, Limits { archive_entries: 0, ..Limits::default() });
        assert!(extracted.notices[0].code == Code::Limit && extracted.notices[0].message.contains("archive-entries"));
    }

    proptest! {
        /// Whatever the nesting, nothing panics and every character has its place.
        #[test]
        fn any_nesting_is_read(tags in prop::collection::vec((0usize..14, any::<bool>()), 0..80)) {
            const NAMES: [&str; 14] = ["p", "r", "t", "tbl", "tr", "tc", "txbxContent", "del", "br", "rPr", "vanish", "footnote", "sdt", "pPr"];
            let mut xml = String::new();
            let mut open: Vec<&str> = Vec::new();
            for (which, close) in tags {
                match open.last() {
                    Some(name) if close => {
                        xml.push_str(&format!("</w:{name}>"));
                        open.pop();
                    }
                    _ => {
                        xml.push_str(&format!("<w:{}>字&amp;", NAMES[which]));
                        open.push(NAMES[which]);
                    }
                }
            }
            while let Some(name) = open.pop() {
                xml.push_str(&format!("</w:{name}>"));
            }
            let (_, extracted) = read(package(&[("word/document.xml", document(&xml).as_bytes())]), Limits::default());
            prop_assert!(extracted.notices.iter().all(|notice| notice.code == Code::Skipped));
        }

        #[test]
        fn no_bytes_panic(at in 0usize..1000, byte in any::<u8>()) {
            let mut bytes = package(&[("word/document.xml", document(&p("正文")).as_bytes())]);
            let at = at % bytes.len();
            bytes[at] = byte;
            let source = Source::new("a.docx", bytes);
            let extracted = Docx.extract(&source, &ExtractOptions::default());
            prop_assert!(!extracted.notices.is_empty() || texts(&extracted) == ["正文"]);
        }
    }
}
