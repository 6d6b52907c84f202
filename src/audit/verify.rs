//! Do the dictionaries in some folders hold what they promise?

use std::collections::HashSet;
use std::path::PathBuf;

use super::contradictions;
use crate::dictionary::{Dictionary, DictionaryError, Pack, Problem, check_registries, load_folder};
use crate::judge;

/// Dictionaries in which no problem was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verified {
    /// Files.
    pub packs: usize,
    /// Entries whose examples were run.
    pub entries: usize,
}

/// Reads the dictionaries in `folders`, puts them on top of the embedded ones, the later ones above the earlier, and
/// runs the examples of their entries. Gives the problems of all folders at once.
pub fn verify_folders(folders: &[PathBuf]) -> Result<Verified, DictionaryError> {
    let mut dictionary = Dictionary::embedded();
    let mut verified = Verified::default();
    let mut problems = Vec::new();
    let mut own = HashSet::new();
    for folder in folders {
        let packs = match load_folder(folder) {
            Ok(packs) => packs,
            Err(DictionaryError::Problems(found)) => {
                problems.extend(found);
                continue;
            }
            Err(error) => return Err(error),
        };
        for pack in packs {
            problems.extend(unknown_globs(&pack, &dictionary));
            own.extend(pack.entries.iter().map(|entry| entry.id.clone()));
            verified.packs += 1;
            dictionary.add(pack);
        }
    }
    verified.entries = own.len();
    problems.extend(check_registries(dictionary.entries()));
    problems.extend(contradictions(&dictionary, |entry| own.contains(&entry.id)));
    problems.extend(judge::verify(&dictionary, |entry| own.contains(&entry.id)));
    if problems.is_empty() { Ok(verified) } else { Err(DictionaryError::Problems(problems)) }
}

/// The same for the dictionaries that come with the program.
pub fn verify_embedded() -> Result<Verified, DictionaryError> {
    let dictionary = Dictionary::embedded();
    let mut problems = check_registries(dictionary.entries());
    problems.extend(contradictions(&dictionary, |_| true));
    problems.extend(judge::verify(&dictionary, |_| true));
    let verified = Verified { packs: dictionary.packs().len(), entries: dictionary.entries().len() };
    if problems.is_empty() { Ok(verified) } else { Err(DictionaryError::Problems(problems)) }
}

/// What the pack switches off although there is no such rule: most likely a slip of the pen.
fn unknown_globs(pack: &Pack, below: &Dictionary) -> Vec<Problem> {
    let unknown = pack.off.iter().filter(|glob| !below.has_match(glob));
    let problem = |glob: &String| Problem {
        file: pack.entries.first().map_or_else(|| pack.id.clone(), |entry| entry.at.file.clone()),
        line: 0,
        entry: None,
        message: format!("off: no rule is called {glob:?}; `zhengming explain --list` shows all rules"),
    };
    unknown.map(problem).collect()
}
