//! Word documents: zip files as they are, and parts inside a well-formed package.

#![no_main]

use zhengming::source::Kind;
use zhengming_fuzz::{Corpus, PackagePart, check_extraction, fuzz_target, package};

const PARTS: [PackagePart; 10] = [
    (
        b'd',
        "word/document.xml",
        "<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'><w:body><w:p><w:r><w:t>关于布署工作的通知</w:t></w:r></w:p></w:body></w:document>",
    ),
    (
        b's',
        "word/styles.xml",
        "<w:styles><w:style w:styleId='a'><w:name w:val='heading 1'/></w:style><w:style w:styleId='b'><w:basedOn w:val='a'/><w:rPr><w:vanish/></w:rPr></w:style></w:styles>",
    ),
    (b'h', "word/header1.xml", "<w:hdr><w:p><w:r><w:t>页眉</w:t></w:r></w:p></w:hdr>"),
    (b'f', "word/footnotes.xml", "<w:footnotes><w:footnote w:id='1'><w:p/></w:footnote></w:footnotes>"),
    (b'c', "word/comments.xml", "<w:comments/>"),
    (b'g', "word/charts/chart1.xml", "<c:chartSpace/>"),
    (b'p', "docProps/core.xml", "<cp:coreProperties><dc:title>通知</dc:title></cp:coreProperties>"),
    (
        b'r',
        "word/_rels/document.xml.rels",
        "<Relationships><Relationship Id='1' Type='/styles' Target='styles.xml'/><Relationship Id='2' Type='/header' Target='header1.xml'/>\
        <Relationship Id='3' Type='/footnotes' Target='footnotes.xml'/><Relationship Id='4' Type='/comments' Target='comments.xml'/>\
        <Relationship Id='5' Type='/chart' Target='charts/chart1.xml'/></Relationships>",
    ),
    (
        b'R',
        "_rels/.rels",
        "<Relationships><Relationship Id='1' Type='/officeDocument' Target='word/document.xml'/><Relationship Id='2' Type='/core-properties' Target='docProps/core.xml'/></Relationships>",
    ),
    (b'C', "[Content_Types].xml", "<Types/>"),
];

fuzz_target!(|data: &[u8]| -> Corpus { check_extraction(Kind::Docx, "a.docx", &package(&PARTS, data)) });
