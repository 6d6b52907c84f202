//! Any bytes as text: sniffing, charset detection, the way back from text to bytes, paragraphs.

#![no_main]

use zhengming::source::{Kind, decode};
use zhengming_fuzz::{Corpus, check_extraction, check_offsets, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    for (declared, markup) in [(None, false), (None, true), (Some("gb2312"), true)] {
        check_offsets(data, &decode(data, declared, markup));
    }
    check_extraction(Kind::Text, "a.txt", data);
    // Decoding took it, even if the whole was no text.
    Corpus::Keep
});
