#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Several runs in one report: --repeats and vastar merge."""
import json
import math
import os
import signal
import subprocess
import unittest

from harness import LIMIT, VASTAR, finish, main, message, sanitized, start, vastar, wait_for
from saved import Saved


def at(report, clock, seconds):
    """The report as if the run had begun at `clock` and had taken `seconds`."""
    summary = {**report["summary"], "total_s": seconds}
    summary["rps"] = summary["responses"] / seconds
    summary["goodput_rps"] = report["status_codes"].get("200", 0) / seconds
    return {**report, "started_at": f"2026-03-01T{clock}Z", "summary": summary}


def buckets(*reports, of=lambda report: report["latency"]):
    counts = {}
    for report in reports:
        for bucket in of(report)["histogram"]:
            key = (bucket["from_s"], bucket["to_s"])
            counts[key] = counts.get(key, 0) + bucket["count"]
    return [{"from_s": low, "to_s": high, "count": n} for (low, high), n in sorted(counts.items())]


def nearest_rank(histogram, percent):
    """The upper bound of the bucket that holds the rank."""
    rank = math.ceil(percent * sum(b["count"] for b in histogram) / 100)
    for bucket in histogram:
        rank -= bucket["count"]
        if rank <= 0:
            return bucket["to_s"]


class Merge(Saved):
    def test_merge_of_one_is_the_same_report(self):
        server = self.serve("--fault-share", "0.1")
        path, out = self.save_measured("one.json", "-n", 500, "-c", 5, server.url)
        original, merged = json.loads(out), self.merged(path)
        for key in ("average_s", "stddev_s"):  # their sums were rounded to 15 digits
            self.assertAlmostEqual(merged["summary"].pop(key), original["summary"].pop(key))
        for part in ("kind", "started_at", "machine", "params", "summary", "latency", "status_codes", "errors",
                     "error_ages_s"):
            self.assertEqual(merged[part], original[part], part)
        for name, phase in original["phases"].items():
            self.assertAlmostEqual(merged["phases"][name].pop("average_s"), phase.pop("average_s"))
            self.assertEqual(merged["phases"][name], phase)
        self.assertEqual(set(merged["error_examples"]), set(original["error_examples"]))
        self.assertGreater(merged["summary"]["errors"], 0)

    def test_merge_of_one_open_loop(self):
        server = self.serve()
        path, out = self.save_measured("one.json", "--rate", 500, "-z", "300ms", "-c", 5, server.url)
        original, merged = json.loads(out), self.merged(path)
        for key in ("average_s", "stddev_s"):
            self.assertAlmostEqual(merged["summary"].pop(key), original["summary"].pop(key))
        for part in ("params", "summary", "latency", "censored"):
            self.assertEqual(merged[part], original[part], part)
        self.assertEqual(merged["service"]["histogram"], original["service"]["histogram"])

    def test_load_that_changes(self):
        """One report is returned unchanged, several are not merged, and compare accepts them."""
        server = self.serve()
        files = [self.save_measured(name, *load, "-c", 20, server.url) for name, load in
                 (("a", ("--stages", "200:200ms,100:200ms", "--warmup", "100ms")), ("b", ("--burst", "5:100ms", "-z", "300ms")))]
        for path, out in files:
            self.assertEqual(self.merged(path)["params"], json.loads(out)["params"])
        self.refused("merge", files[0][0], files[1][0], word="a load that changes")
        self.assertEqual(vastar("compare", files[0][0], files[1][0]).status, 0)

    def test_warm_up_of_repeats(self):
        server = self.serve()
        report = self.bench("--repeats", 2, "--warmup", "100ms", "--rate", 200, "-z", "200ms", "-c", 20, server.url)
        self.assertEqual(report["warmup"]["responses"], 40)
        self.assertEqual(report["summary"]["requests"] + report["censored"]["unsent"], 80)

    def test_options_that_exclude_repeats(self):
        self.refused("--repeats", 2, "--until", "p99+-5%", "http://127.0.0.1:1/", word="--until")
        self.refused("--repeats", 2, "--request-log", self.path("log"), "http://127.0.0.1:1/", word="--request-log")

    def test_histograms_are_added_up(self):
        fast = self.measured("-n", 300, "-c", 3, self.serve("--delay-exp", "1ms").url)
        slow = self.measured("-n", 100, "-c", 2, self.serve("--delay-exp", "5ms", "--status", "503").url)
        slow["params"]["url"] = fast["params"]["url"]
        merged = self.merged(self.save("a", fast), self.save("b", slow))
        together = buckets(fast, slow)
        self.assertEqual(merged["latency"]["histogram"], together)
        for percent in (10, 25, 50, 75, 90, 95):
            self.assertEqual(merged["latency"]["percentiles"][f"p{percent}"], nearest_rank(together, percent))
        for key in ("requests", "responses", "bytes", "non_2xx"):
            self.assertEqual(merged["summary"][key], fast["summary"][key] + slow["summary"][key])
        self.assertEqual(merged["status_codes"], {"200": 300, "503": 100})
        for code, report in (("2xx", fast), ("5xx", slow)):
            self.assertEqual(merged["latency_by_status"][code]["histogram"], report["latency"]["histogram"])
        self.assertEqual(merged["summary"]["slowest_s"], max(r["summary"]["slowest_s"] for r in (fast, slow)))
        self.assertEqual(merged["summary"]["fastest_s"], min(r["summary"]["fastest_s"] for r in (fast, slow)))
        self.assertAlmostEqual(merged["summary"]["average_s"],
                               (3 * fast["summary"]["average_s"] + slow["summary"]["average_s"]) / 4)

    def test_merge_of_one_keeps_status_classes(self):
        def script(conversation):
            while conversation.request() is not None:
                number = len(conversation.peer.requests)
                conversation.send(message(status=("200 OK", "404 Not Found", "503 Busy")[number % 3]))
        path, out = self.save_measured("a", "-n", 90, "-c", 1, self.peer(script).url)
        original, merged = json.loads(out), self.merged(path)
        self.assertEqual(set(original["latency_by_status"]), {"2xx", "4xx", "5xx"})
        for code, latency in original["latency_by_status"].items():
            self.assertEqual(merged["latency_by_status"][code]["histogram"], latency["histogram"])

    def test_errors_are_added_up(self):
        reports = [self.measured("-n", 400, "-c", 4, self.serve("--fault-share", "0.3", "--seed", seed).url)
                   for seed in (1, 2)]
        reports[1]["params"]["url"] = reports[0]["params"]["url"]
        merged = self.merged(*(self.save(str(i), report) for i, report in enumerate(reports)))
        for kind, count in merged["errors"].items():
            self.assertEqual(count, sum(r["errors"][kind] for r in reports))
            age = merged["error_ages_s"][kind]
            self.assertEqual(age["histogram"], buckets(*reports, of=lambda r: r["error_ages_s"][kind]))
            ages = [r["error_ages_s"][kind]["max"] for r in reports if r["error_ages_s"][kind]["max"] is not None]
            self.assertEqual(age["max"], max(ages, default=None))
        self.assertEqual(set(merged["error_examples"]), {text for r in reports for text in r["error_examples"]})
        self.assertEqual(len(merged["error_examples"]), len(set(merged["error_examples"])))

    def at_times(self, *times):
        """A merge of runs with 100, 200, ... responses. `times` are pairs of begin and seconds."""
        server = self.serve()
        paths = []
        for i, (clock, seconds) in enumerate(times, 1):
            report = at(self.measured("-n", 100 * i, "-c", i, server.url), clock, seconds)
            paths.append(self.save(str(i), report))
        return self.merged(*paths)

    def assert_rate(self, merged, overlap, seconds, connections):
        self.assertEqual(merged["merged"]["overlap"], overlap)
        self.assertAlmostEqual(merged["merged"]["busy_s"], seconds)
        self.assertAlmostEqual(merged["summary"]["total_s"], seconds)
        self.assertAlmostEqual(merged["summary"]["rps"], merged["summary"]["responses"] / seconds)
        self.assertEqual(merged["params"]["concurrency"], connections)

    def test_rates_of_simultaneous_runs_add_up(self):
        self.assert_rate(self.at_times(("12:00:00.000", 10), ("12:00:00.000", 10)), "all", 10, 3)

    def test_partial_overlap(self):
        self.assert_rate(self.at_times(("12:00:05.000", 10), ("12:00:00.000", 10)), "all", 15, 3)

    def test_consecutive_runs(self):
        merged = self.at_times(("12:00:00.000", 10), ("13:00:00.000", 10))
        self.assert_rate(merged, "none", 20, 2)
        self.assertEqual(merged["merged"]["span_s"], 3610)
        self.assertNotIn("repeats", merged)  # the number of connections differs

    def test_some_runs_overlap(self):
        self.assert_rate(self.at_times(("12:00:00.000", 10), ("13:00:00.000", 10), ("12:00:01.000", 9)), "some", 20, 4)

    def test_consecutive_runs_of_the_same_load_are_repeats(self):
        server = self.serve()
        reports = [at(self.measured("-n", 50, "-c", 2, server.url), f"1{i}:00:00.000", 10) for i in range(3)]
        merged = self.merged(*(self.save(str(i), report) for i, report in enumerate(reports)))
        self.assertEqual([run["rps"] for run in merged["repeats"]], [5, 5, 5])
        self.assertEqual([run["p50_s"] for run in merged["repeats"]], [r["latency"]["percentiles"]["p50"] for r in reports])

    def test_text_names_the_merged_runs(self):
        server = self.serve()
        files = [self.save(str(i), at(self.measured("-n", 50, "-c", 2, server.url), f"1{i}:00:00.000", 10))
                 for i in range(2)]
        run = vastar("merge", *files)
        self.assertEqual((run.status, run.err), (0, ""), run)
        self.assertIn("Merged from 2 runs:\n  2026-03-01T10:00:00.000Z", run.out)
        self.assertIn("They ran one after the other", run.out)
        self.assertIn("Requests/sec: 5.00\n", run.out)

    def test_slo_of_the_merge(self):
        path, _ = self.save_measured("a", "-n", 50, "-c", 2, self.serve("--delay", "5ms").url)
        self.assertTrue(self.merged(path, "--slo-target", "p99=1h")["slo"]["passed"])
        self.assertFalse(self.merged(path, "--slo-target", "p50=1ms", status=3)["slo"]["passed"])

    def test_standard_input(self):
        path, out = self.save_measured("a", "-n", 50, "-c", 2, self.serve().url)
        run = subprocess.run([VASTAR, "merge", "-o", "json", "-"], input=out, capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertEqual(json.loads(run.stdout)["summary"], json.loads(out)["summary"])

    def test_no_responses(self):
        run = vastar("-o", "json", "-n", 2, "-c", 1, "http://127.0.0.1:1/")
        merged = self.merged(self.save("dead", run.out), status=1)
        self.assertEqual(merged["errors"]["connect"], 2)
        self.assertIsNone(merged["latency"]["percentiles"]["p50"])

    def test_refused(self):
        server = self.serve()
        closed = self.measured("-n", 50, "-c", 2, server.url)
        path, empty = self.save("a", closed), self.save("empty", "")
        other = self.save("b", at({**closed, "params": {**closed["params"], "url": "http://other/"}}, "12:00:00.000", 1))
        put = self.save("c", at({**closed, "params": {**closed["params"], "method": "PUT"}}, "13:00:00.000", 1))
        opened, _ = self.save_measured("d", "--rate", 500, "-z", "100ms", "-c", 5, server.url)
        sweep = self.save("e", {"schema_version": "1.0", "kind": "sweep", "sweep_points": []})
        newer = self.save("f", {**closed, "schema_version": "2.0"})
        wrong = self.save("g", {**closed, "latency": {**closed["latency"], "histogram": []}})
        self.refused("merge", word="no files")
        self.refused("merge", path, path, word="the same run")
        self.refused("merge", path, other, word="different URLs")
        self.refused("merge", path, put, word="methods GET and PUT")
        self.refused("merge", path, opened, word="an open and a closed loop")
        self.refused("merge", path, sweep, word="it is a sweep")
        self.refused("merge", path, newer, word="schema_version is '2.0'")
        self.refused("merge", path, wrong, word="does not add up")
        self.refused("merge", path, empty, word="not JSON")
        self.refused("merge", path, "-o", "yaml", word="yaml")
        self.refused("merge", path, "--slo-target", "p98=1ms", word="p98")
        self.refused("merge", path, self.path("none"), word="No such file", status=1)
        self.refused("merge", path, self.files, word="cannot be read", status=1)
        self.assertEqual(self.merged("--force", path, other, put)["summary"]["responses"], 150)

    @unittest.skipIf("FAIL_ALLOC_SO" not in os.environ or sanitized(), "a sanitizer has its own malloc")
    def test_every_allocation_fails_once(self):
        """Both commands print an error message, or the right report."""
        server = self.serve()
        paths = []
        for name in ("a", "b"):  # text: reading makes most of the allocations
            report = self.measured("-n", 3, "-c", 1, server.url)
            report["latency"] = {"histogram": report["latency"]["histogram"]}
            paths.append(self.save(name, {key: report[key] for key in report if key not in ("insight", "slo", "intervals")}))
        for command in (["merge"], ["compare", "-o", "json"]):
            whole = vastar(*command, *paths).out
            for number in range(1, 20000):
                mark = self.path(f"mark{number}")
                run = vastar(*command, *paths, env={"LD_PRELOAD": os.environ["FAIL_ALLOC_SO"], "FAIL_ALLOC": str(number),
                                                    "FAIL_ALLOC_MARK": mark})
                self.assertIn(run.status, (0, 1), f"allocation {number}: {run}")
                self.assertEqual(run.out, "" if run.status else whole, f"allocation {number}")
                self.assertRegex(run.err, r"\A(vastar: [^\n]+\n)?\Z")
                if not os.path.exists(mark):
                    break
                os.unlink(mark)
            self.assertGreater(number, 100)


class Repeats(Saved):
    def test_whole_runs(self):
        server = self.serve()
        report = self.bench("-n", 40, "-c", 4, "--repeats", 3, server.url)
        self.assert_all(report, 120)
        self.assertEqual(server.counts()["requests"], 120)
        self.assertEqual(len(report["repeats"]), 3)
        self.assertEqual(report["params"]["requests"], 40)
        self.assertGreater(min(run["rps"] for run in report["repeats"]), 0)

    def test_text(self):
        run = vastar("-n", 40, "-c", 4, "--repeats", 2, self.serve().url)
        self.assertEqual(run.status, 0, run)
        self.assertRegex(run.out, r"\nRepeats:\n +run +rps +p50 +p99 +p99\.9 +errors\n +1 [^\n]*\n +2 [^\n]*\n\n")

    def test_one_repeat_changes_nothing(self):
        self.assertNotIn("repeats", self.bench("-n", 40, "-c", 4, "--repeats", 1, self.serve().url))

    def test_failed_requests_rank_above_every_response(self):
        report = self.bench("-n", 50, "-c", 1, "--repeats", 2, self.serve("--fault-share", "0.6").url)
        self.assertEqual([run["p90_s"] for run in report["repeats"]], [None, None])
        self.assertGreater(report["repeats"][0]["error_rate"], 0.1)

    def test_interrupted(self):
        """The finished runs count; an interrupted run is not a repeat."""
        server = self.serve("--delay", "1ms")
        process = start("-o", "json", "-n", 100, "-c", 1, "--repeats", 1000, "--no-progress", server.url)
        wait_for(lambda: server.counts()["requests"] > 250, "two runs are done")
        process.send_signal(signal.SIGINT)
        run = finish(process)
        self.assertEqual(run.status, 130, run)
        report = self.report(run)
        self.assertTrue(report["summary"]["interrupted"])
        self.assertGreaterEqual(len(report["repeats"]), 2)
        self.assertEqual(len(report["repeats"]), report["summary"]["requests"] // 100)


if __name__ == "__main__":
    main()
