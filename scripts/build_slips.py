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
    for one, two in SCANNED:
        if one != two:
            shapes[min(one, two)].add(max(one, two))
    with open(os.path.join(options.out, "shapes.tsv"), "w", encoding="utf8") as out:
        out.write("# Characters and those after them in code order that look like them. Made by scripts/build_slips.py.\n"
                  "# Origin: ECSpell, Copyright (c) 2022 Aopolin-Lv, MIT; a few pairs added.\n")
        for character in sorted(shapes):
            out.write(f"{character}\t{''.join(sorted(shapes[character]))}\n")


if __name__ == "__main__":
    main()
