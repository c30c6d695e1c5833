#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The open loop: requests on a schedule, latency measured from the schedule, and every due request accounted for."""
import signal
import time

from harness import Case, HELD, interrupt_after, main, start, finish, vastar, wait_for


class Open(Case):
    def test_constant_rate(self):
        """1,000 requests per second for one second: exactly 1,000 requests."""
        server = self.serve()
        report = self.bench("-z", "1s", "--rate", 1000, "-c", 20, server.url)
        self.assertEqual(report["summary"]["requests"] + report["censored"]["unsent"], 1000)
        self.assertEqual(server.counts()["requests"], report["summary"]["requests"])
        self.assertEqual((report["params"]["load_model"], report["params"]["arrivals"]), ("open", "constant"))
        self.assertLessEqual(report["service"]["percentiles"]["p50"], report["latency"]["percentiles"]["p50"])

    def test_workers_share_the_schedule(self):
        server = self.serve()
        report = self.bench("-z", "1s", "--rate", "1k/s", "-c", 20, "-w", 2, server.url)
        self.assertEqual(report["summary"]["requests"] + report["censored"]["unsent"], 1000)

    def test_number_of_requests(self):
        server = self.serve()
        report = self.bench("-n", 500, "--rate", 2000, "-c", 10, server.url)
        self.assert_all(report, 500)
        self.assertEqual(server.counts()["requests"], 500)
        self.assertGreaterEqual(report["summary"]["total_s"], 499 / 2000)

    def test_seed_decides_the_number_of_requests(self):
        server = self.serve()
        counts = []
        for seed in (1, 1, 2):
            report = self.bench("-z", "500ms", "--rate", 1000, "--arrivals", "poisson", "--seed", seed, "-c", 50, server.url)
            counts.append(report["summary"]["requests"] + report["censored"]["unsent"])
            self.assertEqual(report["params"]["seed"], seed)
        self.assertEqual(counts[0], counts[1])
        self.assertNotEqual(counts[0], counts[2])

    def test_server_that_falls_behind(self):
        """One slot of 5 ms serves 200 of the 1,000 requests that are due each second: the response time grows by 0.8 s
        each second, the service time stays that of a queue of ten, and unsent requests are counted."""
        server = self.serve("--capacity", 1, "--service-time", "5ms")
        report = self.undisturbed(lambda: self.bench("-z", "1s", "--rate", 1000, "-c", 10, server.url))
        self.assertEqual(report["summary"]["requests"] + report["censored"]["unsent"], 1000)
        self.assertGreater(report["censored"]["unsent"], 700)
        self.assertGreater(report["censored"]["max_age_s"], 0.7)
        self.assertGreater(report["latency"]["percentiles"]["p99"], 5 * report["service"]["percentiles"]["p99"])
        self.assertEqual((report["client"]["verdict"], report["client"]["void"]), ("rate-missed", True))
        run = vastar("-z", "1s", "--rate", 1000, "-c", 10, "--strict", server.url)
        self.assertEqual(run.status, 3, run)
        if not HELD.search(run.out):
            self.assertIn("The server fell behind:", run.out)
        self.assertIn("that were due, but no connection was free", run.out)

    def test_arrivals_that_do_not_follow_the_law(self):
        """A server that takes one request every 5 ms makes the sends equally regular."""
        server = self.serve("--capacity", 1, "--service-time", "5ms")
        report = self.bench("-z", "1s", "--rate", 1000, "--arrivals", "poisson", "-c", 1, server.url)
        self.assertGreater(report["client"]["arrivals_departure"], 7.8)
        self.assertIn("not those of independent (Poisson) arrivals", " ".join(report["notes"]))
        run = vastar("-z", "1s", "--rate", 1000, "--arrivals", "poisson", "-c", 1, server.url)
        self.assertIn("Note: the gaps between sends", run.out)
        self.assertIsNone(self.bench("-z", "300ms", "--rate", 100, server.url)["client"]["arrivals_departure"])

    def test_rate_beyond_any_machine(self):
        """100 million per second: the report gives the rate reached, and says that the latencies say nothing about the
        requested rate, whether the server or the client was the limit."""
        server = self.serve()
        run = vastar("-z", "300ms", "--rate", "100M", "-c", 20, server.url)
        self.assertEqual(run.status, 0, run)
        self.assertRegex(run.out, r"Requests/sec: [0-9.]+\n")
        self.assertRegex(run.out, r"Not sent: +[0-9]+ that were due")
        self.assertRegex(run.out, r"Verdict: (rate-missed|client-limited) -- ")
        self.assertIn("so the latencies say nothing about this rate", " ".join(run.out.split()))
        report = self.bench("-z", "300ms", "--rate", "100M", "-c", 20, server.url)
        self.assertTrue(report["client"]["void"])
        self.assertEqual(report["summary"]["requests"] + report["censored"]["unsent"], 30_000_000)

    def test_slo_counts_unsent_requests(self):
        server = self.serve("--capacity", 1, "--service-time", "5ms")
        report = self.bench("-z", "500ms", "--rate", 1000, "-c", 10, "--slo-target", "p50=10s", server.url, status=3)
        self.assertFalse(report["slo"]["passed"])

    def test_stall(self):
        """The server stops for 0.5 s of 2 s at 1,000 requests per second: a quarter of the requests wait for up to half a
        second, and the percentiles show it. A closed loop would have seen eight slow responses."""
        server = self.serve()
        self.addCleanup(server.process.send_signal, signal.SIGCONT)
        process = start("-z", "2s", "--rate", 1000, "-c", 8, "-o", "json", server.url)
        wait_for(lambda: server.counts()["requests"] > 300, "the run is in progress")
        server.process.send_signal(signal.SIGSTOP)

        time.sleep(0.5)  # the length of the stall
        server.process.send_signal(signal.SIGCONT)
        report = self.report(finish(process))
        self.assertGreater(report["latency"]["percentiles"]["p90"], 0.2)
        self.assertLess(report["service"]["percentiles"]["p90"], 0.2)
        self.assertGreater(report["service"]["percentiles"]["p99.99"], 0.4)
        self.assertGreater(report["censored"]["backlog_max"], 300)

    def test_interrupted(self):
        server = self.serve()
        process = start("-z", "60s", "--rate", 1000, "-c", 5, "-o", "json", server.url)
        interrupt_after(process, lambda: server.counts()["requests"] > 200)
        run = finish(process)
        self.assertEqual(run.status, 130, run)
        report = self.report(run)
        self.assertEqual(server.counts()["requests"], report["summary"]["requests"])

    def test_disable_keepalive(self):
        server = self.serve()
        report = self.bench("-n", 200, "--rate", 1000, "-c", 20, "--disable-keepalive", server.url)
        self.assert_all(report, 200)

    def test_dead_target(self):
        run = vastar("-z", "300ms", "--rate", 100, "-c", 2, "http://127.0.0.1:1/")
        self.assertEqual(run.status, 1, run)

    def test_stages(self):
        """Each stage counts the requests due in it, including those answered in the next stage."""
        server = self.serve("--delay", "20ms")
        report = self.bench("--stages", "500:400ms,0:100ms,1000..200:500ms", "-c", 100, "-w", 2, server.url)
        due = [stage["responses"] + stage["errors"] + stage["unsent"] + stage["drain_aborted"] for stage in report["stages"]]
        self.assertEqual(due, [200, 0, 300])
        self.assertEqual([(stage["start_s"], stage["from"], stage["to"]) for stage in report["stages"]],
                         [(0, 500, 500), (0.4, 0, 0), (0.5, 1000, 200)])
        self.assertEqual(sum(stage["responses"] for stage in report["stages"]), report["summary"]["responses"])
        self.assertEqual(report["summary"]["total_s"], 1)
        self.assertEqual(report["params"]["duration_s"], 1)
        self.assertEqual(server.counts()["requests"], report["summary"]["requests"])
        run = vastar("--stages", "500:400ms,100:100ms", "-c", 100, server.url)
        self.assertRegex(run.out, r"(?m)^  500/s +400ms +200 +0 ")

    def test_ramp(self):
        """From 0 to 1,000 per second within one second: 500 requests."""
        server = self.serve()
        report = self.bench("--ramp", "0..1k:1s", "-c", 50, server.url)
        self.assertEqual(report["summary"]["requests"] + report["censored"]["unsent"], 500)
        self.assertEqual(report["params"]["stages"], [{"from": 0, "to": 1000, "duration_s": 1}])
        self.assertIsNone(report["params"]["rate"])

    def test_burst(self):
        """Twenty requests at once, answered after 30 ms, need twenty connections."""
        server = self.serve("--delay", "30ms")
        report = self.bench("--burst", "20:every 200ms", "-z", "1s", "-c", 20, server.url)
        self.assertEqual(report["summary"]["requests"] + report["censored"]["unsent"], 100)
        self.assertEqual(report["params"]["burst"], 20)
        self.assertEqual(server.counts()["connections"], 20)

    def test_burst_that_waits_for_connections(self):
        server = self.serve("--delay", "20ms")
        report = self.bench("--burst", "20:1s", "-n", 20, "-c", 5, server.url)
        self.assert_all(report, 20)
        self.assertGreaterEqual(report["censored"]["backlog_max"], 15)
        self.assertGreaterEqual(report["latency"]["percentiles"]["p99"], 0.06)

    def test_warm_up_of_an_open_loop(self):
        server = self.serve()
        report = self.bench("--rate", 1000, "--warmup", "300ms", "-z", "500ms", "-c", 20, server.url)
        self.assertEqual(report["summary"]["requests"] + report["censored"]["unsent"], 500)
        self.assertEqual(report["warmup"]["responses"], 300)
        self.assertEqual(server.counts()["requests"], 300 + report["summary"]["requests"])

    def test_warm_up_of_a_closed_loop(self):
        server = self.serve("--delay", "1ms")
        report = self.bench("--warmup", "200ms", "-n", 300, "-c", 4, server.url)
        self.assert_all(report, 300)
        self.assertGreater(report["warmup"]["responses"], 0)
        self.assertEqual(server.counts()["requests"], 300 + report["warmup"]["responses"])
        run = vastar("--warmup", "100ms", "-z", "200ms", "-c", 4, server.url)
        self.assertRegex(run.out, r"(?m)^  Warm-up: +100ms before, not counted here: \d+ responses, p50 ")

    def test_warm_up_excludes_slow_first_responses(self):
        """A request sent before the measured part does not count, even if it ends in it."""
        server = self.serve("--delay", "150ms")
        report = self.bench("--warmup", "100ms", "-z", "400ms", "-c", 3, server.url)
        self.assertEqual(report["warmup"]["responses"], 3)
        self.assertEqual(server.counts()["requests"], 3 + report["summary"]["requests"])

    def test_until_a_percentile_is_known(self):
        """With a fixed delay the median is known to 20 % as soon as there are enough blocks."""
        server = self.serve("--delay", "5ms")
        report = self.bench("--until", "p50±20%", "-c", 4, server.url)
        until = report["until"]
        self.assertTrue(until["reached"], report)
        self.assertEqual((until["percentile"], until["tolerance"]), ("p50", 0.2))
        self.assertLessEqual(until["high_s"], 1.2 * until["value_s"])
        self.assertGreaterEqual(until["low_s"], 0.8 * until["value_s"])
        self.assertGreaterEqual(report["summary"]["total_s"], 1.6)
        self.assertLess(report["summary"]["total_s"], 600)
        self.assertFalse(report["summary"]["interrupted"])
        run = vastar("--until", "p50+-20%", "-c", 4, server.url)
        self.assertRegex(run.out, r"(?m)^  Until: +p50 known to 20 %: [\d.]+[mun]?s, between ")

    def test_until_is_never_reached(self):
        """If ten percent fail, no percentile above 90 is known."""
        server = self.serve("--fault-share", 0.1)
        report = self.bench("--until", "p99+-50%", "--max-duration", "2s", "-c", 4, server.url)
        self.assertFalse(report["until"]["reached"], report["until"])
        self.assertIsNone(report["until"]["high_s"])
        self.assertEqual(report["summary"]["total_s"], 2)
        run = vastar("--until", "p99+-50%", "--max-duration", "300ms", "-c", 4, server.url)
        self.assertRegex(run.out, r"(?m)^  Until: +p99 NOT known to 50 %$")

    def test_interrupted_while_it_warms_up(self):
        server = self.serve("--delay", "1ms")
        process = start("--warmup", "60s", "-n", 300, "-c", 4, "-o", "json", server.url)
        interrupt_after(process, lambda: server.counts()["requests"] > 20)
        run = finish(process)
        self.assertEqual(run.status, 130, run)
        report = self.report(run)
        self.assertIn("during the warm-up", " ".join(report["notes"]))
        self.assertGreater(report["summary"]["total_s"], 0)
        self.assertGreater(report["summary"]["rps"], 0)
        self.assertEqual(server.counts()["requests"], report["summary"]["requests"])

    def test_dead_target_while_it_warms_up(self):
        run = vastar("--warmup", "10s", "-n", 10, "-c", 2, "http://127.0.0.1:1/")
        self.assertEqual(run.status, 1, run)
        self.assertIn("refused", run.err)

    def test_bad_input(self):
        for arguments, part in ((("--rate", "0"), "rate"), (("--rate", "-5"), "rate"), (("--rate", "many"), "rate"),
                                (("--rate", "1e9"), "rate"), (("--rate", "1000M"), "too many"),
                                (("--rate", "100", "-q", "5"), "-q"), (("--arrivals", "poisson"), "--rate"),
                                (("--rate", "100", "--arrivals", "bursty"), "bursty"),
                                (("--rate", "100", "--ramp", "1..2:1s"), "only one can be set"),
                                (("--ramp", "1k..50k:0s"), "--ramp"), (("--ramp", "1k:5s"), "--ramp"),
                                (("--ramp", "1k..2k:5s,5:1s"), "--ramp"), (("--stages", "1k:5s", "-z", "5s"), "-z"),
                                (("--stages", "1k:5s", "-n", "50"), "-n"), (("--stages", "1k"), "--stages"),
                                (("--stages", "1k:5s", "-q", "50"), "-q"), (("--stages", "0:5s"), "no request"),
                                (("--stages", "1:1000h,1:1h"), "too long"), (("--burst", "5"), "--burst"),
                                (("--burst", "5:1s", "--arrivals", "poisson"), "poisson"),
                                (("--until", "p99+-5%", "-n", "50"), "-n"), (("--until", "p99+-5%", "-z", "5s"), "-z"),
                                (("--until", "p99"), "--until"), (("--until", "mean+-5%"), "--until"),
                                (("--until", "p100+-5%"), "--until"), (("--until", "p0+-5%"), "--until"),
                                (("--until", "p99+-5"), "tolerance"), (("--until", "p99+-0%"), "tolerance"),
                                (("--until", "p99+-5%", "--ramp", "1..2:1s"), "--ramp"), (("--max-duration", "5s"), "--until"),
                                (("--warmup", "2000h"), "warm"), (("--warmup", "-1s"), "warm")):
            run = vastar(*arguments, "http://127.0.0.1:1/")
            self.assertEqual((run.status, run.out), (2, ""), run)
            self.assertRegex(run.err, r"^vastar: [^\n]+\n$")
            self.assertIn(part, run.err)


if __name__ == "__main__":
    main()
