//! Paths, as far as they may rule a table.

use hayro_font::kurbo::{Affine, Point, Rect};

/// Thickest line, in points.
pub(in crate::extract) const LINE: f64 = 3.0;

/// A ruled line: from `from` to `to` along its axis at `at` across it.
#[derive(Debug, Clone, Copy)]
pub(in crate::extract) struct Rule {
    pub(in crate::extract) upright: bool,
    pub(in crate::extract) at: f64,
    pub(in crate::extract) from: f64,
    pub(in crate::extract) to: f64,
}

/// The path that is being built, in points on the page.
#[derive(Default)]
pub(in crate::extract) struct Path {
    pub(in crate::extract) segments: Vec<(Point, Point)>,
    pub(in crate::extract) rects: Vec<[Point; 4]>,
    pub(in crate::extract) start: Point,
    pub(in crate::extract) last: Point,
    pub(in crate::extract) curves: usize,
}

impl Path {
    /// Longest path of which lines are kept; longer ones are drawings.
    const KEPT: usize = 2000;

    pub(in crate::extract) fn move_to(&mut self, ctm: Affine, x: f64, y: f64) {
        self.start = ctm * Point::new(x, y);
        self.last = self.start;
    }

    pub(in crate::extract) fn line_to(&mut self, ctm: Affine, x: f64, y: f64) {
        self.segment(ctm * Point::new(x, y));
    }

    pub(in crate::extract) fn curve_to(&mut self, ctm: Affine, x: f64, y: f64) {
        self.curves += 1;
        self.last = ctm * Point::new(x, y);
    }

    pub(in crate::extract) fn close(&mut self) {
        self.segment(self.start);
    }

    fn segment(&mut self, to: Point) {
        if self.segments.len() < Self::KEPT {
            self.segments.push((self.last, to));
        } else {
            self.curves += 1;
        }
        self.last = to;
    }

    pub(in crate::extract) fn rect(&mut self, ctm: Affine, x: f64, y: f64, width: f64, height: f64) {
        if self.rects.len() < Self::KEPT {
            self.rects.push(
                [(x, y), (x + width, y), (x + width, y + height), (x, y + height)].map(|at| ctm * Point::from(at)),
            );
        }
        self.move_to(ctm, x, y);
    }

    /// The straight lines along the axes that painting it draws, if strokes are as `thin` as those of tables.
    pub(in crate::extract) fn rules(self, thin: bool) -> Vec<Rule> {
        let mut segments = Vec::new();
        for rect in &self.rects {
            let bounds = Rect::from_points(rect[0], rect[2]).union(Rect::from_points(rect[1], rect[3]));
            if bounds.width() <= LINE && bounds.height() > LINE {
                let middle = bounds.center().x;
                segments.push((Point::new(middle, bounds.y0), Point::new(middle, bounds.y1)));
            } else if bounds.height() <= LINE && bounds.width() > LINE {
                let middle = bounds.center().y;
                segments.push((Point::new(bounds.x0, middle), Point::new(bounds.x1, middle)));
            } else if thin {
                segments.extend((0..4).map(|corner| (rect[corner], rect[(corner + 1) % 4])));
            }
        }
        if thin {
            segments.extend(self.segments);
        } else if self.curves == 0 && (4..=5).contains(&self.segments.len()) {
            // A filled rectangle drawn with lines.
            let points = self.segments.iter().flat_map(|(from, to)| [*from, *to]);
            let bounds = points.fold(None, |all: Option<Rect>, point| {
                let one = Rect::from_points(point, point);
                Some(all.map_or(one, |all| all.union(one)))
            });
            if let Some(bounds) = bounds {
                let middle = bounds.center();
                if bounds.width() <= LINE && bounds.height() > LINE {
                    segments.push((Point::new(middle.x, bounds.y0), Point::new(middle.x, bounds.y1)));
                } else if bounds.height() <= LINE && bounds.width() > LINE {
                    segments.push((Point::new(bounds.x0, middle.y), Point::new(bounds.x1, middle.y)));
                }
            }
        }
        segments.into_iter().filter_map(|(from, to)| rule(from, to)).collect()
    }
}

fn rule(from: Point, to: Point) -> Option<Rule> {
    let (x, y) = ((to.x - from.x).abs(), (to.y - from.y).abs());
    if x < 0.7 && y > LINE {
        Some(Rule { upright: true, at: (from.x + to.x) / 2.0, from: from.y.min(to.y), to: from.y.max(to.y) })
    } else if y < 0.7 && x > LINE {
        Some(Rule { upright: false, at: (from.y + to.y) / 2.0, from: from.x.min(to.x), to: from.x.max(to.x) })
    } else {
        None
    }
}
