//! Enumerations.

use super::{Kind, Scene};
use crate::dictionary::Entry;
use crate::engine::{Asked, AskedHit};
use crate::judge::Candidate;

pub(super) struct Lists {}

impl Lists {
    pub(super) fn new(_entries: &[Entry], _reports: &dyn Fn(usize) -> bool) -> Self {
        Lists {}
    }
}

impl Kind for Lists {
    fn asks(&self) -> Vec<Asked> {
        Vec::new()
    }

    fn judge(&self, _scene: &Scene<'_>, _hits: &[AskedHit], _candidates: &mut Vec<Candidate>) {}
}
