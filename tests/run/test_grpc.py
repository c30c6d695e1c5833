# SPDX-License-Identifier: MIT OR Apache-2.0
"""gRPC against scripted peers: how a call may end, every breach of its framing, and bad options, .proto files and
messages. Real servers are in test_grpc_servers.py."""
import json
import os
import struct
import subprocess

import h2
from h2 import Client, answers, data, frame, head, reset, window_update
from harness import SOURCE, Case, main, vastar, wait_for

PROTO = os.path.join(SOURCE, "tests", "run", "grpc", "demo.proto")
TYPE = ("content-type", "application/grpc")
HELLO = b"\x0a\x05hello"  # a Line with the text hello
ECHO = ("--proto", PROTO, "--call", "demo.Echo/Say")


def message(payload=HELLO, flag=0, length=None):
    return bytes([flag]) + struct.pack(">I", len(payload) if length is None else length) + payload


def trailers(stream, status="0", *more, indexing=False):
    return frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, stream,
                 h2.block(("grpc-status", status), *more, indexing=indexing))


def ok(stream, body=message()):
    return head(stream, TYPE) + data(stream, body, end=False) + trailers(stream)


# Valid ends of a call. name: (response on stream 1, status, words of the server or "").
ENDS = {
    "ok": (ok(1), "OK", ""),
    "ok_with_suffix": (head(1, ("content-type", "application/grpc+proto")) + data(1, message(), end=False) + trailers(1),
                       "OK", ""),
    "empty_message": (ok(1, message(b"")), "OK", ""),
    "status_in_trailers": (head(1, TYPE) + trailers(1, "5", ("grpc-message", "no such thing")), "NOT_FOUND", "no such thing"),
    "trailers_only": (head(1, TYPE, ("grpc-status", "14"), ("grpc-message", "gone"), end=True), "UNAVAILABLE", "gone"),
    "message_percent": (head(1, TYPE, ("grpc-status", "3"), ("grpc-message", "100%25 %22%C3%A9%2"), end=True),
                        "INVALID_ARGUMENT", '100% "??%2'),
    "messages_before_a_status": (head(1, TYPE) + data(1, message() + b"\0", end=False) + trailers(1, "10"), "ABORTED", ""),
    "status_unknown_number": (head(1, TYPE, ("grpc-status", "17"), end=True), "UNKNOWN", ""),
    "status_no_number": (head(1, TYPE, ("grpc-status", "OK"), end=True), "UNKNOWN", ""),
    "status_empty": (head(1, TYPE, ("grpc-status", ""), end=True), "UNKNOWN", ""),
    "status_huge": (head(1, TYPE, ("grpc-status", "9" * 30), end=True), "UNKNOWN", ""),
    "status_missing": (head(1, TYPE) + data(1, message()), "UNKNOWN", ""),
    "status_missing_in_trailers": (head(1, TYPE) + data(1, message(), end=False)
                                   + frame(h2.HEADERS, 5, 1, h2.block(("x", "y"))), "UNKNOWN", ""),
    "no_grpc_at_all": (head(1, ("content-type", "text/html")) + data(1, b"<p>\x01hello"), "UNKNOWN",
                       "the content-type of the response is not application/grpc"),
    "almost_grpc": (head(1, ("content-type", "application/grpc-web")) + data(1, b"x"), "UNKNOWN",
                    "the content-type of the response is not application/grpc"),
    "http_503_with_status": (head(1, TYPE, ("grpc-status", "8"), status=503, end=True), "RESOURCE_EXHAUSTED", ""),
    "http_503_with_ok": (head(1, TYPE, ("grpc-status", "0"), status=503, end=True), "UNAVAILABLE", ""),
    **{f"http_{code}": (head(1, ("content-type", "text/plain"), status=code) + data(1, b"\x01no"), status, "")
       for code, status in ((400, "INTERNAL"), (401, "UNAUTHENTICATED"), (403, "PERMISSION_DENIED"),
                            (404, "UNIMPLEMENTED"), (429, "UNAVAILABLE"), (502, "UNAVAILABLE"), (503, "UNAVAILABLE"),
                            (504, "UNAVAILABLE"), (500, "UNKNOWN"), (204, "UNKNOWN"), (302, "UNKNOWN"))
       if code != 204},
    "interim_first": (head(1, status=103) + ok(1), "OK", ""),
    "padded": (head(1, TYPE) + frame(h2.DATA, h2.PADDED, 1, b"\x07" + message() + bytes(7)) + trailers(1), "OK", ""),
    "several_frames": (head(1, TYPE) + b"".join(data(1, message()[i:i + 1], end=False) for i in range(len(message())))
                       + trailers(1), "OK", ""),
    "empty_frames": (head(1, TYPE) + data(1, end=False) + data(1, message(), end=False) + data(1, end=False) + trailers(1),
                     "OK", ""),
}

# Breaches. name: (response on stream 1, words).
BREACHES = {
    "compressed": (head(1, TYPE) + data(1, message(flag=1), end=False) + trailers(1), "compressed, which was not offered"),
    "bad_flag": (head(1, TYPE) + data(1, message(flag=2), end=False) + trailers(1), "neither 0 nor 1"),
    "too_long": (head(1, TYPE) + data(1, message(length=(4 << 20) + 1), end=False), "longer than allowed"),
    "too_long_in_pieces": (head(1, TYPE) + data(1, b"\0\xff", end=False) + data(1, b"\xff\xff\xff", end=False),
                           "longer than allowed"),
    "cut_in_the_prefix": (head(1, TYPE) + data(1, message()[:3], end=False) + trailers(1), "cut off"),
    "cut_in_the_message": (head(1, TYPE) + data(1, message()[:-1], end=False) + trailers(1), "cut off"),
    "cut_in_the_second": (head(1, TYPE) + data(1, message() + b"\0", end=False) + trailers(1), "cut off"),
    "ok_without_a_message": (head(1, TYPE) + trailers(1), "no message"),
    "two_messages": (head(1, TYPE) + data(1, 2 * message(), end=False) + trailers(1), "several messages"),
    "trailers_that_go_on": (head(1, TYPE) + data(1, message(), end=False) + head(1, ("grpc-status", "0"), status=None),
                            "trailers do not end the stream"),
}


class Calls(Case):
    def grpc(self, peer, *arguments, method=ECHO, **more):
        return self.report_of(vastar("grpc", "-o", "json", *method, *arguments, f"127.0.0.1:{peer.port}", **more))

    def report_of(self, run, status=0):
        self.assertEqual(run.status, status, run)
        return self.report(run)

    def script(self, what, seen=None):
        """Sends the given response to the first request, and OK to later ones."""
        def script(conversation):
            client = Client(conversation)
            if seen is not None:
                seen.append(client)
            if not client.greet():
                return
            if client.request() is not None:
                client.send(what)
            while (stream := client.request()) is not None:
                client.send(ok(stream))
        return script


class Ends(Calls):
    def test_ends(self):
        for name, (what, status, words) in ENDS.items():
            with self.subTest(name):
                report = self.grpc(self.peer(self.script(what)), "-n", 1, "-c", 1)
                self.assertEqual(report["grpc_status"], {status: 1})
                self.assertEqual(report["grpc_messages"], {status: words} if words else {})
                self.assertEqual(report["summary"]["errors"], 0)
                self.assertEqual(report["summary"]["goodput_rps"] > 0, status == "OK")

    def test_breaches(self):
        for name, (what, words) in BREACHES.items():
            with self.subTest(name):
                seen = []
                peer = self.peer(self.script(what, seen))
                report = self.grpc(peer, "-n", 2, "-c", 1)
                self.assertEqual((report["errors"]["protocol"], report["grpc_status"]), (1, {"OK": 1}))
                self.assertIn(words, report["error_examples"][0])
                wait_for(lambda: not peer.open, "the connection ends")
                self.assertEqual(seen[0].codes(h2.RST_STREAM), [h2.PROTOCOL_ERROR])

    def test_cut_anywhere(self):
        """The bytes of a response arrive one by one."""
        what = head(1, TYPE) + data(1, message(), end=False) + trailers(1)

        def script(conversation):
            client = Client(conversation)
            if client.greet() and client.request() is not None:
                for i in range(len(what)):
                    client.send(what[i:i + 1])
                client.drain()
        self.assertEqual(self.grpc(self.peer(script), "-n", 1, "-c", 1)["grpc_status"], {"OK": 1})

    def test_several_messages_of_a_stream(self):
        peer = self.peer(answers(lambda stream: ok(stream, message() + message(b"") + message(bytes(20000)[:9000]))))
        report = self.grpc(peer, "-n", 20, "-c", 2, "--streams", 3, method=("--proto", PROTO, "--call", "demo.Echo/Repeat"))
        self.assertEqual(report["grpc_status"], {"OK": 20})
        self.assertEqual((report["messages"]["sent"], report["messages"]["received"]), (20, 60))

    def test_statuses_of_repeated_trailers(self):
        """Repeated trailers are recognised by their bytes; their status must not affect other calls."""
        codes = ["0", "0", "5", "0", "5", "14", "0", "14"]
        count = [0]

        def make(stream):
            code = codes[count[0] % len(codes)]
            count[0] += 1
            return head(stream, TYPE, indexing=count[0] % 3 == 0) + data(stream, message(), end=False) + trailers(
                stream, code, indexing=count[0] % 5 == 0)
        report = self.grpc(self.peer(answers(make)), "-n", 80, "-c", 1)
        self.assertEqual(report["grpc_status"], {"OK": 40, "NOT_FOUND": 20, "UNAVAILABLE": 20})

    def test_reset_after_the_trailers(self):
        """That is how servers end a stream whose request they have not read completely. It is not an error."""
        peer = self.peer(answers(lambda stream: ok(stream) + reset(stream, h2.NO_ERROR)))
        report = self.grpc(peer, "-n", 10, "-c", 1)
        self.assertEqual(report["grpc_status"], {"OK": 10})
        self.assertEqual(report["summary"]["errors"], 0)

    def test_longest_message(self):
        peer = self.peer(answers(lambda stream: ok(stream, message(bytes(100)))))
        self.assertEqual(self.grpc(peer, "-n", 2, "-c", 1, "--max-message", 100)["grpc_status"], {"OK": 2})
        run = vastar("grpc", *ECHO, "-n", 2, "-c", 1, "--max-message", 99, f"127.0.0.1:{peer.port}")
        self.assertIn("longer than allowed", run.out)

    def test_deadline(self):
        """A server that does not respond to its first request, whichever connection the next one takes."""
        requests = []

        def script(conversation):
            client = Client(conversation)
            if client.greet():
                while (stream := client.request()) is not None:
                    requests.append(stream)
                    if len(requests) > 1:
                        client.send(ok(stream))
        report = self.grpc(self.peer(script), "-n", 2, "-c", 1, "-t", "200ms")
        self.assertEqual((report["errors"]["timeout"], report["grpc_status"]), (1, {"OK": 1}))


CHAT = ("--proto", PROTO, "--call", "demo.Echo/Chat", "-d", '{"text": "hello"} {}')


class Streams(Calls):
    """Messages that go out one after the other."""

    def echo(self, *pairs, ends_after=None):
        """Sends each message back as soon as it has come, or ends the call with OK after so many."""
        def script(conversation):
            client = Client(conversation)
            if not client.greet(*pairs):
                return
            have, counts = {}, {}
            while (got := client.next(h2.HEADERS, h2.DATA)) is not None:
                kind, flags, stream, payload = got
                if kind == h2.HEADERS:
                    client.send(head(stream, TYPE))
                    have[stream], counts[stream] = b"", 0
                    continue
                if counts[stream] is None:
                    continue
                have[stream] += payload
                client.send(window_update(0, len(payload)) + window_update(stream, len(payload)) if payload else b"")
                while len(have[stream]) >= 5 + int.from_bytes(have[stream][1:5], "big") and len(have[stream]) >= 5:
                    length = 5 + int.from_bytes(have[stream][1:5], "big")
                    client.send(data(stream, have[stream][:length], end=False))
                    have[stream] = have[stream][length:]
                    counts[stream] += 1
                if flags & h2.END_STREAM or counts[stream] == ends_after:
                    client.send(trailers(stream))
                    counts[stream] = None
        return self.peer(script)

    def histogram(self, messages, name):
        return sum(bucket["count"] for bucket in messages[name]["histogram"])

    def test_messages_in_turn(self):
        report = self.grpc(self.echo(), "-n", 12, "-c", 2, "--streams", 3, "--stream-messages", 5, method=CHAT)
        self.assertEqual(report["grpc_status"], {"OK": 12})
        messages = report["messages"]
        self.assertEqual((messages["sent"], messages["received"]), (60, 60))
        self.assertEqual(self.histogram(messages, "first"), 12)
        self.assertEqual(self.histogram(messages, "gap"), 48)

    def test_gap(self):
        """A call lasts as long as its messages take, and no message waits for the last one to be sent back."""
        report = self.grpc(self.echo(), "-n", 12, "-c", 2, "--streams", 3, "--stream-messages", 5, "--stream-gap", "20ms",
                           method=CHAT)
        self.assertEqual(report["grpc_status"], {"OK": 12})
        self.assertEqual((report["messages"]["sent"], report["messages"]["received"]), (60, 60))
        self.assertGreaterEqual(report["summary"]["fastest_s"], 0.08)
        self.assertEqual(self.histogram(report["messages"], "gap"), 48)
        first = min(bucket["from_s"] for bucket in report["messages"]["first"]["histogram"])
        self.assertLess(first, 0.08)
        self.assertEqual(report["http2"]["blocked_s"], 0)

    def test_gap_in_an_open_loop(self):
        report = self.grpc(self.echo(), "--rate", 50, "-z", "200ms", "-c", 1, "--streams", 10, "--stream-messages", 3,
                           "--stream-gap", "10ms", method=CHAT)
        self.assertEqual(report["grpc_status"], {"OK": 10 - report["censored"]["unsent"]})
        self.assertGreaterEqual(report["summary"]["fastest_s"], 0.02)

    def test_small_windows(self):
        """Messages that are due wait for the server's window, too."""
        for gap in ((), ("--stream-gap", "5ms")):
            report = self.grpc(self.echo((h2.INITIAL_WINDOW_SIZE, 3)), "-n", 6, "-c", 1, "--streams", 2, "--stream-messages", 4,
                               *gap, method=CHAT)
            self.assertEqual(report["grpc_status"], {"OK": 6})
            self.assertEqual((report["messages"]["sent"], report["messages"]["received"]), (24, 24))

    def test_the_server_ends_it(self):
        """A call may end before its messages are sent: the rest of them is not."""
        report = self.grpc(self.echo(ends_after=2), "-n", 6, "-c", 1, "--streams", 2, "--stream-messages", 50, "--stream-gap",
                           "20ms", method=CHAT)
        self.assertEqual(report["grpc_status"], {"OK": 6})
        self.assertEqual(report["messages"]["received"], 12)
        self.assertLess(report["messages"]["sent"], 6 * 50)
        self.assertEqual(report["client"]["oddities"]["early_answer"], 6)

    def test_merge(self):
        path = os.path.join(self.folder(), "run.json")
        run = vastar("grpc", "-o", "json", *CHAT, "-n", 6, "-c", 1, "--stream-messages", 4, f"127.0.0.1:{self.echo().port}")
        with open(path, "w") as file:
            file.write(run.out)
        report, again = self.report_of(run), self.report_of(vastar("merge", "-o", "json", path))
        for name in ("sent", "received"):
            self.assertEqual(again["messages"][name], report["messages"][name])
        for name in ("first", "gap"):
            self.assertEqual(again["messages"][name]["histogram"], report["messages"][name]["histogram"])

    def test_text(self):
        run = vastar("grpc", *CHAT, "-n", 6, "-c", 1, "--stream-messages", 4, f"127.0.0.1:{self.echo().port}")
        self.assertRegex(run.out, r"messages: +24 sent, 24 received, .*\n  first message: p50 .*\n  next message: p50 .*\n")


class Requests(Calls):
    def fields(self, *arguments):
        """The fields and the body of a request, as the server sees them."""
        hpack = __import__("hpack") if self.has_hpack() else self.skipTest("python3-hpack is not installed")
        seen = []

        def script(conversation):
            client = Client(conversation)
            seen.append(client)
            if not client.greet():
                return
            stream = client.request()
            while not client.seen[-1][1] & h2.END_STREAM:
                client.next(h2.DATA)
            client.send(ok(stream))
            client.drain()
        peer = self.peer(script)
        run = vastar("grpc", "-n", 1, "-c", 1, *arguments, f"127.0.0.1:{peer.port}")
        self.assertEqual(run.status, 0, run)
        block, = (payload for kind, _, _, payload in seen[0].seen if kind == h2.HEADERS)
        body = b"".join(payload for kind, _, _, payload in seen[0].seen if kind == h2.DATA)
        return hpack.Decoder().decode(block), body

    @staticmethod
    def has_hpack():
        try:
            import hpack  # noqa: F401
            return True
        except ImportError:
            return False

    def test_fields(self):
        fields, body = self.fields(*ECHO, "-d", '{"text": "hello"}', "-t", "1500ms", "-H", "X-Token: a",
                                   "--metadata", "x-bytes-bin: AAEC")
        fields = dict(fields)
        self.assertEqual(fields[":method"], "POST")
        self.assertEqual(fields[":path"], "/demo.Echo/Say")
        self.assertEqual(fields[":scheme"], "http")
        self.assertEqual(fields["content-type"], "application/grpc")
        self.assertEqual(fields["te"], "trailers")
        self.assertEqual(fields["grpc-timeout"], "1500000u")
        self.assertEqual(fields["x-token"], "a")
        self.assertEqual(fields["x-bytes-bin"], "AAEC")
        for name in ("content-length", "accept", "accept-encoding", "connection"):
            self.assertNotIn(name, fields)
        self.assertEqual(body, message())

    def test_timeouts(self):
        for option, value in (("20s", "20000000u"), ("10ms", "10000000n"), ("200s", "200000m"), ("0", None)):
            with self.subTest(option):
                fields, _ = self.fields(*ECHO, "-t", option)
                self.assertEqual(dict(fields).get("grpc-timeout"), value)

    def test_bodies(self):
        raw = os.path.join(self.folder(), "raw")
        with open(raw, "wb") as file:
            file.write(b"\0\xff\n")
        text = os.path.join(self.folder(), "text")
        with open(text, "w") as file:
            file.write('[{"text": "a]"}, {"text": "b,\\"}"}]\n{"count": 3} {}')
        count = ("--proto", PROTO, "--call", "demo.Echo/Count")
        stream = message(b"\x0a\x02a]") + message(b"\x0a\x04b,\"}") + message(b"\x10\x03") + message(b"")
        for arguments, body in (((*ECHO,), message(b"")),
                                ((*ECHO, "--raw", raw), message(b"\0\xff\n")),
                                (("--call", "any.Thing/Do", "--raw", raw, "--raw", raw), 2 * message(b"\0\xff\n")),
                                ((*count, "-d", f"@{text}"), stream),
                                ((*count, "-d", "[]"), b"")):
            with self.subTest(arguments):
                self.assertEqual(self.fields(*arguments)[1], body)

    def test_json_from_standard_input(self):
        peer = self.peer(answers(ok))
        run = subprocess.run([os.environ.get("VASTAR_BIN", "vastar"), "grpc", *ECHO, "-d", "@-", "-n", "1", "-c", "1",
                              f"127.0.0.1:{peer.port}"], input='{"text": "hello"}', capture_output=True, text=True, timeout=60)
        self.assertEqual(run.returncode, 0, run)
        self.assertIn("[OK] 1 responses", run.stdout)


class Refused(Case):
    """Bad input gives one error message and exit status 2."""

    def refused(self, why, *arguments):
        run = vastar("grpc", *arguments, "127.0.0.1:1")
        self.assertEqual(run.status, 2, run)
        self.assertEqual(run.out, "")
        self.assertRegex(run.err, rf"\Avastar: [^\n]*{why}[^\n]*\n\Z")

    def test_options(self):
        raw = os.path.join(self.folder(), "raw")
        open(raw, "w").close()
        self.refused("--call: missing", "--proto", PROTO)
        self.refused("--proto: missing", "--call", "demo.Echo/Say")
        self.refused("-d with --raw", "--call", "a.B/C", "--raw", raw, "-d", "{}")
        self.refused("not a method", "--call", "a.B", "--raw", raw)
        self.refused("not a method", "--call", "a.B/C/D", "--raw", raw)
        self.refused("not a method", "--call", "a b/C", "--raw", raw)
        self.refused("cannot be opened", "--call", "a.B/C", "--raw", raw + "x")
        self.refused("cannot be opened.*-d", *ECHO, "-d", f"@{raw}x")
        self.refused("not base64", *ECHO, "-H", "x-bin: a b")
        self.refused("te comes from the call", *ECHO, "-H", "TE: gzip")
        self.refused("use -t", *ECHO, "-H", "grpc-timeout: 1S")
        self.refused("longer than the deadline", *CHAT, "--stream-messages", 30, "--stream-gap", "1s")
        self.refused("takes one message", *ECHO, "--stream-messages", 2)
        self.refused("no message to send", *CHAT[:-1], "[]", "--stream-messages", 2)
        run = vastar("grpc", *ECHO, "http://127.0.0.1:1/x")
        self.assertIn("the path is that of the method", run.err)
        run = vastar("grpc", *ECHO)
        self.assertIn("HOST:PORT: missing", run.err)

    def test_proto_files(self):
        folder = self.folder()

        def file(name, text):
            os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
            with open(os.path.join(folder, name), "w") as out:
                out.write(text)
            return os.path.join(folder, name)
        call = ("--call", "demo.Echo/Say")
        self.refused(r"nothing\.proto: cannot be opened: No such file", "--proto", f"{folder}/nothing.proto", *call)
        self.refused(r"syntax\.proto:2: Expected", "--proto", file("syntax.proto", 'syntax = "proto3";\nmessage {}\n'), *call)
        self.refused(r'import\.proto:2: Import "missing\.proto" was not found', "--proto",
                     file("import.proto", 'syntax = "proto3";\nimport "missing.proto";\n'), *call)
        self.refused(r'type\.proto:\d: "Nowhere" is not defined', "--proto",
                     file("type.proto", 'syntax = "proto3";\npackage demo;\nmessage A { Nowhere x = 1; }\n'), *call)
        self.refused(r"known: none", "--proto", file("none.proto", 'syntax = "proto3";\n'), *call)
        self.refused(r"y/a\.proto: its name stands for .*import-path", "--proto", file("x/a.proto", 'syntax = "proto3";\n'),
                     "--proto", file("y/a.proto", 'syntax = "proto3";\n'), *call)

    def test_imports(self):
        """Imports of a file in another folder, found with --import-path."""
        folder = self.folder()
        os.makedirs(f"{folder}/lib/common")
        with open(f"{folder}/lib/common/line.proto", "w") as out:
            out.write('syntax = "proto3";\npackage common;\nmessage Line { string text = 1; }\n')
        with open(f"{folder}/svc.proto", "w") as out:
            out.write('syntax = "proto3";\nimport "common/line.proto";\nimport "google/protobuf/empty.proto";\n'
                      'service S { rpc Say(common.Line) returns (google.protobuf.Empty); }\n')
        self.refused(r"svc\.proto:2: Import", "--proto", f"{folder}/svc.proto", "--call", "S/Say")
        peer = self.peer(answers(lambda stream: ok(stream, message(b""))))
        run = vastar("grpc", "--proto", f"{folder}/svc.proto", "--import-path", f"{folder}/lib", "--call", "S.Say", "-d",
                     '{"text": "x"}', "-n", 1, "-c", 1, f"127.0.0.1:{peer.port}")
        self.assertEqual(run.status, 0, run)

    def test_methods(self):
        self.refused(r"'demo\.Echo/Sya': no such method \(known: demo\.Echo/Say, demo\.Echo/Repeat, demo\.Echo/Count, "
                     r"demo\.Echo/Chat\)", "--proto", PROTO, "--call", "demo.Echo/Sya")

    def test_messages(self):
        for json_text, why in (('{"text": 5}', r"text: invalid value 5"),
                               ('{"nested": {"number": "x"}}', r'nested\.number: invalid value "x"'),
                               ('{"list": [{"number": 1}, {"number": "abc"}]}', r'list\[1\]\.number: invalid value "abc"'),
                               ('{"nope": 1}', "nope: there is no such field"),
                               ('{"nested": {"numbr": 1}}', r"nested\.numbr: there is no such field"),
                               ('{"text": "a}', "it is no demo.Line"),
                               ("{", "it is no demo.Line"),
                               ("nonsense", "it is no demo.Line"),
                               ("[1]", "it is no demo.Line"),
                               ("{} {}", "takes one, and here are several")):
            with self.subTest(json_text):
                self.refused(why, *ECHO, "-d", json_text)
        self.refused(r"text: invalid value 5", "--proto", PROTO, "--call", "demo.Echo/Count", "-d", '[{}, {"text": 5}]')
        self.refused("it is no demo.Line", "--proto", PROTO, "--call", "demo.Echo/Count", "-d", "[{},,{}]")


class Reflection(Calls):
    """What may go wrong before a run. That it works is in test_grpc_servers.py."""

    def refused(self, peer, why, *arguments, status=1):
        for command in (("list",), ("describe", "demo.Echo"), ("--reflect", "--call", "demo.Echo/Say")):
            run = vastar("grpc", *command, *arguments, f"127.0.0.1:{peer.port}")
            self.assertEqual((run.status, run.out), (status, ""), run)
            self.assertRegex(run.err, rf"\Avastar: [^\n]*{why}[^\n]*\n\Z")

    def test_not_offered(self):
        paths = []

        def make(stream):
            paths.append(stream)
            return head(stream, TYPE, ("grpc-status", "12"), end=True)
        self.refused(self.peer(answers(make)), r"does not offer it \(use --proto FILE\)")
        self.assertEqual(len(paths), 6)  # v1, then v1alpha

    def test_statuses(self):
        peer = self.peer(answers(lambda stream: head(stream, TYPE, ("grpc-status", "16"), ("grpc-message", "who"), end=True)))
        self.refused(peer, "the server's status is UNAUTHENTICATED: who")

    def test_responses_that_cannot_be_read(self):
        for what in (b"\x22\x05\x0a", b"\x32\x03\x0a\x09x", b"\xff\xff\xff", b"\x22\x04\x0a\x02\x0a\x09"):
            with self.subTest(what):
                peer = self.peer(answers(lambda stream: ok(stream, message(what))))
                run = vastar("grpc", "describe", "demo.Echo", f"127.0.0.1:{peer.port}")
                self.assertIn(run.status, (1, 2), run)
                self.assertRegex(run.err, r"\Avastar: [^\n]*\n\Z")
        self.refused(self.peer(answers(lambda stream: head(stream, TYPE) + trailers(stream))), "has no message")

    def test_endless_files(self):
        """A file that imports itself, or another one for ever, ends."""
        def descriptor(name, dependency):
            fields = bytes([0x0a, len(name)]) + name + bytes([0x1a, len(dependency)]) + dependency
            files = bytes([0x0a, len(fields)]) + fields
            return bytes([0x22, len(files)]) + files
        peer = self.peer(answers(lambda stream: ok(stream, message(descriptor(b"a.proto", b"a.proto")))))
        run = vastar("grpc", "describe", "demo.Echo", f"127.0.0.1:{peer.port}")
        self.assertRegex(run.err, r"\Avastar: reflection: the descriptor of a\.proto cannot be used: [^\n]*\n\Z")
        count = [0]

        def another(stream):
            count[0] += 1
            return ok(stream, message(descriptor(b"f%d" % count[0], b"f%d" % (count[0] + 1))))
        run = vastar("grpc", "describe", "demo.Echo", f"127.0.0.1:{self.peer(answers(another)).port}")
        self.assertRegex(run.err, r"\Avastar: reflection: the server's files import over 1000 others[^\n]*\n\Z")

    def test_connections(self):
        def closes(conversation):
            conversation.sock.recv(1)

        def silent(conversation):
            Client(conversation).drain()

        def http1(conversation):
            conversation.sock.recv(1)
            conversation.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        self.refused(self.peer(closes), r"closed the connection|reset by peer")
        self.refused(self.peer(silent), r"no response in time \(see -t\)", "-t", "1s")
        self.refused(self.peer(http1), "HTTP/1.1")
        self.refused(self.peer(answers(lambda stream: reset(stream, h2.INTERNAL_ERROR))), "reset the stream")
        peer = self.peer(closes)
        peer.stop()
        self.refused(peer, "Connection refused")

    def test_arguments(self):
        for arguments, why in ((("list",), "HOST:PORT: missing"), (("list", "demo.Echo", "127.0.0.1:1"), "list takes no name"),
                               (("list", "--proto", PROTO, "x", "y"), "list takes no name"),
                               (("describe", "--proto", PROTO, "x", "y"), "nobody is asked"),
                               (("describe", "--proto", PROTO, "x"), "no service, method, message or enum"),
                               (("list", "--proto", PROTO, "--reflect"), "one of them"),
                               (("--call", "a.B/C", "--proto", PROTO, "--reflect", "127.0.0.1:1"), "one of them")):
            run = vastar("grpc", *arguments)
            self.assertEqual((run.status, run.out), (2, ""), run)
            self.assertIn(why, run.err)


class Reports(Calls):
    def setUp(self):
        count = [0]

        def make(stream):
            count[0] += 1
            return ok(stream) if count[0] % 4 else head(stream, TYPE, ("grpc-status", "14"), ("grpc-message", "a <b> c"),
                                                        end=True)
        self.target = f"127.0.0.1:{self.peer(answers(make)).port}"

    def test_text(self):
        run = vastar("grpc", *ECHO, "-n", 40, "-c", 1, self.target)
        self.assertRegex(run.out, r"gRPC status distribution:\n  \[OK\] 30 responses\n  \[UNAVAILABLE\] 10 responses: a <b> c\n"
                                  r"  messages: +40 sent, 30 received, [0-9,.]+ per second together\n")
        self.assertRegex(run.out, r"Goodput/sec: +[0-9.]+ \(status OK only\)")
        self.assertRegex(run.out, r"Response time by status:\n  \[OK\] 30: .*\n  \[not OK\] 10: ")
        self.assertNotIn("[200]", run.out)

    def test_json_merge_compare(self):
        folder = self.folder()
        paths = []
        for i in range(2):
            run = vastar("grpc", "-o", "json", *ECHO, "-n", 40, "-c", 1, self.target)
            report = self.report_of(run)
            self.assertEqual(report["grpc_status"], {"OK": 30, "UNAVAILABLE": 10})
            self.assertEqual(report["grpc_messages"], {"UNAVAILABLE": "a <b> c"})
            self.assertEqual(report["status_codes"], {"200": 40})
            self.assertEqual(report["summary"]["non_2xx"], 10)
            self.assertEqual(report["latency_by_grpc_status"]["OK"]["responses"], 30)
            self.assertEqual(report["params"]["method"], "POST")
            paths.append(os.path.join(folder, f"{i}.json"))
            with open(paths[-1], "w") as file:
                file.write(run.out)
        merged = self.report_of(vastar("merge", "-o", "json", *paths))
        self.assertEqual(merged["grpc_status"], {"OK": 60, "UNAVAILABLE": 20})
        self.assertEqual(merged["messages"]["sent"], 80)
        self.assertEqual(merged["grpc_messages"], {"UNAVAILABLE": "a <b> c"})
        self.assertEqual(merged["latency_by_grpc_status"]["other"]["responses"], 20)
        self.assertIn("[UNAVAILABLE] 20 responses", vastar("merge", *paths).out)
        self.assertEqual(vastar("compare", *paths).status, 0)
        with open(paths[0]) as file:
            report = json.load(file)
        report["grpc_status"]["OK"] += 1
        with open(paths[0], "w") as file:
            json.dump(report, file)
        self.assertIn("gRPC statuses do not add up", vastar("merge", *paths).err)

    def test_html_markdown(self):
        page = vastar("grpc", "-o", "html", *ECHO, "-n", 40, "-c", 1, self.target).out
        self.assertIn("Responses by gRPC status", page)
        self.assertIn("UNAVAILABLE</th>", page)
        self.assertIn("a &lt;b&gt; c", page)
        self.assertNotIn("Responses by status code", page)
        self.assertIn("Other than OK", vastar("grpc", "-o", "markdown", *ECHO, "-n", 40, "-c", 1, self.target).out)

    def test_slo(self):
        """Calls that are not OK are failures."""
        for limit, status in (("errors<20%", 3), ("errors<30%", 0)):
            run = vastar("grpc", *ECHO, "-n", 40, "-c", 1, "--slo-target", limit, self.target)
            self.assertEqual(run.status, status, run)

    def test_sweep(self):
        run = vastar("sweep", "-o", "json", "--call", "demo.Echo/Say", "--proto", PROTO, "-d", '{"text": "x"}', "--conc", "1,2",
                     "-n", 40, "--exact-n", self.target)
        report = json.loads(run.out)
        self.assertEqual(run.status, 3, run)  # a quarter fails
        self.assertAlmostEqual(report["sweep_points"][0]["error_rate"], 0.25, 2)


if __name__ == "__main__":
    main()
