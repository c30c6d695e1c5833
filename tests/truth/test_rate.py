#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The schedule, the sends and the arrivals at the server: the rate is the requested one, and no second has more than its share.

A second of a constant schedule has R requests, and at its edge one more. At the server it also has those of the seconds
around it that were sent late or took longer than others: both logs show them. A Poisson schedule is random: its counts and
gaps are compared with bounds that a correct one exceeds once in a million runs.
"""
import bisect
import math
import time

from truth import Nginx, Truth, bare_loop, main, quantile, requests_of

CONSTANT = ((1, 2), (100, 1), (1000, 2), (10000, 2))  # rate, seconds
RARE = 1e-6
ACHIEVED_LEAST = 0.999
LATE_FLOOR = 50e-6  # lateness below this comes from the scheduler


def most_in_a_second(instants):
    """The largest number of instants in any half-open window of 1 s."""
    instants = sorted(instants)
    return max(bisect.bisect_left(instants, instant + 1) - index for index, instant in enumerate(instants))


def spread(values):
    return max(values) - min(values)


class Rate(Truth):
    def schedule(self, rate, seconds, requests, report):
        """Every instant of a constant schedule occurred once."""
        self.assertEqual(len(requests) + report["censored"]["unsent"], rate * seconds)
        for number, due in enumerate(sorted(request.due for request in requests)):
            self.assertAlmostEqual(due, number / rate, delta=2e-9)
        self.assertLessEqual(0, min(request.sent - request.due for request in requests))

    def test_constant(self):
        """Within 0.1 % of the schedule: at most that share was sent after its end."""
        def attempt():
            wrong = []
            for rate, seconds in CONSTANT:
                run = self.paired_round((), "-z", f"{seconds}s", "--rate", rate, "-c", 20)
                self.schedule(rate, seconds, run.requests, run.report)
                late = max(request.sent - request.due for request in run.requests)
                way = spread([request.arrived - request.sent for request in run.requests])
                self.assertLessEqual(most_in_a_second(run.values("arrived")), rate * (1 + late + way) + 1)
                achieved = sum(request.sent < seconds for request in run.requests) / (rate * seconds)
                if achieved < ACHIEVED_LEAST:
                    wrong.append(f"{rate}/s: {100 * achieved:.2f} % was sent in time")
            return wrong
        self.while_quiet(attempt)

    def test_constant_by_the_log_of_nginx(self):
        rate, seconds = 1000, 3
        server = Nginx()
        self.addCleanup(server.stop)
        report, requests = self.client(server.url_keep, "-z", f"{seconds}s", "--rate", rate, "-c", 20)
        logged = [float(line.split()[-1]) for line in server.wait_logged(len(requests))]
        self.assertEqual(len(logged), len(requests))
        self.assertEqual(len(requests) + report["censored"]["unsent"], rate * seconds)
        # nginx logs when it sends the response, in milliseconds, by a clock that it reads once in each turn of its loop.
        late = max(request.last - request.due for request in requests)
        self.assertLessEqual(most_in_a_second(logged), rate * (1 + late + 0.002) + 1)

    def test_poisson(self):
        rate, seconds = 5000, 3
        seed = time.time_ns() // 1000
        report, requests = self.client(self.serve().url, "-z", f"{seconds}s", "--rate", rate, "--arrivals", "poisson",
                                       "--seed", seed, "-c", 200)
        unsent = report["censored"]["unsent"]  # at the end of the schedule
        due = sorted(request.due for request in requests)
        # Counts in a second are almost normal; all windows and the whole run share the probability.
        sigmas = math.sqrt(2 * math.log(2 * (seconds + 1) / RARE))
        self.assertAlmostEqual(len(due) + unsent, rate * seconds, delta=sigmas * math.sqrt(rate * seconds))
        for second in range(seconds):
            count = sum(second <= instant < second + 1 for instant in due) + (unsent if second == seconds - 1 else 0)
            self.assertAlmostEqual(count, rate, delta=sigmas * math.sqrt(rate))
        # Gaps: Kolmogorov-Smirnov against the exponential law, by the bound of Massart (1990).
        gaps = sorted(after - before for before, after in zip([0, *due], due))
        distance = max(max(abs(1 - math.exp(-gap * rate) - index / len(gaps)), abs(1 - math.exp(-gap * rate) - (index + 1) / len(gaps)))
                       for index, gap in enumerate(gaps))
        self.assertLess(distance, math.sqrt(math.log(2 / RARE) / (2 * len(gaps))), seed)

    def test_lateness(self):
        """At 10,000/s, alternating with the bare loop."""
        def attempt():
            loops, lates = [], []
            for _ in range(3):
                loops.append(bare_loop(10000, 1)["p99_s"])
                with self.serving() as server:
                    report = self.bench("-z", "1s", "--rate", 10000, "-c", 20, server.url)
                lates.append(report["client"]["send_lateness_p99_s"])
            bound = max(LATE_FLOOR, 1.5 * quantile(loops, 50))
            if quantile(lates, 50) <= bound:
                return []
            return [f"sends were late by {', '.join(f'{late * 1e6:.1f}' for late in lates)} us at p99 ({bound * 1e6:.1f} us are "
                    f"allowed; the bare loop: {', '.join(f'{late * 1e6:.1f}' for late in loops)} us)"]
        self.while_quiet(attempt)


if __name__ == "__main__":
    main()
