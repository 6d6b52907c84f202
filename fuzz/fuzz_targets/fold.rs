//! Folding: any span of folded text maps back into its block, and folding what it maps back to reads the same.

#![no_main]

use zhengming::document::{Document, DocumentBuilder, Folded as FoldedMark, Place, Scope, Span};
use zhengming::normalise::{Folded, fold_str};
use zhengming_fuzz::fuzz_target;

/// A document of one block for each record between two form feeds.
fn document(text: &str) -> Document {
    let mut builder = DocumentBuilder::new();
    let part = builder.add_part("");
    let mut source = 0;
    for block in text.split('\u{C}') {
        builder.open(Scope::Body, Place::Text { node: None }, None);
        builder.literal(part, source, block);
        builder.close();
        source += block.len() + 1;
    }
    builder.finish()
}

fn check(document: &Document, folded: &Folded<'_>, block: usize, part: Span<FoldedMark>) {
    let text = folded.to_text(part);
    assert!(document.blocks[block].span.contains(&text), "{part:?} comes from {text:?}");
    let Some(original) = document.text.get(text.range()) else { panic!("{part:?} comes from half a character") };
    // How blanks at its borders fold depends on neighbours outside the part.
    let again = fold_str(original);
    assert_eq!(again.trim(), folded.text()[part.range()].trim(), "{original:?}");
    if !part.is_empty() {
        let there = folded.from_text(text);
        assert!(there.contains(&part), "{part:?} becomes {text:?} becomes {there:?}");
    }
    assert_eq!(folded.block_index(part.start), block);
}

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(&data[..data.len().min(4096)]);
    let document = document(&text);
    let folded = Folded::new(&document);
    assert_eq!(folded.blocks().len(), document.blocks.len());
    let mut ends = data.iter().rev().map(|&byte| usize::from(byte)).cycle();
    for (index, span) in folded.blocks().iter().enumerate() {
        let content = &folded.text()[span.range()];
        assert!(!content.contains('\n'), "{content:?}");
        assert_eq!(folded.text().as_bytes().get(span.end), Some(&b'\n'));
        let offsets: Vec<usize> = content.char_indices().map(|(at, _)| at).chain([content.len()]).collect();
        let part = |a: usize, b: usize| Span::new(span.start + offsets[a.min(b)], span.start + offsets[a.max(b)]);
        for length in [0, 1, 2, 3] {
            for start in 0..offsets.len().saturating_sub(length) {
                check(&document, &folded, index, part(start, start + length));
            }
        }
        check(&document, &folded, index, *span);
        for _ in 0..8 {
            let (a, b) = (ends.next().unwrap_or(0), ends.next().unwrap_or(0));
            check(&document, &folded, index, part(a % offsets.len(), b % offsets.len()));
        }
    }
});
