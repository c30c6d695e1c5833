#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The embedded server, byte by byte: every path, every option, and clients that misbehave."""
import gzip
import os
import re
import resource
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
import unittest

import harness

PERIOD = b"Hello, world! The quick brown fox jumps over the lazy dog. 12345"


def pattern(length):
    return (PERIOD * (length // len(PERIOD) + 1))[:length]


class Response:
    def __init__(self, version, status, headers, body, raw_body):
        self.version, self.status, self.headers, self.body, self.raw_body = version, status, headers, body, raw_body


class Client:
    """One connection, with access to every byte."""

    def __init__(self, server, host="127.0.0.1"):
        self.sock = harness.connect(host, server.port, getattr(server, "secure", False))
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data)

    def fill(self):
        try:
            data = self.sock.recv(1 << 16)
        except ssl.SSLEOFError:  # how Python reports a reset
            raise ConnectionResetError from None
        self.buffer += data
        return bool(data)

    def until(self, mark):
        while mark not in self.buffer:
            if not self.fill():
                raise EOFError(f"ended within {self.buffer!r}")
        found, self.buffer = self.buffer.split(mark, 1)
        return found

    def exactly(self, length):
        while len(self.buffer) < length:
            if not self.fill():
                raise EOFError(f"ended {length - len(self.buffer)} bytes early")
        found, self.buffer = self.buffer[:length], self.buffer[length:]
        return found

    def rest(self):
        """Everything until the server closes."""
        while self.fill():
            pass
        found, self.buffer = self.buffer, b""
        return found

    def chunks(self):
        found = []
        while True:
            size = int(self.until(b"\r\n").split(b";")[0], 16)
            data = self.exactly(size)
            assert self.exactly(2) == b"\r\n"
            if not size:
                return found
            found.append(data)

    def response(self, method="GET"):
        lines = self.until(b"\r\n\r\n").decode().split("\r\n")
        version, status, _ = lines[0].split(" ", 2)
        headers = {}
        for line in lines[1:]:
            name, value = line.split(": ", 1)
            assert name.lower() not in headers, f"{name} twice"
            headers[name.lower()] = value
        status = int(status)
        raw = None
        if method == "HEAD" or status < 200 or status in (204, 304):
            body = b""
        elif headers.get("transfer-encoding") == "chunked":
            raw = self.chunks()
            body = b"".join(raw)
        elif "content-length" in headers:
            body = self.exactly(int(headers["content-length"]))
        else:
            body = self.rest()
        return Response(version, status, headers, body, raw)

    def request(self, path, method="GET", headers=(), body=b"", version="1.1"):
        lines = [f"{method} {path} HTTP/{version}", "Host: origin", *headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return self.response(method)

    def ended(self):
        """Whether the server has closed, without another byte and without a reset."""
        return self.rest() == b""


class Base(harness.Case):
    def client(self, server=None, **more):
        client = Client(server or self.server, **more)
        self.addCleanup(client.sock.close)
        return client


class Paths(Base):
    """One server for all tests: the response to a path does not depend on earlier requests."""

    @classmethod
    def setUpClass(cls):
        cls.server = harness.Serve()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def test_root_and_unknown_paths_give_the_plain_response(self):
        client = self.client()
        for path in ("/", "/index.html", "/v1/chat?x=/status/500", "http://origin/", "*", "/?"):
            response = client.request(path)
            self.assertEqual((response.version, response.status, response.body), ("HTTP/1.1", 200, b"Hello, world!"), path)
            self.assertEqual(response.headers, {"content-type": "text/plain", "content-length": "13"})

    def test_absolute_form(self):
        self.assertEqual(self.client().request("http://origin/status/404?a").status, 404)

    def test_status(self):
        client = self.client()
        for status in (200, 201, 204, 205, 206, 302, 304, 400, 404, 418, 500, 503, 599, 999):
            self.assertEqual(client.request(f"/status/{status}").status, status)
        # None of them left bytes behind or closed the connection.
        self.assertEqual(client.request("/").body, b"Hello, world!")

    def test_statuses_without_a_body_have_no_length(self):
        for status in (204, 304):
            headers = self.client().request(f"/status/{status}").headers
            self.assertFalse({"content-length", "transfer-encoding"} & set(headers))

    def test_interim_responses_come_before_the_final_one(self):
        client = self.client()
        for status in (100, 102, 103, 199):
            self.assertEqual(client.request(f"/status/{status}").status, status)
            self.assertEqual(client.response().status, 200)

    def test_unrequested_switching_protocols_ends_the_connection(self):
        client = self.client()
        self.assertEqual(client.request("/status/101").status, 101)
        self.assertTrue(client.ended())

    def test_bytes(self):
        client = self.client()
        for size in (0, 1, 63, 64, 65, 16384, 16385, 65536, 65537, 262144, 1000003):
            self.assertEqual(client.request(f"/bytes/{size}").body, pattern(size), size)

    def test_chunked(self):
        client = self.client()
        for size in (0, 1, 16383, 16384, 16385, 300000, 1000003):
            response = client.request(f"/chunked/{size}")
            self.assertEqual(response.headers["transfer-encoding"], "chunked")
            self.assertNotIn("content-length", response.headers)
            self.assertEqual(response.body, pattern(size))
            self.assertEqual([len(c) for c in response.raw_body[:-1]], [16384] * (max(size - 1, 0) // 16384))

    def test_stream_has_the_requested_chunks(self):
        client = self.client()
        for count, size in ((0, 5), (1, 1), (7, 100), (1000, 3), (2, 70000), (3, 300000)):
            response = client.request(f"/stream/{count}/{size}/0")
            self.assertEqual([len(c) for c in response.raw_body], [size] * count)
            self.assertEqual(response.body, pattern(count * size))

    def test_stream_keeps_its_gaps(self):
        client = self.client()
        begin = time.monotonic()
        client.send(b"GET /stream/4/10/50 HTTP/1.1\r\nHost: a\r\n\r\n")
        client.until(b"\r\n\r\n")
        for chunk in range(4):
            self.assertEqual(client.until(b"\r\n"), b"a")
            client.exactly(12)
            self.assertGreaterEqual(time.monotonic() - begin, chunk * 0.050)
        self.assertEqual(client.until(b"\r\n\r\n"), b"0")
        self.assertEqual(client.request("/").status, 200)

    def test_sse(self):
        response = self.client().request("/sse/3/20/1")
        self.assertEqual(response.headers["content-type"], "text/event-stream")
        self.assertEqual([len(c) for c in response.raw_body], [20] * 3)
        self.assertEqual(response.body.decode().split("\n\n"),
                         [f"data: {pattern(36)[i * 12:i * 12 + 12].decode()}" for i in range(3)] + [""])

    def test_delay(self):
        client = self.client()
        for milliseconds in (0, 30, 100):
            begin = time.monotonic()
            self.assertEqual(client.request(f"/delay/{milliseconds}").body, b"Hello, world!")
            self.assertGreaterEqual(time.monotonic() - begin, milliseconds / 1000)

    def test_delays_run_side_by_side(self):
        clients = [self.client() for _ in range(20)]
        for number, client in reversed(list(enumerate(clients))):
            client.send(b"GET /delay/%d HTTP/1.1\r\nHost: a\r\n\r\n" % (100 + 10 * number))
        for client in clients:
            self.assertEqual(client.response().status, 200)

    def test_close(self):
        client = self.client()
        response = client.request("/close")
        self.assertEqual((response.headers["connection"], response.body), ("close", b"Hello, world!"))
        self.assertTrue(client.ended())

    def test_reset(self):
        client = self.client()
        with self.assertRaises(ConnectionResetError):
            client.request("/reset")

    def test_reset_comes_after_earlier_responses(self):
        client = self.client()
        self.assertEqual(client.request("/").status, 200)
        with self.assertRaises(ConnectionResetError):
            client.request("/reset")

    def test_redirect(self):
        client = self.client()
        for code in (301, 302, 303, 307, 308):
            response = client.request(f"/redirect/{code}/status/404?a=b")
            self.assertEqual((response.status, response.headers["location"]), (code, "/status/404?a=b"))

    def test_echo(self):
        client = self.client()
        self.assertEqual(client.request("/echo").body, b"GET 0\n")
        self.assertEqual(client.request("/echo", "PATCH", body=b"x" * 3000).body, b"PATCH 3000\n")
        self.assertEqual(client.request("/echo?a", "QUERY", body=b"x").body, b"QUERY 1\n")

    def test_headers(self):
        client = self.client()
        for count in (0, 1, 1000):
            headers = client.request(f"/headers/{count}").headers
            self.assertEqual(sum(name.startswith("x-extra-") for name in headers), count)

    def test_gzip(self):
        client = self.client()
        plain = client.request("/gzip")
        self.assertEqual(plain.body, b"x" * 1000)
        self.assertNotIn("content-encoding", plain.headers)
        for accepted in ("gzip", "br;q=1, gzip;q=0.1", "*"):
            packed = client.request("/gzip", headers=[f"Accept-Encoding: {accepted}"])
            self.assertEqual(packed.headers["content-encoding"], "gzip")
            self.assertEqual(gzip.decompress(packed.body), b"x" * 1000)
        for refused in ("gzip;q=0", "br", "identity"):
            self.assertEqual(client.request("/gzip", headers=[f"Accept-Encoding: {refused}"]).body, b"x" * 1000)

    def test_until_close(self):
        for size in (0, 1, 100000):
            client = self.client()
            response = client.request(f"/until-close/{size}")
            self.assertFalse({"content-length", "transfer-encoding"} & set(response.headers))
            self.assertEqual(response.body, pattern(size))
            self.assertTrue(client.ended())

    def test_head_split(self):
        for cut in (1, 9, 40):
            client = self.client()
            client.send(b"GET /head-split/%d HTTP/1.1\r\nHost: a\r\n\r\n" % cut)
            self.assertTrue(client.fill())
            self.assertEqual(len(client.buffer), cut)
            self.assertEqual(client.response().body, b"OK\n")
        self.assertEqual(self.client().request("/head-split/60000").body, b"OK\n")

    def test_invalid_arguments_are_404(self):
        client = self.client()
        for path in ("/status", "/status/", "/status/abc", "/status/99", "/status/1000", "/status/200/1", "/bytes/-1",
                     "/bytes/1073741825", "/bytes/99999999999999999999", "/chunked/", "/stream/1/2", "/stream/1/0/0",
                     "/sse/1/8/0", "/delay/x", "/close/1", "/redirect/302", "/redirect/200/a", "/headers/1001",
                     "/head-split/0", "/counts/1"):
            self.assertEqual(client.request(path).status, 404, path)

    def test_head_has_no_body(self):
        client = self.client()
        for path in ("/", "/bytes/1000000", "/chunked/5", "/stream/5/5/1000", "/status/404", "/gzip", "/echo", "/counts"):
            response = client.request(path, "HEAD")
            self.assertIn(response.status, (200, 404))
            self.assertTrue({"content-length", "transfer-encoding"} & set(response.headers))
        self.assertEqual(client.request("/bytes/77", "HEAD").headers["content-length"], "77")
        self.assertEqual(client.request("/").body, b"Hello, world!")

    def test_connect_is_refused(self):
        client = self.client()
        self.assertEqual(client.request("origin:443", "CONNECT").status, 501)
        self.assertTrue(client.ended())


class Connections(Base):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Serve()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def test_keep_alive(self):
        client = self.client()
        for _ in range(100):
            self.assertEqual(client.request("/").status, 200)

    def test_connection_close_is_honoured(self):
        for method in ("GET", "HEAD"):
            client = self.client()
            response = client.request("/", method, headers=["Connection: close"])
            self.assertEqual(response.headers["connection"], "close")
            self.assertTrue(client.ended())

    def test_http_10(self):
        client = self.client()
        self.assertEqual(client.request("/", version="1.0").headers["connection"], "close")
        self.assertTrue(client.ended())
        client = self.client()
        for _ in range(3):
            response = client.request("/", version="1.0", headers=["Connection: keep-alive"])
            self.assertEqual(response.headers["connection"], "keep-alive")

    def test_http_10_gets_no_chunks(self):
        for path, body in (("/chunked/70000", pattern(70000)), ("/stream/3/5/1", pattern(15))):
            client = self.client()
            response = client.request(path, version="1.0", headers=["Connection: keep-alive"])
            self.assertNotIn("transfer-encoding", response.headers)
            self.assertEqual(response.body, body)

    def test_pipelined_requests_are_answered_in_order(self):
        client = self.client()
        wanted = []
        for number in range(300):
            path = ("/", f"/bytes/{number}", "/delay/1", f"/status/{400 + number % 10}", f"/chunked/{number}")[number % 5]
            wanted.append(path)
        client.send(b"".join(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % path.encode() for path in wanted))
        for number, path in enumerate(wanted):
            response = client.response()
            self.assertEqual(response.status, 400 + number % 10 if "status" in path else 200)
            if path[1:3] in ("by", "ch"):
                self.assertEqual(response.body, pattern(number))

    def test_pipelined_variants_of_the_plain_response(self):
        client = self.client()
        methods = ["GET", "HEAD", "HEAD", "GET", "POST", "GET", "HEAD", "GET"] * 20
        client.send(b"".join(b"%s / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" %
                             ((m.encode(), 3, b"abc") if m == "POST" else (m.encode(), 0, b"")) for m in methods))
        for method in methods:
            self.assertEqual(client.response(method).body, b"" if method == "HEAD" else b"Hello, world!")

    def test_many_pipelined_requests_from_a_client_that_reads_late(self):
        """More than all buffers between client and server hold: the server must stop reading, and lose nothing."""
        count = 100000
        for path in (b"/", b"/headers/20"):
            client = self.client()
            sender = threading.Thread(target=client.send, args=(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % path * count,))
            sender.start()
            time.sleep(0.2)  # not a wait for a condition: makes full buffers likely before reading begins
            first = client.until(b"\r\n\r\n")
            one = len(first) + 4 + int(re.search(rb"Content-Length: (\d+)", first).group(1))
            left = one * count - len(first) - 4 - len(client.buffer)
            while left:
                left -= len(client.sock.recv(min(left, 1 << 20)))
            sender.join()
            client.buffer = b""
            self.assertEqual(client.request("/").body, b"Hello, world!")

    def test_responses_that_do_not_fit_into_the_buffers(self):
        """Requests one by one, no response read: at some moment the kernel takes only a part of a response."""
        count, size = 2000, 5000
        client = self.client(self.serve("--body-size", size))
        response = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s" % (size, pattern(size))
        for _ in range(count):
            client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            end = time.perf_counter() + 50e-6
            while time.perf_counter() < end:  # makes it likely that each request is read alone
                pass
        for number in range(count):
            self.assertEqual(client.exactly(len(response)), response, number)

    def test_byte_by_byte(self):
        client = self.client()
        for byte in b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nT: u\r\n\r\n":
            client.send(bytes([byte]))
        self.assertEqual(client.response().body, b"POST 3\n")

    def test_half_closed_client_is_answered(self):
        client = self.client()
        client.send(b"GET /delay/50 HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nGET /trunca")
        socket.socket.shutdown(client.sock, socket.SHUT_WR)  # without close_notify
        self.assertEqual(client.response().status, 200)
        self.assertEqual(client.response().status, 200)
        self.assertTrue(client.ended())

    def test_refused_request_does_not_affect_the_next_connection(self):
        """The kernel may shut a refused connection down late, when another connection already has its slot."""
        for _ in range(300):
            with Client(self.server) as client:
                client.send(b"no request\r\n\r\n")
                self.assertEqual(client.response().status, 400)
            with Client(self.server) as client:
                self.assertEqual(client.request("/delay/1").status, 200)

    def test_clients_that_vanish(self):
        requests = (b"", b"GET /del", b"GET /delay/100000 HTTP/1.1\r\nHost: a\r\n\r\n",
                    b"GET /bytes/1000000000 HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /stream/1000/9/10 HTTP/1.1\r\nHost: a\r\n\r\n",
                    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\nabc")
        for reset in (False, True):
            for request in requests:
                client = self.client()
                if reset:
                    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.send(request)
                if b"bytes" in request or b"stream" in request:
                    client.fill()
                client.sock.close()
        self.assertEqual(self.client().request("/").status, 200)


class Bodies(Base):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Serve()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def test_uploads_of_every_size(self):
        client = self.client()
        for size in (1, 1000, 16384, 65535, 65536, 100000, 10000000):
            self.assertEqual(client.request("/echo", "POST", body=b"x" * size).body, b"POST %d\n" % size)
            self.assertEqual(client.request("/", "POST", body=b"x" * size).body, b"Hello, world!")

    def test_chunked_uploads(self):
        client = self.client()
        for sizes in ((), (1,), (10, 20, 30), (1000,) * 100, (10000000,), (65536, 1, 200000)):
            client.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            for size in sizes:
                client.send(b"%x\r\n%s\r\n" % (size, b"x" * size))
            client.send(b"0\r\n\r\n")
            self.assertEqual(client.response().body, b"POST %d\n" % sum(sizes))

    def test_request_after_a_long_body_is_not_lost(self):
        client = self.client()
        client.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n" + b"x" * 3000000 +
                    b"GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertEqual(client.response().body, b"POST 3000000\n")
        self.assertEqual(client.response().body, b"GET 0\n")

    def test_bodies_of_all_lengths_in_one_stream(self):
        """After long bodies the server receives in another way: no byte may be lost between the two."""
        sizes = [3000000, 1, 0, 900, 5000, 200000, 1023, 1024, 1025] + [0] * 400 + [100000, 20000, 15, 16384, 70000]
        requests = [b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (size, b"x" * size) for size in sizes]
        requests[5] = (b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                       b"186a0\r\n%s\r\n186a0\r\n%s\r\n0\r\n\r\n" % (b"x" * 100000, b"x" * 100000))
        requests.append(b"POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300000)
        sizes.append(300000)
        client = self.client()
        sender = threading.Thread(target=client.send, args=(b"".join(requests),), daemon=True)
        sender.start()
        for size in sizes:
            self.assertEqual(client.response().body, b"POST %d\n" % size)
        self.assertTrue(client.ended())
        sender.join()

    def test_expect_continue(self):
        client = self.client()
        client.send(b"PUT /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        self.assertEqual(client.response().status, 100)
        client.send(b"hello")
        self.assertEqual(client.response().body, b"PUT 5\n")

    def test_memory_stays_flat(self):
        client = self.client()
        client.request("/echo", "POST", body=b"x" * 10000000)
        client.request("/bytes/1000000")
        before = resident(self.server)
        for _ in range(5):
            client.request("/echo", "POST", body=b"x" * 10000000)
        client.send(b"GET /bytes/300000000 HTTP/1.1\r\nHost: a\r\n\r\n")
        client.until(b"\r\n\r\n")
        left = 300000000 - len(client.buffer)
        client.buffer = b""
        while left:
            left -= len(client.sock.recv(min(left, 1 << 20)))
        self.assertLess(resident(self.server) - before, (16 if harness.sanitized() else 1) << 20)


def resident(server):
    with open(f"/proc/{server.process.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Malformed(Base):
    def setUp(self):
        self.server = self.serve()

    def refused(self, request, status):
        client = self.client()
        client.send(request)
        response = client.response()
        self.assertEqual((response.status, response.headers["connection"]), (status, "close"), request[:80])
        self.assertTrue(client.ended())

    def test_malformed_requests_are_refused_and_counted(self):
        requests = (b"\r\n\r\n\0", b"\x16\x03\x01\x02\x00\x01", b"GET /\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
                    b"GET / HTTP/1.1\nHost: a\n\n", b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
                    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
                    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")
        for request in requests:
            self.refused(request, 400)
        counts = self.server.counts()
        self.assertEqual(counts["status"], {"400": len(requests)})
        self.assertEqual((counts["requests"], counts["malformed"]), (len(requests), len(requests)))

    def test_other_refusals(self):
        self.refused(b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505)
        self.refused(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: br\r\n\r\n", 501)
        self.refused(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: x\r\nContent-Length: 1\r\n\r\n", 417)

    def test_long_heads(self):
        start = b"GET /echo HTTP/1.1\r\nHost: a\r\nX: "
        self.refused(start + b"x" * (65537 - len(start)), 431)
        client = self.client()
        client.send(start + b"x" * (65536 - len(start) - 4) + b"\r\n\r\n")
        self.assertEqual(client.response().body, b"GET 0\n")

    def test_earlier_requests_are_answered_first(self):
        client = self.client()
        client.send(b"GET /delay/20 HTTP/1.1\r\nHost: a\r\n\r\nrubbish\r\n\r\n")
        self.assertEqual(client.response().status, 200)
        self.assertEqual(client.response().status, 400)
        self.assertTrue(client.ended())

    def test_surplus_bytes_do_not_reset_the_last_response(self):
        for request in (b"rubbish\r\n\r\n", b"GET /close HTTP/1.1\r\nHost: a\r\n\r\n"):
            client = self.client()
            client.send(request + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 20000)
            client.response()
            self.assertTrue(client.ended())


class Options(Base):
    def test_body_status_and_headers(self):
        for size in (0, 2, 65536, 65537, 5000000):
            server = self.serve("--body-size", size, "--status", 503, "--headers", 3)
            client = self.client(server)
            for path in ("/", "/any"):
                response = client.request(path)
                self.assertEqual((response.status, response.body), (503, pattern(size)))
                self.assertEqual(sum(name.startswith("x-extra-") for name in response.headers), 3)
            self.assertEqual(client.request("/", "HEAD").headers["content-length"], str(size))
            self.assertEqual(client.request("/echo").status, 200)
            server.stop()

    def test_status_without_a_body(self):
        client = self.client(self.serve("--status", 204))
        for _ in range(3):
            response = client.request("/")
            self.assertEqual((response.status, response.headers), (204, {}))

    def test_delay(self):
        for option, delay, least in (("--delay", "30ms", 0.030), ("--delay-uniform", "20ms..40ms", 0.020),
                                     ("--delay-bimodal", "25ms,50ms:0.5", 0.025)):
            client = self.client(self.serve(option, delay))
            for path in ("/", "/echo"):
                begin = time.monotonic()
                self.assertEqual(client.request(path).status, 200)
                self.assertGreaterEqual(time.monotonic() - begin, least)

    def test_exponential_delay_has_its_mean(self):
        client = self.client(self.serve("--delay-exp", "5ms"))
        begin = time.monotonic()
        for _ in range(200):
            client.request("/")
        # The seed is fixed: 200 draws of mean 5 ms, at least 0.7 s together.
        self.assertGreaterEqual(time.monotonic() - begin, 0.7)

    def test_pipelined_requests_are_delayed_one_after_the_other(self):
        client = self.client(self.serve("--delay", "20ms"))
        begin = time.monotonic()
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 5)
        for number in range(5):
            self.assertEqual(client.response().status, 200)
            self.assertGreaterEqual(time.monotonic() - begin, 0.020 * (number + 1))

    def test_faults(self):
        """A tenth of the responses is reset, broken or cut; the client counts each under its kind."""
        server = self.serve("--fault-share", 0.1)
        report = self.bench("-n", 3000, "-c", 10, "-m", "POST", server.url)
        counts = server.counts()
        self.assertEqual(counts["requests"], 3000)
        self.assertEqual(counts["status"], {"200": report["status_codes"]["200"]})
        self.assertEqual(counts["resets"] + counts["faults"], report["summary"]["errors"])
        self.assertEqual(report["errors"]["protocol"] + report["errors"]["reset"], report["summary"]["errors"])
        for kind in (counts["resets"], report["errors"]["protocol"], report["errors"]["reset"] - counts["resets"]):
            self.assertGreater(kind, 30)  # of about 100

    def test_stream(self):
        client = self.client(self.serve("--chunks", 3, "--chunk-size", 10, "--chunk-gap", "20ms"))
        for _ in range(2):
            begin = time.monotonic()
            response = client.request("/")
            self.assertGreaterEqual(time.monotonic() - begin, 0.040)
            self.assertEqual([len(c) for c in response.raw_body], [10] * 3)
        self.assertEqual(client.request("/", "HEAD").headers["transfer-encoding"], "chunked")

    def test_events(self):
        response = self.client(self.serve("--chunks", 2, "--chunk-size", 13, "--sse")).request("/")
        self.assertEqual(response.headers["content-type"], "text/event-stream")
        self.assertEqual(response.body, b"data: Hello\n\ndata: , wor\n\n")

    def test_close_after(self):
        server = self.serve("--close-after", 3)
        for _ in range(2):
            client = self.client(server)
            for number in range(3):
                response = client.request(("/", "/echo", "/")[number])
                self.assertEqual(response.headers.get("connection"), "close" if number == 2 else None)
            self.assertTrue(client.ended())
        client = self.client(server)
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 3)
        self.assertEqual([client.response().headers.get("connection") for _ in range(3)], [None, None, "close"])
        self.assertTrue(client.ended())

    def test_capacity_serves_in_order(self):
        slots, requests, service = 3, 8, 0.050
        server = self.serve("--capacity", slots, "--delay", "50ms")
        clients = [self.client(server) for _ in range(requests)]
        for client in clients:
            client.request("/counts")
        begin = time.monotonic()
        for number, client in enumerate(clients):
            client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            # The next request is sent only when this one is counted, so that their order is known.
            harness.wait_for(lambda number=number: server.counts()["requests"] == number + 1, "the request is counted")
        done = []
        for number, client in enumerate(clients):
            self.assertEqual(client.response().status, 200)
            done.append(time.monotonic() - begin)
            self.assertGreaterEqual(done[-1], service * (number // slots + 1))
        self.assertEqual(done, sorted(done))

    def test_closed_connections_free_their_capacity(self):
        server = self.serve("--capacity", 1, "--delay", "50ms")
        waiting = [self.client(server) for _ in range(10)]
        for client in waiting:
            client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        for client in waiting[:9]:
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sock.close()
        self.assertEqual(waiting[9].response().status, 200)

    def serve_within(self, descriptors, *options):
        """A server with a limit of descriptors; self.port is its port."""
        process = harness.start("serve", "127.0.0.1:0", "--quiet", *options, stderr=subprocess.DEVNULL,
                                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors)))
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        self.addCleanup(process.stdout.close)
        self.port = int(re.search(rb":(\d+)/", process.stdout.readline()).group(1))

    def test_more_connections_than_descriptors(self):
        """With a full descriptor table a new connection is refused; a closed one makes room."""
        limit = 40
        self.serve_within(limit, "-w", 1)
        clients = [self.client(self) for _ in range(limit)]
        for client in clients:
            self.assertEqual(client.request("/").status, 200)

        def works():
            try:
                with Client(self) as client:
                    return client.request("/").status == 200
            except (EOFError, OSError):  # over TLS, how the handshake ends depends on what came first
                return False

        self.assertFalse(works())
        for _ in range(3):
            clients.pop().sock.close()
            harness.wait_for(works, "a closed connection makes room")
        self.assertEqual(clients[0].request("/").status, 200)

    def test_ipv6(self):
        server = self.serve(address="[::1]:0")
        self.assertTrue(server.url.startswith(f"{harness.SERVE_SCHEME}://[::1]:"))
        self.assertEqual(self.client(server, host="::1").request("/").status, 200)

    def test_workers_share_the_port_and_the_counts(self):
        server = self.serve("--workers", 3)
        for _ in range(60):
            with Client(server) as client:
                client.request("/")
        counts = server.counts()
        self.assertEqual((counts["requests"], counts["connections"]), (60, 60))

    def test_connections_are_spread_evenly_over_the_workers(self):
        """By the kernel's hash alone, twelve connections on four workers would be even only once in 45 runs."""
        server = self.serve("--workers", 4)
        clients = [self.client(server) for _ in range(12)]
        for client in clients:
            self.assertEqual(client.request("/").status, 200)
        for client in clients:
            client.sock.close()
        server.stop()
        self.assertIn("connections of each worker: 3 3 3 3\n", server.output())

    def test_closed_connections_free_their_slots_on_other_workers(self):
        """A thousand short connections, many of them passed to another worker: every slot becomes free again."""
        self.serve_within(40, "-w", 4)
        kept = [self.client(self) for _ in range(12)]
        for _ in range(1000):
            with Client(self) as client:
                self.assertEqual(client.request("/").status, 200)
        for client in kept:
            self.assertEqual(client.request("/").status, 200)

    def test_half_of_the_processors_by_default(self):
        usable = self.bench("-n", 1, "-c", 1, self.serve().url)["machine"]["cpu_cores_usable"]
        for options, workers in (((), max(1, usable // 2)), (("--capacity", 2, "--service-time", "1ms"), 1)):
            server = self.serve(*options)
            with open(f"/proc/{server.process.pid}/status") as file:
                threads = int(re.search(r"Threads:\s+(\d+)", file.read()).group(1))
            self.assertEqual(threads, 1 + workers)

    def test_refused_settings(self):
        for options, part in ((["0.0.0.0:0"], "--allow-remote"), (["127.0.0.1:0", "--status", 100], "status"),
                              (["127.0.0.1:0", "--capacity", 2, "--workers", 2], "capacity"),
                              (["127.0.0.1:0", "--capacity", 2], "--service-time"),
                              (["127.0.0.1:0", "--sse"], "--chunks"), (["127.0.0.1:0", "--chunk-size", 4], "--chunks"),
                              (["127.0.0.1:0", "--delay-uniform", "5ms"], "10ms..30ms"),
                              (["127.0.0.1:0", "--delay", "exp:5ms"], "20ms"),
                              (["127.0.0.1:0", "--delay", "5ms", "--delay-exp", "5ms"], "--delay-exp"),
                              (["127.0.0.1:0", "--delay", "soon"], "delay"), (["nowhere"], "port"),
                              (["127.0.0.1:70000"], "65535")):
            run = harness.vastar("serve", *options)
            self.assertEqual((run.status, run.out), (2, ""), run)
            self.assertIn(part, run.err)
        taken = self.serve()
        run = harness.vastar("serve", f"127.0.0.1:{taken.port}")
        self.assertEqual(run.status, 1, run)
        self.assertIn("another server has it", run.err)


class Counts(Base):
    def test_counts_everything_except_counts(self):
        server = self.serve()
        nothing = {"requests": 0, "status": {}, "connections": 0, "bytes_received": 0, "body_bytes": 0, "bytes_sent": 0,
                   "malformed": 0, "resets": 0, "faults": 0,
                   "handshakes": 0, "resumed": 0, "handshake_errors": 0, "tls_errors": 0, "messages": 0,
                   "http2_connections": 0, "goaways": 0, "refused_streams": 0}
        self.assertEqual(server.counts(), nothing)
        client = self.client(server)
        client.request("/counts")
        self.assertEqual(server.counts(), nothing)
        client.request("/")
        client.request("/status/404")
        client.request("/", "POST", body=b"x" * 1000)
        request = len(b"GET / HTTP/1.1\r\nHost: origin\r\n\r\n")
        with self.assertRaises(ConnectionResetError):
            self.client(server).request("/reset")
        counts = server.counts()
        self.assertEqual(counts["requests"], 4)
        self.assertEqual(counts["status"], {"200": 2, "404": 1})
        self.assertEqual((counts["connections"], counts["resets"], counts["body_bytes"]), (2, 1, 1000))
        self.assertEqual(counts["bytes_received"], 4 * request + len("/status/404") - 1 + len("/reset") - 1 +
                         len("POST") - len("GET") + len("Content-Length: 1000\r\n") + 1000)

    def test_report_at_the_end(self):
        server = self.serve()
        with Client(server) as client:
            for path in ("/", "/", "/status/404"):
                client.request(path)
        self.assertEqual(server.stop(), 0)
        self.assertRegex(server.output(), r"served 3 requests on 1 connections\n" + (r"  handshakes 1, resumed 0, failed 0\n" if server.secure else "") +
                         r"  \[200\] 2\n  \[404\] 1\n")

    def test_quiet_prints_only_the_address(self):
        server = self.serve("--quiet")
        self.client(server).request("/")
        self.assertEqual(server.stop(), 0)
        self.assertEqual(server.output(), f"listening on {harness.SERVE_SCHEME}://127.0.0.1:{server.port}/\n")

    def test_both_signals_stop_it(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            server = self.serve()
            client = self.client(server)
            client.send(b"GET /delay/100000 HTTP/1.1\r\nHost: a\r\n\r\n")
            server.process.send_signal(number)
            self.assertEqual(server.process.wait(harness.LIMIT), 0)
            self.assertIn("served ", server.output())


@unittest.skipUnless(shutil.which("curl"), "curl is not installed")
class Curl(Base):
    def curl(self, *arguments):
        run = subprocess.run(["curl", "-sS", "--max-time", str(harness.LIMIT), *arguments], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def test_curl_agrees(self):
        url = self.serve().url
        self.assertEqual(self.curl(url + "/"), b"Hello, world!")
        self.assertEqual(self.curl(url + "/chunked/100000"), pattern(100000))
        self.assertEqual(self.curl(url + "/until-close/1000"), pattern(1000))
        self.assertEqual(self.curl("--compressed", url + "/gzip"), b"x" * 1000)
        self.assertEqual(self.curl("-L", url + "/redirect/302/redirect/307/bytes/5"), b"Hello")
        self.assertEqual(self.curl("-I", url + "/bytes/9").split(b"\r\n")[0], b"HTTP/1.1 200 OK")
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"x" * 10000000)
            file.flush()
            self.assertEqual(self.curl("-T", file.name, url + "/echo"), b"PUT 10000000\n")
            self.assertEqual(self.curl("-H", "Transfer-Encoding: chunked", "-d", f"@{file.name}", url + "/echo"),
                             b"POST 10000000\n")


class Many(Base):
    def test_ten_thousand_connections(self):
        count = 2000 if harness.SERVE_TLS else 10000
        if harness._hard < 2 * count:
            count = harness._hard // 3
        server = self.serve()
        clients = []
        self.addCleanup(lambda: [client.close() for client in clients])
        for _ in range(count):
            clients.append(server.connect())
        for client in clients:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        for client in clients:
            self.assertTrue(client.recv(1000).endswith(b"Hello, world!"))
        counts = server.counts()
        self.assertEqual((counts["requests"], counts["connections"]), (count, count))
        if not harness.sanitized():
            self.assertLess(resident(server), 100 << 20 if server.secure else 16 << 20)


if __name__ == "__main__":
    harness.main()
