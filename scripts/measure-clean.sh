#!/usr/bin/env bash
# Findings at `error` and above on clean official text, per rule, and their rate per 100,000 characters.
# Usage: measure-clean.sh FOLDER PROGRAM [LIMIT]; fails when the rate is above LIMIT (default 2).
set -euo pipefail
folder=$1 program=$2 limit=${3:-2}
out=$(mktemp)
trap 'rm -f "$out"' EXIT
# The manifest beside the documents is no document.
find "$folder" -name '*.txt' -print0 | sort -z >"$out.list"
"$program" check --isolated --severity error --as-of 2026-01-01 --files-from "$out.list" --format jsonl --output "$out" || [ $? -eq 1 ]
rm -f "$out.list"
python3 - "$out" "$limit" <<'PY'
import collections, json, sys

records = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
findings = [record for record in records if record["type"] == "finding"]
summary = records[-1]
rules = collections.Counter((finding["severity"], finding["rule"]) for finding in findings)
for (severity, rule), count in sorted(rules.items(), key=lambda item: (-item[1], item[0])):
    print(f"{count:6} {severity:8} {rule}")
rate = len(findings) / summary["characters"] * 100_000
print(f"{len(findings)} findings in {summary['characters']} characters of {summary['checked']} documents: {rate:.2f} per 100,000")
if summary["unreadable"] or rate > float(sys.argv[2]):
    sys.exit("too many findings, or documents that could not be read")
PY
