//! Highlights in a copy of a PDF (ISO 32000-2 §12.5.6.10), appended as an incremental update: the original's bytes are the
//! beginning of the copy, so that signatures still tell what was signed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use lopdf::{Dictionary, Document, IncrementalDocument, Object, ObjectId, Stream, StringFormat, dictionary};

use super::comment::{lines, listed};
use super::{AUTHOR, AnnotateError, Annotated, Fate, FixOptions, Located};
use crate::dictionary::Severity;
use crate::document::Area;
use crate::judge::Location;
use crate::source::Source;

const NO_PLACE: &str = "这个位置不能加批注，已列在第一页的批注中";

pub(super) fn annotate(
    source: &Source,
    located: &Located<'_>,
    options: &FixOptions,
) -> Result<Annotated, AnnotateError> {
    // The file comes from outside, and the parser is another one than the one that read it.
    catch_unwind(AssertUnwindSafe(|| write(source, located, options)))
        .unwrap_or_else(|_| Err(AnnotateError::Structure("读取时程序内部出错".to_owned())))
}

#[allow(clippy::needless_pass_by_value)]
fn structure(error: impl ToString) -> AnnotateError {
    AnnotateError::Structure(error.to_string())
}

fn write(source: &Source, located: &Located<'_>, options: &FixOptions) -> Result<Annotated, AnnotateError> {
    let original = Document::load_mem(&source.bytes).map_err(structure)?;
    if original.is_encrypted() || original.was_encrypted() {
        return Err(AnnotateError::Encrypted);
    }
    let pages = original.get_pages();
    let mut copy =
        Copy { document: IncrementalDocument::create_from(source.bytes.clone(), original), now: date(&options.now) };
    let mut fates = Vec::with_capacity(located.findings.len());
    for finding in &located.findings {
        let Location::Page { area, more, .. } = &finding.location else {
            fates.push(Fate::Left(NO_PLACE));
            continue;
        };
        let areas: Vec<Area> = std::iter::once(*area).chain(more.iter().map(|part| part.area)).collect();
        let mut by_page: Vec<(u32, Vec<Area>)> = Vec::new();
        for area in areas {
            match by_page.last_mut() {
                Some((page, list)) if *page == area.page => list.push(area),
                _ => by_page.push((area.page, vec![area])),
            }
        }
        let mut fate = Fate::Noted;
        for (page, areas) in by_page {
            match pages.get(&page) {
                Some(&page) => copy.highlight(page, &areas, &lines(finding).join("\n"), finding.severity)?,
                None => fate = Fate::Left(NO_PLACE),
            }
        }
        fates.push(fate);
    }
    let unplaced: Vec<_> =
        fates.iter().zip(&located.findings).filter(|(fate, _)| **fate != Fate::Noted).map(|(_, one)| one).collect();
    if !unplaced.is_empty()
        && let Some(&page) = pages.values().next()
    {
        copy.note(page, &listed(unplaced.into_iter()).join("\n"))?;
    }
    let mut bytes = Vec::new();
    copy.document.save_to(&mut bytes).map_err(structure)?;
    if !bytes.starts_with(&source.bytes) {
        return Err(structure("副本的开头与原文件不同"));
    }
    Ok(Annotated { bytes, fates })
}

/// A date as PDF writes it, from ISO 8601 in UTC.
fn date(now: &str) -> String {
    let digits: String = now.chars().filter(char::is_ascii_digit).collect();
    format!("D:{digits}Z")
}

/// A copy being made.
struct Copy {
    document: IncrementalDocument,
    now: String,
}

impl Copy {
    fn highlight(
        &mut self,
        page: ObjectId,
        areas: &[Area],
        contents: &str,
        severity: Severity,
    ) -> Result<(), AnnotateError> {
        let frame = self.frame(page);
        let colour = match severity {
            Severity::Serious => [1.0, 0.45, 0.4],
            Severity::Error => [1.0, 0.85, 0.3],
            Severity::Advice => [0.6, 0.85, 1.0],
        };
        let boxes: Vec<[f32; 4]> = areas.iter().map(|area| frame.to_user(*area)).collect();
        let edge = |index: usize, pick: fn(f32, f32) -> f32| {
            boxes.iter().map(|one| one[index]).reduce(pick).unwrap_or_default()
        };
        let around = [edge(0, f32::min), edge(1, f32::min), edge(2, f32::max), edge(3, f32::max)];
        let quads: Vec<Object> = boxes
            .iter()
            .flat_map(|&[left, bottom, right, top]| [left, top, right, top, left, bottom, right, bottom])
            .map(Object::Real)
            .collect();
        let mut paint = format!("/M gs {} {} {} rg\n", colour[0], colour[1], colour[2]);
        for [left, bottom, right, top] in &boxes {
            paint.push_str(&format!("{left} {bottom} {} {} re f\n", right - left, top - bottom));
        }
        let look = Stream::new(
            dictionary! {
                "Type" => "XObject",
                "Subtype" => "Form",
                "BBox" => numbers(&around),
                "Resources" => dictionary! {
                    "ExtGState" => dictionary! { "M" => dictionary! { "Type" => "ExtGState", "BM" => "Multiply" } },
                },
            },
            paint.into_bytes(),
        );
        let look = self.document.new_document.add_object(look);
        let annotation = dictionary! {
            "Type" => "Annot",
            "Subtype" => "Highlight",
            "Rect" => numbers(&around),
            "QuadPoints" => Object::Array(quads),
            "C" => numbers(&colour),
            "Contents" => text(contents),
            "T" => text(AUTHOR),
            "M" => Object::string_literal(self.now.as_str()),
            "F" => 4,
            "P" => page,
            "AP" => dictionary! { "N" => look },
        };
        self.add(page, annotation)
    }

    /// A note in the corner of a page.
    fn note(&mut self, page: ObjectId, contents: &str) -> Result<(), AnnotateError> {
        let area = Area { page: 1, left: 1000, top: 1000, right: 3000, bottom: 3000 };
        let place = self.frame(page).to_user(area);
        let annotation = dictionary! {
            "Type" => "Annot",
            "Subtype" => "Text",
            "Rect" => numbers(&place),
            "C" => numbers(&[1.0, 0.85, 0.3]),
            "Contents" => text(contents),
            "T" => text(AUTHOR),
            "M" => Object::string_literal(self.now.as_str()),
            "Name" => "Comment",
            "F" => 28,
            "P" => page,
        };
        self.add(page, annotation)
    }

    fn add(&mut self, page: ObjectId, annotation: Dictionary) -> Result<(), AnnotateError> {
        let id = self.document.new_document.add_object(annotation);
        self.document.opt_clone_object_to_new_document(page).map_err(structure)?;
        let new = &mut self.document.new_document;
        let list = new.get_dictionary(page).map_err(structure)?.get(b"Annots").ok().cloned();
        match list {
            Some(Object::Reference(list)) => {
                self.document.opt_clone_object_to_new_document(list).map_err(structure)?;
                let list = self.document.new_document.get_object_mut(list).and_then(Object::as_array_mut);
                list.map_err(structure)?.push(id.into());
            }
            list => {
                let mut list = list.and_then(|list| list.as_array().cloned().ok()).unwrap_or_default();
                list.push(id.into());
                new.get_dictionary_mut(page).map_err(structure)?.set("Annots", list);
            }
        }
        Ok(())
    }

    /// How a page is shown.
    fn frame(&self, page: ObjectId) -> Frame {
        let previous = self.document.get_prev_documents();
        let inherited = |key: &[u8]| {
            let mut next = previous.get_dictionary(page).ok();
            // Page trees are shallow; a circle ends here too.
            for _ in 0..64 {
                let node = next?;
                if let Ok(value) = node.get(key) {
                    return previous.dereference(value).ok().map(|(_, value)| value.clone());
                }
                next = node
                    .get(b"Parent")
                    .and_then(Object::as_reference)
                    .ok()
                    .and_then(|id| previous.get_dictionary(id).ok());
            }
            None
        };
        let rectangle = |key: &[u8]| {
            let list = inherited(key)?;
            let edges: Vec<f32> = list
                .as_array()
                .ok()?
                .iter()
                .filter_map(|edge| previous.dereference(edge).ok()?.1.as_float().ok())
                .collect();
            let [a, b, c, d] = edges[..] else { return None };
            Some([a.min(c), b.min(d), a.max(c), b.max(d)])
        };
        let media = rectangle(b"MediaBox").unwrap_or([0.0, 0.0, 612.0, 792.0]);
        let crop = rectangle(b"CropBox").map_or(media, |crop| {
            [crop[0].max(media[0]), crop[1].max(media[1]), crop[2].min(media[2]), crop[3].min(media[3])]
        });
        let turned = inherited(b"Rotate").and_then(|turned| turned.as_i64().ok()).unwrap_or(0);
        Frame { crop, turned: turned.rem_euclid(360) }
    }
}

/// How a page is shown: cropped, and turned clockwise by degrees.
struct Frame {
    crop: [f32; 4],
    turned: i64,
}

impl Frame {
    /// A rectangle of the page as shown in the page's own coordinates: left, bottom, right, top.
    fn to_user(&self, area: Area) -> [f32; 4] {
        let [left, top, right, bottom] = area.points().map(|edge| edge as f32);
        let [x0, y0, x1, y1] = self.crop;
        let point = |x: f32, y: f32| match self.turned {
            90 => (x0 + y, y0 + x),
            180 => (x1 - x, y0 + y),
            270 => (x1 - y, y1 - x),
            _ => (x0 + x, y1 - y),
        };
        let ((ax, ay), (bx, by)) = (point(left, top), point(right, bottom));
        [ax.min(bx), ay.min(by), ax.max(bx), ay.max(by)]
    }
}

fn numbers(values: &[f32]) -> Object {
    Object::Array(values.iter().copied().map(Object::Real).collect())
}

/// A text string in UTF-16 with its mark (§7.9.2.2).
fn text(text: &str) -> Object {
    let bytes = [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    Object::String(bytes, StringFormat::Hexadecimal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turned_pages_lead_back_to_their_own_coordinates() {
        let area = Area { page: 1, left: 1000, top: 2000, right: 3000, bottom: 2500 };
        let user = |turned| Frame { crop: [10.0, 20.0, 210.0, 320.0], turned }.to_user(area);
        assert_eq!(user(0), [20.0, 295.0, 40.0, 300.0]);
        assert_eq!(user(90), [30.0, 30.0, 35.0, 50.0]);
        assert_eq!(user(180), [180.0, 40.0, 200.0, 45.0]);
        assert_eq!(user(270), [185.0, 290.0, 190.0, 310.0]);
    }
}
