//! Dictionaries out of the tables that editors keep: CSV or XLSX with Chinese column names in, a pack as TSV out.
//!
//! A table is taken whole or not at all. Everything that is refused is said in Chinese, with row and column as a
//! spreadsheet program shows them, all of it at once.

mod check;
mod columns;
mod compose;
mod csv;
#[cfg(test)]
mod tests;
mod values;
mod xlsx;

use std::fmt;

pub use columns::Column;

use crate::dictionary::Severity;
use crate::source::{Kind, Source};

/// What holds for the whole table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Prefix of the ids of the entries.
    pub id: String,
    /// Title in Chinese.
    pub title: String,
    /// Source of rows that name none.
    pub source: String,
    /// Which sheet of a workbook; the first one with column names otherwise.
    pub sheet: Option<String>,
}

/// A table that became a dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The text of the pack, TSV.
    pub text: String,
    /// How many entries it has.
    pub entries: usize,
    /// What an editor should look at again.
    pub warnings: Vec<Remark>,
}

/// Something about a table, in Chinese.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Sheet, row from 1, and column from 1 with its name, as far as they are known.
    pub place: RemarkPlace,
    /// What is wrong and what to do.
    pub message: String,
}

/// Where in a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemarkPlace {
    /// Row from 1; 0 for the table as a whole.
    pub row: u32,
    /// Column from 0 and its name.
    pub column: Option<(usize, String)>,
}

impl fmt::Display for Remark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.row > 0 {
            write!(formatter, "第{}行", self.place.row)?;
            if let Some((column, name)) = &self.place.column {
                write!(formatter, "“{name}”（{}{}）", letters(*column), self.place.row)?;
            }
            write!(formatter, "：")?;
        }
        write!(formatter, "{}", self.message)
    }
}

/// The letters of a column, as spreadsheet programs count: 0 is A, 26 is AA.
fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// Cells by row. Rows are numbered as a spreadsheet program shows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Table {
    rows: Vec<(u32, Vec<String>)>,
}

/// One row, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    number: u32,
    wrong: Vec<String>,
    right: Vec<String>,
    category: String,
    severity: Severity,
    reason: String,
    allow: Vec<String>,
    from: Option<String>,
    to: Option<String>,
    source: String,
    found: Vec<String>,
    clean: Vec<String>,
}

/// Makes a pack of the table in `source`. Gives everything that is refused; then there is no pack.
///
/// # Errors
/// If the file is no table that is read, has no columns for wrong and right forms, or if any row is refused.
pub fn import(source: &Source, options: &ImportOptions) -> Result<Imported, Vec<Remark>> {
    let tables = tables(source, options).map_err(|message| vec![whole(message)])?;
    let mut failed = None;
    for table in &tables {
        match columns::head(table) {
            Ok(head) => {
                let (rows, mut warnings, mut refused) = values::rows(table, &head, options);
                let names = head.names();
                let (remarks, contradictions) = check::against_each_other(&rows, &names);
                refused.extend(contradictions);
                if !refused.is_empty() {
                    refused.sort_by_key(|remark| remark.place.row);
                    return Err(refused);
                }
                warnings.extend(remarks);
                let mut imported = compose::pack(&rows, &names, options)?;
                warnings.append(&mut imported.warnings);
                warnings.sort_by_key(|remark| remark.place.row);
                return Ok(Imported { warnings, ..imported });
            }
            Err(message) => _ = failed.get_or_insert(message),
        }
    }
    Err(vec![whole(failed.unwrap_or_else(|| "表格是空的".to_owned()))])
}

fn whole(message: String) -> Remark {
    Remark { place: RemarkPlace::default(), message }
}

/// The tables of a file.
fn tables(source: &Source, options: &ImportOptions) -> Result<Vec<Table>, String> {
    match source.kind() {
        Kind::Xlsx => xlsx::tables(source, options.sheet.as_deref()),
        Kind::Empty => Err("文件是空的（0 字节）".into()),
        Kind::Csv | Kind::Text | Kind::Html | Kind::Markdown => Ok(vec![csv::table(&source.bytes)]),
        _ => {
            let name = source.name.to_lowercase();
            if name.ends_with(".csv") || name.ends_with(".txt") || name.ends_with(".tsv") {
                Ok(vec![csv::table(&source.bytes)])
            } else {
                Err("只能导入 csv 和 xlsx。请用表格软件另存为其中一种（xls、et、ods 也是这样）".into())
            }
        }
    }
}
