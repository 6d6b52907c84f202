//! Excel workbooks: zip files as they are, and parts inside a well-formed package.

#![no_main]

use zhengming::source::Kind;
use zhengming_fuzz::{Corpus, PackagePart, check_extraction, fuzz_target, package};

const PARTS: [PackagePart; 13] = [
    (
        b's',
        "xl/worksheets/sheet1.xml",
        "<x:worksheet><x:sheetData><x:row r='1'><x:c r='A1' t='s'><x:v>0</x:v></x:c></x:row></x:sheetData></x:worksheet>",
    ),
    (
        b'w',
        "xl/workbook.xml",
        "<x:workbook><x:sheets><x:sheet name='预算' sheetId='1' id='1'/></x:sheets></x:workbook>",
    ),
    (b't', "xl/sharedStrings.xml", "<x:sst><x:si><x:t>一般公共预算</x:t></x:si><x:si><x:t>布署</x:t></x:si></x:sst>"),
    (b'c', "xl/comments1.xml", "<x:comments/>"),
    (b'T', "xl/threadedComments/threadedComment1.xml", "<ThreadedComments/>"),
    (b'd', "xl/drawings/drawing1.xml", "<d><a:p><a:r><a:t>形状</a:t></a:r></a:p></d>"),
    (b'g', "xl/charts/chart1.xml", "<c:chartSpace/>"),
    (b'p', "docProps/core.xml", "<cp:coreProperties><dc:title>预算</dc:title></cp:coreProperties>"),
    (
        b'r',
        "xl/_rels/workbook.xml.rels",
        "<Relationships><Relationship Id='1' Type='/worksheet' Target='worksheets/sheet1.xml'/><Relationship Id='2' Type='/sharedStrings' Target='sharedStrings.xml'/></Relationships>",
    ),
    (
        b'q',
        "xl/worksheets/_rels/sheet1.xml.rels",
        "<Relationships><Relationship Id='1' Type='/comments' Target='../comments1.xml'/><Relationship Id='2' Type='/drawing' Target='../drawings/drawing1.xml'/>\
        <Relationship Id='3' Type='/threadedComment' Target='../threadedComments/threadedComment1.xml'/></Relationships>",
    ),
    (
        b'v',
        "xl/drawings/_rels/drawing1.xml.rels",
        "<Relationships><Relationship Id='1' Type='/chart' Target='../charts/chart1.xml'/></Relationships>",
    ),
    (
        b'R',
        "_rels/.rels",
        "<Relationships><Relationship Id='1' Type='/officeDocument' Target='xl/workbook.xml'/><Relationship Id='2' Type='/core-properties' Target='docProps/core.xml'/></Relationships>",
    ),
    (b'C', "[Content_Types].xml", "<Types/>"),
];

fuzz_target!(|data: &[u8]| -> Corpus { check_extraction(Kind::Xlsx, "a.xlsx", &package(&PARTS, data)) });
