#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Checks the rules of the source tree: check.py CHECK ROOT.

CHECK is one of layers, circles, licence, paths, format, comments, documents.

Prints a line for each violation. Exit status: 0 none, 1 some, 77 the check cannot run here.
"""
import os
import re
import shutil
import subprocess
import sys

# Who may include whom, lowest layer first. A layer may include itself and the layers listed here. DIRECTED has
# exceptions for single headers.
LAYERS = {
    "base": set(),
    "plan": {"base"},
    "stats": {"base"},
    "io": {"base"},
    "proto": {"base"},
    "grpc": {"base"},
    "engine": {"base", "plan", "stats", "io", "proto"},
    "report": {"base", "plan", "stats"},
    "sweep": {"base", "plan", "stats", "engine", "report"},
    "serve": {"base", "io"},
    "export": {"base", "plan", "stats", "engine", "report", "serve"},
    "calibrate": {"base", "plan", "stats", "engine", "report", "serve"},
    "mpi": {"base", "plan", "stats", "engine", "report", "cli"},
    "cli": {"base", "plan", "stats", "io", "proto", "grpc", "engine", "report", "sweep", "serve", "export", "calibrate"},
}
DIRECTED = {"serve": {"stats/hist.h", "proto/ws.h", "proto/ws_handshake.h"}}
# The library's facade, src/vastar.c, ties the layers together for its callers, such as the command line.
FACADE = set(LAYERS) - {"cli", "mpi"}

# The rooms of src/report. Each may use the files directly in src/report, which they share, and no other room. The shared
# files use no room, except for the list of formats, which is on top: it uses the formats, and no file in src/report uses it.
REPORT_ROOMS = {"text", "html", "json", "prometheus", "saved", "compared"}
# The page of a comparison draws the results of saved with the plots of html.
REPORT_ROOMS_KNOWN = {"compared": {"html", "saved"}}
REPORT_LIST = "src/report/formats.c"
REPORT_LISTED = {"text", "html", "json", "prometheus"}

# Files that may use each other, directly or through others: every pair of a circle that is joined by a use, with the
# reason. Pairs that are no longer in a circle must be removed.
ONE_LIFE = "the life of one connection, told in parts: src/engine/README.md"
CIRCLES_ALLOWED = {
    ("src/engine/conn.c", "src/engine/conn_move.c"): ONE_LIFE,
    ("src/engine/conn.c", "src/engine/conn_open.c"): ONE_LIFE,
    ("src/engine/conn.c", "src/engine/conn_wrap.c"): ONE_LIFE,
    ("src/engine/conn_move.c", "src/engine/conn_open.c"): ONE_LIFE,
    ("src/engine/conn_move.c", "src/engine/conn_wrap.c"): ONE_LIFE,
    ("src/engine/conn_open.c", "src/engine/conn_tunnel.c"): ONE_LIFE,
    ("src/engine/conn_open.c", "src/engine/conn_wrap.c"): ONE_LIFE,
    ("src/engine/conn_tunnel.c", "src/engine/conn_wrap.c"): ONE_LIFE,
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
LITERAL = re.compile(r'"(?:\\.|[^"\\])*"' + r"|'(?:\\.|[^'\\])*'")
SPDX = "SPDX-License-Identifier: MIT OR Apache-2.0"
LINE_MAX = 110  # as in .clang-format
SUFFIXES = (".c", ".cc", ".h", ".hh", ".def", ".py", ".sh", ".wrap", ".md")
# Built from parts, so that this file does not break its own rule.
MACHINE_PATH = re.compile(r"(?<![\w.:@~*])/(?:" + "|".join(("work", "root", "home", "Users")) + r")/")


def tracked(root):
    """Files of the tree, relative to root: those known to git, or in an unpacked archive all outside build folders."""
    if os.path.exists(os.path.join(root, ".git")):
        # The checkout may belong to another user (a container run as root): git only reads here.
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
    """layer is None for the facade. Only the facade and the command line may include its header, vastar.h."""
    if header == "vastar.h":
        return layer in (None, "cli", "mpi")
    folder = header.split("/", 1)[0] if "/" in header else None
    if layer is None:
        return folder in FACADE
    return folder == layer or folder in LAYERS[layer] or header in DIRECTED.get(layer, ())


def room_of(path):
    """The room of src/report that a path below src/ is in, "" for src/report itself, None elsewhere."""
    parts = path.split("/")
    if parts[0] != "report" or len(parts) < 2:
        return None
    return parts[1] if len(parts) > 2 else ""


def room_allowed(name, header):
    """Whether a file of src/report may include a header of src/report."""
    room, other = room_of(name.removeprefix("src/")), room_of(header)
    if room is None or other is None:
        return True
    if name == REPORT_LIST:
        return other in REPORT_LISTED | {""}
    if header == os.path.splitext(REPORT_LIST)[0].removeprefix("src/") + ".h":
        return False
    return other in (room, "") or other in REPORT_ROOMS_KNOWN.get(room, ())


def check_layers(root):
    breaches = []
    for name in tracked(root):
        if not (name.startswith(("src/", "include/")) and name.endswith((".c", ".cc", ".h", ".hh", ".def"))):
            continue
        parts = name.split("/")
        public = parts[0] == "include"
        layer = parts[1] if not public and len(parts) > 2 else None
        if layer is not None and layer not in LAYERS:
            breaches.append(f"{name}: {layer} is not a layer in tests/source/check.py")
            continue
        room = room_of(name.removeprefix("src/"))
        if room and room not in REPORT_ROOMS:
            breaches.append(f"{name}: {room} is not a room of src/report in tests/source/check.py")
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
                breaches.append(f"{name}:{number}: {layer or 'the facade'} includes {header}, which this layer must not use")
            elif not room_allowed(name, header):
                breaches.append(f"{name}:{number}: includes {header}, a room of src/report that it must not use")
    return breaches


# A comment, or a literal, whichever begins first.
COMMENT_OR_LITERAL = re.compile(r"/\*.*?\*/|//[^\n]*|" + LITERAL.pattern, re.DOTALL)
NAME = re.compile(r"[A-Za-z_]\w*")
# Not after a point or an arrow (a member), nor after "struct" and the like (a type).
USED_NAME = re.compile(r"(?<![\w.])(?<!->)(?<!struct )(?<!union )(?<!enum )[A-Za-z_]\w*")
EXTERN_C = re.compile(r'extern\s+"C"\s*{')
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
MACRO = re.compile(r"[ \t]*#[ \t]*define[ \t]+(\w+)(.*)", re.DOTALL)


def code_of(text):
    """The C code of a text without comments and literals."""
    text = EXTERN_C.sub("", text)
    return COMMENT_OR_LITERAL.sub(lambda found: " " if found.group().startswith("/") else "0", text)


def statements_of(code):
    """Splits C at file scope, without directives: (head, body) for each function, (declaration, None) for the rest.

    The braces of declarations, such as structs and initialisers, are emptied.
    """
    head, depth, body = "", 0, []
    function = False
    for piece in re.split(r"([{};])", code):
        if piece == "{":
            if not depth:
                # ")" and no "=" before a brace at file scope: only the head of a function.
                function = head.rstrip().endswith(")") and "=" not in head
            depth += 1
        elif piece == "}":
            depth -= 1
            if depth < 0:  # the end of an extern "C"
                depth = 0
            elif not depth and function:
                yield head, "".join(body)
                head, body = "", []
            elif not depth:
                head, body = head + "{}", []
        elif piece == ";" and not depth:
            yield head, None
            head = ""
        elif depth:
            body.append(piece + " ")
        else:
            head += piece


def function_name(head):
    found = re.search(r"(?!__attribute__)\b([A-Za-z_]\w*)\s*\(", head)
    return found.group(1) if found else None


def declared_names(declaration):
    """(names, whether they are defined here) for a declaration at file scope that is not a function definition."""
    words = NAME.findall(declaration)
    if not words or words[0] == "_Static_assert" or "typedef" in words:
        return [], False
    pointer = re.match(r"[^(=]*\(\s*\*\s*(?:const\s+|volatile\s+)*(\w+)", declaration)
    if pointer:
        return [pointer.group(1)], "extern" not in words
    if "(" in declaration.split("=")[0]:
        return [function_name(declaration)], False
    names = []
    for part in re.sub(r"\[[^]]*\]|\([^()]*\)", "", declaration).split(","):
        before = re.sub(r"\b(?:struct|union|enum)\s+\w+", "type", part.split("=")[0]).strip()
        found = re.search(r"(\w+)$", before)
        if found and before != "type" and (names or len(NAME.findall(before)) > 1):
            names.append(found.group(1))
    return names, "extern" not in words


class Source:
    """The names that a C file defines for others, declares and uses."""

    def __init__(self, text):
        code = code_of(text)
        self.included = [match.group(2) for match in map(INCLUDE.match, text.splitlines()) if match]
        self.defined, self.static, self.declared = set(), set(), set()
        self.through = {}  # names that a macro or an inline function uses, wherever it is used itself
        for directive in DIRECTIVE.findall(code):
            macro = MACRO.match(directive)
            if macro:
                self.through.setdefault(macro.group(1), set()).update(USED_NAME.findall(macro.group(2)))
        code = DIRECTIVE.sub("", code)
        self.used = set(USED_NAME.findall(code))
        for head, body in statements_of(code):
            words = NAME.findall(head)
            names, here = ([function_name(head)], True) if body is not None else declared_names(head)
            self.declared.update(names)
            if "static" in words:
                self.static.update(names)
            elif here:
                self.defined.update(names)
            if body is not None and "inline" in words:
                self.through.setdefault(names[0], set()).update(USED_NAME.findall(body))


def uses_of(root):
    """{file: {other file: names of it that the file uses}} for every .c file of src/.

    A name counts only where it is declared, in the file or in a header that it includes. Elsewhere it is another thing
    of the same name, a member or a variable.
    """
    names = [name for name in tracked(root) if name.startswith(("src/", "include/")) and name.endswith((".c", ".h"))]
    sources = {name: Source(text_of(root, name)) for name in names}
    home = {word: name for name, source in sources.items() if name.endswith(".c") for word in source.defined}
    uses = {}
    for name in sources:
        if not name.endswith(".c"):
            continue
        declared, through, seen, left = set(), {}, set(), [name]
        while left:  # the file and all headers below it
            now = left.pop()
            if now in sources and now not in seen:
                seen.add(now)
                declared |= sources[now].declared
                for word, inner in sources[now].through.items():
                    through.setdefault(word, set()).update(inner)
                left += ["src/" + header for header in sources[now].included]
                left += ["include/" + header for header in sources[now].included]
        seen, left = set(), list(sources[name].used.union(*sources[name].through.values()))
        while left:  # its names, and those that they stand for
            word = left.pop()
            if word not in seen and word not in sources[name].static:
                seen.add(word)
                left += through.get(word, ())
        uses[name] = {}
        for word in sorted(seen & declared & home.keys()):
            if home[word] != name:
                uses[name].setdefault(home[word], []).append(word)
    return uses


def circles_in(uses):
    """The sets of files in which each uses all others, directly or indirectly."""
    reach = {}
    for name in uses:
        found, left = set(), [name]
        while left:
            new = uses[left.pop()].keys() - found
            found |= new
            left += new
        reach[name] = found
    return sorted({tuple(sorted(other for other in reach[name] if name in reach[other])) for name in uses
                   if name in reach[name]})


def check_circles(root, allowed=None):
    allowed = CIRCLES_ALLOWED if allowed is None else allowed
    uses = uses_of(root)
    breaches, met = [], set()
    for circle in circles_in(uses):
        bad = []
        for name in circle:
            for other in circle:
                pair = tuple(sorted((name, other)))
                if other not in uses[name]:
                    continue
                met.add(pair)
                if pair not in allowed:
                    bad.append(f"{name} uses {uses[name][other][0]} of {other}")
        if bad:
            breaches.append("a circle: " + ", ".join(bad))
    for pair in allowed:
        if pair not in met:
            breaches.append(f"{' and '.join(pair)}: no longer in a circle: remove them from CIRCLES_ALLOWED")
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
    # One run for all files, since starting it takes most of the time. It prints FILE:LINE:COLUMN: what.
    run = subprocess.run(["clang-format", "--dry-run", "--Werror", "--style=file", *names], cwd=root, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    named = {line.split(":", 1)[0] for line in run.stdout.splitlines()}
    breaches = [f"{name}: not formatted (clang-format -i {name})" for name in names if name in named]
    if run.returncode and not breaches:
        breaches = run.stdout.splitlines() or [f"clang-format failed with {run.returncode}"]
    return breaches


def comment_start(line):
    """Where a block comment begins in a line of C, outside of strings, or -1."""
    return LITERAL.sub(lambda match: "x" * len(match.group()), line).find("/*")


def check_comments(root):
    """A comment beside code ends on its line and does not make the formatter break the line. Others stand above."""
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
    """The anchors of a document: its headings, as GitHub spells them."""
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
                breaches.append(f"{name}:{number}: a link to {link}, which does not exist")
            elif anchor and (not there.endswith(".md") or anchor not in anchors(text_of(root, there))):
                breaches.append(f"{name}:{number}: a link to {link}, which has no such heading")
    return breaches


def check_documents(root):
    """Documents keep their size, links work, and the code and tests that they name exist."""
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
                breaches.append(f"{name}: {test} does not exist in {path}")
    readme = text_of(root, "README.md")
    if len(readme.splitlines()) > README_LINES or len(readme.encode()) > README_BYTES:
        breaches.append(f"README.md: longer than {README_LINES} lines or {README_BYTES} bytes")
    program = "\n".join(line for line in text_of(root, "tests/lib/example.c").splitlines() if SPDX not in line).strip()
    if "```c\n" + program + "\n```" not in text_of(root, LIBRARY_README):
        breaches.append(f"{LIBRARY_README}: the example is not tests/lib/example.c, line for line")
    return breaches


CHECKS = {"layers": check_layers, "circles": check_circles, "licence": check_licence, "paths": check_paths,
          "format": check_format, "comments": check_comments, "documents": check_documents}


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in CHECKS:
        sys.exit(__doc__)
    breaches = CHECKS[sys.argv[1]](sys.argv[2])
    for breach in breaches:
        print(breach)
    sys.exit(1 if breaches else 0)


if __name__ == "__main__":
    main()
