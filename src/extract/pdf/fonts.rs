//! From character codes to Unicode text (ISO 32000-2 §9.10), and the sizes of glyphs.
//!
//! `hayro-font` reads font dictionaries, programs, encodings and widths. What it leaves open is decided here: embedded CID
//! fonts of the Adobe collections without a ToUnicode map, fonts whose program alone says what its glyphs are, and maps that
//! lead to nothing.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use hayro_cmap::{BfString, CMap, CMapName, CidFamily, load_embedded};
use hayro_font::{CMapResolverFn, Font, FontCache, FontGlyph, FontQuery, FontResolverFn};
use hayro_syntax::object::{Array, Dict, Name, Object, Stream, String as PdfString};
use skrifa::{FontRef, MetadataProvider};

use crate::extract::pages::Shown;

/// One font of a document.
pub(super) struct PdfFont<'a> {
    /// Codes, widths, writing mode.
    pub(super) font: Font<'a>,
    /// Height above the baseline, in em.
    pub(super) ascent: f64,
    /// Depth below the baseline, in em, negative.
    pub(super) descent: f64,
    /// For Type 3 fonts the height of an em in text space units, which the font matrix decides; 1 for all others.
    pub(super) em: f64,
    /// Whether its glyphs are pictures (bullets, arrows) by its name.
    symbols: bool,
    encoding: Option<CMap>,
    unicode: Option<Rc<CMap>>,
    by_glyph: RefCell<Option<Rc<HashMap<u32, char>>>>,
    shown: RefCell<HashMap<u32, Shown>>,
}

/// The fonts of a document, each read once.
pub(super) struct Fonts<'a> {
    cache: FontCache<'a>,
    programs: FontResolverFn,
    cmaps: CMapResolverFn,
    known: HashMap<(usize, usize), Option<Rc<PdfFont<'a>>>>,
    collections: HashMap<&'static str, Option<Rc<CMap>>>,
}

impl<'a> Fonts<'a> {
    pub(super) fn new() -> Self {
        let programs: FontResolverFn = Arc::new(|query| match query {
            FontQuery::Standard(standard) => Some(standard.get_font_data()),
            FontQuery::Fallback(query) => Some(query.pick_standard_font().get_font_data()),
        });
        Fonts {
            cache: FontCache::new(),
            programs,
            cmaps: Arc::new(load_embedded),
            known: HashMap::new(),
            collections: HashMap::new(),
        }
    }

    /// The font that `dict` describes; `None` if it cannot be used at all.
    pub(super) fn load(&mut self, dict: &Dict<'a>) -> Option<Rc<PdfFont<'a>>> {
        // The same dictionary is the same piece of the file, which outlives this.
        let key = (dict.data().as_ptr() as usize, dict.data().len());
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let font = self.read(dict).map(Rc::new);
        self.known.insert(key, font.clone());
        font
    }

    fn read(&mut self, dict: &Dict<'a>) -> Option<PdfFont<'a>> {
        let font = self.cache.font(dict, &self.programs, &self.cmaps)?;
        let descendant = dict.get::<Array<'_>>("DescendantFonts").and_then(|all| all.iter::<Dict<'_>>().next());
        let descriptor = descendant.as_ref().unwrap_or(dict).get::<Dict<'_>>("FontDescriptor").unwrap_or_default();
        let sane = |value: Option<f32>, least: f64, most: f64, usual: f64| {
            value.map(|value| f64::from(value) / 1000.0).filter(|value| (least..=most).contains(value)).unwrap_or(usual)
        };
        let name = dict.get::<Name<'_>>("BaseFont").map(|name| name.as_str().to_ascii_lowercase()).unwrap_or_default();
        let type3 = dict.get::<Name<'_>>("Subtype").is_some_and(|subtype| subtype.as_ref() == b"Type3");
        let encoding = descendant.as_ref().and_then(|_| self.encoding(dict));
        let unicode = descendant.as_ref().and_then(|descendant| self.collection(descendant, encoding.as_ref()));
        Some(PdfFont {
            ascent: sane(descriptor.get::<f32>("Ascent"), 0.5, 1.2, 0.86),
            descent: sane(descriptor.get::<f32>("Descent"), -0.5, -0.05, -0.14),
            em: if type3 { type3_em(dict) } else { 1.0 },
            symbols: ["wingding", "webding", "symbol", "dingbat"].iter().any(|part| name.contains(part)),
            encoding,
            unicode,
            by_glyph: RefCell::new(None),
            shown: RefCell::new(HashMap::new()),
            font,
        })
    }

    /// The CMap by which a composite font reads codes.
    fn encoding(&self, dict: &Dict<'a>) -> Option<CMap> {
        let resolve = |name: CMapName<'_>| load_embedded(name);
        match dict.get::<Object<'_>>("Encoding")? {
            Object::Name(name) => match CMapName::from_bytes(name.as_ref()) {
                CMapName::IdentityH => Some(CMap::identity_h()),
                CMapName::IdentityV => Some(CMap::identity_v()),
                name => CMap::parse(load_embedded(name)?, resolve),
            },
            Object::Stream(stream) => CMap::parse(&Stream::decoded_data(&stream).ok()?, resolve),
            _ => None,
        }
    }

    /// The map from the CIDs of an Adobe collection to Unicode, if the font is of one.
    fn collection(&mut self, descendant: &Dict<'a>, encoding: Option<&CMap>) -> Option<Rc<CMap>> {
        let declared = || {
            let info = descendant.get::<Dict<'_>>("CIDSystemInfo")?;
            let (registry, ordering) = (info.get::<PdfString<'_>>("Registry")?, info.get::<PdfString<'_>>("Ordering")?);
            Some(CidFamily::from_registry_ordering(registry.as_bytes(), ordering.as_bytes()))
        };
        let of_encoding = encoding.and_then(|cmap| cmap.metadata().character_collection.as_ref());
        let family = match of_encoding.map(|collection| collection.family.clone()) {
            Some(family) if family != CidFamily::AdobeIdentity => family,
            _ => declared()?,
        };
        let (name, label) = match family.ucs2_cmap()? {
            name @ CMapName::AdobeGb1Ucs2 => (name, "GB1"),
            name @ CMapName::AdobeCns1Ucs2 => (name, "CNS1"),
            name @ CMapName::AdobeJapan1Ucs2 => (name, "Japan1"),
            name @ CMapName::AdobeKorea1Ucs2 => (name, "Korea1"),
            _ => return None,
        };
        self.collections
            .entry(label)
            .or_insert_with(|| CMap::parse(load_embedded(name)?, load_embedded).map(Rc::new))
            .clone()
    }
}

/// Height of the glyphs of a Type 3 font in text space units.
fn type3_em(dict: &Dict<'_>) -> f64 {
    let matrix = dict.get::<[f64; 6]>("FontMatrix").unwrap_or([0.001, 0.0, 0.0, 0.001, 0.0, 0.0]);
    let bounds = dict.get::<[f64; 4]>("FontBBox").unwrap_or_default();
    let height = ((bounds[3] - bounds[1]) * matrix[3]).abs();
    if height.is_finite() && (0.05..20.0).contains(&height) { height } else { 1.0 }
}

impl PdfFont<'_> {
    /// What `code` shows.
    pub(super) fn shown(&self, code: u32) -> Shown {
        if let Some(shown) = self.shown.borrow().get(&code) {
            return shown.clone();
        }
        let shown = self.decode(code);
        self.shown.borrow_mut().insert(code, shown.clone());
        shown
    }

    fn decode(&self, code: u32) -> Shown {
        let glyph = self.font.glyph(self.font.map_code(code), code);
        let stated = match &glyph {
            FontGlyph::Outline(outline) => outline.as_unicode(),
            FontGlyph::Type3(glyph) => glyph.as_unicode(),
        };
        let by_collection = || {
            let cid = (1..=4).find_map(|length| self.encoding.as_ref()?.lookup_cid_code(code, length))?;
            self.unicode.as_ref()?.lookup_bf_string(cid)
        };
        let by_program = || {
            let FontGlyph::Outline(outline) = &glyph else { return None };
            // Glyph 0 stands for whatever a font lacks.
            let id = outline.glyph_id().to_u32();
            (id != 0).then(|| self.glyphs(outline).get(&id).copied().map(BfString::Char))?
        };
        stated
            .and_then(usable)
            .or_else(|| by_collection().and_then(usable))
            .or_else(|| by_program().and_then(usable))
            .unwrap_or(if self.symbols { Shown::Char('•') } else { Shown::Unknown })
    }

    /// The characters of glyphs by the font program's own table.
    fn glyphs(&self, outline: &hayro_font::OutlineGlyph) -> Rc<HashMap<u32, char>> {
        self.by_glyph
            .borrow_mut()
            .get_or_insert_with(|| {
                let data = outline.font_data();
                let mut glyphs = HashMap::new();
                if let Some(font) = data.as_ref().and_then(|data| FontRef::new((*data.data).as_ref()).ok()) {
                    for (code, glyph) in font.charmap().mappings() {
                        if let Some(character) = char::from_u32(code) {
                            // Of several characters the first is the usual one: U+4E00 before its radical's U+F900 form.
                            glyphs.entry(glyph.to_u32()).or_insert(character);
                        }
                    }
                }
                Rc::new(glyphs)
            })
            .clone()
    }
}

/// Text that a reader could see: no controls, no private characters, no replacement characters.
fn usable(text: BfString) -> Option<Shown> {
    let is_text = |character: char| {
        (character.is_whitespace() || !character.is_control())
            && character != '\u{FFFD}'
            && !matches!(character, '\u{E000}'..='\u{F8FF}' | '\u{FFFE}' | '\u{FFFF}' | '\u{F0000}'..)
    };
    match text {
        BfString::Char(character) => is_text(character).then_some(Shown::Char(character)),
        BfString::String(text) => {
            let mut kept = text.chars().filter(|&character| is_text(character));
            let first = kept.next()?;
            Some(match kept.next() {
                None => Shown::Char(first),
                Some(_) => Shown::Text(text.chars().filter(|&character| is_text(character)).collect::<String>().into()),
            })
        }
    }
}
