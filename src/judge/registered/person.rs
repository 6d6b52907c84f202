//! People.

use super::{Kind, Scene};
use crate::dictionary::Entry;
use crate::engine::{Asked, AskedHit};
use crate::judge::Candidate;

pub(super) struct People {}

impl People {
    pub(super) fn new(_entries: &[Entry], _reports: &dyn Fn(usize) -> bool) -> Self {
        People {}
    }
}

impl Kind for People {
    fn asks(&self) -> Vec<Asked> {
        Vec::new()
    }

    fn judge(&self, _scene: &Scene<'_>, _hits: &[AskedHit], _candidates: &mut Vec<Candidate>) {}
}
