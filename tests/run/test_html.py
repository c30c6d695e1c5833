#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""-o html: pages that independent parsers accept, with the same numbers as the JSON, for every kind of run."""
import json
import os
import re
import subprocess
import unittest

import html_page
from harness import Case, answers, free_port, main, message, once, vastar

HOSTILE = "<script>alert(1)</script>&\"'"


def number(text):
    return float(re.match(r"[\d.,]+", text).group().replace(",", ""))


def seconds(text):
    """Of "4.321 ms"."""
    if text == "0":
        return 0
    value, unit = text.split()
    return float(value) * {"s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}[unit]


class Pages(Case):
    def page(self, *arguments, status=0):
        """The page and the JSON of one run."""
        path = os.path.join(self.folder(), "run.json")
        run = vastar("-o", "html", "--out", f"json={path}", "--no-progress", *arguments)
        self.assertEqual(run.status, status, run)
        with open(path) as file:
            return html_page.check(self, run.out), json.load(file)

    def sweep(self, *arguments, status=0):
        path = os.path.join(self.folder(), "sweep.json")
        run = vastar("sweep", "-o", "html", "--json-path", path, "--no-progress", *arguments)
        self.assertEqual(run.status, status, run)
        with open(path) as file:
            return html_page.check(self, run.out), json.load(file)

    def assert_time(self, text, expected):
        self.assertAlmostEqual(seconds(text), expected, delta=max(0.0006 * expected, 0.6e-9))


class Bench(Pages):
    def test_numbers_equal_the_json(self):
        page, report = self.page("-n", 3000, "-c", 10, "--slo-target", "p50=1ns,p99=1h,errors<0.1%", self.serve().url, status=3)
        self.assertEqual(page.title(), f"vastar: GET {report['params']['url']}")
        self.assertEqual(page.cards()["Responses"], "3,000")
        self.assertEqual(page.cards()["Errors"], "0")
        self.assert_time(page.cards()["p99"], report["latency"]["percentiles"]["p99"])
        self.assert_time(page.cards()["Slowest"], report["summary"]["slowest_s"])
        rows = {row[0].split()[0]: row for row in page.table("From the send")}
        for name, value in report["latency"]["percentiles"].items():
            self.assert_time(rows[name][1], value)
            self.assertEqual("~" in rows[name][0], name in report["latency"]["weak"])
        bars = page.table("Lower edges")
        self.assertEqual([number(row[1]) for row in bars], [bar["count"] for bar in report["latency"]["bars"]])
        self.assertEqual([row[1] for row in page.table("Responses by status")], ["3,000"])
        self.assertEqual([row[3] for row in page.table("Over all requests")], ["missed", "met", "met"])
        self.assertEqual([row[0] for row in page.table("SLO levels")], [level["name"] for level in report["slo"]["levels"]])
        self.assertEqual([row[2] for row in page.table("What the numbers say")],
                         [entry["severity"] for entry in report["insight"]])
        self.assertEqual(page.all("time")[0].text, report["started_at"])
        self.assertEqual(dict(page.table("Machine"))["Kernel"], report["vastar"]["kernel"])

    def test_plots(self):
        """Bars have the colours of their levels; the curve never falls from left to right."""
        page, report = self.page("-n", 2000, "-c", 4, self.serve("--delay-exp", "1ms").url)
        histogram, curve = page.plot("Histogram of response times"), page.plot("Response time by percentile")
        classes = [rect.get("class") for rect in histogram.iter("rect") if rect.get("class") != "hint"]
        self.assertEqual(len(classes), sum(bar["count"] > 0 for bar in report["latency"]["bars"]))
        levels = [int(name[1:]) for name in classes]
        self.assertEqual(levels, sorted(levels))
        path = [p.get("d") for p in curve.iter("path") if p.get("class") == "first"]
        points = [tuple(map(float, point.split())) for point in re.findall(r"[ML]([\d.]+ [\d.]+)", path[0])][1:]
        self.assertGreater(len(points), 10)
        self.assertEqual(points, sorted(points, key=lambda point: (point[0], -point[1])))
        self.assertEqual([y for _, y in points], sorted((y for _, y in points), reverse=True))
        hints = [rect.find("title").text.split("\n") for rect in histogram.iter("rect") if rect.get("class") == "hint"]
        self.assertEqual([number(hint[1]) for hint in hints], [bar["count"] for bar in report["latency"]["bars"]])

    def test_over_time(self):
        page, report = self.page("-z", "2500ms", "-c", 2, self.serve("--delay", "1ms", "--fault-share", "0.2").url)
        rows, intervals = page.table("Intervals by start"), report["intervals"]
        self.assertGreaterEqual(len(intervals), 2)
        self.assertEqual(len(rows), len(intervals))
        self.assertEqual([int(row[5]) for row in rows], [interval["errors"] for interval in intervals])
        for row, interval in zip(rows, intervals):
            if interval["responses"]:
                self.assert_time(row[3], interval["p99_s"])
        for label in ("Responses per second over time", "Response time over time", "Errors per second over time"):
            page.plot(label)
        self.assert_heat(page.plot("Heat map of response times"))
        errors = {row[0]: int(row[1].replace(",", "")) for row in page.table("Errors")}
        self.assertEqual(errors, {kind: count for kind, count in report["errors"].items() if count})

    def assert_heat(self, plot):
        """Cells do not overlap, lie inside the frame, and reach from its bottom to its top."""
        cells = [
            [float(value) for value in cell]
            for path in plot.iter("path")
            for cell in re.findall(r"M([\d.]+) ([\d.]+)H([\d.]+)V([\d.]+)H[\d.]+z", path.get("d"))
        ]
        self.assertGreater(len(cells), 2)
        self.assertEqual(max(bottom for _, bottom, _, _ in cells), 208)
        self.assertEqual(min(top for _, _, _, top in cells), 16)
        for column in {left for left, _, _, _ in cells}:
            stack = sorted((top, bottom) for left, bottom, _, top in cells if left == column)
            for (_, bottom), (top, _) in zip(stack, stack[1:]):
                self.assertLessEqual(bottom, top)

    def test_open_loop_has_service_time_beside_response_time(self):
        page, report = self.page("--rate", 400, "-z", "1s", "-c", 50, self.serve("--delay", "2ms").url)
        rows = {row[0].split()[0]: row for row in page.table("Response time from the schedule")}
        for name in ("p50", "p99"):
            self.assert_time(rows[name][1], report["latency"]["percentiles"][name])
            self.assert_time(rows[name][2], report["service"]["percentiles"][name])
        curve = page.plot("Response time by percentile")
        self.assertEqual([p.get("class") for p in curve.iter("path")], ["dashed", "first"])

    def test_stages_and_warm_up(self):
        self.kernel_stamps()
        page, report = self.page("--stages", "200:300ms,0:100ms,400..100:400ms", "--warmup", "200ms", "-c", 50,
                                 "--kernel-timestamps", self.serve().url)
        stages = page.table("Response time of the requests due in each stage")
        self.assertEqual([row[:2] for row in stages], [["200/s", "300ms"], ["0/s", "100ms"], ["400..100/s", "400ms"]])
        self.assertEqual([number(row[2]) for row in stages], [stage["responses"] for stage in report["stages"]])
        self.assertIn("3 stages (constant)", page.words)
        self.assertIn(f"{report['warmup']['responses']} responses and 0 errors in the 200ms before", page.words)
        self.assertIn("waited in the kernel", page.words)

    def test_errors_only(self):
        page, report = self.page("-n", 5, "-c", 1, f"http://127.0.0.1:{free_port()}/", status=1)
        self.assertIn("No responses. All 5 requests failed (connection refused)", " ".join(page.banners()))
        self.assertNotIn("Response time", page.headings())
        self.assertEqual(page.cards()["p99"], "-")
        self.assertEqual(page.table("Errors")[0][:2], ["connect", "5"])
        self.assertEqual(report["summary"]["responses"], 0)

    def test_hostile_url(self):
        url = f"{self.peer(answers(message())).url}?q={HOSTILE}"
        page, _ = self.page("-n", 2, "-c", 1, url)
        self.assertEqual(page.title(), f"vastar: GET {url}")
        self.assertEqual(html_page.words_of(page.all("h1")[0]), f"GET {url}")
        self.assertEqual(dict(page.table("Settings"))["URL"], url)

    def test_hostile_responses(self):
        for data in (f"HTTP/1.1 <i>&\"'\x07\x1b[2J\r\n\r\n".encode(), b"</td><script>\xff\xfe]]>\r\n"):
            page, report = self.page("-n", 2, "-c", 1, self.peer(once(data)).url, status=1)
            self.assertEqual(page.table("Errors")[0][4], f"2 x {report['error_examples'][0].partition(': ')[2]}")
            self.assertEqual(len(page.all("script")), 1)
            self.assertRegex(page.text, r"^[\x20-\x7e\n]*$")

    def test_separate_status_classes(self):
        def script(conversation):
            while conversation.request() is not None:
                conversation.send(message(status="200 OK" if conversation.requests % 2 else "503 Busy"))
        page, report = self.page("-n", 20, "-c", 1, self.peer(script).url)
        self.assertEqual([row[:2] for row in page.table("Response time by class")], [["2xx", "10"], ["5xx", "10"]])
        self.assertEqual([row[:2] for row in page.table("Responses by status")], [["200", "10"], ["503", "10"]])
        self.assertEqual(report["summary"]["non_2xx"], 10)

    def test_credentials_are_not_in_it(self):
        page, _ = self.page("-n", 2, "-c", 1, "-a", "user:s3cr3t", "-H", "X-Key: s3cr3t", self.serve().url)
        self.assertNotIn("s3cr3t", page.text)
        self.assertNotIn("dXNlcjpzM2NyM3Q=", page.text)

    def test_full_disk(self):
        with open("/dev/full", "w") as full:
            run = vastar("-n", 2, "-c", 1, "-o", "html", self.serve().url, stdout=full)
        self.assertEqual(run.status, 1, run)
        self.assertRegex(run.err, r"^vastar: report: cannot write it: [^\n]+\n$")


class Style(Pages):
    def test_contrast_of_text(self):
        """4.5:1 (WCAG 2.2, 1.4.3) for every text colour on every background, in the light and the dark theme."""
        page, _ = self.page("-n", 2, "-c", 1, self.serve().url)
        style = page.root.find("head/style").text
        day, night = (dict(re.findall(r"--([\w]+):(#[0-9a-f]+)", part))
                      for part in (style.split("@media")[0], style.split("prefers-color-scheme:dark")[1].split("}}")[0]))
        self.assertEqual(set(day), set(night))
        for colours in (day, night):
            for text in ("ink", "soft", "ok", "warn", "bad"):
                for ground in ("ground", "sheet", "grid", "tint"):
                    ratio = html_page.contrast(colours[text], colours[ground])
                    self.assertGreaterEqual(ratio, 4.5, f"{text} on {ground}")
            self.assertGreaterEqual(html_page.contrast(colours["sheet"], colours["ink"]), 4.5)  # the tooltip


@unittest.skipIf("REPORT_SAMPLE" not in os.environ, "run by meson test")
class Samples(Pages):
    """Pages of hand-made results (tests/unit/report_fixture.c)."""

    def sample(self, *arguments):
        run = subprocess.run([os.environ["REPORT_SAMPLE"], *arguments], capture_output=True, text=True, check=True)
        return run.stdout

    def test_every_sample(self):
        names = self.sample().split()
        self.assertIn("empty", names)
        for name in names:
            for bins in ("1", "11", "100"):
                with self.subTest(name=name, bins=bins):
                    html_page.check(self, self.sample(name, "html", bins))

    def test_empty_run(self):
        page = html_page.check(self, self.sample("empty", "html"))
        self.assertIn("No request was sent.", " ".join(page.banners()))
        self.assertEqual(page.cards()["Requests/s"], "0")
        self.assertEqual(page.plots(), [])

    def test_trouble(self):
        page = html_page.check(self, self.sample("troubled", "html"))
        banners = " ".join(page.banners())
        for part in ("Interrupted.", "Verdict: client-limited.", "280 of 300 connections", "redirects to another host"):
            self.assertIn(part, banners)
        self.assertEqual(dict(page.table("Machine"))["Processor"], r"\xff\xfe broken \x01 name")
        self.assertEqual({row[0] for row in page.table("Errors")}, {"timeout", "reset", "protocol"})


class Sweep(Pages):
    def test_levels(self):
        server = self.serve("--capacity", 4, "--service-time", "5ms")
        page, sweep = self.sweep("--conc", "1,2,4,16", "-z", "300ms", server.url)
        rows = page.table("Medians")
        self.assertEqual([int(row[0]) for row in rows], [point["concurrency"] for point in sweep["sweep_points"]])
        for row, point in zip(rows, sweep["sweep_points"]):
            self.assertAlmostEqual(number(row[1]), point["rps"], delta=0.6)
            self.assert_time(row[4], point["p99_ms"] / 1e3)
            self.assertIn(point["disqualified"] or "ok", row[-1])
        spot = sweep["sweet_spot"]
        self.assertEqual([int(row[0]) for row in rows if "picked" in row[-1]], [spot["concurrency"]])
        self.assertEqual(page.cards()["Sweet spot"], f"c = {spot['concurrency']}")
        self.assertIn(spot["reasoning"], page.banners()[0])
        crosses = sum(point["disqualified"] is not None for point in sweep["sweep_points"])
        for label in ("Throughput over concurrency", "p99 over concurrency"):
            plot = page.plot(label)
            self.assertEqual(len([p for p in plot.iter("path") if p.get("class") == "mark-out"]), crosses)
            self.assertEqual(len(list(plot.iter("circle"))), 4 - crosses)
            self.assertEqual([t.text for t in plot.iter("text") if t.text.startswith("c = ")], [f"c = {spot['concurrency']}"])
            self.assertEqual(len([r for r in plot.iter("rect") if r.get("class") == "hint"]), 4)
            bars = [p for p in plot.iter("path") if p.get("class", "").startswith("bar-")]
            key = "rps_interval" if label.startswith("T") else "p99_interval_ms"
            self.assertEqual(len(bars), sum(point[key] is not None for point in sweep["sweep_points"]))
        for note in sweep["notes"]:
            self.assertIn(" ".join(note.split()), page.words)

    def test_paired(self):
        target, reference = self.serve("--delay", "2ms"), self.serve("--delay", "1ms")
        url = f"{reference.url}/?{HOSTILE}"
        page, sweep = self.sweep("--conc", "1,2", "-z", "200ms", "--vs", url, "--max-overhead-pct", 1000,
                                 "--max-rps-deficit-pct", 100, f"{target.url}/?{HOSTILE}")
        rows = page.table("Medians")
        for row, point in zip(rows, sweep["sweep_points"]):
            self.assertAlmostEqual(number(row[4]), point["reference"]["rps"], delta=0.6)
            self.assertEqual(row[6], f"{point['overhead_pct']:.1f}%")
        self.assertEqual(dict(page.table("Settings"))["Reference"], url)
        self.assertIn("dashed", [p.get("class") for p in page.plot("p99 over concurrency").iter("path")])

    def test_no_level_passes(self):
        page, sweep = self.sweep("--conc", "1,2", "-z", "200ms", self.serve("--status", 500).url, status=3)
        self.assertEqual(sweep["sweet_spot"]["method"], "fallback")
        self.assertIn("No level passed the gates.", page.banners()[0])
        self.assertIn("Nearest", page.cards())
        for plot in page.plots():
            self.assertEqual(len([p for p in plot.iter("path") if p.get("class") == "mark-out"]), 2)
            self.assertEqual(list(plot.iter("circle")), [])
        self.assertEqual([row[-1].endswith(point["disqualified"]) for row, point in
                          zip(page.table("Medians"), sweep["sweep_points"])], [True, True])

    def test_file(self):
        path = os.path.join(self.folder(), "sweep.html")
        run = vastar("sweep", "--conc", "1", "-z", "200ms", "--no-progress", "--max-spread", 1000000, "--max-p999-ratio",
                     1000000, "--html-path", path, self.serve().url)
        self.assertEqual(run.status, 0, run)
        self.assertIn("Sweep of GET", run.out)
        with open(path) as file:
            page = html_page.check(self, file.read())
        self.assertEqual([row[0] for row in page.table("Medians")], ["1"])
        bad = vastar("sweep", "--html-path", os.path.join(self.folder(), "no", "page"), self.serve().url)
        self.assertEqual((bad.status, bad.out), (1, ""), bad)
        self.assertRegex(bad.err, r"^vastar: --html-path [^\n]+\n$")

    def test_dead_target(self):
        page, sweep = self.sweep("--conc", "1,2", "-z", "200ms", f"http://127.0.0.1:{free_port()}/", status=1)
        self.assertEqual(sweep["sweet_spot"]["concurrency"], 0)
        self.assertIn("No sweet spot.", " ".join(page.banners()))
        self.assertEqual(page.plots(), [])


if __name__ == "__main__":
    main()
