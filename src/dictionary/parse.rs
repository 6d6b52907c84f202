//! Reads packs from TOML and TSV (`dictionaries/README.md` describes both). The build script uses this file too.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use toml::Spanned;

use super::entry::{
    Details, Entry, FoundExample, Guards, Header, LazyDetails, Level, Location, Pack, Pattern, Rule, Severity, Term,
    Tier,
};
use super::registry;
use crate::document::Scope;

/// Something wrong with a dictionary file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// File, as given to the parser.
    pub file: String,
    /// Line from 1; 0 when the file as a whole is meant.
    pub line: u32,
    /// Id of the entry, when it is known.
    pub entry: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.file)?;
        if self.line > 0 {
            write!(formatter, ":{}", self.line)?;
        }
        if let Some(entry) = &self.entry {
            write!(formatter, ": entry {entry}")?;
        }
        write!(formatter, ": {}", self.message)
    }
}

impl std::error::Error for Problem {}

/// Reads one file; the extension says which format it is in. Gives all problems, not only the first.
pub fn parse_pack(file: &str, text: &str) -> Result<Pack, Vec<Problem>> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let pack =
        if file.to_ascii_lowercase().ends_with(".tsv") { parse_tsv(file, text) } else { parse_toml(file, text) }?;
    let problems = check_pack(file, &pack);
    if problems.is_empty() { Ok(pack) } else { Err(problems) }
}

/// Ids of entries that occur twice among `packs`, as problems of the later one.
pub fn check_unique<'p>(packs: impl IntoIterator<Item = &'p Pack>) -> Vec<Problem> {
    let mut seen: HashMap<&str, &Location> = HashMap::new();
    let mut problems = Vec::new();
    for entry in packs.into_iter().flat_map(|pack| &pack.entries) {
        if let Some(first) = seen.insert(&entry.id, &entry.at) {
            problems.push(Problem {
                file: entry.at.file.clone(),
                line: entry.at.line,
                entry: Some(entry.id.clone()),
                message: format!("the id is taken by {}:{}; ids must be unique", first.file, first.line),
            });
        }
    }
    problems
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TomlFile {
    pack: TomlPack,
    #[serde(default)]
    rule: Vec<Spanned<TomlRule>>,
    #[serde(default)]
    allow: Vec<TomlAllow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TomlPack {
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    about: String,
    #[serde(default)]
    source: String,
    severity: Option<Severity>,
    #[serde(default)]
    profile: Tier,
    #[serde(default)]
    category: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    off: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TomlAllow {
    text: String,
    #[serde(rename = "reason")]
    _reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TomlRule {
    id: String,
    kind: String,
    #[serde(default)]
    wrong: Vec<String>,
    #[serde(default)]
    right: Vec<String>,
    reason: Option<String>,
    source: Option<String>,
    severity: Option<Severity>,
    category: Option<String>,
    enabled: Option<bool>,
    verified: Option<bool>,
    profile: Option<Tier>,
    from: Option<String>,
    to: Option<String>,
    #[serde(default)]
    scopes: Vec<Scope>,
    #[serde(default)]
    allow: Vec<String>,
    #[serde(default)]
    before: Vec<String>,
    #[serde(default)]
    after: Vec<String>,
    #[serde(default)]
    not_before: Vec<String>,
    #[serde(default)]
    not_after: Vec<String>,
    boundary: Option<String>,
    pattern: Option<String>,
    validator: Option<String>,
    mask: Option<bool>,
    level: Option<Level>,
    #[serde(default)]
    found: Vec<String>,
    #[serde(default)]
    clean: Vec<String>,
}

fn line_of(text: &str, offset: usize) -> u32 {
    text.as_bytes().iter().take(offset).filter(|&&byte| byte == b'\n').count() as u32 + 1
}

fn parse_toml(file: &str, text: &str) -> Result<Pack, Vec<Problem>> {
    let parsed: TomlFile = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(0, |span| line_of(text, span.start));
        vec![Problem { file: file.to_owned(), line, entry: None, message: error.message().to_owned() }]
    })?;
    let pack = parsed.pack;
    let mut problems = Vec::new();
    let mut entries = Vec::new();
    for rule in parsed.rule {
        let line = line_of(text, rule.span().start);
        let rule = rule.into_inner();
        let id = rule.id.clone();
        match toml_entry(rule, &pack, Location { file: file.to_owned(), line }) {
            Ok(entry) => entries.push(entry),
            Err(message) => problems.push(Problem { file: file.to_owned(), line, entry: Some(id), message }),
        }
    }
    if problems.is_empty() {
        let allow = parsed.allow.into_iter().map(|allow| allow.text).collect();
        let header = Header { about: pack.about, source: pack.source, severity: pack.severity, profile: pack.profile };
        Ok(Pack { id: pack.id, title: pack.title, header, entries, allow, off: pack.off })
    } else {
        Err(problems)
    }
}

fn toml_entry(rule: TomlRule, pack: &TomlPack, at: Location) -> Result<Entry, String> {
    let term_fields = !rule.wrong.is_empty() || rule.boundary.is_some();
    let pattern_fields = rule.pattern.is_some() || rule.validator.is_some() || rule.mask.is_some();
    if rule.level.is_some() && rule.kind != "attested" {
        return Err("level belongs to kind \"attested\"".into());
    }
    let kind = match rule.kind.as_str() {
        "attested" if term_fields || pattern_fields => {
            return Err("kind \"attested\" has a level and nothing else".into());
        }
        "attested" => {
            Rule::Attested(rule.level.ok_or("an attested rule needs a level: idiom, strict, usual or broad")?)
        }
        "term" if pattern_fields => {
            return Err("pattern, validator and mask belong to kind \"pattern\"".into());
        }
        "term" => Rule::Term(Term {
            wrong: rule.wrong,
            word_boundary: word_boundary(rule.boundary.as_deref().unwrap_or(""))?,
        }),
        "pattern" if term_fields => return Err("wrong and boundary belong to kind \"term\"".into()),
        "pattern" => Rule::Pattern(Pattern {
            expression: rule.pattern.ok_or("a pattern rule needs a pattern")?,
            validator: rule.validator,
            mask: rule.mask.unwrap_or(false),
            facts: None,
        }),
        other => return Err(format!("unknown kind {other:?}; known kinds are \"term\", \"pattern\" and \"attested\"")),
    };
    Ok(Entry {
        id: rule.id,
        rule: kind,
        right: rule.right,
        severity: rule.severity.or(pack.severity).ok_or("no severity; give it here or in [pack]")?,
        enabled: rule.enabled.unwrap_or(true) && rule.verified != Some(false),
        profile: rule.profile.unwrap_or(pack.profile),
        verified: rule.verified.unwrap_or(true),
        from: rule.from,
        to: rule.to,
        scopes: rule.scopes,
        guards: Guards {
            allow: rule.allow,
            before: rule.before,
            after: rule.after,
            not_before: rule.not_before,
            not_after: rule.not_after,
        },
        at,
        details: LazyDetails::from(Details {
            reason: rule.reason.unwrap_or_else(|| pack.reason.clone()),
            source: rule.source.unwrap_or_else(|| pack.source.clone()),
            category: rule.category.unwrap_or_else(|| pack.category.clone()),
            found: rule.found.iter().map(|text| found_example(text)).collect(),
            clean: rule.clean,
        }),
    })
}

fn word_boundary(value: &str) -> Result<bool, String> {
    match value {
        "" | "word" => Ok(true),
        "none" => Ok(false),
        other => Err(format!("unknown boundary {other:?}; use \"word\" or \"none\"")),
    }
}

fn found_example(text: &str) -> FoundExample {
    match text.split_once(" => ") {
        Some((text, corrected)) => FoundExample { text: text.to_owned(), corrected: Some(corrected.to_owned()) },
        None => FoundExample { text: text.to_owned(), corrected: None },
    }
}

/// Keys of the lines above a TSV list, besides `off` and `allow`.
const HEADER: [&str; 12] =
    ["id", "title", "about", "kind", "source", "severity", "profile", "category", "reason", "enabled", "from", "to"];

/// The columns of a TSV list.
const COLUMNS: [&str; 21] = [
    "id",
    "right",
    "wrong",
    "severity",
    "category",
    "enabled",
    "verified",
    "profile",
    "allow",
    "before",
    "after",
    "not_before",
    "not_after",
    "boundary",
    "from",
    "to",
    "scopes",
    "found",
    "clean",
    "reason",
    "source",
];

fn parse_tsv(file: &str, text: &str) -> Result<Pack, Vec<Problem>> {
    let problem = |line: usize, entry: Option<String>, message: String| Problem {
        file: file.to_owned(),
        line: line as u32,
        entry,
        message,
    };
    let mut header: HashMap<&str, &str> = HashMap::new();
    let mut off = Vec::new();
    let mut allow = Vec::new();
    let mut columns: Option<Vec<String>> = None;
    let mut entries = Vec::new();
    let mut problems = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if line.trim().is_empty() {
            continue;
        }
        if let Some(comment) = line.strip_prefix('#') {
            if columns.is_none()
                && let Some((key, value)) = comment.split_once(':')
            {
                match key.trim() {
                    "off" => off.extend(cells(value)),
                    "allow" => allow.extend(cells(value)),
                    key if HEADER.contains(&key) => _ = header.insert(key, value.trim()),
                    // Any other single word is a slip; a sentence with a colon is a comment.
                    key if !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') => {
                        let message = format!("unknown key {key:?}; known keys are off, allow, {}", HEADER.join(", "));
                        problems.push(problem(number, None, message));
                    }
                    _ => {}
                }
            }
            continue;
        }
        let values: Vec<Cow<'_, str>> = line.split('\t').map(unquoted).collect();
        let Some(columns) = &columns else {
            // Spreadsheet programs fill rows up with empty cells.
            let used = values.iter().rposition(|name| !name.trim().is_empty()).map_or(0, |last| last + 1);
            let values: Vec<String> = values[..used].iter().map(|name| name.trim().to_owned()).collect();
            let known = match header.get("kind") {
                None | Some(&("term" | "")) => COLUMNS.to_vec(),
                // An unknown kind is reported for each row.
                Some(kind) => [&registry::COMMON, registry::columns(kind).unwrap_or_default()].concat(),
            };
            for unknown in values.iter().filter(|name| !known.contains(&name.as_str())) {
                let message = format!("unknown column {unknown:?}; known columns are {}", known.join(", "));
                problems.push(problem(number, None, message));
            }
            columns = Some(values);
            continue;
        };
        if values.iter().skip(columns.len()).any(|cell| !cell.trim().is_empty()) {
            let message = format!("{} cells, but the table has {} columns", values.len(), columns.len());
            problems.push(problem(number, None, message));
            continue;
        }
        let row: HashMap<&str, &str> = columns.iter().map(String::as_str).zip(values.iter().map(Cow::as_ref)).collect();
        match tsv_entry(&row, &header, Location { file: file.to_owned(), line: number as u32 }) {
            Ok(entry) => entries.push(entry),
            Err((id, message)) => problems.push(problem(number, id, message)),
        }
    }
    if header.get("id").is_none_or(|id| id.is_empty()) {
        problems.insert(0, problem(0, None, "no pack id; begin the file with a line \"# id: NAME\"".into()));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let get = |key: &str| header.get(key).copied().unwrap_or_default().to_owned();
    // Both were read for every row; a file without rows is no error.
    let own = Header {
        about: get("about"),
        source: get("source"),
        severity: severity(&get("severity")).ok().flatten(),
        profile: tier(&get("profile")).unwrap_or_default(),
    };
    Ok(Pack { id: get("id"), title: get("title"), header: own, entries, allow, off })
}

/// A cell without the quotation marks that spreadsheet programs put around text.
fn unquoted(cell: &str) -> Cow<'_, str> {
    match cell.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inside) => Cow::Owned(inside.replace("\"\"", "\"")),
        None => Cow::Borrowed(cell),
    }
}

pub(super) fn cells(value: &str) -> Vec<String> {
    value.split('|').map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect()
}

/// A severity by its name; none for an empty cell.
fn severity(value: &str) -> Result<Option<Severity>, String> {
    match value {
        "" => Ok(None),
        name => match Severity::ALL.into_iter().find(|severity| severity.as_str() == name) {
            Some(severity) => Ok(Some(severity)),
            None => Err(format!("unknown severity {name:?}; use serious, error or advice")),
        },
    }
}

/// A profile by its name; `gov` for an empty cell.
fn tier(value: &str) -> Result<Tier, String> {
    match value {
        "" => Ok(Tier::default()),
        name => Tier::ALL
            .into_iter()
            .find(|tier| tier.as_str() == name)
            .ok_or_else(|| format!("unknown profile {name:?}; use minimal, gov, strict or ocr")),
    }
}

fn tsv_entry(
    row: &HashMap<&str, &str>,
    header: &HashMap<&str, &str>,
    at: Location,
) -> Result<Entry, (Option<String>, String)> {
    let cell = |name: &str| row.get(name).map(|cell| cell.trim()).unwrap_or_default();
    let or_header = |name: &str| {
        let value = cell(name);
        if value.is_empty() { header.get(name).copied().unwrap_or_default() } else { value }.to_owned()
    };
    let right = cells(cell("right"));
    let name = if cell("id").is_empty() { right.first().cloned().unwrap_or_default() } else { cell("id").to_owned() };
    if name.is_empty() {
        return Err((None, "neither an id nor a right form".into()));
    }
    let id = format!("{}/{name}", header.get("id").copied().unwrap_or_default());
    let fail = |message: String| (Some(id.clone()), message);
    let severity = severity(&or_header("severity"))
        .and_then(|known| known.ok_or_else(|| "no severity; give it in the row or as \"# severity:\"".to_owned()))
        .map_err(&fail)?;
    let truth = |name: &str, value: String| match value.as_str() {
        "" | "true" => Ok(true),
        "false" => Ok(false),
        other => Err(fail(format!("{name} is {other:?}; use true or false"))),
    };
    // Registries say so in the column that says how a row was checked.
    let verified = truth("verified", cell("verified").to_owned())? && cell("checked") != "open";
    let enabled = truth("enabled", or_header("enabled"))? && verified;
    let profile = tier(&or_header("profile")).map_err(&fail)?;
    let scopes = cells(cell("scopes"))
        .iter()
        .map(|name| {
            let known = Scope::ALL.into_iter().find(|scope| scope.as_str() == name);
            known.ok_or_else(|| fail(format!("unknown scope {name:?}")))
        })
        .collect::<Result<_, _>>()?;
    let date = |name: &str| Some(or_header(name)).filter(|date| !date.is_empty());
    let rule = match header.get("kind").copied().unwrap_or_default() {
        "" | "term" => Rule::Term(Term {
            wrong: cells(cell("wrong")),
            word_boundary: word_boundary(cell("boundary")).map_err(&fail)?,
        }),
        kind => registry::rule(kind, cell).map_err(&fail)?,
    };
    Ok(Entry {
        rule,
        right,
        severity,
        enabled,
        profile,
        verified,
        from: date("from"),
        to: date("to"),
        scopes,
        guards: Guards {
            allow: cells(cell("allow")),
            before: cells(cell("before")),
            after: cells(cell("after")),
            not_before: cells(cell("not_before")),
            not_after: cells(cell("not_after")),
        },
        at,
        details: LazyDetails::from(Details {
            reason: or_header("reason"),
            source: or_header("source"),
            category: or_header("category"),
            found: cells(cell("found")).iter().map(|text| found_example(text)).collect(),
            clean: cells(cell("clean")),
        }),
        id,
    })
}

/// What every entry must have, whatever it was read from.
fn check_pack(file: &str, pack: &Pack) -> Vec<Problem> {
    let mut problems = Vec::new();
    let prefix = format!("{}/", pack.id);
    for entry in &pack.entries {
        let mut report = |message: &str| {
            problems.push(Problem {
                file: file.to_owned(),
                line: entry.at.line,
                entry: Some(entry.id.clone()),
                message: message.to_owned(),
            });
        };
        if !entry.id.starts_with(&prefix) || entry.id.len() == prefix.len() {
            report(&format!("the id must begin with {prefix:?} and name the entry after it"));
        }
        if entry.id.contains(|character: char| character.is_whitespace() || "*?[]{}".contains(character)) {
            report("the id holds a blank or one of *?[]{}, which rule selections could not name");
        }
        if entry.rule.is_registered() {
            if entry.right.is_empty() {
                report("no right form");
            }
        } else if entry.reason.is_empty() {
            report("no reason; say in one sentence why the form is wrong");
        }
        if entry.source.is_empty() {
            report("no source; name the standard, law or dictionary that has the right form");
        }
        if entry.found.is_empty() && !entry.rule.is_registered() {
            report("no example in \"found\"; give a text in which it must be found");
        }
        if entry.clean.is_empty() && !entry.rule.is_registered() {
            report("no example in \"clean\"; give a text in which it must not be found");
        }
        for date in [&entry.from, &entry.to].into_iter().flatten() {
            if !is_iso_date(date) {
                report(&format!("{date:?} is not a date of the form 2018-03-17"));
            }
        }
        if let (Some(from), Some(to)) = (&entry.from, &entry.to)
            && from > to
            && !entry.rule.is_registered()
        {
            report(&format!("it ends on {to}, before it begins on {from}"));
        }
        if let Rule::Term(term) = &entry.rule {
            if term.wrong.is_empty() {
                report("no wrong form");
            }
            if let Some(same) = term.wrong.iter().find(|wrong| entry.right.contains(wrong)) {
                report(&format!("{same:?} is given both as wrong and as right"));
            }
            for allow in &entry.guards.allow {
                if !term.wrong.iter().any(|wrong| allow.contains(wrong.as_str())) {
                    report(&format!("the allowed span {allow:?} does not contain a wrong form"));
                }
            }
        }
    }
    problems
}

pub(crate) fn is_iso_date(text: &str) -> bool {
    let digits = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<u32>().ok());
    text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() })
        && digits(8..10).is_some_and(|day| {
            let last = match digits(5..7) {
                Some(2) => match digits(0..4) {
                    Some(year) if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
                    _ => 28,
                },
                Some(4 | 6 | 9 | 11) => 30,
                Some(1..=12) => 31,
                _ => 0,
            };
            (1..=last).contains(&day)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "# id: t\n# severity: error\n# source: s\n# reason: “{wrong}”应为“{right}”。\n";

    #[test]
    fn tsv_rows_inherit_from_the_header_and_split_at_bars() {
        let text = format!(
            "{HEAD}right\twrong\tallow\tfound\tclean\tseverity\n部署\t布署|步署\t宣布署名\t布署工作 => 部署工作\t部署\tserious\n"
        );
        let pack = parse_pack("a.tsv", &text).unwrap();
        let entry = &pack.entries[0];
        assert_eq!((entry.id.as_str(), entry.severity, entry.at.line), ("t/部署", Severity::Serious, 6));
        assert_eq!(entry.found[0].corrected.as_deref(), Some("部署工作"));
        let Rule::Term(term) = &entry.rule else { panic!("a TSV row is a term") };
        assert_eq!(term.wrong, ["布署", "步署"]);
        assert!(term.word_boundary);
    }

    #[test]
    fn lists_saved_by_spreadsheet_programs_are_read() {
        let text = format!(
            "{HEAD}\"right\"\t\"wrong\"\t\"found\"\t\"clean\"\t\t\n\"部署\"\t\"布署\"\t\"\"\"布署\"\"工作\"\t\"部署\"\t\t\n"
        );
        let pack = parse_pack("a.TSV", &text).unwrap();
        assert_eq!(pack.entries[0].found[0].text, "\"布署\"工作");
    }

    #[test]
    fn problems_name_file_line_and_entry() {
        for (file, text, expected) in [
            (
                "a.tsv",
                format!("{HEAD}right\twrong\tfound\tclean\n部署\t部署\tx\ty\n"),
                "a.tsv:6: entry t/部署: \"部署\" is given both",
            ),
            ("a.tsv", format!("# of: x\n{HEAD}right\twrong\n"), "a.tsv:1: unknown key \"of\""),
            ("a.tsv", format!("{HEAD}right\twrnog\n"), "a.tsv:5: unknown column \"wrnog\""),
            (
                "a.tsv",
                format!("{HEAD}right\twrong\tfound\tclean\n部署\t布署\t\ty\n"),
                "a.tsv:6: entry t/部署: no example in \"found\"",
            ),
            ("a.tsv", format!("{HEAD}right\twrong\tfound\tclean\tfrom\n部署\t布署\tx\ty\t2018年\n"), "is not a date"),
            (
                "a.toml",
                "[pack]\nid='t'\n\n[[rule]]\nid='t/x'\nkind='trem'\n".into(),
                "a.toml:4: entry t/x: unknown kind \"trem\"",
            ),
            ("a.toml", "[pack]\nid='t'\n\n[[rule]]\nid='t/x'\nknid='term'\n".into(), "a.toml:6: unknown field `knid`"),
            (
                "a.toml",
                "[pack]\nid='t'\nseverity='error'\n[[rule]]\nid='u/x'\nkind='term'\n".into(),
                "the id must begin with \"t/\"",
            ),
        ] {
            let problems = parse_pack(file, &text).unwrap_err();
            let shown: Vec<String> = problems.iter().map(Problem::to_string).collect();
            assert!(shown.iter().any(|shown| shown.contains(expected)), "{expected:?} not in {shown:#?}");
        }
    }

    #[test]
    fn ids_are_unique_over_packs() {
        let text = format!("{HEAD}right\twrong\tfound\tclean\n部署\t布署\tx\ty\n部署\t步署\tx\ty\n");
        let pack = parse_pack("a.tsv", &text).unwrap();
        assert!(check_unique([&pack])[0].to_string().contains("taken by a.tsv:6"));
    }
}
