//! For a person at a terminal, in Chinese. Findings are drawn the way compilers do (`annotate-snippets`, the layout of
//! rustc's diagnostics): header, place, excerpt with the hit underlined, where to look it up.
//!
//! Columns in places count characters from 1; widths inside this file count terminal cells (UAX #11, with ambiguous
//! characters such as “” taken as narrow, which is what terminals do today).

use std::io::{self, Write};

use annotate_snippets::renderer::{
    AnsiColor, DEFAULT_EMPHASIS_STYLE, DEFAULT_ERROR_STYLE, DEFAULT_HELP_STYLE, DEFAULT_LINE_NUM_STYLE,
    DEFAULT_WARNING_STYLE, Effects, Style as Paint,
};
use annotate_snippets::{AnnotationKind, Group, Level as Drawn, Renderer as Drawer, Snippet};
use unicode_width::UnicodeWidthChar;

use super::wording::{level_label, right_forms, visible};
use super::{Piecewise, Style, Summary};
use crate::dictionary::Severity;
use crate::document::Scope;
use crate::judge::{CONTEXT, Finding, Location};
use crate::source::{Level, Notice};

/// Cells of an excerpt when the terminal does not say how wide it is.
const WIDTH: usize = 100;
/// Below this, excerpts would show nothing; lines are then left to wrap.
const LEAST_WIDTH: usize = 40;
/// Cells of text before the hit that a label beside the underline has to leave.
const LEAST_BEFORE: usize = 12;
/// Stands for what was cut off an excerpt; three narrow characters in every terminal, unlike “…”.
const CUT: &str = "...";

/// Human-readable text, and what it is drawn on.
pub(super) struct Page {
    drawer: Drawer,
    colour: bool,
    width: usize,
}

impl Piecewise for Page {
    fn finding(&self, finding: &Finding, _: bool, out: &mut dyn Write) -> io::Result<()> {
        self.draw(finding, out)
    }

    fn notice(&self, notice: &Notice, _: bool, out: &mut dyn Write) -> io::Result<()> {
        let paint = match notice.level {
            Level::Error => DEFAULT_ERROR_STYLE,
            Level::Warning => DEFAULT_WARNING_STYLE,
        };
        let head = self.paint(paint, level_label(notice.level));
        let path = if notice.path.is_empty() { String::new() } else { format!(" {}:", visible(&notice.path)) };
        writeln!(out, "{head}:{path} {}", visible(&notice.message))
    }

    fn end(&self, summary: &Summary, any_notices: bool, out: &mut dyn Write) -> io::Result<()> {
        if any_notices {
            writeln!(out)?;
        }
        self.summary(summary, out)
    }
}

impl Page {
    pub(super) fn new(style: Style) -> Self {
        let width = style.width.unwrap_or(WIDTH).max(LEAST_WIDTH);
        let drawer = if style.colour { Drawer::styled() } else { Drawer::plain() };
        Page { drawer: drawer.term_width(width), colour: style.colour, width }
    }

    fn paint(&self, paint: Paint, text: &str) -> String {
        if self.colour { format!("{paint}{text}{paint:#}") } else { text.to_owned() }
    }

    fn draw(&self, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
        let (level, paint) = match finding.severity {
            Severity::Serious => (Drawn::ERROR, DEFAULT_ERROR_STYLE),
            Severity::Error => (Drawn::WARNING, DEFAULT_WARNING_STYLE),
            Severity::Advice => (Drawn::HELP, DEFAULT_HELP_STYLE),
        };
        let head = format!("{}[{}]", finding.severity.label(), visible(&finding.rule));
        let message = format!(": {}", visible(&finding.message));
        writeln!(out, "{}{}", self.paint(paint, &head), self.paint(DEFAULT_EMPHASIS_STYLE, &message))?;

        let line = match &finding.location {
            Location::Text { start, .. } => Some(start.line),
            _ => None,
        };
        let digits = line.map_or(0, |line| line.to_string().len());
        let arrow = format!("{:digits$}--> ", "");
        writeln!(out, "{}{}", self.paint(DEFAULT_LINE_NUM_STYLE, &arrow), place(finding))?;

        // The gutter is the line number, a blank, a bar and a blank.
        let excerpt = Excerpt::new(finding, self.width - digits - 3);
        let mark = AnnotationKind::Primary.span(excerpt.hit.clone()).label(excerpt.label).highlight_source(self.colour);
        let snippet = Snippet::source(excerpt.text).annotation(mark);
        let snippet = match line {
            Some(line) => snippet.line_start(line),
            None => snippet.line_numbering(false),
        };
        let mut group = Group::with_level(level).element(snippet);
        if let Some(right) = excerpt.note {
            group = group.element(Drawn::NOTE.no_name().message(right));
        }
        if !finding.source.is_empty() {
            group = group.element(Drawn::NOTE.with_name("依据").message(visible(&finding.source)));
        }
        writeln!(out, "{}\n", self.drawer.render(&[group]))
    }

    /// One line. It never speaks of an unreadable source as of a clean one.
    fn summary(&self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        let counts = summary.findings;
        let counted = |paint: Paint, severity: Severity, count: u64| {
            let shown = format!("{} {}", severity.label(), grouped(count));
            if count == 0 { shown } else { self.paint(paint, &shown) }
        };
        let read = match summary.checked {
            0 => "没有检查到任何文字".to_owned(),
            files => format!("检查 {} 个文件（{} 字）", grouped(files), grouped(summary.characters)),
        };
        let found = if counts.serious + counts.error + counts.advice > 0 {
            format!(
                "：{}，{}，{}",
                counted(DEFAULT_ERROR_STYLE, Severity::Serious, counts.serious),
                counted(DEFAULT_WARNING_STYLE, Severity::Error, counts.error),
                counted(DEFAULT_HELP_STYLE, Severity::Advice, counts.advice),
            )
        } else if summary.checked == 0 {
            String::new()
        } else if summary.unreadable == 0 {
            format!("：{}", self.paint(AnsiColor::Green.on_default().effects(Effects::BOLD), "未发现问题"))
        } else {
            "：已读到的文字中未发现问题".to_owned()
        };
        let unreadable = if summary.unreadable == 0 {
            String::new()
        } else {
            let shown = format!("{} 个文件未能读取或未能读全，不能算作通过", grouped(summary.unreadable));
            format!("；{}", self.paint(DEFAULT_ERROR_STYLE, &shown))
        };
        writeln!(out, "{read}{found}{unreadable}。用时 {:.2} 秒", summary.seconds)
    }
}

/// `a/b.html:12:5` for text, `附件.docx  第3段第12字` for documents, and what else there is to know about the place.
fn place(finding: &Finding) -> String {
    let path = visible(&finding.path);
    let place = match &finding.location {
        Location::Text { start, .. } => format!("{path}:{}:{}", start.line, start.column),
        location => format!("{path}  {}", visible(&location.label())),
    };
    let mut remarks = Vec::new();
    // Running text needs no name, and the label of a cell or a sheet says what it is.
    if !matches!(finding.scope, Scope::Body | Scope::Heading | Scope::Cell | Scope::SheetName) {
        remarks.push(finding.scope.label().to_owned());
    }
    if let Some(page) = &finding.page {
        remarks.push(format!("见页面 {} 的附件", visible(page)));
    }
    if remarks.is_empty() { place } else { format!("{place} （{}）", remarks.join("，")) }
}

/// The line that shows a hit, cut to the width there is.
struct Excerpt {
    text: String,
    /// Bytes of `text`.
    hit: std::ops::Range<usize>,
    /// The right forms, if they fit beside the underline.
    label: Option<String>,
    /// The right forms, if they do not.
    note: Option<String>,
}

impl Excerpt {
    /// Fits text and label into `width` cells, because a line that wraps tears the underline from its text.
    fn new(finding: &Finding, width: usize) -> Self {
        let context = &finding.context;
        let was_cut = |side: &str| side.chars().count() >= CONTEXT;
        // A hit that begins as many characters into its line or block has all of that before it.
        let begins = match &finding.location {
            Location::Text { start, .. } => start.column.saturating_sub(1),
            // A block of a page says nothing about where its line begins.
            Location::Page { .. } => usize::MAX,
            Location::Paragraph { chars, .. }
            | Location::Cell { chars, .. }
            | Location::Shape { chars, .. }
            | Location::Property { chars, .. } => chars[0],
        };
        let before_was_cut = was_cut(&context.before) && begins != context.before.chars().count();
        let before = visible(&context.before);
        let before = before.trim_start();
        let hit = cut_middle(&visible(&finding.text), width - 2 * CUT.len());
        let after = visible(&context.after);
        let after = after.trim_end();
        let right = right_forms(finding).map(|right| visible(&right));

        let hit_cells = cells(&hit);
        let right_cells = right.as_deref().map_or(0, |right| cells(right) + 1);
        let beside = right.is_some() && hit_cells + right_cells + LEAST_BEFORE.min(cells(before)) <= width;
        let beside_cells = if beside { right_cells } else { 0 };

        let room = width - hit_cells;
        let most_before = room - beside_cells;
        let before_cells = most_before.min((room / 2).max(room.saturating_sub(cells(after) + CUT.len())));
        let before = cut_start(before, before_cells, before_was_cut);
        let after = cut_end(after, room - cells(&before), was_cut(&context.after));
        let start = before.len();
        let (label, note) = if beside { (right, None) } else { (None, right) };
        Excerpt { hit: start..start + hit.len(), text: format!("{before}{hit}{after}"), label, note }
    }
}

/// Cells that a terminal gives to `text`.
fn cells(text: &str) -> usize {
    text.chars().map(cell).sum()
}

fn cell(character: char) -> usize {
    character.width().unwrap_or(1)
}

/// The end of `text`, in at most `width` cells, marked as cut where it is or `was_cut` before.
fn cut_start(text: &str, width: usize, was_cut: bool) -> String {
    if cells(text) <= width && !was_cut {
        return text.to_owned();
    }
    let Some(left) = width.checked_sub(CUT.len()) else { return String::new() };
    let start = text.len() - fitting(text.chars().rev(), left);
    format!("{CUT}{}", &text[start..])
}

/// The beginning of `text`, in at most `width` cells, marked as cut where it is or `was_cut` before.
fn cut_end(text: &str, width: usize, was_cut: bool) -> String {
    if cells(text) <= width && !was_cut {
        return text.to_owned();
    }
    let Some(left) = width.checked_sub(CUT.len()) else { return String::new() };
    format!("{}{CUT}", &text[..fitting(text.chars(), left)])
}

/// Both ends of `text`, in at most `width` cells.
fn cut_middle(text: &str, width: usize) -> String {
    if cells(text) <= width {
        return text.to_owned();
    }
    let half = width.saturating_sub(CUT.len()) / 2;
    let (start, end) = (fitting(text.chars(), half), text.len() - fitting(text.chars().rev(), half));
    format!("{}{CUT}{}", &text[..start], &text[end..])
}

/// Bytes of the first characters that `width` cells have room for.
fn fitting(characters: impl Iterator<Item = char>, width: usize) -> usize {
    let mut left = width;
    let fits = |character: &char| match left.checked_sub(cell(*character)) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    characters.take_while(fits).map(char::len_utf8).sum()
}

/// `45,678`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_text_fits() {
        let text = "全面贯彻落实党的二十大精神abc，认真布署";
        for width in 0..=cells(text) + 1 {
            for was_cut in [false, true] {
                assert!(cells(&cut_start(text, width, was_cut)) <= width, "start {width}");
                assert!(cells(&cut_end(text, width, was_cut)) <= width, "end {width}");
            }
            assert!(width < CUT.len() || cells(&cut_middle(text, width)) <= width, "middle {width}");
        }
        assert_eq!(cut_start(text, 9, false), "...真布署");
        assert_eq!(cut_end(text, 8, false), "全面...");
        assert_eq!(cut_middle(text, 13), "全面...布署");
        assert_eq!(cut_end(text, cells(text), false), text);
        assert_eq!(cut_end("全面", 9, true), "全面...");
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!([0, 999, 1000, 45678, 1234567].map(grouped), ["0", "999", "1,000", "45,678", "1,234,567"]);
    }
}
