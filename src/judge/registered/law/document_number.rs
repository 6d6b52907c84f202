//! Document numbers: 国办发〔2019〕19号. Which brackets are right is another rule's business; here they are all one.

use std::ops::Range;

use super::super::numerals::{number, year};

/// A document number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct DocumentNumber {
    /// The agency's code: 国办发.
    pub(super) agency: String,
    pub(super) year: u32,
    pub(super) serial: u32,
}

impl DocumentNumber {
    /// How many of the three parts are the same.
    pub(super) fn agreement(&self, other: &DocumentNumber) -> usize {
        usize::from(self.agency == other.agency)
            + usize::from(self.year == other.year)
            + usize::from(self.serial == other.serial)
    }
}

const BRACKETS: [(char, char); 7] =
    [('〔', '〕'), ('[', ']'), ('［', '］'), ('【', '】'), ('（', '）'), ('(', ')'), ('﹝', '﹞')];

/// Words before a code that do not belong to it.
const LEADS: [&str; 10] = ["详见", "参见", "参照", "见", "即", "文号为", "文号：", "文号", "如", "，"];

/// The number at the very beginning of `text`, and its bytes in it.
pub(super) fn read(text: &str) -> Option<(DocumentNumber, Range<usize>)> {
    let start = LEADS.iter().find(|lead| text.starts_with(**lead)).map_or(0, |lead| lead.len());
    let rest = &text[start..];
    let agency: usize =
        rest.chars().take_while(|&character| crate::normalise::is_han(character)).map(char::len_utf8).sum();
    // 中发, 国办发, 国办秘函, 发改办投资: two to eight characters.
    if !(2..=8).contains(&(agency / '国'.len_utf8())) {
        return None;
    }
    let at = agency;
    let open = rest[at..].chars().next()?;
    let (_, close) = BRACKETS.into_iter().find(|&(one, _)| one == open)?;
    let at = at + open.len_utf8();
    let (year, length) = year(&rest[at..])?;
    let at = at + length;
    let at = at + if rest[at..].starts_with('年') { '年'.len_utf8() } else { 0 };
    let after = rest[at..].strip_prefix(close)?;
    let after = after.trim_start();
    let after = after.strip_prefix('第').unwrap_or(after);
    let (serial, length) = number(after)?;
    let after = after[length..].trim_start().strip_prefix('号')?;
    let found = DocumentNumber { agency: rest[..agency].to_owned(), year, serial };
    Some((found, start..text.len() - after.len()))
}

/// The number at the very end of `text`, 国办发〔2017〕47号, 国办发〔2017〕47号文件, and its bytes in it. Words before the
/// agency's code cannot be told from it: the code is one that `known` holds for.
pub(super) fn read_end(text: &str, known: impl Fn(&str) -> bool) -> Option<(DocumentNumber, Range<usize>)> {
    let inside = ["号文件", "号文", "号"]
        .iter()
        .find_map(|end| text.strip_suffix(end).map(|head| head.len() + '号'.len_utf8()))?;
    let text = &text[..inside];
    let starts = text.char_indices().rev().take(24).map(|(at, _)| at);
    starts.into_iter().find_map(|start| {
        let (number, range) = read(&text[start..])?;
        (range == (0..text.len() - start) && known(&number.agency)).then_some((number, start..text.len()))
    })
}

/// A registered number, whatever stands around it.
pub(super) fn registered(text: &str) -> Option<DocumentNumber> {
    read(text).map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_before_a_title() {
        let text = "根据国办发〔2019〕19号文件";
        let (number, range) = read_end(text, |agency| agency == "国办发").unwrap();
        assert_eq!((number.serial, &text[range]), (19, "国办发〔2019〕19号"));
        for text in ["根据国办发〔2019〕19号和", "根据国发〔2019〕19号", "号", ""] {
            assert_eq!(read_end(text, |agency| agency == "国办发"), None, "{text}");
        }
    }

    #[test]
    fn numbers_in_all_their_brackets() {
        let right = DocumentNumber { agency: "国办发".to_owned(), year: 2019, serial: 19 };
        for text in [
            "国办发〔2019〕19号",
            "国办发[2019]19号",
            "国办发【2019】 19 号，",
            "国办发（2019）第19号",
            "国办发〔2019年〕19号）",
            "详见国办发〔2019〕19号",
            "国办发〔二〇一九〕019号",
        ] {
            assert_eq!(registered(text), Some(right.clone()), "{text}");
        }
        assert_eq!(read("见国办发〔2019〕19号文").unwrap().1, "见".len().."见国办发〔2019〕19号".len());
        for text in
            ["国办发19号", "〔2019〕19号", "国务院令第711号", "主席令第45号", "2019年", "", "（2019）京01民终19号"]
        {
            assert_eq!(registered(text), None, "{text}");
        }
    }
}
