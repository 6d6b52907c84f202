//! Compressed RTF ([MS-OXRTFCP]).

use crate::source::u32_at;

/// What the window holds before anything was read ([MS-OXRTFCP] §2.1.2.1): what most RTF begins with.
const BEGINNING: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \
\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
/// Size of the window, in bytes.
const WINDOW: usize = 4096;

/// Why there is no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    Damaged,
    /// More than the limit would come out.
    TooLarge,
}

/// Unpacks at most `limit` bytes; damaged text gives what was before the damage with it.
pub(super) fn unpack(bytes: &[u8], limit: u64) -> Result<Vec<u8>, (Failure, Vec<u8>)> {
    let damaged = |text| Err((Failure::Damaged, text));
    let (Some(size), Some(kind), Some(data)) = (u32_at(bytes, 4), u32_at(bytes, 8), bytes.get(16..)) else {
        return damaged(Vec::new());
    };
    let size = size as usize;
    if size as u64 > limit {
        return Err((Failure::TooLarge, Vec::new()));
    }
    match &kind.to_le_bytes() {
        b"LZFu" => {}
        // Not compressed at all.
        b"MELA" => {
            let text = data[..size.min(data.len())].to_vec();
            return if text.len() == size { Ok(text) } else { damaged(text) };
        }
        _ => return damaged(Vec::new()),
    }
    let mut window = [b' '; WINDOW];
    window[..BEGINNING.len()].copy_from_slice(BEGINNING);
    let mut write = BEGINNING.len();
    let mut text = Vec::new();
    let mut at = 0;
    let mut put = |byte: u8, window: &mut [u8; WINDOW], text: &mut Vec<u8>| {
        window[write] = byte;
        write = (write + 1) % WINDOW;
        text.push(byte);
        write
    };
    let mut end = BEGINNING.len();
    while text.len() < size {
        let Some(&flags) = data.get(at) else { return damaged(text) };
        at += 1;
        for bit in 0..8 {
            if flags >> bit & 1 == 0 {
                let Some(&byte) = data.get(at) else {
                    return if text.len() >= size { Ok(text) } else { damaged(text) };
                };
                at += 1;
                end = put(byte, &mut window, &mut text);
                continue;
            }
            let Some(pair) = data.get(at..at + 2) else { return damaged(text) };
            at += 2;
            let reference = u16::from_be_bytes([pair[0], pair[1]]);
            let (mut from, length) = (usize::from(reference >> 4), usize::from(reference & 15) + 2);
            // A reference to what comes next marks the end.
            if from == end {
                text.truncate(size);
                return if text.len() == size { Ok(text) } else { damaged(text) };
            }
            for _ in 0..length {
                let byte = window[from];
                end = put(byte, &mut window, &mut text);
                from = (from + 1) % WINDOW;
            }
        }
    }
    text.truncate(size);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of [MS-OXRTFCP] §4.1.
    const COMPRESSED: [u8; 49] = [
        0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03, 0, 0x0a, 0, 0x72, 0x63,
        0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09, 0, 0x20, 0x62, 0x77, 0x05,
        0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0,
    ];

    #[test]
    fn examples_of_the_specification() {
        assert_eq!(BEGINNING.len(), 207);
        assert_eq!(unpack(&COMPRESSED, 1000).unwrap(), b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
        assert_eq!(unpack(&COMPRESSED, 10).unwrap_err().0, Failure::TooLarge);
        for length in 0..COMPRESSED.len() - 2 {
            assert_eq!(unpack(&COMPRESSED[..length], 1000).unwrap_err().0, Failure::Damaged, "{length}");
        }
        let plain = [&[0, 0, 0, 0, 3, 0, 0, 0][..], b"MELA", &[0; 4], b"abc"].concat();
        assert_eq!(unpack(&plain, 1000).unwrap(), b"abc");
    }
}
