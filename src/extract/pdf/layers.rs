//! Optional content (ISO 32000-2 §8.11).

use std::collections::HashSet;

use hayro_syntax::object::{Array, Dict, MaybeRef, Name, Object, ObjectIdentifier};
use hayro_syntax::xref::XRef;

/// Which layers are off when the document is opened.
pub(super) struct Layers {
    off: HashSet<ObjectIdentifier>,
}

impl Layers {
    pub(super) fn new(xref: &XRef) -> Self {
        let mut layers = Layers { off: HashSet::new() };
        let Some(all) = xref.get::<Dict<'_>>(xref.root_id()).and_then(|root| root.get::<Dict<'_>>("OCProperties"))
        else {
            return layers;
        };
        let Some(usual) = all.get::<Dict<'_>>("D") else { return layers };
        if usual.get::<Name<'_>>("BaseState").is_some_and(|state| state.as_ref() == b"OFF") {
            layers.off.extend(references(all.get::<Array<'_>>("OCGs").as_ref()));
            for on in references(usual.get::<Array<'_>>("ON").as_ref()) {
                layers.off.remove(&on);
            }
        }
        layers.off.extend(references(usual.get::<Array<'_>>("OFF").as_ref()));
        layers
    }

    /// Whether the layer that `dict` names under `key` is off.
    pub(super) fn hide(&self, dict: &Dict<'_>, key: &str) -> bool {
        !self.off.is_empty()
            && dict.get::<Dict<'_>>(key).is_some_and(|layer| self.hidden(dict.get_ref(key).map(Into::into), &layer))
    }

    /// Whether a layer, or a combination of layers, is off.
    pub(super) fn hidden(&self, id: Option<ObjectIdentifier>, layer: &Dict<'_>) -> bool {
        let is = |key: &str, value: &[u8]| layer.get::<Name<'_>>(key).is_some_and(|name| name.as_ref() == value);
        if !is("Type", b"OCMD") {
            return id.is_some_and(|id| self.off.contains(&id));
        }
        let mut members = references(layer.get::<Array<'_>>("OCGs").as_ref());
        if members.is_empty() {
            members.extend(layer.get_ref("OCGs").map(ObjectIdentifier::from));
        }
        let off = members.iter().filter(|id| self.off.contains(id)).count();
        if members.is_empty() {
            false
        } else if is("P", b"AllOn") {
            off > 0
        } else if is("P", b"AnyOff") {
            off == 0
        } else if is("P", b"AllOff") {
            off < members.len()
        } else {
            off == members.len()
        }
    }
}

fn references(array: Option<&Array<'_>>) -> Vec<ObjectIdentifier> {
    let reference = |item: MaybeRef<Object<'_>>| item.as_obj_ref().map(ObjectIdentifier::from);
    array.into_iter().flat_map(Array::raw_iter).filter_map(reference).collect()
}
