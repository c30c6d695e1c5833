#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""test_example.py EXAMPLE BUILD SOURCE: the example of include/vastar, as built and with an installed libvastar."""
import os
import re
import shlex
import shutil
import subprocess
import sys

EXAMPLE, BUILD, SOURCE = sys.argv[1:4]
sys.path.insert(0, os.path.join(SOURCE, "tests", "run"))
sys.argv[1:] = []
import harness


class Example(harness.Case):
    def benchmark(self, program, env=None):
        server = self.serve()
        run = subprocess.run([program, server.url], capture_output=True, text=True, timeout=harness.LIMIT,
                             env={**os.environ, **(env or {})})
        self.assertEqual((run.returncode, run.stderr), (0, ""), run)
        self.assertRegex(run.stdout, r"^10000 responses, 0 errors, \d+ a second, p99 \d+\.\d+ ms\n$")
        self.assertEqual(server.counts()["requests"], 10000)

    def test_in_the_build(self):
        self.benchmark(EXAMPLE)

    def test_errors_are_sentences(self):
        for url, status, word in (("ftp://127.0.0.1/", 2, "ftp"), ("http://no-such-host.invalid/", 2, "no-such-host")):
            run = subprocess.run([EXAMPLE, url], capture_output=True, text=True, timeout=harness.LIMIT)
            self.assertEqual((run.returncode, run.stdout), (status, ""), run)
            self.assertIn(word, run.stderr)

    def test_installed(self):
        """A program needs only the header, the library and the pkg-config file."""
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if not (compiler and shutil.which("pkg-config") and shutil.which("meson")):
            self.skipTest("no compiler, pkg-config or meson")
        if harness.sanitized():
            self.skipTest("a program without the sanitizer cannot load this library")
        root = self.folder()
        subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", root], check=True,
                       stdout=subprocess.DEVNULL)
        found = [os.path.join(folder, "vastar.pc") for folder, _, names in os.walk(root) if "vastar.pc" in names]
        self.assertEqual(len(found), 1)
        env = {**os.environ, "PKG_CONFIG_PATH": os.path.dirname(found[0]), "PKG_CONFIG_SYSROOT_DIR": root}
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "vastar"], env=env, capture_output=True, text=True,
                               check=True).stdout
        program = os.path.join(root, "example")
        subprocess.run([compiler, "-Wall", "-Wextra", "-Werror", os.path.join(SOURCE, "tests", "lib", "example.c"),
                        "-o", program, *shlex.split(flags)], check=True)
        libraries = [flag[2:] for flag in shlex.split(flags) if flag.startswith("-L")]
        self.assertTrue(libraries, flags)
        env = {"LD_LIBRARY_PATH": ":".join(libraries)}
        self.benchmark(program, env)
        # TLS is a separate file, found beside the library.
        if any("vastar-tls.so" in names for _, _, names in os.walk(root)):
            ca = os.path.join(root, "ca.pem")
            server = harness.Serve("--tls", "--cert-out", ca, secure=False)
            self.addCleanup(server.stop)
            run = subprocess.run([program, server.url], capture_output=True, text=True, timeout=harness.LIMIT,
                                 env={**os.environ, **env, "SSL_CERT_FILE": ca})
            self.assertRegex(run.stdout, r"^10000 responses, 0 errors,", run)

    def test_only_public_names_are_exported(self):
        libraries = [os.path.join(folder, name) for folder, _, names in os.walk(BUILD) for name in names
                     if re.fullmatch(r"libvastar\.so", name)]
        if not libraries or not shutil.which("nm") or harness.sanitized():
            self.skipTest("no shared library, or no nm")
        names = subprocess.run(["nm", "-D", "--defined-only", libraries[0]], capture_output=True, text=True,
                               check=True).stdout.split()[2::3]
        self.assertIn("vastar_bench", names)
        self.assertEqual([name for name in names if not name.startswith("vastar_")], [])


if __name__ == "__main__":
    harness.main()
