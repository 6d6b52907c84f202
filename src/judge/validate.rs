//! Checks that a regular expression cannot make: checksums, calendars, arithmetic, and what stands around a match.
//!
//! A pattern entry names its validator; every match of the pattern goes through it. Validators are pure: they read the
//! match and its block and return a [`Verdict`]. All positions are byte offsets in the folded text of one block.

use std::ops::Range;

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};

/// What a validator says of one match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Legitimate: no finding.
    Fine,
    /// An error.
    Wrong {
        /// Replacements of the hit, the best first; they replace the entry's own templates when not empty.
        suggestions: Vec<String>,
        /// Replaces the entry's reason when given.
        reason: Option<String>,
    },
}

impl Verdict {
    /// An error whose right form and reason are those of the entry.
    fn wrong() -> Self {
        Verdict::Wrong { suggestions: Vec::new(), reason: None }
    }

    /// An error with its right forms.
    fn replace<S: Into<String>>(suggestions: impl IntoIterator<Item = S>) -> Self {
        Verdict::Wrong { suggestions: suggestions.into_iter().map(Into::into).collect(), reason: None }
    }

    /// [`Verdict::wrong`] if `condition` holds.
    fn wrong_if(condition: bool) -> Self {
        if condition { Verdict::wrong() } else { Verdict::Fine }
    }
}

/// One match of a pattern, with the block around it.
pub struct Candidate<'c, 't> {
    /// The groups of the match. Their offsets may count from the start of a part of `text`.
    pub captures: &'c regex::Captures<'t>,
    /// Folded text of the block, which may be longer than the match.
    pub text: &'t str,
    /// Byte range in `text` of what would be reported: the group `hit`, else the whole match.
    pub hit: Range<usize>,
    /// Date of the document if known, ISO yyyy-mm-dd.
    pub date: Option<&'t str>,
}

impl<'t> Candidate<'_, 't> {
    /// Text of a named group, empty if the group did not take part in the match.
    fn group(&self, name: &str) -> &'t str {
        self.captures.name(name).map_or("", |found| found.as_str())
    }

    /// A named group as a number.
    fn number<N: std::str::FromStr>(&self, name: &str) -> Option<N> {
        self.group(name).parse().ok()
    }

    /// Byte range of the whole match in `text`.
    fn whole(&self) -> Range<usize> {
        let (Some(whole), Some(hit)) = (self.captures.get(0), self.captures.name("hit").or(self.captures.get(0)))
        else {
            return self.hit.clone();
        };
        let start = self.hit.start.saturating_sub(hit.start() - whole.start());
        start..start + whole.len()
    }

    /// What would be reported.
    fn hit_text(&self) -> &'t str {
        self.text.get(self.hit.clone()).unwrap_or("")
    }

    /// The block before the hit.
    fn before(&self) -> &'t str {
        self.text.get(..self.hit.start).unwrap_or("")
    }

    /// The block after the hit.
    fn after(&self) -> &'t str {
        self.text.get(self.hit.end..).unwrap_or("")
    }

    /// The block before the whole match.
    fn before_whole(&self) -> &'t str {
        self.text.get(..self.whole().start).unwrap_or("")
    }

    /// The block after the whole match.
    fn after_whole(&self) -> &'t str {
        self.text.get(self.whole().end..).unwrap_or("")
    }

    /// Date of the document.
    fn document_date(&self) -> Option<Date> {
        self.date?.get(..10)?.parse().ok()
    }

    /// Whether one of `words` stands at most `before` characters before or `after` characters after the hit.
    fn near(&self, words: &[&str], before: usize, after: usize) -> bool {
        let (left, right) = (last_chars(self.before(), before), first_chars(self.after(), after));
        words.iter().any(|word| left.contains(word) || right.contains(word))
    }
}

/// The last `count` characters of `text`.
fn last_chars(text: &str, count: usize) -> &str {
    let start = text.char_indices().rev().take(count).last().map_or(text.len(), |(at, _)| at);
    &text[start..]
}

/// The first `count` characters of `text`.
fn first_chars(text: &str, count: usize) -> &str {
    let end = text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// A named check that a pattern entry can ask for.
pub trait Validator: Sync {
    /// What entries call it.
    fn name(&self) -> &'static str;
    /// One English line for the docs.
    fn about(&self) -> &'static str;
    /// Decides whether one match is an error.
    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict;
    /// Whether anything in a block (its folded text) could be wrong; asked once before its matches are checked one by one.
    fn may_object(&self, _block: &str) -> bool {
        true
    }
}

/// Every validator, in one plain list.
pub static VALIDATORS: &[&dyn Validator] = &[
    &Identity18,
    &Identity15,
    &Mobile,
    &MobileAlone,
    &BankCard,
    &CalendarDate,
    &IsoDate,
    &WeekdayOfDate,
    &PaddedDate,
    &ShortYear,
    &YearOrder,
    &ZeroLookalike,
    &AnniversaryDot,
    &DocumentNumber,
    &ShortRange,
    &ApproximatePair,
    &MixedNumeral,
    &MixedFraction,
    &AdjacentMarks,
    &Unpaired,
    &MixedWidth,
];

/// The validator of that name.
pub fn find(name: &str) -> Option<&'static dyn Validator> {
    VALIDATORS.iter().copied().find(|validator| validator.name() == name)
}

// ---------------------------------------------------------------------------------------------------------------------
// Privacy

/// 公民身份号码 of 18 characters: GB 11643 check character, a division that can exist (GB/T 2260) and a date of birth that
/// exists and is not later than the document. Together they let pass about one random number in 10^5, so no context is
/// asked for. The code of an organisation (GB 32100) fails on the date.
pub struct Identity18;

impl Validator for Identity18 {
    fn name(&self) -> &'static str {
        "identity-18"
    }

    fn about(&self) -> &'static str {
        "18-character identity number: GB 11643 check character, division prefix, date of birth"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let number = compact(candidate.hit_text());
        if number.len() != 18 || !stands_alone(candidate) || !valid_identity_check(&number) || !valid_division(&number)
        {
            return Verdict::Fine;
        }
        let latest = candidate.document_date();
        let born = number.get(6..14).and_then(compact_date);
        Verdict::wrong_if(born.is_some_and(|born| born.year() >= 1900 && latest.is_none_or(|latest| born <= latest)))
    }
}

/// 身份证号 of 15 digits (issued until 1999): division, birth date yymmdd, three digits, no check digit. Only reported beside
/// a word that says so, or when the number is all there is in the block (a table cell) and is not better explained as
/// a business registration number (GS 15, ISO 7064 MOD 11,10) or a device number (Luhn).
pub struct Identity15;

impl Validator for Identity15 {
    fn name(&self) -> &'static str {
        "identity-15"
    }

    fn about(&self) -> &'static str {
        "15-digit identity number: division prefix, date of birth, and a word or a bare cell as evidence"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let number = candidate.hit_text();
        if number.len() != 15 || !stands_alone(candidate) || !valid_division(number) {
            return Verdict::Fine;
        }
        let born = number.get(6..12).and_then(|short| compact_date(&format!("19{short}")));
        if born.is_none() || candidate.near(&["注册号", "账号", "帐号", "账户", "卡号", "登记号", "IMEI"], 12, 0)
        {
            return Verdict::Fine;
        }
        let named = candidate.near(&["身份证", "身份号码", "证件号"], 20, 12);
        let bare = candidate.text.trim().len() == number.len() && !luhn(number) && !mod_11_10(number);
        Verdict::wrong_if(named || bare)
    }
}

/// A mobile number (numbering plan of the Ministry of Industry and Information Technology) in running text or a line of a
/// list. Beside words such as 联系, 咨询 or 热线 it is a published contact unless the line is about a private person.
pub struct Mobile;

impl Validator for Mobile {
    fn name(&self) -> &'static str {
        "mobile"
    }

    fn about(&self) -> &'static str {
        "mobile number that is not given as a public contact"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        const CONTACT: &[&str] = &[
            "联系",
            "咨询",
            "热线",
            "电话",
            "传真",
            "监督",
            "举报",
            "投诉",
            "值班",
            "客服",
            "报名",
            "微信",
            "邮箱",
            "信箱",
            "邮编",
            "办公",
            "服务",
            "求助",
            "救援",
            "招聘",
            "采购",
            "招标",
            "代理",
            "发言人",
        ];
        const PRIVATE: &[&str] = &[
            "身份证",
            "身份号码",
            "证件号",
            "住址",
            "户籍",
            "出生",
            "患者",
            "病例",
            "家长",
            "监护人",
            "受助",
            "低保",
            "银行卡",
            "卡号",
            "补贴对象",
            "补助对象",
            "考生",
        ];
        const AMOUNT: &[&str] = &["元", "万", "亿", "吨", "千", "平方", "立方", "公", "人", "次", "株", "美"];
        let number = compact(candidate.hit_text());
        if number.len() != 11 || !valid_mobile_prefix(&number) {
            return Verdict::Fine;
        }
        let before = candidate.before().trim_end_matches(['-', ' ']);
        let country = before.ends_with("+86") || before.ends_with("0086");
        if (!country && !stands_alone(candidate)) || AMOUNT.iter().any(|unit| candidate.after().starts_with(unit)) {
            return Verdict::Fine;
        }
        let alone = candidate.text.trim().len() == candidate.hit.len();
        Verdict::wrong_if(!alone && (candidate.near(PRIVATE, 40, 40) || !candidate.near(CONTACT, 40, 20)))
    }
}

/// A mobile number that is all there is in its block: a table cell. Its column may be a published list of contacts or the
/// telephone numbers of applicants; a person has to look.
pub struct MobileAlone;

impl Validator for MobileAlone {
    fn name(&self) -> &'static str {
        "mobile-alone"
    }

    fn about(&self) -> &'static str {
        "mobile number that fills a table cell"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let number = compact(candidate.hit_text());
        let alone = candidate.text.trim().len() == candidate.hit.len();
        Verdict::wrong_if(alone && number.len() == 11 && valid_mobile_prefix(&number))
    }
}

/// A bank card number: issuer prefix and length (ISO/IEC 7812; 62 for UnionPay, 955 for old cards of one bank) and
/// Luhn's check digit. Prefixes of foreign schemes need a word that says what the number is. Accounts of organisations
/// are public and fine.
pub struct BankCard;

impl Validator for BankCard {
    fn name(&self) -> &'static str {
        "bank-card"
    }

    fn about(&self) -> &'static str {
        "bank card number: issuer prefix, length, Luhn check digit; accounts of organisations excepted"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        const ORGANISATION: &[&str] = &[
            "对公",
            "基本户",
            "基本账户",
            "基本存款",
            "一般账户",
            "专户",
            "专用账户",
            "单位账户",
            "公司",
            "财政",
            "保证金",
            "基金会",
            "慈善",
            "红十字",
            "捐",
            "收款单位",
            "缴款",
            "订单",
            "流水",
            "项目编号",
            "合同编号",
        ];
        const CARD: &[&str] = &["银行卡", "卡号", "信用卡", "储蓄卡", "社保卡", "一卡通", "账号", "帐号"];
        let number = compact(candidate.hit_text());
        if !stands_alone(candidate) || !luhn(&number) || candidate.near(ORGANISATION, 60, 20) {
            return Verdict::Fine;
        }
        let domestic = (number.starts_with("62") && (16..=19).contains(&number.len()))
            || (number.starts_with("955") && matches!(number.len(), 16 | 19));
        let foreign = number.len() == 16 && number.starts_with(['3', '4', '5']);
        // Numbers of Gansu begin with 62 too, and a tenth of them pass Luhn's check.
        if valid_identity_check(&number) && valid_division(&number) {
            return Verdict::Fine;
        }
        Verdict::wrong_if(domestic || (foreign && candidate.near(CARD, 20, 10)))
    }
}

/// The characters of a number without its separators.
fn compact(number: &str) -> String {
    number.chars().filter(|c| !matches!(c, ' ' | '-')).collect()
}

/// Whether the hit is not part of a longer number, code or address.
fn stands_alone(candidate: &Candidate<'_, '_>) -> bool {
    let joins = |c: char| c.is_ascii_alphanumeric() || matches!(c, '*' | '_' | '=' | '/' | '@' | '%' | '#');
    let mut before = candidate.before().chars().rev();
    let mut after = candidate.after().chars();
    let joined = |first: Option<char>, second: Option<char>| match first {
        Some('.' | '-' | ',' | ' ') => second.is_some_and(|c| c.is_ascii_digit()),
        Some(c) => joins(c),
        None => false,
    };
    !joined(before.next(), before.next()) && !joined(after.next(), after.next())
}

/// GB 11643—1999 (ISO 7064 MOD 11-2): the weighted sum of all 18 characters, X being 10, is 1 modulo 11.
fn valid_identity_check(number: &str) -> bool {
    const WEIGHTS: [u32; 18] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1];
    let mut sum = 0;
    for (at, (c, weight)) in number.chars().zip(WEIGHTS).enumerate() {
        let value = match (c, at) {
            ('X' | 'x', 17) => 10,
            _ => match c.to_digit(10) {
                Some(digit) => digit,
                None => return false,
            },
        };
        sum += value * weight;
    }
    number.len() == WEIGHTS.len() && sum % 11 == 1
}

/// Whether the first six digits can be a division by GB/T 2260: a province, a prefecture 01–70 or 90 and a county that is
/// not 00. 83 is used in residence permits of Taiwan residents, 81 and 82 in those of Hong Kong and Macao.
fn valid_division(number: &str) -> bool {
    let part = |range: Range<usize>| number.get(range).and_then(|digits| digits.parse::<u8>().ok());
    let (Some(province), Some(prefecture), Some(county)) = (part(0..2), part(2..4), part(4..6)) else {
        return false;
    };
    let known = matches!(province, 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83);
    // The residence permits of 81–83 carry 0000 after the province.
    known && (province > 70 || (matches!(prefecture, 1..=70 | 90) && county > 0))
}

/// yyyymmdd as a date.
fn compact_date(digits: &str) -> Option<Date> {
    let part = |range: Range<usize>| digits.get(range)?.parse::<i16>().ok();
    let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Luhn's check (ISO/IEC 7812-1, annex B) over at least two digits.
fn luhn(number: &str) -> bool {
    let mut sum = 0;
    for (at, c) in number.chars().rev().enumerate() {
        let Some(digit) = c.to_digit(10) else { return false };
        let value = if at % 2 == 1 { digit * 2 } else { digit };
        sum += if value > 9 { value - 9 } else { value };
    }
    number.len() > 1 && sum % 10 == 0
}

/// ISO 7064 MOD 11,10, the check of 15-digit business registration numbers.
fn mod_11_10(number: &str) -> bool {
    let mut carry = 10;
    let mut last = 0;
    for c in number.chars() {
        let Some(digit) = c.to_digit(10) else { return false };
        last = (carry + digit) % 10;
        carry = if last == 0 { 10 } else { last } * 2 % 11;
    }
    last == 1
}

/// Prefixes given out to mobile networks and their resellers; data-only ranges (14x) are left out but for 145–149.
fn valid_mobile_prefix(number: &str) -> bool {
    let prefix = number.get(..3).and_then(|digits| digits.parse::<u16>().ok());
    matches!(
        prefix,
        Some(130..=139 | 145..=149 | 150..=153 | 155..=159 | 162 | 165..=167 | 170..=178 | 180..=193 | 195..=199)
    )
}

// ---------------------------------------------------------------------------------------------------------------------
// Dates

/// A date in figures that the calendar does not have. Groups `y` (four digits, optional), `m`, `d`. Days of the lunar
/// calendar and durations (3年2月30日) are fine.
pub struct CalendarDate;

impl Validator for CalendarDate {
    fn name(&self) -> &'static str {
        "calendar-date"
    }

    fn about(&self) -> &'static str {
        "y年m月d日 that the Gregorian calendar does not have"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let before = candidate.before_whole();
        let joined = before.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '年' | '-' | '/' | ','));
        if joined || ["农历", "阴历", "旧历", "藏历", "夏历"].iter().any(|word| last_chars(before, 8).contains(word))
        {
            return Verdict::Fine;
        }
        let (Some(month), Some(day)) = (candidate.number::<i8>("m"), candidate.number::<i8>("d")) else {
            return Verdict::Fine;
        };
        // Without its year, 29 February is possible.
        let year = candidate.number::<i16>("y").unwrap_or(2000);
        if Date::new(year, month, day).is_ok() {
            return Verdict::Fine;
        }
        let reason = match Date::new(year, month, 1) {
            Err(_) => format!("没有{month}月，请核对日期。"),
            Ok(first) => {
                let year = if candidate.group("y").is_empty() { String::new() } else { format!("{year}年") };
                format!("{year}{month}月只有{}天，没有{day}日，请核对日期。", first.days_in_month())
            }
        };
        Verdict::Wrong { suggestions: Vec::new(), reason: Some(reason) }
    }
}

/// The same for yyyy-mm-dd and its kin (GB/T 7408). Such strings are often no dates at all (standards, versions), so only
/// a real month with a day just beyond its end counts. Groups `y`, `m`, `d`.
pub struct IsoDate;

impl Validator for IsoDate {
    fn name(&self) -> &'static str {
        "iso-date"
    }

    fn about(&self) -> &'static str {
        "yyyy-mm-dd with a day that its month does not have"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let joins = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/' | '_' | '=' | '〔' | '[');
        let joined = candidate.before_whole().trim_end().ends_with(joins)
            || candidate.after_whole().starts_with(|c: char| joins(c) && !matches!(c, '.' | '-'));
        let (Some(year), Some(month), Some(day)) =
            (candidate.number::<i16>("y"), candidate.number::<i8>("m"), candidate.number::<i8>("d"))
        else {
            return Verdict::Fine;
        };
        let Ok(first) = Date::new(year, month, 1) else {
            return Verdict::Fine;
        };
        let last = first.days_in_month();
        if joined || day <= last || day > 31 {
            return Verdict::Fine;
        }
        let reason = format!("{year}年{month}月只有{last}天，没有{day}日，请核对日期。");
        Verdict::Wrong { suggestions: Vec::new(), reason: Some(reason) }
    }
}

/// A date followed by a day of the week that it was not. Groups `y` (optional), `m`, `d`, and `hit`: 星期三, 周三. Without
/// a year the document's own is taken if the day lies within 90 days of the document, else nothing is said.
pub struct WeekdayOfDate;

impl Validator for WeekdayOfDate {
    fn name(&self) -> &'static str {
        "weekday"
    }

    fn about(&self) -> &'static str {
        "day of the week that does not fit the date before it"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let before = candidate.before_whole();
        // A bracket ties the weekday to the date; without one, 至8月31日周一闭馆 speaks of every Monday.
        let bracket = candidate.before().ends_with(['（', '(']);
        if candidate.after().starts_with(['至', '到', '、', '-', '—', '~', '～', '－', '和', '及', '或', '良'])
            || before.ends_with(|c: char| c.is_ascii_digit() || c == '年' || c == '每')
            || (!bracket && before.ends_with(['至', '到', '-', '—', '~', '～', '－']))
            || last_chars(before, 4).contains("农历")
        {
            return Verdict::Fine;
        }
        let (Some(month), Some(day)) = (candidate.number::<i8>("m"), candidate.number::<i8>("d")) else {
            return Verdict::Fine;
        };
        let date = match candidate.number::<i16>("y") {
            Some(year) => Date::new(year, month, day).ok(),
            None => candidate.document_date().and_then(|document| {
                let date = Date::new(document.year(), month, day).ok()?;
                let near = document.checked_sub(90.days()).ok()?..=document.checked_add(90.days()).ok()?;
                near.contains(&date).then_some(date)
            }),
        };
        let (Some(date), Some(last)) = (date, candidate.hit_text().chars().next_back()) else {
            return Verdict::Fine;
        };
        let right = match date.weekday() {
            Weekday::Monday => '一',
            Weekday::Tuesday => '二',
            Weekday::Wednesday => '三',
            Weekday::Thursday => '四',
            Weekday::Friday => '五',
            Weekday::Saturday => '六',
            Weekday::Sunday => '日',
        };
        if last == right || (last == '天' && right == '日') {
            return Verdict::Fine;
        }
        let stem = candidate.hit_text().trim_end_matches(last);
        Verdict::Wrong {
            suggestions: vec![format!("{stem}{right}")],
            reason: Some(format!(
                "{}年{}月{}日是星期{right}，日期与星期不一致，请核对。",
                date.year(),
                date.month(),
                date.day()
            )),
        }
    }
}

/// A date with padded month or day (GB/T 9704—2012, 7.3.5.4: 月、日不编虚位). Groups `y`, `m`, `d`. Time stamps of a site are
/// fine: beside 发布时间 and the like, or with a clock time behind.
pub struct PaddedDate;

impl Validator for PaddedDate {
    fn name(&self) -> &'static str {
        "padded-date"
    }

    fn about(&self) -> &'static str {
        "y年0m月0d日 that is not a time stamp"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let stamp = ["时间", "日期", "发布", "更新", "来源", "浏览", "作者", "编辑"]
            .iter()
            .any(|word| last_chars(candidate.before_whole(), 10).contains(word));
        let clock = candidate.after_whole().trim_start().starts_with(|c: char| c.is_ascii_digit());
        let (Some(month), Some(day)) = (candidate.number::<u8>("m"), candidate.number::<u8>("d")) else {
            return Verdict::Fine;
        };
        let padded = candidate.group("m").starts_with('0') || candidate.group("d").starts_with('0');
        if stamp || clock || !padded || month == 0 || day == 0 {
            return Verdict::Fine;
        }
        Verdict::replace([format!("{}年{month}月{day}日", candidate.group("y"))])
    }
}

/// A year of two digits in a full date (GB/T 15835—2011, 5.1.4). Group `y`. Durations and years of an era are fine.
pub struct ShortYear;

impl Validator for ShortYear {
    fn name(&self) -> &'static str {
        "short-year"
    }

    fn about(&self) -> &'static str {
        "yy年m月d日 that is neither a duration nor a year of an era"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        const OTHER: &[&str] = &[
            "民国", "光绪", "同治", "咸丰", "道光", "嘉庆", "乾隆", "雍正", "康熙", "顺治", "宣统", "万历", "昭和",
            "大正", "平成", "明治", "徒刑", "刑期", "历时", "为期", "工龄", "年龄", "佛历", "主体",
        ];
        let before = candidate.before();
        let joined = before.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/' | ',' | '、'));
        if joined || OTHER.iter().any(|word| last_chars(before, 6).contains(word)) {
            return Verdict::Fine;
        }
        let Some(short) = candidate.number::<i16>("y") else {
            return Verdict::Fine;
        };
        // The century that puts the year nearest before the document; ten years ahead are left for plans.
        let now = candidate.document_date().map_or(2035, |date| date.year() + 10);
        let full = if 2000 + short <= now { 2000 + short } else { 1900 + short };
        Verdict::replace([candidate.hit_text().replacen(candidate.group("y"), &full.to_string(), 1)])
    }
}

/// A range of years that ends before it begins. Groups `a`, `b`. Numbers of standards (GB 2001-1998) are fine.
pub struct YearOrder;

impl Validator for YearOrder {
    fn name(&self) -> &'static str {
        "year-order"
    }

    fn about(&self) -> &'static str {
        "range of years whose end lies before its beginning"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let before = candidate.before_whole().trim_end();
        if before.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '—')) {
            return Verdict::Fine;
        }
        match (candidate.number::<u16>("a"), candidate.number::<u16>("b")) {
            (Some(a), Some(b)) if a > b => Verdict::wrong(),
            _ => Verdict::Fine,
        }
    }
}

/// A year whose zero is another character: 二○二一 with U+25CB, a letter O, 零 (GB/T 15835—2011, 5.2.5), or 2O21 with
/// letters among figures. Reported is the year without 年.
pub struct ZeroLookalike;

impl Validator for ZeroLookalike {
    fn name(&self) -> &'static str {
        "zero-lookalike"
    }

    fn about(&self) -> &'static str {
        "year written with a circle, a letter or 零 in place of 〇 or 0"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let year = candidate.hit_text();
        if candidate.before_whole().ends_with(|c: char| c.is_ascii_alphanumeric() || is_han_digit(c)) {
            return Verdict::Fine;
        }
        let figures = year.starts_with(|c: char| c.is_ascii_digit());
        let right: String = year
            .chars()
            .map(|c| match c {
                '○' | '◯' | 'O' | 'o' | 'О' | 'о' | 'Ο' | 'ο' | '零' | '0' | '〇' => {
                    if figures {
                        '0'
                    } else {
                        '〇'
                    }
                }
                'l' | 'I' => '1',
                other => other,
            })
            .collect();
        if right == year { Verdict::Fine } else { Verdict::replace([right]) }
    }
}

/// A day that became a name, written with a full stop: 3.15 (GB/T 15835—2011, 5.1.6: 间隔号). Groups `m`, `d`.
pub struct AnniversaryDot;

impl Validator for AnniversaryDot {
    fn name(&self) -> &'static str {
        "anniversary-dot"
    }

    fn about(&self) -> &'static str {
        "month.day used as a name; versions and ratios excepted"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let before = candidate.before();
        if before.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/' | '~' | '～' | '—')) {
            return Verdict::Fine;
        }
        let (Some(month), Some(day)) = (candidate.number::<i8>("m"), candidate.number::<i8>("d")) else {
            return Verdict::Fine;
        };
        if Date::new(2000, month, day).is_err() || candidate.group("d").starts_with('0') {
            return Verdict::Fine;
        }
        Verdict::replace([format!("{month}·{day}")])
    }
}

/// Figures in Chinese.
fn is_han_digit(c: char) -> bool {
    "〇零一二三四五六七八九".contains(c)
}

// ---------------------------------------------------------------------------------------------------------------------
// Numbers of documents

/// 发文字号 (GB/T 9704—2012, 7.2.5): 代字〔年〕序号号. Groups `code` (Han characters before the bracket, at least one), `y`,
/// `n`. The suggestion is the number in its right form. Fine: orders and announcements numbered with 第, licences,
/// certificates and invoices, which have rules of their own.
pub struct DocumentNumber;

impl Validator for DocumentNumber {
    fn name(&self) -> &'static str {
        "document-number"
    }

    fn about(&self) -> &'static str {
        "number of an official document, put into the form of GB/T 9704; licences, orders and announcements excepted"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        const OTHER: &[&str] = &[
            "公告", "通告", "令", "公示", "证", "许可", "备", "编号", "批号", "发票", "合同", "标准", "议案", "提案",
            "期", "案", "准字", "年报", "专刊", "第", "项目", "附件", "表", "课题", "款", "条", "项",
        ];
        let (code, number) = (candidate.group("code"), candidate.group("n").trim_start_matches('0'));
        let before = candidate.before_whole();
        if OTHER.iter().any(|word| code.ends_with(word) || (code.is_empty() && before.ends_with(word)))
            || ["许可证", "证书", "发票", "合同编号", "资格证", "执业证", "批准文号"]
                .iter()
                .any(|word| last_chars(before, 12).contains(word) || code.contains(word))
        {
            return Verdict::Fine;
        }
        let (year, number) = (candidate.group("y"), if number.is_empty() { "0" } else { number });
        if year.len() != 4 {
            return Verdict::Fine;
        }
        let hit = candidate.hit_text();
        let right = format!("〔{year}〕{number}号");
        // The code belongs to the hit where the order of the parts is wrong, otherwise it stands before it.
        let right = if hit.starts_with(['〔', '[', '［', '(', '（', '【', '﹝']) && !hit.contains(code)
            || code.is_empty()
        {
            right
        } else {
            format!("{code}{right}")
        };
        if right == hit { Verdict::Fine } else { Verdict::replace([right]) }
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Numerals

/// A range whose first value lost its % or 万, 亿 (GB/T 15835—2011, 5.1.3: 不写为15～30%). Groups `a`, `s`, `b`, `u`.
pub struct ShortRange;

impl Validator for ShortRange {
    fn name(&self) -> &'static str {
        "short-range"
    }

    fn about(&self) -> &'static str {
        "range of numbers whose first value lacks the unit of the second"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let before = candidate.before_whole();
        let joined = |c: char| {
            c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '—' | '～' | '~' | '/' | '第' | '表' | '图' | ',')
        };
        let (Some(a), Some(b)) = (candidate.number::<f64>("a"), candidate.number::<f64>("b")) else {
            return Verdict::Fine;
        };
        let bracketed = before.ends_with(['(', '（']) && candidate.after().starts_with([')', '）']);
        if before.ends_with(joined) || a >= b || bracketed {
            return Verdict::Fine;
        }
        let sign = match candidate.group("s") {
            "—" | "至" => candidate.group("s"),
            _ => "～",
        };
        let unit = candidate.group("u");
        Verdict::replace([format!("{}{unit}{sign}{}{unit}", candidate.group("a"), candidate.group("b"))])
    }
}

/// Two neighbouring numbers as an estimate with 、 between them (GB/T 15835—2011, 5.2.1). Groups `a`, `b`, one Han or
/// ASCII digit each. Enumerations (第三、四个) and numbered headings (一、三年来) are fine.
pub struct ApproximatePair;

impl Validator for ApproximatePair {
    fn name(&self) -> &'static str {
        "approximate-pair"
    }

    fn about(&self) -> &'static str {
        "neighbouring numbers with 、 that are an estimate, not an enumeration"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let value = |group: &str| {
            let c = candidate.group(group).chars().next()?;
            c.to_digit(10).or_else(|| "一二三四五六七八九".chars().position(|d| d == c).map(|at| at as u32 + 1))
        };
        let (Some(a), Some(b)) = (value("a"), value("b")) else {
            return Verdict::Fine;
        };
        let before = candidate.before();
        let enumerates = before.is_empty()
            || before.ends_with(|c: char| {
                c.is_ascii_alphanumeric()
                    || is_han_digit(c)
                    || "十百千万亿第、前后头末上下各条款项附表图。；：;:.)）,，".contains(c)
            });
        let class = first_chars(candidate.after(), 2);
        let ordinal =
            ["年级", "年生", "次会", "天干", "个五", "年期", "年制", "年中", "人称", "次产", "次分"].contains(&class);
        if enumerates || ordinal || b != a + 1 {
            return Verdict::Fine;
        }
        let han = |value: u32| "一二三四五六七八九".chars().nth(value as usize - 1).unwrap_or('一');
        Verdict::replace([format!("{}{}", han(a), han(b))])
    }
}

/// Figures joined to 十, 百 or 千: 5千多元 (GB/T 15835—2011, 5.3: only 万 and 亿 may follow figures). Groups `n` (figures, a
/// point allowed) and `k`. Units such as 千克 are kept out by the pattern.
pub struct MixedNumeral;

impl Validator for MixedNumeral {
    fn name(&self) -> &'static str {
        "mixed-numeral"
    }

    fn about(&self) -> &'static str {
        "figures joined to 十, 百 or 千, written out in figures"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let zeros = match candidate.group("k") {
            "十" => 1,
            "百" => 2,
            "千" => 3,
            _ => return Verdict::Fine,
        };
        if candidate
            .before()
            .ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ',' | '-' | '/' | '、'))
        {
            return Verdict::Fine;
        }
        let (whole, fraction) = candidate.group("n").split_once('.').unwrap_or((candidate.group("n"), ""));
        if fraction.len() > zeros || whole.is_empty() || whole.len() > 4 {
            return Verdict::Fine;
        }
        let number = format!("{whole}{fraction:0<zeros$}");
        let number = number.trim_start_matches('0');
        let (Some(group), true) = (candidate.captures.name("k"), !number.is_empty()) else {
            return Verdict::Fine;
        };
        let Some(start) = candidate.captures.name("hit").or(candidate.captures.get(0)) else {
            return Verdict::Fine;
        };
        let tail = candidate.hit_text().get(group.end().saturating_sub(start.start())..).unwrap_or("");
        Verdict::replace([format!("{number}{tail}")])
    }
}

/// A fraction in two scripts: 三分之1 (GB/T 15835—2011, 5.3). Groups `p` (denominator and 分之) and `n` (figures).
pub struct MixedFraction;

impl Validator for MixedFraction {
    fn name(&self) -> &'static str {
        "mixed-fraction"
    }

    fn about(&self) -> &'static str {
        "fraction with a Chinese denominator and a numerator in figures"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let (part, figures) = (candidate.group("p"), candidate.group("n"));
        if candidate.after().starts_with(|c: char| c.is_ascii_digit()) {
            return Verdict::Fine;
        }
        let han = figures.parse::<u32>().ok().and_then(han_number);
        match (part, han) {
            ("百分之", Some(han)) => Verdict::replace([format!("{figures}%"), format!("{part}{han}")]),
            ("百分之", None) => Verdict::replace([format!("{figures}%")]),
            ("千分之", _) => Verdict::replace([format!("{figures}‰")]),
            (_, Some(han)) => Verdict::replace([format!("{part}{han}")]),
            (_, None) => Verdict::wrong(),
        }
    }
}

/// A number from 1 to 99 in Chinese.
fn han_number(value: u32) -> Option<String> {
    let digit = |value: u32| "一二三四五六七八九".chars().nth(value as usize - 1);
    match value {
        1..=9 => digit(value).map(String::from),
        10..=99 => {
            let mut text = if value < 20 { String::new() } else { digit(value / 10)?.to_string() };
            text.push('十');
            if !value.is_multiple_of(10) {
                text.push(digit(value % 10)?);
            }
            Some(text)
        }
        _ => None,
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Punctuation

/// Two pause or stop marks side by side (GB/T 15834—2011). Groups `a`, `b`. Three or more 。 are a mistyped ellipsis and
/// left to another entry; marks that are quoted as marks (“，”“。”) do not touch.
pub struct AdjacentMarks;

impl Validator for AdjacentMarks {
    fn name(&self) -> &'static str {
        "adjacent-marks"
    }

    fn about(&self) -> &'static str {
        "two pause or stop marks in a row; the suggestion keeps the stronger one"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let wide = |mark: &str| match mark.chars().next() {
            Some(',' | '，') => Some(('，', 1)),
            Some('、') => Some(('、', 0)),
            Some(':' | '：') => Some(('：', 2)),
            Some(';' | '；') => Some(('；', 3)),
            Some('。') => Some(('。', 4)),
            Some('？') => Some(('？', 5)),
            Some('！') => Some(('！', 5)),
            _ => None,
        };
        let is_mark = |c: char| "，、；：。,;:".contains(c);
        let (Some(a), Some(b)) = (wide(candidate.group("a")), wide(candidate.group("b"))) else {
            return Verdict::Fine;
        };
        // A longer run is a row of placeholders or an ellipsis.
        if candidate.after().starts_with(is_mark) || candidate.before().ends_with(is_mark) {
            return Verdict::Fine;
        }
        let (strong, weak) = if b.1 > a.1 { (b.0, a.0) } else { (a.0, b.0) };
        if strong == weak || strong == '？' || strong == '！' {
            return Verdict::replace([strong]);
        }
        Verdict::replace([strong, weak])
    }
}

/// A bracket, quotation mark or title mark without its partner in the block. Paragraphs are cut in odd places (history
/// lines of statutes, quotations over several paragraphs, cells), so a missing partner alone is no proof: a sentence must
/// end, or a mark of the same kind stand, where the partner would have to be. Labels such as 1） are fine.
pub struct Unpaired;

impl Unpaired {
    /// Characters searched for the partner; if the block goes on, nothing is said.
    const REACH: usize = 400;

    /// The family of a mark and whether it opens.
    fn kind(mark: char) -> Option<(u8, bool)> {
        Some(match mark {
            '《' => (0, true),
            '》' => (0, false),
            '（' | '(' => (1, true),
            '）' | ')' => (1, false),
            '“' => (2, true),
            '”' => (2, false),
            '〔' => (3, true),
            '〕' => (3, false),
            _ => return None,
        })
    }

    /// Whether `before` ends in the label of a list item, to which a lone ） belongs.
    fn is_label(before: &str) -> bool {
        let head = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || is_han_digit(c) || c == '十');
        let label = &before[head.len()..];
        let fresh = head.is_empty() || head.ends_with([' ', '。', '；', '：', '，', '、', ';', ':', '（', '(', '第']);
        !label.is_empty() && label.chars().count() <= 3 && fresh
    }

    /// Walks away from a mark: the characters up to the next mark of its family and that mark, or the whole side if there is
    /// none, provided that the partner does not come within reach and the side ends.
    fn orphaned(side: impl Iterator<Item = char>, family: u8, opens: bool) -> Option<(String, Option<bool>)> {
        let (mut depth, mut near, mut next) = (1, String::new(), None);
        for (at, c) in side.enumerate() {
            if at == Self::REACH {
                return None;
            }
            match Self::kind(c) {
                Some((other, other_opens)) if other == family => {
                    depth += if other_opens == opens { 1 } else { -1 };
                    next = next.or(Some(other_opens));
                    if depth == 0 {
                        return None;
                    }
                }
                _ if next.is_none() => near.push(c),
                _ => {}
            }
        }
        Some((near, next))
    }
}

impl Validator for Unpaired {
    fn name(&self) -> &'static str {
        "unpaired"
    }

    fn about(&self) -> &'static str {
        "bracket, quotation mark or title mark without its partner in the block"
    }

    fn may_object(&self, block: &str) -> bool {
        let mut depths = [0i32; 4];
        for (family, opens) in block.chars().filter_map(Self::kind) {
            let depth = &mut depths[usize::from(family)];
            *depth += if opens { 1 } else { -1 };
            if *depth < 0 {
                return true;
            }
        }
        depths != [0; 4]
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let Some((family, opens)) = candidate.hit_text().chars().next().and_then(Self::kind) else {
            return Verdict::Fine;
        };
        let (before, after) = (candidate.before(), candidate.after());
        // A note in brackets may run over several blocks.
        let note = family == 1 && opens && before.is_empty();
        if note || (family == 1 && !opens && Self::is_label(before)) {
            return Verdict::Fine;
        }
        let orphaned = if opens {
            Self::orphaned(after.chars(), family, opens)
        } else {
            Self::orphaned(before.chars().rev(), family, opens)
        };
        let Some((near, next)) = orphaned else {
            return Verdict::Fine;
        };
        let stops = |c: char| matches!(c, '。' | '；' | '！' | '？');
        let stopped = near.contains(stops);
        let twin = next == Some(opens);
        let complete = after.trim_end().ends_with(stops);
        Verdict::wrong_if(match (family, opens) {
            (0, true) => (stopped || twin) && complete,
            (0, false) => stopped || twin,
            (1, true) => stopped && complete,
            // A bracket or quotation of whole sentences closes behind a stop and may have opened in an earlier block.
            (1, false) => (stopped || twin) && !before.ends_with(stops),
            (2, false) => twin && !stopped && !before.ends_with(stops),
            (3, _) => true,
            _ => false,
        })
    }
}

/// A half-width mark among full-width ones (GB/T 15834—2011): the slip of a writer. A block with several half-width marks was
/// converted that way, and one finding per mark would drown the rest. Group `a`: the mark.
pub struct MixedWidth;

impl Validator for MixedWidth {
    fn name(&self) -> &'static str {
        "mixed-width"
    }

    fn about(&self) -> &'static str {
        "single half-width mark in a block that otherwise uses full-width marks"
    }

    fn check(&self, candidate: &Candidate<'_, '_>) -> Verdict {
        let wide = match candidate.group("a") {
            "," => '，',
            ";" => '；',
            ":" => '：',
            "?" => '？',
            "!" => '！',
            _ => return Verdict::Fine,
        };
        // Bounded, so that a block full of half-width marks costs linear time.
        let around = [last_chars(candidate.before(), 200), first_chars(candidate.after(), 200)];
        let count = |marks: &[char]| around.iter().flat_map(|side| side.chars()).filter(|c| marks.contains(c)).count();
        let slip = count(&['，', '；', '：']) >= 3 && count(&[',', ';', ':']) == 0;
        if slip { Verdict::replace([wide]) } else { Verdict::Fine }
    }
}

#[cfg(test)]
mod tests {
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
        let pattern =
            "(?:(?<y>[0-9]{4})年)?(?<m>[0-9]{1,2})月(?<d>[0-9]{1,2})日[（]?(?<hit>(?:星期|周)[一二三四五六日天])";
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
            &[
                ("甲，乙，丙,丁，戊", "，"),
                ("甲，乙,丙", ""),
                ("甲,乙,丙，丁，戊，己", ""),
                ("甲，乙，丙，丁;戊", "；"),
            ],
        );
    }
}
