//! Results as bytes. The types mirror those of reports, whose own serialisation is the contract of JSON and leaves out what
//! is absent.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{LONGEST, Stamp};
use crate::dictionary::Severity;
use crate::document::{Area, Backdrop, DocumentDate, Scope};
use crate::judge::{Anchor, Context, Finding, Inside, Location, PagePart, TextPoint};
use crate::linter::Checked;
use crate::source::Notice;

/// Results of one file, and what they hold for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) place: Vec<u8>,
    pub(super) stamp: Option<Stamp>,
    pub(super) content: [u8; 32],
    /// The date by which documents without one were judged, if there were such.
    pub(super) as_of: Option<String>,
    /// Day of last use, since 1970.
    pub(super) day: u32,
    pub(super) results: Vec<u8>,
}

impl Record {
    /// The record with its length and CRC.
    pub(super) fn framed(&self) -> Option<Vec<u8>> {
        let body = postcard::to_allocvec(self).ok()?;
        let length = u32::try_from(body.len()).ok().filter(|length| *length <= LONGEST)?;
        let mut framed = Vec::with_capacity(body.len() + 8);
        framed.extend_from_slice(&length.to_le_bytes());
        framed.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
        framed.extend_from_slice(&body);
        Some(framed)
    }

    /// The record at the beginning of `bytes`, and what follows it.
    pub(super) fn unframed(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (crc, rest) = rest.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length);
        let (body, rest) = rest.split_at_checked(length as usize)?;
        let sound = length <= LONGEST && crc32fast::hash(body) == u32::from_le_bytes(*crc);
        Some((postcard::from_bytes(sound.then_some(body)?).ok()?, rest))
    }
}

/// Results of one file: of itself, and of what is inside.
#[derive(Serialize, Deserialize)]
pub(super) struct Results(Vec<StoredChecked>);

impl Results {
    pub(super) fn write(checked: &[Checked]) -> Option<Vec<u8>> {
        postcard::to_allocvec(&Results(checked.iter().map(StoredChecked::of).collect())).ok()
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Vec<Checked>> {
        let Results(all) = postcard::from_bytes(bytes).ok()?;
        all.into_iter().map(StoredChecked::into_checked).collect()
    }
}

#[derive(Serialize, Deserialize)]
struct StoredChecked {
    name: String,
    title: Option<String>,
    digest: u64,
    document: bool,
    date: Option<DocumentDate>,
    characters: usize,
    findings: Vec<StoredFinding>,
    notices: Vec<Notice>,
    given: Option<DocumentDate>,
    links: Vec<String>,
    passed_over: Option<String>,
}

impl StoredChecked {
    fn of(checked: &Checked) -> Self {
        StoredChecked {
            name: checked.name.clone(),
            title: checked.title.clone(),
            digest: checked.digest,
            document: checked.document,
            date: checked.date.clone(),
            characters: checked.characters,
            findings: checked.findings.iter().map(StoredFinding::of).collect(),
            notices: checked.notices.clone(),
            given: checked.given.clone(),
            links: checked.links.clone(),
            passed_over: checked.passed_over.map(str::to_owned),
        }
    }

    fn into_checked(self) -> Option<Checked> {
        let passed_over = match self.passed_over {
            Some(label) => Some(interned(&label)?),
            None => None,
        };
        let findings = self.findings.into_iter();
        let findings =
            findings.map(|finding| finding.into_finding(&self.name, self.title.as_ref(), self.date.as_ref()));
        Some(Checked {
            findings: findings.collect::<Option<_>>()?,
            name: self.name,
            title: self.title,
            digest: self.digest,
            page: None,
            document: self.document,
            date: self.date,
            characters: self.characters,
            notices: self.notices,
            given: self.given,
            links: self.links,
            inner: Vec::new(),
            passed_over,
        })
    }
}

/// A finding without what its document says.
#[derive(Serialize, Deserialize)]
struct StoredFinding {
    rule: String,
    kind: String,
    severity: Severity,
    text: String,
    suggestions: Vec<String>,
    confidence: Option<u8>,
    message: String,
    source: String,
    #[serde(with = "StoredLocation")]
    location: Location,
    scope: Scope,
    before: String,
    after: String,
    ocr: bool,
    fingerprint: String,
    #[serde(with = "StoredAnchor")]
    anchor: Anchor,
}

impl StoredFinding {
    fn of(finding: &Finding) -> Self {
        StoredFinding {
            rule: finding.rule.clone(),
            kind: finding.kind.to_owned(),
            severity: finding.severity,
            text: finding.text.clone(),
            suggestions: finding.suggestions.clone(),
            confidence: finding.confidence,
            message: finding.message.clone(),
            source: finding.source.clone(),
            location: finding.location.clone(),
            scope: finding.scope,
            before: finding.context.before.clone(),
            after: finding.context.after.clone(),
            ocr: finding.ocr,
            fingerprint: finding.fingerprint.clone(),
            anchor: finding.anchor.clone(),
        }
    }

    fn into_finding(self, path: &str, title: Option<&String>, date: Option<&DocumentDate>) -> Option<Finding> {
        Some(Finding {
            path: path.to_owned(),
            page: None,
            title: title.cloned(),
            kind: interned(&self.kind)?,
            rule: self.rule,
            severity: self.severity,
            text: self.text,
            suggestions: self.suggestions,
            confidence: self.confidence,
            message: self.message,
            source: self.source,
            location: self.location,
            scope: self.scope,
            context: Context { before: self.before, after: self.after },
            date: date.cloned(),
            ocr: self.ocr,
            fingerprint: self.fingerprint,
            anchor: self.anchor,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Anchor")]
struct StoredAnchor {
    before: String,
    after: String,
    sentence: Option<String>,
}

/// [`Location`], told apart by number.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Location")]
enum StoredLocation {
    Text {
        #[serde(with = "StoredPoint")]
        start: TextPoint,
        #[serde(with = "StoredPoint")]
        end: TextPoint,
        #[serde(with = "StoredInside")]
        inside: Option<Inside>,
    },
    Paragraph {
        part: String,
        paragraph: u32,
        table: Option<String>,
        cell: Option<String>,
        text_box: Option<u32>,
        note: Option<u32>,
        chars: [usize; 2],
    },
    Cell {
        sheet: String,
        cell: Option<String>,
        chars: [usize; 2],
    },
    Shape {
        slide: u32,
        on: Option<Backdrop>,
        shape: Option<String>,
        paragraph: u32,
        cell: Option<String>,
        chars: [usize; 2],
    },
    Page {
        page: u32,
        area: Area,
        #[serde(with = "label")]
        unit: Label,
        #[serde(with = "parts")]
        more: Vec<PagePart>,
    },
    Property {
        part: String,
        property: Cow<'static, str>,
        chars: [usize; 2],
    },
}

/// What stands in [`Location::Text`] beside the points.
#[derive(Serialize, Deserialize)]
enum StoredInside {
    None,
    Element(String),
    Field(String),
    Value(String),
    Node(String),
    Cue(u32, String),
}

impl StoredInside {
    fn serialize<S: Serializer>(inside: &Option<Inside>, serializer: S) -> Result<S::Ok, S::Error> {
        let stored = match inside.clone() {
            None => StoredInside::None,
            Some(Inside::Element { css }) => StoredInside::Element(css),
            Some(Inside::Field { cell }) => StoredInside::Field(cell),
            Some(Inside::Value { pointer }) => StoredInside::Value(pointer),
            Some(Inside::Node { xpath }) => StoredInside::Node(xpath),
            Some(Inside::Cue { cue, time }) => StoredInside::Cue(cue, time),
        };
        Serialize::serialize(&stored, serializer)
    }

    fn deserialize<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Option<Inside>, D::Error> {
        Ok(match <StoredInside as Deserialize>::deserialize(deserializer)? {
            StoredInside::None => None,
            StoredInside::Element(css) => Some(Inside::Element { css }),
            StoredInside::Field(cell) => Some(Inside::Field { cell }),
            StoredInside::Value(pointer) => Some(Inside::Value { pointer }),
            StoredInside::Node(xpath) => Some(Inside::Node { xpath }),
            StoredInside::Cue(cue, time) => Some(Inside::Cue { cue, time }),
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "TextPoint")]
struct StoredPoint {
    byte: usize,
    line: usize,
    column: usize,
    byte_column: usize,
}

/// Behind this name it does not look as if it were borrowed from what is read.
type Label = Option<&'static str>;

/// A label of the program's own.
mod label {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(label: &Option<&'static str>, serializer: S) -> Result<S::Ok, S::Error> {
        label.serialize(serializer)
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Option<&'static str>, D::Error> {
        match Option::<String>::deserialize(deserializer)? {
            Some(label) => super::interned(&label).map(Some).ok_or_else(|| D::Error::custom("too many labels")),
            None => Ok(None),
        }
    }
}

/// Further parts of a place on pages, as pages and rectangles.
mod parts {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Area, PagePart};

    pub(super) fn serialize<S: Serializer>(parts: &[PagePart], serializer: S) -> Result<S::Ok, S::Error> {
        let pairs: Vec<(u32, Area)> = parts.iter().map(|part| (part.page, part.area)).collect();
        pairs.serialize(serializer)
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Vec<PagePart>, D::Error> {
        let pairs = Vec::<(u32, Area)>::deserialize(deserializer)?;
        Ok(pairs.into_iter().map(|(page, area)| PagePart { page, area }).collect())
    }
}

/// Labels that the program itself gives are few; a cache that holds more of them is not its own.
const LABELS: usize = 256;

/// The label as text that lasts as long as the program.
fn interned(label: &str) -> Option<&'static str> {
    static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(&label) = known.get(label) {
        return Some(label);
    }
    (known.len() < LABELS && label.len() < 1024).then_some(())?;
    let label: &'static str = Box::leak(label.to_owned().into_boxed_str());
    known.insert(label);
    Some(label)
}
