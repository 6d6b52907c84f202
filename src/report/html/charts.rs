//! Charts as inline SVG. Colours are classes of the page, so that they follow light and dark; numbers stand beside the bars,
//! so that no colour is needed to read them.

use std::fmt::Write;

use super::super::grouped;

/// Categories shown by themselves; the others are summed up.
const SHOWN: usize = 12;
/// Units of a bar of full length, of the labels before it, and of a line.
const BAR: u64 = 330;
const LABEL: u64 = 190;
const LINE: u64 = 28;

const LEVELS: [(&str, &str); 3] = [("严重", "serious"), ("差错", "error"), ("建议", "advice")];

/// One ring of three arcs with its legend.
pub(super) fn severities(counts: [u64; 3]) -> String {
    let total: u64 = counts.iter().sum();
    // Round the circle once: lengths are parts of its circumference.
    let (radius, mut svg) = (54.0_f64, String::new());
    let around = 2.0 * std::f64::consts::PI * radius;
    let said: Vec<String> =
        LEVELS.iter().zip(counts).map(|((label, _), count)| format!("{label} {}", grouped(count))).collect();
    let _ = write!(
        svg,
        "<svg class=\"ring\" viewBox=\"0 0 320 150\" role=\"img\" aria-label=\"按级别：{}\">\
         <circle class=\"track\" cx=\"75\" cy=\"75\" r=\"{radius}\"/>",
        said.join("，")
    );
    let mut done = 0.0;
    for ((_, class), count) in LEVELS.iter().zip(counts) {
        if count == 0 {
            continue;
        }
        let length = around * count as f64 / total as f64;
        let _ = write!(
            svg,
            "<circle class=\"arc {class}\" cx=\"75\" cy=\"75\" r=\"{radius}\" stroke-dasharray=\"{length:.2} {:.2}\" \
             stroke-dashoffset=\"{:.2}\" transform=\"rotate(-90 75 75)\"/>",
            around - length,
            -done
        );
        done += length;
    }
    let _ = write!(
        svg,
        "<text class=\"sum\" x=\"75\" y=\"74\" text-anchor=\"middle\">{}</text>\
         <text class=\"unit\" x=\"75\" y=\"95\" text-anchor=\"middle\">处问题</text>",
        grouped(total)
    );
    for (index, ((label, class), count)) in LEVELS.iter().zip(counts).enumerate() {
        let y = 40 + 34 * index;
        let _ = write!(
            svg,
            "<rect class=\"bar {class}\" x=\"170\" y=\"{}\" width=\"14\" height=\"14\" rx=\"3\"/>\
             <text x=\"194\" y=\"{}\">{label}</text><text class=\"count\" x=\"312\" y=\"{}\" text-anchor=\"end\">{}</text>",
            y - 12,
            y,
            y,
            grouped(count)
        );
    }
    svg + "</svg>"
}

/// One bar a category, divided by severity, the most frequent first.
pub(super) fn categories(counts: &[(&str, [u64; 3])]) -> String {
    let sum = |levels: &[u64; 3]| levels.iter().sum::<u64>();
    let mut lines: Vec<(String, [u64; 3])> =
        counts.iter().take(SHOWN).map(|(name, levels)| (short(name), *levels)).collect();
    if let Some(rest) = counts.get(SHOWN..).filter(|rest| !rest.is_empty()) {
        let mut levels = [0; 3];
        for (_, more) in rest {
            levels.iter_mut().zip(more).for_each(|(level, more)| *level += more);
        }
        lines.push((format!("其他 {} 类", rest.len()), levels));
    }
    let most = lines.iter().map(|(_, levels)| sum(levels)).max().unwrap_or(1).max(1);
    let height = LINE * lines.len() as u64;
    let mut svg = format!(
        "<svg class=\"bars\" viewBox=\"0 0 {} {height}\" role=\"img\" aria-label=\"按问题类别\">",
        LABEL + BAR + 80
    );
    for (index, (name, levels)) in lines.iter().enumerate() {
        let y = LINE * index as u64;
        let _ = write!(
            svg,
            "<g><title>{0}：{1}</title><text x=\"{2}\" y=\"{3}\" text-anchor=\"end\">{0}</text>",
            escaped(name),
            LEVELS
                .iter()
                .zip(levels)
                .map(|((label, _), count)| format!("{label} {count}"))
                .collect::<Vec<_>>()
                .join("，"),
            LABEL - 10,
            y + 19
        );
        let mut x = LABEL as f64;
        for ((_, class), &count) in LEVELS.iter().zip(levels).filter(|(_, count)| **count > 0) {
            let width = (BAR * count) as f64 / most as f64;
            let _ = write!(
                svg,
                "<rect class=\"bar {class}\" x=\"{x:.1}\" y=\"{}\" width=\"{width:.1}\" height=\"16\"/>",
                y + 6
            );
            x += width;
        }
        let _ = write!(
            svg,
            "<text class=\"count\" x=\"{:.1}\" y=\"{}\">{}</text></g>",
            x + 8.0,
            y + 19,
            grouped(sum(levels))
        );
    }
    svg + "</svg>"
}

/// A name that fits before its bar.
fn short(name: &str) -> String {
    match name.char_indices().nth(12) {
        Some((at, _)) => format!("{}…", &name[..at]),
        None => name.to_owned(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
