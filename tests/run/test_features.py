#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The engine without each optional kernel feature, and without io_uring."""
import os
import re
import shutil
import socket
import subprocess
import unittest

from harness import Case, LIMIT, SOURCE, VASTAR, main, message, vastar, wait_for

HOOK = "VASTAR_DISABLE_FEATURES"


def feature_names():
    with open(os.path.join(SOURCE, "src", "io", "ring.h")) as file:
        names = re.findall(r"X\(RING_\w+,\s*\"(\w+)\"\)", file.read())
    assert len(names) > 5
    return names


class Without(Case):
    def core(self, names):
        """One run for each code path of the engine."""
        env = {HOOK: names}
        server = self.serve(env=env)

        def all_answered(count, *arguments, path="/", code=200, size=None):
            before = server.counts()
            report = self.bench("-n", count, *arguments, server.url + path, env=env)
            self.assert_all(report, count, code)
            after = server.counts()
            self.assertEqual(after["status"].get(str(code), 0) - before["status"].get(str(code), 0), count)
            if size is not None:
                self.assertEqual(report["summary"]["bytes"], count * size)
            return report

        report = all_answered(3000, "-c", 50, size=13)
        used = report["vastar"]["engine"]["features"]
        self.assertEqual([name for name in names.split(",") if name in used], [])
        if names == "all":
            self.assertEqual(used, [])
        all_answered(50, "-c", 1)
        all_answered(2000, "-c", 300, "-w", 2)
        all_answered(60, "-c", 5, path="/bytes/1000000", size=1000000)
        all_answered(100, "-c", 5, path="/chunked/50000", size=50000)
        all_answered(100, "-c", 5, path="/chunked/500000", size=500000)
        all_answered(100, "-c", 5, path="/until-close/50000", size=50000)
        all_answered(300, "-c", 10, path="/close")
        all_answered(300, "-c", 10, "--disable-keepalive")
        all_answered(100, "-c", 5, path="/redirect/302/bytes/7", size=7)
        all_answered(100, "-c", 5, "-m", "HEAD", path="/bytes/100000", size=0)
        all_answered(300, "-c", 10, path="/status/404", code=404)
        for size in (8000, 100000):  # small enough for a registered buffer, and too large
            all_answered(30, "-c", 3, "-m", "POST", "-d", "x" * size)
        all_answered(20, "-c", 5, path="/stream/5/20/2", size=100)

        report = self.bench("-n", 10, "-c", 5, "-t", "200ms", server.url + "/delay/60000", status=1, env=env)
        self.assertEqual(report["errors"]["timeout"], 10)
        report = self.bench("-z", "300ms", "-c", 20, server.url, env=env)
        self.assertEqual(report["summary"]["errors"], 0)

    def test_all(self):
        self.core("all")

    def test_with_everything(self):
        report = self.bench("-n", 100, "-c", 5, self.serve().url)
        unknown = set(report["vastar"]["engine"]["features"]) - set(feature_names())
        self.assertEqual(unknown, set())

    def test_unknown_name(self):
        run = vastar("-n", 1, "-c", 1, "http://127.0.0.1:9/", env={HOOK: "warp_drive"})
        self.assertEqual(run.status, 2, run)
        self.assertIn("warp_drive", run.err)


for _name in feature_names():
    setattr(Without, f"test_{_name}", lambda self, name=_name: self.core(name))


class Window(Case):
    WANTED = 1000000

    def seen_by_ss(self, names):
        """The receive buffer and window scale of each of vastar's sockets before the first response, and the window scale
        of a socket without options."""
        if not shutil.which("ss"):
            raise unittest.SkipTest("ss is not installed")
        with open("/proc/sys/net/ipv4/tcp_rmem") as file:
            least, usual, most = map(int, file.read().split())
        if not usual < self.WANTED <= most / 2:
            raise unittest.SkipTest(f"tcp_rmem is {least} {usual} {most}")
        seen = []

        def script(conversation):
            while conversation.request() is not None:
                port = conversation.sock.getpeername()[1]
                seen.append(self.ss(port))
                conversation.send(message(b"x"))  # received although it is far below the low-water mark
        peer = self.peer(script)
        report = self.bench("-n", 2, "-c", 2, peer.url, env={HOOK: names})
        self.assert_all(report, 2)
        with socket.create_connection(("127.0.0.1", peer.port)) as plain:
            _, scale = self.ss(plain.getsockname()[1])
        return seen, scale

    @staticmethod
    def ss(port):
        text = subprocess.run(["ss", "-tmniH", "sport", "=", f":{port}"], capture_output=True, text=True, check=True).stdout
        return int(re.search(r"skmem:\(r\d+,rb(\d+)", text).group(1)), int(re.search(r"wscale:\d+,(\d+)", text).group(1))

    def test_is_open_before_the_first_response(self):
        for names in ("", "direct_sockets", "all"):
            seen, plain_scale = self.seen_by_ss(names)
            self.assertEqual(len(seen), 2)
            for room, scale in seen:
                self.assertGreaterEqual(room, self.WANTED, names)
                self.assertEqual(scale, plain_scale, names)  # may grow as far as without options


class CongestionControl(Case):
    """Which algorithm a connection uses, in a network namespace with another default."""
    USUAL = "cubic"

    def setUp(self):
        missing = [tool for tool in ("unshare", "nsenter", "ip", "sysctl", "ss") if not shutil.which(tool)]
        if missing:
            self.skipTest(f"not installed: {', '.join(missing)}")
        holder = subprocess.Popen(["unshare", "-n", "cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(holder.communicate)
        own = os.stat("/proc/self/ns/net").st_ino
        namespace = f"/proc/{holder.pid}/ns/net"
        try:
            wait_for(lambda: holder.poll() is not None or os.stat(namespace).st_ino != own, "the namespace exists")
        except OSError:
            pass  # it has already ended
        if holder.poll() is not None:
            self.skipTest("not allowed to make a network namespace")
        self.inside = ["nsenter", f"--net={namespace}"]
        try:
            for command in ("ip link set lo up", "ip link add away type veth peer name far", "ip link set far up",
                            "ip address add 203.0.113.1/24 dev away", "ip address add 203.0.113.9/24 dev away",
                            "ip link set away up", "ip neighbour add 203.0.113.2 lladdr 02:00:00:00:00:02 dev away",
                            f"sysctl -w net.ipv4.tcp_congestion_control={self.USUAL}"):
                self.run_inside(*command.split())
        except subprocess.CalledProcessError as error:
            self.skipTest(f"{error}")

    def run_inside(self, *command):
        return subprocess.run([*self.inside, *command], capture_output=True, text=True, check=True).stdout

    def start_inside(self, *arguments, names=""):
        process = subprocess.Popen([*self.inside, VASTAR, *arguments], env={**os.environ, HOOK: names},
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def chosen(self, host, port, names):
        """The algorithms of the two connections of a run, once both exist."""
        seen = []

        def both():
            seen[:] = re.findall(rf"\b(reno|{self.USUAL})\b", self.run_inside("ss", "-tinH", "dst", f"{host}:{port}"))
            return len(seen) == 2
        process = self.start_inside("-c", "2", "-n", "2", f"http://{host}:{port}/", names=names)
        wait_for(both, f"two connections to {host}")
        process.kill()
        process.wait()
        return set(seen)

    def test_default_except_on_loopback(self):
        self.start_inside("serve", "0.0.0.0:8000", "--allow-remote", "--delay", "60s")
        wait_for(lambda: self.run_inside("ss", "-tlnH", "sport", "=", ":8000"), "the server listens")
        for names in ("", "direct_sockets"):
            for host in ("127.0.0.1", "203.0.113.1", "203.0.113.9"):  # the last is not its default source address
                self.assertEqual(self.chosen(host, 8000, names), {"reno"}, host)
            self.assertEqual(self.chosen("203.0.113.2", 8000, names), {self.USUAL})


class NoUring(Case):
    """A seccomp filter that lets io_uring_setup() fail as in a container."""

    def filtered(self, error, *arguments):
        helper = os.environ.get("SECCOMP_EXEC", "")
        if not os.access(helper, os.X_OK):
            raise unittest.SkipTest("seccomp_exec was not built")
        run = subprocess.run([helper, error, VASTAR, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                             text=True, timeout=LIMIT)
        if run.returncode == 77:
            raise unittest.SkipTest(run.stderr)
        return run

    def explained(self, error, *words):
        for arguments in (["-n", "10", "-c", "2", "http://127.0.0.1:9/"], ["serve", "127.0.0.1:0"]):
            run = self.filtered(error, *arguments)
            self.assertEqual((run.returncode, run.stdout), (1, ""), run)
            lines = run.stderr.strip().splitlines()
            self.assertEqual(len(lines), 1, run)
            self.assertTrue(lines[0].startswith("vastar: "), run)
            for word in ("io_uring", *words):
                self.assertIn(word, lines[0])

    def test_eperm(self):
        self.explained("EPERM", "seccomp", "unconfined")

    def test_enosys(self):
        self.explained("ENOSYS", "6.1")

    def test_einval(self):
        self.explained("EINVAL", "6.1")


if __name__ == "__main__":
    main()
