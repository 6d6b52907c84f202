//! From literals to their compiled form. The build script uses this file too.

use super::layout::{EMPTY, Group, Header, MOST_BEFORE, MOST_MEMBERS, anchor_hash, mark_of, slot_of, u64_at};
use crate::engine::rarity::{pair_novelty, rarity};
use crate::simd::{HEAD, WINDOW, filter_place, head_place, load, short_place, window_hash};

/// Base-2 logarithm of the least number of words of a filter: 32 KiB, which the fastest cache holds.
const LEAST_LOG: u32 = 13;

/// Base-2 logarithm of the greatest number of words of a filter: 1 MiB. A larger one would be slower to reach than what
/// passes by chance is to reject.
const GREATEST_LOG: u32 = 18;

/// A literal and where it is anchored.
#[derive(Debug, Clone, Copy)]
struct Anchored<'l> {
    /// Hash of the anchor.
    hash: u64,
    before: u32,
    index: u32,
    /// How rare the anchor is.
    novelty: u32,
    literal: &'l str,
}

/// Compiles `literals`; see [`LiteralScan::new`](super::LiteralScan::new).
pub(super) fn compile<'l>(literals: impl IntoIterator<Item = &'l str>) -> Vec<u8> {
    let mut anchored: Vec<Anchored<'l>> = Vec::new();
    let mut count = 0;
    for (literal, index) in literals.into_iter().zip(0..u32::MAX) {
        count = index + 1;
        if !literal.is_empty() {
            let (novelty, before) = anchor(literal);
            let hash = anchor_hash(load(literal.as_bytes(), before), literal.len() - before, 0);
            anchored.push(Anchored { hash, before: before as u32, index, novelty, literal });
        }
    }
    // Two anchors of one tag may want one slot: once in some ten thousand large sets. Another seed parts them.
    (0..)
        .find_map(|seed| {
            if seed > 0 {
                for it in &mut anchored {
                    let before = it.before as usize;
                    it.hash = anchor_hash(load(it.literal.as_bytes(), before), it.literal.len() - before, seed);
                }
            }
            compiled(&mut anchored, count, seed)
        })
        .unwrap_or_default()
}

/// Lays out `anchored`, which were hashed with `seed`; `None` if hashes are in the way of each other.
fn compiled<'l>(anchored: &mut Vec<Anchored<'l>>, count: u32, seed: u32) -> Option<Vec<u8>> {
    // Those of one anchor come together, those of one shape among them, and the last of equal ones last. Hashes decide nearly
    // always, and are far smaller than what they belong to.
    let mut order: Vec<(u64, u32)> = anchored.iter().zip(0..).map(|(it, place)| (it.hash, place)).collect();
    order.sort_unstable();
    let mut sorted: Vec<Anchored<'l>> = order.iter().map(|&(_, place)| anchored[place as usize]).collect();
    for anchor in sorted.chunk_by_mut(|one, two| one.hash == two.hash).filter(|anchor| anchor.len() > 1) {
        let key = |it: &Anchored<'l>| (it.before, it.literal.len(), it.literal, it.index);
        anchor.sort_unstable_by(|one, two| key(one).cmp(&key(two)));
    }
    *anchored = sorted;
    anchored.dedup_by(|next, kept| {
        let equal = next.hash == kept.hash && next.before == kept.before && next.literal == kept.literal;
        if equal {
            kept.index = next.index;
        }
        equal
    });

    let anchors = anchored.chunk_by(|one, two| one.hash == two.hash).count();
    // Twenty bits of the filter for each anchor and more.
    let log = (anchors as u32).next_power_of_two().ilog2().clamp(LEAST_LOG, GREATEST_LOG);
    let short_lengths = anchored
        .iter()
        .map(|it| it.literal.len())
        .filter(|&length| length < WINDOW)
        .fold(0, |lengths, length| lengths | 1 << length);
    let mut header = Header {
        literals: count,
        log,
        multipliers: [0x9E37_79B1, 0x85EB_CA77],
        short_lengths,
        seed,
        // Half full; and one slot must be empty.
        slots: (anchors * 2 + 1) as u32,
        pool: 0,
        longest: anchored.iter().map(|it| it.literal.len()).max().unwrap_or(0) as u32,
        total: anchored.iter().map(|it| it.literal.len()).sum::<usize>() as u32,
    };
    // The pool comes last, so that it can grow.
    let mut bytes = Vec::new();
    let layout = header.layout()?;
    bytes.reserve(layout.pool.end + header.total as usize * 2 + anchored.len() * 16);
    bytes.resize(layout.pool.start, 0);
    bytes[layout.slots.clone()].fill(0xFF);
    // Frequent ones come first, and so stand where they are looked for first.
    let mut groups: Vec<&[Anchored<'l>]> = anchored.chunk_by(|one, two| one.hash == two.hash).collect();
    groups.sort_by_key(|group| group[0].novelty);
    for group in groups {
        let at = bytes.len() - layout.pool.start;
        let mut shapes = group.chunk_by(|one, two| (one.before, one.literal.len()) == (two.before, two.literal.len()));
        while let Some(shape) = shapes.next() {
            let (before, length) = (shape[0].before as usize, shape[0].literal.len());
            let is_last = shapes.clone().next().is_none();
            let mut parts = shape.chunks(MOST_MEMBERS);
            while let Some(part) = parts.next() {
                let last = is_last && parts.len() == 0;
                let members = part.iter().map(|it| (it.index, it.literal.as_bytes()));
                Group::write(&mut bytes, length, before, last, members);
            }
        }
        let hash = group[0].hash;
        let mut slot = slot_of(hash, header.slots);
        loop {
            let place = layout.slots.start + 8 * slot;
            let entry = u64_at(&bytes, place)?;
            if entry == EMPTY {
                bytes[place..place + 8].copy_from_slice(&(hash << 32 | (at / 4) as u64).to_le_bytes());
                break;
            }
            if entry >> 32 == hash & 0xFFFF_FFFF {
                return None;
            }
            slot = if slot + 1 == header.slots as usize { 0 } else { slot + 1 };
        }
        if group.iter().any(|it| it.literal.len() < WINDOW) {
            let (byte, bit) = mark_of(hash);
            bytes[layout.marks.start + byte] |= 1 << bit;
        }
        for it in group {
            let window = load(it.literal.as_bytes(), it.before as usize);
            if it.literal.len() < WINDOW {
                let (place, bit) = if it.literal.len() < HEAD { short_place(window) } else { head_place(window) };
                bytes[layout.shorts.start + 4 * place + bit as usize / 8] |= 1 << (bit % 8);
            } else {
                let (place, bits) = filter_place(window_hash(window, header.multipliers), log);
                let word = &mut bytes[layout.filter.start + 4 * place..][..4];
                word.iter_mut().zip(bits.to_le_bytes()).for_each(|(word, bits)| *word |= bits);
            }
        }
    }
    header.pool = (bytes.len() - layout.pool.start) as u32;
    header.write(&mut bytes);
    Some(bytes)
}

/// How rare the rarest window of `literal` is, and at which byte it begins: of six bytes, and where a character does.
pub(super) fn anchor(literal: &str) -> (u32, usize) {
    let mut best = (0, 0);
    let mut characters = literal.char_indices();
    while let Some((start, first)) = characters.next() {
        let rest = characters.as_str();
        if literal.len() - start < WINDOW || start > MOST_BEFORE {
            break;
        }
        let mut rare = 0;
        let mut end = start + first.len_utf8();
        for (number, character) in rest.chars().enumerate() {
            end += character.len_utf8();
            if number == 0 {
                rare = pair_novelty(first, character);
            } else if end <= start + WINDOW {
                rare += rarity(character);
            } else {
                break;
            }
        }
        if rare > best.0 {
            best = (rare, start);
        }
    }
    best
}
