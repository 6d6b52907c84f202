//! The style sheet ([MS-DOC] §2.9.271): which styles are headings, and which hide their text.

use super::super::docx::scope_by_name;
use super::properties::{Property, sprms};
use crate::document::Scope;
use crate::source::u16_at;

/// What a style says about the text set in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Style {
    /// Heading, caption, or expressly neither (body).
    pub(super) scope: Option<Scope>,
    /// Whether its text is hidden.
    pub(super) hidden: Option<bool>,
}

/// The styles by number, with what they inherit.
#[derive(Debug, Default)]
pub(super) struct Styles(Vec<Style>);

impl Styles {
    /// Reads the style sheet.
    pub(super) fn new(sheet: &[u8], old: bool) -> Self {
        let header = usize::from(u16_at(sheet, 0).unwrap_or_default());
        let count = usize::from(u16_at(sheet, 2).unwrap_or_default());
        let base = usize::from(u16_at(sheet, 4).unwrap_or_default());
        let mut at = 2 + header;
        let mut own: Vec<(Style, u16)> = Vec::new();
        for _ in 0..count {
            let Some(length) = u16_at(sheet, at).map(usize::from) else { break };
            let raw = sheet.get(at + 2..sheet.len().min(at + 2 + length)).unwrap_or_default();
            own.push(style(raw, base, old).unwrap_or((Style::default(), NO_STYLE)));
            at += 2 + length;
        }
        let resolved = |index: usize| {
            let mut style = Style::default();
            let mut next = index;
            // Word allows far fewer steps; a circle ends here too.
            for _ in 0..32 {
                let Some((own, parent)) = own.get(next) else { break };
                style.scope = style.scope.or(own.scope);
                style.hidden = style.hidden.or(own.hidden);
                next = usize::from(*parent);
            }
            style
        };
        Styles((0..own.len()).map(resolved).collect())
    }

    /// Style number `index`.
    pub(super) fn get(&self, index: u16) -> Style {
        self.0.get(usize::from(index)).copied().unwrap_or_default()
    }
}

/// Number of a style that is based on none.
const NO_STYLE: u16 = 0x0FFF;

/// What a style itself says, and the style it is based on. `base` is the length of the part before the name.
fn style(raw: &[u8], base: usize, old: bool) -> Option<(Style, u16)> {
    let identifier = u16_at(raw, 0)? & 0x0FFF;
    let kind = u16_at(raw, 2)?;
    let (kind, parent) = (kind & 0xF, kind >> 4);
    let count = u16_at(raw, 4)? & 0xF;
    // The name: a count, characters, a zero; in bytes before Word 97.
    let mut at = base;
    let name = if old {
        let length = usize::from(*raw.get(at)?);
        let name = raw.get(at + 1..at + 1 + length)?;
        at += length + 2;
        String::from_utf8_lossy(name).into_owned()
    } else {
        let length = usize::from(u16_at(raw, at)?);
        let name = raw.get(at + 2..at + 2 + length * 2)?;
        at += length * 2 + 4;
        char::decode_utf16(name.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)))
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    };
    // Built-in styles have numbers, whatever their name is in the language of the program.
    let scope = match identifier {
        1..=9 | 62 | 74 => Some(Scope::Heading),
        34 => Some(Scope::Caption),
        // Aliases follow the name, after a comma.
        _ => name.split(',').find_map(scope_by_name),
    };
    let mut style = Style { scope, hidden: None };
    for index in 0..count {
        at = at.next_multiple_of(2);
        let Some(length) = u16_at(raw, at).map(usize::from) else { break };
        let upx = raw.get(at + 2..raw.len().min(at + 2 + length)).unwrap_or_default();
        at += 2 + length;
        // Properties of paragraphs come first, after the number of the style.
        let grpprl = if kind == 1 && index == 0 { upx.get(2..).unwrap_or_default() } else { upx };
        for sprm in sprms(grpprl, old) {
            match (sprm.property, sprm.operand.first()) {
                (Property::OutlineLevel, Some(&level)) => style.scope = Some(level_scope(level)),
                (Property::Hidden, Some(&value)) => style.hidden = Some(value & 1 == 1),
                _ => {}
            }
        }
    }
    Some((style, parent))
}

/// What an outline level says: 0 to 8 are headings, 9 is body text.
pub(super) fn level_scope(level: u8) -> Scope {
    if level < 9 { Scope::Heading } else { Scope::Body }
}
