//! `zhengming ledger similar`.

use std::collections::BTreeMap;

use zhengming::ledger::{Entry, Ledger};

use super::args::{SimilarArgs, ViewFormat};
use super::shown;
use crate::cli::checking::today;
use crate::cli::error::CliError;
use crate::cli::files::write_result;
use crate::cli::{CLEAN, FINDINGS};

pub(super) fn run(args: &SimilarArgs) -> Result<u8, CliError> {
    let ledger = Ledger::open(&args.ledger)?;
    let today = today();
    let entry = ledger.entry(args.id, &today)?;
    let entries = ledger.similar(&entry, args.all, &today)?;
    write_result(None, |out| {
        if args.format == ViewFormat::Jsonl {
            return entries.iter().try_for_each(|entry| shown::json("finding", entry, out));
        }
        shown::entry(&entry, out)?;
        let mut channels: BTreeMap<(&str, &str), Vec<&Entry>> = BTreeMap::new();
        for other in &entries {
            channels.entry((&other.channel, &other.unit)).or_default().push(other);
        }
        for ((channel, unit), others) in &channels {
            let name = if channel.is_empty() {
                "（未登记网站/账号）".to_owned()
            } else {
                zhengming::report::visible(channel)
            };
            let unit = if unit.is_empty() {
                String::new()
            } else {
                format!("，责任单位：{}", zhengming::report::visible(unit))
            };
            writeln!(out, "\n{name}（{} 处{unit}）", others.len())?;
            others.iter().try_for_each(|other| shown::entry(other, out))?;
        }
        let place = if args.all { "" } else { "其他网站、账号中" };
        match entries.len() {
            0 => writeln!(out, "\n{place}没有同一规则或同一正确写法的问题"),
            count => writeln!(out, "\n{place}有 {count} 处同一规则或同一正确写法的问题"),
        }
    })?;
    Ok(if entries.is_empty() { CLEAN } else { FINDINGS })
}
