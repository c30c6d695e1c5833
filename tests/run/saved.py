# SPDX-License-Identifier: MIT OR Apache-2.0
"""Shared by the tests of merge and compare: saved results."""
import json
import os

from harness import Case, vastar


class Saved(Case):
    def setUp(self):
        self.files = self.folder()

    def path(self, name):
        return os.path.join(self.files, name)

    def save(self, name, report):
        with open(self.path(name), "w") as file:
            file.write(report if isinstance(report, str) else json.dumps(report))
        return self.path(name)

    def measured(self, *arguments):
        """The text of a benchmark's report."""
        return json.loads(self.save_measured("measured.json", *arguments)[1])

    def save_measured(self, name, *arguments):
        run = vastar("-o", "json", *arguments)
        self.assertEqual(run.status, 0, run)
        return self.save(name, run.out), run.out

    def merged(self, *arguments, status=0):
        run = vastar("merge", "-o", "json", *arguments)
        self.assertEqual((run.status, run.err), (status, ""), run)
        return self.report(run)

    def refused(self, command, *arguments, word, status=2):
        run = vastar(command, *arguments)
        self.assertEqual((run.status, run.out), (status, ""), run)
        self.assertRegex(run.err, r"\Avastar: [^\n]+\n\Z")
        self.assertIn(word, run.err)
