# SPDX-License-Identifier: MIT OR Apache-2.0
"""gRPC against real servers, checked against their own counts: that of @grpc/grpc-js, and that of Debian's C++ library.

Both are built on first use in the folder VASTAR_GRPC_PEERS, which is kept: one with npm, the other with the compiler. If
that fails, the tests are skipped."""
import json
import os
import shutil
import signal
import subprocess
import unittest

import tls
from harness import LIMIT, SOURCE, Case, made, main, npm_install, vastar

GRPC = os.path.join(SOURCE, "tests", "run", "grpc")
PROTO = os.path.join(GRPC, "demo.proto")


def fetch(folder):
    npm_install(folder, "@grpc/grpc-js@1", "@grpc/proto-loader@0.8", "@grpc/reflection@1")


def compile_server(folder):
    plugin = shutil.which("grpc_cpp_plugin")
    if not plugin or not shutil.which("protoc") or not shutil.which("g++") or not shutil.which("pkg-config"):
        raise unittest.SkipTest("protobuf-compiler-grpc or g++ is not installed")
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "grpc++", "protobuf"], capture_output=True, text=True)
    if flags.returncode:
        raise unittest.SkipTest("libgrpc++-dev is not installed")
    subprocess.run(["protoc", "-I", GRPC, f"--cpp_out={folder}", f"--grpc_out={folder}", f"--plugin=protoc-gen-grpc={plugin}",
                    "demo.proto"], check=True)
    subprocess.run(["g++", "-std=c++17", "-O1", "-I", folder, os.path.join(GRPC, "server.cc"), f"{folder}/demo.pb.cc",
                    f"{folder}/demo.grpc.pb.cc", "-o", f"{folder}/server", *flags.stdout.split(), "-lgrpc++_reflection"], check=True)


class Peer:
    """A server in its own process. stop() returns its counts."""

    def __init__(self, command, **more):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, **more)
        self.port = int(self.process.stdout.readline())

    def stop(self):
        if self.process.poll() is not None:
            return None
        self.process.send_signal(signal.SIGTERM)
        out, _ = self.process.communicate(timeout=LIMIT)
        return json.loads(out)


class Kinds:
    """The four kinds of calls, statuses and loads, with any server."""
    def peer(self):
        raise NotImplementedError

    def setUp(self):
        self.server = self.peer()
        self.addCleanup(self.server.stop)

    def call(self, method, text, *arguments, status=0):
        run = vastar("grpc", "-o", "json", "--proto", PROTO, "--call", f"demo.Echo/{method}", "-d", text, *arguments,
                     f"127.0.0.1:{self.server.port}")
        self.assertEqual(run.status, status, run)
        report = self.report(run)
        self.assertEqual(report["summary"]["errors"], 0, report["error_examples"])
        return report

    def test_unary(self):
        report = self.call("Say", '{"text": "hello", "list": [{"number": 7}]}', "-n", 500, "-c", 5, "--streams", 10)
        self.assertEqual(report["grpc_status"], {"OK": 500})
        self.assertEqual((report["messages"]["sent"], report["messages"]["received"]), (500, 500))
        counts = self.server.stop()
        self.assertEqual((counts["calls"], counts["messages"]), (500, 500))

    def test_server_stream(self):
        report = self.call("Repeat", '{"text": "hello", "count": 30}', "-n", 60, "-c", 3, "--streams", 4)
        self.assertEqual(report["grpc_status"], {"OK": 60})
        self.assertEqual((report["messages"]["sent"], report["messages"]["received"]), (60, 1800))

    def test_client_stream(self):
        report = self.call("Count", '[{"text": "a"}, {"text": "b"}] {"text": "c"}', "-n", 60, "-c", 3, "--streams", 4)
        self.assertEqual(report["grpc_status"], {"OK": 60})
        self.assertEqual((report["messages"]["sent"], report["messages"]["received"]), (180, 60))
        self.assertEqual(self.server.stop()["messages"], 180)

    def test_both_streams(self):
        report = self.call("Chat", '[{"text": "a"}, {"text": "b"}]', "-n", 60, "-c", 3, "--streams", 4)
        self.assertEqual(report["grpc_status"], {"OK": 60})
        self.assertEqual((report["messages"]["sent"], report["messages"]["received"]), (120, 120))
        self.assertEqual(self.server.stop()["messages"], 120)

    def test_messages_with_a_gap(self):
        report = self.call("Chat", '{"text": "a"}', "-n", 10, "-c", 1, "--streams", 5, "--stream-messages", 6, "--stream-gap", "5ms")
        self.assertEqual(report["grpc_status"], {"OK": 10})
        self.assertEqual((report["messages"]["sent"], report["messages"]["received"]), (60, 60))
        self.assertGreaterEqual(report["summary"]["fastest_s"], 0.025)
        self.assertEqual(self.server.stop()["messages"], 60)

    def test_list_and_describe(self):
        """By reflection: v1alpha is what Debian's C++ library has, v1 is that of @grpc/reflection."""
        target = f"127.0.0.1:{self.server.port}"
        methods = "".join(f"demo.Echo/{line}\n" for line in (
            "Say(demo.Line) returns (demo.Line)", "Repeat(demo.Line) returns (stream demo.Line)",
            "Count(stream demo.Line) returns (demo.Total)", "Chat(stream demo.Line) returns (stream demo.Line)"))
        listed, by_file = vastar("grpc", "list", target), vastar("grpc", "list", "--proto", PROTO)
        self.assertTrue(listed.out.startswith(methods), listed)
        self.assertEqual(by_file.out, methods)
        for name in (("demo.Echo",), ("demo.Echo/Say",), ("demo.Echo.Chat",), ("demo.Nested",)):
            with self.subTest(name):
                by_server, by_file = vastar("grpc", "describe", *name, target), vastar("grpc", "describe", "--proto", PROTO, *name)
                self.assertEqual((by_server.status, by_server.out), (0, by_file.out))
        self.assertIn("map<string, int64> sizes = 2;", by_server.out)
        everything = vastar("grpc", "describe", target)
        self.assertIn("service Echo {", everything.out)
        unknown = vastar("grpc", "describe", "demo.Nothing", target)
        self.assertEqual(unknown.status, 2)
        self.assertRegex(unknown.err, r"'demo\.Nothing': [^\n]*services: [^\n]*demo\.Echo")

    def test_reflect(self):
        run = vastar("grpc", "-o", "json", "--reflect", "--call", "demo.Echo/Count", "-d",
                     '[{"text": "a"}, {"nested": {"sizes": {"b": 5}}}]', "-n", 20, "-c", 2, f"127.0.0.1:{self.server.port}")
        self.assertEqual(run.status, 0, run)
        report = self.report(run)
        self.assertEqual((report["grpc_status"], report["messages"]["sent"]), ({"OK": 20}, 40))
        run = vastar("grpc", "--reflect", "--call", "demo.Echo/Sya", f"127.0.0.1:{self.server.port}")
        self.assertRegex(run.err, r"no such method \(known: demo\.Echo/Say, ")

    def test_statuses(self):
        for code, name in ((5, "NOT_FOUND"), (7, "PERMISSION_DENIED"), (16, "UNAUTHENTICATED")):
            report = self.call("Say", f'{{"status": {code}}}', "-n", 20, "-c", 2)
            self.assertEqual(report["grpc_status"], {name: 20})
            self.assertTrue(report["grpc_messages"][name].startswith("asked for"), report["grpc_messages"])
        report = self.call("Repeat", '{"count": 3, "status": 10}', "-n", 20, "-c", 2)
        self.assertEqual(report["grpc_status"], {"ABORTED": 20})

    def test_missing_method(self):
        raw = os.path.join(self.folder(), "raw")
        open(raw, "w").close()
        run = vastar("grpc", "-o", "json", "--call", "demo.Nothing/Say", "--raw", raw, "-n", 5, "-c", 1,
                     f"127.0.0.1:{self.server.port}")
        self.assertEqual(self.report(run)["grpc_status"], {"UNIMPLEMENTED": 5})

    def test_large_messages(self):
        path = os.path.join(self.folder(), "json")
        with open(path, "w") as file:
            json.dump({"text": "x" * 300000}, file)
        report = self.call("Say", f"@{path}", "-n", 20, "-c", 2, "--streams", 2)
        self.assertEqual(report["grpc_status"], {"OK": 20})
        self.assertGreater(report["summary"]["bytes"], 20 * 300000)

    def test_rate(self):
        report = self.call("Say", '{"text": "hello"}', "--rate", 200, "-n", 100, "-c", 2, "--streams", 5)
        self.assertEqual(report["grpc_status"], {"OK": 100})


class Node(Kinds, Case):
    def peer(self):
        modules = os.path.join(made("npm", fetch), "node_modules")
        return Peer(["node", os.path.join(GRPC, "server.js"), PROTO], env={**os.environ, "NODE_PATH": modules})

    def test_metadata_and_text(self):
        report = self.call("Say", '{"text": "it", "status": 3}', "-n", 3, "-c", 1, "-H", "x-token: secret", "-t", "5s")
        self.assertEqual(report["grpc_messages"], {"INVALID_ARGUMENT": 'asked for, 100 % of "it"'})
        counts = self.server.stop()
        self.assertEqual((counts["metadata"], counts["deadline"], counts["texts"]), ("secret", True, {"it": 3}))


class Cpp(Kinds, Case):
    def peer(self):
        return Peer([os.path.join(made("cpp", compile_server), "server")])


class Tls(Case):
    def test_tls(self):
        modules = os.path.join(made("npm", fetch), "node_modules")
        certificate, key = tls.server_files()
        server = Peer(["node", os.path.join(GRPC, "server.js"), PROTO, key, certificate],
                      env={**os.environ, "NODE_PATH": modules})
        self.addCleanup(server.stop)
        run = vastar("grpc", "-o", "json", "--proto", PROTO, "--call", "demo.Echo/Say", "-d", '{"text": "a"}', "-n", 100, "-c", 2,
                     "--streams", 5, "--cacert", tls.authority().file, f"https://localhost:{server.port}")
        self.assertEqual(run.status, 0, run)
        report = self.report(run)
        self.assertEqual(report["grpc_status"], {"OK": 100})
        self.assertEqual(report["params"]["protocol"], "h2")
        run = vastar("grpc", "list", "--cacert", tls.authority().file, f"https://localhost:{server.port}")
        self.assertIn("demo.Echo/Say(demo.Line)", run.out, run)
        run = vastar("grpc", "list", f"https://localhost:{server.port}", env={"SSL_CERT_FILE": os.devnull})
        self.assertEqual(run.status, 1)
        self.assertRegex(run.err, r"\Avastar: [^\n]*certificate[^\n]*\n\Z")


if __name__ == "__main__":
    main()
