//! Word 97–2003: compound files as they are.

#![no_main]

use zhengming::source::Kind;
use zhengming_fuzz::{Corpus, check_extraction, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus { check_extraction(Kind::Doc, "a.doc", data) });
