#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""A short run with several workers against the embedded server, for thread sanitizers and old kernels."""
from harness import Case, main, vastar


class Smoke(Case):
    def test_counts_agree(self):
        server = self.serve("--workers", 2)
        report = self.bench("-n", 5000, "-c", 300, "-w", 2, server.url)
        self.assert_all(report, 5000)
        counts = server.counts()
        self.assertEqual(counts["requests"], 5000)
        self.assertEqual(counts["status"], {"200": 5000})
        self.assertEqual(counts["connections"], 300)
        self.assertEqual(report["summary"]["bytes"], 5000 * 13)

    def test_duration_and_text_report(self):
        server = self.serve()
        run = vastar("-z", "500ms", "-c", 20, "-w", 2, server.url)
        self.assertEqual(run.status, 0, run)
        for heading in ("Summary:", "Response time distribution:", "Response time histogram", "SLO:",
                        "Status code distribution:", "Details", "Insight:"):
            self.assertIn(heading, run.out)
        self.assertIn(f"[200] {server.counts()['requests']} responses", run.out)
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    main()
