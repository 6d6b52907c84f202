//! How one character comes to stand for another: same or near sound, like shape, one wrong key.
//!
//! Sounds are Hanyu Pinyin syllables without tones; near ones are those that speakers of many regions do not tell apart
//! (z/zh, c/ch, s/sh, n/l, f/h, an/ang, en/eng, in/ing). Keys are those of Pinyin and of Wubi 86.

include!(concat!(env!("OUT_DIR"), "/slips.rs"));

/// For each character those of similar shape, 16 bits each, little endian.
static SHAPES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/shapes.bin"));

/// For each common character those that one key of Wubi 86 tells apart from it, likewise.
static KEYS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/keys.bin"));

/// First character of the tables.
const FIRST: u32 = 0x4E00;

/// Why a character may stand in the place of another, the likeliest reason first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Likeness {
    /// One syllable.
    Sound,
    /// Syllables that many speakers do not tell apart.
    NearSound,
    /// Similar shape.
    Shape,
    /// One key of the same input method.
    Key,
    /// None that is known.
    None,
}

fn row(character: char) -> Option<usize> {
    let row = (character as u32).checked_sub(FIRST)? as usize;
    (row + 1 < SOUNDS_AT.len()).then_some(row)
}

fn sounds(character: char) -> &'static [u16] {
    row(character).map_or(&[], |row| &SOUNDS[usize::from(SOUNDS_AT[row])..usize::from(SOUNDS_AT[row + 1])])
}

/// How alike two characters are.
pub(crate) fn likeness(one: char, two: char) -> Likeness {
    alike(one, two).unwrap_or_else(|| {
        let one_key = |one: u16, two: u16| {
            let (one, two) = (SYLLABLES[usize::from(one)], SYLLABLES[usize::from(two)]);
            one.len().min(two.len()) >= 3 && strsim::osa_distance(one, two) == 1
        };
        let spelt = sounds(one).iter().any(|&one| sounds(two).iter().any(|&two| one_key(one, two)));
        if spelt || typed_alike(one, two) { Likeness::Key } else { Likeness::None }
    })
}

/// How alike two characters are to ear and eye.
pub(super) fn alike(one: char, two: char) -> Option<Likeness> {
    let bits = |character: char| row(character).and_then(|row| SOUND_BITS.get(row)).copied().unwrap_or_default();
    if bits(one) & bits(two) == 0 {
        // Most characters sound unlike, which is told without looking at their syllables.
        return has(SHAPES, &SHAPES_AT, one, two).then_some(Likeness::Shape);
    }
    let (ones, twos) = (sounds(one), sounds(two));
    let any = |alike: &dyn Fn(u16, u16) -> bool| ones.iter().any(|&one| twos.iter().any(|&two| alike(one, two)));
    if ones.first().is_some_and(|one| twos.first() == Some(one)) {
        return Some(Likeness::Sound);
    }
    // What looks alike is taken for a slip of the eye rather than of a second reading.
    if has(SHAPES, &SHAPES_AT, one, two) {
        return Some(Likeness::Shape);
    }
    if any(&|one, two| one == two) {
        return Some(Likeness::Sound);
    }
    any(&|one, two| NEAR[usize::from(one)] == NEAR[usize::from(two)]).then_some(Likeness::NearSound)
}

/// Whether a program that recognises print takes one character for the other. Their sound does not matter; that two pairs of
/// digits, letters or strokes look alike is no matter of Chinese.
pub(crate) fn looks_like(one: char, two: char) -> bool {
    const ALIKE: [&str; 12] =
        ["0OoQD〇", "1lI|i丨", "2Z", "5S", "6b", "8B", "9g", "一-—_", "二=", "日曰", "口囗", "人入八"];
    has(SHAPES, &SHAPES_AT, one, two) || ALIKE.iter().any(|group| group.contains(one) && group.contains(two))
}

/// The syllables of the character with this code.
pub(super) fn syllables(code: u32) -> &'static [u16] {
    char::from_u32(code).map_or(&[], sounds)
}

/// Groups of near sounds that the character with this code belongs to. One may be named twice.
pub(super) fn sound_groups(code: u32) -> impl Iterator<Item = u16> {
    syllables(code).iter().map(|&sound| NEAR[usize::from(sound)])
}

/// Codes of the characters that look like the one with this code.
pub(super) fn shapes_like(code: u32) -> impl Iterator<Item = u32> {
    let like = char::from_u32(code).map_or(&[][..], |character| listed(SHAPES, &SHAPES_AT, character));
    like.iter().map(|&two| u16::from_le_bytes(two).into())
}

/// Whether one key of Wubi tells two characters apart.
pub(super) fn typed_alike(one: char, two: char) -> bool {
    has(KEYS, &KEYS_AT, one, two)
}

/// What a table lists for a character.
fn listed(table: &'static [u8], at: &[u32; 0xA000 - FIRST as usize + 1], character: char) -> &'static [[u8; 2]] {
    let Some(&[first, last]) = row(character).and_then(|row| at.get(row..)).and_then(|at| at.first_chunk()) else {
        return &[];
    };
    table.as_chunks().0.get(first as usize..last as usize).unwrap_or_default()
}

/// Whether a table lists `two` for `one`.
fn has(table: &'static [u8], at: &[u32; 0xA000 - FIRST as usize + 1], one: char, two: char) -> bool {
    // All of them are compared, many at a time: stopping at the first takes longer.
    u16::try_from(u32::from(two)).is_ok_and(|two| {
        let two = two.to_le_bytes();
        listed(table, at, one).iter().fold(false, |has, &other| has | (other == two))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sounds_alike_shares_a_bit() {
        for character in '一'..='龥' {
            let bits = SOUND_BITS[row(character).unwrap()];
            let wanted = sound_groups(character.into()).fold(0, |bits, group| bits | 1 << (group % 32));
            assert_eq!(bits, wanted, "{character}");
        }
    }

    #[test]
    fn characters_are_alike_in_the_likeliest_way() {
        for (one, two, expected) in [
            ('合', '和', Likeness::Sound),
            ('署', '暑', Likeness::Sound),
            ('民', '明', Likeness::NearSound),
            ('拔', '拨', Likeness::Shape),
            ('未', '末', Likeness::Shape),
            ('险', '除', Likeness::Shape),
            ('姐', '组', Likeness::Key),
            ('国', '坏', Likeness::None),
            ('国', 'a', Likeness::None),
        ] {
            assert_eq!(likeness(one, two), expected, "{one} {two}");
            assert_eq!(likeness(two, one), expected, "{two} {one}");
        }
    }
}
