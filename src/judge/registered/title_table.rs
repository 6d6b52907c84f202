//! All registered titles in order, as `cited.rs` compares whole titles with them. The build script makes the table of the embedded
//! registries with this file.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::dictionary::{Entry, Rule, STATE};

/// A title as it stands in a registry, without the name of the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) text: String,
    /// The entry whose title it is.
    pub(super) owner: Option<usize>,
    /// Whether it has the name of the state before it.
    pub(super) stated: bool,
}

/// Titles in order of their lengths, then of their characters; those that are equal in order of the entries. One edit changes a
/// length by one at most, and very many titles end alike.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TitleTable {
    pub(super) rows: Vec<Row>,
    /// Which of the distinct titles comes first, second and so on, by length and read backwards.
    pub(super) backwards: Vec<u32>,
}

impl TitleTable {
    /// Takes titles and their owners in order of the entries. `fold` folds titles.
    pub(super) fn new<'t>(
        titles: impl IntoIterator<Item = (&'t str, Option<usize>)>,
        fold: impl Fn(&'t str) -> Cow<'t, str>,
    ) -> Self {
        let row = |(title, owner)| {
            let folded = fold(title);
            let core = folded.strip_prefix(STATE).filter(|core| !core.is_empty());
            Row { text: core.unwrap_or(&folded).to_owned(), owner, stated: core.is_some() }
        };
        let mut rows: Vec<Row> = titles.into_iter().map(row).collect();
        // UTF-8 is in the order of its characters; the sort is stable.
        rows.sort_by_cached_key(|row| (row.text.chars().count(), row.text.clone()));
        let distinct: Vec<&str> = rows.chunk_by(|one, two| one.text == two.text).map(|rows| &*rows[0].text).collect();
        let mut backwards: Vec<u32> = (0..distinct.len() as u32).collect();
        backwards.sort_by_cached_key(|&title| {
            let reversed: Vec<char> = distinct[title as usize].chars().rev().collect();
            (reversed.len(), reversed)
        });
        TitleTable { rows, backwards }
    }
}

/// The titles of registered entries, each with its entry if that is of a law and the title its own: a slip in what is only near a
/// title is one of nobody's; a title is known whatever it is a title of.
pub(super) fn titles<'e>(
    entries: impl IntoIterator<Item = (usize, &'e Entry)>,
) -> impl Iterator<Item = (&'e str, Option<usize>)> {
    entries.into_iter().flat_map(|(index, entry)| {
        let own = if matches!(entry.rule, Rule::Law(_)) { entry.own_forms() } else { 0 };
        entry.forms().enumerate().map(move |(at, title)| (title, (at < own).then_some(index)))
    })
}
