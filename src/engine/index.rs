//! What the build script has compiled of the embedded dictionary: all its literals as one set, ready to be searched for, what
//! they are for, and the pieces of registered forms.
//!
//! The set holds the literals of all entries, whichever are selected; those that nobody wants to see are found for nobody.
//! What an agency's own dictionary adds or changes is compiled at the start, all of it, with the same result.

use super::literal::LiteralScan;

/// Arrays of the literals begin where a line of the cache does.
#[repr(C, align(64))]
struct Aligned<B: ?Sized>(B);

/// As [`LiteralScan::to_bytes`] gives it, or empty. The first literals are the pieces of registered forms, in order.
static LITERALS: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/literals.bin")));

/// What the other literals are for: kind (and gate), entry and literal of each use, 32 bits each, in the order of entries.
static USES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/uses.bin"));

/// Registered forms and their pieces, see `forms.rs`.
pub(super) static FORMS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/pieces.bin"));

/// Literals of registries that are compiled as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    /// Pieces of registered forms; the tag is the number of the piece's literal.
    Pieces,
    /// Names of superior places.
    Superiors,
    /// Names of places that are no longer in use.
    FormerPlaces,
}

/// What a literal is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Wrong,
    Allow,
    /// The same for all entries.
    AllowAll,
    /// A pattern requires it, where what stands beside it passes the gate of this number among those of the entry.
    Prefilter(u32),
    Superior,
    FormerPlace,
}

/// One use of a literal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) purpose: Purpose,
    /// Index of the entry, if it is an entry's.
    pub(super) entry: usize,
    pub(super) literal: u32,
}

/// Whether the build script could compile the literals. Where a text of a dictionary folds in a way that it does not know, it
/// leaves that to the start.
pub(crate) fn is_compiled() -> bool {
    !LITERALS.0.is_empty()
}

/// The literals.
pub(super) fn literals() -> Option<LiteralScan> {
    LiteralScan::embedded(&LITERALS.0)
}

/// All uses of literals, but for pieces.
pub(super) fn uses() -> impl Iterator<Item = Row> {
    USES.as_chunks::<12>().0.iter().filter_map(|row| {
        let [purpose, entry, literal] = row.as_chunks::<4>().0.first_chunk()?.map(u32::from_le_bytes);
        let purpose = match purpose & 0xFF {
            0 => Purpose::Wrong,
            1 => Purpose::Allow,
            2 => Purpose::AllowAll,
            3 => Purpose::Prefilter(purpose >> 8),
            4 => Purpose::Superior,
            5 => Purpose::FormerPlace,
            _ => return None,
        };
        Some(Row { purpose, entry: entry as usize, literal })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dictionary::{Dictionary, Pack, parse_pack};
    use crate::dictionary::{RuleSelection, Severity};
    use crate::document::{Document, DocumentBuilder, Place, Scope};
    use crate::judge::{Judge, JudgeOptions};
    use crate::normalise::Folded;

    fn judge(dictionary: Dictionary, selection: RuleSelection) -> Judge {
        let date = "2026-11-01".to_owned();
        let options =
            JudgeOptions { selection, severity: Severity::Advice, as_of: date.clone(), undated: date, outdated: true };
        Judge::new(dictionary, options).unwrap()
    }

    /// All examples of the dictionary, each a block.
    fn examples(dictionary: &Dictionary) -> Document {
        let mut builder = DocumentBuilder::new();
        let part = builder.add_part("");
        let mut source = 0;
        for entry in dictionary.entries() {
            let found = entry.found.iter().map(|found| &found.text);
            for text in found.chain(&entry.clean).chain(&entry.right) {
                builder.open(Scope::Body, Place::Text { node: None }, None);
                builder.literal(part, source, text);
                builder.close();
                source += text.len();
            }
        }
        builder.finish()
    }

    /// What was compiled ahead finds what is found without it, whatever is selected.
    #[test]
    fn compiled_ahead_or_at_the_start_is_the_same() {
        assert!(is_compiled());
        let embedded = Dictionary::embedded();
        // One more pack that says nothing, so that all is compiled at the start.
        let mut layered = Dictionary::embedded();
        let pack: Pack = parse_pack("ours.toml", "[pack]\nid = \"ours\"\ntitle = \"本单位\"\n").unwrap();
        layered.add(pack);
        assert!(embedded.is_embedded() && !layered.is_embedded());
        let document = examples(&embedded);
        let folded = Folded::new(&document);
        let globs = |globs: &[&str]| globs.iter().map(|&glob| glob.to_owned()).collect::<Vec<_>>();
        for (only, skip) in [(&[][..], &[][..]), (&["*"][..], &["places*", "dates/*"]), (&["typos/*", "lists*/*"], &[])]
        {
            let selection = RuleSelection::new(&globs(only), &[], &globs(skip)).unwrap();
            let [ahead, start] = [&embedded, &layered].map(|dictionary| {
                let judge = judge(dictionary.clone(), selection.clone());
                assert_eq!(judge.is_compiled_ahead(), dictionary.is_embedded());
                let found = judge.candidates(&document, &folded);
                found.iter().map(|one| format!("{} {one:?}", judge.dictionary().entries().id(one.entry))).collect()
            }) as [Vec<String>; 2];
            assert!(!ahead.is_empty());
            assert_eq!(ahead, start, "{only:?}");
        }
    }
}
