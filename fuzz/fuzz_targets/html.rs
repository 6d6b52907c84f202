//! HTML pages: tokenizer, tree, positions of text and attributes.

#![no_main]

use zhengming::source::Kind;
use zhengming_fuzz::{Corpus, check_extraction, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus { check_extraction(Kind::Html, "a.html", data) });
