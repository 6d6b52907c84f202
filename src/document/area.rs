//! Rectangles on pages: what the source map of a page-based format leads to.

use serde::{Deserialize, Serialize};

use super::{Decoded, Origin, Span};

/// A rectangle on a page as a reader sees it: edges in hundredths of a point (1/7200 inch) from the top left corner of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// Page, from 1.
    pub page: u32,
    /// Left edge.
    pub left: i32,
    /// Top edge.
    pub top: i32,
    /// Right edge.
    pub right: i32,
    /// Bottom edge.
    pub bottom: i32,
}

impl Area {
    /// The smallest rectangle around both, which are on one page.
    pub fn union(self, other: Area) -> Area {
        Area {
            page: self.page,
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// Edges in points: left, top, right, bottom.
    pub fn points(self) -> [f64; 4] {
        [self.left, self.top, self.right, self.bottom].map(|edge| f64::from(edge) / 100.0)
    }

    /// Whether `next` goes on where this stands: on one line, or in one column of vertical writing.
    fn is_beside(self, next: Area) -> bool {
        let share = |first: [i32; 2], second: [i32; 2]| {
            let common = first[1].min(second[1]) - first[0].max(second[0]);
            let least = (first[1] - first[0]).min(second[1] - second[0]).max(1);
            common * 2 > least
        };
        self.page == next.page
            && (share([self.top, self.bottom], [next.top, next.bottom])
                || share([self.left, self.right], [next.left, next.right])
                    && (next.top - self.bottom).abs() * 2 < self.bottom - self.top)
    }
}

/// Where the characters of a page-based document stand. Its "decoded text" is the text of its glyphs one after another.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Areas {
    /// First byte of each glyph in the decoded text, and its place; in order.
    glyphs: Vec<(u32, Area)>,
    len: u32,
    /// Rectangles are in hundredths of a pixel, not of a point.
    pub pixels: bool,
}

impl Areas {
    /// Adds a glyph that stands for `text_len` bytes; gives its offset in the decoded text.
    pub fn push(&mut self, text_len: usize, area: Area) -> usize {
        let at = self.len;
        self.glyphs.push((at, area));
        // Limits on glyphs keep this within 32 bits.
        self.len = self.len.saturating_add(text_len as u32);
        at as usize
    }

    /// Length of the decoded text in bytes.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there is no glyph.
    pub fn is_empty(&self) -> bool {
        self.glyphs.is_empty()
    }

    /// The rectangles around the glyphs that `origins` lead to, in order: one for each line or page that they touch.
    pub fn around(&self, origins: &[Origin]) -> Vec<Area> {
        let mut found: Vec<(Area, Area)> = Vec::new();
        for area in origins.iter().flat_map(|origin| self.glyphs_of(origin.span)) {
            match found.last_mut() {
                Some((whole, last)) if last.is_beside(area) => {
                    *whole = whole.union(area);
                    *last = area;
                }
                _ => found.push((area, area)),
            }
        }
        found.into_iter().map(|(whole, _)| whole).collect()
    }

    fn glyphs_of(&self, span: Span<Decoded>) -> impl Iterator<Item = Area> + '_ {
        let first = self.glyphs.partition_point(|(at, _)| *at as usize <= span.start).saturating_sub(1);
        self.glyphs[first.min(self.glyphs.len())..]
            .iter()
            .take_while(move |(at, _)| (*at as usize) < span.end.max(span.start + 1))
            .map(|(_, area)| *area)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(page: u32, left: i32, top: i32) -> Area {
        Area { page, left, top, right: left + 1000, bottom: top + 1000 }
    }

    #[test]
    fn a_word_over_a_line_end_and_a_page_end_has_three_rectangles() {
        let mut areas = Areas::default();
        for one in [area(1, 4000, 100), area(1, 5000, 110), area(1, 1000, 1600), area(2, 1000, 1600)] {
            areas.push(3, one);
        }
        let all = areas.around(&[Origin { part: 0, span: Span::new(0, 12) }]);
        assert_eq!(
            all,
            [
                Area { page: 1, left: 4000, top: 100, right: 6000, bottom: 1110 },
                area(1, 1000, 1600),
                area(2, 1000, 1600)
            ]
        );
        let one = areas.around(&[Origin { part: 0, span: Span::new(3, 6) }]);
        assert_eq!(one, [area(1, 5000, 110)]);
        assert_eq!(areas.around(&[]), []);
    }

    #[test]
    fn a_column_of_vertical_writing_is_one_rectangle() {
        let mut areas = Areas::default();
        for one in [area(1, 4000, 1000), area(1, 4000, 2000), area(1, 2500, 1000)] {
            areas.push(3, one);
        }
        assert_eq!(areas.around(&[Origin { part: 0, span: Span::new(0, 9) }]).len(), 2);
    }
}
