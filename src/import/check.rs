//! What rows must not say about each other, and what the embedded dictionary knows better.

use std::collections::HashMap;

use super::columns::Column;
use super::{Remark, RemarkPlace, Row};
use crate::dictionary::{Dictionary, Entry, Rule};
use crate::engine::attestation;

/// From so many occurrences in reference text on a form is common wording.
const COMMON: u32 = 20;

/// Columns with their numbers and names.
pub(super) type Names = [(Column, usize, String)];

/// Where a row has a column.
pub(super) fn place(row: u32, column: Column, names: &Names) -> RemarkPlace {
    let at = names.iter().find(|(own, ..)| *own == column);
    RemarkPlace { row, column: at.map(|(_, index, name)| (*index, name.clone())) }
}

/// Compares the rows with each other and with what the embedded dictionary calls right. Gives what should be looked at, and
/// what is refused.
pub(super) fn against_each_other(rows: &[Row], names: &Names) -> (Vec<Remark>, Vec<Remark>) {
    let mut refused = Vec::new();
    let mut warnings = Vec::new();
    let mut wrong: HashMap<&str, &Row> = HashMap::new();
    for row in rows {
        for form in &row.wrong {
            if let Some(other) = wrong.insert(form, row) {
                let message = if other.right == row.right {
                    format!("“{form}”在第{}行已经有了，请删去一处", other.number)
                } else {
                    format!("“{form}”在第{}行的正确表述是另一个，请统一", other.number)
                };
                refused.push(Remark { place: place(row.number, Column::Wrong, names), message });
            }
        }
    }
    for row in rows {
        for right in &row.right {
            if let Some(other) = wrong.get(right.as_str()).filter(|other| other.number != row.number) {
                let message = format!("“{right}”在第{}行是错误表述，两行矛盾", other.number);
                refused.push(Remark { place: place(row.number, Column::Right, names), message });
            }
        }
    }
    let dictionary = Dictionary::embedded();
    let known = Known::new(&dictionary);
    for row in rows {
        for form in &row.wrong {
            let place = place(row.number, Column::Wrong, names);
            if let Some(entry) = known.reversed(form, &row.right) {
                let message = format!(
                    "正误颠倒：自带词典（{}）里“{form}”是正确表述，“{}”才是错误表述",
                    entry.id,
                    row.right.join("、")
                );
                refused.push(Remark { place, message });
            } else if let Some(entry) = known.right.get(form.as_str()) {
                let message = format!("“{form}”是正确的名称或表述（自带词典 {}），不能当作错误；请核对", entry.id);
                refused.push(Remark { place, message });
            } else if attestation(form).is_some_and(|known| known.word() || known.idiom() || known.count() >= COMMON) {
                let message = format!(
                    "“{form}”是正式文件里常见的词语，单独出现不一定是错误；请写长一些，或者在“例外”里列出正常用法"
                );
                warnings.push(Remark { place, message });
            }
        }
    }
    (warnings, refused)
}

/// What the embedded dictionary calls right and wrong.
struct Known<'d> {
    right: HashMap<&'d str, &'d Entry>,
    wrong: HashMap<&'d str, &'d Entry>,
}

impl<'d> Known<'d> {
    fn new(dictionary: &'d Dictionary) -> Self {
        let mut known = Known { right: HashMap::new(), wrong: HashMap::new() };
        for entry in dictionary.entries() {
            if let Rule::Term(term) = &entry.rule {
                known.wrong.extend(term.wrong.iter().map(|form| (form.as_str(), entry)));
                // What is only recommended, and right forms of rules that need a context, are no last word.
                if entry.enabled && entry.guards.before.is_empty() && entry.guards.after.is_empty() {
                    known.right.extend(entry.right.iter().map(|form| (form.as_str(), entry)));
                }
            } else if entry.rule.is_registered() && entry.to.is_none() {
                let own = entry.right.len();
                let short = entry.own_forms() - own;
                known.right.extend(entry.forms().take(own + short).map(|form| (form, entry)));
            }
        }
        known
    }

    /// The entry that has wrong and right the other way round.
    fn reversed(&self, wrong: &str, right: &[String]) -> Option<&'d Entry> {
        right
            .iter()
            .filter_map(|form| self.wrong.get(form.as_str()))
            .find(|entry| entry.right.iter().any(|form| form == wrong))
            .copied()
    }
}
