//! EPUB (ISO/IEC 23736): title and date of the package, and its chapters in reading order as sources of their own.

use std::collections::{HashMap, HashSet};

use percent_encoding::percent_decode_str;

use super::ooxml::{Node, Opc, Xml, resolve};
use super::{ExtractOptions, Extracted, Format};
use crate::document::DocumentBuilder;
use crate::source::{Code, Kind, Source};

/// EPUB.
pub(super) struct Epub;

impl Format for Epub {
    fn kind(&self) -> Kind {
        Kind::Epub
    }

    fn extract<'b>(&self, source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
        let mut opc = match Opc::open(source, &options.limits) {
            Ok(opc) => opc,
            Err(notice) => return Extracted::refused(notice),
        };
        let mut builder = DocumentBuilder::new();
        let locked = locked(&mut opc);
        let chapters = match rootfile(&mut opc) {
            Some(root) => {
                opc.properties(&mut builder, &root, "epub");
                chapters(&mut opc, &root)
            }
            None => {
                opc.notices.error(Code::Corrupt, "电子书没有目录文件（OPF），没有检查。请重新取得原文件");
                Vec::new()
            }
        };
        let mut inner = Vec::new();
        let mut closed = 0;
        for chapter in chapters {
            if locked.contains(&chapter.to_ascii_lowercase()) {
                closed += 1;
            } else if let Some(bytes) = opc.load(&chapter) {
                let name = format!("{}!{}", source.name, chapter.replace('!', "%21"));
                let media_type = Some("application/xhtml+xml".to_owned());
                inner.push(Source { media_type, ..Source::new(name, bytes) });
            }
        }
        if closed > 0 {
            let message = format!("电子书有 {closed} 章加密（DRM），无法检查。请提供未加密的文件");
            opc.notices.error(Code::Encrypted, message);
        }
        Extracted { document: builder.finish(), notices: opc.notices.into_vec(), inner, ..Extracted::default() }
    }
}

/// Where the package document is (EPUB OCF §3.5.2.1).
fn rootfile(opc: &mut Opc<'_>) -> Option<String> {
    const CONTAINER: &str = "META-INF/container.xml";
    let bytes = opc.load(CONTAINER)?;
    let text = opc.decode(CONTAINER, &bytes);
    let mut xml = Xml::new(&text, opc.limits.xml_depth);
    let mut root = None;
    loop {
        match xml.next() {
            Node::Start(element) if element.name == "rootfile" && root.is_none() => {
                root = element.value("full-path").map(std::borrow::Cow::into_owned);
            }
            Node::Done => break,
            _ => {}
        }
    }
    opc.finish(CONTAINER, &xml);
    root.filter(|root| opc.has(root))
}

/// Files of the package that are encrypted, in lower case (EPUB OCF §3.5.2.2). Fonts often are, without hiding any text.
fn locked(opc: &mut Opc<'_>) -> HashSet<String> {
    const ENCRYPTION: &str = "META-INF/encryption.xml";
    let mut locked = HashSet::new();
    let Some(Some(bytes)) = opc.load_optional(ENCRYPTION) else { return locked };
    let text = opc.decode(ENCRYPTION, &bytes);
    let mut xml = Xml::new(&text, opc.limits.xml_depth);
    loop {
        match xml.next() {
            Node::Start(element) if element.name == "CipherReference" => {
                locked.extend(element.value("URI").map(|uri| path("", &uri).to_ascii_lowercase()));
            }
            Node::Done => break,
            _ => {}
        }
    }
    opc.finish(ENCRYPTION, &xml);
    locked
}

/// Paths of the documents, in reading order: those of the spine, then what else is text. The list of contents repeats their
/// headings and is left out unless it is a part of the book.
fn chapters(opc: &mut Opc<'_>, root: &str) -> Vec<String> {
    let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let Some(bytes) = opc.load(root) else { return Vec::new() };
    let text = opc.decode(root, &bytes);
    let mut xml = Xml::new(&text, opc.limits.xml_depth);
    let mut items: HashMap<String, String> = HashMap::new();
    let mut others = Vec::new();
    let mut spine = Vec::new();
    loop {
        match xml.next() {
            Node::Start(element) if element.name == "item" => {
                let (Some(id), Some(href)) = (element.value("id"), element.value("href")) else { continue };
                let kind = element.value("media-type").unwrap_or_default();
                let target = path(&folder, &href);
                let nav = element.value("properties").is_some_and(|all| all.split(' ').any(|one| one == "nav"));
                if matches!(&*kind, "application/xhtml+xml" | "text/html") && !nav {
                    others.push(target.clone());
                }
                items.insert(id.into_owned(), target);
            }
            Node::Start(element) if element.name == "itemref" => {
                spine.extend(element.value("idref").map(std::borrow::Cow::into_owned));
            }
            Node::Done => break,
            _ => {}
        }
    }
    let mut met = HashSet::new();
    let ordered: Vec<String> = spine.iter().filter_map(|id| items.get(id).cloned()).chain(others).collect();
    opc.finish(root, &xml);
    let pictures = |path: &String| [".svg", ".jpg", ".jpeg", ".png", ".gif"].iter().any(|end| path.ends_with(end));
    ordered.into_iter().filter(|path| !pictures(path) && met.insert(path.clone())).collect()
}

/// The path in the package that `href` gives, seen from `folder`.
fn path(folder: &str, href: &str) -> String {
    let href = href.split('#').next().unwrap_or_default();
    resolve(folder, &percent_decode_str(href).decode_utf8_lossy())
}
