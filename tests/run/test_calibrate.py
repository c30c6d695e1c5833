#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""vastar calibrate, and --calibration of a benchmark."""
import json
import os
import re
import signal
import socket

from harness import Case, finish, main, schema_errors, start, vastar, wait_for

QUICK = ("-z", "500ms", "--repeats", 1)  # long enough for a response on a busy machine


def servers_of(pid):
    """The child processes of a process."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class Calibrate(Case):
    def calibrated(self, *options):
        run = vastar("calibrate", "-o", "json", *QUICK, *options)
        self.assertEqual((run.status, run.err), (0, ""), run)
        report = json.loads(run.out)
        self.assertEqual(schema_errors(report, "calibration"), [], run)
        return report

    def test_rows(self):
        """1, 2, 4, ... workers up to the maximum, no row with more workers than connections. The best row is the ceiling."""
        report = self.calibrated("-w", 3, "--conc", "1,2,8")
        self.assertEqual([(row["workers"], row["concurrency"]) for row in report["rows"]],
                         [(1, 1), (1, 2), (1, 8), (2, 2), (2, 8), (3, 8)])
        best = max(report["rows"], key=lambda row: row["rps"])
        self.assertEqual(report["ceiling"], {key: best[key] for key in report["ceiling"]})
        self.assertEqual(report["params"], {"duration_s": 0.5, "repeats": 1})
        for row in report["rows"]:
            self.assertLessEqual(row["p50_s"], row["p99_s"])
            for side in ("cpu_per_request_s", "server_cpu_per_request_s"):
                self.assertGreater(row[side], 0)

    def test_as_many_workers_as_processors(self):
        processors = len(os.sched_getaffinity(0))
        report = self.calibrated("--conc", max(2, processors))
        fixed = [row["workers"] for row in report["rows"] if not row["follows_load"]]
        self.assertEqual(fixed[-1], processors)

    def test_rows_of_auto_workers(self):
        """Without -w, one row for each level with more than one connection."""
        rows = [row for row in self.calibrated("--conc", "1,2,8")["rows"] if row["follows_load"]]
        self.assertEqual([row["concurrency"] for row in rows], [2, 8])
        for row in rows:
            self.assertLessEqual(row["workers"], len(os.sched_getaffinity(0)))
        run = vastar("calibrate", *QUICK, "--conc", "2")
        self.assertRegex(run.out, r"(?m)^[ >]  auto \d +2 ")
        self.assertIn("auto: workers follow the load", run.out)

    def test_text(self):
        run = vastar("calibrate", *QUICK, "-w", 1, "--conc", "1,5")
        self.assertEqual((run.status, run.err), (0, ""), run)
        rows = re.findall(r"(?m)^[ >] +(\d+) +(\d+) +[\d,]+ +[\d.]+ +[\d.]+ +[\d.]+[mun]?s +[\d.]+[mun]?s$", run.out)
        self.assertEqual(rows, [("1", "1"), ("1", "5")], run)
        self.assertEqual(len(re.findall(r"(?m)^>", run.out)), 1)
        self.assertRegex(run.out, r"(?m)^Ceiling: [\d,]+ requests/s, with 1 worker at c = [15]$")

    def test_no_response_in_time(self):
        """If all responses come after the end of the run there is no rate: an error, not a row of zeros."""
        run = vastar("calibrate", "-z", "10ms", "--repeats", 1, "-w", 1, "--conc", 10000, "-o", "json")
        if run.status == 0:  # this machine is fast enough
            self.assertGreater(json.loads(run.out)["ceiling"]["rps"], 0)
        else:
            self.assertEqual((run.status, run.out), (1, ""), run)
            self.assertRegex(run.err, r"\Avastar: [^\n]+ \(.+\)\n\Z")

    def test_refused(self):
        for arguments, word in ((["--conc", "auto"], "--conc auto"), (["--conc", "0"], "--conc"), (["-o", "csv"], "-o json"),
                                (["-w", 0], "--workers"), (["-z", "1ms"], "--duration"), (["http://127.0.0.1/"], "takes none"),
                                (["--repeats", 0], "--repeats")):
            run = vastar("calibrate", *arguments)
            self.assertEqual((run.status, run.out), (2, ""), run)
            self.assertRegex(run.err, r"\Avastar: [^\n]+\n\Z")
            self.assertIn(word, run.err)

    def test_interrupted(self):
        """The finished rows are reported, and the servers are stopped."""
        process = start("calibrate", "-o", "json", "-w", 1, "--conc", "1,2", "-z", "60s")
        servers = wait_for(lambda: servers_of(process.pid), "the server runs")
        process.send_signal(signal.SIGINT)
        run = finish(process)
        self.assertEqual((run.status, run.out, run.err), (128 + signal.SIGINT, "", ""), run)
        self.assertFalse(any(map(is_running, servers)))

    def test_interrupted_after_a_row(self):
        levels = [1, 10, *range(100, 120)]
        process = start("calibrate", *QUICK, "-w", 1, "--conc", ",".join(map(str, levels)), "-o", "json")
        server = wait_for(lambda: servers_of(process.pid), "the server runs")[0]
        wait_for(lambda: process.poll() is not None or self.connections_of(server) > 50, "the third row is being measured")
        process.send_signal(signal.SIGINT)
        run = finish(process)
        self.assertEqual((run.status, run.err), (128 + signal.SIGINT, ""), run)
        report = json.loads(run.out)
        self.assertEqual(schema_errors(report, "calibration"), [])
        self.assertTrue(report["interrupted"])
        measured = [row["concurrency"] for row in report["rows"]]
        self.assertEqual(measured, levels[:len(measured)])
        self.assertTrue(2 <= len(measured) < len(levels), measured)

    def connections_of(self, pid):
        """Established connections to the port that this process listens on; 0 if it has ended."""
        own = set()
        try:
            with open(f"/proc/{pid}/net/tcp") as file:
                rows = [line.split() for line in file.readlines()[1:]]
            for name in os.listdir(f"/proc/{pid}/fd"):
                match = re.match(r"socket:\[(\d+)\]", os.readlink(f"/proc/{pid}/fd/{name}"))
                own.update(match.groups() if match else ())
        except OSError:
            return 0
        ports = {row[1] for row in rows if row[9] in own and row[3] == "0A"}
        return sum(row[1] in ports and row[3] == "01" for row in rows)

    def test_killed(self):
        """SIGKILL leaves no process behind."""
        process = start("calibrate", "-w", 3, "--conc", "8", "-z", "60s")
        servers = wait_for(lambda: (lambda all: len(all) == 3 and all)(servers_of(process.pid)), "three servers are there")
        process.kill()
        finish(process)
        wait_for(lambda: not any(map(is_running, servers)), "the servers have ended")


class Calibration(Case):
    """--calibration FILE of a benchmark."""
    @classmethod
    def setUpClass(cls):
        cls.calibrated = vastar("calibrate", "-o", "json", *QUICK, "-w", 1, "--conc", 4)

    def setUp(self):
        self.assertEqual(self.calibrated.status, 0, self.calibrated)
        self.host = json.loads(self.calibrated.out)

    def save(self, report):
        path = os.path.join(self.folder(), "host.json")
        with open(path, "w") as file:
            file.write(report if isinstance(report, str) else json.dumps(report))
        return path

    def test_share(self):
        self.host["rows"][0]["rps"] = 12345.0
        report = self.bench("--calibration", self.save(self.host), "-n", 100, "-c", 1, self.serve().url)
        self.assertEqual(report["client"]["ceiling_rps"], 12345)
        self.assertAlmostEqual(report["client"]["ceiling_share"], report["summary"]["rps"] / 12345)
        self.assertEqual(report["notes"], [])

    def test_highest_row_counts(self):
        self.host["rows"] = [{**self.host["rows"][0], "rps": rps, "workers": n, "concurrency": 10 * n}
                             for n, rps in enumerate((1000.0, 3000.0, 2000.0), 1)]
        path = self.save(self.host)
        run = vastar("--calibration", path, "-n", 100, "-c", 1, self.serve().url)
        self.assertEqual(run.status, 0, run)
        self.assertRegex(run.out, r"(?m)^  Ceiling:      [\d.e+]+ % of the 3,000 requests/s that this host reaches with 2 workers "
                         r"at c = 20$")

    def test_ndjson(self):
        run = vastar("--calibration", self.save(self.host), "-o", "ndjson", "-n", 100, "-c", 1, self.serve().url)
        self.assertIn("ceiling_share", json.loads(run.out.splitlines()[-1])["client"])

    def test_without_calibration(self):
        report = self.bench("-n", 10, "-c", 1, self.serve().url)
        self.assertNotIn("ceiling_share", report["client"])

    def test_no_responses(self):
        with socket.socket() as sock:  # bound, but not listening
            sock.bind(("127.0.0.1", 0))
            report = self.bench("--calibration", self.save(self.host), "-n", 1, "-c", 1,
                                f"http://127.0.0.1:{sock.getsockname()[1]}/", status=1)
        self.assertIn(report["client"]["ceiling_share"], (0, None))

    def test_another_machine(self):
        server = self.serve()
        for part, key, value, word in (("machine", "cpu_model", "Abacus 3000", "another processor (Abacus 3000)"),
                                       ("machine", "cpu_cores_usable", 4711, "4711 of them usable"),
                                       ("machine", "cpu_cores_logical", 4711, "4711 processors"),
                                       ("vastar", "kernel", "2.0.36", "another kernel (2.0.36)")):
            path = self.save({**self.host, part: {**self.host[part], key: value}})
            report = self.bench("--calibration", path, "-n", 10, "-c", 1, server.url)
            self.assertEqual(len(report["notes"]), 1, key)
            self.assertIn(word, report["notes"][0])
            run = vastar("--calibration", path, "-n", 10, "-c", 1, server.url)
            self.assertIn("Note: the calibration was made with", run.out)

    def test_no_calibration(self):
        """Refused before the first request, in one line."""
        server = self.serve()
        bench = self.bench("-n", 1, "-c", 1, server.url)
        counted = server.counts()["requests"]
        row = self.host["rows"][0]
        for wrong in ("", "[]", "{", bench, {**self.host, "kind": "sweep"}, {**self.host, "schema_version": "2.0"},
                      {**self.host, "rows": []}, {**self.host, "rows": 1}, {**self.host, "rows": [1]},
                      {**self.host, "rows": [{**row, "rps": 0}]}, {**self.host, "rows": [{**row, "rps": -1}]},
                      {**self.host, "rows": [{**row, "workers": "two"}]}):
            run = vastar("--calibration", self.save(wrong), "-n", 1, "-c", 1, server.url)
            self.assertEqual((run.status, run.out), (2, ""), run)
            self.assertRegex(run.err, r"\Avastar: --calibration [^\n]+ \(give a file that vastar calibrate -o json wrote\)\n\Z")
        self.assertEqual(server.counts()["requests"], counted)

    def test_no_file(self):
        run = vastar("--calibration", "/nowhere/host.json", "-n", 1, "http://127.0.0.1:1/")
        self.assertEqual((run.status, run.out), (1, ""), run)
        self.assertIn("cannot be opened", run.err)


if __name__ == "__main__":
    main()
