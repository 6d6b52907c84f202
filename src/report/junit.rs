//! JUnit XML as Jenkins, GitLab and Azure read it, within the schema of Jenkins' xunit plugin (`junit-10.xsd`).
//!
//! A suite for each file on disk, in the order in which files first occur; a test case that failed for each finding, and one
//! that broke off (`error`) for each notice of level error. Notices of level warning are output of the suite, not failures.
//! A last suite says how much was checked, so that a clean run has a test case too.

use std::collections::HashMap;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::wording::{Target, alert, legal, outermost};
use super::{Dictionary, Renderer, Report, Style};
use crate::source::Level;

/// One XML document.
pub(super) struct Junit;

#[derive(Default)]
struct Suite {
    cases: Vec<Case>,
    warnings: Vec<String>,
}

struct Case {
    name: String,
    class: String,
    /// `failure` or `error`, its type, its message.
    trouble: Option<(&'static str, String, String)>,
}

impl Suite {
    fn count(&self, kind: &str) -> usize {
        self.cases.iter().filter(|case| case.trouble.as_ref().is_some_and(|(trouble, ..)| *trouble == kind)).count()
    }
}

/// Suites in the order in which their files first occur.
#[derive(Default)]
struct Suites<'r> {
    list: Vec<(&'r str, Suite)>,
    indexes: HashMap<&'r str, usize>,
}

impl<'r> Suites<'r> {
    fn of(&mut self, file: &'r str) -> &mut Suite {
        let index = *self.indexes.entry(file).or_insert(self.list.len());
        if index == self.list.len() {
            self.list.push((file, Suite::default()));
        }
        &mut self.list[index].1
    }
}

impl Renderer for Junit {
    fn render(&self, report: &Report, _: &Dictionary, _: Style, out: &mut dyn Write) -> io::Result<()> {
        let suites = suites(report);
        let mut writer = Writer::new_with_indent(&mut *out, b' ', 2);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        let total = |kind: &str| suites.iter().map(|(_, suite)| suite.count(kind)).sum::<usize>();
        let tests = suites.iter().map(|(_, suite)| suite.cases.len()).sum::<usize>();
        let mut root = BytesStart::new("testsuites");
        root.push_attribute(("name", "zhengming"));
        root.push_attribute(("tests", tests.to_string().as_str()));
        root.push_attribute(("failures", total("failure").to_string().as_str()));
        root.push_attribute(("errors", total("error").to_string().as_str()));
        writer.write_event(Event::Start(root))?;
        for (name, suite) in &suites {
            write(&mut writer, name, suite)?;
        }
        writer.write_event(Event::End(BytesEnd::new("testsuites")))?;
        writer.write_event(Event::Text(BytesText::new("\n")))
    }
}

/// Suites by file on disk, then the one about the run.
fn suites(report: &Report) -> Vec<(&str, Suite)> {
    let mut suites = Suites::default();
    for finding in &report.findings {
        let target = Target::of(finding);
        let place = target.inside.clone().unwrap_or_else(|| finding.location.label());
        suites.of(target.file).cases.push(Case {
            name: format!("{place} {}", finding.rule),
            class: target.file.to_owned(),
            trouble: Some(("failure", finding.severity.label().to_owned(), alert(finding, &target))),
        });
    }
    let mut run = Suite::default();
    for notice in &report.notices {
        let (file, inner) = outermost(&notice.path);
        let message = inner.map_or_else(|| notice.message.clone(), |inner| format!("{inner}：{}", notice.message));
        let suite = if file.is_empty() { &mut run } else { suites.of(file) };
        match notice.level {
            Level::Error => suite.cases.push(Case {
                name: inner.unwrap_or(notice.code.as_str()).to_owned(),
                class: if file.is_empty() { "zhengming".to_owned() } else { file.to_owned() },
                trouble: Some(("error", notice.code.as_str().to_owned(), message)),
            }),
            Level::Warning => suite.warnings.push(message),
        }
    }
    let summary = &report.summary;
    run.cases.push(Case {
        name: format!("检查 {} 个文件，{} 字", summary.checked, summary.characters),
        class: "zhengming".to_owned(),
        trouble: None,
    });
    suites.list.push(("zhengming", run));
    suites.list
}

fn write(writer: &mut Writer<&mut dyn Write>, name: &str, suite: &Suite) -> io::Result<()> {
    let mut start = BytesStart::new("testsuite");
    start.push_attribute(("name", legal(name).as_ref()));
    start.push_attribute(("tests", suite.cases.len().to_string().as_str()));
    start.push_attribute(("failures", suite.count("failure").to_string().as_str()));
    start.push_attribute(("errors", suite.count("error").to_string().as_str()));
    writer.write_event(Event::Start(start))?;
    for case in &suite.cases {
        let mut start = BytesStart::new("testcase");
        start.push_attribute(("name", legal(&case.name).as_ref()));
        start.push_attribute(("classname", legal(&case.class).as_ref()));
        let Some((kind, label, message)) = &case.trouble else {
            writer.write_event(Event::Empty(start))?;
            continue;
        };
        writer.write_event(Event::Start(start))?;
        let mut trouble = BytesStart::new(*kind);
        trouble.push_attribute(("type", label.as_str()));
        trouble.push_attribute(("message", legal(message).as_ref()));
        writer.write_event(Event::Empty(trouble))?;
        writer.write_event(Event::End(BytesEnd::new("testcase")))?;
    }
    if !suite.warnings.is_empty() {
        writer.write_event(Event::Start(BytesStart::new("system-out")))?;
        writer.write_event(Event::Text(BytesText::new(&legal(&suite.warnings.join("\n")))))?;
        writer.write_event(Event::End(BytesEnd::new("system-out")))?;
    }
    writer.write_event(Event::End(BytesEnd::new("testsuite")))
}
