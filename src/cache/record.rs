//! Results as bytes. The types mirror those of reports, whose own serialisation is the contract of JSON and leaves out what
//! is absent. What a run has to keep until its place in the report comes is written in the same way.

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

/// What results stand under: a hash of all they depend on besides contents and key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(pub(super) [u8; PLACE]);

/// Bytes of a [`Place`].
const PLACE: usize = 16;
/// Bytes of length and CRC before a record.
const FRAME: usize = 8;

impl std::hash::Hash for Place {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        // It is a hash already.
        state.write_u64(u64::from_le_bytes(*self.0.first_chunk().unwrap_or(&[0; 8])));
    }
}

/// Results of one file, and what they hold for. It is read where it lies: a run over unchanged files looks at the beginning of
/// each, and copies nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record<'r> {
    pub(super) stamp: Option<Stamp>,
    pub(super) content: [u8; 32],
    /// The date by which documents without one were judged, if there were such.
    pub(super) as_of: Option<&'r str>,
    /// The [`Linker`]s in it; nothing for none.
    pub(super) linkers: &'r [u8],
    pub(super) results: &'r [u8],
}

impl<'r> Record<'r> {
    /// The record of `place`, last used on `day` (since 1970), with its length and CRC.
    pub(super) fn framed(&self, place: Place, day: u32) -> Option<Vec<u8>> {
        let mut framed = vec![0; FRAME];
        framed.extend_from_slice(&place.0);
        framed.extend_from_slice(&day.to_le_bytes());
        let mut framed = postcard::to_extend(self, framed).ok()?;
        let length = u32::try_from(framed.len() - FRAME).ok().filter(|length| *length <= LONGEST)?;
        let crc = crc32fast::hash(&framed[FRAME..]);
        framed[..4].copy_from_slice(&length.to_le_bytes());
        framed[4..FRAME].copy_from_slice(&crc.to_le_bytes());
        Some(framed)
    }

    /// Reads what a frame holds after place and day.
    pub(super) fn read(bytes: &'r [u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }
}

/// A record that is not looked into.
#[derive(Debug, Clone, Copy)]
pub(super) struct Framed<'f> {
    pub(super) place: Place,
    /// Day of last use, since 1970.
    pub(super) day: u32,
    /// The [`Record`].
    pub(super) record: &'f [u8],
    /// All of it, with length and CRC.
    pub(super) whole: &'f [u8],
}

impl<'f> Framed<'f> {
    /// The record at the beginning of `bytes`, if it is what was written.
    pub(super) fn first(bytes: &'f [u8]) -> Option<Self> {
        let framed = Self::trusted(bytes)?;
        let (crc, body) = framed.whole.get(4..)?.split_first_chunk::<4>()?;
        (body.len() <= LONGEST as usize && crc32fast::hash(body) == u32::from_le_bytes(*crc)).then_some(framed)
    }

    /// The record at the beginning of `bytes`, which was found there before.
    pub(super) fn trusted(bytes: &'f [u8]) -> Option<Self> {
        let length = u32::from_le_bytes(*bytes.first_chunk::<4>()?);
        let body = bytes.get(FRAME..)?.get(..length as usize)?;
        let (place, rest) = body.split_first_chunk::<PLACE>()?;
        let (day, record) = rest.split_first_chunk::<4>()?;
        let whole = bytes.get(..FRAME + body.len())?;
        Some(Framed { place: Place(*place), day: u32::from_le_bytes(*day), record, whole })
    }

    /// The same, used on `day`.
    pub(super) fn used(&self, day: u32) -> Vec<u8> {
        let mut framed = self.whole.to_vec();
        framed[FRAME + PLACE..FRAME + PLACE + 4].copy_from_slice(&day.to_le_bytes());
        let crc = crc32fast::hash(&framed[FRAME..]);
        framed[4..FRAME].copy_from_slice(&crc.to_le_bytes());
        framed
    }
}

/// Results of the file `name` – of itself, and of what is inside – as bytes. Links are not among them.
pub(crate) fn write_results(name: &str, checked: &[Checked]) -> Option<Vec<u8>> {
    let stored: Vec<StoredChecked<'_>> = checked.iter().map(|one| StoredChecked::of(name, one)).collect();
    postcard::to_allocvec(&stored).ok()
}

/// What [`write_results`] wrote of the file `name`.
pub(crate) fn read_results(name: &str, bytes: &[u8]) -> Option<Vec<Checked>> {
    let stored: Vec<StoredChecked<'_>> = postcard::from_bytes(bytes).ok()?;
    stored.into_iter().map(|one| one.into_checked(name)).collect()
}

/// Findings of one document as bytes, without what its document says.
pub(crate) fn write_findings(findings: &[&Finding]) -> Option<Vec<u8>> {
    let stored: Vec<StoredFinding<'_>> = findings.iter().map(|one| StoredFinding::of(one)).collect();
    postcard::to_allocvec(&stored).ok()
}

/// What [`write_findings`] wrote of the document called `path`.
pub(crate) fn read_findings(path: &str, bytes: &[u8]) -> Option<Vec<Finding>> {
    let stored: Vec<StoredFinding<'_>> = postcard::from_bytes(bytes).ok()?;
    stored.into_iter().map(|one| one.into_finding(path, None, None)).collect()
}

#[derive(Serialize, Deserialize)]
struct StoredChecked<'c> {
    /// Whether `name` goes on where that of the file ends, which is so for nearly all.
    inside: bool,
    name: &'c str,
    #[serde(borrow)]
    title: Option<&'c str>,
    digest: u64,
    document: bool,
    date: Option<Cow<'c, DocumentDate>>,
    characters: usize,
    #[serde(borrow)]
    findings: Vec<StoredFinding<'c>>,
    notices: Cow<'c, [Notice]>,
    given: Option<Cow<'c, DocumentDate>>,
    #[serde(borrow)]
    passed_over: Option<&'c str>,
}

impl<'c> StoredChecked<'c> {
    fn of(name: &str, checked: &'c Checked) -> Self {
        let rest = checked.name.strip_prefix(name);
        StoredChecked {
            inside: rest.is_some(),
            name: rest.unwrap_or(&checked.name),
            title: checked.title.as_deref(),
            digest: checked.digest,
            document: checked.document,
            date: checked.date.as_ref().map(Cow::Borrowed),
            characters: checked.characters,
            findings: checked.findings.iter().map(StoredFinding::of).collect(),
            notices: Cow::Borrowed(&checked.notices),
            given: checked.given.as_ref().map(Cow::Borrowed),
            passed_over: checked.passed_over,
        }
    }

    fn into_checked(self, name: &str) -> Option<Checked> {
        let passed_over = match self.passed_over {
            Some(label) => Some(interned(label)?),
            None => None,
        };
        let name = if self.inside { [name, self.name].concat() } else { self.name.to_owned() };
        let title = self.title.map(str::to_owned);
        let date = self.date.map(Cow::into_owned);
        let findings = self.findings.into_iter();
        let findings = findings.map(|finding| finding.into_finding(&name, title.as_ref(), date.as_ref()));
        Some(Checked {
            findings: findings.collect::<Option<_>>()?,
            name,
            title,
            digest: self.digest,
            page: None,
            document: self.document,
            date,
            characters: self.characters,
            notices: self.notices.into_owned(),
            given: self.given.map(Cow::into_owned),
            links: Vec::new(),
            inner: Vec::new(),
            passed_over,
        })
    }
}

/// A finding without what its document says.
#[derive(Serialize, Deserialize)]
struct StoredFinding<'f> {
    rule: &'f str,
    kind: &'f str,
    severity: Severity,
    text: &'f str,
    suggestions: Cow<'f, [String]>,
    confidence: Option<u8>,
    message: &'f str,
    source: &'f str,
    #[serde(with = "StoredLocation")]
    location: Location,
    scope: Scope,
    before: &'f str,
    after: &'f str,
    ocr: bool,
    fingerprint: &'f str,
    #[serde(with = "StoredAnchor")]
    anchor: Anchor,
}

impl<'f> StoredFinding<'f> {
    fn of(finding: &'f Finding) -> Self {
        StoredFinding {
            rule: &finding.rule,
            kind: finding.kind,
            severity: finding.severity,
            text: &finding.text,
            suggestions: Cow::Borrowed(&finding.suggestions),
            confidence: finding.confidence,
            message: &finding.message,
            source: &finding.source,
            location: finding.location.clone(),
            scope: finding.scope,
            before: &finding.context.before,
            after: &finding.context.after,
            ocr: finding.ocr,
            fingerprint: &finding.fingerprint,
            anchor: finding.anchor.clone(),
        }
    }

    fn into_finding(self, path: &str, title: Option<&String>, date: Option<&DocumentDate>) -> Option<Finding> {
        Some(Finding {
            path: path.to_owned(),
            page: None,
            title: title.cloned(),
            kind: interned(self.kind)?,
            rule: self.rule.to_owned(),
            severity: self.severity,
            text: self.text.to_owned(),
            suggestions: self.suggestions.into_owned(),
            confidence: self.confidence,
            message: self.message.to_owned(),
            source: self.source.to_owned(),
            location: self.location,
            scope: self.scope,
            context: Context { before: self.before.to_owned(), after: self.after.to_owned() },
            date: date.cloned(),
            ocr: self.ocr,
            fingerprint: self.fingerprint.to_owned(),
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
