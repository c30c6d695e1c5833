#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""vastar sweep against servers with a known knee, dead servers, and its own saved results."""
import json
import os
import re
import resource
import signal
import unittest

from harness import (SOURCE, Case, Haproxy, answers, finish, free_port, judges_figures, main, message, sanitized, start, vastar,
                     wait_for)

QUICK = ("-z", "300ms", "--no-progress")
EXACT = ("-n", 200, "--exact-n", "--no-progress")
JUDGED = ("-n", 1200, "--no-progress")  # ten responses above p99; at c >= 16 and 20 ms within two seconds
SLOW = ("--conc", "64", "--baseline-c", 64)  # for delays of 100 ms, much longer than those of a busy machine
# Limits that no noise of a machine exceeds.
HEALTHY = ("--max-spread", 1000000, "--max-p999-ratio", 1000000, "--max-tail-mult", 1000000)
COUNTED = ("-n", 200, "--point-max", "2s", "--no-progress")


def statistical(test):
    """Sanitized builds check memory, and a few sweeps suffice for that."""
    judged = unittest.skipIf(sanitized(), "what is picked is for a build without sanitizers")(judges_figures(test))
    judged.statistical = True
    return judged


def load_tests(_loader, tests, _pattern):
    """VASTAR_SWEEP selects the tests that are "judged", which run alone, or the "other" ones."""
    part = os.environ.get("VASTAR_SWEEP")
    return unittest.TestSuite(test for suite in tests for test in suite
                              if not part or hasattr(getattr(test, test._testMethodName), "statistical") == (part == "judged"))



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
    @statistical
    def test_known_knee(self):
        """Four slots of 20 ms: c = 2 has half of the throughput, c = 4 all of it except for the round trip, c = 6 all of it.
        Chance plays no part."""
        server = self.serve("--capacity", 4, "--service-time", "20ms")
        result = self.sweep("--conc", "1,2,4,6,8", server.url, quick=COUNTED)
        spot = result["sweet_spot"]
        self.assertIn((spot["concurrency"], spot["method"]), ((4, "knee"), (6, "knee")), result)
        self.assertGreater(spot["confidence"], 0)  # how much depends on the machine: 4 and 6 may share it
        self.assertEqual(result["baseline"]["concurrency"], 1)
        self.assertGreaterEqual(min(len(p["runs"]) for p in result["sweep_points"]), 1)
        self.assertGreaterEqual(result["sweep_points"][0]["runs"][0]["blocks"], 10)

    @statistical
    def test_known_knee_repeatedly(self):
        """Six slots. If a sweep is right in 95 % of cases, fewer than three right ones of eight have a probability of 4e-7:
        sum over k < 3 of (8 over k) 0.95^k 0.05^(8-k)."""
        server = self.serve("--capacity", 6, "--service-time", "5ms")
        picks = [self.sweep("--conc", "1,3,4,6,9,12", server.url)["sweet_spot"]["concurrency"] for _ in range(8)]
        self.assertGreaterEqual(sum(6 <= c <= 9 for c in picks), 3, picks)

    @statistical
    def test_auto_refined(self):
        server = self.serve("--capacity", 6, "--service-time", "20ms")
        result = self.sweep("--conc", "auto", "--refine", server.url, limit=200)
        self.assertIn(result["sweet_spot"]["concurrency"], range(6, 10), result)

    @statistical
    def test_exponential_service_time(self):
        """p99/p50 is 6.6 at any load, above the gate's 4: the gate judges growth, and the sweep picks the known knee."""
        server = self.serve("--capacity", 4, "--delay-exp", "2ms")
        result = self.sweep("--conc", "1,4,6,8", server.url, quick=("-z", "1s", "--no-progress"))
        spot, rule = result["sweet_spot"], result["params"]["gates"]["spread"]
        self.assertEqual((rule["rule"], rule["by_hand"]), ("growth", False), result)
        self.assertAlmostEqual(rule["limit"], 1.5 * rule["own"])
        self.assertIn((spot["concurrency"], spot["method"]), ((4, "knee"), (6, "knee")), result)
        self.assertIn("so this gate judges growth", " ".join(result["notes"]))
        result = self.sweep("--conc", "4", "--baseline-c", 4, "--max-spread", 4, server.url, status=3,
                            quick=("-z", "1s", "--no-progress"))
        self.assertEqual(result["params"]["gates"]["spread"]["rule"], "limit")
        self.assertIn("judges the server's nature", " ".join(result["notes"]))

    def test_estimated_time_is_printed_first(self):
        run = vastar("sweep", "--conc", "1,2", "-z", "100ms", self.serve("--delay", "1ms").url)
        self.assertRegex(run.err, r"\A2 runs to come, about \d+s\n", run)

    @judges_figures
    def test_auto_up_to_a_limit(self):
        server = self.serve("--delay", "10ms")
        result = self.sweep("--conc", "auto", "--max-c", 5, "--refine", server.url)
        self.assertEqual([p["concurrency"] for p in result["sweep_points"]][-1], 5)
        self.assertIn("range ends before the knee", " ".join(result["notes"]))

    def test_auto_of_a_slow_endpoint(self):
        """No response arrives in the trial run, a third of --point-max, but the levels have responses."""
        result = self.sweep("--conc", "auto", "--max-c", 2, self.serve("--delay", "700ms").url,
                            quick=("-n", 2, "--point-max", "3s", "--no-progress"))
        self.assertEqual([p["concurrency"] for p in result["sweep_points"]], [1, 2])
        self.assertTrue(all(p["rps"] > 0 for p in result["sweep_points"]))

    def test_point_max_includes_everything(self):
        """--point-max includes connecting, warm-up and drain: c = 1 and 2 against a server that never responds."""
        peer = self.peer(lambda conversation: conversation.wait_closed())
        result = self.sweep("--conc", "1,2", peer.url, quick=("--point-max", "1s", "--no-progress"), status=1)
        self.assertRegex(result["sweep_points"][0]["disqualified"], r"^zero rps: no response in ")

    def test_baseline_outside_the_levels(self):
        result = self.sweep("--conc", "4,8", "--baseline-c", 2, self.serve("--delay", "5ms").url)
        self.assertEqual([p["concurrency"] for p in result["sweep_points"]], [4, 8])
        self.assertEqual(result["baseline"]["concurrency"], 2)

    @statistical
    def test_notes_on_the_ends_of_the_range(self):
        result = self.sweep("--conc", "1,2,4", self.serve("--delay", "20ms").url, quick=COUNTED)
        self.assertEqual(result["sweet_spot"]["concurrency"], 4)
        self.assertIn("range ends before the knee", " ".join(result["notes"]))
        server = self.serve("--capacity", 2, "--service-time", "20ms")
        result = self.sweep("--conc", "6,8,10", "--baseline-c", 6, server.url, quick=COUNTED)
        self.assertEqual(result["sweet_spot"]["concurrency"], 6)
        notes = " ".join(result["notes"])
        self.assertIn("range begins after the knee", notes)
        self.assertNotIn("range ends", notes)

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

    def test_exact_n_of_a_slow_server(self):
        """Exactly n requests, and still blocks of time."""
        result = self.sweep("--conc", "4", "--baseline-c", 4, self.serve("--delay", "5ms").url, quick=EXACT)
        run = result["sweep_points"][0]["runs"][0]
        self.assertEqual(run["responses"], 200)
        self.assertGreaterEqual(run["blocks"], 10)

    def test_duration_of_a_run(self):
        result = self.sweep("--conc", "2", "--baseline-c", 2, self.serve("--delay", "1ms").url)
        self.assertGreaterEqual(result["sweep_points"][0]["runs"][0]["seconds"], 0.3)

    def test_slow_endpoint_is_cut(self):
        result = self.sweep("--conc", "1", self.serve("--delay", "200ms").url, quick=("-n", 200, "--point-max", "1s", "--no-progress"))
        self.assertTrue(result["sweep_points"][0]["runs"][0]["cut"])
        self.assertIn("cut off by --point-max: c = 1 (", " ".join(result["notes"]))
        self.assertIn("not judged, fewer than ten responses above p99: c = 1", " ".join(result["notes"]))
        self.assertEqual(result["sweep_points"][0]["weak"], ["p99", "p99.9"])
        low, high = result["sweep_points"][0]["p99_interval_ms"]
        self.assertGreaterEqual(low, 100, "blocks without a response have no percentile")

    def test_score(self):
        result = self.sweep("--pick", "score", "--conc", "1,2", self.serve("--delay", "2ms").url)
        self.assertEqual(result["sweet_spot"]["method"], "score")

    def test_content_type_of_a_body_is_json(self):
        """As in earlier versions; a flat benchmark sends text/html, like hey."""
        peer = self.peer(answers(message()))
        self.sweep("--conc", "1", "-m", "POST", "-d", "{}", peer.url, quick=EXACT)
        self.assertIn(b"\r\nContent-Type: application/json\r\n", peer.requests[0])
        peer.requests.clear()
        self.sweep("--conc", "1", peer.url, quick=EXACT)
        self.assertNotIn(b"Content-Type", peer.requests[0])

    def test_server_that_closes_after_each_response(self):
        result = self.sweep("--conc", "1,2", *HEALTHY, self.serve("--close-after", 1).url, quick=COUNTED)
        self.assertEqual([p["error_rate"] for p in result["sweep_points"]], [0, 0])


class Unhealthy(Sweep):
    def test_responses_other_than_2xx_are_errors(self):
        result = self.sweep("--conc", "1,2", self.serve("--status", 502).url, status=3)
        self.assertEqual(result["sweet_spot"]["method"], "fallback")
        self.assertEqual({p["disqualified"] for p in result["sweep_points"]}, {"error rate 1 above 0.01"})
        self.assertGreater(result["sweet_spot"]["concurrency"], 0)

    def test_all_dead(self):
        result = self.sweep("--conc", "1,2", f"http://127.0.0.1:{free_port()}/", status=1)
        self.assertEqual((result["sweet_spot"]["concurrency"], result["sweet_spot"]["method"]), (0, "none"))
        self.assertIn("cannot be reached", " ".join(result["notes"]))
        self.assertFalse(result["complete"])

    def unfinished(self, *arguments, then, status, after=3):
        """A sweep of six levels that is disturbed by `then` after `after` runs."""
        process = start("sweep", "-o", "ndjson", *QUICK, "--conc", "1,2,4,8,16,32", *arguments)
        events = [json.loads(process.stdout.readline()) for _ in range(after)]
        self.assertEqual({event["event"] for event in events}, {"run"}, "lines are written as the runs end")
        then(process)
        run = finish(process)
        self.assertEqual(run.status, status, run)
        events += [json.loads(line) for line in run.out.splitlines()]
        points = {event["concurrency"]: event for event in events if event["event"] == "point"}
        self.assertEqual(sorted(points), [1, 2, 4, 8, 16, 32])
        self.assertFalse(events[-1]["complete"])
        return points, events[-1], run

    def test_dies_half_way(self):
        server = self.serve("--delay", "1ms")
        points, spot, _ = self.unfinished(server.url, then=lambda _: server.stop(), status=1)
        notes = " ".join(spot["notes"])
        self.assertIn("stopped at c = ", notes)
        self.assertIn("not measured: c = ", notes)
        self.assertGreaterEqual(sum(p["rps"] > 0 for p in points.values()), 3)
        missing = [p for p in points.values() if not p["repeats"]]
        self.assertEqual({(p["disqualified"], p["rps"], p["p99_ms"]) for p in missing}, {("not measured", 0, 0)})

    def test_dies_within_a_run(self):
        """The current run ends soon after and does not count as a measurement."""
        server = self.serve("--delay", "1ms")
        process = start("sweep", "-o", "json", "--no-progress", "--conc", "4", "--baseline-c", 4, "-z", "10m", server.url)
        wait_for(lambda: server.counts()["requests"] > 1000, "the run is in progress")
        server.stop()
        run = finish(process)
        self.assertEqual(run.status, 1, run)
        result = json.loads(run.out)
        self.assertEqual(result["sweep_points"][0]["disqualified"], "not measured")
        self.assertIn("stopped at c = 4: the target cannot be reached", " ".join(result["notes"]))

    def test_interrupted(self):
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
            points, spot, _ = self.unfinished(*HEALTHY, self.serve("--delay", "1ms").url, status=128 + number,
                                              then=lambda process, number=number: process.send_signal(number))
            self.assertIn("interrupted", " ".join(spot["notes"]))
            self.assertEqual(points[spot["concurrency"]]["disqualified"], None)
            self.assertLess(sum(p["rps"] > 0 for p in points.values()), 6)

    def test_interrupted_before_the_first_level(self):
        server = self.serve("--delay", "1ms")
        process = start("sweep", "-z", "10m", "--conc", "4", "--baseline-c", 4, server.url)
        wait_for(lambda: server.counts()["requests"] > 100, "the run is in progress")
        process.send_signal(signal.SIGINT)
        run = finish(process)
        self.assertEqual(run.status, 130, run)
        self.assertRegex(run.out, r"(?m)^ +4 +- .* not measured$")
        self.assertIn("No sweet spot: no level was measured.", run.out)

    def test_reader_of_the_events_goes_away(self):
        process = start("sweep", "-o", "ndjson", *QUICK, "-z", "300ms", "--conc", "1,2,4,8,16,32", self.serve("--delay", "1ms").url)
        process.stdout.readline()
        process.stdout.close()
        process.stdout = None
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertRegex(err.decode(), r"^vastar: [^\n]+\n$")


class Paired(Sweep):
    @statistical
    def test_slow_gateway_is_disqualified(self):
        """Four times the reference's delay: 300 % of overhead."""
        gateway, upstream = self.serve("--delay", "40ms"), self.serve("--delay", "10ms")
        result = self.sweep("--conc", "16,32", "--baseline-c", 16, "--vs", upstream.url, gateway.url, status=3, quick=JUDGED)
        self.assertEqual(result["paired"]["reference_source"], "live")
        for point in result["sweep_points"]:
            self.assertRegex(point["disqualified"], r"^overhead % [\d.]+ above 25$")

    @statistical
    def test_transparent_gateway_passes(self):
        gateway, upstream = self.serve("--delay", "100ms"), self.serve("--delay", "100ms")
        result = self.sweep(*SLOW, "--max-overhead-pct", 100, "--vs", upstream.url, gateway.url, quick=JUDGED)
        self.assertEqual(result["sweet_spot"]["method"], "knee")
        self.assertNotIn("p99", result["sweep_points"][0]["weak"], "the overhead was judged")

    def test_too_few_responses_to_judge_overhead(self):
        gateway, upstream = self.serve("--delay", "20ms"), self.serve("--delay", "10ms")
        result = self.sweep("--conc", "1", "--max-rps-deficit-pct", 100, "--vs", upstream.url, gateway.url)
        self.assertIsNone(result["sweep_points"][0]["disqualified"])
        self.assertIn("overhead and tail multiple not judged", " ".join(result["notes"]))

    @judges_figures
    def test_rate_deficit(self):
        gateway = self.serve("--capacity", 2, "--service-time", "20ms")
        result = self.sweep("--conc", "8", "--baseline-c", 8, "--max-overhead-pct", 100000, "--vs", self.serve("--delay", "20ms").url,
                            gateway.url, status=3)
        self.assertRegex(result["sweep_points"][0]["disqualified"], r"^rps deficit % [67]\d.* above 50$")

    def test_reference_dies(self):
        target, reference = self.serve("--delay", "1ms"), self.serve("--delay", "1ms")
        process = start("sweep", "-o", "json", *QUICK, *HEALTHY, "--conc", "1,2,4,8,16,32", "--vs", reference.url, target.url)
        wait_for(lambda: reference.counts()["connections"] > 3, "some levels are measured")
        reference.stop()
        run = finish(process)
        self.assertEqual(run.status, 1, run)
        result = json.loads(run.out)
        self.assertIn("the reference cannot be reached", " ".join(result["notes"]))
        for point in result["sweep_points"]:
            if point["rps"] > 0 and not point["reference"]["rps"]:
                self.assertRegex(point["disqualified"], "^no reference: not measured|^no reference: no response")

    def test_text(self):
        delay = self.serve("--delay", "10ms")
        run = vastar("sweep", *JUDGED, "--max-overhead-pct", 100000, "--conc", "16", "--baseline-c", 16, "--vs", delay.url, delay.url)
        self.assertEqual(run.status, 0, run)
        self.assertRegex(run.out, r"(?m)^ +c +rps +p50 ms +p99 ms +ref rps +ref p99 +overhead +deficit +errors +verdict$")
        self.assertRegex(run.out, r"(?m)^> +16( +[\d.]+){5} +-?[\d.]+% +-?[\d.]+% +0\.00%  ok")
        self.assertRegex(run.out, r"overhead -?[\d.]+ % of the reference's p99, rps deficit -?[\d.]+ %")

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

    @statistical
    def test_cached_reference(self):
        upstream, gateway = self.serve("--delay", "10ms"), self.serve("--delay", "40ms")
        path = os.path.join(self.folder(), "ref.json")
        at_16 = ("--baseline-c", 16)  # at 1 it would take 15 s
        self.sweep("--conc", "16,32", *at_16, "--json-path", path, upstream.url, quick=JUDGED)
        with open(path) as file:
            self.assertEqual(schema_errors(json.load(file)), [])
        self.assertEqual(os.listdir(os.path.dirname(path)), ["ref.json"])
        result = self.sweep("--ref-from-json", path, *at_16, gateway.url, status=3, quick=JUDGED)
        self.assertEqual([p["concurrency"] for p in result["sweep_points"]], [16, 32])
        self.assertEqual({p["disqualified"].split(" %")[0] for p in result["sweep_points"]}, {"overhead"})
        self.assertEqual(result["paired"]["reference_source"], "cached")
        self.refused("--ref-from-json", path, "--conc", "3", gateway.url, part="no level 3")
        result = self.sweep("--ref-from-json", path, "--conc", "20", "--baseline-c", 20, "--ref-nearest", gateway.url, status=3,
                            quick=JUDGED)
        self.assertIn("c = 20 is compared with the reference at c = 16, the nearest it has", " ".join(result["notes"]))

    def test_notes_on_a_different_reference(self):
        """Printed before the first run and in the notes: its age, its machine and its request."""
        server, path = self.serve("--delay", "1ms"), os.path.join(self.folder(), "ref.json")
        base = ("--max-overhead-pct", 100000, "--max-rps-deficit-pct", 100)
        self.sweep("--conc", "1", "--json-path", path, "-H", "X-Key: 5", server.url)
        same = self.sweep(*base, "--ref-from-json", path, "-H", "X-Key: 5", "-a", "user:password", server.url)
        self.assertFalse([note for note in same["notes"] if note.startswith("the reference")], same["notes"])
        with open(path) as file:
            old = json.load(file)
        old["started_at"] = "2020-01-01T00:00:00Z"
        old["machine"]["cpu_model"] = "Abacus"
        with open(path, "w") as file:
            json.dump(old, file)
        run = vastar("sweep", "-o", "json", *QUICK, *base, "--ref-from-json", path, "-m", "DELETE", server.url)
        notes = json.loads(run.out)["notes"]
        for part in (" h old (measure it again", "on another machine", "measured with GET, the target with DELETE",
                     "a different body or different headers"):
            self.assertEqual(len([note for note in notes if part in note]), 1, run)
            self.assertRegex(run.err, f"(?m)^vastar: the reference .*{re.escape(part)}")
        result = self.sweep(*base, "--ref-from-json", path, "--ref-max-age", 0, server.url)
        self.assertNotIn("h old", " ".join(result["notes"]))

    def test_body_for_the_reference_only_is_json(self):
        target, reference = self.peer(answers(message())), self.peer(answers(message()))
        self.sweep("--conc", "1", "--max-overhead-pct", 100000, "--max-rps-deficit-pct", 100, "--vs", reference.url,
                   "--vs-method", "POST", "--vs-body", "{}", target.url, quick=EXACT)
        self.assertIn(b"\r\nContent-Type: application/json\r\n", reference.requests[0])
        self.assertNotIn(b"Content-Type", target.requests[0])


class Gateway(Sweep):
    """haproxy, a foreign program, between the sweep and the embedded server."""

    def haproxy(self, origin, **more):
        gateway = Haproxy(origin.port, **more)
        self.addCleanup(gateway.stop)
        return gateway

    @statistical
    def test_bottleneck_is_disqualified(self):
        """Two requests at a time to a server that takes 10 ms at any load: at c = 8 a response takes four times as long."""
        origin = self.serve("--delay", "10ms")
        result = self.sweep("--conc", "2,8", "--baseline-c", 2, "--max-overhead-pct", 150, "--max-rps-deficit-pct", 100,
                            "--vs", origin.url, self.haproxy(origin, server_maxconn=2).url, quick=JUDGED)
        first, last = result["sweep_points"]
        self.assertIsNone(first["disqualified"], result)
        self.assertIn("overhead % ", last["disqualified"] or "passed", result)
        self.assertEqual(result["sweet_spot"]["concurrency"], 2)

    @statistical
    def test_transparent_passes(self):
        origin = self.serve("--delay", "100ms")
        result = self.sweep(*SLOW, "--max-overhead-pct", 100, "--vs", origin.url, self.haproxy(origin).url, quick=JUDGED)
        self.assertIsNone(result["sweep_points"][0]["disqualified"], result)
        self.assertNotIn("p99", result["sweep_points"][0]["weak"], "the overhead was judged")

    @statistical
    def test_known_knee(self):
        origin = self.serve("--delay", "20ms")
        result = self.sweep("--conc", "1,2,4,6,8", self.haproxy(origin, server_maxconn=4).url, quick=COUNTED)
        self.assertIn(result["sweet_spot"]["concurrency"], (4, 6), result)


class Output(Sweep):
    def test_text(self):
        server = self.serve("--capacity", 2, "--service-time", "2ms")
        run = vastar("sweep", "-z", "300ms", "--conc", "1,2,4", server.url)
        self.assertEqual(run.status, 0, run)
        self.assertRegex(run.out, r"(?m)^  machine:      .* processors, \d+ MB, Linux ")
        self.assertRegex(run.out, r"(?m)^  calibration:  baseline c = 1: [\d.]+ rps, p50 .*; vastar busy \d+ % at most \(c = \d\)$")
        # Knee checks which level it is: with responses this fast it depends on the machine.
        picked = re.search(r"(?m)^Sweet spot: c = (\d+)", run.out)
        self.assertIsNotNone(picked, run)
        self.assertRegex(run.out, rf"(?m)^> +{picked.group(1)} ")
        self.assertRegex(run.err, r"(?m)^run 1 of 3: c = \d+: [\d.]+ rps, p50 ")
        self.assertNotIn("\x1b", run.out + run.err)

    def test_ndjson(self):
        run = vastar("sweep", "-o", "ndjson", *QUICK, "--conc", "1,2", self.serve("--delay", "1ms").url)
        events = [json.loads(line) for line in run.out.splitlines()]
        self.assertEqual([event["event"] for event in events], ["run", "run", "baseline", "point", "point", "sweet_spot"])
        self.assertEqual({event["endpoint"] for event in events[:2]}, {"target"})
        self.assertTrue(events[-1]["complete"])

    def test_json_path_that_cannot_be_written(self):
        run = vastar("sweep", "--json-path", "/nonexistent/x.json", self.serve().url)
        self.assertEqual((run.status, run.out), (1, ""), run)
        self.assertIn("/nonexistent/x.json", run.err)

    def test_help(self):
        run = vastar("help", "sweep")
        self.assertEqual(run.status, 0)
        self.assertIn("--ref-from-json", run.out)
        self.assertIn("application/json", run.out)
        self.assertNotIn("text/html", run.out)


class BadInput(Sweep):
    def test_refused(self):
        url = "http://127.0.0.1:1/"
        for arguments, part in ((("--conc", "0", url), "not from 1"), (("--conc", "10,5", url), "does not rise"),
                                (("--conc", "5,5", url), "does not rise"), (("--conc", "1..9:step=0", url), "step"),
                                (("--conc", "1..9:log=1", url), "log"), (("--conc", "999999", url), "not from 1"),
                                (("--conc", "-3", url), "is not a number"), (("--repeats", "0", url), "too small"),
                                (("--knee-ratio", "0", url), "--knee-ratio"), (("--knee-ratio", "1.1", url), "knee-ratio"),
                                (("--pick", "best", url), "--pick"), (("--vs", url, "--ref-from-json", "f", url), "--vs"),
                                (("--vs-method", "GET", url), "--vs"), (("-o", "xml", url), "format"), ((), "URL"),
                                (("--exact-n", "-z", "1s", url), "--exact-n"),
                                (("-z", "9ms", url), "too short (at least 10ms)"), (("--ref-nearest", url), "--ref-from-json"),
                                (("-z", "2s", "--point-max", "1s", url), "--point-max"), (("-c", "5", url), "-c"),
                                (("https:x",), "https")):
            self.refused(*arguments, part=part)

    def test_more_connections_than_descriptors(self):
        """Refused before the first run, not when the sweep reaches that level."""
        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))
        server = self.serve()
        for arguments in ("--conc", "1,137"), ("--conc", "1", "--baseline-c", 137):
            run = vastar("sweep", *QUICK, *arguments, server.url, preexec_fn=few)
            self.assertEqual((run.status, run.out), (1, ""), run)
            self.assertRegex(run.err, r"^vastar: level 137: the file descriptor limit allows 136 connections [^\n]+\n$")
        self.assertEqual(server.counts()["requests"], 0)
        run = vastar("sweep", "-o", "json", *QUICK, "--conc", "1,136", server.url, preexec_fn=few)
        self.assertIn(run.status, (0, 3), run)

    def test_file_that_is_not_a_sweep(self):
        path = os.path.join(self.folder(), "x.json")
        for text in ("", "[]", "{}", '{"schema_version": "1.0", "sweep_points": []}'):
            with open(path, "w") as file:
                file.write(text)
            self.refused("--ref-from-json", path, "http://127.0.0.1:1/", part="x.json")
        self.refused("--ref-from-json", "/nonexistent", "http://127.0.0.1:1/", part="/nonexistent", status=1)


if __name__ == "__main__":
    main()
