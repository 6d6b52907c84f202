//! The stack of open elements and the list of active formatting elements (§13.2.4 of the standard).

use super::super::blocks::Attributes;
use super::super::names::{Name, Traits};
use super::super::scan::Declined;
use super::{Formatting, Open, Reader};

impl<'s> Reader<'_, 's> {
    pub(super) fn insert(&mut self, name: Name) -> Result<(), Declined> {
        let attributes = self.attributes(name);
        self.push(name, attributes)
    }

    pub(super) fn insert_made_up(&mut self, name: Name) -> Result<(), Declined> {
        self.push(name, None)
    }

    pub(super) fn push(&mut self, name: Name, attributes: Option<Box<Attributes<'s>>>) -> Result<(), Declined> {
        self.blocks.open(name, true, attributes, (false, false));
        self.ids += 1;
        let depth = self.blocks.depth();
        self.stack.push(Open { name, id: self.ids, depth });
        self.paragraphs += u32::from(name == Name::P);
        // The tree's reader ignores tags beyond the limits.
        if depth as u64 + 2 >= self.limits.html_depth {
            return Err(Declined("too deep"));
        }
        if u64::from(self.blocks.elements()) > self.tags * 2 + self.limits.html_elements {
            return Err(Declined("too many elements"));
        }
        Ok(())
    }

    /// Inserts an element that has no content.
    pub(super) fn insert_void(&mut self, name: Name) {
        let attributes = self.attributes(name);
        self.blocks.open(name, true, attributes, (false, false));
        self.blocks.close();
    }

    pub(super) fn pop(&mut self) {
        if let Some(open) = self.stack.pop() {
            self.paragraphs -= u32::from(open.name == Name::P);
        }
        let depth = self.stack.last().map_or(0, |open| open.depth);
        while self.blocks.depth() > depth {
            self.blocks.close();
        }
    }

    pub(super) fn truncate(&mut self, length: usize) {
        while self.stack.len() > length {
            self.pop();
        }
    }

    /// Takes an element out of the stack; what stands above it stays open.
    pub(super) fn remove(&mut self, index: usize) {
        if index + 1 == self.stack.len() {
            self.pop();
        } else if index < self.stack.len() {
            let open = self.stack.remove(index);
            self.paragraphs -= u32::from(open.name == Name::P);
        }
    }

    pub(super) fn current_is(&self, test: impl Fn(Name) -> bool) -> bool {
        self.stack.last().is_some_and(|open| test(open.name))
    }

    /// Whether an element that passes `test` is in the scope that elements of `bound` end.
    pub(super) fn in_scope_of(&self, bound: impl Fn(Name) -> bool, test: impl Fn(&Open) -> bool) -> bool {
        self.stack.iter().rev().find_map(|open| if test(open) { Some(true) } else { bound(open.name).then_some(false) })
            == Some(true)
    }

    pub(super) fn in_scope(&self, name: Name) -> bool {
        self.in_scope_of(|bound| bound.is(Traits::SCOPE), |open| open.name == name)
    }

    pub(super) fn in_table_scope(&self, test: impl Fn(Name) -> bool) -> bool {
        self.in_scope_of(|bound| matches!(bound, Name::HTML | Name::TABLE), |open| test(open.name))
    }

    pub(super) fn pop_until(&mut self, test: impl Fn(Name) -> bool) {
        while let Some(open) = self.stack.last().copied() {
            self.pop();
            if test(open.name) {
                break;
            }
        }
    }

    pub(super) fn pop_until_current(&mut self, test: impl Fn(Name) -> bool) {
        while self.stack.last().is_some_and(|open| !test(open.name) && open.name != Name::HTML) {
            self.pop();
        }
    }

    pub(super) fn generate_implied_end_tags(&mut self, except: Option<Name>) {
        while self.current_is(|name| name.is(Traits::IMPLIED_END) && Some(name) != except) {
            self.pop();
        }
    }

    pub(super) fn close_paragraph(&mut self) {
        self.generate_implied_end_tags(Some(Name::P));
        self.pop_until(|name| name == Name::P);
    }

    pub(super) fn paragraph_in_button_scope(&self) -> bool {
        self.paragraphs > 0
            && self.in_scope_of(|bound| bound.is(Traits::SCOPE) || bound == Name::BUTTON, |open| open.name == Name::P)
    }

    pub(super) fn close_paragraph_in_button_scope(&mut self) {
        if self.paragraph_in_button_scope() {
            self.close_paragraph();
        }
    }

    // The list of active formatting elements

    pub(super) fn is_open(&self, id: u32) -> bool {
        self.stack.iter().rev().any(|open| open.id == id)
    }

    pub(super) fn reconstruct(&mut self) -> Result<(), Declined> {
        let settled = |entry: &Formatting| match entry {
            Formatting::Marker => true,
            Formatting::Element { id, .. } => self.is_open(*id),
        };
        if self.formatting.last().is_none_or(settled) {
            return Ok(());
        }
        let first = self.formatting.iter().rposition(settled).map_or(0, |last| last + 1);
        for index in first..self.formatting.len() {
            let Formatting::Element { name, .. } = self.formatting[index] else { continue };
            if Some(name) == self.current && !self.scanner.attributes.is_empty() {
                return Err(Declined("an element opened anew before one of its name"));
            }
            self.insert_made_up(name)?;
            if let Formatting::Element { id, .. } = &mut self.formatting[index] {
                *id = self.ids;
            }
        }
        Ok(())
    }

    pub(super) fn insert_formatting(&mut self, name: Name) -> Result<(), Declined> {
        /// Of equal elements the list keeps so many.
        const EQUAL: usize = 3;
        let same = |entry: &&Formatting| matches!(entry, Formatting::Element { name: other, .. } if *other == name);
        let listed = self.formatting.iter().rev().take_while(|entry| !matches!(entry, Formatting::Marker));
        if listed.filter(same).count() >= EQUAL {
            return Err(Declined("many nested formatting elements"));
        }
        self.insert(name)?;
        self.formatting.push(Formatting::Element { name, id: self.ids });
        Ok(())
    }

    pub(super) fn clear_formatting_to_marker(&mut self) {
        while let Some(Formatting::Element { .. }) = self.formatting.pop() {}
    }

    /// Index in the list and id of the last element called `name` after the last marker.
    pub(super) fn listed(&self, name: Name) -> Option<(usize, u32)> {
        for (index, entry) in self.formatting.iter().enumerate().rev() {
            match entry {
                Formatting::Marker => return None,
                Formatting::Element { name: other, id, .. } if *other == name => return Some((index, *id)),
                Formatting::Element { .. } => {}
            }
        }
        None
    }

    /// The adoption agency algorithm, as far as nothing is adopted.
    pub(super) fn close_formatting(&mut self, name: Name) -> Result<(), Declined> {
        if let Some(open) = self.stack.last()
            && open.name == name
            && !self
                .formatting
                .iter()
                .rev()
                .any(|entry| matches!(entry, Formatting::Element { id, .. } if *id == open.id))
        {
            self.pop();
            return Ok(());
        }
        let Some((index, id)) = self.listed(name) else {
            self.close_any(name);
            return Ok(());
        };
        let Some(position) = self.stack.iter().rposition(|open| open.id == id) else {
            self.formatting.remove(index);
            return Ok(());
        };
        if self.stack[position..].iter().any(|open| open.name.is(Traits::SCOPE)) {
            return Ok(());
        }
        if self.stack[position..].iter().any(|open| open.name.is(Traits::SPECIAL)) {
            return Err(Declined("a block inside a formatting element that ends first"));
        }
        self.truncate(position);
        self.formatting.remove(index);
        Ok(())
    }

    /// Any other end tag in the body.
    pub(super) fn close_any(&mut self, name: Name) {
        for index in (0..self.stack.len()).rev() {
            let open = self.stack[index].name;
            if open == name {
                self.generate_implied_end_tags(Some(name));
                self.truncate(index);
                return;
            }
            if open.is(Traits::SPECIAL) {
                return;
            }
        }
    }
}
