//! Numbers of official documents.

use super::{Candidate, Validator, Verdict, last_chars};

/// 发文字号 (GB/T 9704—2012, 7.2.5): 代字〔年〕序号号. Groups `code` (Han characters before the bracket, at least one), `y`,
/// `n`. The suggestion is the number in its right form. Fine: orders and announcements numbered with 第, licences,
/// certificates and invoices, which have rules of their own.
pub(super) struct DocumentNumber;

impl Validator for DocumentNumber {
    fn name(&self) -> &'static str {
        "document-number"
    }

    fn about(&self) -> &'static str {
        "number of an official document, put into the form of GB/T 9704; licences, orders and announcements excepted"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        const OTHER: &[&str] = &[
            "公告", "通告", "令", "公示", "证", "许可", "备", "编号", "批号", "发票", "合同", "标准", "议案", "提案",
            "期", "案", "准字", "年报", "专刊", "第", "项目", "附件", "表", "课题", "款", "条", "项",
        ];
        let (code, number) = (candidate.group("code"), candidate.group("n").trim_start_matches('0'));
        let before = candidate.before_whole();
        if OTHER.iter().any(|word| code.ends_with(word) || (code.is_empty() && before.ends_with(word)))
            || ["许可证", "证书", "发票", "合同编号", "资格证", "执业证", "批准文号"]
                .iter()
                .any(|word| last_chars(before, 12).contains(word) || code.contains(word))
        {
            return Verdict::Fine;
        }
        let (year, number) = (candidate.group("y"), if number.is_empty() { "0" } else { number });
        if year.len() != 4 {
            return Verdict::Fine;
        }
        let hit = candidate.hit_text();
        let right = format!("〔{year}〕{number}号");
        // The code belongs to the hit where the order of the parts is wrong, otherwise it stands before it.
        let right = if hit.starts_with(['〔', '[', '［', '(', '（', '【', '﹝']) && !hit.contains(code)
            || code.is_empty()
        {
            right
        } else {
            format!("{code}{right}")
        };
        if right == hit { Verdict::Fine } else { Verdict::replace([right]) }
    }
}
