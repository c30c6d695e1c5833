# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the truth tests share: logs, paired request by request, quantiles, and a watch over the machine.

A truth test compares times with a reference of the same run, to a hundredth or to some microseconds. Where something
else runs on the processors meanwhile, both are wrong, and a failed comparison says nothing about vastar. So each attempt
is watched by two things that vastar has no part in: the processor time that others took, and a bare loop that does
nothing but look at the clock, run before and after. A comparison that fails twice while these were quiet is a failure: once
can be what neither of them saw, as the hypervisor gives no account of all it does, but a wrong figure is wrong each time.
Attempts that fail while they were not quiet are repeated, three attempts at most, and then the test is skipped with what was
seen: that is fair, since what decides is never the figure under test, and a comparison that holds is never looked at twice.
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
ATTEMPTS_TIME = 20    # seconds; none begins later, so that the suite takes 3 minutes on the worst machine
OTHERS_MOST = 0.05     # of one processor, taken by others while an attempt ran
LOOP_LATE_MOST = 50e-6  # at p99, of the bare loop: what the verdict of a run calls noise
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
    """A row of the client's log; times in seconds, None where there is none."""
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
    """The answered ones."""
    return [Request(row) for row in rows_of(path) if row["status"]]


def pair(requests, served_path):
    """Gives each request what `vastar serve` has logged of it: elapsed, drawn, arrived."""
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
    """How long this machine takes to wake a thread on an idle processor: "p50_s", "p90_s" or "p99_s". A virtual machine
    may need 100 us, since its host has to give the processor back first."""
    return bare_loop(rate, seconds, "asleep")[name]


class Watch:
    """What others do on this machine during a with block. Processes that the block starts must end within it, for only
    then their time is known as ours."""

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
        """Processor time of everybody but this process and its children, stolen time included; interrupts are work for
        those who asked for it."""
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
        """How much longer than the server each request took for the client."""
        return [request.service - request.elapsed for request in self.requests]


class Truth(harness.Case):
    @classmethod
    def setUpClass(cls):
        if os.environ.get("VASTAR_BUILDTYPE", "release") != "release" or sanitized():
            raise unittest.SkipTest("times are compared in a release build without sanitizers only")

    def while_quiet(self, attempt):
        """Runs attempt(), which returns a list of what is wrong, as the text at the top says."""
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
        """A server that ends with the block; its log can be read after that."""
        server = Serve("--quiet", *options)
        try:
            yield server
        finally:
            server.stop()

    def client(self, url, *options, limit=harness.LIMIT):
        """Runs vastar; the report and the answered requests."""
        path = os.path.join(self.folder(), "requests.csv")
        report = self.bench(*options, "--request-log", path, url, limit=limit)
        requests = requests_of(path)
        self.assert_of_these(report, requests)
        return report, requests

    def assert_of_these(self, report, requests):
        """The report's percentiles are those of the requests in the log, to the width of a bucket: else what is found out
        about these would say nothing about it."""
        self.assertEqual(report["summary"]["responses"], len(requests))
        open_loop = "service" in report
        for part, name in (("latency", "response"), ("service", "service")) if open_loop else (("latency", "service"),):
            values = [getattr(request, name) for request in requests]
            for percent in (50, 90, 99):
                known = quantile(values, percent)
                self.assertAlmostEqual(report[part]["percentiles"][f"p{percent}"], known, delta=known / 1000 + 2e-9, msg=(part, percent))

    def paired_round(self, serve_options, *options):
        """The same with a server of its own, whose log is paired with the client's."""
        served = os.path.join(self.folder(), "served.csv")
        with self.serving("--request-log", served, *serve_options) as server:
            report, requests = self.client(server.url, *options)
        return Round(report, pair(requests, served))
