//! Code pages of Windows and the Macintosh, by which older Office formats name an encoding.

use encoding_rs::Encoding;

/// The encoding of a Windows code page; `None` if there is no reader for it. Those of Chinese are read with all that was
/// added to them since.
pub(crate) fn by_codepage(number: u16) -> Option<&'static Encoding> {
    Some(match number {
        874 => encoding_rs::WINDOWS_874,
        932 | 10001 => encoding_rs::SHIFT_JIS,
        936 | 1386 | 10008 | 20936 | 51936 | 52936 | 54936 => encoding_rs::GB18030,
        949 | 10003 | 51949 => encoding_rs::EUC_KR,
        950 | 10002 | 20000 => encoding_rs::BIG5,
        1200 => encoding_rs::UTF_16LE,
        1201 => encoding_rs::UTF_16BE,
        866 => encoding_rs::IBM866,
        1250 => encoding_rs::WINDOWS_1250,
        1251 => encoding_rs::WINDOWS_1251,
        // Plain ASCII is written under many names.
        0 | 367 | 1252 | 20127 | 28591 => encoding_rs::WINDOWS_1252,
        1253 | 28597 => encoding_rs::WINDOWS_1253,
        1254 | 28599 => encoding_rs::WINDOWS_1254,
        1255 => encoding_rs::WINDOWS_1255,
        1256 => encoding_rs::WINDOWS_1256,
        1257 => encoding_rs::WINDOWS_1257,
        1258 => encoding_rs::WINDOWS_1258,
        10000 => encoding_rs::MACINTOSH,
        10007 => encoding_rs::X_MAC_CYRILLIC,
        20866 => encoding_rs::KOI8_R,
        51932 | 20932 => encoding_rs::EUC_JP,
        65001 => encoding_rs::UTF_8,
        _ => return None,
    })
}

/// Text of bytes in the code page of a machine that nothing names: GB18030 if the bytes are that throughout, since the
/// publications that are checked are Chinese, else Windows-1252.
pub(crate) fn without_codepage(bytes: &[u8]) -> String {
    match encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => text.into_owned(),
        None => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// The encoding of a character set of fonts (`lfCharSet` of the Windows LOGFONT structure, `\fcharset` of RTF); `None` if
/// it means that of the document, or symbols.
pub(crate) fn by_charset(number: u8) -> Option<&'static Encoding> {
    Some(match number {
        0 => encoding_rs::WINDOWS_1252,
        77 => encoding_rs::MACINTOSH,
        78 | 128 => encoding_rs::SHIFT_JIS,
        79 | 129 | 130 => encoding_rs::EUC_KR,
        80 | 134 => encoding_rs::GB18030,
        81 | 136 => encoding_rs::BIG5,
        161 => encoding_rs::WINDOWS_1253,
        162 => encoding_rs::WINDOWS_1254,
        163 => encoding_rs::WINDOWS_1258,
        177 => encoding_rs::WINDOWS_1255,
        178 => encoding_rs::WINDOWS_1256,
        186 => encoding_rs::WINDOWS_1257,
        204 => encoding_rs::WINDOWS_1251,
        222 => encoding_rs::WINDOWS_874,
        238 => encoding_rs::WINDOWS_1250,
        _ => return None,
    })
}

/// The character that `bytes` begin with, and how many bytes it takes; `None` if they begin with none in this encoding, or
/// with the beginning of one.
pub(crate) fn first_character(encoding: &'static Encoding, bytes: &[u8]) -> Option<(char, usize)> {
    if encoding == encoding_rs::UTF_8 {
        let text = bytes.utf8_chunks().next()?.valid();
        return text.chars().next().map(|value| (value, value.len_utf8()));
    }
    (1..=bytes.len().min(4)).find_map(|length| {
        let (text, malformed) = encoding.decode_without_bom_handling(&bytes[..length]);
        let mut characters = text.chars();
        let value = characters.next().filter(|_| !malformed && characters.next().is_none())?;
        Some((value, length))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_one_byte_and_more() {
        for (encoding, bytes, expected) in [
            (encoding_rs::GB18030, &b"\xD6\xD0A"[..], Some(('中', 2))),
            (encoding_rs::GB18030, b"A\xD6", Some(('A', 1))),
            (encoding_rs::GB18030, b"\xD6", None),
            (encoding_rs::GB18030, b"\x82\x35\x8F\x33", Some(('\u{9FA6}', 4))),
            (encoding_rs::BIG5, b"\xA4\xA4", Some(('中', 2))),
            (encoding_rs::SHIFT_JIS, b"\xB1\xB2", Some(('\u{FF71}', 1))),
            (encoding_rs::WINDOWS_1252, b"\x93", Some(('\u{201C}', 1))),
            (encoding_rs::UTF_8, "中".as_bytes(), Some(('中', 3))),
        ] {
            assert_eq!(first_character(encoding, bytes), expected, "{bytes:x?}");
        }
    }
}
