#!/usr/bin/env bash
# Coverage-guided fuzzing of everything that parses (fuzz/README.md).
# Usage: fuzz.sh [SECONDS_PER_TARGET]; TARGETS="html docx" runs only these, SANITIZER=address checks memory as well, PROGRAMS=folder
# runs what was built before and lies there.
# Fails when a target crashes, hangs or takes too much memory; the inputs are in fuzz/artifacts.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
sanitizer=${SANITIZER:-none}
# cargo-fuzz uses unstable flags of the compiler; this allows them on the installed stable one.
export RUSTC_BOOTSTRAP=1
command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz --locked || cargo install cargo-fuzz
options=(--sanitizer "$sanitizer" ${CARGO_TARGET_DIR:+--target-dir "$CARGO_TARGET_DIR"})
read -ra targets <<<"${TARGETS:-$(cargo fuzz list | tr '\n' ' ')}"

# Seeds: files by extension, and the XML parts of packages, each under the letter by which its target knows it.
python3 - <<'PY'
import hashlib, pathlib, re, zipfile

# What is short is run and mutated often; a package that is cut off is none.
SHORT, LARGEST = 1 << 13, 1 << 16
PARTS = {
    "docx": [(r"word/document\.xml", "d"), (r"word/styles\.xml", "s"), (r"word/(header|footer)\d*\.xml", "h"),
             (r"word/(foot|end)notes\.xml", "f"), (r"word/comments\.xml", "c"), (r"word/charts/.*\.xml", "g"),
             (r"docProps/core\.xml", "p"), (r"word/_rels/document\.xml\.rels", "r"), (r"_rels/\.rels", "R")],
    "xlsx": [(r"xl/worksheets/sheet\d+\.xml", "s"), (r"xl/workbook\.xml", "w"), (r"xl/sharedStrings\.xml", "t"),
             (r"xl/comments\d*\.xml", "c"), (r"xl/threadedComments/.*\.xml", "T"), (r"xl/drawings/drawing\d+\.xml", "d"),
             (r"xl/charts/.*\.xml", "g"), (r"docProps/core\.xml", "p"), (r"xl/_rels/workbook\.xml\.rels", "r"),
             (r"xl/worksheets/_rels/.*\.rels", "q"), (r"xl/drawings/_rels/.*\.rels", "v"), (r"_rels/\.rels", "R")],
    "ofd": [(r"(.*/)?Pages/.*/Content\.xml", "p"), (r"(.*/)?Tpls/.*/Content\.xml", "t"), (r"(.*/)?(Document|Public)Res\.xml", "r"),
            (r"(.*/)?Annotation\.xml", "a"), (r"(.*/)?Annotations\.xml", "A"), (r"(.*/)?Document\.xml", "d"),
            (r"OFD\.xml", "o")],
    "pptx": [(r"ppt/slides/slide\d+\.xml", "s"), (r"ppt/presentation\.xml", "m"), (r"ppt/comments/.*\.xml", "c"),
             (r"ppt/_rels/presentation\.xml\.rels", "r"), (r"ppt/slides/_rels/.*\.rels", "q")],
    "odf": [(r"content\.xml", "c"), (r"styles\.xml", "s"), (r"meta\.xml", "m"), (r"META-INF/manifest\.xml", "M")],
}
KINDS = {"odt": "odf", "ods": "odf", "odp": "odf"}
TARGETS = {"html": ["html"], "htm": ["html"], "md": ["markdown"], "txt": ["text", "fold", "near", "literals"], "csv": ["csv", "text"], "tsv": ["csv"],
           "json": ["json"], "jsonl": ["json"], "xml": ["xml"], "rss": ["xml"], "atom": ["xml"], "srt": ["subtitles"], "vtt": ["subtitles"],
           "docx": ["docx"], "doc": ["doc"], "dot": ["doc"], "wps": ["doc"], "rtf": ["rtf"], "xlsx": ["xlsx"], "pdf": ["pdf"], "ofd": ["ofd"], "zip": ["zip"],
           "pptx": ["pptx"], "odt": ["odf"], "ods": ["odf"], "odp": ["odf"], "xls": ["xls"], "et": ["xls"], "ppt": ["ppt"], "dps": ["ppt"], "msg": ["msg"]}
IN_ARCHIVES = {"html": "h", "htm": "h", "md": "m", "txt": "t", "docx": "d", "xlsx": "x", "zip": "z"}


def seed(target, data):
    if target in ("html", "markdown", "csv", "json", "xml", "subtitles", "text", "fold", "near", "literals"):
        data = data[:SHORT]
    if 0 < len(data) <= LARGEST:
        folder = pathlib.Path("fuzz/corpus", target)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ("seed-" + hashlib.sha1(data).hexdigest())).write_bytes(data)


def parts(kind, path):
    try:
        with zipfile.ZipFile(path) as package:
            for entry in package.infolist():
                letter = next((letter for name, letter in PARTS[kind] if re.fullmatch(name, entry.filename)), None)
                if letter and entry.file_size <= LARGEST:
                    seed(kind, letter.encode() + package.read(entry))
    except Exception:
        pass  # Damaged packages are seeds as they are.


# Streams of compound files, without the file around them.
STREAMS = {"xls": ["Workbook", "Book"], "et": ["Workbook"], "ppt": ["PowerPoint Document"], "dps": ["PowerPoint Document"]}


def streams(kind, data):
    """Looks up a stream by following the sectors of a sound compound file of version 3."""
    number = lambda at: int.from_bytes(data[at:at + 4], "little")
    sector = lambda index: data[(index + 1) * 512:(index + 2) * 512]
    table = [number(at) for index in range(109) if number(76 + index * 4) < 0xFFFFFFF0
             for at in range((number(76 + index * 4) + 1) * 512, (number(76 + index * 4) + 2) * 512, 4)]

    def chain(index):
        found = b""
        # Damaged files lead back to sectors, or out of the file.
        while index < len(table) and len(found) < LARGEST * 16 and sector(index):
            found += sector(index)
            index = table[index]
        return found

    directory = chain(number(48))
    for at in range(0, len(directory), 128):
        name = directory[at:at + 64].decode("utf-16-le", "replace").split("\0")[0]
        start, size = (int.from_bytes(directory[at + skip:at + skip + 4], "little") for skip in (116, 120))
        if name in STREAMS[kind] and 4096 <= size:
            stream = chain(start)[:size]
            edits = [at for at in range(len(stream) - 8) if stream[at + 2:at + 4] == b"\xf5\x0f"] if kind in ("ppt", "dps") else []
            seed("ppt" if edits else "xls", stream + (edits[-1].to_bytes(4, "little") if edits else b""))


folders = ["samples", "tests/formats", "../shared/data/documents", "../shared/data/html"]
for path in sorted(path for folder in folders for path in pathlib.Path(folder).rglob("*") if path.is_file()):
    kind = path.suffix[1:].lower()
    data = path.read_bytes()
    for target in TARGETS.get(kind, []):
        seed(target, data)
    if kind in STREAMS:
        streams(kind, data)
    if KINDS.get(kind, kind) in PARTS:
        parts(KINDS.get(kind, kind), path)
    if kind in IN_ARCHIVES:
        seed("zip", IN_ARCHIVES[kind].encode() + data)
    if kind == "html":
        seed("text", data)
# Containers under the letter of their name, mail and books; those of the tests are small.
LETTERS = {"tar": "t", "gz": "g", "bz2": "b", "xz": "x", "lzma": "l", "zst": "z", "7z": "7", "rar": "r", "warc": "w", "mbox": "m"}
MAILS = {"eml": "mail", "mht": "mail", "mhtml": "mail", "epub": "epub"}
for folder in ["tests/formats", "../shared/data/documents"]:
    for path in sorted(path for path in pathlib.Path(folder).rglob("*") if path.is_file()):
        kind = path.suffix[1:].lower()
        if kind in LETTERS:
            seed("container", LETTERS[kind].encode() + path.read_bytes())
        if kind in MAILS:
            seed(MAILS[kind], path.read_bytes())
for path in sorted(pathlib.Path("dictionaries/packs").iterdir()):
    lines = path.read_bytes().split(b"\n")
    # The head of a list, and single rules with their head: what is small is mutated to more effect.
    seed("dictionary", b"\n".join(lines[:14]) + b"\n")
    if path.suffix == ".toml":
        pack, *rules = path.read_bytes().split(b"\n[[rule]]")
        for rule in rules[:10]:
            seed("dictionary", pack + b"\n[[rule]]" + rule)
# Right forms of the registries, and the same with two neighbours swapped.
for path in sorted(pathlib.Path("dictionaries/registries").glob("*.tsv")):
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    right = rows[0].index("right")
    for row in rows[1::40]:
        form = row[right]
        middle = len(form) // 2
        slip = form[:middle - 1] + form[middle:middle + 1] + form[middle - 1:middle] + form[middle + 1:]
        seed("near", f"依据《{form}》和{slip}办理，{form}。\n".encode())
for path in sorted(pathlib.Path("samples").rglob("*.md")):
    seed("text", path.read_bytes())
    seed("fold", path.read_bytes())
# Content streams: text across, down and turned, adjusted, marked, ruled, in a form.
TEXT = "51734E8E5E037F725DE54F5C7684901A77E5"
for content in [
    f"BT /F1 16 Tf 100 700 Td <{TEXT}> Tj 0 -28 Td [<{TEXT}> -500 <{TEXT}>] TJ ET",
    f"BT /F2 16 Tf 1 0 0 1 500 700 Tm <{TEXT}> Tj ET BT /F1 9 Tf 0 1 -1 0 300 300 Tm <{TEXT}> Tj ET",
    f"100 650 m 100 705 l S 100 684 100 .5 re f /Artifact <</Type/Pagination>> BDC BT /F3 9 Tf 20 20 Td (ABC) Tj ET EMC",
    f"q 1 0 0 1 9 9 cm /X Do Q /P /P BDC BT /F1 9 Tf 2 Tr 3 Tc 4 Tw 50 Tz 12 TL T* <{TEXT}> ' ET EMC",
]:
    seed("pdf", content.encode())
seed("fold", "中華　人\u200b民\r\n共\u00ad和 國\f２０２１ 年Ａ％ ⽇⺟\ufe00 \U0002f800".encode())
PY

if [ -z "${PROGRAMS:-}" ]; then
    cargo fuzz build "${options[@]}"
    PROGRAMS=${CARGO_TARGET_DIR:-fuzz/target}/$(rustc -vV | sed -n 's/^host: //p')/release
fi
dictionary() {
    case $1 in
        docx | xlsx | pptx | odf | ofd | epub) echo fuzz/dict/xml.dict ;;
        zip) echo fuzz/dict/html.dict ;;
        *) echo "fuzz/dict/$1.dict" ;;
    esac
}
row='%-12s %8s %12s %12s %8s %8s %6s\n'
# shellcheck disable=SC2059 # the format is the line above
table=$(printf "$row" target seconds executions 'per second' edges corpus found)
failed=0
for target in "${targets[@]}"; do
    echo "== $target"
    mkdir -p "fuzz/artifacts/$target" "fuzz/corpus/$target"
    log=fuzz/artifacts/$target/log
    case $target in doc | docx | rtf | xlsx | pdf | zip | xls | ppt | msg) largest=65536 ;; *) largest=8192 ;; esac
    flags=(-max_total_time="$seconds" -max_len="$largest" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1)
    [ -f "$(dictionary "$target")" ] && flags+=(-dict="$(dictionary "$target")")
    flags+=(-artifact_prefix="fuzz/artifacts/$target/")
    "$PROGRAMS/$target" "${flags[@]}" "fuzz/corpus/$target" >"$log" 2>&1 || failed=1
    last=$(grep -aE '^#[0-9]+.* cov: ' "$log" | tail -n 1 || true)
    number() { sed -nE "s/.*$1 *([0-9]+).*/\1/p" | tail -n 1; }
    executions=$(grep -a 'number_of_executed_units' "$log" | number units: || true)
    # After a crash there are no statistics.
    executions=${executions:-$(sed -nE 's/^#([0-9]+).*/\1/p' <<<"$last")}
    found=$(grep -ac 'Test unit written to' "$log" || true)
    took=$(grep -aE '^Done [0-9]+ runs in' "$log" | number 'runs in' || true)
    speed=$(grep -a 'average_exec_per_sec' "$log" | number sec: || true)
    # shellcheck disable=SC2059
    table+=$'\n'$(printf "$row" "$target" "${took:--}" "${executions:--}" "${speed:--}" \
        "$(number cov: <<<"$last")" "$(number corp: <<<"$last")" "$found")
    [ "$found" -eq 0 ] || grep -aE 'panicked at|SUMMARY|Test unit written to' "$log"
done
printf '\n%s\n' "$table"
exit "$failed"
