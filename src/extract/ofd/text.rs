//! Text objects (GB/T 33190-2016 §11): characters with their places.

use hayro_font::kurbo::{Affine, Point, Rect};

use super::objects::{Canvas, number};
use crate::extract::ooxml::Element;
use crate::extract::pages::{Glyph, Role, Shown};
use crate::normalise::{is_cjk_punctuation, is_han};

/// Height above the baseline and depth below it, in em; fonts are not read.
const ASCENT: f64 = 0.88;
const DESCENT: f64 = 0.12;
/// Size of text that gives none, in millimetres: 小四.
const SIZE: f64 = 4.23;

/// A text object that is being read.
pub(super) struct TextObject {
    place: Affine,
    /// Height of an em in the object's own unit.
    size: f64,
    /// Width of a character to its usual one.
    scale: f64,
    /// Directions of the line and of the characters in it, in degrees clockwise.
    reading: i32,
    turned: i32,
    codes: Vec<Code>,
    /// First character and number of characters of stretches that stand for glyphs, and how many those are.
    transforms: Vec<(usize, usize, usize)>,
}

/// Characters, the place of the first, and the steps between them.
struct Code {
    x: Option<f64>,
    y: Option<f64>,
    steps_x: String,
    steps_y: String,
    text: String,
}

impl TextObject {
    pub(super) fn new(element: &Element<'_>, place: Affine) -> Self {
        let degrees = |name: &str| number(element, name).map_or(0, |degrees| degrees as i32);
        TextObject {
            place,
            size: number(element, "Size").unwrap_or(SIZE),
            scale: number(element, "HScale").filter(|scale| *scale > 0.0).unwrap_or(1.0),
            reading: degrees("ReadDirection"),
            turned: degrees("CharDirection"),
            codes: Vec::new(),
            transforms: Vec::new(),
        }
    }

    /// Begins a stretch of characters.
    pub(super) fn code(&mut self, element: &Element<'_>) {
        let steps = |name: &str| element.value(name).unwrap_or_default().into_owned();
        self.codes.push(Code {
            x: number(element, "X"),
            y: number(element, "Y"),
            steps_x: steps("DeltaX"),
            steps_y: steps("DeltaY"),
            text: String::new(),
        });
    }

    /// Adds to the characters of the last stretch.
    pub(super) fn add(&mut self, text: &str) {
        if let Some(code) = self.codes.last_mut() {
            // Line breaks come from programs that indent XML; they have no place.
            code.text.extend(text.chars().filter(|character| !matches!(character, '\n' | '\r' | '\t')));
        }
    }

    /// Takes note that some characters are drawn by glyphs of their own (§11.4).
    pub(super) fn transform(&mut self, element: &Element<'_>) {
        let count = |name: &str, usual: usize| number(element, name).map_or(usual, |number| number.max(0.0) as usize);
        self.transforms.push((count("CodePosition", 0), count("CodeCount", 1), count("GlyphCount", 1)));
    }

    /// Puts the characters on the page.
    pub(super) fn show(self, canvas: &mut Canvas<'_>) {
        let (mut x, mut y) = (0.0, 0.0);
        let mut position = 0;
        for code in &self.codes {
            (x, y) = (code.x.unwrap_or(x), code.y.unwrap_or(y));
            let mut characters: Vec<char> = code.text.chars().collect();
            // Glyphs without any character still show something.
            if characters.is_empty() && self.transforms.iter().any(|(_, _, glyphs)| *glyphs > 0) {
                characters.push('\u{FFFD}');
            }
            self.run(canvas, code, &characters, position, Point::new(x, y));
            position += characters.len();
        }
    }

    fn run(&self, canvas: &mut Canvas<'_>, code: &Code, characters: &[char], position: usize, start: Point) {
        let between = characters.len().saturating_sub(1);
        let (across, down) = (steps(&code.steps_x, between), steps(&code.steps_y, between));
        let is_down = self.reading.rem_euclid(180) == 90;
        let towards = if self.reading.rem_euclid(360) >= 180 { -1.0 } else { 1.0 };
        // Without steps the font's widths count, which are not read here: usual ones stand for them.
        let moves: Vec<(f64, f64)> = (0..between)
            .map(|index| match (across.get(index), down.get(index)) {
                (None, None) => {
                    let width = self.usual(characters[index]) * towards;
                    if is_down { (0.0, width) } else { (width, 0.0) }
                }
                (x, y) => (x.copied().unwrap_or(0.0), y.copied().unwrap_or(0.0)),
            })
            .collect();
        let (along, step) = self.along(&moves);
        let turn = Affine::rotate(f64::from(self.turned).to_radians());
        let linear = Affine::new([
            self.place.as_coeffs()[0],
            self.place.as_coeffs()[1],
            self.place.as_coeffs()[2],
            self.place.as_coeffs()[3],
            0.0,
            0.0,
        ]);
        let line = linear * along;
        let length = line.to_vec2().hypot();
        let upwards = (linear * turn * Point::new(0.0, self.size)).to_vec2().hypot();
        let (mut x, mut y) = (start.x, start.y);
        for (index, &character) in characters.iter().enumerate() {
            if !canvas.allowance.spend() {
                return;
            }
            let next = moves.get(index).copied();
            // How far the next character stands along the line says how wide this one is, if it stands on the line.
            let room = next.map(|(dx, dy)| dx * along.x + dy * along.y).filter(|room| *room > 0.0 && step);
            let width = self.width(character, room);
            let place = self.place * Affine::translate((x, y)) * turn;
            let bounds =
                place.transform_rect_bbox(Rect::new(0.0, -ASCENT * self.size, width, DESCENT * self.size).abs());
            if length > 0.0 && length.is_finite() {
                canvas.push(Glyph {
                    shown: self.shown(character, position + index),
                    bounds,
                    along: (line.x / length, line.y / length),
                    origin: place * Point::ORIGIN,
                    size: upwards,
                    role: Role::Text,
                });
            }
            let (dx, dy) = next.unwrap_or_default();
            (x, y) = (x + dx, y + dy);
        }
    }

    /// Unit vector along the line; whether steps along it are widths of characters.
    fn along(&self, moves: &[(f64, f64)]) -> (Point, bool) {
        let (sin, cos) = f64::from(self.reading).to_radians().sin_cos();
        let stated = Point::new(cos.round(), sin.round());
        let stated = if stated == Point::ORIGIN { Point::new(1.0, 0.0) } else { stated };
        let upright = self.turned.rem_euclid(180) == 0;
        if moves.is_empty() {
            return (stated, (stated.y == 0.0) == upright);
        }
        // Steps back to the start of a next line do not count among many others.
        let middle = |part: fn(&(f64, f64)) -> f64| {
            let mut parts: Vec<f64> = moves.iter().map(part).collect();
            parts.sort_by(f64::total_cmp);
            parts[parts.len() / 2]
        };
        let (mut x, mut y) = (middle(|step| step.0), middle(|step| step.1));
        if x.abs() < 0.2 * y.abs() {
            x = 0.0;
        }
        if y.abs() < 0.2 * x.abs() {
            y = 0.0;
        }
        let length = x.hypot(y);
        if length <= 0.0 || moves.len() == 1 && (x != 0.0 && y != 0.0 || (x + y) < 0.0) {
            return (stated, (stated.y == 0.0) == upright);
        }
        (Point::new(x / length, y / length), (y.abs() < x.abs()) == upright)
    }

    /// Usual width of a character, in the object's own unit.
    fn usual(&self, character: char) -> f64 {
        em(character) * self.size * self.scale
    }

    /// Width of a character, given the `room` up to the next one.
    fn width(&self, character: char, room: Option<f64>) -> f64 {
        let usual = self.usual(character);
        let least = 0.3 * self.size.abs() * self.scale;
        match room {
            // Chinese characters are as wide as they are high; punctuation may be set closer.
            Some(room) if is_wide(character) => room.clamp(least.min(usual), usual.max(least)),
            // Half of an em is the width of every letter in Chinese fonts.
            Some(room) => room.min(usual.max(0.55 * self.size.abs() * self.scale)),
            None => usual,
        }
    }

    /// What a character shows: one that only numbers a glyph says nothing.
    fn shown(&self, character: char, position: usize) -> Shown {
        let numbered = matches!(character, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFD}' | '\0'..='\u{1F}')
            && self.transforms.iter().any(|&(from, count, _)| (from..from.saturating_add(count)).contains(&position));
        if numbered || character == '\u{FFFD}' { Shown::Unknown } else { Shown::Char(character) }
    }
}

fn is_wide(character: char) -> bool {
    is_han(character) || is_cjk_punctuation(character) || character >= '\u{2E80}'
}

/// Usual width of a character, in em.
fn em(character: char) -> f64 {
    match character {
        _ if is_wide(character) => 1.0,
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' => 0.3,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.85,
        'A'..='Z' | '&' => 0.68,
        _ => 0.5,
    }
}

/// Steps as `DeltaX` and `DeltaY` write them: numbers, and `g n v` for `n` times `v` (§11.3); `most` at most.
pub(super) fn steps(written: &str, most: usize) -> Vec<f64> {
    let mut steps: Vec<f64> = Vec::new();
    let mut tokens = written.split_ascii_whitespace();
    let value = |token: Option<&str>| token.and_then(|token| token.parse().ok()).filter(|step: &f64| step.is_finite());
    while steps.len() < most {
        let Some(token) = tokens.next() else { break };
        if token.eq_ignore_ascii_case("g") {
            let count: usize = tokens.next().and_then(|count| count.parse().ok()).unwrap_or(0);
            let step = value(tokens.next()).unwrap_or(0.0);
            steps.extend(std::iter::repeat_n(step, count.min(most - steps.len())));
        } else {
            steps.push(value(Some(token)).unwrap_or(0.0));
        }
    }
    steps
}
