#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""--stream: when the events of a response arrive, against scripted peers, vastar serve and nginx as a proxy."""
import json
import shutil
import unittest

import h2
import html_page
from harness import Case, Serve, Server, answers, main, message, once, vastar

CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(data):
    return b"data: " + data + b"\n\n"


END = b"0\r\n\r\n"


class Buffering(Server):
    """nginx in front of another server."""
    program = "nginx"

    def __init__(self, upstream, buffering, http2=""):
        self.upstream, self.buffering, self.http2 = upstream, buffering, http2
        super().__init__()

    def command(self):
        temp = "".join(f"{what}_temp_path {self.path(what)};" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        config = self.write("nginx.conf", f"""
            daemon off; pid {self.path("pid")}; worker_processes 1;
            events {{ worker_connections 256; }}
            http {{ {temp} access_log off;
                server {{ listen 127.0.0.1:{self.ports[0]} {self.http2};
                    location / {{ proxy_pass {self.upstream}; proxy_buffering {self.buffering}; }}
                }}
            }}""")
        return [shutil.which(self.program), "-p", self.folder, "-e", self.path("error.log"), "-c", config]


class Events(Case):
    def stream(self, url, *arguments, status=0):
        run = vastar("--stream", "-o", "json", *arguments, url)
        self.assertEqual(run.status, status, run)
        return json.loads(run.out)

    def counts(self, stream, **expected):
        got = {name: stream[name] for name in ("events", "streams", "empty", "marked", "incomplete", "cut", "unended")}
        self.assertEqual(got, dict(dict.fromkeys(got, 0), **expected))


class Streams(Events):
    def cut_everywhere(self, body, **expected):
        """Whatever the segments, there are the same events."""
        response = CHUNKED + chunk(body) + END
        steps = (1, 2, 3, 5, 7, len(response))

        def script(conversation):
            for step in steps:
                if conversation.request() is None:
                    return
                for at in range(0, len(response), step):
                    conversation.send(response[at:at + step])

        report = self.stream(self.peer(script).url, "-n", len(steps), "-c", 1)
        self.counts(report["stream"], streams=len(steps), **{name: len(steps) * n for name, n in expected.items()})

    def test_events(self):
        self.cut_everywhere(event(b"a") + event(b"b") + event(b"[DONE]"), events=2, marked=1)

    def test_line_ends(self):
        self.cut_everywhere(b"data: a\r\n\r\ndata: b\r\rdata: c\n\n: comment\n\nevent: x\n\n", events=3)

    def test_byte_order_mark(self):
        self.cut_everywhere(b"\xef\xbb\xbf" + event(b"a"), events=1)

    def test_lines_of_json(self):
        self.cut_everywhere(b'{"a":1}\n{"b":2}\n\n{"c":3}', events=3)

    def test_last_event_is_incomplete(self):
        self.cut_everywhere(event(b"a") + b"data: b\n", events=1, incomplete=1, unended=1)

    def test_chunks_that_cut_events(self):
        body = b"".join(event(b"%d" % i) for i in range(40))
        data = CHUNKED + b"".join(chunk(body[at:at + 9]) for at in range(0, len(body), 9)) + END
        report = self.stream(self.peer(answers(data)).url, "-n", 20, "-c", 2)
        self.counts(report["stream"], events=800, streams=20)
        self.assertEqual(report["stream"]["events_per_response"], {"average": 40, "fewest": 40, "most": 40})

    def test_content_length_and_close(self):
        for data in (message(event(b"a") * 5), b"HTTP/1.1 200 OK\r\n\r\n" + event(b"a") * 5):
            report = self.stream(self.peer(once(data)).url, "-n", 6, "-c", 2)
            self.counts(report["stream"], events=30, streams=6)

    def test_streams_without_the_mark_of_the_others(self):
        bodies = [event(b"a") + event(b"[DONE]"), event(b"a")]

        def script(conversation):
            for body in bodies * 5:
                if conversation.request() is None:
                    return
                conversation.send(message(body))

        report = self.stream(self.peer(script).url, "-n", 10, "-c", 1)
        self.counts(report["stream"], events=10, streams=10, marked=5, unended=5)

    def test_stream_that_is_cut_off(self):
        report = self.stream(self.peer(once(CHUNKED + chunk(event(b"a") + event(b"b")))).url, "-n", 8, "-c", 2, status=1)
        self.assertEqual(report["errors"]["reset"], 8)
        self.counts(report["stream"], events=16, cut=8, unended=8)

    def test_a_cut_before_the_first_event_is_no_stream(self):
        report = self.stream(self.peer(once(CHUNKED + chunk(b": hello\n\n"))).url, "-n", 4, "-c", 2, status=1)
        self.counts(report["stream"])

    def test_other_statuses_are_not_read(self):
        report = self.stream(self.peer(answers(message(b'{"error": 1}\n', "500 Oops"))).url, "-n", 6, "-c", 2)
        self.counts(report["stream"])
        self.assertEqual(report["status_codes"], {"500": 6})

    def test_a_body_without_events(self):
        run = vastar("--stream", "-n", 6, "-c", 2, self.peer(answers(message(b"hello"))).url)
        self.assertIn("empty:        6 responses without an event", run.out)

    def test_redirect(self):
        """The body of the redirect is not read, and the first event counts from the send of the first request."""
        def script(conversation):
            while True:
                request = conversation.request()
                if request is None:
                    return
                conversation.send(message(event(b"x"), "302 Found", "Location: /there") if b"GET / " in request[:10] else
                                  message(event(b"a") + event(b"b")))

        report = self.stream(self.peer(script).url + "/", "-n", 6, "-c", 2)
        self.counts(report["stream"], events=12, streams=6)

    def test_events_of_one_receive_have_one_time(self):
        report = self.stream(self.peer(answers(message(event(b"a") * 10))).url, "-n", 20, "-c", 1)
        stream = report["stream"]
        self.assertEqual((stream["events"], stream["together"], stream["together_share"]), (200, 180, 0.9))
        self.assertEqual(stream["gap"]["percentiles"]["p50"], 0)

    def test_compression_is_not_offered(self):
        peer = self.peer(answers(message(event(b"a"))))
        report = self.stream(peer.url, "-n", 2, "-c", 1)
        self.assertNotIn(b"gzip", b"".join(peer.requests))
        self.assertFalse(report["params"]["compression"])

    def test_moves_and_open_loop(self):
        server = self.serve()
        report = self.stream(server.url + "/sse/5/40/1", "--rate", 500, "-z", "1s", "-c", 40, "--warmup", "200ms")
        stream = report["stream"]
        self.assertEqual(stream["events"], 5 * stream["streams"])
        self.assertEqual(stream["streams"], report["summary"]["responses"])
        self.assertEqual(sum(bucket["count"] for bucket in stream["gap"]["histogram"]), 4 * stream["streams"])
        self.assertEqual(sum(bucket["count"] for bucket in stream["first_event"]["histogram"]), stream["streams"])

    def test_gaps_are_at_least_those_of_the_server(self):
        """A client can see an event late, and then the next gap is short: the mean of a response hides that."""
        stream = self.stream(self.serve().url + "/sse/20/40/2", "-n", 40, "-c", 8)["stream"]
        self.assertGreater(stream["mean_gap"]["percentiles"]["p50"], 0.0019)
        self.assertEqual(stream["events"], 800)

    def test_errors_of_use(self):
        for arguments, why in ((("--pipeline", "2"), "--stream and --pipeline: "),
                               (("-m", "HEAD"), "--stream and -m HEAD: ")):
            run = vastar("--stream", *arguments, "http://127.0.0.1:1/")
            self.assertEqual(run.status, 2)
            self.assertTrue(run.err.startswith("vastar: " + why), run.err)

    def test_merge(self):
        server, folder = self.serve(), self.folder()
        files = []
        for i in (1, 2):
            files.append(f"{folder}/{i}.json")
            with open(files[-1], "w") as file:
                json.dump(self.stream(server.url + "/sse/5/40/1", "-n", 10, "-c", 2), file)
        merged = json.loads(vastar("merge", "-o", "json", *files).out)["stream"]
        self.counts(merged, events=100, streams=20)
        self.assertEqual(merged["events_per_response"], {"average": 5, "fewest": 5, "most": 5})
        self.assertEqual(sum(bucket["count"] for bucket in merged["gap"]["histogram"]), 80)
        with open(files[1], "w") as file:
            file.write(vastar("-n", 10, "-c", 2, "-o", "json", server.url + "/sse/5/40/1").out)
        run = vastar("merge", *files)
        self.assertEqual(run.status, 2)
        self.assertIn("only one of them has event streams", run.err)

    def test_pages(self):
        run = vastar("--stream", "-n", 20, "-c", 2, "-o", "html", self.serve().url + "/sse/5/40/1")
        page = html_page.check(self, run.out)
        rows = page.table("When the events arrived")
        self.assertEqual(rows[0][0], "p10")
        self.assertEqual(dict((row[0], row[1]) for row in page.table("Events"))["Streams"], "20")

    @unittest.skipUnless(shutil.which("nginx"), "nginx is not installed")
    def test_a_proxy_that_collects_events(self):
        """With proxy_buffering nginx hands events over in lumps; without it, one by one."""
        upstream = self.serve().url
        together = {}
        for buffering in ("on", "off"):
            proxy = Buffering(upstream, buffering)
            self.addCleanup(proxy.stop)
            stream = self.stream(proxy.url + "/sse/20/40/3", "-n", 8, "-c", 2)["stream"]
            self.assertEqual(stream["events"], 160)
            together[buffering] = stream["together"]
        self.assertGreater(together["on"], together["off"])


class Http2(Events):
    """The same figures over HTTP/2, where the responses share a connection."""

    def http2(self, url, *arguments, **more):
        return self.stream(url, "--http2", *arguments, **more)

    def talk(self, answer):
        """A peer that sends answer(stream, number), in turn a piece of each, to every four requests."""
        def script(conversation):
            client = h2.Client(conversation)
            client.greet()
            number = 0
            while True:
                answers_of_4 = []
                for _ in range(4):
                    stream = client.request()
                    if stream is None:
                        return
                    answers_of_4.append(list(answer(stream, number)))
                    number += 1
                for pieces in zip(*answers_of_4):
                    client.send(b"".join(pieces))
        return self.peer(script)

    def test_bodies_cut_anywhere_on_four_streams(self):
        body = event(b"a") + event(b"b") * 2 + event(b"[DONE]")

        def answer(stream, number):
            step = (1, 2, 3, 5, 7, len(body))[number // 4 % 6]
            yield h2.head(stream)
            for at in range(0, len(body), step):
                end = at + step >= len(body)
                piece = body[at:at + step]
                yield (h2.frame(h2.DATA, h2.PADDED | end, stream, bytes([9]) + piece + b"data: x\n\n") if number % 2 else
                       h2.data(stream, piece, end))

        report = self.http2(self.talk(answer).url, "-n", 48, "-c", 1, "--streams", 4)
        self.assertEqual(report["summary"]["responses"], 48)
        self.counts(report["stream"], events=144, streams=48, marked=48)
        self.assertEqual(report["stream"]["events_per_response"], {"average": 3, "fewest": 3, "most": 3})

    def test_streams_that_are_cut_off(self):
        """Every second one is reset after its second event."""
        def answer(stream, number):
            yield h2.head(stream)
            yield h2.data(stream, event(b"a") + event(b"b"), False)
            yield h2.reset(stream, h2.INTERNAL_ERROR) if number % 2 else h2.data(stream, event(b"c"))

        report = self.http2(self.talk(answer).url, "-n", 16, "-c", 1, "--streams", 4)
        self.assertEqual(report["errors"]["reset"], 8)
        self.counts(report["stream"], events=40, streams=8, cut=8, unended=8)

    def test_other_statuses_and_empty_bodies(self):
        def answer(stream, number):
            yield (h2.response(stream, event(b"x"), status=500) if number % 4 == 0 else
                   h2.head(stream, end=True) if number % 4 == 1 else h2.response(stream, event(b"a")))

        report = self.http2(self.talk(answer).url, "-n", 16, "-c", 1, "--streams", 4)
        self.assertEqual(report["status_codes"], {"200": 12, "500": 4})
        self.counts(report["stream"], events=8, streams=8, empty=4)

    def test_serve(self):
        server = Serve("--http2")
        self.addCleanup(server.stop)
        for load in (("-n", 40), ("--rate", 200, "-z", "500ms")):
            report = self.http2(server.url + "/sse/20/40/2", *load, "-c", 2, "--streams", 10)
            stream = report["stream"]
            self.assertEqual(report["summary"]["errors"], 0, report["error_examples"])
            self.assertEqual(stream["streams"], report["summary"]["responses"])
            self.assertEqual(sum(bucket["count"] for bucket in stream["first_event"]["histogram"]), stream["streams"])
            self.assertGreater(stream["mean_gap"]["percentiles"]["p50"], 0.0019)
        self.assertEqual(report["params"]["protocol"], "h2c")

    @unittest.skipUnless(shutil.which("nginx"), "nginx is not installed")
    def test_nginx(self):
        proxy = Buffering(self.serve().url, "off", "http2")
        self.addCleanup(proxy.stop)
        stream = self.http2(proxy.url + "/sse/20/40/3", "-n", 16, "-c", 2, "--streams", 4)["stream"]
        self.counts(stream, events=320, streams=16)


if __name__ == "__main__":
    main()
