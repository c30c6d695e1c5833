#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""A server that stops for a second in the middle of ten, at a constant rate.

Whoever was due in that second waited for its end: evenly for 0 to 1 s. So of all response times the share 1 - q is above
R(q) = T - (1 - q) L, with T the length of the stall and L that of the run: 0.5 s at p95, 0.9 s at p99, 0.99 s at p99.9.
What waited goes out after the stall, as fast as the server takes it; nobody waits for longer than that drain on top, and
its length is in the log. A closed loop would see eight slow answers.
"""
import os
import re
import signal
import time

from truth import LOOP_LATE_MOST, Nginx, Truth, finish, main, quantile, requests_of, start, wake_time

RATE, SECONDS, STALL, CONNECTIONS = 2000, 10, 1, 8
PERCENTS = (95, 99, 99.9)


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


def drain_of(requests):
    """From the end of the longest silence until a request is sent before the next one is due."""
    requests.sort(key=lambda request: request.last)
    ends = [request.last for request in requests]
    silence, again = max((b - a, b) for a, b in zip(ends, ends[1:]))
    after = sorted((request.sent, request.due) for request in requests if request.sent >= again)
    return silence, next(sent for sent, due in after if sent - due < 1 / RATE) - again


class Stall(Truth):
    def stalled(self, url, pids, output):
        """The report of the run, its log, and how long the server stood still."""
        path = os.path.join(self.folder(), "requests.csv")
        process = start("-o", output, "-z", f"{SECONDS}s", "--rate", RATE, "-c", CONNECTIONS, "--request-log", path, url)
        time.sleep((SECONDS - STALL) / 2)  # to the middle, and for the stall: the experiment's own clock
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        stopped = time.monotonic()
        try:
            time.sleep(STALL)
        finally:
            length = time.monotonic() - stopped
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
        run = finish(process)
        self.assertEqual(run.status, 0, run)
        return run, requests_of(path), length

    def judge(self, percentiles, requests, length):
        silence, drain = drain_of(requests)
        wrong = []
        for percent in PERCENTS:
            expected = length - (1 - percent / 100) * SECONDS
            if not 0.98 * expected <= percentiles[percent] <= 1.02 * expected + drain:
                wrong.append(f"response p{percent} is {percentiles[percent]:.4f} s, by arithmetic {expected:.4f} s "
                             f"(stall {length:.4f} s, silence {silence:.4f} s, drain {drain:.4f} s)")
        services = [request.service for request in requests]
        # All connections have sent within c / R of the stop, and then nobody else can.
        if max(services) < 0.98 * (length - CONNECTIONS / RATE):
            wrong.append(f"the longest service time is {max(services):.4f} s, less than the stall of {length:.4f} s")
        # Of 20,000 requests, 8 were under way when the server stopped.
        if quantile(services, 99) > length / 10:
            wrong.append(f"service p99 is {quantile(services, 99):.4f} s: the stall is in it")
        return wrong

    def test_vastar_serve(self):
        def attempt():
            with self.serving() as server:
                run, requests, length = self.stalled(server.url, [server.process.pid], "json")
            report = self.report(run)
            self.assertEqual(report["summary"]["responses"] + report["censored"]["unsent"], RATE * SECONDS)
            self.assertEqual(report["summary"]["responses"], len(requests))
            got = {percent: report["latency"]["percentiles"][f"p{percent:g}"] for percent in PERCENTS}
            wrong = self.judge(got, requests, length)
            if report["censored"]["backlog_max"] < 0.98 * (RATE * length - CONNECTIONS):
                wrong.append(f"{report['censored']['backlog_max']} waited at the worst moment, of {RATE * length:.0f}")
            return wrong
        self.while_quiet(attempt)

    def test_nginx(self):
        """The same, of the text report, which explains it."""
        def attempt():
            server = Nginx()
            try:
                run, requests, length = self.stalled(server.url_keep, children_of(server.process.pid), "text")
            finally:
                server.stop()
            section = run.out[run.out.index("Response time distribution"):]
            got = {percent: float(re.search(rf"{percent:.2f}% in ([0-9.]+) +secs", section).group(1)) for percent in PERCENTS}
            wrong = self.judge(got, requests, length)
            # Which of the two it was, it can tell only where a worker that sleeps is woken in time to send.
            slow_to_wake = wake_time("p99_s", RATE) > LOOP_LATE_MOST
            if not re.search(r"^ +(The|vastar or the) server fell behind:" if slow_to_wake else r"^ +The server fell behind:",
                             run.out, re.MULTILINE):
                wrong.append(f"the report does not explain it: {run.out}")
            return wrong
        self.while_quiet(attempt)


if __name__ == "__main__":
    main()
