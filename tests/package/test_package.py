#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Packages, installation, and the GitHub workflow and action: runs each shell step exactly as in its file.

The steps of the workflow run in order in a copy of the tree; the other tests use what they leave there. Only .ci/run is
not run here, since it runs this test.
"""
import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import harness
from harness import SOURCE

try:
    import yaml
except ImportError:
    yaml = None

WORKFLOW = ".github/workflows/ci.yml"
ACTION = ".github/actions/vastar/action.yml"
VERSION = re.search(r"version: '([^']+)'", open(os.path.join(SOURCE, "meson.build")).read()).group(1)
IS_ROOT = os.geteuid() == 0


def read_yaml(path):
    with open(os.path.join(SOURCE, path)) as file:
        return yaml.safe_load(file)


def execute(*command, **settings):
    return subprocess.run(command, capture_output=True, text=True, timeout=1500, stdin=subprocess.DEVNULL, **settings)


class Step:
    """The environment of a step on a runner: variables, files to write to, and the shell with its options."""

    def __init__(self, folder, environment):
        self.folder = folder
        self.environment = dict(os.environ, RUNNER_TEMP=folder, **environment)
        for name in ("GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
            self.environment[name] = os.path.join(folder, name)
            open(self.environment[name], "w").close()

    def read(self, name):
        with open(self.environment[name]) as file:
            return file.read()

    def run(self, script, cwd, environment=None):
        path = self.read("GITHUB_PATH").split() + [self.environment["PATH"]]
        # As documented for `shell: bash` of the runner.
        return execute("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script, cwd=cwd,
                       env=dict(self.environment, PATH=":".join(path), **(environment or {})))


@unittest.skipUnless(yaml, "needs python3-yaml")
class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.addClassCleanup(cls.stack.close)
        cls.tree = cls.stack.enter_context(tempfile.TemporaryDirectory())
        cls.temp = cls.stack.enter_context(tempfile.TemporaryDirectory())
        files = execute("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=SOURCE)
        if files.returncode:
            raise unittest.SkipTest("needs a checkout")
        for name in filter(None, files.stdout.split("\0")):
            if os.path.isfile(os.path.join(SOURCE, name)):
                os.makedirs(os.path.join(cls.tree, os.path.dirname(name)), exist_ok=True)
                shutil.copy(os.path.join(SOURCE, name), os.path.join(cls.tree, name), follow_symlinks=False)
        cls.step = Step(cls.temp, {})
        cls.server = None
        cls.output = {}
        for step in read_yaml(WORKFLOW)["jobs"]["packages"]["steps"]:
            if "run" not in step or "8080" in step["run"]:
                continue
            run = cls.step.run(step["run"], cls.tree)
            if run.returncode:
                raise AssertionError(f"{step['name']}: {run.stdout}{run.stderr}")
        cls.dist = os.path.join(cls.tree, "dist")

    def file(self, pattern):
        names = [name for name in os.listdir(self.dist) if re.fullmatch(pattern, name)]
        self.assertEqual(len(names), 1, os.listdir(self.dist))
        return os.path.join(self.dist, names[0])

    def deb(self):
        return self.file(rf"vastar_{re.escape(VERSION)}-1_\w+\.deb")

    def tarball(self):
        return self.file(rf"vastar-{re.escape(VERSION)}-linux-\w+\.tar\.gz")

    def folder(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return folder.name

    def install(self, *arguments, status=0):
        prefix = os.path.join(self.folder(), "a prefix")
        run = execute(os.path.join(self.tree, "tools/install"), "--prefix", prefix, *arguments)
        self.assertEqual(run.returncode, status, run.stdout + run.stderr)
        return prefix, run

    def serve(self, program, *arguments, where=()):
        """Starts the server of an installed program, and returns its URL."""
        process = subprocess.Popen([*where, program, "serve", *arguments, "127.0.0.1:0"], stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        for line in process.stdout:
            found = re.search(r"https?://[\d.:]+", line)
            if found:
                return found.group()
        self.fail("the server did not start")

    # ---- the Debian package ----

    @unittest.skipUnless(shutil.which("lintian"), "needs lintian")
    def test_lintian_finds_no_error(self):
        run = execute("lintian", "--fail-on", "error", "--allow-root", self.deb())
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_contents_of_the_package(self):
        names = execute("dpkg-deb", "--contents", self.deb()).stdout
        for name in ("usr/bin/vastar", "usr/include/vastar/vastar.h", "usr/share/man/man1/vastar.1.gz",
                     "usr/share/bash-completion/completions/vastar", "usr/share/zsh/vendor-completions/_vastar",
                     "usr/share/fish/vendor_completions.d/vastar.fish", "usr/share/vastar/bench.schema.json",
                     "usr/share/doc/vastar/copyright"):
            self.assertRegex(names, rf"\./{re.escape(name)}\n")
        self.assertRegex(names, r"/libvastar\.so\.0 -> ")

    @unittest.skipUnless(IS_ROOT and shutil.which("mmdebstrap"), "needs root and mmdebstrap")
    def test_package_in_a_bare_system(self):
        script = ("vastar serve 127.0.0.1:0 >/log & "
                  "until url=$(grep -o \"http://[0-9.:]*\" /log); do sleep 0.1; done; "
                  "vastar -n 100 -c 10 -o json \"$url\" >/report; status=$?; kill $!; exit $status")
        run = execute("mmdebstrap", "--mode=root", "--variant=apt", "--quiet",
                      f"--customize-hook=copy-in {self.deb()} /",
                      "--customize-hook=chroot \"$1\" sh -c 'apt-get install -y -qq --no-install-recommends /*.deb >/dev/null 2>&1'",
                      f"--customize-hook=chroot \"$1\" sh -c '{script}'",
                      f"--customize-hook=copy-out /report {self.temp}", "bookworm", "/dev/null")
        if "Failed to fetch" in run.stderr or "Temporary failure" in run.stderr:
            self.skipTest("no mirror of Debian can be reached")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        with open(os.path.join(self.temp, "report")) as file:
            self.assertEqual(json.load(file)["summary"]["responses"], 100)

    # ---- the static program ----

    @unittest.skipUnless(IS_ROOT, "needs root for chroot")
    def test_static_program_in_an_empty_chroot(self):
        prefix, _ = self.install(self.tarball())
        root = self.folder()
        shutil.copy(os.path.join(prefix, "bin/vastar"), root)
        where = ("chroot", root)
        for arguments, options in (((), ()), (("--tls", "--cert-out", "/ca.pem"), ("--cacert", "/ca.pem"))):
            url = self.serve("/vastar", *arguments, where=where)
            run = execute(*where, "/vastar", "-n", "50", "-c", "5", "-o", "json", *options, url)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(json.loads(run.stdout)["summary"]["responses"], 50)

    def test_static_program_needs_no_library(self):
        prefix, _ = self.install(self.tarball())
        run = execute("readelf", "-d", os.path.join(prefix, "bin/vastar"))
        self.assertNotIn("NEEDED", run.stdout)

    # ---- installation ----

    def test_install_from_a_tarball(self):
        prefix, run = self.install(self.tarball())
        self.assertIn(VERSION, run.stdout)
        self.assertTrue(os.path.exists(os.path.join(prefix, "share/man/man1/vastar.1")))

    def test_install_in_an_unpacked_tarball(self):
        unpacked, prefix = self.folder(), self.folder()
        self.assertEqual(execute("tar", "-xzf", self.tarball(), "-C", unpacked, "--strip-components=1").returncode, 0)
        run = execute(os.path.join(unpacked, "install"), "--prefix", prefix)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertTrue(os.access(os.path.join(prefix, "bin/vastar"), os.X_OK))

    def test_install_from_a_checkout(self):
        prefix, _ = self.install()
        run = execute(os.path.join(prefix, "bin/vastar"), "-n", "20", "-c", "2",
                      self.serve(os.path.join(prefix, "bin/vastar")))
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_damaged_tarball(self):
        folder = self.folder()
        damaged = os.path.join(folder, os.path.basename(self.tarball()))
        for suffix in ("", ".sha256"):
            shutil.copy(self.tarball() + suffix, damaged + suffix)
        with open(damaged, "r+b") as file:
            file.seek(1000)
            file.write(b"damage")
        _, run = self.install(damaged, status=1)
        self.assertIn("its checksum is wrong", run.stderr)

    def test_wrong_arguments(self):
        for program in ("tools/install", "tools/package"):
            run = execute(os.path.join(self.tree, program), "--nonsense")
            self.assertEqual((run.returncode, run.stderr[:6]), (2, "usage:"), run.stderr)
        _, run = self.install("/nowhere.tar.gz", status=1)
        self.assertEqual(run.stderr, "install: /nowhere.tar.gz: no such file\n")

    # ---- the workflow and the action ----

    def test_every_step_of_the_workflow_runs_here(self):
        jobs = read_yaml(WORKFLOW)["jobs"]
        self.assertEqual([step["run"] for step in jobs["check"]["steps"] if "run" in step], [".ci/run"])
        # Its first steps made the packages. The rest starts a server on a fixed port: here on a free one.
        remaining = [step for step in jobs["packages"]["steps"] if "8080" in step.get("run", "")]
        self.assertEqual(len(remaining), 1)
        step = Step(self.folder(), {})
        script = remaining[0]["run"].replace("127.0.0.1:8080", "127.0.0.1:0") + 'echo "pid=$!" >>"$GITHUB_OUTPUT"\n'
        run = step.run(script, self.tree)
        self.assertEqual(run.returncode, 0, run.stderr)
        output = dict(line.split("=", 1) for line in step.read("GITHUB_OUTPUT").splitlines())
        self.addCleanup(os.kill, int(output["pid"]), 15)
        self.assertEqual(output["tarball"], self.tarball())

    def act(self, expected, **inputs):
        """Runs the steps of the action with these inputs. Returns its summary and its report."""
        action = read_yaml(ACTION)
        values = {name: str(item.get("default", "")) for name, item in action["inputs"].items()}
        values.update({"tarball": self.tarball()}, **{name.replace("_", "-"): value for name, value in inputs.items()})
        step = Step(self.folder(), {"GITHUB_ACTION_PATH": os.path.join(self.tree, os.path.dirname(ACTION)),
                                    "GITHUB_SERVER_URL": "http://127.0.0.1:9", "GITHUB_REPOSITORY": "a/b"})
        for item in action["runs"]["steps"]:
            self.assertEqual(item["shell"], "bash")
            environment = {name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: values[found.group(1)], text)
                           for name, text in item["env"].items()}
            run = step.run(item["run"], self.tree, environment)
            if run.returncode or item is action["runs"]["steps"][-1]:
                self.assertEqual(run.returncode, expected, run.stdout + run.stderr)
                break
        output = dict(line.split("=", 1) for line in step.read("GITHUB_OUTPUT").splitlines())
        return step.read("GITHUB_STEP_SUMMARY"), output.get("report"), run

    def server_url(self):
        prefix, _ = self.install(self.tarball())
        return self.serve(os.path.join(prefix, "bin/vastar"))

    def test_action(self):
        url = self.server_url()
        summary, report, _ = self.act(0, url=url, args="-n 100 -c 5 -H 'x-a: b c'", slo="errors<1%")
        self.assertIn("| Requests/s |", summary)
        with open(report) as file:
            self.assertEqual(json.load(file)["summary"]["responses"], 100)
        # Compared with itself it is not slower.
        summary, _, _ = self.act(0, url=url, args="-n 100 -c 5", baseline=report)
        self.assertIn("p99", summary)

    def test_action_fails_when_a_target_is_missed(self):
        summary, _, _ = self.act(3, url=self.server_url(), args="-n 100 -c 5", slo="p99=1us")
        self.assertIn("p99", summary)

    def test_action_fails_when_nothing_responds(self):
        self.act(1, url=f"http://127.0.0.1:{harness.free_port()}/", args="-n 10 -c 1")

    def test_action_without_a_release(self):
        _, _, run = self.act(7, url="http://127.0.0.1:9/", tarball="")  # curl: it cannot connect
        self.assertIn("curl", run.stderr)

    def test_action_installs_this_version(self):
        self.assertEqual(str(read_yaml(ACTION)["inputs"]["version"]["default"]), VERSION)

    @unittest.skipUnless(shutil.which("yamllint"), "needs yamllint")
    def test_yamllint(self):
        rules = "{extends: default, rules: {line-length: {max: 120}, document-start: disable, truthy: {check-keys: false}}}"
        run = execute("yamllint", "--strict", "-d", rules, WORKFLOW, ACTION, cwd=SOURCE)
        self.assertEqual(run.returncode, 0, run.stdout)

    @unittest.skipUnless(shutil.which("shellcheck"), "needs shellcheck")
    def test_shellcheck_of_the_steps(self):
        steps = read_yaml(ACTION)["runs"]["steps"]
        for job in read_yaml(WORKFLOW)["jobs"].values():
            steps += [step for step in job["steps"] if "run" in step]
        for step in steps:
            run = subprocess.run(["shellcheck", "--shell=bash", "--exclude=SC2016,SC2153", "-"], input=step["run"], capture_output=True, text=True)
            self.assertEqual(run.returncode, 0, run.stdout)


if __name__ == "__main__":
    harness.main()
