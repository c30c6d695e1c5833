#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""A server that stops for one second in the middle of ten, at a constant rate.

Requests due in that second wait for its end, evenly from 0 to 1 s. So the share 1 - q of all response times is above
R(q) = T - (1 - q) L, where T is the length of the stall and L that of the run: 0.5 s at p95, 0.9 s at p99, 0.99 s at
p99.9. After the stall the backlog is sent as fast as the server takes it. The time to drain it is in the log, and no
request waits longer than that on top. A closed loop would see eight slow responses.
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
    """(the longest silence, the time after it until a request is sent before the next is due)."""
    requests.sort(key=lambda request: request.last)
    ends = [request.last for request in requests]
    silence, again = max((b - a, b) for a, b in zip(ends, ends[1:]))
    after = sorted((request.sent, request.due) for request in requests if request.sent >= again)
    return silence, next(sent for sent, due in after if sent - due < 1 / RATE) - again


class Stall(Truth):
    def stalled(self, url, pids, output):
        """The run, the requests in its log, and the length of the stall."""
        path = os.path.join(self.folder(), "requests.csv")
        process = start("-o", output, "-z", f"{SECONDS}s", "--rate", RATE, "-c", CONNECTIONS, "--request-log", path, url)
        time.sleep((SECONDS - STALL) / 2)  # to the middle; the experiment itself, not a wait for a condition
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
        # Within c / R of the stop every connection has sent a request, and no other can be sent.
        if max(services) < 0.98 * (length - CONNECTIONS / RATE):
            wrong.append(f"the longest service time is {max(services):.4f} s, less than the stall of {length:.4f} s")
        # Of 20,000 requests, 8 were in flight when the server stopped.
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
                wrong.append(f"{report['censored']['backlog_max']} requests waited at the worst moment, of {RATE * length:.0f}")
            return wrong
        self.while_quiet(attempt)

    def test_nginx(self):
        """The same for the text report, which must explain it."""
        def attempt():
            server = Nginx()
            try:
                run, requests, length = self.stalled(server.url_keep, children_of(server.process.pid), "text")
            finally:
                server.stop()
            section = run.out[run.out.index("Response time distribution"):]
            got = {percent: float(re.search(rf"{percent:.2f}% in ([0-9.]+) +secs", section).group(1)) for percent in PERCENTS}
            wrong = self.judge(got, requests, length)
            # The report can only tell which of the two was slow if a sleeping worker wakes in time to send.
            slow_to_wake = wake_time("p99_s", RATE) > LOOP_LATE_MOST
            if not re.search(r"^ +(The|vastar or the) server fell behind:" if slow_to_wake else r"^ +The server fell behind:",
                             run.out, re.MULTILINE):
                wrong.append(f"the report does not explain it: {run.out}")
            return wrong
        self.while_quiet(attempt)


if __name__ == "__main__":
    main()
