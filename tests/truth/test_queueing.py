#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""One slot and Poisson arrivals: a queue whose response times are all known.

Lindley's recursion (D. V. Lindley, "The theory of queues with a single server", 1952): service of a request begins when
the request is due or when the one before it has ended, whichever is later, and ends after its service time. vastar's
schedule has the due times, and the server logs the service times that it drew. So each response time follows without any
assumption. A measured one must never be shorter. At p50, p95 and on average it may be longer by 1 % or 50 us, plus the
time on the way, which both logs show. It has three parts:

- A request reaches the server some microseconds after it is due, later if the server must wake. This delays all requests
  of the same busy period. It is the difference of two recursions, one from the arrivals and one from the due times.
- The server logs a response when it leaves, some microseconds after the end of its service, since the server must wake
  for it. Its queue counts from the ends, so this affects only the one response.
- The way back is at most the client's time minus the server's. test_paired.py checks how long that may be.
"""
from truth import Truth, US, main, mean, quantile

SECONDS, SERVICE_MS, CONNECTIONS = 2, 1, 250
LOADS = (50, 70, 90)
KINDS = (("fixed", "--service-time"), ("exponential", "--delay-exp"))
MEASURES = (("p50", lambda values: quantile(values, 50)), ("p95", lambda values: quantile(values, 95)), ("mean", mean))


def lindley(requests, since):
    """When the service of each request ends. `since` names the instant from which a request waits; requests are in order of
    arrival."""
    free, ends = 0, []
    for request in requests:
        free = max(getattr(request, since), free) + request.drawn
        ends.append(free)
    return ends


class Queueing(Truth):
    def round(self, load, *serve_options, seconds=SECONDS):
        rate = load / 100 / (SERVICE_MS / 1000)
        return self.paired_round(serve_options, "-z", f"{seconds}s", "--rate", rate, "--arrivals", "poisson", "-c", CONNECTIONS)

    def compare(self, name, run):
        requests = sorted(run.requests, key=lambda request: request.arrived)
        ideal, real = lindley(requests, "due"), lindley(requests, "arrived")
        expected = [end - request.due for request, end in zip(requests, ideal)]
        held_up = [later - end for later, end in zip(real, ideal)]
        measured = [request.response for request in requests]
        late = [request.arrived + request.elapsed - end for request, end in zip(requests, real)]
        wrong = []
        early = min(got - known for got, known in zip(measured, expected))
        if early < -1e-8:
            wrong.append(f"{name}: a response time is {-early / US:.2f} us shorter than it can be")
        for measure, of in MEASURES:
            known, got = of(expected), of(measured)
            bound = max(known / 100, 50 * US) + of(held_up) + of(late) + of(run.overheads)
            if not known - 1e-8 <= got <= known + bound:
                wrong.append(f"{name} {measure}: {got / US:.1f} us, by Lindley {known / US:.1f} us ({bound / US:.1f} us are allowed)")
        return wrong

    def test_lindley(self):
        def attempt():
            return [line for name, option in KINDS for load in LOADS
                    for line in self.compare(f"{name}, {load} %", self.round(load, "--capacity", 1, option, f"{SERVICE_MS}ms"))]
        self.while_quiet(attempt)


if __name__ == "__main__":
    main()
