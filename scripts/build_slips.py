#!/usr/bin/env python3
"""Builds dictionaries/slips/: how Chinese characters sound, are typed and look, to judge how plausible a slip is.

  build_slips.py --characters tgscc_8105.txt --shapes similar_shape.json --out dictionaries/slips

sounds.tsv  character, its readings without tones (pypinyin's single-character table, MIT), its Wubi 86 codes (pywubi, MIT)
shapes.tsv  character, characters that look like it (ECSpell's shape confusion set, MIT; pairs that scanning confuses
            are added here)

Needs pypinyin and pywubi from PyPI.
"""

import argparse
import collections
import json
import os

# Pairs that recognition of scanned pages confuses, as inspectors report them, if the table does not have them.
SCANNED = "人入 日曰 己已 已巳 己巳 未末 士土 拔拨 险除 千干 干于 于千 天夭 刀刁 大太 大犬 太犬 木本 本木 免兔 鸟乌 侯候 辨辩 辩辫 析折 折拆 " \
          "治冶 冶治 今令 令今 洒酒 戊戌 戌戍 贷货 货贷 晴睛 眯咪 徽微 幸辛 辛幸 崇祟 茶荼 睢雎 赢羸 竞竟 竟竞 戴载 暑署 毫豪 祥详 抓爪 瓜爪 " \
          "往住 住往 佳住 待侍 侍待 卷券 券卷 嬴赢 衷哀 哀衰 衰衷 肓盲 育肓 扰抚 优忧 伏优 历厉 力刀 方万 万方 元无 无天 上止 正止 王玉 主王 " \
          "办力 为力 会合 合台 治洽 问间 间问 问向 闲闭 闭闲 团困 因困 因固 田由 由甲 甲申 申电 白自 自目 目日 且旦 旦且 百白 具真 其具 县具 " \
          "壮状 状壮 决块 快块 抉快 准淮 淮准 冲仲 仲种 钟种 种钟 责贵 贵责 贯贵 斤斥 斥斤 厂广 广厂 户卢 产严 严产 巨臣 臣巨 区匹 匹区".split()

# Well-known pairs of similar shape that neither the table nor the list above has.
LIKE = "丁厂 七匕 丈文 上土 下卞 丑五 且目 丙两 丙内 业亚 东乐 东车 两内 两雨 中申 丸九 为办 主玉 乃及 久欠 义叉 乌岛 乎平 九几 买头 买实 予子 云去 互瓦 五玉 五王 井开 井进 产广 产立 享停 什付 " \
       "什叶 什计 什针 仁仕 仅仍 仅仪 仅汉 仍奶 仑仓 代弋 仰抑 伏伐 休体 休本 传傅 作诈 倍部 借错 债绩 偏编 健律 偷输 储绪 储贮 儿几 兄只 先无 兑兔 党觉 党赏 入八 全金 六大 冀翼 冈网 冒昌 冒胃 冒胄 " \
       "准唯 切功 刺喇 割辖 务各 劲轻 北比 匡臣 升开 升斗 半平 卖实 博缚 占古 卬印 卸脚 厅历 压庄 友反 友发 反皮 受爱 右石 各名 后启 后盾 含舍 呈皇 咏脉 商裔 喝歇 四西 因团 土工 土干 在存 场埸 场扬 " \
       "场汤 坏杯 坞鸣 壬王 夕歹 夫夹 夫未 央夹 头斗 妥委 存荐 孤狐 宜宣 宝室 宣谊 室窒 宫营 宰幸 寅黄 射谢 小少 尝赏 尤无 尤龙 尸户 尺尽 履覆 工干 己巴 已巴 币市 并开 庄床 床应 康隶 延诞 建律 式武 " \
       "归旧 彻砌 很银 徐涂 徒走 徒陡 徙陡 恃持 恨根 戍茂 戎戒 手毛 扎礼 扑补 投股 抗航 折祈 拆析 拆诉 拙绌 拣炼 择译 捕浦 授援 推维 摘敌 摘滴 撒撤 改攻 改政 放政 故敌 效郊 斤片 日田 昂昴 星皇 曹遭 " \
       "服股 木术 未示 未禾 札礼 杜社 束速 来米 杳沓 析柝 染梁 栗票 栗粟 样详 根银 栽裁 检验 榆输 橡缘 次盗 残贱 母每 水永 汁计 沧论 浅线 湍端 激邀 火灭 灭灰 灸炙 炽织 煤谋 略路 的约 益盖 监盟 盖盗 " \
       "盟血 盲育 盾质 票粟 秩铁 税锐 究空 究窥 笫第 筒简 答签 策荣 管营 粘贴 系紊 约豹 纳讷 线钱 组织 绥缓 绪赌 绿缘 编骗 罗罚 罚罪 罢罪 群郡 而面 茸葺 草革 荣荧 荣莱 莱菜 菅营 裁载 见贝 计讨 计让 " \
       "计针 认队 讲进 许诈 贝页 贡责 财贱 货贸 跌铁 跑饱 轨轮 边迈 迁迂 运还 迫追 迭选 述迷 逐遂 邻郊 钓钩 钢钩 链键 闪闭 间闻 闸闹 阀阅 队阵 阶际 际陆 险验 雪雷 顺须 饮饱 马鸟 鸠鸩".split()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("characters", "shapes", "out"):
        parser.add_argument("--" + option, required=True)
    options = parser.parse_args()

    from pypinyin.constants import PINYIN_DICT
    from pypinyin.contrib.tone_convert import to_normal
    from pywubi import wubi

    standard = {line.split()[0] for line in open(options.characters, encoding="utf8") if line.strip()}
    # A slip may also hit a character that is in no standard; its look is then in no table, but its sound is.
    everything = [chr(code) for code in range(0x4E00, 0xA000) if code in PINYIN_DICT]
    known = set(everything) & standard
    os.makedirs(options.out, exist_ok=True)

    with open(os.path.join(options.out, "sounds.tsv"), "w", encoding="utf8") as out:
        out.write("# Characters, their readings without tones and their Wubi 86 codes. Made by scripts/build_slips.py.\n"
                  "# Origin: readings from pypinyin, Copyright (c) 2016 mozillazg, 闲耘, MIT; codes from pywubi, Copyright (c) 2019 "
                  "Thunder Bouble, MIT.\n")
        for character in everything:
            readings = PINYIN_DICT.get(ord(character), "")
            readings = list(dict.fromkeys(to_normal(one).replace("ü", "v") for one in readings.split(",") if one))
            codes = wubi(character, multicode=True)
            codes = sorted({code for code in (codes[0] if codes else []) if code.isalpha() and code.isascii()}, key=len)
            out.write(f"{character}\t{' '.join(readings)}\t{codes[-1] if codes else ''}\n")

    shapes = collections.defaultdict(set)
    for character, similar in json.load(open(options.shapes, encoding="utf8")).items():
        for other in similar:
            if character in known and other in known and character != other:
                shapes[min(character, other)].add(max(character, other))
    for one, two in SCANNED + LIKE:
        if one != two:
            shapes[min(one, two)].add(max(one, two))
    with open(os.path.join(options.out, "shapes.tsv"), "w", encoding="utf8") as out:
        out.write("# Characters and those after them in code order that look like them. Made by scripts/build_slips.py.\n"
                  "# Origin: ECSpell, Copyright (c) 2022 Aopolin-Lv, MIT; a few pairs added.\n")
        for character in sorted(shapes):
            out.write(f"{character}\t{''.join(sorted(shapes[character]))}\n")


if __name__ == "__main__":
    main()
