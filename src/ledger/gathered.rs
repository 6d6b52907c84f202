//! What a run found, until all of it is known and can be compared with what the ledger has: sources and notices in memory,
//! findings in a temporary file if they are many.

use std::collections::HashMap;

use crate::cache::{read_findings, write_findings};
use crate::judge::Finding;
use crate::report::{Report, SourceRecord};
use crate::source::Notice;
use crate::spool::Spool;

use super::{LedgerError, Recording};

/// Parts of the report of a run.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) sources: Vec<SourceRecord>,
    pub(super) notices: Vec<Notice>,
    spool: Spool,
    /// Where findings are, by path.
    places: HashMap<String, Vec<(u64, usize)>>,
    lost: bool,
}

impl Recording {
    /// Takes note of what is in `report`, which may be only a part of it; the parts in order. What was noted may be taken out of
    /// the report afterwards.
    pub fn gather(&mut self, report: &Report) {
        let gathered = &mut self.gathered;
        gathered.sources.extend_from_slice(&report.sources);
        gathered.notices.extend_from_slice(&report.notices);
        for group in report.findings.chunk_by(|one, two| one.path == two.path) {
            let Some(path) = group.first().map(|finding| &finding.path) else { continue };
            match write_findings(&group.iter().collect::<Vec<_>>()) {
                Some(bytes) => {
                    let place = (gathered.spool.put(&bytes), bytes.len());
                    match gathered.places.get_mut(path) {
                        Some(places) => places.push(place),
                        None => _ = gathered.places.insert(path.clone(), vec![place]),
                    }
                }
                None => gathered.lost = true,
            }
        }
    }
}

impl Gathered {
    /// Takes out the findings of the source called `path`, in order.
    pub(super) fn findings(&mut self, path: &str) -> Result<Vec<Finding>, LedgerError> {
        if self.lost {
            return Err(LedgerError::Gathering("they could not be written".to_owned()));
        }
        let mut findings = Vec::new();
        for (at, length) in self.places.remove(path).unwrap_or_default() {
            let bytes = self.spool.get(at, length).map_err(|error| LedgerError::Gathering(error.to_string()))?;
            let group = read_findings(path, &bytes);
            findings.extend(group.ok_or_else(|| LedgerError::Gathering("they could not be read back".to_owned()))?);
        }
        Ok(findings)
    }
}
