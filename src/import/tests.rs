//! Tables as editors make them.

use super::{ImportOptions, Imported, Remark, import};
use crate::dictionary::{Rule, Severity, parse_pack};
use crate::source::Source;

fn run(name: &str, bytes: impl Into<Vec<u8>>) -> Result<Imported, Vec<String>> {
    let options = ImportOptions { id: "ours".into(), title: "本局用语".into(), source: String::new(), sheet: None };
    import(&Source::new(name, bytes), &options).map_err(|remarks| remarks.iter().map(Remark::to_string).collect())
}

fn entries(imported: &Imported) -> Vec<crate::dictionary::Entry> {
    parse_pack("ours.tsv", &imported.text).unwrap().entries
}

const TABLE: &str = "\
本局用语对照表,,,,,,,\r
序号,来源,正确表述,错误表述（必填）,级别,生效日期,例外,说明\r
1,用语规范,高素质农民,\"新型职业农民；高素质农名\",严重,2019年3月,,\r
2,用语规范,澄溪区农业农村局,\"澄溪区农牧局\n澄溪区农委\",,2019/3/1,原澄溪区农牧局,2019年3月起改称。\r
,,,,,,,\r
3,用语规范,,处级领导干部带头,建议,,,本局通知不写级别，请修改。\r
";

#[test]
fn columns_stand_in_any_order_below_a_title_and_cells_hold_several_forms() {
    let imported = run("表.csv", TABLE).unwrap();
    let entries = entries(&imported);
    assert_eq!(imported.entries, 3);
    let Rule::Term(term) = &entries[0].rule else { panic!("a row is a term") };
    assert_eq!(term.wrong, ["新型职业农民", "高素质农名"]);
    assert_eq!((entries[0].severity, entries[0].from.as_deref()), (Severity::Serious, Some("2019-03-01")));
    let Rule::Term(term) = &entries[1].rule else { panic!("a row is a term") };
    assert_eq!(term.wrong, ["澄溪区农牧局", "澄溪区农委"]);
    assert_eq!(entries[1].guards.allow, ["原澄溪区农牧局"]);
    assert_eq!((entries[1].severity, entries[1].reason.as_str()), (Severity::Error, "2019年3月起改称。"));
    assert_eq!((entries[2].id.as_str(), entries[2].right.len()), ("ours/处级领导干部带头", 0));
    assert_eq!(imported.warnings, []);
}

#[test]
fn any_encoding_and_separator_gives_the_same() {
    let plain = run("表.csv", TABLE).unwrap();
    let gbk = encoding_rs::GB18030.encode(TABLE).0.into_owned();
    assert_eq!(run("表.csv", gbk).unwrap(), plain);
    assert_eq!(run("表.csv", format!("\u{FEFF}{TABLE}")).unwrap(), plain);
    let utf16: Vec<u8> =
        format!("\u{FEFF}{TABLE}").replace(',', "\t").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(run("表.txt", utf16).unwrap(), plain);
    assert_eq!(run("表.csv", TABLE.replace(',', ";")).unwrap(), plain);
}

#[test]
fn what_is_refused_is_said_with_row_and_column() {
    let head = "错误表述,正确表述,级别,生效日期,例外,来源\n";
    for (row, expected) in [
        (",高素质农民,,,,规范", "第2行“错误表述”（A2）：没有填错误表述"),
        ("农,农民,,,,规范", "第2行“错误表述”（A2）：“农”只有一个字"),
        ("新型农民,,,,,规范", "第2行“正确表述”（B2）：没有填正确表述"),
        ("高素质农民,高素质农民,,,,规范", "既是错误表述又是正确表述"),
        ("高素质农名,高素质农民,特急,,,规范", "第2行“级别”（C2）：“特急”不是级别"),
        ("高素质农名,高素质农民,,2019年2月30日,,规范", "第2行“生效日期”（D2）：“2019年2月30日”不是日期"),
        ("高素质农名,高素质农民,,明年,,规范", "“明年”不是日期"),
        ("高素质农名,高素质农民,,,农名册,规范", "第2行“例外”（E2）：例外“农名册”里没有错误表述"),
        ("高素质农名,高素质农民,,,,", "第2行“来源”（F2）：没有填来源"),
        ("高素质农名,高素质农民,,,,规范,多,余", "第2行：这一行的格子比列名多"),
        ("部署,布署,,,,规范", "正误颠倒：自带词典（typos/部署）"),
        ("国家发展和改革委员会,国家发改委,,,,规范", "“国家发展和改革委员会”是正确的名称或表述"),
        (
            "高素质农名,高素质农民,,,,规范\n高素质农名,高素质的农民,,,,规范",
            "第3行“错误表述”（A3）：“高素质农名”在第2行的正确表述是另一个",
        ),
        (
            "高素质农名,高素质农民,,,,规范\n高素质农民,新农民,,,,规范",
            "第2行“正确表述”（B2）：“高素质农民”在第3行是错误表述",
        ),
    ] {
        let refused = run("表.csv", format!("{head}{row}\n")).unwrap_err();
        assert!(refused.iter().any(|remark| remark.contains(expected)), "{expected} not in {refused:?}");
    }
    let refused = run("表.csv", "名称,地址\n甲,乙\n").unwrap_err();
    assert!(refused[0].contains("要有一行写着“错误表述”和“正确表述”"), "{refused:?}");
    assert!(run("表.csv", "错误,错误写法,正确\n甲,乙,丙\n").unwrap_err()[0].contains("列名重复"));
    assert!(run("表.xls", &b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"[..]).unwrap_err()[0].contains("只能导入 csv 和 xlsx"));
}

#[test]
fn common_words_unknown_columns_and_cut_words_are_only_remarked_upon() {
    let imported = run("表.csv", "错误表述,正确表述,负责人,来源\n利害关系,厉害关系人,张三,规范\n").unwrap();
    let shown: Vec<String> = imported.warnings.iter().map(Remark::to_string).collect();
    assert!(shown[0].contains("“负责人”（C1）：这一列的名称不认识"), "{shown:?}");
    assert!(shown[1].contains("“利害关系”是正式文件里常见的词语"), "{shown:?}");
}

#[test]
fn a_right_form_that_holds_the_wrong_one_is_excused() {
    let imported = run("表.csv", "错误表述,正确表述,来源\n澄溪人大常委,澄溪人大常委会委员,规范\n").unwrap();
    assert_eq!(entries(&imported)[0].guards.allow, ["澄溪人大常委会委员"]);
}

#[test]
fn workbooks_give_text_numbers_and_dates() {
    let sheet = r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
        <row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="inlineStr"><is><t>生效日期</t></is></c>
        <c r="D1" t="str"><v>来源</v></c></row>
        <row r="3"><c r="A3" t="s"><v>2</v></c><c r="B3" t="s"><v>3</v></c><c r="C3" s="1"><v>43525</v></c>
        <c r="D3" t="inlineStr"><is><r><t>规范</t></r><r><t>&amp;说明</t></r></is></c></row></sheetData></worksheet>"#;
    let parts: [(&str, &str); 6] = [
        ("[Content_Types].xml", "<Types/>"),
        (
            "xl/workbook.xml",
            r#"<workbook xmlns:r="r"><sheets><sheet name="说明" sheetId="1" r:id="rId9"/><sheet name="用语" sheetId="2" r:id="rId1"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>"#,
        ),
        (
            "xl/sharedStrings.xml",
            "<sst><si><t>错误表述</t></si><si><t>正确表述</t></si><si><t>高素质农名</t></si><si><t>高素质农民</t><rPh><t>x</t></rPh></si></sst>",
        ),
        (
            "xl/styles.xml",
            r#"<styleSheet><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#,
        ),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in parts {
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut writer, text.as_bytes()).unwrap();
    }
    let imported = run("表.xlsx", writer.finish().unwrap().into_inner()).unwrap();
    let entry = &entries(&imported)[0];
    assert_eq!((entry.from.as_deref(), entry.source.as_str()), (Some("2019-03-01"), "规范&说明"));
    assert_eq!(entry.right, ["高素质农民"]);
}
