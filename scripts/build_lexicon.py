#!/usr/bin/env python3
"""Builds dictionaries/lexicon/words.tsv, the word list behind the word-boundary check.

Inputs: jieba's dict.txt, official text, THUOCL idioms, the table of standard characters, division names, and the wrong
forms that must not be words.  See dictionaries/lexicon/README.md for what the result is and how the counts are formed.
Only the standard library is needed (and jieba's dict.txt, taken from the installed package unless --jieba is given).
"""

import argparse
import collections
import csv
import json
import math
import os
import re
import sys

TOTAL = 60_000_000          # the counts sum to about this many tokens
SHARE_REFERENCE = 0.5       # weight of the official text; the rest is jieba's general frequency
MAX_WORD = 8
PASSES = 3

HAN_RUN = re.compile(r"[㐀-䶿一-鿿\U00020000-\U0003134f]+")

# Categories whose wrong forms are misspellings, hence no words.  The other categories (old names of institutions,
# outdated terms, style) consist of ordinary words.
SPELLING = {"typo-common", "typo-idiom", "typo-input", "typo-ocr", "variant", "confusable", "dup-char", "redundancy"}
# Misspelt place names and titles from the mixed categories.
MISSPELT = set("株州 满州里 欧州 神洲 检查官".split())
# Wrong in some use, yet words of the language (other uses, older texts): they stay.
LEGITIMATE = set(
    """国事 山洪 倍受 了了 会报 其它 惟一 交待 连结 联结 联接 标识 图象 做为 了望 消防栓 鲶鱼 蓝球 不加思索 不能自己 报导
    成份 份量 份子 分子 折衷 思惟 人材 记念 磐石 盘石 连袂 伏罪 左证 支解 无宁 无庸 日蚀 月蚀 模写 摹写 留连 笔划 贰心
    赢余 那末 定单 定货 定婚 收伏 展转 洋琴 脚门 门坎 带孝 御手 转游 零丁 光采 丁宁 佳宾 分付 飘流 飘泊 颤栗 过份 辈份
    刻划 原由 原故 告戒 劝戒 训戒 宏图 鸿图 弘图 平空 影象 录相 录象 案语 热呼 神祗 泻湖 水份 部份 凯旋归来 亲眼目睹
    请示报告 低徊 余辉 伏侍 参预 叙文 叙言 喝采 姿式 含胡 哄动 希奇 希有 希罕 元煤 卤莽 塌实 忿忿 恍忽 耽心 耽忧 脚色
    胡涂 蕃衍 赐与 跌荡 鬼哭狼嗥 鱼具 鱼网 鸿福 车箱 补钉 虾蟆 骨董 玩艺儿 搀和 搀杂 摹仿 摹拟 推委 火伴""".split()
) - {"会报", "做为", "蓝球", "推委", "部份", "水份", "过份", "辈份", "火伴", "份子"}
# Words which contain a wrong form by chance or rightly.
COMPOUNDS = set("工作作风 折衷主义 标识符 标识牌 标识物 标识语言 零丁洋 万事俱备 不能自已 过度期待".split())

PERSON = {"nr", "nrt", "nrfg"}
NUMERAL = re.compile(r"^第?[零〇一二三四五六七八九十百千万亿两几数]{2,}.?$|^第[一二三四五六七八九十百千]+.+$"
                     r"|^[一二三四五六七八九十百千万亿两几数]+多?[年月日号天岁元条款项个名人户里米亩次座件本间家位只层]$")
# Characters that do not begin or end a word gained from the text.
WEAK = set("的了和及与或在对将把被为是有以由于从向至等并且而但即则若如其该各此本之所不可应须得者按经当使令让也就都还又再"
           "要能会已到给同跟比较更最很号说着过起我你他她们未相受多每个件条款项第一二三四五六七八九十百千万亿两零〇年月日时元名次上下中内外前后里间")
STRONG_END = set("者上下中内外前后日月年时间名会本")   # allowed at the end only
PHRASE = re.compile(r"我们|[你他她]们|关于|根据|按照|依照|有关|采取|[着说了]$|起来$|实际$")   # does not occur in words


def read_lines(path):
    with open(path, encoding="utf-8-sig") as file:
        return file.read().splitlines()


def read_jieba(path):
    words = {}
    for line in read_lines(path):
        parts = line.split(" ")
        if len(parts) >= 2:
            words[parts[0]] = (int(parts[1]), parts[2] if len(parts) > 2 else "")
    return words


def read_runs(folder):
    """Maximal runs of Han characters with their number."""
    runs = collections.Counter()
    for root, dirs, names in os.walk(folder):
        dirs.sort()
        for name in sorted(names):
            if name.endswith(".txt"):
                with open(os.path.join(root, name), encoding="utf-8") as file:
                    runs.update(HAN_RUN.findall(file.read()))
    return runs


def read_wrong(pairs, packs):
    """(wrong, rights) of misspellings."""
    result = {}
    for line in read_lines(pairs) if pairs else []:
        pair = json.loads(line)
        if pair["category"] in SPELLING or pair["wrong"] in MISSPELT:
            result.setdefault(pair["wrong"], set()).add(pair["right"])
    if packs and os.path.isdir(packs):
        for name in sorted(os.listdir(packs)):
            if not name.endswith(".tsv"):
                continue
            header, category = None, ""
            for line in read_lines(os.path.join(packs, name)):
                if line.startswith("#"):
                    found = re.match(r"#\s*category:\s*(\S+)", line)
                    category = found.group(1) if found and not header else category
                elif header is None:
                    header = line.split("\t")
                elif line.strip():
                    row = dict(zip(header, line.split("\t")))
                    if (row.get("category") or category) in SPELLING:
                        for wrong in filter(None, row.get("wrong", "").split("|")):
                            result.setdefault(wrong, set()).update(filter(None, row.get("right", "").split("|")))
    return {w: r for w, r in result.items() if len(w) >= 2 and HAN_RUN.fullmatch(w)}


class Model:
    """Unigram model; the best segmentation has the highest sum of ln(count / total)."""

    def __init__(self, counts):
        self.total = math.log(sum(counts.values()))
        self.cost = {w: math.log(c) - self.total for w, c in counts.items() if c > 0}
        self.unknown = -self.total
        self.prefixes = {w[:n] for w in self.cost for n in range(1, len(w))}

    def cut(self, text):
        n = len(text)
        best = [0.0] + [-1e300] * n
        back = [0] * (n + 1)
        cost, prefixes = self.cost, self.prefixes
        for i in range(n):
            base = best[i]
            for j in range(i + 1, n + 1):
                word = text[i:j]
                c = cost.get(word)
                if c is None:
                    c = self.unknown if j == i + 1 else None
                if c is not None and base + c > best[j]:
                    best[j] = base + c
                    back[j] = i
                if word not in prefixes:
                    break
        words = []
        while n:
            words.append(text[back[n]:n])
            n = back[n]
        return words[::-1]


def segment(model, runs):
    words, pairs, triples = collections.Counter(), collections.Counter(), collections.Counter()
    for run, number in runs.items():
        cut = model.cut(run)
        for i, word in enumerate(cut):
            words[word] += number
            if i:
                pairs[cut[i - 1], word] += number
            if i > 1:
                triples[cut[i - 2], cut[i - 1], word] += number
    return words, pairs, triples


def mix(general, reference):
    """count = TOTAL * ((1 - share) * general / sum(general) + share * reference / sum(reference))"""
    a = TOTAL * (1 - SHARE_REFERENCE) / sum(general.values())
    b = TOTAL * SHARE_REFERENCE / sum(reference.values()) if reference else 0
    return {w: max(0.3, a * general.get(w, 0) + b * reference.get(w, 0)) for w in sorted(general.keys() | reference.keys())}


def neighbours(runs, candidates):
    """Characters to the left and right of each candidate string, and its number as a plain string."""
    lengths = sorted({len(c) for c in candidates})
    left, right = collections.defaultdict(collections.Counter), collections.defaultdict(collections.Counter)
    number = collections.Counter()
    for run, times in runs.items():
        for n in lengths:
            for i in range(len(run) - n + 1):
                part = run[i:i + n]
                if part in candidates:
                    number[part] += times
                    left[part][run[i - 1] if i else "^"] += times
                    right[part][run[i + n] if i + n < len(run) else "$"] += times
    return number, left, right


def entropy(counter):
    total = sum(counter.values())
    # the edge of a run is as good as many different neighbours
    edge = counter.get("^", 0) + counter.get("$", 0)
    result = edge / total * math.log(max(edge, 1))
    return result - sum(v / total * math.log(v / total) for k, v in counter.items() if k not in "^$")


def gain(runs, words, pairs, triples, minimum):
    """New words: neighbouring words which cohere and have free neighbours."""
    total = sum(words.values())
    candidates = {}
    for parts, number in list(pairs.items()) + list(triples.items()):
        text = "".join(parts)
        if number < minimum or not 2 <= len(text) <= MAX_WORD:
            continue
        if text[0] in WEAK or (text[-1] in WEAK and text[-1] not in STRONG_END):
            continue
        if PHRASE.search(text) or any(part in WEAK or NUMERAL.match(part) for part in parts):
            continue
        information = math.log(number * total ** (len(parts) - 1)) - sum(math.log(words[p]) for p in parts)
        share = number / min(words[p] for p in parts)
        if information >= (5.5 if len(parts) == 2 else 10) and (share >= 0.08 or number >= 400):
            candidates[text] = max(candidates.get(text, 0), number)
    number, left, right = neighbours(runs, candidates)
    return {c: n for c, n in candidates.items()
            if n >= 0.9 * number[c] and entropy(left[c]) >= 1.6 and entropy(right[c]) >= 1.6}


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    root = os.path.dirname(here)
    data = os.path.join(root, "..", "shared", "data")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jieba", help="jieba's dict.txt; default: that of the installed package")
    parser.add_argument("--reference", default=os.path.join(data, "reference"), help="folder of official text (*.txt)")
    parser.add_argument("--idioms", default=os.path.join(data, "resources/idioms_thuocl.txt"))
    parser.add_argument("--characters", default=os.path.join(data, "resources/tgscc_8105.txt"))
    parser.add_argument("--divisions", default=os.path.join(data, "resources/areacodes_history.csv"))
    parser.add_argument("--pairs", default=os.path.join(data, "pairs.jsonl"))
    parser.add_argument("--packs", default=os.path.join(root, "dictionaries/packs"))
    parser.add_argument("--gained", help="also write the words gained from the text to this file, to look at")
    parser.add_argument("--output", default=os.path.join(root, "dictionaries/lexicon/words.tsv"))
    args = parser.parse_args()
    if not args.jieba:
        import jieba
        args.jieba = os.path.join(os.path.dirname(jieba.__file__), "dict.txt")

    characters = [line for line in read_lines(args.characters) if len(line) == 1]
    standard = set(characters)
    idioms = {line.split("\t")[0].strip() for line in read_lines(args.idioms)}
    divisions = set()
    for row in csv.reader(read_lines(args.divisions)):
        if len(row) > 4 and row[4] in ("省级", "地级", "县级"):
            name = row[3]
            if 2 <= len(name) <= MAX_WORD and name not in ("市辖区", "县", "名称") and "级" not in name:
                divisions.add(name)
    wrong = read_wrong(args.pairs, args.packs)
    runs = read_runs(args.reference)
    jieba_words = read_jieba(args.jieba)
    print(f"{len(jieba_words)} jieba, {len(runs)} runs, {len(wrong)} wrong forms", file=sys.stderr)

    def admissible(word):
        return 1 <= len(word) <= MAX_WORD and all(c in standard for c in word)

    def misspelt(word):
        """A wrong form, or a compound of one: then the wrong form would hide inside the compound."""
        if word in wrong:
            return word not in LEGITIMATE
        if word in idioms or word in COMPOUNDS:
            return False
        for i in range(len(word)):
            for j in range(i + 2, len(word) + 1):
                part, rest = word[i:j], word[:i] + word[j:]
                # "在在" is a slip of the keyboard, 实实在在 is not
                if part not in wrong or part[0] == part[1] and all(len(right) == 1 for right in wrong[part]):
                    continue
                if any(word[:i] + right + word[j:] in jieba_words for right in wrong[part]):
                    return True
                if len(part) > 2 or len(rest) >= 2 and rest in jieba_words and (not i or j == len(word)):
                    return True
        return False

    # An idiom list is also a spelling list: what differs from an idiom in one character is a misspelling or so rare that
    # it brings nothing.
    frames = {idiom[:i] + "?" + idiom[i + 1:] for idiom in idioms if len(idiom) >= 4 for i in range(len(idiom))}

    def idiom_variant(word):
        return any(word[:i] + "?" + word[i + 1:] in frames for i in range(len(word)))

    general, tags = {}, {}
    for word, (count, tag) in jieba_words.items():
        if admissible(word) and not misspelt(word):
            if len(word) >= 4 and count <= 20 and word not in idioms and idiom_variant(word):
                continue
            if len(word) > 1 and count < 100 and NUMERAL.match(word) and word not in divisions:
                continue
            general[word], tags[word] = count, tag
    for word in idioms:
        if admissible(word) and not misspelt(word):
            general[word] = max(general.get(word, 0), 5)
    for word in divisions:
        if admissible(word):
            general[word] = max(general.get(word, 0), 5)
    for word in characters:
        general[word] = max(general.get(word, 0), 1)

    counts, gained = mix(general, {}), {}
    for step in range(PASSES):
        words, pairs, triples = segment(Model(counts), runs)
        if step + 1 < PASSES:
            fresh = {w: n for w, n in gain(runs, words, pairs, triples, 20).items()
                     if w not in general and admissible(w) and not misspelt(w)}
            gained.update(fresh)
            words.update({w: n for w, n in fresh.items()})   # the next pass finds their true number
            print(f"pass {step + 1}: {sum(words.values())} tokens, {len(fresh)} words gained", file=sys.stderr)
        reference = {w: n for w, n in words.items() if w in general or w in gained}
        counts = mix(general, reference)

    # Which words occur in the text only across the boundaries of others?
    across = collections.Counter()
    for (left, right), number in pairs.items():
        if len(left) + len(right) > 2:
            across[left[-1] + right[0]] += number

    def keep(word):
        if len(word) == 1:
            return word in standard
        attested = reference.get(word, 0)
        if word in idioms or word in divisions or attested >= 2:
            return True
        count, tag = general.get(word, 0), tags.get(word, "")
        if word in gained:
            return False
        if not attested and len(word) == 2 and count <= 20 and across.get(word, 0) >= (1 if count <= 5 else 5):
            return False
        if tag in PERSON:
            return count >= 20
        if tag == "m":
            return count >= 10
        if attested:
            return True
        if count <= 3:
            return len(word) == 2 and tag not in ("ns", "nz") or word[-1] in "省市县区州国镇" and tag == "ns" or \
                len(word) in (3, 4) and tag in ("n", "nt", "vn", "a", "b", "d", "s", "t") or \
                len(word) == 4 and tag in ("i", "l")
        return True

    rows = {w: max(1, round(c)) for w, c in counts.items() if keep(w)}
    with open(args.output, "w", encoding="utf-8", newline="\n") as file:
        file.write("# Chinese words and their frequencies, for finding word boundaries: word<TAB>count, sorted by UTF-8 bytes\n"
                   "# Made by scripts/build_lexicon.py; do not edit. How: lexicon/README.md\n"
                   "# Origin: dict.txt of jieba 0.42.1, Copyright (c) 2013 Sun Junyi, MIT License; idioms of THUOCL (THUNLP,\n"
                   "# Tsinghua University), MIT License; division names of yescallop/areacodes, CC0; counts and further words\n"
                   "# from Chinese laws, regulations and government reports (not under copyright)\n")
        for word in sorted(rows, key=lambda w: w.encode()):
            file.write(f"{word}\t{rows[word]}\n")
    if args.gained:
        with open(args.gained, "w", encoding="utf-8") as file:
            for word in sorted(gained, key=lambda w: -reference.get(w, 0)):
                file.write(f"{word}\t{reference.get(word, 0)}\n")
    print(f"{len(rows)} words, {os.path.getsize(args.output)} bytes, total {sum(rows.values())}", file=sys.stderr)


if __name__ == "__main__":
    main()
