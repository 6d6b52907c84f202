//! Entries as data. The build script uses this file too: it compiles the embedded packs ahead of time.

use std::ops::Deref;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::document::Scope;

/// How grave an error is, as inspectors count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// 建议: a recommendation.
    Advice,
    /// 一般差错: an ordinary error.
    Error,
    /// 严重表述错误: one of these fails a site.
    Serious,
}

impl Severity {
    /// All levels, the gravest first.
    pub const ALL: [Severity; 3] = [Severity::Serious, Severity::Error, Severity::Advice];

    /// The name used on the command line and in machine-readable reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Serious => "serious",
            Severity::Error => "error",
            Severity::Advice => "advice",
        }
    }

    /// The name that editors read.
    pub fn label(self) -> &'static str {
        match self {
            Severity::Serious => "严重",
            Severity::Error => "差错",
            Severity::Advice => "建议",
        }
    }
}

/// The smallest profile in which an entry runs; `config::Profile` says which of these each profile takes in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// What fails a site: names of state, party and institutions, fixed expressions and enumerations.
    Minimal,
    /// What an inspector calls an error.
    #[default]
    Gov,
    /// Recommendations as well.
    Strict,
    /// Confusions of text recognition, which in typed text are other words.
    Ocr,
}

impl Tier {
    /// All of them, the smallest first.
    pub const ALL: [Tier; 4] = [Tier::Minimal, Tier::Gov, Tier::Strict, Tier::Ocr];

    /// The name used in dictionaries.
    pub fn as_str(self) -> &'static str {
        match self {
            Tier::Minimal => "minimal",
            Tier::Gov => "gov",
            Tier::Strict => "strict",
            Tier::Ocr => "ocr",
        }
    }
}

/// What the head of a dictionary file says about all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// What it covers and what not, in Chinese.
    pub about: String,
    /// The source of entries that name none.
    pub source: String,
    /// The severity of entries that name none.
    pub severity: Option<Severity>,
    /// The profile of entries that name none.
    pub profile: Tier,
}

/// One dictionary file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pack {
    /// Prefix of the ids of its entries.
    pub id: String,
    /// Title in Chinese.
    pub title: String,
    /// What holds for the whole file.
    pub header: Header,
    /// Its entries.
    pub entries: Vec<Entry>,
    /// Longer texts in which no rule may find anything, such as an agency's own names.
    pub allow: Vec<String>,
    /// Globs of rule ids that this pack switches off in the packs before it.
    pub off: Vec<String>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// `pack/right-form`.
    pub id: String,
    /// What it looks for.
    pub rule: Rule,
    /// Right forms, the best first; templates for patterns.
    pub right: Vec<String>,
    /// How grave the error is.
    pub severity: Severity,
    /// Whether it runs when not asked for, in the profiles that take its `profile` in.
    pub enabled: bool,
    /// The smallest profile that it belongs to.
    pub profile: Tier,
    /// Whether wording and reason were compared with the source. What was not is off.
    pub verified: bool,
    /// First date (ISO 8601) on which the wrong form is wrong.
    pub from: Option<String>,
    /// Last such date.
    pub to: Option<String>,
    /// Scopes it is limited to; empty means all.
    pub scopes: Vec<Scope>,
    /// Contexts that excuse a hit.
    pub guards: Guards,
    /// Where the entry stands.
    pub at: Location,
    /// What is said about it.
    #[serde(skip)]
    pub details: LazyDetails,
}

/// What is said about an entry, and what finds nothing: it is read when somebody asks for it, which a check does only for
/// what it has found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// One Chinese sentence; `{wrong}` and `{right}` stand for the text found and the first right form.
    pub reason: String,
    /// Where the right form can be looked up.
    pub source: String,
    /// Taxonomy id.
    pub category: String,
    /// Texts in which it must be found.
    pub found: Vec<FoundExample>,
    /// Texts in which it must not.
    pub clean: Vec<String>,
}

/// The details of an entry as they are, or in their compiled form.
#[derive(Debug, Clone, Default)]
pub struct LazyDetails {
    compiled: &'static [u8],
    read: OnceLock<Box<Details>>,
}

impl LazyDetails {
    /// Takes what `postcard` wrote of [`Details`]. Other bytes give empty ones.
    #[allow(dead_code, reason = "the build script does not read")]
    pub(crate) fn compiled(compiled: &'static [u8]) -> Self {
        LazyDetails { compiled, read: OnceLock::new() }
    }
}

impl From<Details> for LazyDetails {
    fn from(details: Details) -> Self {
        LazyDetails { compiled: &[], read: OnceLock::from(Box::new(details)) }
    }
}

impl Deref for LazyDetails {
    type Target = Details;

    fn deref(&self) -> &Details {
        self.read.get_or_init(|| postcard::from_bytes(self.compiled).unwrap_or_default())
    }
}

impl PartialEq for LazyDetails {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

/// `entry.reason` and the like read the details.
impl Deref for Entry {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.details
    }
}

/// What of an entry decides whether and where it takes part, known without reading the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) kind: RuleKind,
    pub(crate) severity: Severity,
    pub(crate) profile: Tier,
    pub(crate) enabled: bool,
}

/// The kinds of [`Rule`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RuleKind {
    Term,
    Pattern,
    Phrase,
    List,
    Name,
    Law,
    Person,
    Attested,
}

impl RuleKind {
    const ALL: [RuleKind; 8] = [
        RuleKind::Term,
        RuleKind::Pattern,
        RuleKind::Phrase,
        RuleKind::List,
        RuleKind::Name,
        RuleKind::Law,
        RuleKind::Person,
        RuleKind::Attested,
    ];

    /// [`Rule::is_registered`] of such rules.
    pub(crate) fn is_registered(self) -> bool {
        !matches!(self, RuleKind::Term | RuleKind::Pattern | RuleKind::Attested)
    }
}

#[allow(dead_code, reason = "the build script writes, the program reads")]
impl Facts {
    /// Bytes of the compiled form.
    pub(crate) const BYTES: usize = 4;

    pub(crate) fn of(entry: &Entry) -> Self {
        let Entry { severity, profile, enabled, .. } = *entry;
        Facts { kind: entry.rule.numbered(), severity, profile, enabled }
    }

    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        [self.kind as u8, self.severity as u8, self.profile as u8, self.enabled.into()]
    }

    /// `None` for bytes that [`to_bytes`](Self::to_bytes) does not give.
    pub(crate) fn from_bytes([kind, severity, profile, enabled]: [u8; Self::BYTES]) -> Option<Self> {
        Some(Facts {
            kind: RuleKind::ALL.into_iter().find(|one| *one as u8 == kind)?,
            severity: Severity::ALL.into_iter().find(|one| *one as u8 == severity)?,
            profile: Tier::ALL.into_iter().find(|one| *one as u8 == profile)?,
            enabled: enabled != 0,
        })
    }
}

impl Entry {
    /// The texts that a registered entry makes right: its own forms, then accepted variants and siblings. None for other
    /// kinds, and none for the ends of local names.
    pub fn forms(&self) -> impl Iterator<Item = &str> {
        let [own, near]: [&[String]; 2] = match &self.rule {
            Rule::Phrase(phrase) => [&phrase.accepted, &phrase.siblings],
            Rule::Name(name) if !name.local => [&name.short, &name.siblings],
            Rule::Law(law) => [&law.short, &law.siblings],
            Rule::List(_) => [&[], &[]],
            _ => return [].iter().chain(&[]).chain(&[]).map(String::as_str),
        };
        self.right.iter().chain(own).chain(near).map(String::as_str)
    }

    /// How many of [`forms`](Self::forms) are names for the very thing, which slips are judged against.
    pub fn own_forms(&self) -> usize {
        self.right.len()
            + match &self.rule {
                Rule::Name(name) if !name.local => name.short.len(),
                Rule::Law(law) => law.short.len(),
                _ => 0,
            }
    }
}

/// Where an entry stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// File, relative to the dictionary's folder.
    pub file: String,
    /// Line from 1.
    pub line: u32,
}

/// A text in which an entry must find something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundExample {
    /// The text.
    pub text: String,
    /// The text after the first suggestion has been applied, if the entry states it.
    pub corrected: Option<String>,
}

/// What an entry looks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Rule {
    /// Listed wrong forms.
    Term(Term),
    /// A regular expression.
    Pattern(Pattern),
    /// A fixed expression; what is almost it is wrong.
    Phrase(Phrase),
    /// An enumeration with its members.
    List(List),
    /// A name with the dates between which it is right.
    Name(Name),
    /// The title of a law or document.
    Law(Law),
    /// Somebody who holds a post.
    Person(Person),
    /// Wording by evidence of reference text; the level says how sure it must be.
    Attested(Level),
}

impl Rule {
    /// The kind as a value.
    pub(crate) fn numbered(&self) -> RuleKind {
        match self {
            Rule::Term(_) => RuleKind::Term,
            Rule::Pattern(_) => RuleKind::Pattern,
            Rule::Phrase(_) => RuleKind::Phrase,
            Rule::List(_) => RuleKind::List,
            Rule::Name(_) => RuleKind::Name,
            Rule::Law(_) => RuleKind::Law,
            Rule::Person(_) => RuleKind::Person,
            Rule::Attested(_) => RuleKind::Attested,
        }
    }

    /// Name of the kind, as in dictionaries and reports.
    pub fn kind(&self) -> &'static str {
        match self {
            Rule::Term(_) => "term",
            Rule::Pattern(_) => "pattern",
            Rule::Phrase(_) => "phrase",
            Rule::List(_) => "list",
            Rule::Name(_) => "name",
            Rule::Law(_) => "law",
            Rule::Person(_) => "person",
            Rule::Attested(_) => "attested",
        }
    }

    /// Whether the entry is a right form in a registry, rather than a wrong form: its dates are those between which the
    /// form is right, and it needs no examples of its own.
    pub fn is_registered(&self) -> bool {
        self.numbered().is_registered()
    }
}

/// A fixed expression.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phrase {
    /// Variants that are right as well.
    pub accepted: Vec<String>,
    /// Other right wording close to it.
    pub siblings: Vec<String>,
    /// What it is called afterwards.
    pub successor: Vec<String>,
}

/// An enumeration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// Names it goes by: 四个意识.
    pub labels: Vec<String>,
    /// Its members, in order.
    pub members: Vec<String>,
    /// Whether the order is fixed.
    pub ordered: bool,
    /// What follows the label when a noun does: 总体布局 after 五位一体.
    pub noun: Option<String>,
    /// Nouns that the label is wrongly paired with.
    pub wrong_nouns: Vec<String>,
}

/// A name: of an institution, a meeting, a place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// Short forms that are right as well.
    pub short: Vec<String>,
    /// Other names close to it that are right.
    pub siblings: Vec<String>,
    /// Names that took its place, as full names.
    pub successor: Vec<String>,
    /// What it belongs to, the highest first.
    pub superior: Vec<String>,
    /// First and last day of a meeting.
    pub held: Option<(String, String)>,
    /// Whether it is what the names of local departments end in, each with its place before it: 国土资源局.
    pub local: bool,
}

/// What kind of text a title belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LawKind {
    /// 法律.
    Law,
    /// 行政法规.
    Regulation,
    /// 司法解释.
    Judicial,
    /// 部门规章.
    Department,
    /// 地方性法规.
    Local,
    /// 规范性文件.
    Document,
    /// 党内法规.
    Party,
}

/// A law, regulation or document with a title of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Law {
    /// Short titles by which it is cited.
    pub short: Vec<String>,
    /// What it is.
    pub kind: LawKind,
    /// What took its place.
    pub successor: Vec<String>,
    /// Last article by date of the version.
    pub articles: Vec<(String, u32)>,
    /// Document number: 国办发〔2019〕19号.
    pub number: Option<String>,
    /// Date of issue.
    pub date: Option<String>,
    /// Other titles close to it that are right.
    pub siblings: Vec<String>,
}

/// Who holds which post. The dates of the entry are those of the term of office.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The post: 局长.
    pub post: String,
    /// Where: 海州市水务局.
    pub organisation: String,
}

/// How much evidence a wording must have against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Idioms alone.
    Idiom,
    /// Words and frequent wording, where hardly any doubt is left.
    Strict,
    /// The same where some is.
    Usual,
    /// The same where much is.
    Broad,
}

impl Level {
    /// The level for which less evidence is enough, of those of wording.
    pub(crate) fn below(self) -> Option<Level> {
        match self {
            Level::Idiom | Level::Strict => Some(Level::Usual),
            Level::Usual => Some(Level::Broad),
            Level::Broad => None,
        }
    }
}

/// Listed wrong forms.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// Wrong forms, literal.
    pub wrong: Vec<String>,
    /// Whether a hit must agree with the segmentation of its clause into words.
    pub word_boundary: bool,
}

/// Contexts that excuse a hit. All are literal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guards {
    /// Longer spans in which what is found is legitimate.
    pub allow: Vec<String>,
    /// One of these must stand directly before, if there are any.
    pub before: Vec<String>,
    /// One of these must stand directly after, if there are any.
    pub after: Vec<String>,
    /// None of these may stand directly before.
    pub not_before: Vec<String>,
    /// None of these may stand directly after.
    pub not_after: Vec<String>,
}

/// A regular expression on folded text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// Syntax of the `regex` crate; a group named `hit` marks what is reported.
    pub expression: String,
    /// Name of the validator that decides about each match.
    pub validator: Option<String>,
    /// Whether reports must not show the text found.
    pub mask: bool,
    /// What the engine knows of the expression; worked out ahead of time for embedded packs.
    pub facts: Option<PatternFacts>,
}

/// A literal that a match contains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Required {
    /// The literal.
    pub text: String,
    /// Index of the gate that it must pass.
    pub gate: u16,
}

/// What a match has beside one of its literals.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Gate {
    /// Before the literal.
    pub before: GateSide,
    /// Behind it.
    pub after: GateSide,
}

/// What a match has on one side of a literal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GateSide {
    /// What stands at each place, read away from the literal: a class of [`PatternFacts::classes`], by index. A match may have
    /// more.
    pub places: Vec<u16>,
    /// Bytes of the whole side at most; `None` if there is no longest.
    pub longest: Option<u32>,
}

/// What follows from an expression alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatternFacts {
    /// Literals of which every match contains at least one; `None` if there is no such set.
    pub literals: Option<Vec<Required>>,
    /// What stands beside them in a match.
    pub gates: Vec<Gate>,
    /// The characters of places at which gates look: ranges of code points, in order, first and last. LF is the border of a
    /// block.
    pub classes: Vec<Vec<(u32, u32)>>,
    /// Longest possible match in bytes; `None` if there is no longest.
    pub longest: Option<u32>,
}
