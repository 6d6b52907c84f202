//! Which site or account a source belongs to, and who answers for it: what an agency's configuration says.

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use serde::{Deserialize, Serialize};

use crate::report::{members, outermost};
use crate::source::{display, normalised};

/// A site or an account of an agency, and where its sources lie.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Channel {
    /// Name in ledgers: 网站/账号.
    pub name: String,
    /// What its sources are called: beginnings of paths, globs of paths, or beginnings of URLs.
    #[serde(rename = "match")]
    pub matches: Vec<String>,
    /// The address under which what lies under a path of `match` is published.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
    /// Who answers for it: 责任单位.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unit: Option<String>,
    /// Who sees to corrections: 责任人.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person: Option<String>,
}

/// Why channels cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// A glob that cannot be read.
    #[error("[[channel]] {name:?}: match = {glob:?} is not a glob: {reason}")]
    Glob {
        /// Name of the channel.
        name: String,
        /// What was given.
        glob: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A channel that nothing can belong to.
    #[error("[[channel]] {0:?}: match is empty; give the folder, glob or address of its sources")]
    Nothing(String),
}

/// All channels of a configuration, ready to be asked. The first that matches counts.
#[derive(Debug, Clone, Default)]
pub struct Channels {
    channels: Vec<Channel>,
    /// Index of the channel and what its sources look like.
    patterns: Vec<(usize, Pattern)>,
    /// What relative names are relative to.
    base: PathBuf,
}

#[derive(Debug, Clone)]
enum Pattern {
    /// A folder or file, absolute and with `/`.
    Under(String),
    /// A file or a folder around it.
    Glob(Box<GlobMatcher>),
    /// Beginning of a URL.
    Address(String),
}

impl Channels {
    /// Channels whose relative paths, like those of the sources, are relative to `base`, an absolute path.
    pub fn new(channels: Vec<Channel>, base: &Path) -> Result<Self, ChannelError> {
        let mut patterns = Vec::new();
        for (index, channel) in channels.iter().enumerate() {
            if channel.matches.is_empty() {
                return Err(ChannelError::Nothing(channel.name.clone()));
            }
            for text in &channel.matches {
                let pattern = if text.contains("://") {
                    Pattern::Address(text.clone())
                } else {
                    let path = absolute(base, text);
                    if text.contains(['*', '?', '[', '{']) {
                        let glob = GlobBuilder::new(&path).literal_separator(true).build().map_err(|error| {
                            let (name, glob) = (channel.name.clone(), text.clone());
                            ChannelError::Glob { name, glob, reason: error.kind().to_string() }
                        })?;
                        Pattern::Glob(Box::new(glob.compile_matcher()))
                    } else {
                        Pattern::Under(path)
                    }
                };
                patterns.push((index, pattern));
            }
        }
        Ok(Channels { channels, patterns, base: base.to_owned() })
    }

    /// Whether there are any.
    pub fn is_empty(&self) -> bool {
        self.channels.is_empty()
    }

    /// The channel of the source with this name chain, and the address at which the source is published, as far as known.
    pub fn find(&self, name: &str) -> (Option<&Channel>, Option<String>) {
        let (file, inside) = outermost(name);
        let address = members(name).filter(|member| member.contains("://")).last();
        let path = if self.patterns.is_empty() { String::new() } else { absolute(&self.base, file) };
        for (index, pattern) in &self.patterns {
            let channel = &self.channels[*index];
            match pattern {
                Pattern::Address(start) => {
                    if let Some(address) = address.filter(|address| address.starts_with(start)) {
                        return (Some(channel), Some(address.to_owned()));
                    }
                }
                Pattern::Under(folder) => {
                    let Some(rest) = under(folder, &path) else { continue };
                    let published = channel.url.as_ref().map(|url| {
                        let url =
                            if rest.is_empty() { url.clone() } else { format!("{}/{rest}", url.trim_end_matches('/')) };
                        inside.map_or(url.clone(), |inside| format!("{url}!{inside}"))
                    });
                    return (Some(channel), address.map(str::to_owned).or(published));
                }
                Pattern::Glob(glob) => {
                    let mut ancestors = Path::new(&path).ancestors();
                    if ancestors.any(|path| glob.is_match(path)) {
                        return (Some(channel), address.map(str::to_owned));
                    }
                }
            }
        }
        (None, address.map(str::to_owned))
    }
}

impl Channels {
    /// Where files that are published under `address` lie, by the channels that have an address.
    pub(crate) fn locate(&self, address: &str) -> Vec<PathBuf> {
        let places = self.patterns.iter().filter_map(|(index, pattern)| {
            let url = self.channels[*index].url.as_deref()?;
            let Pattern::Under(folder) = pattern else { return None };
            let rest = under(url, address)?;
            Some(if rest.is_empty() { PathBuf::from(folder) } else { Path::new(folder).join(rest) })
        });
        places.collect()
    }
}

/// The absolute form of `path`, with `/` between its parts.
fn absolute(base: &Path, path: &str) -> String {
    display(&normalised(&base.join(path)))
}

/// What is left of `path` below `folder`.
fn under<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(name: &str, matches: &[&str], url: Option<&str>) -> Channel {
        Channel {
            name: name.to_owned(),
            matches: matches.iter().map(|&text| text.to_owned()).collect(),
            url: url.map(str::to_owned),
            ..Channel::default()
        }
    }

    #[test]
    fn the_first_channel_that_matches_counts() {
        let channels = vec![
            channel("公众号", &["site/wechat"], None),
            channel("专栏", &["site/*/tzgg/**"], None),
            channel("网站", &["site", "/srv/mirror"], Some("https://nync.example.gov.cn/")),
            channel("存档", &["https://old.example.gov.cn/"], None),
        ];
        let channels = Channels::new(channels, Path::new("/work")).unwrap();
        for (name, expected, address) in [
            ("site/wechat/a.md", Some("公众号"), None),
            ("site/wechat-2/a.md", Some("网站"), Some("https://nync.example.gov.cn/wechat-2/a.md")),
            ("./site/zwgk/tzgg/2019/a.html", Some("专栏"), None),
            ("/work/site/index.html", Some("网站"), Some("https://nync.example.gov.cn/index.html")),
            ("/srv/mirror/b/包.zip!附件.docx", Some("网站"), Some("https://nync.example.gov.cn/b/包.zip!附件.docx")),
            ("a.warc!https://old.example.gov.cn/x.html", Some("存档"), Some("https://old.example.gov.cn/x.html")),
            ("other/a.html", None, None),
            ("<stdin>", None, None),
        ] {
            let (found, published) = channels.find(name);
            assert_eq!(found.map(|channel| channel.name.as_str()), expected, "{name}");
            assert_eq!(published.as_deref(), address, "{name}");
        }
    }

    #[test]
    fn what_cannot_match_is_an_error() {
        assert!(matches!(Channels::new(vec![channel("甲", &[], None)], Path::new("/")), Err(ChannelError::Nothing(_))));
        let error = Channels::new(vec![channel("甲", &["a/[b"], None)], Path::new("/")).unwrap_err();
        assert!(error.to_string().contains("\"a/[b\" is not a glob"), "{error}");
    }
}
