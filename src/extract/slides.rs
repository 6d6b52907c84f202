//! What the readers of presentations share, whatever the format: names of shapes, and what parts are to their slide.

use std::collections::HashMap;

use crate::document::{Backdrop, DocumentBuilder};

/// Characters of a shape's name that places repeat.
const NAME: usize = 255;

/// Names of shapes, each kept once: most slides have a shape called “标题 1”.
#[derive(Default)]
pub(super) struct ShapeNames(HashMap<String, u16>);

impl ShapeNames {
    /// Index of `name` in the document's names; `None` if it is blank or there are more than can be counted.
    pub(super) fn index(&mut self, builder: &mut DocumentBuilder, name: &str) -> Option<u16> {
        let name: String = name.trim().chars().take(NAME).collect();
        if name.is_empty() {
            return None;
        }
        if let Some(&index) = self.0.get(&name) {
            return Some(index);
        }
        if self.0.len() >= usize::from(u16::MAX) {
            return None;
        }
        let index = builder.add_name(&name);
        self.0.insert(name, index);
        Some(index)
    }
}

/// What a part is to its slide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The slide itself.
    Slide,
    /// The speaker's notes.
    Notes,
    /// Layout or master.
    Master,
}

impl Role {
    /// What its text stands on.
    pub(super) fn backdrop(self) -> Option<Backdrop> {
        match self {
            Role::Slide => None,
            Role::Notes => Some(Backdrop::Notes),
            Role::Master => Some(Backdrop::Master),
        }
    }
}

/// What to say about a presentation of more than `limit` slides.
pub(super) fn too_many(limit: u64) -> String {
    format!("幻灯片超过上限 {limit} 张，没有读完。确认文件可信后可用 --limit archive-entries=… 放宽")
}
