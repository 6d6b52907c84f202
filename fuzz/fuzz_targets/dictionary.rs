//! Dictionary files, and the verification of what they hold.

#![no_main]

use zhengming::dictionary::{Dictionary, check_unique, parse_pack};
use zhengming::judge::verify;
use zhengming_fuzz::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let lines = text.lines().count().max(1) as u32;
    for file in ["a.tsv", "a.toml"] {
        match parse_pack(file, &text) {
            Ok(pack) => {
                for entry in &pack.entries {
                    assert!(entry.id.starts_with(&pack.id), "{entry:?}");
                    assert!((1..=lines).contains(&entry.at.line), "{entry:?}");
                }
                // Compiling a large list takes time and says nothing more.
                if pack.entries.len() <= 8 && check_unique([&pack]).is_empty() {
                    let mut dictionary = Dictionary::default();
                    dictionary.add(pack);
                    for problem in verify(&dictionary, |_| true) {
                        assert!(!problem.message.is_empty(), "{problem:?}");
                    }
                }
            }
            Err(problems) => {
                assert!(!problems.is_empty());
                // The end of the text may stand after its last line feed.
                assert!(problems.iter().all(|problem| problem.line <= lines + 1), "{problems:?}");
            }
        }
    }
});
