//! Literals that every match of a regular expression must contain.
//!
//! A pattern is run only where one of its required literals stands. The literals join the one pass over the text that
//! finds all wrong forms, so a pattern whose literals are rare costs next to nothing.

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::dictionary::PatternFacts;

/// More literals than this are no help.
const MAX_LITERALS: usize = 512;
/// Longer literals are not rarer in any way that matters.
const MAX_BYTES: usize = 24;
/// What each further literal costs, in the unit of [`frequency`]: it makes the automaton larger.
const LITERAL_COST: f64 = 1e-5;

/// Checks an expression and works out what follows from it alone. The build script does so for embedded packs.
pub(crate) fn facts(expression: &str) -> Result<PatternFacts, String> {
    let hir = regex_syntax::parse(expression).map_err(|error| error.to_string())?;
    if hir.properties().minimum_len() == Some(0) {
        return Err("the pattern matches the empty text".into());
    }
    let longest = hir.properties().maximum_len().and_then(|longest| u32::try_from(longest).ok());
    Ok(PatternFacts { literals: required_literals(&hir), longest })
}

/// A set of literals of which every match contains at least one, chosen to be rare in Chinese text; `None` when the
/// expression has no such set. The literals hold no LF.
fn required_literals(hir: &Hir) -> Option<Vec<String>> {
    best(hir).filter(|set| set.iter().all(|literal| !literal.contains('\n')))
}

/// The best required set found anywhere in `hir`.
fn best(hir: &Hir) -> Option<Vec<String>> {
    let mut candidates: Vec<Vec<String>> = exact(hir).into_iter().collect();
    match hir.kind() {
        HirKind::Capture(capture) => candidates.extend(best(&capture.sub)),
        HirKind::Repetition(repetition) if repetition.min > 0 => {
            candidates.extend(best(&repetition.sub));
            candidates.extend(edge(hir, Edge::Start));
        }
        HirKind::Alternation(branches) => {
            let union: Option<Vec<Vec<String>>> = branches.iter().map(best).collect();
            candidates.extend(union.and_then(|sets| union_of(&sets)));
        }
        HirKind::Concat(_) => {
            let mut parts = Vec::new();
            flatten(hir, &mut parts);
            for start in 0..parts.len() {
                candidates.extend(best(parts[start]));
                // Runs of parts that can be spelled out, begun with what the part before ends with.
                let before = start.checked_sub(1).and_then(|index| edge(parts[index], Edge::End));
                for first in [Some(vec![String::new()]), before].into_iter().flatten() {
                    grow(&parts[start..], first, &mut candidates);
                }
            }
        }
        _ => {}
    }
    candidates.retain(|set| set.iter().all(|literal| !literal.is_empty()));
    candidates.into_iter().min_by(|one, two| cost(one).total_cmp(&cost(two)))
}

/// Adds to `candidates` the products of `run` with as many of `parts` as can be spelled out.
fn grow(parts: &[&Hir], mut run: Vec<String>, candidates: &mut Vec<Vec<String>>) {
    for part in parts {
        if let Some(next) = exact(part).and_then(|set| product(&run, &set)) {
            run = next;
            candidates.push(run.clone());
        } else {
            candidates.extend(edge(part, Edge::Start).and_then(|set| product(&run, &set)));
            break;
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    Start,
    End,
}

/// A set of literals of which every match of `hir` begins or ends with one, if it is small.
fn edge(hir: &Hir, which: Edge) -> Option<Vec<String>> {
    const SMALL: usize = 64;
    let small = |set: Vec<String>| (set.len() <= SMALL).then_some(set);
    let repeats = matches!(hir.kind(), HirKind::Repetition(repetition) if repetition.min > 0);
    if let Some(set) = exact(hir).filter(|_| !repeats).and_then(small) {
        return Some(set);
    }
    match hir.kind() {
        HirKind::Capture(capture) => edge(&capture.sub, which),
        HirKind::Repetition(repetition) if repetition.min > 0 => {
            let Some(once) = exact(&repetition.sub) else { return edge(&repetition.sub, which) };
            let mut run = once.clone();
            for _ in 1..repetition.min {
                match product(&run, &once).and_then(small) {
                    Some(next) => run = next,
                    None => break,
                }
            }
            small(run)
        }
        HirKind::Alternation(branches) => {
            let sets: Option<Vec<Vec<String>>> = branches.iter().map(|branch| edge(branch, which)).collect();
            union_of(&sets?).and_then(small)
        }
        HirKind::Concat(parts) => {
            let (outer, rest) = match which {
                Edge::Start => (parts.first()?, parts.get(1)),
                Edge::End => (parts.last()?, parts.len().checked_sub(2).map(|index| &parts[index])),
            };
            let set = edge(outer, which)?;
            // Only what the outer part matches as a whole can be joined with its neighbour.
            let whole = exact(outer).is_some_and(|all| all == set);
            let Some(inner) = rest.filter(|_| whole).and_then(|rest| edge(rest, which)) else {
                return Some(set);
            };
            let joined = if which == Edge::Start { product(&set, &inner) } else { product(&inner, &set) };
            joined.and_then(small).or(Some(set))
        }
        _ => None,
    }
}

fn union_of(sets: &[Vec<String>]) -> Option<Vec<String>> {
    let mut union: Vec<String> = sets.iter().flatten().cloned().collect();
    union.sort();
    union.dedup();
    (union.len() <= MAX_LITERALS).then_some(union)
}

/// The parts of a concatenation, those of groups in it included.
fn flatten<'h>(hir: &'h Hir, parts: &mut Vec<&'h Hir>) {
    match hir.kind() {
        HirKind::Concat(inner) => inner.iter().for_each(|part| flatten(part, parts)),
        HirKind::Capture(capture) => flatten(&capture.sub, parts),
        _ => parts.push(hir),
    }
}

/// All strings that `hir` matches, if they are few.
fn exact(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(vec![String::new()]),
        HirKind::Literal(literal) => Some(vec![std::str::from_utf8(&literal.0).ok()?.to_owned()]),
        HirKind::Class(Class::Unicode(class)) => {
            let size: usize = class.ranges().iter().map(regex_syntax::hir::ClassUnicodeRange::len).sum();
            let characters = class.ranges().iter().flat_map(|range| range.start()..=range.end());
            (size <= MAX_LITERALS).then(|| characters.map(String::from).collect())
        }
        HirKind::Class(Class::Bytes(_)) => None,
        HirKind::Capture(capture) => exact(&capture.sub),
        HirKind::Repetition(repetition) => {
            let once = exact(&repetition.sub)?;
            let max = repetition.max.filter(|&max| max <= 8)?;
            let mut run = vec![String::new()];
            let mut all = if repetition.min == 0 { run.clone() } else { Vec::new() };
            for count in 1..=max {
                run = product(&run, &once)?;
                if count >= repetition.min {
                    all.extend(run.iter().cloned());
                }
            }
            (all.len() <= MAX_LITERALS).then_some(all)
        }
        HirKind::Concat(parts) => parts.iter().try_fold(vec![String::new()], |run, part| product(&run, &exact(part)?)),
        HirKind::Alternation(branches) => {
            let sets: Option<Vec<Vec<String>>> = branches.iter().map(exact).collect();
            union_of(&sets?)
        }
    }
}

fn product(left: &[String], right: &[String]) -> Option<Vec<String>> {
    if left.len() * right.len() > MAX_LITERALS {
        return None;
    }
    let all: Vec<String> =
        left.iter().flat_map(|left| right.iter().map(move |right| format!("{left}{right}"))).collect();
    all.iter().all(|literal| literal.len() <= MAX_BYTES).then_some(all)
}

/// What a set costs: how often one of it occurs, and its size.
fn cost(set: &[String]) -> f64 {
    expected(set) + set.len() as f64 * LITERAL_COST
}

/// Roughly how often one of `set` occurs per character of official text.
fn expected(set: &[String]) -> f64 {
    set.iter().map(|literal| literal.chars().map(frequency).product::<f64>()).sum()
}

/// Order of magnitude of a character's share in official text; only the comparison matters.
fn frequency(character: char) -> f64 {
    match character {
        '0'..='9' => 0.004,
        '\0'..='\u{7F}' => 0.001,
        '，' | '、' | '。' | '的' => 0.04,
        '（' | '）' | '第' | '条' | '年' | '月' | '日' | '一' | '二' | '三' | '十' | '人' | '国' | '：' | '；' => {
            0.01
        }
        '“' | '”' | '《' | '》' => 0.004,
        _ => 0.0005,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literals(expression: &str) -> Option<Vec<String>> {
        required_literals(&regex_syntax::parse(expression).unwrap())
    }

    #[test]
    fn the_rarest_required_literals_are_chosen() {
        for (expression, expected) in [
            ("布署", Some(vec!["布署"])),
            ("[0-9]{9}年(0[1-3])月", Some(vec!["年01月", "年02月", "年03月"])),
            ("(?<hit>近[0-9]+余)人", Some(vec!["余人"])),
            ("(甲乙|丙丁)[0-9]*", Some(vec!["丙丁", "甲乙"])),
            ("(甲|[0-9]*)", None),
            (".*", None),
            ("[一-龥]+", None),
            ("[一-龥]{2}(号|號)", Some(vec!["号", "號"])),
            ("(?:甲乙)?丙", Some(vec!["丙"])),
            ("。{3,6}", Some(vec!["。。。"])),
            ("[甲乙]+丁?年", Some(vec!["乙丁年", "乙年", "甲丁年", "甲年"])),
        ] {
            let mut found = literals(expression);
            if let Some(found) = &mut found {
                found.sort();
            }
            let expected = expected.map(|set| set.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(found, expected, "{expression}");
        }
    }

    proptest::proptest! {
        /// Whatever a pattern matches contains one of its literals.
        #[test]
        fn every_match_contains_a_required_literal(text in "[甲乙丙0-9年月]{0,12}") {
            for expression in ["[0-9]{1,3}年(?:0?[1-9]|1[0-2])月", "(甲|乙)(丙|[0-9]{2})?月", "(?:甲乙?){1,2}丙", "乙[^甲]丙年",
                "(?:[甲乙]丙[甲乙丙0-9]{2}|丙[甲乙]{2,3}丁?)年", "[0-9]{2,}(?:月|年[甲乙]?)"] {
                let regex = regex::Regex::new(expression).unwrap();
                let set = literals(expression).unwrap();
                for found in regex.find_iter(&text) {
                    proptest::prop_assert!(set.iter().any(|literal| found.as_str().contains(literal.as_str())), "{expression}: {found:?}");
                }
            }
        }
    }
}
