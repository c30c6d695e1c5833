#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""--key-log: tshark decrypts a capture of the run by tcpdump and counts as many requests as the report."""
import os
import shutil
import signal
import subprocess

import harness
import tls
from harness import LIMIT, Case, main, wait_for


class Captured(Case):
    def capture(self, port, path):
        """A tcpdump that is capturing."""
        with open(path + ".log", "w") as log:
            # Each packet occupies the space of the longest, so the default 2 MiB hold only a few packets.
            process = subprocess.Popen(["tcpdump", "-i", "lo", "-n", "-U", "--immediate-mode", "-s", "0", "-B", "65536",
                                        "-w", path, "tcp", "port", str(port)],
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

        def said():
            with open(path + ".log") as file:
                return file.read()
        wait_for(lambda: "listening on" in said() or process.poll() is not None, "tcpdump listens")
        if process.poll() is not None:
            self.skipTest(f"this user may not capture: {said().strip()}")
        return process

    def frames(self, path, port, keys, wanted):
        run = subprocess.run(["tshark", "-n", "-r", path, "-o", f"tls.keylog_file:{keys}", "-d", f"tcp.port=={port},tls",
                              "-Y", wanted, "-T", "fields", "-e", wanted], capture_output=True, text=True, timeout=LIMIT)
        # A frame may have several values, separated by commas.
        return len(run.stdout.replace("\n", ",").strip(",").split(",")) if run.stdout.strip() else 0

    def test_tshark_decrypts_it(self):
        for program in "tcpdump", "tshark":
            if not shutil.which(program):
                self.skipTest(f"{program} is not installed")
        server = harness.Serve("-w", "1", secure=True)
        self.addCleanup(server.stop)
        folder = self.folder()
        capture, keys = os.path.join(folder, "capture.pcap"), os.path.join(folder, "keys")
        process = self.capture(server.port, capture)
        report = self.bench("-n", 40, "-c", 4, "--cacert", tls.authority().file, "--key-log", keys, server.url)
        self.assert_all(report, 40)
        self.assertEqual(self.frames(capture, server.port, os.devnull, "http.request"), 0)
        wait_for(lambda: self.frames(capture, server.port, keys, "http.response") >= 40, "tcpdump has written everything")
        process.send_signal(signal.SIGINT)
        process.wait()
        self.assertEqual(self.frames(capture, server.port, keys, "http.request"), 40)
        self.assertEqual(self.frames(capture, server.port, keys, "http.response"), 40)


if __name__ == "__main__":
    main()
