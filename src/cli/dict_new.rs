//! `zhengming dict new`: a dictionary of one's own to begin with.

use std::path::Path;

use zhengming::import::Column;

use super::CLEAN;
use super::args::NewArgs;
use super::error::CliError;
use super::files::write_result;

/// Wrong and right forms. `@` stands for the name of the agency.
const TERMS: &str = "\
# id: ours
# title: @用语
# about: @自己的名称、用语和惯例。
# source: @公文用语规范
# severity: error
# reason: “{wrong}”应为“{right}”。
#
# 以 # 开头、不是“名称: 内容”的行是注释，程序不读。填写说明：docs/dictionaries.zh-CN.md。
# 各列用制表符分开；一格里有几个值，用 | 隔开。每条都要有：
#   right  正确写法（没有就空着，另填 id，并在 reason 里写明怎么改）
#   wrong  错误写法，照字面查找，宁长勿短
#   found  应当报的例句，写成“原句 => 改后”，至少一句
#   clean  不应报的例句，至少一句，最好是容易误报的句子
# 可选的列：id severity category enabled allow before after not_before not_after boundary from to scopes source
# 要关闭自带的规则，去掉下一行开头的第二个 #，改成要关的规则：
## off: style/*
# 这些词语里什么都不报（村名、企业名），同样去掉第二个 #：
## allow: 布署村
#
# 下面一行是示例，改成自己的内容；去掉开头的 # 才生效。
right\twrong\tallow\tfrom\tfound\tclean\treason
#高素质农民\t新型职业农民|高素质农名\t\t\t举办新型职业农民培训班 => 举办高素质农民培训班\t举办高素质农民培训班\t
";

/// Institutions of the agency's own.
const NAMES: &str = "\
# id: ours-names
# title: @机构名称
# kind: name
# source: @机构编制方案
# severity: error
# category: org-name
#
# 登记正确名称，程序自己推算错误写法，不用例句。from、to 是起止日期（写成 2019-03-01，当天算在内），空着表示不限；
# 改名的旧机构不要删，填上 to 和 successor（新机构的 right，新机构也要有一行）。short 填可用的简称。
right\tshort\tfrom\tto\tsuccessor\tsiblings
#澄溪区农业农村局\t区农业农村局\t2019-03-01\t\t\t
#澄溪区农牧林业局\t区农牧林业局\t\t2019-02-28\t澄溪区农业农村局\t
";

/// Fixed expressions of the agency's own.
const PHRASES: &str = "\
# id: ours-phrases
# title: @固定表述
# kind: phrase
# source: @年度工作要点
# severity: error
# category: phrase
#
# 登记正确表述（四个字以上），程序自己查近似的误写。accepted 填也可以用的写法，siblings 填另一个意思、写法相近的正确表述。
right\taccepted\tsiblings
#稳粮扩油、治水兴渔、护林富民\t\t
";

pub(super) fn run(args: &NewArgs) -> Result<u8, CliError> {
    let folder = &args.folder;
    let usage = |path: &Path, error: std::io::Error| CliError::Usage(format!("{}: {error}", path.display()));
    if folder.exists() {
        let mut entries = std::fs::read_dir(folder).map_err(|error| usage(folder, error))?;
        if entries.next().is_some() {
            return Err(CliError::Usage(format!("{} is not empty; name a new folder", folder.display())));
        }
    }
    let name = args.name.trim();
    if name.is_empty() || name.contains(['\n', '\r', '\t']) {
        return Err(CliError::Usage("--name: a name in one line".into()));
    }
    let tables = folder.join("导入");
    std::fs::create_dir_all(&tables).map_err(|error| usage(&tables, error))?;
    for (file, text) in [("用语.tsv", TERMS), ("机构.tsv", NAMES), ("表述.tsv", PHRASES)] {
        let text = text.replace('@', name);
        write_result(Some(&folder.join(file)), |out| out.write_all(text.as_bytes()))?;
    }
    // The eight columns that editors use; spreadsheet programs know by the mark that it is UTF-8.
    let columns: Vec<&str> = Column::ALL.iter().take(8).filter_map(|column| column.names().first().copied()).collect();
    let template = format!("\u{FEFF}{}\r\n", columns.join(","));
    write_result(Some(&tables.join("模板.csv")), |out| out.write_all(template.as_bytes()))?;
    let text = format!(
        "已建立 {folder}：\n  用语.tsv  错误写法和正确写法\n  机构.tsv  机构名称\n  表述.tsv  固定表述\n  \
         导入{slash}模板.csv  习惯用表格的，填好以后：zhengming dict import {template} --output {imported}\n\
         核验：zhengming dict verify {folder}\n使用：zhengming check 文件 --dictionary {folder}\n",
        folder = folder.display(),
        slash = std::path::MAIN_SEPARATOR,
        template = tables.join("模板.csv").display(),
        imported = folder.join("导入.tsv").display(),
    );
    write_result(None, |out| out.write_all(text.as_bytes()))?;
    Ok(CLEAN)
}
