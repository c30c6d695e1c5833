#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The command line: what it refuses, with which message and exit status, and what help prints."""
import html
import json
import os
import re
import resource
import shlex
import socket

from harness import Case, SOURCE, main, message, answers, start, finish, vastar

URL = "http://127.0.0.1:9/"

# name: arguments, and a word that the message must contain
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
    "short option unknown": (["-Y", URL], "Y"),
    "hey's host": (["-host", "example.com", URL], "`-host` is hey's and oha's: use -H 'Host: NAME'"),
    "hey's cpus": (["-cpus", "4", URL], "`-cpus` is hey's: use -w"),
    "hey's h2": (["-h2", URL], "`-h2` is hey's: use --http2"),
    "oha's no-tui": (["--no-tui", URL], "`--no-tui` is oha's: use --no-progress"),
    "oha's json": (["--json", URL], "`--json` is oha's: use -o json"),
    "oha's redirect": (["-r", "0", URL], "oha's: use --disable-redirects"),
    "oha's unix socket": (["--unix-socket=/tmp/x", URL], "use --unix"),
    "wrk's threads": (["--threads=4", URL], "`--threads` is wrk's and h2load's: use -w"),
    "wrk's latency": (["--latency", URL], "`--latency` is wrk's: leave it out"),
    "wrk2's rate": (["-R1000", URL], "`-R` is wrk2's: use --rate"),
    "ab's post file": (["-p", "body.json", URL], "ab's: use -m POST -D FILE"),
    "bombardier's keep-alives": (["--disableKeepAlives", URL], "use --disable-keepalive"),
    "vegeta's certificates": (["-root-certs=ca.pem", URL], "`-root-certs` is vegeta's: use --cacert"),
    "h2load's streams": (["--max-concurrent-streams=10", URL], "use --streams"),
    "curl's request": (["--request", "POST", URL], "`--request` is curl's: use -m"),
    "curl's user": (["-u", "a:b", URL], "curl's: use -a"),
    "curl's data": (["--data-binary", "@x", URL], "`--data-binary` is curl's: use -d, or -D for a file"),
    "requests with a negative exponent": (["-n", "1e-1", URL], "1e-1"),
    "requests with a large exponent": (["-n", "1e16", URL], "too large"),
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


class Habits(Case):
    def test_what_other_tools_take_is_taken(self):
        peer = self.peer(answers(message()))
        run = vastar("-n", "1e1", "-c1", "-XPUT", "-d", "x", "-o", "JSON", peer.url)
        self.assertEqual(run.status, 0, run)
        report = json.loads(run.out)
        self.assertEqual(report["params"]["method"], "PUT")
        self.assertEqual(report["summary"]["responses"], 10)

    def test_a_port_of_this_machine(self):
        peer = self.peer(answers(message()))
        report = self.bench("-n", "5", "-c1", f":{peer.port}/path")
        self.assertEqual(report["summary"]["responses"], 5)
        self.assertIn(f"GET /path HTTP/1.1\r\nHost: localhost:{peer.port}\r\n", peer.requests[0].decode())

    def test_the_command_is_in_the_reports(self):
        peer = self.peer(answers(message()))
        folder = self.folder()
        json_path, page_path = os.path.join(folder, "it's.json"), os.path.join(folder, "page.html")
        arguments = ["-n", "5", "-c1", "-a", "user:geheim", "-HX-Api-Key: geheim", "-d", "a 'b'", "--out", f"json={json_path}",
                     "--out", f"html={page_path}", peer.url]
        self.assertEqual(vastar(*arguments).status, 0)
        with open(json_path) as file:
            report = json.load(file)
        with open(page_path) as file:
            page = file.read()
        command = report["params"]["command"]
        self.assertNotIn("geheim", command + page)
        shown = ["***" if word == "user:geheim" else word.replace("geheim", "***") for word in arguments]
        self.assertEqual(shlex.split(command), ["vastar", *shown])
        shown = f"<code>{html.escape(command).replace('&#x27;', '&#39;')}</code>"
        self.assertTrue(shown in page, command)
        # a merge is what its command says, a comparison has both sides'
        other_path = os.path.join(folder, "other.json")
        self.bench("-n", "5", "-c1", "--out", f"json={other_path}", peer.url)
        merged = ["merge", "-o", "json", json_path, other_path]
        self.assertEqual(shlex.split(json.loads(vastar(*merged).out)["params"]["command"]), ["vastar", *merged])
        compared = vastar("compare", "-o", "html", json_path, json_path).out
        self.assertEqual(compared.count(shown), 2)

    def test_the_command_of_a_sweep(self):
        path = os.path.join(self.folder(), "page.html")
        run = vastar("sweep", "--conc", "1", "--exact-n", "-n", 20, "--max-spread", 1000000, "--max-p999-ratio", 1000000,
                     "-o", "json", "--html-path", path, self.serve().url)
        command = json.loads(run.out)["params"]["command"]
        self.assertRegex(command, r"^vastar sweep --conc 1 --exact-n -n 20 .* http://127\.0\.0\.1:\d+$")
        with open(path) as file:
            self.assertIn(f"<code>{command}</code>", file.read())

    def test_a_format_of_a_file_in_capitals(self):
        peer = self.peer(answers(message()))
        path = os.path.join(self.folder(), "run.json")
        self.assertEqual(vastar("-n", "5", "-c1", "--out", f"JSON={path}", peer.url).status, 0)
        with open(path) as file:
            self.assertEqual(json.load(file)["summary"]["responses"], 5)

    def test_a_body_that_other_tools_read_otherwise(self):
        peer = self.peer(answers(message()))
        for body, note in (("@payload.json", "-d sends the text @payload.json itself (to send the file: -D payload.json)"),
                           ("10s", "-d sends the text 10s as the body (for a duration: -z 10s)"),
                           ("30", "-d sends the text 30 as the body (for a duration: -z 30)")):
            run = vastar("-n", "5", "-c1", "-d", body, peer.url)
            self.assertEqual(run.status, 0, run)
            self.assertIn(f", {len(body)} bytes from -d\n", run.out)
            self.assertIn(f"\nNote: {note}\n", run.out)
            self.assertEqual(self.bench("-n", "5", "-c1", "-d", body, peer.url)["notes"], [note])

    def test_a_body_that_is_a_body(self):
        peer = self.peer(answers(message()))
        for arguments, size in ((["-d", "@home and away"], "14 bytes"), (["-d", '{"a":10}'], "8 bytes"), (["-d", "@"], "1 byte"),
                                (["-m", "POST", "-d", "30"], "2 bytes")):
            run = vastar("-n", "5", "-c1", *arguments, peer.url)
            self.assertEqual(run.status, 0, run)
            self.assertIn(f", {size} from -d\n", run.out)
            self.assertNotIn("Note:", run.out)

    def test_a_body_from_a_file(self):
        peer = self.peer(answers(message()))
        path = os.path.join(self.folder(), "payload.json")
        with open(path, "w") as file:
            file.write("@10s")
        run = vastar("-n", "5", "-c1", "-D", path, peer.url)
        self.assertRegex(run.out, rf",(?: |\n {{16}})4 bytes from {re.escape(path)}\n")
        self.assertEqual([line for line in run.out.splitlines() if len(line) > 80], [])
        self.assertNotIn("Note:", run.out)
        self.assertNotIn("bytes from", vastar("-n", "5", "-c1", peer.url).out)


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

    def test_nothing_listens(self):
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))  # bound, but not listening
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
