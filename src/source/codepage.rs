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
