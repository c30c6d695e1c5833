#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Ways to reach a target: Unix sockets, and the addresses of one family only."""
import os
import socketserver
import threading

from harness import Case, Nginx, main, message, vastar

SIZE = 300000  # long enough for the engine to drop bodies in the kernel, which a Unix socket cannot


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while line := self.rfile.readline():
            head = [line] + list(iter(self.rfile.readline, b"\r\n"))
            self.server.heads.append(b"".join(head))
            self.wfile.write(message(b"x" * SIZE))


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 64


class Targets(Case):
    def unix_server(self):
        path = os.path.join(self.folder(), "peer.sock")
        server = Server(path, Handler)
        server.heads = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server, path

    def check(self, server, first_lines, *arguments):
        report = self.bench("-n", 100, "-c", 5, *arguments)
        self.assert_all(report, 100)
        self.assertEqual(report["summary"]["bytes"], 100 * SIZE)
        self.assertEqual(len(server.heads), 100)
        for head in server.heads:
            self.assertTrue(head.startswith(first_lines), head)

    def test_option(self):
        server, path = self.unix_server()
        self.check(server, b"GET /a?b HTTP/1.1\r\nHost: some.test\r\n", "--unix", path, "http://some.test/a?b")

    def test_url(self):
        server, path = self.unix_server()
        self.check(server, b"GET /a?b HTTP/1.1\r\nHost: localhost\r\n", f"http://unix:{path}:/a?b")

    def test_short_url_with_request_log(self):
        server, path = self.unix_server()
        log = os.path.join(self.folder(), "log")
        self.check(server, b"GET / HTTP/1.1\r\nHost: localhost\r\n", "--request-log", log, f"unix:{path}")

    def test_nginx(self):
        """Whole bodies, small and large, and the report says which socket it was."""
        nginx = Nginx()
        self.addCleanup(nginx.stop)
        path = nginx.path("socket")
        for page, size in (("/", 13), ("/1m.bin", 1 << 20)):
            report = self.bench("-n", 200, "-c", 10, "--unix", path, "http://some.test" + page)
            self.assert_all(report, 200)
            self.assertEqual(report["summary"]["bytes"], 200 * size)
            self.assertEqual(report["params"]["unix"], path)
        lines = nginx.wait_logged(400)
        self.assertEqual((len(lines), len({line.split()[3] for line in lines})), (400, 20))
        self.assertIn(f"Target:       Unix socket {path}\n", vastar("-n", 10, "-c", 2, f"unix:{path}").out)

    def test_report_of_one_family(self):
        server = self.serve()
        report = os.path.join(self.folder(), "report.json")
        run = vastar("-n", 10, "-c", 2, "-4", "--out", f"json={report}", server.url)
        self.assertIn("Target:       IPv4 addresses only\n", run.out)
        merged = self.report(vastar("merge", "-o", "json", report))
        self.assertEqual((merged["params"]["family"], merged["params"]["unix"]), ("ipv4", None))

    def test_refusals(self):
        folder = self.folder()
        for arguments, sentence in (
                (["--unix", folder + "/none", "http://h/"], "No such file or directory"),
                (["--unix", folder, "http://h/"], "it is not a socket"),
                (["--unix", "x" * 108, "http://h/"], "its path has 108 bytes"),
                (["--unix", "", "http://h/"], "the path is empty"),
                (["--unix", "a", "unix:b"], "the URL names a Unix socket too"),
                (["-4", "-6", "http://h/"], "exclude each other"),
                (["-6", "http://127.0.0.1/"], "the host has no address")):
            run = vastar(*arguments)
            self.assertNotEqual(run.status, 0, run)
            self.assertIn(sentence, run.err)
            self.assertEqual(run.err.count("\n"), 1, run)


if __name__ == "__main__":
    main()
