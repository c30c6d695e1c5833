#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Scripted peers: framing to the letter (RFC 9112), and every way in which an exchange can fail."""
import itertools

from harness import Case, answers, main, message, once, vastar

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Framing(Case):
    """Valid responses in every form."""

    def accepted(self, data, size, count=30, code=200, script=None, arguments=()):
        peer = self.peer(script(data) if script else answers(data))
        report = self.bench("-n", count, "-c", 3, *arguments, peer.url)
        self.assert_all(report, count, code)
        self.assertEqual(report["summary"]["bytes"], size * count)
        self.assertEqual(len(peer.requests), count)
        return peer

    def test_content_length(self):
        self.assertEqual(self.accepted(message(b"x" * 100), 100).connections, 3)

    def test_length_0(self):
        self.accepted(message(b""), 0)

    def test_chunked(self):
        self.accepted(CHUNKED + b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", 11)

    def test_lengths_that_change_how_to_receive(self):
        """Short, medium, long and chunked responses, in blocks and alternating: each kind of receive has its own buffers."""
        def chunked(size, chunk=7000):
            return CHUNKED + b"".join(b"%x\r\n%s\r\n" % (min(left, chunk), b"c" * min(left, chunk)) for left in
                                      range(size, 0, -chunk)) + b"0\r\n\r\n"

        kinds = [(5, message(b"short")), (12000, message(b"m" * 12000)), (300000, message(b"l" * 300000)),
                 (20000, chunked(20000)), (200000, chunked(200000, 40000))]
        plan = [kind for kind in kinds + kinds for _ in range(30)] + kinds * 20
        lines = iter(plan)

        def script(conversation):
            while conversation.request():
                with conversation.peer.lock:
                    _, response = next(lines)
                conversation.send(response)

        peer = self.peer(script)
        report = self.bench("-n", len(plan), "-c", 3, peer.url)
        self.assert_all(report, len(plan))
        self.assertEqual(report["summary"]["bytes"], sum(size for size, _ in plan))
        self.assertEqual(peer.connections, 3)

    def test_long_and_short_chunks(self):
        """The kernel drops long chunks, but not what lies between them. The segments end anywhere."""
        sizes = (20000, 1, 12288, 12287, 300, 65536, 1024, 1023, 40000)
        data = CHUNKED + b"".join(b"%x\r\n%s\r\n" % (size, b"\n" * size) for size in sizes) + b"0\r\n\r\n"

        def script(conversation):
            for cut in itertools.cycle(range(1, 16)):
                if conversation.request() is None:
                    return
                for at in range(0, len(data), 4001 * cut):
                    conversation.send(data[at:at + 4001 * cut])
        peer = self.accepted(None, sum(sizes), count=30, script=lambda _: script, arguments=("-w", 1))
        self.assertEqual(peer.connections, 3)

    def test_chunk_extensions_and_trailers(self):
        self.accepted(CHUNKED + b'5;a=b;c="d;e"\r\nhello\r\n0;last\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n', 5)

    def test_chunk_size_with_zeros_and_capitals(self):
        self.accepted(CHUNKED + b"0000A\r\n0123456789\r\n000\r\n\r\n", 10)

    def test_transfer_encoding_over_content_length(self):
        self.accepted(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
                      b"5\r\nhello\r\n0\r\n\r\n", 5)

    def test_header_names_in_any_case(self):
        self.accepted(b"HTTP/1.1 200 OK\r\ncOnTeNt-lEnGtH:   5  \r\n\r\nhello", 5)

    def test_same_length_twice(self):
        self.accepted(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 5)

    def test_reason_may_be_missing(self):
        self.accepted(b"HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nhello", 5)

    def test_informational_is_skipped(self):
        self.accepted(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + message(), 5)

    def test_204_and_304_end_at_the_head(self):
        for code in (204, 304):
            self.accepted(b"HTTP/1.1 %d X\r\nContent-Length: 50\r\n\r\n" % code, 0, code=code)

    def test_head_ends_at_the_head(self):
        self.accepted(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n", 0, arguments=("-m", "HEAD"))
        self.accepted(CHUNKED, 0, arguments=("-m", "HEAD"))

    def test_until_close(self):
        self.assertEqual(self.accepted(b"HTTP/1.1 200 OK\r\n\r\nhello", 5, script=once).connections, 30)

    def test_until_close_without_body(self):
        self.accepted(b"HTTP/1.1 200 OK\r\n\r\n", 0, script=once)

    def test_coding_that_is_not_chunked_last_runs_until_close(self):
        self.accepted(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabcde", 5, script=once)

    def test_gzip_then_chunked(self):
        self.accepted(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 5)

    def test_connection_close(self):
        peer = self.accepted(message(b"hello", "200 OK", "Connection: close"), 5, script=once)
        self.assertEqual(peer.connections, 30)

    def test_connection_close_when_the_server_leaves_it_open(self):
        def script(conversation):
            if conversation.request() is not None:
                conversation.send(message(b"hello", "200 OK", "Connection: close"))
                conversation.wait_closed()
        peer = self.peer(script)
        self.assert_all(self.bench("-n", 30, "-c", 3, peer.url), 30)
        self.assertEqual(peer.connections, 30)

    def test_http_1_0_closes(self):
        peer = self.accepted(b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", 5, script=once)
        self.assertEqual(peer.connections, 30)

    def test_http_1_0_keep_alive(self):
        peer = self.accepted(b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello", 5)
        self.assertEqual(peer.connections, 3)

    def bytewise(self, data, size):
        def script(conversation):
            while conversation.request() is not None:
                conversation.trickle(data)
        self.accepted(data, size, script=lambda _: script)

    def test_one_byte_at_a_time(self):
        self.bytewise(message(b"hello", "200 OK", "X: y"), 5)
        self.bytewise(CHUNKED + b"5;e=1\r\nhello\r\n1\r\n!\r\n0\r\nT: r\r\n\r\n", 6)
        self.bytewise(b"HTTP/1.1 100 Continue\r\n\r\n" + message(), 5)

    def test_long_head(self):
        self.accepted(message(b"hello", "200 OK", *(f"X-{i}: {'y' * 90}" for i in range(60))), 5)

    def test_large_body_in_pieces(self):
        body = b"z" * 300000

        def script(conversation):
            data = message(body)
            while conversation.request() is not None:
                for at in range(0, len(data), 7777):
                    conversation.send(data[at:at + 7777])
        self.accepted(None, len(body), script=lambda _: script)

    def test_response_before_the_whole_request(self):
        """An early 413 with close: the response counts although the server did not read the body."""
        def script(conversation):
            while b"\r\n\r\n" not in conversation.buffer:
                if not conversation._receive():
                    return
            conversation.send(message(b"too large", "413 Content Too Large", "Connection: close"))
            conversation.wait_closed()
        peer = self.peer(script)
        report = self.bench("-n", 3, "-c", 1, "-m", "POST", "-d", "x" * 100, peer.url)
        self.assertEqual(report["status_codes"], {"413": 3})


class Broken(Case):
    """Responses that must become an error of the right kind."""

    def failed(self, script, kind, word="", count=12, arguments=(), status=1):
        peer = self.peer(script)
        report = self.bench("-n", count, "-c", 3, *arguments, peer.url, status=status)
        self.assertEqual(report["errors"][kind], count, report["errors"])
        self.assertEqual(report["summary"]["responses"], 0)
        examples = [text for text in report["error_examples"] if text.startswith(kind + ":")]
        self.assertTrue(examples, report["error_examples"])
        if word:
            self.assertIn(word, " ".join(examples).lower())
        return peer, report

    def test_reset_before_the_response(self):
        def script(conversation):
            conversation.request()
            conversation.reset()
        # POST is not idempotent: it must not be sent again.
        peer, _ = self.failed(script, "reset", arguments=("-m", "POST"))
        self.assertEqual(len(peer.requests), 12)

    def test_close_before_the_response(self):
        self.failed(lambda c: c.request(), "reset", arguments=("-m", "POST"))

    def cut(self, data, reset):
        def script(conversation):
            if conversation.request() is not None:
                conversation.send(data)
                if reset:
                    conversation.reset()
        peer, _ = self.failed(script, "reset")
        self.assertEqual(len(peer.requests), 12)

    def test_cut_in_the_head(self):
        for reset in (False, True):
            self.cut(b"HTTP/1.1 200 OK\r\nContent-Le", reset)

    def test_cut_in_the_body(self):
        for reset in (False, True):
            self.cut(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", reset)

    def test_cut_in_a_chunk(self):
        for reset in (False, True):
            self.cut(CHUNKED + b"a\r\nhello", reset)

    def test_cut_between_chunks(self):
        self.cut(CHUNKED + b"5\r\nhello\r\n", False)

    def test_cut_in_trailers(self):
        self.cut(CHUNKED + b"5\r\nhello\r\n0\r\nX: y\r\n", False)

    def test_reset_while_reading_until_close(self):
        self.cut(b"HTTP/1.1 200 OK\r\n\r\nhello", True)

    def bad(self, data, word=""):
        self.failed(once(data), "protocol", word)

    def test_no_http(self):
        self.bad(b"SSH-2.0-OpenSSH_9.2\r\n")

    def test_bad_version(self):
        self.bad(b"HTTP/3.7 200 OK\r\nContent-Length: 0\r\n\r\n")

    def test_bad_status(self):
        self.bad(b"HTTP/1.1 20x OK\r\nContent-Length: 0\r\n\r\n")

    def test_bad_content_length(self):
        for value in (b"-5", b"5x", b"", b"99999999999999999999999"):
            self.bad(b"HTTP/1.1 200 OK\r\nContent-Length: " + value + b"\r\n\r\nhello", "content-length")

    def test_two_different_lengths(self):
        self.bad(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", "content-length")

    def test_bad_chunk_size(self):
        for size in (b"xyz", b"", b"-1", b"fffffffffffffffff"):
            self.bad(CHUNKED + size + b"\r\nhello\r\n0\r\n\r\n", "chunk")

    def test_chunk_without_line_end(self):
        self.bad(CHUNKED + b"5\r\nhelloXX0\r\n\r\n", "chunk")

    def test_chunk_longer_than_its_size(self):
        self.bad(CHUNKED + b"4e20\r\n" + b"x" * 20001 + b"\r\n0\r\n\r\n", "chunk")

    def test_101_unrequested(self):
        self.bad(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "101")

    def test_endless_head(self):
        def script(conversation):
            if conversation.request() is not None:
                conversation.send(b"HTTP/1.1 200 OK\r\n")
                for _ in range(20000):  # 2 MB of headers
                    conversation.send(b"X: " + b"y" * 100 + b"\r\n")
        peer = self.peer(script)
        report = self.bench("-n", 3, "-c", 1, peer.url, status=1)
        self.assertEqual(report["errors"]["protocol"], 3)

    def test_never_responds(self):
        def script(conversation):
            conversation.request()
            conversation.wait_closed()
        _, report = self.failed(script, "timeout", count=6, arguments=("-t", "200ms"))
        self.assertGreaterEqual(report["error_ages_s"]["timeout"]["p50"], 0.2)

    def test_stops_in_the_middle(self):
        def script(conversation):
            conversation.request()
            conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhel")
            conversation.wait_closed()
        self.failed(script, "timeout", count=6, arguments=("-t", "200ms"))

    def test_timeout_replaces_the_connection(self):
        def script(conversation):
            while conversation.request() is not None:
                if conversation.number <= 3:
                    return conversation.wait_closed()
                conversation.send(message())
        peer = self.peer(script)
        report = self.bench("-n", 30, "-c", 3, "-t", "300ms", peer.url)
        self.assertEqual(report["errors"]["timeout"], 3)
        self.assertEqual(report["status_codes"], {"200": 27})
        self.assertEqual(peer.connections, 6)

    def test_closes_at_once(self):
        """Accepts and closes: every request fails, and the run ends."""
        peer = self.peer(lambda conversation: None)
        report = self.bench("-n", 20, "-c", 4, peer.url, status=1)
        self.assertEqual(report["summary"]["errors"], 20)
        self.assertEqual(report["errors"]["reset"] + report["errors"]["connect"], 20)

    def test_text_report_names_each_kind(self):
        def script(conversation):
            while conversation.request() is not None:
                if conversation.number % 2:
                    return conversation.send(b"nonsense\r\n\r\n")
                conversation.send(message())
        run = vastar("-n", 40, "-c", 4, self.peer(script).url)
        self.assertEqual(run.status, 0, run)
        self.assertRegex(run.out, r"Error distribution:\n\s+\[protocol\]")


class Kept(Case):
    """Kept connections that the server closes, and bytes that belong to no request."""

    def closes_after_first(self, conversation):
        """The first connection answers one request and closes when the second arrives."""
        while conversation.request() is not None:
            if conversation.requests == 2 and conversation.number == 1:
                return conversation.close()
            conversation.send(message())

    def test_idempotent_request_is_sent_again(self):
        peer = self.peer(self.closes_after_first)
        report = self.bench("-n", 10, "-c", 1, peer.url)
        self.assert_all(report, 10)
        self.assertEqual(report["summary"]["retried"], 1)
        self.assertEqual((len(peer.requests), peer.connections), (11, 2))

    def test_post_is_not_sent_again(self):
        peer = self.peer(self.closes_after_first)
        report = self.bench("-n", 10, "-c", 1, "-m", "POST", "-d", "x", peer.url)
        self.assertEqual((report["errors"]["reset"], report["status_codes"]), (1, {"200": 9}))
        self.assertEqual((report["summary"]["retried"], len(peer.requests)), (0, 10))

    def test_sent_again_only_once(self):
        def script(conversation):
            if conversation.number == 1 and conversation.request() is not None:
                conversation.send(message())
            conversation.request()
        peer = self.peer(script)
        report = self.bench("-n", 5, "-c", 1, peer.url)
        self.assertEqual(report["status_codes"], {"200": 1})
        self.assertEqual(report["errors"]["reset"], 4)
        self.assertEqual(report["summary"]["retried"], 1)

    def test_not_sent_again_after_the_first_byte(self):
        def script(conversation):
            while conversation.request() is not None:
                if conversation.requests == 2 and conversation.number == 1:
                    return conversation.send(b"HTTP/1.1 200 OK\r\nContent-Le")
                conversation.send(message())
        peer = self.peer(script)
        report = self.bench("-n", 10, "-c", 1, peer.url)
        self.assertEqual((report["errors"]["reset"], report["summary"]["retried"]), (1, 0))
        self.assertEqual(len(peer.requests), 10)

    def test_surplus_after_a_response(self):
        """The complete response counts; the bytes after it belong to no request, whether they come with it or later."""
        peer = self.peer(answers(message() + b"surplus"))
        report = self.bench("-n", 30, "-c", 3, peer.url)
        summary = report["summary"]
        self.assertEqual(summary["requests"], 30)
        self.assertGreater(summary["stray"] + report["errors"]["protocol"], 0)
        self.assertEqual(report["status_codes"].get("200", 0) + report["errors"]["protocol"], 30)

    def test_surplus_with_nothing_in_flight(self):
        """One request on each connection, the last of the run: stray, and no error."""
        def script(conversation):
            conversation.request()
            conversation.send(message() + b"surplus")
            conversation.wait_closed()
        report = self.bench("-n", 3, "-c", 3, self.peer(script).url)
        self.assertEqual((report["status_codes"], report["summary"]["errors"]), ({"200": 3}, 0))

    def test_impatient_server_and_paced_requests(self):
        """A server that closes idle connections long before the next tick: vastar opens one when it needs it."""
        def script(conversation):
            conversation.sock.settimeout(0.02)
            try:
                while conversation.request() is not None:
                    conversation.send(message())
            except TimeoutError:
                pass
        peer = self.peer(script)
        report = self.bench("-n", 12, "-c", 2, "-q", 8, peer.url)
        self.assert_all(report, 12)
        self.assertEqual(len(peer.requests), 12)

    def test_some_connections_are_refused(self):
        """The listener goes away after the first responses."""
        def script(conversation):
            if conversation.request() is not None:
                conversation.send(message(b"hello", "200 OK", "Connection: close"))
            if conversation.number == 5:
                conversation.peer.listener.close()
        peer = self.peer(script)
        report = self.bench("-n", 20, "-c", 1, peer.url)
        self.assertEqual(report["summary"]["requests"], 20)
        self.assertGreaterEqual(report["status_codes"]["200"], 5)
        self.assertGreater(report["errors"]["connect"] + report["errors"]["reset"], 0)


if __name__ == "__main__":
    main()
