#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The client's service times compared with the timers in haproxy's log, request by request: haproxy is not our program.

%Ta is the time from the first byte of a request to the end of its response, as the difference of two readings of a clock
that counts milliseconds. Each is wrong by less than one millisecond, and their mean is right. So the test compares means:
over n requests the rounding leaves less than 5 x 0.5 ms / sqrt(n), provided that requests are spread evenly over the
millisecond. Poisson arrivals ensure that. haproxy reads its clock once in each turn of its loop, and dates everything that
arrives in the turn back to that reading. The resulting difference is measured in the same round without a delay.
"""
import collections

from truth import Haproxy, Truth, US, main, mean

RATE, SECONDS, CONNECTIONS = 1000, 2, 100
SIGMAS, ROUNDING = 5, 0.0005


class Logging(Haproxy):
    global_lines = "log stdout format raw local0"
    front_lines = 'log global\n    option dontlognull\n    log-format "%cp %Ta"'

    def timers(self):
        """%Ta in seconds by client port and ordinal. The lines of a connection are in order."""
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
        """(how much more the client measured than haproxy, the client's service time), both as means."""
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
            return [f"{more / US:.1f} us more than haproxy on average, {floor / US:.1f} us without a delay, of {measured / US:.0f} us "
                    f"({bound / US:.1f} us are allowed)"]
        self.while_quiet(attempt)


if __name__ == "__main__":
    main()
