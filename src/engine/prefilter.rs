//! Literals that every match of a regular expression must contain.
//!
//! A pattern is run only where one of its required literals stands. The literals join the one pass over the text that
//! finds all wrong forms, so a pattern whose literals are rare costs next to nothing.

use regex_syntax::hir::{Class, Hir, HirKind};

/// More literals than this are no help.
const MAX_LITERALS: usize = 256;
/// Longer literals are not rarer in any way that matters.
const MAX_BYTES: usize = 24;

/// A set of literals of which every match contains at least one, chosen to be rare in Chinese text; `None` when the
/// expression has no such set. The literals hold no LF.
pub(crate) fn required_literals(hir: &Hir) -> Option<Vec<String>> {
    best(hir).filter(|set| set.iter().all(|literal| !literal.is_empty() && !literal.contains('\n')))
}

/// The best required set found anywhere in `hir`.
fn best(hir: &Hir) -> Option<Vec<String>> {
    if let Some(set) = exact(hir)
        && set.iter().all(|literal| !literal.is_empty())
    {
        return Some(set);
    }
    match hir.kind() {
        HirKind::Capture(capture) => best(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => best(&repetition.sub),
        HirKind::Alternation(branches) => {
            let mut union = Vec::new();
            for branch in branches {
                union.extend(best(branch)?);
            }
            union.sort();
            union.dedup();
            (union.len() <= MAX_LITERALS).then_some(union)
        }
        HirKind::Concat(_) => {
            let mut parts = Vec::new();
            flatten(hir, &mut parts);
            let mut candidates: Vec<Vec<String>> = Vec::new();
            for start in 0..parts.len() {
                // Runs of parts that can be spelled out, grown as long as their product stays small.
                let mut run = vec![String::new()];
                for &part in &parts[start..] {
                    let Some(next) = exact(part).and_then(|set| product(&run, &set)) else { break };
                    run = next;
                    candidates.push(run.clone());
                }
                candidates.extend(best(parts[start]));
            }
            candidates
                .into_iter()
                .filter(|set| set.iter().all(|literal| !literal.is_empty()))
                .min_by(|one, two| expected(one).total_cmp(&expected(two)))
        }
        _ => None,
    }
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
            let mut set = Vec::new();
            for range in class.ranges() {
                for character in range.start()..=range.end() {
                    set.push(character.to_string());
                    if set.len() > MAX_LITERALS {
                        return None;
                    }
                }
            }
            Some(set)
        }
        HirKind::Class(Class::Bytes(_)) => None,
        HirKind::Capture(capture) => exact(&capture.sub),
        HirKind::Repetition(repetition) => {
            let once = exact(&repetition.sub)?;
            let max = repetition.max.filter(|&max| max <= 4)?;
            let mut all = Vec::new();
            let mut run = vec![String::new()];
            for count in 0..=max {
                if count >= repetition.min {
                    all.extend(run.iter().cloned());
                }
                run = product(&run, &once)?;
            }
            (all.len() <= MAX_LITERALS).then_some(all)
        }
        HirKind::Concat(parts) => {
            parts.iter().try_fold(vec![String::new()], |run, part| product(&run, &exact(part)?))
        }
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                all.extend(exact(branch)?);
            }
            all.sort();
            all.dedup();
            (all.len() <= MAX_LITERALS).then_some(all)
        }
    }
}

fn product(left: &[String], right: &[String]) -> Option<Vec<String>> {
    if left.len() * right.len() > MAX_LITERALS {
        return None;
    }
    let all: Vec<String> = left.iter().flat_map(|left| right.iter().map(move |right| format!("{left}{right}"))).collect();
    all.iter().all(|literal| literal.len() <= MAX_BYTES).then_some(all)
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
        '（' | '）' | '第' | '条' | '年' | '月' | '日' | '一' | '二' | '三' | '十' | '人' | '国' | '：' | '；' => 0.01,
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
            ("[0-9]{4}年(0[1-3])月", Some(vec!["年01月", "年02月", "年03月"])),
            ("(?<hit>近[0-9]+余)人", Some(vec!["余人"])),
            ("(甲乙|丙丁)[0-9]*", Some(vec!["丙丁", "甲乙"])),
            ("(甲|[0-9]*)", None),
            (".*", None),
            ("[一-龥]+", None),
            ("[一-龥]{2}(号|號)", Some(vec!["号", "號"])),
            ("(?:甲乙)?丙", Some(vec!["丙", "甲乙丙"])),
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
            for expression in ["[0-9]{1,3}年(?:0?[1-9]|1[0-2])月", "(甲|乙)(丙|[0-9]{2})?月", "(?:甲乙?){1,2}丙", "乙[^甲]丙年"] {
                let regex = regex::Regex::new(expression).unwrap();
                let set = literals(expression).unwrap();
                for found in regex.find_iter(&text) {
                    proptest::prop_assert!(set.iter().any(|literal| found.as_str().contains(literal.as_str())), "{expression}: {found:?}");
                }
            }
        }
    }
}
