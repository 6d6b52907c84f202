//! From lines to paragraphs: running heads apart, columns and cells for themselves, words whole over the ends of lines,
//! columns and pages.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::layout::{Cell, Line};
use super::{Role, Shown};
use crate::document::{CellIndex, DocumentBuilder, Place, Scope};
use crate::extract::paragraph::{begins_paragraph, is_border};
use crate::normalise::{is_cjk_punctuation, is_han};

/// Share of a page at its top and bottom in which running heads stand.
const MARGIN: f64 = 0.12;
/// Widest indent of a first line, in em.
const INDENT: f64 = 2.3;
/// Most chains of a page that are put in order by where they stand; a page with more keeps the order of its content stream.
const ORDERED: usize = 200;

/// The lines of one page.
#[derive(Debug)]
pub(in crate::extract) struct PageLines {
    pub(in crate::extract) height: f64,
    pub(in crate::extract) lines: Vec<Line>,
}

/// Lines below each other that belong together: a column, a cell, a heading.
#[derive(Debug)]
struct Chain {
    lines: Vec<Line>,
    /// Edges along and across the writing direction.
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    order: usize,
}

/// A paragraph, perhaps only its part on one page.
#[derive(Debug)]
struct Paragraph {
    lines: Vec<Line>,
    scope: Scope,
    cell: Option<CellIndex>,
    /// How it goes on before and after: `None` if it does not touch the border of its chain.
    starts: Option<Edge>,
    ends: Option<Edge>,
}

/// What a paragraph's line at the border of a chain says about where it goes on.
#[derive(Debug, Clone, Copy)]
struct Edge {
    page: usize,
    /// Whether the last line is full; whether the first one begins at the left.
    open: bool,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    /// Lines of the chain.
    lines: usize,
}

/// Writes the text of all pages of a document; `tables` counts the tables of the file so far.
pub(in crate::extract) fn write(pages: Vec<PageLines>, builder: &mut DocumentBuilder, part: u16, tables: &mut u32) {
    let furniture = furniture(&pages);
    let body = body_size(&pages);
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    for (page, (lines, scopes)) in pages.into_iter().zip(furniture).enumerate() {
        let (mut heads, mut text, mut feet) = (Vec::new(), Vec::new(), Vec::new());
        for (line, scope) in lines.lines.into_iter().zip(scopes) {
            match scope {
                Some(Scope::Header) => heads.push(Paragraph::alone(line, Scope::Header)),
                Some(scope) => feet.push(Paragraph::alone(line, scope)),
                None => text.push(line),
            }
        }
        let cells = cell_indices(&text, tables);
        paragraphs.append(&mut heads);
        for chain in ordered(chains(text)) {
            split(chain, page, body, &cells, &mut paragraphs);
        }
        paragraphs.append(&mut feet);
    }
    for paragraph in joined(paragraphs) {
        emit(&paragraph, builder, part);
    }
}

/// Which lines are running heads, page numbers or comments.
fn furniture(pages: &[PageLines]) -> Vec<Vec<Option<Scope>>> {
    let zone = |page: &PageLines, line: &Line| {
        if line.bounds.y1 < page.height * MARGIN {
            Some(Scope::Header)
        } else if line.bounds.y0 > page.height * (1.0 - MARGIN) {
            Some(Scope::Footer)
        } else {
            None
        }
    };
    let mut seen: HashMap<(Scope, String), usize> = HashMap::new();
    for page in pages {
        let here: HashSet<(Scope, String)> =
            page.lines.iter().filter_map(|line| Some((zone(page, line)?, pattern(&line.text)))).collect();
        here.into_iter().for_each(|key| *seen.entry(key).or_default() += 1);
    }
    let enough = if pages.len() == 2 { 2 } else { 3 };
    let scope = |page: &PageLines, line: &Line| {
        if line.role == Role::Comment {
            return Some(Scope::Comment);
        }
        if line.role == Role::Pagination {
            return Some(if line.bounds.center().y < page.height / 2.0 { Scope::Header } else { Scope::Footer });
        }
        let zone = zone(page, line)?;
        let pattern = pattern(&line.text);
        (is_page_number(&pattern) || seen.get(&(zone, pattern)).is_some_and(|&count| count >= enough)).then_some(zone)
    };
    pages.iter().map(|page| page.lines.iter().map(|line| scope(page, line)).collect()).collect()
}

/// The text with what differs from page to page made alike.
fn pattern(text: &str) -> String {
    let mut pattern = String::new();
    for character in text.chars().filter(|character| !character.is_whitespace()) {
        let digit = character.is_ascii_digit() || ('０'..='９').contains(&character);
        match character {
            _ if digit && pattern.ends_with('#') => {}
            _ if digit => pattern.push('#'),
            '—' | '－' | '–' | '―' | '─' | '‐' => pattern.push('-'),
            _ => pattern.push(character),
        }
    }
    pattern
}

fn is_page_number(pattern: &str) -> bool {
    let inner = pattern.trim_matches(['-', '·', '.', '/', '~', '[', ']', '(', ')', '（', '）', '|']);
    matches!(
        inner,
        "#" | "第#页"
            | "第#页共#页"
            | "第#页/共#页"
            | "第#页,共#页"
            | "第#页，共#页"
            | "#/#"
            | "Page#"
            | "Page#of#"
            | "#-#"
            | "#页"
    ) || !inner.is_empty() && inner.len() <= 5 && inner.chars().all(|character| "ivxlcIVXLC".contains(character))
}

/// The size in which most of the text is set, in points.
fn body_size(pages: &[PageLines]) -> f64 {
    let mut sizes: BTreeMap<i64, usize> = BTreeMap::new();
    for line in pages.iter().flat_map(|page| &page.lines) {
        *sizes.entry((line.size * 4.0).round() as i64).or_default() += line.pieces.len();
    }
    let most = sizes.iter().max_by_key(|&(size, count)| (*count, std::cmp::Reverse(*size)));
    most.map_or(0.0, |(size, _)| *size as f64 / 4.0)
}

/// Chains lines to those below them.
fn chains(lines: Vec<Line>) -> Vec<Chain> {
    let mut by_base: Vec<usize> = (0..lines.len()).collect();
    by_base.sort_by(|&one, &other| lines[one].base.total_cmp(&lines[other].base));
    let mut above: Vec<Option<usize>> = vec![None; lines.len()];
    let mut below: Vec<Option<(usize, f64)>> = vec![None; lines.len()];
    for (position, &lower) in by_base.iter().enumerate() {
        let line = &lines[lower];
        let mut best: Option<(usize, f64)> = None;
        for &upper in by_base[..position].iter().rev() {
            let other = &lines[upper];
            let pitch = line.base - other.base;
            // Nothing further up can be nearer; sizes differ by a quarter at most.
            if pitch > 2.3 * 1.25 * line.size || best.is_some_and(|(_, best)| pitch > best + 0.3 * line.size) {
                break;
            }
            // The last line of a paragraph may end before its indented first one begins.
            let indented = if other.from > line.from { INDENT * other.size } else { 0.0 };
            let common = line.to.min(other.to) - line.from.max(other.from - indented);
            let least = (line.to - line.from).min(other.to - other.from);
            let alike = line.angle == other.angle
                && line.cell == other.cell
                && line.size.max(other.size) <= 1.25 * line.size.min(other.size)
                && pitch > 0.5 * line.size
                && pitch <= 2.3 * line.size.max(other.size);
            if alike && common > 0.25 * least && best.is_none_or(|(_, best)| pitch < best) {
                best = Some((upper, pitch));
            }
        }
        let Some((upper, pitch)) = best else { continue };
        // Of two lines below the same one, the nearer goes on with it.
        match below[upper] {
            Some((_, known)) if known <= pitch => {}
            Some((other, _)) => {
                above[other] = None;
                above[lower] = Some(upper);
                below[upper] = Some((lower, pitch));
            }
            None => {
                above[lower] = Some(upper);
                below[upper] = Some((lower, pitch));
            }
        }
    }
    let mut lines: Vec<Option<Line>> = lines.into_iter().map(Some).collect();
    let mut chains = Vec::new();
    for first in by_base {
        if above[first].is_some() {
            continue;
        }
        let mut chain = Vec::new();
        let mut next = Some(first);
        while let Some(line) = next.and_then(|index| lines[index].take()) {
            chain.push(line);
            next = next.and_then(|index| below[index]).map(|(index, _)| index);
        }
        chains.extend(Chain::new(chain));
    }
    chains.sort_by_key(|chain| chain.order);
    align(&mut chains);
    chains
}

/// Gives chains the edges of their column: a few lines alone do not show that all of them are indented, or short.
fn align(chains: &mut [Chain]) {
    if chains.len() > ORDERED {
        return;
    }
    let edges: Vec<(f64, f64)> = chains
        .iter()
        .map(|chain| {
            let Some(first) = chain.lines.first() else { return (chain.left, chain.right) };
            let reach = 3.0 * first.size;
            let column = chains.iter().filter(|other| {
                other.lines.first().is_some_and(|line| {
                    line.angle == first.angle
                        && line.cell == first.cell
                        && line.size.max(first.size) <= 1.12 * line.size.min(first.size)
                }) && other.shares_columns(chain)
                    && (other.left - chain.left).abs() < reach
            });
            column.fold((chain.left, chain.right), |(left, right), other| {
                (left.min(other.left), if other.right - chain.right < reach { right.max(other.right) } else { right })
            })
        })
        .collect();
    for (chain, (left, right)) in chains.iter_mut().zip(edges) {
        (chain.left, chain.right) = (left, right);
    }
}

impl Chain {
    fn new(lines: Vec<Line>) -> Option<Self> {
        let (first, last) = (lines.first()?, lines.last()?);
        let (top, bottom) = (first.base - first.size, last.base);
        Some(Chain {
            left: lines.iter().map(|line| line.from).fold(f64::INFINITY, f64::min),
            right: lines.iter().map(|line| line.to).fold(f64::NEG_INFINITY, f64::max),
            top,
            bottom,
            order: lines.iter().map(|line| line.order).min()?,
            lines,
        })
    }

    fn shares_columns(&self, other: &Chain) -> bool {
        self.left < other.right && other.left < self.right
    }

    fn last_order(&self) -> usize {
        self.lines.iter().map(|line| line.order).max().unwrap_or(self.order)
    }
}

/// Puts the chains of a page in reading order: that of the content stream, which is right unless columns are interleaved in
/// it line by line. Then what stands above in the same column comes first, and a column before the one to its right
/// (T. M. Breuel, High Performance Document Layout Analysis, 2003).
fn ordered(chains: Vec<Chain>) -> Vec<Chain> {
    let interleaved = chains.iter().enumerate().any(|(index, one)| {
        chains[index + 1..].iter().any(|other| {
            one.lines.len() >= 3
                && other.lines.len() >= 3
                && !one.shares_columns(other)
                && one.order < other.last_order()
                && other.order < one.last_order()
                && one.lines[0].cell.is_none()
        })
    });
    if !interleaved || chains.len() > ORDERED {
        return chains;
    }
    let count = chains.len();
    let before = |one: usize, other: usize| {
        let (first, second) = (&chains[one], &chains[other]);
        if first.shares_columns(second) {
            return first.top < second.top;
        }
        first.right <= second.left
            && !chains.iter().enumerate().any(|(between, chain)| {
                between != one
                    && between != other
                    && chain.shares_columns(first)
                    && chain.shares_columns(second)
                    && chain.top > first.top.min(second.top)
                    && chain.top < first.top.max(second.top)
            })
    };
    let mut waiting: Vec<usize> = (0..count).collect();
    let mut order = Vec::with_capacity(count);
    while !waiting.is_empty() {
        let free = waiting.iter().position(|&one| waiting.iter().all(|&other| other == one || !before(other, one)));
        order.push(waiting.remove(free.unwrap_or(0)));
    }
    let mut chains: Vec<Option<Chain>> = chains.into_iter().map(Some).collect();
    order.into_iter().filter_map(|index| chains[index].take()).collect()
}

/// Splits a chain into paragraphs.
fn split(chain: Chain, page: usize, body: f64, cells: &HashMap<Cell, CellIndex>, paragraphs: &mut Vec<Paragraph>) {
    let Chain { lines, left, right, top, bottom, .. } = chain;
    let count = lines.len();
    let pitch = lines.windows(2).map(|pair| pair[1].base - pair[0].base).fold(f64::INFINITY, f64::min);
    let edge = |open| Some(Edge { page, open, left, right, top, bottom, lines: count });
    let mut current: Vec<Line> = Vec::new();
    let mut first = true;
    let mut finish = |lines: Vec<Line>, last: bool, first: &mut bool| {
        let (Some(head), Some(tail)) = (lines.first(), lines.last()) else { return };
        let starts = if *first { edge(head.from - left < 0.8 * head.size) } else { None };
        let ends = if last { edge(is_full(tail, right, None)) } else { None };
        *first = false;
        let size = lines.iter().map(|line| line.size).fold(0.0, f64::max);
        let length: usize = lines.iter().map(|line| line.pieces.len()).sum();
        let cell = head.cell.and_then(|cell| cells.get(&cell).copied());
        let scope = match cell {
            Some(_) => Scope::Cell,
            None if size > 1.15 * body && length <= 80 => Scope::Heading,
            None => Scope::Body,
        };
        paragraphs.push(Paragraph { lines, scope, cell, starts, ends });
    };
    for line in lines {
        if let Some(previous) = current.last()
            && is_new(previous, &line, left, right, pitch)
        {
            finish(std::mem::take(&mut current), false, &mut first);
        }
        current.push(line);
    }
    finish(current, true, &mut first);
}

/// Whether `line` begins a paragraph after `previous`, which stands above it in a column from `left` to `right`.
fn is_new(previous: &Line, line: &Line, left: f64, right: f64, pitch: f64) -> bool {
    let size = line.size.max(previous.size);
    if line.base - previous.base > 1.4 * pitch || size > 1.12 * line.size.min(previous.size) {
        return true;
    }
    // Narrow lines far apart are rows of a table without ruled lines, one under the other.
    if line.cell.is_none() && right - left < 10.0 * size && line.base - previous.base > 1.5 * size {
        return true;
    }
    let centred = ((previous.from + previous.to) - (line.from + line.to)).abs() < 1.2 * size
        && (previous.from - left > size || line.from - left > size)
        // Paragraphs of one line each are alike as well, and indented by two characters.
        && !((previous.from - line.from).abs() < 0.3 * size && (line.from - left - 2.0 * size).abs() < 0.5 * size);
    if centred {
        return is_border(&previous.text, &line.text);
    }
    if !is_full(previous, right, Some(line)) {
        return true;
    }
    let ended = previous.text.ends_with(['。', '！', '？', '；', '：', '…']);
    // An indented line begins a paragraph, unless all lines after the first are indented.
    let indented = line.from - left > 1.2 * size
        && (ended || line.from - previous.from > -0.5 * size && previous.from - left > size);
    ended || indented || begins_paragraph(&line.text)
}

/// Whether a line was ended by its width: the next word would not have found room.
fn is_full(line: &Line, right: f64, next: Option<&Line>) -> bool {
    let word = next.map_or(1, |next| {
        let latin = |character: &char| !is_chinese(*character) && !character.is_whitespace();
        next.text.chars().take_while(latin).count().div_ceil(2).clamp(1, 12)
    });
    right - line.to < (word as f64 + 1.2) * line.size
}

fn is_chinese(character: char) -> bool {
    is_han(character) || is_cjk_punctuation(character)
}

/// Joins paragraphs that a column or a page ends in the middle.
fn joined(paragraphs: Vec<Paragraph>) -> Vec<Paragraph> {
    let mut joined: Vec<Paragraph> = Vec::new();
    // The last paragraph of running text; heads and feet of pages may stand between.
    let mut open: Option<usize> = None;
    for paragraph in paragraphs {
        if !matches!(paragraph.scope, Scope::Body | Scope::Heading | Scope::Cell) {
            joined.push(paragraph);
            continue;
        }
        if let Some(last) = open.and_then(|index| joined.get_mut(index))
            && goes_on(last, &paragraph)
        {
            last.lines.extend(paragraph.lines);
            last.ends = paragraph.ends;
            continue;
        }
        open = Some(joined.len());
        joined.push(paragraph);
    }
    joined
}

fn goes_on(one: &Paragraph, other: &Paragraph) -> bool {
    let (Some(end), Some(start)) = (one.ends, other.starts) else { return false };
    let (Some(last), Some(first)) = (one.lines.last(), other.lines.first()) else { return false };
    let size = last.size;
    let alike = one.scope == other.scope
        && one.cell.is_none()
        && other.cell.is_none()
        && last.angle == first.angle
        && last.size.max(first.size) <= 1.12 * last.size.min(first.size);
    let next_page = start.page == end.page + 1;
    let next_column = start.page == end.page && start.left > end.right - size && start.top < end.bottom - size;
    // How wide a column is shows only in a few lines; a line alone must begin where the column before it did.
    let width = |edge: Edge| edge.right - edge.left;
    let same_column = if start.lines >= 2 {
        (width(start) - width(end)).abs() < 0.15 * width(end).max(width(start))
            || start.lines == 2 && width(start) < width(end)
    } else {
        next_column || (start.left - end.left).abs() < size
    };
    alike
        && end.open
        && start.open
        && (next_page || next_column)
        && same_column
        && !last.text.ends_with(['。', '！', '？', '；', '：', '…'])
        && !begins_paragraph(&first.text)
}

impl Paragraph {
    fn alone(line: Line, scope: Scope) -> Self {
        Paragraph { lines: vec![line], scope, cell: None, starts: None, ends: None }
    }
}

/// Writes one paragraph as a block.
fn emit(paragraph: &Paragraph, builder: &mut DocumentBuilder, part: u16) {
    builder.open(paragraph.scope, Place::Page, paragraph.cell);
    for line in &paragraph.lines {
        let before = builder.block_text().chars().next_back();
        if let (Some(before), Some(after)) = (before, line.text.chars().next())
            && !is_chinese(before)
            && !is_chinese(after)
            && before != '-'
        {
            builder.between(part, " ");
        }
        for piece in &line.pieces {
            (0..piece.blanks).for_each(|_| builder.between(part, " "));
            let mut buffer = [0; 4];
            let text = match &piece.shown {
                Shown::Char(character) => &*character.encode_utf8(&mut buffer),
                Shown::Text(text) => text,
                Shown::Unknown => "\u{FFFD}",
            };
            builder.glyph(part, text, piece.area);
        }
    }
    builder.close();
}

/// Rows and columns of the ruled tables of a page.
fn cell_indices(lines: &[Line], tables: &mut u32) -> HashMap<Cell, CellIndex> {
    let mut cells: Vec<Cell> = lines.iter().filter_map(|line| line.cell).collect();
    cells.sort_unstable();
    cells.dedup();
    let touch = |one: &Cell, other: &Cell| {
        one.left <= other.right + 4
            && other.left <= one.right + 4
            && one.top <= other.bottom + 4
            && other.top <= one.bottom + 4
    };
    let mut indices = HashMap::new();
    while let Some(first) = cells.pop() {
        let mut table = vec![first];
        let mut next = 0;
        while next < table.len() {
            let cell = table[next];
            next += 1;
            let (near, far): (Vec<Cell>, Vec<Cell>) = cells.into_iter().partition(|other| touch(&cell, other));
            table.extend(near);
            cells = far;
        }
        let places = |edge: fn(&Cell) -> i32| {
            let mut places: Vec<i32> = table.iter().map(edge).collect();
            places.sort_unstable();
            places.dedup_by(|one, other| (*one - *other).abs() <= 4);
            places
        };
        let (rows, columns) = (places(|cell| cell.top), places(|cell| cell.left));
        let index =
            |places: &[i32], at: i32| (places.partition_point(|place| *place <= at + 4)).saturating_sub(1) as u32;
        for cell in table {
            let place = CellIndex { table: *tables, row: index(&rows, cell.top), column: index(&columns, cell.left) };
            indices.insert(cell, place);
        }
        *tables += 1;
    }
    indices
}
