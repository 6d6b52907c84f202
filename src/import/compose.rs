//! From rows to the text of a pack, with examples that have been run.

use std::collections::{HashMap, HashSet};

use super::check::{Names, place};
use super::columns::Column;
use super::{ImportOptions, Imported, Remark, RemarkPlace, Row};
use crate::dictionary::{Dictionary, Pack, parse_pack};
use crate::judge::verify;

/// Columns of what is written.
const HEAD: &str = "id\tright\twrong\tseverity\tcategory\tallow\tboundary\tfrom\tto\tfound\tclean\treason\tsource";

/// How a hit must agree with words, by row.
type Boundaries = HashMap<u32, &'static str>;

/// Writes the rows as a pack and runs its examples. Gives all that is refused.
pub(super) fn pack(rows: &[Row], names: &Names, options: &ImportOptions) -> Result<Imported, Vec<Remark>> {
    let ids = ids(rows, &options.id);
    let row_of: HashMap<&str, &Row> = ids.iter().map(String::as_str).zip(rows).collect();
    let mut boundaries = Boundaries::new();
    let mut warnings = Vec::new();
    // Once with the words of each clause in mind, and once more where that hides a form.
    for last in [false, true] {
        let text = text(rows, &ids, &boundaries, options);
        let file = format!("{}.tsv", options.id);
        let pack = parse_pack(&file, &text).map_err(|problems| {
            let remark = |problem: &crate::dictionary::Problem| {
                let row = problem.entry.as_deref().and_then(|id| row_of.get(id)).map_or(0, |row| row.number);
                Remark {
                    place: RemarkPlace { row, column: None }, message: format!("不能导入：{}", problem.message)
                }
            };
            problems.iter().map(remark).collect::<Vec<_>>()
        })?;
        let problems = problems(pack);
        if problems.is_empty() {
            return Ok(Imported { text, entries: rows.len(), warnings });
        }
        let mut refused = Vec::new();
        for (id, problem) in problems {
            let Some(row) = row_of.get(id.as_str()) else { continue };
            match problem {
                Failed::NotFound if !last && !boundaries.contains_key(&row.number) => {
                    boundaries.insert(row.number, "none");
                    let message = "错误表述横跨两个词，按分词核对时查不到，已改为照字面查找；请留意误报".to_owned();
                    warnings.push(Remark { place: place(row.number, Column::Wrong, names), message });
                }
                Failed::NotFound if !last => {}
                other => {
                    let column = other.column(row);
                    refused.push(Remark { place: place(row.number, column, names), message: other.message(row) });
                }
            }
        }
        if !refused.is_empty() {
            return Err(refused);
        }
    }
    Err(vec![Remark { place: RemarkPlace::default(), message: "例句核对没有通过".into() }])
}

/// What an example showed.
enum Failed {
    NotFound,
    Other,
}

impl Failed {
    fn column(&self, row: &Row) -> Column {
        match self {
            Failed::NotFound if !row.found.is_empty() => Column::Found,
            Failed::NotFound => Column::Wrong,
            Failed::Other if !row.clean.is_empty() => Column::Clean,
            Failed::Other => Column::Right,
        }
    }

    fn message(&self, row: &Row) -> String {
        match self {
            Failed::NotFound if !row.found.is_empty() => {
                "例句里没有查到错误表述；请检查例句是否含有它，有没有被例外放过".into()
            }
            Failed::NotFound => "错误表述查不到；请检查是否整个写进了例外".into(),
            Failed::Other => {
                "正确表述、例外或不报例句里也会查到错误表述；请把错误表述写长一些，或者把正常的说法填进“例外”".into()
            }
        }
    }
}

/// The examples of the pack's entries that do not hold, on top of the embedded dictionary.
fn problems(pack: Pack) -> Vec<(String, Failed)> {
    let own: HashSet<String> = pack.entries.iter().map(|entry| entry.id.clone()).collect();
    let mut dictionary = Dictionary::embedded();
    dictionary.add(pack);
    let found = verify(&dictionary, |entry| own.contains(&entry.id));
    found
        .into_iter()
        .filter_map(|problem| {
            let failed =
                if problem.message.starts_with("must be found, but is not") { Failed::NotFound } else { Failed::Other };
            Some((problem.entry?, failed))
        })
        .collect()
}

/// Ids: the first right form, with the wrong one where several rows have the same.
fn ids(rows: &[Row], pack: &str) -> Vec<String> {
    let mut taken = HashSet::new();
    let plain = |text: &str| -> String {
        text.chars().filter(|c| !c.is_whitespace() && !"*?[]{}|\"".contains(*c)).take(40).collect()
    };
    rows.iter()
        .map(|row| {
            let wrong = row.wrong.first().map(|form| plain(form)).unwrap_or_default();
            let right = row.right.first().map_or_else(|| wrong.clone(), |form| plain(form));
            let mut name = if right.is_empty() { format!("第{}行", row.number) } else { right };
            if taken.contains(&name) {
                name = format!("{name}（{wrong}）");
            }
            if taken.contains(&name) {
                name = format!("{name}-{}", row.number);
            }
            taken.insert(name.clone());
            format!("{pack}/{name}")
        })
        .collect()
}

/// The text of a pack.
fn text(rows: &[Row], ids: &[String], boundaries: &Boundaries, options: &ImportOptions) -> String {
    let mut text = format!("# id: {}\n# title: {}\n", options.id, options.title);
    if !options.source.is_empty() {
        text.push_str(&format!("# source: {}\n", options.source));
    }
    text.push_str("# reason: “{wrong}”应为“{right}”。\n");
    text.push_str(HEAD);
    text.push('\n');
    for (row, id) in rows.iter().zip(ids) {
        let name = id.split_once('/').map_or(id.as_str(), |(_, name)| name);
        // The right form may hold the wrong one: 人大常委 and 人大常委会委员.
        let mut allow = row.allow.clone();
        for right in &row.right {
            if row.wrong.iter().any(|form| right.contains(form.as_str())) && !allow.contains(right) {
                allow.push(right.clone());
            }
        }
        let mut found = row.found.clone();
        if found.is_empty() {
            found.extend(row.wrong.iter().map(|form| match row.right.first() {
                Some(right) => format!("{form} => {right}"),
                None => form.clone(),
            }));
        }
        let mut clean = row.clean.clone();
        if clean.is_empty() {
            clean.extend(row.right.iter().chain(&row.allow).cloned());
        }
        if clean.is_empty() {
            // All but the last character is not the form.
            let form = row.wrong.first().map(String::as_str).unwrap_or_default();
            clean.push(form.char_indices().next_back().map_or("", |(at, _)| &form[..at]).to_owned());
        }
        let cells = [
            name.to_owned(),
            row.right.join("|"),
            row.wrong.join("|"),
            row.severity.as_str().to_owned(),
            row.category.clone(),
            allow.join("|"),
            boundaries.get(&row.number).copied().unwrap_or_default().to_owned(),
            row.from.clone().unwrap_or_default(),
            row.to.clone().unwrap_or_default(),
            found.join("|"),
            clean.join("|"),
            row.reason.clone(),
            row.source.clone(),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    text
}

/// A cell that begins with a quotation mark stands in quotation marks, which the reader of packs takes off.
fn quoted(cell: &str) -> String {
    if cell.starts_with('"') { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}
