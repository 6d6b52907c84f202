//! What is almost a right form.

use std::collections::HashMap;

use super::{Kind, Scene};
use crate::dictionary::{Entry, Rule};
use crate::engine::{
    Asked, AskedHit, Difference, Edit, Likeness, Near, NearHits, NearIndex, Novelty, code, gain, likeness,
};
use crate::judge::Candidate;
use crate::normalise::Folded;

/// Near-misses of all registered forms.
pub(super) struct NearMisses {
    index: NearIndex,
    reports: Vec<bool>,
}

impl NearMisses {
    pub(super) fn new(entries: &[Entry], reports: &dyn Fn(usize) -> bool) -> Self {
        let mut forms: Vec<(&str, Option<usize>)> = Vec::new();
        for (owner, entry) in entries.iter().enumerate() {
            let (own, right): (&[String], Vec<&String>) = match &entry.rule {
                Rule::Phrase(phrase) => (&[], phrase.accepted.iter().chain(&phrase.siblings).collect()),
                Rule::Name(name) => (&name.short, name.siblings.iter().collect()),
                Rule::Law(law) => (&law.short, law.siblings.iter().collect()),
                Rule::List(_) => (&[], Vec::new()),
                _ => continue,
            };
            forms.extend(entry.right.iter().chain(own).map(|form| (form.as_str(), Some(owner))));
            forms.extend(right.into_iter().map(|form| (form.as_str(), None)));
        }
        NearMisses { index: NearIndex::new(forms), reports: (0..entries.len()).map(reports).collect() }
    }
}

/// What speaks for and against a slip.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence {
    /// Characters of the form.
    pub(super) length: usize,
    /// Number of edits.
    pub(super) edits: usize,
    /// By how much the clause reads better with the right form, in nats.
    pub(super) gain: f64,
    /// 3-grams across the edits, unseen and all, seen after and all.
    pub(super) novelty: Novelty,
    /// How alike the characters of the worst exchange are; `None` if nothing is exchanged.
    pub(super) likeness: Option<Likeness>,
    /// Whether the text stands alone between brackets or quotation marks.
    pub(super) quoted: bool,
}

fn evidence(folded: &Folded<'_>, index: &NearIndex, near: &Near) -> Evidence {
    let form = &index.form(near.form).text;
    let block = folded.blocks()[folded.block_index(near.span.start)];
    let text = &folded.text()[block.range()];
    let (start, end) = (near.span.start - block.start, near.span.end - block.start);
    let right: String = form.iter().collect();
    let mut novelty = Novelty::default();
    let mut worst = None;
    for (at, difference) in &near.differences {
        let at = at - block.start;
        let codes = |text: &str| text.chars().map(code).collect::<Vec<u32>>();
        let (old, new) = match difference {
            Difference::Slip(Edit::Exchanged(old, new)) => {
                worst = worst.max(Some(likeness(*old, *new)));
                (vec![code(*old)], vec![code(*new)])
            }
            Difference::Slip(Edit::Dropped(new)) => (vec![], vec![code(*new)]),
            Difference::Slip(Edit::Doubled(old) | Edit::Inserted(old)) => (vec![code(*old)], vec![]),
            Difference::Slip(Edit::Swapped(one, two)) => (vec![code(*one), code(*two)], vec![code(*two), code(*one)]),
            Difference::MissingWord(word) => (vec![], codes(word)),
            Difference::SurplusWord(word) => (codes(word), vec![]),
        };
        let width = match difference {
            Difference::Slip(edit) => edit.width(),
            Difference::MissingWord(_) => 0,
            Difference::SurplusWord(word) => word.chars().count(),
        };
        let mut before = text[..at].chars().rev().map(code);
        let mut after = text[at..].chars().skip(width).map(code);
        let second = before.next().unwrap_or(0);
        let before = [before.next().unwrap_or(0), second];
        let after = [after.next().unwrap_or(0), after.next().unwrap_or(0)];
        novelty = novelty.plus(Novelty::of(before, &old, &new, after));
    }
    let opens = text[..start].chars().next_back();
    let closes = text[end..].chars().next();
    let quoted =
        matches!((opens, closes), (Some('《'), Some('》')) | (Some('“'), Some('”')) | (Some('〈'), Some('〉')));
    Evidence {
        length: form.len(),
        edits: near.differences.len(),
        gain: gain(text, start, end, &right) as f64 / 256.0,
        novelty,
        likeness: worst,
        quoted,
    }
}

impl Kind for NearMisses {
    fn asks(&self) -> Vec<Asked> {
        self.index.asks()
    }

    fn judge(&self, scene: &Scene<'_>, hits: &[AskedHit], candidates: &mut Vec<Candidate>) {
        let _ = (scene, hits, candidates, &self.reports);
    }
}

/// Whether a right form covers the places where `near` differs from its form: then the text is explained.
fn explained(near: &Near, found: &NearHits) -> bool {
    let first = near.differences.first().map_or(near.span.start, |(at, _)| *at);
    let last = near.differences.last().map_or(near.span.end, |(at, difference)| {
        *at + match difference {
            Difference::Slip(edit) => edit.width() * 3,
            Difference::MissingWord(_) => 0,
            Difference::SurplusWord(word) => word.len(),
        }
    });
    found.exact.iter().any(|(_, span)| {
        (span.start < first && last < span.end) || (first < last && span.start <= first && last <= span.end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dictionary::Dictionary;
    use crate::document::{DocumentBuilder, Place, Scope};
    use crate::engine::Matcher;

    #[test]
    #[ignore]
    fn dump_near() {
        let dictionary = Dictionary::embedded();
        let start = std::time::Instant::now();
        let misses = NearMisses::new(dictionary.entries(), &|_| true);
        let asks = misses.asks();
        eprintln!("index {:?}, {} literals", start.elapsed(), asks.len());
        let matcher = Matcher::new(&Dictionary::default(), |_| false, &[asks]).unwrap();
        eprintln!("matcher {:?}", start.elapsed());
        let root = std::env::var("ZM_DUMP").unwrap();
        let mut truth: HashMap<String, Vec<(usize, usize, String, String, String)>> = HashMap::new();
        if let Ok(text) = std::fs::read_to_string(format!("{root}/truth.tsv")) {
            for line in text.lines() {
                let c: Vec<&str> = line.split('\t').collect();
                truth.entry(c[0].to_owned()).or_default().push((
                    c[1].parse().unwrap(),
                    c[2].parse().unwrap(),
                    c[4].to_owned(),
                    c[5].to_owned(),
                    c[6].to_owned(),
                ));
            }
        }
        let mut files: Vec<_> = glob(std::path::Path::new(&root));
        files.sort();
        let mut rows = String::new();
        let mut time = std::time::Duration::ZERO;
        let mut chars = 0;
        for file in files {
            let rel = file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&file).unwrap();
            let mut builder = DocumentBuilder::new();
            let part = builder.add_part("");
            let mut at = 0;
            let mut starts = vec![];
            for line in text.split('\n') {
                if !line.trim().is_empty() {
                    builder.open(Scope::Body, Place::Text { node: None }, None);
                    builder.literal(part, 0, line);
                    starts.push(at);
                }
                at += line.len() + 1;
            }
            let document = builder.finish();
            let folded = Folded::new(&document);
            chars += text.chars().count();
            let clock = std::time::Instant::now();
            let hits = matcher.scan(&folded);
            let found = misses.index.find(&folded, &hits.asked[0]);
            time += clock.elapsed();
            for near in &found.near {
                let window = &folded.text()[near.span.range()];
                let known = misses.index.is_known(window);
                let why = if known {
                    "known"
                } else if explained(near, &found) {
                    "explained"
                } else {
                    ""
                };
                let e = evidence(&folded, &misses.index, near);
                let span = folded.to_text(near.span);
                let block = folded.block_index(near.span.start);
                let base = starts[block];
                let offset = |x: usize| base + x - document.blocks[block].span.start;
                let form: String = misses.index.form(near.form).text.iter().collect();
                let hit =
                    truth.get(&rel).into_iter().flatten().find(|t| offset(span.start) < t.1 && offset(span.end) > t.0);
                let verdict = match hit {
                    None => "F".to_string(),
                    Some(t) => format!("{}:{}:{}", if form == t.2 { "T" } else { "t" }, t.3, t.4),
                };
                let entry = misses
                    .index
                    .form(near.form)
                    .owner
                    .map_or("-", |o| dictionary.entries()[o].id.split('/').next().unwrap());
                let ctx = &folded.text()[folded.blocks()[block].range()];
                let s = near.span.start - folded.blocks()[block].start;
                let t = near.span.end - folded.blocks()[block].start;
                let pre: String = ctx[..s].chars().rev().take(6).collect::<Vec<_>>().into_iter().rev().collect();
                let post: String = ctx[t..].chars().take(6).collect();
                rows += &format!(
                    "{rel}:{}\t{verdict}\t{entry}\t{form}\t{window}\t{why}\t{}\t{}\t{:?}\t{}/{}\t{}/{}\t{:.1}\t{}\t{:?}\t{pre}[{window}]{post}\n",
                    offset(span.start),
                    e.length,
                    e.edits,
                    e.likeness,
                    e.novelty.unseen,
                    e.novelty.of,
                    e.novelty.seen_after,
                    e.novelty.of_after,
                    e.gain,
                    e.quoted,
                    near.differences.iter().map(|d| &d.1).collect::<Vec<_>>()
                );
            }
        }
        eprintln!("{chars} characters {time:?}");
        std::fs::write(std::env::var("ZM_OUT").unwrap(), rows).unwrap();
    }

    fn glob(root: &std::path::Path) -> Vec<std::path::PathBuf> {
        let mut out = vec![];
        for e in std::fs::read_dir(root).unwrap() {
            let p = e.unwrap().path();
            if p.is_dir() {
                out.extend(glob(&p));
            } else if p.extension().is_some_and(|x| x == "txt") {
                out.push(p);
            }
        }
        out
    }
}
