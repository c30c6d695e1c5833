#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""tools/bench/matrix: one row with one round, its JSON, table and plot; the arithmetic on invented runs."""
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree

from harness import LIMIT, SOURCE, VASTAR, Case, main

FOLDER = os.path.join(SOURCE, "tools", "bench")
sys.path.insert(0, FOLDER)
import matrix_limits  # noqa: E402
import matrix_plot  # noqa: E402
import matrix_report  # noqa: E402
import matrix_rows  # noqa: E402
import matrix_tools  # noqa: E402


def matrix(*arguments):
    return subprocess.run([sys.executable, os.path.join(FOLDER, "matrix"), "--vastar", VASTAR, *arguments], capture_output=True,
                          text=True, timeout=3 * LIMIT, check=False)


class Matrix(Case):
    def run_rows(self, rows):
        folder = self.folder()
        paths = {name: os.path.join(folder, name) for name in ("json", "markdown", "plot")}
        run = matrix("--rounds", "1", "--seconds", "0.2", "--rows", rows, *(f"--{name}={path}" for name, path in paths.items()))
        self.assertIn(run.returncode, (0, 1, 3), run.stderr)  # the speed of this machine does not matter here
        with open(paths["json"]) as file:
            report = json.load(file)
        with open(paths["markdown"]) as file:
            self.assertEqual(file.read(), run.stdout)
        return report, run, paths["plot"]

    def test_one_row(self):
        report, run, plot = self.run_rows("small-c10")
        self.assertEqual(report["params"], {"rounds": 1, "seconds": 0.2})
        self.assertEqual(set(report["machine"]), {"cpu_model", "cpus", "kernel", "congestion_control", "pinned",
                                                  "load_before", "load_after"})
        row, = report["rows"]
        self.assertEqual((row["row"], row["server"], row["c"], row["checked"]), ("small-c10", "vastar serve", 10, True))
        tools = {tool["tool"]: tool for tool in row["tools"]}
        missing = {text.split()[0] for text in report["missing"]}
        self.assertEqual(set(tools) | missing, {"vastar", "wrk", "hey", "h2load", "ab"})
        own = tools["vastar"]
        self.assertEqual((own["runs"], own["failures"]), (1, []))
        for figure in ("rps", "cpu_us", "p99_ms"):
            self.assertGreater(own[figure], 0)
        self.assertEqual(own["vastar_rate_ratio"], 1)
        self.assertEqual([target["met"] for target in row["targets"][:2]], [None, None])  # no floor program was given
        status = 1 if row["failed"] else 3 if report["missed"] else 0
        self.assertEqual(run.returncode, status)
        self.assertRegex(run.stdout, r"(?m)^\| small-c10 \| vastar serve \| [\d,]+ \| ")
        xml.etree.ElementTree.parse(plot)

    def test_row_without_its_feature_is_named(self):
        with open(os.path.join(SOURCE, "src", "cli", "options.def")) as file:
            if '"pipeline"' in file.read():
                self.skipTest("this vastar has it")
        report, run, _ = self.run_rows("pipeline-*")
        self.assertEqual((report["rows"], run.returncode), ([], 0))
        self.assertEqual(report["left_out"], ["pipeline-16-c50: this vastar has no --pipeline"])

    def test_refused(self):
        for arguments, word in ((["--rows", "nothing-*"], "no such row"), (["--rounds", "0"], "--rounds"),
                                (["--floor", "/nowhere/floor"], "no such program")):
            run = matrix(*arguments)
            self.assertEqual((run.returncode, run.stdout), (2, ""), run)
            self.assertIn(word, run.stderr)


def runs(**figures):
    """{round: run} of lists of figures."""
    return {turn: dict(zip(figures, values, strict=True)) for turn, values in enumerate(zip(*figures.values(), strict=True))}


class Arithmetic(Case):
    def test_ratios_are_taken_round_by_round(self):
        """A machine that becomes ten times slower after the first round does not change the ratios."""
        seen = {"vastar": runs(rps=[2000, 200, 220], cpu_us=[5, 50, 55]), "wrk": runs(rps=[1000, 100, 100], cpu_us=[10, 100, 100])}
        row = next(row for row in matrix_rows.all_rows() if row.name == "post-1k-c50")
        summary = matrix_report.sum_up(row, "x", seen, {"vastar": [], "wrk": []})
        wrk = summary["tools"][1]
        self.assertEqual((wrk["vastar_rate_ratio"], wrk["vastar_cpu_ratio"]), (2, 0.5))
        self.assertEqual(summary["targets"], [{"target": "rate >= 1 x wrk", "measured": 2, "against": "wrk", "met": True}])

    def test_rounds_that_one_tool_lacks(self):
        seen = {"vastar": {0: {"rps": 10.0}, 2: {"rps": 30.0}}, "wrk": {1: {"rps": 1.0}, 2: {"rps": 60.0}}}
        self.assertEqual(matrix_report.ratio(seen["vastar"], seen["wrk"], "rps"), 0.5)

    def test_the_best_competitor_counts(self):
        seen = {"vastar": runs(rps=[100], p99_ms=[3]), "wrk": runs(rps=[50], p99_ms=[4]), "hey": runs(rps=[125], p99_ms=[1])}
        rate, tail = (matrix_report.judge(matrix_rows.Target(*target), seen)
                      for target in (("rps", ">=", 1.0, ("wrk", "hey", "ab")), ("p99_ms", "<=", 1.0, ("wrk", "hey"))))
        self.assertEqual((rate["against"], rate["measured"], rate["met"]), ("hey", 0.8, False))
        self.assertEqual((tail["against"], tail["measured"], tail["met"]), ("hey", 3, False))

    def test_the_fastest_floor_counts(self):
        seen = {"vastar": runs(rps=[100], cpu_us=[5]), "floor block": runs(rps=[90], cpu_us=[1]),
                "floor spin": runs(rps=[104], cpu_us=[5])}
        target = matrix_report.judge(matrix_rows.Target("cpu_us", "<=", 1.1, ("floor",)), seen)
        self.assertEqual((target["against"], target["measured"], target["met"]), ("floor spin", 1, True))

    def test_target_without_a_competitor(self):
        target = matrix_report.judge(matrix_rows.Target("rps", ">=", 1.0, ("wrk",)), {"vastar": runs(rps=[1])})
        self.assertEqual((target["measured"], target["met"]), (None, None))

    def test_a_near_miss_is_not_rounded_away(self):
        seen = {"vastar": runs(rps=[999], cpu_us=[5]), "wrk": runs(rps=[1000], cpu_us=[5])}
        row = next(row for row in matrix_rows.all_rows() if row.name == "post-1k-c50")
        summary = matrix_report.sum_up(row, "x", seen, {"vastar": [], "wrk": []})
        self.assertEqual(matrix_report.verdict(summary), "missed: rate >= 1 x wrk: 0.999")

    def test_rows_have_unique_names(self):
        names = [row.name for row in matrix_rows.all_rows()]
        self.assertEqual(len(set(names)), len(names))

    def test_outputs_of_other_tools(self):
        wrk = matrix_tools.read_wrk("  Latency Distribution\n     50%  612.00us\n     99%    1.20ms\n"
                                    "  42932 requests in 1.00s, 3.19MB read\nRequests/sec:  42855.08\n")
        self.assertEqual(wrk, {"rps": 42855.08, "seconds": 1.0, "p99_ms": 1.2})
        hey = matrix_tools.read_hey("Summary:\n  Total:\t0.3005 secs\n  Requests/sec:\t16151.3785\n  99% in 0.0020 secs\n")
        self.assertEqual(hey, {"rps": 16151.3785, "seconds": 0.3005, "p99_ms": 2.0})
        h2load = matrix_tools.read_h2load("finished in 1.00s, 31851.00 req/s, 2.37MB/s\n")
        self.assertEqual(h2load, {"rps": 31851, "seconds": None, "p99_ms": None})
        ab = matrix_tools.read_ab("Time taken for tests:   1.000 seconds\nRequests per second:    44577.36 [#/sec] (mean)\n\n"
                                  "  50%      0\n  99%      2\n")
        self.assertEqual(ab, {"rps": 44577.36, "seconds": 1.0, "p99_ms": 2})

    def test_limits(self):
        """A stack counts for the first part that it matches; the busy side is the limit."""
        row = next(row for row in matrix_rows.all_rows() if row.name == "small-c50")
        script = ("ffff tcp_v4_rcv\nffff tcp_sendmsg\nffff io_send\nffff __do_sys_io_uring_enter\n\n"
                  "ffff tcp_recvmsg_locked\nffff io_recv\nffff io_uring_enter\n\nffff io_submit_sqes\nffff io_uring_enter\n\n"
                  "ffff h1_feed\nffff worker_main\n\n")
        parts = matrix_limits.shares(script)
        self.assertEqual({part: share for part, share in parts.items() if share},
                         {"Sending": 0.25, "Receiving": 0.25, "Ring": 0.25, "vastar itself": 0.25})
        parts["Sending"] = 0.6
        self.assertEqual(matrix_limits.sentence(row, parts, 0.9, 0.5), "the client's: sending")
        self.assertEqual(matrix_limits.sentence(row, parts, 0.5, 0.9), "the server's processor")

    def test_plot(self):
        """Every point is drawn inside the frame, and higher rates are higher up."""
        svg = matrix_plot.draw("a < b", {"vastar": [(1, 1000, 0.1), (10, 5000, 0.2)], "wrk": [(1, 900, None), (10, 2500, None)]})
        root = xml.etree.ElementTree.fromstring(svg)
        points = [(float(circle.get("cx")), float(circle.get("cy"))) for circle in root.iter("{http://www.w3.org/2000/svg}circle")]
        self.assertEqual(len(points), 6)
        width, height = float(root.get("width")), float(root.get("height"))
        self.assertTrue(all(0 < x < width and 0 < y < height for x, y in points))
        titles = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
        at = dict(zip(titles, points, strict=True))
        self.assertLess(at["vastar, c = 10: 5000"][1], at["wrk, c = 10: 2500"][1])
        self.assertTrue(re.search("a &lt; b", svg))


if __name__ == "__main__":
    main()
