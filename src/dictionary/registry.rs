//! Registries: right forms with their dates, one to a row. What a row must hold, and what rows must not say about each
//! other. The build script uses this file too.

use std::collections::HashMap;

use super::entry::{Entry, Law, LawKind, List, Name, Person, Phrase, Rule};
use super::parse::{Problem, cells, is_iso_date};

/// Columns that every registry may have. `note` and `checked` are for the people who keep it.
pub(super) const COMMON: [&str; 14] = [
    "id", "right", "severity", "category", "enabled", "verified", "profile", "from", "to", "scopes", "reason",
    "source", "note", "checked",
];

/// From so many characters on a registered form is long: pieces of it are rare in other text.
pub(crate) const LONG_FORM: usize = 6;

/// The name that hundreds of titles and institutions begin with. A slip in it is one of it, not of them.
pub(crate) const STATE: &str = "中华人民共和国";

/// The part of a form that tells it from others: without the name of the state before it, or with as much of it as makes
/// the rest a form of some length.
pub(crate) fn telling_part(form: &str) -> &str {
    match form.strip_prefix(STATE) {
        Some(rest) if rest.chars().nth(3).is_some() => rest,
        // Two characters of it are enough.
        Some(rest) if !rest.is_empty() => &form[STATE.len() - "和国".len()..],
        _ => form,
    }
}

/// The columns of registries of a kind besides those of all; `None` if there is no such kind.
pub(super) fn columns(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "phrase" => &["accepted", "siblings", "successor"],
        "list" => &["label", "members", "ordered", "noun", "wrong_noun"],
        "name" => &["short", "siblings", "successor", "superior", "held", "local"],
        "law" => &["short", "kind_of", "successor", "articles", "number", "date", "siblings"],
        "person" => &["post", "organisation"],
        _ => return None,
    })
}

/// The rule of a row whose cells `cell` gives by column.
pub(super) fn rule<'r>(kind: &str, cell: impl Fn(&str) -> &'r str) -> Result<Rule, String> {
    let list = |name: &str| cells(cell(name));
    let one = |name: &str| Some(cell(name).to_owned()).filter(|value| !value.is_empty());
    Ok(match kind {
        "phrase" => Rule::Phrase(Phrase {
            accepted: list("accepted"),
            siblings: list("siblings"),
            successor: list("successor"),
        }),
        "list" => {
            let members = list("members");
            if members.len() < 2 {
                return Err("a list needs two members or more".into());
            }
            Rule::List(List {
                labels: list("label"),
                members,
                ordered: flag("ordered", cell("ordered"))?,
                noun: one("noun"),
                wrong_nouns: list("wrong_noun"),
            })
        }
        "name" => Rule::Name(Name {
            short: list("short"),
            siblings: list("siblings"),
            successor: list("successor"),
            superior: list("superior"),
            held: one("held").map(|held| period(&held)).transpose()?,
            local: !cell("local").is_empty() && flag("local", cell("local"))?,
        }),
        "law" => Rule::Law(Law {
            short: list("short"),
            kind: law_kind(cell("kind_of"))?,
            successor: list("successor"),
            articles: list("articles").iter().map(|cell| articles(cell)).collect::<Result<_, _>>()?,
            number: one("number"),
            date: one("date").map(|date| checked_date(&date)).transpose()?,
            siblings: list("siblings"),
        }),
        "person" => {
            let person = Person { post: cell("post").to_owned(), organisation: cell("organisation").to_owned() };
            if person.post.is_empty() {
                return Err("a person needs a post".into());
            }
            Rule::Person(person)
        }
        other => return Err(format!("unknown kind {other:?}; known kinds are term, phrase, list, name, law, person")),
    })
}

fn flag(name: &str, value: &str) -> Result<bool, String> {
    match value {
        "" | "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        other => Err(format!("{name} is {other:?}; use yes or no")),
    }
}

fn checked_date(value: &str) -> Result<String, String> {
    if is_iso_date(value) {
        Ok(value.to_owned())
    } else {
        Err(format!("{value:?} is not a date of the form 2018-03-17"))
    }
}

fn period(value: &str) -> Result<(String, String), String> {
    let (first, last) = value.split_once("..").unwrap_or((value, value));
    Ok((checked_date(first)?, checked_date(last)?))
}

fn articles(cell: &str) -> Result<(String, u32), String> {
    let wrong = || format!("{cell:?} is not of the form 2018-10-26:120 (date of the version: last article)");
    let (date, last) = cell.split_once(':').ok_or_else(wrong)?;
    Ok((checked_date(date)?, last.parse().map_err(|_| wrong())?))
}

fn law_kind(value: &str) -> Result<LawKind, String> {
    Ok(match value {
        "law" | "" => LawKind::Law,
        "regulation" => LawKind::Regulation,
        "judicial" => LawKind::Judicial,
        "department" => LawKind::Department,
        "local" => LawKind::Local,
        "document" => LawKind::Document,
        "party" => LawKind::Party,
        other => {
            return Err(format!(
                "unknown kind_of {other:?}; use law, regulation, judicial, department, local, document or party"
            ));
        }
    })
}

/// What rows say about each other and cannot both be true: one name valid twice at a time, successors that no registry
/// knows, an end before the beginning.
pub fn check_registries<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Vec<Problem> {
    let entries: Vec<&Entry> = entries.into_iter().filter(|entry| entry.rule.is_registered()).collect();
    let mut by_right: HashMap<&str, Vec<&Entry>> = HashMap::new();
    for entry in &entries {
        if let Some(right) = entry.right.first() {
            by_right.entry(right).or_default().push(entry);
        }
    }
    let mut problems = Vec::new();
    let mut report = |entry: &Entry, message: String| {
        problems.push(Problem {
            file: entry.at.file.clone(),
            line: entry.at.line,
            entry: Some(entry.id.clone()),
            message,
        });
    };
    // Forms that name one thing, with the first entry that claims them at the time.
    let mut claimed: HashMap<&str, Vec<&Entry>> = HashMap::new();
    for &entry in &entries {
        if let (Some(from), Some(to)) = (&entry.from, &entry.to)
            && from > to
        {
            report(entry, format!("it ends on {to}, before it begins on {from}"));
        }
        for successor in successors(&entry.rule) {
            if !by_right.contains_key(successor.as_str()) {
                report(entry, format!("its successor {successor:?} is the right form of no row"));
            } else if entry.right.contains(successor) {
                report(entry, "it is its own successor".to_owned());
            }
        }
        let forms: Vec<&String> = match &entry.rule {
            // What local names end in may be the whole name of something central: 国家税务局.
            Rule::Name(name) if name.superior.is_empty() && !name.local => {
                entry.right.iter().chain(&name.short).collect()
            }
            // Documents of one title are told apart by their numbers.
            Rule::Law(Law { number: None, .. }) | Rule::Phrase(_) => entry.right.iter().collect(),
            // One label may stand for several lists, one name for several people or places.
            _ => Vec::new(),
        };
        for form in forms {
            let others = claimed.entry(form).or_default();
            if let Some(other) = others.iter().find(|other| other.at != entry.at && overlap(other, entry)) {
                let message =
                    format!("{form:?} is also claimed by {}:{} for the same time", other.at.file, other.at.line);
                report(entry, message);
            }
            others.push(entry);
        }
    }
    problems
}

/// What took the place of a registered form.
pub fn successors(rule: &Rule) -> &[String] {
    match rule {
        Rule::Phrase(phrase) => &phrase.successor,
        Rule::Name(name) => &name.successor,
        Rule::Law(law) => &law.successor,
        _ => &[],
    }
}

/// Whether two entries hold on some common day.
fn overlap(one: &Entry, two: &Entry) -> bool {
    let before = |one: &Entry, two: &Entry| matches!((&one.to, &two.from), (Some(to), Some(from)) if to < from);
    !before(one, two) && !before(two, one)
}
