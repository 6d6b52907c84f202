//! From byte offsets to the lines and columns that people see.

/// A position in a text as editors show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1. Lines end with LF, CRLF or a lone CR.
    pub line: usize,
    /// Column in characters (Unicode scalar values), from 1.
    pub column: usize,
    /// Column in bytes of UTF-8, from 1.
    pub byte_column: usize,
}

/// Starts of the lines of one text. Bytes stay the only currency inside; columns are counted when asked for.
#[derive(Debug)]
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    /// Finds the line starts of `text`.
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends = memchr::memchr2_iter(b'\n', b'\r', bytes);
        let ends = ends.filter(|&at| bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'));
        let starts = std::iter::once(0).chain(ends.map(|at| at + 1)).collect();
        LineIndex { starts }
    }

    /// Position of byte `offset` of `text`, the text that the index was made from.
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let line = self.starts.partition_point(|&start| start <= offset);
        let start = self.starts[line - 1];
        let before = text.get(start..offset).unwrap_or_default();
        Position { line, column: before.chars().count() + 1, byte_column: before.len() + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_lf_crlf_or_cr_and_columns_count_characters() {
        let text = "一\r\n二𠮷三\r四\n";
        let index = LineIndex::new(text);
        let at = |needle: &str| index.position(text, text.find(needle).unwrap());
        assert_eq!(at("二"), Position { line: 2, column: 1, byte_column: 1 });
        assert_eq!(at("三"), Position { line: 2, column: 3, byte_column: 8 });
        assert_eq!(at("四"), Position { line: 3, column: 1, byte_column: 1 });
    }
}
