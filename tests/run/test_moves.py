#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Connections that move between workers in mid-run: VASTAR_SWING_WORKERS makes them move back and forth all the time."""
import csv
import json
import os
import threading

from harness import LIMIT, Case, Nginx, answers, interrupt_after, finish, main, message, start, vastar

SWING = {"VASTAR_SWING_WORKERS": "4"}


class Moves(Case):
    """No count depends on the worker that holds a connection."""

    def swings(self, *arguments, status=0, **more):
        env = {**SWING, **more.pop("env", {})}
        return self.bench(*arguments, status=status, env=env, **more)

    @staticmethod
    def worker_counts(report):
        return [step["count"] for step in report["client"]["workers"]]

    def has_moved(self, report):
        """The number of workers has changed several times, so connections have moved back and forth."""
        counts = self.worker_counts(report)
        return len(counts) >= 4 and max(counts) >= 2

    def until_moved(self, run):
        """Repeats run(scale) with four times the scale until connections have moved, and returns its result: a report first.

        A run of a minute is long enough.
        """
        scale = 1
        while True:
            result = run(scale)
            if self.has_moved(result[0]):
                return result
            self.assertLess(result[0]["summary"]["total_s"], LIMIT, self.worker_counts(result[0]))
            scale *= 4

    def exact(self, requests, *arguments, path="", **more):
        """A run of `requests` or more, each answered, and counted once by the server. Returns the report and the server."""
        def run(scale):
            peer = self.serve()
            report = self.swings("-n", requests * scale, *arguments, peer.url + path, **more)
            self.assert_all(report, requests * scale)
            self.assertEqual(peer.counts()["requests"], requests * scale)
            return report, peer
        return self.until_moved(run)

    def test_exact_count(self):
        """-n is exact, whichever workers send the last requests, and no connection is reopened."""
        for connections in (2, 3, 50, 500):
            report, peer = self.exact(25000, "-c", connections)
            self.assertEqual(peer.counts()["connections"], connections)
            self.assertEqual(report["client"]["oddities"]["reconnect"], 0)

    def test_duration(self):
        def run(scale):
            peer = self.serve()
            report = self.swings("-z", f"{1500 * scale}ms", "-c", 64, peer.url)
            self.assertEqual(report["summary"]["errors"], 0, report["error_examples"])
            self.assertEqual(peer.counts()["requests"], report["summary"]["requests"])
            return report, peer
        self.until_moved(run)

    def test_at_least_two_workers(self):
        self.exact(25000, "-c", 33, "-w", 2)

    def test_pipelining(self):
        self.exact(100000, "-c", 20, "--pipeline", 8)

    def test_long_bodies_and_chunks(self):
        """A move cancels every kind of receive."""
        for path, size in (("/bytes/100000", 100000), ("/chunked/200000", 200000), ("/bytes/9000", 9000)):
            report, _ = self.exact(5000, "-c", 24, path=path)
            self.assertEqual(report["summary"]["bytes"], report["summary"]["responses"] * size)

    def test_requests_with_a_body(self):
        self.exact(5000, "-c", 24, "-m", "POST", "-d", "x" * 30000)

    def test_no_part_of_a_schedule_is_lost(self):
        for arrivals in ("constant", "poisson", "uniform"):
            peer = self.serve()
            path = os.path.join(self.folder(), "log.csv")
            report = self.swings("-z", "1s", "--rate", 5000, "--arrivals", arrivals, "--seed", 5, "-c", 32,
                                 "--request-log", path, peer.url)
            counts = [step["count"] for step in report["client"]["workers"]]
            self.assertEqual(counts, [1, 2, 4])
            with open(path, newline="") as file:
                due = sorted(float(row["due_s"]) for row in csv.DictReader(file))
            alone = os.path.join(self.folder(), "alone.csv")
            fixed = self.bench("-z", "1s", "--rate", 5000, "--arrivals", arrivals, "--seed", 5, "-c", 32, "-w", 1,
                               "--request-log", alone, peer.url)
            with open(alone, newline="") as file:
                expected = sorted(float(row["due_s"]) for row in csv.DictReader(file))
            unsent = report["censored"]["unsent"], fixed["censored"]["unsent"]
            self.assertEqual(len(due) + unsent[0], len(expected) + unsent[1])
            if unsent == (0, 0):
                for one, other in zip(due, expected):
                    self.assertAlmostEqual(one, other, 6)

    def test_stages_and_warm_up(self):
        peer = self.serve()
        report = self.swings("--stages", "2k:500ms,4k:500ms", "--warmup", "300ms", "-c", 32, peer.url)
        self.assertEqual([stage["responses"] + stage["errors"] + stage["drain_aborted"] + stage["unsent"]
                          for stage in report["stages"]], [1000, 2000])
        before = sum(report["warmup"][what] for what in ("responses", "errors", "drain_aborted"))
        self.assertEqual(before + report["summary"]["requests"], peer.counts()["requests"])

    def test_paced_connections(self):
        self.exact(4000, "-c", 20, "-q", 200)

    def test_request_log_keeps_port_and_ordinal(self):
        """A connection keeps its port and the numbering of its requests when it moves."""
        path = os.path.join(self.folder(), "log.csv")
        self.exact(15000, "-c", 10, "--request-log", path)
        ordinals = {}
        with open(path, newline="") as file:
            for row in csv.DictReader(file):
                ordinals.setdefault(row["local_port"], []).append(int(row["ordinal"]))
        self.assertEqual(len(ordinals), 10)
        for numbers in ordinals.values():
            self.assertEqual(sorted(numbers), list(range(1, len(numbers) + 1)))

    def test_without_kernel_features(self):
        """Sockets that are file descriptors of the process move as well as those in a ring's table."""
        for features in ("all", "fixed_files", "direct_sockets", "multishot_recv", "defer_taskrun"):
            self.exact(12500, "-c", 20, env={"VASTAR_DISABLE_FEATURES": features})

    def test_redirects(self):
        def script(conversation):
            while (request := conversation.request()) is not None:
                conversation.send(message() if request.startswith(b"GET /b ") else
                                  message(b"", "302 Found", "Location: /b"))
        def run(scale):
            peer = self.peer(script)
            report = self.swings("-n", 1000 * scale, "-c", 8, peer.url + "/a")
            self.assert_all(report, 1000 * scale)
            self.assertEqual(len(peer.requests), 2000 * scale)
            return report, peer
        self.until_moved(run)

    def test_real_server(self):
        def run(scale):
            server = Nginx()
            self.addCleanup(server.stop)
            report = self.swings("-n", 12500 * scale, "-c", 40, server.url_keep)
            self.assert_all(report, 12500 * scale)
            lines = server.wait_logged(12500 * scale)
            self.assertEqual(len(lines), 12500 * scale)
            self.assertEqual(len({line.split()[3] for line in lines}), 40)  # connections
            return report, server
        self.until_moved(run)


class Faults(Case):
    """Server faults while connections move."""

    def faulty(self, script, count=6000, connections=16, *arguments, status=0, **more):
        peer = self.peer(script)
        report = self.bench("-n", count, "-c", connections, *arguments, peer.url, env=SWING, status=status, **more)
        self.assertEqual(report["summary"]["requests"], count)
        self.assertGreater(max(step["count"] for step in report["client"]["workers"]), 1)
        return report, peer

    def test_closed_after_some_requests(self):
        def script(conversation):
            for _ in range(7):
                if conversation.request() is None:
                    return
                conversation.send(message())
        report, peer = self.faulty(script)
        self.assert_all(report, 6000)
        self.assertEqual(len(peer.requests), 6000)

    def test_announced_close(self):
        def script(conversation):
            for number in range(5):
                if conversation.request() is None:
                    return
                conversation.send(message(b"bye", "200 OK", "Connection: close") if number == 4 else message())
        report, peer = self.faulty(script, 6000, 16, "--pipeline", 4)
        self.assert_all(report, 6000)
        self.assertEqual(len(peer.requests), 6000)

    def test_resets(self):
        def script(conversation):
            for number in range(1 + conversation.number % 9):
                if conversation.request() is None:
                    return
                if number < conversation.number % 9:
                    conversation.send(message())
            conversation.reset()
        report, _ = self.faulty(script, 3000, 16, "-m", "POST", "-d", "x")
        self.assertEqual(report["summary"]["errors"], report["errors"]["reset"])
        self.assertGreater(report["errors"]["reset"], 0)

    def test_nonsense_and_stray_bytes(self):
        def script(conversation):
            for number in range(12):
                if conversation.request() is None:
                    return
                if number == 11:
                    conversation.send(b"nonsense\r\n" if conversation.number % 2 else message() + b"stray")
                    return
                conversation.send(message())
        report, _ = self.faulty(script)
        self.assertEqual(report["summary"]["errors"], report["errors"]["protocol"])
        self.assertGreater(report["errors"]["protocol"], 0)
        self.assertGreater(report["summary"]["stray"], 0)

    def test_slow_responses_do_not_hold_up_a_move(self):
        """One connection waits; the others continue to move, and its response is counted where it is."""
        release = threading.Event()

        def script(conversation):
            slow = conversation.number == 1
            while conversation.request() is not None:
                if slow:
                    release.wait(LIMIT)
                    slow = False
                conversation.send(message())
        peer = self.peer(script)
        process = start("-n", 4000, "-c", 8, "-t", "60s", "-o", "json", peer.url, env=SWING)
        threading.Timer(0.5, release.set).start()
        report = self.report(finish(process))
        self.assert_all(report, 4000)

    def test_slow_responses_of_many_connections(self):
        """The direction changes while connections are still on their way: some return before they have left."""
        peer = self.serve("--delay-uniform", "0ms..300ms")
        report = self.bench("-z", "3s", "-c", 400, peer.url, env=SWING)
        self.assertEqual(report["summary"]["errors"], 0, report["error_examples"])
        self.assertEqual(report["client"]["oddities"]["reconnect"], 0)
        rate = self.bench("-z", "2s", "--rate", 300, "-c", 200, peer.url, env=SWING)
        self.assertEqual(rate["summary"]["requests"] + rate["censored"]["unsent"], 600)

    def test_interrupted(self):
        peer = self.serve()
        process = start("-z", "60s", "-c", 30, "-o", "json", peer.url, env=SWING)
        interrupt_after(process, lambda: peer.counts()["requests"] > 20000)
        run = finish(process)
        self.assertEqual(run.status, 130, run)
        report = json.loads(run.out)
        self.assertEqual(report["summary"]["errors"], 0)


class Fixed(Case):
    def test_a_given_number_of_workers_stays(self):
        report = self.bench("-z", "300ms", "-c", 40, "-w", 2, self.serve().url)
        self.assertEqual(report["client"]["workers"], [{"at_s": 0, "count": 2}])
        self.assertEqual(len(report["client"]["cpu_busy"]), 2)

    def test_text(self):
        run = vastar("-n", 100000, "-c", 40, self.serve().url, env=SWING)
        self.assertRegex(run.out, r"Load: +closed loop, 40 connections, 1 -> \d workers? after \d+ ms")
        run = vastar("-n", 100, "-c", 40, "-w", 2, self.serve().url)
        self.assertRegex(run.out, r"Load: +closed loop, 40 connections, 2 workers\n")


if __name__ == "__main__":
    main()
