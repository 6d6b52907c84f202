//! What is almost a right form.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::weigh::{Evidence, Ground, Slip, is_numeral, reason, weigh};
use super::{Kind, Scene, in_title, with_state};
use crate::dictionary::{Entries, LONG_FORM, RuleKind, telling_part};
use crate::document::Span;
use crate::engine::index::Set;
use crate::engine::{
    Asked, AskedHit, Attestation, Difference, Edit, LONGEST_FORM, Near, NearHits, NearIndex, Novelty, Reading, TELLING,
    attestation, code,
};
use crate::judge::Candidate;
use crate::normalise::Folded;

/// Near-misses of all registered forms.
pub(super) struct NearMisses {
    /// What the build script compiled is taken when a piece was found.
    index: OnceLock<NearIndex>,
    embedded: bool,
    reports: Vec<bool>,
    /// Entries whose forms are known by most of their characters: expressions and names, but no titles.
    fixed: Vec<bool>,
}

impl NearMisses {
    pub(super) fn new(entries: &Entries, reports: &dyn Fn(usize) -> bool, embedded: bool) -> Self {
        let index = if embedded { OnceLock::new() } else { OnceLock::from(Self::compiled(entries)) };
        NearMisses {
            index,
            embedded,
            reports: (0..entries.len())
                .map(|index| entries.facts(index).kind.is_registered() && reports(index))
                .collect(),
            fixed: (0..entries.len()).map(|index| entries.facts(index).kind != RuleKind::Law).collect(),
        }
    }

    /// Compiles the forms of `entries`; the build script does the same with the embedded ones.
    fn compiled(entries: &Entries) -> NearIndex {
        // Short forms of the embedded registries are looked for where the text is new (`attested.rs`): pieces of them would
        // be found everywhere.
        let elsewhere = |form: &str| {
            let form = telling_part(form);
            form.chars().count() < LONG_FORM && attestation(form).is_some_and(Attestation::registered)
        };
        let forms = entries.registered().flat_map(|(owner, entry)| {
            let own = entry.own_forms();
            entry.forms().enumerate().map(move |(index, form)| (form, (index < own).then_some(owner)))
        });
        let (short, forms): (Vec<_>, Vec<_>) = forms.partition(|(form, _)| elsewhere(form));
        NearIndex::new(forms, short.into_iter().map(|(form, _)| form))
    }

    fn index(&self) -> &NearIndex {
        self.index.get_or_init(NearIndex::embedded)
    }
}

impl Kind for NearMisses {
    fn asks(&self) -> Vec<Asked<'_>> {
        if self.reports.contains(&true) && !self.embedded { self.index().asks() } else { Vec::new() }
    }

    fn sets(&self) -> Vec<(Set, u32)> {
        if self.reports.contains(&true) && self.embedded { vec![(Set::Pieces, 0)] } else { Vec::new() }
    }

    fn judge(&self, scene: &Scene<'_>, hits: &[AskedHit], candidates: &mut Vec<Candidate>) {
        if hits.is_empty() {
            return;
        }
        let index = self.index();
        let found = index.find(scene.folded, hits, true);
        let mut judged: Vec<(f64, u8, &Near)> = Vec::new();
        for near in &found.near {
            if index.is_known(&scene.folded.text()[near.span.range()]) || explained(near, &found) {
                continue;
            }
            let form = index.form(near.form);
            let setting = Setting { fixed: form.owner.is_some_and(|owner| self.fixed[owner]), cited: None };
            let Some(evidence) = evidence(scene.folded, &form.text, near, setting) else { continue };
            if let Some((confidence, _)) = weigh(&evidence) {
                // The fewer the edits and the likelier the slip the better, then the longer form, then the better clause.
                let score =
                    evidence.length as f64 * 2.0 + evidence.gain - 12.0 * evidence.edits as f64 - evidence.slip.doubt();
                judged.push((score, confidence, near));
            }
        }
        judged.sort_by(|one, two| two.0.total_cmp(&one.0).then(one.2.span.start.cmp(&two.2.span.start)));
        let mut kept: BTreeMap<usize, &Near> = BTreeMap::new();
        for (_, confidence, near) in judged {
            let before = kept.range(..near.span.end).next_back();
            if before.is_some_and(|(_, other)| other.span.overlaps(&near.span)) {
                continue;
            }
            kept.insert(near.span.start, near);
            let form = index.form(near.form);
            let Some(entry) = form.owner.filter(|&owner| self.reports[owner]) else { continue };
            let mut right: String = form.text.iter().collect();
            let block = scene.folded.block_index(near.span.start);
            let text = &scene.folded.text()[scene.folded.blocks()[block].start..near.span.end];
            let base = near.span.end - text.len();
            let start = with_state(text, near.span.start - base, &mut right, |whole| index.is_known(whole));
            candidates.push(Candidate {
                entry,
                block,
                span: Span::new(base + start, near.span.end),
                reason: Some(with_reason(&text[start..], &right, &near.differences)),
                suggestions: vec![right],
                severity: None,
                confidence: Some(confidence),
            });
        }
    }
}

/// What is said about a text, its right form and what differs.
pub(super) fn with_reason(text: &str, right: &str, differences: &[(usize, Difference)]) -> String {
    let why: Vec<String> = differences.iter().map(|(_, difference)| reason(difference)).collect();
    format!("“{text}”应为“{right}”：{}。", why.join("，"))
}

/// What is known of a near-miss besides its text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Setting {
    /// Whether the form is a fixed expression or a name, rather than a title.
    pub(super) fixed: bool,
    /// Given if the text is all of a title: the number of characters of the state's name before it.
    pub(super) cited: Option<usize>,
}

/// The evidence about a near-miss of `form`; `None` if there is none, which is told without weighing how the clause reads.
pub(super) fn evidence(folded: &Folded<'_>, form: &[char], near: &Near, setting: Setting) -> Option<Evidence> {
    let mut slip = Slip::of_all(near.differences.iter().map(|(_, difference)| difference));
    if let [(at, Difference::Slip(edit))] = near.differences[..]
        && setting.fixed
        && of_no_number(folded.text(), at, edit)
    {
        slip = if let Edit::Doubled(_) = edit { Slip::Doubled } else { Slip::Dropped };
    }
    if slip == Slip::Unlikely {
        return None;
    }
    let block = folded.blocks()[folded.block_index(near.span.start)];
    let text = &folded.text()[block.range()];
    let (start, end) = (near.span.start - block.start, near.span.end - block.start);
    let mut novelty = Novelty::default();
    for (at, difference) in &near.differences {
        let at = at - block.start;
        let word: Vec<u32>;
        // What stands there, and then what should: an edit has two characters at most on either side.
        let slip: [u32; 4];
        let (old, new): (&[u32], &[u32]) = match difference {
            Difference::Slip(edit) => {
                let (old, new);
                (slip, old, new) = match *edit {
                    Edit::Exchanged(one, other) => ([code(one), code(other), 0, 0], 1, 1),
                    Edit::Dropped(new) => ([code(new), 0, 0, 0], 0, 1),
                    Edit::Doubled(old) | Edit::Inserted(old) => ([code(old), 0, 0, 0], 1, 0),
                    Edit::Swapped(one, two) => ([one, two, two, one].map(code), 2, 2),
                    Edit::Misheard([one, two], [right, next]) => ([one, two, right, next].map(code), 2, 2),
                };
                (&slip[..old], &slip[old..old + new])
            }
            Difference::MissingWord(missing) => {
                word = missing.chars().map(code).collect();
                (&[], &word)
            }
            Difference::SurplusWord(surplus) | Difference::RepeatedWord(surplus) => {
                word = surplus.chars().map(code).collect();
                (&word, &[])
            }
        };
        let mut before = text[..at].chars().rev().map(code);
        let mut after = text[at..].chars().skip(difference.width()).map(code);
        let nearest = before.next().unwrap_or(0);
        let before = [before.next().unwrap_or(0), nearest];
        let after = [after.next().unwrap_or(0), after.next().unwrap_or(0)];
        novelty = novelty.plus(Novelty::of(before, old, new, after));
    }
    let title = setting.cited.or_else(|| in_title(text, start, end));
    // 的 is left out at will.
    let freely = matches!(near.differences[..], [(_, Difference::Slip(Edit::Dropped('的')))]);
    let telling = setting.fixed && near.differences.len() == 1 && form.len() >= TELLING && !freely;
    if novelty.unseen == 0 && title.is_none() && !telling {
        return None;
    }
    // A law's older title often lacks a word of its present one, and says so.
    let older = |before: &str, after: &str| {
        let before: Vec<char> = before.chars().rev().take(6).collect();
        let before: String = before.into_iter().rev().collect();
        ["公布的", "发布的", "通过的", "修改", "原", "施行的"].iter().any(|cue| before.contains(cue))
            || after.chars().take(8).collect::<String>().contains("废止")
    };
    if slip == Slip::Word && older(&text[..start], &text[end..]) {
        return None;
    }
    let edge = near.differences.iter().any(|(at, difference)| {
        let width: usize = folded.text()[*at..].chars().take(difference.width()).map(char::len_utf8).sum();
        *at == near.span.start || at + width >= near.span.end
    });
    let mut evidence = Evidence {
        ground: Ground::Registered,
        length: form.len() + title.unwrap_or(0),
        gain: f64::INFINITY,
        novelty,
        slip,
        edits: near.differences.len(),
        edge,
        quoted: title.is_some(),
        fixed: setting.fixed,
        broken: true,
        cut: false,
    };
    // How the clause reads is asked only where it can matter.
    weigh(&evidence)?;
    let right: String = form.iter().collect();
    let reading = Reading::new(text, start, end, &right);
    evidence.gain = reading.gain() as f64 / 256.0;
    evidence.cut = reading.cuts_word();
    evidence.broken = match near.differences[..] {
        [(at, Difference::Slip(Edit::Dropped(_)))] => {
            reading.breaks_word(right[..at - near.span.start].chars().count())
        }
        _ => false,
    };
    Some(evidence)
}

/// Whether a numeral written twice or left out at the byte `at` of `text` belongs to no number: “一一带一路”, 长三角体化, but
/// neither 二〇一一年 nor 二十届中全会.
fn of_no_number(text: &str, at: usize, edit: Edit) -> bool {
    let counts = |character: char| {
        is_numeral(character) || character.is_ascii_digit() || "第届次中大全个项年月日号章条款".contains(character)
    };
    let (before, after) = text.split_at(at);
    let (numeral, before, after) = match edit {
        // Either of the two may be told as the one too many.
        Edit::Doubled(numeral) => {
            (numeral, before.strip_suffix(numeral).unwrap_or(before), after.trim_start_matches(numeral))
        }
        Edit::Dropped(numeral @ '一') => (numeral, before, after),
        _ => return false,
    };
    is_numeral(numeral) && !before.chars().next_back().into_iter().chain(after.chars().next()).any(counts)
}

/// Bytes of the longest form, whose characters take three each.
const LONGEST_BYTES: usize = LONGEST_FORM * 3;

/// Whether a right form covers the places where `near` differs from its form: then the text is explained.
fn explained(near: &Near, found: &NearHits) -> bool {
    let first = near.differences.first().map_or(near.span.start, |(at, _)| *at);
    let last = near.differences.last().map_or(near.span.end, |(at, difference)| {
        // What differs is Han text: three bytes for each character.
        *at + difference.width() * 3
    });
    // Exact places are in order of their starts.
    let reach = found.exact.partition_point(|(_, span)| span.start <= first);
    found.exact[..reach].iter().rev().take_while(|(_, span)| span.start + LONGEST_BYTES > first).any(|(_, span)| {
        (span.start < first && last < span.end) || (first < last && span.start <= first && last <= span.end)
    })
}
