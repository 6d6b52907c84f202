//! Names that are written almost right: one character wrong, dropped or doubled, or two neighbours swapped; all others
//! agree exactly.

use super::Side;
use crate::normalise::is_han;

/// What may follow a name directly.
const FOLLOWING: [&str; 44] = [
    "同志",
    "先生",
    "女士",
    "出席",
    "主持",
    "强调",
    "指出",
    "表示",
    "介绍",
    "要求",
    "带领",
    "率队",
    "率领",
    "作了",
    "作报告",
    "做了",
    "调研",
    "参加",
    "宣布",
    "讲话",
    "致辞",
    "陪同",
    "代表",
    "主任",
    "等",
    "说",
    "在",
    "到",
    "向",
    "对",
    "为",
    "和",
    "与",
    "及",
    "就",
    "带",
    "率",
    "赴",
    "深入",
    "一行",
    "签署",
    "听取",
    "会见",
    "的",
];

/// Common surnames (《百家姓》 and the surnames most frequent today). Where the first character is the one that differs, what
/// stands there must at least be a surname: 全国人民代表 is no slip of 罗人民代表.
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔\
钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂\
章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛冉翁蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳穆\
农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟臧闵苟邬边卞姬仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻\
苑迟邝";

/// The name that stands at the beginning (end) of `beside` in place of `name`, if it differs from it by one slip.
pub(super) fn near<'t>(beside: &'t str, side: Side, name: &str) -> Option<&'t str> {
    let right: Vec<char> = name.chars().collect();
    // Of two characters one alone would be left to tell the name by.
    if right.len() < 3 {
        return None;
    }
    let ends = |written: &str| match side {
        Side::After => {
            let rest = &beside[written.len()..];
            !rest.starts_with(is_han) || FOLLOWING.iter().any(|word| rest.starts_with(word))
        }
        Side::Before => !beside[..beside.len() - written.len()].ends_with(is_han),
    };
    let doubled = side.take(beside, right.len() + 1).filter(|written| is_doubled(written, &right));
    let dropped =
        || side.take(beside, right.len() - 1).filter(|written| is_dropped(written, &right, side) && ends(written));
    let other = || {
        side.take(beside, right.len()).filter(|written| is_substituted(written, &right) || is_swapped(written, &right))
    };
    doubled.or_else(dropped).or_else(other)
}

fn is_doubled(written: &str, right: &[char]) -> bool {
    let written: Vec<char> = written.chars().collect();
    (1..written.len()).any(|at| {
        let mut once = written.clone();
        once.remove(at) == written[at - 1] && once == right
    })
}

fn is_dropped(written: &str, right: &[char], side: Side) -> bool {
    // 建国县长 for 王建国县长 is a way of speaking.
    let first = usize::from(side == Side::Before || right.len() == 3);
    (first..right.len()).any(|at| {
        let mut short = right.to_vec();
        short.remove(at);
        written.chars().eq(short)
    })
}

fn is_substituted(written: &str, right: &[char]) -> bool {
    let surname = written.chars().next().is_some_and(|first| right[0] == first || SURNAMES.contains(first));
    surname && written.chars().zip(right).filter(|(one, other)| one != *other).count() == 1
}

fn is_swapped(written: &str, right: &[char]) -> bool {
    (1..right.len()).any(|at| {
        let mut swapped = right.to_vec();
        swapped.swap(at - 1, at);
        swapped != right && written.chars().eq(swapped)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_and_no_more() {
        for (beside, name, expected) in [
            ("王建果出席", "王建国", Some("王建果")),
            ("汪建国出席", "王建国", Some("汪建国")),
            ("王国建", "王建国", Some("王国建")),
            ("王建主持", "王建国", Some("王建")),
            ("王建建国", "王建国", Some("王建建国")),
            ("王建明星", "王建国", Some("王建明")),
            ("欧阳海伟", "欧阳海涛", Some("欧阳海伟")),
            ("欧阳海主持", "欧阳海涛", Some("欧阳海")),
            ("李建强", "王建国", None),
            ("王建", "王伟", None),
            ("王玮出席", "王伟", None),
            ("王，建国", "王建国", None),
            ("", "王建国", None),
        ] {
            assert_eq!(near(beside, Side::After, name), expected, "{beside}");
        }
        for (beside, expected) in
            [("由王建果", Some("王建果")), ("王国", Some("王国")), ("建国", None), ("感谢王国", None), ("民政府", None)]
        {
            assert_eq!(near(beside, Side::Before, "王建国"), expected, "{beside}");
        }
    }
}
