#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""vastar gets less processor time than it needs: because of a control group, or of other programs."""
import contextlib
import json
import os
import subprocess
import sys
import tempfile

from harness import Case, HELD, finish, main, start, vastar

ROOT = "/sys/fs/cgroup"
QUOTA = 0.1


class ControlGroup:
    """A new control group of either version, with a limit. Raises OSError with the reasons if none can be made."""

    def __init__(self, case, quota):
        self.folder = None
        reasons = []
        for make in (self.version_1, self.version_2):
            try:
                make(case, quota)
                return
            except OSError as error:
                reasons.append(str(error))
        raise OSError("no control group can be made: " + "; ".join(reasons))

    def new_folder(self, case, parent):
        self.folder = tempfile.mkdtemp(prefix="vastar-test-", dir=parent)
        case.addCleanup(os.rmdir, self.folder)

    def version_1(self, case, quota):
        with open("/proc/self/cgroup") as file:
            rows = [line.rstrip("\n").split(":", 2) for line in file]
        own = [row[2] for row in rows if "cpu" in row[1].split(",")]
        with open("/proc/self/mountinfo") as file:
            mounts = [line.split(" - ") for line in file]
        tops = [left.split()[4] for left, right in mounts
                if right.split()[0] == "cgroup" and "cpu" in right.split()[2].split(",")]
        if not own:
            raise OSError("no controller of version 1")
        if not tops:
            tops = [tempfile.mkdtemp(prefix="vastar-cgroup-")]
            case.addCleanup(os.rmdir, tops[0])
            made = subprocess.run(["mount", "-t", "cgroup", "-o", "cpu", "cgroup", tops[0]], capture_output=True, text=True)
            if made.returncode:
                raise OSError(f"it cannot be mounted: {made.stderr.strip()}")
            case.addCleanup(subprocess.run, ["umount", tops[0]], check=True)
        self.new_folder(case, tops[0] + own[0] if os.path.isdir(tops[0] + own[0]) else tops[0])
        self.write("cpu.cfs_period_us", 100000)
        self.write("cpu.cfs_quota_us", int(quota * 100000))

    def version_2(self, case, quota):
        parent = ROOT
        with open("/proc/self/cgroup") as file:
            own = [line.rstrip("\n")[3:] for line in file if line.startswith("0::")]
        if not os.path.exists(os.path.join(ROOT, "cgroup.controllers")) or not own:
            raise OSError("version 2 is not mounted")
        with open(os.path.join(parent, "cgroup.subtree_control")) as file:
            if "cpu" not in file.read().split():
                raise OSError("its top does not hand out processors")
        self.new_folder(case, parent)
        self.write("cpu.max", f"{int(quota * 100000)} 100000")

    def write(self, name, value):
        with open(os.path.join(self.folder, name), "w") as file:
            file.write(str(value))

    def enter(self):
        self.write("cgroup.procs", os.getpid())


class Pressure(Case):
    def group(self, quota):
        try:
            return ControlGroup(self, quota)
        except OSError as error:
            self.skipTest(str(error))

    def within(self, group, *arguments):
        return finish(start(*arguments, preexec_fn=group.enter))

    def one_processor(self):
        return min(os.sched_getaffinity(0))

    @contextlib.contextmanager
    def busy(self, cpu):
        """Another program that never sleeps, on processor `cpu`."""
        code = f"import os, sys\nos.sched_setaffinity(0, [{cpu}])\nprint(flush=True)\nwhile os.getppid() == {os.getpid()}: pass"
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        try:
            process.stdout.readline()
            yield
        finally:
            process.kill()
            process.communicate()

    def test_control_group_that_allows_too_little(self):
        """vastar uses all that the limit allows: 10 % of a processor does not mean that it has room."""
        server = self.serve()
        report = self.undisturbed(
            lambda: self.report(self.within(self.group(QUOTA), "-o", "json", "-c", 50, "-z", "1500ms", server.url)))
        client = report["client"]
        self.assertEqual(report["machine"]["cpu_quota"], QUOTA)
        self.assertEqual(report["machine"]["cpu_cores_usable"], 1)
        self.assertEqual(client["verdict"], "client-limited", client)
        self.assertRegex(client["reason"], r"the control group allows 0\.1 processors and held vastar back \d+ % of the time: "
                                           "raise its CPU limit")
        self.assertGreater(client["throttled"], 0)
        # Programs beside it take some of the processors away before the limit does.
        self.assertGreater(sum(client[key] or 0 for key in ("throttled", "run_delay", "stolen")), 0.15)
        self.assertLess(max(client["cpu_busy"]), 0.6)
        insight = report["insight"][-1]
        self.assertEqual((insight["metric"], insight["severity"]), ("client_busy", "critical"))
        self.assertNotIn("not the limit", insight["text"])

    def test_control_group_with_a_schedule(self):
        """Unread responses keep the connections busy: that is not the server's fault."""
        server = self.serve()
        report = self.undisturbed(lambda: self.report(self.within(
            self.group(0.05), "-o", "json", "-c", 10, "--rate", 20000, "-z", "1500ms", server.url)))
        self.assertEqual(report["client"]["verdict"], "client-limited", report["client"])
        self.assertIn("the control group allows 0.05 processors", report["client"]["reason"])

    def test_control_group_with_room(self):
        server = self.serve("--delay", "5ms")
        report = self.undisturbed(
            lambda: self.report(self.within(self.group(0.9), "-o", "json", "-c", 2, "-n", 200, server.url)))
        self.assertEqual(report["machine"]["cpu_quota"], 0.9)
        self.assertEqual(report["client"]["throttled"], 0, report["client"])
        self.assertEqual(report["client"]["verdict"], "ok", report["client"])

    def test_workers_follow_the_limit(self):
        server = self.serve()
        few, many = (self.report(self.within(self.group(quota), "-o", "json", "-c", 2000, "-n", 2000, server.url))
                     for quota in (1, 4000))
        self.assertEqual(few["params"]["workers"], 1)
        self.assertEqual(many["params"]["workers"], min(len(os.sched_getaffinity(0)), 2000 // 128))

    def test_sweep_in_a_control_group(self):
        server = self.serve()
        run = self.within(self.group(QUOTA), "sweep", "--conc", "10,20", "-z", "700ms", "-o", "json", server.url)
        notes = "\n".join(json.loads(run.out)["notes"])
        self.assertIn("vastar itself was held back, so the knee may be its own: c = ", notes, run)
        if not HELD.search(notes):  # by programs beside it
            self.assertIn("the control group allows 0.1 processors", notes, run)

    def test_another_program_on_the_same_processor(self):
        """Preempted for about half of the time, for milliseconds at a time, with a response due every 20 us."""
        server = self.serve()
        cpu = self.one_processor()
        with self.busy(cpu):
            report = self.bench("-c", 50, "-z", "1500ms", server.url, preexec_fn=lambda: os.sched_setaffinity(0, [cpu]))
        client = report["client"]
        if client["run_delay"] is None:
            self.skipTest("this kernel does not count how long a thread waits for a processor")
        self.assertEqual(client["verdict"], "client-limited", client)
        self.assertIn("had to wait for a processor", client["reason"])
        self.assertGreater(client["run_delay"], 0.1)

    def test_slow_server(self):
        server = self.serve("--delay", "5ms")
        report = self.undisturbed(lambda: self.bench("-c", 20, "-n", 2000, server.url))
        client = report["client"]
        self.assertEqual((client["verdict"], client["reason"]), ("ok", None), client)

    def test_files_without_these_fields(self):
        """Files of an older vastar: missing fields are null."""
        server = self.serve()
        report = self.bench("-n", 100, server.url)
        for key in ("throttled", "stolen", "run_delay"):
            del report["client"][key]
        del report["machine"]["cpu_quota"]
        path = os.path.join(self.folder(), "old.json")
        with open(path, "w") as file:
            json.dump(report, file)
        again = self.report(vastar("merge", "-o", "json", path))
        self.assertEqual([again["client"][key] for key in ("throttled", "stolen", "run_delay")], [None] * 3)


if __name__ == "__main__":
    main()
