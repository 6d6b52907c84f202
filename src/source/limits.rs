//! Limits that keep any input from taking endless time or memory. Each one reached ends in a notice that names it.

/// The limits in force. Sizes are in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest input file.
    pub file_size: u64,
    /// Archives inside archives.
    pub archive_depth: u64,
    /// Entries read of one archive.
    pub archive_entries: u64,
    /// Largest entry of an archive, unpacked.
    pub entry_size: u64,
    /// Unpacked bytes of one input file with all its nested archives.
    pub unpacked_size: u64,
    /// Unpacked to packed size of one entry; looked at once [`RATIO_FROM`] bytes have come out.
    pub ratio: u64,
    /// Nested elements of an HTML page; deeper start tags are ignored, their text is kept.
    pub html_depth: u64,
    /// Elements of an HTML page that no tag stands for: each unclosed `<b>` is opened anew in every paragraph. Beyond
    /// them further tags are ignored, their text is kept.
    pub html_elements: u64,
    /// Nested elements of an XML part.
    pub xml_depth: u64,
    /// Cells of one workbook.
    pub cells: u64,
}

/// Office XML may legitimately pack 100:1 and better, so small entries are not held to the ratio.
pub(super) const RATIO_FROM: u64 = 10 << 20;

/// The most that offsets inside can address; `file-size` and `entry-size` cannot be raised beyond it.
const ADDRESSABLE: u64 = u32::MAX as u64 / 4;

impl Default for Limits {
    fn default() -> Self {
        Limits {
            file_size: 200 << 20,
            archive_depth: 5,
            archive_entries: 10_000,
            entry_size: 256 << 20,
            unpacked_size: 1 << 30,
            ratio: 200,
            html_depth: 512,
            html_elements: 200_000,
            xml_depth: 512,
            cells: 5_000_000,
        }
    }
}

impl Limits {
    /// Names that [`Limits::set`] knows.
    pub const NAMES: [&'static str; 10] = [
        "file-size",
        "archive-depth",
        "archive-entries",
        "entry-size",
        "unpacked-size",
        "ratio",
        "html-depth",
        "html-elements",
        "xml-depth",
        "cells",
    ];

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
        let field = match name {
            "file-size" => &mut self.file_size,
            "archive-depth" => &mut self.archive_depth,
            "archive-entries" => &mut self.archive_entries,
            "entry-size" => &mut self.entry_size,
            "unpacked-size" => &mut self.unpacked_size,
            "ratio" => &mut self.ratio,
            "html-depth" => &mut self.html_depth,
            "html-elements" => &mut self.html_elements,
            "xml-depth" => &mut self.xml_depth,
            "cells" => &mut self.cells,
            _ => return Err(format!("no limit is called {name:?}; there are {}", Self::NAMES.join(", "))),
        };
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
