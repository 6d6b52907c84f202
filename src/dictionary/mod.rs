//! Dictionaries: packs of entries, embedded ones and an agency's own, layered and selected.

mod entries;
mod entry;
mod pages;
mod parse;
mod registry;
mod select;

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

pub use entries::{Entries, EntriesIter};
pub(crate) use entry::RuleKind;
pub use entry::{
    Details, Entry, FoundExample, Gate, GateSide, Guards, Header, Law, LawKind, LazyDetails, Level, List, Location,
    Name, Pack, Pattern, PatternFacts, Person, Phrase, Required, Rule, Severity, Term, Tier,
};
pub use pages::{PackCounts, pages};
pub(crate) use parse::is_iso_date;
pub use parse::{Problem, check_unique, parse_pack};
pub(crate) use registry::{LONG_FORM, STATE, telling_part};
pub use registry::{check_registries, successors};
pub use select::{RuleSelection, SelectionError};

/// The packs compiled by the build script, without their entries.
static EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/packs.bin"));

/// All entries of all layers, with the later layers' overrides applied.
#[derive(Debug, Clone, Default)]
pub struct Dictionary {
    entries: Entries,
    /// Indices by id, once somebody has asked.
    by_id: OnceLock<HashMap<String, usize>>,
    allow: Vec<String>,
    packs: Vec<PackInfo>,
    /// Whether these are the embedded packs as they came.
    embedded: bool,
}

/// What is known of a pack besides its entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackInfo {
    /// Prefix of the ids of its entries.
    pub id: String,
    /// Title in Chinese.
    pub title: String,
    /// What holds for the whole file.
    pub header: Header,
}

/// Why a dictionary folder could not be used.
#[derive(Debug, thiserror::Error)]
pub enum DictionaryError {
    /// The folder or a file in it could not be read.
    #[error("cannot read the dictionary {path}: {error}")]
    Unreadable {
        /// What could not be read.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// There is no dictionary file in the folder.
    #[error("the dictionary folder {0} holds no .toml or .tsv file")]
    Nothing(String),
    /// Files with problems; all of them.
    #[error("{} problem(s) in the dictionary:\n{}", .0.len(), .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Problems(Vec<Problem>),
}

impl Dictionary {
    /// The packs that come with the program.
    pub fn embedded() -> Self {
        // The bytes were written by the build script of this very version with these very types.
        let packs: Vec<Pack> = postcard::from_bytes(EMBEDDED).unwrap_or_default();
        // The build script has seen to it that ids are distinct; these packs switch nothing off.
        let mut dictionary = Dictionary { entries: Entries::embedded(), embedded: true, ..Dictionary::default() };
        for mut pack in packs {
            dictionary.allow.append(&mut pack.allow);
            dictionary.packs.push(PackInfo { id: pack.id, title: pack.title, header: pack.header });
        }
        dictionary
    }

    /// Adds a pack on top: entries with known ids replace those before them, and what the pack switches off goes.
    pub fn add(&mut self, pack: Pack) {
        self.embedded = false;
        let off = RuleSelection::globs(&pack.off);
        if let Ok(off) = &off
            && !pack.off.is_empty()
        {
            for index in 0..self.entries.len() {
                if off.is_match(self.entries.id(index)) {
                    self.entries.disable(index);
                }
            }
        }
        self.packs.push(PackInfo { id: pack.id, title: pack.title, header: pack.header });
        self.allow.extend(pack.allow);
        let mut by_id = self.by_id.take().unwrap_or_else(|| self.ids());
        for mut entry in pack.entries {
            entry.guards.fold();
            match by_id.get(&entry.id) {
                Some(&index) => self.entries.replace(index, entry),
                None => {
                    by_id.insert(entry.id.clone(), self.entries.len());
                    self.entries.push(entry);
                }
            }
        }
        self.by_id = by_id.into();
    }

    /// Whether it is [`embedded`](Self::embedded) and nothing else.
    pub(crate) fn is_embedded(&self) -> bool {
        self.embedded
    }

    /// All entries, in the order of packs and files.
    pub fn entries(&self) -> &Entries {
        &self.entries
    }

    /// The entry with this id.
    pub fn get(&self, id: &str) -> Option<&Entry> {
        self.by_id.get_or_init(|| self.ids()).get(id).map(|&index| &self.entries[index])
    }

    fn ids(&self) -> HashMap<String, usize> {
        (0..self.entries.len()).map(|index| (self.entries.id(index).to_owned(), index)).collect()
    }

    /// Whether `glob` can be read and matches the id of an entry.
    pub fn has_match(&self, glob: &str) -> bool {
        let set = RuleSelection::globs(&[glob.to_owned()]);
        set.is_ok_and(|set| (0..self.entries.len()).any(|index| set.is_match(self.entries.id(index))))
    }

    /// Longer texts in which no rule may find anything.
    pub fn allow(&self) -> &[String] {
        &self.allow
    }

    /// The packs, in order.
    pub fn packs(&self) -> &[PackInfo] {
        &self.packs
    }
}

impl Guards {
    /// Brings the contexts into the form of the text that they are compared with.
    fn fold(&mut self) {
        for list in [&mut self.before, &mut self.after, &mut self.not_before, &mut self.not_after] {
            for text in list.iter_mut() {
                let folded = crate::normalise::folded(text);
                // A blank alone folds away, but beside a hit it may stay.
                if !folded.is_empty() && folded != text.as_str() {
                    *text = folded.into_owned();
                }
            }
        }
    }
}

/// Reads all `.toml` and `.tsv` files of a folder, sorted by name. Gives all problems of all files at once.
pub fn load_folder(folder: &Path) -> Result<Vec<Pack>, DictionaryError> {
    let unreadable = |path: &Path| {
        let path = path.display().to_string();
        move |error| DictionaryError::Unreadable { path, error }
    };
    let mut files = Vec::new();
    let mut misfits = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        match path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase()).as_deref() {
            Some("toml" | "tsv") => files.push(path),
            // An editor's table that was not saved in a form that is read must not go unnoticed.
            Some("csv" | "xlsx" | "xls" | "et") => misfits.push(Problem {
                file: path.display().to_string(),
                line: 0,
                entry: None,
                message: "not read; turn the table into a dictionary with `zhengming dict import`, or save it as tab-separated text with the extension .tsv".into(),
            }),
            _ => {}
        }
    }
    if files.is_empty() && misfits.is_empty() {
        return Err(DictionaryError::Nothing(folder.display().to_string()));
    }
    files.sort();
    let mut packs = Vec::new();
    let mut problems = misfits;
    for path in files {
        let bytes = fs::read(&path).map_err(unreadable(&path))?;
        // Spreadsheet programs save lists in the system's encoding.
        let text = crate::source::decode(&bytes, None, false).text.into_owned();
        match parse_pack(&path.display().to_string(), &text) {
            Ok(pack) => packs.push(pack),
            Err(found) => problems.extend(found),
        }
    }
    problems.extend(check_unique(&packs));
    for pack in &packs {
        if let Err(error) = RuleSelection::globs(&pack.off) {
            problems.push(Problem { file: pack.id.clone(), line: 0, entry: None, message: error.to_string() });
        }
    }
    if problems.is_empty() { Ok(packs) } else { Err(DictionaryError::Problems(problems)) }
}
