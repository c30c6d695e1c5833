# SPDX-License-Identifier: MIT OR Apache-2.0
"""Shared by the truth tests: logs paired request by request, quantiles, and a watch over the machine.

A truth test compares times with a reference of the same run, within 1 % or some microseconds. If another program uses the
processors meanwhile, both are wrong, and a failed comparison says nothing about vastar. So two witnesses independent of
vastar watch each attempt: the processor time taken by others, and a bare loop that only reads the clock, before and after.

A comparison that fails twice while both were quiet fails the test. It takes two, because the hypervisor does not account
for everything it does; a wrong figure is wrong every time. Attempts that fail on a disturbed machine are repeated, at most
three in all, and then the test is skipped with what was seen. That is fair: the figure under test never decides this, and
a comparison that holds is not repeated.
"""
import contextlib
import csv
import json
import math
import os
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "run"))

import harness  # noqa: E402  (from tests/run)
from harness import Haproxy, Nginx, Serve, finish, main, sanitized, start  # noqa: E402,F401

BARE_LOOP = os.environ.get("BARE_LOOP", "bare_loop")
ATTEMPTS = 3
ATTEMPTS_TIME = 20    # seconds; no attempt begins later, so the suite takes at most 3 minutes
OTHERS_MOST = 0.05     # share of one processor that others took during an attempt
LOOP_LATE_MOST = 50e-6  # at p99 of the bare loop: noise, as in the verdict of a run
US = 1e-6


def quantile(values, percent):
    """Nearest rank."""
    values = sorted(values)
    return values[max(1, math.ceil(len(values) * percent / 100)) - 1]


def mean(values):
    return sum(values) / len(values)


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


class Request:
    """A row of the client's log. Times are in seconds, or None."""
    __slots__ = ("key", "due", "sent", "first", "last", "elapsed", "drawn", "arrived")

    def __init__(self, row):
        time_of = lambda name: float(row[name]) if row[name] else None
        self.key = (row["local_port"], row["ordinal"])
        self.due, self.sent, self.first, self.last = map(time_of, ("due_s", "sent_s", "first_byte_s", "last_byte_s"))

    @property
    def service(self):
        return self.last - self.sent

    @property
    def response(self):
        return self.last - self.due


def requests_of(path):
    """The answered requests of a log."""
    return [Request(row) for row in rows_of(path) if row["status"]]


def pair(requests, served_path):
    """Adds to each request what `vastar serve` logged: elapsed, drawn, arrived."""
    served = {(row["client_port"], row["ordinal"]): row for row in rows_of(served_path)}
    for request in requests:
        row = served[request.key]
        request.elapsed, request.arrived = float(row["elapsed_s"]), float(row["request_s"])
        request.drawn = float(row["drawn_s"]) if row["drawn_s"] else 0
    return requests


def bare_loop(rate=10000, seconds=0.3, *how):
    run = subprocess.run([BARE_LOOP, str(rate), str(seconds), *how], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def wake_time(name, rate=2000, seconds=0.5):
    """How long this machine takes to wake a thread on an idle processor, at "p50_s", "p90_s" or "p99_s". A virtual machine
    may need 100 us, since its host must return the processor first."""
    return bare_loop(rate, seconds, "asleep")[name]


class Watch:
    """What other programs do on this machine during a with block. Processes started in the block must end in it;
    otherwise their time counts as that of others."""

    def __enter__(self):
        self.loops = [bare_loop()]
        self.began = time.monotonic()
        self.others = -self._others()
        return self

    def __exit__(self, *_):
        self.others = (self.others + self._others()) / (time.monotonic() - self.began)
        self.loops.append(bare_loop())

    @staticmethod
    def _others():
        """Processor time of all but this process and its children, including stolen time. Interrupts are left out: they
        serve the measured programs as well."""
        with open("/proc/stat") as file:
            user, nice, system, _, _, _, _, steal = map(int, file.readline().split()[1:9])
        own = os.times()
        return (user + nice + system + steal) / os.sysconf("SC_CLK_TCK") - sum(own[:4])

    @property
    def disturbed(self):
        return self.others > OTHERS_MOST or any(loop["p99_s"] > LOOP_LATE_MOST for loop in self.loops)

    def __str__(self):
        return (f"others took {100 * self.others:.0f} % of a processor, the bare loop was late by "
                + " and ".join(f"{loop['p99_s'] / US:.0f}" for loop in self.loops) + " us at p99")


class Round:
    """One run of vastar against a server, with the logs of both."""

    def __init__(self, report, requests):
        self.report, self.requests = report, requests

    def values(self, name):
        return [getattr(request, name) for request in self.requests]

    @property
    def overheads(self):
        """How much more time the client measured for each request than the server."""
        return [request.service - request.elapsed for request in self.requests]


class Truth(harness.Case):
    @classmethod
    def setUpClass(cls):
        if os.environ.get("VASTAR_BUILDTYPE", "release") != "release" or sanitized():
            raise unittest.SkipTest("times are compared only in a release build without sanitizers")

    def while_quiet(self, attempt):
        """Runs attempt() by the rules in the docstring of this file. It returns a list of what is wrong."""
        seen, failed = [], []
        began = time.monotonic()
        while len(seen) < ATTEMPTS and (not seen or time.monotonic() - began < ATTEMPTS_TIME):
            with Watch() as watch:
                wrong = attempt()
            if not wrong:
                return
            if not watch.disturbed:
                failed.append("\n".join([*wrong, f"({watch})"]))
            if len(failed) == 2:
                self.fail("\n".join(failed))
            seen.append(f"{wrong[0]} ({watch})")
        self.skipTest(f"the machine was not quiet: {'; '.join(seen)}")

    @contextlib.contextmanager
    def serving(self, *options):
        """A server that ends with the block; its log is complete after that."""
        server = Serve("--quiet", *options)
        try:
            yield server
        finally:
            server.stop()

    def client(self, url, *options, limit=harness.LIMIT):
        """Runs vastar. Returns the report and the answered requests."""
        path = os.path.join(self.folder(), "requests.csv")
        report = self.bench(*options, "--request-log", path, url, limit=limit)
        requests = requests_of(path)
        self.assert_of_these(report, requests)
        return report, requests

    def assert_of_these(self, report, requests):
        """The report's percentiles must be those of the logged requests, within a bucket: only then do findings about the
        requests hold for the report."""
        self.assertEqual(report["summary"]["responses"], len(requests))
        open_loop = "service" in report
        for part, name in (("latency", "response"), ("service", "service")) if open_loop else (("latency", "service"),):
            values = [getattr(request, name) for request in requests]
            for percent in (50, 90, 99):
                known = quantile(values, percent)
                self.assertAlmostEqual(report[part]["percentiles"][f"p{percent}"], known, delta=known / 1000 + 2e-9, msg=(part, percent))

    def paired_round(self, serve_options, *options):
        """A run against a new server, whose log is paired with the client's."""
        served = os.path.join(self.folder(), "served.csv")
        with self.serving("--request-log", served, *serve_options) as server:
            report, requests = self.client(server.url, *options)
        return Round(report, pair(requests, served))
