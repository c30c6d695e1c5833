#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The open loop: requests on a schedule, latency from it, and nothing that was due forgotten."""
import signal
import time

from harness import Case, interrupt_after, main, start, finish, vastar, wait_for


class Open(Case):
    def test_constant_rate(self):
        """A thousand a second for a second: a thousand requests, to the one."""
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

    def test_seed_decides_how_many(self):
        server = self.serve()
        counts = []
        for seed in (1, 1, 2):
            report = self.bench("-z", "500ms", "--rate", 1000, "--arrivals", "poisson", "--seed", seed, "-c", 50, server.url)
            counts.append(report["summary"]["requests"] + report["censored"]["unsent"])
            self.assertEqual(report["params"]["seed"], seed)
        self.assertEqual(counts[0], counts[1])
        self.assertNotEqual(counts[0], counts[2])

    def test_server_that_falls_behind(self):
        """One slot of 5 ms takes 200 a second of the 1000 that are due: the response time grows by 0.8 s a second, the
        service time stays that of ten in the queue, and what was not sent is counted."""
        server = self.serve("--capacity", 1, "--service-time", "5ms")
        report = self.bench("-z", "1s", "--rate", 1000, "-c", 10, server.url)
        self.assertEqual(report["summary"]["requests"] + report["censored"]["unsent"], 1000)
        self.assertGreater(report["censored"]["unsent"], 700)
        self.assertGreater(report["censored"]["max_age_s"], 0.7)
        self.assertGreater(report["latency"]["percentiles"]["p99"], 5 * report["service"]["percentiles"]["p99"])
        self.assertEqual((report["client"]["verdict"], report["client"]["void"]), ("rate-missed", True))
        run = vastar("-z", "1s", "--rate", 1000, "-c", 10, server.url)
        self.assertIn("The server fell behind:", run.out)
        self.assertIn("that were due and found no free connection", run.out)

    def test_more_than_any_machine(self):
        """100 million a second: what was reached is told, and that latencies say nothing about the rate, whoever was the
        limit."""
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

    def test_slo_counts_what_was_not_sent(self):
        server = self.serve("--capacity", 1, "--service-time", "5ms")
        report = self.bench("-z", "500ms", "--rate", 1000, "-c", 10, "--slo-target", "p50=10s", server.url, status=3)
        self.assertFalse(report["slo"]["passed"])

    def test_stall(self):
        """Stopped for 0.5 s of 2 s at 1000 a second: nearest-rank percentiles of the response time are those of a quarter
        of the requests that waited for up to half a second; a closed loop would have seen eight slow answers."""
        server = self.serve()
        self.addCleanup(server.process.send_signal, signal.SIGCONT)
        process = start("-z", "2s", "--rate", 1000, "-c", 8, "-o", "json", server.url)
        wait_for(lambda: server.counts()["requests"] > 300, "the run is under way")
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

    def test_bad_input(self):
        for arguments, part in ((("--rate", "0"), "rate"), (("--rate", "-5"), "rate"), (("--rate", "many"), "rate"),
                                (("--rate", "1e9"), "rate"), (("--rate", "1000M"), "too many"),
                                (("--rate", "100", "-q", "5"), "-q"), (("--arrivals", "poisson"), "--rate"),
                                (("--rate", "100", "--arrivals", "bursty"), "bursty")):
            run = vastar(*arguments, "http://127.0.0.1:1/")
            self.assertEqual((run.status, run.out), (2, ""), run)
            self.assertRegex(run.err, r"^vastar: [^\n]+\n$")
            self.assertIn(part, run.err)


if __name__ == "__main__":
    main()
