#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""WebSocket: what a server may send and what it must not, case by case, modelled on Autobahn's cases for clients.

In each case the client sends one message, and the server responds with these bytes. An allowed case ends in a round trip;
in a refused one the client says what is wrong and tells the server with a close frame.
"""
import re
import struct
import unittest

import harness
import ws
from ws import BINARY, CLOSE, PING, PONG, TEXT, close, frame

MASK = b"\x01\x02\x03\x04"
# "The quick brown fox" would be ASCII: this has characters of two, three and four bytes.
WORDS = "\u03ba\u03cc\u03c3\u03bc\u03b5 \u20ac \U0001f600 \uffff \U0010ffff".encode()
MANY = bytes(range(256)) * 4


def cut(payload, size, opcode=TEXT, between=b""):
    """A message in frames of `size` bytes, with `between` behind each but the last."""
    pieces = [payload[i:i + size] for i in range(0, len(payload), size)] or [b""]
    return between.join(frame(opcode if not i else 0, piece, fin=i == len(pieces) - 1) for i, piece in enumerate(pieces))


# name: the bytes, and how many bytes the response then has
ALLOWED = {
    "1.1.1 empty text": (frame(TEXT), 0),
    "1.1.2 text of 125 bytes": (frame(TEXT, b"*" * 125), 125),
    "1.1.3 text of 126 bytes": (frame(TEXT, b"*" * 126), 126),
    "1.1.4 text of 127 bytes": (frame(TEXT, b"*" * 127), 127),
    "1.1.5 text of 128 bytes": (frame(TEXT, b"*" * 128), 128),
    "1.1.6 text of 65535 bytes": (frame(TEXT, b"*" * 65535), 65535),
    "1.1.7 text of 65536 bytes": (frame(TEXT, b"*" * 65536), 65536),
    "1.2.1 empty binary": (frame(BINARY), 0),
    "1.2.2 binary of all bytes": (frame(BINARY, MANY), 1024),
    "1.2.7 binary of 65536 bytes": (frame(BINARY, b"\xfe" * 65536), 65536),
    "2.1 ping without payload": (frame(PING) + frame(TEXT, b"a"), 1),
    "2.2 ping with payload": (frame(PING, b"hello") + frame(TEXT, b"a"), 1),
    "2.3 ping with binary payload": (frame(PING, b"\x00\xff\xfe") + frame(TEXT, b"a"), 1),
    "2.4 ping of 125 bytes": (frame(PING, b"\xfe" * 125) + frame(TEXT, b"a"), 1),
    "2.7 pong that nobody asked for": (frame(PONG) + frame(TEXT, b"a"), 1),
    "2.8 the same with payload": (frame(PONG, b"hello") + frame(TEXT, b"a"), 1),
    "2.9 pong, then ping": (frame(PONG, b"hello") + frame(PING, b"ping") + frame(TEXT, b"a"), 1),
    "2.10 ten pings": (b"".join(frame(PING, b"%d" % i) for i in range(10)) + frame(TEXT, b"a"), 1),
    "5.3 text in two frames": (cut(b"fragment1fragment2", 9), 18),
    "5.6 a ping between the frames": (cut(b"fragment1fragment2", 9, between=frame(PING, b"ping")), 18),
    "5.7 a pong between the frames": (cut(b"fragment1fragment2", 9, between=frame(PONG, b"pong")), 18),
    "5.8 frames of one byte": (cut(b"fragments", 1), 9),
    "5.19 five frames with pings between": (cut(b"12345", 1, between=frame(PING, b"p")), 5),
    "5.20 frames that are empty": (frame(TEXT, fin=False) + frame(0, b"a", fin=False) + frame(0, fin=False) +
                                   frame(0), 1),
    "6.1.1 a text of empty frames": (frame(TEXT, fin=False) + frame(0, fin=False) + frame(0), 0),
    "6.2.1 UTF-8 in one frame": (frame(TEXT, WORDS), len(WORDS)),
    "6.2.2 UTF-8 cut between characters": (cut(WORDS, 2), len(WORDS)),
    "6.2.3 UTF-8 cut at every byte": (cut(WORDS, 1), len(WORDS)),
    "6.6 all that one byte can be": (frame(TEXT, bytes(range(128))), 128),
    "6.7 the first of each length": (frame(TEXT, "\x00\x80\u0800\U00010000".encode()), 10),
    "6.9 the last of each length": (frame(TEXT, "\x7f\u07ff\uffff\U0010ffff".encode()), 10),
    "6.11 around the surrogates": (frame(TEXT, "\ud7ff\ue000\ufffd".encode()), 9),
    "6.22 code points that are no characters": (frame(TEXT, "\ufdd0\ufffe\uffff\U0001fffe".encode()), 13),
    "binary that is no UTF-8, in frames": (cut(b"\xff\xfe\xc0" * 10, 7, BINARY), 30),
    "9.1 text of 1 MiB": (frame(TEXT, b"*" * (1 << 20)), 1 << 20),
    "9.3 text of 256 KiB in frames of 1 KiB": (cut(b"*" * (1 << 18), 1 << 10), 1 << 18),
}

# name: the bytes, a part of what the report says, and the code that the server is told
REFUSED = {
    "2.5 ping of 126 bytes": (frame(PING, b"*" * 126), "more than 125 bytes", 1002),
    "3.1 RSV3": (frame(TEXT, b"a", bits=1), "reserved bit", 1002),
    "3.2 RSV2 behind a ping": (frame(PING) + frame(TEXT, b"a", bits=2), "reserved bit", 1002),
    "3.3 RSV2 and RSV3": (frame(TEXT, b"a", bits=3), "reserved bit", 1002),
    "3.4 RSV1": (frame(TEXT, b"a", bits=4), "reserved bit", 1002),
    "3.5 RSV1 and RSV3, binary": (frame(BINARY, b"a", bits=5), "reserved bit", 1002),
    "3.6 RSV1 and RSV2, ping": (frame(PING, bits=6), "reserved bit", 1002),
    "3.7 all of them, close": (frame(CLOSE, bits=7), "reserved bit", 1002),
    "4.1.1 opcode 3": (frame(3), "reserved opcode", 1002),
    "4.1.2 opcode 4 with payload": (frame(4, b"a"), "reserved opcode", 1002),
    "4.1.3 opcode 5": (frame(5), "reserved opcode", 1002),
    "4.1.4 opcode 6": (frame(6, b"a"), "reserved opcode", 1002),
    "4.1.5 opcode 7": (frame(7), "reserved opcode", 1002),
    "4.2.1 opcode 11": (frame(11), "reserved opcode", 1002),
    "4.2.2 opcode 12 with payload": (frame(12, b"a"), "reserved opcode", 1002),
    "4.2.3 opcode 13": (frame(13), "reserved opcode", 1002),
    "4.2.4 opcode 14": (frame(14, b"a"), "reserved opcode", 1002),
    "4.2.5 opcode 15": (frame(15), "reserved opcode", 1002),
    "5.1 a ping in fragments": (frame(PING, b"a", fin=False) + frame(0, b"b"), "control frame in fragments", 1002),
    "5.2 a pong in fragments": (frame(PONG, b"a", fin=False) + frame(0, b"b"), "control frame in fragments", 1002),
    "5.9 a continuation first": (frame(0, b"a"), "without a message to continue", 1002),
    "5.10 the same, not the last": (frame(0, b"a", fin=False), "without a message to continue", 1002),
    "5.15 a continuation behind a message in frames": (
        frame(TEXT, b"a", fin=False) + frame(0, b"b", fin=False) + frame(TEXT, b"c"), "a new message before", 1002),
    "5.18 two beginnings": (frame(TEXT, b"a", fin=False) + frame(TEXT, b"b"), "a new message before", 1002),
    "6.3.1 text that is no UTF-8": (frame(TEXT, b"\xce\xba\xed\xa0\x80edited"), "not UTF-8", 1007),
    "6.3.2 the same in frames of a byte": (cut(b"\xce\xba\xed\xa0\x80edited", 1), "not UTF-8", 1007),
    "6.4.1 found before the end of the message": (
        frame(TEXT, b"\xce\xba", fin=False) + frame(0, b"\xf4\x90\x80\x80", fin=False), "not UTF-8", 1007),
    "6.4.2 found at the byte": (frame(TEXT, b"\xf4", fin=False) + frame(0, b"\x90", fin=False), "not UTF-8", 1007),
    "6.8 five bytes for a character": (frame(TEXT, b"\xf8\x88\x80\x80\x80"), "not UTF-8", 1007),
    "6.10 above the last one": (frame(TEXT, b"\xf4\x90\x80\x80"), "not UTF-8", 1007),
    "6.12 a continuation byte alone": (frame(TEXT, b"\x80"), "not UTF-8", 1007),
    "6.14 a character that is not complete": (frame(TEXT, b"\xe2\x82"), "not UTF-8", 1007),
    "6.16 the same before another": (frame(TEXT, b"\xe2\x82\xc2\x80"), "not UTF-8", 1007),
    "6.17 bytes that never are UTF-8": (frame(TEXT, b"\xfe\xff"), "not UTF-8", 1007),
    "6.18 more bytes than needed": (frame(TEXT, b"\xc0\xaf"), "not UTF-8", 1007),
    "6.19 the same with three": (frame(TEXT, b"\xe0\x9f\xbf"), "not UTF-8", 1007),
    "6.21 a surrogate": (frame(TEXT, b"\xed\xa0\x80"), "not UTF-8", 1007),
    "7.3.2 close with half a code": (frame(CLOSE, b"a"), "half a code", 1002),
    "7.3.6 close of 126 bytes": (frame(CLOSE, b"\x03\xe8" + b"*" * 124), "more than 125 bytes", 1002),
    "7.5.1 a reason that is no UTF-8": (close(1000, b"\xce\xba\xed\xa0\x80"), "reason is not UTF-8", 1007),
    **{f"7.9.{i} close with {code}": (close(code), "must not be sent", 1002)
       for i, code in enumerate((0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535), 1)},
    "a masked frame": (frame(TEXT, b"a", mask=MASK), "masked frame", 1002),
    "a masked ping": (frame(PING, mask=MASK), "masked frame", 1002),
    "a length with more bytes than needed": (frame(TEXT, b"a", length=2), "more bytes than it needs", 1002),
    "the same with eight": (frame(TEXT, b"a" * 200, length=8), "more bytes than it needs", 1002),
    "a length of 2^63": (b"\x82\x7f" + struct.pack(">Q", 1 << 63), "2^63", 1002),
}

# Codes that a server may close with, and what the report says of them.
CODES = {1000: "1000 (normal)", 1001: "1001 (going away)", 1002: "1002 (protocol error)", 1003: "1003 (unsupported data)",
         1007: "1007 (invalid data)", 1008: "1008 (policy violation)", 1009: "1009 (message too big)",
         1010: "1010 (extension needed)", 1011: "1011 (internal error)", 1012: "1012 (service restart)",
         1013: "1013 (try again later)", 1014: "1014 (bad gateway)", 3000: "3000", 3999: "3999", 4000: "4000", 4999: "4999"}


class Cases(harness.Case):
    def case(self, data, status=0, trickle=False, options=()):
        """One message, which is answered with `data`: the report, and the frames that the client sent afterwards."""
        after = []

        def script(conversation):
            socket = ws.Socket(conversation)
            if not socket.first or not socket.read():
                return
            (conversation.trickle if trickle else conversation.send)(data)
            while (got := socket.read()) is not None:
                after.append(got[:2])
                if got[0] == CLOSE:
                    return
        peer = self.peer(script)
        report = self.bench("-n", 1, "-c", 1, "-d", "hello", *options, peer.url.replace("http", "ws", 1) + "/",
                            status=status)
        harness.wait_for(lambda: not peer.open, "the peer has seen the end")
        self.assertEqual(peer.failures, [])
        return report, after

    def test_there_are_enough(self):
        self.assertGreaterEqual(len(ALLOWED) + len(REFUSED) + len(CODES), 60)

    def test_allowed(self):
        for name, (data, size) in ALLOWED.items():
            with self.subTest(name):
                report, after = self.case(data)
                self.assert_all(report, 1)
                self.assertEqual(report["summary"]["bytes"], size)
                self.assertEqual(after[-1:], [(CLOSE, b"\x03\xe8")])

    def test_allowed_byte_by_byte(self):
        for name, (data, size) in ALLOWED.items():
            if len(data) < 600:
                with self.subTest(name):
                    report, _ = self.case(data, trickle=True)
                    self.assert_all(report, 1)
                    self.assertEqual(report["summary"]["bytes"], size)

    def test_refused(self):
        for name, (data, text, code) in REFUSED.items():
            with self.subTest(name):
                report, after = self.case(data, status=1)
                self.assertEqual(report["errors"]["protocol"], 1, report["error_examples"])
                self.assertIn(text, str(report["error_examples"]))
                self.assertEqual(after[-1:], [(CLOSE, struct.pack(">H", code))])

    def test_refused_byte_by_byte(self):
        for name, (data, text, _) in REFUSED.items():
            if len(data) < 600:
                with self.subTest(name):
                    report, _ = self.case(data, status=1, trickle=True)
                    self.assertEqual(report["errors"]["protocol"], 1, report["error_examples"])
                    self.assertIn(text, str(report["error_examples"]))

    def test_close_codes_before_the_response(self):
        for code, text in CODES.items():
            with self.subTest(code):
                report, after = self.case(close(code, "sch\u00f6n".encode()), status=1)
                self.assertEqual(report["errors"]["reset"], 1, report["error_examples"])
                self.assertIn(f"the server closed the WebSocket: {text}: sch", str(report["error_examples"]))
                self.assertEqual(report["websocket"]["closes"], {str(code) if code < 1016 else "other": 1})
                self.assertEqual(after[-1:], [(CLOSE, struct.pack(">H", code))])

    def test_close_without_a_code(self):
        report, after = self.case(close(), status=1)
        self.assertIn("the server closed the WebSocket, without a code", str(report["error_examples"]))
        self.assertEqual(report["websocket"]["closes"], {"1005": 1})
        self.assertEqual(after[-1:], [(CLOSE, b"")])

    def test_nothing_behind_a_close_counts(self):
        report, _ = self.case(close(1001) + frame(TEXT, b"late") + b"\xff\xff", status=1)
        self.assertEqual(report["websocket"]["messages"], 0)
        self.assertEqual(report["errors"]["reset"], 1)

    def test_pings_are_answered_with_their_payload(self):
        _, after = self.case(frame(PING, b"one") + frame(TEXT, b"a", fin=False) + frame(PING, b"two") + frame(0, b"b"))
        # Both came together: the newest one is to be answered, the other may be.
        self.assertIn((PONG, b"two"), after)

    def test_the_end_without_a_close_frame(self):
        for data in (b"", frame(TEXT, b"abc", fin=False), frame(TEXT, b"abc")[:3], b"\x81"):
            def script(conversation, data=data):
                socket = ws.Socket(conversation)
                if socket.first and socket.read():
                    conversation.send(data)
            peer = self.peer(script)
            report = self.bench("-n", 1, "-c", 1, "-d", "a", peer.url.replace("http", "ws", 1), status=1)
            self.assertEqual(report["errors"]["reset"], 1)
            self.assertIn("without a close frame", str(report["error_examples"]))

    def test_no_response(self):
        def script(conversation):
            socket = ws.Socket(conversation)
            socket.read()
            socket.send(TEXT, b"half", fin=False)
            socket.read()
        report = self.bench("-n", 1, "-c", 1, "-d", "a", "-t", "200ms", self.peer(script).url.replace("http", "ws", 1),
                            status=1)
        self.assertEqual(report["errors"]["timeout"], 1)


class Shared(harness.Case):
    """Several messages share a connection; and what the server says without being asked."""

    def sockets(self, script, **more):
        def run(conversation):
            socket = ws.Socket(conversation)
            if socket.first:
                script(socket)
        peer = self.peer(run, **more)
        self.addCleanup(lambda: self.assertEqual(peer.failures, []))
        return peer, peer.url.replace("http", "ws", 1) + "/"

    def test_so_many_in_flight(self):
        def script(socket):
            for _ in range(50):
                for got in [socket.read() for _ in range(8)]:  # waits for ever if there are fewer
                    socket.send(got[0], got[1])
            socket.read()
        _, url = self.sockets(script)
        report = self.bench("-n", 400, "-c", 1, "--ws-per-connection", 8, "-d", "hello", url)
        self.assert_all(report, 400)
        self.assertEqual(report["params"]["ws_per_connection"], 8)

    def test_many_in_flight_against_serve(self):
        server = self.serve()
        url = server.url.replace("http", "ws", 1) + "/ws"
        for options in (("-n", 3000, "-c", 3, "--ws-per-connection", 8, "-d", "{{id}}"),
                        ("-n", 5000, "-c", 3, "--ws-per-connection", 32), ("-n", 2000, "-c", 3, "--ws-per-connection", 7,
                        "-d", "x" * 20000), ("--rate", 3000, "-z", "500ms", "-c", 2, "--ws-per-connection", 16)):
            report = self.bench(*options, url)
            self.assertEqual(report["summary"]["errors"] + report["summary"]["non_2xx"], 0, report["error_examples"])
            self.assertEqual(report["websocket"]["pushed"], 0)

    def test_matched_by_an_id(self):
        """Responses in any order, with messages between them that are none."""
        seen = []

        def script(socket):
            for _ in range(50):
                batch = [socket.read()[1] for _ in range(4)]
                seen.extend(batch)
                socket.send(TEXT, b'{"event": "1000000000000", "at": 12}')
                for message in reversed(batch):
                    number = re.fullmatch(rb'\{"id": (1\d{9}), "again": \1\}', message).group(1)
                    socket.conversation.send(cut(b'{"result": "ok", "id": ' + number + b"}", 7))
            socket.read()
        _, url = self.sockets(script)
        report = self.bench("-n", 200, "-c", 1, "--ws-per-connection", 4, "-d", '{"id": {{id}}, "again": {{id}}}', url)
        self.assert_all(report, 200)
        websocket = report["websocket"]
        self.assertEqual((websocket["matched_by"], websocket["messages"], websocket["pushed"]), ("id", 250, 50))
        self.assertEqual(len(set(seen)), 200)

    def test_an_old_message_holds_up_the_others_at_last(self):
        """Newer ones are answered, the oldest never: its time is up, and it alone is the timeout."""
        def script(socket):
            socket.read()
            while (got := socket.read()) and got[0] != CLOSE:
                socket.send(got[0], got[1])
        _, url = self.sockets(script)
        report = self.bench("-n", 30, "-c", 1, "--ws-per-connection", 2, "-d", "{{id}}", "-t", "300ms", url)
        self.assertEqual(report["errors"]["timeout"], 2, report["error_examples"])  # of two connections
        self.assertEqual(report["summary"]["responses"], 28)

    def test_an_id_that_does_not_come_back(self):
        _, url = self.sockets(lambda socket: (socket.read(), socket.send(TEXT, b"1000000001"), socket.read()))
        report = self.bench("-n", 1, "-c", 1, "-d", "{{id}}", "-t", "200ms", url, status=1)
        self.assertEqual((report["errors"]["timeout"], report["websocket"]["pushed"]), (1, 1))

    def test_lost_together(self):
        def script(socket):
            for _ in range(4):
                socket.read()
            socket.send(TEXT, b"one")
            socket.send(CLOSE, struct.pack(">H", 1011) + b"oops")
        _, url = self.sockets(script)
        report = self.bench("-n", 4, "-c", 1, "--ws-per-connection", 4, "-d", "a", url)
        self.assertEqual((report["summary"]["responses"], report["errors"]["reset"]), (1, 3))
        self.assertIn("1011 (internal error): oops", str(report["error_examples"]))

    def test_a_close_while_nothing_waits(self):
        """Like the end of a kept connection of HTTP: no error, and a new connection."""
        def script(socket):
            for _ in range(5):
                got = socket.read()
                if not got or got[0] == CLOSE:
                    return
                socket.send(got[0], got[1])
            socket.send(CLOSE, struct.pack(">H", 1001))
            socket.read()
        _, url = self.sockets(script)
        report = self.bench("-z", "1s", "-c", 1, "-q", 50, "-d", "a", url)
        self.assertEqual(report["summary"]["errors"], 0, report["error_examples"])
        self.assertGreater(report["websocket"]["closes"]["1001"], 2)
        self.assertGreater(report["summary"]["responses"], 20)

    def test_pushed_messages_are_no_responses(self):
        def script(socket):
            socket.send(TEXT, b"welcome")  # together with nothing of ours, at the start
            while (got := socket.read()) and got[0] != CLOSE:
                socket.send(got[0], got[1])
        _, url = self.sockets(script)
        report = self.bench("-n", 5, "-c", 1, "-q", 20, "-d", "a", url)
        self.assert_all(report, 5)
        self.assertEqual(report["websocket"]["messages"] - report["websocket"]["pushed"], 5)

    def test_listen(self):
        def script(socket):
            got = socket.read()
            self.assertEqual(got[:2], (TEXT, b"subscribe"))
            for i in range(100):  # either connection may take all that are left
                socket.send(TEXT, b"tick %d" % i)
            socket.read()
        _, url = self.sockets(script)
        report = self.bench("-n", 100, "-c", 2, "--ws-listen", "-d", "subscribe", url)
        self.assert_all(report, 100)
        self.assertGreaterEqual(report["websocket"]["messages"], 100)
        self.assertTrue(report["params"]["ws_listen"])

    def test_listen_for_a_time(self):
        def script(socket):
            socket.conversation.sock.settimeout(0.01)
            while True:
                try:
                    if not socket.conversation._receive():
                        return
                except TimeoutError:
                    socket.send(BINARY, b"tick")
        self.plain_only()
        _, url = self.sockets(script)
        run = harness.vastar("-z", "500ms", "-c", 3, "--ws-listen", url)
        self.assertEqual(run.status, 0, run)
        self.assertRegex(run.out, r"\n  \d+ received\n")
        self.assertIn("listening on 3 connections", run.out)
        self.assertNotIn("drain", run.out)

    def test_ping_times(self):
        server = self.serve()
        report = self.bench("-z", "300ms", "-c", 2, "-d", "a", "--ws-ping", "10ms",
                            server.url.replace("http", "ws", 1) + "/ws")
        ping = report["websocket"]["ping"]
        self.assertGreater(ping["count"], 2)
        self.assertGreater(ping["percentiles"]["p50"], 0)

    def test_pings_without_a_pong(self):
        pings = []

        def script(socket):
            while (got := socket.read()) and got[0] != CLOSE:
                if got[0] == PING:
                    pings.append(got[1])
                    socket.send(PONG, b"something else")
                else:
                    socket.send(got[0], got[1])
        _, url = self.sockets(script)
        report = self.bench("-n", 300, "-c", 1, "-d", "a", "--ws-ping", "1ms", url)
        self.assert_all(report, 300)
        self.assertEqual(report["websocket"]["ping"]["count"], 0)
        self.assertEqual(len(pings), 1)

    def test_options_that_do_not_fit(self):
        for options, text in ((("--ws-listen", "--rate", 5), "--ws-listen: the server decides"),
                              (("--ws-per-connection", 2, "-q", 5), "--ws-per-connection and -q"),
                              (("--ws-per-connection", 2, "--disable-keepalive"), "and --disable-keepalive"),
                              (("--ws-per-connection", 50, "-c", 10, "-n", 499), "499 messages cannot keep"),
                              (("--ws-per-connection", 1025), "1024")):
            run = harness.vastar(*options, "ws://127.0.0.1:1/")
            self.assertEqual((run.status, run.out), (2, ""), run)
            self.assertIn(text, run.err)
        for option in ("--ws-listen", "--ws-per-connection=2", "--ws-ping=1s"):
            run = harness.vastar(option, "http://127.0.0.1:1/")
            self.assertEqual(run.status, 2, run)
            self.assertIn("the target is no WebSocket", run.err)


if __name__ == "__main__":
    unittest.main()
