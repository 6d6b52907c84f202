//! Where texts come from: files, folders, archives, standard input. Limits apply here, and nothing is passed over
//! without a notice.

mod codepage;
mod compound;
mod container;
mod decode;
mod limits;
mod links;
mod notice;
mod picture;
mod sniff;
mod walk;

pub(crate) use codepage::{by_charset, by_codepage, first_character, without_codepage};
pub(crate) use compound::{CompoundFile, EntryId, EntryKind, SIGNATURE, u16_at, u32_at};
pub use compound::{Stream, write as compound};
pub use container::{Budget, Container, Held, Opened, Outer, Package, Refusal, Visitor, unpack};
pub use decode::{DecodedText, decode};
pub(crate) use limits::human_size;
pub use limits::{Limits, LimitsConfig};
pub(crate) use links::key;
pub use links::resolve;
pub(crate) use notice::Notices;
pub use notice::{Code, Level, Notice};
pub(crate) use picture::picture_size;
pub use sniff::{Kind, sniff};
pub(crate) use sniff::{by_extension, extension};
pub use walk::{Input, read_limited, walk};
pub(crate) use walk::{display, io_notice, normalised};

use serde::{Deserialize, Serialize};

use crate::document::DocumentDate;

/// One thing to read: bytes and what is known about them from outside.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Source {
    /// Name chain: a path, or `outer.zip!inner/附件.docx`.
    pub name: String,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Charset that the transport named, such as an HTTP header.
    pub declared_charset: Option<String>,
    /// Media type that the transport named, in lower case and without parameters.
    pub media_type: Option<String>,
    /// A date known from outside, for documents that have none of their own: that of the page that links to them, or of
    /// the record of a web archive that holds them. What an archive holds inherits it.
    pub date: Option<DocumentDate>,
}

impl Source {
    /// A source without outside knowledge.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Source { name: name.into(), bytes: bytes.into(), declared_charset: None, media_type: None, date: None }
    }

    /// What kind of file it is.
    pub fn kind(&self) -> Kind {
        let name = self.name.rsplit(['/', '!']).next().unwrap_or(&self.name);
        let kind = sniff(&self.bytes, name);
        // Where nothing else tells a page from other text, the server that sent it does.
        let page = matches!(self.media_type.as_deref(), Some("text/html" | "application/xhtml+xml"));
        match kind {
            Kind::Text | Kind::Xml if page && by_extension(&extension(name)) != Some(Kind::Text) => Kind::Html,
            kind => kind,
        }
    }
}
