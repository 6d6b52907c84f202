#!/usr/bin/env bash
# Whole checks against `rg -F -f` with the same wrong forms, on the same text, in turn; prints the median wall-clock time
# of each and MB/s. ripgrep only finds literals in lines: no folding, patterns, word boundaries, places or suggestions.
# Usage: compare-ripgrep.sh TEXT PROGRAM [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
text=$1 program=$2 rounds=${3:-11}
command -v rg >/dev/null || { echo "install ripgrep first (Debian: apt-get install ripgrep)"; exit 1; }
forms=$(mktemp)
trap 'rm -f "$forms" "$forms.out"' EXIT
python3 - dictionaries/packs/*.tsv >"$forms" <<'PY'
import sys

forms = set()
for path in sys.argv[1:]:
    rows = [line.rstrip("\n").split("\t") for line in open(path, encoding="utf-8") if line.strip() and line[0] != "#"]
    column = rows[0].index("wrong")
    for row in rows[1:]:
        forms.update(form for form in row[column].split("|") if form)
print("\n".join(sorted(forms)))
PY
python3 - "$text" "$program" "$rounds" "$forms" <<'PY'
import os, statistics, subprocess, sys, time

text, program, rounds, forms = sys.argv[1:]
size = os.path.getsize(text)
commands = {
    "zhengming check, one thread": [program, "check", "--isolated", "-q", "-j1", "-f", "jsonl", "-o", forms + ".out", text],
    "rg -F -f, one thread": ["rg", "-j1", "-o", "-F", "-f", forms, text],
}
times = {name: [] for name in commands}
for _ in range(int(rounds)):
    for name, command in commands.items():
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        times[name].append(time.perf_counter() - start)
print(f"{sum(1 for _ in open(forms, encoding='utf-8'))} wrong forms, {size / 1e6:.1f} MB")
for name, values in times.items():
    middle = statistics.median(values)
    print(f"{name:30} {middle * 1000:8.1f} ms  {size / middle / 1e6:8.1f} MB/s")
PY
