//! The pictures of pages without text, as files that a program for character recognition reads.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use hayro_font::kurbo::Affine;
use hayro_syntax::object::stream::{ImageColorSpace, ImageDecodeParams};
use hayro_syntax::object::{Array, Name, Object, Stream, String as PdfString};

use hayro_syntax::Filter;

use crate::extract::Picture;

/// Largest picture, in bytes of its unpacked samples.
const SAMPLES: usize = 512 << 20;

/// What pixels mean.
enum Colours {
    Gray,
    Rgb,
    Cmyk,
    /// Numbers into a table of RGB colours.
    Table(Vec<u8>),
}

/// The picture that `stream` holds, drawn through `ctm` on `page`; `None` if it cannot be taken out of the file.
pub(super) fn picture(stream: &Stream<'_>, ctm: Affine, page: u32) -> Option<Picture> {
    let (bytes, width, height) = file(stream)?;
    // Pixels count from the top left corner of the unit square that is drawn, whose y axis points up.
    let pixels = Affine::new([1.0 / f64::from(width), 0.0, 0.0, -1.0 / f64::from(height), 0.0, 1.0]);
    Some(Picture { page, transform: (ctm * pixels).as_coeffs(), bytes })
}

/// The picture as a file, and its size in pixels.
fn file(stream: &Stream<'_>) -> Option<(Vec<u8>, u32, u32)> {
    let dict = stream.dict();
    let number = |long: &str, short: &str| dict.get::<u32>(long).or_else(|| dict.get::<u32>(short));
    let (width, height) = (number("Width", "W")?, number("Height", "H")?);
    if width == 0 || height == 0 || (width as usize).checked_mul(height as usize)? > SAMPLES {
        return None;
    }
    // These are files as they are.
    if matches!(stream.filters()[..], [Filter::DctDecode | Filter::JpxDecode]) {
        return Some((stream.raw_data().into_owned(), width, height));
    }
    let is_mask = dict.get::<bool>("ImageMask").or_else(|| dict.get::<bool>("IM")).unwrap_or(false);
    let bits = if is_mask { 1 } else { number("BitsPerComponent", "BPC").unwrap_or(8) };
    // Asked for as if it were indexed, a picture in black and white comes as bits.
    let params = ImageDecodeParams {
        is_indexed: true,
        bpc: u8::try_from(bits).ok(),
        width,
        height,
        ..ImageDecodeParams::default()
    };
    let decoded = stream.decoded_image(&params).ok()?;
    let space = dict.get::<Object<'_>>("ColorSpace").or_else(|| dict.get::<Object<'_>>("CS"));
    let mut colours = match space {
        Some(space) if !is_mask => colours(&space)?,
        _ => Colours::Gray,
    };
    let (mut width, mut height, mut bits) = (width, height, bits);
    if let Some(data) = &decoded.image_data {
        (width, height, bits) = (data.width, data.height, u32::from(data.bits_per_component));
        match data.color_space {
            Some(ImageColorSpace::Rgb) => colours = Colours::Rgb,
            Some(ImageColorSpace::Cmyk) => colours = Colours::Cmyk,
            Some(ImageColorSpace::Gray) if !matches!(colours, Colours::Table(_)) => colours = Colours::Gray,
            _ => {}
        }
    }
    // Two numbers that are the wrong way round turn black and white over.
    let turned = dict
        .get::<Array<'_>>("Decode")
        .or_else(|| dict.get::<Array<'_>>("D"))
        .and_then(|decode| decode.iter::<f32>().next())
        .is_some_and(|first| first > 0.5);
    let bytes = png(&decoded.data, width, height, bits, &colours, turned && matches!(colours, Colours::Gray))?;
    Some((bytes, width, height))
}

/// What a colour space (ISO 32000-2 §8.6) comes to; `None` for those that samples do not show by themselves.
fn colours(space: &Object<'_>) -> Option<Colours> {
    let by_components = |count: u32| match count {
        1 => Some(Colours::Gray),
        3 => Some(Colours::Rgb),
        4 => Some(Colours::Cmyk),
        _ => None,
    };
    let named = |name: &[u8]| match name {
        b"DeviceGray" | b"CalGray" | b"G" => Some(Colours::Gray),
        b"DeviceRGB" | b"CalRGB" | b"RGB" => Some(Colours::Rgb),
        b"DeviceCMYK" | b"CMYK" => Some(Colours::Cmyk),
        _ => None,
    };
    match space {
        Object::Name(name) => named(name.as_ref()),
        Object::Array(array) => {
            let mut items = array.iter::<Object<'_>>();
            let Some(Object::Name(kind)) = items.next() else { return None };
            match kind.as_ref() {
                b"ICCBased" => {
                    let Some(Object::Stream(profile)) = items.next() else { return None };
                    by_components(profile.dict().get::<u32>("N")?)
                }
                // One ink, most often black: full where gray has nothing.
                b"Separation" => Some(Colours::Gray),
                b"Indexed" | b"I" => {
                    // A base space is never indexed itself.
                    let base = match items.next()? {
                        Object::Name(name) => named(name.as_ref())?,
                        Object::Array(base) => {
                            match (base.iter::<Name<'_>>().next()?.as_ref(), base.iter::<Object<'_>>().nth(1)) {
                                (b"ICCBased", Some(Object::Stream(profile))) => {
                                    by_components(profile.dict().get::<u32>("N")?)?
                                }
                                (name, _) => named(name)?,
                            }
                        }
                        _ => return None,
                    };
                    let _highest = items.next()?;
                    let table = match items.next()? {
                        Object::String(text) => PdfString::as_bytes(&text).to_vec(),
                        Object::Stream(stream) => stream.decoded_data().ok()?.into_owned(),
                        _ => return None,
                    };
                    Some(Colours::Table(rgb(&table, &base)))
                }
                name => named(name),
            }
        }
        _ => None,
    }
}

/// Samples of eight bits as RGB.
fn rgb(samples: &[u8], colours: &Colours) -> Vec<u8> {
    match colours {
        Colours::Rgb | Colours::Table(_) => samples.to_vec(),
        Colours::Gray => samples.iter().flat_map(|&gray| [gray; 3]).collect(),
        Colours::Cmyk => samples
            .as_chunks::<4>()
            .0
            .iter()
            .flat_map(|&[cyan, magenta, yellow, black]| {
                [cyan, magenta, yellow].map(|ink| ((255 - u16::from(ink)) * (255 - u16::from(black)) / 255) as u8)
            })
            .collect(),
    }
}

/// A PNG (ISO/IEC 15948) of rows of samples; rows that are missing are white.
fn png(data: &[u8], width: u32, height: u32, bits: u32, colours: &Colours, turned: bool) -> Option<Vec<u8>> {
    let components = match colours {
        Colours::Gray | Colours::Table(_) => 1,
        Colours::Rgb => 3,
        Colours::Cmyk => 4,
    };
    if !matches!(bits, 1 | 2 | 4 | 8 | 16) || components > 1 && bits < 8 {
        return None;
    }
    let row = (width as usize).checked_mul(components)?.checked_mul(bits as usize)?.div_ceil(8);
    if row.checked_mul(height as usize)? > SAMPLES {
        return None;
    }
    let (kind, depth) = match colours {
        Colours::Gray => (0, bits.min(8) as u8),
        Colours::Table(_) => (3, bits.min(8) as u8),
        Colours::Rgb | Colours::Cmyk => (2, 8),
    };
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let mut line = Vec::new();
    for index in 0..height as usize {
        line.clear();
        line.push(0);
        let samples = data.get(index * row..).unwrap_or_default();
        let samples = &samples[..samples.len().min(row)];
        if bits == 16 {
            line.extend(samples.as_chunks::<2>().0.iter().map(|pair| pair[0]));
        } else {
            line.extend_from_slice(samples);
        }
        line.resize(1 + row / if bits == 16 { 2 } else { 1 }, if turned { 0 } else { 0xFF });
        if turned {
            line[1..].iter_mut().for_each(|byte| *byte = !*byte);
        }
        if matches!(colours, Colours::Cmyk) {
            let shown = rgb(&line[1..], colours);
            line.truncate(1);
            line.extend_from_slice(&shown);
        }
        encoder.write_all(&line).ok()?;
    }
    let mut file = b"\x89PNG\r\n\x1A\n".to_vec();
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend_from_slice(&[depth, kind, 0, 0, 0]);
    chunk(&mut file, *b"IHDR", &header);
    if let Colours::Table(table) = colours {
        let most = (3 << depth).min(table.len() / 3 * 3);
        chunk(&mut file, *b"PLTE", &table[..most]);
    }
    chunk(&mut file, *b"IDAT", &encoder.finish().ok()?);
    chunk(&mut file, *b"IEND", &[]);
    Some(file)
}

fn chunk(file: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    file.extend_from_slice(&(data.len() as u32).to_be_bytes());
    let start = file.len();
    file.extend_from_slice(&name);
    file.extend_from_slice(data);
    file.extend_from_slice(&crc32fast::hash(&file[start..]).to_be_bytes());
}
