//! Names.

use super::{Kind, Scene};
use crate::dictionary::Entry;
use crate::engine::{Asked, AskedHit};
use crate::judge::Candidate;

pub(super) struct Names {}

impl Names {
    pub(super) fn new(_entries: &[Entry], _reports: &dyn Fn(usize) -> bool) -> Self {
        Names {}
    }
}

impl Kind for Names {
    fn asks(&self) -> Vec<Asked> {
        Vec::new()
    }

    fn judge(&self, _scene: &Scene<'_>, _hits: &[AskedHit], _candidates: &mut Vec<Candidate>) {}
}
