#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Metrics for Prometheus: -o prometheus, --metrics-listen, and the dashboards over their names."""
import contextlib
import http.server
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request

from harness import LIMIT, SOURCE, finish, main, start, vastar, wait_for
from saved import Saved

SAMPLE = re.compile(r'(\w+)\{((?:\w+="(?:[^"\\]|\\.)*",?)*)\} (\S+)')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
DASHBOARDS = os.path.join(SOURCE, "tools", "dashboards")


def samples(text):
    """[(name, labels, value)], after a check that every line is a comment or a sample."""
    found = []
    for line in text.splitlines():
        if line.startswith("# "):
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        found.append((match.group(1), dict(LABEL.findall(match.group(2))), float(match.group(3))))
    assert text.endswith("\n")
    return found


def value(found, name, **labels):
    values = [number for key, has, number in found if key == name and labels.items() <= has.items()]
    assert len(values) == 1, (name, labels, values)
    return values[0]


def total(found, name):
    return sum(number for key, _, number in found if key == name)


class Metrics(Saved):
    def check(self, text):
        """promtool, if installed, has no complaints."""
        if shutil.which("promtool"):
            run = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True, timeout=LIMIT)
            self.assertEqual((run.returncode, run.stdout + run.stderr), (0, ""), text)
        return samples(text)

    def listening(self, *arguments, out="metrics.json", **more):
        """A run with --metrics-listen, and the URL of its metrics."""
        log = open(self.path("stderr"), "w+b")
        self.addCleanup(log.close)
        process = start("--metrics-listen", "127.0.0.1:0", "--no-progress", "-o", "csv", "--out", f"json={self.path(out)}",
                        *arguments, stderr=log, **more)
        self.addCleanup(lambda: process.poll() is None and (process.kill(), process.communicate()))
        url = wait_for(lambda: re.search(rb"metrics at (http://\S+/metrics)\n", os.pread(log.fileno(), 4096, 0))
                       or process.poll() is not None, "the URL is printed")
        self.assertNotEqual(url, True, os.pread(log.fileno(), 4096, 0))
        return process, url.group(1).decode()

    def scrape(self, url):
        with urllib.request.urlopen(url, timeout=LIMIT) as response:
            self.assertEqual(response.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
            return response.read().decode()

    def finished(self, url):
        """The final text, which stays for the time of --metrics-linger."""
        def ended():
            text = self.scrape(url)
            return text if value(samples(text), "vastar_run_state", state="finished") else None
        return wait_for(ended, "the run has finished")


class Text(Metrics):
    def both(self, *arguments, status=0):
        path = self.path("run.json")
        run = vastar("-o", "prometheus", "--out", f"json={path}", *arguments)
        self.assertEqual((run.status, run.err), (status, ""), run)
        with open(path) as file:
            return self.check(run.out), json.load(file)

    def check_numbers(self, found, report):
        """The same numbers as in the report."""
        summary = report["summary"]
        for code, count in report["status_codes"].items():
            self.assertEqual(value(found, "vastar_responses_total", code=code), count)
        for kind, count in report["errors"].items():
            self.assertEqual(value(found, "vastar_errors_total", kind=kind), count)
        self.assertEqual(value(found, "vastar_response_bytes_total"), summary["bytes"])
        self.assertAlmostEqual(value(found, "vastar_responses_per_second"), summary["rps"], places=6)
        self.assertEqual(value(found, "vastar_verdict", verdict=report["client"]["verdict"]), 1)
        self.assertEqual(total(found, "vastar_verdict"), 1)
        for name in ("p50", "p99", "p99.9"):
            self.assertAlmostEqual(value(found, "vastar_response_time_percentile_seconds", percentile=name),
                                   report["latency"]["percentiles"][name], places=9)
        self.check_histogram(found, "vastar_response_time_seconds", report["latency"]["histogram"])
        if "service" in report:
            self.check_histogram(found, "vastar_service_time_seconds", report["service"]["histogram"])
        self.assertEqual({labels["run"] for _, labels, _ in found}, {report["params"]["run_id"]})

    def check_histogram(self, found, name, buckets):
        """The count of each bucket is exactly that of our own histogram up to its bound."""
        bounds = [(float(labels["le"]), count) for key, labels, count in found if key == name + "_bucket"]
        self.assertEqual(bounds, sorted(bounds))
        self.assertEqual(bounds[-1][0], float("inf"))
        for bound, count in bounds:
            below = sum(bucket["count"] for bucket in buckets if round(bucket["to_s"] * 1e9) <= bound * 1e9 + 0.5)
            self.assertEqual(count, below, bound)
        self.assertEqual(value(found, name + "_count"), bounds[-1][1])

    def test_same_numbers_as_the_report(self):
        self.check_numbers(*self.both("-n", 500, "-c", 5, self.serve("--delay-exp", "2ms", "--fault-share", "0.1").url))

    def test_open_loop(self):
        found, report = self.both("--rate", 500, "-z", "300ms", "-c", 20, "--slo-target", "p99=10s", self.serve().url)
        self.check_numbers(found, report)
        self.assertEqual(value(found, "vastar_target_requests_per_second"), 500)
        self.assertEqual(value(found, "vastar_slo_passed"), 1)

    def test_other_statuses_and_a_missed_target(self):
        found, report = self.both("-n", 20, "-c", 2, "--slo-target", "p99=1ns", self.serve("--status", "503").url, status=3)
        self.check_numbers(found, report)
        self.assertEqual(value(found, "vastar_slo_passed"), 0)

    def test_no_responses(self):
        run = vastar("-o", "prometheus", "-n", 3, "-c", 1, "http://127.0.0.1:1/")
        self.assertEqual(run.status, 1)
        found = self.check(run.out)
        self.assertEqual(value(found, "vastar_errors_total", kind="connect"), 3)
        self.assertEqual(value(found, "vastar_response_time_seconds_count"), 0)

    def test_labels(self):
        server = self.serve()
        run = vastar("-o", "prometheus", "-n", 2, "-c", 1, "-m", "POST", "--run-id", 'a "b" \\c\n\u00e9', f"{server.url}/path?key=secret#x")
        self.assertNotIn("secret", run.out)
        for _, labels, _ in self.check(run.out):
            self.assertEqual(labels["url"], f"{server.url}/path")
            self.assertEqual(labels["method"], "POST")
            self.assertEqual(labels["run"], 'a \\"b\\" \\\\c???')

    def test_of_a_merge(self):
        paths = [self.save_measured(name, "-n", 50, "-c", 1, self.serve().url)[0] for name in "ab"]
        run = vastar("merge", "--force", "-o", "prometheus", *paths)
        self.assertEqual(value(self.check(run.out), "vastar_responses_total", code="200"), 100)

    def test_sweep(self):
        run = vastar("sweep", "--conc", "1,2", "-z", "50ms", "--no-progress", "-o", "prometheus", self.serve().url)
        self.assertIn(run.status, (0, 3), run)
        found = self.check(run.out)
        for name in ("responses_per_second", "p50_seconds", "p99_seconds", "p999_seconds", "error_ratio", "passed"):
            self.assertEqual([labels["concurrency"] for key, labels, _ in found if key == f"vastar_sweep_{name}"], ["1", "2"])
        self.assertIn(value(found, "vastar_sweep_sweet_spot_concurrency"), (0, 1, 2))


class Listen(Metrics):
    def test_during_the_run(self):
        server = self.serve("--delay", "5ms")
        process, url = self.listening("-z", "60s", "-c", 4, server.url)

        def running():
            found = self.check(self.scrape(url))
            return found if value(found, "vastar_run_state", state="running") and total(found, "vastar_responses_total") else None
        before = wait_for(running, "responses are counted")
        self.assertEqual(value(before, "vastar_open_connections"), 4)
        self.assertEqual(total(before, "vastar_run_state"), 1)
        self.assertFalse([name for name, _, _ in before if name == "vastar_verdict"])
        wait_for(lambda: total(samples(self.scrape(url)), "vastar_responses_total") > total(before, "vastar_responses_total"),
                 "the counter goes up")
        process.send_signal(signal.SIGINT)
        self.assertEqual(finish(process).status, 128 + signal.SIGINT)

    def test_linger_shows_the_report(self):
        process, url = self.listening("-n", 200, "-c", 4, "--metrics-linger", "60s", self.serve().url)
        found = self.check(self.finished(url))
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGTERM)
        run = finish(process)
        with open(self.path("metrics.json")) as file:
            report = json.load(file)
        self.assertEqual(run.status, 0, run)
        Text.check_numbers(self, found, report)

    check_histogram = Text.check_histogram

    def test_repeats_never_go_back(self):
        process, url = self.listening("-n", 100, "-c", 4, "--repeats", 3, "--metrics-linger", "60s", self.serve("--delay", "5ms").url)
        seen = []

        def ended():
            found = samples(self.scrape(url))
            seen.append(total(found, "vastar_responses_total"))
            return value(found, "vastar_run_state", state="finished")
        wait_for(ended, "the runs have finished")
        self.assertEqual(seen, sorted(seen))
        self.assertEqual(seen[-1], 300)
        process.terminate()
        finish(process)

    def test_paths_and_methods(self):
        process, url = self.listening("-z", "60s", "-c", 1, self.serve().url)
        base = url.removesuffix("/metrics")
        self.scrape(base + "/")
        self.scrape(url + "?x=1")
        for path, method, status in (("/other", "GET", 404), ("/metrics", "POST", 405)):
            with self.assertRaises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(urllib.request.Request(base + path, method=method), timeout=LIMIT)
            self.assertEqual(caught.exception.code, status)
            caught.exception.close()
        process.terminate()
        finish(process)

    def talk(self, url, *pieces):
        """Sends the pieces, and returns the response."""
        host = urllib.parse.urlsplit(url)
        with socket.create_connection((host.hostname, host.port), timeout=LIMIT) as sock:
            received = b""
            try:
                for piece in pieces:
                    sock.sendall(piece)
                sock.shutdown(socket.SHUT_WR)
                while data := sock.recv(65536):
                    received += data
            except ConnectionError:
                pass
            return received

    def test_clients_that_are_slow_or_hostile(self):
        """None of them blocks other clients, or ends the run."""
        process, url = self.listening("-z", "60s", "-c", 1, self.serve().url)
        host = urllib.parse.urlsplit(url)
        silent = [socket.create_connection((host.hostname, host.port), timeout=LIMIT) for _ in range(40)]
        half = socket.create_connection((host.hostname, host.port), timeout=LIMIT)
        half.sendall(b"GET /metrics HTT")
        self.assertIn("vastar_info", self.scrape(url))
        self.assertIn(b" 431 ", self.talk(url, b"GET /metrics HTTP/1.1\r\nX: " + 5000 * b"a"))
        for wrong in (b"\r\n\r\n", b"GET\r\n\r\n", b"GET /metrics\r\n\r\n", b"GET  HTTP/1.1\r\n\r\n", b"GET /metrics SMTP\r\n\r\n",
                      b"\0\r\n\r\n", b"GET /\0metrics HTTP/1.1\r\n\r\n", b"\xff\xfe\r\n\r\n"):
            answer = self.talk(url, wrong)
            self.assertRegex(answer, rb"\AHTTP/1.1 40[04] ", wrong)
        generator = random.Random(1)
        for _ in range(200):
            self.talk(url, bytes(generator.choices(b"GET /metricsHTTP1.\r\n \0\xff", k=generator.randrange(200))))
        unread = socket.create_connection((host.hostname, host.port), timeout=LIMIT)
        unread.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
        self.assertIn("vastar_info", self.scrape(url))
        self.assertIsNone(process.poll())
        for sock in (*silent, half, unread):
            sock.close()
        process.send_signal(signal.SIGINT)
        run = finish(process)
        self.assertEqual(run.status, 128 + signal.SIGINT)
        with open(self.path("metrics.json")) as file:
            self.assertEqual(json.load(file)["summary"]["errors"], 0)

    def test_wrong(self):
        for address, word in (("", "--metrics-listen"), ("x", "no port"), ("host:1", "no address"), ("127.0.0.1:70000", "no port")):
            self.refused("--metrics-listen", address, "http://127.0.0.1:1/", word=word)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.refused("--metrics-listen", taken.getsockname()[1], "http://127.0.0.1:1/", word="another server has it", status=1)
        self.refused("--metrics-linger", "1s", "http://127.0.0.1:1/", word="needs --metrics-listen")


class Prometheus(Metrics):
    """Debian's prometheus scrapes a run."""

    def setUp(self):
        super().setUp()
        if not shutil.which("prometheus"):
            self.skipTest("no prometheus")

    def serve_prometheus(self, target):
        with open(self.path("prometheus.yml"), "w") as file:
            json.dump({"global": {"scrape_interval": "100ms", "scrape_timeout": "100ms"},
                       "scrape_configs": [{"job_name": "vastar", "static_configs": [{"targets": [target]}]}]}, file)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        log = open(self.path("log"), "wb")
        self.addCleanup(log.close)
        process = subprocess.Popen(["prometheus", "--config.file", self.path("prometheus.yml"), "--storage.tsdb.path",
                                    self.path("data"), "--web.listen-address", f"127.0.0.1:{port}"], stdout=log, stderr=log)
        self.addCleanup(lambda: (process.terminate(), process.wait()))
        return f"http://127.0.0.1:{port}"

    def ask(self, server, query):
        """The value of a query with one result, or None if there is none yet."""
        try:
            with urllib.request.urlopen(f"{server}/api/v1/query?" + urllib.parse.urlencode({"query": query}), timeout=LIMIT) as answer:
                result = json.load(answer)["data"]["result"]
        except OSError:
            return None
        self.assertLessEqual(len(result), 1, result)
        return float(result[0]["value"][1]) if result else None

    def test_quantile_is_in_the_bucket_of_our_p99(self):
        process, url = self.listening("-n", 2000, "-c", 10, "--metrics-linger", "120s", self.serve("--delay-exp", "2ms").url)
        server = self.serve_prometheus(urllib.parse.urlsplit(url).netloc)
        found = samples(self.finished(url))
        wait_for(lambda: self.ask(server, "sum(vastar_responses_total)") == 2000, "the last scrape is there")
        quantile = self.ask(server, "histogram_quantile(0.99, vastar_response_time_seconds_bucket)")
        p99 = value(found, "vastar_response_time_percentile_seconds", percentile="p99")
        bounds = [0] + [float(labels["le"]) for name, labels, _ in found if name == "vastar_response_time_seconds_bucket"]
        self.assertEqual(sum(bound < p99 for bound in bounds), sum(bound < quantile for bound in bounds), (quantile, p99))
        self.assertEqual(self.ask(server, 'vastar_run_state{state="finished"}'), 1)
        for expression in expressions():
            self.assertEqual(self.answers(server, expression), "success", expression)
        process.terminate()
        finish(process)

    def answers(self, server, expression):
        query = expression.replace("$__rate_interval", "1m").replace("$run", ".*")
        with urllib.request.urlopen(f"{server}/api/v1/query?" + urllib.parse.urlencode({"query": query}), timeout=LIMIT) as answer:
            return json.load(answer)["status"]


# ---- pushing ----

class Receiver:
    """A server that keeps what is posted to it."""

    def __init__(self, status=200, said=b"", hang=None):
        receiver = self
        self.bodies, self.headers = [], []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                receiver.headers.append(dict(self.headers))
                receiver.bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
                if hang:
                    hang.wait(LIMIT)
                with contextlib.suppress(OSError):  # who does not wait any longer
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(said)))
                    self.end_headers()
                    self.wfile.write(said)

            def log_message(self, *arguments):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/push"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@unittest.skipUnless(os.environ.get("VASTAR_PUSH", "yes") == "yes", "built without libcurl")
class Push(Metrics):
    def receiver(self, *arguments, **more):
        receiver = Receiver(*arguments, **more)
        self.addCleanup(receiver.close)
        return receiver

    def pushed(self, option, url, *arguments, status=0, err=""):
        path = self.path("pushed.json")
        run = vastar(option, url, "--out", f"json={path}", *arguments)
        self.assertEqual(run.status, status, run)
        self.assertRegex(run.err, rf"\A{err}\Z")
        with open(path) as file:
            return json.load(file)

    check_numbers, check_histogram = Text.check_numbers, Text.check_histogram

    def test_last_post_has_the_report(self):
        receiver = self.receiver()
        report = self.pushed("--metrics-push", receiver.url, "-n", 100, "-c", 2, self.serve().url)
        self.check_numbers(self.check(receiver.bodies[-1]), report)
        self.assertIn("text/plain", receiver.headers[-1]["Content-Type"])

    def test_every_second(self):
        receiver = self.receiver()
        server = self.serve()
        process = start("--metrics-push", receiver.url, "-z", "60s", "-c", 1, "--no-progress", server.url)
        wait_for(lambda: len(receiver.bodies) > 2, "three posts")
        process.send_signal(signal.SIGINT)
        self.assertEqual(finish(process).status, 128 + signal.SIGINT)
        counts = [total(self.check(body), "vastar_responses_total") for body in receiver.bodies]
        self.assertEqual(counts, sorted(counts))
        self.assertEqual(value(samples(receiver.bodies[-1]), "vastar_run_state", state="finished"), 1)

    def test_failures_do_not_fail_the_run(self):
        url = self.serve().url
        for receiver, word, tries in ((self.receiver(500, b"no\x1b[31m room"), r"HTTP 500 no\\x1b\[31m room", 1),
                                      (self.receiver(404), "HTTP 404 ", 1), (self.receiver(503), "HTTP 503 ", 3)):
            err = rf"vastar: --metrics-push: \d of \d posts failed, the last one too: {word} *\(the run is not affected\)\n"
            report = self.pushed("--metrics-push", receiver.url, "-n", 10, "-c", 1, url, err=err)
            self.assertEqual(report["summary"]["responses"], 10)
            self.assertEqual(len(receiver.bodies), tries)  # a busy server is asked again
        self.pushed("--otlp", "http://127.0.0.1:1/", "-n", 10, "-c", 1, url, err=r"vastar: --otlp: 1 of 1 posts failed[^\n]*\n")

    def test_server_that_hangs(self):
        """The run is not disturbed, and the end waits no longer than the time limit of a post."""
        release = threading.Event()
        self.addCleanup(release.set)
        receiver = self.receiver(hang=release)
        report = self.pushed("--metrics-push", receiver.url, "-z", "1s", "-c", 1, self.serve().url, err=r"vastar: --metrics-push: [^\n]*\n")
        self.assertAlmostEqual(report["summary"]["total_s"], 1, places=3)

    def test_wrong(self):
        for option in ("--metrics-push", "--otlp"):
            self.refused(option, "localhost:9091", "http://127.0.0.1:1/", word="not a URL")
            self.refused(option, "file:///etc/passwd", "http://127.0.0.1:1/", word="not a URL")

    def background(self, *command):
        log = open(self.path("log"), "wb")
        self.addCleanup(log.close)
        process = subprocess.Popen(command, stdout=log, stderr=log)
        self.addCleanup(lambda: (process.terminate(), process.wait()))

    def free_port(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            return free.getsockname()[1]

    def is_there(self, port):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
            return True
        return False

    @unittest.skipUnless(shutil.which("prometheus-pushgateway"), "no prometheus-pushgateway")
    def test_pushgateway(self):
        port = self.free_port()
        self.background("prometheus-pushgateway", f"--web.listen-address=127.0.0.1:{port}")
        wait_for(lambda: self.is_there(port), "the Pushgateway listens")
        report = self.pushed("--metrics-push", f"http://127.0.0.1:{port}/metrics/job/vastar", "-n", 100, "-c", 2, self.serve().url)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=LIMIT) as response:
            text = response.read().decode()
        line = re.search(r'(?m)^vastar_responses_total\{.*code="200".*\} (\S+)$', text)
        self.assertEqual(float(line.group(1)), 100)
        self.assertIn(f'run="{report["params"]["run_id"]}"', line.group())

    @unittest.skipUnless(shutil.which("victoria-metrics"), "no victoria-metrics")
    def test_victoria_metrics(self):
        port = self.free_port()
        self.background("victoria-metrics", f"-httpListenAddr=127.0.0.1:{port}", f"-storageDataPath={self.path('data')}")
        wait_for(lambda: self.is_there(port), "VictoriaMetrics listens")
        self.pushed("--metrics-push", f"http://127.0.0.1:{port}/api/v1/import/prometheus", "-n", 100, "-c", 2, self.serve().url)

        def stored():
            query = urllib.parse.urlencode({"match[]": "vastar_responses_total"})
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/export?{query}", timeout=LIMIT) as response:
                lines = response.read().decode().splitlines()
            return lines and json.loads(lines[0])["values"][-1] == 100
        wait_for(stored, "the count is stored")

    def test_otlp(self):
        """The JSON form of the protocol: names, numbers as text, and the figures of the report."""
        receiver = self.receiver()
        report = self.pushed("--otlp", receiver.url, "-n", 300, "-c", 3, self.serve("--delay-exp", "2ms", "--fault-share", "0.1").url)
        self.assertEqual(receiver.headers[-1]["Content-Type"], "application/json")
        resource, = json.loads(receiver.bodies[-1])["resourceMetrics"]
        attributes = {entry["key"]: entry["value"]["stringValue"] for entry in resource["resource"]["attributes"]}
        self.assertEqual(attributes["service.name"], "vastar")
        self.assertEqual(attributes["service.instance.id"], report["params"]["run_id"])
        metrics = {metric["name"]: metric for metric in resource["scopeMetrics"][0]["metrics"]}
        histogram = metrics["http.client.request.duration"]
        self.assertEqual((histogram["unit"], histogram["histogram"]["aggregationTemporality"]), ("s", 2))
        point, = histogram["histogram"]["dataPoints"]
        self.assertEqual(point["count"], str(report["summary"]["responses"]))
        self.assertEqual(sum(map(int, point["bucketCounts"])), report["summary"]["responses"])
        self.assertEqual(len(point["bucketCounts"]), len(point["explicitBounds"]) + 1)
        self.assertEqual(point["explicitBounds"], sorted(point["explicitBounds"]))
        self.assertEqual(point["max"], report["summary"]["slowest_s"])
        self.assertLess(int(point["startTimeUnixNano"]), int(point["timeUnixNano"]))
        by_kind = {entry["attributes"][-1]["value"]["stringValue"]: int(entry["asInt"])
                   for entry in metrics["vastar.errors"]["sum"]["dataPoints"]}
        self.assertEqual(by_kind, report["errors"])
        self.assertTrue(metrics["vastar.responses"]["sum"]["isMonotonic"])

    def test_part_that_a_collector_rejects(self):
        receiver = self.receiver(said=b'{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"full"}}')
        self.pushed("--otlp", receiver.url, "-n", 10, "-c", 1, self.serve().url, err=r"vastar: --otlp: [^\n]*a part was rejected[^\n]*\n")


# ---- dashboards ----

def dashboard(name):
    with open(os.path.join(DASHBOARDS, name)) as file:
        return json.load(file)


def expressions():
    """Every query of run.json."""
    board = dashboard("run.json")
    found = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    return found + [entry["expr"] for entry in board["annotations"]["list"]]


def at_path(tree, path):
    """The values of a JSON path of the form $.a.b[*].c"""
    values = [tree]
    for step in path.removeprefix("$.").split("."):
        name, every, _ = step.partition("[*]")
        values = [entry[name] for entry in values]
        if every:
            values = [entry for entries in values for entry in entries]
    return values


class Dashboards(Metrics):
    def test_every_query_names_a_metric(self):
        server = self.serve()
        process, url = self.listening("--rate", 100, "-z", "60s", "-c", 4, server.url)
        wait_for(lambda: value(samples(self.scrape(url)), "vastar_run_state", state="running"), "it runs")
        names = {name for name, _, _ in samples(self.scrape(url))}
        process.terminate()
        finish(process)
        names |= {name for name, _, _ in samples(vastar("-o", "prometheus", "-n", 50, "--slo-target", "p99=1s", server.url).out)}
        used = set()
        for expression in expressions():
            found = set(re.findall(r"\bvastar_\w+", expression))
            self.assertTrue(found, expression)
            self.assertLessEqual(found, names, expression)
            used |= found
        self.assertGreater(len(used), 10)
        for variable in dashboard("run.json")["templating"]["list"][1:]:
            self.assertLessEqual(set(re.findall(r"\bvastar_\w+", variable["definition"])), names)

    def test_every_path_of_the_sweep_exists(self):
        run = vastar("sweep", "--conc", "1,2", "-z", "50ms", "--no-progress", "-o", "json", self.serve().url)
        sweep = json.loads(run.out)
        for panel in dashboard("sweep.json")["panels"]:
            lengths = {len(at_path(sweep, field["jsonPath"])) for target in panel["targets"] for field in target["fields"]}
            self.assertEqual(len(lengths), 1, panel["title"])
            self.assertNotIn(0, lengths)

    def test_panels_do_not_overlap(self):
        for name in ("run.json", "sweep.json"):
            board = dashboard(name)
            taken = set()
            for panel in board["panels"]:
                place = panel["gridPos"]
                cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
                self.assertFalse(cells & taken, panel["title"])
                self.assertLessEqual(place["x"] + place["w"], 24)
                taken |= cells
            self.assertEqual(len({panel["id"] for panel in board["panels"]}), len(board["panels"]))


if __name__ == "__main__":
    main()
