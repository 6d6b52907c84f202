//! SARIF 2.1.0 (OASIS Standard, with Errata 01).
//!
//! Regions count lines and columns from 1, columns in Unicode code points (`columnKind`), and bytes of the file as it is
//! on disk from 0; ends are exclusive. A place inside a document or an archive is a nested artifact; as code hosts show
//! files only, such a result stands at line 1 of the outermost file, names its place as a logical location, and gives
//! the nested artifact as a related location. GitHub takes at most 25,000 results and 10 MB (gzip) for one upload.

use std::collections::HashMap;
use std::io::{self, Write};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::wording::{Gravity, Target, alert, members, outermost, replacement};
use super::{Dictionary, Renderer, Report, Style};
use crate::dictionary::{Entry, Rule, Severity};
use crate::document::{DocumentDate, Scope};
use crate::judge::{Context, Finding, Inside, Location, TextPoint};
use crate::source::{Code, Level, Notice};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What a path may hold in a URI (RFC 3986, unreserved characters) besides `/`.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// One log with one run.
pub(super) struct Sarif;

impl Renderer for Sarif {
    fn render(&self, report: &Report, dictionary: &Dictionary, _: Style, out: &mut dyn Write) -> io::Result<()> {
        let mut artifacts = Artifacts::default();
        let mut rules: Index<&str, &Finding> = Index::default();
        let results = report.findings.iter().map(|finding| Outcome::new(finding, &mut artifacts, &mut rules)).collect();
        let mut codes: Index<Code, Code> = Index::default();
        let notifications =
            report.notices.iter().map(|notice| Notification::new(notice, &mut artifacts, &mut codes)).collect();
        let log = Log {
            schema: SCHEMA,
            version: "2.1.0",
            runs: [Run {
                tool: Tool {
                    driver: Driver {
                        name: "zhengming",
                        semantic_version: env!("CARGO_PKG_VERSION"),
                        language: "zh-CN",
                        rules: rules.list.iter().map(|finding| Descriptor::of_rule(finding, dictionary)).collect(),
                        notifications: codes
                            .list
                            .iter()
                            .map(|code| Reference { id: code.as_str(), index: None })
                            .collect(),
                    },
                },
                language: "zh-CN",
                column_kind: "unicodeCodePoints",
                invocations: [Invocation {
                    execution_successful: !report.notices.iter().any(|notice| notice.level == Level::Error),
                    tool_execution_notifications: notifications,
                }],
                artifacts: artifacts.list,
                results,
            }],
        };
        serde_json::to_writer_pretty(&mut *out, &log)?;
        writeln!(out)
    }
}

#[derive(Serialize)]
struct Log<'r> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'r>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'r> {
    tool: Tool<'r>,
    language: &'static str,
    column_kind: &'static str,
    invocations: [Invocation; 1],
    artifacts: Vec<Artifact>,
    results: Vec<Outcome<'r>>,
}

#[derive(Serialize)]
struct Tool<'r> {
    driver: Driver<'r>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'r> {
    name: &'static str,
    semantic_version: &'static str,
    language: &'static str,
    rules: Vec<Descriptor<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notifications: Vec<Reference>,
}

/// `reportingDescriptor` of a rule.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor<'r> {
    id: &'r str,
    short_description: Text,
    help: Text,
    default_configuration: Configuration,
    properties: RuleProperties<'r>,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct RuleProperties<'r> {
    category: &'r str,
    severity: Severity,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Text,
    descriptor: Reference,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Place>,
}

/// `reportingDescriptor` of a notice, or a reference to it.
#[derive(Serialize)]
struct Reference {
    id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    location: Uri,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_index: Option<usize>,
}

#[derive(Serialize)]
struct Uri {
    uri: String,
}

/// `result`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'r> {
    rule_id: &'r str,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: [Place; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Place>,
    partial_fingerprints: Fingerprints<'r>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Fix>,
    properties: Properties<'r>,
}

#[derive(Serialize)]
struct Fingerprints<'r> {
    #[serde(rename = "zhengming/v1")]
    v1: &'r str,
}

/// `location`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u32>,
    physical_location: Physical,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<Logical>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Clone, Serialize)]
struct ArtifactLocation {
    uri: String,
    index: usize,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    #[serde(flatten)]
    exact: Option<Exact>,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct Exact {
    start_column: usize,
    end_line: usize,
    end_column: usize,
    byte_offset: usize,
    byte_length: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    fully_qualified_name: String,
    kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fix {
    description: Text,
    artifact_changes: [Change; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    artifact_location: ArtifactLocation,
    replacements: [Replacement; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Bytes,
    inserted_content: Text,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bytes {
    byte_offset: usize,
    byte_length: usize,
}

/// What SARIF has no place for.
#[derive(Serialize)]
struct Properties<'r> {
    kind: &'r str,
    severity: Severity,
    text: &'r str,
    suggestions: &'r [String],
    context: &'r Context,
    source: &'r str,
    scope: Scope,
    /// The place in a document, as in JSON reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'r Location>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<&'r DocumentDate>,
}

impl<'r> Outcome<'r> {
    fn new(finding: &'r Finding, artifacts: &mut Artifacts<'r>, rules: &mut Index<&'r str, &'r Finding>) -> Self {
        let chain = artifacts.chain(finding);
        let target = Target::of(finding);
        let exact = match &finding.location {
            Location::Text { start, end, .. } => Some(Region::new(*start, *end)),
            _ => None,
        };
        let logical = match (&finding.location, &target.inside) {
            (Location::Text { inside: Some(inside), .. }, None) => Some(match inside {
                Inside::Element { css: name } | Inside::Node { xpath: name } => Logical::element(name.clone(), None),
                Inside::Field { cell: name } | Inside::Value { pointer: name } => Logical::value(name.clone()),
                Inside::Cue { .. } => Logical::value(finding.location.label()),
            }),
            (_, Some(inside)) => Some(Logical::element(inside.clone(), Some(finding.location.label()))),
            _ => None,
        };
        let file = Place {
            id: None,
            physical_location: Physical {
                artifact_location: chain.outer.clone(),
                region: Some(target.span.map_or(Region::FIRST_LINE, |(start, end)| Region::new(start, end))),
            },
            logical_locations: logical.into_iter().collect(),
            message: None,
        };
        let nested = chain.inner.map(|artifact_location| Place {
            id: Some(1),
            physical_location: Physical { artifact_location, region: exact },
            logical_locations: Vec::new(),
            message: target.inside.clone().map(|text| Text { text }),
        });
        let fix = target.span.and_then(|(start, end)| Fix::new(finding, start, end, &chain.outer));
        let place_in_document = !matches!(finding.location, Location::Text { .. });
        Outcome {
            rule_id: &finding.rule,
            rule_index: rules.of(&finding.rule, finding),
            level: level(finding.severity.into()),
            message: Text { text: alert(finding, &target) },
            locations: [file],
            related_locations: nested.into_iter().collect(),
            partial_fingerprints: Fingerprints { v1: &finding.fingerprint },
            fixes: fix.into_iter().collect(),
            properties: Properties {
                kind: finding.kind,
                severity: finding.severity,
                text: &finding.text,
                suggestions: &finding.suggestions,
                context: &finding.context,
                source: &finding.source,
                scope: finding.scope,
                location: place_in_document.then_some(&finding.location),
                page: finding.page.as_deref(),
                date: finding.date.as_ref(),
            },
        }
    }
}

impl Fix {
    /// Puts the first suggestion in the place of the hit.
    fn new(finding: &Finding, start: TextPoint, end: TextPoint, file: &ArtifactLocation) -> Option<Self> {
        let right = replacement(finding, start, end)?;
        let replacement = Replacement {
            deleted_region: Bytes { byte_offset: start.byte, byte_length: end.byte - start.byte },
            inserted_content: Text { text: right.to_owned() },
        };
        Some(Fix {
            description: Text {
                text: if right.is_empty() { "删去".to_owned() } else { format!("改为“{right}”") }
            },
            artifact_changes: [Change { artifact_location: file.clone(), replacements: [replacement] }],
        })
    }
}

impl Region {
    /// Stands for the whole of a file that has no lines; code hosts show nothing without one.
    const FIRST_LINE: Region = Region { start_line: 1, exact: None };

    fn new(start: TextPoint, end: TextPoint) -> Self {
        let exact = Exact {
            start_column: start.column,
            end_line: end.line,
            end_column: end.column,
            byte_offset: start.byte,
            byte_length: end.byte.saturating_sub(start.byte),
        };
        Region { start_line: start.line, exact: Some(exact) }
    }
}

impl Logical {
    fn element(fully_qualified_name: String, name: Option<String>) -> Self {
        Logical { name, fully_qualified_name, kind: "element" }
    }

    fn value(fully_qualified_name: String) -> Self {
        Logical { name: None, fully_qualified_name, kind: "value" }
    }
}

impl Notification {
    fn new<'r>(notice: &'r Notice, artifacts: &mut Artifacts<'r>, codes: &mut Index<Code, Code>) -> Self {
        let (file, inner) = outermost(&notice.path);
        let text = inner.map_or_else(|| notice.message.clone(), |inner| format!("{inner}：{}", notice.message));
        let location = (!file.is_empty()).then(|| Place {
            id: None,
            physical_location: Physical { artifact_location: artifacts.artifact(None, file), region: None },
            logical_locations: Vec::new(),
            message: None,
        });
        Notification {
            level: level(notice.level.into()),
            message: Text { text },
            descriptor: Reference { id: notice.code.as_str(), index: Some(codes.of(notice.code, notice.code)) },
            locations: location.into_iter().collect(),
        }
    }
}

impl<'r> Descriptor<'r> {
    /// The rule of a finding. A rule that is not an entry of the dictionary is described by what it found.
    fn of_rule(finding: &'r Finding, dictionary: &'r Dictionary) -> Self {
        let described = |short: String, help: String, category: &'r str, severity: Severity| Descriptor {
            id: &finding.rule,
            short_description: Text { text: short },
            help: Text { text: help },
            default_configuration: Configuration { level: level(severity.into()) },
            properties: RuleProperties { category, severity },
        };
        match dictionary.get(&finding.rule) {
            Some(entry) => described(reason(entry), help(entry), &entry.category, entry.severity),
            None => {
                described(finding.message.clone(), format!("依据：{}", finding.source), finding.kind, finding.severity)
            }
        }
    }
}

/// The reason of an entry, told about its first wrong form.
fn reason(entry: &Entry) -> String {
    let wrong = match &entry.rule {
        Rule::Term(term) => term.wrong.first().map_or("", String::as_str),
        _ => "原文",
    };
    entry.reason.replace("{wrong}", wrong).replace("{right}", entry.right.first().map_or("", String::as_str))
}

fn help(entry: &Entry) -> String {
    let mut lines = vec![reason(entry)];
    if let Rule::Term(term) = &entry.rule {
        lines.push(format!("错误写法：{}", term.wrong.join("、")));
        lines.push(format!("正确写法：{}", entry.right.join("、")));
    }
    lines.join("\n") + &citation(&entry.source)
}

fn citation(source: &str) -> String {
    if source.is_empty() { String::new() } else { format!("\n依据：{source}") }
}

/// Values of `level` of results, notifications and rules.
fn level(gravity: Gravity) -> &'static str {
    match gravity {
        Gravity::Error => "error",
        Gravity::Warning => "warning",
        Gravity::Note => "note",
    }
}

/// Things in the order in which they first occur.
struct Index<K, V> {
    indexes: HashMap<K, usize>,
    list: Vec<V>,
}

impl<K, V> Default for Index<K, V> {
    fn default() -> Self {
        Index { indexes: HashMap::new(), list: Vec::new() }
    }
}

impl<K: std::hash::Hash + Eq, V> Index<K, V> {
    fn of(&mut self, key: K, value: V) -> usize {
        let next = self.list.len();
        let index = *self.indexes.entry(key).or_insert(next);
        if index == next {
            self.list.push(value);
        }
        index
    }
}

/// `run.artifacts`.
#[derive(Default)]
struct Artifacts<'r> {
    indexes: HashMap<(Option<usize>, &'r str), usize>,
    list: Vec<Artifact>,
}

/// Where a finding's text is stored.
struct Chain {
    /// The file on disk.
    outer: ArtifactLocation,
    /// The innermost member of it, if it has members: a file in an archive, a part of a document.
    inner: Option<ArtifactLocation>,
}

impl<'r> Artifacts<'r> {
    fn chain(&mut self, finding: &'r Finding) -> Chain {
        let part = match &finding.location {
            Location::Paragraph { part, .. } | Location::Property { part, .. } => Some(part.as_str()),
            Location::Text { .. } | Location::Cell { .. } | Location::Shape { .. } | Location::Page { .. } => None,
        };
        let (file, _) = outermost(&finding.path);
        let outer = self.artifact(None, file);
        let mut inner: Option<ArtifactLocation> = None;
        for member in members(&finding.path).skip(1).chain(part) {
            let parent = inner.as_ref().map_or(outer.index, |artifact| artifact.index);
            inner = Some(self.artifact(Some(parent), member));
        }
        Chain { outer, inner }
    }

    fn artifact(&mut self, parent: Option<usize>, path: &'r str) -> ArtifactLocation {
        let next = self.list.len();
        let index = *self.indexes.entry((parent, path)).or_insert(next);
        if index == next {
            let uri = if parent.is_some() { relative_uri(path) } else { file_uri(path) };
            self.list.push(Artifact { location: Uri { uri }, parent_index: parent });
        }
        ArtifactLocation { uri: self.list[index].location.uri.clone(), index }
    }
}

/// The URI of a path on disk: relative as it was given, `file:` if it is absolute.
fn file_uri(path: &str) -> String {
    if path.starts_with('/') {
        format!("file://{}", encoded(path))
    } else if path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic() {
        format!("file:///{}:{}", &path[..1], encoded(&path[2..]))
    } else {
        relative_uri(path)
    }
}

/// Relative even where a member of an archive pretends to be absolute.
fn relative_uri(path: &str) -> String {
    encoded(path.trim_start_matches('/'))
}

fn encoded(path: &str) -> String {
    utf8_percent_encode(path, PATH).to_string()
}
