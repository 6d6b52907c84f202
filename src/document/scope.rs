//! What a block of text is. The build script reads this file too, so it uses nothing of the crate.

use serde::{Deserialize, Serialize};

/// What a block is. Rules can be limited to scopes; reports name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Title of the document: `<title>`, a core property.
    Title,
    /// Heading.
    Heading,
    /// Running text.
    Body,
    /// Table cell or spreadsheet cell.
    Cell,
    /// Caption of a table or figure.
    Caption,
    /// Alternative text and tooltips.
    Alt,
    /// Metadata: keywords, description, properties.
    Meta,
    /// Page header.
    Header,
    /// Page footer.
    Footer,
    /// Footnote or endnote.
    Footnote,
    /// Reviewer's comment, cell comment.
    Comment,
    /// Name of a sheet.
    SheetName,
}

impl Scope {
    /// Every scope, in the order of the documentation.
    pub const ALL: [Scope; 12] = [
        Scope::Title,
        Scope::Heading,
        Scope::Body,
        Scope::Cell,
        Scope::Caption,
        Scope::Alt,
        Scope::Meta,
        Scope::Header,
        Scope::Footer,
        Scope::Footnote,
        Scope::Comment,
        Scope::SheetName,
    ];

    /// The name used in dictionaries and machine-readable reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Title => "title",
            Scope::Heading => "heading",
            Scope::Body => "body",
            Scope::Cell => "cell",
            Scope::Caption => "caption",
            Scope::Alt => "alt",
            Scope::Meta => "meta",
            Scope::Header => "header",
            Scope::Footer => "footer",
            Scope::Footnote => "footnote",
            Scope::Comment => "comment",
            Scope::SheetName => "sheet-name",
        }
    }

    /// The name that editors read.
    pub fn label(self) -> &'static str {
        match self {
            Scope::Title => "标题",
            Scope::Heading => "小标题",
            Scope::Body => "正文",
            Scope::Cell => "表格",
            Scope::Caption => "题注",
            Scope::Alt => "替代文字",
            Scope::Meta => "元数据",
            Scope::Header => "页眉",
            Scope::Footer => "页脚",
            Scope::Footnote => "脚注",
            Scope::Comment => "批注",
            Scope::SheetName => "工作表名",
        }
    }
}
