//! Where a page's links lead among local files and records of web archives.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// The name that `link` on the page called `page` refers to: lexically, without touching any disk. `root` is what links
/// that begin with `/` are relative to. `None` for links to other sites, to places on the page and to anything that is
/// no file. The links of a page in a web archive lead to URLs in it.
pub fn resolve(page: &str, root: &str, link: &str) -> Option<String> {
    let link = link.trim();
    if let Some((outer, url)) = page.rsplit_once('!').filter(|(_, inner)| is_url(inner)) {
        return Some(format!("{outer}!{}", join(url, link)?));
    }
    let path = link.split(['#', '?']).next().unwrap_or_default();
    let scheme = path.split('/').next().is_some_and(|first| first.contains(':'));
    if path.is_empty() || scheme || path.starts_with("//") || path.starts_with("\\\\") {
        return None;
    }
    let raw: Vec<u8> = percent_decode_str(path).collect();
    // Old servers percent-encode GBK names.
    let path = match String::from_utf8(raw) {
        Ok(path) => path,
        Err(error) => encoding_rs::GB18030.decode_without_bom_handling(error.as_bytes()).0.into_owned(),
    };
    let path = path.replace('\\', "/");
    // Inside an archive everything before the last `!` stays.
    let (outer, page) = page.rsplit_once('!').map_or(("", page), |(outer, page)| (outer, page));
    let (base, rest) = match path.strip_prefix('/') {
        Some(rest) => (if outer.is_empty() { root.trim_end_matches('/') } else { "" }, rest),
        None => (page.rsplit_once('/').map_or("", |(folder, _)| folder), path.as_str()),
    };
    let absolute = outer.is_empty() && (base.starts_with('/') || (base.is_empty() && page.starts_with('/')));
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&last) if last != ".." => _ = parts.pop(),
                _ if outer.is_empty() && !absolute => parts.push(".."),
                _ => return None,
            },
            part => parts.push(part),
        }
    }
    if parts.is_empty() || rest.is_empty() || rest.ends_with('/') {
        return None;
    }
    let path = format!("{}{}", if absolute { "/" } else { "" }, parts.join("/"));
    Some(if outer.is_empty() { path } else { format!("{outer}!{path}") })
}

/// Whether a name is a URL of the web.
fn is_url(name: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| name.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)))
}

/// The URL to which `link` on the page at `base` leads (RFC 3986 §5.2), without its fragment; `None` if it stays on the page
/// or leaves the web.
fn join(base: &str, link: &str) -> Option<String> {
    let link = link.split('#').next().unwrap_or_default();
    let (scheme, rest) = base.split_once("://")?;
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if link.is_empty() {
        return None;
    }
    if is_url(link) {
        return Some(link.replace('!', "%21"));
    }
    let link = link.replace('\\', "/");
    if let Some(other) = link.strip_prefix("//") {
        return Some(format!("{scheme}://{other}").replace('!', "%21"));
    }
    if link.split(['/', '?']).next().is_some_and(|first| first.contains(':')) {
        return None;
    }
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let (target, query) = link.split_at(link.find('?').unwrap_or(link.len()));
    let whole = match target.strip_prefix('/') {
        Some(_) => target.to_owned(),
        None if target.is_empty() => path.to_owned(),
        None => format!("{}/{target}", path.rsplit_once('/').map_or("", |(folder, _)| folder)),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/').skip(1) {
        match part {
            "." => {}
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    Some(format!("{scheme}://{host}/{}{query}", parts.join("/")).replace('!', "%21"))
}

/// A name under which a link and what it leads to are the same, whatever a mirror or an archive calls it: percent-encoding
/// undone; for a file without the query that a mirror keeps in its name, for a URL without its scheme.
pub(crate) fn key(name: &str) -> Cow<'_, str> {
    let (outer, inner) = name.rsplit_once('!').map_or(("", name), |(outer, inner)| (outer, inner));
    let is_url = is_url(inner);
    let own = inner.rsplit('/').next().unwrap_or(inner);
    let query = if is_url { None } else { own.find(['?', '@']) };
    let encoded = inner.contains('%');
    if !is_url && query.is_none() && !encoded {
        return Cow::Borrowed(name);
    }
    let mut inner = inner;
    if let Some(query) = query
        && own[..query].contains('.')
    {
        inner = &inner[..inner.len() - own.len() + query];
    }
    if is_url {
        inner = inner.split_once(':').map_or(inner, |(_, rest)| rest);
    }
    let raw: Vec<u8> = percent_decode_str(inner).collect();
    let inner = match String::from_utf8(raw) {
        Ok(inner) => inner,
        Err(error) => encoding_rs::GB18030.decode_without_bom_handling(error.as_bytes()).0.into_owned(),
    };
    Cow::Owned(if outer.is_empty() { inner } else { format!("{outer}!{inner}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_local_names() {
        for (page, link, expected) in [
            ("site/a/index.html", "附件.docx", Some("site/a/附件.docx")),
            ("site/a/index.html", "../b/%E9%99%84%E4%BB%B6.docx?v=1#x", Some("site/b/附件.docx")),
            ("site/a/index.html", "%B8%BD%BC%FE.doc", Some("site/a/附件.doc")),
            ("site/a/index.html", "/files/x.docx", Some("site/files/x.docx")),
            ("site/a/index.html", ".\\x.docx", Some("site/a/x.docx")),
            ("index.html", "../x.docx", Some("../x.docx")),
            ("/srv/site/index.html", "x.docx", Some("/srv/site/x.docx")),
            ("/index.html", "../../x.docx", None),
            ("a.zip!dir/page.html", "x.docx", Some("a.zip!dir/x.docx")),
            ("a.zip!dir/page.html", "/x.docx", Some("a.zip!x.docx")),
            ("a.zip!page.html", "../x.docx", None),
            ("site/index.html", "http://example.org/x.docx", None),
            ("site/index.html", "//example.org/x.docx", None),
            ("site/index.html", "mailto:a@example.org", None),
            ("site/index.html", "javascript:void(0)", None),
            ("site/index.html", "#top", None),
            ("site/index.html", "folder/", None),
        ] {
            assert_eq!(resolve(page, "site", link).as_deref(), expected, "{page} {link}");
        }
    }

    #[test]
    fn links_in_a_web_archive_lead_to_its_urls() {
        let page = "a.warc.gz!http://www.example.gov.cn/a/b/page.html?x=/1";
        for (link, expected) in [
            ("附件.docx", Some("http://www.example.gov.cn/a/b/附件.docx")),
            ("./../P020.pdf#page=2", Some("http://www.example.gov.cn/a/P020.pdf")),
            ("/down.jsp?id=3&n=a.doc", Some("http://www.example.gov.cn/down.jsp?id=3&n=a.doc")),
            ("//cdn.example.gov.cn/x!y.doc", Some("http://cdn.example.gov.cn/x%21y.doc")),
            ("https://example.org/x.doc", Some("https://example.org/x.doc")),
            ("?page=2", Some("http://www.example.gov.cn/a/b/page.html?page=2")),
            ("../../../../x.doc", Some("http://www.example.gov.cn/x.doc")),
            ("#top", None),
            ("mailto:a@example.org", None),
            ("javascript:void(0)", None),
        ] {
            let expected = expected.map(|url| format!("a.warc.gz!{url}"));
            assert_eq!(resolve(page, "", link), expected, "{link}");
        }
    }

    #[test]
    fn a_link_and_its_file_have_one_key() {
        for (a, b) in [
            ("site/附件.docx", "site/%E9%99%84%E4%BB%B6.docx"),
            ("site/附件.docx", "site/附件.docx?v=2"),
            ("site/index.html", "site/index.html@page=2"),
            ("a.warc!http://x/附件.doc?id=1", "a.warc!https://x/%E9%99%84%E4%BB%B6.doc?id=1"),
        ] {
            assert_eq!(key(a), key(b));
        }
        for (a, b) in [("a.warc!http://x/f?id=1", "a.warc!http://x/f?id=2"), ("a/x.doc", "b/x.doc")] {
            assert_ne!(key(a), key(b));
        }
        assert_eq!(key("site/user@host/x.doc"), "site/user@host/x.doc");
    }
}
