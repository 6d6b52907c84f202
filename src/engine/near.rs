//! Text that is almost a right form: all registered forms at once.
//!
//! A text that differs from a form by at most *k* edits still holds one of *k* + 1 pieces of it unchanged (pigeonhole:
//! Wu and Manber, “Fast text searching allowing errors”, 1992). The forms are cut where the pieces are rarest; the one pass
//! over the text looks for the pieces, and what stands around a piece is then compared with the rest of the form. Two
//! neighbouring characters that are swapped count as one edit; where they would spoil two pieces at once, the swapped
//! junction is a piece of its own. Nothing is done for each form: the cost is that of the pieces that are found.

use rayon::prelude::*;

use super::evidence::seen;
use super::forms::{Form, Forms, GLIMPSE, LONG, Piece, glimpse, hash_of};
use super::ngram::{code, says_nothing};
use super::wording::FormHash;
use super::{Asked, AskedHit, Edit, Grouped, index};
use crate::document::{Folded as FoldedMark, Span};
use crate::normalise::{Folded, folded, is_han};
use crate::simd::equal_lanes;

/// From this length in characters on, a form is looked for although reference text has all 3-grams of what differs, if one
/// character alone does.
pub(crate) const TELLING: usize = 6;

/// Literals that are worth a thread of their own.
const PORTION: usize = 4096;

/// Hits whose pieces are waited for at once.
const AHEAD: usize = 6;

/// Characters of the longest word that may be left out or put in.
const WORD: usize = 4;

/// One difference between text and form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Difference {
    /// Of one or two characters, with the byte of the text where it is.
    Slip(Edit),
    /// A word of the form is missing.
    MissingWord(String),
    /// The text has a word more.
    SurplusWord(String),
    /// The text has a word twice.
    RepeatedWord(String),
}

/// A place that is almost a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Near {
    /// Index of the form.
    pub(crate) form: usize,
    pub(crate) span: Span<FoldedMark>,
    /// What differs, and at which byte of the folded text, in order.
    pub(crate) differences: Vec<(usize, Difference)>,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct NearHits {
    /// Places that are almost a form.
    pub(crate) near: Vec<Near>,
    /// Places that are a form: index and span.
    pub(crate) exact: Vec<(usize, Span<FoldedMark>)>,
}

/// All forms, ready to be looked for.
pub(crate) struct NearIndex {
    forms: Vec<Form>,
    /// Hashes of all that is right, in order.
    known: Vec<FormHash>,
    /// The same, roughly.
    marked: Marked,
    /// The literals of the pieces, one after another.
    literals: String,
    /// Where each of them ends.
    ends: Vec<u32>,
    /// The pieces of each literal.
    pieces: Grouped<Piece>,
}

/// A bit for each of some hashes, by their upper bits: most of those that are not among them are told by one look.
struct Marked {
    bits: Box<[u64]>,
}

impl Marked {
    /// Base-2 logarithm of the number of bits, of which registries of today take a twentieth.
    const LOG: u32 = 17;

    fn new(hashes: &[FormHash]) -> Self {
        let mut bits = vec![0u64; 1 << (Self::LOG - 6)].into_boxed_slice();
        for hash in hashes {
            let (word, bit) = Self::place(*hash);
            bits[word] |= bit;
        }
        Marked { bits }
    }

    fn place(hash: FormHash) -> (usize, u64) {
        let at = hash.bits() >> (u64::BITS - Self::LOG);
        ((at >> 6) as usize, 1 << (at & 63))
    }

    fn has(&self, hash: FormHash) -> bool {
        let (word, bit) = Self::place(hash);
        self.bits[word] & bit != 0
    }
}

impl NearIndex {
    /// Takes right forms and whose they are, and others that are only known to be right. So are forms that are too short or
    /// too long to be judged.
    pub(crate) fn new<'f>(
        forms: impl IntoIterator<Item = (&'f str, Option<usize>)>,
        others: impl IntoIterator<Item = &'f str>,
    ) -> Self {
        NearIndex::with(Forms::new(forms, others, folded))
    }

    /// What the build script compiled of the embedded registries. Its literals are those of [`Set::Pieces`](super::index::Set).
    pub(crate) fn embedded() -> Self {
        match NearIndex::compiled(index::FORMS) {
            Some(index) => index,
            None => unreachable!("the build script wrote the forms with this very code"),
        }
    }

    fn compiled(bytes: &[u8]) -> Option<Self> {
        let (forms, literals) = Forms::from_bytes(bytes)?;
        let pieces = Grouped::new(literals, &forms.pieces);
        Some(NearIndex { pieces, ..NearIndex::with(Forms { pieces: Vec::new(), ..forms }) })
    }

    fn with(forms: Forms) -> Self {
        let Forms { forms, known, literals, ends, pieces } = forms;
        let pieces = Grouped::new(ends.len(), &pieces);
        let marked = Marked::new(&known);
        NearIndex { forms, known, marked, literals, ends, pieces }
    }

    /// The literals that [`find`](Self::find) wants to see.
    pub(crate) fn asks(&self) -> Vec<Asked<'_>> {
        let starts = std::iter::once(&0).chain(&self.ends);
        let literals = starts.zip(&self.ends).map(|(&start, &end)| &self.literals[start as usize..end as usize]);
        literals.zip(0u32..).map(|(literal, tag)| Asked { literal, tag }).collect()
    }

    /// The form with this index.
    pub(crate) fn form(&self, index: usize) -> &Form {
        &self.forms[index]
    }

    /// Whether `text` is a right form.
    pub(crate) fn is_known(&self, text: &str) -> bool {
        let hash = hash_of(text);
        self.marked.has(hash) && self.known.binary_search(&hash).is_ok()
    }

    /// All places that are a form or almost one, given where the literals stand. Each place and form is named once.
    /// With `likely`, without what is hardly ever a slip: differences that reference text has as well, and two edits that
    /// touch one piece from both sides.
    pub(crate) fn find(&self, folded: &Folded<'_>, hits: &[AskedHit], likely: bool) -> NearHits {
        let mut found = if folded.is_long() {
            let portions = hits.par_chunks(PORTION).map(|hits| self.around(folded, hits, likely));
            portions.reduce(NearHits::default, |mut one, mut two| {
                one.near.append(&mut two.near);
                one.exact.append(&mut two.exact);
                one
            })
        } else {
            self.around(folded, hits, likely)
        };
        found.exact.sort_unstable_by_key(|&(form, span)| (span.start, span.end, form));
        found.exact.dedup();
        // One piece may see more edits than another, which the least of them spoils: the plainest reading is told.
        found.near.sort_by_key(|near| (near.span.start, near.span.end, near.form, near.differences.len()));
        found.near.dedup_by(|one, two| one.form == two.form && one.span == two.span);
        found
    }

    /// What stands around some of the literals, a place once for each piece that leads to it.
    fn around(&self, folded: &Folded<'_>, hits: &[AskedHit], likely: bool) -> NearHits {
        let text = folded.text();
        let mut found = NearHits::default();
        let (mut before, mut after, mut away) = (Vec::new(), Vec::new(), Vec::new());
        let mut room = Room::default();
        for (index, hit) in hits.iter().enumerate() {
            // The pieces of the hits to come lie anywhere in memory, so that waiting for them overlaps.
            if let Some(later) = hits.get(index + 2 * AHEAD) {
                self.pieces.approach(later.tag);
            }
            if let Some(next) = hits.get(index + AHEAD) {
                self.pieces.expect(next.tag);
            }
            // What stands on both sides is read when the first piece asks for it.
            let mut beside = [None; 2];
            for piece in self.pieces.of(hit.tag) {
                if !may_agree(piece, text, hit.span, &mut beside, likely) {
                    continue;
                }
                let form = &self.forms[piece.form as usize];
                let (head, tail) = (&form.text[..piece.start.into()], &form.text[piece.end.into()..]);
                let budget = usize::from(piece.budget);
                let next = [text[..hit.span.start].chars().next_back(), text[hit.span.end..].chars().next()];
                let wanted = [head.last(), tail.first()];
                let fits = |side: usize| wanted[side].is_none() || wanted[side] == next[side].as_ref();
                // The text on both sides, away from the piece, in this block. Where the character beside it is another one,
                // nothing is as it should be.
                let lefts = || text[..hit.span.start].chars().rev().take_while(|&c| c != '\n');
                let rights = || text[hit.span.end..].chars().take_while(|&c| c != '\n');
                let left = match fits(0) {
                    true => lefts().zip(head.iter().rev()).take_while(|(one, two)| one == *two).count(),
                    false => 0,
                };
                let right = match fits(1) {
                    true => rights().zip(tail).take_while(|(one, two)| one == *two).count(),
                    false => 0,
                };
                let whole = [left == head.len(), right == tail.len()];
                if whole == [true; 2] && !piece.swapped {
                    found.exact.push((piece.form as usize, self.extent(hit.span, head, tail)));
                    continue;
                }
                // A side that is not as it should be takes one edit at least.
                let wrong = whole.iter().filter(|&&whole| !whole).count();
                if wrong > budget + usize::from(budget > 0 && form.text.len() >= LONG) {
                    continue;
                }
                // The text of a side that is not as it should be, away from the piece.
                let reach = |side: &[char]| side.len() + budget + WORD;
                before.clear();
                after.clear();
                if !whole[0] {
                    before.extend(lefts().take(reach(head)));
                }
                if !whole[1] {
                    after.extend(rights().take(reach(tail)));
                }
                // Text that is wrong is new. What reference text has, differs for a reason.
                let ends = text_of(piece, form);
                let known = likely
                    && !piece.swapped
                    && (whole[0] || !is_new(&before, left, &ends, true))
                    && (whole[1] || !is_new(&after, right, &ends, false));
                if known && (form.text.len() < TELLING || wrong > 1) {
                    continue;
                }
                away.clear();
                away.extend(head.iter().rev());
                if known && !nearly_all((&away, &before, left), (tail, &after, right)) {
                    continue;
                }
                // Most places differ in more than is allowed for, which is seen before anything is written down.
                let possible = budget > 1
                    || wrong > budget
                    || ((whole[0] || one_edit(&away[left..], &before[left..]))
                        && (whole[1] || one_edit(&tail[right..], &after[right..])));
                if possible {
                    let sides = [Beside { form: &away, text: &before }, Beside { form: tail, text: &after }];
                    self.compare(piece, hit.span, sides, whole, &mut room, &mut found);
                }
            }
        }
        found
    }

    /// The span of a form whose piece stands at `piece`, with `head` before it and `tail` behind.
    fn extent(&self, piece: Span<FoldedMark>, head: &[char], tail: &[char]) -> Span<FoldedMark> {
        let bytes = |side: &[char]| side.iter().map(|character| character.len_utf8()).sum::<usize>();
        Span::new(piece.start - bytes(head), piece.end + bytes(tail))
    }

    fn compare(
        &self,
        piece: &Piece,
        at: Span<FoldedMark>,
        [head, tail]: [Beside<'_>; 2],
        [whole_left, whole_right]: [bool; 2],
        Room { lefts, rights, differences: open }: &mut Room,
        found: &mut NearHits,
    ) {
        let budget = usize::from(piece.budget);
        let form = &self.forms[piece.form as usize];
        let wrong = usize::from(!whole_left) + usize::from(!whole_right);
        let share = budget.saturating_sub(wrong.saturating_sub(1));
        lefts.clear();
        side(head, form.text[usize::from(piece.start)], whole_left, share, open, lefts);
        if lefts.is_empty() {
            return;
        }
        rights.clear();
        side(tail, form.text[usize::from(piece.end) - 1], whole_right, share, open, rights);
        let before = if whole_left { head.form } else { head.text };
        let after = if whole_right { tail.form } else { tail.text };
        let least = lefts
            .iter()
            .flat_map(|left| rights.iter().map(move |right| left.cost + right.cost))
            .filter(|&cost| cost <= budget)
            .min();
        let Some(least) = least else { return };
        for left in lefts.iter() {
            for right in rights.iter().filter(|right| left.cost + right.cost == least) {
                let bytes = |side: &[char]| side.iter().map(|character| character.len_utf8()).sum::<usize>();
                let span = Span::new(at.start - bytes(&before[..left.taken]), at.end + bytes(&after[..right.taken]));
                let mut differences: Vec<(usize, Difference)> = Vec::new();
                for (place, difference) in &left.differences {
                    // Sides are compared away from the piece: what was first there is last here.
                    differences.push((at.start - bytes(&before[..place + difference.width()]), difference.reversed()));
                }
                differences.reverse();
                if piece.swapped {
                    // A junction is the two characters before a cut and the two behind it.
                    let first = usize::from(piece.start) + 1;
                    let [one, two] = [form.text[first], form.text[first + 1]];
                    let place = at.start + form.text[usize::from(piece.start)].len_utf8();
                    differences.push((place, Difference::Slip(Edit::Swapped(two, one))));
                }
                for (place, difference) in &right.differences {
                    differences.push((at.end + bytes(&after[..*place]), difference.clone()));
                }
                found.near.push(Near { form: piece.form as usize, span, differences });
            }
        }
    }
}

/// The next characters of the text on a side of a piece, up to the border of the block.
#[derive(Debug, Clone, Copy)]
struct Next {
    /// The characters, with room on both sides in which nothing is like any character.
    codes: [u16; GLIMPSE + 2 * WORD],
    count: usize,
}

impl Next {
    fn new(characters: impl Iterator<Item = char>) -> Self {
        let mut next = Next { codes: [0; GLIMPSE + 2 * WORD], count: 0 };
        let places = &mut next.codes[WORD..WORD + GLIMPSE];
        for (code, character) in places.iter_mut().zip(characters.take_while(|&character| character != '\n')) {
            *code = glimpse(character);
            next.count += 1;
        }
        next
    }

    /// Where the text agrees with the first `length` characters of a form if it is shifted so far, a bit for each of them.
    /// All agrees of which nothing is known: behind that length, and where the text goes on.
    #[inline]
    fn agreement(&self, form: &[u16; GLIMPSE], length: usize, shift: isize) -> u32 {
        let from = WORD.wrapping_add_signed(shift);
        let text: &[u16; GLIMPSE] = self.codes.get(from..).and_then(<[u16]>::first_chunk).unwrap_or(form);
        let same = !0 << length | equal_lanes(form, text);
        // What is as long may go on or not.
        if self.count == GLIMPSE { same | !0 << GLIMPSE.saturating_add_signed(-shift).min(GLIMPSE) } else { same }
    }
}

/// Whether what stands around `at`, where the literal of a piece was found, may be almost the form, as far as a few characters
/// tell. `beside` is what stands there, as far as it was read before. Nearly all places are no more than the piece.
fn may_agree(piece: &Piece, text: &str, at: Span<FoldedMark>, beside: &mut [Option<Next>; 2], likely: bool) -> bool {
    let lengths = [usize::from(piece.start), usize::from(piece.length - piece.end)];
    let mut sames = [!0; 2];
    for side in [0, 1].into_iter().filter(|&side| lengths[side] > 0) {
        let next = beside[side].get_or_insert_with(|| match side {
            0 => Next::new(text[..at.start].chars().rev()),
            _ => Next::new(text[at.end..].chars()),
        });
        sames[side] = next.agreement(&piece.beside[side], lengths[side].min(GLIMPSE), 0);
    }
    let budget = usize::from(piece.budget);
    let wrong = sames.iter().filter(|&&same| same != !0).count();
    if wrong == 0 {
        return true;
    }
    // A side that is not as it should be takes one edit at least. Two that begin with other characters are hardly ever a slip.
    if wrong > budget || ((likely || budget <= 1) && sames.iter().all(|same| same & 1 == 0)) {
        return false;
    }
    (0..2).filter(|&side| sames[side] != !0).all(|side| {
        let length = lengths[side].min(GLIMPSE);
        beside[side].is_none_or(|next| {
            let agreement = |shift| next.agreement(&piece.beside[side], length, shift);
            let agreements: [u32; 2 * WORD + 1] =
                std::array::from_fn(|index| agreement(index as isize - WORD as isize));
            may_be_edited(&agreements, budget + 1 - wrong) || may_lack_word(&agreements, lengths[side])
        })
    })
}

/// Whether a text may begin with a form but for at most so many edits, one or two, as [`extend`] finds them, by where the two
/// agree when one is shifted.
fn may_be_edited(agreements: &[u32; 2 * WORD + 1], edits: usize) -> bool {
    let shifted = |shift: isize| agreements[WORD.wrapping_add_signed(shift)];
    // From which place of the form on they agree again, and how far the text is shifted then: with a character exchanged,
    // missing, or one too many, or two swapped.
    let edited = |at: u32, shift: isize| {
        let swapped = shifted(shift - 1) >> (at + 1) & shifted(shift + 1) >> at & 1 != 0;
        let swap = swapped.then_some((at + 2, shift));
        [Some((at + 1, shift)), Some((at + 1, shift - 1)), Some((at, shift + 1)), swap].into_iter().flatten()
    };
    // Up to where they agree from a place on.
    let reach = |from: u32, shift: isize| (shifted(shift) | !(!0 << from)).trailing_ones();
    edited(reach(0, 0), 0).any(|(from, shift)| {
        let at = reach(from, shift);
        at == u32::BITS || (edits > 1 && edited(at, shift).any(|(from, shift)| reach(from, shift) == u32::BITS))
    })
}

/// Whether a text may be a form of this length but for a word left out or put in, as [`words`] finds them.
fn may_lack_word(agreements: &[u32; 2 * WORD + 1], length: usize) -> bool {
    let same = agreements[WORD].trailing_ones();
    let agrees = |from: u32, agreement: u32| (agreement | !(!0 << from)) == !0;
    (2..=WORD).any(|word| {
        let rest = same + word as u32;
        (rest + 2 <= length as u32 && agrees(rest, agreements[WORD - word])) || agrees(same, agreements[WORD + word])
    })
}

/// How many literals the compiled pieces have.
pub(super) fn compiled_pieces() -> Option<u32> {
    Forms::literals_of(index::FORMS)
}

/// Whether two sides, each with how much of it is as it should be, agree but for one character that is exchanged, missing
/// or one too many, or two that are swapped. At the end of a form only what is missing counts.
fn nearly_all(head: (&[char], &[char], usize), tail: (&[char], &[char], usize)) -> bool {
    let agrees = |(form, text, same): (&[char], &[char], usize)| one_character(&form[same..], &text[same..]);
    let whole = |(form, _, same): (&[char], &[char], usize)| form.len() == same;
    (whole(head) && agrees(tail)) || (whole(tail) && agrees(head))
}

/// Whether `text` may begin with `form`, from the first character on that differs, but for one character that is exchanged,
/// missing or one too many, or two that are swapped. At the end of the form only what is missing counts.
fn one_character(form: &[char], text: &[char]) -> bool {
    let [_, rest @ ..] = form else { return true };
    let swapped = matches!((form, text), ([one, two, ..], [first, second, ..]) if one == second && two == first);
    goes_on(text, 0, rest)
        || (!rest.is_empty() && goes_on(text, 1, rest))
        || goes_on(text, 1, form)
        || (swapped && goes_on(text, 2, &form[2..]))
}

/// The same, with a last character that is exchanged, or a word that is missing or one too many.
fn one_edit(form: &[char], text: &[char]) -> bool {
    let word = |length: usize| {
        form.get(length..).is_some_and(|rest| rest.len() >= 2 && goes_on(text, 0, rest))
            || (form.len() >= 2 && goes_on(text, length, form))
    };
    one_character(form, text) || (form.len() == 1 && !text.is_empty()) || (2..=WORD).any(word)
}

/// Whether `text` goes on with `rest` after so many characters.
fn goes_on(text: &[char], skipped: usize, rest: &[char]) -> bool {
    text.get(skipped..).is_some_and(|text| text.starts_with(rest))
}

/// The text of a piece as it stands in the text.
fn text_of(piece: &Piece, form: &Form) -> [u32; 2] {
    let [first, last] = [usize::from(piece.start), usize::from(piece.end) - 1];
    [code(form.text[first]), code(form.text[last])]
}

/// Whether any 3-gram at the place where `side`, read away from the piece whose end characters are `ends`, differs from the
/// form is unseen: those that hold the character there.
fn is_new(side: &[char], at: usize, ends: &[u32; 2], backwards: bool) -> bool {
    let near = if backwards { ends[0] } else { ends[1] };
    let get = |place: isize| match place {
        place if place < -1 => 0,
        -1 => near,
        place => side.get(place as usize).map_or(0, |&character| code(character)),
    };
    // A 3-gram that begins inside the piece is not known in full; the text of the piece is as it should be.
    let grams = (at as isize - 2..=at as isize).filter(|&first| first >= -1).map(|first| {
        let mut codes = [get(first), get(first + 1), get(first + 2)];
        if backwards {
            codes.reverse();
        }
        codes
    });
    let mut telling = grams.filter(|&codes| !says_nothing(codes)).peekable();
    // At a border nothing tells.
    telling.peek().is_none() || telling.any(|codes| !seen(codes))
}

/// One way in which one side of a form and the text agree.
#[derive(Debug, Clone)]
struct Side {
    cost: usize,
    /// Characters of the text.
    taken: usize,
    /// What differs and after how many characters of the text.
    differences: Vec<(usize, Difference)>,
}

/// What comparing needs, kept from one place to the next.
#[derive(Debug, Default)]
struct Room {
    lefts: Vec<Side>,
    rights: Vec<Side>,
    differences: Vec<(usize, Difference)>,
}

/// What stands on one side of a piece, read away from it.
#[derive(Debug, Clone, Copy)]
struct Beside<'s> {
    form: &'s [char],
    /// Not needed where it is as it should be.
    text: &'s [char],
}

/// All ways in which the text of a side, which stands next to `border`, begins with the form but for at most `budget` edits,
/// where nothing that agrees is edited away. A `whole` side is as it should be.
fn side(
    Beside { form, text }: Beside<'_>,
    border: char,
    whole: bool,
    budget: usize,
    differences: &mut Vec<(usize, Difference)>,
    sides: &mut Vec<Side>,
) {
    if whole {
        sides.push(Side { cost: 0, taken: form.len(), differences: Vec::new() });
        return;
    }
    differences.clear();
    extend(form, text, border, (0, 0), budget, differences, sides);
    if budget >= 1 && sides.iter().all(|side| side.cost > 1) {
        words(form, text, sides);
    }
}

fn extend(
    form: &[char],
    text: &[char],
    border: char,
    (mut at, mut taken): (usize, usize),
    budget: usize,
    differences: &mut Vec<(usize, Difference)>,
    sides: &mut Vec<Side>,
) {
    while at < form.len() && text.get(taken) == Some(&form[at]) {
        at += 1;
        taken += 1;
    }
    if at == form.len() {
        sides.push(Side { cost: differences.len(), taken, differences: differences.clone() });
        return;
    }
    if differences.len() == budget {
        return;
    }
    let (right, found, next) = (form[at], text.get(taken).copied(), text.get(taken + 1).copied());
    let mut attempt = |edit: Edit, at: usize, to: usize| {
        differences.push((taken, Difference::Slip(edit)));
        extend(form, text, border, (at, to), budget, differences, sides);
        differences.pop();
    };
    if let Some(found) = found {
        attempt(Edit::Exchanged(found, right), at + 1, taken + 1);
        if form.get(at + 1) == Some(&found) && next == Some(right) {
            attempt(Edit::Swapped(found, right), at + 2, taken + 2);
        }
        let before = taken.checked_sub(1).map_or(border, |before| text[before]);
        attempt(if before == found { Edit::Doubled(found) } else { Edit::Inserted(found) }, at, taken + 1);
    }
    attempt(Edit::Dropped(right), at + 1, taken);
}

/// A word of two characters and more left out or put in, the rest – two characters at least – as it should be.
fn words(form: &[char], text: &[char], sides: &mut Vec<Side>) {
    let same = form.iter().zip(text).take_while(|(one, two)| one == two).count();
    for length in 2..=WORD {
        let rest = form.get(same + length..).unwrap_or_default();
        if rest.len() >= 2 && text[same.min(text.len())..].starts_with(rest) {
            let word = form[same..same + length].iter().collect();
            let differences = vec![(same, Difference::MissingWord(word))];
            sides.push(Side { cost: 1, taken: same + rest.len(), differences });
        }
        let rest = &form[same..];
        if rest.len() >= 2 && text.get(same + length..).is_some_and(|text| text.starts_with(rest)) {
            let word: String = text[same..same + length].iter().collect();
            if word.chars().all(is_han) {
                let repeated = rest.len() >= length && text[same..same + length] == rest[..length]
                    || same >= length && text[same..same + length] == text[same - length..same];
                let difference = if repeated { Difference::RepeatedWord(word) } else { Difference::SurplusWord(word) };
                let differences = vec![(same, difference)];
                sides.push(Side { cost: 1, taken: same + length + rest.len(), differences });
            }
        }
    }
}

impl Difference {
    /// Characters of the text that it concerns.
    pub(crate) fn width(&self) -> usize {
        match self {
            Difference::Slip(edit) => edit.width(),
            Difference::MissingWord(_) => 0,
            Difference::SurplusWord(word) | Difference::RepeatedWord(word) => word.chars().count(),
        }
    }

    /// The same seen from the other end.
    fn reversed(&self) -> Difference {
        let turned = |word: &str| word.chars().rev().collect();
        match self {
            Difference::Slip(Edit::Swapped(one, two)) => Difference::Slip(Edit::Swapped(*two, *one)),
            Difference::Slip(edit) => Difference::Slip(*edit),
            Difference::MissingWord(word) => Difference::MissingWord(turned(word)),
            Difference::SurplusWord(word) => Difference::SurplusWord(turned(word)),
            Difference::RepeatedWord(word) => Difference::RepeatedWord(turned(word)),
        }
    }
}

#[cfg(test)]
#[path = "near_tests.rs"]
mod tests;
