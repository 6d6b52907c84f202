//! Which line breaks end a paragraph.
//!
//! In plain text and after `<br>`, a line break may be a soft one inside a word (`布⏎署`) or the border of two
//! paragraphs. It is a border if the line before ends a sentence, or the next one is indented or begins like a new
//! item; it is soft otherwise.

use crate::normalise::{is_cjk_punctuation, is_han};

/// Whether the line break between `before` and `after` is the border of two paragraphs.
pub(super) fn is_border(before: &str, after: &str) -> bool {
    let before = before.trim_end();
    if before.ends_with(['。', '！', '？', '；', '：', '…']) || begins_paragraph(after) {
        return true;
    }
    // Between two Chinese characters a word or a title may go on; a number or a word in letters goes on only where the line was
    // long enough to have been wrapped.
    let chinese = |character: char| is_han(character) || is_cjk_punctuation(character);
    let within_word = before.ends_with(chinese) && after.starts_with(chinese);
    !within_word && before.rsplit('\n').next().unwrap_or(before).chars().count() < WRAPPED
}

/// Lines shorter than this were not ended by their width; in characters.
const WRAPPED: usize = 20;

/// Whether `line` begins as paragraphs, headings and list items of official documents do.
pub(super) fn begins_paragraph(line: &str) -> bool {
    let Some(first) = line.chars().next() else { return true };
    first.is_whitespace() || begins_item(line)
}

/// Whether `line` begins with a numbering or a bullet: `一、` `（一）` `1.` `(1)` `①` `第一条` `附件：` `●`.
fn begins_item(line: &str) -> bool {
    let is_ordinal = |character: char| matches!(character, '0'..='9' | '０'..='９' | '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' | '百' | '〇' | '零');
    let mut characters = line.chars();
    let Some(first) = characters.next() else { return true };
    let after_digits = |text: &str| text.trim_start_matches(is_ordinal).chars().next();
    match first {
        '第' => {
            let rest = characters.as_str();
            let unit = after_digits(rest);
            rest.starts_with(is_ordinal) && matches!(unit, Some('条' | '章' | '节' | '编' | '款' | '项' | '部'))
        }
        '（' | '(' => {
            let rest = characters.as_str();
            rest.starts_with(is_ordinal) && matches!(after_digits(rest), Some('）' | ')'))
        }
        '①'..='⑳' | '●' | '○' | '■' | '□' | '◆' | '◇' | '★' | '☆' | '•' | '·' | '▲' | '△' | '※' | '-' | '*' | '—' => {
            true
        }
        first if is_ordinal(first) => matches!(after_digits(line), Some('、' | '.' | '．' | '）' | ')')),
        _ => line.starts_with("附件") || line.starts_with("附：") || line.starts_with("抄送"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_paragraphs() {
        assert!(is_border("工作安排如下：", "加强领导"));
        assert!(!is_border("关于布", "署工作的通知"));
        assert!(is_border("联系电话", "13800000000"));
        assert!(!is_border("经研究决定，自二〇二一年起调整执行标准，有效期至", "2025年底"));
    }

    #[test]
    fn items_and_indents_begin_paragraphs() {
        for line in [
            "　　各部门",
            "  x",
            "第一条 总则",
            "第十二章",
            "一、总体要求",
            "（二）目标",
            "(3)其他",
            "1.范围",
            "12、程序",
            "①",
            "附件：1",
            "",
        ] {
            assert!(begins_paragraph(line), "{line}");
        }
        for line in ["署工作", "一是加强领导", "第一时间报告", "二十大精神", "2021年工作", "（试行）"]
        {
            assert!(!begins_paragraph(line), "{line}");
        }
    }
}
