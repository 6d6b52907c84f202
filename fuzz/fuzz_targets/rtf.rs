//! Rich Text Format.

#![no_main]

use zhengming::source::Kind;
use zhengming_fuzz::{Corpus, check_extraction, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus { check_extraction(Kind::Rtf, "a.rtf", data) });
