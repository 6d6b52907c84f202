//! GitLab Code Quality (docs.gitlab.com, “Code Quality”, report format): a JSON array of issues.
//!
//! GitLab compares the reports of two branches by fingerprint and takes one issue for each, so that these are made of file
//! and fingerprint; notices have one as well. Documents and members of archives have no lines: their issues stand at line 1,
//! and the description begins with the place.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::wording::{Target, alert, outermost};
use super::{Dictionary, Renderer, Report, Style};
use crate::dictionary::Severity;
use crate::source::Level;

/// One JSON array.
pub(super) struct Gitlab;

impl Renderer for Gitlab {
    fn render(&self, report: &Report, _: &Dictionary, _: Style, out: &mut dyn Write) -> io::Result<()> {
        let mut prints = Prints::default();
        let mut issues = Vec::with_capacity(report.findings.len() + report.notices.len());
        for finding in &report.findings {
            let target = Target::of(finding);
            issues.push(Issue {
                description: alert(finding, &target),
                check_name: &finding.rule,
                fingerprint: prints.next(&[&finding.path, &finding.fingerprint]),
                severity: match finding.severity {
                    Severity::Serious => "critical",
                    Severity::Error => "major",
                    Severity::Advice => "info",
                },
                location: Location {
                    path: target.file,
                    lines: Lines {
                        begin: target.span.map_or(1, |(start, _)| start.line),
                        end: target.span.map_or(1, |(_, end)| end.line),
                    },
                },
            });
        }
        for notice in &report.notices {
            let (file, inner) = outermost(&notice.path);
            issues.push(Issue {
                description: inner
                    .map_or_else(|| notice.message.clone(), |inner| format!("{inner}：{}", notice.message)),
                check_name: notice.code.as_str(),
                fingerprint: prints.next(&[&notice.path, notice.code.as_str()]),
                severity: if notice.level == Level::Error { "critical" } else { "minor" },
                location: Location {
                    path: if file.is_empty() { "." } else { file },
                    lines: Lines { begin: 1, end: 1 },
                },
            });
        }
        serde_json::to_writer_pretty(&mut *out, &issues)?;
        writeln!(out)
    }
}

#[derive(Serialize)]
struct Issue<'r> {
    description: String,
    check_name: &'r str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'r>,
}

#[derive(Serialize)]
struct Location<'r> {
    path: &'r str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

/// Fingerprints that occur once: repeats are numbered.
#[derive(Default)]
struct Prints(HashMap<[u8; 32], u32>);

impl Prints {
    fn next(&mut self, parts: &[&str]) -> String {
        let digest = |repeat: u32| -> [u8; 32] {
            let mut hash = Sha256::new();
            for part in parts {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part);
            }
            hash.update(repeat.to_le_bytes());
            hash.finalize().into()
        };
        let repeat = self.0.entry(digest(0)).or_insert(0);
        *repeat += 1;
        digest(*repeat)[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
