use super::*;
use proptest::prelude::*;

/// What a search with steps of `step` bytes finds, as places in `text`.
fn all(
    text: &str,
    step: usize,
    mut search: impl FnMut(usize, usize, &mut [u32]) -> (usize, usize),
) -> Vec<(usize, u32)> {
    let mut places = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let mut out = vec![0; step.min(text.len() - at) + OVERSHOOT];
        let (count, next) = search(at, at + step, &mut out);
        places.extend(out[..count].iter().map(|found| (at + (found & PLACE) as usize, found & !PLACE)));
        assert!(next >= text.len().min(at + step) && text.is_char_boundary(next));
        at = next;
    }
    places
}

proptest! {
    /// Every path finds the members of a set of characters, and those beyond the plane.
    #[test]
    fn members_are_found_on_every_path(
        text in "([国中a0é，、 ]{0,40}|\\PC{0,20}|[一-鿿]{0,60}){0,8}",
        step in 1usize..200,
        sparse in 0usize..3,
        columns in any::<[[u8; 32]; 16]>(),
    ) {
        let mut plane: Plane = [0; 1024];
        for (number, word) in plane.iter_mut().enumerate() {
            *word = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            for _ in 0..sparse {
                *word &= word.rotate_left(7) & word.rotate_left(19);
            }
        }
        let expected: Vec<(usize, u32)> = text
            .char_indices()
            .filter(|&(_, it)| it as u32 > 0xFFFF || plane[it as usize >> 6] >> (it as u32 & 63) & 1 == 1)
            .map(|(at, _)| (at, 0))
            .collect();
        let columns: [[u8; 64]; HALVES] =
            std::array::from_fn(|half| std::array::from_fn(|column| columns[2 * half + column / 32][column % 32]));
        let set = Members::new(plane, &columns);
        for character in text.chars() {
            prop_assert_eq!(set.contains(character), character as u32 > 0xFFFF || plane[character as usize >> 6] >> (character as u32 & 63) & 1 == 1);
        }
        for &path in paths() {
            let found = all(&text, step, |from, to, out| members(path, &set, text.as_bytes(), from, to, out));
            prop_assert_eq!(&found, &expected, "{:?}", path);
        }
    }

    /// Every path gives the codes of the characters, and no more of them than asked for.
    #[test]
    fn codes_are_the_same_on_every_path(
        text in "([国中a0é，〇㐀豈、 ]{0,40}|\\PC{0,20}|[一-鿿]{0,60}|𠮷{0,3}){0,8}",
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
    ) {
        let [from, to] = [from, to].map(|index| text.floor_char_boundary(index.index(text.len() + 1)));
        let (from, to) = (from.min(to), from.max(to));
        let code = |it: char| if crate::normalise::is_han(it) { u32::from(it) } else { 0 };
        let expected: Vec<u32> = text[from..to].chars().map(code).collect();
        for &path in paths() {
            let mut out = vec![7; to - from + ROOM];
            let number = codes(path, &text, from, to, &mut out);
            prop_assert_eq!(&out[..number], &expected, "{:?}", path);
        }
    }

    /// Every path lets the same characters pass the filter.
    #[test]
    fn candidates_are_the_same_on_every_path(
        text in "([国中a0é，、 ]{0,40}|\\PC{0,20}|[一-鿿]{0,60}){0,8}",
        step in 1usize..200,
        log in *LOGS.start()..=14,
        with_shorts in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let mut state = seed | 1;
        let mut random = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as u8
        };
        let words: Vec<u8> = (0..4usize << log).map(&mut random).collect();
        let shorts: Box<[u8; SHORTS]> = Box::new(std::array::from_fn(&mut random));
        let filter =
            Filter::new(&words, log, with_shorts.then_some(&*shorts), [0x9E37_79B1, 0x85EB_CA77]).unwrap();
        let mut expected = None;
        for &path in paths() {
            let found = all(&text, step, |from, to, out| candidates(path, &filter, text.as_bytes(), from, to, out));
            let expected = expected.get_or_insert_with(|| found.clone());
            prop_assert_eq!(&found, expected, "{:?}", path);
        }
    }
}

proptest! {
    #[test]
    fn equal_lanes_are_those_that_are_equal(one in any::<[u16; 8]>(), changed in any::<[bool; 8]>(), other in any::<u16>()) {
        let mut two = one;
        two.iter_mut().zip(changed).filter(|(_, changed)| *changed).for_each(|(lane, _)| *lane ^= other);
        let equal = super::equal_lanes(&one, &two);
        prop_assert_eq!(equal, super::equal_lanes_portable(&one, &two));
        for (lane, (one, two)) in one.iter().zip(&two).enumerate() {
            prop_assert_eq!(equal >> lane & 1 == 1, one == two);
        }
        prop_assert!(equal < 1 << 8);
    }
}
