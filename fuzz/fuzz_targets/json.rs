//! JSON and JSON Lines, with HTML in strings.

#![no_main]

use zhengming::source::Kind;
use zhengming_fuzz::{Corpus, check_extraction, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus { check_extraction(Kind::Json, "a.json", data) });
