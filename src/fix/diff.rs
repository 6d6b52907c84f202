//! Unified diffs (as `diff -u` and `git diff` write them) of changes that are known already.

use super::edit::Edit;

/// Lines of context.
const CONTEXT: usize = 3;

/// The diff between two versions of a text of which `edits`, in order, make the second.
pub(super) fn of_edits(name: &str, old: &str, edits: &[Edit]) -> String {
    let starts: Vec<usize> = std::iter::once(0)
        .chain(old.match_indices('\n').map(|(at, _)| at + 1))
        .filter(|&at| at < old.len() || at == 0)
        .chain([old.len()])
        .collect();
    let lines = starts.len() - 1;
    let line_of = |offset: usize| starts[..lines].partition_point(|&start| start <= offset).saturating_sub(1);
    // Stretches of whole lines that change, with their edits.
    let mut changed: Vec<(usize, usize, Vec<&Edit>)> = Vec::new();
    for edit in edits {
        let (first, last) = (line_of(edit.span.start), line_of(edit.span.end));
        match changed.last_mut() {
            Some((_, end, list)) if first <= *end => {
                *end = last.max(*end);
                list.push(edit);
            }
            _ => changed.push((first, last, vec![edit])),
        }
    }
    let rewritten: Vec<(usize, usize, String)> = changed
        .into_iter()
        .map(|(first, last, list)| {
            let (mut at, end) = (starts[first], starts[last + 1]);
            let mut new = String::new();
            for edit in list {
                new.push_str(&old[at..edit.span.start]);
                new.push_str(&edit.text);
                at = edit.span.end;
            }
            new.push_str(&old[at..end]);
            (first, last + 1, new)
        })
        .collect();
    unified(name, old, &starts, &rewritten)
}

/// The diff between `old`, whose lines begin at `starts` (and its end), and what results if the lines `first..end` of each of
/// `rewritten` are replaced.
pub fn unified(name: &str, old: &str, starts: &[usize], rewritten: &[(usize, usize, String)]) -> String {
    let lines = starts.len() - 1;
    let mut diff = format!("--- a/{name}\n+++ b/{name}\n");
    let mut at = 0;
    // By how many lines the new text is ahead.
    let mut ahead: isize = 0;
    while at < rewritten.len() {
        let mut last = at;
        while last + 1 < rewritten.len() && rewritten[last + 1].0 <= rewritten[last].1 + 2 * CONTEXT {
            last += 1;
        }
        let first_line = rewritten[at].0.saturating_sub(CONTEXT);
        let end_line = (rewritten[last].1 + CONTEXT).min(lines);
        let mut body = String::new();
        let (mut line, mut new_lines) = (first_line, 0);
        for (first, end, new) in &rewritten[at..=last] {
            new_lines += first - line + new.split_inclusive('\n').count();
            push(&mut body, ' ', &old[starts[line]..starts[*first]]);
            push(&mut body, '-', &old[starts[*first]..starts[*end]]);
            push(&mut body, '+', new);
            line = *end;
        }
        push(&mut body, ' ', &old[starts[line]..starts[end_line]]);
        new_lines += end_line - line;
        let new_first = first_line.saturating_add_signed(ahead) + usize::from(new_lines > 0);
        let old_lines = end_line - first_line;
        diff.push_str(&format!("@@ -{},{old_lines} +{new_first},{new_lines} @@\n", first_line + 1));
        diff.push_str(&body);
        ahead += new_lines as isize - old_lines as isize;
        at = last + 1;
    }
    diff
}

fn push(diff: &mut String, sign: char, text: &str) {
    for line in text.split_inclusive('\n') {
        diff.push(sign);
        diff.push_str(line);
        if !line.ends_with('\n') {
            diff.push_str("\n\\ No newline at end of file\n");
        }
    }
}
