#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The command line: what is refused, with which words and which exit status, and what help says."""
import os
import re
import resource
import socket

from harness import Case, SOURCE, main, message, answers, start, finish, vastar

URL = "http://127.0.0.1:9/"

# name: arguments, and a word that the sentence must contain
WRONG = {
    "no url": ([], "URL"),
    "two urls": ([URL, URL], ""),
    "fewer requests than connections": (["-n", "5", "-c", "10", URL], "-n"),
    "no connections": (["-c", "0", URL], "-c"),
    "no requests": (["-n", "0", URL], "-n"),
    "requests no number": (["-n", "many", URL], "many"),
    "requests with rubbish behind": (["-n", "10x", URL], "10x"),
    "requests negative": (["-n", "-5", URL], ""),
    "requests too large": (["-n", "99999999999999999999", URL], ""),
    "connections no number": (["-c", "ten", URL], "ten"),
    "workers no number": (["-w", "two", URL], "two"),
    "slo key unknown": (["--slo-target", "p98=20ms", URL], "p98"),
    "slo key misspelt": (["--slo-target", "p50=20ms,p9=100ms", URL], "p9"),
    "body twice": (["-d", "a", "-d", "b", URL], "twice"),
    "body file twice": (["-D", "a", "-D", "b", URL], "twice"),
    "slo key twice": (["--slo-target", "p50=20ms,p50=30ms", URL], "p50"),
    "slo limit bad": (["--slo-target", "p50=fast", URL], "fast"),
    "slo limit zero": (["--slo-target", "p50=0", URL], "p50"),
    "slo limit missing": (["--slo-target", "p50", URL], "p50"),
    "slo limits falling": (["--slo-target", "p50=100ms,p99=20ms", URL], "p99"),
    "slo empty": (["--slo-target", "", URL], ""),
    "body file not there": (["-m", "POST", "-D", "no/such/file", URL], "no/such/file"),
    "body file a folder": (["-m", "POST", "-D", "/usr", URL], "/usr"),
    "two bodies": (["-m", "POST", "-d", "x", "-D", "/etc/passwd", URL], ""),
    "header without colon": (["-H", "nocolon", URL], "nocolon"),
    "header name with a space": (["-H", "Bad Name: x", URL], "Bad Name"),
    "header without name": (["-H", ": x", URL], ""),
    "header with a line break": (["-H", "A: x\r\nB: y", URL], ""),
    "header content-length": (["-H", "Content-Length: 5", URL], "Content-Length"),
    "header transfer-encoding": (["-H", "Transfer-Encoding: chunked", URL], "Transfer-Encoding"),
    "method with a space": (["-m", "GE T", URL], ""),
    "duration no number": (["-z", "abc", URL], "abc"),
    "duration unknown unit": (["-z", "10x", URL], "10x"),
    "duration negative": (["-z", "-1s", URL], ""),
    "duration zero": (["-z", "0", URL], "-z"),
    "duration units out of order": (["-z", "30s1m", URL], "30s1m"),
    "timeout bad": (["-t", "soon", URL], "soon"),
    "drain cap bad": (["--drain-cap", "x", URL], "drain-cap"),
    "rate negative": (["-q", "-1", URL], ""),
    "rate no number": (["-q", "fast", URL], "fast"),
    "output unknown": (["-o", "yaml", URL], "yaml"),
    "bins zero": (["--hist-bins", "0", URL], "hist-bins"),
    "colour unknown": (["--color", "maybe", URL], "maybe"),
    "option unknown": (["--no-such-option", URL], "--no-such-option"),
    "short option unknown": (["-X", URL], "X"),
    "value missing": ([URL, "-n"], "-n"),
    "value for a switch": (["--disable-keepalive=1", URL], "disable-keepalive"),
    "https without slashes": (["https:127.0.0.1"], "https"),
    "scheme unknown": (["ftp://127.0.0.1/"], "ftp"),
    "user in url": (["http://user:pass@127.0.0.1/"], "-a"),
    "host empty": (["http:///path"], "host"),
    "port bad": (["http://127.0.0.1:http/"], "port"),
    "port too large": (["http://127.0.0.1:70000/"], "port"),
    "space in url": (["http://127.0.0.1/a b"], ""),
    "serve option unknown": (["serve", "--no-such-option"], "--no-such-option"),
}

LONG = ["--requests", "--concurrency", "--duration", "--workers", "--method", "--body", "--body-file", "--content-type",
        "--header", "--timeout", "--accept", "--auth", "--disable-keepalive", "--disable-compression",
        "--disable-redirects", "--redirect-hosts", "--output", "--hist-bins", "--slo-target", "--drain-cap", "--color",
        "--no-progress", "--verbose", "--help", "--version"]
SHORT = ["-n", "-c", "-z", "-q", "-m", "-d", "-D", "-T", "-H", "-t", "-A", "-a", "-w", "-o", "-v", "-h", "-V"]


class WrongUsage(Case):
    def refused(self, arguments, word):
        run = vastar(*arguments)
        self.assertEqual(run.status, 2, run)
        self.assertEqual(run.out, "", run)
        first = run.err.splitlines()[0]
        self.assertRegex(first, r"^vastar: .{10,}", run)
        self.assertIn(word.lower(), run.err.lower(), run)


for _name, (_arguments, _word) in WRONG.items():
    def _test(self, arguments=_arguments, word=_word):
        self.refused(arguments, word)
    setattr(WrongUsage, "test_" + re.sub(r"\W", "_", _name), _test)


class Help(Case):
    def test_help_on_stdout(self):
        for form in (["--help"], ["-h"], ["help"]):
            run = vastar(*form)
            self.assertEqual((run.status, run.err), (0, ""), run)
            for option in LONG + SHORT:
                self.assertRegex(run.out, r"(^|[\s,])" + re.escape(option) + r"\b", option)

    def test_help_fits_a_terminal(self):
        self.assertEqual([line for line in vastar("--help").out.splitlines() if len(line) > 100], [])

    def test_serve_help(self):
        for form in (["serve", "--help"], ["help", "serve"]):
            run = vastar(*form)
            self.assertEqual((run.status, run.err), (0, ""), run)
            self.assertIn("--close-after", run.out)

    def test_version(self):
        with open(os.path.join(SOURCE, "meson.build")) as file:
            version = re.search(r"version: '([^']+)'", file.read()).group(1)
        for form in ("-V", "--version"):
            run = vastar(form)
            self.assertEqual((run.status, run.err), (0, ""), run)
            self.assertRegex(run.out, rf"^vastar {re.escape(version)}\b")


class CouldNotRun(Case):
    def test_unknown_host(self):
        run = vastar("http://no-such-host.invalid/")
        self.assertEqual((run.status, run.out), (1, ""), run)
        self.assertRegex(run.err, r"^vastar: .*no-such-host\.invalid", run)

    def test_descriptor_limit(self):
        def lower():
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        run = finish(start("-c", 1000, "-n", 1000, URL, preexec_fn=lower))
        self.assertEqual((run.status, run.out), (1, ""), run)
        needed = [int(n) for n in re.findall(r"\d+", run.err)]
        self.assertIn(64, needed, run)
        self.assertTrue(any(n >= 1000 for n in needed), run)
        self.assertIn("ulimit -n", run.err)

    def test_full_output(self):
        peer = self.peer(answers(message()))
        for form in ("text", "json"):
            with open("/dev/full", "w") as full:
                run = finish(start("-n", 10, "-c", 2, "-o", form, peer.url, stdout=full))
            self.assertEqual(run.status, 1, run)
            self.assertIn("No space left", run.err)

    def test_closed_output(self):
        peer = self.peer(answers(message()))
        reader, writer = os.pipe()
        os.close(reader)
        run = finish(start("-n", 10, "-c", 2, peer.url, stdout=writer))
        os.close(writer)
        self.assertEqual(run.status, 1, run)
        self.assertRegex(run.err, r"^vastar: ", run)

    def test_nobody_there(self):
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))  # bound, and nobody listens
            url = f"http://127.0.0.1:{sock.getsockname()[1]}/"
            run = vastar("-n", 200, "-c", 5, url)
            self.assertEqual(run.status, 1, run)
            self.assertIn("Summary:", run.out)
            self.assertIn("All 200 requests failed (connection refused). Is the target running?", run.out + run.err)
            self.assertIn("never tried", run.out)
            report = self.bench("-n", 20, "-c", 5, url, status=1)
            self.assertEqual(report["errors"]["connect"], 20)
            self.assertEqual(report["summary"]["connections_open"], 0)


if __name__ == "__main__":
    main()
