//! Patterns and text, the same on every run.
//!
//! Wrong expressions are words of the word list and frequent wording of which one character was replaced: by one of the same
//! sound in seven of ten cases, by one of like shape in three. None is itself a word. Of 100 expressions 8 have two
//! characters, 15 three, 37 four, 10 five, 12 six, 12 seven or eight, 6 nine to twelve.

use std::collections::{HashMap, HashSet};

/// The repository's own lists.
const WORDS: &str = include_str!("../../dictionaries/lexicon/words.tsv");
const WORDING: &str = include_str!("../../dictionaries/attested/wording.tsv");
const SOUNDS: &str = include_str!("../../dictionaries/slips/sounds.tsv");
const SHAPES: &str = include_str!("../../dictionaries/slips/shapes.tsv");

/// Least and greatest number of characters, and how many of a hundred have it.
const LENGTHS: [(usize, usize, usize); 7] =
    [(2, 2, 8), (3, 3, 15), (4, 4, 37), (5, 5, 10), (6, 6, 12), (7, 8, 12), (9, 12, 6)];

pub(crate) struct Patterns {
    /// Words, the most frequent first.
    words: Vec<&'static str>,
    known: HashSet<&'static str>,
    /// Words and wording by number of characters.
    by_length: Vec<Vec<&'static str>>,
    sounds: HashMap<char, Vec<char>>,
    shapes: HashMap<char, Vec<char>>,
}

/// Knuth's generator.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

fn is_han(text: &str) -> bool {
    text.chars().all(|character| ('\u{4E00}'..='\u{9FFF}').contains(&character))
}

impl Patterns {
    pub(crate) fn new() -> Self {
        let mut counted: Vec<(&str, u64)> = rows(WORDS)
            .filter(|row| is_han(row[0]) && row[0].chars().nth(1).is_some())
            .map(|row| (row[0], row[1].parse().unwrap_or(0)))
            .collect();
        counted.sort_by_key(|&(word, count)| (std::cmp::Reverse(count), word));
        let words: Vec<&str> = counted.into_iter().map(|(word, _)| word).collect();
        let wording = rows(WORDING).map(|row| row[0]).filter(|gram| is_han(gram));
        let mut known: HashSet<&str> = HashSet::new();
        let mut by_length = vec![Vec::new(); 13];
        for expression in words.iter().copied().chain(wording) {
            let length = expression.chars().count();
            if length < by_length.len() && known.insert(expression) {
                by_length[length].push(expression);
            }
        }
        let mut groups: HashMap<&str, Vec<char>> = HashMap::new();
        for row in rows(SOUNDS) {
            for sound in row[1].split(' ') {
                groups.entry(sound).or_default().extend(row[0].chars());
            }
        }
        // Rare characters have sounds as well, but nobody types them by mistake.
        let used: HashSet<char> = words.iter().take(60_000).flat_map(|word| word.chars()).collect();
        let mut sounds: HashMap<char, Vec<char>> = HashMap::new();
        for row in rows(SOUNDS) {
            let Some(character) = row[0].chars().next() else { continue };
            let alike = row[1].split(' ').flat_map(|sound| &groups[sound]).copied();
            sounds
                .entry(character)
                .or_default()
                .extend(alike.filter(|other| *other != character && used.contains(other)));
        }
        let mut shapes: HashMap<char, Vec<char>> = HashMap::new();
        for row in rows(SHAPES) {
            let Some(character) = row[0].chars().next() else { continue };
            for other in row.get(1).into_iter().flat_map(|cell| cell.chars()) {
                shapes.entry(character).or_default().push(other);
                shapes.entry(other).or_default().push(character);
            }
        }
        Patterns { words, known, by_length, sounds, shapes }
    }

    /// `count` words from rank `first` on.
    pub(crate) fn words(&self, first: usize, count: usize) -> Vec<String> {
        self.words.iter().skip(first).take(count).map(|&word| word.to_owned()).collect()
    }

    /// `count` different wrong expressions.
    pub(crate) fn wrong(&self, count: usize) -> Vec<String> {
        let mut draw = Draw(1);
        let mut seen = HashSet::new();
        let mut wrong = Vec::new();
        while wrong.len() < count {
            let mut kind = draw.below(100);
            let &(least, most, _) = LENGTHS
                .iter()
                .find(|&&(.., share)| {
                    let is_it = kind < share;
                    kind = kind.wrapping_sub(share);
                    is_it
                })
                .unwrap_or(&LENGTHS[0]);
            let length = least + draw.below(most - least + 1);
            let mut text: Vec<char> = self.expression(length, &mut draw).chars().collect();
            let at = draw.below(text.len());
            let table = if draw.below(10) < 7 { &self.sounds } else { &self.shapes };
            let Some(alike) = table.get(&text[at]).filter(|alike| !alike.is_empty()) else { continue };
            text[at] = alike[draw.below(alike.len())];
            let text: String = text.into_iter().collect();
            if !self.known.contains(text.as_str()) && seen.insert(text.clone()) {
                wrong.push(text);
            }
        }
        wrong
    }

    /// A right expression of so many characters: one that is listed, or two together.
    fn expression(&self, length: usize, draw: &mut Draw) -> String {
        let pick = |length: usize, draw: &mut Draw| {
            let all = &self.by_length[length];
            all[draw.below(all.len())]
        };
        if length <= 6 {
            return pick(length, draw).to_owned();
        }
        let first = (length / 2).min(6);
        pick(first, draw).to_owned() + pick(length - first, draw)
    }

    /// A text of `bytes` bytes of nothing but `literals`.
    pub(crate) fn shuffled(&self, literals: &[String], bytes: usize) -> String {
        let mut draw = Draw(2);
        let mut text = String::new();
        while text.len() < bytes {
            text.push_str(&literals[draw.below(literals.len())]);
        }
        text
    }

    /// Sentences of words and wording, for where there is no text.
    pub(crate) fn sentences(&self, bytes: usize) -> String {
        let mut draw = Draw(3);
        let mut text = String::new();
        while text.len() < bytes {
            for _ in 0..4 + draw.below(8) {
                if draw.below(3) == 0 {
                    text.push_str(&self.expression(4 + draw.below(3), &mut draw));
                } else {
                    // Frequent words are frequent.
                    let rank = draw.below(300) * (1 + draw.below(80));
                    text.push_str(self.words[rank]);
                }
            }
            text.push_str(["，", "、", "。", "；", "。\n"][draw.below(5)]);
        }
        text
    }
}
