//! XLSX (ECMA-376): the ledger as a workbook that can be handed out, filled in and filtered.

use std::io::{self, Write};

use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, Format, FormatAlign, FormatBorder, Url, Workbook, Worksheet,
    XlsxError,
};

use unicode_width::UnicodeWidthStr;

use super::csv::{COLUMNS, KEPT_COLUMNS, basis, link, place};
use super::register::{ChannelCounts, PROGRESS, Register, Row, of_report, right_forms, share};
use super::wording::visible;
use super::{Dictionary, Renderer, Report, Style};
use crate::dictionary::Severity;

/// Rows of a sheet.
const SHEET_ROWS: usize = 1_048_576;
/// Rows of a sheet that hold no finding: the heading, and an empty one at the end (see `ledger`).
const OTHER_ROWS: usize = 2;
/// Characters of a cell.
const CELL: usize = 32_767;
/// Links of a sheet (65,530) with room to spare; further addresses are text.
const LINKS: usize = 60_000;
/// Characters of an address that can be a link.
const LINK_LENGTH: usize = 2_000;
/// Widths of the columns of a ledger, in digits.
const WIDTHS: [f64; 15] = [5.0, 15.0, 15.0, 13.0, 5.5, 22.0, 26.0, 15.0, 11.0, 34.0, 16.0, 34.0, 9.0, 9.0, 11.0];
const SUMMARY_WIDTHS: [f64; 10] = [26.0, 24.0, 10.0, 10.0, 10.0, 12.0, 10.0, 10.0, 10.0, 12.0];
const KEPT_WIDTHS: [f64; 4] = [9.0, 14.0, 11.0, 11.0];
/// Height of a line, and most lines that a row shows.
const LINE: f64 = 16.5;
const LINES: usize = 8;

/// The ledger of one run.
pub(super) struct Xlsx;

impl Renderer for Xlsx {
    fn render(&self, report: &Report, dictionary: &Dictionary, _: Style, out: &mut dyn Write) -> io::Result<()> {
        write(&of_report(report, dictionary), out)
    }
}

/// Writes `register`.
pub(crate) fn write(register: &Register<'_>, out: &mut dyn Write) -> io::Result<()> {
    let bytes = workbook(register, SHEET_ROWS).map_err(io::Error::other)?;
    out.write_all(&bytes)
}

/// The workbook, with at most `sheet_rows` rows on a sheet.
fn workbook(register: &Register<'_>, sheet_rows: usize) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let formats = Formats::new();
    // A ledger without rows still has its heading.
    let chunks: Vec<&[Row<'_>]> =
        if register.rows.is_empty() { vec![&[]] } else { register.rows.chunks(sheet_rows - OTHER_ROWS).collect() };
    for (index, rows) in chunks.iter().enumerate() {
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(if index == 0 { "台账".to_owned() } else { format!("台账{}", index + 1) })?;
        ledger(sheet, rows, index * (sheet_rows - OTHER_ROWS), register.kept, &formats)?;
    }
    summary(workbook.add_worksheet(), register, &formats)?;
    let unread: Vec<_> = register.remarks.iter().filter(|remark| remark.unread).collect();
    for (index, remarks) in unread.chunks(sheet_rows - 1).enumerate() {
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(if index == 0 { "未能检查".to_owned() } else { format!("未能检查{}", index + 1) })?;
        heading(
            sheet,
            &["序号", "网站/账号", "责任单位", "链接/文件", "原因和处理办法"],
            &[6.0, 18.0, 18.0, 48.0, 80.0],
            &formats,
        )?;
        for (row, remark) in remarks.iter().enumerate() {
            let at = cell_row(row + 1);
            sheet.write_number_with_format(at, 0, (index * (sheet_rows - 1) + row + 1) as f64, &formats.number)?;
            for (column, text) in [&remark.channel, &remark.unit, &remark.link, &remark.message].into_iter().enumerate()
            {
                sheet.write_string_with_format(at, column as u16 + 1, shown(text), &formats.text)?;
            }
        }
        sheet.autofilter(0, 0, cell_row(remarks.len()), 4)?;
    }
    if unread.is_empty() {
        let sheet = workbook.add_worksheet();
        sheet.set_name("未能检查")?;
        heading(
            sheet,
            &["序号", "网站/账号", "责任单位", "链接/文件", "原因和处理办法"],
            &[6.0, 18.0, 18.0, 48.0, 80.0],
            &formats,
        )?;
        sheet.write_string_with_format(1, 3, "没有：全部文件都已读全", &formats.text)?;
    }
    workbook.save_to_buffer()
}

/// One sheet of findings, numbered after the first `before`.
fn ledger(
    sheet: &mut Worksheet,
    rows: &[Row<'_>],
    before: usize,
    kept: bool,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let columns: Vec<&str> = COLUMNS.iter().chain(if kept { &KEPT_COLUMNS[..] } else { &[] }).copied().collect();
    let widths: Vec<f64> = WIDTHS.iter().chain(if kept { &KEPT_WIDTHS[..] } else { &[] }).copied().collect();
    heading(sheet, &columns, &widths, formats)?;
    let last = cell_row(rows.len());
    for (index, row) in rows.iter().enumerate() {
        let at = cell_row(index + 1);
        // Rows are not measured by the programs that open the file, as the text of their cells comes in pieces.
        sheet.set_row_height(at, LINE * lines(row, kept) as f64)?;
        sheet.write_number_with_format(at, 0, (before + index + 1) as f64, &formats.number)?;
        let text = |sheet: &mut Worksheet, column: u16, text: &str| -> Result<(), XlsxError> {
            sheet.write_string_with_format(at, column, shown(text), &formats.text).map(|_| ())
        };
        text(sheet, 1, &row.channel)?;
        text(sheet, 2, &row.unit)?;
        text(sheet, 3, &row.category)?;
        sheet.write_string_with_format(at, 4, row.severity.label(), formats.level(row.severity))?;
        text(sheet, 5, &row.title)?;
        if index < LINKS && is_address(&row.link) {
            let address = Url::new(&*row.link).set_text(shown(&link(row)));
            sheet.write_url_with_format(at, 6, address, &formats.link)?;
        } else {
            text(sheet, 6, &link(row))?;
        }
        text(sheet, 7, &place(row))?;
        text(sheet, 8, &row.date)?;
        let (left, hit, right) = (shown(&row.before), shown(&row.text), shown(&row.after));
        let pieces = [(&formats.plain, left.as_str()), (&formats.hit, hit.as_str()), (&formats.plain, right.as_str())];
        let pieces: Vec<(&Format, &str)> = pieces.into_iter().filter(|(_, text)| !text.is_empty()).collect();
        if pieces.len() > 1 {
            sheet.write_rich_string_with_format(at, 9, &pieces, &formats.text)?;
        } else {
            sheet.write_string_with_format(at, 9, &hit, &formats.text_hit)?;
        }
        text(sheet, 10, &right_forms(&row.suggestions))?;
        text(sheet, 11, &basis(row))?;
        text(sheet, 12, row.progress)?;
        text(sheet, 13, &row.person)?;
        text(sheet, 14, &row.done)?;
        if kept {
            text(sheet, 15, &row.reference)?;
            text(sheet, 16, &row.state)?;
            text(sheet, 17, &row.first)?;
            text(sheet, 18, &row.last)?;
        }
    }
    if !rows.is_empty() {
        // In constant memory rust_xlsxwriter 0.102 writes the last row of a sheet twice if it has a height, and a row that
        // stands twice is a damaged file. So the last row is one without.
        sheet.write_blank(last + 1, 0, &formats.nothing)?;
        let choice = DataValidation::new()
            .allow_list_strings(&PROGRESS)?
            .set_error_style(DataValidationErrorStyle::Stop)
            .set_error_title("整改情况")?
            .set_error_message("请从下拉列表中选择。")?;
        sheet.add_data_validation(1, 12, last, 12, &choice)?;
    }
    sheet.autofilter(0, 0, last, columns.len() as u16 - 1)?;
    Ok(())
}

/// Heading, widths and everything about the page.
fn heading(sheet: &mut Worksheet, columns: &[&str], widths: &[f64], formats: &Formats) -> Result<(), XlsxError> {
    for (column, width) in widths.iter().enumerate() {
        sheet.set_column_width(column as u16, *width)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    sheet.set_footer("&C第 &P 页，共 &N 页");
    for (column, name) in columns.iter().enumerate() {
        sheet.write_string_with_format(0, column as u16, *name, &formats.heading)?;
    }
    Ok(())
}

/// Counts by site, by kind of error, and facts about the run.
fn summary(sheet: &mut Worksheet, register: &Register<'_>, formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_name("汇总")?;
    for (column, width) in SUMMARY_WIDTHS.iter().enumerate() {
        sheet.set_column_width(column as u16, *width)?;
    }
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.write_string_with_format(0, 0, &register.title, &formats.title)?;
    let mut at = 1;
    for (label, value) in &register.facts {
        sheet.write_string(at, 0, *label)?;
        sheet.write_string(at, 1, value)?;
        at += 1;
    }
    at += 1;
    let columns =
        ["网站/账号", "责任单位", "文件数", "未能检查", "合格文件", "文件合格率", "严重", "差错", "建议", "结论"];
    for (column, name) in columns.into_iter().enumerate() {
        sheet.write_string_with_format(at, column as u16, name, &formats.heading)?;
    }
    let total = register.total();
    for one in register.channels.iter().chain([&total]) {
        at += 1;
        channel(sheet, at, one, formats)?;
    }
    let named: Vec<&ChannelCounts> = register.channels.iter().filter(|one| !one.name.is_empty()).collect();
    let passed = named.iter().filter(|one| one.verdict() == "合格").count() as u64;
    if let Some(share) = share(passed, named.len() as u64) {
        at += 1;
        let counted = format!("网站/账号合格率（{passed}/{}）", named.len());
        sheet.write_string_with_format(at, 0, counted, &formats.text)?;
        sheet.write_number_with_format(at, 5, share, &formats.percent)?;
    }
    at += 1;
    let note = "文件合格：已读全，且没有“严重”“差错”级问题。结论：有“严重”问题的不合格；有文件未能检查的待核实。";
    sheet.write_string(at, 0, note)?;
    at += 2;
    for (column, name) in ["问题类别", "", "严重", "差错", "建议", "合计"].into_iter().enumerate() {
        sheet.write_string_with_format(at, column as u16, name, &formats.heading)?;
    }
    for (name, levels) in register.categories() {
        at += 1;
        sheet.write_string_with_format(at, 0, name, &formats.text)?;
        sheet.write_string_with_format(at, 1, "", &formats.text)?;
        for (column, count) in levels.into_iter().chain([levels.iter().sum()]).enumerate() {
            sheet.write_number_with_format(at, column as u16 + 2, count as f64, &formats.number)?;
        }
    }
    Ok(())
}

fn channel(sheet: &mut Worksheet, at: u32, one: &ChannelCounts, formats: &Formats) -> Result<(), XlsxError> {
    let name = if one.name.is_empty() { "（未登记）" } else { &one.name };
    let lines = needed(name, SUMMARY_WIDTHS[0]).max(needed(&one.unit, SUMMARY_WIDTHS[1])).clamp(1, LINES);
    sheet.set_row_height(at, LINE * lines as f64)?;
    sheet.write_string_with_format(at, 0, shown(name), &formats.text)?;
    sheet.write_string_with_format(at, 1, shown(&one.unit), &formats.text)?;
    for (column, count) in
        [(2, one.sources), (3, one.unread), (4, one.passed), (6, one.serious), (7, one.error), (8, one.advice)]
    {
        sheet.write_number_with_format(at, column, count as f64, &formats.number)?;
    }
    match share(one.passed, one.sources) {
        Some(share) => sheet.write_number_with_format(at, 5, share, &formats.percent)?,
        None => sheet.write_string_with_format(at, 5, "—", &formats.text)?,
    };
    sheet.write_string_with_format(at, 9, one.verdict(), &formats.text)?;
    Ok(())
}

struct Formats {
    /// A cell like none.
    nothing: Format,
    title: Format,
    heading: Format,
    text: Format,
    text_hit: Format,
    number: Format,
    percent: Format,
    link: Format,
    serious: Format,
    advice: Format,
    plain: Format,
    hit: Format,
}

impl Formats {
    fn new() -> Self {
        let red = Color::RGB(0xC0_00_00);
        let cell = Format::new()
            .set_text_wrap()
            .set_align(FormatAlign::Top)
            .set_border(FormatBorder::Thin)
            .set_border_color(Color::RGB(0xBF_BF_BF));
        Formats {
            nothing: Format::new().set_text_wrap(),
            title: Format::new().set_bold().set_font_size(14.0),
            heading: cell
                .clone()
                .set_bold()
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter)
                .set_background_color(Color::RGB(0xDD_EB_F7)),
            text: cell.clone(),
            text_hit: cell.clone().set_bold().set_font_color(red),
            number: cell.clone().set_align(FormatAlign::Center),
            percent: cell.clone().set_num_format("0.0%").set_align(FormatAlign::Center),
            link: cell.clone().set_font_color(Color::RGB(0x05_63_C1)),
            serious: cell.clone().set_bold().set_font_color(red).set_align(FormatAlign::Center),
            advice: cell.set_align(FormatAlign::Center),
            plain: Format::new(),
            hit: Format::new().set_bold().set_font_color(red),
        }
    }

    fn level(&self, severity: Severity) -> &Format {
        if severity == Severity::Serious { &self.serious } else { &self.advice }
    }
}

/// Row numbers fit: sheets are cut before.
fn cell_row(row: usize) -> u32 {
    u32::try_from(row).unwrap_or(u32::MAX)
}

/// Lines that the fullest cell of a row needs.
fn lines(row: &Row<'_>, kept: bool) -> usize {
    let hit = format!("{}{}{}", row.before, row.text, row.after);
    let (link, place, right, basis) = (link(row), place(row), right_forms(&row.suggestions), basis(row));
    let cells: [(usize, &str); 9] = [
        (1, &row.channel),
        (2, &row.unit),
        (3, &row.category),
        (5, &row.title),
        (6, &link),
        (7, &place),
        (9, &hit),
        (10, &right),
        (11, &basis),
    ];
    let most = cells.into_iter().map(|(column, text)| needed(text, WIDTHS[column])).max().unwrap_or(1);
    let state = if kept { needed(&row.state, KEPT_WIDTHS[1]) } else { 1 };
    most.max(state).clamp(1, LINES)
}

/// Lines that `text` takes in a column. Quotation marks and other ambiguous characters are as wide as Chinese ones in the fonts
/// that show such a file.
fn needed(text: &str, width: f64) -> usize {
    (text.width_cjk() as f64 / (width - 1.5)).ceil() as usize
}

fn is_address(link: &str) -> bool {
    (link.starts_with("http://") || link.starts_with("https://")) && link.chars().count() <= LINK_LENGTH
}

/// Text as one cell can hold it.
fn shown(text: &str) -> String {
    let shown = visible(text);
    match shown.char_indices().nth(CELL - 1) {
        Some((at, _)) => format!("{}…", &shown[..at]),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: usize) -> Register<'static> {
        let row = Row {
            channel: "网站".into(),
            unit: "".into(),
            person: "".into(),
            category: "常见错别字".into(),
            severity: Severity::Error,
            title: "=题".into(),
            path: "a.html".into(),
            link: "https://example.gov.cn/a.html".into(),
            page: None,
            place: "第1行第1列".into(),
            scope: "".into(),
            date: "2025-01-01".into(),
            before: "认真".into(),
            text: "布署".into(),
            after: "".into(),
            suggestions: vec!["部署".to_owned()].into(),
            message: "误。".into(),
            basis: "".into(),
            rule: "typos/部署".into(),
            confidence: None,
            reference: "1".into(),
            progress: PROGRESS[0],
            state: "".into(),
            first: "".into(),
            last: "".into(),
            done: "".into(),
        };
        Register { rows: vec![row; count], ..Register::default() }
    }

    fn part(bytes: &[u8], name: &str) -> String {
        let mut package = zip::ZipArchive::new(io::Cursor::new(bytes)).unwrap();
        io::read_to_string(package.by_name(name).unwrap()).unwrap()
    }

    /// Every row is on one of the sheets, once, and no sheet is longer than it may be.
    #[test]
    fn rows_beyond_a_sheet_go_on_the_next() {
        let bytes = workbook(&rows(7), 5).unwrap();
        let numbers = |sheet: usize| -> Vec<String> {
            let text = part(&bytes, &format!("xl/worksheets/sheet{sheet}.xml"));
            text.split("<row r=\"").skip(1).filter_map(|row| Some(row.split_once('"')?.0.to_owned())).collect()
        };
        assert_eq!([numbers(1), numbers(2)], [["1", "2", "3", "4", "5"]; 2]);
        assert_eq!(numbers(3), ["1", "2", "3"]);
        let names = part(&bytes, "xl/workbook.xml");
        for name in ["\"台账\"", "\"台账2\"", "\"台账3\"", "\"汇总\"", "\"未能检查\""] {
            assert!(names.contains(name), "{name}: {names}");
        }
    }

    #[test]
    fn sheets_hold_text_choices_and_filters_but_no_formula() {
        let sheet = part(&workbook(&rows(2), 10).unwrap(), "xl/worksheets/sheet1.xml");
        for wanted in [
            "待整改,整改中,已整改,已下线,保留,误报,待核实",
            "sqref=\"M2:M3\"",
            "<autoFilter ref=\"A1:O3\"",
            "state=\"frozen\"",
            "<hyperlink ",
        ] {
            assert!(sheet.contains(wanted), "{wanted}: {sheet}");
        }
        assert!(!sheet.contains("<f>"));
    }
}
