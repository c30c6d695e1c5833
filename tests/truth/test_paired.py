#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The client's service times against the times that the server logged, request by request.

What the client sees more than the server is the way between them: two trips through the kernel, and the wake-ups at both
ends. That is measured in the same round with a server that does not delay. With a delay it must be the same at p50 and p90, to
a hundredth of what is measured or 20 us, and one thing more: while the server delays, the client's processor falls idle, and
has to wake when the response comes. What that takes is measured by a loop that does nothing but sleep and wake. Higher percentiles are left to tools/bench/truth: one time slice of 2 ms that goes to
another program, or one pause of the virtual machine, is ten requests, on one side and not on the other.
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
            wrong.append(f"{name}: an answer came before it was sent")
        return wrong

    def test_against_the_servers_log(self):
        def attempt():
            floor, wake = self.round(), bare_loop(RATE, 0.5, "asleep")
            return [line for name, *options in DELAYS for line in self.compare(name, floor, self.round(*options), wake)]
        self.while_quiet(attempt)


if __name__ == "__main__":
    main()
