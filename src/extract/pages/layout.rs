//! From glyphs to lines: which glyphs stand on one line, where blanks are, and in which cell of a ruled table a line is.
//!
//! Everything is done in coordinates along and across the writing direction, so that vertical and turned text need no rules
//! of their own.

use std::collections::HashMap;

use hayro_font::kurbo::Rect;

use super::path::Rule;
use super::{Contents, Glyph, Role, Shown};
use crate::document::Area;
use crate::normalise::{is_cjk_punctuation, is_han};

/// Widest gap inside a line in em, whatever stands around it.
const GAP: f64 = 1.2;
/// Widest gap inside a line in em, if nothing but the gap speaks against it: `通　　知`.
const WIDE_GAP: f64 = 3.5;

/// A piece of a line.
#[derive(Debug, Clone)]
pub(in crate::extract) struct Piece {
    pub(in crate::extract) shown: Shown,
    pub(in crate::extract) area: Area,
    /// Blanks before it.
    pub(in crate::extract) blanks: u8,
}

/// A line of text, or the part of it in one column or cell.
#[derive(Debug, Clone)]
pub(in crate::extract) struct Line {
    pub(in crate::extract) pieces: Vec<Piece>,
    pub(in crate::extract) text: String,
    /// First and last edge along the writing direction, in points.
    pub(in crate::extract) from: f64,
    pub(in crate::extract) to: f64,
    /// Baseline: position across the writing direction, in points; greater on later lines.
    pub(in crate::extract) base: f64,
    /// Height of an em, in points.
    pub(in crate::extract) size: f64,
    /// Writing direction in degrees.
    pub(in crate::extract) angle: i32,
    /// Place in the order of the content stream.
    pub(in crate::extract) order: usize,
    pub(in crate::extract) role: Role,
    /// The cell of a ruled table around it.
    pub(in crate::extract) cell: Option<Cell>,
    /// Box on the page.
    pub(in crate::extract) bounds: Rect,
}

/// A cell of a ruled table: its edges in points, rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::extract) struct Cell {
    pub(in crate::extract) top: i32,
    pub(in crate::extract) left: i32,
    pub(in crate::extract) bottom: i32,
    pub(in crate::extract) right: i32,
}

/// A glyph in line coordinates.
#[derive(Debug, Clone, Copy)]
struct Set {
    glyph: usize,
    from: f64,
    to: f64,
    base: f64,
    size: f64,
    /// Whether white space was shown before it.
    blank: bool,
}

/// A run of glyphs next to each other in the content stream.
#[derive(Debug)]
struct Segment {
    glyphs: Vec<Set>,
    from: f64,
    to: f64,
    base: f64,
    size: f64,
}

/// The lines of a page, in the order of the content stream.
pub(in crate::extract) fn lines(page: u32, contents: &Contents) -> Vec<Line> {
    let glyphs = &contents.glyphs;
    let doubled = doubled(glyphs);
    let mut groups: Vec<((Role, i32), Vec<Segment>)> = Vec::new();
    let mut blank = false;
    for (index, glyph) in glyphs.iter().enumerate() {
        if doubled[index] {
            continue;
        }
        if matches!(glyph.shown, Shown::Char(character) if character.is_whitespace()) {
            blank = true;
            continue;
        }
        let angle = glyph.along.1.atan2(glyph.along.0).to_degrees().round() as i32;
        // Pages are scanned and typeset not quite straight; what is meant is one of the four directions.
        let angle =
            if (angle + 360) % 90 <= 2 || (angle + 360) % 90 >= 88 { (angle + 361) / 90 * 90 % 360 } else { angle };
        let set = Set { blank: std::mem::take(&mut blank), ..place(index, glyph, angle) };
        let key = (glyph.role, angle);
        let position = match groups.iter().position(|(known, _)| *known == key) {
            Some(position) => position,
            None => {
                groups.push((key, Vec::new()));
                groups.len() - 1
            }
        };
        let segments = &mut groups[position].1;
        match segments.last_mut() {
            Some(segment) if segment.goes_on(&set) && !(angle == 0 && segment.is_ruled_off(&set, &contents.rules)) => {
                segment.push(set);
            }
            _ => {
                let first = Segment { from: set.from, to: set.to, base: set.base, size: set.size, glyphs: vec![set] };
                segments.push(first);
            }
        }
    }
    let mut lines = Vec::new();
    for ((role, angle), segments) in groups {
        let rules: &[Rule] = if angle == 0 { &contents.rules } else { &[] };
        for segment in merged(segments, rules) {
            lines.push(line(page, glyphs, &segment, role, angle));
        }
    }
    lines.sort_by_key(|line| line.order);
    let cells = Cells::new(&contents.rules);
    for line in lines.iter_mut().filter(|line| line.angle == 0) {
        line.cell = cells.around(line.bounds);
    }
    // One cell is a frame, not a table.
    let mut kinds: Vec<Cell> = lines.iter().filter_map(|line| line.cell).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.len() < 2 {
        lines.iter_mut().for_each(|line| line.cell = None);
    }
    lines
}

/// A glyph along and across the direction of `angle` degrees.
fn place(index: usize, glyph: &Glyph, angle: i32) -> Set {
    let (sin, cos) = f64::from(angle).to_radians().sin_cos();
    let along = |x: f64, y: f64| x * cos + y * sin;
    let bounds = glyph.bounds;
    let corners = [(bounds.x0, bounds.y0), (bounds.x1, bounds.y0), (bounds.x0, bounds.y1), (bounds.x1, bounds.y1)];
    let edges = corners.map(|(x, y)| along(x, y));
    let from = edges.iter().copied().fold(f64::INFINITY, f64::min);
    let to = edges.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let base = glyph.origin.y * cos - glyph.origin.x * sin;
    Set { glyph: index, from, to, base, size: glyph.size, blank: false }
}

/// Which glyphs only repeat another one almost at the same place: bold type is often made so.
fn doubled(glyphs: &[Glyph]) -> Vec<bool> {
    const STEP: f64 = 2.0;
    let mut doubled = vec![false; glyphs.len()];
    let mut seen: HashMap<(i32, i32), Vec<usize>> = HashMap::new();
    for (index, glyph) in glyphs.iter().enumerate() {
        let (x, y) = ((glyph.origin.x / STEP) as i32, (glyph.origin.y / STEP) as i32);
        let near = (glyph.size * 0.15).min(STEP);
        let is_double =
            (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (x.saturating_add(dx), y.saturating_add(dy)))).any(|cell| {
                seen.get(&cell).is_some_and(|others| {
                    others.iter().any(|&other| {
                        let other = &glyphs[other];
                        other.shown == glyph.shown
                            && other.role == glyph.role
                            && (other.origin.x - glyph.origin.x).abs() < near
                            && (other.origin.y - glyph.origin.y).abs() < near
                    })
                })
            });
        if is_double {
            doubled[index] = true;
        } else {
            let here = seen.entry((x, y)).or_default();
            // Thousands of glyphs on one spot are no text; looking through all of them would take for ever.
            if here.len() < 16 {
                here.push(index);
            }
        }
    }
    doubled
}

impl Segment {
    /// Whether `next` stands on this line, right behind it.
    fn goes_on(&self, next: &Set) -> bool {
        let size = self.size.max(next.size);
        let Some(last) = self.glyphs.last() else { return false };
        let gap = next.from - last.to;
        // What is set above or below the line is smaller and close.
        let shift = (next.base - self.base).abs();
        let on_line =
            shift < 0.25 * size || shift < 0.6 * size && gap.abs() < 0.3 * size && next.size < 0.8 * self.size;
        on_line && gap > -0.6 * size && gap <= GAP * size
    }

    /// Whether a ruled line stands between this line and `next`.
    fn is_ruled_off(&self, next: &Set, rules: &[Rule]) -> bool {
        let middle = self.base - 0.3 * self.size;
        next.from - self.to > 0.1 * self.size
            && rules.iter().any(|rule| {
                rule.upright
                    && (self.to - 1.0..=next.from + 1.0).contains(&rule.at)
                    && (rule.from..=rule.to).contains(&middle)
            })
    }

    fn push(&mut self, next: Set) {
        self.to = self.to.max(next.to);
        self.size = self.size.max(next.size);
        self.glyphs.push(next);
    }
}

/// Joins segments that stand on one line.
fn merged(mut segments: Vec<Segment>, rules: &[Rule]) -> Vec<Segment> {
    segments.sort_by(|one, other| one.base.total_cmp(&other.base));
    let mut rows: Vec<Vec<Segment>> = Vec::new();
    for segment in segments {
        match rows.last_mut() {
            Some(row)
                if row
                    .first()
                    .is_some_and(|first| (segment.base - first.base).abs() < 0.35 * first.size.min(segment.size)) =>
            {
                row.push(segment);
            }
            _ => rows.push(vec![segment]),
        }
    }
    for row in &mut rows {
        row.sort_by(|one, other| one.from.total_cmp(&other.from));
    }
    // Gaps of each row, by which columns are told from blanks.
    let gaps: Vec<(f64, Vec<(f64, f64)>)> = rows
        .iter()
        .map(|row| {
            let base = row.first().map_or(0.0, |segment| segment.base);
            (base, row.windows(2).map(|pair| (pair[0].to, pair[1].from)).collect())
        })
        .collect();
    let is_gutter = |row: usize, gap: (f64, f64), size: f64| {
        let mut around = (1..=2).flat_map(|by| [row.checked_sub(by), Some(row + by)]).flatten();
        around.any(|other| {
            gaps.get(other).is_some_and(|(base, others)| {
                (base - gaps[row].0).abs() < 3.0 * size
                    && others.iter().any(|other| gap.1.min(other.1) - gap.0.max(other.0) > 0.6 * (gap.1 - gap.0))
            })
        })
    };
    let mut lines: Vec<Segment> = Vec::new();
    for (index, row) in rows.into_iter().enumerate() {
        let first = lines.len();
        for segment in row {
            let joined = match lines[first..].last() {
                Some(line) => {
                    let size = line.size.max(segment.size);
                    let gap = segment.from - line.to;
                    let next = line.glyphs.last().zip(segment.glyphs.first());
                    let in_order =
                        next.is_some_and(|(last, next)| next.glyph > last.glyph && next.glyph - last.glyph <= 24);
                    let ruled = segment.glyphs.first().is_some_and(|first| line.is_ruled_off(first, rules));
                    gap > -0.5 * size
                        && !ruled
                        && (gap <= GAP * size
                            && (in_order || gap <= 0.6 * size || !is_gutter(index, (line.to, segment.from), size))
                            || gap <= WIDE_GAP * size && in_order && !is_gutter(index, (line.to, segment.from), size))
                }
                None => false,
            };
            match lines.last_mut() {
                Some(line) if joined => segment.glyphs.into_iter().for_each(|glyph| line.push(glyph)),
                _ => lines.push(segment),
            }
        }
    }
    lines
}

/// Puts a line together.
fn line(page: u32, glyphs: &[Glyph], segment: &Segment, role: Role, angle: i32) -> Line {
    let sets = &segment.glyphs;
    let mut gaps: Vec<f64> = sets.windows(2).map(|pair| (pair[1].from - pair[0].to) / segment.size).collect();
    gaps.sort_by(f64::total_cmp);
    // In widely set lines every gap is wide.
    let usual = if gaps.len() >= 3 { gaps[gaps.len() / 2].max(0.0) } else { 0.0 };
    let mut pieces: Vec<Piece> = Vec::with_capacity(sets.len());
    let mut text = String::new();
    let mut bounds: Option<Rect> = None;
    for (index, set) in sets.iter().enumerate() {
        let glyph = &glyphs[set.glyph];
        let before = index.checked_sub(1).map(|index| &sets[index]);
        let first = match &glyph.shown {
            Shown::Char(character) => *character,
            Shown::Text(text) => text.chars().next().unwrap_or('\u{FFFD}'),
            Shown::Unknown => '\u{FFFD}',
        };
        let blanks = before.map_or(0, |before| {
            let gap = (set.from - before.to) / before.size.max(set.size) - usual;
            let chinese = |character: char| is_han(character) || is_cjk_punctuation(character);
            let both_latin = text.chars().next_back().is_some_and(|last| !chinese(last)) && !chinese(first);
            let wide = if both_latin { 0.18 } else { 0.8 };
            match gap {
                _ if gap > 1.6 => 2,
                // White space that takes no room was not meant to be seen.
                _ if set.blank && gap > 0.08 || gap > wide => 1,
                _ => 0,
            }
        });
        (0..blanks).for_each(|_| text.push(' '));
        match &glyph.shown {
            Shown::Text(shown) => text.push_str(shown),
            _ => text.push(first),
        }
        let edge = |points: f64| (points * 100.0).round().clamp(-1e8, 1e8) as i32;
        let area = Area {
            page,
            left: edge(glyph.bounds.x0),
            top: edge(glyph.bounds.y0),
            right: edge(glyph.bounds.x1),
            bottom: edge(glyph.bounds.y1),
        };
        pieces.push(Piece { shown: glyph.shown.clone(), area, blanks });
        bounds = Some(bounds.map_or(glyph.bounds, |all| all.union(glyph.bounds)));
    }
    Line {
        pieces,
        text,
        from: segment.from,
        to: segment.to,
        base: segment.base,
        size: segment.size,
        angle,
        order: sets.iter().map(|set| set.glyph).min().unwrap_or(0),
        role,
        cell: None,
        bounds: bounds.unwrap_or(Rect::ZERO),
    }
}

/// The ruled lines of a page, sorted for looking around a point.
struct Cells {
    upright: Vec<Rule>,
    level: Vec<Rule>,
}

impl Cells {
    fn new(rules: &[Rule]) -> Self {
        let sorted = |upright: bool| {
            let mut kept: Vec<Rule> = rules.iter().filter(|rule| rule.upright == upright).copied().collect();
            kept.sort_by(|one, other| one.at.total_cmp(&other.at));
            kept
        };
        Cells { upright: sorted(true), level: sorted(false) }
    }

    /// The cell around a line of text: ruled on all four sides.
    fn around(&self, bounds: Rect) -> Option<Cell> {
        let middle = bounds.center();
        let crosses = |rule: &&Rule, at: f64| rule.from - 1.5 <= at && at <= rule.to + 1.5;
        let split = |rules: &[Rule], at: f64| rules.partition_point(|rule| rule.at < at);
        // Text may stick out of its cell a little.
        let left = split(&self.upright, bounds.x0 + 2.0);
        let left = self.upright[..left].iter().rev().find(|rule| crosses(rule, middle.y))?;
        let right = split(&self.upright, bounds.x1 - 2.0);
        let right = self.upright[right..].iter().find(|rule| crosses(rule, middle.y))?;
        let centre = split(&self.level, middle.y);
        let top = self.level[..centre].iter().rev().find(|rule| crosses(rule, middle.x))?;
        let bottom = self.level[centre..].iter().find(|rule| crosses(rule, middle.x))?;
        let rounded = |at: f64| (at / 2.0).round() as i32 * 2;
        Some(Cell {
            top: rounded(top.at),
            left: rounded(left.at),
            bottom: rounded(bottom.at),
            right: rounded(right.at),
        })
    }
}
