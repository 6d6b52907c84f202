//! Text through all rules, the levels that are off by default included: registries, near-misses, attested wording. Most
//! executions see right forms and slips in them, since the corpus and the dictionary hold some.

#![no_main]

use std::sync::LazyLock;

use zhengming::judge::Location;
use zhengming::normalise::fold_str;
use zhengming::source::{Code, Kind, decode};
use zhengming::{Linter, Options, Source};
use zhengming_fuzz::{Corpus, fuzz_target, limits};

static LINTER: LazyLock<Linter> = LazyLock::new(|| {
    let enable = ["*", "attested/usual", "attested/broad"].map(str::to_owned).to_vec();
    let options = Options { limits: limits(), jobs: 1, enable, outdated: true, ..Options::default() };
    Linter::new(options).expect("the embedded dictionary is sound")
});

/// Whether a finding says what stands there; numbers of people are masked.
fn says(said: &str, there: &str) -> bool {
    let (said, there) = (said.trim(), there.trim());
    said.chars().count() == there.chars().count()
        && said.chars().zip(there.chars()).all(|(one, other)| one == other || one == '*')
}

fuzz_target!(|data: &[u8]| -> Corpus {
    // Any bytes make text of which every character counts; what decoding does is the business of another target.
    let text = String::from_utf8_lossy(&data[..data.len().min(4096)]).into_owned();
    let source = Source::new("a.txt", text.as_bytes());
    if source.kind() != Kind::Text {
        return Corpus::Reject;
    }
    let decoded = decode(&source.bytes, None, false);
    for checked in LINTER.check_source(&source) {
        assert!(checked.notices.iter().all(|notice| notice.code != Code::Internal), "{checked:?}");
        for finding in &checked.findings {
            assert!(!finding.text.is_empty() && !finding.rule.is_empty(), "{finding:?}");
            assert!(finding.suggestions.iter().all(|right| *right != fold_str(&finding.text)), "{finding:?}");
            let Location::Text { start, end, .. } = &finding.location else { panic!("{finding:?} has no place") };
            assert!(start.byte < end.byte && start.line <= end.line, "{finding:?}");
            let Some(bytes) = source.bytes.get(start.byte..end.byte) else { panic!("{finding:?} is outside") };
            let there = decode(bytes, Some(decoded.encoding.name()), false).text;
            assert!(says(&fold_str(&finding.text), &fold_str(&there)), "{finding:?} stands where {there:?} does");
        }
    }
    Corpus::Keep
});
