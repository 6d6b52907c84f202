//! OFD (GB/T 33190-2016): text with its place on the page.
//!
//! A zip file of XML parts. `OFD.xml` lists documents, each of which lists pages, templates, resources, annotations and
//! attachments; this module walks them. What a page shows is read in `objects`, where each character of a text object
//! stands in `text`. Lines, cells and paragraphs are made of it in [`pages`](super::pages), as for PDF.
//!
//! Producers differ in namespaces, in the case of names and in how they write paths: elements are told by their local
//! names, and a path is tried from the part it stands in, from the root and from the document.

mod objects;
#[cfg(test)]
mod tests;
mod text;

use std::collections::{HashMap, HashSet};
use std::mem;
use std::rc::Rc;

use hayro_font::kurbo::{Affine, Rect};
use percent_encoding::percent_decode_str;

use self::objects::{Canvas, Unit, numbers};
use super::objects::Inside;
use super::ooxml::{Element, Node, Opc, Xml, joined, resolve};
use super::pages::flow::{self, PageLines};
use super::pages::trouble::{self, Disguised, Trouble, Troubles};
use super::pages::{Allowance, Contents, layout};
use super::{ExtractOptions, Extracted, Format, Picture};
use crate::document::{DocumentBuilder, DocumentDate, Place, Scope};
use crate::source::{Code, Kind, Notice, Source, extension, picture_size};

/// Points in a millimetre, the unit of OFD.
const POINTS: f64 = 72.0 / 25.4;
/// Elements read of a part that lists other parts; no sound one comes near.
const ELEMENTS: usize = 1_000_000;
/// A4 in millimetres, for documents that do not say how large their pages are.
const A4: Rect = Rect::new(0.0, 0.0, 210.0, 297.0);

/// OFD.
pub(super) struct FixedLayout;

impl Format for FixedLayout {
    fn kind(&self) -> Kind {
        Kind::Ofd
    }

    /// Limits bound what is read, but putting very many glyphs in order can take long.
    fn is_risky(&self) -> bool {
        true
    }

    fn extract<'b>(&self, source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
        let mut opc = match Opc::open(source, &options.limits) {
            Ok(opc) => opc,
            Err(notice) => return Extracted::refused(notice),
        };
        // Encrypted files name how each part is encrypted (GM/T 0099).
        if opc.has("Encryptions.xml") || opc.has("Decryptseed.dat") {
            opc.notices.error(Code::Encrypted, "OFD 已加密，无法检查。请解密后再检查");
            return Extracted { notices: opc.notices.into_vec(), ..Extracted::default() };
        }
        let limits = options.limits;
        let allowance = Allowance {
            operations: limits.operations,
            glyphs: limits.glyphs,
            content: limits.stream_size,
            reached: None,
        };
        let mut builder = DocumentBuilder::new();
        let part = builder.add_part("");
        let mut reading = Reading {
            opc,
            allowance,
            inside: Inside::new(&source.name, &options.limits),
            troubles: Troubles::default(),
            disguised: Disguised::default(),
            kept: HashMap::new(),
            page: 0,
            total: 0,
            wanted: options.pictures,
            pictures: Vec::new(),
        };
        let roots = reading.bodies(&mut builder);
        let mut tables = 0;
        for root in roots {
            let pages = reading.document(&root);
            flow::write(pages, &mut builder, part, &mut tables);
        }
        let (pictures, inner) = (mem::take(&mut reading.pictures), mem::take(&mut reading.inside.files));
        Extracted { document: builder.finish(), notices: reading.finish(), inner, pictures, ..Extracted::default() }
    }
}

struct Reading<'s> {
    opc: Opc<'s>,
    allowance: Allowance,
    /// Files inside the file.
    inside: Inside<'s>,
    troubles: Troubles,
    disguised: Disguised,
    /// Templates and resources, which many pages share.
    kept: HashMap<String, Option<Rc<str>>>,
    /// Pages read so far.
    page: usize,
    /// Pages that the documents list.
    total: usize,
    /// Pages that are pictures are to be given.
    wanted: bool,
    pictures: Vec<Picture>,
}

/// An element of a part that lists things, with its own text.
struct Listed<'t> {
    element: Element<'t>,
    parent: Option<usize>,
    text: String,
}

/// A document of the file.
#[derive(Default)]
struct Root {
    folder: String,
    /// Box of pages that have none of their own, in millimetres.
    area: Option<Rect>,
    templates: HashMap<String, (String, bool)>,
    units: HashMap<String, Unit>,
    /// Parts that are pictures, by identifier.
    media: HashMap<String, String>,
    /// Parts of annotations by page identifier.
    annotations: HashMap<String, Vec<String>>,
}

impl Reading<'_> {
    /// The text of the part `name`, if it can be read.
    fn text(&mut self, name: &str) -> Option<String> {
        let bytes = self.opc.load_optional(name)??;
        Some(self.opc.decode(name, &bytes).into_owned())
    }

    /// [`text`](Self::text) of a part that will be needed again.
    fn shared(&mut self, name: &str) -> Option<Rc<str>> {
        if let Some(known) = self.kept.get(name) {
            return known.clone();
        }
        let text: Option<Rc<str>> = self.text(name).map(Into::into);
        self.kept.insert(name.to_owned(), text.clone());
        text
    }

    /// The elements of a part that lists things.
    fn list<'t>(&mut self, name: &str, text: &'t str) -> Vec<Listed<'t>> {
        let mut xml = Xml::new(text, self.opc.limits.xml_depth);
        let mut listed: Vec<Listed<'t>> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        loop {
            match xml.next() {
                Node::Start(element) => {
                    if listed.len() >= ELEMENTS || !self.allowance.spend() {
                        self.opc
                            .notices
                            .error(Code::Limit, format!("部件 {name} 的元素过多，没有读完。请确认文件来源可信"));
                        break;
                    }
                    let parent = open.last().copied();
                    open.push(listed.len());
                    listed.push(Listed { element, parent, text: String::new() });
                }
                Node::Text(piece) => {
                    if let Some(&last) = open.last() {
                        listed[last].text.push_str(&joined(text, &[piece]));
                    }
                }
                Node::End => _ = open.pop(),
                Node::Done => break,
            }
        }
        self.opc.finish(name, &xml);
        listed
    }

    /// The part that `location`, written in a part in `folder`, means.
    fn locate(&self, folder: &str, base: &str, location: &str) -> String {
        let location = location.trim();
        let decoded = percent_decode_str(location).decode_utf8_lossy();
        let mut tried = [location, &decoded]
            .into_iter()
            .flat_map(|written| [folder, base, ""].into_iter().map(move |from| resolve(from, written)));
        tried.find(|name| self.opc.has(name)).unwrap_or_else(|| resolve(folder, location))
    }

    /// Reads what the file says about its documents; gives their root parts.
    fn bodies(&mut self, builder: &mut DocumentBuilder) -> Vec<String> {
        const ENTRY: &str = "OFD.xml";
        let Some(bytes) = self.opc.load(ENTRY) else { return Vec::new() };
        let text = self.opc.decode(ENTRY, &bytes).into_owned();
        let listed = self.list(ENTRY, &text);
        let part = builder.add_part(ENTRY);
        let mut roots = Vec::new();
        for one in &listed {
            let value = one.text.trim();
            let parent = one.parent.map_or("", |parent| listed[parent].element.name);
            match (one.element.name, parent) {
                ("DocRoot", _) => roots.push(self.locate("", "", value)),
                ("Title" | "Subject" | "Abstract" | "Keyword", _) if !value.is_empty() => {
                    let title = one.element.name == "Title";
                    if title && builder.metadata().title.is_none() {
                        builder.metadata().title = Some(value.to_owned());
                    }
                    let scope = if title { Scope::Title } else { Scope::Meta };
                    builder.open(scope, Place::Property { part, name: one.element.name.to_owned().into() }, None);
                    builder.inserted(part, 0, value);
                    builder.close();
                }
                // The later of the two: a file made from a template keeps the day on which that was made.
                (name @ ("CreationDate" | "ModDate"), "DocInfo") => {
                    let date = DocumentDate::parse(value, &format!("ofd {name}"));
                    let saved = &mut builder.metadata().saved;
                    if date.as_ref().map(|date| &date.date) > saved.as_ref().map(|date| &date.date) {
                        *saved = date;
                    }
                }
                _ => {}
            }
        }
        if roots.is_empty() {
            self.opc.notices.error(Code::Corrupt, "OFD.xml 中没有文档，没有检查。请重新获取文件");
        }
        roots
    }

    /// Reads the document whose root is the part `name`.
    fn document(&mut self, name: &str) -> Vec<PageLines> {
        let Some(bytes) = self.opc.load(name) else { return Vec::new() };
        let text = self.opc.decode(name, &bytes).into_owned();
        let listed = self.list(name, &text);
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let mut root = Root { folder, ..Root::default() };
        let mut pages = Vec::new();
        for one in &listed {
            let parent = one.parent.map_or("", |parent| listed[parent].element.name);
            let id = || one.element.value("ID").unwrap_or_default().trim().to_owned();
            let location = one.element.value("BaseLoc").unwrap_or_default();
            match (one.element.name, parent) {
                ("PhysicalBox", _) => root.area = root.area.or_else(|| area(&one.text)),
                ("PublicRes" | "DocumentRes", _) => self.resources(&mut root, "", &one.text),
                ("TemplatePage", _) => {
                    let above = one.element.raw("ZOrder") == Some("Foreground");
                    root.templates.insert(id(), (self.locate(&root.folder, "", &location), above));
                }
                ("Page", "Pages") => pages.push((id(), self.locate(&root.folder, "", &location))),
                ("Annotations", "Document") => self.annotations(&mut root, &one.text),
                ("Attachments", "Document") => self.attachments(&root, &one.text),
                _ => {}
            }
        }
        if pages.is_empty() {
            self.opc.notices.error(Code::Corrupt, format!("部件 {name} 中没有页，没有检查。请重新获取文件"));
        }
        self.total += pages.len();
        let most = usize::try_from(self.opc.limits.pages).unwrap_or(usize::MAX);
        let mut read = Vec::new();
        for (id, part) in pages {
            if self.page >= most || self.allowance.reached.is_some() {
                break;
            }
            self.page += 1;
            read.push(self.page(&root, &id, &part));
        }
        read
    }

    /// Takes note of the composite objects that a part of resources defines.
    fn resources(&mut self, root: &mut Root, folder: &str, location: &str) {
        if location.trim().is_empty() {
            return;
        }
        let name = self.locate(if folder.is_empty() { &root.folder } else { folder }, &root.folder, location);
        // A missing part of resources may hold nothing but fonts: objects that miss what it defines are noticed.
        let Some(text) = self.shared(&name) else { return };
        let mut xml = Xml::new(&text, self.opc.limits.xml_depth);
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let (mut base, mut medium, mut file) = (String::new(), String::new(), None);
        loop {
            match xml.next() {
                Node::Start(element) if element.name == "Res" => {
                    base = element.value("BaseLoc").unwrap_or_default().trim().to_owned();
                }
                Node::Start(element) if element.name == "MultiMedia" => {
                    medium = element.value("ID").unwrap_or_default().trim().to_owned();
                }
                Node::Start(element) if element.name == "MediaFile" => file = Some(String::new()),
                Node::Text(piece) if file.is_some() => {
                    file.get_or_insert_default().push_str(&joined(&text, &[piece]));
                }
                Node::End => {
                    if let Some(file) = file.take() {
                        let inside = format!("{base}/{}", file.trim());
                        let inside = inside.trim_start_matches('/');
                        let part = self.locate(&folder, &root.folder, inside);
                        let part =
                            if self.opc.has(&part) { part } else { self.locate(&folder, &root.folder, file.trim()) };
                        root.media.insert(mem::take(&mut medium), part);
                    }
                }
                Node::Start(element) if element.name == "CompositeGraphicUnit" => {
                    let id = element.value("ID").unwrap_or_default().trim().to_owned();
                    root.units.insert(id, Unit { text: Rc::clone(&text), start: element.span.start });
                    xml.skip();
                }
                Node::Done => break,
                _ => {}
            }
            if !self.allowance.spend() {
                break;
            }
        }
        self.opc.finish(&name, &xml);
    }

    fn annotations(&mut self, root: &mut Root, location: &str) {
        if location.trim().is_empty() {
            return;
        }
        let name = self.locate(&root.folder, "", location);
        let Some(bytes) = self.opc.load(&name) else { return };
        let text = self.opc.decode(&name, &bytes).into_owned();
        let listed = self.list(&name, &text);
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        for one in &listed {
            let Some(parent) = one.parent.map(|parent| &listed[parent].element) else { continue };
            if one.element.name == "FileLoc" {
                let id = parent.value("PageID").unwrap_or_default().trim().to_owned();
                let part = self.locate(folder, &root.folder, &one.text);
                root.annotations.entry(id).or_default().push(part);
            }
        }
    }

    /// Takes the files out that are inside the file (GB/T 33190-2016 §20).
    fn attachments(&mut self, root: &Root, location: &str) {
        if location.trim().is_empty() {
            return;
        }
        let name = self.locate(&root.folder, "", location);
        let Some(bytes) = self.opc.load(&name) else { return };
        let text = self.opc.decode(&name, &bytes).into_owned();
        let listed = self.list(&name, &text);
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut met = HashSet::new();
        for (index, one) in listed.iter().enumerate().filter(|(_, one)| one.element.name == "Attachment") {
            let value = |key: &str| one.element.value(key).unwrap_or_default().trim().to_owned();
            let location =
                listed.iter().skip(index + 1).take_while(|inside| inside.parent.is_some_and(|at| at >= index));
            let location =
                location.filter(|inside| inside.element.name == "FileLoc").map(|inside| &*inside.text).next();
            let part = self.locate(folder, &root.folder, location.unwrap_or_default());
            let (title, format) = (value("Name"), value("Format"));
            let format = if format.is_empty() { extension(&part) } else { format };
            let whole = format.is_empty() || title.to_lowercase().ends_with(&format!(".{}", format.to_lowercase()));
            let title = if whole || title.is_empty() { title } else { format!("{title}.{format}") };
            if !met.insert(part.clone()) {
                continue;
            }
            if self.inside.is_full(&mut self.opc.notices) {
                return;
            }
            if let Some(bytes) = self.opc.load(&part) {
                self.inside.add(if title.is_empty() { &part } else { &title }, bytes);
            }
        }
    }

    /// Reads one page.
    fn page(&mut self, root: &Root, id: &str, part: &str) -> PageLines {
        let height = |area: Rect| area.height() * POINTS;
        let default = root.area.unwrap_or(A4);
        if !self.opc.has(part) {
            self.troubles.found(Trouble::Lost, self.page);
            return PageLines { height: height(default), lines: Vec::new() };
        }
        let Some(text) = self.text(part) else { return PageLines { height: height(default), lines: Vec::new() } };
        let folder = part.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut own = None;
        let head = self.head(&text);
        let mut templates = Vec::new();
        let mut units: Option<Root> = None;
        for (name, value, order) in head {
            match name {
                "PhysicalBox" => own = own.or_else(|| area(&value)),
                "PageRes" => {
                    let root = units.get_or_insert_with(|| Root {
                        folder: root.folder.clone(),
                        units: root.units.clone(),
                        media: root.media.clone(),
                        ..Root::default()
                    });
                    self.resources(root, folder, &value);
                }
                _ => match root.templates.get(value.trim()) {
                    Some((template, above)) => {
                        let above = order.map_or(*above, |order| order == "Foreground");
                        templates.push((template.clone(), above));
                    }
                    None => {
                        let page = self.page;
                        let message =
                            format!("第 {page} 页所用的模板 {value} 不存在，其中的内容没有检查。请重新获取文件");
                        self.opc.notices.error(Code::Corrupt, message);
                    }
                },
            }
        }
        let area = own.unwrap_or(default);
        let resources = units.as_ref().unwrap_or(root);
        let units = &resources.units;
        let mut contents = Contents::default();
        let (below, above): (Vec<_>, Vec<_>) = templates.into_iter().partition(|(_, above)| !above);
        for (template, _) in below {
            self.template(&template, area, units, &mut contents);
        }
        self.draw(part, &text, area, units, &mut contents);
        for (template, _) in above {
            self.template(&template, area, units, &mut contents);
        }
        for annotations in root.annotations.get(id).into_iter().flatten() {
            self.page_annotations(annotations, area, units, &mut contents);
        }
        let given = self.wanted
            && trouble::is_picture(&contents)
            && self.take(&contents.drawn, &resources.media)
            && !contents.crowded;
        self.troubles.look(self.page, &contents, given);
        self.disguised.look(&contents.glyphs);
        // Undone only once there is proof, so that what came before stays as it is on few pages at most.
        if self.disguised.proven() {
            self.disguised.undo(&mut contents.glyphs);
        }
        PageLines { height: height(area), lines: layout::lines(self.page as u32, &contents) }
    }

    /// Takes the pictures of a page out of the file; `false` if one cannot be taken, or there is none.
    fn take(&mut self, drawn: &[(Affine, String)], media: &HashMap<String, String>) -> bool {
        let mut whole = !drawn.is_empty();
        for (ctm, id) in drawn {
            let bytes = media.get(id).filter(|name| self.opc.has(name)).and_then(|name| self.opc.load(name));
            let sized = bytes.and_then(|bytes| Some((picture_size(&bytes).filter(|&(w, h)| w > 0 && h > 0)?, bytes)));
            let Some(((width, height), bytes)) = sized else {
                whole = false;
                continue;
            };
            let pixels = Affine::scale_non_uniform(1.0 / f64::from(width), 1.0 / f64::from(height));
            self.pictures.push(Picture { page: self.page as u32, transform: (*ctm * pixels).as_coeffs(), bytes });
        }
        whole
    }

    /// What a page says before its content: boxes, templates, resources; each with its value and order.
    fn head(&mut self, text: &str) -> Vec<(&'static str, String, Option<String>)> {
        let mut xml = Xml::new(text, self.opc.limits.xml_depth);
        let mut head: Vec<(&'static str, String, Option<String>)> = Vec::new();
        let mut open = None;
        while self.allowance.spend() {
            match xml.next() {
                Node::Start(element) => {
                    open = match element.name {
                        "Content" => {
                            xml.skip();
                            None
                        }
                        "Template" => {
                            let id = element.value("TemplateID").unwrap_or_default().into_owned();
                            head.push(("Template", id, element.raw("ZOrder").map(str::to_owned)));
                            None
                        }
                        "PhysicalBox" => Some("PhysicalBox"),
                        "PageRes" => Some("PageRes"),
                        _ => None,
                    };
                    if let Some(name) = open {
                        head.push((name, String::new(), None));
                    }
                }
                Node::Text(piece) => {
                    if let Some((_, value, _)) = head.last_mut().filter(|_| open.is_some()) {
                        value.push_str(&joined(text, &[piece]));
                    }
                }
                Node::End => open = None,
                Node::Done => break,
            }
        }
        head
    }

    fn template(&mut self, name: &str, area: Rect, units: &HashMap<String, Unit>, contents: &mut Contents) {
        if !self.opc.has(name) {
            let page = self.page;
            let message = format!("第 {page} 页所用的模板 {name} 不存在，其中的内容没有检查。请重新获取文件");
            self.opc.notices.error(Code::Corrupt, message);
            return;
        }
        let Some(text) = self.shared(name) else { return };
        self.draw(name, &text, area, units, contents);
    }

    /// Draws the content of a page or template.
    fn draw(&mut self, name: &str, text: &str, area: Rect, units: &HashMap<String, Unit>, contents: &mut Contents) {
        let mut xml = Xml::new(text, self.opc.limits.xml_depth);
        let mut canvas = self.canvas(area, units, contents);
        canvas.draw(&mut xml, text, on_page(area), 0);
        self.opc.finish(name, &xml);
    }

    /// Draws the annotations of a page.
    fn page_annotations(&mut self, name: &str, area: Rect, units: &HashMap<String, Unit>, contents: &mut Contents) {
        if !self.opc.has(name) {
            let page = self.page;
            self.opc
                .notices
                .error(Code::Corrupt, format!("第 {page} 页的注释 {name} 不存在，没有检查。请重新获取文件"));
            return;
        }
        let Some(text) = self.shared(name) else { return };
        // A stamp or a watermark does not make a page a picture.
        let pictures = contents.pictures;
        let mut xml = Xml::new(&text, self.opc.limits.xml_depth);
        let mut canvas = self.canvas(area, units, contents);
        canvas.annotations(&mut xml, &text, on_page(area));
        contents.pictures = pictures;
        self.opc.finish(name, &xml);
    }

    fn canvas<'c>(
        &'c mut self,
        area: Rect,
        units: &'c HashMap<String, Unit>,
        contents: &'c mut Contents,
    ) -> Canvas<'c> {
        let page = Rect::new(0.0, 0.0, area.width() * POINTS, area.height() * POINTS);
        let depth = self.opc.limits.xml_depth;
        Canvas { contents, allowance: &mut self.allowance, units, page, depth }
    }

    /// What is to be said about the file.
    fn finish(self) -> Vec<Notice> {
        let Reading { mut opc, allowance, troubles, page, total, .. } = self;
        if let Some(limit) = allowance.reached {
            let message =
                format!("OFD 读到第 {page} 页时达到上限 {limit}，此后没有检查。文件可信时可用 --limit {limit}=… 放宽");
            opc.notices.error(Code::Limit, message);
        } else if total > page {
            let message = format!("OFD 共 {total} 页，超过上限，只检查了前 {page} 页。可用 --limit pages=… 放宽");
            opc.notices.error(Code::Limit, message);
        }
        troubles.report("OFD", &mut opc.notices);
        opc.notices.into_vec()
    }
}

/// A box: position and size in millimetres.
fn area(text: &str) -> Option<Rect> {
    let [x, y, width, height] = numbers(text)?;
    (width > 0.0 && height > 0.0).then(|| Rect::new(x, y, x + width, y + height))
}

/// From millimetres in `area` to points from its top left corner.
fn on_page(area: Rect) -> Affine {
    Affine::scale(POINTS) * Affine::translate((-area.x0, -area.y0))
}
