use super::privacy::luhn;
use super::privacy::mod_11_10;
use super::privacy::valid_identity_check;
use super::punctuation::Unpaired;
use super::*;

/// Runs one validator over the first match of `pattern` in `text`, in a document of `date`.
fn verdict_on(name: &str, pattern: &str, text: &str, date: Option<&str>) -> Verdict {
    let pattern = regex::Regex::new(pattern).unwrap();
    let captures = pattern.captures(text).unwrap_or_else(|| panic!("no match in {text}"));
    let hit = captures.name("hit").unwrap_or_else(|| captures.get(0).unwrap()).range();
    find(name).unwrap().check(&Candidate { captures: &captures, text, hit, date })
}

/// [`verdict_on`] for every text: (text, whether it is an error).
fn expect(name: &str, pattern: &str, cases: &[(&str, bool)]) {
    for (text, wrong) in cases {
        let verdict = verdict_on(name, pattern, text, None);
        assert_eq!(verdict != Verdict::Fine, *wrong, "{name}: {text}: {verdict:?}");
    }
}

/// The first suggestion for each text, empty for none.
fn suggests(name: &str, pattern: &str, cases: &[(&str, &str)]) {
    for (text, right) in cases {
        let first = match verdict_on(name, pattern, text, None) {
            Verdict::Fine => String::new(),
            Verdict::Wrong { suggestions, .. } => suggestions.into_iter().next().unwrap_or_default(),
        };
        assert_eq!(first, *right, "{name}: {text}");
    }
}

#[test]
fn names_are_unique_and_found() {
    for (at, validator) in VALIDATORS.iter().enumerate() {
        assert!(VALIDATORS[..at].iter().all(|other| other.name() != validator.name()), "{}", validator.name());
        assert_eq!(find(validator.name()).map(Validator::about), Some(validator.about()));
    }
    assert!(find("no-such-validator").is_none());
}

#[test]
fn identity_check_character_follows_the_examples_of_gb_11643() {
    assert!(valid_identity_check("11010519491231002X"));
    assert!(valid_identity_check("11010519491231002x"));
    assert!(valid_identity_check("440524188001010014"));
    assert!(!valid_identity_check("110105194912310021"));
    assert!(!valid_identity_check("11010519491231020X"), "swapped digits");
    assert!(!valid_identity_check("X1010519491231002X"), "X only stands last");
    assert!(!valid_identity_check(""));
}

#[test]
fn identity_18_wants_checksum_division_date_and_no_neighbours() {
    expect(
        "identity-18",
        "[0-9]{6}[ -]?[0-9]{8}[ -]?[0-9]{3}[0-9Xx]",
        &[
            ("身份证号11010519491231002X。", true),
            ("110105 19491231 002x", true),
            ("110105194912310021", false),
            ("440524188001010014", false),
            ("流水5110105194912310021X", false),
            ("编号A11010519491231002X", false),
            ("11010519491231002X9", false),
            ("https://example.cn/11010519491231002X", false),
            // An organisation's code in figures only.
            ("123700004950123456", false),
        ],
    );
    let pattern = "[0-9]{17}X";
    let born_later = verdict_on("identity-18", pattern, "11010519491231002X", Some("1949-12-30"));
    assert_eq!(born_later, Verdict::Fine);
    assert_ne!(verdict_on("identity-18", pattern, "11010519491231002X", Some("not a date")), Verdict::Fine);
}

#[test]
fn identity_15_needs_evidence() {
    expect(
        "identity-15",
        "[0-9]{15}",
        &[
            ("身份证号：110105491231002", true),
            ("110105491231003", true),
            ("共计110105491231002个", false),
            ("注册号110105491231002", false),
            ("身份证号：110105490230002", false),
            ("身份证号：990105491231002", false),
        ],
    );
}

#[test]
fn mobile_is_fine_as_a_contact_but_not_beside_private_data() {
    let pattern = "1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}";
    expect(
        "mobile",
        pattern,
        &[
            ("张某某，手机号13800000000", true),
            ("张某某，手机号+86-13800000000", true),
            ("联系人：王老师，13800000000", false),
            ("身份证号略，联系电话13800000000", true),
            ("拨付13800000000元", false),
            ("订单2013800000000", false),
            ("账户14000000000已注销", false),
            ("13800000000", false),
        ],
    );
    expect("mobile-alone", pattern, &[("13800000000", true), ("138 0000 0000", true), ("张某13800000000", false)]);
}

#[test]
fn luhn_edges() {
    assert!(luhn("4111111111111111"));
    assert!(luhn("378282246310005"));
    assert!(!luhn("4111111111111112"));
    assert!(!luhn(""));
    assert!(!luhn("0"), "a single zero is no number");
    assert!(!luhn("41111111１1111111"), "full-width digit");
}

#[test]
fn bank_card_knows_issuers_and_spares_organisations() {
    expect(
        "bank-card",
        "[0-9]{4} ?[0-9]{4} ?[0-9]{4} ?[0-9]{4}(?: ?[0-9]{1,3})?",
        &[
            ("卡号6217000000000000004", true),
            ("6222 0200 0000 0007", true),
            ("卡号6217000000000000005", false),
            ("单位账户6217000000000000004", false),
            ("卡号4111111111111111", true),
            ("序列4111111111111111", false),
        ],
    );
}

#[test]
fn registration_number_check_is_mod_11_10() {
    assert!(mod_11_10("110108000000016"));
    assert!(!mod_11_10("110108000000017"));
}

#[test]
fn calendar_knows_leap_years() {
    expect(
        "calendar-date",
        "(?:(?<y>[0-9]{4})年)?(?<m>[0-9]{1,2})月(?<d>[0-9]{1,2})日",
        &[
            ("2000年2月29日", false),
            ("1900年2月29日", true),
            ("2024年2月29日", false),
            ("2023年2月29日", true),
            ("2月29日", false),
            ("2月30日", true),
            ("4月31日", true),
            ("13月1日", true),
            ("1月0日", true),
            ("农历2月30日", false),
            ("刑期3年2月30日", false),
        ],
    );
    let Verdict::Wrong { reason: Some(reason), .. } =
        verdict_on("calendar-date", "(?<y>[0-9]{4})年(?<m>[0-9]+)月(?<d>[0-9]+)日", "2023年2月29日", None)
    else {
        panic!("no reason")
    };
    assert_eq!(reason, "2023年2月只有28天，没有29日，请核对日期。");
    expect(
        "iso-date",
        "(?<y>[0-9]{4})-(?<m>[0-9]{1,2})-(?<d>[0-9]{2})",
        &[
            ("2021-02-30", true),
            ("2024-02-29", false),
            ("2021-13-30", false),
            ("GB 2021-02-30", false),
            ("2021-02-301", false),
        ],
    );
}

#[test]
fn weekday_uses_the_year_at_hand() {
    let pattern = "(?:(?<y>[0-9]{4})年)?(?<m>[0-9]{1,2})月(?<d>[0-9]{1,2})日[（]?(?<hit>(?:星期|周)[一二三四五六日天])";
    suggests(
        "weekday",
        pattern,
        &[
            ("2021年6月1日（星期三）", "星期二"),
            ("2021年6月1日（星期二）", ""),
            ("2021年6月6日周天", ""),
            ("2021年6月1日（周一至周五）", ""),
            ("至2021年8月31日周一闭馆", ""),
            ("6月1日（星期三）", ""),
        ],
    );
    let near = verdict_on("weekday", pattern, "6月1日（星期三）", Some("2021-05-20"));
    assert!(matches!(near, Verdict::Wrong { suggestions, .. } if suggestions == ["星期二"]));
    assert_eq!(verdict_on("weekday", pattern, "6月1日（星期三）", Some("2021-12-20")), Verdict::Fine);
}

#[test]
fn dates_are_rewritten() {
    let pattern = "(?<hit>(?<y>[0-9]{4})年(?<m>[0-9]{2})月(?<d>[0-9]{1,2})日)";
    suggests(
        "padded-date",
        pattern,
        &[
            ("2021年06月01日", "2021年6月1日"),
            ("发布时间：2021年06月01日", ""),
            ("2021年10月20日", ""),
            ("2021年06月01日 09:30", ""),
        ],
    );
    let pattern = "(?<hit>(?<y>[0-9]{2})年[0-9]{1,2}月[0-9]{1,2}日)";
    suggests(
        "short-year",
        pattern,
        &[
            ("自21年6月1日起", "2021年6月1日"),
            ("98年8月7日", "1998年8月7日"),
            ("2021年6月1日", ""),
            ("民国25年3月1日", ""),
        ],
    );
    let pattern = "(?<hit>[12一二][^年]{3})年";
    suggests(
        "zero-lookalike",
        pattern,
        &[
            ("二○二一年", "二〇二一"),
            ("二零二零年", "二〇二〇"),
            ("2O2l年", "2021"),
            ("二〇二一年", ""),
            ("A2O21年", ""),
        ],
    );
    expect(
        "year-order",
        "(?<a>[0-9]{4})—(?<b>[0-9]{4})",
        &[("2020—2016", true), ("2016—2020", false), ("GB 2020—1998", false)],
    );
    let pattern = "(?<hit>(?<m>[0-9]{1,2})[.](?<d>[0-9]{1,2}))";
    suggests("anniversary-dot", pattern, &[("“3.15”", "3·15"), ("5.0", ""), ("13.1", ""), ("v3.15", "")]);
}

#[test]
fn document_numbers_take_their_form() {
    let pattern = "(?<code>[一-龥]{1,6})(?<hit>[〔（\\[](?<y>[0-9]{4})年?[〕）\\]]第?(?<n>[0-9]+)号)";
    suggests(
        "document-number",
        pattern,
        &[
            ("国办发[2019]第019号", "〔2019〕19号"),
            ("国办发〔2019〕19号", ""),
            ("监管局公告〔2021〕第3号", ""),
            ("卫生许可证（2019）003号", ""),
        ],
    );
    let pattern = "(?<hit>〔(?<y>[0-9]{4})〕(?<code>[一-龥]{1,6})(?<n>[0-9]+)号)";
    suggests("document-number", pattern, &[("〔2019〕国办发19号", "国办发〔2019〕19号")]);
}

#[test]
fn numerals_are_rewritten() {
    let pattern = "(?<hit>(?<a>[0-9.]+)(?<s>[-—～~])(?<b>[0-9.]+)(?<u>[%万亿]))";
    suggests(
        "short-range",
        pattern,
        &[
            ("增长5~8%", "5%～8%"),
            ("10—15%", "10%—15%"),
            ("8-5%", ""),
            ("（5~8%）", ""),
            ("表2-15%", ""),
            ("9-16亿", "9亿～16亿"),
        ],
    );
    let pattern = "(?<hit>(?<a>[一二三四五六七八九1-9])、(?<b>[一二三四五六七八九1-9]))";
    suggests(
        "approximate-pair",
        pattern,
        &[
            ("还要三、四个月", "三四"),
            ("还要3、4个月", "三四"),
            ("第三、四个", ""),
            ("三、四个", ""),
            ("在一、二年级", ""),
            ("有三、五个", ""),
        ],
    );
    let pattern = "(?<hit>(?<n>[0-9.]+)(?<k>[十百千])多?)";
    suggests(
        "mixed-numeral",
        pattern,
        &[
            ("补助5千多元", "5000多"),
            ("3亿2千万", "2000"),
            ("1.5千元", "1500"),
            ("第3、5百", ""),
            ("1.23百元", "123"),
            ("0千", ""),
        ],
    );
    let pattern = "(?<hit>(?<p>[一二三四五六七八九十百千]+分之)(?<n>[0-9.]+))";
    suggests(
        "mixed-fraction",
        pattern,
        &[
            ("三分之1", "三分之一"),
            ("百分之5", "5%"),
            ("百分之2.5", "2.5%"),
            ("千分之3", "3‰"),
            ("五十分之21", "五十分之二十一"),
        ],
    );
}

#[test]
fn marks_side_by_side() {
    let pattern = "(?<a>[，、；：。？！])(?<b>[，、；：。,;])";
    suggests(
        "adjacent-marks",
        pattern,
        &[
            ("好。。", "。"),
            ("好，。", "。"),
            ("好。，", "。"),
            ("甲、，乙", "，"),
            ("甲，,乙", "，"),
            ("好？。", "？"),
            ("甲。。。", ""),
        ],
    );
}

#[test]
fn unpaired_needs_more_than_a_missing_partner() {
    expect(
        "unpaired",
        "(?<hit>[》）”〔])|(?<x>《)",
        &[
            ("（街道）落实", false),
            ("办法）修正", false),
            ("要求落实。街道）报送", true),
            ("1）落实", false),
            ("落实。2）报送", false),
            ("印发办法》的通知", false),
            ("互联网+”行动", false),
            ("引文到此为止。”", false),
            ("国办发〔2019 19号", true),
            ("《许可法规定，现予公告。特此。", true),
            ("关于印发《办法", false),
            ("《修改〈办法〉的决定》", false),
        ],
    );
    let long = format!("《{}", "文。".repeat(Unpaired::REACH));
    assert_eq!(verdict_on("unpaired", "《", &long, None), Verdict::Fine);
}

#[test]
fn mixed_width_is_one_slip_among_many() {
    let pattern = "(?<hit>(?<a>[,;:]))";
    suggests(
        "mixed-width",
        pattern,
        &[("甲，乙，丙,丁，戊", "，"), ("甲，乙,丙", ""), ("甲,乙,丙，丁，戊，己", ""), ("甲，乙，丙，丁;戊", "；")],
    );
}

/// Whether a validator may object to anything in `text` that `expression` matches, and whether it does.
fn at_a_glance(name: &str, expression: &str, text: &str) -> (bool, bool) {
    let validator = find(name).unwrap();
    let may_object = validator.glance(expression).is_none_or(|may_object| may_object(text));
    let objects = regex::Regex::new(expression).unwrap().captures_iter(text).any(|captures| {
        let hit = captures.name("hit").or_else(|| captures.get(0)).unwrap().range();
        validator.check(&Candidate { captures: &captures, text, hit, date: None }) != Verdict::Fine
    });
    (may_object, objects)
}

#[test]
fn dates_without_fault_are_passed_over_at_a_glance() {
    let date = "(?:(?<y>[0-9]{4})年 ?)?(?<m>[0-9]{1,2}) ?月 ?(?<d>[0-9]{1,2}) ?日";
    for (text, expected) in
        [("2019年3月31日", false), ("2019年 2 月 30 日", true), ("4月31日", true), ("三个月内", false)]
    {
        assert_eq!(at_a_glance("calendar-date", date, text), (expected, expected), "{text}");
    }
    let padded = "(?<y>[0-9]{4})年(?<m>[0-9]{1,2})月(?<d>[0-9]{1,2})日";
    for (text, expected) in [("2019年3月31日", false), ("2019年03月5日", true), ("2019年3月05日", true)] {
        assert_eq!(at_a_glance("padded-date", padded, text), (expected, expected), "{text}");
    }
    let short = "(?<hit>(?<y>[0-9]{2})年[0-9]{1,2}月[0-9]{1,2}日)";
    for (text, expected) in [("2019年3月31日", false), ("19年3月31日", true)] {
        assert_eq!(at_a_glance("short-year", short, text), (expected, expected), "{text}");
    }
    // Of other expressions nothing is known.
    assert!(find("calendar-date").unwrap().glance("(?<m>[0-9]{2})\\.(?<d>[0-9]{2})").is_none());
}

proptest::proptest! {
    /// What a glance passes over is fine.
    #[test]
    fn nothing_is_missed_at_a_glance(dates in "([0-9]{0,4}年?[ 0-9]{0,3}月 ?[0-9]{0,3} ?日?[第，年]?){0,3}", marks in "[（）()《》“”〔〕甲a。]{0,80}") {
        for (name, expression, text) in [
            ("calendar-date", "(?:(?<y>[0-9]{4})年 ?)?(?<m>[0-9]{1,2}) ?月 ?(?<d>[0-9]{1,2}) ?日", &dates),
            ("padded-date", "(?<y>[0-9]{4})年(?<m>[0-9]{1,2})月(?<d>[0-9]{1,2})日", &dates),
            ("short-year", "(?<hit>(?<y>[0-9]{2})年[0-9]{1,2}月[0-9]{1,2}日)", &dates),
            ("unpaired", "[（）]", &marks),
            ("unpaired", "[《》]", &marks),
            ("unpaired", "[“”]", &marks),
            ("unpaired", "[〔〕]", &marks),
        ] {
            let (may_object, objects) = at_a_glance(name, expression, text);
            proptest::prop_assert!(may_object || !objects, "{name}: {text}");
        }
    }

    /// Marks are counted wherever they stand among the bytes that are compared at once.
    #[test]
    fn a_mark_without_partner_is_seen_everywhere(before in "[甲a。，、]{0,40}", after in "[甲a。，、]{0,40}") {
        for mark in "（）()《》“”〔〕".chars() {
            let glance = find("unpaired").unwrap().glance("").unwrap();
            let text = format!("{before}{mark}{after}");
            proptest::prop_assert!(glance(&text), "{text}");
            let text = format!("{before}（{after}）");
            proptest::prop_assert!(!glance(&text), "{text}");
        }
    }
}
