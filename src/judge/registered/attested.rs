//! Wrong characters anywhere: wording that reference text has never seen, whose correction it has.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use super::weigh::{Evidence, Ground, Slip, needs, reason, weigh};
use super::{Kind, Scene, in_title, with_state};
use crate::dictionary::{Entries, LONG_FORM, Level, Rule, RuleKind, telling_part};
use crate::document::{Span, Text};
use crate::engine::{Asked, AskedHit, Characters, Difference, Doubt, Edit, Needs, attestation, gain};
use crate::judge::Candidate;
use crate::normalise::is_han;

/// The cost in nats from which on a character beside a shortened idiom is no word of the clause, but stands in the place of
/// the one that seems to be missing: 先发制敌 is no slip of 先发制人.
const STRAY: f64 = 6.5;

/// Nats by which the best reading must be better than another one.
const CLOSE: f64 = 2.5;

/// Occurrences in one document from which on a wording is taken to be meant.
const OFTEN: usize = 3;

/// All levels that report.
pub(super) struct Attested {
    by_level: HashMap<Level, usize>,
    /// The deepest level that reports, and what it asks of edits.
    deepest: Option<Level>,
    needs: Needs,
    /// Registered entries that report.
    reported: Vec<usize>,
    /// Short registered forms and the entries whose slips are reported, once a slip in one was found.
    registered: OnceLock<HashMap<String, usize>>,
}

thread_local! {
    /// The characters of a block; kept, so that blocks cost no allocation.
    static CHARACTERS: RefCell<Characters> = RefCell::default();
}

impl Attested {
    pub(super) fn new(entries: &Entries, reports: &dyn Fn(usize) -> bool) -> Self {
        let levels = entries.indices_of(RuleKind::Attested).filter(|&index| reports(index));
        let by_level = levels.filter_map(|index| match entries[index].rule {
            Rule::Attested(level) => Some((level, index)),
            _ => None,
        });
        let registered = (0..entries.len()).filter(|&index| entries.facts(index).kind.is_registered());
        let by_level: HashMap<Level, usize> = by_level.collect();
        let deepest = by_level.keys().max().copied();
        Attested {
            by_level,
            deepest,
            needs: needs(deepest),
            reported: registered.filter(|&index| reports(index)).collect(),
            registered: OnceLock::new(),
        }
    }

    fn registered(&self, entries: &Entries) -> &HashMap<String, usize> {
        self.registered.get_or_init(|| {
            // Of several owners the first one is told.
            let owned = self.reported.iter().rev().flat_map(|&index| {
                let entry = &entries[index];
                let own: Vec<&str> = entry.forms().take(entry.own_forms()).map(telling_part).collect();
                own.into_iter().rev().map(move |form| (form, index))
            });
            owned
                .filter(|(form, _)| form.chars().count() < LONG_FORM)
                .map(|(form, index)| (form.to_owned(), index))
                .collect()
        })
    }

    /// Looks for doubts about some blocks and judges them.
    fn found(&self, scene: &Scene<'_>, blocks: Range<usize>) -> Portion {
        CHARACTERS.with_borrow_mut(|characters| {
            let mut portion = Portion::default();
            let mut doubts: Vec<Doubt> = Vec::new();
            let first = blocks.start;
            let mut current = first;
            characters.doubts(scene.folded.text(), &scene.folded.blocks()[blocks], &self.needs, |block, doubt| {
                let block = first + block;
                if block != current && !doubts.is_empty() {
                    self.block(scene, current, &mut doubts, &mut portion);
                }
                current = block;
                doubts.push(doubt);
            });
            if !doubts.is_empty() {
                self.block(scene, current, &mut doubts, &mut portion);
            }
            portion
        })
    }

    /// Judges the doubts about one block, which are taken out of `doubts`.
    fn block(&self, scene: &Scene<'_>, block: usize, doubts: &mut Vec<Doubt>, portion: &mut Portion) {
        let span = scene.folded.blocks()[block];
        let text = &scene.folded.text()[span.range()];
        let offsets: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        // A form that is known to be right, but nobody's, gives no finding.
        let entry = |doubt: &Doubt, level: Level| match doubt.attestation {
            known if known.registered() => self.registered(scene.entries).get(&doubt.form).copied(),
            _ => self.by_level.get(&level).copied(),
        };
        let mut judged: Vec<Judged> =
            doubts.drain(..).filter_map(|doubt| judge(text, &offsets, doubt, self.deepest)).collect();
        // Of what contradicts each other the best reading stays.
        judged.sort_by(|one, two| two.score.total_cmp(&one.score).then(one.doubt.start.cmp(&two.doubt.start)));
        let levels: Vec<Option<Level>> = (0..judged.len()).map(|best| level(&judged, best)).collect();
        let mut kept: Vec<Span<Text>> = Vec::new();
        for (Judged { doubt, confidence, .. }, level) in judged.into_iter().zip(levels) {
            let Some(entry) = level.and_then(|level| entry(&doubt, level)) else { continue };
            // Too short to be attested, and yet known: 体育局 beside 体育总局.
            let found = &text[offsets[doubt.start]..offsets[doubt.end]];
            if doubt.attestation.registered() && scene.entries[entry].forms().any(|form| form == found) {
                continue;
            }
            let place = Span::new(doubt.start, doubt.end);
            if kept.iter().any(|other| other.overlaps(&place)) {
                continue;
            }
            kept.push(place);
            let why = reason(&Difference::Slip(doubt.edit));
            let (mut start, end) = (offsets[doubt.start], offsets[doubt.end]);
            let mut right = doubt.form;
            if doubt.attestation.registered() {
                start =
                    with_state(text, start, &mut right, |whole| scene.entries[entry].forms().any(|form| form == whole));
            }
            let sure = doubt.attestation.sure();
            let candidate = Candidate {
                entry,
                block,
                span: Span::new(span.start + start, span.start + end),
                reason: Some(format!("“{}”应为“{right}”：{why}。", &text[start..end])),
                suggestions: vec![right],
                severity: None,
                confidence: Some(confidence),
            };
            if sure {
                portion.sure.push(candidate);
            } else {
                portion.wordings.push((doubt.edit, candidate));
            }
        }
    }
}

impl Kind for Attested {
    fn asks(&self) -> Vec<Asked<'_>> {
        Vec::new()
    }

    fn judge(&self, scene: &Scene<'_>, _hits: &[AskedHit], candidates: &mut Vec<Candidate>) {
        if self.by_level.is_empty() && (self.reported.is_empty() || self.registered(scene.entries).is_empty()) {
            return;
        }
        let portions = scene.folded.by_portion(|blocks| self.found(scene, blocks));
        // What a document says again and again is its subject and no slip, however new: 台址, 海塘.
        let mut times: HashMap<Edit, usize> = HashMap::new();
        let wordings = portions.iter().flat_map(|portion| &portion.wordings);
        wordings.for_each(|(edit, _)| *times.entry(*edit).or_default() += 1);
        for Portion { sure, wordings } in portions {
            candidates.extend(sure);
            let once = wordings.into_iter().filter(|(edit, _)| times[edit] < OFTEN);
            candidates.extend(once.map(|(_, candidate)| candidate));
        }
    }
}

/// What was found in some blocks.
#[derive(Default)]
struct Portion {
    /// Findings in idioms and registered forms.
    sure: Vec<Candidate>,
    /// Findings in wording, by what is wrong.
    wordings: Vec<(Edit, Candidate)>,
}

/// The level of the judged with index `best`, which is one lower where another reading is nearly as good: something is wrong
/// there, but it may be something else that was meant.
fn level(judged: &[Judged], best: usize) -> Option<Level> {
    let Judged { doubt, level, score, .. } = &judged[best];
    let place = Span::<Text>::new(doubt.start, doubt.end);
    let close = judged[best + 1..]
        .iter()
        .take_while(|other| score - other.score < CLOSE)
        .any(|other| other.doubt.edit != doubt.edit && place.overlaps(&Span::new(other.doubt.start, other.doubt.end)));
    if close && !doubt.attestation.sure() { level.below() } else { Some(*level) }
}

struct Judged {
    doubt: Doubt,
    level: Level,
    confidence: u8,
    score: f64,
}

/// Weighs a doubt, unless it could not count at the `deepest` level that reports however the clause reads.
fn judge(text: &str, offsets: &[usize], doubt: Doubt, deepest: Option<Level>) -> Option<Judged> {
    let (start, end) = (offsets[doubt.start], offsets[doubt.end]);
    if attestation(&text[start..end]).is_some_and(|known| known.idiom() || known.word() || known.registered()) {
        return None;
    }
    let ground = match doubt.attestation {
        known if known.registered() => Ground::Registered,
        known if known.idiom() => Ground::Idiom,
        _ => Ground::Wording,
    };
    let slip = Slip::of_edit(doubt.edit);
    let edge = doubt.at == doubt.start || doubt.at + doubt.edit.width() >= doubt.end;
    let title = in_title(text, start, end);
    let mut evidence = Evidence {
        ground,
        // What stands before a title says nothing of a word in it.
        length: doubt.form.chars().count() + if ground == Ground::Registered { title.unwrap_or(0) } else { 0 },
        gain: f64::INFINITY,
        novelty: doubt.novelty,
        slip,
        edits: 1,
        edge,
        quoted: title.is_some(),
        fixed: false,
        broken: false,
        cut: true,
    };
    let (_, best) = weigh(&evidence)?;
    if ground == Ground::Wording && Some(best) > deepest {
        return None;
    }
    let nats = |start: usize, end: usize| gain(text, start, end, &doubt.form) as f64 / 256.0;
    let gained = nats(start, end);
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
    evidence.gain = gained;
    let (confidence, level) = weigh(&evidence)?;
    // Of several readings the likelier slip wins, then the better clause, then the longer form.
    let prior = match slip {
        Slip::Doubled | Slip::Swapped => 3.0,
        Slip::Exchanged(crate::engine::Likeness::Sound) | Slip::Misheard => 2.0,
        Slip::Exchanged(crate::engine::Likeness::Shape | crate::engine::Likeness::NearSound) => 1.0,
        _ => -2.0,
    };
    let known = if ground == Ground::Wording { 0.0 } else { 4.0 };
    let score = known
        + gained
        + prior
        + evidence.length as f64 / 8.0
        + f64::from(doubt.novelty.seen_after)
        + f64::from(doubt.attestation.count().max(1)).ln() / 4.0;
    Some(Judged { doubt, level, confidence, score })
}
