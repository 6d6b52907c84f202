//! Findings of a ledger at a terminal.

use std::io::{self, Write};

use serde::Serialize;
use unicode_width::UnicodeWidthStr;
use zhengming::ledger::{Entry, State};

/// Two lines for a finding: where and what it is, and the text.
pub(super) fn entry(entry: &Entry, out: &mut dyn Write) -> io::Result<()> {
    let plain = zhengming::report::visible;
    let channel = if entry.channel.is_empty() { String::new() } else { format!("  {}", plain(&entry.channel)) };
    let place = format!("{}  {}", plain(&entry.path), plain(&entry.place));
    let (state, severity) = (entry.state.label(), entry.severity.label());
    writeln!(out, "{:>6}  {state}  {severity}[{}]  {place}{channel}", entry.id, plain(&entry.rule))?;
    let right = match entry.suggestions.first().map(String::as_str) {
        None => String::new(),
        Some("") => "（删去）".to_owned(),
        Some(_) => format!(" → {}", plain(&entry.suggestions.join(" 或 "))),
    };
    let context = plain(&format!("{}【{}】{}", entry.before, entry.text, entry.after));
    writeln!(out, "        {context}{right}")?;
    let mut history = format!("首次发现 {}，最近发现 {}", entry.first_seen, entry.last_seen);
    if let Some(closed) = &entry.closed {
        history.push_str(&format!("，{} {closed}", entry.state.label()));
    }
    if let Some(why) = entry.why.filter(|_| entry.state == State::Unverified) {
        history.push_str(&format!("，{}", why.label()));
    }
    if let Some(accepted) = &entry.accepted {
        let until = accepted.until.as_ref().map_or(String::new(), |until| format!("，至 {until}"));
        history.push_str(&format!(
            "，{} {} 核定保留：{}{until}",
            accepted.since,
            plain(&accepted.person),
            plain(&accepted.reason)
        ));
    }
    writeln!(out, "        {history}")
}

/// One JSON object on a line of its own, with its type.
pub(super) fn json(kind: &'static str, value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Record<'r, T> {
        r#type: &'static str,
        #[serde(flatten)]
        value: &'r T,
    }
    serde_json::to_writer(&mut *out, &Record { r#type: kind, value })?;
    writeln!(out)
}

/// A table with its columns under each other; all but the first are set flush right.
pub(super) fn table(rows: &[Vec<String>], out: &mut dyn Write) -> io::Result<()> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0))
        .collect();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let blanks = " ".repeat(widths[column].saturating_sub(cell.width()));
            line.push_str(&if column == 0 { format!("{cell}{blanks}") } else { format!("  {blanks}{cell}") });
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
