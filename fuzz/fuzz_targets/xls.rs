//! Excel before 2007: compound files, and else the stream of a workbook.

#![no_main]

use zhengming::source::{Kind, compound};
use zhengming_fuzz::{Corpus, check_extraction, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    let bytes = if data.starts_with(b"\xD0\xCF\x11\xE0") { data.to_vec() } else { compound(&[("Workbook", data)]) };
    check_extraction(Kind::Xls, "a.xls", &bytes)
});
