#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""One run in parts: --share, --start-at, the merged report, and the files of tools/deploy."""
import csv
import datetime
import json
import math
import os
import re
import signal
import subprocess
import time

from harness import LIMIT, SOURCE, VASTAR, finish, main, start, vastar, wait_for
from saved import Saved

URL = "http://127.0.0.1:1/"
DEPLOY = os.path.join(SOURCE, "tools", "deploy")
LAUNCHERS = ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "PMI_RANK", "PMI_SIZE", "SLURM_PROCID", "SLURM_NTASKS",
             "JOB_COMPLETION_INDEX", "JOB_COMPLETIONS")
NO_LAUNCHER = {name: value for name, value in os.environ.items() if name not in LAUNCHERS}


def instant(seconds, zone=datetime.timezone.utc):
    """The time `seconds` from now."""
    return (datetime.datetime.now(zone) + datetime.timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def lead():
    """Seconds in which several programs are sure to have started, even on a busy machine."""
    began = time.monotonic()
    vastar("--version")
    return 1 + 5 * (time.monotonic() - began)


class Parts(Saved):
    def parts(self, count, *arguments, logs=False):
        """Runs all parts at once. Returns their reports, and the rows of their request logs."""
        start_at = instant(lead())
        paths = [self.path(f"part{i}.json") for i in range(1, count + 1)]
        logged = [self.path(f"part{i}.csv") for i in range(1, count + 1)]
        processes = []
        for i, (path, log) in enumerate(zip(paths, logged), 1):
            more = ("--request-log", log) if logs else ()
            processes.append(start("--share", f"{i}/{count}", "--start-at", start_at, "--out", f"json={path}", *more, *arguments))
        for process in processes:
            run = finish(process)
            self.assertEqual(run.status, 0, run)
        rows = []
        for log in logged if logs else ():
            with open(log, newline="") as file:
                rows += ({**row, "part": log} for row in csv.DictReader(file))
        reports = []
        for path in paths:
            with open(path) as file:
                reports.append(json.load(file))
        return paths, reports, rows


class Split(Parts):
    def test_connections_and_requests_add_up(self):
        server = self.serve()
        paths, reports, _ = self.parts(3, "-c", 100, "-n", 1000, server.url)
        self.assertEqual([report["params"]["concurrency"] for report in reports], [34, 33, 33])
        self.assertEqual([report["params"]["requests"] for report in reports], [334, 333, 333])
        self.assertEqual([report["params"]["share"] for report in reports],
                         [{"part": i, "of": 3, "concurrency": 100, "requests": 1000, "rate": None} for i in (1, 2, 3)])
        self.assertEqual(server.counts()["requests"], 1000)
        merged = self.merged(*paths)
        self.assertEqual(merged["summary"]["requests"], 1000)
        self.assertEqual(merged["params"]["concurrency"], 100)
        self.assertEqual(merged["params"]["requests"], 1000)
        self.assertNotIn("share", merged["params"])

    def due(self, rows):
        return sorted(float(row["due_s"]) for row in rows)

    def sent_by_all(self, rows):
        """Until when every part has sent what was due: on a busy machine the last ones remain unsent."""
        return min(max(self.due(row for row in rows if row["part"] == part)) for part in {row["part"] for row in rows})

    def test_one_schedule(self):
        """The requests of all parts are those of one run with the same seed."""
        server = self.serve()
        load = ("--rate", 600, "--arrivals", "poisson", "--seed", 7, "-z", "1s", "-c", 30)
        log = self.path("whole.csv")
        self.bench("--request-log", log, *load, server.url)
        with open(log, newline="") as file:
            whole = self.due(csv.DictReader(file))
        paths, reports, rows = self.parts(3, *load, server.url, logs=True)
        until = min(self.sent_by_all(rows), whole[-1])
        self.assertGreater(until, 0.25)
        self.assertEqual([at for at in self.due(rows) if at <= until], [at for at in whole if at <= until])
        self.assertEqual(self.merged(*paths)["params"]["rate"], 600)
        self.assertAlmostEqual(sum(report["params"]["rate"] for report in reports), 600)

    def test_constant_gaps_stay_even(self):
        server = self.serve()
        _, _, rows = self.parts(4, "--rate", 400, "-z", "1s", "-c", 40, server.url, logs=True)
        due = [at for at in self.due(rows) if at <= self.sent_by_all(rows)]
        self.assertGreater(len(due), 50)
        for i, at in enumerate(due):
            self.assertAlmostEqual(at, i / 400, places=6)

    def test_seed_is_the_same_unless_it_is_given(self):
        server = self.serve()
        _, reports, _ = self.parts(2, "--rate", 100, "--arrivals", "poisson", "-z", "50ms", "-c", 10, server.url)
        self.assertEqual([report["params"]["seed"] for report in reports], [1, 1])

    def test_percentiles_of_all_request_logs_together(self):
        server = self.serve("--delay-exp", "2ms")
        paths, _, rows = self.parts(3, "-c", 12, "-n", 900, server.url, logs=True)
        merged = self.merged(*paths)
        taken = [round(1e9 * (float(row["last_byte_s"]) - float(row["sent_s"]))) for row in rows]
        self.assertEqual(len(taken), 900)
        for bucket in merged["latency"]["histogram"]:
            low, high = round(bucket["from_s"] * 1e9), round(bucket["to_s"] * 1e9)
            self.assertEqual(sum(low <= ns <= high for ns in taken), bucket["count"], bucket)
        self.assertEqual(sum(bucket["count"] for bucket in merged["latency"]["histogram"]), 900)

    def test_load_that_changes(self):
        server = self.serve()
        paths, _, _ = self.parts(2, "--stages", "200:200ms,400:200ms", "-c", 20, server.url)
        merged = self.merged(*paths)
        self.assertEqual(merged["summary"]["requests"] + merged["censored"]["unsent"], 120)
        self.assertEqual([stage["from"] for stage in merged["params"]["stages"]], [200, 400])


class Merged(Parts):
    def setUp(self):
        super().setUp()
        self.paths, self.reports, _ = self.parts(3, "-c", 6, "-n", 60, self.serve().url)

    def test_table_of_the_hosts(self):
        merged = self.merged(self.paths[2], self.paths[0], self.paths[1])
        hosts = merged["hosts"]
        self.assertEqual([host["part"] for host in hosts], [1, 2, 3])
        for host, report in zip(hosts, self.reports, strict=True):
            self.assertEqual(host["host"], report["machine"]["host"])
            self.assertEqual(host["host"], os.uname().nodename)
            self.assertEqual(host["p99_s"], report["latency"]["percentiles"]["p99"])
            self.assertEqual(host["verdict"], report["client"]["verdict"])
            self.assertAlmostEqual(host["rps"], report["summary"]["rps"])
            self.assertAlmostEqual(host["cpu_busy"], max(report["client"]["cpu_busy"]))
        for output in ("text", "html", "markdown"):
            self.assertEqual(vastar("merge", "-o", output, *self.paths).out.count(os.uname().nodename), 3, output)

    def with_verdicts(self, *verdicts):
        paths = []
        for i, (report, verdict) in enumerate(zip(self.reports, verdicts), 1):
            report["client"].update(verdict=verdict, reason=f"because {i}" if verdict != "ok" else None)
            paths.append(self.save(f"judged{i}", report))
        return self.merged(*paths)["client"]

    def test_worst_verdict_counts(self):
        self.assertEqual(self.with_verdicts("ok", "ok", "ok")["verdict"], "ok")
        client = self.with_verdicts("ok", "rate-missed", "client-limited")
        self.assertEqual(client["verdict"], "client-limited")
        self.assertEqual(client["reason"], f"{os.uname().nodename} (part 3): because 3")
        self.assertEqual(self.with_verdicts("ok", "rate-missed", "ok")["verdict"], "rate-missed")

    def test_missing_part(self):
        merged = self.merged(self.paths[0], self.paths[2])
        self.assertIn("1 of 3 parts is missing (2)", merged["merged"]["note"])
        self.assertIn("1 of 3 parts is missing (2)", vastar("merge", self.paths[0], self.paths[2]).out)
        self.assertNotIn("note", self.merged(*self.paths)["merged"])

    def test_refused(self):
        self.refused("merge", self.paths[0], self.paths[1], self.paths[0], word="part 1 of 3")
        again = json.loads(json.dumps(self.reports[0]))
        again["started_at"] = "2026-03-01T00:00:00.000Z"
        self.refused("merge", self.paths[0], self.paths[1], self.save("again", again), word="part 1 of 3")
        self.refused("merge", *self.paths[1:], self.save("again", again), "--force", self.paths[0], word="part 1 of 3")
        other = json.loads(json.dumps(self.reports[1]))
        other["params"]["share"]["concurrency"] = 7
        self.refused("merge", self.paths[0], self.save("other", other), word="different runs")
        whole = self.save_measured("whole", "-n", 10, "-c", 1, self.serve().url)[0]
        self.refused("merge", "--force", self.paths[0], whole, word="only one of them is a part")

    def test_parts_at_different_times(self):
        self.reports[1]["started_at"] = "2026-03-01T00:00:00.000Z"
        self.reports[2]["started_at"] = "2026-03-02T00:00:00.000Z"
        merged = self.merged(*(self.save(f"then{i}", report) for i, report in enumerate(self.reports)))
        self.assertIn("did not run at the same time", merged["merged"]["note"])
        self.assertNotIn("repeats", merged)

    def test_single_part(self):
        self.assertEqual(self.merged(self.paths[1])["params"]["share"]["part"], 2)
        self.assertIn("part 2 of 3", vastar("merge", self.paths[1]).out)


class StartAt(Parts):
    def test_begins_to_send_at_that_time(self):
        """No request is sent before it, and the connections are open by then."""
        arrived = []

        def script(conversation):
            while conversation.request() is not None:
                arrived.append(time.time())
                conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        for load in ((), ("--rate", 1000), ("--warmup", "20ms", "--rate", 1000, "-z", "20ms")):
            arrived.clear()
            at = time.time() + lead()
            text = datetime.datetime.fromtimestamp(at, datetime.timezone(datetime.timedelta(hours=1))).isoformat()
            report = self.bench("--start-at", text, "-c", 4, *(load if "-z" in load else ("-n", 20, *load)), self.peer(script).url)
            self.assertEqual(report["summary"]["errors"], 0)
            self.assertEqual(report["summary"]["connections_open"], 4)
            self.assertGreaterEqual(min(arrived), at - 1e-3)
            began = datetime.datetime.fromisoformat(report["started_at"].replace("Z", "+00:00")).timestamp()
            self.assertAlmostEqual(began, at + (0.02 if "--warmup" in load else 0), delta=0.003)

    def test_late_connections(self):
        """The run begins when they are open, with a note."""
        report = self.bench("--start-at", "+1us", "-n", 1000, "-c", 1000, self.serve().url)
        self.assertRegex(report["notes"][0], r"sending began [0-9.]+ s after --start-at")

    def test_interrupted_while_it_waits(self):
        peer = self.peer(lambda conversation: conversation.request())
        process = start("--start-at", "+1h", "-c", 2, "-n", 10, "-o", "json", peer.url)
        wait_for(lambda: peer.connections == 2, "the connections are open")
        process.send_signal(signal.SIGINT)
        run = finish(process)
        self.assertEqual(run.status, 128 + signal.SIGINT, run)
        self.assertEqual(json.loads(run.out)["summary"]["requests"], 0)

    def test_times(self):
        for text, word in (("", "not a time"), ("12:00", "not a time"), ("2026-11-27", "not a time"),
                           ("2999-11-27T12:00:00", "not a time"), ("2999-11-27T12:00:00.Z", "not a time"),
                           ("2999-11-27T12:00:00+1:00", "not a time"), ("2999-11-27T12:00:00+01:00x", "not a time"),
                           ("+", "not a time"), ("+x", "not a time"), ("++1s", "not a time"),
                           ("2020-11-27T12:00:00Z", "s ago"), ("2100-11-27T12:00:00Z", "too far away"),
                           ("+1000h", None)):
            if word:
                self.refused("--start-at", text, URL, word=word)
        self.refused("--start-at", "+1s", "--repeats", 2, URL, word="--repeats")


class Wrong(Saved):
    def test_sentences(self):
        for text in ("", "0/3", "4/3", "1", "x", "1/x", "autox"):
            self.refused("--share", text, URL, word="--share")
        self.refused("--share", "2/3", "-c", 2, "-n", 100, URL, word="2 connections (-c) cannot be split into 3 parts")
        self.refused("--share", "2/3", "-n", 2, URL, word="2 requests (-n) cannot be split into 3 parts")
        self.refused("--share", "1/2", "--repeats", 3, URL, word="--repeats")
        self.refused("--share", "1/2", "--until", "p99+-5%", URL, word="--until")

    def auto(self, **environment):
        process = subprocess.run([VASTAR, "--share", "auto", "-n", "9", "-o", "json", self.url], text=True, timeout=LIMIT,
                                 capture_output=True, env={**NO_LAUNCHER, **environment})
        return process.returncode, process.stdout, process.stderr

    def test_environment(self):
        self.url = self.serve().url
        for environment, part in (
                (dict(SLURM_PROCID="1", SLURM_NTASKS="3"), 2), (dict(PMI_RANK="0", PMI_SIZE="3"), 1),
                (dict(OMPI_COMM_WORLD_RANK="2", OMPI_COMM_WORLD_SIZE="3"), 3),
                (dict(JOB_COMPLETION_INDEX="1", JOB_COMPLETIONS="3"), 2),
                (dict(OMPI_COMM_WORLD_RANK="2", OMPI_COMM_WORLD_SIZE="3", SLURM_PROCID="0", SLURM_NTASKS="1"), 3)):
            status, out, err = self.auto(**environment)
            self.assertEqual((status, err), (0, ""))
            share = json.loads(out)["params"]["share"]
            self.assertEqual((share["part"], share["of"]), (part, 3))
        for environment, word in ((dict(), "no launcher"), (dict(JOB_COMPLETION_INDEX="1"), "JOB_COMPLETIONS is missing"),
                                  (dict(PMI_RANK="3", PMI_SIZE="3"), "PMI_RANK=3"),
                                  (dict(PMI_RANK="x", PMI_SIZE="3"), "PMI_RANK=x")):
            status, out, err = self.auto(**environment)
            self.assertEqual((status, out), (2, ""))
            self.assertRegex(err, r"\Avastar: [^\n]+\n\Z")
            self.assertIn(word, err)

    def test_one_task_is_the_whole(self):
        self.url = self.serve().url
        status, out, _ = self.auto(SLURM_PROCID="0", SLURM_NTASKS="1")
        self.assertEqual(status, 0)
        self.assertNotIn("share", json.loads(out)["params"])


STUB_SSH = """#!/bin/bash
# ssh -n -o OPTION HOST COMMAND
shift 3
shift
exec bash -c "$*"
"""
STUB_SRUN = """#!/bin/bash
# Starts three tasks, as srun does on three nodes.
output=${1#--output=}
shift
for i in 0 1 2; do
	SLURM_PROCID=$i SLURM_NTASKS=3 "$@" >"${output/\\%t/$i}" &
done
wait
"""


class Deploy(Saved):
    """The files of tools/deploy, with stand-ins for ssh and srun."""

    def setUp(self):
        super().setUp()
        os.symlink(os.path.abspath(VASTAR), self.path("vastar"))
        for name, text in (("ssh", STUB_SSH), ("srun", STUB_SRUN)):
            with open(self.path(name), "w") as file:
                file.write(text)
            os.chmod(self.path(name), 0o755)

    def run_script(self, *command):
        return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=LIMIT, cwd=self.files,
                              env={**NO_LAUNCHER, "PATH": self.files + ":" + os.environ["PATH"], "LEAD": str(math.ceil(1 + lead()))})

    def test_ssh(self):
        server = self.serve()
        run = self.run_script(os.path.join(DEPLOY, "ssh-run"), "one", "two", "three", "--", "-c", 10, "-n", 100, "-H", "X: a b",
                              server.url)
        self.assertEqual((run.returncode, run.stderr), (0, ""), run)
        self.assertRegex(run.stdout, r"Merged from 3 runs")
        self.assertRegex(run.stdout, r"\[200\] 100 responses")

    def test_ssh_to_a_host_that_fails(self):
        run = self.run_script(os.path.join(DEPLOY, "ssh-run"), "one", "two", "--", "-c", 1, "-n", 100, URL)
        self.assertEqual(run.returncode, 2)
        self.assertIn("ssh-run: one: vastar ended with status 2", run.stderr)
        self.assertEqual(self.run_script(os.path.join(DEPLOY, "ssh-run"), "one").returncode, 2)

    def test_slurm(self):
        run = self.run_script(os.path.join(DEPLOY, "run.sbatch"), "-c", 10, "-n", 100, self.serve().url)
        self.assertEqual((run.returncode, run.stderr), (0, ""), run)
        self.assertRegex(run.stdout, r"\[200\] 100 responses")

    def test_kubernetes(self):
        """The command of the manifest, run like the pods of the Job."""
        try:
            import yaml
        except ImportError:
            self.skipTest("no python3-yaml")
        with open(os.path.join(DEPLOY, "job.yaml")) as file:
            job = yaml.safe_load(file)
        spec = job["spec"]
        container = spec["template"]["spec"]["containers"][0]
        environment = {entry["name"]: entry["value"] for entry in container["env"]}
        self.assertEqual(spec["completionMode"], "Indexed")
        self.assertEqual(environment["JOB_COMPLETIONS"], str(spec["completions"]))
        self.assertEqual(spec["parallelism"], spec["completions"])
        url, paths, processes = self.serve().url, [], []
        command = [re.sub(r"^--duration=.*", "--duration=200ms", re.sub(r"^--start-at=.*", "--start-at=+1s", word))
                   for word in container["command"][:-1]]
        self.assertEqual(container["command"][-1], "http://target:8080/")
        self.assertEqual(command[0], "vastar")
        for i in range(spec["completions"]):
            processes.append(start(*command[1:], url, env={**environment, "JOB_COMPLETION_INDEX": str(i)}))
        for i, process in enumerate(processes):
            run = finish(process)
            self.assertEqual(run.status, 0, run)
            paths.append(self.save(f"pod{i}", run.out))
        merged = self.merged(*paths)
        self.assertEqual([host["part"] for host in merged["hosts"]], [1, 2, 3, 4])
        self.assertEqual(merged["params"]["concurrency"], 1000)


if __name__ == "__main__":
    main()
