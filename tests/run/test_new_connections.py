#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""--new-connections: connections are replaced at a given rate, as the server counts them. Also run over TLS (meson.build)."""
import harness
from harness import vastar


class NewConnections(harness.Case):
    def run_against(self, server, connections, *options, rate=200, workers=1):
        before = server.counts()["connections"]
        report = self.bench("-k", "-z", "0.4s", "-c", connections, "-w", workers, "--new-connections", rate, *options, server.url)
        opened = server.counts()["connections"] - before
        summary = report["summary"]
        self.assertEqual((summary["errors"], summary["retried"], report["client"]["oddities"]["reconnect"]), (0, 0, 0))
        self.assertEqual(report["params"]["new_connections"], rate)
        self.assertEqual(opened, connections + summary["new_connections"])
        # On a busy machine too, every connection that was due is opened or counted as missed.
        due = summary["new_connections"] + summary["new_connections_missed"]
        self.assertLessEqual(abs(due - rate * summary["total_s"]), 1 + workers, summary)
        self.assertGreater(summary["new_connections"], 0)
        return report

    def test_as_the_server_counts_them(self):
        server = self.serve("-w", 1)
        for connections, options in ((4, {}), (1, {}), (4, {"workers": 2})):
            with self.subTest(connections=connections, options=options):
                self.run_against(server, connections, **options)
        for options in ("--rate", 500), ("-q", 100):
            with self.subTest(options=options):
                self.run_against(server, 4, *options)

    def test_between_two_requests(self):
        """A connection is replaced between two requests, even if a request takes long; otherwise it counts as missed."""
        server = self.serve("-w", 1, "--delay", "30ms")
        report = self.run_against(server, 2)
        self.assertGreater(report["summary"]["new_connections_missed"], 0)

    def test_handshakes(self):
        server = self.serve("-w", 1)
        if not server.secure:
            self.skipTest("without TLS")
        for options, resumed in (("--no-session-reuse",), False), ((), True):
            with self.subTest(options=options):
                tls = self.run_against(server, 2, *options)["tls"]
                self.assertEqual(tls["resumed"] > 0, resumed)

    def test_the_report(self):
        server = self.serve("-w", 1)
        run = vastar("-k", "-z", "0.2s", "-c", 2, "--new-connections", "6000/m", server.url)
        self.assertRegex(run.out, r"(?m)^  New conns/s:  \d+\.\d+")

    def test_refused(self):
        for options, why in ((("--disable-keepalive",), "--disable-keepalive"), (("--pipeline", 2), "--pipeline")):
            run = vastar("-z", "1s", "-c", 1, "--new-connections", 1, *options, "http://127.0.0.1:1/")
            self.assertEqual(run.status, 2, run)
            self.assertRegex(run.err, rf"\Avastar: --new-connections and {why}: [^\n]+\n\Z")
        for rate in "0.0000001", "1000000", "x":
            run = vastar("-z", "1s", "-c", 1, "--new-connections", rate, "http://127.0.0.1:1/")
            self.assertEqual(run.status, 2, run)
            self.assertIn("--new-connections", run.err)


if __name__ == "__main__":
    harness.main()
