#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The client's service times compared with the times in the server's log, request by request.

The client's time exceeds the server's by the way between them: two trips through the kernel, and the wake-ups at both
ends. The same round measures this with a server that does not delay. With a delay the difference must be the same at p50
and p90, within 1 % or 20 us, plus one wake-up: while the server delays, the client's processor becomes idle, and must wake
when the response arrives. A loop that only sleeps and wakes measures how long that takes. Higher percentiles are left to
tools/bench/truth: one time slice of 2 ms for another program, or one pause of the virtual machine, affects ten requests,
on one side only.
"""
from truth import Truth, US, bare_loop, main, quantile

RATE, SECONDS, CONNECTIONS = 5000, 2, 200
DELAYS = (("fixed", "--delay", "5ms"), ("exponential", "--delay-exp", "5ms"), ("bimodal", "--delay-bimodal", "1ms,20ms:0.1"))


class Paired(Truth):
    def round(self, *serve_options):
        return self.paired_round(serve_options, "-z", f"{SECONDS}s", "--rate", RATE, "-c", CONNECTIONS)

    def compare(self, name, floor, delayed, wake):
        wrong = []
        for percent in (50, 90):
            measured = quantile(delayed.values("service"), percent)
            more = quantile(delayed.overheads, percent) - quantile(floor.overheads, percent)
            bound = max(measured / 100, 20 * US + wake[f"p{percent}_s"])
            if more > bound:
                wrong.append(f"{name} p{percent}: {more / US:.1f} us more than without a delay, of {measured / US:.0f} us "
                             f"({bound / US:.1f} us are allowed)")
        if min(delayed.overheads) <= 0:
            wrong.append(f"{name}: a response came before it was sent")
        return wrong

    def test_against_the_servers_log(self):
        def attempt():
            floor, wake = self.round(), bare_loop(RATE, 0.5, "asleep")
            return [line for name, *options in DELAYS for line in self.compare(name, floor, self.round(*options), wake)]
        self.while_quiet(attempt)


if __name__ == "__main__":
    main()
