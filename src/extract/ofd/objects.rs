//! Graphic objects (GB/T 33190-2016 §8, §10–13) as far as a text extractor needs them: text, ruled lines, how much of the page
//! is pictures, and what composite objects draw.

use std::collections::HashMap;
use std::rc::Rc;

use hayro_font::kurbo::{Affine, Rect};

use super::text::TextObject;
use crate::extract::ooxml::{Element, Node, Xml, joined};
use crate::extract::pages::path::{LINE, Path};
use crate::extract::pages::{Allowance, Contents, Glyph, LARGE, PICTURES, RULES, Shown, note};

/// Composite objects inside composite objects.
const NESTED: u32 = 8;
/// Width of lines that give none, in millimetres.
const LINE_WIDTH: f64 = 0.353;

/// Where the definition of a composite object begins.
#[derive(Clone)]
pub(super) struct Unit {
    pub(super) text: Rc<str>,
    pub(super) start: usize,
}

/// A page that is being drawn.
pub(super) struct Canvas<'c> {
    pub(super) contents: &'c mut Contents,
    pub(super) allowance: &'c mut Allowance,
    pub(super) units: &'c HashMap<String, Unit>,
    /// Box of the page, in points.
    pub(super) page: Rect,
    /// Nested elements that are read.
    pub(super) depth: u64,
}

/// What is being read.
enum Open {
    Text(TextObject),
    Code,
    Path { place: Affine, thin: bool },
    Data(String),
    Other,
}

impl Canvas<'_> {
    /// Draws the next element of `xml`, which reads `text`; `base` leads to points on the page.
    pub(super) fn draw(&mut self, xml: &mut Xml<'_>, text: &str, base: Affine, nested: u32) {
        self.draw_inside(xml, text, base, nested, Vec::new());
    }

    /// Draws up to the end of the outermost of the elements that are `open`.
    fn draw_inside(&mut self, xml: &mut Xml<'_>, text: &str, base: Affine, nested: u32, mut open: Vec<Open>) {
        while self.allowance.spend() {
            match xml.next() {
                Node::Start(element) => {
                    if is_off(&element, "Visible") {
                        self.contents.hidden = true;
                        xml.skip();
                        if open.is_empty() {
                            return;
                        }
                        continue;
                    }
                    let kind = match element.name {
                        // Neither what clips nor what fills is text; what stands before a page's content is read already.
                        "Clips" | "FillColor" | "StrokeColor" | "Actions" | "Area" | "Template" | "PageRes" => {
                            xml.skip();
                            continue;
                        }
                        "TextObject" => Open::Text(TextObject::new(&element, place(&element, base))),
                        "TextCode" => {
                            if let Some(Open::Text(object)) = open.last_mut() {
                                object.code(&element);
                            }
                            Open::Code
                        }
                        "CGTransform" => {
                            if let Some(Open::Text(object)) = open.last_mut() {
                                object.transform(&element);
                            }
                            Open::Other
                        }
                        "PathObject" => {
                            let place = place(&element, base);
                            let width = number(&element, "LineWidth").unwrap_or(LINE_WIDTH);
                            let stroked = !is_off(&element, "Stroke");
                            let thin = stroked && width * place.determinant().abs().sqrt() <= LINE;
                            Open::Path { place, thin }
                        }
                        "AbbreviatedData" => Open::Data(String::new()),
                        "ImageObject" => {
                            self.picture(&element, base);
                            Open::Other
                        }
                        "CompositeObject" => {
                            self.composite(&element, base, nested);
                            Open::Other
                        }
                        _ => Open::Other,
                    };
                    open.push(kind);
                }
                Node::Text(piece) => match open.as_mut_slice() {
                    [.., Open::Text(object), Open::Code] => object.add(&joined(text, &[piece])),
                    [.., Open::Data(data)] => data.push_str(&joined(text, &[piece])),
                    _ => {}
                },
                Node::End => {
                    match open.pop() {
                        Some(Open::Text(object)) => object.show(self),
                        Some(Open::Data(data)) => {
                            if let Some(&Open::Path { place, thin }) = open.last() {
                                self.path(&data, place, thin);
                            }
                        }
                        _ => {}
                    }
                    if open.is_empty() {
                        return;
                    }
                }
                Node::Done => {
                    // Of a part that breaks off, what was read before counts.
                    for kind in open {
                        if let Open::Text(object) = kind {
                            object.show(self);
                        }
                    }
                    return;
                }
            }
        }
    }

    /// Draws the annotations of a page (§15).
    pub(super) fn annotations(&mut self, xml: &mut Xml<'_>, text: &str, base: Affine) {
        let mut kind = String::new();
        let mut remark: Option<String> = None;
        let mut remarked = String::new();
        while self.allowance.spend() {
            match xml.next() {
                Node::Start(element) => match element.name {
                    "Annot" => {
                        kind = element.value("Type").unwrap_or_default().into_owned();
                        remarked.clear();
                        // What a link shows stands on the page.
                        if is_off(&element, "Visible") {
                            self.contents.hidden = true;
                            xml.skip();
                        } else if kind == "Link" {
                            xml.skip();
                        }
                    }
                    "Remark" => remark = Some(String::new()),
                    "Appearance" => {
                        let bounds = element.raw("Boundary").and_then(numbers).unwrap_or([0.0; 4]);
                        let [x, y, width, height] = bounds;
                        let remarked = std::mem::take(&mut remarked);
                        if !matches!(&*kind, "Stamp" | "Watermark") {
                            let bounds = Rect::new(x, y, x + width.max(0.1), y + height.max(0.1));
                            self.note(&remarked, base.transform_rect_bbox(bounds));
                        }
                        self.draw_inside(xml, text, base * Affine::translate((x, y)), 0, vec![Open::Other]);
                    }
                    _ => {}
                },
                Node::Text(piece) => {
                    if let Some(remark) = &mut remark {
                        remark.push_str(&joined(text, &[piece]));
                    }
                }
                Node::End => {
                    if let Some(remark) = remark.take() {
                        remarked = remark;
                    }
                }
                Node::Done => return,
            }
        }
    }

    /// Puts a note on the page, its characters side by side in the annotation's box.
    fn note(&mut self, text: &str, bounds: Rect) {
        for glyph in note(text, bounds).filter(|glyph| !matches!(glyph.shown, Shown::Char(one) if one.is_control())) {
            self.push(glyph);
        }
    }

    /// Adds a glyph; what is of no size or at no place is not seen. What is beside the page is read all the same: producers get
    /// their boxes wrong.
    pub(super) fn push(&mut self, glyph: Glyph) {
        let size = glyph.size;
        if !(size.is_finite() && size > 0.01 && glyph.bounds.is_finite()) {
            return;
        }
        if self.allowance.glyphs == 0 {
            self.allowance.reached = Some("glyphs");
            return;
        }
        self.allowance.glyphs -= 1;
        self.contents.glyphs.push(glyph);
    }

    fn picture(&mut self, element: &Element<'_>, base: Affine) {
        let Some([x, y, width, height]) = element.raw("Boundary").and_then(numbers) else { return };
        let mut bounds = base.transform_rect_bbox(Rect::new(x, y, x + width, y + height)).intersect(self.page);
        if element.raw("CTM").is_some() {
            let unit = place(element, base).transform_rect_bbox(Rect::new(0.0, 0.0, 1.0, 1.0));
            bounds = bounds.intersect(unit);
        }
        if bounds.width() > 0.0 && bounds.height() > 0.0 {
            let share = bounds.area() / self.page.area().max(1.0);
            self.contents.pictures += share;
            let full = self.contents.drawn.len() >= PICTURES;
            self.contents.crowded |= share >= LARGE && full;
            if share >= LARGE && !full {
                let boundary = base * Affine::new([width, 0.0, 0.0, height, x, y]);
                let ctm = if element.raw("CTM").is_some() { place(element, base) } else { boundary };
                let id = element.value("ResourceID").unwrap_or_default().trim().to_owned();
                self.contents.drawn.push((ctm, id));
            }
        }
    }

    fn composite(&mut self, element: &Element<'_>, base: Affine, nested: u32) {
        let id = element.value("ResourceID").unwrap_or_default();
        let units = self.units;
        match units.get(id.trim()) {
            Some(unit) if nested < NESTED => {
                let text = &unit.text[unit.start..];
                let mut xml = Xml::new(text, self.depth);
                self.draw(&mut xml, text, place(element, base), nested + 1);
            }
            // One that is not there, or that draws itself.
            _ => self.contents.damaged = true,
        }
    }

    /// Paints a path (§9.3): straight lines along the axes may rule a table.
    fn path(&mut self, data: &str, place: Affine, thin: bool) {
        let mut path = Path::default();
        let mut tokens = data.split_ascii_whitespace();
        while let Some(operator) = tokens.next() {
            if !self.allowance.spend() {
                return;
            }
            let count = match operator {
                "S" | "M" | "L" => 2,
                "Q" => 4,
                "B" => 6,
                "A" => 7,
                "C" => 0,
                // Data that make no sense rule nothing.
                _ => continue,
            };
            let mut values = [0.0; 7];
            for value in values.iter_mut().take(count) {
                *value = tokens.next().and_then(|token| token.parse().ok()).unwrap_or(0.0);
            }
            let (x, y) = if count >= 2 { (values[count - 2], values[count - 1]) } else { (0.0, 0.0) };
            match operator {
                "S" | "M" => path.move_to(place, x, y),
                "L" => path.line_to(place, x, y),
                "C" => path.close(),
                _ => path.curve_to(place, x, y),
            }
        }
        self.contents.strokes += path.curves + path.segments.len();
        let room = RULES.saturating_sub(self.contents.rules.len());
        self.contents.rules.extend(path.rules(thin).into_iter().take(room));
    }
}

/// From an object's own coordinates to points: its matrix, then its box's corner.
fn place(element: &Element<'_>, base: Affine) -> Affine {
    let [x, y] = element.raw("Boundary").and_then(numbers).unwrap_or([0.0; 2]);
    let matrix = element.raw("CTM").and_then(numbers).map_or(Affine::IDENTITY, Affine::new);
    base * Affine::translate((x, y)) * matrix
}

/// The first `N` numbers of a list.
pub(super) fn numbers<const N: usize>(text: &str) -> Option<[f64; N]> {
    let mut numbers = [0.0; N];
    let mut tokens = text.split(|character: char| character.is_ascii_whitespace() || character == ',');
    for number in &mut numbers {
        let token = tokens.by_ref().find(|token| !token.is_empty())?;
        *number = token.parse().ok().filter(|number: &f64| number.is_finite())?;
    }
    Some(numbers)
}

/// The number that an attribute gives.
pub(super) fn number(element: &Element<'_>, name: &str) -> Option<f64> {
    element.raw(name)?.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// Whether an attribute that is on by default is off.
fn is_off(element: &Element<'_>, name: &str) -> bool {
    matches!(element.raw(name).map(str::trim), Some("false" | "0"))
}
