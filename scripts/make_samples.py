#!/usr/bin/env python3
"""Builds samples/: a small site of an invented agency with the errors that inspections report, and traps beside them.

    pip install python-docx openpyxl
    python3 scripts/make_samples.py [FOLDER]

The place, the agency and the people do not exist.  Every intended error stands below marked `# ERROR`, every trap
`# TRAP`; what the tool should say about them is in samples/README.md, which this script leaves alone.  Whatever carries
a time in the file format is fixed, so that a second run gives the same bytes.
"""

import datetime
import html
import io
import pathlib
import re
import sys
import zipfile

import docx
import openpyxl
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, Side

CITY = "云岭市澄溪区"
BUREAU = CITY + "农业农村局"
PHONE = "0000-5550101"

# --------------------------------------------------------------------------------------------------------------------
# Pages

NAVIGATION = [
    ("首页", "index.html"),
    ("新闻中心", "index.html#xwzx"),
    ("政务公开", "index.html#zwgk"),
    ("通知公告", "zwgk/tzgg/index.html"),
    ("互动交流", "index.html#hdjl"),
]

HEAD = """\
{doctype}
<head>
{charset}
<title>{title}_{bureau}</title>
<meta name="SiteName" content="{bureau}" />
<meta name="SiteDomain" content="nyncj.chengxi.example" />
<meta name="SiteIDCode" content="0000000000" />
{metas}
<link rel="stylesheet" type="text/css" href="{root}css/style.css" />
</head>
"""

BODY = """\
<body>
<div class="top"><div class="w">
<div class="name">{bureau}</div>
<div class="domain">nyncj.chengxi.example</div>
</div></div>
<div class="nav"><ul class="w">
{navigation}
</ul></div>
<div class="w main">
{content}
</div>
<div class="footer"><div class="w">
<p>主办单位：{bureau}　　地址：{city}示例路1号　　联系电话：{phone}</p>
<p>网站标识码：0000000000　　备案序号：示例备00000000号</p>
<p>本站为软件测试用的示例，地名、单位和人员均属虚构</p>
</div></div>
</body>
</html>
"""

ARTICLE = """\
<div class="crumbs">当前位置：<a href="{root}index.html">首页</a> &gt; {crumbs}</div>
<h1>{title}</h1>
<div class="info"><span>发布时间：{date}</span><span>信息来源：{source}</span><span>字体：【大 中 小】</span></div>
<!--文章正文开始-->
<div id="zoom" class="content"><div class="TRS_Editor">
{text}
</div></div>
<!--文章正文结束-->
{attachments}"""

OLD_PARAGRAPH = '<p align="justify" style="text-indent: 2em; line-height: 1.75; font-size: 12pt">{}</p>'
OLD_SIGNED = '<p align="right" style="line-height: 1.75; font-size: 12pt">{}</p>'
NEW_PARAGRAPH = '<p style="text-indent: 2em;"><span style="font-size: 12pt;">{}</span></p>'
NEW_SIGNED = '<p style="text-align: right;"><span style="font-size: 12pt;">{}</span></p>'


def page(path, title, content, *, old=False, metas=()):
    """A page of the site; old ones are XHTML in GBK, as content management systems wrote them."""
    root = "../" * path.count("/")
    doctype = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"'
        ' "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n<html xmlns="http://www.w3.org/1999/xhtml">'
        if old
        else '<!DOCTYPE html>\n<html lang="zh-CN">'
    )
    charset = (
        '<meta http-equiv="Content-Type" content="text/html; charset=gb2312" />'
        if old
        else '<meta charset="utf-8" />\n<meta name="viewport" content="width=device-width, initial-scale=1" />'
    )
    values = {
        "bureau": BUREAU, "city": CITY, "phone": PHONE, "root": root, "title": title, "doctype": doctype, "charset": charset,
        "metas": "\n".join(f'<meta name="{name}" content="{html.escape(value)}" />' for name, value in metas),
        "navigation": "\n".join(f'<li><a href="{root}{link}">{label}</a></li>' for label, link in NAVIGATION),
        "content": content,
    }
    markup = (HEAD + BODY).format(**values)
    return path, markup.replace("\n", "\r\n").encode("gbk") if old else markup.encode("utf-8")


def article(path, title, date, column, paragraphs, *, source=BUREAU, signed=(), attachments=(), old=False, description=""):
    """A page with one text. `paragraphs` are HTML; those that begin with `<` are put as they are."""
    root = "../" * path.count("/")
    paragraph, signature = (OLD_PARAGRAPH, OLD_SIGNED) if old else (NEW_PARAGRAPH, NEW_SIGNED)
    lines = [text if text.startswith("<") else paragraph.format(text) for text in paragraphs]
    lines += [signature.format(text) for text in signed]
    numbers = [""] if len(attachments) == 1 else range(1, len(attachments) + 1)
    links = "\n".join(f'<li><a href="{name}">附件{n}：{label}</a></li>' for n, (name, label) in zip(numbers, attachments))
    metas = [
        ("ColumnName", column),
        ("ColumnType", column),
        ("ArticleTitle", title),
        ("PubDate", f"{date} 09:30:00" if old else f"{date} 09:30"),
        ("ContentSource", source),
        ("Description", description or title),
    ]
    column_link = f'<a href="{root}zwgk/tzgg/index.html">{column}</a>' if column == "通知公告" else column
    content = ARTICLE.format(
        root=root, crumbs=f"{column_link} &gt; 正文", title=title, date=date, source=source, text="\n".join(lines),
        attachments=f'<ul class="attachments">\n{links}\n</ul>' if links else "",
    )
    return page(path, title, content, old=old, metas=metas)


def listing(items, root=""):
    rows = "\n".join(f'<li><a href="{root}{path}">{title}</a><span>{date}</span></li>' for path, title, date in items)
    return f'<ul class="list">\n{rows}\n</ul>'


# --------------------------------------------------------------------------------------------------------------------
# What the site says

STRAW = ("zwgk/tzgg/2017/t20170908_10211.html", "关于做好2017年秋季秸秆禁烧和综合利用工作的通知", "2017-09-08")
SUBSIDY = ("zwgk/tzgg/2019/t20190412_20337.html", "2019年耕地地力保护补贴拟发放对象公示", "2019-04-12")
WORDING = ("zwgk/tzgg/2021/t20210615_30452.html", "关于进一步规范公文用字的提示", "2021-06-15")
INSPECTION = ("zwgk/tzgg/2021/t20211109_31870.html", "关于开展农产品质量安全专项检查的通知", "2021-11-09")
FLOOD = ("zwgk/tzgg/2022/t20220524_40118.html", "关于做好2022年农业防汛抗旱工作的通知", "2022-05-24")
TRAINING = ("zwgk/tzgg/2023/t20230508_50234.html", "关于举办2023年高素质农民培训班的通知", "2023-05-08")
LETTER = ("hdjl/lxhf/2024/t20240327_55810.html", "关于农机报废更新补贴咨询的答复", "2024-03-27")
SPRING = ("xwzx/gzdt/2025/t20250318_60027.html", "区农业农村局召开春季农业生产工作会议", "2025-03-18")

PLAN_DOCX = "P020190412384512345678.docx"
NAMES_XLSX = "P020190412384512349012.xlsx"
FLOOD_ZIP = "P020220524401100000001.zip"

# TRAP: these names of authorities were right in 2017.
STRAW_TEXT = [
    "各镇人民政府、街道办事处，局属各单位：",
    "为贯彻落实《中华人民共和国大气污染防治法》和农业部关于推进秸秆综合利用的要求，切实做好我区秋季秸秆禁烧和综合利用工作，现就有关事项通知如下：",
    "一、压实属地责任。各镇、街道要建立区、镇、村三级网格，把责任落实到人员、落实到地块。",
    "二、推进综合利用。加快秸秆机械化还田，支持秸秆饲料化、基料化利用，力争全区秸秆综合利用率稳步提高。",
    "三、加强联合巡查。区农业局会同区国土资源局、区环境保护局组成巡查组，对重点区域、重点时段开展巡查，发现问题及时处置。",
]

SUBSIDY_TEXT = [
    "根据上级关于实施耕地地力保护补贴的有关规定，经农户申报、村级核实、镇级审核，现将我区2019年耕地地力保护补贴拟发放对象予以公示，公示时间为2019年4月12日至4月18日。",
    "公示期间，如有异议，请以书面形式向区农业农村局反映，并提供必要的证明材料。监督电话：" + PHONE + "。",
]

WORDING_TEXT = [
    "局机关各科室，局属各单位：",
    "近期检查发现，个别材料用字不够规范。为提高公文质量，现作如下提示：",
    # TRAP: speaks about a wrong form.
    "一、表示安排、布置的意思时，“部署”不得写作“布署”。",
    # TRAP: the number of a court case has round brackets.
    "二、引用裁判文书时，案号照录原文，如（2021）京01民终123号，其中的圆括号不改作六角括号。",
    "三、下列词语容易写错，请对照修改：",
    # TRAP: a table of wrong forms and right ones.
    '<table class="words" border="1" cellspacing="0" cellpadding="6">',
    "<tr><th>序号</th><th>错误</th><th>正确</th><th>说明</th></tr>",
    "<tr><td>1</td><td>截止目前</td><td>截至目前</td><td>后面接时间用“截至”</td></tr>",
    "<tr><td>2</td><td>幅射带动</td><td>辐射带动</td><td>“辐”是车轮的辐条</td></tr>",
    "<tr><td>3</td><td>工程峻工</td><td>工程竣工</td><td>“竣”是完成的意思</td></tr>",
    "</table>",
]

INSPECTION_TEXT = [
    "各镇人民政府、街道办事处，各有关单位：",
    # ERROR: markup inside the name of the state; square brackets in the number of a document; a character reference.
    "根据《中华人<b>名</b>共和国农产品质量安全法》和《关于加强农产品质量安全监管工作的通知》（澄农发[2021]17号）要求，"
    "决定在全区开展农产品质量安全专项检查，现就有关工作作如下布&#x7F72;：",
    "一、检查时间。2021年11月15日至12月15日。",
    "二、检查内容。重点检查农药、兽药使用记录，产地环境管理和食用农产品合格证制度落实情况。",
    "三、工作要求。各镇、街道要明确专人负责，检查结束后将工作总结报送区农业农村局。",
]

FLOOD_TEXT = [
    "各镇人民政府、街道办事处，局属各单位：",
    "汛期将至，为保障农业生产安全和农民群众生命财产安全，现就做好2022年农业防汛抗旱工作通知如下：",
    "一、强化组织领导。各单位主要负责同志要靠前指挥，严格执行领导带班和24小时值班制度，具体安排见附件。",
    "二、开展隐患排查。对农田排灌设施、畜禽养殖场、设施大棚进行全面检查，及时整改。",
    "三、做好技术指导。组织农技人员进村入户，指导农户落实防灾减灾措施。",
]

TRAINING_TEXT = [
    "各镇农业服务中心：",
    # ERROR: a Tuesday; ADVICE: the mark between two years.
    "为落实《澄溪区高素质农民培育三年行动计划（2023-2025年）》，定于2023年5月16日（星期三）上午9时举办高素质农民培训班，现将有关事项通知如下：",
    "一、培训对象。种植大户、家庭农场经营者和农民合作社负责人，共60人。",
    "二、培训内容。粮油作物绿色高产栽培技术、农产品质量安全、农业经营管理。",
    "三、培训地点。区农业技术推广中心二楼会议室。",
]

LETTER_TEXT = [
    "<h2>来信内容</h2>",
    # TRAP: a quotation, left alone on purpose.
    "<!-- zhengming-disable-next typos/部署 -- 引用来信原文 -->",
    "我是一名农机手。贵局去年布署的农机报废更新补贴，今年是否继续实施？",
    "<h2>答复内容</h2>",
    "您好！您反映的问题收悉。经研究，答复如下：",
    "2024年农机报废更新补贴政策继续实施，补贴标准和办理流程可向所在镇农业服务中心咨询。感谢您对农业农村工作的关心和支持！",
]

# ERROR: the same wrong wording on the page and in the post.
SAME_SENTENCE = "会议强调，要坚持把粮食安全放在首位，加快推进农村农业现代化，让农民的日子越过越红火。"

SPRING_TEXT = [
    "3月17日，区农业农村局召开春季农业生产工作会议，安排今年春耕备耕任务。",
    SAME_SENTENCE,
    # ERROR: the source has a line break inside a fixed expression.
    "会议要求，要深化农业供给侧结构\n改革，优化种植结构，稳定粮食播种面积。",
    # TRAP: wrong forms that only arise across words.
    "会议听取了农业专家咨询委员会报告，讨论了以增产增收为目的的技术服务方案和有关健康养殖的培训计划。",
    "会前，云岭日报社公众号发布署名文章，介绍我区春耕备耕的做法。",
]

WECHAT_2025 = f"""\
---
title: 春耕正当时！澄溪区这样部署春季农业生产
date: 2025-03-18
source: 澄溪农业农村（微信公众号）
---

# 春耕正当时！澄溪区这样部署春季农业生产

3月17日，区农业农村局召开**春季农业生产工作会议**，安排今年春耕备耕任务。

{SAME_SENTENCE}

> 农技人员提醒：近期气温回升，请抓住墒情，适时播种。

来源：{BUREAU}
"""

# TRAP: what the illness was called in 2020.
WECHAT_2020 = f"""\
---
title: 春耕备耕这样做
date: 2020-02-24
source: 澄溪农业农村（微信公众号）
---

# 春耕备耕这样做

当前，要做好个人防护，严防新冠肺炎输入，分时分区下田，避免人员聚集。

1. 农资门店错峰营业，提供配送服务。
2. 农机合作社跨村作业提前报备。
3. 技术问题可拨打{PHONE}咨询。

来源：{BUREAU}
"""


def pages():
    notices = [TRAINING, FLOOD, INSPECTION, WORDING, SUBSIDY, STRAW]
    yield page(
        "index.html", "首页",
        "\n".join([
            '<h2 id="xwzx">新闻中心</h2>', listing([SPRING]),
            '<h2 id="zwgk">通知公告</h2>', listing(notices),
            '<h2 id="hdjl">来信回复</h2>', listing([LETTER]),
        ]),
        metas=[("ColumnName", "首页"), ("Description", BUREAU + "网站，公开农业农村领域政务信息，提供在线服务和互动交流。")],
    )
    yield page(
        "zwgk/tzgg/index.html", "通知公告",
        '<div class="crumbs">当前位置：<a href="../../index.html">首页</a> &gt; 通知公告</div>\n<h1>通知公告</h1>\n' + listing(notices, "../../"),
        old=True, metas=[("ColumnName", "通知公告"), ("ColumnType", "通知公告")],
    )
    yield article(*STRAW, "通知公告", STRAW_TEXT, source=CITY + "农业局", signed=[CITY + "农业局", "2017年9月8日"], old=True)
    yield article(
        *SUBSIDY, "通知公告", SUBSIDY_TEXT, signed=[BUREAU, "2019年4月12日"], old=True,
        attachments=[(PLAN_DOCX, "2019年耕地地力保护补贴实施方案"), (NAMES_XLSX, "2019年耕地地力保护补贴拟发放对象名单")],
    )
    yield article(*WORDING, "通知公告", WORDING_TEXT, signed=[BUREAU + "办公室", "2021年6月15日"])
    yield article(*INSPECTION, "通知公告", INSPECTION_TEXT, signed=[BUREAU, "2021年11月9日"], old=True)
    yield article(
        *FLOOD, "通知公告", FLOOD_TEXT, signed=[BUREAU, "2022年5月24日"], attachments=[(FLOOD_ZIP, "农业防汛值班安排")],
    )
    yield article(*TRAINING, "通知公告", TRAINING_TEXT, signed=[BUREAU, "2023年5月8日"])
    yield article(*LETTER, "来信回复", LETTER_TEXT)
    yield article(*SPRING, "工作动态", SPRING_TEXT, description=SPRING_TEXT[0])


STYLE = """\
body { margin: 0; font: 16px/1.7 "Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", SimSun, sans-serif; color: #333; background: #f4f6f4; }
a { color: #1b5e34; text-decoration: none; }
a:hover { text-decoration: underline; }
.w { max-width: 1000px; margin: 0 auto; padding: 0 16px; }
.top { background: #2f7d4a; background: linear-gradient(90deg, #256b3d, #5aa469); color: #fff; padding: 28px 0; }
.top .name { font-size: 30px; font-weight: bold; letter-spacing: 2px; }
.top .domain { opacity: .8; }
.nav { background: #1b5e34; }
.nav ul { list-style: none; margin: 0 auto; }
.nav li { display: inline-block; }
.nav a { display: block; padding: 10px 22px; color: #fff; }
.main { background: #fff; padding: 12px 40px 40px; box-sizing: border-box; min-height: 420px; }
.crumbs { color: #777; font-size: 14px; padding: 8px 0; border-bottom: 1px solid #e3e8e3; }
h1 { font-size: 26px; text-align: center; color: #1f3d2a; margin: 32px 0 12px; }
h2 { font-size: 19px; border-left: 5px solid #2f7d4a; padding-left: 10px; margin: 28px 0 8px; }
.info { text-align: center; color: #888; font-size: 14px; border-bottom: 1px dashed #ccc; padding-bottom: 12px; }
.info span { margin: 0 10px; }
.list { list-style: none; padding: 0; }
.list li { border-bottom: 1px dotted #ccc; padding: 6px 0; overflow: hidden; }
.list span { float: right; color: #888; }
.words { border-collapse: collapse; margin: 12px auto; }
.attachments { background: #f1f6f1; padding: 12px 12px 12px 36px; margin-top: 24px; }
.footer { text-align: center; color: #666; font-size: 14px; padding: 18px 0; }
.footer p { margin: 2px 0; }
"""

# --------------------------------------------------------------------------------------------------------------------
# Attachments

MADE = datetime.datetime(2019, 4, 10, 9, 0, 0)
MADE_TEXT = MADE.strftime("%Y-%m-%dT%H:%M:%SZ").encode()


def stable(package):
    """The same Office file without the time it was written at."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + MADE_TEXT, data)
            add(new, name, data)
    return packed.getvalue()


class GbkName(zipfile.ZipInfo):
    """An entry named in GBK without saying so, as Chinese Windows packs it."""

    def _encodeFilenameFlags(self):
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def add(archive, name, data, info=zipfile.ZipInfo):
    entry = info(name, MADE.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data)


def set_properties(properties, title):
    properties.title = title
    properties.created = properties.modified = MADE
    for name in ("author", "creator", "last_modified_by", "lastModifiedBy"):
        if hasattr(properties, name):
            setattr(properties, name, BUREAU)
    if hasattr(properties, "comments"):
        properties.comments = ""


def plan():
    """The old attachment with two errors that fail a site: in a cell and in the footer, both split over runs."""
    document = docx.Document()
    set_properties(document.core_properties, "2019年耕地地力保护补贴实施方案")
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "FangSong", Pt(14)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), "仿宋")

    def paragraph(text, *, bold=False, align=None):
        added = document.add_paragraph()
        added.add_run(text).bold = bold
        added.alignment = align
        return added

    paragraph("2019年耕地地力保护补贴实施方案", bold=True, align=WD_ALIGN_PARAGRAPH.CENTER)
    paragraph("为做好2019年耕地地力保护补贴发放工作，确保补贴资金及时足额发放到户，结合我区实际，制定本方案。")
    paragraph("一、补贴对象", bold=True)
    paragraph("拥有耕地承包权的种地农民。已改变用途的耕地不予补贴。")
    paragraph("二、任务分工", bold=True)
    rows = [
        ("序号", "工作任务", "依据", "责任单位"),
        # ERROR: serious.
        ("1", "核实补贴面积", ("《中华人民", "共合", "国农业法》"), "各镇人民政府、街道办事处"),
        ("2", "公示补贴对象", ("补贴政策有关规定",), "区农业农村局"),
        ("3", "发放补贴资金", ("资金管理有关规定",), "区财政局"),
    ]
    table = document.add_table(rows=len(rows), cols=4, style="Table Grid")
    for cells, values in zip(table.rows, rows):
        for cell, value in zip(cells.cells, values):
            for run in [value] if isinstance(value, str) else value:
                cell.paragraphs[0].add_run(run)
    document.add_paragraph()
    paragraph("三、工作要求", bold=True)
    paragraph("严格执行公示制度，任何单位和个人不得截留、挪用补贴资金。")
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    footer = section.footer.paragraphs[0]
    # ERROR: serious.
    for run in (CITY + "人民", "攻", "府办公室　2019年4月10日印发"):
        footer.add_run(run)
    packed = io.BytesIO()
    document.save(packed)
    return stable(packed.getvalue())


def test_identity_number():
    """Passes the check of GB 11643 and belongs to nobody: no such division, no such year, the sequence 000."""
    digits = "110199" + "19000101" + "000"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(digits, weights)) % 11]


def names():
    """The list that should have been masked, with a typo in a cell and one in a comment."""
    book = openpyxl.Workbook()
    set_properties(book.properties, "2019年耕地地力保护补贴拟发放对象名单")
    sheet = book.active
    sheet.title = "拟发放对象名单"
    sheet.append(["2019年耕地地力保护补贴拟发放对象名单"])
    sheet.append(["序号", "村（社区）", "姓名", "身份证号", "面积（亩）", "金额（元）", "备注"])
    people = [
        ("示例一村", "测试甲", "110199********0011", 5.0, ""),
        ("示例一村", "测试乙", test_identity_number(), 3.5, ""),             # ERROR: serious
        ("示例二村", "测试丙", "110199********0038", 6.0, "上年补贴已拔付到户"),    # ERROR
        ("示例二村", "测试丁", "110199********0046", 4.5, ""),
    ]
    for number, (village, name, identity, area, note) in enumerate(people, 1):
        sheet.append([number, village, name, identity, area, area * 100, note])
    area = sum(person[3] for person in people)
    sheet.append(["合计", None, None, None, area, area * 100, None])
    sheet.merge_cells("A1:G1")
    line = Side(style="thin")
    for row in sheet["A2:G7"]:
        for cell in row:
            cell.border = Border(line, line, line, line)
            cell.alignment = Alignment(horizontal="center")
    sheet["A1"].font = Font(bold=True, size=14)
    sheet["A1"].alignment = Alignment(horizontal="center")
    for column, width in zip("ABCDEFG", (8, 14, 12, 24, 12, 12, 24)):
        sheet.column_dimensions[column].width = width
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet["E5"].comment = Comment("面积己经村委会核实。", "经办人")                # ERROR
    notes = book.create_sheet("填表说明")
    notes.append(["1.身份证号只保留前6位和后4位，其余用“*”代替。"])
    notes.append(["2.补贴标准为每亩100元。"])
    packed = io.BytesIO()
    book.save(packed)
    return stable(packed.getvalue())


def flood_archive():
    packed = io.BytesIO()
    files = [
        ("防汛值班安排/值班要求.txt", [
            "农业防汛值班要求",
            "一、值班时间为2022年6月1日至9月30日，每天24小时。",
            "二、值班人员要坚守岗位，严格落实防讯值班制度，做好记录和交接。",    # ERROR
            "三、遇有汛情、险情、灾情，立即报告区农业农村局值班室，电话" + PHONE + "。",
        ]),
        ("防汛值班安排/物资清单.txt", ["农业防汛物资清单", "编织袋2000条，排水泵10台，雨衣50件，应急灯30盏。"]),
    ]
    with zipfile.ZipFile(packed, "w") as archive:
        for name, lines in files:
            add(archive, name, ("\r\n".join(lines) + "\r\n").encode("gbk"), GbkName)
    return packed.getvalue()


# --------------------------------------------------------------------------------------------------------------------

def main():
    target = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent / "samples")
    files = dict(pages())
    files["css/style.css"] = STYLE.encode()
    files["wechat/2020-02-24-chungeng.md"] = WECHAT_2020.encode()
    files["wechat/2025-03-18-chungeng.md"] = WECHAT_2025.encode()
    files["zwgk/tzgg/2019/" + PLAN_DOCX] = plan()
    files["zwgk/tzgg/2019/" + NAMES_XLSX] = names()
    files["zwgk/tzgg/2022/" + FLOOD_ZIP] = flood_archive()
    for path, data in sorted(files.items()):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(data)
    print(f"{len(files)} files, {sum(map(len, files.values()))} bytes in {target}")


if __name__ == "__main__":
    main()
