//! The cache by itself: what it gives back, and when it does not.

use super::*;
use crate::{Checked, Linter, Options, Source};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("zhengming-cache-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn key(program: u8) -> Key {
    Key::new(&Options::default(), &[program; 32]).unwrap()
}

fn open(folder: &Folder) -> Cache {
    Cache::open(&folder.0, key(1), Trust::Metadata).unwrap()
}

/// Results of one text.
fn checked(text: &str) -> Vec<Checked> {
    Linter::new(Options::default()).unwrap().check_source(&Source::new("a.html", text))
}

/// The place of a file of this name.
fn at(name: &str) -> Place {
    place(&Input { name: name.to_owned(), path: PathBuf::from(name), named: true, root: None }, None)
}

impl Cache {
    /// Keeps `results` of a file called `name`.
    fn keep(&self, name: &str, stamp: Option<Stamp>, hash: u8, as_of: Option<&str>, results: &[Checked]) {
        self.put(at(name), stamp, [hash; 32], as_of, &[], &write_results("a.html", results).unwrap());
    }

    /// What is known of a file called `name`.
    fn known(&self, name: &str) -> Option<Vec<Checked>> {
        read_results("a.html", self.results(at(name))?.results)
    }
}

const PAGE: &str = "<meta name=PubDate content=2021-03-05><p>认真<b>布</b>署，各级攻府</p><a href=x.docx>附件</a><table><tr><td>110199190001010001";

#[test]
fn results_come_back_as_they_were() {
    let folder = Folder::new("back");
    let mut results = checked(PAGE);
    assert!(results[0].findings.len() >= 3);
    // Links are kept beside the results.
    results[0].links.clear();
    let cache = open(&folder);
    // A file that nobody has touched for long.
    let stamp = Stamp::of(Path::new(env!("CARGO_MANIFEST_PATH")));
    cache.keep("one", stamp.clone(), 7, None, &results);
    cache.keep("undated", None, 8, Some("2024-01-01"), &results);
    cache.finish().unwrap();
    let cache = open(&folder);
    let debug = |checked: &[Checked]| format!("{checked:?}");
    if stamp.is_some() {
        let Known::Results(back) = cache.get(at("one"), stamp.as_ref(), "2024-01-01") else { panic!("not known") };
        assert_eq!(debug(&read_results("a.html", back.results).unwrap()), debug(&results));
    }
    // Another stamp, or none: the contents decide.
    assert!(matches!(cache.get(at("one"), None, "2024-01-01"), Known::IfHash(hash) if hash == [7; 32]));
    assert_eq!(debug(&cache.known("one").unwrap()), debug(&results));
    // What was judged by the day of the run holds for that day.
    assert!(matches!(cache.get(at("undated"), None, "2024-01-01"), Known::IfHash(_)));
    assert!(matches!(cache.get(at("undated"), None, "2024-01-02"), Known::Nothing));
    assert!(matches!(cache.get(at("other"), None, "2024-01-01"), Known::Nothing));
    // Another program, other options: another cache.
    let other = Cache::open(&folder.0, key(2), Trust::Metadata).unwrap();
    assert!(matches!(other.get(at("one"), None, "2024-01-01"), Known::Nothing));
    let options = Options { skip: vec!["typos/*".to_owned()], ..Options::default() };
    assert_ne!(Key::new(&options, &[1; 32]).unwrap(), key(1));
}

#[test]
fn no_damage_gives_other_results() {
    let folder = Folder::new("damage");
    let mut results = checked(PAGE);
    results[0].links.clear();
    let cache = open(&folder);
    for place in 0..20u8 {
        cache.keep(&place.to_string(), None, place, None, &results);
    }
    cache.finish().unwrap();
    let path = open(&folder).main();
    let whole = std::fs::read(&path).unwrap();
    let expected = format!("{results:?}");
    for at in (0..whole.len()).step_by(97) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x40;
        std::fs::write(&path, &bytes).unwrap();
        let cache = open(&folder);
        assert!(cache.is_damaged(), "byte {at}");
        for place in 0..20u8 {
            if let Some(results) = cache.known(&place.to_string()) {
                assert_eq!(format!("{results:?}"), expected, "byte {at}");
            }
        }
        std::fs::write(&path, &whole[..at]).unwrap();
        assert!(open(&folder).known.len() < 20, "cut at {at}");
    }
}

#[test]
fn what_a_killed_run_did_is_found() {
    let folder = Folder::new("killed");
    let results = checked(PAGE);
    let cache = open(&folder);
    cache.keep("one", None, 1, None, &results);
    let written = cache.journal.lock().unwrap().flush(&folder.0, &cache.key);
    written.unwrap();
    // Another run meanwhile: it may read the journal, and leaves it where it is.
    let other = open(&folder);
    assert!(other.orphans.is_empty() && other.known("one").is_some());
    other.keep("two", None, 2, None, &results);
    other.finish().unwrap();
    // Killed: nothing is put together.
    drop(cache);
    let next = open(&folder);
    assert_eq!(next.orphans.len(), 1);
    assert!(next.known("one").is_some() && next.known("two").is_some());
    next.finish().unwrap();
    let names: Vec<String> = std::fs::read_dir(&folder.0)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert!(!names.iter().any(|name| name.ends_with(".journal") || name.ends_with(".part")), "{names:?}");
    assert_eq!(open(&folder).known.len(), 2);
}

#[test]
fn a_program_is_known_again_as_long_as_its_file_stays() {
    let folder = Folder::new("program");
    std::fs::create_dir_all(&folder.0).unwrap();
    let program = folder.0.join("zhengming");
    std::fs::write(&program, "one").unwrap();
    let hash = |text: &str| content_hash(text.as_bytes());
    // It has just been written and may still change: no note is made.
    assert_eq!(known_program_hash(&folder.0, &program).unwrap(), hash("one"));
    assert!(!folder.0.join("program").exists());
    let settled = Path::new(env!("CARGO_MANIFEST_PATH"));
    let expected = file_hash(settled).unwrap();
    for _ in 0..2 {
        assert_eq!(known_program_hash(&folder.0, settled).unwrap(), expected);
    }
    // A note of another program, or a damaged one, says nothing.
    assert_eq!(known_program_hash(&folder.0, &program).unwrap(), hash("one"));
    if let Ok(mut note) = std::fs::read(folder.0.join("program")) {
        *note.last_mut().unwrap() ^= 1;
        std::fs::write(folder.0.join("program"), note).unwrap();
        assert_eq!(known_program_hash(&folder.0, settled).unwrap(), expected);
    }
}

#[test]
fn unfinished_runs_are_remembered_by_their_paths() {
    let folder = Folder::new("unfinished");
    let (here, there) = ([PathBuf::from("a")], [PathBuf::from("b")]);
    let run = Unfinished { as_of: "2024-03-01".to_owned() };
    run.begin(&folder.0, &key(1), &here).unwrap();
    assert_eq!(Unfinished::find(&folder.0, &key(1), &here), Some(run));
    assert_eq!(Unfinished::find(&folder.0, &key(1), &there), None);
    assert_eq!(Unfinished::find(&folder.0, &key(2), &here), None);
    Unfinished::end(&folder.0, &key(1), &here);
    assert_eq!(Unfinished::find(&folder.0, &key(1), &here), None);
}
