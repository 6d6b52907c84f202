//! PowerPoint presentations: zip files as they are, and parts inside a well-formed package.

#![no_main]

use zhengming::source::Kind;
use zhengming_fuzz::{Corpus, PackagePart, check_extraction, fuzz_target, package};

const PARTS: [PackagePart; 6] = [
    (b's', "ppt/slides/slide1.xml", "<p:sld><p:sp><a:p><a:r><a:t>布署</a:t></a:r></a:p></p:sp></p:sld>"),
    (b'm', "ppt/presentation.xml", "<p:presentation><p:sldId id='1'/></p:presentation>"),
    (b'c', "ppt/comments/comment1.xml", "<p:cmLst><p:cm><p:text>批</p:text></p:cm></p:cmLst>"),
    (
        b'r',
        "ppt/_rels/presentation.xml.rels",
        "<Relationships><Relationship Id='1' Type='/slide' Target='slides/slide1.xml'/></Relationships>",
    ),
    (
        b'q',
        "ppt/slides/_rels/slide1.xml.rels",
        "<Relationships><Relationship Id='1' Type='/comments' Target='../comments/comment1.xml'/></Relationships>",
    ),
    (b'C', "[Content_Types].xml", "<Types/>"),
];

fuzz_target!(|data: &[u8]| -> Corpus { check_extraction(Kind::Pptx, "a.pptx", &package(&PARTS, data)) });
