//! Names of local departments before the reform of local institutions: ××市国土资源局.
//!
//! The registry has what they have in common, the end of the name; whose department it is stands before it.

use std::collections::HashMap;

use super::context::{Around, Day, Written, day, days_between, free_after, goes_on, month_after};
use super::{institution, validity};
use crate::dictionary::{Entries, RuleKind, Severity};
use crate::engine::{Asked, AskedHit};
use crate::judge::Candidate;
use crate::judge::registered::Scene;
use crate::normalise::is_han;

/// Certainty, in percent: the date of the change and the new name differ from place to place.
const CERTAINTY: u8 = 80;

/// The same in a document without a date.
const UNDATED: u8 = 55;

/// Days after the end of the reform in which the old name is only worth a hint.
const GRACE: i64 = 60;

struct Form {
    literal: String,
    entry: usize,
}

/// All patterns of local names.
pub(super) struct Local {
    forms: Vec<Form>,
    by_right: HashMap<String, usize>,
}

impl Local {
    pub(super) fn new(entries: &Entries, reports: &dyn Fn(usize) -> bool) -> Self {
        let mut forms = Vec::new();
        let mut by_right = HashMap::new();
        for (index, entry) in entries.of(RuleKind::Name) {
            let Some(name) = institution(entry).filter(|name| name.local) else { continue };
            if let Some(right) = entry.right.first() {
                by_right.insert(right.clone(), index);
            }
            if entry.to.is_some() && reports(index) {
                let form = |literal: &String| Form { literal: literal.clone(), entry: index };
                forms.extend(entry.right.iter().map(form));
                forms.extend(name.short.iter().map(form));
            }
        }
        Local { forms, by_right }
    }

    pub(super) fn asks(&self) -> Vec<Asked<'_>> {
        (0u32..).zip(&self.forms).map(|(tag, form)| Asked { literal: &form.literal, tag }).collect()
    }

    pub(super) fn judge(
        &self,
        scene: &Scene<'_>,
        written: &Written,
        hits: &[AskedHit],
        candidates: &mut Vec<Candidate>,
    ) {
        let (Some(date), Some(today)) = (day(scene.date()), day(scene.as_of)) else { return };
        for hit in hits {
            let form = &self.forms[hit.tag as usize];
            let entry = &scene.entries[form.entry];
            let valid = validity(entry);
            let at = if valid.last < date {
                date
            } else if scene.outdated && valid.last < today {
                today
            } else {
                continue;
            };
            let around = Around::new(scene, hit.span);
            let scope = scene.document.blocks[around.block].scope;
            let last = form.literal.chars().next_back().unwrap_or_default();
            if (entry.scopes.is_empty() || entry.scopes.contains(&scope))
                && headed(&around)
                && free_after(last, around.after())
                && !goes_on(around.after())
                && !around.in_title()
                && !around.cites_document(&valid)
                && !around.speaks_of(&valid)
                && !written.in_time(scene, around.block, &valid)
            {
                candidates.push(self.candidate(scene, form, (date, at), around.block, hit));
            }
        }
    }

    fn candidate(
        &self,
        scene: &Scene<'_>,
        form: &Form,
        (date, at): (Day, Day),
        block: usize,
        hit: &AskedHit,
    ) -> Candidate {
        let entry = &scene.entries[form.entry];
        let ended = validity(entry).last;
        let mut suggestions = Vec::new();
        let mut open: Vec<&str> =
            institution(entry).into_iter().flat_map(|name| &name.successor).map(|s| &**s).collect();
        open.reverse();
        let mut seen: Vec<&str> = Vec::new();
        while let Some(right) = open.pop() {
            let Some(next) = self.by_right.get(right).map(|&index| &scene.entries[index]) else { continue };
            if validity(next).last < at {
                // A registry may lead in a circle.
                if seen.contains(&right) {
                    continue;
                }
                seen.push(right);
                open.extend(institution(next).into_iter().flat_map(|name| &name.successor).rev().map(|s| &**s));
                continue;
            }
            // Short forms of new names are colloquial in many places, so even a short old name gets the full new one.
            suggestions.extend(next.right.first().cloned());
        }
        suggestions.dedup();
        let wrong = &form.literal;
        let names = suggestions.iter().map(|name| format!("“{name}”")).collect::<Vec<_>>().join("或");
        let past = if at == date { "" } else { "成文时正确，" };
        let reason = format!(
            "{past}地方机构改革后（{}起）“{wrong}”一般改称{names}，各地名称不一，请以当地为准。",
            month_after(ended)
        );
        let dated = scene.document.date.is_some();
        Candidate {
            entry: form.entry,
            block,
            span: hit.span,
            suggestions,
            reason: Some(reason),
            severity: (at != date || days_between(ended, at) <= GRACE).then_some(Severity::Advice),
            confidence: Some(if dated { CERTAINTY } else { UNDATED }),
        }
    }
}

/// Whether it is said whose department it is: a place before it, or a list or cell in which departments stand by
/// themselves.
fn headed(around: &Around<'_>) -> bool {
    let before = around.before();
    let Some(last) = before.chars().next_back() else { return true };
    if matches!(last, '省' | '市' | '县' | '区' | '州' | '旗' | '盟' | '我' | '本') {
        return true;
    }
    if ["各级", "各地", "当地", "县级", "市级", "省级", "区级", "基层", "地方"]
        .iter()
        .any(|head| before.ends_with(head))
    {
        return true;
    }
    if last == '、' {
        let item = before.trim_end_matches('、');
        return item.ends_with(['局', '办', '委', '厅', '院', '队', '）']);
    }
    if is_han(last) {
        return false;
    }
    // 责任单位：环保局
    let label = before.trim_end_matches(['：', ':']);
    label.len() < before.len() && ["单位", "部门"].iter().any(|end| label.ends_with(end))
}
