#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The request logs of the benchmark and of the server: one row for each request, and the same requests in both."""
import collections
import csv
import os
import signal
import socket

from harness import Case, answers, finish, interrupt_after, main, message, start, vastar

FIELDS = ["local_port", "ordinal", "worker", "due_s", "sent_s", "first_byte_s", "last_byte_s", "status", "error", "retried"]


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


class RequestLog(Case):
    def setUp(self):
        self.path = os.path.join(self.folder(), "requests.csv")
        self.server_path = os.path.join(os.path.dirname(self.path), "served.csv")

    def logged(self, *arguments, status=0):
        report = self.bench("--request-log", self.path, *arguments, status=status)
        rows = rows_of(self.path)
        self.assertEqual(report["client"]["request_log"]["rows"], len(rows))
        self.assertEqual(list(rows[0]), FIELDS)
        return report, rows

    def pairs(self, server, rows):
        """Both logs by connection and ordinal. A later connection may have the port of one that is closed."""
        self.assertEqual(server.stop(), 0)

        def keyed(rows, port, time):
            found, seen = {}, collections.Counter()
            for row in sorted(rows, key=lambda row: float(row[time])):
                key = row[port], row["ordinal"]
                seen[key] += 1
                found[*key, seen[key]] = row
            return found
        return keyed(rows, "local_port", "sent_s"), keyed(rows_of(self.server_path), "client_port", "request_s")

    def check_pairs(self, *arguments, features=None, serve=()):
        server = self.serve("--request-log", self.server_path, *serve)
        environment = {"VASTAR_DISABLE_FEATURES": features} if features else None
        run = vastar("-o", "json", "-n", 500, "-c", 10, "--request-log", self.path, *arguments, server.url, env=environment)
        self.assert_all(self.report(run), 500)
        sent, served = self.pairs(server, rows_of(self.path))
        self.assertEqual(len(sent), 500)
        self.assertEqual(set(sent), set(served))
        for key, row in sent.items():
            self.assertLessEqual(float(row["sent_s"]), float(row["first_byte_s"]))
            self.assertLessEqual(float(row["first_byte_s"]), float(row["last_byte_s"]))
            self.assertLess(float(served[key]["elapsed_s"]), float(row["last_byte_s"]) - float(row["sent_s"]))
        return sent

    def test_same_requests_in_both(self):
        rows = self.check_pairs().values()
        self.assertEqual({row["due_s"] for row in rows}, {""})

    def test_two_workers(self):
        """With a delay, so that one worker does not send everything before the other one gets a processor."""
        rows = self.check_pairs("-w", 2, serve=("--delay", "20ms")).values()
        self.assertEqual({row["worker"] for row in rows}, {"0", "1"})

    def test_without_kernel_features(self):
        self.check_pairs(features="all")

    def test_new_connections(self):
        self.assertEqual({row["ordinal"] for row in self.check_pairs("--disable-keepalive").values()}, {"1"})

    def test_report_equals_the_rows(self):
        """The report's percentiles are the nearest ranks of the rows, within the 0.1 % of its histogram."""
        server = self.serve("--delay-uniform", "1ms..5ms")
        report, rows = self.logged("-z", "1s", "--rate", 1000, "--arrivals", "poisson", "-c", 50, server.url)
        self.assertEqual(len(rows), report["summary"]["requests"])
        for block, since in (("latency", "due_s"), ("service", "sent_s")):
            times = sorted(float(row["last_byte_s"]) - float(row[since]) for row in rows if row["status"])
            for percent in (50, 90, 99):
                value = times[-(-len(times) * percent // 100) - 1]
                self.assertAlmostEqual(report[block]["percentiles"][f"p{percent}"] / value, 1, delta=0.0011)

    def test_drawn_times(self):
        server = self.serve("--request-log", self.server_path, "--delay-bimodal", "1ms,3ms:0.5")
        self.logged("-n", 100, "-c", 5, server.url)
        server.stop()
        served = rows_of(self.server_path)
        self.assertEqual({row["drawn_s"] for row in served}, {"0.001000000", "0.003000000"})
        for row in served:
            self.assertGreaterEqual(float(row["elapsed_s"]), float(row["drawn_s"]))
        arrivals = [float(row["request_s"]) for row in served]
        self.assertEqual(arrivals, sorted(arrivals))

    def test_failures_have_rows(self):
        server = self.serve("--fault-share", 0.3)
        report, rows = self.logged("-n", 300, "-c", 5, server.url)
        self.assertEqual(len(rows), 300)
        for kind, count in report["errors"].items():
            self.assertEqual(sum(row["error"] == kind for row in rows), count, kind)
        self.assertTrue(all(row["last_byte_s"] == row["status"] == "" for row in rows if row["error"]))

    def test_no_connection(self):
        report, rows = self.logged("-n", 20, "-c", 5, "http://127.0.0.1:1/", status=1)
        self.assertEqual({(row["local_port"], row["sent_s"], row["error"]) for row in rows}, {("", "", "connect")})
        self.assertLessEqual(len(rows), report["errors"]["connect"])

    def test_retried(self):
        """The server closes after each response without announcing it: a request that meets the close is sent again, on a
        new connection."""
        def script(conversation):
            if conversation.request() is not None:
                conversation.send(message())
        peer = self.peer(script)
        report, rows = self.logged("-n", 50, "-c", 1, peer.url)
        self.assertEqual(sum(row["retried"] == "1" for row in rows), report["summary"]["retried"])

    def test_drain_aborted(self):
        server = self.serve("--delay", "60s")
        _, rows = self.logged("-z", "200ms", "-c", 3, "--drain-cap", "100ms", server.url, status=1)
        self.assertEqual([row["error"] for row in rows], ["drain_aborted"] * 3)

    def test_what_does_not_fit_is_counted(self):
        server = self.serve()
        run = vastar("-n", 500, "-c", 10, "-o", "json", "--request-log", self.path, "--request-log-max", 100, server.url)
        self.assertEqual(run.status, 0, run)
        self.assertEqual(self.report(run)["client"]["request_log"], {"rows": 100, "lost": 400})
        self.assertEqual(len(rows_of(self.path)), 100)
        self.assertRegex(run.err, r"^vastar: --request-log \S+: holds 100 of 500 requests \(raise --request-log-max\)\n$")

    def test_pipelined(self):
        """Three requests in one segment, with a /counts between them, which has no row."""
        server = self.serve("--request-log", self.server_path, "--delay", "1ms")
        with server.connect() as sock:
            port = sock.getsockname()[1]
            get = "GET {} HTTP/1.1\r\nHost: h\r\n{}\r\n".format
            sock.sendall((get("/", "") + get("/bytes/100", "") + get("/counts", "") + get("/", "Connection: close\r\n")).encode())
            while sock.recv(65536):
                pass
        server.stop()
        rows = rows_of(self.server_path)
        self.assertEqual([(row["client_port"], row["ordinal"]) for row in rows], [(str(port), n) for n in ("1", "2", "4")])
        # In order, each a millisecond after the previous one.
        elapsed = [float(row["elapsed_s"]) for row in rows]
        self.assertTrue(all(time >= 0.001 * (n + 1) for n, time in enumerate(elapsed)), elapsed)

    def test_server_counts_what_does_not_fit(self):
        server = self.serve("--request-log", self.server_path, "--request-log-max", 100)
        self.bench("-n", 500, "-c", 10, server.url)
        server.stop()
        self.assertEqual(len(rows_of(self.server_path)), 100)
        self.assertIn("holds 100 of 500 requests", server.output())

    def test_interrupted(self):
        server = self.serve("--request-log", self.server_path)
        process = start("-z", "60s", "-c", 5, "-o", "json", "-q", 200, "--request-log", self.path, server.url)
        interrupt_after(process, lambda: server.counts()["requests"] > 100, signal.SIGINT)
        run = finish(process)
        self.assertEqual(run.status, 130, run)
        self.assertEqual(len(rows_of(self.path)), self.report(run)["summary"]["requests"])

    def test_bad_paths(self):
        """Refused before the first request; an existing file stays unchanged if the run cannot begin."""
        peer = self.peer(answers(message()))
        for path in ("/nowhere/at/all.csv", self.folder()):
            for arguments in (("-n", 5, "-c", 1, "--request-log", path, peer.url), ("serve", "0", "--request-log", path)):
                run = vastar(*arguments)
                self.assertEqual((run.status, run.out), (1, ""), run)
                self.assertRegex(run.err, r"^vastar: --request-log [^\n]+ cannot be written: [^\n]+ \([^\n]+\)\n$")
        self.assertEqual(peer.requests, [])
        for arguments in (("--request-log-max", 5, peer.url), ("serve", "0", "--request-log-max", 5)):
            run = vastar(*arguments)
            self.assertEqual((run.status, run.out), (2, ""), run)
            self.assertIn("add --request-log", run.err)

    def test_devices_and_full_disks(self):
        peer = self.peer(answers(message()))
        self.bench("-n", 5, "-c", 1, "--request-log", os.devnull, peer.url)
        self.assertFalse(os.path.isfile(os.devnull))
        run = vastar("-n", 5, "-c", 1, "--request-log", "/dev/full", peer.url)
        self.assertEqual(run.status, 1, run)
        self.assertIn("[200] 5 responses", run.out)
        self.assertRegex(run.err, r"^vastar: [^\n]+\n$")


if __name__ == "__main__":
    main()
