//! Outlook: compound files, and else the properties of a message and of its attachment.

#![no_main]

use zhengming::source::{Kind, compound};
use zhengming_fuzz::{Corpus, check_extraction, fuzz_target};

/// Stands between properties.
const SEPARATOR: u8 = 0x1E;

fuzz_target!(|data: &[u8]| -> Corpus {
    if data.starts_with(b"\xD0\xCF\x11\xE0") {
        return check_extraction(Kind::Msg, "a.msg", data);
    }
    let mut streams: Vec<(String, &[u8])> = Vec::new();
    for record in data.split(|&byte| byte == SEPARATOR).take(40) {
        // Of the message, or of its attachment; then number and form of the property, in hexadecimal.
        let Some((head, content)) = record.split_first_chunk::<9>() else { continue };
        let folder = if head[0] == b'a' { "__attach_version1.0_#00000000/" } else { "" };
        let name = match &head[1..] {
            b"00000000" => "__properties_version1.0".to_owned(),
            number => format!("__substg1.0_{}", String::from_utf8_lossy(number)),
        };
        streams.push((format!("{folder}{name}"), content));
    }
    streams.push(("__properties_version1.0".to_owned(), &[0; 32]));
    let streams: Vec<(&str, &[u8])> = streams.iter().map(|(name, content)| (&**name, *content)).collect();
    check_extraction(Kind::Msg, "a.msg", &compound(&streams))
});
