//! Limits that keep any input from taking endless time or memory. Each one reached ends in a notice that names it.

use serde::{Deserialize, Serialize};

/// One list of limits – meaning, field, name, default – makes everything that names them all.
macro_rules! limits {
    ($($(#[$about:meta])+ $field:ident, $name:literal, $default:expr;)+) => {
        /// The limits in force. Sizes are in bytes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct Limits {
            $($(#[$about])+ pub $field: u64,)+
        }

        /// Limits by name, as a configuration gives some of them; in the units of [`Limits`].
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
        pub struct LimitsConfig {
            $($(#[$about])+ pub $field: Option<u64>,)+
        }

        impl Default for Limits {
            fn default() -> Self {
                Limits { $($field: $default,)+ }
            }
        }

        impl Limits {
            /// Names that [`Limits::set`] knows.
            pub const NAMES: &[&str] = &[$($name),+];

            fn by_name(&mut self, name: &str) -> Option<&mut u64> {
                match name {
                    $($name => Some(&mut self.$field),)+
                    _ => None,
                }
            }
        }

        impl LimitsConfig {
            /// These limits over `base`.
            pub fn over(&self, base: Limits) -> Limits {
                let mut limits = Limits { $($field: self.$field.unwrap_or(base.$field),)+ };
                limits.clamp();
                limits
            }

            /// All limits given: what is in force.
            pub fn all(limits: &Limits) -> Self {
                LimitsConfig { $($field: Some(limits.$field),)+ }
            }

            /// These limits with `over` laid on top.
            pub(crate) fn under(self, over: LimitsConfig) -> LimitsConfig {
                LimitsConfig { $($field: over.$field.or(self.$field),)+ }
            }
        }
    };
}

limits! {
    /// Largest input file.
    file_size, "file-size", 200 << 20;
    /// Archives inside archives.
    archive_depth, "archive-depth", 5;
    /// Entries read of one archive.
    archive_entries, "archive-entries", 10_000;
    /// Largest entry of an archive, unpacked.
    entry_size, "entry-size", 256 << 20;
    /// Unpacked bytes of one input file with all its nested archives.
    unpacked_size, "unpacked-size", 1 << 30;
    /// Unpacked to packed size of one entry; looked at once 10 MiB have come out.
    ratio, "ratio", 200;
    /// Messages inside messages of one mail.
    mail_messages, "mail-messages", 256;
    /// Records of a web archive, messages of a mailbox.
    records, "records", 1_000_000;
    /// Nested elements of an HTML page; deeper start tags are ignored, their text is kept.
    html_depth, "html-depth", 512;
    /// Elements of an HTML page that no tag stands for: each unclosed `<b>` is opened anew in every paragraph. Beyond
    /// them further tags are ignored, their text is kept.
    html_elements, "html-elements", 200_000;
    /// Nested elements of an XML part.
    xml_depth, "xml-depth", 512;
    /// Nested groups of an RTF file.
    rtf_depth, "rtf-depth", 512;
    /// Nested arrays and objects in JSON.
    json_depth, "json-depth", 128;
    /// Cells of one workbook or CSV file; strings in JSON and blocks in XML.
    cells, "cells", 5_000_000;
    /// Pages of a PDF or OFD.
    pages, "pages", 5_000;
    /// Glyphs of a PDF or OFD.
    glyphs, "glyphs", 10_000_000;
    /// Drawing operations of a PDF or OFD.
    operations, "operations", 100_000_000;
    /// Largest content stream of a page of a PDF, unpacked.
    stream_size, "stream-size", 64 << 20;
    /// Seconds for the recognition of the text in one picture.
    ocr_seconds, "ocr-seconds", 60;
    /// Pixels of a picture whose text is recognised.
    ocr_pixels, "ocr-pixels", 100_000_000;
    /// Seconds for one document of a format that is read in a process of its own.
    seconds, "seconds", 30;
    /// Memory of such a process.
    memory, "memory", 1 << 30;
}

/// Office XML may legitimately pack 100:1 and better, so small entries are not held to the ratio.
pub(super) const RATIO_FROM: u64 = 10 << 20;

/// The most that offsets inside can address; `file-size` and `entry-size` cannot be raised beyond it.
const ADDRESSABLE: u64 = u32::MAX as u64 / 4;

impl Limits {
    /// Sets one limit from `NAME=VALUE`; sizes may carry K, M or G (powers of 1024).
    pub fn set(&mut self, assignment: &str) -> Result<(), String> {
        let (name, value) = assignment.split_once('=').ok_or("write it as NAME=VALUE")?;
        let digits = value.trim_end_matches(['K', 'M', 'G', 'k', 'm', 'g']);
        let shift = match value[digits.len()..].to_ascii_uppercase().as_str() {
            "" => 0,
            "K" => 10,
            "M" => 20,
            "G" => 30,
            _ => return Err(format!("{value:?} is not a number")),
        };
        let number: u64 = digits.parse().map_err(|_| format!("{value:?} is not a number"))?;
        let number = number.checked_mul(1 << shift).ok_or_else(|| format!("{value:?} is too large"))?;
        let unknown = || format!("no limit is called {name:?}; there are {}", Self::NAMES.join(", "));
        let field = self.by_name(name).ok_or_else(unknown)?;
        *field = number;
        self.clamp();
        Ok(())
    }

    /// Lowers what offsets could not address.
    pub fn clamp(&mut self) {
        self.file_size = self.file_size.min(ADDRESSABLE);
        self.entry_size = self.entry_size.min(ADDRESSABLE);
    }
}

/// Bytes as people read them.
pub(crate) fn human_size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{:.0} KB", bytes as f64 / 1024.0),
        1_048_576..1_073_741_824 => format!("{:.0} MB", bytes as f64 / 1_048_576.0),
        _ => format!("{:.1} GB", bytes as f64 / 1_073_741_824.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_set_by_name_with_units() {
        let mut limits = Limits::default();
        limits.set("archive-entries=20000").unwrap();
        limits.set("unpacked-size=2G").unwrap();
        assert_eq!((limits.archive_entries, limits.unpacked_size), (20_000, 2 << 30));
        limits.set("file-size=100G").unwrap();
        assert_eq!(limits.file_size, ADDRESSABLE);
        for name in Limits::NAMES {
            limits.set(&format!("{name}=7")).unwrap();
        }
        for wrong in ["ratio", "ratio=x", "ration=3", "ratio=99999999999999999999"] {
            assert!(limits.set(wrong).is_err(), "{wrong}");
        }
    }
}
