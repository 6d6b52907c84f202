//! What a note says.

use crate::judge::Finding;
use crate::report::{legal, sentence};

/// The note at a finding, one line for each thing it says.
pub(super) fn lines(finding: &Finding) -> Vec<String> {
    let mut lines = vec![format!("【{}】{}", finding.severity.label(), sentence(finding))];
    if !finding.source.is_empty() {
        lines.push(format!("依据：{}", finding.source));
    }
    lines.push(format!("规则：{}", finding.rule));
    lines.iter().map(|line| legal(line).into_owned()).collect()
}

/// Lines for findings that cannot have a note at their place.
pub(super) fn listed<'f>(findings: impl Iterator<Item = &'f Finding>) -> Vec<String> {
    let mut lines = vec!["以下错误所在的位置不能加批注，请按位置查找：".to_owned()];
    for finding in findings {
        let place = format!("{}：“{}”", finding.location.label(), finding.text);
        lines.push(legal(&format!("{place}【{}】{}", finding.severity.label(), sentence(finding))).into_owned());
    }
    lines
}
