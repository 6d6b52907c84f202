//! Where a page's links lead among local files.

use percent_encoding::percent_decode_str;

/// The name that `link` on the page called `page` refers to: lexically, without touching any disk. `root` is what links
/// that begin with `/` are relative to. `None` for links to other sites, to places on the page and to anything that is
/// no file.
pub fn resolve(page: &str, root: &str, link: &str) -> Option<String> {
    let link = link.trim();
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
}
