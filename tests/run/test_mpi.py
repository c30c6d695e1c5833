#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""vastar-mpi: one run of several ranks, on this machine."""
import bisect
import csv
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest
import urllib.request
from decimal import Decimal

from harness import LIMIT, judges_figures, main, wait_for
from saved import Saved

PROGRAM = os.environ.get("VASTAR_MPI_BIN", "vastar-mpi")
# Ranks share few processors, may be root's, and speak through memory.
MPIRUN = ["mpirun", "--oversubscribe", "--allow-run-as-root", "--bind-to", "none", "--mca", "btl", "self,vader",
          "--mca", "btl_vader_single_copy_mechanism", "none", "--mca", "plm_rsh_agent", "false"]
HOST = os.uname().nodename


@unittest.skipUnless(shutil.which("mpirun") and shutil.which(PROGRAM), "no mpirun")
class Mpi(Saved):
    def command(self, ranks, mpirun):
        return [*MPIRUN, *mpirun, "-np", str(ranks)]

    def start(self, ranks, *arguments, program=(PROGRAM,), mpirun=(), env=None):
        process = subprocess.Popen([*self.command(ranks, mpirun), *program, *map(str, arguments)], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env={**os.environ, **(env or {})})
        self.addCleanup(lambda: process.poll() is None and (process.kill(), process.communicate()))
        return process

    def finish(self, process):
        out, err = process.communicate(timeout=LIMIT)
        return process.returncode, out, err

    def mpi(self, ranks, *arguments, **more):
        """The report of a run, after the checks of every report."""
        path = self.path("mpi.json")
        status, out, err = self.finish(self.start(ranks, "--out", f"json={path}", *arguments, **more))
        self.assertEqual(status, 0, out + err)
        with open(path) as file:
            self.out = out
            text = file.read()
        report = json.loads(text)
        summary = report["summary"]
        self.assertEqual(summary["requests"], summary["responses"] + summary["errors"] + summary["drain_aborted"])
        self.assertEqual(sum(bucket["count"] for bucket in report["latency"]["histogram"]), summary["responses"])
        return report

    def requests_of_logs(self, report, path, ranks):
        """How many requests the log of each rank has. All together are the merged histogram, bucket for bucket."""
        times, counts = [], []
        for rank in range(ranks):
            with open(path.replace(".csv", f".{rank}.csv")) as file:
                rows = list(csv.DictReader(file))
            counts.append(len(rows))
            times += [round((Decimal(row["last_byte_s"]) - Decimal(row["sent_s"])) * 10**9) for row in rows]
        times.sort()
        self.assertEqual((times[0], times[-1]),
                         tuple(round(Decimal(str(report["summary"][key])) * 10**9) for key in ("fastest_s", "slowest_s")))
        below = 0
        for bucket in report["latency"]["histogram"]:
            below += bucket["count"]
            last = round(Decimal(str(bucket["to_s"])) * 10**9)  # the bucket includes it
            self.assertEqual(bisect.bisect_right(times, last), below, bucket)
        self.assertEqual(below, len(times))
        return counts

    def sentences(self, err):
        return [line for line in err.splitlines() if line.startswith("vastar: ")]


class Whole(Mpi):
    def test_two_three_and_four_ranks(self):
        for ranks, split in ((2, [50, 50]), (3, [34, 33, 33]), (4, [25, 25, 25, 25])):
            server = self.serve()
            report = self.mpi(ranks, "-c", 100, "-n", 1001, server.url)
            self.assertEqual(report["summary"]["requests"], 1001)
            self.assertEqual(server.counts()["requests"], 1001)
            self.assertEqual(report["params"]["concurrency"], 100)
            hosts = report["hosts"]
            self.assertEqual([host["connections"] for host in hosts], split)
            self.assertEqual([host["part"] for host in hosts], list(range(1, ranks + 1)))
            self.assertEqual({host["host"] for host in hosts}, {HOST})
            self.assertEqual(sum(host["responses"] for host in hosts), 1001)
            self.assertEqual(max(host["max_s"] for host in hosts), report["summary"]["slowest_s"])
            self.assertNotIn("note", report["merged"])
            self.assertEqual(self.out.count("Hosts:"), 1)
            self.assertNotIn("Merged from", self.out)

    def test_rate_is_the_sum(self):
        server = self.serve()
        report = self.mpi(3, "--rate", 600, "--arrivals", "poisson", "--seed", 3, "-z", "500ms", "-c", 30, server.url)
        whole = self.bench("--rate", 600, "--arrivals", "poisson", "--seed", 3, "-z", "500ms", "-c", 30, server.url)
        due = [each["summary"]["requests"] + each["censored"]["unsent"] for each in (report, whole)]
        self.assertEqual(due[0], due[1])  # the arrivals of one schedule
        self.assertEqual(report["params"]["rate"], 600)
        self.assertEqual(report["params"]["seed"], 3)
        self.assertEqual(report["service"]["histogram"] and sum(b["count"] for b in report["service"]["histogram"]),
                         report["summary"]["responses"])

    def test_one_rank_is_vastar(self):
        self.assertNotIn("hosts", self.mpi(1, "-c", 2, "-n", 10, self.serve().url))

    def test_targets_and_strict(self):
        url = self.serve().url
        for arguments, status in ((("--slo-target", "p99=10s"), 0), (("--slo-target", "p99=1ns"), 3)):
            code, out, err = self.finish(self.start(2, "-c", 2, "-n", 20, *arguments, url))
            self.assertEqual(code, status, out + err)
            self.assertIn("p99", out)

    def test_standard_output(self):
        code, out, err = self.finish(self.start(2, "-c", 2, "-n", 20, "-o", "json", self.serve().url))
        self.assertEqual((code, err), (0, ""), out)
        self.assertEqual(json.loads(out)["summary"]["requests"], 20)

    def test_slow_host(self):
        """What slows one rank shows in its row, and its verdict in that of all."""
        def slow(conversation):
            while conversation.request() is not None:
                time.sleep(0.05)
                conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        far, near = self.peer(slow), self.serve()
        shell = 'exec "$0" --connect-to "target:80:127.0.0.1:$([ "$OMPI_COMM_WORLD_RANK" = 1 ] && echo %d || echo %d)" "$@"'
        report = self.mpi(2, "-c", 4, "-n", 40, "http://target/",
                          program=("sh", "-c", shell % (far.port, near.port), shutil.which(PROGRAM)))
        hosts = report["hosts"]
        self.assertGreaterEqual(hosts[1]["p50_s"], 0.05)
        self.assertLess(hosts[0]["p50_s"], hosts[1]["p50_s"])


class Logs(Mpi):
    """Each rank writes the log of its own requests."""
    def test_all_requests_are_in_the_logs(self):
        server = self.serve()
        report = self.mpi(3, "-c", 6, "-n", 301, "--request-log", self.path("log.csv"), server.url)
        counts = self.requests_of_logs(report, self.path("log.csv"), 3)
        self.assertEqual(counts, [101, 100, 100])
        self.assertEqual(counts, [host["requests"] for host in report["hosts"]])
        self.assertFalse(os.path.exists(self.path("log.csv")))

    def test_a_log_that_cannot_be_opened(self):
        code, out, err = self.finish(self.start(2, "-n", 2, "-c", 2, "--request-log", "/nowhere/x", self.serve().url))
        self.assertEqual((code, out), (1, ""), err)
        said = self.sentences(err)
        self.assertEqual(len(said), 1, err)
        self.assertIn("/nowhere/x.", said[0])


class Repeats(Mpi):
    def test_repeats(self):
        server = self.serve()
        report = self.mpi(3, "-c", 6, "-n", 100, "--repeats", 3, server.url)
        self.assertEqual(server.counts()["requests"], 300)
        self.assertEqual(report["summary"]["responses"], 300)
        self.assertEqual(len(report["repeats"]), 3)
        hosts = report["hosts"]
        self.assertEqual([host["responses"] for host in hosts], [102, 99, 99])
        self.assertEqual(max(host["max_s"] for host in hosts), report["summary"]["slowest_s"])
        # The time of the whole is that of all three, and its rate is theirs.
        rates = [repeat["rps"] for repeat in report["repeats"]]
        self.assertGreaterEqual(report["summary"]["rps"], min(rates) * 0.999)
        self.assertLessEqual(report["summary"]["rps"], max(rates) * 1.001)
        self.assertNotIn("note", report["merged"])

    def test_an_interrupted_one_is_the_last(self):
        server = self.serve()
        process = self.start(2, "-c", 2, "--rate", 200, "-z", "60s", "--repeats", 5,
                             "--out", f"json={self.path('mpi.json')}", server.url)
        wait_for(lambda: server.counts()["requests"] > 100, "it runs")
        process.send_signal(signal.SIGINT)
        self.finish(process)
        with open(self.path("mpi.json")) as file:
            report = json.load(file)
        self.assertTrue(report["summary"]["interrupted"])
        self.assertNotIn("repeats", report)


class Metrics(Mpi):
    """Rank 0 shows what all ranks have counted."""
    def scrape(self, url):
        with urllib.request.urlopen(url, timeout=LIMIT) as response:
            text = response.read().decode()
        names = [match[1] for match in re.finditer(r"^(vastar_\w+)\{", text, re.MULTILINE)]
        values = [float(match[1]) for match in re.finditer(r"^vastar_\w+\{.*\} (\S+)$", text, re.MULTILINE)]
        return dict(zip(names, values, strict=True))  # every response has the same code

    def test_sum_of_all_ranks(self):
        server = self.serve()
        process = self.start(3, "-c", 6, "--rate", 300, "-z", "60s", "--metrics-listen", "127.0.0.1:0", server.url)
        url = re.search(r"http://\S+", process.stderr.readline())[0]
        # Rank 0 alone would have two connections and a third of the requests.
        seen = wait_for(lambda: (now := self.scrape(url)).get("vastar_open_connections") == 6
                        and now["vastar_responses_total"] > 100 and now, "metrics of all ranks")
        self.assertEqual(seen["vastar_target_requests_per_second"], 300)
        self.assertLessEqual(seen["vastar_responses_total"], server.counts()["requests"])
        later = wait_for(lambda: (now := self.scrape(url))["vastar_responses_total"] > seen["vastar_responses_total"] and now,
                         "they go on")
        # The workers go on while they are read, each connection by one response.
        self.assertAlmostEqual(later["vastar_service_time_seconds_count"], later["vastar_responses_total"], delta=6)
        process.send_signal(signal.SIGINT)
        _, out, err = self.finish(process)
        self.assertIn("INTERRUPTED", out)
        self.assertEqual(self.sentences(err), [])

    def test_the_last_ones_are_those_of_the_report(self):
        path = self.path("end.json")
        process = self.start(2, "-c", 4, "-n", 101, "--repeats", 2, "--metrics-listen", "127.0.0.1:0", "--metrics-linger", "60s",
                             "--out", f"json={path}", self.serve().url)
        url = re.search(r"http://\S+", process.stderr.readline())[0]
        wait_for(lambda: os.path.exists(path), "the report")
        seen = wait_for(lambda: (now := self.scrape(url))["vastar_responses_total"] == 202 and now, "the result")
        with open(path) as file:
            report = json.load(file)
        self.assertEqual(seen["vastar_responses_total"], report["summary"]["responses"])
        process.send_signal(signal.SIGINT)
        self.finish(process)


class Start(Mpi):
    def first_requests(self, *arguments, **more):
        """When the first request came on each connection."""
        seen, lock = [], threading.Lock()

        def script(conversation):
            first = True
            while conversation.request() is not None:
                if first:
                    with lock:
                        seen.append(time.monotonic())
                first = False
                conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        report = self.mpi(2, "-c", 4, "-n", 40, *arguments, self.peer(script).url, **more)
        self.assertEqual(len(seen), 4)
        return report, seen

    @judges_figures
    def test_clocks_that_differ(self):
        """The clock of the second rank is a minute ahead: it begins with the first one all the same."""
        report, seen = self.first_requests(env={"VASTAR_MPI_CLOCK_SHIFT": "60"})
        self.assertLess(max(seen) - min(seen), 30)
        first, second = report["hosts"]
        self.assertEqual((first["clock_offset_s"], first["clock_error_s"]), (0, 0))
        # Both have the same clock in truth, so the bound of the error can be checked.
        self.assertAlmostEqual(second["clock_offset_s"], 60, delta=second["clock_error_s"] + 1e-6)
        self.assertGreater(second["clock_error_s"], 0)
        # The instant was ahead of both when they heard of it.
        self.assertEqual([first["start_s"], second["start_s"]], [0, 0])

    def test_start_at(self):
        began = time.monotonic()
        _, seen = self.first_requests("--start-at", "+3s")
        self.assertGreaterEqual(min(seen) - began, 3)


class Trouble(Mpi):
    def refused_by_all(self, ranks, *arguments, word, status=2, **more):
        """One sentence, from rank 0."""
        code, out, err = self.finish(self.start(ranks, *arguments, **more))
        self.assertEqual((code, out), (status, ""), err)
        said = self.sentences(err)
        self.assertEqual(len(said), 1, err)
        self.assertIn(word, said[0])

    def test_sentences(self):
        url = "http://127.0.0.1:1/"
        self.refused_by_all(3, "-c", 2, "-n", 10, url, word="2 connections (-c) cannot be split into 3 parts")
        self.refused_by_all(3, "-n", 2, url, word="2 requests (-n) cannot be split into 3 parts")
        self.refused_by_all(2, "--nonsense", url, word="--nonsense")
        self.refused_by_all(2, "--share", "1/2", url, word="--share with vastar-mpi")
        self.refused_by_all(2, "sweep", url, word="sweep with vastar-mpi")
        self.refused_by_all(2, "--metrics-listen", "127.0.0.1:%d" % self.taken_port(), "-n", 2, "-c", 2, url, word="in use", status=1)
        self.refused_by_all(2, "--calibration", "x", url, word="--calibration with vastar-mpi")
        self.refused_by_all(2, "--repeats", 2, "--request-log", "x", url, word="--repeats and --request-log")
        self.refused_by_all(2, "--out", "json=/nowhere/x", "-n", 2, url, word="--out", status=1)

    def taken_port(self):
        taken = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(taken.close)
        return taken.getsockname()[1]

    def by_rank(self, one, other):
        """A program that is one thing on rank 1, and another one elsewhere."""
        return ("sh", "-c", f'if [ "$OMPI_COMM_WORLD_RANK" = 1 ]; then {one}; fi; {other}; exec "$0" "$@"', shutil.which(PROGRAM))

    def test_different_versions(self):
        self.refused_by_all(2, "-n", 10, "-c", 2, "http://127.0.0.1:1/", word=f"rank 1 on {HOST} is vastar 9.9.9",
                            program=self.by_rank("export VASTAR_MPI_VERSION=9.9.9", ":"))

    def test_host_that_cannot_reach_the_target(self):
        url = self.serve().url
        self.refused_by_all(2, "-n", 10, "-c", 2, url, status=1, word=f"{HOST} (rank 1): no connection could be opened",
                            program=self.by_rank('set -- --connect-to "::127.0.0.1:1" "$@"', ":"))

    def test_connects_that_vanish(self):
        """A host whose connects get no response does not hold up the others until --timeout."""
        deaf = socket.socket()
        self.addCleanup(deaf.close)
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        # With the backlog full, Linux drops each further SYN.
        full = [socket.socket() for _ in range(4)]
        for client in full:
            self.addCleanup(client.close)
            client.setblocking(False)
            client.connect_ex(deaf.getsockname())
        server = self.serve()
        began = time.monotonic()
        self.refused_by_all(2, "-n", 10, "-c", 2, "-t", "600s", server.url, status=1,
                            word=f"{HOST} (rank 1): no connection could be opened within 4 s",
                            program=self.by_rank('set -- --connect-to "::127.0.0.1:%d" "$@"' % deaf.getsockname()[1], ":"))
        self.assertLess(time.monotonic() - began, 300)
        self.assertEqual(server.counts()["requests"], 0)

    def test_nobody_can_reach_the_target(self):
        self.refused_by_all(2, "-n", 10, "-c", 2, "http://127.0.0.1:1/", status=1, word="no connection could be opened")

    def lives(self, process):
        """The processes of the ranks, once they run."""
        def found():
            listed = subprocess.run(["ps", "--ppid", str(process.pid), "-o", "pid=,args="], capture_output=True, text=True).stdout
            return [int(line.split()[0]) for line in listed.splitlines() if os.path.basename(PROGRAM) in line]
        return wait_for(lambda: len(found()) == 3 and found(), "three ranks")

    def running(self, *mpirun):
        server = self.serve()
        process = self.start(3, "-c", 6, "--rate", 300, "-z", "60s", "--out", f"json={self.path('mpi.json')}", server.url, mpirun=mpirun)
        ranks = self.lives(process)
        wait_for(lambda: server.counts()["requests"] > 100, "it runs")
        return process, ranks

    def lost(self, kind, *mpirun):
        process, ranks = self.running(*mpirun)
        began = time.monotonic()
        os.kill(ranks[-1], kind)
        status, _, err = self.finish(process)
        self.assertLess(time.monotonic() - began, 30)
        if not mpirun:  # it has its own idea of a status
            self.assertNotEqual(status, 0)
        self.assertEqual(len(self.sentences(err)), 1, err)
        self.assertRegex(self.sentences(err)[0], re.escape(HOST) + r" \(rank \d\): it has died or cannot be reached")
        with open(self.path("mpi.json")) as file:
            report = json.load(file)
        self.assertEqual(len(report["hosts"]), 2)
        self.assertIn("1 of 3 parts is missing", report["merged"]["note"])
        self.assertGreater(report["summary"]["responses"], 0)

    def test_rank_that_dies(self):
        self.lost(signal.SIGKILL)

    def test_rank_that_dies_and_mpirun_goes_on(self):
        self.lost(signal.SIGKILL, "--enable-recovery")

    def test_ranks_that_live_do_not_wait_for_one_that_hangs(self):
        """MPI would wait for it for ever where mpirun goes on."""
        def ended(pid):
            with open(f"/proc/{pid}/stat") as file:
                return file.read().rsplit(")", 1)[1].split()[0] == "Z"
        process, ranks = self.running("--enable-recovery")
        os.kill(process.pid, signal.SIGSTOP)  # it reaps nobody
        os.kill(ranks[-1], signal.SIGSTOP)
        try:
            wait_for(lambda: all(map(ended, ranks[:-1])), "the others have ended")
        finally:
            os.kill(ranks[-1], signal.SIGKILL)
            process.kill()

    def test_rank_that_hangs(self):
        self.lost(signal.SIGSTOP)

    def test_interrupted(self):
        process, _ = self.running()
        process.send_signal(signal.SIGINT)
        _, out, err = self.finish(process)
        self.assertIn("INTERRUPTED", out)
        self.assertEqual(self.sentences(err), [], err)
        with open(self.path("mpi.json")) as file:
            report = json.load(file)
        self.assertEqual(len(report["hosts"]), 3)
        self.assertTrue(report["summary"]["interrupted"])


if __name__ == "__main__":
    main()
