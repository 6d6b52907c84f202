//! Where a title that is no longer in force is rightly named: history, conduct and files of its time, lists of what was
//! repealed, other titles that are built on it, other jurisdictions.

use super::super::Scene;
use super::super::numerals::years;
use super::super::titles::Title;
use super::articles::{bracket, version};
use crate::document::Scope;

/// Right before a title, or before the list of titles it stands in.
const BEFORE: [&str; 33] = [
    "原",
    "旧",
    "老",
    "原来的",
    "原有的",
    "旧的",
    "过去的",
    "以前的",
    "废止的",
    "失效的",
    "废除的",
    "修订前的",
    "修改前的",
    "修正前的",
    "当时的",
    "当年的",
    "时的",
    "当时施行的",
    "当时有效的",
    "历史上的",
    "简称",
    "以下称",
    "下称",
    "颁布",
    "颁布了",
    "出台",
    "出台了",
    "制定了",
    "公布了",
    "通过了",
    "替代",
    "取代",
    "代替",
];

/// Right after a title.
const AFTER: [&str; 14] = [
    "解释",
    "司法解释",
    "释义",
    "若干问题",
    "草案",
    "征求意见",
    "废止",
    "失效",
    "时代",
    "时期",
    "同时",
    "改为",
    "更名",
    "到《",
];

/// Right after a title that the sentence speaks of: 《…》施行以来, but not 根据《…》制定.
const AFTER_SUBJECT: [&str; 16] = [
    "实施", "施行", "颁布", "公布", "出台", "修订", "修改", "修正", "制定", "起草", "问世", "曾", "已", "被", "不再",
    "停止",
];

/// Right before a title by which something is done.
const BY: [&str; 14] =
    ["根据", "依据", "依照", "按照", "遵照", "参照", "比照", "对照", "执行", "贯彻", "适用", "遵守", "违反", "依"];

/// Right after the word that follows a title: the time is meant, not what is done.
const TIME: [&str; 10] = ["前", "后", "以前", "以后", "以来", "之前", "之后", "时", "期间", "之日"];

/// Anywhere in the sentence, outside titles.
const IN_SENTENCE: [&str; 49] = [
    "废止",
    "废除",
    "起失效",
    "已失效",
    "已经失效",
    "宣布失效",
    "同时失效",
    "不再适用",
    "不再施行",
    "不再执行",
    "不再有效",
    "停止执行",
    "停止施行",
    "停止使用",
    "停止适用",
    "取代",
    "代替",
    "替代",
    "修订前",
    "修改前",
    "修正前",
    "当时",
    "施行前",
    "实施前",
    "施行以前",
    "施行之前",
    "生效前",
    "溯及",
    "沿革",
    "起草",
    "编纂民法典",
    "历史上",
    "历次",
    "相继",
    "最早",
    "首部",
    "第一部",
    "上升为",
    "修订为",
    "更名为",
    "旧法",
    "新法",
    "行为时",
    "案发",
    "年代",
    "此前",
    "原法",
    "本案",
    "保留原",
];

/// Facts of a case, judged by the law of their time.
const CASE: [&str; 8] = ["原告", "被告", "上诉人", "原审", "判令", "法院认为", "法院经审", "再审申请人"];

/// Sources and references.
const REFERENCES: [&str; 10] = ["[M]", "[J]", "[D]", "[N]", "[S]", "[Z]", "[EB/OL]", "出版社", "参考文献", "载《"];

/// Blocks looked back at for the heading of a list of repealed texts.
const LIST_REACH: usize = 200;

/// Years (first, last) in which a text was in force; the first may be unknown.
#[derive(Debug, Clone, Copy)]
pub(super) struct InForce {
    pub(super) first: Option<u32>,
    pub(super) last: u32,
}

impl InForce {
    fn covers(self, year: u32) -> bool {
        year <= self.last && self.first.is_none_or(|first| first <= year)
    }
}

/// Whether the title stands where a text that is no longer in force is rightly named.
pub(super) fn names_the_past(scene: &Scene<'_>, title: &Title, force: InForce) -> bool {
    let block = scene.folded.blocks()[title.block];
    let text = &scene.folded.text()[block.range()];
    let (start, end) = (title.outer.start - block.start, title.outer.end - block.start);
    let (before, after) = (&text[..start], &text[end..]);
    matches!(scene.document.blocks[title.block].scope, Scope::Footnote | Scope::Comment)
        || past_before(before)
        || past_after(before, after)
        || quoted(before, after)
        || past_sentence(before, after, force)
        || is_reference(text)
        || in_list_of_repealed(scene, title.block)
        || in_case(scene, title.block, force)
}

/// Whether a title is marked as a former one right before it: 原《…》; 原《…》、《…》 goes for both.
pub(super) fn is_former(before: &str) -> bool {
    let before = strip_list(before);
    ["原", "旧", "老", "原来的", "旧的", "修订前的", "修改前的", "修正前的", "当时的", "废止的", "失效的"]
        .iter()
        .any(|cue| before.ends_with(cue))
        // 1979年《刑法》, 79年的《刑法》, 1979年版《刑法》.
        || before.strip_suffix(['的', '版']).unwrap_or(before).strip_suffix('年').is_some_and(|rest| {
            rest.ends_with(|last: char| last.is_ascii_digit() || "〇○零一二三四五六七八九".contains(last))
        })
        || ["年修订的", "年修正的", "年制定的", "年颁布的", "年公布的", "年通过的", "年施行的"]
            .iter()
            .any(|cue| before.ends_with(cue))
}

fn past_before(before: &str) -> bool {
    let listed = strip_list(before);
    BEFORE.iter().any(|cue| listed.ends_with(cue)) || is_former(before) || elsewhere(listed)
}

/// Other jurisdictions and lower levels have texts of the same title: 德国《…》, 我省《…》, but not 我国《…》.
fn elsewhere(before: &str) -> bool {
    let own = ["我国", "中国", "共和国", "全国", "本国"];
    let foreign = before.ends_with('国') && !own.iter().any(|own| before.ends_with(own));
    let place = [
        "省",
        "市",
        "县",
        "州",
        "自治区",
        "特区",
        "特别行政区",
        "日本",
        "香港",
        "澳门",
        "台湾",
        "地区",
        "苏联",
        "民国",
    ];
    foreign || place.iter().any(|place| before.ends_with(place)) || before.ends_with("民国")
}

fn past_after(before: &str, after: &str) -> bool {
    let governed = BY.iter().any(|cue| strip_list(before).ends_with(cue));
    let mut rest = after;
    loop {
        // （2018年修正）: a version of its own is meant.
        if let Some((inside, length)) = bracket(rest) {
            if version(inside).is_some()
                || IN_SENTENCE.iter().any(|cue| inside.contains(cue))
                || ["已", "废止", "失效"].iter().any(|cue| inside.starts_with(cue))
            {
                return true;
            }
            rest = &rest[length..];
        } else if let Some(next) = rest.strip_prefix(['”', '’', ' ', '等']) {
            rest = next;
        } else {
            return AFTER.iter().any(|cue| rest.starts_with(cue))
                || AFTER_SUBJECT.iter().any(|cue| {
                    let next = rest.strip_prefix(cue);
                    next.is_some_and(|next| !governed || TIME.iter().any(|time| next.starts_with(time)))
                });
        }
    }
}

/// Whether the title stands in a longer quotation: words of an old text or of somebody else.
fn quoted(before: &str, after: &str) -> bool {
    let Some(open) = before.rfind('“').filter(|&open| !before[open..].contains('”')) else { return false };
    let Some(close) = after.find('”').filter(|&close| !after[..close].contains('“')) else { return false };
    let around = before[open + '“'.len_utf8()..].chars().count() + after[..close].chars().count();
    around >= 6
}

fn past_sentence(before: &str, after: &str, force: InForce) -> bool {
    const STOPS: [char; 3] = ['。', '！', '？'];
    let before = &before[before.rfind(STOPS).map_or(0, |at| at + '。'.len_utf8())..];
    let after = &after[..after.find(STOPS).unwrap_or(after.len())];
    let own = bracket(after).map_or("", |(inside, _)| inside);
    let bare = [without_titles(before), without_titles(after)];
    let clause = &bare[0][bare[0].rfind(['，', '；', '：']).map_or(0, |at| at + '，'.len_utf8())..];
    clause.contains('曾')
        || bare.iter().any(|part| {
            IN_SENTENCE.iter().chain(&CASE).any(|cue| part.contains(cue))
                || years(&without_brackets(part)).any(|year| force.covers(year))
        })
        || years(own).any(|year| force.covers(year))
}

fn is_reference(text: &str) -> bool {
    let numbered = text.starts_with('[') && text[1..].starts_with(|character: char| character.is_ascii_digit());
    numbered || REFERENCES.iter().any(|cue| text.contains(cue))
}

const REPEALED: [&str; 9] = ["废止", "失效", "清理", "停止执行", "修改的", "予以修改", "拟修改", "历史沿革", "保留的"];

/// Whether the block is an item of a list of texts that were repealed, or the document is about repealing.
fn in_list_of_repealed(scene: &Scene<'_>, block: usize) -> bool {
    let text = |block: usize| &scene.folded.text()[scene.folded.blocks()[block].range()];
    let names = |text: &str, cues: &[&str]| cues.iter().any(|cue| text.contains(cue));
    if scene.document.metadata.title.as_deref().is_some_and(|title| names(title, &REPEALED[..4])) {
        return true;
    }
    // A title of another document, 《国务院关于废止…的决定》第一次修订, is not what this one is about.
    let head = |block: usize| without_titles(text(block));
    if (0..block.min(4)).map(head).any(|head| head.chars().count() <= 60 && names(&head, &REPEALED[..4])) {
        return true;
    }
    let item = text(block).trim_start_matches(|character: char| {
        character.is_ascii_digit() || "一二三四五六七八九十百（）()、.．． ".contains(character)
    });
    if !item.starts_with('《') && scene.document.blocks[block].cell.is_none() {
        return false;
    }
    (block.saturating_sub(LIST_REACH)..block)
        .rev()
        .find(|&block| {
            let text = text(block);
            let heading = text.ends_with(['：', ':']) || text.contains("目录") || text.contains("如下");
            heading || scene.document.blocks[block].scope == Scope::Heading
        })
        .is_some_and(|block| names(text(block), &REPEALED))
}

/// Whether the document reports a case and the facts near the block are of the time when the text was in force.
fn in_case(scene: &Scene<'_>, block: usize, force: InForce) -> bool {
    let text = |block: usize| &scene.folded.text()[scene.folded.blocks()[block].range()];
    let kinds = ["判决书", "裁定书", "调解书", "案例", "处罚决定书", "复议决定书", "检察建议", "起诉书", "抗诉书"];
    let is_case = (0..=block.min(4)).any(|block| {
        let text = text(block);
        text.chars().count() <= 60 && kinds.iter().any(|kind| text.contains(kind))
    });
    let party = |block: usize| CASE.iter().any(|cue| text(block).contains(cue));
    let near = block.saturating_sub(3)..=block;
    (is_case || near.clone().any(party)) && near.flat_map(|block| years(text(block))).any(|year| force.covers(year))
}

/// Drops the titles of a list that ends here, and what joins them: 原《甲法》、《乙法》和 → 原.
fn strip_list(mut text: &str) -> &str {
    loop {
        text = text.trim_end_matches(['、', '和', '及', '与', '或', '，', ' ', '“', '‘']);
        let Some(inside) = text.strip_suffix('》') else { return text };
        let Some(open) = inside.rfind('《') else { return text };
        text = &text[..open];
    }
}

/// The text without titles, whose words are not those of the sentence. A part of a title at either end stays.
fn without_titles(text: &str) -> String {
    without(text, &['《'], &['》'])
}

/// The text without brackets: a year in them belongs to something else, such as 国发〔2018〕1号 or （2018年修正）.
fn without_brackets(text: &str) -> String {
    without(text, &['〔', '（', '(', '['], &['〕', '）', ')', ']'])
}

fn without(text: &str, open: &[char], close: &[char]) -> String {
    let mut depth = 0usize;
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if open.contains(&character) {
            depth += 1;
        } else if close.contains(&character) {
            depth = depth.saturating_sub(1);
        } else if depth == 0 {
            out.push(character);
        }
    }
    out
}
