//! What XML means otherwise than HTML, in pages that say they are XML (`<?xml …?>`).

/// The page as the HTML parser has to see it, byte for byte as long; `None` if it can be read as it is.
///
/// `<script src="…"/>` ends at once in XML, but in HTML everything behind it is its text; `<![CDATA[…]]>` is text in XML, but in HTML
/// a comment. Either way a page would lose text without a word. So such tags get a name that means nothing, and the borders of CDATA
/// sections become blanks.
pub(super) fn as_html(text: &str) -> Option<String> {
    if !text.trim_start().starts_with("<?xml") {
        return None;
    }
    let bytes = text.as_bytes();
    let mut page: Option<Vec<u8>> = None;
    let mut replace = |range: std::ops::Range<usize>, byte: u8| {
        page.get_or_insert_with(|| bytes.to_vec())[range].fill(byte);
    };
    let mut at = 0;
    while let Some(open) = memchr::memchr(b'<', &bytes[at..]) {
        let start = at + open;
        at = start + 1;
        if bytes[start..].starts_with(CDATA) {
            let Some(length) = memchr::memmem::find(&bytes[start..], b"]]>") else { break };
            replace(start..start + CDATA.len(), b' ');
            replace(start + length..start + length + 3, b' ');
            at = start + CDATA.len();
            continue;
        }
        let length = bytes[at..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let name = &text[at..at + length];
        if RAW.iter().any(|raw| raw.eq_ignore_ascii_case(name))
            && let Some(end) = memchr::memchr(b'>', &bytes[at..])
            && bytes[at + end - 1] == b'/'
        {
            replace(at..at + 1, b'x');
        }
    }
    page.and_then(|page| String::from_utf8(page).ok())
}

const CDATA: &[u8] = b"<![CDATA[";

/// Elements in which HTML looks for nothing but their own end tag.
const RAW: [&str; 8] = ["script", "style", "title", "textarea", "iframe", "noframes", "noembed", "xmp"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::{ExtractOptions, extract};
    use crate::source::Source;

    #[test]
    fn what_ends_at_once_and_character_data_lose_no_text() {
        let page = "<?xml version='1.0' encoding='UTF-8'?>\n<html xmlns='http://www.w3.org/1999/xhtml'><head><title>题</title>\
            <script src='a.js'/><style/></head><body><p>认真<![CDATA[布署]]></p><textarea/><p>工作</p></body></html>";
        let source = Source::new("a.xhtml", page);
        let extracted = extract(&source, &ExtractOptions::default());
        let document = &extracted.document;
        let blocks: Vec<&str> = document.blocks.iter().map(|block| &document.text[block.span.range()]).collect();
        assert_eq!(blocks, ["题", "认真 布署", "工作"]);
        let origins = document.map.origins(document.blocks[2].span);
        assert_eq!(&page[origins[0].span.range()], "工作");
    }

    #[test]
    fn other_pages_stay_as_they_are() {
        assert_eq!(as_html("<html><script/>"), None);
        assert_eq!(as_html("<?xml version='1.0'?><html><script>a</script></html>"), None);
        assert_eq!(as_html("<?xml?><![CDATA[x"), None);
        for text in ["<?xml?><", "<?xml?><script", "<?xml?><script>", "<?xml?><style/>"] {
            assert!(as_html(text).is_none_or(|page| page.len() == text.len()), "{text}");
        }
    }
}
