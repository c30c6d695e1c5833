#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""WebSocket: round trips, the handshake and its failures."""
import re
import shutil
import subprocess
import unittest
import zlib

import harness
import ws


def url_of(server, path="/ws"):
    return re.sub("^http", "ws", server.url) + path


class Base(harness.Case):
    def peer(self, script, **more):
        """Runs script(socket) for each connection that has become a WebSocket."""
        peer = super().peer(lambda conversation: script(ws.Socket(conversation)), **more)
        self.addCleanup(lambda: self.assertEqual(peer.failures, []))
        return peer

    def raw_peer(self, script, **more):
        return super().peer(script, **more)

    def failure(self, report, kind, text):
        """Every request has failed, for this reason."""
        self.assertEqual(report["summary"]["responses"], 0)
        self.assertEqual(list(report["errors"].values()).count(0), len(report["errors"]) - 1, report["errors"])
        self.assertGreater(report["errors"][kind], 0, report["error_examples"])
        self.assertIn(text, " ".join(map(str, report["error_examples"])))


class RoundTrips(Base):
    def test_against_serve(self):
        server = self.serve()
        report = self.bench("-n", 1000, "-c", 10, "-d", "hello", url_of(server))
        self.assert_all(report, 1000)
        self.assertEqual(report["summary"]["bytes"], 5000)
        self.assertEqual(report["params"]["protocol"], "wss" if server.secure else "ws")
        self.assertEqual(report["params"]["request_bytes"], 5)
        websocket = report["websocket"]
        self.assertEqual((websocket["messages"], websocket["pushed"], websocket["matched_by"]), (1000, 0, "order"))
        self.assertEqual(websocket["handshakes"]["count"], 10)
        counts = harness.wait_for(lambda: server.counts()["messages"] == 1000 and server.counts(), "all messages counted")
        self.assertEqual(counts["status"], {"101": 10})
        self.assertEqual(counts["connections"], 10)

    def test_secure(self):
        server = self.serve(secure=True)
        report = self.bench("-n", 500, "-c", 5, "-d", "hello", "--cacert", harness.tls.authority().file, url_of(server))
        self.assert_all(report, 500)
        self.assertEqual(report["params"]["protocol"], "wss")
        self.assertEqual(server.counts()["messages"], 500)

    def test_sizes_around_each_form_of_the_length(self):
        server = self.serve()
        for size in (0, 1, 125, 126, 127, 65535, 65536, 300000):
            with open(f"{self.folder()}/message", "wb") as file:
                file.write(b"x" * size)
            report = self.bench("-n", 20, "-c", 3, "-D", file.name, url_of(server))
            self.assert_all(report, 20)
            self.assertEqual(report["summary"]["bytes"], 20 * size)

    def test_text_and_binary_as_they_are_sent(self):
        for options, opcode, payload in ((("-d", "h\u00e9llo"), ws.TEXT, "h\u00e9llo".encode()),
                                         (("-d", "hello", "--ws-binary"), ws.BINARY, b"hello"), ((), ws.TEXT, b"")):
            seen = []

            def script(socket):
                got = socket.read()
                seen.append(got)
                socket.send(got[0], got[1])
                seen.append(socket.read())
            peer = self.peer(script)
            self.assert_all(self.bench("-n", 1, "-c", 1, *options, url_of(peer)), 1)
            harness.wait_for(lambda: len(seen) == 2, "the close frame")
            self.assertEqual(seen[0], (opcode, payload, 0x80 | opcode))
            self.assertEqual(seen[1], (ws.CLOSE, b"\x03\xe8", 0x88))

    def test_each_message_has_a_mask_of_its_own(self):
        sockets = []

        def script(socket):
            sockets.append(socket)
            socket.echo()
        peer = self.peer(script)
        self.assert_all(self.bench("-n", 100, "-c", 2, "-d", "hello", url_of(peer)), 100)
        masks = [mask for socket in sockets for mask in socket.masks]
        self.assertGreater(len(set(masks)), 98)
        keys = {re.search(rb"Sec-WebSocket-Key: (\S+)", socket.first).group(1) for socket in sockets}
        self.assertEqual(len(keys), 2)

    def test_a_connection_for_each_message(self):
        server = self.serve()
        report = self.bench("-n", 200, "-c", 4, "-d", "hello", "--disable-keepalive", url_of(server))
        self.assert_all(report, 200)
        # A connection that is opened last may find no message left.
        self.assertIn(report["websocket"]["handshakes"]["count"], range(200, 205))
        run = harness.vastar("-n", 50, "-c", 4, "-d", "hello", "--disable-keepalive", url_of(server))
        self.assertRegex(run.out, r"handshakes: +5[0-4] \([0-9.,ekM+]+/s during the run\)")

    def test_open_loop_and_new_connections(self):
        server = self.serve()
        report = self.bench("--rate", 2000, "-z", "500ms", "-c", 10, "-d", "hello", url_of(server))
        self.assertEqual(report["summary"]["errors"], 0)
        self.assertEqual(report["summary"]["non_2xx"], 0)
        self.assertGreater(report["summary"]["responses"], 500)
        report = self.bench("-z", "500ms", "-c", 10, "-d", "hello", "--new-connections", 200, url_of(server))
        self.assertEqual(report["summary"]["errors"], 0)
        self.assertEqual(report["websocket"]["handshakes"]["count"], 10 + report["summary"]["new_connections"])

    def test_connections_move_between_workers(self):
        server = self.serve()
        report = self.bench("-z", "1s", "-c", 20, "-d", "hello", url_of(server), env={"VASTAR_SWING_WORKERS": "4"})
        self.assertEqual(report["summary"]["errors"], 0)
        self.assertEqual(report["websocket"]["handshakes"]["count"], 20)

    def test_what_comes_in_single_bytes(self):
        def script(socket):
            while (message := socket.message()) is not None:
                socket.conversation.trickle(ws.frame(ws.TEXT, message, length=2) if len(message) > 125
                                            else ws.frame(ws.TEXT, message))
        peer = self.raw_peer(lambda conversation: self.trickled(conversation, script))
        self.assert_all(self.bench("-n", 10, "-c", 2, "-d", "y" * 200, url_of(peer)), 10)

    def trickled(self, conversation, script):
        class Trickled(ws.Socket):
            def __init__(self, conversation):
                self.conversation, self.masks = conversation, []
                request = conversation.request()
                if request:
                    conversation.trickle(ws.response(request))
        script(Trickled(conversation))

    def test_through_a_proxy_with_connect(self):
        def script(conversation):
            head = conversation.request()
            self.assertTrue(head.startswith(b"CONNECT example.test:80 HTTP/1.1\r\n"), head)
            conversation.send(b"HTTP/1.1 200 OK\r\n\r\n")
            ws.Socket(conversation).echo()
        self.plain_only()
        peer = self.raw_peer(script)
        report = self.bench("-n", 10, "-c", 1, "-d", "hello", "-x", peer.url, "ws://example.test/a?b")
        self.assert_all(report, 10)
        self.assertTrue(peer.requests[1].startswith(b"GET /a?b HTTP/1.1\r\nHost: example.test\r\n"), peer.requests)


class Handshakes(Base):
    def test_the_request(self):
        peer = self.peer(lambda socket: socket.echo())
        self.assert_all(self.bench("-n", 1, "-c", 1, "-H", "Origin: http://a", "-H", "Sec-WebSocket-Protocol: chat",
                                   "-a", "u:p", url_of(peer, "/chat?room=1")), 1)
        head = peer.requests[0].decode()
        self.assertTrue(head.startswith("GET /chat?room=1 HTTP/1.1\r\nHost: 127.0.0.1:"), head)
        for line in ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Origin: http://a",
                     "Sec-WebSocket-Protocol: chat", "Authorization: Basic dTpw"):
            self.assertEqual(head.count(f"\r\n{line}\r\n"), 1, head)
        self.assertRegex(head, r"\r\nSec-WebSocket-Key: [A-Za-z0-9+/]{22}==\r\n")
        for name in ("Content-", "Accept-Encoding", "Sec-WebSocket-Extensions"):
            self.assertNotIn(name, head)

    def test_responses_that_do_not_agree(self):
        cases = (
            (lambda r: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
             "the server responded 200, not 101: is this a WebSocket endpoint?"),
            (lambda r: b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "responded 404, not 101"),
            (lambda r: b"HTTP/1.1 301 Moved\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n", "redirects are not followed"),
            (lambda r: b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "responded 401"),
            (lambda r: b"HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 8\r\n\r\n", "another version"),
            (lambda r: ws.response(r, upgrade=b""), 'without "Upgrade: websocket"'),
            (lambda r: ws.response(r, upgrade=b"h2c"), 'without "Upgrade: websocket"'),
            (lambda r: ws.response(r, connection=b""), 'without "Connection: Upgrade"'),
            (lambda r: ws.response(r, connection=b"keep-alive"), 'without "Connection: Upgrade"'),
            (lambda r: ws.response(r, accept=b""), "without Sec-WebSocket-Accept"),
            (lambda r: ws.response(r, accept=b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "does not fit the key"),
            (lambda r: ws.response(r, b"Sec-WebSocket-Extensions: permessage-deflate"), "an extension"),
            (lambda r: ws.response(r, b"Sec-WebSocket-Protocol: chat"), "a subprotocol"),
            (lambda r: b"SSH-2.0-OpenSSH_9.2\r\n", "is not HTTP/1.1"),
            (lambda r: b"HTTP/1.1 101 a\r\nX: " + b"y" * 20000, "its head does not end"),
        )
        for respond, text in cases:
            def script(conversation, respond=respond):
                request = conversation.request()
                if request:
                    conversation.send(respond(request))
                    conversation.wait_closed()
            with self.subTest(text=text):
                report = self.bench("-n", 1, "-c", 1, url_of(self.raw_peer(script)), status=1)
                self.failure(report, "protocol", text)

    def test_the_end_instead_of_a_response(self):
        def silent(conversation):
            conversation.request()

        def cut(conversation):
            conversation.request()
            conversation.send(b"HTTP/1.1 101 Switch")
        self.failure(self.bench("-n", 1, "-c", 1, url_of(self.raw_peer(silent)), status=1), "reset",
                     "without a response to the handshake")
        self.failure(self.bench("-n", 1, "-c", 1, url_of(self.raw_peer(cut)), status=1), "reset",
                     "in the middle of its response to the handshake")

    def test_no_response_in_time(self):
        def script(conversation):
            conversation.request()
            conversation.wait_closed()
        self.failure(self.bench("-n", 1, "-c", 1, "-t", "200ms", url_of(self.raw_peer(script)), status=1), "timeout",
                     "no complete response to the handshake within 0.2 s")


def packed(payload, last=False):
    packer = zlib.compressobj(wbits=-15)
    data = packer.compress(payload)
    if last:
        return data + packer.flush() + b"\x00"
    return (data + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


def unpacked(payload):
    return zlib.decompressobj(wbits=-15).decompress(payload + b"\x00\x00\xff\xff")


EXTENSION = b"Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover"
RSV1 = 4


@unittest.skipUnless(harness.vastar("--ws-deflate", "http://127.0.0.1:1/").err.count("no WebSocket"), "no zlib")
class Deflate(Base):
    def run_peer(self, script, *options, extension=EXTENSION, status=0):
        def run(conversation):
            socket = ws.Socket(conversation, *([extension] if extension else []))
            if socket.first:
                script(socket)
        peer = self.raw_peer(run)
        report = self.bench(*(options or ("-n", 1, "-c", 1, "-d", "hello")), "--ws-deflate", url_of(peer), status=status)
        self.assertEqual(peer.failures, [])
        return report, peer

    def test_both_ways(self):
        text = "a \u20ac " * 3000
        seen = []

        def script(socket):
            while (got := socket.read()) and got[0] != ws.CLOSE:
                if got[0] == ws.PONG:
                    continue
                seen.append(got[2])
                self.assertEqual(unpacked(got[1]).decode(), text)
                data = packed(text.encode(), last=len(seen) % 2)
                socket.send(ws.TEXT, data[:7], fin=False, bits=RSV1)
                socket.send(ws.PING, b"between")
                socket.send(0, data[7:])
        with open(f"{self.folder()}/message", "w") as file:
            file.write(text)
        report, peer = self.run_peer(script, "-n", 20, "-c", 2, "-D", file.name)
        self.assert_all(report, 20)
        self.assertEqual(set(seen), {0xc1})
        self.assertEqual(report["params"]["request_bytes"], len(text.encode()))
        self.assertTrue(report["params"]["ws_deflate"])
        self.assertIn(b"\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
                      b"client_no_context_takeover\r\n", peer.requests[0])

    def test_a_server_may_leave_messages_as_they_are(self):
        report, _ = self.run_peer(lambda socket: (socket.read(), socket.send(ws.TEXT, b"plain"), socket.read()))
        self.assert_all(report, 1)

    def test_messages_that_are_broken(self):
        for data, text in ((b"\xff\xff", "cannot be decompressed"),
                           (b"\x06\xff\xff", "cannot be decompressed"),
                           (packed(b"\xff\xfe"), "not UTF-8"), (packed("\u20ac".encode()[:2]), "not UTF-8")):
            report, _ = self.run_peer(lambda socket, data=data: (
                socket.read(), socket.send(ws.TEXT, data, bits=RSV1), socket.read()), status=1)
            self.failure(report, "protocol", text)

    def test_bits_where_they_must_not_be(self):
        for opcode, first, text in ((ws.PING, b"", "a compressed control frame"),
                                    (0, ws.frame(ws.TEXT, b"a", fin=False), "reserved bit")):
            report, _ = self.run_peer(lambda socket, opcode=opcode, first=first: (
                socket.read(), socket.conversation.send(first + ws.frame(opcode, b"", bits=RSV1)), socket.read()),
                status=1)
            self.failure(report, "protocol", text)

    def test_what_a_server_may_agree_to(self):
        for more in (b"", b"; client_no_context_takeover", b"; server_max_window_bits=10",
                     b'; server_max_window_bits="15"; client_no_context_takeover'):
            report, _ = self.run_peer(lambda socket: socket.echo_as_it_came(), extension=EXTENSION + more)
            self.assert_all(report, 1)

    def test_what_it_must_not(self):
        name = b"Sec-WebSocket-Extensions: permessage-deflate"
        for extension, text in ((None, "does not take permessage-deflate"), (name, "parameters that were not asked for"),
                                (EXTENSION + b"; client_max_window_bits=10", "parameters"),
                                (EXTENSION + b"; server_max_window_bits=7", "parameters"),
                                (EXTENSION + b"; server_no_context_takeover", "parameters"),
                                (EXTENSION + b"; x=1", "parameters"),
                                (EXTENSION + b", x-other", "an extension that was not asked for")):
            report, _ = self.run_peer(lambda socket: socket.conversation.wait_closed(), extension=extension, status=1)
            self.failure(report, "protocol", text)


class RealServers(Base):
    SCRIPT = """
const { WebSocketServer } = require('ws');
const wss = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: { threshold: 0 } });
wss.on('connection', s => s.on('message', (data, binary) => s.send(data, { binary })));
wss.on('listening', () => console.log(wss.address().port));
"""

    def test_ws_of_node(self):
        if not shutil.which("node") or subprocess.run(["node", "-e", "require('ws')"], stderr=subprocess.DEVNULL).returncode:
            self.skipTest("the package ws of Node.js is not installed (Debian: node-ws)")
        server = subprocess.Popen(["node", "-e", self.SCRIPT], stdout=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (server.kill(), server.wait(), server.stdout.close()))
        url = f"ws://127.0.0.1:{int(server.stdout.readline())}/"
        with open(f"{self.folder()}/message", "wb") as file:
            file.write(bytes(range(256)) * 500)
        for options in (("-d", "h\u00e9llo"), ("-D", file.name, "--ws-binary"), ("-d", "{{id}}", "--ws-per-connection", 8),
                        ("-d", "hello " * 100, "--ws-deflate"), ("-D", file.name, "--ws-binary", "--ws-deflate")):
            if "--ws-deflate" in options and "no zlib" in getattr(Deflate, "__unittest_skip_why__", ""):
                continue
            report = self.bench("-n", 200, "-c", 5, *options, url)
            self.assert_all(report, 200)


class Options(Base):
    def test_what_does_not_fit(self):
        url = "ws://127.0.0.1:1/"
        for options, text in ((("--http2",), "--http2: not with WebSocket"), (("--pipeline", 2), "--pipeline: not with"),
                              (("-m", "POST"), "-m: not with WebSocket"), (("-T", "text/plain"), "-T: not with"),
                              (("--redirect-hosts",), "--redirect-hosts: not with"),
                              (("-H", "Upgrade: h2c"), "Upgrade belongs to the WebSocket handshake"),
                              (("-H", "Sec-WebSocket-Key: a"), "Sec-WebSocket-Key belongs to"),
                              (("-d", b"\xff"), "this is not (add --ws-binary)")):
            run = harness.vastar(*[o if isinstance(o, bytes) else str(o) for o in options], url) \
                if not any(isinstance(o, bytes) for o in options) else self.run_bytes(options, url)
            self.assertEqual((run.status, run.out), (2, ""), run)
            self.assertIn(text, run.err)
        run = harness.vastar("--ws-binary", "http://127.0.0.1:1/")
        self.assertEqual(run.status, 2, run)
        self.assertIn("--ws-binary: the target is no WebSocket", run.err)

    def run_bytes(self, options, url):
        with open(f"{self.folder()}/message", "wb") as file:
            file.write(options[1])
        return harness.vastar("-D", file.name, url)

    def test_merge_and_compare_know_it(self):
        server = self.serve()
        folder = self.folder()
        for i in (1, 2):
            self.assertEqual(harness.vastar("-n", 100, "-c", 2, "-d", "a", "--out", f"json={folder}/{i}.json",
                                            url_of(server)).status, 0)
        run = harness.vastar("merge", "-o", "json", f"{folder}/1.json", f"{folder}/2.json")
        self.assertEqual(run.status, 0, run)
        merged = self.report(run)
        self.assertEqual(merged["websocket"]["messages"], 200)
        self.assertEqual(merged["websocket"]["handshakes"]["count"], 4)
        self.assertEqual(merged["params"]["protocol"], "wss" if server.secure else "ws")


if __name__ == "__main__":
    unittest.main()
