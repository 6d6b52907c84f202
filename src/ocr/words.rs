//! What Tesseract says: its tab-separated values, one row a word.

/// Confidence, in percent, from which on a word is taken as read: 19 % of the characters below it were wrong on pages whose text is
/// known, and 1.2 % of those above (docs/formats.md).
const CLEAR: f64 = 60.0;

/// A line of words.
#[derive(Debug, PartialEq)]
pub(super) struct Line {
    /// Page, block and paragraph that it belongs to.
    pub(super) paragraph: (u32, u32, u32),
    pub(super) words: Vec<Word>,
}

/// A word and its box in pixels.
#[derive(Debug, PartialEq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
    /// Tesseract is sure of it.
    pub(super) clear: bool,
    /// It is set off from the word before: words of letters are, Chinese ones are not.
    pub(super) blank_before: bool,
}

/// Reads the rows: level, page, block, paragraph, line, word, left, top, width, height, confidence, text. Rows that are not
/// words, or not as they should be, are passed over.
pub(super) fn lines(tsv: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut last = None;
    for row in tsv.lines() {
        let columns: Vec<&str> = row.splitn(12, '\t').collect();
        let [level, page, block, paragraph, line, _, left, top, width, height, confidence, text] = columns[..] else {
            continue;
        };
        if level != "5" || text.trim().is_empty() {
            continue;
        }
        let (Ok(page), Ok(block), Ok(paragraph)) = (page.parse(), block.parse(), paragraph.parse()) else { continue };
        let numbers = [left, top, width, height, confidence].map(|text| text.parse::<f64>().unwrap_or(f64::NAN));
        let [left, top, width, height, confidence] = numbers;
        if numbers.iter().any(|number| !number.is_finite()) {
            continue;
        }
        let paragraph = (page, block, paragraph);
        if last != Some((paragraph, line)) {
            lines.push(Line { paragraph, words: Vec::new() });
            last = Some((paragraph, line));
        }
        let Some(line) = lines.last_mut() else { continue };
        let blank_before = line.words.last().is_some_and(|before| are_letters(&before.text, text));
        let (right, bottom) = (left + width, top + height);
        let clear = confidence >= CLEAR;
        line.words.push(Word { text: text.trim().to_owned(), left, top, right, bottom, clear, blank_before });
    }
    lines
}

/// Whether a blank belongs between two words.
fn are_letters(before: &str, after: &str) -> bool {
    before.ends_with(|last: char| last.is_ascii_alphanumeric())
        && after.starts_with(|first: char| first.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_lines() {
        let tsv = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
            1\t1\t0\t0\t0\t0\t0\t0\t900\t300\t-1\t\n\
            5\t1\t1\t1\t1\t1\t10\t20\t60\t30\t96.5\t布署\n\
            5\t1\t1\t1\t1\t2\t70\t20\t30\t30\t31\t工\n\
            5\t1\t1\t1\t2\t1\t10\t60\t40\t30\t90\tWord\n\
            5\t1\t1\t1\t2\t2\t55\t60\t40\t30\t90\t2\n\
            5\t1\t1\t1\t2\t3\tx\t60\t40\t30\t90\t坏\n\
            5\t1\n";
        let lines = lines(tsv);
        assert_eq!(lines.len(), 2);
        let shown = |line: &Line| {
            line.words.iter().map(|word| (word.text.clone(), word.clear, word.blank_before)).collect::<Vec<_>>()
        };
        assert_eq!(shown(&lines[0]), [("布署".to_owned(), true, false), ("工".to_owned(), false, false)]);
        assert_eq!(shown(&lines[1]), [("Word".to_owned(), true, false), ("2".to_owned(), true, true)]);
        assert_eq!((lines[0].words[0].right, lines[0].words[0].bottom), (70.0, 50.0));
    }
}
