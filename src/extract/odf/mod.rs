//! OpenDocument texts, spreadsheets, presentations and drawings (ISO/IEC 26300).
//!
//! What a reader of the document sees is read, hidden sheets, slides and sections too: what a published file hides is
//! published all the same. Text that tracked changes deleted is no text of the document. `content.rs` walks through the
//! content; the package, its styles and what they say about paragraphs and pages are here.

mod content;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::ooxml::{Node, Ns, Opc, Xml};
use super::slides::ShapeNames;
use super::{ExtractOptions, Extracted, Format};
use crate::document::{DocumentBuilder, Scope};
use crate::source::{Code, Kind, Source};
use content::{Base, Walk};

/// OpenDocument text, spreadsheet, presentation or drawing.
pub(super) struct OpenDocument;

impl Format for OpenDocument {
    fn kind(&self) -> Kind {
        Kind::OpenDocument
    }

    fn extract<'b>(&self, source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
        let mut opc = match Opc::open(source, &options.limits) {
            Ok(opc) => opc,
            Err(notice) => return Extracted::refused(notice),
        };
        if is_encrypted(&mut opc) {
            opc.notices.error(Code::Encrypted, "文件有打开密码，无法检查。请取消密码后再检查");
            return Extracted { notices: opc.notices.into_vec(), ..Extracted::default() };
        }
        let mut builder = DocumentBuilder::new();
        if opc.has("meta.xml") {
            opc.properties(&mut builder, "meta.xml", "odf");
        }
        let mut session = Session {
            opc,
            builder,
            names: ShapeNames::default(),
            styles: Styles::default(),
            masters: HashMap::new(),
            pages: HashSet::new(),
            kind: None,
            cells: 0,
            repeated: false,
            blanks: 0,
            tables: 0,
            objects: Vec::new(),
            seen: HashSet::new(),
            embedded: false,
        };
        session.read();
        let Session { mut opc, builder, repeated, embedded, .. } = session;
        if repeated {
            let message = format!("有内容相同的单元格连续重复超过 {} 次，只列出前面的位置", content::COPIES);
            opc.notices.warning(Code::Skipped, message);
        }
        if embedded {
            let message = "文件中嵌有其他程序的对象（OLE），其内容没有检查。请取出后另行检查";
            opc.notices.warning(Code::Skipped, message);
        }
        Extracted { document: builder.finish(), notices: opc.notices.into_vec(), ..Extracted::default() }
    }
}

/// Whether the manifest says that anything is encrypted (ISO/IEC 26300-3 §3.4.1); newer versions of LibreOffice put the
/// package as a whole into one encrypted entry.
fn is_encrypted(opc: &mut Opc<'_>) -> bool {
    const MANIFEST: &str = "META-INF/manifest.xml";
    if opc.has("encrypted-package") {
        return true;
    }
    let Some(Some(bytes)) = opc.load_optional(MANIFEST) else { return false };
    let text = opc.decode(MANIFEST, &bytes);
    let mut xml = Xml::new(&text, opc.limits.xml_depth);
    loop {
        match xml.next() {
            Node::Start(element) if (element.ns, element.name) == (Ns::Manifest, "encryption-data") => return true,
            Node::Done => break,
            _ => {}
        }
    }
    opc.finish(MANIFEST, &xml);
    false
}

/// What a document is, by the element in its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    Text,
    Sheets,
    /// Presentations and drawings.
    Slides,
    /// Charts, as embedded objects.
    Chart,
}

/// What a paragraph style says: its parent, and whether its text is a heading or caption.
#[derive(Debug, Default)]
struct Styles(HashMap<String, (Option<String>, Option<Scope>)>);

impl Styles {
    /// What text of the style is, by itself or by the nearest style that it is made from.
    fn scope(&self, name: &str) -> Option<Scope> {
        let mut name = Cow::Borrowed(name);
        // Nobody nests deeper; a circle ends here too.
        for _ in 0..32 {
            let Some((parent, scope)) = self.0.get(&*name) else { return scope_by_name(&name) };
            if scope.is_some() {
                return *scope;
            }
            name = Cow::Borrowed(parent.as_ref()?);
        }
        None
    }
}

/// What the name of a built-in style says. They are stored in English in whatever language the program runs, with blanks
/// written as `_20_`; styles taken over from Word may have its names.
fn scope_by_name(name: &str) -> Option<Scope> {
    let name = name.replace("_20_", " ").to_lowercase();
    match name.trim() {
        "title" | "subtitle" => Some(Scope::Heading),
        "caption" => Some(Scope::Caption),
        name if name.starts_with("heading") || name.starts_with("标题") => Some(Scope::Heading),
        _ => None,
    }
}

/// What lasts over all parts of a document.
struct Session<'s> {
    opc: Opc<'s>,
    builder: DocumentBuilder,
    names: ShapeNames,
    styles: Styles,
    /// Master pages of slides, each with the first slide that it is the master of.
    masters: HashMap<String, u32>,
    /// Master pages that styles of the content refer to.
    pages: HashSet<String>,
    /// What the document is.
    kind: Option<Body>,
    /// Cells with text, copies counted.
    cells: u64,
    /// Whether copies of a cell were left out.
    repeated: bool,
    /// Blanks that elements asked for.
    blanks: u32,
    /// Tables met so far.
    tables: u32,
    /// Embedded objects to be read: folder in the package, and where they stand.
    objects: Vec<(String, Base)>,
    /// Objects met.
    seen: HashSet<String>,
    /// Whether objects of other programs are embedded.
    embedded: bool,
}

impl Session<'_> {
    fn read(&mut self) {
        const STYLES: &str = "styles.xml";
        const CONTENT: &str = "content.xml";
        let styles = self.opc.load_optional(STYLES).flatten();
        let styles = styles.as_ref().map(|bytes| self.opc.decode(STYLES, bytes));
        if let Some(text) = &styles {
            self.styles(text);
        }
        if let Some(bytes) = self.opc.load(CONTENT) {
            let text = self.opc.decode(CONTENT, &bytes);
            self.styles(&text);
            self.part(CONTENT, &text, Base::Document);
        }
        if let Some(text) = &styles {
            self.part(STYLES, text, Base::Masters);
        }
        // Objects may hold objects; each is read once.
        let mut next = 0;
        while let Some((folder, base)) = self.objects.get(next).cloned() {
            next += 1;
            let name = format!("{folder}/content.xml");
            if let Some(bytes) = self.opc.load(&name) {
                let text = self.opc.decode(&name, &bytes);
                self.part(&name, &text, base);
            }
        }
    }

    fn part(&mut self, name: &str, text: &str, base: Base) {
        let Some(part) = self.opc.take(&mut self.builder, name) else { return };
        let mut xml = Xml::new(text, self.opc.limits.xml_depth);
        let mut walk = Walk::new(self, text, part, base);
        walk.read(&mut xml);
        let unknown = walk.is_unknown();
        self.opc.finish(name, &xml);
        if unknown {
            let message = format!(
                "部件 {name} 不是 OpenDocument 文字、表格、演示或绘图，没有检查。请用办公软件打开后另存为 odt、ods 或 odp"
            );
            self.opc.notices.error(Code::Corrupt, message);
        }
    }

    /// Takes note of the styles in a part (ISO/IEC 26300-1 §16); what is wrong with it is said when its text is read.
    fn styles(&mut self, text: &str) {
        let mut xml = Xml::new(text, self.opc.limits.xml_depth);
        loop {
            match xml.next() {
                Node::Start(element) => match (element.ns, element.name) {
                    (Ns::Style, "style") => {
                        if let Some(page) = element.value("master-page-name").filter(|page| !page.is_empty()) {
                            self.pages.insert(page.into_owned());
                        }
                        let Some(name) = element.value("name").filter(|_| element.raw("family") == Some("paragraph"))
                        else {
                            continue;
                        };
                        let level = element.raw("default-outline-level").is_some_and(|level| !level.is_empty());
                        let scope = if level { Some(Scope::Heading) } else { scope_by_name(&name) };
                        let parent = element.value("parent-style-name").map(Into::into);
                        self.styles.0.insert(name.into_owned(), (parent, scope));
                    }
                    (Ns::Office, "body" | "master-styles") => break,
                    _ => {}
                },
                Node::Done => break,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
