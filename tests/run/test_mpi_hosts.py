#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""vastar-mpi on several hosts: each is a network namespace with a name of its own, and so is that of nginx."""
import os
import shutil
import subprocess
import unittest

import test_mpi
from harness import judges_figures, main, wait_for

AHEAD = 1000  # seconds by which the clock of host b is ahead
NAMES = ("head", "a", "b", "target")


def ip(*arguments):
    run = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    if run.returncode:
        raise OSError(f"ip {' '.join(arguments)}: {run.stderr.strip()}")


@unittest.skipUnless(os.geteuid() == 0, "network namespaces need root")
@unittest.skipUnless(shutil.which("ip") and shutil.which("nginx"), "no ip or no nginx")
class Hosts(test_mpi.Mpi):
    """mpirun runs on "head", ranks on "a" and "b", whose clock is ahead, and nginx on "target"."""
    # It may not take the way over the loopback interface, which each host has.
    launcher = ["--bind-to", "none", "--allow-run-as-root", "--mca", "btl", "self,tcp", "--mca", "btl_tcp_if_include", "10.77.0.0/24",
                "--mca", "oob_tcp_if_include", "10.77.0.0/24", "--host", "a:1,b:1"]

    def setUp(self):
        super().setUp()
        self.prefix = f"vastar{os.getpid()}-"
        try:
            self.connect_hosts()
        except OSError as error:
            self.skipTest(f"no network namespaces here: {error}")
        self.agent = self.save("agent", f"""#!/bin/sh
host=$1; shift
[ $host = b ] && clock="-T --monotonic {AHEAD} --fork --kill-child"
exec ip netns exec {self.prefix}$host unshare -u $clock sh -c "hostname $host; $*"
""")
        os.chmod(self.agent, 0o755)
        self.start_nginx()

    def connect_hosts(self):
        for name in NAMES:
            ip("netns", "add", self.prefix + name)
            self.addCleanup(ip, "netns", "del", self.prefix + name)
        head = ("-n", self.prefix + "head")
        ip(*head, "link", "add", "name", "bridge0", "type", "bridge")
        ip(*head, "link", "set", "bridge0", "up")
        ip(*head, "link", "set", "lo", "up")
        ip(*head, "addr", "add", "10.77.0.1/24", "dev", "bridge0")
        for number, name in enumerate(NAMES[1:], start=2):
            host = ("-n", self.prefix + name)
            ip(*head, "link", "add", f"to-{name}", "type", "veth", "peer", "name", "eth0", "netns", self.prefix + name)
            ip(*head, "link", "set", f"to-{name}", "master", "bridge0", "up")
            ip(*host, "addr", "add", f"10.77.0.{number}/24", "dev", "eth0")
            ip(*host, "link", "set", "eth0", "up")
            ip(*host, "link", "set", "lo", "up")
        self.url = f"http://10.77.0.{len(NAMES)}:8080/"

    def on(self, name, *command):
        return ["ip", "netns", "exec", self.prefix + name, *command]

    def start_nginx(self):
        pid = self.path("pid")
        temp = "".join(f"{what}_temp_path {self.path(what)};" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        self.save("nginx.conf", f"""user root; daemon off; worker_processes 1; pid {pid};
events {{ worker_connections 1024; }}
http {{
    {temp}
    log_format test '$remote_addr $status';
    access_log {self.path("access.log")} test;
    server {{ listen 8080; keepalive_requests 1000000; location / {{ return 200 "Hello, world!"; }} }}
}}""")
        server = subprocess.Popen(self.on("target", "nginx", "-p", self.files, "-e", self.path("error.log"), "-c", self.path("nginx.conf")),
                                  stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (server.terminate(), server.wait()))
        wait_for(lambda: os.path.exists(pid), "nginx")

    def command(self, ranks, mpirun):
        return self.on("head", "mpirun", *self.launcher, "--mca", "plm_rsh_agent", self.agent, *mpirun, "-np", str(ranks))

    def requests_logged(self):
        """By host, from the log of nginx."""
        with open(self.path("access.log")) as file:
            lines = file.read().splitlines()
        self.assertEqual({line.split()[1] for line in lines}, {"200"})
        return [sum(line.startswith(f"10.77.0.{number} ") for line in lines) for number in (2, 3)]

    def test_requests(self):
        report = self.mpi(2, "-c", 11, "-n", 1001, "--request-log", self.path("log.csv"), self.url)
        hosts = report["hosts"]
        self.assertEqual([host["host"] for host in hosts], ["a", "b"])
        self.assertEqual([host["connections"] for host in hosts], [6, 5])
        self.assertLess(max(host["start_s"] for host in hosts), AHEAD / 2)  # whatever the machine does
        self.assertEqual(self.requests_logged(), [host["requests"] for host in hosts])
        self.assertEqual(sum(self.requests_logged()), 1001)
        self.assertEqual(self.requests_of_logs(report, self.path("log.csv"), 2), [host["requests"] for host in hosts])

    def test_rate(self):
        report = self.mpi(2, "-c", 10, "--rate", 400, "-z", "2s", self.url)
        hosts = report["hosts"]
        self.assertEqual(report["summary"]["requests"] + report["censored"]["unsent"], 800)
        self.assertEqual(self.requests_logged(), [host["requests"] for host in hosts])
        # Both have counted in the same two seconds.
        self.assertAlmostEqual(sum(host["rps"] for host in hosts), report["summary"]["rps"], delta=0.01 * report["summary"]["rps"])

    @judges_figures
    def test_clocks(self):
        """The clock of b is ahead by a known time, so the bound of its error can be checked. Both begin within 1 ms."""
        first, second = self.mpi(2, "-c", 2, "-n", 100, self.url)["hosts"]
        self.assertAlmostEqual(second["clock_offset_s"], AHEAD, delta=second["clock_error_s"] + 1e-6)
        self.assertLess(second["clock_error_s"] + first["start_s"] + second["start_s"], 0.001)

    def test_far_host(self):
        """The way from b takes 5 ms longer, which shows in its row."""
        delay = subprocess.run(["tc", "-n", self.prefix + "b", "qdisc", "add", "dev", "eth0", "root", "netem", "delay", "5ms"],
                               capture_output=True, text=True)
        if delay.returncode:
            self.skipTest(f"this kernel cannot delay packets: {delay.stderr.strip()}")
        near, far = self.mpi(2, "-c", 4, "-n", 200, self.url)["hosts"]
        self.assertGreaterEqual(far["p50_s"], 0.005)
        self.assertLess(near["p50_s"], far["p50_s"])


if __name__ == "__main__":
    main()
