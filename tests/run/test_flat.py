#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Flat benchmarks against the embedded server, checked against its own count, and the bytes on the wire."""
import base64
import json
import os
import re
import resource
import signal
import socket
import tempfile
import time

from harness import (Case, answers, finish, interrupt_after, main, message, sanitized, start, vastar, wait_for)


def syn_sent(port):
    """Whether this machine has an unanswered connection attempt to the port."""
    with open("/proc/net/tcp") as file:
        lines = [line.split() for line in file][1:]
    return any(int(line[2].split(":")[1], 16) == port and line[3] == "02" for line in lines)


class Totals(Case):
    def totals(self, connections, requests):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < connections + 100:
            self.skipTest(f"the hard limit of descriptors is {hard}")
        server = self.serve("--quiet")
        report = self.bench("-n", requests, "-c", connections, server.url)
        self.assert_all(report, requests)
        self.assertEqual(report["summary"]["connections_open"], connections)
        self.assertEqual(report["summary"]["bytes"], 13 * requests)
        counts = server.counts()
        self.assertEqual(counts["requests"], requests)
        self.assertEqual(counts["status"], {"200": requests})
        self.assertEqual(counts["connections"], connections)
        return report

    def test_kernel_timestamps(self):
        """The time in which a response waited for vastar is part of its response time, for every kind of body."""
        self.kernel_stamps()
        for serve, more in ((("--body-size", 300), ()), (("--body-size", 300), ("--disable-keepalive",)),
                            (("--body-size", 300000), ()), (("--chunks", 5, "--chunk-size", 4000), ())):
            report = self.bench("-n", 300, "-c", 5, "--kernel-timestamps", *more, self.serve(*serve).url)
            self.assert_all(report, 300)
            queue = report["phases"]["client_queue"]
            self.assertEqual(queue["answers"], 300)
            self.assertLessEqual(queue["slowest_s"], report["summary"]["slowest_s"])
        run = vastar("-n", 10, "-c", 2, "--kernel-timestamps", self.serve().url)
        self.assertRegex(run.out, r"(?m)^  waited in the kernel for vastar: p50 [\d.]+[mun]?s, p99 ")
        self.assertNotIn("client_queue", self.bench("-n", 10, "-c", 2, self.serve().url)["phases"])

    def test_1_connection(self):
        self.assertEqual(self.totals(1, 500)["params"]["workers"], 1)

    def test_50_connections(self):
        self.totals(50, 5000)

    def test_300_connections(self):
        self.totals(300, 10007)

    def test_1000_connections(self):
        self.totals(1000, 20000)

    def test_10000_connections(self):
        self.totals(10000, 30000)

    def test_as_many_requests_as_connections(self):
        self.totals(400, 400)

    def test_default_is_200_requests_on_50_connections(self):
        server = self.serve()
        report = self.bench(server.url)
        self.assert_all(report, 200)
        self.assertEqual(server.counts()["connections"], 50)

    def test_default_requests_follow_connections(self):
        self.assert_all(self.bench("-c", 333, self.serve().url), 333)

    def test_fewer_requests_than_default_connections(self):
        server = self.serve()
        self.assert_all(self.bench("-n", 7, server.url), 7)
        self.assertEqual(server.counts()["requests"], 7)

    def test_workers(self):
        for workers in (1, 2, 3):
            server = self.serve()
            report = self.bench("-n", 3001, "-c", 10, "-w", workers, server.url)
            self.assert_all(report, 3001)
            self.assertEqual(report["params"]["workers"], workers)
            self.assertEqual(len(report["client"]["cpu_busy"]), workers)

    def memory(self, connections, limit_mb):
        if sanitized():
            self.skipTest("a sanitizer's memory is in the figure")
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < connections + 100:
            self.skipTest(f"the hard limit of descriptors is {hard}")
        server = self.serve("--quiet")
        out = tempfile.TemporaryFile()  # a pipe would fill up: nobody reads while the memory is sampled
        self.addCleanup(out.close)
        process = start("-z", "3s", "-c", connections, "-w", 2, "-o", "json", server.url, stdout=out)
        peak = 0

        def sample():
            nonlocal peak
            try:
                with open(f"/proc/{process.pid}/status") as file:
                    peak = max([peak] + [int(kb) for kb in re.findall(r"VmHWM:\s+(\d+)", file.read())])
            except OSError:
                pass
            return process.poll() is not None
        wait_for(sample, "the run ends")
        self.assertEqual(finish(process).status, 0)
        self.assertGreater(peak, 0)
        self.assertLessEqual(peak / 1024, limit_mb)

    def test_memory_at_1000_connections(self):
        self.memory(1000, 8)

    def test_memory_at_10000_connections(self):
        self.memory(10000, 16)


class Modes(Case):
    def test_duration(self):
        server = self.serve()
        report = self.bench("-z", "700ms", "-c", 20, server.url)
        self.assertEqual(report["summary"]["errors"], 0)
        self.assertAlmostEqual(report["summary"]["total_s"], 0.7, places=3)
        self.assertEqual(report["params"]["duration_s"], 0.7)
        self.assertIsNone(report["params"]["requests"])
        counts = server.counts()
        self.assertEqual(counts["requests"], report["summary"]["requests"])

    def test_duration_wins_over_requests(self):
        report = self.bench("-z", "300ms", "-n", 3, "-c", 10, self.serve().url)
        self.assertGreater(report["summary"]["requests"], 3)

    def test_rate_is_for_each_connection(self):
        server = self.serve()
        report = self.bench("-z", "1s", "-c", 4, "-q", 20, server.url)
        # A tick at the start and one every 50 ms: at most 21 for each connection.
        self.assertLessEqual(report["summary"]["requests"], 4 * 21)
        self.assertGreaterEqual(report["summary"]["requests"], 4)
        self.assertEqual(server.counts()["requests"], report["summary"]["requests"])
        self.assertEqual(report["params"]["connection_rate"], 20)

    def test_rate_takes_its_time(self):
        report = self.bench("-n", 11, "-c", 1, "-q", 20, self.serve().url)
        self.assertGreaterEqual(report["summary"]["total_s"], 0.5)

    def test_drain_cap_aborts_pending_requests(self):
        server = self.serve()
        report = self.bench("-z", "200ms", "-c", 5, "--drain-cap", "100ms", server.url + "/delay/60000", status=1)
        self.assertEqual(report["summary"]["drain_aborted"], 5)
        self.assertEqual(report["summary"]["requests"], 5)

    def test_drained_responses_do_not_count_for_the_rate(self):
        report = self.bench("-z", "200ms", "-c", 5, self.serve().url + "/delay/600")
        self.assertEqual(report["status_codes"], {"200": 5})
        self.assertEqual(report["summary"]["rps"], 0)
        self.assertGreater(report["summary"]["drain_s"], 0)

    def test_timeout(self):
        report = self.bench("-n", 10, "-c", 5, "-t", "200ms", self.serve().url + "/delay/60000", status=1)
        self.assertEqual(report["errors"]["timeout"], 10)
        self.assertGreaterEqual(report["error_ages_s"]["timeout"]["p50"], 0.2)

    def test_timeout_0_is_none(self):
        report = self.bench("-n", 2, "-c", 2, "-t", 0, self.serve().url + "/delay/300")
        self.assertIsNone(report["params"]["timeout_s"])
        self.assert_all(report, 2)

    def test_disable_keepalive(self):
        server = self.serve()
        report = self.bench("-n", 1000, "-c", 20, "--disable-keepalive", server.url)
        self.assert_all(report, 1000)
        self.assertEqual(server.counts()["requests"], 1000)
        self.assertEqual(server.counts()["connections"], 1000)

    def test_slo_met_and_missed(self):
        server = self.serve()
        for target, status in (("p50=60s,p99.9=60s", 0), ("p50=1ns", 3)):
            run = vastar("-n", 100, "-c", 5, "--slo-target", target, server.url)
            self.assertEqual(run.status, status, run)
            report = self.bench("-n", 100, "-c", 5, "--slo-target", target, server.url, status=status)
            self.assertEqual(report["slo"]["passed"], status == 0)

    def test_slo_ranks_failures_above_every_response(self):
        def script(conversation):
            while conversation.request() is not None:
                if conversation.number % 5 == 0:
                    return conversation.reset()
                conversation.send(message())
        report = self.bench("-n", 50, "-c", 50, "--slo-target", "p95=1h", self.peer(script).url, status=3)
        self.assertEqual(report["errors"]["reset"] + report["status_codes"]["200"], 50)
        self.assertFalse(report["slo"]["passed"])

    def test_hist_bins(self):
        server = self.serve()
        for bins in (1, 5, 40):
            report = self.bench("-n", 500, "-c", 5, "--hist-bins", bins, server.url)
            self.assertLessEqual(len(report["latency"]["bars"]), bins)

    def test_color(self):
        server = self.serve()
        self.assertNotIn("\x1b", vastar("-n", 50, "-c", 5, server.url).out)
        self.assertIn("\x1b[38;5;", vastar("-n", 50, "-c", 5, "--color", "always", server.url).out)
        self.assertNotIn("\x1b", vastar("-n", 50, "-c", 5, "--color", "never", server.url).out)

    def test_verbose_names_features(self):
        server = self.serve()
        run = vastar("-n", 50, "-c", 5, "-v", server.url)
        self.assertIn("Engine:", run.out + run.err)
        self.assertRegex(run.out + run.err, r"defer_taskrun|features:")

    def test_report_totals_add_up_in_text(self):
        run = vastar("-n", 321, "-c", 10, self.serve().url + "/bytes/100")
        self.assertIn("[200] 321 responses", run.out)
        self.assertIn(f"Total data:   {321 * 100} bytes", run.out)


class Wire(Case):
    """What the peer receives, byte by byte where that matters."""

    def sent(self, *arguments, path="/", status=0):
        peer = self.peer(answers(message()))
        self.bench("-n", 1, "-c", 1, *arguments, peer.url + path, status=status)
        self.assertEqual(len(peer.requests), 1)
        head, _, body = peer.requests[0].decode().partition("\r\n\r\n")
        line, *lines = head.split("\r\n")
        headers = {}
        for header in lines:
            name, _, value = header.partition(": ")
            self.assertNotIn(name.lower(), headers, peer.requests[0])
            headers[name.lower()] = value
        self.assertEqual(headers.get("host"), f"127.0.0.1:{peer.port}" if "host" not in
                         " ".join(map(str, arguments)).lower() else headers["host"])
        return line, headers, body

    def test_get(self):
        line, headers, body = self.sent()
        self.assertEqual((line, body), ("GET / HTTP/1.1", ""))
        self.assertRegex(headers["user-agent"], r"^vastar/\d")
        self.assertIn("gzip", headers["accept-encoding"])
        for name in ("content-length", "content-type", "authorization", "transfer-encoding"):
            self.assertNotIn(name, headers)
        self.assertNotEqual(headers.get("connection", "").lower(), "close")

    def test_path_and_query(self):
        self.assertEqual(self.sent(path="")[0], "GET / HTTP/1.1")
        self.assertEqual(self.sent(path="?a=1")[0], "GET /?a=1 HTTP/1.1")
        self.assertEqual(self.sent(path="/x/y?a=1&b=%20#part")[0], "GET /x/y?a=1&b=%20 HTTP/1.1")

    def test_post_body(self):
        line, headers, body = self.sent("-m", "POST", "-d", '{"a":1}', "-T", "application/json")
        self.assertEqual((line, body), ("POST / HTTP/1.1", '{"a":1}'))
        self.assertEqual((headers["content-length"], headers["content-type"]), ("7", "application/json"))

    def test_post_content_type_default(self):
        self.assertEqual(self.sent("-m", "POST", "-d", "x")[1]["content-type"], "text/html")

    def test_empty_post_has_a_length(self):
        for method in ("POST", "PUT", "PATCH"):
            self.assertEqual(self.sent("-m", method)[1]["content-length"], "0")
        self.assertNotIn("content-length", self.sent("-m", "DELETE")[1])

    def test_body_file(self):
        path = os.path.join(self.folder(), "body")
        with open(path, "w") as file:
            file.write("line\n" * 5000)
        _, headers, body = self.sent("-m", "PUT", "-D", path)
        self.assertEqual((headers["content-length"], body), ("25000", "line\n" * 5000))

    def test_headers_replace(self):
        _, headers, _ = self.sent("-H", "X-A: 1", "-H", "x-a: 2", "-H", "User-Agent: me", "-H", "Host: elsewhere")
        self.assertEqual((headers["x-a"], headers["user-agent"], headers["host"]), ("2", "me", "elsewhere"))

    def test_accept_and_auth(self):
        _, headers, _ = self.sent("-A", "text/plain", "-a", "user:pa:ss")
        self.assertEqual(headers["accept"], "text/plain")
        self.assertEqual(headers["authorization"], "Basic " + base64.b64encode(b"user:pa:ss").decode())

    def test_disable_compression(self):
        self.assertNotIn("accept-encoding", self.sent("--disable-compression")[1])

    def test_disable_keepalive(self):
        self.assertEqual(self.sent("--disable-keepalive")[1]["connection"].lower(), "close")

    def test_long_options(self):
        line, headers, body = self.sent("--method", "POST", "--body", "b", "--content-type", "a/b", "--header", "X: y",
                                        "--accept", "c/d", "--auth", "u:p", "--timeout", "10s")
        self.assertEqual((line, body), ("POST / HTTP/1.1", "b"))
        self.assertEqual((headers["content-type"], headers["x"], headers["accept"]), ("a/b", "y", "c/d"))

    def test_scheme_may_be_missing(self):
        peer = self.peer(answers(message()))
        self.assert_all(self.bench("-n", 2, "-c", 1, f"127.0.0.1:{peer.port}/a"), 2)
        self.assertTrue(peer.requests[0].startswith(b"GET /a HTTP/1.1\r\n"))

    def test_host_name_tries_all_addresses(self):
        peer = self.peer(answers(message()))  # on 127.0.0.1 only: ::1, if that comes first, refuses
        self.assert_all(self.bench("-n", 4, "-c", 2, f"http://localhost:{peer.port}/"), 4)
        self.assertIn(f"Host: localhost:{peer.port}".encode(), peer.requests[0])

    def test_ipv6(self):
        try:
            peer = self.peer(answers(message()), family=socket.AF_INET6)
        except OSError as error:
            self.skipTest(f"no IPv6 on loopback: {error}")
        self.assert_all(self.bench("-n", 4, "-c", 2, peer.url), 4)
        self.assertIn(f"Host: [::1]:{peer.port}".encode(), peer.requests[0])

    def test_large_body(self):
        path = os.path.join(self.folder(), "body")
        with open(path, "wb") as file:
            file.write(os.urandom(1 << 20))
        server = self.serve()
        report = self.bench("-n", 60, "-c", 10, "-m", "POST", "-D", path, server.url)
        self.assert_all(report, 60)
        self.assertEqual(server.counts()["body_bytes"], 60 << 20)


class Responses(Case):
    def test_status(self):
        for code in (200, 201, 400, 404, 500, 503):
            report = self.bench("-n", 100, "-c", 10, self.serve().url + f"/status/{code}")
            self.assert_all(report, 100, code)
            self.assertEqual(report["summary"]["non_2xx"], 0 if code < 300 else 100)
            if code >= 300:
                self.assertEqual(report["summary"]["goodput_rps"], 0)

    def test_without_body(self):
        for path in ("/status/204", "/status/304"):
            self.assert_all(self.bench("-n", 300, "-c", 10, self.serve().url + path), 300, int(path[-3:]))

    def test_head(self):
        report = self.bench("-n", 300, "-c", 10, "-m", "HEAD", self.serve().url + "/bytes/5000")
        self.assert_all(report, 300)
        self.assertEqual(report["summary"]["bytes"], 0)

    def sizes(self, path, size, count=60):
        server = self.serve()
        report = self.bench("-n", count, "-c", 10, server.url + path)
        self.assert_all(report, count)
        self.assertEqual(report["summary"]["bytes"], size * count)
        self.assertEqual(server.counts()["requests"], count)

    def test_content_length(self):
        for size in (0, 1, 1000, 10000, 100000, 1 << 20):
            self.sizes(f"/bytes/{size}", size)

    def test_chunked(self):
        for size in (0, 1, 1000, 100000):
            self.sizes(f"/chunked/{size}", size)

    def test_stream(self):
        self.sizes("/stream/20/50/1", 20 * 50, count=40)

    def test_until_close(self):
        for size in (0, 1000, 100000):
            self.sizes(f"/until-close/{size}", size)

    def test_head_split(self):
        server = self.serve()
        report = self.bench("-n", 100, "-c", 10, server.url + "/head-split/7")
        self.assert_all(report, 100)

    def test_many_headers(self):
        report = self.bench("-n", 100, "-c", 10, self.serve().url + "/headers/100")
        self.assert_all(report, 100)

    def test_connection_close_is_no_error(self):
        server = self.serve()
        self.assert_all(self.bench("-n", 500, "-c", 20, server.url + "/close"), 500)
        self.assertEqual(server.counts()["requests"], 500)

    def test_close_after(self):
        server = self.serve("--close-after", 10)
        self.assert_all(self.bench("-n", 2000, "-c", 20, server.url), 2000)
        self.assertEqual(server.counts()["requests"], 2000)
        self.assertGreaterEqual(server.counts()["connections"], 200)

    def test_reset(self):
        report = self.bench("-n", 40, "-c", 5, "-m", "POST", self.serve().url + "/reset", status=1)
        self.assertEqual(report["errors"]["reset"], 40)
        self.assertTrue(report["error_examples"])


class Redirects(Case):
    def test_followed(self):
        for code in (301, 302, 303, 307, 308):
            server = self.serve()
            report = self.bench("-n", 50, "-c", 5, server.url + f"/redirect/{code}/bytes/10")
            self.assert_all(report, 50)
            self.assertEqual(server.counts()["status"], {"200": 50, str(code): 50})

    def test_with_a_body(self):
        """Each connection is redirected to its own place; the Location comes long before the end of the body."""
        chunks = b"".join(b"%x\r\n%s\r\n" % (20000, b"c" * 20000) for _ in range(5)) + b"0\r\n\r\n"
        tails = [b"Content-Length: %d\r\n\r\n" % size + b"x" * size for size in (3000, 100000)]
        tails.append(b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        for tail in tails:
            astray = []

            def script(conversation, tail=tail, astray=astray):
                place = b"/to/%d" % conversation.number
                while (request := conversation.request()) is not None:
                    path = request.split(b" ")[1]
                    if path == b"/from":
                        conversation.send(b"HTTP/1.1 302 Found\r\nLocation: " + place + b"\r\n" + tail)
                        continue
                    if path != place:
                        astray.append(path)
                    conversation.send(message())
            peer = self.peer(script)
            self.assert_all(self.bench("-n", 50, "-c", 5, peer.url + "/from"), 50)
            self.assertEqual((astray, len(peer.requests), peer.connections), ([], 100, 5))

    def test_disabled(self):
        server = self.serve()
        self.assert_all(self.bench("-n", 50, "-c", 5, "--disable-redirects", server.url + "/redirect/302/"), 50, 302)
        self.assertEqual(server.counts()["requests"], 50)

    def follow(self, code, method, *arguments):
        def script(conversation):
            while (request := conversation.request()) is not None:
                if b" /b " in request.split(b"\r\n")[0]:
                    conversation.send(message())
                else:
                    conversation.send(message(b"", f"{code} Moved", "Location: /b"))
        peer = self.peer(script)
        self.assert_all(self.bench("-n", 1, "-c", 1, "-m", method, *arguments, peer.url + "/a"), 1)
        self.assertEqual(len(peer.requests), 2)
        return peer.requests[1]

    def test_post_becomes_get(self):
        for code in (301, 302, 303):
            second = self.follow(code, "POST", "-d", "data")
            self.assertTrue(second.startswith(b"GET /b HTTP/1.1\r\n"), second)
            self.assertNotIn(b"data", second)
            self.assertNotIn(b"content-", second.lower())

    def test_post_remains(self):
        for code in (307, 308):
            second = self.follow(code, "POST", "-d", "data")
            self.assertTrue(second.startswith(b"POST /b HTTP/1.1\r\n"), second)
            self.assertTrue(second.endswith(b"\r\n\r\ndata"), second)

    def test_head_stays_head(self):
        for code in (301, 302, 303, 307):
            def script(conversation):
                while (request := conversation.request()) is not None:
                    if b" /b " in request.split(b"\r\n")[0]:
                        conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
                    else:
                        conversation.send(b"HTTP/1.1 %d Moved\r\nLocation: /b\r\nContent-Length: 9\r\n\r\n" % code)
            peer = self.peer(script)
            self.assert_all(self.bench("-n", 1, "-c", 1, "-m", "HEAD", peer.url), 1)
            self.assertTrue(peer.requests[1].startswith(b"HEAD /b "))

    def test_loop_ends_after_ten(self):
        peer = self.peer(answers(message(b"", "302 Found", "Location: /again")))
        self.bench("-n", 3, "-c", 1, peer.url)
        self.assertEqual(len(peer.requests), 3 * 11)

    def test_other_port_of_the_same_host(self):
        other = self.peer(answers(message()))
        peer = self.peer(answers(message(b"", "302 Found", f"Location: {other.url}/x")))
        self.assert_all(self.bench("-n", 10, "-c", 2, peer.url), 10)
        self.assertEqual((len(peer.requests), len(other.requests)), (10, 10))

    def test_other_host(self):
        other = self.peer(answers(message()))
        location = f"Location: http://localhost:{other.port}/x"
        peer = self.peer(answers(message(b"", "302 Found", location)))
        run = vastar("-n", 10, "-c", 2, peer.url)
        self.assertIn("[302] 10 responses", run.out)
        self.assertIn("--redirect-hosts", run.out + run.err)
        self.assertEqual(len(other.requests), 0)
        self.assert_all(self.bench("-n", 10, "-c", 2, "--redirect-hosts", peer.url), 10)
        self.assertEqual(len(other.requests), 10)

    def test_secrets_stay_with_the_host(self):
        other = self.peer(answers(message()))
        peer = self.peer(answers(message(b"", "307 Elsewhere", f"Location: http://localhost:{other.port}/x")))
        self.bench("-n", 1, "-c", 1, "-a", "u:p", "-H", "Cookie: c", "--redirect-hosts", peer.url)
        self.assertIn(b"authorization:", peer.requests[0].lower())
        self.assertNotIn(b"authorization:", other.requests[0].lower())
        self.assertNotIn(b"cookie:", other.requests[0].lower())


class Signals(Case):
    def interrupted(self, number):
        server = self.serve()
        process = start("-z", "60s", "-c", 10, "-o", "json", server.url)
        interrupt_after(process, lambda: server.counts()["requests"] > 100, number)
        run = finish(process)
        self.assertEqual(run.status, 128 + number, run)
        report = self.report(run)
        self.assertTrue(report["summary"]["interrupted"])
        self.assertEqual(report["summary"]["errors"], 0)
        self.assertEqual(server.counts()["requests"], report["summary"]["requests"])

    def test_sigint(self):
        self.interrupted(signal.SIGINT)

    def test_sigterm(self):
        self.interrupted(signal.SIGTERM)

    def test_sighup(self):
        self.interrupted(signal.SIGHUP)

    def test_text_report_is_marked(self):
        server = self.serve()
        process = start("-n", 100000000, "-c", 10, server.url)
        interrupt_after(process, lambda: server.counts()["requests"] > 100)
        run = finish(process)
        self.assertEqual(run.status, 130, run)
        self.assertIn("interrupted", run.out.lower())
        self.assertIn("[200]", run.out)

    def test_while_connecting(self):
        """A listener that never accepts and whose backlog is full: the run has not begun, and its length is 0."""
        with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
            port = listener.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port)):
                process = start("-z", "60s", "-c", 3, "-o", "json", f"http://127.0.0.1:{port}/")
                wait_for(lambda: syn_sent(port), "vastar is connecting")
                process.send_signal(signal.SIGINT)
                run = finish(process)
        self.assertEqual(run.status, 130, run)
        report = self.report(run)
        self.assertEqual(report["summary"]["total_s"], 0)
        self.assertEqual(report["summary"]["requests"], 0)

    def test_second_signal_ends_at_once(self):
        server = self.serve()
        process = start("-z", "60s", "-c", 5, "--drain-cap", "500s", "-t", 0, server.url + "/delay/600000")
        # The server counts a request on arrival: all five wait for their responses now.
        interrupt_after(process, lambda: server.counts()["requests"] == 5)

        def insist():
            process.send_signal(signal.SIGINT)
            time.sleep(0.05)
            return process.poll() is not None
        wait_for(insist, "the run ends before its drain time is over")
        self.assertIn(process.returncode, (130, -signal.SIGINT))
        finish(process)

    def test_interrupt_while_draining_keeps_responses(self):
        server = self.serve()
        process = start("-z", "60s", "-c", 5, "--drain-cap", "60s", "-o", "json", server.url + "/delay/400")
        interrupt_after(process, lambda: server.counts()["requests"] >= 5)
        run = finish(process)
        self.assertEqual(run.status, 130, run)
        report = self.report(run)
        self.assertEqual(report["summary"]["drain_aborted"], 0)
        self.assertEqual(report["summary"]["errors"], 0)


class Report(Case):
    def test_json_is_sorted_as_documented(self):
        run = vastar("-n", 50, "-c", 5, "-o", "json", self.serve().url)
        keys = list(json.loads(run.out))
        self.assertEqual(keys[:7], ["schema_version", "kind", "vastar", "machine", "params", "started_at", "summary"])

    def test_percentiles_of_a_known_delay(self):
        report = self.bench("-n", 40, "-c", 4, self.serve().url + "/delay/50")
        for value in report["latency"]["percentiles"].values():
            self.assertGreaterEqual(value, 0.05)
        self.assertGreaterEqual(report["summary"]["fastest_s"], 0.05)
        self.assertIn("p99.99", report["latency"]["weak"])

    def test_phases_add_up(self):
        report = self.bench("-n", 200, "-c", 4, self.serve().url + "/delay/5")
        parts = sum(report["phases"][name]["average_s"] for name in ("req_write", "resp_wait", "resp_read"))
        # The three phases cover the service time without a gap.
        self.assertAlmostEqual(parts, report["summary"]["average_s"], delta=report["summary"]["average_s"] * 0.02)

    def test_params(self):
        url = self.serve().url + "/"
        report = self.bench("-n", 60, "-c", 6, "-m", "POST", "-d", "x", "-t", "7s", url)
        params = report["params"]
        self.assertEqual((params["url"], params["method"], params["concurrency"], params["requests"], params["timeout_s"]),
                         (url, "POST", 6, 60, 7))


if __name__ == "__main__":
    main()
