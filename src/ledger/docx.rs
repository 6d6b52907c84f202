//! Just enough of WordprocessingML (ECMA-376) to write a letter: headings, paragraphs, tables. Written by hand, because what
//! is needed is small and has to open everywhere without a warning.

use std::io::{self, Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const NAMESPACE: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

const CONTENT_TYPES: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">"#,
    r#"<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>"#,
    r#"<Default Extension="xml" ContentType="application/xml"/>"#,
    r#"<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>"#,
    r#"<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>"#,
    r#"<Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/>"#,
    r#"</Types>"#
);
const PACKAGE_RELATIONS: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#,
    r#"<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>"#,
    r#"</Relationships>"#
);
const DOCUMENT_RELATIONS: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#,
    r#"<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>"#,
    r#"<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer" Target="footer1.xml"/>"#,
    r#"</Relationships>"#
);

/// A cell, and how wide its column is in twentieths of a point.
pub(super) type Column<'c> = (&'c str, u32);

/// A text as pieces, some of them marked as wrong.
pub(super) type Pieces<'p> = Vec<(&'p str, bool)>;

/// A document as it is written, from top to bottom.
#[derive(Default)]
pub(super) struct Docx {
    body: String,
}

impl Docx {
    /// The title, centred.
    pub(super) fn title(&mut self, text: &str) {
        self.styled("Title", text);
    }

    /// A heading of the first level.
    pub(super) fn heading(&mut self, text: &str) {
        self.styled("Heading1", text);
    }

    /// A paragraph with its first line indented by two characters.
    pub(super) fn paragraph(&mut self, text: &str) {
        self.styled("Normal", text);
    }

    /// A paragraph at the right margin, as a signature is.
    pub(super) fn signature(&mut self, text: &str) {
        self.styled("Signature", text);
    }

    fn styled(&mut self, style: &str, text: &str) {
        self.body.push_str(&format!("<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr>{}</w:p>", run(text, false)));
    }

    /// A table with a heading that is repeated on every page.
    pub(super) fn table<'c>(&mut self, columns: &[Column<'_>], rows: impl Iterator<Item = Vec<Pieces<'c>>>) {
        let grid: String = columns.iter().map(|(_, width)| format!("<w:gridCol w:w=\"{width}\"/>")).collect();
        let width: u32 = columns.iter().map(|(_, width)| width).sum();
        self.body.push_str(&format!(
            "<w:tbl><w:tblPr><w:tblStyle w:val=\"TableGrid\"/><w:tblW w:w=\"{width}\" w:type=\"dxa\"/>\
             <w:tblLayout w:type=\"fixed\"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>"
        ));
        let heading: Vec<Pieces<'_>> = columns.iter().map(|(name, _)| vec![(*name, false)]).collect();
        self.row(columns, &heading, "TableHead", "<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>");
        for row in rows {
            self.row(columns, &row, "TableText", "<w:trPr><w:cantSplit/></w:trPr>");
        }
        // Two tables in a row would become one.
        self.body.push_str("</w:tbl><w:p><w:pPr><w:pStyle w:val=\"TableText\"/></w:pPr></w:p>");
    }

    fn row(&mut self, columns: &[Column<'_>], cells: &[Pieces<'_>], style: &str, properties: &str) {
        self.body.push_str(&format!("<w:tr>{properties}"));
        for ((_, width), pieces) in columns.iter().zip(cells) {
            let runs: String = pieces.iter().map(|(text, wrong)| run(text, *wrong)).collect();
            self.body.push_str(&format!(
                "<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/></w:tcPr>\
                 <w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr>{runs}</w:p></w:tc>"
            ));
        }
        self.body.push_str("</w:tr>");
    }

    /// Writes the package.
    pub(super) fn write(self, out: &mut dyn Write) -> io::Result<()> {
        let document = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
             <w:document xmlns:w=\"{NAMESPACE}\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">\
             <w:body>{}<w:sectPr><w:footerReference w:type=\"default\" r:id=\"rId2\"/><w:pgSz w:w=\"11906\" w:h=\"16838\"/>\
             <w:pgMar w:top=\"2098\" w:right=\"1474\" w:bottom=\"1985\" w:left=\"1588\" w:header=\"851\" w:footer=\"992\" \
             w:gutter=\"0\"/></w:sectPr></w:body></w:document>",
            self.body
        );
        let mut package = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for (name, content) in [
            ("[Content_Types].xml", CONTENT_TYPES),
            ("_rels/.rels", PACKAGE_RELATIONS),
            ("word/document.xml", &document),
            ("word/_rels/document.xml.rels", DOCUMENT_RELATIONS),
            ("word/styles.xml", &styles()),
            ("word/footer1.xml", &footer()),
        ] {
            package.start_file(name, options).map_err(io::Error::other)?;
            package.write_all(content.as_bytes())?;
        }
        out.write_all(&package.finish().map_err(io::Error::other)?.into_inner())
    }
}

fn run(text: &str, wrong: bool) -> String {
    let properties = if wrong { "<w:rPr><w:b/><w:color w:val=\"C00000\"/></w:rPr>" } else { "" };
    format!("<w:r>{properties}<w:t xml:space=\"preserve\">{}</w:t></w:r>", escaped(text))
}

/// Text without what XML 1.0 cannot hold.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            character if character.is_control() => out.push(' '),
            character => out.push(character),
        }
    }
    out
}

/// Styles as official papers have them (GB/T 9704): FangSong for the text, HeiTi for headings, fixed line spacing.
fn styles() -> String {
    let fonts = |east: &str| {
        format!(
            "<w:rFonts w:ascii=\"Times New Roman\" w:hAnsi=\"Times New Roman\" w:eastAsia=\"{east}\" w:cs=\"Times New Roman\"/>"
        )
    };
    let style = |id: &str, name: &str, paragraph: &str, east: &str, size: u32, more: &str| {
        format!(
            "<w:style w:type=\"paragraph\" w:styleId=\"{id}\"><w:name w:val=\"{name}\"/><w:basedOn w:val=\"Base\"/>\
             <w:qFormat/><w:pPr>{paragraph}</w:pPr><w:rPr>{}{more}<w:sz w:val=\"{size}\"/><w:szCs w:val=\"{size}\"/></w:rPr></w:style>",
            fonts(east)
        )
    };
    let spacing = "<w:spacing w:line=\"560\" w:lineRule=\"exact\"/>";
    [
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><w:styles xmlns:w=\"{NAMESPACE}\"><w:docDefaults>\
             <w:rPrDefault><w:rPr>{}<w:sz w:val=\"32\"/><w:szCs w:val=\"32\"/><w:lang w:val=\"en-US\" w:eastAsia=\"zh-CN\"/>\
             </w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>\
             <w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Base\"><w:name w:val=\"Base\"/></w:style>",
            fonts("仿宋")
        ),
        style("Normal", "Normal", &format!("{spacing}<w:ind w:firstLineChars=\"200\" w:firstLine=\"640\"/><w:jc w:val=\"both\"/>"), "仿宋", 32, ""),
        style("Title", "Title", "<w:spacing w:after=\"480\" w:line=\"640\" w:lineRule=\"exact\"/><w:jc w:val=\"center\"/>", "方正小标宋简体", 44, ""),
        style("Heading1", "heading 1", &format!("<w:keepNext/>{spacing}<w:ind w:firstLineChars=\"200\" w:firstLine=\"640\"/><w:outlineLvl w:val=\"0\"/>"), "黑体", 32, ""),
        style("Signature", "Signature", &format!("{spacing}<w:ind w:right=\"1280\"/><w:jc w:val=\"right\"/>"), "仿宋", 32, ""),
        style("TableHead", "Table Head", "<w:spacing w:before=\"40\" w:after=\"40\"/><w:jc w:val=\"center\"/>", "黑体", 21, ""),
        style("TableText", "Table Text", "<w:spacing w:before=\"30\" w:after=\"30\"/>", "宋体", 19, ""),
        "<w:style w:type=\"table\" w:styleId=\"TableGrid\"><w:name w:val=\"Table Grid\"/><w:tblPr><w:tblBorders>\
         <w:top w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"auto\"/><w:left w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"auto\"/>\
         <w:bottom w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"auto\"/><w:right w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"auto\"/>\
         <w:insideH w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"auto\"/><w:insideV w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"auto\"/>\
         </w:tblBorders><w:tblCellMar><w:left w:w=\"70\" w:type=\"dxa\"/><w:right w:w=\"70\" w:type=\"dxa\"/></w:tblCellMar></w:tblPr></w:style></w:styles>"
            .to_owned(),
    ]
    .concat()
}

/// The number of the page between dashes, centred.
fn footer() -> String {
    let field = |kind: &str| format!("<w:r><w:fldChar w:fldCharType=\"{kind}\"/></w:r>");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><w:ftr xmlns:w=\"{NAMESPACE}\"><w:p><w:pPr>\
         <w:pStyle w:val=\"TableText\"/><w:jc w:val=\"center\"/></w:pPr>{}{}<w:r><w:instrText xml:space=\"preserve\"> PAGE </w:instrText></w:r>{}{}</w:p></w:ftr>",
        run("— ", false),
        field("begin"),
        field("end"),
        run(" —", false)
    )
}
