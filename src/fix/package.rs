//! Office packages (ECMA-376 Part 2) of which some parts change and all others stay byte for byte.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::AnnotateError;
use super::xml::{Patch, TagKind, attribute, escape, tags};

/// Largest part that is changed, unpacked, in bytes. The document was read before within the limits in force.
const LARGEST: u64 = 1 << 30;

/// A package and its changed parts.
pub(super) struct Package<'b> {
    archive: ZipArchive<Cursor<&'b [u8]>>,
    changed: BTreeMap<String, String>,
}

#[allow(clippy::needless_pass_by_value)]
fn structure(what: impl ToString) -> AnnotateError {
    AnnotateError::Structure(what.to_string())
}

impl<'b> Package<'b> {
    pub(super) fn open(bytes: &'b [u8]) -> Result<Self, AnnotateError> {
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(structure)?;
        if archive.file_names().flatten().any(|name| name.to_ascii_lowercase().starts_with("_xmlsignatures/")) {
            return Err(AnnotateError::Signed);
        }
        Ok(Package { archive, changed: BTreeMap::new() })
    }

    /// The entry called `name`, in whatever case (ECMA-376 Part 2 §9.1.1).
    fn actual(&self, name: &str) -> Option<String> {
        let found = self.archive.file_names().flatten().find(|actual| actual.eq_ignore_ascii_case(name));
        found.map(std::borrow::Cow::into_owned)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.changed.contains_key(name) || self.actual(name).is_some()
    }

    /// The text of a part as it is now; `None` if there is no such part.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, AnnotateError> {
        if let Some(text) = self.changed.get(name) {
            return Ok(Some(text.clone()));
        }
        let Some(actual) = self.actual(name) else { return Ok(None) };
        let mut bytes = Vec::new();
        let entry = self.archive.by_name(&actual).map_err(structure)?;
        entry.take(LARGEST).read_to_end(&mut bytes).map_err(structure)?;
        let text = String::from_utf8(bytes).map_err(|_| structure(format!("{name} 不是 UTF-8")))?;
        // Places are counted without the mark.
        Ok(Some(text.strip_prefix('\u{FEFF}').map_or(text.clone(), str::to_owned)))
    }

    /// Sets the text of a part.
    pub(super) fn set(&mut self, name: &str, text: String) {
        let name = self.actual(name).unwrap_or_else(|| name.to_owned());
        self.changed.insert(name, text);
    }

    /// A name in `folder` that no part has: `stem`, a number, `.extension`.
    pub(super) fn free_name(&self, folder: &str, stem: &str, extension: &str) -> String {
        let name = |number: u32| format!("{folder}/{stem}{number}.{extension}");
        (1..u32::MAX).map(name).find(|name| !self.has(name)).unwrap_or_default()
    }

    /// The relationships of `part`: id, last step of the type, target as a part name.
    pub(super) fn relationships(&mut self, part: &str) -> Result<Vec<(String, String, String)>, AnnotateError> {
        let Some(text) = self.text(&relationships_of(part))? else { return Ok(Vec::new()) };
        let folder = part.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut found = Vec::new();
        for tag in tags(&text).filter(|tag| tag.name.rsplit(':').next() == Some("Relationship")) {
            let tag = &text[tag.span];
            let value = |name| attribute(tag, name).map(unescape);
            let (Some(id), Some(kind), Some(target)) = (value("Id"), value("Type"), value("Target")) else { continue };
            let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
            found.push((id, kind, resolve(folder, &target)));
        }
        Ok(found)
    }

    /// Adds a relationship of `part` to `target` (a part name); gives its id. `namespace` is that of relationship types.
    pub(super) fn relate(
        &mut self,
        part: &str,
        namespace: &str,
        kind: &str,
        target: &str,
    ) -> Result<String, AnnotateError> {
        let taken: Vec<String> = self.relationships(part)?.into_iter().map(|(id, ..)| id).collect();
        let id = (1..).map(|number| format!("rIdZm{number}")).find(|id| !taken.contains(id)).unwrap_or_default();
        let name = relationships_of(part);
        let text = self.text(&name)?.unwrap_or_else(|| {
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"></Relationships>".to_owned()
        });
        let element = format!("<Relationship Id=\"{id}\" Type=\"{namespace}/{kind}\" Target=\"/{}\"/>", escape(target));
        let text = append(&text, "Relationships", &element).ok_or_else(|| structure(&name))?;
        self.set(&name, text);
        Ok(id)
    }

    /// Declares the content type of one part.
    pub(super) fn declare(&mut self, part: &str, content_type: &str) -> Result<(), AnnotateError> {
        self.content_type(&format!("<Override PartName=\"/{}\" ContentType=\"{content_type}\"/>", escape(part)))
    }

    /// Declares the content type of all parts with an extension, if nothing does yet.
    pub(super) fn declare_extension(&mut self, extension: &str, content_type: &str) -> Result<(), AnnotateError> {
        let text = self.text("[Content_Types].xml")?.unwrap_or_default();
        let known = tags(&text).any(|tag| {
            tag.name.rsplit(':').next() == Some("Default")
                && attribute(&text[tag.span], "Extension").is_some_and(|value| value.eq_ignore_ascii_case(extension))
        });
        if known {
            return Ok(());
        }
        self.content_type(&format!("<Default Extension=\"{extension}\" ContentType=\"{content_type}\"/>"))
    }

    fn content_type(&mut self, element: &str) -> Result<(), AnnotateError> {
        let name = "[Content_Types].xml";
        let text = self.text(name)?.ok_or_else(|| structure(name))?;
        let text = append(&text, "Types", element).ok_or_else(|| structure(name))?;
        self.set(name, text);
        Ok(())
    }

    /// The package with its changes; entries keep their order, new ones come last.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, AnnotateError> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for index in 0..self.archive.len() {
            let entry = self.archive.by_index_raw(index).map_err(structure)?;
            let name = entry.name().map(std::borrow::Cow::into_owned).unwrap_or_default();
            match self.changed.remove(&name) {
                None => writer.raw_copy_file(entry).map_err(structure)?,
                Some(text) => {
                    writer.start_file(name, SimpleFileOptions::default()).map_err(structure)?;
                    writer.write_all(text.as_bytes()).map_err(structure)?;
                }
            }
        }
        for (name, text) in self.changed {
            writer.start_file(name, SimpleFileOptions::default()).map_err(structure)?;
            writer.write_all(text.as_bytes()).map_err(structure)?;
        }
        Ok(writer.finish().map_err(structure)?.into_inner())
    }
}

fn relationships_of(part: &str) -> String {
    match part.rsplit_once('/') {
        Some((folder, name)) => format!("{folder}/_rels/{name}.rels"),
        None => format!("_rels/{part}.rels"),
    }
}

/// The part name that `target` gives, seen from a part in `folder`.
fn resolve(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => _ = steps.pop(),
            step => steps.push(step),
        }
    }
    steps.join("/")
}

pub(super) fn unescape(text: &str) -> String {
    quick_xml::escape::unescape(text).map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

/// `text` with `element` as the last child of its root, whose local name is `root`. An element without a prefix gets that of
/// the root where it is in no default namespace.
pub(super) fn append(text: &str, root: &str, element: &str) -> Option<String> {
    let mut patch = Patch::default();
    let first = tags(text).find(|tag| tag.name.rsplit(':').next() == Some(root))?;
    let prefix = first.name.strip_suffix(root)?;
    let element = if prefix.is_empty() { element.to_owned() } else { element.replacen('<', &format!("<{prefix}"), 1) };
    match first.kind {
        TagKind::Empty => {
            let open = text[first.span.clone()].trim_end_matches('>').trim_end_matches('/').to_owned();
            patch.replace(first.span.clone(), format!("{open}>{element}</{}>", first.name));
        }
        _ => {
            let end = tags(text).filter(|tag| tag.kind == TagKind::End && tag.name == first.name).last()?;
            patch.insert(end.span.start, element);
        }
    }
    Some(patch.apply(text))
}
