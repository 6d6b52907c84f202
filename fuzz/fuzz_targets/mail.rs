//! E-mail and saved pages: the parts as sources of their own.

#![no_main]

use zhengming::Source;
use zhengming::extract::{ExtractOptions, extract};
use zhengming::source::Kind;
use zhengming_fuzz::{Corpus, fuzz_target, limits};

fuzz_target!(|data: &[u8]| -> Corpus {
    let source = Source::new("a.eml", data);
    if source.kind() != Kind::Mail {
        return Corpus::Reject;
    }
    let extracted = extract(&source, &ExtractOptions { limits: limits(), ..ExtractOptions::default() });
    for inner in &extracted.inner {
        assert!(inner.name.starts_with("a.eml!") && !inner.bytes.is_empty(), "{}", inner.name);
    }
    Corpus::Keep
});
