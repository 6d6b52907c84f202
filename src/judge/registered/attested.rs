//! Wrong characters anywhere: wording that reference text has never seen, whose correction it has.

use std::cell::RefCell;
use std::collections::HashMap;

use super::weigh::{Evidence, Ground, Slip, reason, weigh};
use super::{Kind, Scene};
use crate::dictionary::{Entry, Level, Rule};
use crate::document::Span;
use crate::engine::{Asked, AskedHit, Characters, Difference, Doubt, Edit, gain, is_attested};
use crate::judge::Candidate;
use crate::normalise::is_han;

/// The cost in nats from which on a character beside a shortened idiom is no word of the clause, but stands in the place of
/// the one that seems to be missing: 先发制敌 is no slip of 先发制人.
const STRAY: f64 = 6.5;

/// All levels that report.
pub(super) struct Attested {
    by_level: HashMap<Level, usize>,
}

thread_local! {
    /// The characters of a block; kept, so that blocks cost no allocation.
    static CHARACTERS: RefCell<Characters> = RefCell::default();
}

impl Attested {
    pub(super) fn new(entries: &[Entry], reports: &dyn Fn(usize) -> bool) -> Self {
        let levels = entries.iter().enumerate().filter(|&(index, _)| reports(index));
        let by_level = levels.filter_map(|(index, entry)| match entry.rule {
            Rule::Attested(level) => Some((level, index)),
            _ => None,
        });
        Attested { by_level: by_level.collect() }
    }
}

impl Kind for Attested {
    fn asks(&self) -> Vec<Asked> {
        Vec::new()
    }

    fn judge(&self, scene: &Scene<'_>, _hits: &[AskedHit], candidates: &mut Vec<Candidate>) {
        if self.by_level.is_empty() {
            return;
        }
        CHARACTERS.with_borrow_mut(|characters| {
            let mut doubts = Vec::new();
            for (block, span) in scene.folded.blocks().iter().enumerate() {
                let text = &scene.folded.text()[span.range()];
                characters.read(text);
                characters.doubts(|doubt| doubts.push(doubt));
                if doubts.is_empty() {
                    continue;
                }
                let offsets: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
                let mut judged: Vec<Judged> =
                    doubts.drain(..).filter_map(|doubt| judge(text, &offsets, doubt)).collect();
                // Of what contradicts each other the best reading stays.
                judged.sort_by(|one, two| two.score.total_cmp(&one.score).then(one.doubt.start.cmp(&two.doubt.start)));
                let mut kept: Vec<Judged> = Vec::new();
                for one in judged {
                    if kept.iter().all(|other| one.doubt.end <= other.doubt.start || other.doubt.end <= one.doubt.start)
                    {
                        kept.push(one);
                    }
                }
                for Judged { doubt, level, confidence, .. } in kept {
                    let Some(&entry) = self.by_level.get(&level) else { continue };
                    let why = reason(&Difference::Slip(doubt.edit));
                    let wrong = &text[offsets[doubt.start]..offsets[doubt.end]];
                    candidates.push(Candidate {
                        entry,
                        block,
                        span: Span::new(span.start + offsets[doubt.start], span.start + offsets[doubt.end]),
                        reason: Some(format!("“{wrong}”应为“{}”：{why}。", doubt.form)),
                        suggestions: vec![doubt.form],
                        severity: None,
                        confidence: Some(confidence),
                    });
                }
            }
        });
    }
}

struct Judged {
    doubt: Doubt,
    level: Level,
    confidence: u8,
    score: f64,
}

fn judge(text: &str, offsets: &[usize], doubt: Doubt) -> Option<Judged> {
    let (start, end) = (offsets[doubt.start], offsets[doubt.end]);
    if is_attested(&text[start..end]) {
        return None;
    }
    let ground = if doubt.attestation.idiom() { Ground::Idiom } else { Ground::Wording };
    let nats = |start: usize, end: usize| gain(text, start, end, &doubt.form) as f64 / 256.0;
    let gained = nats(start, end);
    let slip = Slip::of_edit(doubt.edit);
    let edge = doubt.at == doubt.start || doubt.at + doubt.edit.width() >= doubt.end;
    if let Edit::Dropped(_) = doubt.edit
        && edge
    {
        // What stands where the character seems to be missing must be a word of the clause.
        let (from, to) = if doubt.at == doubt.start {
            (doubt.start.saturating_sub(1), doubt.end)
        } else {
            (doubt.start, doubt.end + 1)
        };
        if let (Some(&from), Some(&to)) = (offsets.get(from), offsets.get(to))
            && text[from..to].chars().all(is_han)
            && nats(from, to) - gained > STRAY
        {
            return None;
        }
    }
    let evidence = Evidence {
        ground,
        length: doubt.form.chars().count(),
        gain: gained,
        novelty: doubt.novelty,
        slip,
        edits: 1,
        edge,
        quoted: false,
    };
    let (confidence, level) = weigh(&evidence)?;
    // Of several readings the likelier slip wins, then the better clause, then the longer form.
    let prior = match slip {
        Slip::Doubled | Slip::Swapped => 3.0,
        Slip::Exchanged(crate::engine::Likeness::Sound) => 2.0,
        Slip::Exchanged(crate::engine::Likeness::Shape | crate::engine::Likeness::NearSound) => 1.0,
        _ => -2.0,
    };
    let score = gained
        + prior
        + evidence.length as f64 / 8.0
        + f64::from(doubt.novelty.seen_after)
        + (doubt.attestation.count().max(1) as f64).ln() / 4.0;
    Some(Judged { doubt, level, confidence, score })
}
