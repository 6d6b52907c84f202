//! Right forms, and how they are cut into pieces (see `near.rs`), as they are gathered and as they are compiled. The build
//! script compiles with this file, too.

use std::borrow::Cow;
use std::collections::HashMap;

use super::rarity::pair_frequency;
use super::wording::{FormHash, FormHasher};
use crate::dictionary::telling_part;

/// Shortest form in characters that is looked for.
const SHORTEST: usize = 4;

/// From this length in characters on, two edits are allowed for, and a word left out or put in.
pub(crate) const LONG: usize = 14;

/// Pieces of a form at most: one more than the edits.
const MOST_PIECES: usize = 3;

/// Characters of the longest form: a longer text is no form but a passage.
pub(crate) const LONGEST: usize = 64;

/// A right form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) text: Vec<char>,
    /// Whose form it is; `None` if it is only known to be right.
    pub(crate) owner: Option<usize>,
}

/// A piece of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) form: u32,
    /// First character of the form that the piece stands for.
    pub(crate) start: u16,
    /// One past the last.
    pub(crate) end: u16,
    /// Characters of the form.
    pub(crate) length: u16,
    /// Whether two characters of it are swapped.
    pub(crate) swapped: bool,
    /// Edits that are allowed for besides a swap.
    pub(crate) budget: u8,
    /// The next characters of the form on both sides, away from the piece ([`glimpse`]): what stands beside a piece is compared
    /// with them before the form itself, which lies elsewhere in memory, is.
    pub(crate) beside: [[u16; GLIMPSE]; 2],
}

/// Characters beside a piece that are kept with it.
pub(crate) const GLIMPSE: usize = 8;

/// A character among those beside a piece. All of those beyond the Basic Multilingual Plane count as one.
pub(crate) fn glimpse(character: char) -> u16 {
    // What takes their place is no character.
    u16::try_from(u32::from(character)).unwrap_or(0xD800)
}

/// Right forms and their pieces.
#[derive(Default)]
pub(crate) struct Forms {
    pub(crate) forms: Vec<Form>,
    /// Hashes of all that is right, in order.
    pub(crate) known: Vec<FormHash>,
    /// The literals of the pieces, one after another: tens of thousands, which would each cost an allocation. Only their
    /// number is compiled.
    pub(crate) literals: String,
    /// Where each of them ends.
    pub(crate) ends: Vec<u32>,
    /// Number of the literal, and the piece; in order of forms.
    pub(crate) pieces: Vec<(u32, Piece)>,
}

impl Forms {
    /// Takes right forms and whose they are, and others that are only known to be right. So are forms that are too short or
    /// too long to be judged. `fold` folds them.
    pub(crate) fn new<'f>(
        forms: impl IntoIterator<Item = (&'f str, Option<usize>)>,
        others: impl IntoIterator<Item = &'f str>,
        fold: impl Fn(&'f str) -> Cow<'f, str>,
    ) -> Self {
        let mut known: Vec<FormHash> = others.into_iter().map(|form| hash_of(&fold(form))).collect();
        let mut by_text: HashMap<FormHash, usize, FormHasher> = HashMap::default();
        let mut texts: Vec<Form> = Vec::new();
        for (form, owner) in forms {
            let form = fold(form);
            known.push(hash_of(&form));
            let telling = telling_part(&form);
            if !(SHORTEST..=LONGEST).contains(&telling.chars().count()) {
                continue;
            }
            // Of several owners the first one is told; all of them make it right.
            let index = *by_text.entry(hash_of(telling)).or_insert(texts.len());
            match texts.get_mut(index) {
                Some(same) => same.owner = same.owner.or(owner),
                None => texts.push(Form { text: telling.chars().collect(), owner }),
            }
        }
        known.sort_unstable();
        known.dedup();
        let mut pieces = Pieces::default();
        for (form, index) in texts.iter().zip(0u32..) {
            // What is only known to be right need not be found at any distance.
            let edits = if form.owner.is_none() { 0 } else { edits(form.text.len()) };
            let cuts = cuts(&form.text, edits + 1);
            let piece = |start: usize, end: usize, swapped: bool| {
                Piece::new(&form.text, index, [start, end], swapped, (edits - usize::from(swapped)) as u8)
            };
            for pair in cuts.windows(2) {
                pieces.add(&form.text[pair[0]..pair[1]], piece(pair[0], pair[1], false));
            }
            for &cut in &cuts[1..cuts.len() - 1] {
                // No piece is shorter than two characters.
                if let [one, two, three, four] = form.text[cut - 2..cut + 2]
                    && two != three
                {
                    pieces.add(&[one, three, two, four], piece(cut - 2, cut + 2, true));
                }
            }
        }
        let Pieces { literals, ends, pieces, .. } = pieces;
        Forms { forms: texts, known, literals, ends, pieces }
    }

    /// The compiled form: numbers of 32 bits but for the hashes, little-endian. First how many forms, hashes, literals and
    /// pieces there are; then of each form its length in characters, and its owner and one, or nothing; then the characters of
    /// all forms; the hashes; and of each piece the literal, the form, the characters before and up to the end of it, and
    /// the edits and whether it is swapped.
    #[allow(dead_code, reason = "the build script writes with it")]
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut numbers: Vec<u32> =
            [self.forms.len(), self.known.len(), self.ends.len(), self.pieces.len()].map(|count| count as u32).into();
        for form in &self.forms {
            numbers.extend([form.text.len() as u32, form.owner.map_or(0, |owner| owner as u32 + 1)]);
        }
        numbers.extend(self.forms.iter().flat_map(|form| form.text.iter().copied().map(u32::from)));
        let hashes = self.known.iter().map(|hash| hash.bits());
        numbers.extend(hashes.flat_map(|bits| [bits as u32, (bits >> 32) as u32]));
        for (literal, piece) in &self.pieces {
            let (reach, how) = (u32::from(piece.start) | u32::from(piece.end) << 16, u32::from(piece.swapped));
            numbers.extend([*literal, piece.form, reach, how | u32::from(piece.budget) << 1]);
        }
        numbers.into_iter().flat_map(u32::to_le_bytes).collect()
    }

    /// The number of literals of what [`to_bytes`](Self::to_bytes) gave.
    pub(crate) fn literals_of(bytes: &[u8]) -> Option<u32> {
        bytes.as_chunks().0.get(2).map(|&literals| u32::from_le_bytes(literals))
    }

    /// Reads what [`to_bytes`](Self::to_bytes) gave, with the number of literals instead of them; `None` for other bytes.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<(Self, usize)> {
        let (mut numbers, _) = bytes.as_chunks::<4>();
        let mut take = |count: usize| {
            let (taken, rest) = numbers.split_at_checked(count)?;
            numbers = rest;
            Some(taken)
        };
        let number = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes);
        let [forms, known, literals, pieces] = take(4)?.first_chunk()?.map(|count| number(&count) as usize);
        let (shapes, _) = take(2 * forms)?.as_chunks::<2>();
        let mut texts = Vec::with_capacity(forms);
        for [length, owner] in shapes {
            // All of them are characters; to give up on others would cost more than all the rest of this.
            let character = |code| char::from_u32(number(code)).unwrap_or(char::REPLACEMENT_CHARACTER);
            let text = take(number(length) as usize)?.iter().map(character).collect();
            texts.push(Form { text, owner: (number(owner) as usize).checked_sub(1) });
        }
        let (hashes, _) = take(2 * known)?.as_chunks::<2>();
        let known = hashes
            .iter()
            .map(|[low, high]| FormHash::from_bits(u64::from(number(high)) << 32 | u64::from(number(low))));
        let known = known.collect();
        let (rows, _) = take(4 * pieces)?.as_chunks::<4>();
        let piece = |row: &[[u8; 4]; 4]| {
            let [literal, form, reach, how] = row.each_ref().map(number);
            let text = &texts.get(form as usize)?.text;
            let reach = [(reach & 0xFFFF) as usize, (reach >> 16) as usize];
            let fits = reach[0] < reach[1] && reach[1] <= text.len() && (literal as usize) < literals;
            fits.then(|| (literal, Piece::new(text, form, reach, how & 1 == 1, (how >> 1) as u8)))
        };
        let pieces = rows.iter().map(piece).collect::<Option<_>>()?;
        Some((Forms { forms: texts, known, pieces, ..Forms::default() }, literals))
    }
}

impl Piece {
    fn new(text: &[char], form: u32, [start, end]: [usize; 2], swapped: bool, budget: u8) -> Self {
        let mut beside = [[0; GLIMPSE]; 2];
        beside[0].iter_mut().zip(text[..start].iter().rev()).for_each(|(code, &character)| *code = glimpse(character));
        beside[1].iter_mut().zip(&text[end..]).for_each(|(code, &character)| *code = glimpse(character));
        Piece { form, start: start as u16, end: end as u16, length: text.len() as u16, swapped, budget, beside }
    }
}

/// The hash of a folded text.
pub(crate) fn hash_of(text: &str) -> FormHash {
    FormHash::of(text.chars().map(u32::from))
}

/// Pieces by what they read like.
#[derive(Default)]
struct Pieces {
    by_hash: HashMap<FormHash, u32, FormHasher>,
    literals: String,
    ends: Vec<u32>,
    /// Number of the literal, and the piece.
    pieces: Vec<(u32, Piece)>,
}

impl Pieces {
    fn add(&mut self, literal: &[char], piece: Piece) {
        let hash = FormHash::of(literal.iter().copied().map(u32::from));
        let number = *self.by_hash.entry(hash).or_insert_with(|| {
            self.literals.extend(literal);
            self.ends.push(self.literals.len() as u32);
            self.ends.len() as u32 - 1
        });
        self.pieces.push((number, piece));
    }
}

/// Edits that are allowed for in a form of so many characters.
pub(super) fn edits(length: usize) -> usize {
    if length < LONG { 1 } else { 2 }
}

/// Where a form is cut into `pieces` of two characters and more so that they are as rare as can be: the places, with both
/// ends. Fewer pieces if there is no room.
pub(super) fn cuts(form: &[char], pieces: usize) -> Vec<usize> {
    let length = form.len();
    let pieces = pieces.min(length / 2).max(1);
    // A piece is found as often as its rarest pair. So the best pieces are those around as many pairs that do not overlap
    // and are the rarest together: least[count][end] is the sum of the frequencies of `count` of form's pairs before the
    // one that begins at `end`.
    let mut least = [[f32::INFINITY; LONGEST + 1]; MOST_PIECES + 1];
    least[0] = [0.0; LONGEST + 1];
    let frequencies: Vec<f32> = form.array_windows().map(|&[one, two]| pair_frequency(one, two)).collect();
    for count in 1..=pieces {
        for (at, frequency) in frequencies.iter().enumerate() {
            let with = least[count - 1][at.saturating_sub(1)] + frequency;
            least[count][at + 1] = least[count][at].min(with);
        }
    }
    let mut cuts = vec![length];
    let mut end = frequencies.len();
    let mut next = None;
    for count in (1..=pieces).rev() {
        while end > 1 && least[count][end] == least[count][end - 1] {
            end -= 1;
        }
        let pair = end - 1;
        // Between two of the pairs any cut will do; the middle leaves long pieces on both sides.
        cuts.extend(next.map(|next: usize| (pair + 2 + next).div_ceil(2)));
        next = Some(pair);
        end = pair.saturating_sub(1);
    }
    cuts.push(0);
    cuts.reverse();
    cuts
}
