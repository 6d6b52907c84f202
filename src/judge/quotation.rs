//! Texts that speak *about* a wrong form: “不得写作‘布署’”, “布署”应为“部署”, tables with columns 错误 and 正确.

use std::collections::HashMap;
use std::ops::Range;

use crate::document::Document;
use crate::normalise::Folded;

/// Right before a wrong form, quoted or not.
const CUES_BEFORE: [&str; 27] = [
    "不得写作",
    "不得写成",
    "不得写为",
    "不要写作",
    "不要写成",
    "不能写作",
    "不能写成",
    "不可写作",
    "不应写作",
    "不应写成",
    "不宜写作",
    "误写作",
    "误写成",
    "误写为",
    "误作",
    "误为",
    "误用为",
    "错写作",
    "错写成",
    "错写为",
    "错为",
    "误将",
    "错将",
    "误把",
    "错把",
    "不写作",
    "不作",
];

/// Right before a *quoted* wrong form; without quotation marks these are ordinary words.
const CUES_BEFORE_QUOTED: [&str; 20] = [
    "不用",
    "不说",
    "不称",
    "不使用",
    "不得使用",
    "不应使用",
    "不能使用",
    "不宜使用",
    "不要使用",
    "不得称",
    "不能称",
    "不应称",
    "禁用",
    "禁止使用",
    "停止使用",
    "而不是",
    "而非",
    "不是",
    "不再使用",
    "避免使用",
];

/// Labels of a wrong form.
const LABELS: [&str; 18] = [
    "误：",
    "错：",
    "错误：",
    "误:",
    "错:",
    "错误:",
    "×",
    "✗",
    "✘",
    "❌",
    "（误）",
    "（错）",
    "（×）",
    "(×)",
    "【误】",
    "【错】",
    "【错误】",
    "错误表述：",
];

/// Right after a wrong form, quoted or not.
const CUES_AFTER: [&str; 17] = [
    "应为",
    "应作",
    "应写作",
    "应写为",
    "应写成",
    "应改为",
    "应是",
    "应当为",
    "应更正为",
    "更正为",
    "宜作",
    "均应",
    "是错误的",
    "为错误",
    "系错误",
    "有误",
    "之误",
];

/// Right after a wrong form that is followed by its right form within a few characters.
const CUES_TO_RIGHT: [&str; 12] = ["改为", "改成", "修改为", "更改为", "调整为", "→", "➔", "⇒", "->", "=>", "——", "/"];

const OPENING: [char; 6] = ['“', '‘', '「', '『', '《', '"'];
const CLOSING: [char; 6] = ['”', '’', '」', '』', '》', '"'];

/// Whether the hit is mentioned as a wrong form rather than used.
pub(super) fn is_mention(text: &str, hit: Range<usize>, rights: &[String]) -> bool {
    let before = &text[..hit.start];
    let after = &text[hit.end..];
    let quoted = before.ends_with(OPENING) && after.starts_with(CLOSING);
    let outer_before = if quoted { before.trim_end_matches(OPENING) } else { before };
    let outer_after = if quoted { after.trim_start_matches(CLOSING) } else { after };
    let outer_after = outer_after.trim_start_matches(['，', ' ', '（', '(', '：', '均', '都', '一', '律', '字', '样']);
    // “布署”“步署”或“部暑”均应为“部署”: the items of a list share its cue.
    let listed = if quoted { strip_items(outer_before) } else { outer_before };
    let ends = |cues: &[&str]| cues.iter().any(|cue| listed.trim_end_matches(['：', ':', ' ']).ends_with(cue));
    if ends(&CUES_BEFORE) || (quoted && ends(&CUES_BEFORE_QUOTED)) || LABELS.iter().any(|label| listed.ends_with(label))
    {
        return true;
    }
    let following = if quoted { strip_following_items(outer_after) } else { outer_after };
    if CUES_AFTER.iter().any(|cue| following.starts_with(cue)) {
        return true;
    }
    CUES_TO_RIGHT.iter().any(|cue| {
        following.strip_prefix(cue).is_some_and(|rest| {
            let rest = rest.trim_start_matches(OPENING);
            rights.iter().any(|right| !right.is_empty() && rest.starts_with(right.as_str()))
        })
    })
}

/// Drops quoted items and what joins them from the end: `不得写作“甲”“乙”或` → `不得写作`.
fn strip_items(mut text: &str) -> &str {
    const JOINERS: [char; 5] = ['、', '，', '或', '和', '及'];
    loop {
        text = text.trim_end_matches(JOINERS);
        let Some(inside) = text.strip_suffix(CLOSING) else { return text };
        // An item is short; anything longer is a sentence of its own.
        let Some(start) = inside.rfind(OPENING).filter(|&start| inside[start..].chars().count() <= 12) else {
            return text;
        };
        text = &inside[..start];
    }
}

fn strip_following_items(mut text: &str) -> &str {
    const JOINERS: [char; 8] = ['、', '，', '或', '和', '及', '均', '都', '等'];
    loop {
        text = text.trim_start_matches(JOINERS);
        let Some(inside) = text.strip_prefix(OPENING) else { return text };
        let Some(end) = inside.find(CLOSING).filter(|&end| inside[..end].chars().count() <= 12) else { return text };
        text = inside[end..].trim_start_matches(CLOSING);
    }
}

/// Tables that list wrong forms beside right ones.
pub(super) struct Tables {
    /// Of each such table, the columns of wrong forms.
    wrong: HashMap<u32, Vec<u32>>,
}

impl Tables {
    /// Looks at the first row of every table.
    pub(super) fn new(document: &Document, folded: &Folded<'_>) -> Self {
        let mut headers: HashMap<u32, Vec<(u32, &str)>> = HashMap::new();
        for (block, span) in document.blocks.iter().zip(folded.blocks()) {
            if let Some(cell) = block.cell.filter(|cell| cell.row == 0) {
                headers.entry(cell.table).or_default().push((cell.column, folded.text()[span.range()].trim()));
            }
        }
        let short = |header: &str| header.chars().count() <= 8;
        let is_wrong = |header: &str| {
            short(header)
                && ["错", "误", "不规范", "修改前", "改前", "原文", "原表述", "不当"]
                    .iter()
                    .any(|cue| header.contains(cue))
        };
        let is_right = |header: &str| {
            short(header)
                && ["正确", "规范", "应为", "改为", "修改后", "改后", "建议", "正"]
                    .iter()
                    .any(|cue| header.contains(cue))
                && !is_wrong(header)
        };
        let mut wrong = HashMap::new();
        for (table, cells) in headers {
            if cells.iter().any(|(_, header)| is_right(header)) {
                let columns: Vec<u32> =
                    cells.iter().filter(|(_, header)| is_wrong(header)).map(|&(column, _)| column).collect();
                if !columns.is_empty() {
                    wrong.insert(table, columns);
                }
            }
        }
        Tables { wrong }
    }

    /// Whether the block stands in a column of wrong forms.
    pub(super) fn lists_errors(&self, document: &Document, block: usize) -> bool {
        let Some(cell) = document.blocks[block].cell else { return false };
        cell.row > 0 && self.wrong.get(&cell.table).is_some_and(|columns| columns.contains(&cell.column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_are_told_from_uses() {
        let mention = |text: &str| {
            let start = text.find("布署").unwrap();
            is_mention(text, start..start + "布署".len(), &["部署".to_owned()])
        };
        for text in [
            "“部署”不得写作“布署”",
            "部署，误作布署",
            "“布署”应为“部署”",
            "“布署”“步署”均应为“部署”",
            "不要写成“步署”“布署”",
            "布署（应为部署）",
            "将“布署”改为“部署”",
            "布署→部署",
            "误：布署",
            "×布署",
            "用“部署”，不用“布署”",
        ] {
            assert!(mention(text), "{text}");
        }
        for text in
            ["全面布署工作", "会议“布署”了工作", "不用布署新的任务", "布署改革工作", "“布署”工作", "不是布署工作的问题"]
        {
            assert!(!mention(text), "{text}");
        }
    }
}
