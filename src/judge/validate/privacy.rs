//! Personal numbers: identity cards, mobile telephones, bank cards.

use jiff::civil::Date;
use std::ops::Range;

use super::{Candidate, Validator, Verdict};

/// 公民身份号码 of 18 characters: GB 11643 check character, a division that can exist (GB/T 2260) and a date of birth that
/// exists and is not later than the document. Together they let pass about one random number in 10^5, so no context is
/// asked for. The code of an organisation (GB 32100) fails on the date.
pub(super) struct Identity18;

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
pub(super) struct Identity15;

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
pub(super) struct Mobile;

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
pub(super) struct MobileAlone;

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
pub(super) struct BankCard;

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
pub(super) fn compact(number: &str) -> String {
    number.chars().filter(|c| !matches!(c, ' ' | '-')).collect()
}

/// Whether the hit is not part of a longer number, code or address.
pub(super) fn stands_alone(candidate: &Candidate<'_, '_>) -> bool {
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
pub(super) fn valid_identity_check(number: &str) -> bool {
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
pub(super) fn valid_division(number: &str) -> bool {
    let part = |range: Range<usize>| number.get(range).and_then(|digits| digits.parse::<u8>().ok());
    let (Some(province), Some(prefecture), Some(county)) = (part(0..2), part(2..4), part(4..6)) else {
        return false;
    };
    let known = matches!(province, 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83);
    // The residence permits of 81–83 carry 0000 after the province.
    known && (province > 70 || (matches!(prefecture, 1..=70 | 90) && county > 0))
}

/// yyyymmdd as a date.
pub(super) fn compact_date(digits: &str) -> Option<Date> {
    let part = |range: Range<usize>| digits.get(range)?.parse::<i16>().ok();
    let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Luhn's check (ISO/IEC 7812-1, annex B) over at least two digits.
pub(super) fn luhn(number: &str) -> bool {
    let mut sum = 0;
    for (at, c) in number.chars().rev().enumerate() {
        let Some(digit) = c.to_digit(10) else { return false };
        let value = if at % 2 == 1 { digit * 2 } else { digit };
        sum += if value > 9 { value - 9 } else { value };
    }
    number.len() > 1 && sum % 10 == 0
}

/// ISO 7064 MOD 11,10, the check of 15-digit business registration numbers.
pub(super) fn mod_11_10(number: &str) -> bool {
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
pub(super) fn valid_mobile_prefix(number: &str) -> bool {
    let prefix = number.get(..3).and_then(|digits| digits.parse::<u16>().ok());
    matches!(
        prefix,
        Some(130..=139 | 145..=149 | 150..=153 | 155..=159 | 162 | 165..=167 | 170..=178 | 180..=193 | 195..=199)
    )
}
