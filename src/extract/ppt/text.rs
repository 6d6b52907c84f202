//! Texts of shapes and of the outline ([MS-PPT] §2.9).

use super::super::office_art::{Atom, utf16};
use super::super::transcript::without_controls;
use super::kind;
use crate::document::Scope;
use crate::source::u32_at;

/// A text as it stands in a record.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    /// What kind of text it is ([MS-PPT] §2.13.33, TextTypeEnum).
    pub(super) style: Option<u32>,
    pub(super) text: String,
    /// Which text of the slide's outline is meant instead.
    pub(super) outline: Option<usize>,
}

impl Words {
    /// Reads the records of one text, and those of further ones if there are any.
    pub(super) fn read<'b>(atoms: impl Iterator<Item = Atom<'b>>) -> Vec<Words> {
        let mut all: Vec<Words> = Vec::new();
        let mut marks: Vec<usize> = Vec::new();
        for atom in atoms {
            match atom.kind {
                kind::TEXT_HEADER => {
                    strike(all.last_mut(), &mut marks);
                    all.push(Words { style: u32_at(atom.content, 0), ..Words::default() });
                }
                kind::OUTLINE_TEXT_REF => {
                    all.push(Words {
                        outline: u32_at(atom.content, 0).map(|index| index as usize),
                        ..Words::default()
                    });
                }
                kind::TEXT_CHARS | kind::TEXT_BYTES => {
                    if all.last().is_none_or(|last| !last.text.is_empty()) {
                        all.push(Words::default());
                    }
                    if let Some(last) = all.last_mut() {
                        last.text = characters(&atom);
                    }
                }
                // Stands for the number of the slide, a date, header or footer.
                kind::SLIDE_NUMBER_MARK
                | kind::DATE_TIME_MARK
                | kind::GENERIC_DATE_MARK
                | kind::HEADER_MARK
                | kind::FOOTER_MARK
                | kind::RTF_DATE_MARK => marks.extend(u32_at(atom.content, 0).map(|at| at as usize)),
                _ => {}
            }
        }
        strike(all.last_mut(), &mut marks);
        all
    }

    /// The paragraphs with something in them, each with its number from 1.
    pub(super) fn paragraphs(&self) -> impl Iterator<Item = (u32, String)> + '_ {
        paragraphs(&self.text)
    }

    /// What the text is by its kind.
    pub(super) fn scope(&self) -> Scope {
        match self.style {
            Some(0 | 6) => Scope::Title,
            _ => Scope::Body,
        }
    }
}

/// Takes out what stands for something else.
fn strike(words: Option<&mut Words>, marks: &mut Vec<usize>) {
    if let Some(words) = words
        && !marks.is_empty()
    {
        let kept = words.text.chars().enumerate().filter(|(at, character)| *character != '*' || !marks.contains(at));
        words.text = kept.map(|(_, character)| character).collect();
    }
    marks.clear();
}

/// The paragraphs of `text` with something in them, each with its number from 1.
pub(super) fn paragraphs(text: &str) -> impl Iterator<Item = (u32, String)> + '_ {
    text.split('\r').zip(1..).filter(|(line, _)| !line.trim().is_empty()).map(|(line, number)| {
        // A line break within a paragraph.
        (number, without_controls(&line.replace('\u{B}', "\n")).into_owned())
    })
}

/// The characters of a text record: in two bytes each, or in one, the upper being zero.
fn characters(atom: &Atom<'_>) -> String {
    if atom.kind == kind::TEXT_CHARS {
        utf16(atom.content)
    } else {
        atom.content.iter().map(|&byte| char::from(byte)).collect()
    }
}
