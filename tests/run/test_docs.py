#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Help, manual page and completions name every option in the parser's table; documents use no others."""
import glob
import os
import re
import shutil
import subprocess
import unittest

from harness import SOURCE, Case, main, vastar

COMMANDS = ("", "grpc", "ai-bench", "sweep", "serve", "merge", "compare", "calibrate")


def table():
    """{command: {long name: letter or None}}, from the rows of options.def."""
    found = {command: {} for command in COMMANDS}
    active = []
    with open(os.path.join(SOURCE, "src", "cli", "options.def")) as file:
        for line in file:
            if line.startswith("#if"):
                active = [name for name in COMMANDS if f'{(name or "bench").split("-")[0].upper()}_OPTIONS' in line]
            match = re.match(r"OPTION\((?:'(.)'|0), \"([\w-]+)\"", line)
            if match:
                for command in active:
                    found[command][match.group(2)] = match.group(1)
    assert all(len(options) > 3 for options in found.values())
    return found


class Docs(Case):
    def said(self, *topic):
        run = vastar("help", *topic)
        self.assertEqual((run.status, run.err), (0, ""), run)
        return run.out

    def test_help(self):
        for command, options in table().items():
            text = self.said(*filter(None, [command]))
            named = dict((long, letter or None) for letter, long in re.findall(r"(?m)^ +(?:-(\w), )?--([\w-]+)", text))
            self.assertEqual(named, options)

    def test_manual_page(self):
        page = self.said("man")
        sections = re.split(r'(?m)^\.SH (?:OPTIONS|"VASTAR [\w\\-]+")\n', page)[1:]
        for (command, options), section in zip(table().items(), sections, strict=True):
            named = {long.replace("\\-", "-"): letter or None
                     for letter, long in re.findall(r"(?m)^(?:\\fB\\-(\w)\\fR, )?\\fB\\-\\-([\w\\-]+)\\fR", section)}
            self.assertEqual(named, options, command)
        if shutil.which("groff"):
            run = subprocess.run(["groff", "-man", "-Tutf8", "-ww"], input=page, capture_output=True, text=True, check=True)
            self.assertEqual(run.stderr, "")
        self.assertIn(".SH \"EXIT STATUS\"", page)

    def test_manual_page_details(self):
        """Each row of man.def belongs to an existing option and appears on the page."""
        options, page = table(), self.said("man")
        with open(os.path.join(SOURCE, "src", "cli", "man.def")) as file:
            rows = re.findall(r'MORE\("(\w*)", "([\w-]+)",', file.read())
        self.assertGreater(len(rows), 10)
        self.assertEqual(len(set(rows)), len(rows), "two rows for one option")
        for command, option in rows:
            self.assertIn(option, options[command])
        self.assertEqual(page.count("\n.IP\n"), len(rows))

    def test_bash(self):
        script = self.said("bash")
        for command, options in table().items():
            words = f"vastar {command} --".split() if command else ["vastar", "--"]
            line = (script + f'\nCOMP_WORDS=({" ".join(words)}); COMP_CWORD={len(words) - 1}; _vastar; '
                    'printf "%s\\n" "${COMPREPLY[@]}"')
            run = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
            self.assertEqual({word[2:] for word in run.stdout.split()}, set(options), run.stderr)

    def test_fish_and_zsh(self):
        fish, zsh = self.said("fish"), self.said("zsh")
        for options in table().values():
            for name in options:
                self.assertIn(f" -l {name} ", fish)
                self.assertIn(f"'*--{name}", zsh)

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh_syntax(self):
        subprocess.run(["zsh", "-n"], input=self.said("zsh"), text=True, check=True)

    def test_documents(self):
        """The commands shown in documents use existing options."""
        options, seen = table(), set()
        folders = ("", "include/**/", "src/**/", "tests/**/", "tools/**/")
        for path in sum((glob.glob(os.path.join(SOURCE, folder + "*.md"), recursive=True) for folder in folders), []):
            with open(path) as file:
                shown = re.findall(r"(?m)(?:^|[ `(])vastar( [^|>#`\n]*)", file.read())
            for arguments in shown:
                # Text in quotes may be a body or a header.
                words = re.sub(r"'[^']*'", "''", arguments).split()
                command = words[0] if words and words[0] in COMMANDS else ""
                for name in re.findall(r"(?<= )--([a-z][a-z0-9-]*)", " " + " ".join(words)):
                    seen.add(name)
                    self.assertIn(name, options[command], f"{path}: vastar{arguments}")
        self.assertGreater(len(seen), 15, seen)


if __name__ == "__main__":
    main()
