//! OpenDocument files: zip files as they are, and parts inside a well-formed package.

#![no_main]

use zhengming::source::Kind;
use zhengming_fuzz::{Corpus, PackagePart, check_extraction, fuzz_target, package};

const PARTS: [PackagePart; 4] = [
    (
        b'c',
        "content.xml",
        "<office:document-content><office:body><office:text><text:p>布署</text:p></office:text></office:body></office:document-content>",
    ),
    (b's', "styles.xml", "<office:document-styles/>"),
    (b'm', "meta.xml", "<office:document-meta/>"),
    (b'M', "META-INF/manifest.xml", "<manifest:manifest/>"),
];

fuzz_target!(|data: &[u8]| -> Corpus { check_extraction(Kind::OpenDocument, "a.odt", &package(&PARTS, data)) });
