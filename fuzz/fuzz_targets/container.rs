//! Containers of every kind: going through them within limits. The first byte chooses the name, the content its kind.

#![no_main]

use std::ops::ControlFlow;

use zhengming::source::{Budget, Code, Outer, Refusal, Visitor, unpack};
use zhengming::Source;
use zhengming_fuzz::{Corpus, fuzz_target, limits};

const NAMES: [(u8, &str); 10] = [
    (b't', "a.tar"),
    (b'g', "a.gz"),
    (b'b', "a.bz2"),
    (b'x', "a.xz"),
    (b'l', "a.lzma"),
    (b'z', "a.zst"),
    (b'7', "a.7z"),
    (b'r', "a.rar"),
    (b'w', "a.warc"),
    (b'm', "a.mbox"),
];

/// Counts what it is handed, and goes into it.
struct Entries {
    depth: u64,
    last: usize,
}

impl Visitor for Entries {
    fn entry(&mut self, position: usize, source: Source, budget: &Budget) -> ControlFlow<()> {
        assert!(position > self.last, "{}", source.name);
        self.last = position;
        assert!(source.bytes.len() as u64 <= limits().entry_size);
        if self.depth < 2
            && let Some(outer) = Outer::of(&source)
        {
            let mut inner = Entries { depth: self.depth + 1, last: 0 };
            unpack(&outer, &limits(), budget, false, &mut inner);
        }
        ControlFlow::Continue(())
    }

    fn refused(&mut self, _position: usize, name: String, refusal: Refusal) -> ControlFlow<()> {
        assert!(name.contains('!') && !refusal.message.is_empty());
        ControlFlow::Continue(())
    }
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some((first, rest)) = data.split_first() else { return Corpus::Reject };
    let name = NAMES.iter().find(|(letter, _)| letter == first).map_or("a", |(_, name)| name);
    let source = Source::new(name, rest);
    let Some(outer) = Outer::of(&source) else { return Corpus::Reject };
    let budget = Budget::new(&limits());
    let mut entries = Entries { depth: 0, last: 0 };
    for notice in unpack(&outer, &limits(), &budget, false, &mut entries) {
        assert!(notice.code != Code::Internal, "{notice:?}");
    }
    Corpus::Keep
});
