//! The date by which a document is judged, and the forms in which dates are written.
//!
//! Names and laws have dates, so an archive is judged document by document. [`of`] chooses the date; the order is part
//! of the contract (`docs/output.md`).

mod path;
mod text;
mod written;

use super::{Document, DocumentDate};

/// The date of a document, where it came from included. The first of these that there is:
///
/// 1. what the document says in its metadata: HTML meta elements, front matter;
/// 2. what it says beside its title (发布时间：…);
/// 3. the date under which it was signed, or which its subtitle gives;
/// 4. a date in the name of the file;
/// 5. the day from which a statute is in force, by its last article;
/// 6. a date in its folders or in its file properties, the earlier of both;
/// 7. what is known from outside (`outside`): the date of the page that links to it, of the record that held it.
///
/// `name` is the source's name chain. Neither clock nor disk is asked.
pub(crate) fn of(document: &Document, name: &str, outside: Option<&DocumentDate>) -> Option<DocumentDate> {
    document
        .metadata
        .published
        .clone()
        .or_else(|| text::stated(document))
        .or_else(|| text::signed(document))
        .or_else(|| path::file_name(name))
        .or_else(|| text::in_force(document))
        .or_else(|| handled(path::folder(name), document.metadata.saved.clone()))
        .or_else(|| outside.cloned())
}

/// Folders and file properties both tell how a file was handled, not when its text was written: a folder may be that of
/// a backup, and saving or converting a file again renews its properties. Both kinds of accident make the date too late,
/// so that the earlier one counts.
fn handled(folder: Option<path::Folder>, saved: Option<DocumentDate>) -> Option<DocumentDate> {
    match (folder, saved) {
        (Some(folder), Some(saved)) if folder.last < saved.date => Some(folder.date),
        (Some(folder), None) => Some(folder.date),
        (_, saved) => saved,
    }
}

impl DocumentDate {
    /// Reads the date that `value` begins with: `2019-02-27 15:09:45`, `2019/2/27`, `2019.2.27`, `20190227`,
    /// `2019年2月27日`. `None` if there is none or no such day.
    pub fn parse(value: &str, from: &str) -> Option<DocumentDate> {
        let value = value.trim();
        let (year, rest) = number(value, 4)?;
        let compact = rest.len() >= 4 && rest.as_bytes()[..4].iter().all(u8::is_ascii_digit);
        let (month, day) = if compact {
            (rest[..2].parse().ok()?, rest[2..4].parse().ok()?)
        } else {
            let (month, rest) = number(rest.strip_prefix(['-', '/', '.', '年'])?, 2)?;
            let (day, _) = number(rest.strip_prefix(['-', '/', '.', '月'])?, 2)?;
            (month, day)
        };
        let date = written::day(year, month, day)?;
        Some(DocumentDate { date: date.to_string(), from: from.to_owned() })
    }
}

/// The number of at most `digits` digits that `text` begins with, and the rest.
fn number(text: &str, digits: usize) -> Option<(u32, &str)> {
    let length = text.bytes().take(digits).take_while(u8::is_ascii_digit).count();
    Some((text[..length].parse().ok()?, &text[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{DocumentBuilder, Place, Scope};

    #[test]
    fn dates_in_the_forms_that_pages_use() {
        for (value, expected) in [
            ("2019-02-27 15:09:45", Some("2019-02-27")),
            (" 2019/2/7", Some("2019-02-07")),
            ("2019年12月7日", Some("2019-12-07")),
            ("20190227093000", Some("2019-02-27")),
            ("2019-02-30", None),
            ("0001-01-01", None),
            ("二〇一九年", None),
            ("", None),
        ] {
            assert_eq!(DocumentDate::parse(value, "x").map(|date| date.date).as_deref(), expected, "{value}");
        }
    }

    fn dated(date: &str, from: &str) -> Option<DocumentDate> {
        Some(DocumentDate { date: date.to_owned(), from: from.to_owned() })
    }

    #[test]
    fn the_first_date_there_is_counts() {
        let mut builder = DocumentBuilder::new();
        let part = builder.add_part("");
        for line in ["关于开展检查的通知", "发布时间：2020-02-02", "请遵照执行。", "市财政局", "2020年3月3日"]
        {
            builder.open(Scope::Body, Place::Text { node: None }, None);
            builder.literal(part, 0, line);
            builder.close();
        }
        let mut document = builder.finish();
        document.metadata.published = dated("2020-01-01", "meta PubDate");
        document.metadata.saved = dated("2020-06-06", "docx dcterms:modified");
        let outside = dated("2020-07-07", "page");
        let from = |document: &Document, name: &str, outside: Option<&DocumentDate>| {
            of(document, name, outside).map(|date| (date.date, date.from))
        };
        let expect = |date: &str, from: &str| Some((date.to_owned(), from.to_owned()));
        let name = "2020/05/05/通知20200404.docx";
        assert_eq!(from(&document, name, outside.as_ref()), expect("2020-01-01", "meta PubDate"));
        document.metadata.published = None;
        assert_eq!(from(&document, name, outside.as_ref()), expect("2020-02-02", "text 发布时间"));
        document.blocks.remove(1);
        assert_eq!(from(&document, name, outside.as_ref()), expect("2020-03-03", "signature"));
        document.blocks.clear();
        assert_eq!(from(&document, name, outside.as_ref()), expect("2020-04-04", "path"));
        assert_eq!(from(&document, "2020/05/05/通知.docx", outside.as_ref()), expect("2020-05-05", "path"));
        assert_eq!(from(&document, "2020/08/05/通知.docx", None), expect("2020-06-06", "docx dcterms:modified"));
        assert_eq!(from(&document, "通知.docx", outside.as_ref()), expect("2020-06-06", "docx dcterms:modified"));
        document.metadata.saved = None;
        assert_eq!(from(&document, "通知.docx", outside.as_ref()), expect("2020-07-07", "page"));
        assert_eq!(from(&document, "通知.docx", None), None);
    }

    #[test]
    fn of_a_month_and_properties_the_earlier_counts() {
        for (folder, saved, expected) in [
            ("a/202003/x.docx", "2020-03-20", "2020-03-20"),
            ("a/202003/x.docx", "2020-02-20", "2020-02-20"),
            ("a/202003/x.docx", "2024-02-20", "2020-03-01"),
            ("a/2020-03-15/x.docx", "2020-03-20", "2020-03-15"),
        ] {
            let date = handled(path::folder(folder), dated(saved, "docx dcterms:modified"));
            assert_eq!(date.unwrap().date, expected, "{folder} {saved}");
        }
    }
}
