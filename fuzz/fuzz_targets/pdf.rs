//! PDF: whole files, and content streams of a page whose fonts are well-formed.

#![no_main]

use zhengming::source::Kind;
use zhengming_fuzz::{Corpus, check_extraction, fuzz_target, page};

fuzz_target!(|data: &[u8]| -> Corpus {
    let bytes = if data.starts_with(b"%PDF-") { data.to_vec() } else { page(data) };
    check_extraction(Kind::Pdf, "a.pdf", &bytes)
});
