#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""vastar compare: which changes exceed the noise, and its gate."""
import json
import math
import os
import shutil
import subprocess
import xml.etree.ElementTree as ET

from harness import LIMIT, SOURCE, VASTAR, answers, judges_figures, main, message, vastar
from html_page import Balance
from saved import Saved

T_999_8 = 5.0413  # two-sided 99.9 % quantile of Student's t for 8 degrees of freedom, from a table


class Compare(Saved):
    def schema_errors(self, comparison):
        try:
            import jsonschema
        except ImportError:
            return []
        with open(os.path.join(SOURCE, "tests", "data", "compare.schema.json")) as file:
            validator = jsonschema.Draft202012Validator(json.load(file))
        return [error.message for error in validator.iter_errors(comparison)]

    def compare(self, base, new, *arguments, status=0):
        """The comparison, its figures by name, and standard error."""
        run = vastar("compare", "-o", "json", *arguments, base, new)
        self.assertEqual(run.status, status, run)
        comparison = json.loads(run.out)
        self.assertEqual(self.schema_errors(comparison), [], run)
        return comparison, {figure["name"]: figure for figure in comparison["figures"]}, run.err

    def with_repeats(self, name, **values):
        """A result with default figures in each repeat, except for `values`: lists with one value for each run."""
        usual = {"rps": 1000.0, "goodput_rps": 1000.0, "p50_s": 0.005, "p90_s": 0.006, "p99_s": 0.007, "p999_s": 0.008,
                 "error_rate": 0.0, "cpu": 0.1}
        if not hasattr(self, "one"):
            self.one = self.measured("-n", 20, "-c", 2, self.serve().url)
        count = max((len(list_) for list_ in values.values()), default=5)
        return self.save(name, {**self.one, "repeats": [{**usual, **{key: list_[i] for key, list_ in values.items()}}
                                                        for i in range(count)]})

    def measure_in_turns(self, repeats):
        """Results of a server that takes 5 ms, of one that takes 7 ms, and of the first again.

        The measurements are interleaved, two of each, so that a change in the machine's load affects them all.
        """
        servers = self.serve("--delay", "5ms"), self.serve("--delay", "7ms")
        sides = {"base": servers[0].url, "new": servers[1].url, "again": servers[0].url}
        for turn in range(2):
            for name, url in sides.items():
                self.save_measured(f"{name}{turn}", "-n", 40, "-c", 1, "--repeats", repeats, url)
        return [self.save(name, json.dumps(self.merged(self.path(f"{name}0"), self.path(f"{name}1")))) for name in sides]

    def test_what_the_end_of_the_run_cut_off(self):
        url = self.serve().url
        base, _ = self.save_measured("base", "-n", 10, "-c", 2, url)
        run = vastar("-z", "200ms", "-c", 2, "--drain-cap", "100ms", "-o", "json", url + "/delay/60000")
        new = self.save("new", run.out)
        said = "errors of new include 2 requests that the end of the run cut off"
        self.assertIn(said, self.compare(base, new)[0]["notes"])
        for form in ("text", "html", "markdown"):
            self.assertIn(said, vastar("compare", "-o", form, base, new).out)

    def test_page_and_markdown(self):
        base = self.with_repeats("base<b>", p50_s=[0.005] * 5)
        new = self.with_repeats("new", p50_s=[0.006] * 5)
        gate = "--max-regression", "p50=10%"
        page = vastar("compare", "-o", "html", *gate, base, new)
        self.assertEqual((page.status, page.err), (3, ""), page)
        Balance(page.out)  # balanced tags, then well-formed XML
        ET.fromstring(page.out.split("\n", 1)[1])
        self.assertNotIn("<b>", page.out)
        self.assertEqual(page.out.count("<figure>"), 2, "percentiles and shares")
        for part in ("+20.00 %", "worse, limit 10 %: FAILED", 'class="second"'):
            self.assertIn(part, page.out)
        summary = vastar("compare", "-o", "markdown", *gate, base, new)
        self.assertEqual(summary.status, 3)
        self.assertIn("### vastar compare: gate FAILED", summary.out)
        self.assertRegex(summary.out, r"\| p50 \| 5.00ms \| 6.00ms \| \+20.00 % \| [^|]+ \| \*\*worse, limit 10 %: FAILED\*\* \|")
        self.assertIn("base\\<b\\>", summary.out)

    @judges_figures
    def test_gate_on_a_slower_server(self):
        """The same server passes; one that takes 7 ms instead of 5 ms fails."""
        for repeats in (5, 10, 20):  # on a busy machine few repeats may not be enough to tell
            base, new, again = self.measure_in_turns(repeats)
            gate = "--max-regression", "p50=10%,errors=1%"
            comparison, figures, err = self.compare(base, again, *gate)
            self.assertEqual((comparison["passed"], figures["p50"]["passed"], err), (True, True, ""))
            run = vastar("compare", *gate, base, new)
            self.assertIn(run.status, (0, 3), run)
            if run.status == 3:
                break
            self.assertIn("limit 10 %: passed", run.out)
        comparison, figures, err = self.compare(base, new, *gate, status=3)
        self.assertEqual((comparison["passed"], figures["p50"]["passed"], figures["p50"]["verdict"], err),
                         (False, False, "worse", ""))

    @judges_figures
    def test_example_project(self):
        if not shutil.which("meson"):
            self.skipTest("meson is not installed")
        folder = self.path("build")
        options = ["-Dvastar=" + os.path.abspath(shutil.which(VASTAR))]
        # The example's Meson must not see the variables of the Meson that runs this test.
        env = {key: value for key, value in os.environ.items() if not key.startswith("MESON")}

        def meson(*arguments):
            return subprocess.run(["meson", *arguments], capture_output=True, text=True, timeout=LIMIT, env=env)
        run = meson("setup", folder, os.path.join(SOURCE, "tests", "regression-example"), *options)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        run = meson("test", "-C", folder, "--print-errorlogs")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertEqual(meson("configure", folder, "-Dnew_delay=30ms").returncode, 0)
        run = meson("test", "-C", folder, "--print-errorlogs")
        self.assertNotEqual(run.returncode, 0, run.stdout)
        self.assertIn("Gate: FAILED", run.stdout)
        self.assertIn("exit status 3", run.stdout)

    def test_interval_of_the_ratio(self):
        """Five runs on each side with the same spread: eight degrees of freedom."""
        spread = [math.exp(x) for x in (-0.02, -0.01, 0, 0.01, 0.02)]
        base = self.with_repeats("base", rps=[1000 * x for x in spread])
        new = self.with_repeats("new", rps=[800 * x for x in spread])
        _, figures, _ = self.compare(base, new)
        half = T_999_8 * math.sqrt(2 * 0.00025 / 5)  # the variance of the five logarithms is 0.00025
        self.assertAlmostEqual(figures["rps"]["change"], -0.2)
        self.assertAlmostEqual(figures["rps"]["low"], 0.8 * math.exp(-half) - 1, places=5)
        self.assertAlmostEqual(figures["rps"]["high"], 0.8 * math.exp(half) - 1, places=5)
        self.assertEqual(figures["rps"]["verdict"], "worse")
        self.assertAlmostEqual(figures["rps"]["base"], 1000)
        self.assertEqual(figures["goodput"]["verdict"], "noise")

    def test_gate_fails_only_when_the_whole_interval_is_beyond(self):
        spread = [math.exp(x) for x in (-0.02, -0.01, 0, 0.01, 0.02)]
        base = self.with_repeats("base", p99_s=[0.010 * x for x in spread])
        new = self.with_repeats("new", p99_s=[0.012 * x for x in spread])
        low = 1.2 * math.exp(-T_999_8 * math.sqrt(2 * 0.00025 / 5) - 1 / 1024) - 1  # wider by one bucket
        self.compare(base, new, "--max-regression", f"p99={100 * low - 0.1:.2f}%", status=3)
        self.compare(base, new, "--max-regression", f"p99={100 * low + 0.1:.2f}%")
        self.compare(new, base, "--max-regression", "p99=0%")  # an improvement is no regression

    def test_errors_are_percentage_points(self):
        base = self.with_repeats("base", error_rate=[0.0, 0.0, 0.0, 0.0, 0.0])
        new = self.with_repeats("new", error_rate=[0.05] * 5)
        _, figures, _ = self.compare(base, new, "--max-regression", "errors=4.9%", status=3)
        self.assertAlmostEqual(figures["errors"]["change"], 0.05)
        self.compare(base, new, "--max-regression", "errors=5.1%")

    def test_dead_server_is_worse(self):
        base, _ = self.save_measured("base", "-n", 20, "-c", 1, "--repeats", 5, self.serve().url)
        run = vastar("-o", "json", "-n", 2, "-c", 1, "--repeats", 5, "http://127.0.0.1:1/")
        gone = self.save("gone", run.out)
        for gate in ("p99=50%", "errors=50%"):
            _, figures, _ = self.compare(base, gone, "--max-regression", gate, status=3)
            self.assertEqual(figures[gate.split("=")[0]]["verdict"], "worse")
        comparison, _, err = self.compare(gone, base, "--max-regression", "p99=50%")
        self.assertIsNone(comparison["passed"])
        self.assertIn("cannot judge", err)

    def test_rate_of_zero_is_worse(self):
        base, new = self.with_repeats("base"), self.with_repeats("new", rps=[0.0] * 5)
        _, figures, _ = self.compare(base, new, "--max-regression", "rps=90%", status=3)
        self.assertEqual(figures["rps"]["change"], -1)

    def test_few_runs_give_no_verdict(self):
        base = self.with_repeats("base", p50_s=[0.001] * 4)
        new = self.with_repeats("new", p50_s=[0.1] * 5)
        one = self.save("one", self.one)
        for pair in ((base, new), (one, new), (one, one)):
            comparison, figures, err = self.compare(*pair, "--max-regression", "p50=10%")
            self.assertEqual({figure["verdict"] for figure in figures.values()}, {"unknown"})
            self.assertEqual((comparison["judged"], comparison["passed"]), (False, None))
            self.assertRegex(err, r"\Avastar: compare: cannot tell [^\n]*--repeats 5[^\n]*\n\Z")
        text = vastar("compare", base, new)
        self.assertEqual(text.status, 0, text)
        self.assertIn("Cannot tell", text.out)

    def test_other_differences_are_noted(self):
        base = self.with_repeats("base")
        new = self.save("new", {**self.one, "params": {**self.one["params"], "concurrency": 3, "method": "PUT"}})
        comparison, _, _ = self.compare(base, new)
        notes = [note for note in comparison["notes"] if not note.endswith("client-limited")]  # on a busy machine
        self.assertEqual(notes, ["method differs: GET and PUT", "concurrency differs: 2 and 3"])

    def test_text(self):
        run = vastar("compare", "--color", "always", "--max-regression", "p50=10%",
                     self.with_repeats("base"), self.with_repeats("new", p50_s=[0.007] * 5))
        self.assertEqual((run.status, run.err), (3, ""), run)
        self.assertRegex(run.out, r"\np50 +5\.00ms +7\.00ms +\+40\.00 % +\+39\.\d\d % to \+40\.\d\d % +"
                                  r"\x1b\[38;5;160mworse\x1b\[0m, limit 10 %: FAILED\n")
        self.assertTrue(run.out.endswith("Gate: FAILED\n"))

    def test_refused(self):
        base, new = self.with_repeats("base"), self.with_repeats("new")
        opened, _ = self.save_measured("open", "--rate", 500, "-z", "100ms", "-c", 5,
                                       self.peer(answers(message())).url)
        self.refused("compare", base, word="two files")
        self.refused("compare", base, new, new, word="two FILEs are enough")
        self.refused("compare", base, opened, word="an open and a closed loop")
        self.refused("compare", base, self.save("no", "{}"), word="it has no kind")
        self.refused("compare", base, self.path("none"), word="No such file", status=1)
        self.refused("compare", base, new, "-o", "csv", word="csv")
        for gate, word in (("p98=10%", "no such figure"), ("p99", "FIGURE=PERCENT"), ("p99=10", "percentage"),
                           ("p99=-1%", "percentage"), ("", "FIGURE=PERCENT"), ("rps=100%", "100 %"),
                           ("p99=1%,p99=2%", "twice"), ("p99=1%,", "FIGURE=PERCENT")):
            self.refused("compare", base, new, "--max-regression", gate, word=word)


if __name__ == "__main__":
    main()
