//! Markdown with its front matter and pieces of HTML.

#![no_main]

use zhengming::source::Kind;
use zhengming_fuzz::{Corpus, check_extraction, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus { check_extraction(Kind::Markdown, "a.md", data) });
