//! `zhengming dict list`: which entries there are, and which say something about a wording.

use std::fmt::Write as _;

use zhengming::dictionary::{Entry, PackCounts, Rule};
use zhengming::normalise::fold_str;
use zhengming::{Linter, Options};

use super::CLEAN;
use super::args::ListArgs;
use super::error::CliError;
use super::files::{load_config, write_result};

pub(super) fn run(args: &ListArgs) -> Result<u8, CliError> {
    let config = load_config(&args.config)?;
    let dictionaries = config.dictionaries.iter().chain(&args.dictionary).cloned().collect();
    let linter = Linter::new(Options { dictionaries, ..Options::default() })?;
    let dictionary = linter.dictionary();
    let mut text = String::new();
    if args.packs {
        for pack in dictionary.packs() {
            let prefix = format!("{}/", pack.id);
            let counts = PackCounts::of(dictionary.entries().iter().filter(|entry| entry.id.starts_with(&prefix)));
            let PackCounts { entries, off, dated, verified, .. } = counts;
            let _ = writeln!(
                text,
                "{}\t{}\t{entries} 条\t默认关闭 {off}\t有日期 {dated}\t未核对 {}\t{}",
                pack.id,
                pack.title,
                entries - verified,
                pack.header.profile.as_str()
            );
        }
    } else {
        let pattern = args.rule.as_deref().unwrap_or("*");
        let glob = globset::Glob::new(pattern)
            .map_err(|error| CliError::Usage(format!("cannot read the glob {pattern:?}: {error}")))?
            .compile_matcher();
        let wanted = args.search.as_deref().map(|text| fold_str(text.trim()).to_lowercase());
        let chosen = dictionary.entries().iter().filter(|entry| {
            glob.is_match(&entry.id)
                && !(args.off && entry.enabled)
                && wanted.as_deref().is_none_or(|wanted| holds(entry, wanted))
        });
        for entry in chosen {
            let mut state = match (entry.enabled, entry.verified) {
                (_, false) => "\t（未核对，默认关闭）".to_owned(),
                (false, true) => "\t（默认关闭）".to_owned(),
                (true, true) => String::new(),
            };
            if !linter.runs(entry) && state.is_empty() {
                state = format!("\t（只在 --profile {} 时使用）", entry.profile.as_str());
            }
            let _ = writeln!(text, "{}\t{}\t{}{state}", entry.id, entry.severity.label(), summary(entry));
        }
        if text.is_empty() {
            let what = args.search.as_deref().unwrap_or(pattern);
            anstream::eprintln!("词典里没有与“{what}”有关的条目");
        }
    }
    write_result(None, |out| out.write_all(text.as_bytes()))?;
    Ok(CLEAN)
}

/// What an entry finds and what is right, in a line.
fn summary(entry: &Entry) -> String {
    let right = entry.right.join("、");
    match &entry.rule {
        Rule::Term(term) => {
            format!("{} → {}", term.wrong.join("、"), if right.is_empty() { "（见说明）" } else { &right })
        }
        Rule::Pattern(_) | Rule::Attested(_) => entry.reason.clone(),
        Rule::List(list) if !list.labels.is_empty() => format!("{}：{right}", list.labels.join("、")),
        _ => {
            let mut text = right;
            match (&entry.from, &entry.to) {
                (_, Some(to)) => _ = write!(text, "（至 {to}）"),
                (Some(from), None) => _ = write!(text, "（{from} 起）"),
                (None, None) => {}
            }
            text
        }
    }
}

/// Whether folded text stands in anything that the entry says.
fn holds(entry: &Entry, wanted: &str) -> bool {
    let has = |text: &str| fold_str(text).to_lowercase().contains(wanted);
    let any = |list: &[String]| list.iter().any(|text| has(text));
    has(&entry.id)
        || has(&entry.reason)
        || has(&entry.source)
        || any(&entry.right)
        || entry.forms().any(has)
        || match &entry.rule {
            Rule::Term(term) => any(&term.wrong),
            Rule::List(list) => any(&list.labels) || any(&list.members),
            Rule::Name(name) => any(&name.successor) || any(&name.superior),
            Rule::Law(law) => any(&law.successor) || law.number.as_deref().is_some_and(has),
            Rule::Phrase(phrase) => any(&phrase.successor),
            Rule::Person(person) => has(&person.post) || has(&person.organisation),
            Rule::Pattern(_) | Rule::Attested(_) => false,
        }
}
