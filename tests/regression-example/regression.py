#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""regression.py VASTAR --max-regression LIMITS BASE NEW: fails if the server started by the command NEW is worse.

The measurements alternate, so that a change in the machine's load affects both servers. Each command must print the
address that it listens on. Exit status: that of vastar compare, 3 for a regression.
"""
import os
import re
import shlex
import subprocess
import sys
import tempfile

ROUNDS = 5  # the minimum for a verdict of compare
LOAD = ["-n", "50", "-c", "1"]  # a real test needs more: runs of seconds, connections as in production


def start(command):
    server = subprocess.Popen(shlex.split(command), stdout=subprocess.PIPE, text=True)
    for line in server.stdout:
        address = re.search(r"http://\S+", line)
        if address:
            return server, address.group(0)
    sys.exit(f"{command}: ended with {server.wait()} before it printed its address")


def measure(vastar, url, path):
    subprocess.run([vastar, *LOAD, "--out", f"json={path}", url], stdout=subprocess.DEVNULL, check=True)
    return path


def merge(vastar, files, path):
    with open(path, "w") as file:
        subprocess.run([vastar, "merge", "-o", "json", *files], stdout=file, check=True)
    return path


def main(vastar, option, limits, *commands):
    servers = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            for command in commands:
                servers.append(start(command))
            runs = {"base": [], "new": []}
            for number in range(ROUNDS):
                for name, (_, url) in zip(runs, servers):
                    runs[name].append(measure(vastar, url, os.path.join(folder, f"{name}{number}.json")))
            merged = [merge(vastar, files, os.path.join(folder, f"{name}.json")) for name, files in runs.items()]
            return subprocess.run([vastar, "compare", option, limits, *merged]).returncode
        finally:
            for server, _ in servers:
                server.terminate()
                server.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
