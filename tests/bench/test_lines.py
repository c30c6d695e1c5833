#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Each benchmark runs and prints "name  figure  unit" lines with unique names: test_lines.py CORPUS PROGRAM... Prints TAP."""
import os
import re
import subprocess
import sys

LINE = re.compile(r"(\w+): (\S.*?) {2,}(\d+\.\d+) (ns|bytes/ns)")
SKIPPED = 77


def problems(run, name):
    lines = [LINE.fullmatch(line) for line in run.stdout.splitlines()]
    if run.returncode or not lines:
        return [f"exit status {run.returncode}, {len(lines)} lines: {run.stderr.strip()}"]
    if None in lines:
        return [f"a line that is none: {run.stdout}"]
    cases = [line.group(2) for line in lines]
    return [what for what, holds in {
        "every line names the structure": {line.group(1) for line in lines} == {name},
        "no name stands twice": len(set(cases)) == len(cases),
        "every figure is above zero": all(float(line.group(3)) > 0 for line in lines),
    }.items() if not holds]


def main():
    corpus, programs = sys.argv[1], sys.argv[2:]
    failed = False
    print(f"1..{len(programs)}")
    for number, program in enumerate(programs, 1):
        name = os.path.basename(program).removeprefix("bench_")
        run = subprocess.run([program, *([corpus] if name == "h1" else [])], capture_output=True, text=True, check=False)
        if run.returncode == SKIPPED:
            print(f"ok {number} - {name} # SKIP {run.stderr.strip()}")
            continue
        found = problems(run, name)
        failed |= bool(found)
        print(f"{'not ok' if found else 'ok'} {number} - {name}", *(f"# {what}" for what in found), sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
