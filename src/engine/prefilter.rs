//! Literals that every match of a regular expression must contain, and what must stand beside them.
//!
//! A pattern is run only where one of its required literals stands. The literals join the one pass over the text that
//! finds all wrong forms, so a pattern whose literals are rare costs next to nothing. Of those that are frequent, what stands
//! beside them says mostly that they belong to no match: a [`Gate`] holds the characters that a match may have at each of the
//! first places before and behind its literal.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look};

use crate::dictionary::{Gate, GateSide, PatternFacts, Required};

/// More literals than this are no help.
const MAX_LITERALS: usize = 512;
/// Longer literals are not rarer in any way that matters.
const MAX_BYTES: usize = 24;
/// What each further literal costs, in the unit of [`frequency`]: it makes the automaton larger.
const LITERAL_COST: f64 = 1e-5;
/// Places on either side of a literal at which a gate looks.
const PLACES: usize = 8;

/// Checks an expression and works out what follows from it alone. The build script does so for embedded packs.
pub(crate) fn facts(expression: &str) -> Result<PatternFacts, String> {
    let hir = regex_syntax::parse(expression).map_err(|error| error.to_string())?;
    if hir.properties().minimum_len() == Some(0) {
        return Err("the pattern matches the empty text".into());
    }
    let longest = hir.properties().maximum_len().and_then(|longest| u32::try_from(longest).ok());
    let (mut gates, mut classes) = (Vec::new(), Vec::new());
    let literals = required_literals(&hir).map(|set| {
        let numbered = set.into_iter().map(|anchor| {
            let mut side = |side: &Side| {
                let places = side.places.iter().map(|place| number(ranges(place), &mut classes)).collect();
                GateSide { places, longest: side.longest.and_then(|longest| u32::try_from(longest).ok()) }
            };
            let gate = Gate { before: side(&anchor.before), after: side(&anchor.after) };
            Required { text: anchor.text, gate: number(gate, &mut gates) }
        });
        numbered.collect()
    });
    Ok(PatternFacts { literals, gates, classes, longest })
}

/// The index of `item`, which becomes one of `items` if it is not yet.
fn number<T: PartialEq>(item: T, items: &mut Vec<T>) -> u16 {
    let at = items.iter().position(|other| *other == item).unwrap_or_else(|| {
        items.push(item);
        items.len() - 1
    });
    // There are no more than literals, each with a few places.
    at as u16
}

/// The code points of a class.
fn ranges(class: &ClassUnicode) -> Vec<(u32, u32)> {
    class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect()
}

/// A literal that a match contains, and what a match has on both sides of it, read away from it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Anchor {
    text: String,
    before: Side,
    after: Side,
}

/// What a match has on one side of a literal.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Side {
    /// What stands at the first places, as far as something must.
    places: Vec<ClassUnicode>,
    /// Bytes of the whole side at most.
    longest: Option<usize>,
}

impl Anchor {
    /// The same literal where either of both may be meant.
    fn or(&mut self, other: &Anchor) {
        let side = |one: &mut Side, two: &Side| {
            one.places.truncate(two.places.len());
            one.places.iter_mut().zip(&two.places).for_each(|(one, two)| one.union(two));
            one.longest = one.longest.zip(two.longest).map(|(one, two)| one.max(two));
        };
        side(&mut self.before, &other.before);
        side(&mut self.after, &other.after);
    }
}

/// What the first characters of a text may be, and how many it may have.
#[derive(Debug, Clone)]
struct Reach {
    /// What stands at each of the first places, where the text is as long.
    places: [ClassUnicode; PLACES],
    /// A bit for each number of characters; the last one for all from [`PLACES`] on.
    lengths: u32,
    /// Bytes at most.
    longest: Option<usize>,
}

impl Reach {
    /// That of the empty text.
    fn nothing() -> Self {
        Reach { places: std::array::from_fn(|_| ClassUnicode::empty()), lengths: 1, longest: Some(0) }
    }

    /// That of one character.
    fn of_character(class: &ClassUnicode) -> Self {
        let mut reach = Reach::nothing();
        reach.places[0] = class.clone();
        // No block holds one; here it stands for the border of a block.
        reach.places[0].difference(&border());
        reach.lengths = 1 << 1;
        reach.longest = Some(class.maximum_len().unwrap_or(0));
        reach
    }

    /// That of one text followed by the other.
    fn then(&self, next: &Reach) -> Self {
        let mut both = self.clone();
        both.lengths = 0;
        both.longest = self.longest.zip(next.longest).map(|(one, two)| one + two);
        for length in (0..=PLACES).filter(|length| self.lengths >> length & 1 != 0) {
            let lengths = next.lengths << length;
            let beyond = u32::from(lengths >> PLACES != 0) << PLACES;
            both.lengths |= lengths & ((1 << PLACES) - 1) | beyond;
            both.places[length..].iter_mut().zip(&next.places).for_each(|(place, class)| place.union(class));
        }
        both
    }

    fn or(&mut self, other: &Reach) {
        self.lengths |= other.lengths;
        self.longest = self.longest.zip(other.longest).map(|(one, two)| one.max(two));
        self.places.iter_mut().zip(&other.places).for_each(|(place, class)| place.union(class));
    }

    /// That of a text repeated from `min` to `max` times.
    fn repeated(&self, min: u32, max: Option<u32>) -> Self {
        // A repetition of nothing adds nothing, one of something is at the last place after as many times.
        let most = (PLACES as u32).saturating_add(1);
        let mut run = Reach::nothing();
        (0..min.min(most)).for_each(|_| run = run.then(self));
        let mut all = run.clone();
        for _ in min..max.unwrap_or(u32::MAX).min(min.saturating_add(most)) {
            run = run.then(self);
            all.or(&run);
        }
        all.longest = match (self.longest, max) {
            (Some(0), _) | (_, Some(0)) => Some(0),
            (Some(longest), Some(max)) => longest.checked_mul(max as usize),
            _ => None,
        };
        all
    }

    /// Of texts that begin with what `hir` matches – or end, and are read backwards.
    fn of(hir: &Hir, edge: Edge) -> Self {
        let concat = |parts: &mut dyn Iterator<Item = Reach>| parts.fold(Reach::nothing(), |all, part| all.then(&part));
        match hir.kind() {
            // Nothing goes on beyond the border of a block, which counts as a character there.
            HirKind::Look(Look::Start) if edge == Edge::End => Reach::at_border(),
            HirKind::Look(Look::End) if edge == Edge::Start => Reach::at_border(),
            HirKind::Empty | HirKind::Look(_) => Reach::nothing(),
            HirKind::Literal(literal) => {
                let Ok(text) = std::str::from_utf8(&literal.0) else { return Reach::anything() };
                let one =
                    |character| Reach::of_character(&ClassUnicode::new([ClassUnicodeRange::new(character, character)]));
                match edge {
                    Edge::Start => concat(&mut text.chars().take(PLACES).map(one)),
                    Edge::End => concat(&mut text.chars().rev().take(PLACES).map(one)),
                }
            }
            HirKind::Class(Class::Unicode(class)) => Reach::of_character(class),
            HirKind::Class(Class::Bytes(_)) => Reach::anything(),
            HirKind::Capture(capture) => Reach::of(&capture.sub, edge),
            HirKind::Repetition(repetition) => {
                Reach::of(&repetition.sub, edge).repeated(repetition.min, repetition.max)
            }
            HirKind::Concat(parts) => match edge {
                Edge::Start => concat(&mut parts.iter().map(|part| Reach::of(part, edge))),
                Edge::End => concat(&mut parts.iter().rev().map(|part| Reach::of(part, edge))),
            },
            HirKind::Alternation(branches) => {
                let all = branches.iter().map(|branch| Reach::of(branch, edge));
                all.reduce(|mut all, branch| {
                    all.or(&branch);
                    all
                })
                .unwrap_or_else(Reach::anything)
            }
        }
    }

    /// Of texts about which nothing is known.
    fn anything() -> Self {
        let any = ClassUnicode::new([ClassUnicodeRange::new('\0', char::MAX)]);
        Reach { places: std::array::from_fn(|_| any.clone()), lengths: (1 << (PLACES + 1)) - 1, longest: None }
    }

    /// That of the border of a block.
    fn at_border() -> Self {
        let mut reach = Reach::nothing();
        reach.places[0] = border();
        reach.lengths = 1 << 1;
        reach
    }

    /// What stands behind `skipped`, which is what the text begins with – or ends.
    fn beyond(&self, skipped: &str) -> Side {
        let sure = (self.lengths.trailing_zeros() as usize).min(PLACES);
        Side {
            places: self.places[..sure].iter().skip(skipped.chars().count()).cloned().collect(),
            longest: self.longest.map(|longest| longest.saturating_sub(skipped.len())),
        }
    }
}

/// What stands for the border of a block.
fn border() -> ClassUnicode {
    ClassUnicode::new([ClassUnicodeRange::new('\n', '\n')])
}

/// A set of literals of which every match contains at least one, chosen to be rare in Chinese text, with what stands beside
/// them; `None` when the expression has no such set. The literals hold no LF.
fn required_literals(hir: &Hir) -> Option<Vec<Anchor>> {
    let outside = Reach::nothing();
    let set = best(hir, &outside, &outside).and_then(|set| merged(vec![set]))?;
    set.iter().all(|anchor| !anchor.text.contains('\n')).then_some(set)
}

/// The best required set found anywhere in `hir`, where `before` and `after` – read away from it – is the rest of a match.
fn best(hir: &Hir, before: &Reach, after: &Reach) -> Option<Vec<Anchor>> {
    let whole = |text: String| Anchor { text, before: before.beyond(""), after: after.beyond("") };
    let mut candidates: Vec<Vec<Anchor>> =
        exact(hir).map(|set| set.into_iter().map(whole).collect()).into_iter().collect();
    match hir.kind() {
        HirKind::Capture(capture) => candidates.extend(best(&capture.sub, before, after)),
        HirKind::Repetition(repetition) if repetition.min > 0 => {
            let more = |outside: &Reach, edge: Edge| {
                Reach::of(&repetition.sub, edge).repeated(0, repetition.max.map(|max| max - 1)).then(outside)
            };
            candidates.extend(best(&repetition.sub, &more(before, Edge::End), &more(after, Edge::Start)));
            let behind = Reach::of(hir, Edge::Start).then(after);
            candidates.extend(edge(hir, Edge::Start).map(|set| {
                let anchor = |text: String| {
                    let after = behind.beyond(&text);
                    Anchor { text, before: before.beyond(""), after }
                };
                set.into_iter().map(anchor).collect()
            }));
        }
        HirKind::Alternation(branches) => {
            let union: Option<Vec<Vec<Anchor>>> = branches.iter().map(|branch| best(branch, before, after)).collect();
            candidates.extend(union.and_then(merged));
        }
        HirKind::Concat(_) => {
            let mut parts = Vec::new();
            flatten(hir, &mut parts);
            // What stands before each part, and behind it.
            let mut befores = vec![before.clone()];
            for part in &parts {
                let next = Reach::of(part, Edge::End).then(&befores[befores.len() - 1]);
                befores.push(next);
            }
            let mut afters = vec![after.clone()];
            for part in parts.iter().rev() {
                let next = Reach::of(part, Edge::Start).then(&afters[afters.len() - 1]);
                afters.push(next);
            }
            afters.reverse();
            for start in 0..parts.len() {
                candidates.extend(best(parts[start], &befores[start], &afters[start + 1]));
                // Runs of parts that can be spelled out, begun with what the part before ends with.
                grow(&parts, start, vec![(String::new(), 0)], &befores, &afters, &mut candidates);
                if let Some(heads) = start.checked_sub(1).and_then(|index| edge(parts[index], Edge::End)) {
                    let run = heads.into_iter().map(|head| (head.clone(), head.len())).collect();
                    grow(&parts, start, run, &befores, &afters, &mut candidates);
                }
            }
        }
        _ => {}
    }
    candidates.retain(|set| set.iter().all(|anchor| !anchor.text.is_empty()));
    // Of those that are as rare, the one of which more is known.
    let known = |set: &[Anchor]| {
        set.iter().map(|anchor| anchor.before.places.len() + anchor.after.places.len()).min().unwrap_or(0)
    };
    candidates.into_iter().min_by(|one, two| cost(one).total_cmp(&cost(two)).then_with(|| known(two).cmp(&known(one))))
}

/// What is spelled out so far, and how many bytes of it belong to the part before.
type Run = Vec<(String, usize)>;

/// Adds to `candidates` what comes of `run` with as many of `parts` from `start` on as can be spelled out. `befores` and `afters`
/// say what stands before and behind each part.
fn grow(
    parts: &[&Hir],
    start: usize,
    mut run: Run,
    befores: &[Reach],
    afters: &[Reach],
    candidates: &mut Vec<Vec<Anchor>>,
) {
    for (index, part) in parts.iter().enumerate().skip(start) {
        let anchor = |(text, head): (String, usize), behind: Side| {
            let before = befores[start].beyond(&text[..head]);
            Anchor { text, before, after: behind }
        };
        if let Some(next) = exact(part).and_then(|set| lengthened(&run, &set)) {
            let behind = afters[index + 1].beyond("");
            candidates.push(next.iter().map(|one| anchor(one.clone(), behind.clone())).collect());
            run = next;
        } else {
            candidates.extend(edge(part, Edge::Start).and_then(|set| {
                let next = lengthened(&run, &set)?;
                let behinds = set.iter().map(|tail| afters[index].beyond(tail)).cycle();
                Some(next.into_iter().zip(behinds).map(|(one, behind)| anchor(one, behind)).collect())
            }));
            break;
        }
    }
}

/// All of `run` with all of `set` behind.
fn lengthened(run: &Run, set: &[String]) -> Option<Run> {
    let (texts, heads): (Vec<String>, Vec<usize>) = run.iter().cloned().unzip();
    let texts = product(&texts, set)?;
    let heads = heads.into_iter().flat_map(|head| std::iter::repeat_n(head, set.len()));
    Some(texts.into_iter().zip(heads).collect())
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

/// The anchors of all branches; those of one text become one.
fn merged(sets: Vec<Vec<Anchor>>) -> Option<Vec<Anchor>> {
    let mut union: Vec<Anchor> = sets.into_iter().flatten().collect();
    union.sort_by(|one, two| one.text.cmp(&two.text));
    union.dedup_by(|next, kept| {
        let same = next.text == kept.text;
        if same {
            kept.or(next);
        }
        same
    });
    (union.len() <= MAX_LITERALS).then_some(union)
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
fn cost(set: &[Anchor]) -> f64 {
    expected(set) + set.len() as f64 * LITERAL_COST
}

/// Roughly how often one of `set` occurs per character of official text.
fn expected(set: &[Anchor]) -> f64 {
    set.iter().map(|anchor| anchor.text.chars().map(frequency).product::<f64>()).sum()
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
        let set = required_literals(&regex_syntax::parse(expression).unwrap())?;
        Some(set.into_iter().map(|anchor| anchor.text).collect())
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
