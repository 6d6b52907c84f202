//! Runs content streams (ISO 32000-2 §8, §9) for what a text extractor needs: glyphs with their places, ruled lines, and how
//! much of the page is pictures.

use std::collections::HashMap;
use std::rc::Rc;

use hayro_font::kurbo::{Affine, Point, Rect};
use hayro_syntax::content::TypedIter;
use hayro_syntax::content::ops::TypedInstruction;
use hayro_syntax::object::{Array, Dict, Name, Object, ObjectIdentifier, Stream, String as PdfString};
use hayro_syntax::page::{Page, Resources};
use hayro_syntax::xref::XRef;

use super::fonts::{Fonts, PdfFont};
use super::layers::Layers;
use super::pictures;
use crate::extract::Picture;
use crate::extract::pages::path::{LINE, Path};
use crate::extract::pages::{Allowance, Contents, Glyph, LARGE, PICTURES, RULES, Role, Shown, note};

/// Forms inside forms.
const FORM_DEPTH: usize = 24;
/// Saved graphics states; further ones are not saved.
const STATES: usize = 512;

/// Runs pages of one document.
pub(super) struct Interpreter<'a, 'l> {
    pub(super) fonts: Fonts<'a>,
    pub(super) allowance: &'l mut Allowance,
    layers: Layers,
    contents: Contents,
    /// Boxes of pages, in points.
    page: Rect,
    role: Role,
    /// Large pictures of the current page, and where they stand.
    pub(super) placed: Vec<Placed<'a>>,
    /// Pictures are to be taken out of the file.
    wanted: bool,
    /// Specifications of the files that are pinned to pages.
    pub(super) pinned: Vec<Dict<'a>>,
}

/// A large picture.
pub(super) enum Placed<'a> {
    /// An object of the file, and how it is drawn.
    Object(Affine, Stream<'a>),
    /// One that stands in the content, if it is wanted and could be taken out.
    Inline(Option<Picture>),
}

#[derive(Clone)]
struct State<'a> {
    ctm: Affine,
    font: Option<Rc<PdfFont<'a>>>,
    size: f64,
    char_space: f64,
    word_space: f64,
    scale: f64,
    leading: f64,
    rise: f64,
    line_width: f64,
}

/// One run of a content stream.
struct Run<'a> {
    state: State<'a>,
    stack: Vec<State<'a>>,
    text: Affine,
    line: Affine,
    path: Path,
    marks: Vec<Mark>,
}

/// A marked-content sequence that is open.
struct Mark {
    hides: bool,
    pagination: bool,
    /// Replacement text, and the number of glyphs before it.
    actual: Option<(String, usize)>,
}

impl<'a, 'l> Interpreter<'a, 'l> {
    pub(super) fn new(xref: &'a XRef, allowance: &'l mut Allowance, wanted: bool) -> Self {
        Interpreter {
            fonts: Fonts::new(),
            allowance,
            layers: Layers::new(xref),
            contents: Contents::default(),
            page: Rect::ZERO,
            role: Role::Text,
            placed: Vec::new(),
            wanted,
            pinned: Vec::new(),
        }
    }

    /// Runs a page with its annotations.
    pub(super) fn page(&mut self, page: &Page<'a>) -> Contents {
        let (width, height) = page.render_dimensions();
        self.page = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        self.contents = Contents::default();
        self.placed.clear();
        self.role = Role::Text;
        let initial = Affine::new(page.initial_transform(true).as_coeffs());
        let content = self.content_of(page.raw());
        self.run(&content, page.resources(), State::new(initial), &mut Vec::new());
        drop(content);
        let annotations = page.raw().get::<Array<'_>>("Annots").unwrap_or_default();
        for annotation in annotations.iter::<Dict<'_>>() {
            if !self.allowance.spend() {
                break;
            }
            self.annotation(&annotation, page, initial);
        }
        std::mem::take(&mut self.contents)
    }

    /// The content streams of a page as one.
    fn content_of(&mut self, page: &Dict<'a>) -> Vec<u8> {
        let mut content = Vec::new();
        let mut streams: Vec<Stream<'a>> = Vec::new();
        match page.get::<Object<'a>>("Contents") {
            Some(Object::Stream(stream)) => streams.push(stream),
            Some(Object::Array(array)) => streams.extend(array.iter::<Stream<'a>>()),
            Some(_) => self.contents.damaged = true,
            None => {}
        }
        for stream in streams {
            match stream.decoded_data() {
                Ok(data) if (content.len() + data.len()) as u64 > self.allowance.content => {
                    self.allowance.reached = Some("stream-size");
                    return Vec::new();
                }
                Ok(data) => content.extend_from_slice(&data),
                Err(_) => self.contents.damaged = true,
            }
            content.push(b' ');
        }
        content
    }

    /// Draws what an annotation looks like; a reviewer's note is shown by its text.
    fn annotation(&mut self, annotation: &Dict<'a>, page: &Page<'a>, initial: Affine) {
        const HIDDEN: u32 = 1 << 1;
        const NO_VIEW: u32 = 1 << 5;
        let subtype = annotation.get::<Name<'_>>("Subtype");
        let subtype = subtype.as_ref().map_or(&b""[..], |subtype| subtype.as_ref());
        // The file is there, whether its pin is shown or not.
        if subtype == b"FileAttachment" {
            self.pinned.extend(annotation.get::<Dict<'a>>("FS"));
        }
        let Some(bounds) = annotation.get::<[f64; 4]>("Rect") else { return };
        if annotation.get::<u32>("F").unwrap_or(0) & (HIDDEN | NO_VIEW) != 0 || matches!(subtype, b"Popup" | b"Link") {
            return;
        }
        let bounds = Rect::new(bounds[0], bounds[1], bounds[2], bounds[3]).abs();
        if !matches!(subtype, b"FreeText" | b"Widget" | b"Stamp" | b"Watermark")
            && let Some(note) = annotation.get::<PdfString<'_>>("Contents")
        {
            self.note(&text_string(note.as_bytes()), initial.transform_rect_bbox(bounds));
            return;
        }
        let Some(form) = appearance(annotation) else { return };
        let matrix = form.dict().get::<[f64; 6]>("Matrix").map_or(Affine::IDENTITY, Affine::new);
        let Some(inner) = form.dict().get::<[f64; 4]>("BBox") else { return };
        let shape = matrix.transform_rect_bbox(Rect::new(inner[0], inner[1], inner[2], inner[3]).abs());
        if shape.width() <= 0.0 || shape.height() <= 0.0 {
            return;
        }
        let (x, y) = (bounds.width() / shape.width(), bounds.height() / shape.height());
        let fit = Affine::new([x, 0.0, 0.0, y, bounds.x0 - x * shape.x0, bounds.y0 - y * shape.y0]);
        self.form(&form, page.resources(), State::new(initial * fit), &mut Vec::new());
    }

    /// Puts a note on the page, its characters side by side in the annotation's box.
    fn note(&mut self, text: &str, bounds: Rect) {
        note(text, bounds).for_each(|glyph| self.push(glyph));
    }

    fn push(&mut self, glyph: Glyph) {
        if self.allowance.glyphs == 0 {
            self.allowance.reached = Some("glyphs");
            return;
        }
        self.allowance.glyphs -= 1;
        self.contents.glyphs.push(glyph);
    }

    /// Draws a form: a content stream of its own.
    fn form(
        &mut self,
        form: &Stream<'a>,
        resources: &Resources<'a>,
        mut state: State<'a>,
        open: &mut Vec<ObjectIdentifier>,
    ) {
        // A form that draws itself is an error in the file; showing it once is all that can be done.
        if open.len() >= FORM_DEPTH || open.contains(&form.obj_id()) {
            return;
        }
        if self.layers.hide(form.dict(), "OC") {
            self.contents.hidden = true;
            return;
        }
        let data = match form.decoded_data() {
            Ok(data) if data.len() as u64 > self.allowance.content => {
                self.allowance.reached = Some("stream-size");
                return;
            }
            Ok(data) => data,
            Err(_) => {
                self.contents.damaged = true;
                return;
            }
        };
        // Each form costs at least its decoding.
        self.allowance.operations = self.allowance.operations.saturating_sub(data.len() as u64 / 64);
        if let Some(matrix) = form.dict().get::<[f64; 6]>("Matrix") {
            state.ctm *= Affine::new(matrix);
        }
        let own = form.dict().get::<Dict<'a>>("Resources").map(Resources::new);
        open.push(form.obj_id());
        self.run(&data, own.as_ref().unwrap_or(resources), state, open);
        open.pop();
    }

    /// Runs one content stream.
    fn run(&mut self, content: &[u8], resources: &Resources<'a>, state: State<'a>, open: &mut Vec<ObjectIdentifier>) {
        let mut run = Run {
            state,
            stack: Vec::new(),
            text: Affine::IDENTITY,
            line: Affine::IDENTITY,
            path: Path::default(),
            marks: Vec::new(),
        };
        let role = self.role;
        let mut named: HashMap<Vec<u8>, Option<Rc<PdfFont<'a>>>> = HashMap::new();
        let mut operations = TypedIter::new(content);
        while let Some(operation) = operations.next() {
            if !self.allowance.spend() {
                break;
            }
            use TypedInstruction as T;
            match operation {
                T::SaveState(_) if run.stack.len() < STATES => run.stack.push(run.state.clone()),
                T::RestoreState(_) => {
                    if let Some(state) = run.stack.pop() {
                        run.state = state;
                    }
                }
                T::Transform(m) => {
                    let matrix = [m.0, m.1, m.2, m.3, m.4, m.5].map(|number| number.as_f64());
                    run.state.ctm *= Affine::new(matrix);
                }
                T::LineWidth(width) => run.state.line_width = width.0.as_f64(),
                T::BeginText(_) => (run.text, run.line) = (Affine::IDENTITY, Affine::IDENTITY),
                T::SetTextMatrix(m) => {
                    run.line = Affine::new([m.0, m.1, m.2, m.3, m.4, m.5].map(|number| number.as_f64()));
                    run.text = run.line;
                }
                T::NextLine(by) => run.next_line(by.0.as_f64(), by.1.as_f64()),
                T::NextLineAndSetLeading(by) => {
                    run.state.leading = -by.1.as_f64();
                    run.next_line(by.0.as_f64(), by.1.as_f64());
                }
                T::NextLineUsingLeading(_) => run.next_line(0.0, -run.state.leading),
                T::CharacterSpacing(space) => run.state.char_space = space.0.as_f64(),
                T::WordSpacing(space) => run.state.word_space = space.0.as_f64(),
                T::HorizontalScaling(scale) => run.state.scale = scale.0.as_f64() / 100.0,
                T::TextLeading(leading) => run.state.leading = leading.0.as_f64(),
                T::TextRise(rise) => run.state.rise = rise.0.as_f64(),
                T::TextFont(font) => {
                    run.state.size = font.1.as_f64();
                    let name = font.0;
                    run.state.font = named
                        .entry(name.as_ref().to_vec())
                        .or_insert_with(|| self.fonts.load(&resources.get_font(name)?))
                        .clone();
                }
                T::SetGraphicsState(name) => {
                    let font = resources.get_ext_g_state(name.0).and_then(|state| state.get::<Array<'a>>("Font"));
                    if let Some(font) = font {
                        run.state.font = font.iter::<Dict<'a>>().next().and_then(|dict| self.fonts.load(&dict));
                        let size = font.iter::<Object<'a>>().nth(1).and_then(Object::into_number);
                        run.state.size = size.map_or(run.state.size, |size| size.as_f64());
                    }
                }
                T::ShowText(text) => self.show(&mut run, text.0.as_bytes()),
                T::NextLineAndShowText(text) => {
                    run.next_line(0.0, -run.state.leading);
                    self.show(&mut run, text.0.as_bytes());
                }
                T::ShowTextWithParameters(text) => {
                    run.state.word_space = text.0.as_f64();
                    run.state.char_space = text.1.as_f64();
                    run.next_line(0.0, -run.state.leading);
                    self.show(&mut run, text.2.as_bytes());
                }
                T::ShowTexts(texts) => {
                    for object in texts.0.iter::<Object<'_>>() {
                        match object {
                            Object::Number(number) => run.adjust(number.as_f64()),
                            Object::String(text) => self.show(&mut run, text.as_bytes()),
                            _ => {}
                        }
                    }
                }
                T::BeginMarkedContent(_) => run.marks.push(Mark { hides: false, pagination: false, actual: None }),
                T::BeginMarkedContentWithProperties(mark) => self.begin(&mut run, mark.0, mark.1, resources),
                T::EndMarkedContent(_) => self.end(&mut run, role),
                T::XObject(name) => {
                    let Some(object) = resources.get_x_object(name.0) else { continue };
                    if run.hidden() {
                        self.contents.hidden = true;
                        continue;
                    }
                    match object.dict().get::<Name<'_>>("Subtype").as_ref().map(AsRef::as_ref) {
                        Some(b"Form") => self.form(&object, resources, run.state.clone(), open),
                        Some(b"Image") if !self.layers.hide(object.dict(), "OC") && self.covers(run.state.ctm) => {
                            self.placed.push(Placed::Object(run.state.ctm, object));
                        }
                        _ => {}
                    }
                }
                T::InlineImage(picture) => self.inline(run.state.ctm, picture.0),
                T::MoveTo(to) => run.path.move_to(run.state.ctm, to.0.as_f64(), to.1.as_f64()),
                T::LineTo(to) => run.path.line_to(run.state.ctm, to.0.as_f64(), to.1.as_f64()),
                T::CubicTo(to) => run.path.curve_to(run.state.ctm, to.4.as_f64(), to.5.as_f64()),
                T::CubicStartTo(to) => run.path.curve_to(run.state.ctm, to.2.as_f64(), to.3.as_f64()),
                T::CubicEndTo(to) => run.path.curve_to(run.state.ctm, to.2.as_f64(), to.3.as_f64()),
                T::ClosePath(_) => run.path.close(),
                T::RectPath(r) => {
                    let (x, y, width, height) = (r.0.as_f64(), r.1.as_f64(), r.2.as_f64(), r.3.as_f64());
                    run.path.rect(run.state.ctm, x, y, width, height);
                }
                T::StrokePath(_) | T::CloseAndStrokePath(_) => self.paint(&mut run, true),
                T::FillPathNonZero(_) | T::FillPathEvenOdd(_) | T::FillPathNonZeroCompatibility(_) => {
                    self.paint(&mut run, false);
                }
                T::FillAndStrokeNonZero(_)
                | T::FillAndStrokeEvenOdd(_)
                | T::CloseFillAndStrokeNonZero(_)
                | T::CloseFillAndStrokeEvenOdd(_) => self.paint(&mut run, true),
                T::EndPath(_) => run.path = Path::default(),
                _ => {}
            }
        }
        while !run.marks.is_empty() {
            self.end(&mut run, role);
        }
        self.role = role;
    }

    /// Shows a string.
    fn show(&mut self, run: &mut Run<'a>, text: &[u8]) {
        let Some(font) = run.state.font.clone() else { return };
        let hidden = run.hidden();
        let mut at = 0;
        while at < text.len() && self.allowance.spend() {
            let (code, length) = font.font.read_code(text, at);
            let length = length.max(1);
            let bytes = &text[at..(at + length).min(text.len())];
            at += length;
            let advance = font.font.code_advance(code);
            let state = &run.state;
            let extra = state.char_space + if bytes == b" " { state.word_space } else { 0.0 };
            if hidden {
                self.contents.hidden = true;
            } else {
                self.glyph(run, &font, code);
            }
            let state = &run.state;
            let by = if font.font.is_horizontal() {
                ((advance.x / 1000.0 * state.size + extra) * state.scale, 0.0)
            } else {
                (0.0, advance.y / 1000.0 * state.size + extra)
            };
            run.text *= Affine::translate(by);
        }
    }

    /// Puts one glyph on the page.
    fn glyph(&mut self, run: &Run<'a>, font: &PdfFont<'a>, code: u32) {
        let state = &run.state;
        let advance = font.font.code_advance(code);
        let scale = Affine::new([state.size * state.scale, 0.0, 0.0, state.size, 0.0, state.rise]);
        let place = state.ctm * run.text * scale;
        // Corners in em: along the line, and across it.
        let (bounds, along) = if font.font.is_horizontal() {
            (Rect::new(0.0, font.descent * font.em, advance.x / 1000.0, font.ascent * font.em), Point::new(1.0, 0.0))
        } else {
            (Rect::new(-0.5, advance.y / 1000.0, 0.5, 0.0), Point::new(0.0, -1.0))
        };
        let bounds = place.transform_rect_bbox(bounds.abs());
        let origin = place * Point::ORIGIN;
        let towards = place * along - origin;
        let upwards = if font.font.is_horizontal() { place * Point::new(0.0, font.em) - origin } else { towards };
        let (length, size) = (towards.hypot(), upwards.hypot());
        let visible = self.page.inflate(1.0, 1.0).intersect(bounds);
        // Text beside the page, of no size, or at no place is not seen.
        if !(length.is_finite() && length > 0.0 && size.is_finite() && size > 0.01)
            || visible.width() < 0.0
            || visible.height() < 0.0
        {
            return;
        }
        let role = self.role;
        let along = (towards.x / length, towards.y / length);
        self.push(Glyph { shown: font.shown(code), bounds, along, origin, size, role });
    }

    /// Takes note of a picture that stands in the content itself.
    fn inline(&mut self, ctm: Affine, stream: &Stream<'_>) {
        if self.covers(ctm) {
            // The content is gone once the page was run.
            self.placed.push(Placed::Inline(self.wanted.then(|| pictures::picture(stream, ctm, 0)).flatten()));
        }
    }

    /// Takes note of how much of the page a picture covers; whether it is one that may hold text.
    fn covers(&mut self, ctm: Affine) -> bool {
        let bounds = ctm.transform_rect_bbox(Rect::new(0.0, 0.0, 1.0, 1.0)).intersect(self.page);
        if bounds.width() <= 0.0 || bounds.height() <= 0.0 {
            return false;
        }
        let share = bounds.area() / self.page.area().max(1.0);
        self.contents.pictures += share;
        self.contents.crowded |= share >= LARGE && self.placed.len() >= PICTURES;
        share >= LARGE && !self.contents.crowded
    }

    /// Paints the path: straight lines along the axes may rule a table.
    fn paint(&mut self, run: &mut Run<'a>, stroked: bool) {
        let path = std::mem::take(&mut run.path);
        if run.hidden() {
            return;
        }
        self.contents.strokes += path.curves + path.segments.len();
        let width = run.state.line_width * run.state.ctm.determinant().abs().sqrt();
        let room = RULES.saturating_sub(self.contents.rules.len());
        self.contents.rules.extend(path.rules(stroked && width <= LINE).into_iter().take(room));
    }

    fn begin(&mut self, run: &mut Run<'a>, tag: &Name<'_>, properties: &Object<'_>, resources: &Resources<'a>) {
        let named = match properties {
            Object::Name(name) => Some(name.as_ref()),
            _ => None,
        };
        // A property list stands in the resources, or in the content stream itself, whose life is shorter.
        let listed = named.and_then(|name| resources.properties.get::<Dict<'a>>(name));
        let hides = tag.as_ref() == b"OC"
            && listed.as_ref().is_some_and(|dict| {
                self.layers.hidden(named.and_then(|name| resources.properties.get_ref(name)).map(Into::into), dict)
            });
        let inline = match properties {
            Object::Dict(dict) => Some(dict),
            _ => listed.as_ref(),
        };
        let is = |key: &str, value: &[u8]| {
            inline.and_then(|dict| dict.get::<Name<'_>>(key)).is_some_and(|name| name.as_ref() == value)
        };
        let pagination = tag.as_ref() == b"Artifact"
            && (is("Type", b"Pagination") && !is("Subtype", b"Watermark")
                || is("Subtype", b"Header")
                || is("Subtype", b"Footer"));
        let actual = inline
            .and_then(|dict| dict.get::<PdfString<'_>>("ActualText"))
            .map(|text| (text_string(text.as_bytes()), self.contents.glyphs.len()));
        if pagination {
            self.role = Role::Pagination;
        }
        run.marks.push(Mark { hides, pagination, actual });
    }

    fn end(&mut self, run: &mut Run<'a>, role: Role) {
        let Some(mark) = run.marks.pop() else { return };
        if !run.marks.iter().any(|mark| mark.pagination) {
            self.role = role;
        }
        let Some((text, from)) = mark.actual else { return };
        let replaced: Vec<Glyph> = self.contents.glyphs.drain(from.min(self.contents.glyphs.len())..).collect();
        let shown: Vec<char> = text.chars().filter(|character| !character.is_control()).collect();
        if shown.is_empty() || replaced.is_empty() {
            return;
        }
        if shown.len() == replaced.len() {
            let pairs = replaced.into_iter().zip(shown);
            self.contents.glyphs.extend(pairs.map(|(glyph, text)| Glyph { shown: Shown::Char(text), ..glyph }));
            return;
        }
        let bounds = replaced.iter().map(|glyph| glyph.bounds).reduce(|all, one| all.union(one)).unwrap_or(Rect::ZERO);
        if let Some(first) = replaced.into_iter().next() {
            self.contents.glyphs.push(Glyph {
                shown: Shown::Text(shown.into_iter().collect::<String>().into()),
                bounds,
                ..first
            });
        }
    }
}

impl State<'_> {
    fn new(ctm: Affine) -> Self {
        State {
            ctm,
            font: None,
            size: 0.0,
            char_space: 0.0,
            word_space: 0.0,
            scale: 1.0,
            leading: 0.0,
            rise: 0.0,
            line_width: 1.0,
        }
    }
}

impl Run<'_> {
    fn hidden(&self) -> bool {
        self.marks.iter().any(|mark| mark.hides)
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.line *= Affine::translate((x, y));
        self.text = self.line;
    }

    /// Moves by thousandths of an em, against the writing direction.
    fn adjust(&mut self, thousandths: f64) {
        let by = -thousandths / 1000.0 * self.state.size;
        let horizontal = self.state.font.as_ref().is_none_or(|font| font.font.is_horizontal());
        self.text *= Affine::translate(if horizontal { (by * self.state.scale, 0.0) } else { (0.0, by) });
    }
}

/// The normal appearance of an annotation.
fn appearance<'a>(annotation: &Dict<'a>) -> Option<Stream<'a>> {
    match annotation.get::<Dict<'a>>("AP")?.get::<Object<'a>>("N")? {
        Object::Stream(stream) => Some(stream),
        Object::Dict(states) => states.get::<Stream<'a>>(annotation.get::<Name<'_>>("AS")?.as_ref()),
        _ => None,
    }
}

/// A text string (ISO 32000-2 §7.9.2.2): UTF-16 with a byte order mark, UTF-8 with one, or PDFDocEncoding. What Chinese
/// software writes without a mark is GBK far more often than Latin.
pub(super) fn text_string(bytes: &[u8]) -> String {
    let (encoding, bytes) = match bytes {
        [0xFE, 0xFF, rest @ ..] => (encoding_rs::UTF_16BE, rest),
        [0xFF, 0xFE, rest @ ..] => (encoding_rs::UTF_16LE, rest),
        [0xEF, 0xBB, 0xBF, rest @ ..] => (encoding_rs::UTF_8, rest),
        _ => (encoding_rs::GB18030, bytes),
    };
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}
