//! Which column holds what.

use super::Table;
use crate::normalise::fold_str;

/// What a column of an editor's table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// 错误表述: one or several wrong forms.
    Wrong,
    /// 正确表述: one or several right forms, the best first.
    Right,
    /// 类别.
    Category,
    /// 级别: 严重, 差错 or 建议.
    Severity,
    /// 说明: why it is wrong.
    Reason,
    /// 例外: longer texts that hold a wrong form and are right.
    Allow,
    /// 生效日期: the first day on which the form is wrong.
    From,
    /// 失效日期: the last one.
    To,
    /// 来源: where the right form can be looked up.
    Source,
    /// 应报例句: a text in which it must be found.
    Found,
    /// 不报例句: a text in which it must not.
    Clean,
}

impl Column {
    /// All of them, in the order of the template.
    pub const ALL: [Column; 11] = [
        Column::Wrong,
        Column::Right,
        Column::Category,
        Column::Severity,
        Column::Reason,
        Column::Allow,
        Column::From,
        Column::Source,
        Column::To,
        Column::Found,
        Column::Clean,
    ];

    /// The names it goes by; the first one stands in the template.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Column::Wrong => &[
                "错误表述",
                "错误",
                "错误写法",
                "错误内容",
                "错误用语",
                "错误词",
                "错词",
                "错误用法",
                "不规范表述",
                "误",
                "原文",
                "wrong",
            ],
            Column::Right => &[
                "正确表述",
                "正确",
                "正确写法",
                "正确内容",
                "正确用语",
                "正确词",
                "正确用法",
                "规范表述",
                "规范用语",
                "建议修改",
                "修改建议",
                "正",
                "改为",
                "应为",
                "right",
            ],
            Column::Category => &["类别", "分类", "类型", "问题类别", "错误类型", "category"],
            Column::Severity => &["级别", "等级", "严重程度", "错误级别", "严重级别", "severity"],
            Column::Reason => &["说明", "理由", "原因", "备注", "错误原因", "解释", "reason"],
            Column::Allow => &["例外", "例外情况", "除外", "例外词", "白名单", "allow"],
            Column::From => &["生效日期", "起始日期", "开始日期", "启用日期", "起算日期", "生效时间", "from"],
            Column::To => &["失效日期", "终止日期", "结束日期", "截止日期", "失效时间", "to"],
            Column::Source => &["来源", "依据", "出处", "文件依据", "来源依据", "source"],
            Column::Found => &["应报例句", "错误例句", "例句", "found"],
            Column::Clean => &["不报例句", "正确例句", "clean"],
        }
    }
}

/// Columns that tables have and that say nothing about an entry.
const PASSED_OVER: [&str; 8] = ["序号", "编号", "号", "no", "id", "提交人", "填报单位", "填表人"];

/// The line of column names.
pub(super) struct Head {
    /// Row of the names.
    pub(super) row: u32,
    /// What stands where.
    pub(super) columns: Vec<(Column, usize, String)>,
    /// Names of columns that say nothing to us.
    pub(super) unknown: Vec<(usize, String)>,
}

impl Head {
    /// Columns by number with their names.
    pub(super) fn names(&self) -> Vec<(Column, usize, String)> {
        self.columns.clone()
    }
}

fn column(name: &str) -> Option<Column> {
    Column::ALL.into_iter().find(|column| column.names().contains(&name))
}

/// A name as it is compared: without blanks, what stands in brackets, and marks that say “required”.
fn plain(name: &str) -> String {
    let folded = fold_str(name).to_lowercase();
    let mut depth = 0usize;
    let mut plain = String::new();
    for character in folded.chars() {
        match character {
            '(' | '（' | '[' | '【' => depth += 1,
            ')' | '）' | ']' | '】' => depth = depth.saturating_sub(1),
            '*' | '：' | ':' => {}
            other if depth == 0 && !other.is_whitespace() => plain.push(other),
            _ => {}
        }
    }
    plain
}

/// Rows above the column names that are looked at: titles, notes.
const ABOVE: usize = 20;

/// Finds the line of column names.
pub(super) fn head(table: &Table) -> Result<Head, String> {
    let mut best: Option<&Vec<String>> = None;
    for (row, cells) in table.rows.iter().take(ABOVE) {
        let mut columns: Vec<(Column, usize, String)> = Vec::new();
        let mut unknown = Vec::new();
        for (index, cell) in cells.iter().enumerate() {
            let name = plain(cell);
            match column(&name) {
                Some(found) => {
                    if let Some((_, _, other)) = columns.iter().find(|(column, ..)| *column == found) {
                        return Err(format!("列名重复：“{other}”和“{}”是同一个意思，请删去一列", cell.trim()));
                    }
                    columns.push((found, index, cell.trim().to_owned()));
                }
                None if name.is_empty() || PASSED_OVER.contains(&name.as_str()) => {}
                None => unknown.push((index, cell.trim().to_owned())),
            }
        }
        let has = |wanted: Column| columns.iter().any(|(column, ..)| *column == wanted);
        if has(Column::Wrong) && has(Column::Right) {
            return Ok(Head { row: *row, columns, unknown });
        }
        if best.is_none() && cells.iter().any(|cell| !cell.trim().is_empty()) {
            best = Some(cells);
        }
    }
    let found: Vec<&str> = best.into_iter().flatten().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
    Err(if found.is_empty() {
        "表格是空的".to_owned()
    } else if found.iter().all(|cell| cell.chars().all(|character| matches!(character, '?' | '\u{FFFD}'))) {
        "表格保存时编码不对，文字已经变成问号。请重新保存，编码选 UTF-8 或 GB18030".to_owned()
    } else {
        let names: Vec<&str> = Column::ALL.iter().filter_map(|column| column.names().first().copied()).collect();
        format!(
            "没有找到列名：要有一行写着“错误表述”和“正确表述”。可用的列名：{}。现在的第一行是：{}",
            names.join("、"),
            found.join("、")
        )
    })
}
