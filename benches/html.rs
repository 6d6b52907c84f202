//! Throughput of reading HTML: decoding and extraction, of pages as they come and of markup that costs most.
//!
//! `cargo bench --bench html` reads the pages of `../shared/data/html` where they are, else pages of the same kind made here. Bytes are
//! those of the files, markup included.

#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;
use std::path::Path;

use divan::Bencher;
use divan::counter::BytesCount;
use zhengming::extract::{Content, ExtractOptions, Selectors, extract};
use zhengming::{Linter, Options, Source};

fn main() {
    divan::main();
}

/// Bytes of files that each benchmark reads.
const SIZE: usize = 8 << 20;

/// A page of the sort that content management systems of authorities give: navigation, a table of properties, paragraphs with
/// styles, scripts.
fn made_up(index: usize) -> String {
    let links: String =
        (0..40).map(|link| format!("<li><a href=\"/zwgk/{index}/{link}.html?a=1&amp;b=2\" title=\"栏目\" target=\"_blank\">栏目{link}</a></li>\n")).collect();
    let paragraphs: String = (0..40)
        .map(|paragraph| {
            format!(
                "<p style=\"text-indent: 2em; line-height: 28px; font-size: 16px\">\r\n<span style=\"font-family: 仿宋\">&nbsp;&nbsp;第{paragraph}条　\
                 为了规范行政行为，保护公民、法人和其他组织的合法权益，根据有关法律、行政法规，制定本办法。</span><br/>\n各部门要认真贯彻落实。</p>\n"
            )
        })
        .collect();
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"ArticleTitle\" content=\"通知\">\n<title>通知</title>\n\
         <script type=\"text/javascript\">\nvar a = 1;\nif (a < 2) {{ document.write('<div>x</div>'); }}\n</script>\n</head>\n<body>\n\
         <ul class=\"nav\">\n{links}</ul>\n<table width=\"860\" border=\"0\">\n<tbody>\n<tr>\n<td width=\"70\"><b>索 引 号：</b></td>\n\
         <td colspan=\"3\">000014349/2018</td>\n</tr>\n</tbody>\n</table>\n<!-- 正文 -->\n<div class=\"content\">\n{paragraphs}</div>\n</body>\n</html>\n"
    )
}

fn pages(folder: &str) -> Vec<Source> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/html").join(folder);
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut files: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    if files.is_empty() {
        files = (0..40).map(|index| made_up(index).into_bytes()).collect();
    }
    fill(files)
}

fn fill(files: Vec<Vec<u8>>) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut size = 0;
    for file in files.into_iter().cycle() {
        if size >= SIZE {
            break;
        }
        size += file.len();
        sources.push(Source::new("a.html", file));
    }
    sources
}

fn sources(which: &str) -> Vec<Source> {
    match which {
        "UTF-8 pages" => pages("govcn_utf8"),
        "GBK pages" => pages("govcn_gbk"),
        "made-up pages" => fill((0..40).map(|index| made_up(index).into_bytes()).collect()),
        "one page" => fill(vec![(0..800).map(made_up).collect::<String>().into_bytes()]),
        "tags alone" => fill(vec!["<div><p><b>a</b></p></div>\n".repeat(40_000).into_bytes()]),
        "nested" => fill(vec!["<div>".repeat(100_000).into_bytes()]),
        _ => fill(vec![["<p", &" a=1".repeat(900), ">一</p>"].concat().repeat(200).into_bytes()]),
    }
}

fn size(sources: &[Source]) -> BytesCount {
    BytesCount::new(sources.iter().map(|source| source.bytes.len()).sum::<usize>())
}

/// Decoding and extraction.
#[divan::bench(
    args = ["UTF-8 pages", "GBK pages", "made-up pages", "one page", "tags alone", "nested", "attributes alone"],
    sample_count = 20
)]
fn extraction(bencher: Bencher<'_, '_>, which: &str) {
    let sources = sources(which);
    let options = ExtractOptions::default();
    bencher
        .counter(size(&sources))
        .bench(|| sources.iter().map(|source| extract(black_box(source), &options).document.text.len()).sum::<usize>());
}

/// The same by way of the tree, which selectors need.
#[divan::bench(args = ["UTF-8 pages", "GBK pages", "made-up pages", "one page"], sample_count = 5)]
fn extraction_with_the_tree(bencher: Bencher<'_, '_>, which: &str) {
    let sources = sources(which);
    let exclude = Selectors::parse(&["x-none".to_owned()]).unwrap();
    let options = ExtractOptions { content: Content { exclude, ..Content::default() }, ..ExtractOptions::default() };
    bencher
        .counter(size(&sources))
        .bench(|| sources.iter().map(|source| extract(black_box(source), &options).document.text.len()).sum::<usize>());
}

/// A whole check on one thread.
#[divan::bench(args = ["UTF-8 pages", "GBK pages", "made-up pages"], sample_count = 5)]
fn check(bencher: Bencher<'_, '_>, which: &str) {
    let sources = sources(which);
    let linter = Linter::new(Options { jobs: 1, ..Options::default() }).unwrap();
    bencher
        .counter(size(&sources))
        .bench_local(|| sources.iter().map(|source| linter.check_source(black_box(source)).len()).sum::<usize>());
}
