//! CSV (RFC 4180) that spreadsheet programs open as it is: with a byte order mark, and without cells that they would run.

use std::borrow::Cow;
use std::io::{self, Write};

use super::register::{Register, Row, of_report, right_forms};
use super::wording::visible;
use super::{Dictionary, Renderer, Report, Style};

/// Columns of a ledger.
pub(crate) const COLUMNS: [&str; 15] = [
    "序号",
    "网站/账号",
    "责任单位",
    "问题类别",
    "级别",
    "页面标题",
    "链接/文件",
    "位置",
    "发布日期",
    "错误内容",
    "建议修改",
    "依据",
    "整改情况",
    "责任人",
    "完成时间",
];
/// Further columns of rows that a ledger keeps.
pub(crate) const KEPT_COLUMNS: [&str; 4] = ["台账编号", "状态", "首次发现", "最近发现"];

/// The ledger of one run.
pub(super) struct Csv;

impl Renderer for Csv {
    fn render(&self, report: &Report, dictionary: &Dictionary, _: Style, out: &mut dyn Write) -> io::Result<()> {
        write(&of_report(report, dictionary), out)
    }
}

/// Writes `register`. What could not be read follows as rows of its own, so that a list never looks complete that is not.
pub(crate) fn write(register: &Register<'_>, out: &mut dyn Write) -> io::Result<()> {
    out.write_all("\u{FEFF}".as_bytes())?;
    let kept: &[&str] = if register.kept { &KEPT_COLUMNS } else { &[] };
    line(COLUMNS.iter().chain(kept).map(|&name| Cow::Borrowed(name)), out)?;
    let mut number = 0;
    for row in &register.rows {
        number += 1;
        let cells = [
            number.to_string(),
            row.channel.to_string(),
            row.unit.to_string(),
            row.category.to_string(),
            row.severity.label().to_owned(),
            row.title.to_string(),
            link(row),
            place(row),
            row.date.to_string(),
            format!("{}【{}】{}", row.before, row.text, row.after),
            right_forms(&row.suggestions),
            basis(row),
            row.progress.to_owned(),
            row.person.to_string(),
            row.done.to_string(),
        ];
        let kept = [row.reference.clone(), row.state.to_string(), row.first.to_string(), row.last.to_string()];
        let kept = if register.kept { &kept[..] } else { &[] };
        line(cells.iter().chain(kept).map(|cell| Cow::Owned(visible(cell))), out)?;
    }
    for remark in register.remarks.iter().filter(|remark| remark.unread) {
        number += 1;
        let mut cells = vec![String::new(); COLUMNS.len() + kept.len()];
        cells[0] = number.to_string();
        cells[1] = remark.channel.to_string();
        cells[2] = remark.unit.to_string();
        cells[3] = "未能检查".to_owned();
        cells[6] = remark.link.to_string();
        cells[9] = remark.message.to_string();
        cells[12] = "待核实".to_owned();
        line(cells.iter().map(|cell| Cow::Owned(visible(cell))), out)?;
    }
    Ok(())
}

/// Address or name of the source, and the page that links to it.
pub(crate) fn link(row: &Row<'_>) -> String {
    match &row.page {
        Some(page) => format!("{}（见页面 {page}）", row.link),
        None => row.link.to_string(),
    }
}

/// The place, and what kind of block it is.
pub(crate) fn place(row: &Row<'_>) -> String {
    if row.scope.is_empty() { row.place.clone() } else { format!("{}（{}）", row.place, row.scope) }
}

/// Why it is wrong, where the right form can be looked up, and which rule says so.
pub(crate) fn basis(row: &Row<'_>) -> String {
    let basis =
        if row.basis.is_empty() { String::new() } else { format!("依据：{}。", row.basis.trim_end_matches('。')) };
    format!("{}{basis}〔{}〕", row.message, row.rule)
}

fn line<'c>(cells: impl Iterator<Item = Cow<'c, str>>, out: &mut dyn Write) -> io::Result<()> {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        out.write_all(field(&harmless(&cell)).as_bytes())?;
    }
    out.write_all(b"\r\n")
}

/// A cell that no program takes for a formula (OWASP, CSV injection): an apostrophe goes before what could begin one, in full
/// width too.
fn harmless(cell: &str) -> Cow<'_, str> {
    if cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

fn field(cell: &str) -> Cow<'_, str> {
    if cell.contains([',', '"', '\r', '\n']) || cell.starts_with(' ') || cell.ends_with(' ') {
        Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_every_cell_is_one_cell() {
        let mut out = Vec::new();
        let cells = ["=1+1", " =A1", "-2", "@cmd", "＋甲", "a,b", "说“\"”", "第1行"];
        line(cells.into_iter().map(Cow::Borrowed), &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "'=1+1,' =A1,'-2,'@cmd,'＋甲,\"a,b\",\"说“\"\"”\",第1行\r\n");
    }
}
