//! `zhengming completions` and `zhengming man`: both are made from the arguments themselves.

use std::io::{self, Write};

use clap::CommandFactory;

use super::CLEAN;
use super::args::{Args, CompletionsArgs, ManArgs};
use super::error::CliError;
use super::files::write_result;

/// Completions for a shell.
pub(super) fn completions(args: &CompletionsArgs) -> Result<u8, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "zhengming", &mut script);
    write_result(None, |out| out.write_all(&script))?;
    Ok(CLEAN)
}

/// The manual page, or those of all sub-commands into a folder.
pub(super) fn man(args: &ManArgs) -> Result<u8, CliError> {
    match &args.output {
        Some(folder) => {
            let written =
                std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Args::command(), folder));
            written.map_err(|error| CliError::Usage(format!("cannot write to {}: {error}", folder.display())))?;
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Args::command()).render(&mut page)?;
            write_result(None, |out: &mut dyn Write| -> io::Result<()> { out.write_all(&page) })?;
        }
    }
    Ok(CLEAN)
}
