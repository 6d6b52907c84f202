use super::names::{Names, Traits};
use super::*;
use crate::document::{CellIndex, Place};
use crate::extract::ExtractOptions;
use proptest::prelude::*;
use scraper::Node;
use std::path::Path;

fn page(html: &str) -> (Document, String) {
    page_with(html, &ExtractOptions::default())
}

fn page_with(html: &str, options: &ExtractOptions) -> (Document, String) {
    let source = Source::new("a.html", html);
    let extracted = Html.extract(&source, options);
    let text = extracted.decoded.map(|decoded| decoded.text.into_owned()).unwrap_or_default();
    (extracted.document, text)
}

fn blocks(html: &str) -> Vec<String> {
    let (document, _) = page(html);
    document.blocks.iter().map(|block| document.text[block.span.range()].to_owned()).collect()
}

#[test]
fn inline_markup_joins_and_blocks_part() {
    for (html, expected) in [
        ("<p>中华人<b>名</b>共和国</p><p>二</p>", vec!["中华人名共和国", "二"]),
        ("<p>布&#x7F72;工作</p>", vec!["布署工作"]),
        ("按<span>装</span>", vec!["按装"]),
        ("<p>要求布\r\n   署</p>", vec!["要求布 署"]),
        ("<p>一<br>二<br><br>三</p>", vec!["一\n二", "三"]),
        ("<p>一。<br>二</p>", vec!["一。", "二"]),
        ("<p>一<br>&nbsp;&nbsp;二</p>", vec!["一", "\u{A0}\u{A0}二"]),
        ("<p>关于<br>（试行）的通知</p>", vec!["关于\n（试行）的通知"]),
        ("<script>布署</script><style>布署</style><p>正文", vec!["正文"]),
        ("<div>外<p>内</p>后</div>", vec!["外", "内", "后"]),
        ("<ul><li>一<li>二</ul>", vec!["一", "二"]),
        ("<noscript><p>无</p></noscript>", vec!["无"]),
        ("<textarea>一\n\n二</textarea>", vec!["一", "二"]),
        ("<pre>\n布\n署\n\n　　另段</pre>", vec!["布\n署", "另段"]),
        ("甲</>乙", vec!["甲乙"]),
        ("<table>游离<tr><td>格</td></tr></table>", vec!["游离", "格"]),
        ("<p>A &amp; B &copy; &nosuch; C</p>", vec!["A & B © &nosuch; C"]),
        ("<svg><text>图<![CDATA[中]]></text></svg>", vec!["图中"]),
    ] {
        assert_eq!(blocks(html), expected, "{html}");
    }
}

#[test]
fn attributes_that_people_read_are_blocks_of_their_own() {
    let html = "<html><head><title>标题</title><meta name=\"Keywords\" content=\"关键&#x8bcd;\"><meta name=viewport content=x>\
                </head><body><p>前<img alt='图片' title=\"提示\">后</p><input type=submit value=提交><input value=无></body></html>";
    let (document, text) = page(html);
    let found: Vec<(&str, Scope, String)> = document
        .blocks
        .iter()
        .map(|block| {
            let origins = document.map.origins(block.span);
            let source = &text[origins[0].span.start..origins[origins.len() - 1].span.end];
            (&document.text[block.span.range()], block.scope, source.to_owned())
        })
        .collect();
    let block = |text: &'static str, scope, source: &str| (text, scope, source.to_owned());
    assert_eq!(
        found,
        [
            block("标题", Scope::Title, "标题"),
            block("关键词", Scope::Meta, "关键&#x8bcd;"),
            block("前后", Scope::Body, "前<img alt='图片' title=\"提示\">后"),
            block("图片", Scope::Alt, "图片"),
            block("提示", Scope::Alt, "提示"),
            block("提交", Scope::Alt, "提交"),
        ]
    );
}

#[test]
fn metadata_links_and_directives() {
    let (document, _) = page(
        "<meta name=PubDate content='2019-02-27 15:09'><meta name=ArticleTitle content=题><meta name=ContentSource content=办>\
         <!-- zhengming-disable x -- 因 --><p>一<a href='a.docx'>附</a><a href='a.docx'>再</a><iframe src=b.pdf></iframe>",
    );
    assert_eq!(document.metadata.title.as_deref(), Some("题"));
    assert_eq!(document.metadata.source.as_deref(), Some("办"));
    assert_eq!(document.metadata.published.as_ref().unwrap().date, "2019-02-27");
    assert_eq!(document.links, ["a.docx", "b.pdf"]);
    assert_eq!(document.directives[0].text, "zhengming-disable x -- 因");
}

#[test]
fn a_css_path_leads_to_the_block() {
    let html = "<body><div><p>一</p></div><div><h2>题</h2><p>二</p><p>三<b>四</b></p></div>";
    let (document, _) = page(html);
    let tree = Tree::parse_document(html);
    for block in &document.blocks {
        let Place::Text { node: Some(node) } = block.place else { panic!("an HTML block knows its element") };
        let path = document.outline.css_path(node);
        let selector = Selector::parse(&path).unwrap();
        let elements: Vec<_> = tree.select(&selector).collect();
        assert_eq!(elements.len(), 1, "{path}");
        let text: String = elements[0].text().collect();
        assert_eq!(text, document.text[block.span.range()], "{path}");
    }
    assert_eq!(document.blocks.len(), 4);
}

#[test]
fn content_can_be_selected_and_excluded() {
    let select =
        |texts: &[&str]| Selectors::parse(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).unwrap();
    let options = ExtractOptions {
        content: Content { select: select(&[".content"]), exclude: select(&[".share"]) },
        ..ExtractOptions::default()
    };
    let html =
        "<title>题</title><nav>导航</nav><div class=content>正文<p class=share>分享</p></div><footer>页脚</footer>";
    let (document, _) = page_with(html, &options);
    assert_eq!(document.text, "题\n正文\n");
    // A selector that fits nothing must not make a page count as clean.
    let source = Source::new("a.html", "<nav>导航</nav><p>正文</p>");
    let extracted = Html.extract(&source, &options);
    assert_eq!(extracted.document.text, "导航\n正文\n");
    assert_eq!(extracted.notices[0].code, Code::Selector);
}

#[test]
fn tables_know_rows_and_columns() {
    let (document, _) =
        page("<table><tr><th colspan=2>头<th>尾<tr><td>一<td>二<table><tr><td>内</table><td>三</table>");
    let cells: Vec<(&str, CellIndex)> =
        document.blocks.iter().map(|block| (&document.text[block.span.range()], block.cell.unwrap())).collect();
    let cell = |table, row, column| CellIndex { table, row, column };
    assert_eq!(
        cells,
        [
            ("头", cell(0, 0, 0)),
            ("尾", cell(0, 0, 2)),
            ("一", cell(0, 1, 0)),
            ("二", cell(0, 1, 1)),
            ("内", cell(1, 0, 0)),
            ("三", cell(0, 1, 2)),
        ]
    );
}

#[test]
fn nesting_without_end_stays_linear() {
    let html = "<div>".repeat(100_000) + "到底";
    let source = Source::new("a.html", html);
    let extracted = Html.extract(&source, &ExtractOptions::default());
    assert_eq!(extracted.document.text, "到底\n");
    assert_eq!(extracted.notices[0].code, Code::Limit);
}

#[test]
fn unclosed_formatting_does_not_multiply_without_end() {
    let bold: String = (0..500).map(|index| format!("<b id={index}>")).collect();
    let source = Source::new("a.html", format!("<p>{bold}{}<script>布署</script>完", "<p>x".repeat(4000)));
    let extracted = Html.extract(&source, &ExtractOptions::default());
    assert_eq!(extracted.notices[0].code, Code::Limit);
    let text: String = extracted.document.text.split_whitespace().collect();
    assert_eq!(text, "x".repeat(4000) + "完");
}

#[test]
fn children_of_many_names_are_counted() {
    let html: String = (0..40).map(|index| format!("<z{0}>甲</z{0}>", index % 20)).collect();
    let (document, _) = page(&format!("<p>{html}</p><h1>一</h1><h1>二</h1>"));
    let Place::Text { node: Some(node) } = document.blocks[2].place else { panic!("an HTML block knows its element") };
    assert_eq!(document.outline.css_path(node), "html > body > h1:nth-of-type(2)");
}

/// What scraper reads, white space left out: the text nodes outside skipped elements.
fn reference_text(html: &str) -> String {
    let tree = Tree::parse_document(html);
    let mut text = String::new();
    for node in tree.tree.root().descendants() {
        let skipped = node.ancestors().any(|one| {
            one.value().as_element().is_some_and(|element| Names::default().exact(element.name()).is(Traits::SKIPPED))
        });
        if let (Node::Text(content), false) = (node.value(), skipped) {
            text.extend(content.chars().filter(|character| !character.is_whitespace()));
        }
    }
    text
}

/// Text blocks in tree order, white space left out, with every literal origin checked against the source.
fn checked_text(html: &str) -> String {
    let (document, source) = page(html);
    checked_text_of(&document, &source)
}

fn checked_text_of(document: &Document, source: &str) -> String {
    let mut text = String::new();
    for block in document.blocks.iter().filter(|block| !matches!(block.scope, Scope::Alt | Scope::Meta)) {
        let content = &document.text[block.span.range()];
        text.extend(content.chars().filter(|character| !character.is_whitespace()));
        // Character by character, the source says the same or holds a reference or other white space.
        for (at, character) in content.char_indices() {
            let span = crate::document::Span::new(block.span.start + at, block.span.start + at + character.len_utf8());
            for origin in document.map.origins(span) {
                let original = &source[origin.span.range()];
                let same = original.chars().eq([character]);
                let blank = character.is_whitespace() && original.chars().all(char::is_whitespace);
                assert!(
                    same || blank || original.starts_with('&') || character == '\u{FFFD}',
                    "{character:?} from {original:?} in {source:?}"
                );
            }
        }
    }
    text
}

/// Reads `html` with and without its tree and holds the two against each other; gives why it cannot be read without.
fn compare(html: &str) -> Result<(), &'static str> {
    let streamed = stream::read(html, &Limits::default()).map_err(|declined| declined.0)?;
    let tree = from_tree(html, &ExtractOptions::default(), &mut Notices::new("a.html"));
    for (one, other) in streamed.blocks.iter().zip(&tree.blocks) {
        let shown = |document: &Document, block: &crate::document::Block| {
            let Place::Text { node: Some(node) } = block.place else { panic!("an HTML block knows its element") };
            let text = document.text[block.span.range()].to_owned();
            (document.outline.css_path(node), block.scope, block.cell, text, document.map.origins(block.span))
        };
        assert_eq!(shown(&streamed, one), shown(&tree, other), "{html:?}");
    }
    assert_eq!(format!("{streamed:?}"), format!("{tree:?}"), "{html:?}");
    Ok(())
}

#[test]
fn both_readers_agree_on_what_pages_hold() {
    for (html, declined) in [
        (
            "<!DOCTYPE html><html lang=zh><head><title>一&nbsp;二</title><meta name=keywords content=三></head><body>四</body></html>\n",
            None,
        ),
        ("甲\r\n  乙&ldquo;丙&rdquo; &amp;amp; &#x7F72;&#20013; a & b &nosuch; &notit; &lt &copy", None),
        ("<p>一<p>二<div>三</p>四</div><ul><li>五<li>六<ul><li>七</ul></ul><dl><dt>八<dd>九</dl>", None),
        ("<p><b>一<i>二<p>三</b>四</i>五<a href=x>六<a href='y&amp;z&b=1'>七</a>", None),
        ("<b>一<p>二</b>三", Some("a block inside a formatting element that ends first")),
        ("<p><b>一<i>二<p>三</p></i></b>四<font color=red>五<p>六", None),
        ("<p>一<table><tr><td>二</table>三", None),
        ("<!DOCTYPE html><p>一<table><tr><td>二</table>三", None),
        ("<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\"><p>一<table><tr><td>二</table>三", None),
        (
            "<table><form action=x><tr><td>一<input type=hidden title=无></td></form></tr><tr><th colspan=3>二<th>三</table>四",
            None,
        ),
        (
            "<table><caption>题<b>注</caption><colgroup><col><tr><td>一<tbody><tr><td>二<table><td>三</table></table>",
            None,
        ),
        ("<table>游离<tr><td>格</table>", Some("text between the cells of a table")),
        ("<form><div>一</form>二</div>三<form>四", None),
        (
            "<select><option selected>一<option>二<optgroup label=x><option>三</select>四<button>五<p>六</button>七",
            None,
        ),
        ("<pre>\r\n  一\n\n二&amp;三</pre><textarea>\n 四\r\n 五</textarea><listing>六</listing>", None),
        (
            "<script>if (a<b) '</p>'; <!-- x --></script><style>p > a {}</style><noscript>一</noscript><iframe src=a.pdf>二</iframe>三",
            None,
        ),
        ("<script><!-- <script> </script> --></script>一", Some("a script that is escaped twice")),
        (
            "<head><noscript><link rel=x></noscript></head> <meta name=pubdate content=2019-01-01><title>题</title> 一",
            None,
        ),
        ("一<!-- zhengming-disable x -->二<!---->三<!-->四<!--a--!>五<?xml?>六<!x>七</ x>八", None),
        ("<p>一</body> 二<!-- c --></html> <p>三", None),
        ("</br>一</p>二<h1>三<h2>四</h3>五<image alt=x>", Some("an image by its wrong name")),
        (
            "<o:p>一</o:p><ruby>汉<rp>(<rt>han</ruby><img alt='甲&#x4e59;' title=\"丙\" TITLE=丁><input type=submit value=戊>",
            None,
        ),
        ("<object data=a.swf><param name=x><b>一</object>二<marquee><i>三</marquee>四", None),
        ("<a title=一>二<p>三</p></a><area href=b.doc alt=四><nobr>五<nobr>六", None),
    ] {
        assert_eq!(compare(html).err(), declined, "{html}");
    }
}

#[test]
fn limits_are_those_of_the_tree() {
    for html in ["<div>".repeat(600) + "到底", "<b>".repeat(600) + &"<p>x".repeat(2000), "<p a b c>".repeat(3000)] {
        let _ = compare(&html);
    }
    let many: String = (0..1001).map(|index| format!(" a{index}")).collect();
    assert_eq!(compare(&format!("<p{many} title=无>一")), Err("too many attributes"));
}

/// Nearly all real pages must be read without a tree, and all of them alike.
#[test]
#[allow(clippy::print_stderr)]
fn real_pages_are_read_alike() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let mut folders = vec![data];
    let (mut streamed, mut declined) = (0, Vec::new());
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "html") {
                let source = Source::new(path.to_string_lossy(), std::fs::read(&path).unwrap());
                let (decoded, _) = decode_source(&source, true);
                match compare(&decoded.text) {
                    Ok(()) => streamed += 1,
                    Err(why) => declined.push((path, why)),
                }
            }
        }
    }
    if streamed == 0 {
        eprintln!("skipped: no pages beside the repository");
        return;
    }
    assert!(declined.len() * 10 <= streamed, "{streamed} without a tree, not {declined:#?}");
}

/// Tags, attributes and text of every sort that the two readers treat alike or that one of them declines.
fn soup() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "a",
        "address",
        "applet",
        "area",
        "article",
        "b",
        "big",
        "body",
        "br",
        "button",
        "caption",
        "center",
        "code",
        "col",
        "colgroup",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "em",
        "embed",
        "fieldset",
        "figcaption",
        "font",
        "footer",
        "form",
        "frameset",
        "h1",
        "h2",
        "head",
        "header",
        "hr",
        "html",
        "i",
        "iframe",
        "image",
        "img",
        "input",
        "legend",
        "li",
        "link",
        "listing",
        "main",
        "marquee",
        "menu",
        "meta",
        "nobr",
        "noembed",
        "noframes",
        "noscript",
        "o:p",
        "object",
        "ol",
        "optgroup",
        "option",
        "p",
        "param",
        "plaintext",
        "pre",
        "rb",
        "rp",
        "rt",
        "rtc",
        "ruby",
        "script",
        "section",
        "select",
        "small",
        "span",
        "strong",
        "style",
        "summary",
        "svg",
        "table",
        "tbody",
        "td",
        "template",
        "textarea",
        "tfoot",
        "th",
        "thead",
        "title",
        "tr",
        "u",
        "ul",
        "xmp",
        "SPAN",
        "P",
        "Td",
    ]);
    let frequent = prop::sample::select(vec![
        "p", "div", "span", "b", "a", "table", "tr", "td", "tbody", "li", "ul", "br", "font", "form", "strong",
        "select", "option", "h1", "i", "title", "textarea", "script", "object", "caption", "button",
    ]);
    let attribute = prop::sample::select(vec![
        "",
        "",
        "",
        "",
        " href=x",
        " title='甲&amp;乙'",
        " alt=\"丙\r\n丁\"",
        " colspan=2",
        " type=hidden",
        " type=submit value=戊",
        " name=keywords content='己&nbsp;'",
        " src=a.pdf",
        " data=b",
        " title=&copy;&x=1",
        " href='?a=1&lt=2&copy'",
        " =x",
        " a=b/",
        "/",
        " class=\"a > b\"",
        " title=庚 title=辛",
        " name=pubdate content=2020-01-01",
        " TITLE = '壬'",
        " '",
        " property=og:title content=&#x7F72;",
    ]);
    let text = prop::sample::select(vec![
        " ",
        "\n",
        "\r\n",
        "\r",
        "\t",
        "中华",
        "人民",
        "a",
        "x y",
        "𠮷",
        "<",
        "&",
        "&amp;",
        "&lt",
        "&lt;",
        "&#x7F72;",
        "&nbsp;",
        "&notit;",
        "&#0;",
        "&#128;",
        "&#10;",
        "&#xD;",
        "&ldquo;",
        "'",
        "\"",
        ">",
        "--",
        "一。",
        "第",
        "&nosuch;",
        "&#38;",
        "&copy=",
        "1.",
        "；；；；；；；；；；；；；；；；；；；；；； ，",
    ]);
    let other = prop::sample::select(vec![
        "<!-- c -->",
        "<!---->",
        "<!-->",
        "<!--->",
        "<!-- zhengming-disable x -->",
        "<!zhengming-x>",
        "<![CDATA[x]]>",
        "<?x?>",
        "</>",
        "</ x>",
        "<!DOCTYPE html>",
        "<!doctype html public 'x'>",
        "\0",
        "</script>",
        "<!--",
        "-->",
        "<script><!--x--></script>",
    ]);
    let tag = |name: BoxedStrategy<&'static str>| {
        prop_oneof![
            3 => (name.clone(), attribute.clone()).prop_map(|(name, attribute)| format!("<{name}{attribute}>")),
            2 => name.prop_map(|name| format!("</{name}>")),
        ]
    };
    let piece = prop_oneof![
        4 => tag(frequent.boxed()),
        2 => tag(name.boxed()),
        4 => text.prop_map(str::to_owned),
        1 => other.prop_map(str::to_owned),
    ];
    let start = prop::sample::select(vec![
        "",
        "",
        "<!DOCTYPE html>",
        "<!DOCTYPE html><body>",
        "<p>",
        "<table><tr><td>",
        "<!DOCTYPE HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'>",
        "<!DOCTYPE html><html><head><title>题</title></head><body><div>",
    ]);
    (start, prop::collection::vec(piece, 0..30)).prop_map(|(start, pieces)| start.to_owned() + &pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn both_readers_agree_on_tag_soup(html in soup()) {
        let _ = compare(&html);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn text_is_that_of_the_tree_and_comes_from_where_it_says(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "<p>", "</p>", "<b>", "</b>", "<div>", "</div>", "<table>", "<tr>", "<td>", "</table>", "<br>", "<a href=x>", "</a>", "<i>",
            "</i>", "<pre>", "</pre>", "<script>", "</script>", "<textarea>", "</textarea>", "<title>", "</title>", "<li>", "<select>",
            "<option>", "</select>", "<svg>", "</svg>", "<math>", "<form>", "</>", "<!-- c -->", "<![CDATA[x]]>", "<", "&", "&amp;",
            "&lt", "&#x7F72;", "&nbsp;", "&notit;", "&#0;", "&#128;", "\0", "\r\n", "\r", "\n", " ", "中华", "人民", "a", "𠮷", "'", "\"", ">",
            "<template>", "</template>", "<head>", "<body class=x>", "<frameset>", "<caption>", "<col>", "<h1>", "</h1>", "<plaintext>",
        ]), 0..24),
    ) {
        let html: String = pieces.concat();
        prop_assert_eq!(checked_text(&html), reference_text(&html));
    }
}
