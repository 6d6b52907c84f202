//! Meetings.
use super::Scene;
use crate::dictionary::Entry;
use crate::engine::{Asked, AskedHit};
use crate::judge::Candidate;
pub(super) struct Meetings {}
impl Meetings {
    pub(super) fn new(_entries: &[Entry], _reports: &dyn Fn(usize) -> bool) -> Self {
        Meetings {}
    }
    pub(super) fn asks(&self) -> Vec<Asked> {
        Vec::new()
    }
    pub(super) fn judge(&self, _scene: &Scene<'_>, _hits: &[AskedHit], _candidates: &mut Vec<Candidate>) {}
}
