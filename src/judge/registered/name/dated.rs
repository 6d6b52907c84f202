//! Names of institutions outside the time in which they held.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::context::{Around, Day, Period, Written, day, days_between, free_after, free_before, goes_on, month_after};
use super::{institution, validity};
use crate::dictionary::{Entries, Entry, Name, RuleKind, Severity};
use crate::engine::{Asked, AskedHit};
use crate::judge::Candidate;
use crate::judge::registered::Scene;

/// Days after a change in which the old name is only worth a hint: seals and signs follow the decision by weeks.
const GRACE: i64 = 60;

/// Certainty, in percent, of a finding in a document without a date.
const UNDATED: u8 = 60;

/// Beginnings of names that no other institution's name could end in.
const DISTINCT: [&str; 8] = ["国家", "中央", "中国", "国务院", "全国", "中华人民共和国", "中共", "国防科"];

/// Endings of text before a name that belongs to another country or to one of its units.
const FOREIGN: [&str; 66] = [
    "外国",
    "各国",
    "他国",
    "该国",
    "两国",
    "多国",
    "美国",
    "英国",
    "法国",
    "德国",
    "韩国",
    "泰国",
    "美方",
    "日本",
    "俄罗斯",
    "苏联",
    "朝鲜",
    "越南",
    "老挝",
    "柬埔寨",
    "缅甸",
    "马来西亚",
    "新加坡",
    "印度尼西亚",
    "印尼",
    "菲律宾",
    "文莱",
    "印度",
    "巴基斯坦",
    "孟加拉国",
    "尼泊尔",
    "斯里兰卡",
    "哈萨克斯坦",
    "乌兹别克斯坦",
    "吉尔吉斯斯坦",
    "塔吉克斯坦",
    "土库曼斯坦",
    "阿富汗",
    "伊朗",
    "伊拉克",
    "以色列",
    "沙特",
    "沙特阿拉伯",
    "土耳其",
    "埃及",
    "南非",
    "埃塞俄比亚",
    "尼日利亚",
    "肯尼亚",
    "坦桑尼亚",
    "意大利",
    "西班牙",
    "葡萄牙",
    "荷兰",
    "比利时",
    "瑞士",
    "瑞典",
    "挪威",
    "芬兰",
    "丹麦",
    "波兰",
    "乌克兰",
    "加拿大",
    "澳大利亚",
    "新西兰",
    "巴西",
];

/// A literal that names something no longer, or not yet, so called.
struct Form {
    literal: String,
    /// Entries that have it, and how it stands in each.
    holders: Vec<(usize, Level)>,
    /// Longer right names that contain it; worked out when it is first found.
    longer: OnceLock<Vec<String>>,
}

/// How short a form of a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// With the name of the state: 中华人民共和国国土资源部.
    State,
    /// In full: 国家卫生和计划生育委员会.
    Full,
    /// Abbreviated: 国家卫生计生委.
    Short,
}

const STATE: [&str; 4] = ["中华人民共和国", "中国人民解放军", "中国共产党", "中共"];

/// Forms of a name with their levels, in the order of the registry.
fn forms<'e>(entry: &'e Entry, name: &'e Name) -> impl Iterator<Item = (&'e str, Level)> {
    let with_state = entry.right.first().is_some_and(|right| STATE.iter().any(|state| right.starts_with(state)));
    let full = entry.right.iter().map(move |right| (&**right, if with_state { Level::State } else { Level::Full }));
    let short = name
        .short
        .iter()
        .enumerate()
        .map(move |(index, short)| (&**short, if with_state && index == 0 { Level::Full } else { Level::Short }));
    full.chain(short)
}

/// All dated names of institutions.
pub(super) struct Dated {
    forms: Vec<Form>,
    /// Entries by right form.
    by_right: HashMap<String, Vec<usize>>,
    reported: Vec<bool>,
}

impl Dated {
    pub(super) fn new(entries: &Entries, reports: &dyn Fn(usize) -> bool) -> Self {
        let mut forms_found: Vec<Form> = Vec::new();
        let mut by_literal: HashMap<&str, usize> = HashMap::new();
        let mut by_right: HashMap<String, Vec<usize>> = HashMap::new();
        let mut reported = Vec::new();
        let named =
            || entries.of(RuleKind::Name).filter_map(|(index, entry)| Some((index, entry, institution(entry)?)));
        for (index, entry, name) in named().filter(|(_, entry, name)| entry.to.is_some() && !name.local) {
            reported.resize(index, false);
            reported.push(reports(index));
            for (literal, _) in forms(entry, name) {
                by_literal.entry(literal).or_insert_with(|| {
                    forms_found.push(Form {
                        literal: literal.to_owned(),
                        holders: Vec::new(),
                        longer: OnceLock::new(),
                    });
                    forms_found.len() - 1
                });
            }
        }
        for (index, entry, name) in named().filter(|(.., name)| !name.local) {
            if let Some(right) = entry.right.first() {
                by_right.entry(right.clone()).or_default().push(index);
            }
            for (literal, level) in forms(entry, name) {
                if let Some(&form) = by_literal.get(literal) {
                    forms_found[form].holders.push((index, level));
                }
            }
        }
        // The whole name of something central may be the end of local ones, which then are judged by theirs.
        for (_, entry, name) in named().filter(|(.., name)| name.local) {
            for (literal, _) in forms(entry, name) {
                if let Some(&form) = by_literal.get(literal) {
                    forms_found[form].holders.clear();
                }
            }
        }
        // A name that nothing reports need not be looked for.
        forms_found.retain(|form| form.holders.iter().any(|&(index, _)| reported.get(index) == Some(&true)));
        Dated { forms: forms_found, by_right, reported }
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
            if let Some((index, level, at)) = self.ended(scene, form, date, today)
                && let Some(around) = self.used(scene, written, form, index, hit)
            {
                candidates.push(self.candidate(scene, form, (index, level), (date, at), &around, hit));
            }
        }
    }

    /// The entry whose form ended before the document was written – or, if that is asked for, before today – and the day
    /// by which it is judged.
    fn ended(&self, scene: &Scene<'_>, form: &Form, date: Day, today: Day) -> Option<(usize, Level, Day)> {
        let valid = |day: Day| form.holders.iter().any(|&(index, _)| validity(&scene.entries[index]).contains(day));
        let at = if !valid(date) {
            date
        } else if scene.outdated && !valid(today) {
            today
        } else {
            return None;
        };
        // Registries know when a name ended better than when it began, so only what has ended is judged – and not what came
        // back under the same name.
        if form.holders.iter().any(|&(index, _)| validity(&scene.entries[index]).first > at) {
            return None;
        }
        form.holders
            .iter()
            .filter(|&&(index, _)| validity(&scene.entries[index]).last < at && self.reported.get(index) == Some(&true))
            .max_by_key(|&&(index, _)| validity(&scene.entries[index]).last)
            .map(|&(index, level)| (index, level, at))
    }

    /// The surroundings of a hit that uses the name itself as if it still held.
    fn used<'s>(
        &self,
        scene: &'s Scene<'_>,
        written: &Written,
        form: &Form,
        index: usize,
        hit: &AskedHit,
    ) -> Option<Around<'s>> {
        let entry = &scene.entries[index];
        let around = Around::new(scene, hit.span);
        let scope = scene.document.blocks[around.block].scope;
        if !entry.scopes.is_empty() && !entry.scopes.contains(&scope) {
            return None;
        }
        let (before, after) = (around.before(), around.after());
        let last = form.literal.chars().next_back()?;
        let distinct = DISTINCT.iter().any(|begin| form.literal.starts_with(begin));
        let word = (distinct || free_before(before))
            && !foreign(before)
            && free_after(last, after)
            && !goes_on(after)
            && !self.inside_longer(scene, form, &around);
        let valid = validity(entry);
        let history = || {
            // The short form of a successor may lie in the old name itself: 新闻出版|广电总局.
            let within = around.sentence();
            let others = [&around.text[within.start..around.hit.start], &around.text[around.hit.end..within.end]];
            around.in_title()
                || around.cites_document(&valid)
                || around.speaks_of(&valid)
                || self.successors(scene, index, Period::OPEN).iter().any(|&after| {
                    institution(&scene.entries[after]).is_some_and(|name| {
                        forms(&scene.entries[after], name)
                            .any(|(form, _)| others.iter().any(|text| text.contains(form)))
                    })
                })
                || written.in_time(scene, around.block, &valid)
        };
        (word && !history()).then_some(around)
    }

    /// Whether the hit is part of a longer name that a registry knows: 住房和城乡|建设部.
    fn inside_longer(&self, scene: &Scene<'_>, form: &Form, around: &Around<'_>) -> bool {
        let longer = form.longer.get_or_init(|| {
            let names = scene.entries.of(RuleKind::Name);
            let names = names.filter_map(|(_, entry)| Some((entry, institution(entry)?)));
            let mut longer: Vec<String> = names
                .flat_map(|(entry, name)| entry.right.iter().chain(&name.short).chain(&name.siblings))
                .filter(|name| name.len() > form.literal.len() && name.contains(&form.literal))
                .cloned()
                .collect();
            longer.sort();
            longer.dedup();
            longer
        });
        longer.iter().any(|longer| {
            longer.match_indices(&form.literal).any(|(at, _)| {
                around
                    .hit
                    .start
                    .checked_sub(at)
                    .is_some_and(|start| around.text.get(start..).is_some_and(|text| text.starts_with(longer.as_str())))
            })
        })
    }

    /// The entries that took the place of `index`, followed until they hold on `at`.
    fn successors(&self, scene: &Scene<'_>, index: usize, at: Day) -> Vec<usize> {
        let mut found = Vec::new();
        let mut seen = vec![index];
        let mut open = vec![index];
        while let Some(current) = open.pop() {
            let Some(name) = institution(&scene.entries[current]) else { continue };
            let ended = validity(&scene.entries[current]).last;
            // Pushed in reverse, so that they come out in the registry's order.
            for right in name.successor.iter().rev() {
                let holders = self.by_right.get(right).map(Vec::as_slice).unwrap_or_default();
                let next = holders.iter().copied().find(|&next| validity(&scene.entries[next]).last > ended);
                let Some(next) = next.filter(|next| !seen.contains(next)) else { continue };
                seen.push(next);
                open.push(next);
            }
            if current != index && validity(&scene.entries[current]).last >= at.min(Period::OPEN) {
                found.push(current);
                // What still holds has no successor that would be right.
                open.retain(|next| {
                    !name.successor.iter().any(|right| scene.entries[*next].right.first() == Some(right))
                });
            }
        }
        found
    }

    fn candidate(
        &self,
        scene: &Scene<'_>,
        form: &Form,
        (index, level): (usize, Level),
        (date, at): (Day, Day),
        around: &Around<'_>,
        hit: &AskedHit,
    ) -> Candidate {
        let entry = &scene.entries[index];
        let ended = validity(entry).last;
        let mut suggestions: Vec<String> = Vec::new();
        for next in self.successors(scene, index, at) {
            let Some(name) = institution(&scene.entries[next]) else { continue };
            let same =
                forms(&scene.entries[next], name).filter(|&(_, other)| other <= level).max_by_key(|&(_, other)| {
                    // The first of a level is the best; max_by_key would take the last.
                    other
                });
            let best = same.and_then(|(_, best)| forms(&scene.entries[next], name).find(|&(_, other)| other == best));
            let best = best.or_else(|| forms(&scene.entries[next], name).next());
            if let Some((text, _)) = best
                && !suggestions.iter().any(|other| other == text)
            {
                suggestions.push(text.to_owned());
            }
        }
        let current = self.successors(scene, index, at) == self.successors(scene, index, Period::OPEN);
        let wrong = &form.literal;
        let month = month_after(ended);
        let outdated = at != date;
        let how = if wrong.ends_with(['司', '行', '兵', '队', '院']) { "更名" } else { "撤销" };
        let now = if current { "现" } else { "当时" };
        let names = suggestions.iter().map(|name| format!("“{name}”")).collect::<Vec<_>>().join("");
        let (past, verb) = if outdated { ("成文时正确，", "现称") } else { ("", "为") };
        let reason = match suggestions.len() {
            0 => format!("{past}“{wrong}”已于{month}{how}。"),
            1 if outdated => format!("{past}“{wrong}”已于{month}{how}，{verb}{names}。"),
            1 => format!("“{wrong}”已于{month}{how}，{now}{verb}{names}。"),
            _ => format!("{past}“{wrong}”已于{month}{how}，职责分别划入{names}，请按所指职责选用。"),
        };
        let dated = scene.document.date.is_some();
        let fresh = days_between(ended, at) <= GRACE;
        Candidate {
            entry: index,
            block: around.block,
            span: hit.span,
            suggestions,
            reason: Some(reason),
            severity: (outdated || fresh).then_some(Severity::Advice),
            confidence: (!dated).then_some(UNDATED),
        }
    }
}

/// Whether what stands before the name says whose institution it is, and it is none of this country or of the state.
fn foreign(before: &str) -> bool {
    let before = before.trim_end_matches(['“', '‘']);
    let republic = before.ends_with("共和国") && !before.ends_with("中华人民共和国");
    republic
        || FOREIGN.iter().any(|country| before.ends_with(country))
        || ["公司", "集团", "大学", "学院", "医院", "银行", "协会", "联合国", "欧盟", "联邦", "王国", "政府的"]
            .iter()
            .any(|unit| before.ends_with(unit))
}
