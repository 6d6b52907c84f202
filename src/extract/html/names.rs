//! Names of elements as small numbers, and what the HTML standard and this crate say of each.
//!
//! Comparing names is most of what tree construction does, so the names that the standard knows are numbered once for all;
//! any other name is numbered when a page first uses it. The sets are those of the HTML Standard, §13.2.4.2 (special
//! elements, scopes) and §13.2.6 (implied end tags, formatting elements).

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The name of an element: an index into the table below, or beyond it into a page's own [`Names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Name(u32);

/// What holds for a name, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Traits(u16);

impl Traits {
    /// Begins and ends a block of text.
    pub(super) const BLOCK: Traits = Traits(1);
    /// Its content is not text for people.
    pub(super) const SKIPPED: Traits = Traits(1 << 1);
    /// White space inside is as written.
    pub(super) const PREFORMATTED: Traits = Traits(1 << 2);
    /// A special element of the standard: end tags of other elements do not reach through it.
    pub(super) const SPECIAL: Traits = Traits(1 << 3);
    /// Bounds every scope.
    pub(super) const SCOPE: Traits = Traits(1 << 4);
    /// Its end tag is implied by the end of its parent.
    pub(super) const IMPLIED_END: Traits = Traits(1 << 5);
    /// `h1` to `h6`.
    pub(super) const HEADING: Traits = Traits(1 << 6);
    /// Its start tag ends an open paragraph and does nothing else.
    pub(super) const ENDS_PARAGRAPH: Traits = Traits(1 << 7);
    /// Its end tag closes it if it is in scope.
    pub(super) const CLOSED_IN_SCOPE: Traits = Traits(1 << 8);
    /// A formatting element, opened anew after whatever closed it by force.
    pub(super) const FORMATTING: Traits = Traits(1 << 9);

    /// A part of a table, from `<caption>` to `<td>`.
    pub(super) const TABLE_PART: Traits = Traits(1 << 10);
    /// Belongs in the head, wherever it stands.
    pub(super) const HEAD_CONTENT: Traits = Traits(1 << 11);

    const fn and(self, other: Traits) -> Traits {
        Traits(self.0 | other.0)
    }
}

/// The table of known names: constant, spelling, traits.
macro_rules! names {
    ($($constant:ident $text:literal: $($trait:ident)*;)+) => {
        // The table has all names, whether or not a rule singles them out.
        #[allow(dead_code, clippy::upper_case_acronyms)]
        enum Index { $($constant,)+ }

        #[allow(dead_code)]
        impl Name {
            $(pub(super) const $constant: Name = Name(Index::$constant as u32);)+
        }

        const KNOWN: &[(&str, Traits)] = &[$(($text, Traits(0)$(.and(Traits::$trait))*),)+];
    };
}

names! {
    A "a": FORMATTING;
    ADDRESS "address": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    APPLET "applet": SPECIAL SCOPE;
    AREA "area": SPECIAL;
    ARTICLE "article": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    ASIDE "aside": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    B "b": FORMATTING;
    BASE "base": SPECIAL HEAD_CONTENT;
    BASEFONT "basefont": SPECIAL HEAD_CONTENT;
    BGSOUND "bgsound": SPECIAL HEAD_CONTENT;
    BIG "big": FORMATTING;
    BLOCKQUOTE "blockquote": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    BODY "body": BLOCK SPECIAL;
    BR "br": SPECIAL;
    BUTTON "button": BLOCK SPECIAL CLOSED_IN_SCOPE;
    CAPTION "caption": BLOCK SPECIAL SCOPE TABLE_PART;
    CENTER "center": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    CODE "code": FORMATTING;
    COL "col": BLOCK SPECIAL TABLE_PART;
    COLGROUP "colgroup": BLOCK SPECIAL TABLE_PART;
    DD "dd": BLOCK SPECIAL IMPLIED_END;
    DETAILS "details": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    DIALOG "dialog": BLOCK ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    DIR "dir": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    DIV "div": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    DL "dl": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    DT "dt": BLOCK SPECIAL IMPLIED_END;
    EM "em": FORMATTING;
    EMBED "embed": SPECIAL;
    FIELDSET "fieldset": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    FIGCAPTION "figcaption": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    FIGURE "figure": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    FONT "font": FORMATTING;
    FOOTER "footer": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    FORM "form": BLOCK SPECIAL;
    FRAME "frame": SPECIAL;
    FRAMESET "frameset": BLOCK SPECIAL;
    H1 "h1": BLOCK SPECIAL HEADING;
    H2 "h2": BLOCK SPECIAL HEADING;
    H3 "h3": BLOCK SPECIAL HEADING;
    H4 "h4": BLOCK SPECIAL HEADING;
    H5 "h5": BLOCK SPECIAL HEADING;
    H6 "h6": BLOCK SPECIAL HEADING;
    HEAD "head": BLOCK SPECIAL;
    HEADER "header": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    HGROUP "hgroup": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    HR "hr": BLOCK SPECIAL;
    HTML "html": BLOCK SPECIAL SCOPE;
    I "i": FORMATTING;
    IFRAME "iframe": SKIPPED SPECIAL;
    IMAGE "image": ;
    IMG "img": SPECIAL;
    INPUT "input": SPECIAL;
    ISINDEX "isindex": SPECIAL;
    KEYGEN "keygen": ;
    LEGEND "legend": BLOCK;
    LI "li": BLOCK SPECIAL IMPLIED_END;
    LINK "link": SPECIAL HEAD_CONTENT;
    LISTING "listing": BLOCK PREFORMATTED SPECIAL CLOSED_IN_SCOPE;
    MAIN "main": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    MARQUEE "marquee": BLOCK SPECIAL SCOPE;
    MATH "math": ;
    MENU "menu": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    META "meta": SPECIAL HEAD_CONTENT;
    NAV "nav": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    NOBR "nobr": FORMATTING;
    NOEMBED "noembed": SKIPPED SPECIAL;
    NOFRAMES "noframes": SKIPPED SPECIAL HEAD_CONTENT;
    NOSCRIPT "noscript": BLOCK SPECIAL;
    OBJECT "object": BLOCK SPECIAL SCOPE;
    OL "ol": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    OPTGROUP "optgroup": BLOCK IMPLIED_END;
    OPTION "option": BLOCK IMPLIED_END;
    P "p": BLOCK SPECIAL IMPLIED_END ENDS_PARAGRAPH;
    PARAM "param": SPECIAL;
    PLAINTEXT "plaintext": BLOCK SPECIAL;
    PRE "pre": BLOCK PREFORMATTED SPECIAL CLOSED_IN_SCOPE;
    RB "rb": IMPLIED_END;
    RP "rp": IMPLIED_END;
    RT "rt": IMPLIED_END;
    RTC "rtc": IMPLIED_END;
    RUBY "ruby": ;
    S "s": FORMATTING;
    SCRIPT "script": SKIPPED SPECIAL HEAD_CONTENT;
    SEARCH "search": BLOCK ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    SECTION "section": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    SELECT "select": BLOCK SPECIAL SCOPE CLOSED_IN_SCOPE;
    SMALL "small": FORMATTING;
    SOURCE "source": SPECIAL;
    SPAN "span": ;
    STRIKE "strike": FORMATTING;
    STRONG "strong": FORMATTING;
    STYLE "style": SKIPPED SPECIAL HEAD_CONTENT;
    SUMMARY "summary": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    SVG "svg": ;
    TABLE "table": BLOCK SPECIAL SCOPE;
    TBODY "tbody": BLOCK SPECIAL TABLE_PART;
    TD "td": BLOCK SPECIAL SCOPE TABLE_PART;
    TEMPLATE "template": SKIPPED SPECIAL SCOPE HEAD_CONTENT;
    TEXTAREA "textarea": BLOCK PREFORMATTED SPECIAL;
    TFOOT "tfoot": BLOCK SPECIAL TABLE_PART;
    TH "th": BLOCK SPECIAL SCOPE TABLE_PART;
    THEAD "thead": BLOCK SPECIAL TABLE_PART;
    TITLE "title": BLOCK SPECIAL HEAD_CONTENT;
    TR "tr": BLOCK SPECIAL TABLE_PART;
    TRACK "track": SPECIAL;
    TT "tt": FORMATTING;
    U "u": FORMATTING;
    UL "ul": BLOCK SPECIAL ENDS_PARAGRAPH CLOSED_IN_SCOPE;
    WBR "wbr": SPECIAL;
    XMP "xmp": BLOCK PREFORMATTED SPECIAL;
}

impl Name {
    /// Whether the trait holds. Names that no table knows have none.
    pub(super) fn is(self, traits: Traits) -> bool {
        KNOWN.get(self.0 as usize).is_some_and(|(_, own)| own.0 & traits.0 != 0)
    }
}

/// Twice the number of names and more, so that a probe or two suffices.
const SLOTS: usize = 512;

/// The longest spelling that a key holds.
const PACKED: usize = 16;

/// Known names by their spelling: open addressing over spellings packed into integers.
static TABLE: LazyLock<Vec<(u128, Name)>> = LazyLock::new(|| {
    let mut slots = vec![(0, Name(0)); SLOTS];
    for (index, (text, _)) in KNOWN.iter().enumerate() {
        let key = pack(text.as_bytes());
        let mut at = slot(key);
        while slots[at].0 != 0 {
            at = (at + 1) % SLOTS;
        }
        slots[at] = (key, Name(index as u32));
    }
    slots
});

/// At most [`PACKED`] bytes as a number, upper-case ASCII letters as lower-case ones. No spelling holds a NUL, so lengths differ
/// too.
fn pack(name: &[u8]) -> u128 {
    name.iter().fold(0, |key, byte| (key << 8) | u128::from(byte.to_ascii_lowercase()))
}

fn slot(key: u128) -> usize {
    let mixed = ((key >> 64) as u64 ^ key as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 55) as usize % SLOTS
}

/// A name of the table by its spelling in any case.
fn known(text: &str) -> Option<Name> {
    if text.len() > PACKED {
        return None;
    }
    let key = pack(text.as_bytes());
    let mut at = slot(key);
    loop {
        match TABLE[at] {
            (found, name) if found == key => return Some(name),
            (0, _) => return None,
            _ => at = (at + 1) % SLOTS,
        }
    }
}

/// The names of one page.
#[derive(Debug, Default)]
pub(super) struct Names {
    own: Vec<Box<str>>,
    index: HashMap<Box<str>, Name>,
}

impl Names {
    /// The name spelt `text`; ASCII letters of any case.
    pub(super) fn name(&mut self, text: &str) -> Name {
        match known(text) {
            Some(name) => name,
            None => self.own(&text.to_ascii_lowercase()),
        }
    }

    /// The name spelt exactly so: names of SVG have capitals in the tree.
    pub(super) fn exact(&mut self, text: &str) -> Name {
        match known(text).filter(|name| KNOWN[name.0 as usize].0 == text) {
            Some(name) => name,
            None => self.own(text),
        }
    }

    fn own(&mut self, text: &str) -> Name {
        if let Some(&name) = self.index.get(text) {
            return name;
        }
        let name = Name((KNOWN.len() + self.own.len()) as u32);
        self.own.push(text.into());
        self.index.insert(text.into(), name);
        name
    }

    /// How `name` is spelt.
    pub(super) fn text(&self, name: Name) -> Cow<'static, str> {
        match KNOWN.get(name.0 as usize) {
            Some((text, _)) => Cow::Borrowed(*text),
            None => {
                Cow::Owned(self.own.get(name.0 as usize - KNOWN.len()).map(ToString::to_string).unwrap_or_default())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_their_spelling() {
        let mut names = Names::default();
        for (index, (text, _)) in KNOWN.iter().enumerate() {
            assert_eq!(names.name(text), Name(index as u32), "{text}");
            assert_eq!(names.name(&text.to_ascii_uppercase()), Name(index as u32), "{text}");
            assert_eq!(names.text(Name(index as u32)), *text);
        }
        let own = names.name("o:P");
        assert_eq!(own, names.name("O:p"));
        assert_ne!(own, names.name("st1:a-name-that-is-too-long-to-pack"));
        assert_eq!(names.text(own), "o:p");
        assert_ne!(names.exact("linearGradient"), names.name("linearGradient"));
        assert!(!own.is(Traits::BLOCK) && Name::P.is(Traits::IMPLIED_END) && !Name::SPAN.is(Traits::SPECIAL));
    }
}
