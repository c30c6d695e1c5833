#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What is done with results of earlier runs: --repeats, vastar merge, vastar compare."""
import json
import math
import os
import shutil
import signal
import subprocess
import unittest

from harness import LIMIT, SOURCE, VASTAR, Case, answers, finish, main, message, sanitized, start, vastar, wait_for

T_999_8 = 5.0413  # two-sided 99.9 % quantile of Student's t for 8 degrees of freedom, as every table has it


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
        """A benchmark's report as it was written."""
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


def at(report, clock, seconds):
    """The report as if the run had begun at that time of a day and had taken so many seconds."""
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
    def test_report_of_one_comes_back(self):
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

    def test_open_loop_comes_back(self):
        server = self.serve()
        path, out = self.save_measured("one.json", "--rate", 500, "-z", "300ms", "-c", 5, server.url)
        original, merged = json.loads(out), self.merged(path)
        for key in ("average_s", "stddev_s"):
            self.assertAlmostEqual(merged["summary"].pop(key), original["summary"].pop(key))
        for part in ("params", "summary", "latency", "censored"):
            self.assertEqual(merged[part], original[part], part)
        self.assertEqual(merged["service"]["histogram"], original["service"]["histogram"])

    def test_load_that_changes(self):
        """The report of one comes back, several are not merged, and they are compared as any others."""
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

    def test_repeats_of_what_is_of_one_run(self):
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

    def test_classes_come_back(self):
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
        """A merge of runs of 100, 200, ... answers that began at these times and took these seconds."""
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

    def test_at_the_same_time_rates_add_up(self):
        self.assert_rate(self.at_times(("12:00:00.000", 10), ("12:00:00.000", 10)), "all", 10, 3)

    def test_overlap_in_part(self):
        self.assert_rate(self.at_times(("12:00:05.000", 10), ("12:00:00.000", 10)), "all", 15, 3)

    def test_one_after_the_other(self):
        merged = self.at_times(("12:00:00.000", 10), ("13:00:00.000", 10))
        self.assert_rate(merged, "none", 20, 2)
        self.assertEqual(merged["merged"]["span_s"], 3610)
        self.assertNotIn("repeats", merged)  # the number of connections differs

    def test_some_at_the_same_time(self):
        self.assert_rate(self.at_times(("12:00:00.000", 10), ("13:00:00.000", 10), ("12:00:01.000", 9)), "some", 20, 4)

    def test_same_load_one_after_the_other_is_a_repeat(self):
        server = self.serve()
        reports = [at(self.measured("-n", 50, "-c", 2, server.url), f"1{i}:00:00.000", 10) for i in range(3)]
        merged = self.merged(*(self.save(str(i), report) for i, report in enumerate(reports)))
        self.assertEqual([run["rps"] for run in merged["repeats"]], [5, 5, 5])
        self.assertEqual([run["p50_s"] for run in merged["repeats"]], [r["latency"]["percentiles"]["p50"] for r in reports])

    def test_text_says_what_it_is_made_of(self):
        server = self.serve()
        files = [self.save(str(i), at(self.measured("-n", 50, "-c", 2, server.url), f"1{i}:00:00.000", 10))
                 for i in range(2)]
        run = vastar("merge", *files)
        self.assertEqual((run.status, run.err), (0, ""), run)
        self.assertIn("Merged from 2 runs:\n  2026-03-01T10:00:00.000Z", run.out)
        self.assertIn("They ran one after the other", run.out)
        self.assertIn("Requests/sec: 5.00\n", run.out)

    def test_slo_of_the_whole(self):
        path, _ = self.save_measured("a", "-n", 50, "-c", 2, self.serve("--delay", "5ms").url)
        self.assertTrue(self.merged(path, "--slo-target", "p99=1h")["slo"]["passed"])
        self.assertFalse(self.merged(path, "--slo-target", "p50=1ms", status=3)["slo"]["passed"])

    def test_standard_input(self):
        path, out = self.save_measured("a", "-n", 50, "-c", 2, self.serve().url)
        run = subprocess.run([VASTAR, "merge", "-o", "json", "-"], input=out, capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertEqual(json.loads(run.stdout)["summary"], json.loads(out)["summary"])

    def test_nothing_answered(self):
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
        """Of both commands: a sentence, or the right report."""
        server = self.serve()
        paths = []
        for name in ("a", "b"):  # in short, since reading takes most of the allocations
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

    def test_one_is_as_before(self):
        self.assertNotIn("repeats", self.bench("-n", 40, "-c", 4, "--repeats", 1, self.serve().url))

    def test_failed_requests_rank_above_every_answer(self):
        report = self.bench("-n", 50, "-c", 1, "--repeats", 2, self.serve("--fault-share", "0.6").url)
        self.assertEqual([run["p90_s"] for run in report["repeats"]], [None, None])
        self.assertGreater(report["repeats"][0]["error_rate"], 0.1)

    def test_interrupted(self):
        """What was done until then counts; a run that was cut is no repeat."""
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
        """The comparison, its figures by name, and what was said on standard error."""
        run = vastar("compare", "-o", "json", *arguments, base, new)
        self.assertEqual(run.status, status, run)
        comparison = json.loads(run.out)
        self.assertEqual(self.schema_errors(comparison), [], run)
        return comparison, {figure["name"]: figure for figure in comparison["figures"]}, run.err

    def with_repeats(self, name, **values):
        """A result with the usual figures in each repeat but for these: lists, one value a run."""
        usual = {"rps": 1000.0, "goodput_rps": 1000.0, "p50_s": 0.005, "p90_s": 0.006, "p99_s": 0.007, "p999_s": 0.008,
                 "error_rate": 0.0, "cpu": 0.1}
        if not hasattr(self, "one"):
            self.one = self.measured("-n", 20, "-c", 2, self.serve().url)
        count = max((len(list_) for list_ in values.values()), default=5)
        return self.save(name, {**self.one, "repeats": [{**usual, **{key: list_[i] for key, list_ in values.items()}}
                                                        for i in range(count)]})

    def measure_in_turns(self, repeats):
        """Results of a server that takes 5 ms, of one that takes 7 ms, and of the first again.

        Each is measured twice, in turns, so that a machine that gets busy meanwhile does so for all of them.
        """
        servers = self.serve("--delay", "5ms"), self.serve("--delay", "7ms")
        sides = {"base": servers[0].url, "new": servers[1].url, "again": servers[0].url}
        for turn in range(2):
            for name, url in sides.items():
                self.save_measured(f"{name}{turn}", "-n", 40, "-c", 1, "--repeats", repeats, url)
        return [self.save(name, json.dumps(self.merged(self.path(f"{name}0"), self.path(f"{name}1")))) for name in sides]

    def test_gate_on_a_slower_server(self):
        """The same server passes, one that takes 7 ms for 5 ms fails."""
        for repeats in (5, 10, 20):  # a busy machine needs more of them to tell, and says so until then
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

    def test_example_project(self):
        if not shutil.which("meson"):
            self.skipTest("meson is not installed")
        folder = self.path("build")
        options = ["-Dvastar=" + os.path.abspath(shutil.which(VASTAR))]
        # What Meson tells this test of the suite is not for the example's.
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
        """Five runs a side with the same spread: eight degrees of freedom."""
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
        low = 1.2 * math.exp(-T_999_8 * math.sqrt(2 * 0.00025 / 5) - 1 / 1024) - 1  # a bucket wider
        self.compare(base, new, "--max-regression", f"p99={100 * low - 0.1:.2f}%", status=3)
        self.compare(base, new, "--max-regression", f"p99={100 * low + 0.1:.2f}%")
        self.compare(new, base, "--max-regression", "p99=0%")  # better is no regression

    def test_errors_are_percentage_points(self):
        base = self.with_repeats("base", error_rate=[0.0, 0.0, 0.0, 0.0, 0.0])
        new = self.with_repeats("new", error_rate=[0.05] * 5)
        _, figures, _ = self.compare(base, new, "--max-regression", "errors=4.9%", status=3)
        self.assertAlmostEqual(figures["errors"]["change"], 0.05)
        self.compare(base, new, "--max-regression", "errors=5.1%")

    def test_server_that_is_gone_is_worse(self):
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

    def test_few_runs_carry_no_verdict(self):
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

    def test_what_else_differs_is_noted(self):
        base = self.with_repeats("base")
        new = self.save("new", {**self.one, "params": {**self.one["params"], "concurrency": 3, "method": "PUT"}})
        comparison, _, _ = self.compare(base, new)
        self.assertEqual(comparison["notes"], ["method differs: GET and PUT", "concurrency differs: 2 and 3"])

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
