//! EPUB: zip files as they are, and parts inside a well-formed package.

#![no_main]

use zhengming::Source;
use zhengming::extract::{ExtractOptions, extract};
use zhengming::source::Kind;
use zhengming_fuzz::{Corpus, PackagePart, fuzz_target, limits, package};

const PARTS: [PackagePart; 4] = [
    (
        b'c',
        "META-INF/container.xml",
        "<container><rootfiles><rootfile full-path='content.opf'/></rootfiles></container>",
    ),
    (
        b'o',
        "content.opf",
        "<package><manifest><item id='a' href='a.xhtml' media-type='application/xhtml+xml'/></manifest><spine><itemref idref='a'/></spine></package>",
    ),
    (b'x', "a.xhtml", "<html><body><p>布署</p></body></html>"),
    (b'e', "META-INF/encryption.xml", "<encryption/>"),
];

fuzz_target!(|data: &[u8]| -> Corpus {
    let source = Source::new("a.epub", package(&PARTS, data));
    if source.kind() != Kind::Epub {
        return Corpus::Reject;
    }
    let extracted = extract(&source, &ExtractOptions { limits: limits(), ..ExtractOptions::default() });
    assert!(extracted.inner.iter().all(|inner| inner.name.starts_with("a.epub!")));
    Corpus::Keep
});
