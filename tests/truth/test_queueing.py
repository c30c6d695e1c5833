#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""One slot, Poisson arrivals: a queue whose every response time is known.

Lindley's recursion (D. V. Lindley, "The theory of queues with a single server", 1952): a request begins when it is due or
when the one before it has ended, whichever is later, and ends after its service time. With vastar's own schedule for when
it was due, and the service times that the server drew, that gives each response time without any assumption. What was
measured must never be shorter, and at p50, p95 and on average longer by no more than a hundredth or 50 us, plus what the way
from one end to the other takes, by the logs of both. That is three things. A request is at the server some microseconds after
it was due, and more where the server has to be woken; it holds up all that come in the same busy time: the difference of two
recursions, from the instants at which requests came and from those at which they were due. The server logs when an answer
left, which is some microseconds after the end of the service, since it has to be woken for it; its queue goes by the ends, so
that this adds to one answer and not to the next ones. And the way back, of which the client's time less the server's is no less.
How long that may be is for test_paired.py to say.
"""
from truth import Truth, US, main, mean, quantile

SECONDS, SERVICE_MS, CONNECTIONS = 2, 1, 250
LOADS = (50, 70, 90)
KINDS = (("fixed", "--service-time"), ("exponential", "--delay-exp"))
MEASURES = (("p50", lambda values: quantile(values, 50)), ("p95", lambda values: quantile(values, 95)), ("mean", mean))


def lindley(requests, since):
    """When each request's service ends, for requests in order of arrival: since `since`, an instant of theirs."""
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
