//! Character recognition by an installed Tesseract: pictures, and pages of documents that are pictures.
//!
//! Tesseract runs as a program of its own, one for each picture: bytes go to its standard input, words with their boxes come
//! back (TSV). Limits of time, memory and size apply to each picture. Nothing is written to disk, nothing goes over a network.
//!
//! What is recognised is evidence of the second rank. Words that Tesseract itself is unsure of are not text but U+FFFD; what rules
//! find in the rest is judged with that in mind (`judge/recognised.rs`).

mod words;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::document::{Area, Document, DocumentBuilder, Place, Scope};
use crate::extract::Picture;
use crate::source::{Code, Limits, Notice, Source, picture_size};

use words::{Line, lines};

/// The trained data that is asked for.
const LANGUAGE: &str = "chi_sim";
/// Bytes of its answer that are read.
const ANSWER: u64 = 64 << 20;
/// How long a look at a running program is put off.
const TICK: Duration = Duration::from_millis(10);
/// Share of unclear characters, in percent, from which on a picture counts as not read.
const UNCLEAR: usize = 10;

/// An installed Tesseract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ocr {
    program: PathBuf,
}

/// Why pictures cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum OcrError {
    /// There is no such program.
    #[error(
        "--ocr needs Tesseract, but {program} cannot be run ({error}); install it with its data for simplified Chinese (Debian and \
         Ubuntu: apt-get install tesseract-ocr tesseract-ocr-chi-sim; macOS: brew install tesseract tesseract-lang) or name it with \
         --ocr-program"
    )]
    Missing {
        /// What was tried.
        program: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The trained data is missing.
    #[error(
        "{program} has no data for simplified Chinese (chi_sim); install it (Debian and Ubuntu: apt-get install \
         tesseract-ocr-chi-sim; macOS: brew install tesseract-lang)"
    )]
    Language {
        /// The program that was found.
        program: String,
    },
}

/// Why a picture was not read.
#[derive(Debug, PartialEq, Eq)]
enum Failure {
    Start(String),
    Time,
    Size(u64),
    /// Tesseract cannot read it.
    Refused,
}

impl Ocr {
    /// Looks whether `program` (`tesseract` on the search path, if not given) is there and knows simplified Chinese.
    pub fn find(program: Option<&Path>) -> Result<Self, OcrError> {
        let program = program.map_or_else(|| PathBuf::from("tesseract"), Path::to_owned);
        let shown = program.display().to_string();
        let output = Command::new(&program).arg("--list-langs").stdin(Stdio::null()).output();
        let output = output.map_err(|error| OcrError::Missing { program: shown.clone(), error })?;
        // Older versions list to standard error.
        let listed = [output.stdout, output.stderr].concat();
        let known = String::from_utf8_lossy(&listed).lines().any(|line| line.trim() == LANGUAGE);
        if known { Ok(Ocr { program }) } else { Err(OcrError::Language { program: shown }) }
    }

    /// Reads a file that is a picture; its places are in pixels.
    pub(crate) fn read_file(&self, source: &Source, limits: &Limits) -> (Document, Vec<Notice>) {
        let mut builder = DocumentBuilder::new();
        builder.areas_in_pixels();
        let mut reading = Reading::default();
        match self.words(&source.bytes, limits) {
            Ok(lines) => reading.add(&mut builder, &lines, None, |page, corners| (page, corners)),
            Err(failure) => reading.failed(None, &failure, limits),
        }
        finish(builder, reading, &source.name, 0)
    }

    /// Reads pages that are pictures and adds them to what else the document has.
    pub(crate) fn read_pages(
        &self,
        name: &str,
        document: Document,
        pictures: &[Picture],
        limits: &Limits,
    ) -> (Document, Vec<Notice>) {
        let blocks = document.blocks.len();
        let mut builder = DocumentBuilder::resume(document);
        let mut reading = Reading::default();
        for picture in pictures {
            match self.words(&picture.bytes, limits) {
                Ok(lines) => reading.add(&mut builder, &lines, Some(picture.page), |_, corners| {
                    (picture.page, corners.map(|corner| picture.place(corner)))
                }),
                Err(failure) => reading.failed(Some(picture.page), &failure, limits),
            }
        }
        finish(builder, reading, name, blocks)
    }

    fn words(&self, bytes: &[u8], limits: &Limits) -> Result<Vec<Line>, Failure> {
        let pixels = picture_size(bytes).map(|(width, height)| u64::from(width) * u64::from(height));
        if let Some(pixels) = pixels.filter(|&pixels| pixels > limits.ocr_pixels) {
            return Err(Failure::Size(pixels));
        }
        let tsv = self.run(bytes, limits)?;
        Ok(lines(&String::from_utf8_lossy(&tsv)))
    }

    fn run(&self, bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, Failure> {
        let mut child = Command::new(&self.program)
            .args(["stdin", "stdout", "-l", LANGUAGE, "tsv"])
            // Pictures are read in parallel already.
            .env("OMP_THREAD_LIMIT", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| Failure::Start(error.to_string()))?;
        limit_memory(&child, limits.memory);
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Failure::Start("no pipe".to_owned()));
        };
        let deadline = Instant::now() + Duration::from_secs(limits.ocr_seconds);
        std::thread::scope(|scope| {
            // A program that ends early closes the pipe; what it said then counts.
            scope.spawn(move || _ = input.write_all(bytes));
            let reader = scope.spawn(move || {
                let mut answer = Vec::new();
                output.take(ANSWER).read_to_end(&mut answer).map(|_| answer)
            });
            let status = wait(&mut child, deadline);
            let answer = reader.join();
            match (status, answer) {
                (None, _) => Err(Failure::Time),
                (Some(true), Ok(Ok(answer))) => Ok(answer),
                _ => Err(Failure::Refused),
            }
        })
    }
}

/// Whether the program ended well; `None` if its time was over and it was ended.
fn wait(child: &mut Child, deadline: Instant) -> Option<bool> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(TICK),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

/// Keeps a picture made for the purpose from taking all memory, where the system can.
#[cfg(target_os = "linux")]
fn limit_memory(child: &Child, memory: u64) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let _ = prlimit(pid, Resource::As, Rlimit { current: Some(memory), maximum: Some(memory) });
}

#[cfg(not(target_os = "linux"))]
fn limit_memory(_child: &Child, _memory: u64) {}

/// What is to be said about what was read.
#[derive(Default)]
struct Reading {
    pages: Vec<u32>,
    characters: usize,
    unclear: usize,
    failures: Vec<(Option<u32>, Code, String)>,
}

impl Reading {
    /// Adds lines as paragraphs; `place` leads from a page and a box in pixels (two corners) to those of the document.
    fn add(
        &mut self,
        builder: &mut DocumentBuilder,
        lines: &[Line],
        page: Option<u32>,
        place: impl Fn(u32, [(f64, f64); 2]) -> (u32, [(f64, f64); 2]),
    ) {
        self.pages.extend(page);
        let part = builder.text_part();
        let mut paragraph = None;
        for line in lines {
            if paragraph != Some(line.paragraph) {
                builder.open(Scope::Body, Place::Page, None);
                paragraph = Some(line.paragraph);
            }
            for word in &line.words {
                if word.blank_before {
                    builder.between(part, " ");
                }
                let count = word.text.chars().count().max(1) as f64;
                let step = (word.right - word.left) / count;
                for (index, character) in word.text.chars().enumerate() {
                    let left = word.left + step * index as f64;
                    let (page, corners) = place(line.paragraph.0, [(left, word.top), (left + step, word.bottom)]);
                    self.characters += 1;
                    self.unclear += usize::from(!word.clear);
                    let shown = if word.clear { character } else { char::REPLACEMENT_CHARACTER };
                    builder.glyph(part, shown.encode_utf8(&mut [0; 4]), area(page, corners));
                }
            }
        }
        builder.close();
    }

    fn failed(&mut self, page: Option<u32>, failure: &Failure, limits: &Limits) {
        let (code, message) = match failure {
            Failure::Start(error) => (Code::Internal, format!("无法运行文字识别程序（{error}），没有检查")),
            Failure::Time => {
                let seconds = limits.ocr_seconds;
                (Code::Limit, format!("文字识别超过 {seconds} 秒，已停止，没有检查。可用 --limit ocr-seconds=… 放宽"))
            }
            Failure::Size(pixels) => {
                let limit = limits.ocr_pixels;
                let message =
                    format!("图像有 {pixels} 个像素，超过上限 {limit}，没有检查。可用 --limit ocr-pixels=… 放宽");
                (Code::Limit, message)
            }
            Failure::Refused => (Code::Unsupported, "文字识别程序读不了这幅图像，没有检查。请另行核对".to_owned()),
        };
        self.failures.push((page, code, message));
    }
}

/// The smallest rectangle around two corners, in points or pixels.
fn area(page: u32, [one, two]: [(f64, f64); 2]) -> Area {
    // Numbers beyond the range end at its borders.
    let hundredths = |value: f64| (value * 100.0).round() as i32;
    Area {
        page,
        left: hundredths(one.0.min(two.0)),
        top: hundredths(one.1.min(two.1)),
        right: hundredths(one.0.max(two.0)),
        bottom: hundredths(one.1.max(two.1)),
    }
}

fn finish(builder: DocumentBuilder, reading: Reading, name: &str, blocks: usize) -> (Document, Vec<Notice>) {
    let mut document = builder.finish();
    document.recognised_from = Some(blocks);
    let mut notices: Vec<Notice> = Vec::new();
    for (page, code, message) in reading.failures {
        let page = page.map_or_else(String::new, |page| format!("第 {page} 页："));
        notices.push(Notice::error(name, code, format!("{page}{message}")));
    }
    if reading.characters > 0 {
        let mut pages = reading.pages;
        pages.dedup();
        let which = match pages.as_slice() {
            [] => "图片中的文字".to_owned(),
            [page] => format!("第 {page} 页的文字"),
            [first, .., last] => format!("第 {first}—{last} 页中 {} 页的文字", pages.len()),
        };
        let unclear = match reading.unclear {
            0 => String::new(),
            count => format!("；有 {count} 个字辨认不清，没有检查"),
        };
        let message = format!("{which}由文字识别（OCR）得到，可能有误认，结果请与原图核对{unclear}");
        notices.push(if reading.unclear * 100 > reading.characters * UNCLEAR {
            Notice::error(name, Code::Ocr, message)
        } else {
            Notice::warning(name, Code::Ocr, message)
        });
    } else if notices.is_empty() {
        notices.push(Notice::warning(name, Code::NoText, "文字识别（OCR）没有认出文字"));
    }
    (document, notices)
}

#[cfg(test)]
mod tests;
