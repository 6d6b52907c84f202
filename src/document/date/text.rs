//! Dates in the text itself: beside the title, in a subtitle, under the text where it is signed.
//!
//! Only the lines before the first sentence and the last lines are read, and those in between that end like a date.

use jiff::civil::Date;

use super::written::{self, Written};
use crate::document::{Block, Document, DocumentDate, Place, Scope};

/// Lines at the head in which title, subtitle and the line beside the title are looked for. Menus may stand before them.
const HEAD: usize = 60;

/// Blocks at the end in which a signature is looked for; what follows one is 抄送, 附件, and the footer of a page.
const TAIL: usize = 15;

/// The longest line, in bytes, that is taken for one beside the title or for a signature.
const SHORT: usize = 240;

/// The longest subtitle, in bytes: statutes list all their amendments there.
const SUBTITLE: usize = 3000;

/// Labels that name the day of publication.
const PUBLISHED: &[&str] = &[
    "发布日期",
    "发布时间",
    "发文时间",
    "发稿时间",
    "发稿日期",
    "发表时间",
    "发表日期",
    "公开日期",
    "公开时间",
    "公布日期",
];

/// Labels that name the day on which a paper was made out.
const MADE: &[&str] = &["成文日期", "成文时间", "生成日期", "发文日期", "印发日期", "印发时间", "签发日期", "制发日期"];

/// Labels that name the day of a later change.
const CHANGED: &[&str] = &["更新时间", "更新日期"];

/// Labels that may name the day of anything: they count beside what only pages say about themselves.
const ANY: &[&str] = &["时间", "日期"];

/// What pages say about themselves beside a date.
const BESIDE: &[&str] = &["来源", "作者", "浏览", "阅读", "点击", "访问", "字号", "字体", "编辑", "打印"];

/// What becomes of a statute or paper on the day that its subtitle gives. 施行 is missing on purpose: that day lies ahead.
const ENACTED: &[&str] =
    &["通过", "公布", "发布", "颁布", "印发", "批准", "修正", "修订", "修改", "公告", "下发", "会议上", "大会上"];

/// Last characters of the names of bodies that sign.
const BODIES: &[char] = &[
    '部', '委', '局', '厅', '院', '会', '处', '署', '办', '室', '府', '行', '所', '站', '心', '司', '团', '队', '组',
    '社', '馆', '校', '学', '科', '关', '庭', '党', '军', '台', '股',
];

/// Posts of persons who sign.
const POSTS: &[&str] = &[
    "主席",
    "总理",
    "省长",
    "市长",
    "县长",
    "区长",
    "州长",
    "镇长",
    "乡长",
    "部长",
    "厅长",
    "局长",
    "署长",
    "主任",
    "行长",
    "院长",
    "检察长",
    "审计长",
    "关长",
    "总书记",
];

/// A line of text, without white space around it.
#[derive(Clone, Copy)]
struct Line<'d> {
    text: &'d str,
    block: &'d Block,
}

/// The date that stands beside the title: `发布时间：2019-03-04`, `2019-02-27 15:09 来源：新华社`, and cells 成文日期 |
/// 2019年1月27日. A label with several different dates belongs to a list of documents and says nothing.
///
/// The day on which a paper was made out goes before that of its publication: sites publish old papers years later, and
/// their wording is right if it was right in its time.
pub(super) fn stated(document: &Document) -> Option<DocumentDate> {
    let head = head(document);
    for labels in [MADE, PUBLISHED, CHANGED, ANY] {
        let mut found: Option<(Date, &str)> = None;
        let mut several = false;
        for (index, line) in head.iter().enumerate() {
            if line.text.len() > SHORT || !line.text.contains(['期', '间']) {
                continue;
            }
            for label in labels {
                let Some(after) = after_label(line.text, label) else { continue };
                let Some(written) = value(after, *line, head.get(index + 1)) else { continue };
                if labels == ANY && !has_clock(written.rest) && !beside(&head, index) {
                    continue;
                }
                several |= found.is_some_and(|(date, _)| date != written.date);
                found = found.or(Some((written.date, label)));
            }
        }
        if let Some((date, label)) = found.filter(|_| !several) {
            return Some(dated(date, &format!("text {label}")));
        }
    }
    let mut dates = head.iter().filter_map(|line| unlabelled(line.text));
    let first = dates.next()?;
    dates.all(|date| date == first).then(|| dated(first, "text 来源"))
}

/// The date of a signature, of a subtitle such as （2021年3月5日…通过）, or of the printing line ××办公室2021年3月5日印发.
pub(super) fn signed(document: &Document) -> Option<DocumentDate> {
    // A statute signed when first promulgated bears its amendments in the subtitle: the later date is the text's.
    let signature = signature(document).map(|date| (date, "signature"));
    let subtitle = subtitle(document).map(|date| (date, "subtitle"));
    if let Some((date, from)) = signature.max(subtitle) {
        return Some(dated(date, from));
    }
    let tail = tail(document);
    if let Some(date) = tail.iter().rev().find_map(|line| printed(line.text)) {
        return Some(dated(date, "text 印发"));
    }
    bare(&tail).map(|date| dated(date, "signature"))
}

/// The day from which a statute is in force by its own last article: 第二十九条　本条例自1995年7月1日起施行. A version that
/// was amended later without a subtitle that says so keeps the day of the first; then dated rules stay silent rather than
/// report what the amendment may have left alone.
pub(super) fn in_force(document: &Document) -> Option<DocumentDate> {
    let tail = tail(document);
    let date = tail.iter().rev().find_map(|line| takes_effect(line.text))?;
    Some(dated(date, "text 施行"))
}

fn dated(date: Date, from: &str) -> DocumentDate {
    DocumentDate { date: date.to_string(), from: from.to_owned() }
}

/// Whether a block is part of the text proper. Spreadsheets have no head and no signature, only cells.
fn is_text(block: &Block) -> bool {
    matches!(block.scope, Scope::Heading | Scope::Body | Scope::Cell | Scope::Header)
        && !matches!(block.place, Place::Cell { .. } | Place::Sheet { .. })
}

fn lines<'d>(document: &'d Document, block: &'d Block) -> impl DoubleEndedIterator<Item = Line<'d>> {
    document.text[block.span.range()]
        .split(['\n', '\r'])
        .map(move |line| Line { text: line.trim(), block })
        .filter(|line| !line.text.is_empty())
}

/// The lines before the first sentence, [`HEAD`] at most.
fn head(document: &Document) -> Vec<Line<'_>> {
    let blocks = document.blocks.iter().filter(|block| is_text(block));
    blocks
        .flat_map(|block| lines(document, block))
        .take(HEAD)
        .take_while(|line| !line.text.ends_with('。') && !is_article(line.text))
        .collect()
}

/// Whether a line is where a statute begins: 第一章, 第一条.
fn is_article(line: &str) -> bool {
    line.strip_prefix("第一").is_some_and(|rest| rest.starts_with(['章', '条', '编']))
}

/// The lines of the last [`TAIL`] blocks.
fn tail(document: &Document) -> Vec<Line<'_>> {
    let mut tail: Vec<Line<'_>> = document
        .blocks
        .iter()
        .rev()
        .filter(|block| is_text(block) && block.scope != Scope::Header)
        .take(TAIL)
        .flat_map(|block| lines(document, block).rev())
        .take(2 * TAIL)
        .collect();
    tail.reverse();
    tail
}

/// What follows `label` in `line`, where the label begins a line or an item of it. White space inside the label is
/// passed over: 日　　期.
fn after_label<'l>(line: &'l str, label: &str) -> Option<&'l str> {
    let first = label.chars().next()?;
    let mut from = 0;
    while let Some(at) = line[from..].find(first).map(|at| from + at) {
        from = at + first.len_utf8();
        let begins = line[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
        if !begins {
            continue;
        }
        let mut rest = &line[at..];
        let matches = label.chars().all(|wanted| match rest.trim_start().strip_prefix(wanted) {
            Some(after) => {
                rest = after;
                true
            }
            None => false,
        });
        if matches {
            return Some(rest);
        }
    }
    None
}

/// The date that a label is followed by, in its line or, if that ends with the label, in the next line or cell. A period
/// is no date.
fn value<'l>(after: &'l str, line: Line<'l>, next: Option<&Line<'l>>) -> Option<Written<'l>> {
    let marks: &[char] = &[':', '：', '[', ']', '【', '】', '(', '（'];
    let value = after.trim_start_matches(|c: char| c.is_whitespace() || marks.contains(&c));
    let value = if value.is_empty() {
        let next = next?;
        let colon = after.contains([':', '：']);
        let beside = match (line.block.cell, next.block.cell) {
            (Some(one), Some(two)) => one.table == two.table && one.row == two.row,
            _ => false,
        };
        (colon || beside).then_some(next.text)?
    } else {
        // 日期 2019-03-04, but not 日期为2019-03-04.
        (value.len() < after.len()).then_some(value)?
    };
    let written = written::read(value)?;
    (!is_period(written.rest)).then_some(written)
}

/// Whether what follows a date makes it the first day of a period.
fn is_period(rest: &str) -> bool {
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c.is_ascii_digit() || matches!(c, ':' | '：'));
    rest.starts_with(['至', '到', '-', '—', '–', '－', '~', '～', '起', '前', '止'])
}

/// Whether a time of day follows a date.
fn has_clock(rest: &str) -> bool {
    let rest = rest.trim_start();
    let figures = rest.bytes().take_while(u8::is_ascii_digit).count();
    (1..=2).contains(&figures) && rest[figures..].starts_with([':', '：'])
}

/// Whether a page speaks about itself in this line or one next to it.
fn beside(head: &[Line<'_>], index: usize) -> bool {
    let around = &head[index.saturating_sub(1)..head.len().min(index + 2)];
    around.iter().any(|line| line.text.len() <= SHORT && speaks_of_itself(line.text))
}

fn speaks_of_itself(line: &str) -> bool {
    BESIDE.iter().any(|word| after_label(line, word).is_some())
}

/// The one date of a line such as `2019-02-27 15:09 来源：新华社`.
fn unlabelled(line: &str) -> Option<Date> {
    if line.len() > SHORT || !line.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut dates = written::all(line);
    let (at, written) = dates.next()?;
    let whole = at == 0 && has_clock(written.rest) && !written.rest.contains(char::is_alphabetic);
    let item = line[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
    let fits = whole || (item && !is_period(written.rest) && speaks_of_itself(line));
    (fits && dates.next().is_none()).then_some(written.date)
}

/// The latest date of the subtitle.
fn subtitle(document: &Document) -> Option<Date> {
    head(document).iter().filter_map(|line| enacted(line.text)).max()
}

/// The latest date in a line that is a subtitle: 2021年3月5日…通过, （1999年4月3日…公布 根据2002年3月24日…修订）,
/// ——2026年1月27日在…会议上, （2018年11月6日）.
fn enacted(line: &str) -> Option<Date> {
    let open = |c: char| c.is_whitespace() || matches!(c, '（' | '(' | '—' | '-' | '〔' | '[');
    let close = |c: char| {
        c.is_whitespace() || matches!(c, '）' | ')' | '〕' | ']' | '，' | ',' | '；' | ';' | '、' | '。' | '》' | '〉')
    };
    if line.len() > SUBTITLE || !line.contains('日') {
        return None;
    }
    let whole = line;
    let line = line.trim_start_matches(open);
    let start = line.strip_prefix("根据").unwrap_or(line);
    let first = written::read(start).filter(|one| one.spelt)?;
    let bracketed = line.trim_end_matches(close).len() < line.len();
    if first.rest.trim_end_matches(close).is_empty() {
        return bracketed.then_some(first.date);
    }
    // A sentence that begins with a date goes on with a comma.
    if first.rest.starts_with(['，', ',', '、', '前', '起', '至', '—', '-']) {
        return None;
    }
    let dates: Vec<(usize, Written<'_>)> = written::all(start).collect();
    let clauses = dates.iter().enumerate().filter_map(|(index, (_, one))| {
        let begin = start.len() - one.rest.len();
        let end = dates.get(index + 1).map_or(start.len(), |(at, _)| *at);
        let clause = start[begin..end].trim_end_matches(close);
        let clause =
            ["根据", "依据", "自", "经", "的"].iter().fold(clause, |clause, word| clause.trim_end_matches(word));
        let clause = clause.trim_end_matches(close);
        // The line may go on after what was done: 通过的《…修正案》; or break off inside a title.
        let session = clause.contains('届') && clause.contains("会议");
        let held = line.len() < whole.len() && clause.starts_with('在');
        let done = session || held || clause.contains("令第") || ENACTED.iter().any(|word| clause.ends_with(word));
        done.then_some(one.date)
    });
    clauses.max()
}

/// The latest date that stands under the name of the body or person that signs.
fn signature(document: &Document) -> Option<Date> {
    let last = document.blocks.len().saturating_sub(TAIL);
    let mut latest = None;
    for (index, block) in document.blocks.iter().enumerate().filter(|(_, block)| is_text(block)) {
        let at_end = index >= last;
        let text = &document.text[block.span.range()];
        // Only a line that ends like a date matters, and most blocks are one line.
        if !text.trim_end().ends_with('日') && memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_none() {
            continue;
        }
        let mut start = 0;
        for line in text.split(['\n', '\r']) {
            let above = &text[..start];
            start += line.len() + 1;
            let line = line.trim();
            if !line.ends_with('日') || line.len() > SHORT {
                continue;
            }
            let date = match date_only(line) {
                Some(date) => is_signed(document, index, above, at_end).then_some(date),
                None => at_end.then(|| signed_in_line(line)).flatten(),
            };
            latest = latest.max(date);
        }
    }
    latest
}

/// Whether a date in block `index`, where `above` stands above it in the same block, stands under a name. In the midst
/// of a document a sentence, a note or a list of annexes must precede the names: tables and chronicles have dates under
/// names too.
fn is_signed(document: &Document, index: usize, above: &str, at_end: bool) -> bool {
    let cell = document.blocks[index].cell;
    let texts = document.blocks[..index]
        .iter()
        .rev()
        .take(TAIL)
        .take_while(|block| block.cell == cell && is_text(block))
        .map(|block| &document.text[block.span.range()]);
    let lines = std::iter::once(above).chain(texts).flat_map(|text| text.rsplit(['\n', '\r']));
    let mut names = 0;
    for line in lines.map(str::trim).filter(|line| !line.is_empty()).take(TAIL) {
        if is_name(line) {
            names += 1;
            continue;
        }
        let ends = line.ends_with(['。', '！', '）', ')', '；', '”']);
        let annex = line.starts_with('附') || line.starts_with(|c: char| c.is_ascii_digit());
        return names > 0 && (at_end || ends || annex);
    }
    names > 0 && at_end
}

/// The date that is all of a line, written with 年月日.
fn date_only(line: &str) -> Option<Date> {
    if line.len() > SHORT {
        return None;
    }
    written::read(line).filter(|one| one.spelt && one.rest.is_empty()).map(|one| one.date)
}

/// The date of a line that is name and date: 国务院　2019年1月12日.
fn signed_in_line(line: &str) -> Option<Date> {
    if line.len() > SHORT {
        return None;
    }
    let (at, written) = written::all(line).next()?;
    (written.spelt && written.rest.is_empty() && is_name(line[..at].trim_end())).then_some(written.date)
}

/// The date of a printing line: 国务院办公厅秘书局　　2021年3月5日印发.
fn printed(line: &str) -> Option<Date> {
    if line.len() > SHORT || !line.ends_with("印发") {
        return None;
    }
    let (at, written) = written::all(line).next()?;
    let name = line[..at].trim_end();
    let fits = written.spelt && written.rest.trim() == "印发" && (name.is_empty() || is_name(name));
    fits.then_some(written.date)
}

/// The day in an article such as 第二十九条　本条例自1995年7月1日起施行.
fn takes_effect(line: &str) -> Option<Date> {
    if !line.starts_with('第') || line.len() > SUBTITLE {
        return None;
    }
    let (article, _) = line.split_once('条')?;
    if article.chars().count() > 8 {
        return None;
    }
    written::all(line).find_map(|(at, one)| {
        // 本条例自, 本办法（试行）从; other texts that take effect have other subjects.
        let subject = line[..at].trim_end().strip_suffix(['自', '从', '于'])?;
        let subject = &subject[subject.rfind(['，', '。', '；']).map_or(0, |mark| mark + '，'.len_utf8())..];
        let own = subject.chars().rev().take(12).any(|c| c == '本');
        let effect = one.rest.trim_start_matches(['起', '正', '式', '开', '始', ' ']);
        (own && one.spelt && ["施行", "实施", "生效"].iter().any(|word| effect.starts_with(word))).then_some(one.date)
    })
}

/// Whether a line is a name under which papers are signed: a body, or a post with a name.
fn is_name(line: &str) -> bool {
    if line.len() > SHORT / 2 || line.contains(['。', '，', '；', '：', ':', '、', '！', '？', '《', '“']) {
        return false;
    }
    let line: String = line.chars().filter(|c| !c.is_whitespace()).collect();
    let line = ["（盖章）", "(盖章)", "（章）", "(章)", "（印章）", "（公章）"]
        .iter()
        .find_map(|seal| line.strip_suffix(seal))
        .unwrap_or(&line);
    line.chars().nth(1).is_some() && (line.ends_with(BODIES) || POSTS.iter().any(|post| line.contains(post)))
}

/// The date that is all of a line near the end, with no name above it: the seal stands there. A date that is all of a
/// table cell, one that a label announces and one among others belongs to something else.
fn bare(tail: &[Line<'_>]) -> Option<Date> {
    let mut found = None;
    for (index, line) in tail.iter().enumerate() {
        let Some(date) = date_only(line.text) else { continue };
        let above = tail[..index].last()?;
        if line.block.cell != above.block.cell
            || above.text.ends_with(['：', ':', '，', ',', '、', '—', '至', '到', '于'])
        {
            return None;
        }
        if found.replace(date).is_some() {
            return None;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{CellIndex, DocumentBuilder};

    /// A document of paragraphs; `|` begins the next cell of a row.
    fn document(paragraphs: &[&str]) -> Document {
        let mut builder = DocumentBuilder::new();
        let part = builder.add_part("");
        for (row, paragraph) in paragraphs.iter().enumerate() {
            let cells = paragraph.split('|').enumerate();
            for (column, text) in cells {
                let table = paragraph.contains('|');
                let cell = table.then_some(CellIndex { table: 0, row: row as u32, column: column as u32 });
                let scope = if table { Scope::Cell } else { Scope::Body };
                builder.open(scope, Place::Text { node: None }, cell);
                builder.literal(part, 0, text);
                builder.close();
            }
        }
        builder.finish()
    }

    fn shown(date: Option<DocumentDate>) -> Option<String> {
        date.map(|date| format!("{} {}", date.date, date.from))
    }

    #[test]
    fn pages_state_their_date_beside_the_title() {
        for (paragraphs, expected) in [
            (&["关于检查的通知", "发布时间：2019-03-04"][..], Some("2019-03-04 text 发布时间")),
            (&["关于检查的通知", "发布日期:2019年3月4日 浏览：12"], Some("2019-03-04 text 发布日期")),
            (&["通知", "来源：市局 发布时间： 2019/3/4 15:09"], Some("2019-03-04 text 发布时间")),
            (&["通知", "来源：市局　时间：2019-02-27 15:09　字号：大 中 小"], Some("2019-02-27 text 时间")),
            (&["通知", "来源：吉林日报", "时间：2026-02-01"], Some("2026-02-01 text 时间")),
            (&["通知", "日　　期：2019-02-27", "浏览次数：3"], Some("2019-02-27 text 日期")),
            (&["通知", "2019-02-27 15:09 来源： 新华社"], Some("2019-02-27 text 来源")),
            (&["通知", "2019年02月27日 15:09"], Some("2019-02-27 text 来源")),
            (&["通知", "来源：新华网 2019-02-27"], Some("2019-02-27 text 来源")),
            (&["通知", "【发布日期】2019-03-04"], Some("2019-03-04 text 发布日期")),
            // An old paper, published again.
            (&["发布日期：|2018年12月24日", "成文日期：|1996年03月05日", "通知"], Some("1996-03-05 text 成文日期")),
            (&["成文日期|2019年01月27日", "通知"], Some("2019-01-27 text 成文日期")),
            (&["成文日期：", "2019年01月12日", "通知"], Some("2019-01-12 text 成文日期")),
            (&["首页", "新闻", "通知", "更新时间：2019-3-4"], Some("2019-03-04 text 更新时间")),
            // Other dates.
            (&["关于会议的通知", "会议时间：2019年3月4日"], None),
            (&["关于会议的通知", "时间：2019年3月4日"], None),
            (&["公告", "报名日期：2019-03-04"], None),
            (&["公告", "来源：市局", "时间：2019-03-04至2019-03-08"], None),
            (&["公告", "发布日期另行通知"], None),
            (&["请各单位于月底前报送。", "发布日期：2019-03-04"], None),
            (&["列表", "甲 发布日期：2019-03-04", "乙 发布日期：2019-03-05"], None),
            (&["列表", "2019-03-04 15:00", "2019-03-05 15:00"], None),
            (&["标题|发布日期", "甲|2019-03-04"], None),
            (&["发布日期：2019-02-30"], None),
            (&[], None),
        ] {
            assert_eq!(shown(stated(&document(paragraphs))).as_deref(), expected, "{paragraphs:?}");
        }
    }

    #[test]
    fn statutes_say_since_when_they_are_in_force() {
        for (paragraphs, expected) in [
            (
                &["上海市技术市场条例", "第一条 为了发展，制定本条例。", "第二十九条 本条例自1995年7月1日起施行。"][..],
                Some("1995-07-01 text 施行"),
            ),
            (
                &["第二条 本办法（试行）从二〇〇一年三月一日起正式施行，有效期五年。", "附件"],
                Some("2001-03-01 text 施行"),
            ),
            (
                &["第九条 1990年1月1日发布的《办法》同时废止，本规定自1996年5月1日起实施。"],
                Some("1996-05-01 text 施行"),
            ),
            (&["第九条 本规定自公布之日起施行。"], None),
            (&["第九条 《预算法》自2015年1月1日起施行。"], None),
            (&["第九条 本条例2015年1月1日前的规定不再施行。"], None),
            (&["本条例自1995年7月1日起施行。"], None),
            (&["会议指出，本条例自1995年7月1日起施行。"], None),
        ] {
            assert_eq!(shown(in_force(&document(paragraphs))).as_deref(), expected, "{paragraphs:?}");
        }
    }

    #[test]
    fn papers_are_signed_and_dated() {
        let body = "请认真贯彻执行。";
        for (paragraphs, expected) in [
            (
                &["通知", body, "国务院", "2019年1月12日", "（此件公开发布）", "扫一扫"][..],
                Some("2019-01-12 signature"),
            ),
            (&["通知", body, "市财政局", "二○二一年三月五日"], Some("2021-03-05 signature")),
            (&["通知", body, "市财政局（盖章）", "2021 年 3 月 5 日"], Some("2021-03-05 signature")),
            (
                &["通知", body, "国家发展改革委\n中 央 网 信 办\n国 家 能 源 局\n2020年12月23日"],
                Some("2020-12-23 signature"),
            ),
            (&["通知", body, "市人民政府　2021年3月5日"], Some("2021-03-05 signature")),
            (&["第八号", body, "中华人民共和国主席　习近平", "2018年10月26日"], Some("2018-10-26 signature")),
            (&["通知", body, "2021年3月5日"], Some("2021-03-05 signature")),
            (&["通知", "正文|", "正文|"], None),
            // The printing line counts where nothing is signed.
            (&["通知", body, "市政府办公室　　2021年3月6日印发"], Some("2021-03-06 text 印发")),
            (&["通知", body, "市政府办公室|2021年3月6日印发"], Some("2021-03-06 text 印发")),
            (&["通知", body, "市政府", "2021年3月5日", "市政府办公室2021年3月6日印发"], Some("2021-03-05 signature")),
            // Dates that sign nothing.
            (&["通知", "截至", "2021年3月5日"], None),
            (&["通知", "报名时间：", "2021年3月5日"], None),
            (&["通知", "截至2021年3月5日"], None),
            (&["通知", "自2021年3月5日起施行。"], None),
            (&["名单", "市财政局|2021年3月5日"], None),
            (&["沿革", "甲事", "2021年3月5日", "乙事", "2021年4月5日"], None),
            (&["通知", body, "2021-03-05"], None),
            (&["2021年3月5日"], None),
        ] {
            assert_eq!(shown(signed(&document(paragraphs))).as_deref(), expected, "{paragraphs:?}");
        }
    }

    #[test]
    fn a_notice_is_signed_before_its_annex() {
        let mut paragraphs =
            vec!["关于印发《办法》的通知", "现印发给你们，请遵照执行。", "附件：办法", "市财政局", "2021年3月5日"];
        paragraphs.extend(["第一条 为了规范管理，制定本办法。"; 40]);
        assert_eq!(shown(signed(&document(&paragraphs))).as_deref(), Some("2021-03-05 signature"));
        // Lines of a text without blank lines are one paragraph.
        let joined = document(&[&paragraphs[..6].join("\n"), "第二条", "第三条"]);
        assert_eq!(shown(signed(&joined)).as_deref(), Some("2021-03-05 signature"));
        // A chronicle is no signature.
        paragraphs[1] = "大事记";
        paragraphs[2] = "一、沿革";
        assert_eq!(shown(signed(&document(&paragraphs))), None);
    }

    #[test]
    fn subtitles_give_the_date_of_the_latest_text() {
        for (paragraphs, expected) in [
            (
                &["条例", "（2021年3月5日第十三届人大常委会第二次会议通过）", "第一章 总则"][..],
                Some("2021-03-05 subtitle"),
            ),
            (&["规定", "1996年9月19日 经国务院批准", "1996年10月3日 交通部令第8号发布"], Some("1996-10-03 subtitle")),
            (&["办法", "2021年8月26日 总局令第47号公布", "2021年10月1日 施行"], Some("2021-08-26 subtitle")),
            (
                &["条例", "（1999年4月3日国务院令第262号发布　根据2002年3月24日《国务院关于修改的决定》修订）"],
                Some("2002-03-24 subtitle"),
            ),
            (&["报告", "——2026年1月27日在省第十四届人民代表大会第五次会议上"], Some("2026-01-27 subtitle")),
            (
                &["政府工作报告", "——2026年1月26日在广东省第十四届", "人民代表大会第五次会议上"],
                Some("2026-01-26 subtitle"),
            ),
            (&["在座谈会上的讲话", "（2018年11月6日）", "习近平"], Some("2018-11-06 subtitle")),
            // The text as amended is younger than its signature.
            (
                &["条例", "（2015年3月1日公布 根据2019年3月2日决定修订）", "特此公布。", "省政府", "2015年3月1日"],
                Some("2019-03-02 subtitle"),
            ),
            (
                &[
                    "条例",
                    "2018年9月7日市人大常委会第九次会议通过",
                    "2019年3月6日省第十三届人大常委会第二次会议《关于修改〈甲法〉",
                ],
                Some("2019-03-06 subtitle"),
            ),
            (&["通报", "2021年3月5日，国务院印发"], None),
            (&["办法", "2021年10月1日起施行"], None),
            (&["实施方案", "根据\n2021年3月5日印发的《规划》\n制定本方案。"], None),
            (&["第一章 总则", "2021年3月5日 公布"], None),
        ] {
            assert_eq!(shown(signed(&document(paragraphs))).as_deref(), expected, "{paragraphs:?}");
        }
    }
}
