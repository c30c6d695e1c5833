#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""TLS is a module beside the program; runs without https neither load nor need it. VASTAR_TLS_MODULE is the built module,
VASTAR_TLS_INSTALLED the path at which an installed program looks; without them TLS is linked in."""
import os
import re
import shutil
import subprocess
import unittest

import harness

MODULE, INSTALLED = os.environ.get("VASTAR_TLS_MODULE"), os.environ.get("VASTAR_TLS_INSTALLED", "")


def maps(process):
    with open(f"/proc/{process.pid}/maps") as file:
        return file.read()


@unittest.skipUnless(MODULE, "TLS is linked into the program")
class Loaded(harness.Case):
    def alone(self):
        """A copy of the program in an empty folder."""
        if os.path.exists(INSTALLED):
            self.skipTest(f"there is an installed module, {INSTALLED}")
        return shutil.copy(harness.VASTAR, self.folder())

    def refused(self, program, why):
        """One error message each, from the client and from the server."""
        for arguments in (("-k", "-n", "1", "-c", "1", "https://127.0.0.1:1/"), ("serve", "--tls", "127.0.0.1:0")):
            run = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=harness.LIMIT)
            self.assertNotEqual(run.returncode, 0)
            self.assertRegex(run.stderr, rf"\Avastar[a-z ]*: TLS: {why}\n\Z")

    def test_loaded_only_for_tls(self):
        plain, secure = self.serve(), harness.Serve("--tls", secure=False)
        self.addCleanup(secure.stop)
        self.assertNotIn("libcrypto", maps(plain.process))
        self.assertIn("libcrypto", maps(secure.process))
        self.assertIn("vastar-tls.so", maps(secure.process))

    def test_missing(self):
        program = self.alone()
        self.refused(program, r"vastar-tls\.so is missing: .*\(install it with vastar\)")
        server = self.serve()
        run = subprocess.run([program, "-n", "1", "-c", "1", server.url], capture_output=True, text=True, timeout=harness.LIMIT)
        self.assertEqual(run.returncode, 0, run)

    def test_damaged(self):
        program = self.alone()
        with open(os.path.join(os.path.dirname(program), "vastar-tls.so"), "w") as file:
            file.write("no library")
        self.refused(program, r".*vastar-tls\.so: .*\(install OpenSSL 3\)")

    def test_of_another_version(self):
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if not compiler:
            self.skipTest("no compiler")
        program = self.alone()
        subprocess.run([compiler, "-shared", "-fPIC", "-x", "c", "-", "-o", os.path.join(os.path.dirname(program), "vastar-tls.so")],
                       input=b'const char *const vastar_tls_module[] = {"0.0.1", 0, 0, 0};', check=True)
        self.refused(program, r".*vastar-tls\.so is of vastar 0\.0\.1, not \d.*\(install the one of this vastar\)")


@unittest.skipUnless("VASTAR_BUILD" in os.environ and shutil.which("meson"), "no build folder, or no meson")
class Installed(harness.Case):
    def test_program(self):
        """Installed into another folder than it was configured for."""
        root = self.folder()
        subprocess.run(["meson", "install", "-C", os.environ["VASTAR_BUILD"], "--no-rebuild", "--quiet", "--destdir", root],
                       check=True, stdout=subprocess.DEVNULL)
        program, = (os.path.join(folder, "vastar") for folder, _, names in os.walk(root)
                    if "vastar" in names and folder.endswith("/bin"))
        server = harness.Serve("--tls", secure=False)
        self.addCleanup(server.stop)
        run = subprocess.run([program, "-k", "-n", "10", "-c", "1", "-o", "json", server.url], capture_output=True, text=True,
                             timeout=harness.LIMIT)
        self.assertEqual(run.returncode, 0, run)
        self.assertTrue(re.search(r'"version": *"TLSv1\.3"', run.stdout), run.stdout)


if __name__ == "__main__":
    harness.main()
