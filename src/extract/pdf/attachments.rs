//! Files inside a PDF (ISO 32000-2 §7.11.4): those that the file lists by name, those that its parts say they were made from or
//! belong to, and those pinned to a page.

use std::collections::HashSet;

use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, MaybeRef, ObjRef, Object, ObjectIdentifier, Stream, String as PdfString};
use hayro_syntax::xref::XRef;

use super::interpret::text_string;
use crate::extract::objects::Inside;
use crate::extract::transcript::without_controls;
use crate::source::{Budget, Code, Limits, Notices, Refusal, Source};

/// Takes the files out of `pdf`: those of its list of names, then `pinned`, the specifications of files that pages show as
/// pins.
pub(super) fn read<'a>(pdf: &'a Pdf, pinned: Vec<Dict<'a>>, limits: &Limits, notices: &mut Notices<'_>) -> Vec<Source> {
    let mut reading = Reading {
        xref: pdf.xref(),
        inside: Inside::new(notices.path(), limits),
        budget: Budget::new(limits),
        limits,
        notices,
        taken: HashSet::new(),
    };
    let root = pdf.xref().get::<Dict<'a>>(pdf.xref().root_id());
    if let Some(root) = &root {
        if let Some(tree) = root.get::<Dict<'a>>("Names").and_then(|names| names.get::<Dict<'a>>("EmbeddedFiles")) {
            reading.names(tree);
        }
        // Associated files (§14.13), which a list of names should have as well.
        for file in root.get::<Array<'a>>("AF").unwrap_or_default().raw_iter() {
            match reading.resolved(file) {
                Some(Object::Dict(file)) => _ = reading.file(&file, None),
                _ => reading.damaged("PDF 的附件有的缺失，没有检查。请重新获取文件"),
            }
        }
    }
    for file in pinned {
        reading.file(&file, None);
    }
    let files = reading.inside.files;
    if files.is_empty() && root.is_some_and(|root| root.contains_key("Collection")) {
        // The page that is seen only says that the files are there.
        notices.error(Code::Corrupt, "PDF 是文件包，但其中的文件没有找到，没有检查。请取出后另行检查");
    }
    files
}

struct Reading<'a, 'r, 'n, 's> {
    xref: &'a XRef,
    inside: Inside<'r>,
    budget: Budget,
    limits: &'r Limits,
    notices: &'n mut Notices<'s>,
    /// Streams of the files that were taken: several specifications may lead to one.
    taken: HashSet<ObjectIdentifier>,
}

impl<'a> Reading<'a, '_, '_, '_> {
    /// Walks a name tree (§7.9.6) in order.
    fn names(&mut self, tree: Dict<'a>) {
        const DAMAGED: &str = "PDF 的附件目录已损坏，其中的文件可能没有全部检查。请重新获取文件";
        let mut met: HashSet<ObjRef> = HashSet::new();
        let mut waiting = vec![tree];
        while let Some(node) = waiting.pop() {
            let mut pairs = node.get::<Array<'a>>("Names").unwrap_or_default().raw_iter();
            while let (Some(key), Some(file)) = (pairs.next(), pairs.next()) {
                let key = self.resolved(key).and_then(Object::into_string);
                let key = key.map(|key| text_string(key.as_bytes()));
                match self.resolved(file) {
                    Some(Object::Dict(file)) => {
                        if !self.file(&file, key.as_deref()) {
                            return;
                        }
                    }
                    _ => self.damaged(DAMAGED),
                }
            }
            let mut children = Vec::new();
            for child in node.get::<Array<'a>>("Kids").unwrap_or_default().raw_iter() {
                // A tree that leads back to itself would never end. What is no reference is smaller than what holds it.
                let again = child.as_obj_ref().is_some_and(|reference| !met.insert(reference));
                match self.resolved(child).filter(|_| !again) {
                    Some(Object::Dict(child)) => children.push(child),
                    _ => self.damaged(DAMAGED),
                }
            }
            waiting.extend(children.into_iter().rev());
        }
    }

    fn resolved(&self, item: MaybeRef<Object<'a>>) -> Option<Object<'a>> {
        match item {
            MaybeRef::Ref(reference) => self.xref.get::<Object<'a>>(reference.into()),
            MaybeRef::NotRef(object) => Some(object),
        }
    }

    fn damaged(&mut self, message: &str) {
        self.notices.error(Code::Corrupt, message);
    }

    /// Takes the file that a file specification (§7.11.3) holds, if it holds one and does not only name it. `key` is its name in
    /// the list. `false` if no more files are taken.
    fn file(&mut self, specification: &Dict<'_>, key: Option<&str>) -> bool {
        let Some(embedded) = specification.get::<Dict<'_>>("EF") else { return true };
        let name = ["UF", "F", "Unix", "Mac", "DOS"]
            .into_iter()
            .find_map(|name| specification.get::<PdfString<'_>>(name))
            .map(|name| text_string(name.as_bytes()))
            .or_else(|| key.map(str::to_owned))
            .map(|name| without_controls(&name).into_owned())
            .unwrap_or_default();
        let found = ["UF", "F", "Unix", "Mac", "DOS"].into_iter().find_map(|name| embedded.get::<Stream<'_>>(name));
        let Some(stream) = found else {
            self.damaged(&format!("PDF 中嵌入的文件“{name}”缺失，没有检查。请重新获取文件"));
            return true;
        };
        if !self.taken.insert(stream.obj_id()) {
            return true;
        }
        if self.inside.is_full(self.notices) {
            return false;
        }
        match stream.decoded_data() {
            Ok(bytes) if bytes.len() as u64 > self.limits.entry_size => {
                self.refuse(&name, &Refusal::too_large(self.limits));
            }
            Ok(bytes) => {
                if let Err(refusal) = self.budget.take(bytes.len(), self.limits) {
                    self.refuse(&name, &refusal);
                    return false;
                }
                self.inside.add(&name, bytes.into_owned());
            }
            Err(_) => self.damaged(&format!("PDF 中嵌入的文件“{name}”已损坏，没有检查。请重新获取文件")),
        }
        true
    }

    fn refuse(&mut self, name: &str, refusal: &Refusal) {
        self.notices.error(refusal.code, format!("PDF 中嵌入的文件“{name}”：{}", refusal.message));
    }
}
