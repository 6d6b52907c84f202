//! PowerPoint before 2007: compound files, and else the stream of a presentation.

#![no_main]

use zhengming::source::{Kind, compound};
use zhengming_fuzz::{Corpus, check_extraction, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    if data.starts_with(b"\xD0\xCF\x11\xE0") {
        return check_extraction(Kind::Ppt, "a.ppt", data);
    }
    // The last four bytes say where the last save is.
    let (stream, edit) = data.split_at(data.len().saturating_sub(4));
    let user = [&[0, 0, 0xF6, 0x0F, 0x14, 0, 0, 0, 0x14, 0, 0, 0, 0x5F, 0xC0, 0x91, 0xE3][..], edit].concat();
    check_extraction(Kind::Ppt, "a.ppt", &compound(&[("PowerPoint Document", stream), ("Current User", &user)]))
});
