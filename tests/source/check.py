#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Rules that the tree keeps, read from its files: check.py layers|licence|paths|format|comments|documents ROOT.

Prints a line for each breach. Exit status: 0 none, 1 some, 77 the check cannot run here.
"""
import os
import re
import shutil
import subprocess
import sys

# Who may include whom, lowest layer first. A layer includes itself and what stands here; see DIRECTED for the
# single headers that one layer may take from another.
LAYERS = {
    "base": set(),
    "plan": {"base"},
    "stats": {"base"},
    "io": {"base"},
    "proto": {"base"},
    "engine": {"base", "plan", "stats", "io", "proto"},
    "report": {"base", "plan", "stats"},
    "sweep": {"base", "plan", "stats", "engine", "report"},
    "serve": {"base", "io"},
    "calibrate": {"base", "plan", "stats", "engine", "report", "serve"},
    "cli": {"base", "plan", "stats", "io", "proto", "engine", "report", "sweep", "serve", "calibrate"},
}
DIRECTED = {"serve": {"stats/hist.h"}}
# The library's facade, src/vastar.c, ties the layers together for callers; the command line is one of those.
FACADE = set(LAYERS) - {"cli"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
LITERAL = re.compile(r'"(?:\\.|[^"\\])*"' + r"|'(?:\\.|[^'\\])*'")
SPDX = "SPDX-License-Identifier: MIT OR Apache-2.0"
LINE_MAX = 110  # as in .clang-format
SUFFIXES = (".c", ".h", ".def", ".py", ".sh", ".wrap", ".md")
# Built from parts, so that this file keeps its own rule.
MACHINE_PATH = re.compile(r"(?<![\w.:@~*])/(?:" + "|".join(("work", "root", "home", "Users")) + r")/")


def tracked(root):
    """Files of the tree, relative to root: git's list, or everything outside build folders in an unpacked archive."""
    if os.path.exists(os.path.join(root, ".git")):
        # The checkout may belong to somebody else (a container run as root): only reading is asked for.
        listed = subprocess.run(["git", "-c", "safe.directory=*", "-C", root, "ls-files", "-z"],
                                stdout=subprocess.PIPE, check=True).stdout.decode()
        return [name for name in listed.split("\0") if name and os.path.isfile(os.path.join(root, name))]
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if not f.startswith("build") and f not in (".git", "__pycache__")]
        found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted(found)


def text_of(root, name):
    with open(os.path.join(root, name), "rb") as file:
        data = file.read()
    return None if b"\0" in data else data.decode("utf-8", "replace")


def include_allowed(layer, header):
    """layer is None for the facade, whose own header, vastar.h, is for itself and the command line."""
    if header == "vastar.h":
        return layer in (None, "cli")
    folder = header.split("/", 1)[0] if "/" in header else None
    if layer is None:
        return folder in FACADE
    return folder == layer or folder in LAYERS[layer] or header in DIRECTED.get(layer, ())


def check_layers(root):
    breaches = []
    for name in tracked(root):
        if not (name.startswith(("src/", "include/")) and name.endswith((".c", ".h", ".def"))):
            continue
        parts = name.split("/")
        public = parts[0] == "include"
        layer = parts[1] if not public and len(parts) > 2 else None
        if layer is not None and layer not in LAYERS:
            breaches.append(f"{name}: {layer} is no layer that tests/source/check.py knows")
            continue
        for number, line in enumerate(text_of(root, name).splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            quote, header = match.groups()
            if quote == "<":
                if not public or not header.startswith("vastar/") or header == "vastar/vastar.h":
                    continue
            if public:
                breaches.append(f"{name}:{number}: the public header includes {header}")
            elif ("/" not in header and header != "vastar.h") or header.startswith("."):
                breaches.append(f"{name}:{number}: {header} is not spelled from src/, as layer/name.h")
            elif not include_allowed(layer, header):
                breaches.append(f"{name}:{number}: {layer or 'the facade'} includes {header}, a layer that it must not know")
    return breaches


def check_licence(root):
    breaches = []
    for name in tracked(root):
        base = os.path.basename(name)
        text = text_of(root, name)
        if text is None:
            continue
        if not (name.endswith(SUFFIXES) or base in ("meson.build", "meson_options.txt") or text.startswith("#!")):
            continue
        if not any(SPDX in line for line in text.splitlines()[:3]):
            breaches.append(f"{name}: no line '{SPDX}' at the top")
    return breaches


def check_paths(root):
    breaches = []
    for name in tracked(root):
        text = text_of(root, name)
        for number, line in enumerate((text or "").splitlines(), 1):
            if MACHINE_PATH.search(line):
                breaches.append(f"{name}:{number}: a path of one machine: {line.strip()[:80]}")
    return breaches


def check_format(root):
    if not shutil.which("clang-format"):
        print("clang-format is not installed")
        sys.exit(77)
    names = [n for n in tracked(root) if n.endswith((".c", ".h")) and not n.startswith("subprojects/")]
    # One run for all of them: most of the time goes into starting it. It says FILE:LINE:COLUMN: what.
    run = subprocess.run(["clang-format", "--dry-run", "--Werror", "--style=file", *names], cwd=root, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    named = {line.split(":", 1)[0] for line in run.stdout.splitlines()}
    breaches = [f"{name}: not formatted (clang-format -i {name})" for name in names if name in named]
    if run.returncode and not breaches:
        breaches = run.stdout.splitlines() or [f"clang-format failed with {run.returncode}"]
    return breaches


def comment_start(line):
    """Where a block comment begins in a line of C, outside its strings; -1: nowhere."""
    return LITERAL.sub(lambda match: "x" * len(match.group()), line).find("/*")


def check_comments(root):
    """A comment beside code ends on its line and does not make the formatter break it; else it stands above."""
    breaches = []
    for name in tracked(root):
        if not name.endswith((".c", ".h")) or name.startswith("subprojects/"):
            continue
        inside, before = False, ""
        for number, line in enumerate(text_of(root, name).splitlines(), 1):
            if len(line.expandtabs(8)) > LINE_MAX:
                breaches.append(f"{name}:{number}: longer than {LINE_MAX} columns")
            if inside:
                inside = "*/" not in line
                continue
            start = comment_start(line)
            code = line[:start] if start >= 0 else line
            inside = start >= 0 and "*/" not in line[start:]
            if inside and code.strip():
                breaches.append(f"{name}:{number}: a comment of several lines beside code: put it above")
            if start >= 0 and re.match(r"\t* {4}\S", code) and before and before[-1] not in "{,;}":
                breaches.append(f"{name}:{number}: a comment beside code that was broken for it: put it above")
            before = code.rstrip()
    return breaches


# ---- documents ----

LIBRARY_README = "include/vastar/README.md"
README_LINES, README_BYTES = 150, 10 * 1024  # two screens
PROSE_MAX = 120
FENCE = re.compile(r"^ *```")
LINK = re.compile(r'\]\(([^)\s]+)\)|<img src="([^"]+)"')


def prose(text):
    """(number, line) of a document's lines outside its code blocks."""
    code = False
    for number, line in enumerate(text.splitlines(), 1):
        if FENCE.match(line):
            code = not code
        elif not code:
            yield number, line


def anchors(text):
    """What #... can name in a document: its headings, as GitHub spells them."""
    found, seen = set(), {}
    for _, line in prose(text):
        match = re.match(r"#+ +(.*?) *$", line)
        if match:
            slug = re.sub(r"[^\w\- ]", "", match.group(1).lower()).replace(" ", "-")
            seen[slug] = seen.get(slug, -1) + 1
            found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
    return found


def check_links(root, name, text):
    breaches = []
    for number, line in prose(text):
        for match in LINK.finditer(re.sub(r"`[^`]*`", lambda code: "x" * len(code.group()), line)):
            link = match.group(1) or match.group(2)
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            there = os.path.normpath(os.path.join(os.path.dirname(name), path)) if path else name
            if there.startswith(("/", "..")) or not os.path.exists(os.path.join(root, there)):
                breaches.append(f"{name}:{number}: a link to {link}, where no file is")
            elif anchor and (not there.endswith(".md") or anchor not in anchors(text_of(root, there))):
                breaches.append(f"{name}:{number}: a link to {link}, where no such heading is")
    return breaches


def check_documents(root):
    """Documents keep to their size, their links lead somewhere, and the code and tests that they show are there."""
    breaches = []
    for name in tracked(root):
        if not name.endswith(".md"):
            continue
        text = text_of(root, name)
        breaches += check_links(root, name, text)
        for number, line in prose(text):
            if len(line) > PROSE_MAX and not line.startswith("|"):
                breaches.append(f"{name}:{number}: longer than {PROSE_MAX} columns")
        for file, test in re.findall(r"`(\w+): (test_\w+)`", text):
            path = f"tests/run/test_{file}.py"
            if not os.path.exists(os.path.join(root, path)) or f"    def {test}(self" not in text_of(root, path):
                breaches.append(f"{name}: there is no {test} in {path}")
    readme = text_of(root, "README.md")
    if len(readme.splitlines()) > README_LINES or len(readme.encode()) > README_BYTES:
        breaches.append(f"README.md: longer than {README_LINES} lines or {README_BYTES} bytes")
    program = "\n".join(line for line in text_of(root, "tests/lib/example.c").splitlines() if SPDX not in line).strip()
    if "```c\n" + program + "\n```" not in text_of(root, LIBRARY_README):
        breaches.append(f"{LIBRARY_README}: the example is not tests/lib/example.c, line for line")
    return breaches


CHECKS = {"layers": check_layers, "licence": check_licence, "paths": check_paths, "format": check_format,
          "comments": check_comments, "documents": check_documents}


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in CHECKS:
        sys.exit(__doc__)
    breaches = CHECKS[sys.argv[1]](sys.argv[2])
    for breach in breaches:
        print(breach)
    sys.exit(1 if breaches else 0)


if __name__ == "__main__":
    main()
