//! From cells to rows with a meaning.

use super::columns::{Column, Head};
use super::{ImportOptions, Remark, RemarkPlace, Row, Table};
use crate::dictionary::{Severity, is_iso_date};

/// Reads the rows below `head`. Gives them with what should be looked at, and all that is refused.
pub(super) fn rows(table: &Table, head: &Head, options: &ImportOptions) -> (Vec<Row>, Vec<Remark>, Vec<Remark>) {
    let mut rows = Vec::new();
    let mut refused = Vec::new();
    let mut warnings = Vec::new();
    for (index, name) in &head.unknown {
        let place = RemarkPlace { row: head.row, column: Some((*index, name.clone())) };
        warnings.push(Remark { place, message: "这一列的名称不认识，没有导入".into() });
    }
    let width = head.columns.iter().map(|(_, index, _)| index + 1).max().unwrap_or_default();
    for (number, cells) in table.rows.iter().filter(|(number, _)| *number > head.row) {
        let cells: Vec<&str> = cells.iter().map(|cell| cell.trim()).collect();
        let used = |from: usize| cells.iter().skip(from).any(|cell| !cell.is_empty());
        // A number in the first column does not make a row.
        if !head.columns.iter().any(|(_, index, _)| cells.get(*index).is_some_and(|cell| !cell.is_empty())) {
            continue;
        }
        let place = |column: Column| {
            let at = head.columns.iter().find(|(own, ..)| *own == column);
            RemarkPlace { row: *number, column: at.map(|(_, index, name)| (*index, name.clone())) }
        };
        if used(width.max(head.unknown.iter().map(|(index, _)| index + 1).max().unwrap_or_default())) {
            let place = RemarkPlace { row: *number, column: None };
            refused.push(Remark {
                place, message: "这一行的格子比列名多，请检查是不是多了分隔符".into()
            });
            continue;
        }
        let cell = |column: Column| {
            let at = head.columns.iter().find(|(own, ..)| *own == column);
            at.and_then(|(_, index, _)| cells.get(*index)).copied().unwrap_or_default()
        };
        let mut refuse = |column: Column, message: String| refused.push(Remark { place: place(column), message });
        let right = forms(cell(Column::Right), false);
        // A form that enumerates is not several forms.
        let enumerates = cell(Column::Right).contains(['、', '，', ',']);
        let wrong = forms(cell(Column::Wrong), !enumerates);
        let reason = one_line(cell(Column::Reason));
        if wrong.is_empty() {
            refuse(Column::Wrong, "没有填错误表述".into());
        }
        for form in &wrong {
            if form.chars().count() < 2 {
                refuse(Column::Wrong, format!("“{form}”只有一个字，会到处误报；请写成两个字以上的词语"));
            }
            if right.contains(form) {
                refuse(Column::Wrong, format!("“{form}”既是错误表述又是正确表述，请删去一处"));
            }
        }
        if right.is_empty() && reason.is_empty() {
            refuse(Column::Right, "没有填正确表述；如果只能删去或改写，请在“说明”里写明怎么改".into());
        }
        let severity = match severity(cell(Column::Severity)) {
            Some(severity) => severity,
            None => {
                refuse(Column::Severity, format!("“{}”不是级别，请填：严重、差错、建议", cell(Column::Severity)));
                Severity::Error
            }
        };
        let mut day = |column: Column| match date(cell(column)) {
            Ok(date) => date,
            Err(()) => {
                let text = cell(column);
                refuse(column, format!("“{text}”不是日期，请写成 2019-03-01 或 2019年3月1日，年份用四位"));
                None
            }
        };
        let (from, to) = (day(Column::From), day(Column::To));
        if let (Some(from), Some(to)) = (&from, &to)
            && from > to
        {
            refuse(Column::To, format!("失效日期 {to} 早于生效日期 {from}"));
        }
        let allow = forms(cell(Column::Allow), true);
        for span in &allow {
            if !wrong.iter().any(|form| span.contains(form.as_str()) && span != form) {
                let message = format!("例外“{span}”里没有错误表述；例外要写成含有错误表述的更长词语");
                refuse(Column::Allow, message);
            }
        }
        let source = match one_line(cell(Column::Source)) {
            source if source.is_empty() => options.source.clone(),
            source => source,
        };
        if source.is_empty() {
            refuse(Column::Source, "没有填来源；也可以用 --source 给全表统一的来源".into());
        }
        rows.push(Row {
            number: *number,
            wrong,
            right,
            category: one_line(cell(Column::Category)),
            severity,
            reason,
            allow,
            from,
            to,
            source,
            found: lines(cell(Column::Found)),
            clean: lines(cell(Column::Clean)),
        });
    }
    if rows.is_empty() && refused.is_empty() {
        let message = "列名下面没有内容".to_owned();
        refused.push(Remark { place: RemarkPlace { row: head.row, column: None }, message });
    }
    (rows, warnings, refused)
}

/// Several forms in a cell: on lines of their own, or with ； ; | between them; with 、 ， too if `loose`.
fn forms(cell: &str, loose: bool) -> Vec<String> {
    let mut forms: Vec<String> = Vec::new();
    let split = |character: char| {
        matches!(character, '\n' | '\r' | '；' | ';' | '|' | '｜' | '\t') || (loose && matches!(character, '、' | '，'))
    };
    for form in cell.split(split) {
        let form = without_quotes(form.trim());
        if !form.is_empty() && !forms.iter().any(|known| known == form) {
            forms.push(form.to_owned());
        }
    }
    forms
}

/// A form that stands in quotation marks as a whole is meant without them.
fn without_quotes(form: &str) -> &str {
    let pairs = [('“', '”'), ('"', '"'), ('「', '」')];
    for (open, close) in pairs {
        if let Some(inside) = form.strip_prefix(open).and_then(|rest| rest.strip_suffix(close))
            && !inside.contains([open, close])
        {
            return inside.trim();
        }
    }
    form
}

fn one_line(cell: &str) -> String {
    cell.split(['\n', '\r', '\t']).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("，")
}

fn lines(cell: &str) -> Vec<String> {
    cell.split(['\n', '\r', '|', '｜', '\t'])
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A severity as editors call it; an ordinary error for an empty cell.
fn severity(cell: &str) -> Option<Severity> {
    let name = cell.trim();
    Some(match name.to_lowercase().as_str() {
        "" | "差错" | "一般" | "一般差错" | "一般错误" | "普通" | "错误" | "中" | "error" => {
            Severity::Error
        }
        "严重" | "严重差错" | "严重错误" | "严重表述错误" | "重大" | "高" | "serious" => {
            Severity::Serious
        }
        "建议" | "提示" | "提醒" | "轻微" | "低" | "advice" => Severity::Advice,
        _ => return None,
    })
}

/// A date as people and spreadsheet programs write it, as ISO 8601; the first day where a year or month is given.
fn date(cell: &str) -> Result<Option<String>, ()> {
    let cell = crate::normalise::fold_str(cell.trim());
    // A time of day after it, as databases export it.
    let cell = cell.split([' ', 'T']).next().unwrap_or_default();
    if cell.is_empty() {
        return Ok(None);
    }
    let parts: Vec<&str> =
        cell.split(|c: char| !c.is_ascii_digit()).map(str::trim).filter(|part| !part.is_empty()).collect();
    let marks_known = cell.chars().all(|c| c.is_ascii_digit() || "-/.年月日号".contains(c));
    let number = |text: &str| text.parse::<u32>().ok();
    let (year, month, day) = match parts[..] {
        _ if !marks_known => return Err(()),
        [whole] if whole.len() == 8 => (number(&whole[..4]), number(&whole[4..6]), number(&whole[6..])),
        [year] if year.len() == 4 => (number(year), Some(1), Some(1)),
        [serial] if serial.len() == 5 => return number(serial).and_then(from_serial).map(Some).ok_or(()),
        [year, month] if year.len() == 4 => (number(year), number(month), Some(1)),
        [year, month, day] if year.len() == 4 => (number(year), number(month), number(day)),
        _ => return Err(()),
    };
    let (Some(year), Some(month), Some(day)) = (year, month, day) else { return Err(()) };
    let date = format!("{year:04}-{month:02}-{day:02}");
    if is_iso_date(&date) { Ok(Some(date)) } else { Err(()) }
}

/// The day of a serial number of a spreadsheet program: 1 is 1900-01-01, and 60, which never was, 1900-02-29.
pub(super) fn from_serial(serial: u32) -> Option<String> {
    let start = jiff::civil::date(1899, 12, 30);
    let date = start.checked_add(jiff::Span::new().try_days(serial).ok()?).ok()?;
    Some(date.to_string())
}
