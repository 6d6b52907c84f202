#!/usr/bin/env python3
"""Check the registries in dictionaries/registries.

    check_registries.py --registries dictionaries/registries [--data DIR]

Without --data it verifies what can be seen in the files themselves: the header and the columns, dates, dates that
overlap for one name, successors that do not exist or start too late, two rows for one thing, short forms that would
mean two names at once, and enumerations whose members do not add up to the joined form.

--data DIR names a folder with `reference/` and `clean/`, each with a `manifest.tsv` whose first column is a file
below that folder. Then it also counts how many forms occur in those texts and verifies every row that
claims `checked = text`.

Prints one line per defect (`file:line: what`), then a table of counts. Exit status 1 if there was a defect.
"""
import argparse
import collections
import datetime
import os
import re
import sys

HEADER_KEYS = ("id", "title", "kind", "source", "severity", "category")
KINDS = {"name", "phrase", "list", "law"}
SEVERITIES = {"", "serious", "error", "advice"}
CHECKED = {"text", "source", "open"}

COLUMNS = {
    "names-central.tsv": "id right short from to successor siblings note source checked",
    "names-local.tsv": "right short from to successor local note source",
    "meetings.tsv": "right short held note source checked",
    "phrases.tsv": "right accepted siblings from to successor severity note source checked",
    "lists.tsv": "right label members ordered noun wrong_noun from to severity note source checked",
    "laws.tsv": "id right short kind_of from to successor articles number date siblings note source checked",
    "divisions.tsv": "right superior from to successor note source checked",
}
COLUMNS = {name: columns.split() for name, columns in COLUMNS.items()}

KINDS_OF = {"law", "regulation", "judicial", "department", "local", "document", "party"}

DOCUMENT_NUMBER = re.compile(r"^[一-鿿]+〔\d{4}〕[1-9]\d*号$")
FIRST_DAY, LAST_DAY = datetime.date.min, datetime.date.max
# What may stand between two members where they are written out one after the other.
SEPARATORS = ("、", "，", "；", "和")


class Report:
    """Defects, in the order in which they were found."""

    def __init__(self):
        self.defects = []

    def add(self, row, what):
        self.defects.append(f"{row['_file']}:{row['_line']}: {what}")


def read(path, report):
    """Rows of one registry as dictionaries, with `_file` and `_line`."""
    name = os.path.basename(path)
    place = {"_file": name, "_line": 1}
    with open(path, "rb") as handle:
        raw = handle.read()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        report.add(place, f"not UTF-8: {error}")
        return []
    if "\r" in text or text.startswith("\ufeff"):
        report.add(place, "carriage return or byte order mark")
    header, columns, rows = {}, None, []
    for number, line in enumerate(text.split("\n"), 1):
        place = {"_file": name, "_line": number}
        if not line:
            continue
        if line.startswith("#"):
            key, colon, value = line[1:].partition(":")
            if colon and key.strip() in HEADER_KEYS:
                header[key.strip()] = value.strip()
            continue
        cells = line.split("\t")
        if columns is None:
            columns = cells
            if columns != COLUMNS[name]:
                report.add(place, f"columns are {columns}, expected {COLUMNS[name]}")
                return []
            continue
        if len(cells) != len(columns):
            report.add(place, f"{len(cells)} cells in a table of {len(columns)} columns")
            continue
        row = dict(zip(columns, cells), **place)
        for column in columns:
            if row[column] != row[column].strip():
                report.add(row, f"blank at the edge of `{column}`")
        if not row["right"]:
            report.add(row, "`right` is empty")
        rows.append(row)
    place["_line"] = 1
    for key in HEADER_KEYS:
        if not header.get(key):
            report.add(place, f"header line `# {key}:` is missing")
    if header.get("kind") not in KINDS:
        report.add(place, f"unknown kind {header.get('kind')!r}")
    return rows


def values(row, column):
    """The `|`-separated values of a cell; none if it is empty or the file has no such column."""
    cell = row.get(column, "")
    return cell.split("|") if cell else []


def day(row, column, report, default):
    cell = row.get(column, "")
    if not cell:
        return default
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", cell):
            raise ValueError
        return datetime.date.fromisoformat(cell)
    except ValueError:
        report.add(row, f"`{column}` is not an ISO date: {cell}")
        return default


def check_cells(rows, report):
    """Everything that one row shows by itself. Adds `_from` and `_to`."""
    for row in rows:
        row["_from"] = day(row, "from", report, FIRST_DAY)
        row["_to"] = day(row, "to", report, LAST_DAY)
        if row["_from"] > row["_to"]:
            report.add(row, f"`from` {row['from']} is after `to` {row['to']}")
        day(row, "date", report, None)
        if row.get("checked", "text") not in CHECKED:
            report.add(row, f"unknown value in `checked`: {row['checked']!r}")
        if row.get("severity", "") not in SEVERITIES:
            report.add(row, f"unknown severity {row['severity']!r}")
        for column in ("short", "accepted", "siblings", "label", "members", "successor", "superior", "wrong_noun"):
            cells = values(row, column)
            if "" in cells:
                report.add(row, f"empty value in `{column}`")
            if len(set(cells)) != len(cells):
                report.add(row, f"value twice in `{column}`")
            if column in ("short", "accepted", "siblings") and row["right"] in cells:
                report.add(row, f"`right` repeated in `{column}`")
        if set(values(row, "accepted")) & set(values(row, "siblings")):
            report.add(row, "a form is both accepted and a sibling")
        if re.search(r"[(),;]|[^\S ]|^ | $|　", row["right"]):
            report.add(row, f"half-width punctuation or blank in `right`: {row['right']}")


def check_overlaps(rows, report):
    """One thing, one row at a time; one short form, one name at a time."""
    def overlap(one, other):
        return one["_from"] <= other["_to"] and other["_from"] <= one["_to"]

    same = collections.defaultdict(list)
    for row in rows:
        if row["_file"] == "lists.tsv":
            key = (row["right"], row["label"])
        elif row["_file"] == "divisions.tsv":
            # A county and the prefecture it lies in may share a name.
            key = (row["right"], row["superior"])
        elif row.get("number"):
            # Documents of one title are told apart by their numbers.
            key = (row["right"], row["number"])
        else:
            key = row["right"]
        for other in same[key]:
            if overlap(row, other):
                report.add(row, f"same as line {other['_line']}, at the same time: {row['right']}")
        same[key].append(row)

    names = {row["right"]: row for row in rows}
    shorts = collections.defaultdict(list)
    for row in rows:
        for short in values(row, "short"):
            if short in names and names[short] is not row and overlap(row, names[short]):
                report.add(row, f"short form {short} is the right form of line {names[short]['_line']}")
            for other in shorts[short]:
                if other is not row and overlap(row, other):
                    report.add(row, f"short form {short} also belongs to line {other['_line']}")
            shorts[short].append(row)


def check_successors(rows, report):
    """A successor exists and is in force on the day after its predecessor's last."""
    known = collections.defaultdict(list)
    for row in rows:
        known[row["right"]].append(row)
    for row in rows:
        for successor in values(row, "successor"):
            if successor not in known:
                report.add(row, f"successor is not in the file: {successor}")
                continue
            if row["_to"] == LAST_DAY:
                report.add(row, f"has a successor but no last day: {row['right']}")
                continue
            next_day = row["_to"] + datetime.timedelta(days=1)
            if not any(other["_from"] <= next_day <= other["_to"] for other in known[successor]):
                report.add(row, f"{row['right']} ends {row['to']}, but {successor} is not in force on the next day")


def check_meetings(rows, report):
    for row in rows:
        if not row["held"]:
            continue
        ends = row["held"].split("..")
        try:
            if len(ends) != 2 or datetime.date.fromisoformat(ends[0]) > datetime.date.fromisoformat(ends[1]):
                raise ValueError
        except ValueError:
            report.add(row, f"`held` is not a period: {row['held']}")


def check_lists(rows, report):
    """The members, in order, with separators between them, are the joined form."""
    for row in rows:
        members = values(row, "members")
        if len(members) < 2:
            report.add(row, "fewer than two members")
        if row["ordered"] not in ("yes", "no"):
            report.add(row, f"`ordered` is {row['ordered']!r}")
        rest = row["right"]
        for index, member in enumerate(members):
            if index and not rest.startswith(member) and rest[:1] in SEPARATORS:
                rest = rest[1:]
            if not rest.startswith(member):
                report.add(row, f"member {member} does not stand where it should in {row['right']}")
                break
            rest = rest[len(member):]
        else:
            if rest:
                report.add(row, f"{rest} remains of the joined form after the last member")
        if re.search(r"[“”]", row["label"]):
            report.add(row, "quotation marks in `label`")
        if values(row, "wrong_noun") and not row["noun"]:
            report.add(row, "`wrong_noun` without `noun`")


def check_laws(rows, report):
    for row in rows:
        if row["kind_of"] not in KINDS_OF:
            report.add(row, f"unknown kind_of {row['kind_of']!r}")
        if row["number"] and not DOCUMENT_NUMBER.match(row["number"]):
            report.add(row, f"not a document number: {row['number']}")
        last = ""
        for pair in values(row, "articles"):
            version, colon, count = pair.partition(":")
            if not colon or not count.isdigit() or int(count) < 2:
                report.add(row, f"not a pair of date and article: {pair}")
                continue
            try:
                datetime.date.fromisoformat(version)
            except ValueError:
                report.add(row, f"not a date: {version}")
            if version <= last:
                report.add(row, "`articles` not in ascending order")
            last = version
            if row["from"] and row["from"] > version:
                report.add(row, f"version of {version} is older than `from` {row['from']}")
        if re.search(r"[《》]$|^《", row["right"]) and row["right"].count("《") != row["right"].count("》"):
            report.add(row, "unbalanced title marks")


def texts(data):
    """Text of every document named by the manifests."""
    for part in ("reference", "clean"):
        folder = os.path.join(data, part)
        with open(os.path.join(folder, "manifest.tsv"), encoding="utf-8") as handle:
            next(handle)
            for line in handle:
                name = line.split("\t", 1)[0]
                if name.strip():
                    with open(os.path.join(folder, name), encoding="utf-8") as document:
                        yield document.read()


def written_forms(row):
    """The ways in which a row's right form may stand in a text."""
    forms = [row["right"], *values(row, "short")]
    members = values(row, "members")
    if members:
        for separator in ("、", "，", ""):
            forms.append(separator.join(members))
        for separator in ("、", "，"):
            forms.append(separator.join(members[:-1]) + "和" + members[-1])
    return forms


def occurring(forms, corpus):
    """Those of the forms that stand in the corpus. One pass, since there are far more forms than a search each allows."""
    width = min(map(len, forms))
    by_head = collections.defaultdict(list)
    for form in forms:
        by_head[form[:width]].append(form)
    there = set()
    for start in range(len(corpus)):
        for form in by_head.get(corpus[start:start + width], ()):
            if corpus.startswith(form, start):
                there.add(form)
    return there


def check_texts(tables, data, report):
    """Count the forms that occur, and verify the rows that claim to."""
    corpus = "\n".join(texts(data))
    # Titles stand in the texts with blanks and half-width brackets as well; the registries have neither.
    folded = re.sub(r"[ \t　]", "", corpus).translate(str.maketrans("()<>", "（）〈〉"))
    forms = {form for rows in tables.values() for row in rows for form in written_forms(row) if form}
    there = occurring(forms, corpus)
    there |= occurring(forms - there, folded)
    found = {}
    for name, rows in tables.items():
        found[name] = 0
        for row in rows:
            occurs = not there.isdisjoint(written_forms(row))
            found[name] += occurs
            if row.get("checked") == "text" and not occurs:
                report.add(row, f"`checked` says text, but no text has it: {row['right']}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--registries", required=True, metavar="DIR")
    parser.add_argument("--data", metavar="DIR")
    arguments = parser.parse_args()
    report, tables = Report(), {}
    for name in COLUMNS:
        path = os.path.join(arguments.registries, name)
        if not os.path.exists(path):
            report.add({"_file": name, "_line": 1}, "file is missing")
            continue
        rows = tables[name] = read(path, report)
        check_cells(rows, report)
        check_overlaps(rows, report)
        check_successors(rows, report)
        for file, check in (("meetings.tsv", check_meetings), ("lists.tsv", check_lists), ("laws.tsv", check_laws)):
            if name == file:
                check(rows, report)
    found = check_texts(tables, arguments.data, report) if arguments.data else {}
    for defect in report.defects:
        print(defect)
    print(f"{'file':20}{'rows':>7}{'text':>7}{'source':>8}{'open':>6}" + ("  occur in the texts" if found else ""))
    for name, rows in tables.items():
        checked = collections.Counter(row.get("checked", "") for row in rows)
        line = f"{name:20}{len(rows):7}{checked['text']:7}{checked['source']:8}{checked['open']:6}"
        print(line + (f"{found[name]:8}" if found else ""))
    return 1 if report.defects else 0


if __name__ == "__main__":
    sys.exit(main())
