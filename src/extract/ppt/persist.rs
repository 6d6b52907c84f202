//! Where the parts of a presentation lie in its stream ([MS-PPT] §2.1.2).
//!
//! Each save may append what changed, with a list of where those parts are now. Lists lead to the ones before them; what a later
//! list says holds. Parts that no list names any more are old versions, and no part of the presentation.

use std::collections::{HashMap, HashSet};

use super::super::office_art::Atom;
use super::kind;
use crate::source::u32_at;

/// First four bytes of what the stream of the current user says, if the presentation is encrypted ([MS-PPT] §2.3.2).
const ENCRYPTED: u32 = 0xF3D1_C4DF;
/// Saves that are followed; PowerPoint itself starts anew long before.
const EDITS: usize = 100_000;

/// Offsets of the parts by number.
#[derive(Debug, Default)]
pub(super) struct Persist {
    offsets: HashMap<u32, usize>,
    /// Number of the document.
    pub(super) document: Option<u32>,
    /// A password is needed.
    pub(super) encrypted: bool,
    /// A list is missing or damaged.
    pub(super) damaged: bool,
}

impl Persist {
    /// Reads the lists of `stream`; `user` is the stream of the current user, which says where the last of them is.
    pub(super) fn read(stream: &[u8], user: Option<&[u8]>) -> Self {
        let mut persist = Persist::default();
        let user = user.unwrap_or_default();
        persist.encrypted = u32_at(user, 12) == Some(ENCRYPTED);
        let said = u32_at(user, 16).map(|offset| offset as usize);
        let start = match said.filter(|&offset| edit(stream, offset).is_some()) {
            Some(offset) => Some(offset),
            None => {
                persist.damaged = true;
                last_edit(stream)
            }
        };
        let mut next = start;
        let mut seen = HashSet::new();
        while let Some(offset) = next {
            let Some(edit) = edit(stream, offset).filter(|_| seen.len() < EDITS && seen.insert(offset)) else {
                persist.damaged = true;
                break;
            };
            // Twelve bytes before come those that every edit has; then an encrypted one has one number more.
            persist.encrypted |= edit.content.len() >= 32;
            persist.document = persist.document.or(u32_at(edit.content, 16));
            persist.directory(stream, u32_at(edit.content, 12).unwrap_or_default() as usize);
            next = u32_at(edit.content, 8).map(|offset| offset as usize).filter(|&offset| offset != 0);
        }
        persist
    }

    /// Takes in a list ([MS-PPT] §2.3.4); what is known already is newer.
    fn directory(&mut self, stream: &[u8], offset: usize) {
        let Some(atom) = Atom::at(stream, offset).filter(|atom| atom.kind == kind::PERSIST_DIRECTORY) else {
            self.damaged = true;
            return;
        };
        self.damaged |= atom.cut;
        let mut numbers = atom.content.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes));
        while let Some(head) = numbers.next() {
            let (first, count) = (head & 0xF_FFFF, head >> 20);
            for id in first..first + count {
                let Some(offset) = numbers.next() else {
                    self.damaged = true;
                    return;
                };
                self.offsets.entry(id).or_insert(offset as usize);
            }
        }
    }

    /// Part `id`, if it is one of these kinds.
    pub(super) fn part<'b>(&self, stream: &'b [u8], id: u32, kinds: &[u16]) -> Option<Atom<'b>> {
        Atom::at(stream, *self.offsets.get(&id)?).filter(|atom| kinds.contains(&atom.kind))
    }
}

fn edit(stream: &[u8], offset: usize) -> Option<Atom<'_>> {
    Atom::at(stream, offset).filter(|atom| atom.kind == kind::USER_EDIT && atom.content.len() >= 20)
}

/// The last edit in the stream, where nothing says which it is.
fn last_edit(stream: &[u8]) -> Option<usize> {
    super::super::office_art::Atoms::new(stream)
        .filter(|atom| atom.kind == kind::USER_EDIT)
        .map(|atom| atom.start)
        .last()
}
