//! Rich Text Format (version 1.9.1 of Microsoft's specification, and what other programs write).
//!
//! What a reader of the document sees is read, as in a docx: deleted and hidden text is left out, inserted text and the
//! results of fields are kept, and so are footnotes, headers, comments and text boxes. What a file says twice for older
//! readers is read once. The source map points into the bytes of the file.

mod reader;
#[cfg(test)]
mod tests;
mod tokens;

use self::reader::Reader;
use super::objects::Object;
use super::{ExtractOptions, Extracted, Format};
use crate::source::{Code, Kind, Notices, Source};

/// Rich Text Format.
pub(super) struct Rtf;

impl Format for Rtf {
    fn kind(&self) -> Kind {
        Kind::Rtf
    }

    fn extract<'b>(&self, source: &'b Source, options: &ExtractOptions) -> Extracted<'b> {
        let mut reader = Reader::new(source, &options.limits);
        let rest = reader.read();
        let found = reader.finish();
        let mut notices = Notices::new(&source.name);
        if found.unclosed || rest.iter().any(|byte| !byte.is_ascii_whitespace() && *byte != 0) {
            notices.error(Code::Corrupt, "文件已损坏或不完整，只检查了还能读出的部分。请重新取得原文件");
        }
        if found.too_deep {
            let limit = options.limits.rtf_depth;
            let message =
                format!("分组嵌套超过 {limit} 层，更深处没有检查。确认文件可信后可用 --limit rtf-depth=… 放宽");
            notices.error(Code::Limit, message);
        }
        if found.full {
            let size = crate::source::human_size(options.limits.entry_size);
            let message = format!("文字总量超过上限 {size}，没有读完。确认文件可信后可用 --limit entry-size=… 放宽");
            notices.error(Code::Limit, message);
        }
        if found.replaced > 0 {
            let count = found.replaced;
            let message =
                format!("有 {count} 处字节无法按声明的编码识别，这些位置没有检查。请用 Word 或 WPS 打开后重新保存");
            notices.error(Code::Charset, message);
        }
        if found.hidden {
            let message = "文档中有隐藏文字，没有检查。需要检查时请先取消“隐藏文字”格式";
            notices.warning(Code::Skipped, message);
        }
        let mut inner = Vec::new();
        let mut unknown = found.objects_lost;
        for (number, object) in (1..).zip(found.objects) {
            unknown += usize::from(object == Object::Unknown);
            inner.extend(object.source(&source.name, number));
        }
        if unknown > 0 {
            let message =
                format!("文档中嵌有 {unknown} 个无法识别的对象，其内容没有检查。请用 Word 或 WPS 打开后取出另行检查");
            notices.warning(Code::Skipped, message);
        }
        Extracted { document: found.document, notices: notices.into_vec(), inner, ..Extracted::default() }
    }
}
