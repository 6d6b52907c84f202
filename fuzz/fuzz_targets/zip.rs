//! Archives through the whole linter: unpacking, nesting, limits, extraction, rules, places of findings.

#![no_main]

use std::sync::LazyLock;

use zhengming::judge::Location;
use zhengming::source::Code;
use zhengming::{Linter, Options, Source};
use zhengming_fuzz::{archive_of_files, fuzz_target, limits};

static LINTER: LazyLock<Linter> = LazyLock::new(|| {
    let options = Options { limits: limits(), jobs: 1, enable: vec!["*".to_owned()], ..Options::default() };
    Linter::new(options).expect("the embedded dictionary is sound")
});

fuzz_target!(|data: &[u8]| {
    let bytes = if data.starts_with(b"PK") { data.to_vec() } else { archive_of_files(data) };
    for checked in LINTER.check_source(&Source::new("a.zip", bytes)) {
        assert!(checked.name.starts_with("a.zip"), "{checked:?}");
        assert!(checked.notices.iter().all(|notice| notice.code != Code::Internal), "{checked:?}");
        for finding in &checked.findings {
            assert!(!finding.text.is_empty() && !finding.rule.is_empty(), "{finding:?}");
            if let Location::Text { start, end, .. } = &finding.location {
                assert!(start.byte <= end.byte && start.line <= end.line, "{finding:?}");
            }
        }
    }
});
