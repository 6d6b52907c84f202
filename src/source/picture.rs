//! How large a picture claims to be, before anything unpacks it.

/// Width and height in pixels as the header of a PNG, JPEG, GIF, BMP, WebP or TIFF (its first picture) says; `None` for other
/// formats.
pub(crate) fn picture_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let big = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let little = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let half = |at: usize| Some(u32::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some((big(16)?, big(20)?)),
        [b'G', b'I', b'F', b'8', ..] => Some((half(6)?, half(8)?)),
        // The height may be negative: rows from the top.
        [b'B', b'M', ..] => Some((little(18)?, little(22)?.cast_signed().unsigned_abs())),
        [0xFF, 0xD8, ..] => jpeg(bytes),
        [b'I', b'I', b'*', 0, ..] => tiff(bytes, u32::from_le_bytes, u16::from_le_bytes),
        [b'M', b'M', 0, b'*', ..] => tiff(bytes, u32::from_be_bytes, u16::from_be_bytes),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => match bytes.get(12..16)? {
            b"VP8X" => Some(((little(24)? & 0xFF_FFFF) + 1, (little(27)? & 0xFF_FFFF) + 1)),
            b"VP8L" => {
                let packed = little(21)?;
                Some(((packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1))
            }
            b"VP8 " => Some((half(26)? & 0x3FFF, half(28)? & 0x3FFF)),
            _ => None,
        },
        _ => None,
    }
}

/// The size in the first frame header (ISO/IEC 10918-1 §B.2.2).
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let &[0xFF, marker, high, low] = bytes.get(at..at + 4)? else { return None };
        if matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC) {
            let &[height, height_low, width, width_low] = bytes.get(at + 5..at + 9)? else { return None };
            let number = |high, low| u32::from(u16::from_be_bytes([high, low]));
            return Some((number(width, width_low), number(height, height_low)));
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2);
    }
}

/// The size in the first directory (TIFF 6.0 §2).
fn tiff(bytes: &[u8], long: fn([u8; 4]) -> u32, short: fn([u8; 2]) -> u16) -> Option<(u32, u32)> {
    let long_at = |at: usize| Some(long(bytes.get(at..at + 4)?.try_into().ok()?));
    let short_at = |at: usize| Some(short(bytes.get(at..at + 2)?.try_into().ok()?));
    let directory = usize::try_from(long_at(4)?).ok()?;
    let (mut width, mut height) = (None, None);
    for index in 0..usize::from(short_at(directory)?) {
        let at = directory + 2 + index * 12;
        let value = if short_at(at + 2)? == 3 { u32::from(short_at(at + 8)?) } else { long_at(at + 8)? };
        match short_at(at)? {
            256 => width = Some(value),
            257 => height = Some(value),
            _ => {}
        }
    }
    Some((width?, height?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_how_large_a_picture_is() {
        let png = b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\x01\0\0\0\0\x10\x08\0\0\0\0";
        assert_eq!(picture_size(png), Some((256, 16)));
        assert_eq!(picture_size(b"GIF89a\x02\x01\x03\0"), Some((258, 3)));
        let jpeg = b"\xFF\xD8\xFF\xE0\0\x04\0\0\xFF\xC0\0\x0B\x08\0\x10\0\x20\x01";
        assert_eq!(picture_size(jpeg), Some((32, 16)));
        let tiff = b"II*\0\x08\0\0\0\x02\0\0\x01\x03\0\x01\0\0\0\x20\0\0\0\x01\x01\x04\0\x01\0\0\0\x10\0\0\0";
        assert_eq!(picture_size(tiff), Some((32, 16)));
        for cut in [&png[..20], b"\xFF\xD8\xFF", b"II*\0", b"MM\0*\xFF\xFF\xFF\xFF", b"text"] {
            assert_eq!(picture_size(cut), None);
        }
    }
}
