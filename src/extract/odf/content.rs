//! The content of OpenDocument parts: text (ISO/IEC 26300-1 §5 to §7), tables (§9) and shapes (§10).

use super::{Body, Session};
use crate::document::{Backdrop, CellIndex, Place, Scope, Span, TablePlace};
use crate::extract::ooxml::{Element, Node, Ns, Piece, Xml, is_blank, joined, push};
use crate::source::Code;

/// Places that are given of one text that a sheet repeats from cell to cell.
pub(super) const COPIES: u32 = 1000;

/// Blanks that elements may ask for in one document; beyond them, each element is one. No text needs so many.
const BLANKS: u32 = 1 << 20;

/// What a part is to its document.
#[derive(Debug, Clone, Copy)]
pub(super) enum Base {
    /// `content.xml`.
    Document,
    /// `styles.xml`: only what its master pages show is text.
    Masters,
    /// An embedded object.
    Object(Spot),
}

/// What paragraphs are counted in and named after.
#[derive(Debug, Clone, Copy)]
pub(super) enum Spot {
    /// Running text.
    Flow,
    /// A slide, or a shape on it.
    Slide { slide: u32, on: Option<Backdrop>, shape: Option<u16> },
    /// A sheet as a whole.
    Sheet(u16),
    /// A cell of a sheet.
    Cell { sheet: u16, row: u32, column: u32 },
}

/// What the end of an element means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    Other,
    Body,
    /// A paragraph, or an element that holds text without one.
    Paragraph,
    /// Inside a paragraph, and text as it is.
    Inline,
    /// Something with a context of its own.
    Context,
    Table,
    Row,
    Cell,
}

/// Where the paragraphs to come belong.
#[derive(Debug, Clone)]
struct Context {
    spot: Spot,
    scope: Scope,
    paragraphs: u32,
    tables: u32,
    table: Vec<TablePlace>,
    cell: Option<CellIndex>,
    /// In a shape, which is given a number when it turns out to hold text.
    boxed: bool,
    /// Paragraphs and tables are counted on from what surrounds it, and after it.
    flows: bool,
    text_box: Option<u32>,
    note: Option<u32>,
    /// All paragraphs belong to this block: a cell of a sheet is one.
    slot: Option<usize>,
    /// Paragraphs are not read: the cell is a number.
    mute: bool,
}

impl Context {
    fn new(spot: Spot, scope: Scope) -> Self {
        Context {
            spot,
            scope,
            paragraphs: 0,
            tables: 0,
            table: Vec::new(),
            cell: None,
            boxed: false,
            flows: false,
            text_box: None,
            note: None,
            slot: None,
            mute: false,
        }
    }
}

/// An open table. Rows and columns are counted from 1.
#[derive(Debug)]
struct Table {
    /// Index of the sheet's name, if it is a sheet.
    sheet: Option<u16>,
    /// Among the tables of its context, from 1.
    number: u32,
    /// Among the tables of the document, from 0.
    index: u32,
    row: u32,
    /// Rows that the current row stands for.
    rows: u32,
    column: u32,
    /// Columns that the current cell stands for.
    columns: u32,
    /// The cell is not text: what it shows counts only if there are words in it.
    number_cell: bool,
}

/// A block to be.
#[derive(Debug)]
struct Pending {
    scope: Scope,
    place: Place,
    cell: Option<CellIndex>,
    /// Columns of the sheet that have it.
    columns: u32,
    pieces: Vec<Piece>,
}

/// An open paragraph.
#[derive(Debug)]
struct Paragraph {
    /// Its block, in [`Walk::queue`]; `None` if it is not read.
    slot: Option<usize>,
    /// White space to come adds nothing: it stands at the beginning or after a blank.
    blank: bool,
}

/// One part being read. Nesting is kept in stacks, so its depth costs no call stack.
pub(super) struct Walk<'a, 's> {
    session: &'a mut Session<'s>,
    /// Decoded text of the part.
    source: &'a str,
    part: u16,
    base: Base,
    body: Option<Body>,
    frames: Vec<Frame>,
    contexts: Vec<Context>,
    tables: Vec<Table>,
    /// Open paragraphs. There is more than one only where a note or shape hangs on one.
    paragraphs: Vec<Paragraph>,
    /// Blocks of the outermost open paragraph, or of the open row of a sheet, in the order of their beginnings: a block is
    /// never interrupted, so what is met inside comes after.
    queue: Vec<Pending>,
    slide: u32,
    sheets: u16,
    /// Shapes of the slide.
    shapes: u32,
    text_boxes: u32,
    notes: u32,
    comments: u32,
    /// A limit was reached: the rest is not read.
    stopped: bool,
}

impl<'a, 's> Walk<'a, 's> {
    pub(super) fn new(session: &'a mut Session<'s>, source: &'a str, part: u16, base: Base) -> Self {
        let (spot, body) = match base {
            Base::Document => (Spot::Flow, None),
            Base::Masters => (Spot::Flow, session.kind),
            Base::Object(spot) => (spot, None),
        };
        Walk {
            session,
            source,
            part,
            base,
            body,
            frames: Vec::new(),
            contexts: vec![Context::new(spot, Scope::Body)],
            tables: Vec::new(),
            paragraphs: Vec::new(),
            queue: Vec::new(),
            slide: 0,
            sheets: 0,
            shapes: 0,
            text_boxes: 0,
            notes: 0,
            comments: 0,
            stopped: false,
        }
    }

    /// Whether the part is no document that could be read. Formulas are embedded without a body; their text is none.
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self.base, Base::Document) && self.body.is_none()
    }

    /// Reads to the end of the part.
    pub(super) fn read(&mut self, xml: &mut Xml<'_>) {
        while !self.stopped {
            match xml.next() {
                Node::Start(element) => match self.start(&element) {
                    Some(frame) => self.frames.push(frame),
                    None => xml.skip(),
                },
                Node::Text(piece) => self.text(piece),
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
        let parent = self.frames.last().copied().unwrap_or(Frame::Other);
        // What stands in a paragraph and is not known otherwise is marked text: spans, links, fields.
        let inside = if matches!(parent, Frame::Paragraph | Frame::Inline) { Frame::Inline } else { Frame::Other };
        Some(match element.ns {
            Ns::Text => return self.start_text(element, inside),
            Ns::Table => return self.start_table(element),
            Ns::Draw => return self.start_draw(element, inside),
            Ns::Office => match element.name {
                "body" => Frame::Body,
                "annotation" => {
                    self.comments = self.comments.saturating_add(1);
                    let note = Some(self.comments);
                    self.aside(|context| Context { note, ..Context::new(context.spot, Scope::Comment) })
                }
                "scripts" | "settings" | "forms" | "font-face-decls" | "automatic-styles" | "styles" | "meta"
                | "event-listeners" => return None,
                name if parent == Frame::Body => {
                    self.body = match name {
                        "text" => Some(Body::Text),
                        "spreadsheet" => Some(Body::Sheets),
                        "presentation" | "drawing" => Some(Body::Slides),
                        "chart" => Some(Body::Chart),
                        _ => return None,
                    };
                    if matches!(self.base, Base::Document) {
                        self.session.kind = self.body;
                    }
                    Frame::Other
                }
                _ => Frame::Other,
            },
            Ns::Presentation => match element.name {
                "notes" if matches!(self.base, Base::Document) => {
                    let slide = self.slide;
                    self.shapes = 0;
                    let spot = Spot::Slide { slide, on: Some(Backdrop::Notes), shape: None };
                    self.aside(|_| Context::new(spot, Scope::Body))
                }
                // What stands at the foot of many slides, written once.
                "header-decl" => self.direct(Scope::Header, true),
                "footer-decl" => self.direct(Scope::Footer, true),
                "notes" | "date-time-decl" | "settings" => return None,
                _ => inside,
            },
            Ns::Svg if matches!(element.name, "title" | "desc") => self.direct(Scope::Alt, false),
            Ns::Style => return self.start_style(element),
            _ => Frame::Other,
        })
    }

    fn start_text(&mut self, element: &Element<'_>, inside: Frame) -> Option<Frame> {
        Some(match element.name {
            "p" | "h" => self.open_paragraph(element),
            "s" => {
                let count = element.number("c").unwrap_or(1).max(1);
                let left = BLANKS.saturating_sub(self.session.blanks);
                let count = count.min(left.max(1));
                self.session.blanks = self.session.blanks.saturating_add(count);
                for _ in 0..count {
                    self.means(element, ' ');
                }
                Frame::Other
            }
            "tab" => self.means(element, '\t'),
            "line-break" => self.means(element, '\n'),
            "note-body" => {
                self.notes = self.notes.saturating_add(1);
                let note = Some(self.notes);
                self.aside(|context| Context { note, ..Context::new(context.spot, Scope::Footnote) })
            }
            // Deleted, readings above the text, numbers that the program computes, templates for indexes, names of sheets.
            "tracked-changes" | "ruby-text" | "note-citation" | "number" | "sheet-name" | "script" | "hidden-text" => {
                return None;
            }
            "variable-decls" | "sequence-decls" | "user-field-decls" => return None,
            // Repeats a property; in what programs put into headers unasked it is a row of question marks.
            "title" | "subject" | "file-name" if matches!(self.base, Base::Masters) => return None,
            name if name.ends_with("-source") => return None,
            _ => inside,
        })
    }

    fn start_draw(&mut self, element: &Element<'_>, inside: Frame) -> Option<Frame> {
        Some(match element.name {
            "page" if self.body == Some(Body::Slides) => {
                self.slide = self.slide.saturating_add(1);
                self.shapes = 0;
                let slide = self.slide;
                if let Some(master) = element.value("master-page-name")
                    && !self.session.masters.contains_key(&*master)
                {
                    self.session.masters.insert(master.into_owned(), slide);
                }
                self.aside(|_| Context::new(Spot::Slide { slide, on: None, shape: None }, Scope::Body))
            }
            "frame" | "custom-shape" | "rect" | "line" | "polyline" | "polygon" | "regular-polygon" | "path"
            | "circle" | "ellipse" | "connector" | "caption" | "measure" | "g" | "control" => {
                return self.open_shape(element);
            }
            "object" => {
                self.object(element);
                Frame::Other
            }
            "object-ole" => {
                self.session.embedded = true;
                Frame::Other
            }
            "page-thumbnail" | "layer-set" | "enhanced-geometry" => return None,
            "a" => inside,
            _ => Frame::Other,
        })
    }

    fn start_table(&mut self, element: &Element<'_>) -> Option<Frame> {
        Some(match element.name {
            "table" => return self.open_table(element),
            "table-row" => {
                if let Some(table) = self.tables.last_mut() {
                    table.row = table.row.saturating_add(table.rows);
                    table.rows = element.number("number-rows-repeated").unwrap_or(1).max(1);
                    (table.column, table.columns) = (1, 0);
                }
                Frame::Row
            }
            "table-cell" | "covered-table-cell" if !self.tables.is_empty() => self.open_cell(element),
            "shapes" => self.aside(|context| Context::new(whole(context.spot), Scope::Body)),
            "title" | "desc" => self.direct(Scope::Alt, false),
            // Nothing in them is shown on the sheet.
            "tracked-changes"
            | "content-validations"
            | "named-expressions"
            | "database-ranges"
            | "data-pilot-tables"
            | "calculation-settings"
            | "label-ranges"
            | "dde-links"
            | "detective"
            | "scenario" => return None,
            _ => Frame::Other,
        })
    }

    fn start_style(&mut self, element: &Element<'_>) -> Option<Frame> {
        Some(match element.name {
            "master-page" => {
                let name = element.value("name").unwrap_or_default();
                let session = &self.session;
                let spot = match self.body {
                    Some(Body::Slides) => {
                        Spot::Slide { slide: *session.masters.get(&*name)?, on: Some(Backdrop::Master), shape: None }
                    }
                    // Programs store masters that no sheet uses, with headers that nobody wrote.
                    Some(Body::Sheets) => {
                        if !session.pages.contains(&*name) && (name != "Default" || !session.pages.is_empty()) {
                            return None;
                        }
                        Spot::Flow
                    }
                    _ => Spot::Flow,
                };
                self.shapes = 0;
                self.aside(|context| Context { spot, flows: true, ..context.clone() })
            }
            "header" | "header-left" | "header-first" | "footer" | "footer-left" | "footer-first" => {
                if element.raw("display") == Some("false") {
                    return None;
                }
                let scope = if element.name.starts_with('h') { Scope::Header } else { Scope::Footer };
                self.aside(|context| Context { scope, flows: true, ..context.clone() })
            }
            "handout-master" => return None,
            _ => Frame::Other,
        })
    }

    fn end(&mut self) {
        match self.frames.pop() {
            Some(Frame::Paragraph) => {
                self.paragraphs.pop();
                self.flush();
            }
            Some(Frame::Context) => {
                // Headers, footers and the master pages that have them are counted through the part.
                if let (Some(inner), Some(outer)) = (self.contexts.pop(), self.contexts.last_mut())
                    && inner.flows
                {
                    (outer.paragraphs, outer.tables) = (inner.paragraphs, inner.tables);
                }
            }
            Some(Frame::Table) => _ = self.tables.pop(),
            Some(Frame::Row) => self.close_row(),
            Some(Frame::Cell) => self.close_cell(),
            _ => {}
        }
    }

    /// Opens a context made from the current one.
    fn aside(&mut self, make: impl FnOnce(&Context) -> Context) -> Frame {
        let context = match self.contexts.last() {
            Some(context) => make(context),
            None => make(&Context::new(Spot::Flow, Scope::Body)),
        };
        self.contexts.push(context);
        Frame::Context
    }

    fn text(&mut self, piece: Piece) {
        if !matches!(self.frames.last(), Some(Frame::Paragraph | Frame::Inline)) {
            return;
        }
        let Some(paragraph) = self.paragraphs.last_mut() else { return };
        let Some(pending) = paragraph.slot.and_then(|slot| self.queue.get_mut(slot)) else { return };
        if let Some(character) = piece.means {
            let blank = is_space(character);
            if !(blank && paragraph.blank) {
                pending.pieces.push(if blank { Piece::meaning(piece.span, ' ') } else { piece });
            }
            paragraph.blank = blank;
            return;
        }
        // White space counts as one blank, and as none at the beginning (ISO/IEC 26300-1 §6.1.2).
        let mut at = piece.span.start;
        let mut rest = &self.source[piece.span.range()];
        while !rest.is_empty() {
            let spaces = rest.len() - rest.trim_start_matches(is_space).len();
            if spaces > 0 {
                if !paragraph.blank {
                    pending.pieces.push(Piece::meaning(Span::new(at, at + spaces), ' '));
                }
                paragraph.blank = true;
                (at, rest) = (at + spaces, &rest[spaces..]);
                continue;
            }
            let length = rest.find(is_space).unwrap_or(rest.len());
            pending.pieces.push(Piece { span: Span::new(at, at + length), means: None });
            paragraph.blank = false;
            (at, rest) = (at + length, &rest[length..]);
        }
    }

    /// An element that stands for a character.
    fn means(&mut self, element: &Element<'_>, character: char) -> Frame {
        if matches!(self.frames.last(), Some(Frame::Paragraph | Frame::Inline))
            && let Some(paragraph) = self.paragraphs.last_mut()
            && let Some(pending) = paragraph.slot.and_then(|slot| self.queue.get_mut(slot))
        {
            pending.pieces.push(Piece::meaning(element.span, character));
            paragraph.blank = false;
        }
        Frame::Other
    }

    fn place(&self, context: &Context, paragraph: u32) -> Place {
        match context.spot {
            Spot::Flow => Place::Paragraph {
                part: self.part,
                paragraph,
                table: context.table.clone(),
                text_box: context.text_box,
                note: context.note,
            },
            Spot::Slide { slide, on, shape } => {
                Place::Shape { slide, on, shape, paragraph, cell: context.table.last().copied() }
            }
            Spot::Sheet(sheet) => Place::Sheet { sheet },
            Spot::Cell { sheet, row, column } => Place::Cell { sheet, row, column },
        }
    }

    fn open_paragraph(&mut self, element: &Element<'_>) -> Frame {
        let Some(context) = self.contexts.last_mut() else { return Frame::Other };
        context.paragraphs = context.paragraphs.saturating_add(1);
        if context.boxed && context.text_box.is_none() {
            self.text_boxes = self.text_boxes.saturating_add(1);
            context.text_box = Some(self.text_boxes);
        }
        let (mute, slot, paragraph) = (context.mute, context.slot, context.paragraphs);
        let slot = match slot {
            _ if mute => None,
            Some(slot) => {
                if let Some(pending) = self.queue.get_mut(slot).filter(|pending| !pending.pieces.is_empty()) {
                    pending.pieces.push(Piece::meaning(element.span, '\n'));
                }
                Some(slot)
            }
            None => Some(self.pend(self.scope(element), paragraph)),
        };
        self.paragraphs.push(Paragraph { slot, blank: true });
        Frame::Paragraph
    }

    /// What the paragraph that `element` opens is.
    fn scope(&self, element: &Element<'_>) -> Scope {
        let Some(context) = self.contexts.last() else { return Scope::Body };
        match context.scope {
            Scope::Body if context.cell.is_some() => Scope::Cell,
            Scope::Body if matches!(context.spot, Spot::Flow) => {
                let style = element.value("style-name");
                match style.and_then(|name| self.session.styles.scope(&name)) {
                    Some(scope) => scope,
                    None if element.name == "h" => Scope::Heading,
                    None => Scope::Body,
                }
            }
            scope => scope,
        }
    }

    /// Puts a block into the queue; gives its place there.
    fn pend(&mut self, scope: Scope, paragraph: u32) -> usize {
        let context = self.contexts.last().cloned().unwrap_or_else(|| Context::new(Spot::Flow, Scope::Body));
        let place = self.place(&context, paragraph);
        self.queue.push(Pending { scope, place, cell: context.cell, columns: 1, pieces: Vec::new() });
        self.queue.len() - 1
    }

    /// An element that holds text without a paragraph. `master`: it belongs to slides yet to come.
    fn direct(&mut self, scope: Scope, master: bool) -> Frame {
        let paragraph = self.contexts.last().map_or(1, |context| context.paragraphs.max(1));
        let slot = self.pend(scope, paragraph);
        if master {
            let (slide, on) = (self.slide.max(1), Some(Backdrop::Master));
            self.queue[slot].place = Place::Shape { slide, on, shape: None, paragraph: 1, cell: None };
        }
        self.paragraphs.push(Paragraph { slot: Some(slot), blank: true });
        Frame::Paragraph
    }

    fn open_shape(&mut self, element: &Element<'_>) -> Option<Frame> {
        let class = element.raw("class");
        // What masters have in the places of titles and texts only says where to click.
        if matches!(self.base, Base::Masters) && (class.is_some() || element.raw("placeholder") == Some("true")) {
            return None;
        }
        let outer = self.contexts.last().cloned().unwrap_or_else(|| Context::new(Spot::Flow, Scope::Body));
        let mut scope = if outer.cell.is_some() { Scope::Body } else { outer.scope };
        let spot = match outer.spot {
            Spot::Slide { slide, on, shape } => {
                scope = match class {
                    Some("title") => Scope::Title,
                    Some("subtitle") => Scope::Heading,
                    Some("header") => Scope::Header,
                    Some("footer" | "date-time" | "page-number") => Scope::Footer,
                    _ => scope,
                };
                let name = joined(self.source, &element.pieces(self.source, "name"));
                let builder = &mut self.session.builder;
                let named = self.session.names.index(builder, &name);
                let shape = match named {
                    Some(_) => named,
                    None if element.name == "g" => shape,
                    None => {
                        self.shapes = self.shapes.saturating_add(1);
                        self.session.names.index(builder, &format!("#{}", self.shapes))
                    }
                };
                if named.is_some() && element.name != "g" {
                    self.shapes = self.shapes.saturating_add(1);
                }
                Spot::Slide { slide, on, shape }
            }
            spot => whole(spot),
        };
        self.contexts.push(Context { boxed: true, note: outer.note, ..Context::new(spot, scope) });
        Some(Frame::Context)
    }

    /// An embedded object, to be read after the rest.
    fn object(&mut self, element: &Element<'_>) {
        let Some(target) = element.value("href") else { return };
        let folder = target.trim_start_matches("./").trim_end_matches('/');
        // Others are stored elsewhere, and no text of this file.
        if folder.is_empty() || folder.contains(':') || folder.starts_with(['.', '/']) {
            return;
        }
        let limit = self.session.opc.limits.archive_entries;
        if self.session.objects.len() as u64 >= limit {
            let message =
                format!("嵌入对象超过上限 {limit} 个，没有读完。确认文件可信后可用 --limit archive-entries=… 放宽");
            self.session.opc.notices.error(Code::Limit, message);
        } else if self.session.seen.insert(folder.to_owned()) {
            let spot = self.contexts.last().map_or(Spot::Flow, |context| context.spot);
            self.session.objects.push((folder.to_owned(), Base::Object(spot)));
        }
    }

    fn open_table(&mut self, element: &Element<'_>) -> Option<Frame> {
        let mut sheet = None;
        if self.body == Some(Body::Sheets) && matches!(self.base, Base::Document) && self.tables.is_empty() {
            let limit = self.session.opc.limits.archive_entries.min(u64::from(u16::MAX) / 4);
            if u64::from(self.sheets) >= limit {
                let message =
                    format!("工作表超过上限 {limit} 个，没有读完。确认文件可信后可用 --limit archive-entries=… 放宽");
                self.session.opc.notices.error(Code::Limit, message);
                self.stopped = true;
                return None;
            }
            self.sheets += 1;
            let pieces = element.pieces(self.source, "name");
            let index = self.session.builder.add_name(&joined(self.source, &pieces));
            sheet = Some(index);
            let place = Place::Sheet { sheet: index };
            self.block(Scope::SheetName, place, None, &pieces);
        }
        let index = self.session.tables;
        self.session.tables = index.saturating_add(1);
        let number = self.contexts.last_mut().map_or(1, |context| {
            context.tables = context.tables.saturating_add(1);
            context.tables
        });
        // Before the first row and cell.
        let (row, rows, column, columns) = (1, 0, 1, 0);
        self.tables.push(Table { sheet, number, index, row, rows, column, columns, number_cell: false });
        if let Some(sheet) = sheet {
            // The table itself is left by the frame; what it holds besides cells belongs to the sheet.
            self.contexts[0].spot = Spot::Sheet(sheet);
        }
        Some(Frame::Table)
    }

    fn open_cell(&mut self, element: &Element<'_>) -> Frame {
        let outer = self.contexts.last().cloned().unwrap_or_else(|| Context::new(Spot::Flow, Scope::Body));
        let Some(table) = self.tables.last_mut() else { return Frame::Other };
        table.column = table.column.saturating_add(table.columns);
        table.columns = element.number("number-columns-repeated").unwrap_or(1).max(1);
        let is_number = element.raw("value-type").is_some_and(|kind| kind != "string");
        table.number_cell = is_number;
        // A cell may come before any row in a damaged table.
        let (row, column) = (table.row.max(1), table.column);
        let (sheet, columns) = (table.sheet, table.columns);
        let index = CellIndex { table: table.index, row: row - 1, column: column.max(1) - 1 };
        let step = TablePlace { table: table.number, row, column };
        let mut context = Context { paragraphs: 0, tables: 0, cell: Some(index), ..outer };
        match sheet {
            Some(sheet) => {
                context = Context { cell: Some(index), ..Context::new(Spot::Cell { sheet, row, column }, Scope::Body) };
                let long = element.raw("value").is_some_and(is_long_number);
                let pieces = if long { element.pieces(self.source, "value") } else { Vec::new() };
                let place = Place::Cell { sheet, row, column };
                context.slot = Some(self.queue.len());
                context.mute = long;
                self.queue.push(Pending { scope: Scope::Cell, place, cell: context.cell, columns, pieces });
            }
            None => {
                // Every block repeats the path; tables nested deeper than anybody does are placed by the outer ones.
                if context.table.len() < 8 {
                    context.table.push(step);
                }
                // The values of a chart.
                context.mute |= self.body == Some(Body::Chart) && is_number;
            }
        }
        self.contexts.push(context);
        Frame::Cell
    }

    fn close_cell(&mut self) {
        let context = self.contexts.pop();
        let Some(table) = self.tables.last() else { return };
        let Some(context) = context.filter(|_| table.sheet.is_some()) else { return };
        let Some(slot) = context.slot else { return };
        let Some(pending) = self.queue.get_mut(slot) else { return };
        if table.number_cell && !context.mute {
            let words = |piece: &Piece| match piece.means {
                None => self.source[piece.span.range()].chars().any(is_word),
                Some(character) => is_word(character),
            };
            if !pending.pieces.iter().any(words) {
                pending.pieces.clear();
            }
        }
        // Empty cells are many.
        if pending.pieces.is_empty() && slot + 1 == self.queue.len() {
            self.queue.pop();
        }
    }

    /// Ends a row: a row of a sheet stands for as many as it says.
    fn close_row(&mut self) {
        let Some(table) = self.tables.last().filter(|table| table.sheet.is_some()) else { return };
        let rows = table.rows.max(1);
        let mut queue = std::mem::take(&mut self.queue);
        let limit = self.session.opc.limits.cells;
        queue.retain(|pending| !is_blank(self.source, &pending.pieces));
        for pending in &queue {
            if pending.scope == Scope::Cell {
                let copies = u64::from(rows) * u64::from(pending.columns);
                self.session.cells = self.session.cells.saturating_add(copies);
                self.session.repeated |= copies > u64::from(COPIES);
            }
        }
        let over = self.session.cells > limit;
        let shown = rows.min(COPIES);
        for copy in 0..shown {
            for pending in &queue {
                let cell = pending.scope == Scope::Cell;
                // Comments and shapes are there once.
                if !cell && copy > 0 {
                    continue;
                }
                let columns = if cell { pending.columns.min((COPIES / shown).max(1)) } else { 1 };
                for column in 0..columns {
                    self.copy(pending, copy, column);
                }
            }
            // A row that goes beyond the limit is read once.
            if over {
                break;
            }
        }
        queue.clear();
        self.queue = queue;
        if over {
            let message = format!("单元格超过上限 {limit} 个，没有读完。确认文件可信后可用 --limit cells=… 放宽");
            self.session.opc.notices.error(Code::Limit, message);
            self.stopped = true;
        }
    }

    /// Adds a block as often as rows and columns repeat it.
    fn copy(&mut self, pending: &Pending, rows: u32, columns: u32) {
        let mut place = pending.place.clone();
        let mut cell = pending.cell;
        if let (Place::Cell { row, column, .. }, Scope::Cell) = (&mut place, pending.scope) {
            *row = row.saturating_add(rows);
            *column = column.saturating_add(columns);
            if let Some(cell) = &mut cell {
                cell.row = cell.row.saturating_add(rows);
                cell.column = cell.column.saturating_add(columns);
            }
        }
        self.block(pending.scope, place, cell, &pending.pieces);
    }

    /// Hands over what is complete.
    fn flush(&mut self) {
        let in_sheet_row = self.tables.first().is_some_and(|table| table.sheet.is_some() && table.rows > 0);
        if !self.paragraphs.is_empty() || in_sheet_row && self.frames.contains(&Frame::Row) {
            return;
        }
        let mut queue = std::mem::take(&mut self.queue);
        for pending in queue.drain(..) {
            self.block(pending.scope, pending.place, pending.cell, &pending.pieces);
        }
        self.queue = queue;
    }

    fn block(&mut self, scope: Scope, place: Place, cell: Option<CellIndex>, pieces: &[Piece]) {
        let Session { opc, builder, .. } = &mut *self.session;
        if !pieces.is_empty() && opc.room(builder, pieces.iter().map(Piece::len).sum()) {
            builder.open(scope, place, cell);
            push(builder, self.part, self.source, pieces);
            builder.close();
        }
    }
}

/// The sheet of a cell; other spots as they are.
fn whole(spot: Spot) -> Spot {
    match spot {
        Spot::Cell { sheet, .. } => Spot::Sheet(sheet),
        spot => spot,
    }
}

/// White space of XML.
fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

/// Whether a character of a number as it is shown belongs to words beside it: a unit, a month.
fn is_word(character: char) -> bool {
    character.is_alphabetic() && !character.is_ascii()
}

/// Whether a number is as long as those that privacy rules look for: mobile telephones have 11 digits.
fn is_long_number(text: &str) -> bool {
    text.len() >= 11 && text.bytes().all(|byte| byte.is_ascii_digit())
}
