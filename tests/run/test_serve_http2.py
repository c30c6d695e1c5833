# SPDX-License-Identifier: MIT OR Apache-2.0
"""`vastar serve --http2`: its frames are libnghttp2's, so curl, nghttp, h2load and vastar's own client are all foreign."""
import json
import os
import re
import shutil
import ssl
import subprocess
import unittest

import harness
import tls
from harness import LIMIT, SERVE_TLS, finish, start, vastar, wait_for


class Base(harness.Case):
    def serve(self, *options, **more):
        """One worker unless the options say otherwise: what is counted is then told in one order."""
        server = harness.Serve("--http2", *(() if "-w" in options else ("-w", "1")), *options, **more)
        self.addCleanup(server.stop)
        return server

    def run_program(self, program, *arguments, **more):
        if not shutil.which(program):
            self.skipTest(f"{program} is not installed")
        run = subprocess.run([program, *map(str, arguments)], capture_output=True, timeout=LIMIT, check=False, **more)
        self.assertEqual(run.returncode, 0, run)
        return run.stdout.decode()

    def curl(self, url, *options, **more):
        return self.run_program("curl", "-sS", "--http2" if SERVE_TLS else "--http2-prior-knowledge", *options, url, **more)

    def head(self, url, *options):
        """(status line, fields, body)"""
        head, body = self.curl(url, "-i", *options).replace("\r\n", "\n").split("\n\n", 1)
        status, *lines = head.split("\n")
        return status.strip(), dict(line.split(": ", 1) for line in lines), body

    def http2(self, *arguments, **more):
        return self.bench("--http2", *arguments, **more)

    def median(self, report):
        return report["latency"]["percentiles"]["p50"]

    def assert_counted(self, server, count, **more):
        wait_for(lambda: server.counts()["requests"] >= count, f"{count} requests are counted")
        self.assertLessEqual({"requests": count, **more}.items(), server.counts().items())


class Paths(Base):
    def test_plain(self):
        server = self.serve()
        status, fields, body = self.head(server.url)
        self.assertEqual((status, body), ("HTTP/2 200", "Hello, world!"))
        self.assertEqual(fields, {"content-type": "text/plain", "content-length": "13"})
        self.assert_counted(server, 1, connections=1, http2_connections=1, status={"200": 1})

    def test_every_path(self):
        server = self.serve("--headers", "2")
        for path, status, length in (("status/404", "404", 10), ("bytes/0", "200", 0), ("bytes/1000000", "200", 1000000),
                                     ("chunked/100000", "200", 100000), ("until-close/70000", "200", 70000),
                                     ("stream/5/1000/1", "200", 5000), ("headers/1000", "200", 3), ("gzip", "200", 1000),
                                     ("delay/5", "200", 13), ("bytes/x", "404", 32), ("head-split/20", "200", 3),
                                     ("status/204", "204", 0), ("status/304", "304", 0)):
            with self.subTest(path):
                found, _, body = self.head(f"{server.url}/{path}")
                self.assertEqual((found, len(body)), (f"HTTP/2 {status}", length))
        self.assertEqual(self.head(f"{server.url}/bytes/5")[1]["x-extra-2"], "The quick brown fox")
        self.assertEqual(self.head(f"{server.url}/redirect/302/there?x=1")[1]["location"], "/there?x=1")
        self.assertNotIn("content-length", self.head(f"{server.url}/chunked/10")[1])
        self.assertEqual(self.curl(f"{server.url}/gzip", "--compressed"), 1000 * "x")
        self.assertEqual(self.curl(f"{server.url}/sse/2/20/0"), "data: Hello, world\n\ndata: ! The quick \n\n")

    def test_interim(self):
        server = self.serve()
        self.assertRegex(self.curl(f"{server.url}/status/103", "-i"), r"(?s)^HTTP/2 103 .*HTTP/2 200 ")

    def test_head(self):
        server = self.serve()
        status, fields, body = self.head(f"{server.url}/bytes/5000", "-I")
        self.assertEqual((status, fields["content-length"], body), ("HTTP/2 200", "5000", ""))
        report = self.http2("-n", "50", "-c", "2", "--streams", "4", "-m", "HEAD", server.url)
        self.assert_all(report, 50)
        self.assertEqual(report["summary"]["bytes"], 0)

    def test_uploads(self):
        server = self.serve()
        body = os.path.join(self.folder(), "body")
        sent = 0
        for number, size in enumerate((1, 100_000, 3_000_000), 1):
            with open(body, "wb") as file:
                file.write(bytes(size))
            self.assertEqual(self.curl(f"{server.url}/echo", "--data-binary", f"@{body}"), f"POST {size}\n")
            self.assert_all(self.http2("-n", "9", "-c", "2", "--streams", "3", "-m", "POST", "-D", body, server.url), 9)
            sent += 10 * size
            self.assert_counted(server, 10 * number, body_bytes=sent)

    def test_expect(self):
        server = self.serve()
        self.assertRegex(self.curl(f"{server.url}/echo", "-i", "-d", "body", "-H", "Expect: 100-continue"),
                         r"(?s)^HTTP/2 100 .*HTTP/2 200 .*POST 4")

    def test_counts_do_not_count(self):
        server = self.serve()
        for _ in range(2):
            counts = json.loads(self.curl(f"{server.url}/counts"))
            self.assertEqual((counts["requests"], counts["connections"]), (0, 0))
            self.assertEqual((counts["bytes_received"], counts["bytes_sent"]), (0, 0))
        wait_for(lambda: not server.counts()["bytes_sent"], "the bytes of /counts are not counted")

    def test_close(self):
        server = self.serve()
        report = self.http2("-n", "20", "-c", "2", "--streams", "3", f"{server.url}/close")
        self.assert_all(report, 20)
        self.assert_counted(server, 20, goaways=20)

    def test_reset(self):
        server = self.serve("--h2-reset-code", "ENHANCE_YOUR_CALM")
        report = self.http2("-n", "20", "-c", "2", "--streams", "3", f"{server.url}/reset", status=1)
        self.assertEqual(report["http2"]["resets"], {"ENHANCE_YOUR_CALM": 20})
        self.assert_counted(server, 20, resets=20, status={}, connections=2)


class Protocols(Base):
    def test_http1_stays(self):
        server = self.serve()
        version = self.run_program("curl", "-sS", "--http1.1", "-o", os.devnull, "-w", "%{http_version}", server.url)
        self.assertEqual(version, "1.1")
        self.assert_all(self.bench("-n", "1000", "-c", "4", server.url), 1000)
        self.assert_all(self.bench("-n", "10", "-c", "1", "-m", "POST", "-d", "x", server.url), 10)
        self.assert_counted(server, 1011, http2_connections=0)

    @unittest.skipIf(SERVE_TLS, "ALPN decides")
    def test_preface_cut_anywhere(self):
        """The protocol is told from the first three bytes, however they come."""
        server = self.serve()
        hello = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000000040000000000")
        for text, expected in ((hello, bytes.fromhex("000006040000000000")), (b"P / HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 200"),
                               (b"PR / HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 200"),
                               (b"PUT / HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 200")):
            for cut in range(1, 5):
                with self.subTest(text=text, cut=cut), server.connect() as sock:
                    for at in range(0, 3 * cut, cut):
                        sock.sendall(text[at:at + cut])
                    sock.sendall(text[3 * cut:])
                    self.assertTrue(sock.recv(12).startswith(expected))

    @unittest.skipUnless(SERVE_TLS, "needs TLS")
    def test_alpn(self):
        server = self.serve()
        for offered, chosen in ((["h2", "http/1.1"], "h2"), (["http/1.1", "h2"], "h2"), (["http/1.1"], "http/1.1"), ([], None)):
            context = ssl.create_default_context(cafile=tls.authority().file)
            if offered:
                context.set_alpn_protocols(offered)
            with harness.socket.create_connection((server.host, server.port), timeout=LIMIT) as raw, \
                    context.wrap_socket(raw, server_hostname="localhost") as sock:
                self.assertEqual(sock.selected_alpn_protocol(), chosen)

    @unittest.skipUnless(SERVE_TLS, "needs TLS")
    def test_without_the_option(self):
        server = harness.Serve()
        self.addCleanup(server.stop)
        report = self.http2("-n", "2", "-c", "1", server.url, status=1)
        self.assertIn("--http2 offers HTTP/2 alone", json.dumps(report["error_examples"]))

    def test_no_frames(self):
        """What breaks HTTP/2 ends its connection, and no other."""
        if SERVE_TLS:
            self.skipTest("without TLS")
        server = self.serve()
        with server.connect() as sock:
            sock.sendall(b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n" + bytes(100))
            while sock.recv(65536):
                pass
        self.assert_all(self.http2("-n", "10", "-c", "1", server.url), 10)
        self.assert_counted(server, 10, malformed=1)


class Clients(Base):
    """A count is the same at both ends."""

    def test_h2load(self):
        server = self.serve("-w", "2")
        out = self.run_program("h2load", "-n", "5000", "-c", "5", "-m", "20", server.url)
        self.assertIn("5000 succeeded, 0 failed", out)
        self.assertIn("5000 2xx", out)
        self.assert_counted(server, 5000, connections=5, http2_connections=5)

    def test_nghttp(self):
        server = self.serve()
        out = self.run_program("nghttp", "-v", "-m", "3", f"{server.url}/bytes/100")
        self.assertEqual(out.count(":status: 200"), 3)
        self.assert_counted(server, 3)

    def test_vastar(self):
        server = self.serve("-w", "2")
        for number, streams in enumerate((1, 10, 100), 1):
            report = self.http2("-n", "5000", "-c", "4", "--streams", streams, server.url)
            self.assert_all(report, 5000)
            self.assertEqual(report["summary"]["bytes"], 5000 * 13)
            self.assert_counted(server, 5000 * number, connections=4 * number)

    def test_open_loop(self):
        server = self.serve()
        report = self.http2("--rate", "2000", "-z", "500ms", "-c", "2", "--streams", "20", server.url)
        self.assertEqual(report["summary"]["errors"], 0)
        self.assert_counted(server, report["summary"]["requests"])

    def test_large_bodies(self):
        server = self.serve()
        for options in ((), ("--h2-window", "1000")):
            report = self.http2("-n", "8", "-c", "2", "--streams", "2", *options, f"{server.url}/bytes/300000")
            self.assert_all(report, 8)
            self.assertEqual(report["summary"]["bytes"], 8 * 300000)

    def test_client_that_leaves(self):
        """Responses that nobody waits for: the server goes on."""
        server = self.serve()
        process = start("--http2", "-z", "30s", "-c", "10", "--streams", "10", f"{server.url}/stream/1000/1000/1")
        wait_for(lambda: server.counts()["requests"] >= 100, "the run is in progress")
        process.kill()
        finish(process)
        self.assert_all(self.http2("-n", "10", "-c", "1", server.url), 10)


class Times(Base):
    def test_delay_of_each_stream(self):
        """Streams wait at the same time: 20 requests take about one delay."""
        server = self.serve("--delay", "100ms")
        report = self.http2("-n", "20", "-c", "1", "--streams", "20", server.url)
        self.assert_all(report, 20)
        self.assertGreaterEqual(self.median(report), 0.1)
        self.assertLess(report["summary"]["total_s"], 1.9)

    def test_capacity(self):
        """Two slots of 50 ms: ten requests on one connection take 250 ms at least."""
        server = self.serve("--capacity", "2", "--service-time", "50ms")
        report = self.http2("-n", "10", "-c", "1", "--streams", "10", server.url)
        self.assert_all(report, 10)
        self.assertGreaterEqual(report["summary"]["total_s"], 0.25)

    def test_stream_with_gaps(self):
        server = self.serve("--chunks", "4", "--chunk-gap", "30ms", "--chunk-size", "10", "--sse")
        report = self.http2("-n", "10", "-c", "2", "--streams", "5", server.url)
        self.assert_all(report, 10)
        self.assertEqual(report["summary"]["bytes"], 400)
        self.assertGreaterEqual(self.median(report), 0.09)

    def test_request_log(self):
        log = os.path.join(self.folder(), "log.csv")
        server = self.serve("--request-log", log, "--delay-uniform", "1ms..20ms")
        self.assert_all(self.http2("-n", "60", "-c", "3", "--streams", "5", server.url), 60)
        self.assertEqual(server.stop(), 0)
        with open(log) as file:
            rows = [line.strip().split(",") for line in file][1:]
        self.assertEqual(len(rows), 60)
        for row in rows:  # a response is never earlier than the delay that was drawn for it
            self.assertGreaterEqual(float(row[5]), float(row[4]))
        self.assertGreater(len({row[4] for row in rows}), 50)


class Faults(Base):
    def test_goaway(self):
        """GOAWAY in the tenth request of each connection: none is lost, none comes twice."""
        server = self.serve("--close-after", "10")
        for number, streams in enumerate((1, 7, 50), 1):
            report = self.http2("-n", "1000", "-c", "3", "--streams", streams, server.url)
            self.assert_all(report, 1000)
            self.assertGreaterEqual(report["http2"]["goaways"], 97)
            self.assert_counted(server, 1000 * number)

    def test_goaway_with_delays(self):
        """Streams are under way when it comes."""
        server = self.serve("--close-after", "5", "--delay-exp", "3ms")
        self.assert_all(self.http2("-n", "200", "-c", "2", "--streams", "8", server.url), 200)
        self.assert_counted(server, 200)

    def test_reset_every(self):
        server = self.serve("--h2-reset-every", "10")
        report = self.http2("-n", "1000", "-c", "4", "--streams", "5", server.url)
        self.assertEqual(report["summary"]["responses"] + report["summary"]["errors"], 1000)
        resets = report["http2"]["resets"]["INTERNAL_ERROR"]
        self.assertEqual((resets, report["errors"]["reset"]), (report["summary"]["errors"], resets))
        self.assert_counted(server, 1000, resets=resets)

    def test_refused(self):
        """A refused stream is sent again: every request gets its response, and is served once."""
        server = self.serve("--h2-reset-every", "3", "--h2-reset-code", "REFUSED_STREAM")
        report = self.http2("-n", "1000", "-c", "4", "--streams", "5", server.url)
        self.assert_all(report, 1000)
        self.assert_counted(server, 1000, refused_streams=report["http2"]["resets"]["REFUSED_STREAM"], resets=0)
        self.assertGreater(report["http2"]["resets"]["REFUSED_STREAM"], 300)

    def test_limit_of_streams(self):
        server = self.serve("--h2-streams", "3", "--delay", "2ms")
        report = self.http2("-n", "300", "-c", "2", "--streams", "50", server.url)
        self.assert_all(report, 300)
        self.assertEqual(report["http2"]["streams_max"], 3)
        self.assert_counted(server, 300)

    def test_window(self):
        """One byte at a time, if need be."""
        server = self.serve("--h2-window", "1")
        report = self.http2("-n", "20", "-c", "2", "--streams", "3", "-m", "POST", "-d", "twelve bytes", f"{server.url}/echo")
        self.assert_all(report, 20)
        self.assert_counted(server, 20, body_bytes=240)

    def test_late_settings(self):
        server = self.serve("--h2-settings-delay", "200ms")
        report = self.http2("-n", "40", "-c", "2", "--streams", "20", server.url)
        self.assert_all(report, 40)
        self.assertGreaterEqual(self.median(report), 0.15)

    def test_settings_that_never_come(self):
        server = self.serve("--h2-settings-delay", "1h")
        report = self.http2("-n", "4", "-c", "2", "-t", "300ms", server.url, status=1)
        self.assertEqual(report["errors"]["timeout"], 4)

    def test_header_flood(self):
        """Within the client's bound it is a response, beyond it an error that says so."""
        server = self.serve("--h2-header-flood", "40000")
        self.assert_all(self.http2("-n", "40", "-c", "2", "--streams", "4", server.url), 40)
        self.assertGreater(server.counts()["bytes_sent"], 40 * 40000)
        server = self.serve("--h2-header-flood", "2000000")
        report = self.http2("-n", "4", "-c", "2", server.url, status=1)
        self.assertEqual(report["errors"]["protocol"], 4)

    def test_fault_share(self):
        """A reset, a status that is none, a body that is too short: each harms its own stream."""
        server = self.serve("--fault-share", "0.3")
        report = self.http2("-n", "600", "-c", "2", "--streams", "5", server.url)
        counts = wait_for(lambda: (counts := server.counts())["requests"] >= 600 and counts, "all are counted")
        self.assertEqual(report["summary"]["errors"], counts["resets"] + counts["faults"])
        self.assertEqual((report["errors"]["reset"], report["errors"]["protocol"]), (counts["resets"], counts["faults"]))
        self.assertGreater(min(counts["resets"], counts["faults"]), 30)
        self.assertEqual(counts["connections"], 2)


class Words(Base):
    def test_report(self):
        server = self.serve("--close-after", "2")
        self.assert_all(self.http2("-n", "4", "-c", "1", server.url), 4)
        self.assertEqual(server.stop(), 0)
        self.assertRegex(server.output(), r"HTTP/2 on 2 of the connections\n  GOAWAY 2\n")

    def test_usage(self):
        for options, words in ((("--h2-streams", "3"), "needs --http2"), (("--h2-window", "1"), "needs --http2"),
                               (("--h2-reset-code", "CANCEL"), "needs --http2"),
                               (("--http2", "--h2-reset-code", "OOPS"), "not a code of RFC 9113")):
            run = vastar("serve", "127.0.0.1:0", *options)
            self.assertEqual(run.status, 2, run)
            self.assertTrue(re.search(words, run.err), run)


if __name__ == "__main__":
    harness.main()
