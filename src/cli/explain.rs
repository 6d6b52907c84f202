//! `zhengming explain`.

use std::fmt::Write as _;

use zhengming::dictionary::{Entry, Rule};
use zhengming::{Linter, Options};

use super::args::ExplainArgs;
use super::error::CliError;
use super::files::{load_config, write_result};
use super::{CLEAN, FAILED};

pub(super) fn run(args: &ExplainArgs) -> Result<u8, CliError> {
    let config = load_config(&args.config)?;
    let dictionaries = config.dictionaries.iter().chain(&args.dictionary).cloned().collect();
    let linter = Linter::new(Options { dictionaries, ..Options::default() })?;
    let entries = linter.dictionary().entries();
    if args.list {
        let pattern = args.rule.as_deref().unwrap_or("*");
        let glob = globset::Glob::new(pattern)
            .map_err(|error| CliError::Usage(format!("cannot read the glob {pattern:?}: {error}")))?
            .compile_matcher();
        let mut text = String::new();
        for entry in entries.iter().filter(|entry| glob.is_match(&entry.id)) {
            let off = if entry.enabled { "" } else { "\t（默认关闭）" };
            let _ = writeln!(text, "{}\t{}\t{}{off}", entry.id, entry.severity.label(), entry.rule.kind());
        }
        write_result(None, |out| out.write_all(text.as_bytes()))?;
        return Ok(CLEAN);
    }
    let Some(id) = &args.rule else { return Err(CliError::Usage("name a rule, or use --list".into())) };
    let Some(entry) = linter.dictionary().get(id) else {
        let mut near: Vec<(usize, &str)> = entries
            .iter()
            .map(|entry| {
                (
                    if entry.id.contains(id.as_str()) { 0 } else { strsim::damerau_levenshtein(&entry.id, id) },
                    entry.id.as_str(),
                )
            })
            .collect();
        near.sort();
        let names: Vec<&str> = near.iter().take(5).map(|&(_, id)| id).collect();
        anstream::eprintln!("error: no rule is called {id:?}; similar ones: {}", names.join(", "));
        return Ok(FAILED);
    };
    let text = explanation(entry);
    write_result(None, |out| out.write_all(text.as_bytes()))?;
    Ok(CLEAN)
}

/// The page of a rule, in Chinese.
fn explanation(entry: &Entry) -> String {
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "  {label}　{value}");
        }
    };
    let join = |list: &[String]| list.join("、");
    line("级别", entry.severity.label());
    line("类别", &entry.category);
    let mut reason = entry.reason.replace("{right}", entry.right.first().map_or("", String::as_str));
    match &entry.rule {
        Rule::Term(term) => {
            reason = reason.replace("{wrong}", term.wrong.first().map_or("", String::as_str));
            line("错误", &join(&term.wrong));
            line("正确", &join(&entry.right));
            line("词边界", if term.word_boundary { "按分词核对" } else { "不核对" });
        }
        Rule::Pattern(pattern) => {
            line("表达式", &pattern.expression);
            line("核验", pattern.validator.as_deref().unwrap_or_default());
            line("正确", &join(&entry.right));
            line("报告", if pattern.mask { "遮盖原文" } else { "" });
        }
        Rule::Phrase(phrase) => {
            line("正确", &join(&entry.right));
            line("亦可", &join(&phrase.accepted));
            line("相近", &join(&phrase.siblings));
            line("后称", &join(&phrase.successor));
        }
        Rule::List(list) => {
            line("名称", &join(&list.labels));
            line("成员", &join(&list.members));
            line("次序", if list.ordered { "固定" } else { "不限" });
            line("后接", list.noun.as_deref().unwrap_or_default());
            line("不接", &join(&list.wrong_nouns));
        }
        Rule::Name(name) => {
            line("正确", &join(&entry.right));
            line("简称", &join(&name.short));
            line("相近", &join(&name.siblings));
            line("后称", &join(&name.successor));
            line("隶属", &join(&name.superior));
        }
        Rule::Law(law) => {
            line("正确", &join(&entry.right));
            line("简称", &join(&law.short));
            line("文号", law.number.as_deref().unwrap_or_default());
            let articles: Vec<String> =
                law.articles.iter().map(|(date, last)| format!("{date}文本共{last}条")).collect();
            line("条文", &join(&articles));
            line("后称", &join(&law.successor));
        }
        Rule::Person(person) => {
            line("正确", &join(&entry.right));
            line("职务", &format!("{}{}", person.organisation, person.post));
        }
        Rule::Attested(_) => {}
    }
    line("例外", &join(&entry.guards.allow));
    line("其前须为", &join(&entry.guards.before));
    line("其后须为", &join(&entry.guards.after));
    line("其前不为", &join(&entry.guards.not_before));
    line("其后不为", &join(&entry.guards.not_after));
    line("理由", &reason);
    line("依据", &entry.source);
    line("起算日期", entry.from.as_deref().unwrap_or_default());
    line("截止日期", entry.to.as_deref().unwrap_or_default());
    let scopes: Vec<String> = entry.scopes.iter().map(|scope| scope.label().to_owned()).collect();
    line("限于", &join(&scopes));
    for example in &entry.found {
        let corrected = example.corrected.as_ref().map(|corrected| format!(" → {corrected}")).unwrap_or_default();
        line("应报", &format!("{}{corrected}", example.text));
    }
    for example in &entry.clean {
        line("不报", example);
    }
    line("出处", &format!("{}:{}", entry.at.file, entry.at.line));
    let off = if entry.enabled { "" } else { "（默认关闭）" };
    format!("{}{off}\n{text}", entry.id)
}
