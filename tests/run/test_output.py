#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The output of a run: formats on standard output, files of --out, events during the run. Each is read with an
independent tool."""
import contextlib
import csv
import io
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import time
import unittest

try:
    from markdown_it import MarkdownIt
except ImportError:
    MarkdownIt = None

from harness import Case, finish, main, message, once, schema_errors, start, vastar, wait_for


def rows_of(text):
    """The rows of a CSV text, read strictly; each line must end in CRLF."""
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", ""), text
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


class OutputCase(Case):
    def setUp(self):
        self.path = self.folder()

    def file(self, name):
        return os.path.join(self.path, name)

    def read(self, name):
        with open(self.file(name), newline="") as file:
            return file.read()

    def left(self):
        return sorted(os.listdir(self.path))


class Files(OutputCase):
    def test_files_and_standard_output(self):
        run = vastar("-n", 100, "-c", 5, "--out", f"json={self.file('a.json')}", "--out", f"csv={self.file('a.csv')}",
                     self.serve().url)
        self.assertEqual(run.status, 0, run)
        self.assertIn("[200] 100 responses", run.out)
        report = json.loads(self.read("a.json"))
        self.assertEqual(schema_errors(report), [])
        self.assertEqual(report["summary"]["responses"], 100)
        self.assertEqual(rows_of(self.read("a.csv"))[0]["responses"], "100")
        self.assertEqual(self.left(), ["a.csv", "a.json"])

    def test_every_format_that_the_error_names(self):
        sentence = vastar("-o", "nonsense", "http://127.0.0.1:9/")
        self.assertEqual(sentence.status, 2, sentence)
        names = sentence.err[sentence.err.index("(use ") + 5:sentence.err.index(")")].replace(" or ", ", ").split(", ")
        self.assertIn("csv-intervals", names)
        url = self.serve().url
        for name in names:
            run = vastar("-n", 10, "-c", 1, "-o", name, "--out", f"{name}={self.file(name)}", url)
            self.assertEqual((run.status, run.err), (0, ""), run)
            self.assertTrue(run.out, name)
            # Each ends its last line; otherwise `-o ndjson | jq` would wait for more.
            self.assertTrue(self.read(name).endswith("\n"), name)

    def test_files_take_no_colours(self):
        run = vastar("-n", 10, "-c", 1, "--color", "always", "--out", f"text={self.file('a.txt')}", self.serve().url)
        self.assertIn("\x1b[", run.out)
        self.assertNotIn("\x1b[", self.read("a.txt"))
        self.assertIn("[200] 10 responses", self.read("a.txt"))

    def test_an_existing_file_is_replaced(self):
        """Its permissions stay, and a symbolic link still points to it."""
        with open(self.file("real"), "w") as file:
            file.write("old")
        os.chmod(self.file("real"), 0o640)
        os.symlink("real", self.file("link"))
        run = vastar("-n", 10, "-c", 1, "--out", f"json={self.file('link')}", self.serve().url)
        self.assertEqual(run.status, 0, run)
        self.assertTrue(os.path.islink(self.file("link")))
        self.assertEqual(os.stat(self.file("real")).st_mode & 0o777, 0o640)
        json.loads(self.read("real"))
        self.assertEqual(self.left(), ["link", "real"])

    def test_standard_descriptors(self):
        run = vastar("-n", 10, "-c", 1, "--out", "csv=/dev/stderr", "--out", "json=/dev/fd/1", "-o", "json", self.serve().url)
        self.assertEqual(run.status, 0, run)
        self.assertEqual(rows_of(run.err)[0]["responses"], "10")
        half = len(run.out) // 2
        self.assertEqual(run.out[:half], run.out[half:])

    def test_a_device_stays_a_device(self):
        run = vastar("-n", 10, "-c", 1, "--out", "json=/dev/null", self.serve().url)
        self.assertEqual(run.status, 0, run)
        self.assertFalse(os.path.isfile("/dev/null"))

    def test_written_without_responses(self):
        run = vastar("-n", 3, "-c", 1, "--out", f"json={self.file('a')}", self.peer(once(b"nonsense\r\n\r\n")).url)
        self.assertEqual(run.status, 1, run)
        self.assertEqual(json.loads(self.read("a"))["summary"]["errors"], 3)

    def test_written_when_interrupted(self):
        server = self.serve()
        process = start("-z", "1h", "-c", 2, "-o", "ndjson", "--out", f"json={self.file('a')}", server.url, bufsize=0)
        self.assertEqual(json.loads(process.stdout.readline())["event"], "interval")
        process.send_signal(signal.SIGINT)
        self.assertEqual(finish(process).status, 128 + signal.SIGINT)
        self.assertTrue(json.loads(self.read("a"))["summary"]["interrupted"])


    def pending(self, process):
        with contextlib.suppress(OSError), open(f"/proc/{process.pid}/status") as file:
            return any(int(line.split()[1], 16) for line in file if line.startswith(("SigPnd", "ShdPnd")))

    def test_no_partial_files_after_a_crash(self):
        """After a second Ctrl-C during the drain, or after a crash."""
        for signals in ((signal.SIGINT, signal.SIGINT), (signal.SIGUSR1,)):
            peer = self.peer(lambda conversation: conversation.request() and conversation.wait_closed())
            process = start("-z", "1h", "-c", 1, "-t", "0", "--drain-cap", "1h", "--out", f"json={self.file('a')}", "--out",
                            f"csv={self.file('b')}", peer.url)
            wait_for(lambda: peer.requests, "the run is in progress")
            self.assertEqual(len(self.left()), 2)
            for number in signals:
                process.send_signal(number)
                wait_for(lambda: process.poll() is not None or not self.pending(process), "the signal is taken")
            self.assertIn(finish(process).status, (128 + signal.SIGINT, -signal.SIGUSR1))
            self.assertEqual(self.left(), [])


class BadPaths(OutputCase):
    def refused(self, out, sentence, status=1):
        server = self.serve()
        run = vastar("-n", 10, "-c", 1, *out, server.url)
        self.assertEqual((run.status, run.out), (status, ""), run)
        self.assertRegex(run.err, rf"^vastar: {sentence}[^\n]*\n$")
        self.assertEqual(server.counts()["requests"], 0)
        self.assertEqual(self.left(), [])

    def test_no_such_folder(self):
        self.refused(["--out", f"json={self.path}/none/a.json"], f"--out {self.path}/none/a.json: cannot be written: No such")

    def test_a_folder(self):
        self.refused(["--out", f"json={self.path}"], f"--out {self.path}: cannot be written: Is a directory")

    def test_the_first_file_is_removed_when_the_second_fails(self):
        self.refused(["--out", f"json={self.file('a')}", "--out", f"csv={self.path}/none/a"], "--out .*/none/a: cannot be written")

    def test_a_descriptor_that_is_not_open(self):
        self.refused(["--out", "json=/dev/fd/77"], "--out /dev/fd/77: cannot be written: Bad file descriptor")

    @unittest.skipIf(os.geteuid() == 0, "root may write anywhere")
    def test_no_permission(self):
        os.chmod(self.path, 0o500)
        self.refused(["--out", f"json={self.file('a')}"], "--out .*: cannot be written: Permission denied")

    def test_errors_quote_the_argument(self):
        for out, sentence in (("nonsense=x", r"--out: format 'nonsense': not known \(use text, json,"),
                              ("json", "--out 'json': not of the form FORMAT=FILE"),
                              ("=x", "--out: format '': not known"),
                              ("json=", "--out json=: the file name is missing"),
                              ("json=-", "--out json=-: writes to files")):
            self.refused(["--out", out], sentence, 2)
        self.refused(["--out", f"json={self.file('a')}", "--out", f"csv={self.file('a')}"], "--out: two reports for the file", 2)


class FullDisk(OutputCase):
    """The file size limit simulates a full disk."""

    def run_with_room(self, bytes_left, *arguments):
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_left, bytes_left))
        return finish(start("-n", 200, "-c", 5, *arguments, self.serve().url, preexec_fn=limit))

    def test_no_partial_file(self):
        run = self.run_with_room(1000, "--out", f"json={self.file('a.json')}")
        self.assertEqual(run.status, 1, run)
        self.assertRegex(run.err, r"^vastar: --out json=.*/a\.json: .*File too large[^\n]*\n$")
        self.assertIn("[200] 200 responses", run.out)
        self.assertEqual(self.left(), [])

    def test_the_existing_file_stays(self):
        with open(self.file("a.json"), "w") as file:
            file.write("older")
        run = self.run_with_room(1000, "--out", f"json={self.file('a.json')}")
        self.assertEqual(run.status, 1, run)
        self.assertEqual(self.read("a.json"), "older")
        self.assertEqual(self.left(), ["a.json"])

    def test_the_other_files_are_written(self):
        run = self.run_with_room(2000, "--out", f"json={self.file('a.json')}", "--out", f"csv={self.file('a.csv')}")
        self.assertEqual(run.status, 1, run)
        self.assertEqual(rows_of(self.read("a.csv"))[0]["responses"], "200")
        self.assertEqual(self.left(), ["a.csv"])

    def test_device(self):
        run = self.run_with_room(2000, "--out", "json=/dev/full")
        self.assertEqual(run.status, 1, run)
        self.assertIn("No space left on device", run.err)


class Csv(OutputCase):
    def test_summary_row(self):
        url = self.serve().url + "/status/503?a=1,b"
        run = vastar("-n", 30, "-c", 3, "-o", "csv", "--out", f"json={self.file('json')}", url)
        self.assertEqual(run.status, 0, run)
        rows, report = rows_of(run.out), json.loads(self.read("json"))
        self.assertEqual(len(rows), 1)
        row, summary = rows[0], report["summary"]
        self.assertNotIn(None, row)
        for key in ("requests", "responses", "errors", "non_2xx", "drain_aborted", "bytes"):
            self.assertEqual(int(row[key]), summary[key], key)
        for key in ("total_s", "drain_s", "rps", "goodput_rps", "fastest_s", "slowest_s", "average_s", "stddev_s"):
            self.assertAlmostEqual(float(row[key]), summary[key], 9, key)
        for name, value in report["latency"]["percentiles"].items():
            self.assertEqual(float(row[name + "_s"]), value, name)
        self.assertEqual((row["url"], row["started_at"]), (report["params"]["url"], report["started_at"]))
        self.assertIn(",", row["url"])
        self.assertEqual((row["rate"], row["slo_passed"]), ("", "true"))

    def test_no_responses_no_figures(self):
        run = vastar("-n", 2, "-c", 1, "-o", "csv", self.peer(once(b"nonsense\r\n\r\n")).url)
        self.assertEqual(run.status, 1, run)
        row = rows_of(run.out)[0]
        self.assertEqual((row["errors"], row["protocol_errors"], row["p99_s"], row["average_s"]), ("2", "2", "", ""))

    def test_interval_rows(self):
        run = vastar("-z", "1200ms", "-c", 2, "-o", "csv-intervals", "--out", f"json={self.file('json')}", self.serve().url)
        self.assertEqual(run.status, 0, run)
        rows, intervals = rows_of(run.out), json.loads(self.read("json"))["intervals"]
        self.assertEqual(len(rows), len(intervals))
        self.assertGreater(len(rows), 0)
        for row, interval in zip(rows, intervals):
            self.assertEqual({key: float(value) for key, value in row.items()}, interval)


class Intervals(OutputCase):
    def test_each_second(self):
        report = self.bench("-z", "2500ms", "-c", 4, self.serve("--delay", "10ms").url)
        intervals = report["intervals"]
        self.assertGreaterEqual(len(intervals), 2)
        self.assertEqual(intervals[0]["open_connections"], 4)
        self.assertEqual(intervals[-1]["open_connections"], 4)
        for interval in intervals:
            if interval["responses"]:
                self.assertLessEqual(interval["p50_s"], interval["p99_s"])
                self.assertLessEqual(interval["p99_s"], interval["max_s"])
                self.assertGreaterEqual(interval["p50_s"], 0.01)
                self.assertAlmostEqual(interval["rps"], interval["responses"] / interval["length_s"], 3)
        slowest = max(interval["max_s"] or 0 for interval in intervals)
        self.assertLess(abs(slowest - report["summary"]["slowest_s"]), report["summary"]["slowest_s"] / 500)

    def test_errors_count_in_their_interval(self):
        def script(conversation):
            if conversation.request() is not None:
                conversation.send(message() if conversation.number % 2 else b"nonsense\r\n\r\n")
        report = self.bench("-n", 20, "-c", 1, "--disable-keepalive", self.peer(script).url)
        self.assertGreater(report["summary"]["errors"], 5)

    def test_nothing_sent(self):
        report = self.bench("-n", 2, "-c", 1, "http://127.0.0.1:1/", status=1)
        self.assertEqual(sum(interval["errors"] for interval in report["intervals"]), 2)


class Ndjson(OutputCase):
    def test_live(self):
        """Lines arrive during the run. The last is the result; the events before it are its intervals."""
        process = start("-z", "1h", "-c", 2, "-o", "ndjson", self.serve().url, bufsize=0)
        events = [json.loads(process.stdout.readline()) for _ in range(2)]
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        run = finish(process)
        self.assertEqual(run.status, 128 + signal.SIGINT, run)
        events += [json.loads(line) for line in run.out.splitlines()]
        self.assertEqual([event.pop("event") for event in events], ["interval"] * (len(events) - 1) + ["result"])
        self.assertEqual(events[-1]["intervals"], events[:-1])
        self.assertEqual(schema_errors(events[-1]), [])

    def test_file(self):
        run = vastar("-n", 50, "-c", 2, "--out", f"ndjson={self.file('a')}", self.serve().url)
        self.assertEqual(run.status, 0, run)
        events = [json.loads(line) for line in self.read("a").splitlines()]
        self.assertEqual([event["event"] for event in events][-1], "result")
        self.assertEqual(sum(event["responses"] for event in events[:-1]), 50)

    def test_reader_goes_away(self):
        """One error message, the run ends, and the files are still written."""
        process = start("-z", "1h", "-c", 2, "-o", "ndjson", "--out", f"json={self.file('a')}", self.serve().url)
        process.stdout.readline()
        process.stdout.close()
        _, err = process.communicate()
        self.assertEqual(process.returncode, 1)
        self.assertRegex(err if isinstance(err, str) else err.decode(), r"^vastar: report: [^\n]*Broken pipe[^\n]*\n$")
        self.assertEqual(schema_errors(json.loads(self.read("a"))), [])
        self.assertEqual(self.left(), ["a"])

    @unittest.skipUnless(shutil.which("jq"), "jq is not installed")
    def test_jq(self):
        process = start("-n", 100, "-c", 2, "-o", "ndjson", self.serve().url)
        jq = subprocess.run(["jq", "-r", "select(.event == \"result\") | .summary.responses"], stdin=process.stdout,
                            stdout=subprocess.PIPE, check=True)
        self.assertEqual((process.wait(), jq.stdout.decode()), (0, "100\n"))
        process.stdout.close()
        process.stderr.close()


class ByStatus(OutputCase):
    def test_separate_times_for_fast_errors(self):
        """Every other response is an immediate 503, the rest take 20 ms: the 2xx median differs from the overall one."""
        def script(conversation):
            while (request := conversation.request()) is not None:
                if conversation.requests % 2:
                    time.sleep(0.02)  # the server's delay, not a wait for a condition
                conversation.send(message() if conversation.requests % 2 else message(b"no", "503 Overloaded"))
        run = vastar("-n", 40, "-c", 1, "--out", f"json={self.file('json')}", self.peer(script).url)
        self.assertEqual(run.status, 0, run)
        report = json.loads(self.read("json"))
        self.assertEqual(schema_errors(report), [])
        classes = report["latency_by_status"]
        self.assertEqual({name: c["responses"] for name, c in classes.items()}, {"2xx": 20, "5xx": 20})
        self.assertGreaterEqual(classes["2xx"]["percentiles"]["p10"], 0.0199)
        self.assertLess(report["latency"]["percentiles"]["p10"], classes["2xx"]["percentiles"]["p10"])
        self.assertRegex(run.out, r"Response time by status:\n  \[2xx\] 20: p50 [^\n]+\n  \[5xx\] 20: p50 [^\n]+\n")

    def test_one_class_is_not_repeated(self):
        run = vastar("-n", 10, "-c", 1, "--out", f"json={self.file('json')}", self.serve().url)
        self.assertNotIn("by status", run.out)
        self.assertNotIn("latency_by_status", json.loads(self.read("json")))


class Targets(OutputCase):
    def test_a_table_and_the_exit_status(self):
        server = self.serve("--delay", "5ms")
        for target, status, line in (
                ("rps>=1,errors<0.1%,p99=1h", 0, r"errors < 0\.1%  0% +pass\n"),
                ("rps>=900M", 3, r"rps >= 900000000/s  [\d.]+/s +FAIL\n"),
                ("goodput>1M/s,p50<=1h", 3, r"goodput > 1000000/s  [\d.]+/s +FAIL\n")):
            run = vastar("-n", 100, "-c", 5, "--slo-target", target, "--out", f"json={self.file('json')}", server.url)
            self.assertEqual(run.status, status, run)
            self.assertRegex(run.out, line)
            slo = json.loads(self.read("json"))["slo"]
            self.assertEqual(slo["passed"], status == 0)
            self.assertEqual(schema_errors(json.loads(self.read("json"))), [])
            self.assertEqual(len(slo["targets"]), target.count(",") + 1)

    def test_error_responses(self):
        """A 503 is a response: it counts for rps, but not for goodput or as a success."""
        server = self.serve("--status", 503)
        for target, status in (("rps>=1", 0), ("goodput>=1", 3), ("errors<=99%", 3), ("errors<=100%", 0)):
            self.assertEqual(vastar("-n", 100, "-c", 5, "--slo-target", target, server.url).status, status, target)

    def test_measured_values(self):
        report = self.bench("-n", 100, "-c", 5, "--slo-target", "errors<=0%,rps>1", self.serve().url)
        rps, errors = report["slo"]["targets"]
        self.assertEqual((rps["metric"], rps["comparison"], rps["limit"], rps["measured"]),
                         ("rps", ">", 1, report["summary"]["rps"]))
        self.assertEqual((errors["metric"], errors["comparison"], errors["limit"], errors["measured"]),
                         ("errors", "<=", 0, 0))
        self.assertEqual(report["slo"]["mode"], "run-relative")

    def test_unknown_terms(self):
        for target in ("rate>=1", "rps=1", "errors<1", "p99<1s", "rps>=1,,errors<1%"):
            run = vastar("--slo-target", target, "http://127.0.0.1:9/")
            self.assertEqual((run.status, run.out), (2, ""), target)
            self.assertRegex(run.err, r"^vastar: --slo-target: [^\n]+\n$")


@unittest.skipIf(MarkdownIt is None, "python3-markdown-it is not installed")
class Markdown(OutputCase):
    """Read by a CommonMark parser with GitHub's tables."""

    def tables_of(self, text):
        """[[cells of the first row, ...], ...], and the whole HTML."""
        tables = []
        tokens = MarkdownIt("commonmark").enable("table").parse(text)
        for at, token in enumerate(tokens):
            if token.type == "table_open":
                tables.append([])
            elif token.type == "tr_open":
                tables[-1].append([])
            elif token.type in ("th_open", "td_open"):
                tables[-1][-1].append("".join(child.content for child in tokens[at + 1].children))
        return tables

    def test_summary(self):
        run = vastar("-n", 100, "-c", 5, "-o", "markdown", "--slo-target", "p99=1h,errors<0.1%", "--out",
                     f"json={self.file('json')}", self.serve().url)
        self.assertEqual(run.status, 0, run)
        figures, latency, targets = self.tables_of(run.out)
        self.assertEqual(figures[1][2:], ["100", "0", "0", "0"])
        self.assertEqual(latency[0], list(json.loads(self.read("json"))["latency"]["percentiles"]) + ["max"])
        self.assertEqual(len(latency[1]), len(latency[0]))
        self.assertEqual([row[0] for row in targets[1:]], ["p99 <= 3600s", "errors < 0.1%"])
        self.assertEqual([row[2] for row in targets[1:]], ["pass", "pass"])

    def test_nothing_from_outside_is_markup(self):
        """A hostile URL and a hostile response are shown literally."""
        path = "/a|b*c*_d_`e`[f](g)~h~&lt;@i$j$#"
        peer = self.peer(once(b"<b>*x*|`y`</b> [z](http://z)\r\n\r\n"))
        run = vastar("-n", 1, "-c", 1, "-o", "markdown", peer.url + path, )
        self.assertEqual(run.status, 1, run)
        tokens = MarkdownIt("commonmark").enable("table").parse(run.out)
        inline = [child for token in tokens if token.type == "inline" for child in token.children]
        self.assertEqual({child.type for child in inline} - {"text", "softbreak"}, set())
        said = "".join(child.content for child in inline)
        self.assertIn("/a|b*c*_d_`e`[f](g)~h~&lt;@i$j$", said)
        self.assertIn("<b>*x*|`y`</b> [z](http://z)", said)


class Percentiles(OutputCase):
    LIST = "99.95,0,50,100,99.9999999"

    def test_everywhere(self):
        run = vastar("-n", 200, "-c", 2, "-v", "--percentiles", self.LIST, "--out", f"json={self.file('json')}",
                     "--out", f"csv={self.file('csv')}", self.serve().url)
        self.assertEqual(run.status, 0, run)
        latency = json.loads(self.read("json"))["latency"]
        self.assertEqual(schema_errors(json.loads(self.read("json"))), [])
        names = ["p0", "p50", "p99.95", "p99.9999999", "p100"]
        self.assertEqual(list(latency["percentiles"]), ["p0", "p10", "p25", "p50", "p75", "p90", "p95", "p99", "p99.9",
                                                        "p99.95", "p99.99", "p99.9999999", "p100"])
        self.assertEqual(list(latency["confidence"]), list(latency["percentiles"]))
        row = rows_of(self.read("csv"))[0]
        self.assertEqual([key for key in row if key[0] == "p" and key[1].isdigit()], [name + "_s" for name in names])
        for share, extreme in (("p0_s", "fastest_s"), ("p100_s", "slowest_s")):  # the buckets are 0.1 % wide
            self.assertAlmostEqual(float(row[share]) / float(row[extreme]), 1, 2)
        shown = run.out[run.out.index("distribution:"):run.out.index("histogram")]
        for share in ("0.00%", "50.00%", "99.95%", "99.9999999%", "100.00%"):
            self.assertIn(f"  {share} in ", shown)
        self.assertNotIn("90.00%", shown)
        self.assertRegex(run.out[run.out.index("Confidence"):], r"\n  p99\.95 +\S+ to \S+\n")

    def test_refused(self):
        for value in ("101", "-1", "", "50,", "x", "50,50", "50,50.0", "1e1", ",".join(map(str, range(33)))):
            run = vastar("--percentiles", value, "http://127.0.0.1:9/")
            self.assertEqual((run.status, run.out), (2, ""), value)
            self.assertRegex(run.err, r"^vastar: --percentiles: [^\n]+\n$")

    def test_what_p99_is_worth(self):
        url = self.serve().url
        self.assertRegex(vastar("-n", 5000, "-c", 2, url).out,
                         r"\n  p99 is [\d.]+[mun]?s, between [\d.]+[mun]?s and [\d.]+[mun]?s \(95 % confidence\)\n")
        self.assertRegex(vastar("-n", 100, "-c", 2, url).out, r"\n  p99 is [\d.]+[mun]?s, at least [\d.]+[mun]?s \(95 % confidence; too few")
        self.assertRegex(vastar("-n", 1, "-c", 1, "--percentiles", "50,99", url).out,
                         r"\n  p99 is [\d.]+[mun]?s, with too few responses")

    def test_few_responses_carry_few_percentiles(self):
        url = self.serve().url
        for count, carried in ((1, ["50.00"]), (20, ["10.00", "25.00", "50.00"]), (99, ["10.00", "25.00", "50.00", "75.00"]),
                               (100, ["10.00", "25.00", "50.00", "75.00", "90.00", "95.00", "99.00", "99.90", "99.99"])):
            out = vastar("-n", count, "-c", 1, url).out
            self.assertEqual(re.findall(r"(?m)^  ([\d.]+)% in ", out), carried)
            self.assertEqual(f"\n  the other percentiles need more than {count} response" in out, count < 100)
            table = [line for line in vastar("-n", count, "-c", 1, "-o", "markdown", url).out.splitlines() if line.startswith("| p")]
            self.assertEqual(table, ["| " + " | ".join([f"p{float(share):g}" for share in carried] + ["max"]) + " |"])
        # whoever names them gets them, and programs get all
        self.assertIn("  99.00% in ", vastar("-n", 20, "-c", 1, "--percentiles", "99", url).out)
        self.assertEqual(len(self.bench("-n", 20, "-c", 1, url)["latency"]["percentiles"]), 9)


if __name__ == "__main__":
    main()
