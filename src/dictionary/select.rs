//! Which rules run.

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::{Entry, Tier};

/// Globs over rule ids. `*` stands for any characters, so `typos/*` is a whole pack.
#[derive(Debug, Clone)]
pub struct RuleSelection {
    tiers: &'static [Tier],
    only: Option<GlobSet>,
    enable: Option<GlobSet>,
    skip: Option<GlobSet>,
}

impl Default for RuleSelection {
    fn default() -> Self {
        RuleSelection { tiers: &[Tier::Minimal, Tier::Gov], only: None, enable: None, skip: None }
    }
}

/// A glob that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the rule glob {glob:?}: {reason}")]
pub struct SelectionError {
    glob: String,
    reason: String,
}

impl RuleSelection {
    /// `only`: if any are given, nothing else runs, and what they name runs even if it is off by default. `enable`:
    /// switched on besides the default. `skip`: never runs.
    pub fn new(only: &[String], enable: &[String], skip: &[String]) -> Result<Self, SelectionError> {
        let set = |globs: &[String]| if globs.is_empty() { Ok(None) } else { Self::globs(globs).map(Some) };
        Ok(RuleSelection { only: set(only)?, enable: set(enable)?, skip: set(skip)?, ..RuleSelection::default() })
    }

    /// The same selection with entries of other tiers than the usual ones, which are `Minimal` and `Gov`.
    pub fn with_tiers(self, tiers: &'static [Tier]) -> Self {
        RuleSelection { tiers, ..self }
    }

    /// Compiles globs.
    pub(crate) fn globs(globs: &[String]) -> Result<GlobSet, SelectionError> {
        let mut set = GlobSetBuilder::new();
        let fail =
            |glob: &str, error: &globset::Error| SelectionError { glob: glob.to_owned(), reason: error.to_string() };
        for glob in globs {
            set.add(Glob::new(glob).map_err(|error| fail(glob, &error))?);
        }
        set.build().map_err(|error| fail("", &error))
    }

    /// Whether `entry` runs.
    pub fn selects(&self, entry: &Entry) -> bool {
        self.takes(entry.enabled, entry.profile, || &entry.id)
    }

    /// Whether an entry runs; its id is asked for only if it matters.
    pub(crate) fn takes<'i>(&self, enabled: bool, profile: Tier, id: impl Fn() -> &'i str) -> bool {
        let matches = |set: &Option<GlobSet>| set.as_ref().is_some_and(|set| set.is_match(id()));
        if matches(&self.skip) {
            return false;
        }
        match &self.only {
            Some(only) => only.is_match(id()),
            None => (enabled && self.tiers.contains(&profile)) || matches(&self.enable),
        }
    }
}
