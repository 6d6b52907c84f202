//! Pages that were not read in full, or whose text cannot be trusted.

use std::collections::BTreeMap;

use super::{Contents, Glyph, Shown};
use crate::normalise::is_han;
use crate::source::{Code, Notices};

/// Painted lines and curves from which on a page without text is thought to show some.
pub(in crate::extract) const DRAWN: usize = 200;
/// Share of a page that pictures must cover to be more than ornament.
const PICTURE: f64 = 0.5;
/// Characters from which on a page has text of its own besides a picture.
const SOME_TEXT: usize = 20;

/// Pages that something is to be said about, by what.
#[derive(Default)]
pub(in crate::extract) struct Troubles(BTreeMap<Trouble, Vec<usize>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::extract) enum Trouble {
    /// Its content is not in the file.
    Lost,
    /// It is a picture.
    Picture,
    /// Its text was turned into outlines, it seems.
    Outlines,
    /// Some glyphs stand for nobody knows what.
    Unknown,
    /// Its text cannot be what is seen.
    Doubtful,
    /// It could not be decoded.
    Damaged,
    /// Some of it is not shown.
    Hidden,
}

impl Troubles {
    /// Says what was found; `format` is the name of the file format.
    pub(in crate::extract) fn report(self, format: &str, notices: &mut Notices<'_>) {
        for (trouble, pages) in self.0 {
            let pages = ranges(&pages);
            match trouble {
                Trouble::Lost => {
                    let message = format!("第 {pages} 页的内容在文件中找不到，没有检查。请重新获取文件");
                    notices.error(Code::Corrupt, message);
                }
                Trouble::Picture => {
                    let message = format!(
                        "第 {pages} 页是图像，没有可读取的文字，未检查。可加 --ocr 识别（需安装 Tesseract），或另行核对"
                    );
                    notices.error(Code::NoText, message);
                }
                Trouble::Outlines => {
                    let message = format!("第 {pages} 页没有文字层（可能已转为曲线），未检查。请用转曲前的文件检查");
                    notices.error(Code::NoText, message);
                }
                Trouble::Unknown => {
                    let message = format!(
                        "第 {pages} 页有无法解码的文字（字体没有编码信息），这些文字没有检查。请重新导出 {format}，或改用原文件检查"
                    );
                    notices.error(Code::Charset, message);
                }
                Trouble::Doubtful => {
                    let message = format!(
                        "第 {pages} 页的文字层不可靠（多为生僻字，与版面所见可能不同）。请重新导出 {format}，或改用原文件检查"
                    );
                    notices.error(Code::Charset, message);
                }
                Trouble::Damaged => {
                    let message = format!("第 {pages} 页的内容已损坏，没有完整读取。请重新获取文件");
                    notices.error(Code::Corrupt, message);
                }
                Trouble::Hidden => {
                    notices.warning(Code::Skipped, format!("第 {pages} 页的隐藏图层没有检查"));
                }
            }
        }
    }

    /// Takes note of a page.
    pub(in crate::extract) fn found(&mut self, trouble: Trouble, page: usize) {
        self.0.entry(trouble).or_default().push(page);
    }

    /// Looks whether a page was read in full. `given` says that the pictures which it may be are read by other means.
    pub(in crate::extract) fn look(&mut self, page: usize, contents: &Contents, given: bool) {
        let mut characters = 0;
        let mut unknown = 0;
        let (mut han, mut rare) = (0, 0);
        for glyph in &contents.glyphs {
            match &glyph.shown {
                Shown::Unknown => unknown += 1,
                Shown::Char(character) if character.is_whitespace() => {}
                Shown::Char(character) => {
                    characters += 1;
                    if is_han(*character) {
                        han += 1;
                        rare += usize::from(!is_in_gbk(*character));
                    }
                }
                Shown::Text(_) => characters += 1,
            }
        }
        let mut found = |trouble: Trouble| self.0.entry(trouble).or_default().push(page);
        if contents.damaged {
            found(Trouble::Damaged);
        }
        if contents.hidden {
            found(Trouble::Hidden);
        }
        if unknown > 0 {
            found(Trouble::Unknown);
        }
        // Text in print is all but always in GBK: glyph numbers taken for characters are not.
        if han >= SOME_TEXT && rare * 5 > han {
            found(Trouble::Doubtful);
        }
        if is_picture(contents) {
            if !given {
                found(Trouble::Picture);
            }
        } else if characters + unknown == 0 && contents.strokes >= DRAWN {
            found(Trouble::Outlines);
        }
    }
}

/// Whether what a page says is in a picture.
pub(in crate::extract) fn is_picture(contents: &Contents) -> bool {
    let blank = |glyph: &&Glyph| matches!(&glyph.shown, Shown::Char(character) if character.is_whitespace());
    let characters = contents.glyphs.iter().filter(|glyph| !blank(glyph)).take(SOME_TEXT).count();
    characters == 0 && contents.pictures > 0.01 || characters < SOME_TEXT && contents.pictures >= PICTURE
}

fn is_in_gbk(character: char) -> bool {
    let mut buffer = [0; 4];
    !encoding_rs::GBK.encode(character.encode_utf8(&mut buffer)).2
}

/// Page numbers as people write them: `3、5—9`.
fn ranges(pages: &[usize]) -> String {
    const SHOWN: usize = 12;
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &page in pages {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == page => *last = page,
            _ => runs.push((page, page)),
        }
    }
    let shown = |&(first, last): &(usize, usize)| {
        if first == last { first.to_string() } else { format!("{first}—{last}") }
    };
    let text = runs.iter().take(SHOWN).map(shown).collect::<Vec<_>>().join("、");
    if runs.len() > SHOWN { format!("{text} 等共 {}", pages.len()) } else { text }
}

/// Latin letters that a typesetting system of Chinese publishers writes as rare characters: the GBK code A0 xx stands for the
/// ASCII character xx − 80 (`犐犆犛` is ICS). Taken for what they are only once several stood side by side.
#[derive(Default)]
pub(in crate::extract) struct Disguised {
    together: usize,
}

impl Disguised {
    pub(in crate::extract) fn look(&mut self, glyphs: &[Glyph]) {
        if self.proven() {
            return;
        }
        let letters: Vec<Option<char>> = glyphs.iter().map(|glyph| letter(&glyph.shown)).collect();
        self.together +=
            letters.windows(2).filter(|pair| pair[0].is_some() && pair[1].is_some() && pair[0] != pair[1]).count();
    }

    pub(in crate::extract) fn proven(&self) -> bool {
        self.together >= 3
    }

    pub(in crate::extract) fn undo(&self, glyphs: &mut [Glyph]) {
        for glyph in glyphs {
            if let Some(letter) = letter(&glyph.shown) {
                glyph.shown = Shown::Char(letter);
            }
        }
    }
}

fn letter(shown: &Shown) -> Option<char> {
    let Shown::Char(character @ '\u{4E00}'..='\u{9FFF}') = shown else { return None };
    let mut buffer = [0; 4];
    let (bytes, _, failed) = encoding_rs::GBK.encode(character.encode_utf8(&mut buffer));
    match *bytes {
        [0xA0, low @ 0xA1..=0xFE] if !failed => Some(char::from(low - 0x80)).filter(char::is_ascii_graphic),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_numbers_are_written_as_people_do() {
        assert_eq!(ranges(&[3, 5, 6, 7, 9]), "3、5—7、9");
        assert!(ranges(&(1..100).step_by(2).collect::<Vec<_>>()).ends_with("等共 50"));
    }
}
