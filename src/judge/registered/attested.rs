//! Wording by evidence of reference text.
#[cfg(test)]
mod tests {
    use crate::engine::{Characters, Edit, gain, likeness, word_cost};
    use crate::normalise::fold_str;

    /// Prints the evidence of all doubts in the file that ZM_DUMP names, one line of text each.
    #[test]
    #[ignore]
    fn dump() {
        let path = std::env::var("ZM_DUMP").unwrap();
        let out = std::env::var("ZM_OUT").unwrap();
        let mut rows = String::new();
        let mut characters = Characters::default();
        let text = std::fs::read_to_string(path).unwrap();
        let start = std::time::Instant::now();
        let mut n = 0;
        let mut m = 0;
        for (number, line) in text.lines().enumerate() {
            let (line, truth) = match line.split_once('\t') {
                Some((a, b)) => (a, b),
                None => (line, ""),
            };
            let text = fold_str(line);
            let truth = fold_str(truth.split('\t').next().unwrap());
            characters.read(&text);
            let chars: Vec<char> = text.chars().collect();
            n += chars.len();
            let offsets: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            characters.doubts(|doubt| {
                m += 1;
                if std::env::var("ZM_TIME").is_ok() { return; }
                let (kind, old, new) = match doubt.edit {
                    Edit::Exchanged(a, b) => ("sub", a.to_string(), b.to_string()),
                    Edit::Dropped(a) => ("drop", String::new(), a.to_string()),
                    Edit::Doubled(a) => ("dbl", a.to_string(), String::new()),
                    Edit::Inserted(a) => ("ins", a.to_string(), String::new()),
                    Edit::Swapped(a, b) => ("swap", format!("{a}{b}"), format!("{b}{a}")),
                };
                let like = if let Edit::Exchanged(a, b) = doubt.edit { format!("{:?}", likeness(a, b)) } else { "-".into() };
                let g = gain(&text, offsets[doubt.start], offsets[doubt.end], &doubt.form);
                let fixed: String = chars[..doubt.start].iter().collect::<String>() + &doubt.form + &chars[doubt.end..].iter().collect::<String>();
                let ok = if truth.is_empty() { "?" } else if truth == text { "F" } else {
                    // right at this place if fixing lowers the distance
                    let d = |a: &str| strsim::levenshtein(a, &truth);
                    if d(&fixed) < d(&text) { "T" } else { "F" }
                };
                // words the suspect character forms with its neighbours
                let pair = |from: isize, to: isize| -> String {
                    let (from, to) = (doubt.at as isize + from, doubt.at as isize + to);
                    if from < 0 || to as usize > chars.len() { return "-".into(); }
                    let word: String = chars[from as usize..to as usize].iter().collect();
                    word_cost(&word).map_or("-".into(), |cost| (cost / 26).to_string())
                };
                rows += &format!(
                    "{number}\t{ok}\t{kind}\t{old}\t{new}\t{}\t{like}\t{}\t{}\t{}\t{}/{}\t{}/{}\t{:.1}\t{}\t{}\t{}\t{}\n",
                    doubt.form, u8::from(doubt.attestation.idiom()), u8::from(doubt.attestation.word()), doubt.attestation.count(),
                    doubt.novelty.unseen, doubt.novelty.of, doubt.novelty.seen_after, doubt.novelty.of_after,
                    g as f64 / 256.0, pair(-1, 1), pair(0, 2), doubt.at - doubt.start,
                    chars[doubt.start.saturating_sub(6)..(doubt.end + 6).min(chars.len())].iter().collect::<String>(),
                );
            });
        }
        eprintln!("{n} characters, {m} doubts, {:?}", start.elapsed());
        std::fs::write(out, rows).unwrap();
    }
}
