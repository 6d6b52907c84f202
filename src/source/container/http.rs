//! HTTP responses as web archives hold them (RFC 9110, RFC 9112).

use std::io::{Cursor, Read};

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use super::budget::{Budget, read_entry};
use super::compressed::decoder;
use super::{Container, Refusal};
use crate::source::limits::Limits;
use crate::source::notice::Code;

/// Most bytes of the head of a response.
const HEAD: usize = 1 << 18;
/// Most content encodings on top of each other.
const LAYERS: usize = 4;

/// A response: what its head says, and where its body begins.
pub(super) struct Response<'b> {
    /// Status code.
    pub(super) status: u16,
    /// Its `Content-Type`.
    pub(super) media_type: String,
    encodings: Vec<String>,
    chunked: bool,
    body: &'b [u8],
}

impl<'b> Response<'b> {
    /// Reads the head; `None` if there is none.
    pub(super) fn parse(bytes: &'b [u8]) -> Option<Self> {
        let (head, body) = head(bytes)?;
        let head = String::from_utf8_lossy(head);
        let mut lines = head.lines();
        let mut status = lines.next()?.split_ascii_whitespace();
        if !status.next()?.to_ascii_uppercase().starts_with("HTTP/") {
            return None;
        }
        let status = status.next()?.parse().ok()?;
        let mut response = Response { status, media_type: String::new(), encodings: Vec::new(), chunked: false, body };
        for line in lines {
            let Some((name, value)) = line.split_once(':') else { continue };
            let listed = || value.split(',').map(|one| one.trim().to_ascii_lowercase()).filter(|one| !one.is_empty());
            match name.trim().to_ascii_lowercase().as_str() {
                "content-type" => response.media_type = value.trim().to_owned(),
                "content-encoding" => response.encodings.extend(listed()),
                "transfer-encoding" => {
                    response.chunked |= listed().any(|one| one == "chunked");
                    response.encodings.extend(listed().filter(|one| one != "chunked"));
                }
                _ => {}
            }
        }
        Some(response)
    }

    /// The body, with its encodings undone. Crawlers that undo them often leave the head as it was, so that a body which
    /// is not in an encoding is taken as it stands.
    pub(super) fn body(&self, limits: &Limits, budget: &Budget) -> Result<Vec<u8>, Refusal> {
        let mut body = match self.chunked.then(|| chunks(self.body)).flatten() {
            Some(body) => body,
            None => self.body.to_vec(),
        };
        if self.encodings.len() > LAYERS {
            return Err(Refusal::new(Code::Unsupported, "网页的压缩方式（Content-Encoding）不受支持，没有检查"));
        }
        for encoding in self.encodings.iter().rev() {
            let packed = body.len() as u64;
            let mut unpacked: Box<dyn Read> = match encoding.as_str() {
                "gzip" | "x-gzip" if body.starts_with(b"\x1F\x8B") => Box::new(MultiGzDecoder::new(Cursor::new(body))),
                // What is called so is a zlib stream (RFC 9110 §8.4.1.2) or, from some servers, the deflate data alone.
                "deflate" if body.len() > 1 && (u16::from(body[0]) << 8 | u16::from(body[1])) % 31 == 0 => {
                    Box::new(ZlibDecoder::new(Cursor::new(body)))
                }
                "deflate" if !looks_like_text(&body) => Box::new(DeflateDecoder::new(Cursor::new(body))),
                "br" if !looks_like_text(&body) => {
                    Box::new(brotli_decompressor::Decompressor::new(Cursor::new(body), 1 << 16))
                }
                "zstd" if body.starts_with(b"\x28\xB5\x2F\xFD") => {
                    decoder(Container::Zstd, Box::new(Cursor::new(body)), limits)?
                }
                "gzip" | "x-gzip" | "deflate" | "br" | "zstd" | "identity" | "utf-8" | "none" => continue,
                other => {
                    let message = format!("网页的压缩方式（Content-Encoding: {other}）不受支持，没有检查");
                    return Err(Refusal::new(Code::Unsupported, message));
                }
            };
            body = read_entry(&mut unpacked, Some(packed), 0, limits, Some(budget))?;
        }
        Ok(body)
    }
}

/// The charset that a media type names.
pub(super) fn charset(media_type: &str) -> Option<String> {
    let parameters = media_type.split(';').skip(1);
    let value = parameters
        .filter_map(|one| one.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    let value = value.1.trim().trim_matches(['"', '\'']);
    (!value.is_empty()).then(|| value.to_owned())
}

/// Head and body.
fn head(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let within = &bytes[..bytes.len().min(HEAD)];
    let crlf = memchr::memmem::find(within, b"\r\n\r\n").map(|at| (at, at + 4));
    let lf = memchr::memmem::find(within, b"\n\n").map(|at| (at, at + 2));
    let (end, body) = crlf.into_iter().chain(lf).min()?;
    Some((&bytes[..end], &bytes[body..]))
}

/// The data of a body in chunks (RFC 9112 §7.1), as far as it goes; `None` if it is not in chunks.
fn chunks(body: &[u8]) -> Option<Vec<u8>> {
    let mut data = Vec::with_capacity(body.len());
    let mut rest = body;
    loop {
        let end = memchr::memchr(b'\n', &rest[..rest.len().min(4096)]);
        let size = end.and_then(|end| {
            let line = std::str::from_utf8(&rest[..end]).ok()?;
            usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()
        });
        let (Some(end), Some(size)) = (end, size) else {
            return (!data.is_empty()).then_some(data);
        };
        rest = &rest[end + 1..];
        if size == 0 {
            return Some(data);
        }
        let chunk = &rest[..rest.len().min(size)];
        data.extend_from_slice(chunk);
        rest = &rest[chunk.len()..];
        rest = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")).unwrap_or(rest);
    }
}

/// Whether a body is markup as it stands.
fn looks_like_text(body: &[u8]) -> bool {
    let head = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii_start();
    head.starts_with(b"<") || head.starts_with(b"{") || head.starts_with(b"%PDF") || head.starts_with(b"PK\x03\x04")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined_and_what_is_no_chunk_is_left() {
        assert_eq!(chunks(b"4\r\nabcd\r\n3;x=y\r\nefg\r\n0\r\n\r\n").unwrap(), b"abcdefg");
        assert_eq!(chunks(b"5\r\nabc").unwrap(), b"abc");
        assert_eq!(chunks(b"<html>\n"), None);
    }

    #[test]
    fn heads_are_read_in_any_case() {
        let bytes =
            b"http/1.1 404 Not Found\ncontent-TYPE: text/html; Charset=\"gb2312\"\nTransfer-Encoding: Chunked\n\n0\n\n";
        let response = Response::parse(bytes).unwrap();
        assert_eq!(
            (response.status, charset(&response.media_type).as_deref(), response.chunked),
            (404, Some("gb2312"), true)
        );
        assert!(Response::parse(b"<html>\n\n").is_none());
    }
}
