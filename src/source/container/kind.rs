//! Which kind of container bytes are.

use super::Container;
use crate::source::sniff::Kind;

/// Archives that are not read; the advice names a tool.
const OTHER: Kind = Kind::Unsupported("压缩包（cab、lzh、arj、iso 等）");
/// One part of an archive in several.
const VOLUME: Kind = Kind::Unsupported("分卷压缩包");

/// What an extension claims.
pub(in crate::source) fn by_extension(extension: &str) -> Option<Kind> {
    Some(match extension {
        "zip" => Kind::Container(Container::Zip),
        "tar" => Kind::Container(Container::Tar),
        "gz" | "tgz" => Kind::Container(Container::Gzip),
        "bz2" | "tbz" | "tbz2" => Kind::Container(Container::Bzip2),
        "xz" | "txz" => Kind::Container(Container::Xz),
        "lzma" => Kind::Container(Container::Lzma),
        "zst" | "tzst" => Kind::Container(Container::Zstd),
        "7z" => Kind::Container(Container::SevenZip),
        "rar" => Kind::Container(Container::Rar),
        "warc" => Kind::Container(Container::Warc),
        "mbox" | "mbx" => Kind::Container(Container::Mbox),
        "cab" | "lzh" | "lha" | "arj" | "iso" | "ace" | "z" | "alz" | "egg" | "cpio" => OTHER,
        _ => return None,
    })
}

/// What the bytes say. `name` is the last part of the file's name.
pub(in crate::source) fn by_magic(bytes: &[u8], name: &str) -> Option<Kind> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    let ends = |end: &str| name.to_ascii_lowercase().ends_with(end);
    let kind = if starts(b"\x1F\x8B") {
        Container::Gzip
    } else if starts(b"BZh") && (at(4, b"1AY&SY") || at(4, b"\x17\x72\x45\x38\x50\x90")) {
        Container::Bzip2
    } else if starts(b"\xFD7zXZ\0") {
        Container::Xz
    } else if starts(b"\x28\xB5\x2F\xFD") || at(1, b"\x2A\x4D\x18") && bytes[0] & 0xF0 == 0x50 {
        Container::Zstd
    } else if starts(b"7z\xBC\xAF\x27\x1C") {
        // The first of several parts begins as a whole archive does.
        return Some(if is_numbered(name) { VOLUME } else { Kind::Container(Container::SevenZip) });
    } else if starts(b"Rar!\x1A\x07") {
        Container::Rar
    } else if starts(b"WARC/") {
        Container::Warc
    } else if at(257, b"ustar") || ends(".tar") && is_old_tar(bytes) {
        Container::Tar
    } else if starts(b"\x5D\0\0") && (ends(".lzma") || ends(".tlz")) {
        Container::Lzma
    } else if is_mailbox(bytes) {
        Container::Mbox
    } else if starts(b"PK\x07\x08") || bytes.contains(&0) && is_numbered(name) {
        return Some(VOLUME);
    } else if starts(b"MSCF\0\0\0\0")
        || starts(b"\x60\xEA") && ends(".arj")
        || starts(b"\x1F\x9D")
        || at(2, b"-lh") && at(6, b"-")
        || at(7, b"**ACE**")
        || at(0x8001, b"CD001")
    {
        return Some(OTHER);
    } else {
        return None;
    };
    Some(Kind::Container(kind))
}

/// Whether the name is that of one part of several: `x.7z.001`, `x.z01`, `x.r00`.
fn is_numbered(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let digits = extension.trim_start_matches(['z', 'r']);
    let number = digits.len() >= 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let of_archive = [".7z", ".zip", ".rar", ".tar", ".gz", ".bz2", ".xz"].iter().any(|end| stem.ends_with(end));
    number && (digits.len() == 3 && extension.len() == 3 && of_archive || extension.len() == digits.len() + 1)
}

/// A tar header without a magic, as before POSIX: its checksum is right.
fn is_old_tar(bytes: &[u8]) -> bool {
    let Some(header) = bytes.get(..512) else { return false };
    let stated: u32 = header[148..156]
        .iter()
        .filter(|byte| (b'0'..=b'7').contains(byte))
        .fold(0, |sum: u32, digit| sum.wrapping_mul(8) + u32::from(digit - b'0'));
    let sum = |range: &[u8]| range.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    stated == sum(&header[..148]) + 8 * u32::from(b' ') + sum(&header[156..])
}

/// Messages behind a `From ` line: a sender, a date, then header fields.
fn is_mailbox(bytes: &[u8]) -> bool {
    if !bytes.starts_with(b"From ") {
        return false;
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2048)]);
    let mut lines = head.lines();
    let dated = lines.next().is_some_and(|line| {
        line.split_ascii_whitespace().any(|word| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit()))
    });
    dated && lines.next().is_some_and(is_field)
}

/// Whether a line is a header field (RFC 5322 §2.2).
pub(in crate::source) fn is_field(line: &str) -> bool {
    let name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
    line.trim_start_matches('>').split_once(':').is_some_and(|(before, _)| name(before))
}
