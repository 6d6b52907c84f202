//! `zhengming dict import`: an editor's table becomes a dictionary, whole or not at all.

use std::path::Path;

use zhengming::Source;
use zhengming::dictionary::Dictionary;
use zhengming::import::{ImportOptions, import};

use super::args::ImportArgs;
use super::error::CliError;
use super::files::write_result;
use super::{CLEAN, FINDINGS};

/// Largest table, in bytes: far above what people type.
const LARGEST: u64 = 64 << 20;

pub(super) fn run(args: &ImportArgs) -> Result<u8, CliError> {
    let shown = args.file.display();
    let unreadable = |error: std::io::Error| CliError::Usage(format!("cannot read {shown}: {error}"));
    if std::fs::metadata(&args.file).map_err(unreadable)?.len() > LARGEST {
        return Err(CliError::Usage(format!("{shown} is larger than {LARGEST} bytes; divide the table")));
    }
    let bytes = std::fs::read(&args.file).map_err(unreadable)?;
    let output = args.output.clone().unwrap_or_else(|| args.file.with_extension("tsv"));
    if output.extension().is_none_or(|extension| extension != "tsv") {
        return Err(CliError::Usage(format!("{}: a dictionary has the extension .tsv", output.display())));
    }
    if output.exists() && !args.force {
        return Err(CliError::Usage(format!("{} exists; --force replaces it", output.display())));
    }
    let stem = args.file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let id = args.id.clone().unwrap_or_else(|| plain(&stem));
    check_id(&id)?;
    let options = ImportOptions {
        id,
        title: one_line(args.title.as_deref().unwrap_or(&stem)),
        source: one_line(args.source.as_deref().unwrap_or_default()),
        sheet: args.sheet.clone(),
    };
    match import(&Source::new(args.file.display().to_string(), bytes), &options) {
        Ok(imported) => {
            write_result(Some(&output), |out| out.write_all(imported.text.as_bytes()))?;
            for warning in &imported.warnings {
                anstream::eprintln!("请留意　{warning}");
            }
            let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let text = format!(
                "已导入 {} 条，写入 {}。使用：zhengming check 文件 --dictionary {}\n",
                imported.entries,
                output.display(),
                folder.display()
            );
            write_result(None, |out| out.write_all(text.as_bytes()))?;
            Ok(CLEAN)
        }
        Err(refused) => {
            write_result(None, |out| refused.iter().try_for_each(|remark| writeln!(out, "{shown}　{remark}")))?;
            anstream::eprintln!("有 {} 处问题，没有导入，也没有写任何文件。改正后再导入", refused.len());
            Ok(FINDINGS)
        }
    }
}

fn check_id(id: &str) -> Result<(), CliError> {
    if id.is_empty() || id.contains(|c: char| c.is_whitespace() || "*?[]{}/|".contains(c)) {
        return Err(CliError::Usage(format!("--id {id:?}: a name without blanks and without any of *?[]{{}}/|")));
    }
    if Dictionary::embedded().packs().iter().any(|pack| pack.id == id) {
        return Err(CliError::Usage(format!("--id {id}: an embedded dictionary has this name; choose another")));
    }
    Ok(())
}

/// A name without what ids cannot hold.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace() && !"*?[]{}/|\"".contains(*c)).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
