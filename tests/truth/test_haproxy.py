#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The client's service times against the timers of haproxy's log, request by request: a server that we did not write.

%Ta is the time from the first byte of a request to the end of its answer, as a difference of two readings of a clock that
counts milliseconds: wrong by less than one each time, and right on average. So the means are compared: over n requests the
rounding leaves less than 5 x 0.5 ms / sqrt(n), if requests come at any part of a millisecond alike: so arrivals are Poisson. What the client sees more or less is measured without a delay in the same round: haproxy
reads its clock once in a turn of its loop, and takes what comes in it for as old as the turn.
"""
import collections

from truth import Haproxy, Truth, US, main, mean

RATE, SECONDS, CONNECTIONS = 1000, 2, 100
SIGMAS, ROUNDING = 5, 0.0005


class Logging(Haproxy):
    global_lines = "log stdout format raw local0"
    front_lines = 'log global\n    option dontlognull\n    log-format "%cp %Ta"'

    def timers(self):
        """%Ta in seconds by client port and ordinal: of one connection, lines come in order."""
        ordinals, timers = collections.Counter(), {}
        with open(self.path("output")) as file:
            for line in file:
                words = line.split()
                if len(words) == 2 and words[0].isdigit():
                    ordinals[words[0]] += 1
                    timers[words[0], str(ordinals[words[0]])] = int(words[1]) / 1000
        return timers


class Timers(Truth):
    def more(self, *serve_options):
        """What the client measured more than haproxy, on average, and what it measured."""
        with self.serving(*serve_options) as origin:
            server = Logging(origin.port)
            try:
                _, requests = self.client(server.url, "-z", f"{SECONDS}s", "--rate", RATE, "--arrivals", "poisson", "-c", CONNECTIONS)
                server.stop_process()
                timers = server.timers()
            finally:
                server.stop()
        self.assertEqual(set(timers), {request.key for request in requests})
        return mean([request.service - timers[request.key] for request in requests]), mean([request.service for request in requests])

    def test_timers_of_the_log(self):
        def attempt():
            floor, _ = self.more()
            more, measured = self.more("--delay-exp", "10ms")
            bound = max(measured / 100, 20 * US) + 2 * SIGMAS * ROUNDING / (RATE * SECONDS) ** 0.5
            if abs(more - floor) <= bound:
                return []
            return [f"{more / US:.1f} us more than haproxy on average, without a delay {floor / US:.1f} us, of {measured / US:.0f} us "
                    f"({bound / US:.1f} us are allowed)"]
        self.while_quiet(attempt)


if __name__ == "__main__":
    main()
