#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The packets on the wire lie between two witnesses: for every request, the server's log has less than the time between the
packets, and that is less than what the client measured. The test needs neither a bound nor a quiet machine.
"""
import collections
import os
import shutil
import signal
import struct
import subprocess
import unittest

from truth import Truth, finish, main, pair, requests_of, start

RATE, SECONDS, CONNECTIONS = 5000, 1, 50


def packets_of(path):
    """(seconds, nanoseconds, source port, destination port, payload bytes) of each TCP packet over IPv4 in a pcap file
    with nanoseconds (pcap-savefile(5)), captured on lo."""
    with open(path, "rb") as file:
        data = file.read()
    magic, _, _, _, _, _, link = struct.unpack_from("<IHHiIII", data)
    if magic != 0xA1B23C4D or link & 0xFFFF != 1:
        raise AssertionError(f"not a pcap file of Ethernet with nanoseconds: magic {magic:#x}, link type {link}")
    at = 24
    while at + 16 <= len(data):
        seconds, nanoseconds, kept, _ = struct.unpack_from("<IIII", data, at)
        ip = at + 16 + 14
        head = 4 * (data[ip] & 15)
        total, = struct.unpack_from(">H", data, ip + 2)
        source, destination = struct.unpack_from(">HH", data, ip + head)
        yield seconds, nanoseconds, source, destination, total - head - 4 * (data[ip + head + 12] >> 4)
        at += 16 + kept


def wire_times(path, port):
    """Seconds from the packet of each request to that of its response, by client port and ordinal."""
    asked, times = {}, {}
    ordinals = collections.Counter()
    for seconds, nanoseconds, source, destination, payload in packets_of(path):
        now = seconds * 10**9 + nanoseconds
        if not payload:
            continue
        if destination == port:
            ordinals[source] += 1
            asked[source] = now
        else:
            times[str(destination), str(ordinals[destination])] = (now - asked[destination]) / 1e9
    return times


@unittest.skipUnless(shutil.which("tcpdump"), "tcpdump is not installed")
class Packets(Truth):
    def capture(self, port, path):
        with open(path, "wb") as out:
            process = subprocess.Popen(
                ["tcpdump", "-i", "lo", "-n", "-s", "96", "-B", "16384", "--time-stamp-precision=nano", "--immediate-mode",
                 "-w", "-", f"tcp port {port}"], stdout=out, stderr=subprocess.PIPE)
        said = b""
        while b"listening" not in said:
            line = process.stderr.readline()
            said += line
            if not line:
                process.wait()
                self.skipTest(f"tcpdump may not capture here: {said.decode().strip()}")
        return process

    def captured(self, seconds):
        """The requests with both logs, and the times on the wire."""
        folder = self.folder()
        pcap, served, sent = (os.path.join(folder, name) for name in ("pcap", "served.csv", "sent.csv"))
        with self.serving("--request-log", served, "--delay-exp", "1ms") as server:
            process = self.capture(server.port, pcap)
            run = finish(start("-o", "json", "-z", f"{seconds}s", "--rate", RATE, "-c", CONNECTIONS, "--request-log", sent,
                               server.url))
            report = self.report(run)
            self.assertEqual(report["summary"]["responses"] + report["censored"]["unsent"], RATE * seconds)
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=30)[1].decode()
        if "0 packets dropped by kernel" not in said:
            self.skipTest(f"packets are missing: {said}")
        return pair(requests_of(sent), served), wire_times(pcap, server.port)

    def test_between_server_and_client(self):
        requests, times = self.captured(SECONDS)
        self.assertEqual(set(times), {request.key for request in requests})
        for request in requests:
            # Packets are stamped by the wall clock, which may be slewed by at most 500 ppm (adjtimex(2)).
            wire, slew = times[request.key], 5e-4 * request.service + 2e-9
            self.assertLessEqual(request.elapsed, wire + slew, request.key)
            self.assertLessEqual(wire, request.service + slew, request.key)


if __name__ == "__main__":
    main()
