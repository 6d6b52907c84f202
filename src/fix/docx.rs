//! Comments and tracked changes in a copy of a Word document (ECMA-376 Part 1 §17.13).
//!
//! Runs are split where a finding begins and ends; nothing else of the package changes. Headers, footers, notes, text boxes,
//! mathematics and diagrams take no comments: what is found there is listed in a comment on the first paragraph.

use std::collections::BTreeMap;
use std::ops::Range;

use super::comment::{lines, listed};
use super::edit::{Edit, edits};
use super::package::Package;
use super::xml::{Patch, Tag, TagKind, attribute, escape, prefix, tags};
use super::{AUTHOR, AnnotateError, Annotated, Fate, FixOptions, Located, refused};
use crate::source::Source;

const NAMESPACES: [&str; 2] = [
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
];
/// Namespaces of relationship types, by those of the document.
const RELATIONSHIPS: [&str; 2] = [
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
];
const CONTENT_TYPE: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml";

/// Where comments cannot stand.
const NO_COMMENT: &str = "这个位置不能加批注，已列在文首的批注中";

pub(super) fn annotate(
    source: &Source,
    located: &Located<'_>,
    options: &FixOptions,
) -> Result<Annotated, AnnotateError> {
    let mut package = Package::open(&source.bytes)?;
    let main = package
        .relationships("")?
        .into_iter()
        .find(|(_, kind, _)| kind == "officeDocument")
        .map_or_else(|| "word/document.xml".to_owned(), |(.., target)| target);
    let structure = |what: &str| AnnotateError::Structure(what.to_owned());
    let text = package.text(&main)?.ok_or_else(|| structure(&main))?;
    let strict = text.contains(NAMESPACES[1]);
    let namespace = NAMESPACES[usize::from(strict)];
    let w = prefix(&text, &[namespace]).ok_or_else(|| structure(&main))?;
    let part = located.document.parts.iter().position(|part| part.name.eq_ignore_ascii_case(&main));
    let outline = Outline::read(&text, &w);
    let mut comments = Comments::read(&mut package, &main, namespace, RELATIONSHIPS[usize::from(strict)])?;
    let mut marks: BTreeMap<usize, Vec<Mark>> = BTreeMap::new();
    let mut next_change = outline.next_change;
    let mut fates = Vec::with_capacity(located.findings.len());
    for ((finding, &span), &settled) in located.findings.iter().zip(&located.spans).zip(&located.settled) {
        let origins = located.document.map.origins(span);
        let place = || {
            let (first, last) = (origins.first()?, origins.last()?);
            let here = |origin: &crate::document::Origin| Some(usize::from(origin.part)) == part;
            let (start, end) = (first.span.start, last.span.end);
            let inside = here(first) && here(last) && start < end;
            inside.then_some(())?;
            Some((outline.starting(start)?, start, outline.ending(end)?, end))
        };
        let Some((first, start, last, end)) = place() else {
            fates.push(Fate::Left(NO_COMMENT));
            continue;
        };
        let id = comments.add(&lines(finding), options);
        marks.entry(first).or_default().push(Mark { at: start, what: What::Start(id) });
        marks.entry(last).or_default().push(Mark { at: end, what: What::End(id) });
        let mut fate = Fate::Noted;
        if options.track && refused(finding, settled, options.all).is_none() {
            let right = finding.suggestions.first().map_or("", String::as_str);
            let edits = edits(&located.document, span, right).unwrap_or_default();
            // Where runs do not allow a change, the comment says what it should be.
            for (index, edit) in tracked(&outline, &edits, part).unwrap_or_default() {
                let list = marks.entry(index).or_default();
                if !edit.span.is_empty() {
                    list.push(Mark { at: edit.span.start, what: What::Delete(next_change) });
                    next_change += 1;
                }
                let what = What::Insert { id: next_change, text: edit.text, deleting: !edit.span.is_empty() };
                next_change += 1;
                list.push(Mark { at: edit.span.end, what });
                fate = Fate::Tracked;
            }
        }
        fates.push(fate);
    }
    let unplaced = fates.iter().zip(&located.findings).filter(|(fate, _)| **fate == Fate::Left(NO_COMMENT));
    let unplaced: Vec<_> = unplaced.map(|(_, finding)| finding).collect();
    let mut patch = Patch::default();
    if !unplaced.is_empty()
        && let Some(at) = outline.first_paragraph_end
    {
        let id = comments.add(&listed(unplaced.into_iter()), options);
        patch.insert(at, reference(&w, id));
    }
    for (index, list) in marks {
        outline.write(&text, &w, index, list, options, &mut patch);
    }
    package.set(&main, patch.apply(&text));
    comments.write(&mut package, &main)?;
    Ok(Annotated { bytes: package.finish()?, fates })
}

/// The text elements in which `edits` stand; `None` if one of them cannot be tracked.
fn tracked(outline: &Outline, edits: &[Edit], part: Option<usize>) -> Option<Vec<(usize, Edit)>> {
    if edits.is_empty() {
        return None;
    }
    let place = |edit: &Edit| {
        (Some(usize::from(edit.part)) == part).then_some(())?;
        let index = outline.holding(edit.span.start, edit.span.end)?;
        (!outline.texts[index].changed).then(|| (index, edit.clone()))
    };
    edits.iter().map(place).collect()
}

/// A run (§17.3.2.25).
struct Run {
    open: Range<usize>,
    properties: Option<Range<usize>>,
    close: Range<usize>,
    /// Where its content begins, after the properties.
    content: usize,
}

/// A text element (§17.3.3.31) in the main part that can be split.
struct TextElement {
    run: usize,
    open: Range<usize>,
    close: Range<usize>,
    /// It stands in an insertion or a move.
    changed: bool,
}

impl TextElement {
    fn content(&self) -> Range<usize> {
        self.open.end..self.close.start
    }
}

/// What the main part is made of, as far as comments are concerned.
struct Outline {
    runs: Vec<Run>,
    texts: Vec<TextElement>,
    first_paragraph_end: Option<usize>,
    /// An id for tracked changes that nothing has.
    next_change: u64,
}

/// Something to put at a place of a text element.
#[derive(Debug)]
struct Mark {
    at: usize,
    what: What,
}

#[derive(Debug)]
enum What {
    /// A deletion that ended here, if there was one, and what is put in for it.
    Insert { id: u64, text: String, deleting: bool },
    /// A comment's range ends.
    End(u64),
    /// A comment's range begins.
    Start(u64),
    /// A deletion begins.
    Delete(u64),
}

impl What {
    fn order(&self) -> u8 {
        match self {
            What::Insert { deleting: true, .. } => 0,
            What::End(_) => 1,
            What::Start(_) => 2,
            What::Delete(_) | What::Insert { .. } => 3,
        }
    }
}

impl Outline {
    fn read(text: &str, w: &str) -> Self {
        let mut outline = Outline { runs: Vec::new(), texts: Vec::new(), first_paragraph_end: None, next_change: 1 };
        let mut open_runs: Vec<usize> = Vec::new();
        let mut open_text: Option<(Range<usize>, bool)> = None;
        let mut properties: Option<usize> = None;
        let (mut boxes, mut changes, mut other) = (0u32, 0u32, 0u32);
        let id = format!("{w}id");
        for tag in tags(text) {
            let Tag { kind, name, span } = tag;
            if kind == TagKind::Literal {
                if let Some((_, literal)) = &mut open_text {
                    *literal = true;
                }
                continue;
            }
            let Some(local) = name.strip_prefix(w).filter(|local| !local.contains(':')) else {
                // Runs of mathematics and drawings hold no comments.
                if matches!(name.rsplit(':').next(), Some("oMath" | "txbxContent")) {
                    match kind {
                        TagKind::Start => other += 1,
                        TagKind::End => other = other.saturating_sub(1),
                        _ => {}
                    }
                }
                continue;
            };
            let depth = |count: &mut u32| match kind {
                TagKind::Start => *count += 1,
                TagKind::End => *count = count.saturating_sub(1),
                _ => {}
            };
            match local {
                "txbxContent" | "ruby" => depth(&mut boxes),
                "ins" | "del" | "moveFrom" | "moveTo" | "rPrChange" | "pPrChange" => {
                    depth(&mut changes);
                    let used = attribute(&text[span], &id).and_then(|value| value.parse::<u64>().ok());
                    outline.next_change = outline.next_change.max(used.map_or(0, |used| used.saturating_add(1)));
                }
                "r" if kind == TagKind::Start => {
                    open_runs.push(outline.runs.len());
                    let content = span.end;
                    outline.runs.push(Run { open: span, properties: None, close: 0..0, content });
                }
                "r" if kind == TagKind::End => {
                    if let Some(run) = open_runs.pop() {
                        outline.runs[run].close = span;
                    }
                }
                "rPr" => match (kind, open_runs.last()) {
                    (TagKind::Start, Some(&run)) if outline.runs[run].open.end == span.start => {
                        properties = Some(span.start);
                    }
                    (TagKind::Empty, Some(&run)) if outline.runs[run].open.end == span.start => {
                        outline.runs[run].content = span.end;
                    }
                    (TagKind::End, Some(&run)) => {
                        if let Some(start) = properties.take() {
                            outline.runs[run].properties = Some(start..span.end);
                            outline.runs[run].content = span.end;
                        }
                    }
                    _ => {}
                },
                "t" if kind == TagKind::Start => open_text = Some((span, false)),
                "t" if kind == TagKind::End => {
                    if let (Some((open, false)), [run]) = (open_text.take(), &open_runs[..])
                        && boxes == 0
                        && other == 0
                    {
                        outline.texts.push(TextElement { run: *run, open, close: span, changed: changes > 0 });
                    }
                }
                "p" if kind == TagKind::End && boxes == 0 && other == 0 && open_runs.is_empty() => {
                    outline.first_paragraph_end.get_or_insert(span.start);
                }
                _ => {}
            }
        }
        outline
    }

    /// The text element whose content holds the byte at `at`.
    fn starting(&self, at: usize) -> Option<usize> {
        self.holding(at, at + 1)
    }

    /// The text element whose content holds the byte before `at`.
    fn ending(&self, at: usize) -> Option<usize> {
        self.holding(at.checked_sub(1)?, at)
    }

    fn holding(&self, start: usize, end: usize) -> Option<usize> {
        let index = self.texts.partition_point(|one| one.open.end <= start).checked_sub(1)?;
        let content = self.texts[index].content();
        (content.start <= start && end <= content.end).then_some(index)
    }

    /// Puts `marks` into text element `index`.
    fn write(&self, text: &str, w: &str, index: usize, mut marks: Vec<Mark>, options: &FixOptions, patch: &mut Patch) {
        let element = &self.texts[index];
        let run = &self.runs[element.run];
        let content = element.content();
        let properties = run.properties.clone().map_or("", |span| &text[span]);
        let open_run = format!("{}{properties}", &text[run.open.clone()]);
        let first = text[run.content..element.open.start].trim().is_empty();
        let last = text[element.close.end..run.close.start].trim().is_empty();
        let (mut split, mut deleting) = (false, false);
        marks.sort_by_key(|mark| (mark.at, mark.what.order()));
        let by = format!("{w}author=\"{AUTHOR}\" {w}date=\"{}\"", options.now);
        let mut rest = marks.as_slice();
        while let Some(mark) = rest.first() {
            let at = mark.at;
            let (here, after) = rest.split_at(rest.partition_point(|mark| mark.at == at));
            rest = after;
            let mut between = String::new();
            let (was_deleting, mut changes) = (deleting, false);
            for mark in here {
                match &mark.what {
                    What::Start(id) => between.push_str(&format!("<{w}commentRangeStart {w}id=\"{id}\"/>")),
                    What::End(id) => {
                        between.push_str(&format!("<{w}commentRangeEnd {w}id=\"{id}\"/>{}", reference(w, *id)));
                    }
                    What::Delete(id) => {
                        between.push_str(&format!("<{w}del {w}id=\"{id}\" {by}>"));
                        (deleting, changes) = (true, true);
                    }
                    What::Insert { id, text, deleting: ends } => {
                        if *ends {
                            between.push_str(&format!("</{w}del>"));
                            deleting = false;
                        }
                        if !text.is_empty() {
                            between.push_str(&format!(
                                "<{w}ins {w}id=\"{id}\" {by}>{open_run}<{w}t xml:space=\"preserve\">{}</{w}t></{w}r></{w}ins>",
                                escape(text)
                            ));
                        }
                        changes = true;
                    }
                }
            }
            if !changes && at == content.start && first {
                patch.insert(run.open.start, between);
            } else if !changes && at == content.end && last {
                patch.insert(run.close.end, between);
            } else {
                let name = |deleting: bool| if deleting { "delText" } else { "t" };
                let close = format!("</{w}{}></{w}r>", name(was_deleting));
                let open = format!("{open_run}<{w}{} xml:space=\"preserve\">", name(deleting));
                patch.insert(at, format!("{close}{between}{open}"));
                split = true;
            }
        }
        if split && !text[element.open.clone()].contains("xml:space") {
            patch.replace(element.open.clone(), format!("<{w}t xml:space=\"preserve\">"));
        }
    }
}

fn reference(w: &str, id: u64) -> String {
    format!("<{w}r><{w}commentReference {w}id=\"{id}\"/></{w}r>")
}

/// The comments part, existing or new.
struct Comments {
    name: String,
    text: String,
    w: String,
    relationships: &'static str,
    is_new: bool,
    next: u64,
    added: String,
}

impl Comments {
    fn read(
        package: &mut Package<'_>,
        main: &str,
        namespace: &str,
        relationships: &'static str,
    ) -> Result<Self, AnnotateError> {
        let known = package.relationships(main)?.into_iter().find(|(_, kind, _)| kind == "comments");
        let existing = match &known {
            Some((.., name)) => package.text(name)?.map(|text| (name.clone(), text)),
            None => None,
        };
        let (name, text, is_new) = match existing {
            Some((name, text)) => (name, text, false),
            None => {
                let folder = main.rsplit_once('/').map_or("word", |(folder, _)| folder);
                let text = format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<w:comments xmlns:w=\"{namespace}\"></w:comments>"
                );
                let plain = format!("{folder}/comments.xml");
                let name = if package.has(&plain) { package.free_name(folder, "comments", "xml") } else { plain };
                (name, text, true)
            }
        };
        let w = prefix(&text, &[namespace]).ok_or_else(|| AnnotateError::Structure(name.clone()))?;
        let id = format!("{w}id");
        let used = tags(&text)
            .filter(|tag| tag.name.strip_prefix(&w) == Some("comment"))
            .filter_map(|tag| attribute(&text[tag.span], &id)?.parse::<u64>().ok())
            .max();
        let next = used.map_or(0, |used| used.saturating_add(1));
        Ok(Comments { name, text, w, relationships, is_new, next, added: String::new() })
    }

    /// Adds a comment of one paragraph a line; gives its id.
    fn add(&mut self, lines: &[String], options: &FixOptions) -> u64 {
        let (w, id) = (&self.w, self.next);
        self.next += 1;
        self.added.push_str(&format!(
            "<{w}comment {w}id=\"{id}\" {w}author=\"{AUTHOR}\" {w}date=\"{}\" {w}initials=\"{AUTHOR}\">",
            options.now
        ));
        for line in lines {
            let line = escape(line);
            self.added.push_str(&format!("<{w}p><{w}r><{w}t xml:space=\"preserve\">{line}</{w}t></{w}r></{w}p>"));
        }
        self.added.push_str(&format!("</{w}comment>"));
        id
    }

    fn write(self, package: &mut Package<'_>, main: &str) -> Result<(), AnnotateError> {
        if self.added.is_empty() {
            return Ok(());
        }
        let root = format!("{}comments", self.w);
        let mut patch = Patch::default();
        let end = tags(&self.text).filter(|tag| tag.name == root).last();
        match end {
            Some(Tag { kind: TagKind::End, span, .. }) => patch.insert(span.start, self.added),
            Some(Tag { kind: TagKind::Empty, span, .. }) => {
                let open = self.text[span.clone()].trim_end_matches('>').trim_end_matches('/').to_owned();
                patch.replace(span, format!("{open}>{}</{root}>", self.added));
            }
            _ => return Err(AnnotateError::Structure(self.name)),
        }
        package.set(&self.name, patch.apply(&self.text));
        if self.is_new {
            package.declare(&self.name, CONTENT_TYPE)?;
            package.relate(main, self.relationships, "comments", &self.name)?;
        }
        Ok(())
    }
}
