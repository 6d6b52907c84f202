//! Compiles what is embedded: the dictionary packs, the word list and the folding table. A start then parses nothing.
#![allow(clippy::expect_used, clippy::panic, missing_docs, unreachable_pub, dead_code)]

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/judge/registered/name/cues.rs"]
mod cues;
#[path = "src/dictionary/entry.rs"]
mod entry;
#[path = "src/judge/registered/law_table.rs"]
mod law_table;
#[path = "src/judge/registered/list/marks.rs"]
mod marks;
#[path = "src/dictionary/parse.rs"]
mod parse;
#[path = "src/normalise/punctuation.rs"]
mod punctuation;
#[path = "src/dictionary/registry.rs"]
mod registry;
#[path = "src/document/scope.rs"]
mod scope;
#[path = "src/judge/registered/title_table.rs"]
mod title_table;

#[path = "src/engine/literal/compile.rs"]
mod compile;
#[path = "src/engine/filter.rs"]
mod filter;
#[path = "src/engine/forms.rs"]
mod forms;
#[path = "src/engine/frequency.rs"]
mod frequency;
#[path = "src/engine/literal/layout.rs"]
mod layout;
#[path = "src/engine/lexicon.rs"]
mod lexicon;
#[path = "src/engine/ngram.rs"]
mod ngram;
#[path = "src/engine/prefilter.rs"]
mod prefilter;
#[path = "src/simd/window.rs"]
mod window;
#[path = "src/engine/wording.rs"]
mod wording;

mod normalise {
    /// For the tables made here the unified ideographs are enough.
    pub fn is_han(character: char) -> bool {
        ('\u{4E00}'..='\u{9FFF}').contains(&character)
    }
}

mod dictionary {
    pub use crate::entry::{Entry, Gate, GateSide, PatternFacts, Required, Rule};
    pub(crate) use crate::registry::{STATE, telling_part};
}

mod simd {
    pub(crate) use crate::window::*;
}

/// [`frequency`] by the tables made here.
mod rarity {
    use crate::frequency::{Frequencies, share};

    pub(crate) static OFFICIAL: std::sync::OnceLock<(Vec<u8>, Vec<u8>)> = std::sync::OnceLock::new();

    fn official() -> Frequencies<'static> {
        let (characters, pairs) = OFFICIAL.get().expect("the tables are made before literals are compiled");
        Frequencies { characters, pairs }
    }

    pub(crate) fn rarity(character: char) -> u32 {
        official().rarity(character)
    }

    pub(crate) fn pair_novelty(one: char, two: char) -> u32 {
        official().pair_novelty(one, two)
    }

    pub(crate) fn pair_frequency(one: char, two: char) -> f32 {
        share(pair_novelty(one, two))
    }
}

mod engine {
    pub(crate) use crate::rarity;
}

mod document {
    pub use crate::scope::Scope;
}

/// Word costs are stored in 1/256 nat: fine enough to compare paths.
const COST_SCALE: f64 = 256.0;

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    println!("cargo::rerun-if-changed=dictionaries");
    for source in [
        "src/dictionary/entry.rs",
        "src/dictionary/parse.rs",
        "src/dictionary/registry.rs",
        "src/document/scope.rs",
        "src/engine/filter.rs",
        "src/engine/forms.rs",
        "src/engine/frequency.rs",
        "src/engine/lexicon.rs",
        "src/engine/literal/compile.rs",
        "src/engine/literal/layout.rs",
        "src/engine/ngram.rs",
        "src/engine/prefilter.rs",
        "src/engine/wording.rs",
        "src/judge/registered/law_table.rs",
        "src/judge/registered/list/marks.rs",
        "src/judge/registered/name/cues.rs",
        "src/judge/registered/title_table.rs",
        "src/normalise/punctuation.rs",
        "src/simd/window.rs",
    ] {
        println!("cargo::rerun-if-changed={source}");
    }
    let (places, names) = places(&root.join("dictionaries/registries").join(PLACES), &out);
    let packs = packs(&[root.join("dictionaries/packs"), root.join("dictionaries/registries")], places, &out);
    let words = words(&root.join("dictionaries/lexicon/words.tsv"), &out.join("lexicon.bin"), &out.join("lexicon.rs"));
    slips(&root.join("dictionaries/slips"), &words, &out.join("slips.rs"));
    attested(&root.join("dictionaries"), &packs, &out);
    let folding = folding(&root.join("dictionaries/folding/traditional.tsv"), &out.join("folding.rs"));
    index(&packs, &names, &folding, &out);
    screens(&packs, &out);
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn rows(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Files of each folder in the order of their names.
fn pack_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml" || extension == "tsv"))
        .collect();
    files.sort();
    files
}

fn packs(folders: &[PathBuf], places: entry::Pack, out: &Path) -> Vec<entry::Pack> {
    let mut files: Vec<PathBuf> = folders.iter().flat_map(|folder| pack_files(folder)).collect();
    files.retain(|path| path.file_name().is_none_or(|name| name != PLACES));
    let mut packs = vec![places];
    let mut problems = Vec::new();
    for path in &files {
        let name = path.file_name().expect("a file has a name").to_string_lossy();
        match parse::parse_pack(&name, &read(path)) {
            Ok(pack) => packs.push(pack),
            Err(found) => problems.extend(found),
        }
    }
    for entry in packs.iter_mut().flat_map(|pack: &mut entry::Pack| &mut pack.entries) {
        if let entry::Rule::Pattern(pattern) = &mut entry.rule {
            match prefilter::facts(&pattern.expression) {
                Ok(facts) => pattern.facts = Some(facts),
                Err(message) => panic!("{}:{}: {}: {message}", entry.at.file, entry.at.line, entry.id),
            }
        }
    }
    problems.extend(parse::check_unique(&packs));
    problems.extend(registry::check_registries(packs.iter().flat_map(|pack: &entry::Pack| &pack.entries)));
    if !problems.is_empty() {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("dictionaries has {} problems:\n{}", lines.len(), lines.join("\n"));
    }
    // Entries by themselves, so that each can be read when it is needed: facts and places of all, then what they say.
    let (mut facts, mut entries) = (Vec::new(), Vec::new());
    for entry in packs.iter().flat_map(|pack: &entry::Pack| &pack.entries) {
        facts.extend(entry::Facts::of(entry).to_bytes());
        facts.extend(u32::try_from(entries.len()).expect("fewer than 4 GiB of entries").to_le_bytes());
        entries.extend(postcard::to_stdvec(entry).expect("entries serialise"));
        entries.extend(postcard::to_stdvec(&*entry.details).expect("details serialise"));
    }
    let heads: Vec<entry::Pack> =
        packs.iter().map(|pack| entry::Pack { entries: Vec::new(), ..pack.clone() }).collect();
    let heads = postcard::to_stdvec(&heads).expect("packs serialise");
    for (name, bytes) in [("packs.bin", heads), ("entries.facts", facts), ("entries.bin", entries)] {
        fs::write(out.join(name), bytes).expect("OUT_DIR is writable");
    }
    packs
}

/// The registry of places. Its thousands of rows do not become entries: they would cost more at each start than all other
/// rules together. They become one sorted text, and two entries say what is judged by it.
const PLACES: &str = "divisions.tsv";

/// What places are found by: superiors, and names that are no longer in use.
struct PlaceNames {
    superiors: BTreeSet<String>,
    former: Vec<String>,
}

fn places(path: &Path, out: &Path) -> (entry::Pack, PlaceNames) {
    let text = if path.exists() { read(path) } else { String::new() };
    let header = |key: &str| {
        let prefix = format!("# {key}:");
        text.lines()
            .find_map(|line| line.strip_prefix(&prefix))
            .map(|value| value.trim().to_owned())
            .unwrap_or_default()
    };
    let mut lines = rows(&text);
    let columns: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let mut table: Vec<String> = lines
        .map(|row| {
            let cells: Vec<&str> = row.split('\t').collect();
            let cell = |name: &str| {
                columns
                    .iter()
                    .position(|column| *column == name)
                    .and_then(|at| cells.get(at))
                    .copied()
                    .unwrap_or_default()
            };
            let year = |date: &str| {
                assert!(
                    date.is_empty() || parse::is_iso_date(date),
                    "{}: {date:?} in {row:?} is no date",
                    path.display()
                );
                date.get(..4).unwrap_or_default().to_owned()
            };
            assert!(!cell("right").is_empty(), "{}: no name in {row:?}", path.display());
            let former = cell("note").strip_prefix("曾属").unwrap_or_default().replace('、', "|");
            [cell("right"), cell("superior"), &year(cell("from")), &year(cell("to")), cell("successor"), &former]
                .join("\t")
        })
        .collect();
    // 市区, 郊区, 新区 are names of districts here and there, and words everywhere.
    table.retain(|line| {
        let name = line.split('\t').next().unwrap_or_default();
        !(name.ends_with('区') && name.chars().count() == 2)
    });
    table.sort();
    table.dedup();
    fs::write(out.join("places.txt"), table.join("\n")).expect("OUT_DIR is writable");
    let starts = table.iter().scan(0, |next, line| Some(std::mem::replace(next, *next + line.len() as u32 + 1)));
    fs::write(out.join("places.at"), starts.flat_map(u32::to_le_bytes).collect::<Vec<u8>>())
        .expect("OUT_DIR is writable");
    let mut names = PlaceNames { superiors: BTreeSet::new(), former: Vec::new() };
    let cells: Vec<Vec<&str>> = table.iter().map(|line| line.split('\t').collect()).collect();
    for rows in cells.chunk_by(|one, two| one[0] == two[0]) {
        let superiors = rows.iter().flat_map(|row| row[1].split('|')).filter(|name| !name.is_empty());
        names.superiors.extend(superiors.map(str::to_owned));
        if rows.iter().all(|row| !row[3].is_empty()) {
            names.former.push(rows[0][0].to_owned());
        }
    }
    let superiors: Vec<&str> = names.superiors.iter().map(String::as_str).collect();
    for (name, lines) in [("places.superiors", superiors.join("\n")), ("places.former", names.former.join("\n"))] {
        fs::write(out.join(name), lines).expect("OUT_DIR is writable");
    }
    let rule = |name: &str, reason: &str| entry::Entry {
        id: format!("places-registry/{name}"),
        rule: entry::Rule::Name(entry::Name::default()),
        right: Vec::new(),
        severity: entry::Severity::Error,
        enabled: true,
        profile: entry::Tier::Gov,
        verified: true,
        from: None,
        to: None,
        scopes: Vec::new(),
        guards: entry::Guards::default(),
        at: entry::Location { file: PLACES.to_owned(), line: 1 },
        details: entry::LazyDetails::from(entry::Details {
            reason: reason.to_owned(),
            source: header("source"),
            category: "geo".to_owned(),
            ..entry::Details::default()
        }),
    };
    let pack = entry::Pack {
        id: "places-registry".to_owned(),
        title: header("title"),
        header: entry::Header {
            about: header("about"),
            source: header("source"),
            severity: Some(entry::Severity::Error),
            profile: entry::Tier::Gov,
        },
        entries: if table.is_empty() {
            Vec::new()
        } else {
            vec![
                rule("隶属", "地名与其上级行政区不符，请核对隶属关系。"),
                rule("更名", "行政区划已经调整，应使用成文时的名称。"),
            ]
        },
        allow: Vec::new(),
        off: Vec::new(),
    };
    (pack, names)
}

/// Compiles all literals of the embedded dictionary as one set, what they are for, and the pieces of registered forms
/// (`src/engine/index.rs`).
fn index(packs: &[entry::Pack], places: &PlaceNames, folding: &BTreeMap<char, char>, out: &Path) {
    let problem: RefCell<Option<String>> = RefCell::default();
    let fold = |text| {
        fold(text, folding).unwrap_or_else(|| {
            problem.borrow_mut().get_or_insert_with(|| text.to_owned());
            Cow::Borrowed(text)
        })
    };
    let entries: Vec<&entry::Entry> = packs.iter().flat_map(|pack| &pack.entries).collect();

    // As `src/judge/registered/near.rs` does it at a start.
    let owned = entries.iter().enumerate().flat_map(|(owner, entry)| {
        let own = entry.own_forms();
        entry.forms().enumerate().map(move |(index, form)| (form, (index < own).then_some(owner)))
    });
    let (short, long): (Vec<_>, Vec<_>) = owned.partition(|(form, _)| is_attested(registry::telling_part(form)));
    let forms = forms::Forms::new(long, short.into_iter().map(|(form, _)| form), fold);

    let mut numbers: HashMap<Cow<'_, str>, u32> = HashMap::new();
    let starts = std::iter::once(&0).chain(&forms.ends);
    for (&start, &end) in starts.zip(&forms.ends) {
        let next = numbers.len() as u32;
        numbers.insert(Cow::Borrowed(&forms.literals[start as usize..end as usize]), next);
    }
    let mut uses: Vec<u8> = Vec::new();
    let mut add = |text, usage: Option<(u32, usize)>| {
        let literal = fold(text);
        if literal.is_empty() {
            return;
        }
        let next = numbers.len() as u32;
        let number = *numbers.entry(literal).or_insert(next);
        if let Some((purpose, entry)) = usage {
            uses.extend([purpose, entry as u32, number].into_iter().flat_map(u32::to_le_bytes));
        }
    };
    // `Purpose` in `src/engine/index.rs`; the gate of a literal that a pattern requires stands above.
    const WRONG: u32 = 0;
    const ALLOW: u32 = 1;
    const ALLOW_ALL: u32 = 2;
    const PREFILTER: u32 = 3;
    const SUPERIOR: u32 = 4;
    const FORMER: u32 = 5;
    for (index, entry) in entries.iter().enumerate() {
        entry.guards.allow.iter().for_each(|allow| add(allow, Some((ALLOW, index))));
        match &entry.rule {
            entry::Rule::Term(term) => term.wrong.iter().for_each(|wrong| add(wrong, Some((WRONG, index)))),
            entry::Rule::Pattern(pattern) => {
                let literals = pattern.facts.iter().flat_map(|facts| facts.literals.iter().flatten());
                literals
                    .for_each(|literal| add(&literal.text, Some((PREFILTER | u32::from(literal.gate) << 8, index))));
            }
            _ => {}
        }
    }
    packs.iter().flat_map(|pack| &pack.allow).for_each(|allow| add(allow, Some((ALLOW_ALL, 0))));
    places.superiors.iter().for_each(|name| add(name, Some((SUPERIOR, 0))));
    places.former.iter().for_each(|name| add(name, Some((FORMER, 0))));
    // What kinds of registries ask for by its text. Whatever is missing here, they do not find, and all is compiled at the
    // start instead.
    for entry in &entries {
        match &entry.rule {
            entry::Rule::List(list) => {
                list.labels.iter().for_each(|label| add(label, None));
                list.members.iter().for_each(|member| add(marks::probe(member), None));
            }
            entry::Rule::Name(name) if entry.to.is_some() && name.held.is_none() && name.superior.is_empty() => {
                entry.right.iter().chain(&name.short).for_each(|form| add(form, None));
            }
            entry::Rule::Person(person) => person.post.split('、').for_each(|post| add(post, None)),
            _ => {}
        }
    }
    cues::LITERALS.iter().for_each(|(literal, _)| add(literal, None));

    let mut literals: Vec<(u32, &str)> = numbers.iter().map(|(literal, &number)| (number, &**literal)).collect();
    literals.sort_unstable();
    let mut literals = compile::compile(literals.into_iter().map(|(_, literal)| literal));
    if let Some(text) = problem.take() {
        println!("cargo::warning=literals are compiled at each start, for it is not known here how to fold {text:?}");
        literals.clear();
    }
    let registered = || entries.iter().copied().enumerate().filter(|(_, entry)| entry.rule.is_registered());
    let laws = law_table::LawTable::new(registered(), fold);
    let titles = title_table::TitleTable::new(title_table::titles(registered()), fold);
    let tables = [postcard::to_stdvec(&laws), postcard::to_stdvec(&titles)];
    let [laws, titles] = tables.map(|table| table.expect("tables serialise"));
    for (name, bytes) in [
        ("literals.bin", literals),
        ("uses.bin", uses),
        ("pieces.bin", forms.to_bytes()),
        ("laws.bin", laws),
        ("titles.bin", titles),
    ] {
        fs::write(out.join(name), bytes).expect("OUT_DIR is writable");
    }
}

/// The folded form of a text of a dictionary, as `src/normalise/` makes it; `None` for what dictionaries hardly have: white
/// space but for single blanks, compatibility forms, characters that disappear.
fn fold<'t>(text: &'t str, traditional: &BTreeMap<char, char>) -> Option<Cow<'t, str>> {
    let one = |character: char| {
        Some(match character {
            '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '％' => char::from_u32(u32::from(character) - 0xFEE0)?,
            '!'..='~' | '\u{B7}' | '\u{D7}' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205E}' => character,
            '\u{2100}'..='\u{2BFF}' | '\u{3001}'..='\u{303F}' | '\u{30FB}' | '\u{FF01}'..='\u{FF5E}' => character,
            // Letters that are taken for others, small and compatibility marks.
            '\u{C0}'..='\u{24F}' | '\u{370}'..='\u{4FF}' | '\u{FE10}'..='\u{FE6F}' | '\u{FFE0}'..='\u{FFE6}' => {
                character
            }
            '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' => {
                traditional.get(&character).copied().unwrap_or(character)
            }
            _ => return None,
        })
    };
    if text.chars().all(|character| one(character) == Some(character)) {
        return Some(Cow::Borrowed(text));
    }
    let mut folded = String::new();
    for (at, character) in text.char_indices() {
        if character != ' ' {
            folded.push(one(character)?);
            continue;
        }
        let joins = |one: char| matches!(one, '\u{3400}'..='\u{9FFF}' | '〇') || punctuation::is_cjk_punctuation(one);
        match (text[..at].chars().next_back(), text[at + 1..].chars().next()) {
            (None, _) | (_, None) => {}
            (Some(' '), _) | (_, Some(' ')) => return None,
            (Some(before), Some(after)) if joins(before) && joins(after) => {}
            _ => folded.push(' '),
        }
    }
    Some(Cow::Owned(folded))
}

/// Makes of each pattern an automaton that says whether it matches at all (`src/engine/screen.rs`), unless that is large: of
/// some it would be as large as the whole program.
fn screens(packs: &[entry::Pack], out: &Path) {
    use regex_automata::dfa::{StartKind, dense};
    const LARGEST: usize = 1 << 17;
    let automaton = |expression: &str| {
        // Making it is given up where it would be far too large.
        let config = dense::Config::new()
            .start_kind(StartKind::Both)
            .dfa_size_limit(Some(8 * LARGEST))
            .determinize_size_limit(Some(8 * LARGEST));
        let bytes =
            dense::Builder::new().configure(config).build(expression).ok()?.to_sparse().ok()?.to_bytes_little_endian();
        Some(bytes).filter(|bytes| bytes.len() <= LARGEST)
    };
    let expressions = packs.iter().flat_map(|pack| &pack.entries).filter_map(|entry| match &entry.rule {
        entry::Rule::Pattern(pattern) => Some(pattern.expression.as_str()),
        _ => None,
    });
    let hash = |expression: &str| wording::FormHash::of(expression.chars().map(u32::from)).bits();
    let automata: BTreeMap<u64, Vec<u8>> =
        expressions.filter_map(|expression| Some((hash(expression), automaton(expression)?))).collect();
    let (mut places, mut bytes) = (Vec::new(), Vec::new());
    for (hash, automaton) in automata {
        places.extend(hash.to_le_bytes());
        places.extend((bytes.len() as u32).to_le_bytes());
        bytes.extend(automaton);
        places.extend((bytes.len() as u32).to_le_bytes());
    }
    for (name, bytes) in [("screens.at", places), ("screens.bin", bytes)] {
        fs::write(out.join(name), bytes).expect("OUT_DIR is writable");
    }
}

/// Whether a form is among the attested ones because it is registered and short.
fn is_attested(form: &str) -> bool {
    let characters = form.chars().count();
    (4..registry::LONG_FORM).contains(&characters) && form.chars().all(|c| is_ideograph(&u32::from(c)))
}

/// Gives the words of two characters, and whether they are common.
fn words(path: &Path, table_out: &Path, rust_out: &Path) -> Vec<([u32; 2], bool)> {
    /// Cost in nats up to which a word is common enough to be meant.
    const COMMON: f64 = 13.5;
    let text = read(path);
    let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
    for row in rows(&text) {
        let (word, count) = row.split_once('\t').unwrap_or_else(|| panic!("{}: no tab in {row:?}", path.display()));
        let count: f64 = count.parse().unwrap_or_else(|error| panic!("{}: {row:?}: {error}", path.display()));
        counts.insert(word, count.max(1.0));
    }
    let total: f64 = counts.values().sum();
    let cost = |count: f64| ((total / count).ln() * COST_SCALE).round() as u64;
    let costs = counts.iter().map(|(&word, &count)| (word, u16::try_from(cost(count)).expect("a cost has 16 bits")));
    fs::write(table_out, lexicon::words(costs)).expect("OUT_DIR is writable");
    characters(&counts, &rust_out.with_file_name("characters.rs"));
    // A character that is no word costs what one seen half a time would.
    let code = format!(
        "/// Cost of a character that is no word, in 1/{COST_SCALE} nat.\nconst UNKNOWN_COST: u64 = {};\n\
         /// Cost up to which a word is common.\nconst COMMON_COST: u16 = {};\n",
        cost(0.5),
        COMMON * COST_SCALE
    );
    fs::write(rust_out, code).expect("OUT_DIR is writable");
    let codes = counts.iter().map(|(word, &count)| {
        let codes: Vec<u32> = word.chars().map(u32::from).collect();
        (codes, cost(count) as f64 <= COMMON * COST_SCALE)
    });
    let pairs = codes.filter_map(|(codes, common)| Some((codes.try_into().ok()?, common)));
    pairs.filter(|(word, _): &([u32; 2], bool)| word.iter().all(is_ideograph)).collect()
}

/// Whether a code is that of a unified ideograph.
fn is_ideograph(code: &u32) -> bool {
    (0x4E00..0xA000).contains(code)
}

/// How rare each unified ideograph is: −ln of its share among the characters of all words, in 1/16 nat.
fn characters(counts: &BTreeMap<&str, f64>, out: &Path) {
    const FIRST: u32 = 0x4E00;
    let mut shares = vec![0.0; 0xA000 - FIRST as usize];
    let mut total = 0.0;
    for (word, count) in counts {
        for character in word.chars() {
            total += count;
            if let Some(share) = u32::from(character).checked_sub(FIRST).and_then(|at| shares.get_mut(at as usize)) {
                *share += count;
            }
        }
    }
    let rarity: Vec<u8> =
        shares.iter().map(|&share: &f64| ((total / share.max(1.0)).ln() * 16.0).min(255.0) as u8).collect();
    let pairs = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"))
        .join("dictionaries/attested/pairs.sketch");
    let pairs = fs::read(&pairs).unwrap_or_else(|error| panic!("{}: {error}", pairs.display()));
    rarity::OFFICIAL.get_or_init(|| (rarity.clone(), pairs));
    let code = format!(
        "/// Rarity of the characters from U+4E00 on: −ln of their share, in 1/16 nat.\nstatic RARITY: [u8; {}] = {rarity:?};\n",
        rarity.len()
    );
    fs::write(out, code).expect("OUT_DIR is writable");
}

/// Attested wording of four characters and more: idioms, words and frequent n-grams, as a table of the forms and one of what
/// fills their gaps (`src/engine/wording.rs`).
///
/// Registered forms that are too short for pieces of them to be rare (`src/engine/near.rs`) are among them. A form's value
/// is its number of occurrences, shifted left by three, and one bit each for idioms, words and registered forms.
fn attested(dictionaries: &Path, packs: &[entry::Pack], out: &Path) {
    const IDIOM: u64 = 1;
    const WORD: u64 = 2;
    const REGISTERED: u64 = 4;
    let mut forms: BTreeMap<String, u64> = BTreeMap::new();
    let long = |form: &str| form.chars().count() >= 4 && form.chars().all(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c));
    let listed = read(&dictionaries.join("attested/wording.tsv"));
    let words = read(&dictionaries.join("lexicon/words.tsv"));
    for (row, flag) in rows(&listed).map(|row| (row, 0)).chain(rows(&words).map(|row| (row, WORD))) {
        let (form, count) = row.split_once('\t').unwrap_or_else(|| panic!("no tab in {row:?}"));
        if long(form) {
            let count: u64 = if flag == WORD { 0 } else { count.parse().expect("a number of occurrences") };
            *forms.entry(form.to_owned()).or_default() |= count << 3 | flag;
        }
    }
    let idioms = read(&dictionaries.join("attested/idioms.tsv"));
    for row in rows(&idioms).skip(1) {
        for form in row.split('\t').take(2).flat_map(|cell| cell.split('|')).filter(|form| long(form)) {
            *forms.entry(form.to_owned()).or_default() |= IDIOM;
        }
    }
    for form in packs.iter().flat_map(|pack| &pack.entries).flat_map(entry::Entry::forms).map(registry::telling_part) {
        if is_attested(form) {
            *forms.entry(form.to_owned()).or_default() |= REGISTERED;
        }
    }
    let values: Vec<(wording::FormHash, u32)> = forms
        .iter()
        .map(|(form, &value)| {
            let value = u32::try_from(value).expect("fewer than 2^29 occurrences");
            (wording::FormHash::of(form.chars().map(u32::from)), value)
        })
        .collect();
    let (filter, table) = wording::forms(&values);
    fs::write(out.join("forms.filter"), filter).expect("OUT_DIR is writable");
    fs::write(out.join("forms.bin"), table).expect("OUT_DIR is writable");

    let forms: Vec<(Vec<u32>, bool)> = forms
        .iter()
        .map(|(form, value)| (form.chars().map(u32::from).collect(), value & (IDIOM | REGISTERED) != 0))
        .collect();
    let links = wording::links(forms.iter().map(|(form, sure)| (form.as_slice(), *sure)));
    fs::write(out.join("links.bin"), links).expect("OUT_DIR is writable");
    let mut fillings = Vec::new();
    for (characters, sure) in &forms {
        for window in characters.windows(4) {
            let window = [window[0], window[1], window[2], window[3]];
            let filling = |at: usize| wording::Filling { code: window[at], sure: *sure };
            let others = |at: usize| std::array::from_fn(|index| window[index + usize::from(index >= at)]);
            fillings.extend((0..4).map(|at| (ngram::gap_key(others(at), at), filling(at))));
        }
    }
    let gaps = wording::gaps(fillings);
    for (name, bytes) in
        [("gaps.filter", gaps.all), ("sure.filter", gaps.sure), ("gaps.at", gaps.at), ("gaps.bin", gaps.entries)]
    {
        fs::write(out.join(name), bytes).expect("OUT_DIR is writable");
    }
}

/// How characters sound, are typed and look, and how words of two characters sound.
fn slips(folder: &Path, all_words: &[([u32; 2], bool)], out: &Path) {
    let common = all_words.iter().filter(|(_, common)| *common).map(|&(word, _)| word);
    let words: &[[u32; 2]] = &common.collect::<Vec<_>>();
    const FIRST: u32 = 0x4E00;
    const ROWS: usize = 0xA000 - FIRST as usize;
    // Sounds that speakers of many regions do not tell apart, reduced to one of them; endings before beginnings.
    let near = |syllable: &str| {
        let mut near = syllable.to_owned();
        for (from, to) in [("ang", "an"), ("eng", "en"), ("ing", "in")] {
            if let Some(start) = near.strip_suffix(from) {
                near = format!("{start}{to}");
            }
        }
        for (from, to) in [("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("hu", "f"), ("fu", "f")] {
            if let Some(end) = near.strip_prefix(from) {
                return format!("{to}{end}");
            }
        }
        near
    };
    let mut readings: Vec<Vec<String>> = vec![Vec::new(); ROWS];
    let mut codes = vec![0u32; ROWS];
    let path = folder.join("sounds.tsv");
    for row in rows(&read(&path)) {
        let cells: Vec<&str> = row.split('\t').collect();
        let [character, sounds, wubi] = cells.as_slice() else { panic!("{}: {row:?}", path.display()) };
        let at = character.chars().next().map_or(0, u32::from).checked_sub(FIRST).expect("a Han character") as usize;
        // The first readings are those in use; further ones are of old books.
        readings[at] = sounds.split(' ').filter(|sound| !sound.is_empty()).take(2).map(str::to_owned).collect();
        let mut code = [0; 4];
        code[..wubi.len()].copy_from_slice(wubi.as_bytes());
        codes[at] = u32::from_le_bytes(code);
    }
    let mut syllables: Vec<&str> = readings.iter().flatten().map(String::as_str).collect();
    syllables.sort_unstable();
    syllables.dedup();
    let groups: Vec<String> = syllables.iter().map(|syllable| near(syllable)).collect();
    let mut names = groups.clone();
    names.sort_unstable();
    names.dedup();
    let groups: Vec<usize> = groups.iter().map(|group| names.binary_search(group).expect("it is in there")).collect();
    let (mut sounds, mut at) = (Vec::new(), vec![0]);
    for readings in &readings {
        sounds.extend(readings.iter().map(|sound| syllables.binary_search(&sound.as_str()).expect("it is in there")));
        at.push(sounds.len());
    }
    // Words by their syllables.
    let of = |code: u32| &sounds[at[(code - FIRST) as usize]..at[(code - FIRST) as usize + 1]];
    let mut homophones: Vec<u64> = Vec::new();
    for &[one, two] in words {
        for (&first, &second) in of(one).iter().flat_map(|first| of(two).iter().map(move |second| (first, second))) {
            homophones.push((first as u64) << 48 | (second as u64) << 32 | u64::from(one) << 16 | u64::from(two));
        }
    }
    // The characters of words by their sounds and the character beside them.
    let mut sounding: Vec<(u64, wording::Filling)> = Vec::new();
    for &[one, two] in words {
        let partner = |code: u32| wording::Filling { code, sure: false };
        let of_two = of(two).iter().map(|&sound| (ngram::sound_key(one, true, groups[sound] as u16), partner(two)));
        let of_one = of(one).iter().map(|&sound| (ngram::sound_key(two, false, groups[sound] as u16), partner(one)));
        sounding.extend(of_two.chain(of_one));
    }
    let sounding = wording::gaps(sounding);
    for (name, bytes) in
        [("word_sounds.filter", sounding.all), ("word_sounds.at", sounding.at), ("word_sounds.bin", sounding.entries)]
    {
        fs::write(out.with_file_name(name), bytes).expect("OUT_DIR is writable");
    }
    homophones.sort_unstable();
    // Words, rare ones too, that sound like a common one that has other characters.
    let mut misheard: Vec<u64> = Vec::new();
    for &([one, two], _) in all_words {
        let sounds = of(one).iter().flat_map(|first| of(two).iter().map(move |second| (first, second)));
        let alike = sounds.into_iter().any(|(&first, &second)| {
            let prefix = (first as u64) << 48 | (second as u64) << 32;
            let from = homophones.partition_point(|&word| word < prefix);
            let same = homophones[from..].iter().take_while(|&word| word >> 32 == prefix >> 32);
            same.into_iter().any(|word| word >> 16 & 0xFFFF != u64::from(one) && word & 0xFFFF != u64::from(two))
        });
        if alike {
            misheard.push(ngram::pair_key(one, two));
        }
    }
    fs::write(out.with_file_name("misheard.filter"), filter::filter(&misheard, 12)).expect("OUT_DIR is writable");
    // Where the words of each first syllable begin.
    let first = |sound: usize| homophones.partition_point(|&word| word >> 48 < sound as u64);
    let words_at: Vec<usize> = (0..=syllables.len()).map(first).collect();
    let bytes: Vec<u8> = homophones.into_iter().flat_map(u64::to_le_bytes).collect();
    fs::write(out.with_file_name("homophones.bin"), bytes).expect("OUT_DIR is writable");
    let pairs: Vec<u64> = words.iter().map(|&[one, two]| ngram::pair_key(one, two)).collect();
    fs::write(out.with_file_name("word_pairs.filter"), filter::filter(&pairs, 16)).expect("OUT_DIR is writable");
    let path = folder.join("shapes.tsv");
    let text = read(&path);
    let mut shapes: Vec<(u32, u32)> = rows(&text)
        .map(|row| row.split_once('\t').unwrap_or_else(|| panic!("{}: no tab in {row:?}", path.display())))
        .flat_map(|(one, others)| {
            let one = one.chars().next().map_or(0, u32::from);
            others.chars().flat_map(move |other| [(one, other.into()), (other.into(), one)])
        })
        .collect();
    shapes.sort_unstable();
    shapes.dedup();
    // Characters that would look like one of a word, by the character beside it.
    let mut seeming: Vec<u64> = Vec::new();
    for &[one, two] in words {
        let like = |code: u32| {
            let from = shapes.partition_point(|&(one, _)| one < code);
            shapes[from..].iter().take_while(move |&&(one, _)| one == code).map(|&(_, other)| other)
        };
        seeming.extend(like(two).map(|other| ngram::shape_key(one, true, other)));
        seeming.extend(like(one).map(|other| ngram::shape_key(two, false, other)));
    }
    seeming.sort_unstable();
    seeming.dedup();
    fs::write(out.with_file_name("word_shapes.filter"), filter::filter(&seeming, 8)).expect("OUT_DIR is writable");
    // Characters that look like something: those that are in use.
    let common: std::collections::BTreeSet<u32> = shapes.iter().map(|&(one, _)| one).collect();
    // Characters whose codes differ by one key: those that have the same code but for it.
    let mut one_key: BTreeMap<(usize, [u8; 4]), Vec<u32>> = BTreeMap::new();
    for (character, code) in (FIRST..).zip(&codes) {
        let code = code.to_le_bytes();
        let length = code.iter().filter(|&&key| key != 0).count();
        for key in (0..length).filter(|_| length >= 3) {
            let mut rest = code;
            rest[key] = b'*';
            one_key.entry((length, rest)).or_default().push(character);
        }
    }
    let mut keys: Vec<(u32, u32)> = one_key
        .values()
        .flat_map(|group| group.iter().flat_map(|&one| group.iter().map(move |&two| (one, two))))
        .filter(|&(one, two)| one != two && common.contains(&one) && common.contains(&two))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    // A bit for each group of near sounds of a character: what shares none does not sound alike.
    let bits: Vec<u32> = at
        .windows(2)
        .map(|row| sounds[row[0]..row[1]].iter())
        .map(|sounds| sounds.fold(0, |bits, &sound| bits | 1 << (groups[sound] % 32)))
        .collect();
    let code = format!(
        "/// Syllables.\nstatic SYLLABLES: [&str; {}] = {syllables:?};\n\
         /// Group of near sounds by syllable.\nstatic NEAR: [u16; {}] = {groups:?};\n\
         /// Syllables of all characters in order.\nstatic SOUNDS: [u16; {}] = {sounds:?};\n\
         /// Where those of each character begin.\nstatic SOUNDS_AT: [u16; {}] = {at:?};\n\
         /// One bit for each group of near sounds of a character; some groups share one.\nstatic SOUND_BITS: [u32; {}] = {bits:?};\n\
         /// Where the words with each first syllable begin.\npub(super) static WORDS_AT: [u32; {}] = {words_at:?};\n",
        syllables.len(),
        groups.len(),
        sounds.len(),
        at.len(),
        bits.len(),
        words_at.len(),
    );
    let mut code = code;
    for (file, name, pairs) in [("shapes.bin", "SHAPES", shapes), ("keys.bin", "KEYS", keys)] {
        let bytes: Vec<u8> = pairs.iter().flat_map(|&(_, two)| (two as u16).to_le_bytes()).collect();
        fs::write(out.with_file_name(file), bytes).expect("OUT_DIR is writable");
        let first = |row: usize| pairs.partition_point(|&(one, _)| one < FIRST + row as u32);
        let at: Vec<usize> = (0..=ROWS).map(first).collect();
        writeln!(
            code,
            "/// Where the characters like each one begin in {file}.\nstatic {name}_AT: [u32; {}] = {at:?};",
            at.len()
        )
        .expect("writing to a string");
    }
    fs::write(out, code).expect("OUT_DIR is writable");
}

fn folding(path: &Path, out: &Path) -> BTreeMap<char, char> {
    let text = read(path);
    let one = |cell: &str| {
        let mut characters = cell.chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) => character,
            _ => panic!("{}: {cell:?} is not one character", path.display()),
        }
    };
    let pairs: BTreeMap<char, char> = rows(&text)
        .map(|row| row.split_once('\t').unwrap_or_else(|| panic!("{}: no tab in {row:?}", path.display())))
        .map(|(from, to)| (one(from), one(to)))
        .collect();
    let mut code = String::from("/// Traditional characters and their simplified forms, sorted.\n");
    writeln!(code, "static TRADITIONAL: [(char, char); {}] = [", pairs.len()).expect("writing to a string");
    for (from, to) in &pairs {
        assert!(!pairs.contains_key(to), "{}: {to} is both a source and a target", path.display());
        writeln!(code, "    ({from:?}, {to:?}),").expect("writing to a string");
    }
    code.push_str("];\n");
    let columns = columns(pairs.keys().copied());
    writeln!(
        code,
        "/// How the last bytes of characters are divided, by half (`simd::Members::new`).\n\
         static COLUMNS: [[u8; 64]; HALVES] = {columns:?};"
    )
    .expect("writing to a string");
    fs::write(out, code).expect("OUT_DIR is writable");
    pairs
}

/// For each half the group of each column, so that frequent characters seldom share row and group with one that folds: `folding`,
/// or one of those that are named here. Any division is right; a good one is fast.
fn columns(folding: impl Iterator<Item = char>) -> [[u8; 64]; window::HALVES] {
    let named = ['\u{2000}'..='\u{200F}', '\u{2028}'..='\u{202F}', '\u{205F}'..='\u{206F}', '\u{2E80}'..='\u{2FDF}'];
    let forms = ['\u{3000}'..='\u{3000}', '％'..='％', '０'..='９', 'Ａ'..='Ｚ', 'ａ'..='ｚ'];
    let folding: HashSet<char> = folding.chain(named.into_iter().chain(forms).flatten()).collect();
    // Per half and row: the columns of what folds, and the frequency of what does not.
    let mut halves = vec![([0u64; 64], [[0u64; 64]; 64]); window::HALVES];
    for character in '\u{800}'..='\u{FFFF}' {
        let code = character as usize;
        let (folds, frequencies) = &mut halves[window::half(0xE0 | (code >> 12) as u8)];
        let (row, column) = (code >> 6 & 63, code & 63);
        if folding.contains(&character) {
            folds[row] |= 1 << column;
        } else if matches!(character, '\u{4E00}'..='\u{9FFF}') || punctuation::is_cjk_punctuation(character) {
            frequencies[row][column] += (1e9 * (-f64::from(rarity::rarity(character)) / 16.0).exp()) as u64;
        }
    }
    let mut columns = [[0; 64]; window::HALVES];
    for ((folds, frequencies), groups) in halves.iter().zip(&mut columns) {
        // The frequency of what would be suspected for the sake of a group of columns.
        let cost = |group: u64| -> u64 {
            let rows = folds.iter().zip(frequencies).filter(|(folds, _)| **folds & group != 0);
            rows.flat_map(|(_, row)| (0..64).filter(|column| group >> column & 1 == 1).map(|column| row[column])).sum()
        };
        let mut sets: [u64; 8] = std::array::from_fn(|group| 0xFF << (8 * group));
        let mut costs = sets.map(cost);
        loop {
            let before = costs;
            // A column goes to another group, or changes places with one of it.
            for column in 0..64 {
                for other in 0..=64 {
                    for to in 0..8 {
                        let from = (0..8).find(|&group| sets[group] >> column & 1 == 1).unwrap_or(to);
                        let back = if other < 64 { 1 << other & sets[to] } else { 0 };
                        if from == to || other < 64 && back == 0 {
                            continue;
                        }
                        let (left, right) = (sets[from] & !(1 << column) | back, sets[to] & !back | 1 << column);
                        let new = (cost(left), cost(right));
                        if new.0 + new.1 < costs[from] + costs[to] {
                            (sets[from], sets[to], costs[from], costs[to]) = (left, right, new.0, new.1);
                        }
                    }
                }
            }
            if costs == before {
                break;
            }
        }
        for (column, group) in groups.iter_mut().enumerate() {
            *group = (0..8).find(|&group: &u8| sets[usize::from(group)] >> column & 1 == 1).unwrap_or(0);
        }
    }
    columns
}
