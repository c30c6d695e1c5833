#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""vastar sweep against servers with a known knee, dead ones, and its own earlier results."""
import json
import os
import re
import signal

from harness import SOURCE, Case, Haproxy, answers, finish, free_port, main, message, start, vastar, wait_for

QUICK = ("-z", "300ms", "--no-progress")
EXACT = ("-n", 200, "--exact-n", "--no-progress")
COUNTED = ("-n", 200, "--point-max", "2s", "--no-progress")


def schema_errors(result):
    try:
        import jsonschema
    except ImportError:
        return []
    with open(os.path.join(SOURCE, "tests", "data", "sweep.schema.json")) as file:
        return [error.message for error in jsonschema.Draft202012Validator(json.load(file)).iter_errors(result)]


class Sweep(Case):
    def sweep(self, *arguments, status=0, quick=QUICK, **more):
        run = vastar("sweep", "-o", "json", *quick, *arguments, **more)
        self.assertEqual(run.status, status, run)
        result = json.loads(run.out)
        self.assertEqual(schema_errors(result), [])
        levels = [point["concurrency"] for point in result["sweep_points"]]
        self.assertEqual(levels, sorted(set(levels)))
        return result

    def refused(self, *arguments, part, status=2):
        run = vastar("sweep", *arguments)
        self.assertEqual((run.status, run.out), (status, ""), run)
        self.assertRegex(run.err, r"^vastar: [^\n]+\n$")
        self.assertIn(part, run.err)


class Knee(Sweep):
    def test_known_knee(self):
        """Four slots of 20 ms: c = 4 is the first level with the whole throughput, and c = 2 has half of it. The
        rate of a level below the knee is c / S within the timer's error, far from 0.95 of the peak: no chance is in it."""
        server = self.serve("--capacity", 4, "--service-time", "20ms")
        result = self.sweep("--conc", "1,2,4,8", server.url, quick=COUNTED)
        spot = result["sweet_spot"]
        self.assertEqual((spot["concurrency"], spot["method"]), (4, "knee"), result)
        self.assertGreater(spot["confidence"], 0.9)
        self.assertEqual(result["baseline"]["concurrency"], 1)
        self.assertGreaterEqual(min(len(p["runs"]) for p in result["sweep_points"]), 1)
        self.assertGreaterEqual(result["sweep_points"][0]["runs"][0]["blocks"], 10)

    def test_known_knee_again_and_again(self):
        """Six slots. A sweep is to be right in 95 % of cases: of eight, fewer than three right ones would come about once
        in two million times, sum over k < 3 of (8 over k) 0.95^k 0.05^(8-k) = 4e-7."""
        server = self.serve("--capacity", 6, "--service-time", "5ms")
        picks = [self.sweep("--conc", "1,3,4,6,9,12", server.url)["sweet_spot"]["concurrency"] for _ in range(8)]
        self.assertGreaterEqual(sum(6 <= c <= 9 for c in picks), 3, picks)

    def test_auto_refined(self):
        server = self.serve("--capacity", 6, "--service-time", "20ms")
        result = self.sweep("--conc", "auto", "--refine", server.url, limit=200)
        self.assertIn(result["sweet_spot"]["concurrency"], range(6, 10), result)

    def test_baseline_apart_from_the_levels(self):
        result = self.sweep("--conc", "4,8", "--baseline-c", 2, self.serve("--delay", "5ms").url)
        self.assertEqual([p["concurrency"] for p in result["sweep_points"]], [4, 8])
        self.assertEqual(result["baseline"]["concurrency"], 2)

    def test_end_of_the_range_is_said(self):
        result = self.sweep("--conc", "1,2,4", self.serve("--delay", "5ms").url)
        self.assertEqual(result["sweet_spot"]["concurrency"], 4)
        self.assertIn("range ends before the knee", " ".join(result["notes"]))

    def test_repeats_and_seed(self):
        server = self.serve("--delay", "2ms")
        result = self.sweep("--conc", "2,4", "--baseline-c", 2, "--repeats", 3, "--seed", 7, server.url)
        self.assertEqual([len(p["runs"]) for p in result["sweep_points"]], [3, 3])
        self.assertEqual({p["intervals_from"] for p in result["sweep_points"]}, {"repeats"})
        self.assertEqual(result["params"]["seed"], 7)

    def test_exact_n(self):
        server = self.serve()
        result = self.sweep("--conc", "2,4", "--baseline-c", 2, server.url, quick=EXACT)
        self.assertEqual([p["runs"][0]["responses"] for p in result["sweep_points"]], [200, 200])
        self.assertEqual(server.counts()["requests"], 400)

    def test_duration_of_a_run(self):
        result = self.sweep("--conc", "2", "--baseline-c", 2, self.serve("--delay", "1ms").url)
        self.assertGreaterEqual(result["sweep_points"][0]["runs"][0]["seconds"], 0.3)

    def test_slow_endpoint_is_cut(self):
        result = self.sweep("--conc", "1", self.serve("--delay", "200ms").url, quick=("-n", 200, "--point-max", "1s", "--no-progress"))
        self.assertTrue(result["sweep_points"][0]["runs"][0]["cut"])
        self.assertIn("ended by --point-max", " ".join(result["notes"]))

    def test_score(self):
        result = self.sweep("--pick", "score", "--conc", "1,2", self.serve("--delay", "2ms").url)
        self.assertEqual(result["sweet_spot"]["method"], "score")

    def test_content_type_of_a_body_is_json(self):
        """As in the public program; flat mode says text/html, as hey does."""
        peer = self.peer(answers(message()))
        self.sweep("--conc", "1", "-m", "POST", "-d", "{}", peer.url, quick=EXACT)
        self.assertIn(b"\r\nContent-Type: application/json\r\n", peer.requests[0])


class Unhealthy(Sweep):
    def test_errors_are_also_answers_other_than_2xx(self):
        result = self.sweep("--conc", "1,2", self.serve("--status", 502).url, status=3)
        self.assertEqual(result["sweet_spot"]["method"], "fallback")
        self.assertEqual({p["disqualified"] for p in result["sweep_points"]}, {"error rate 1 above 0.01"})
        self.assertGreater(result["sweet_spot"]["concurrency"], 0)

    def test_all_dead(self):
        result = self.sweep("--conc", "1,2", f"http://127.0.0.1:{free_port()}/", status=1)
        self.assertEqual((result["sweet_spot"]["concurrency"], result["sweet_spot"]["method"]), (0, "none"))
        self.assertIn("cannot be reached", " ".join(result["notes"]))
        self.assertFalse(result["complete"])

    def test_dies_half_way(self):
        server = self.serve("--delay", "1ms")
        process = start("sweep", "-o", "json", *QUICK, "--conc", "1,2,4,8,16,32", server.url)
        wait_for(lambda: server.counts()["connections"] > 8, "some levels are measured")
        server.stop()
        run = finish(process)
        self.assertEqual(run.status, 1, run)
        result = json.loads(run.out)
        self.assertIn("stopped at c = ", " ".join(result["notes"]))
        self.assertTrue(any(p["rps"] > 0 for p in result["sweep_points"]))

    def test_interrupted(self):
        server = self.serve("--delay", "1ms")
        process = start("sweep", "-o", "json", *QUICK, "--conc", "1,2,4,8,16,32", server.url)
        wait_for(lambda: server.counts()["connections"] > 3, "some levels are measured")
        process.send_signal(signal.SIGINT)
        run = finish(process)
        self.assertEqual(run.status, 130, run)
        self.assertIn("interrupted", " ".join(json.loads(run.out)["notes"]))


class Paired(Sweep):
    def test_slow_gateway_is_disqualified(self):
        """Twice the reference's delay: 100 % of overhead."""
        gateway, upstream = self.serve("--delay", "20ms"), self.serve("--delay", "10ms")
        result = self.sweep("--conc", "1,2", "--vs", upstream.url, gateway.url, status=3)
        self.assertEqual(result["paired"]["reference_source"], "live")
        for point in result["sweep_points"]:
            self.assertIn("overhead % ", point["disqualified"])
            self.assertGreater(point["overhead_pct"], 50)

    def test_transparent_gateway_passes(self):
        gateway, upstream = self.serve("--delay", "20ms"), self.serve("--delay", "20ms")
        result = self.sweep("--conc", "1,2", "--max-overhead-pct", 50, "--vs", upstream.url, gateway.url)
        self.assertEqual(result["sweet_spot"]["method"], "knee")

    def test_the_reference_gets_the_whole_request(self):
        target, reference = self.peer(answers(message())), self.peer(answers(message()))
        body = os.path.join(self.folder(), "body")
        with open(body, "w") as file:
            file.write('{"a": 1}')
        arguments = ("--conc", "1", "--max-overhead-pct", 100000, "--max-rps-deficit-pct", 100, "-m", "PUT", "-H", "X-Key: 5", "-D", body)
        self.sweep(*arguments, "--vs", reference.url, target.url + "/t", quick=EXACT)
        self.assertEqual(target.requests[0].replace(b"/t ", b"/ ").replace(str(target.port).encode(), b"P"),
                         reference.requests[0].replace(str(reference.port).encode(), b"P"))
        reference.requests.clear()
        self.sweep(*arguments, "--vs", reference.url, "--vs-method", "POST", "--vs-body", "b", "--vs-content-type", "a/b",
                   target.url, quick=EXACT)
        self.assertTrue(reference.requests[0].startswith(b"POST / "))
        self.assertTrue(reference.requests[0].endswith(b"\r\n\r\nb"))
        self.assertIn(b"\r\nContent-Type: a/b\r\n", reference.requests[0])

    def test_cached_reference(self):
        upstream, gateway = self.serve("--delay", "10ms"), self.serve("--delay", "20ms")
        path = os.path.join(self.folder(), "ref.json")
        self.sweep("--conc", "1,2,4", "--json-path", path, upstream.url)
        with open(path) as file:
            self.assertEqual(schema_errors(json.load(file)), [])
        result = self.sweep("--ref-from-json", path, gateway.url, status=3)
        self.assertEqual([p["concurrency"] for p in result["sweep_points"]], [1, 2, 4])
        self.assertEqual(result["paired"]["reference_source"], "cached")
        self.refused("--ref-from-json", path, "--conc", "3", gateway.url, part="no level 3")
        result = self.sweep("--ref-from-json", path, "--conc", "3", "--ref-nearest", gateway.url, status=3)
        self.assertIn("the nearest there is", " ".join(result["notes"]))


class Gateway(Sweep):
    """haproxy, which we did not write, between the sweep and the origin."""

    def haproxy(self, origin, **more):
        gateway = Haproxy(origin.port, **more)
        self.addCleanup(gateway.stop)
        return gateway

    def test_bottleneck_is_disqualified(self):
        """Two at a time to an origin that takes 20 ms for any number: at c = 8 an answer takes four times as long."""
        origin = self.serve("--delay", "20ms")
        result = self.sweep("--conc", "1,8", "--vs", origin.url, self.haproxy(origin, server_maxconn=2).url)
        first, last = result["sweep_points"]
        self.assertIsNone(first["disqualified"], result)
        self.assertIn("overhead % ", last["disqualified"])
        self.assertEqual(result["sweet_spot"]["concurrency"], 1)

    def test_transparent_passes(self):
        origin = self.serve("--delay", "20ms")
        result = self.sweep("--conc", "1,8", "--max-overhead-pct", 50, "--vs", origin.url, self.haproxy(origin).url)
        self.assertEqual([point["disqualified"] for point in result["sweep_points"]], [None, None])

    def test_known_knee(self):
        origin = self.serve("--delay", "20ms")
        result = self.sweep("--conc", "1,2,4,8", self.haproxy(origin, server_maxconn=4).url)
        self.assertEqual(result["sweet_spot"]["concurrency"], 4)


class Output(Sweep):
    def test_text(self):
        server = self.serve("--capacity", 2, "--service-time", "2ms")
        run = vastar("sweep", "-z", "300ms", "--conc", "1,2,4", server.url)
        self.assertEqual(run.status, 0, run)
        # Which level it is, is a matter for Knee: answers this fast are at the mercy of a slow machine.
        picked = re.search(r"(?m)^Sweet spot: c = (\d+)", run.out)
        self.assertIsNotNone(picked, run)
        self.assertRegex(run.out, rf"(?m)^> +{picked.group(1)} ")
        self.assertRegex(run.err, r"(?m)^run 1 of 3: c = \d+: [\d.]+ rps, p50 ")
        self.assertNotIn("\x1b", run.out + run.err)

    def test_ndjson(self):
        run = vastar("sweep", "-o", "ndjson", *QUICK, "--conc", "1,2", self.serve("--delay", "1ms").url)
        events = [json.loads(line) for line in run.out.splitlines()]
        self.assertEqual([event["event"] for event in events], ["baseline", "point", "point", "sweet_spot"])

    def test_json_path_that_cannot_be(self):
        run = vastar("sweep", "--json-path", "/nonexistent/x.json", self.serve().url)
        self.assertEqual((run.status, run.out), (1, ""), run)
        self.assertIn("/nonexistent/x.json", run.err)

    def test_help(self):
        run = vastar("help", "sweep")
        self.assertEqual(run.status, 0)
        self.assertIn("--ref-from-json", run.out)


class BadInput(Sweep):
    def test_refused(self):
        url = "http://127.0.0.1:1/"
        for arguments, part in ((("--conc", "0", url), "not from 1"), (("--conc", "10,5", url), "does not rise"),
                                (("--conc", "5,5", url), "does not rise"), (("--conc", "1..9:step=0", url), "step"),
                                (("--conc", "1..9:log=1", url), "log"), (("--conc", "999999", url), "not from 1"),
                                (("--conc", "-3", url), "no number"), (("--repeats", "0", url), "too small"),
                                (("--knee-ratio", "0", url), "--knee-ratio"), (("--knee-ratio", "1.1", url), "knee-ratio"),
                                (("--pick", "best", url), "--pick"), (("--vs", url, "--ref-from-json", "f", url), "--vs"),
                                (("--vs-method", "GET", url), "--vs"), (("-o", "xml", url), "format"), ((), "URL"),
                                (("--exact-n", "-z", "1s", url), "--exact-n"), (("-c", "5", url), "-c"),
                                (("https://x/",), "https")):
            self.refused(*arguments, part=part)

    def test_file_that_is_no_sweep(self):
        path = os.path.join(self.folder(), "x.json")
        for text in ("", "[]", "{}", '{"schema_version": "1.0", "sweep_points": []}'):
            with open(path, "w") as file:
                file.write(text)
            self.refused("--ref-from-json", path, "http://127.0.0.1:1/", part="x.json")
        self.refused("--ref-from-json", "/nonexistent", "http://127.0.0.1:1/", part="/nonexistent", status=1)


if __name__ == "__main__":
    main()
