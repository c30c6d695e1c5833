#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""How a target is reached: Unix sockets, addresses and hosts other than the URL's, one address family."""
import os
import socket
import socketserver
import threading

import tls
from harness import Case, Nginx, answers, main, message, vastar

SIZE = 300000  # so long that the engine would drop bodies in the kernel, which Unix sockets do not support


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
        """Complete bodies, small and large; the report names the socket."""
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

    def test_connect_to(self):
        """Connections alternate between two backends; every request carries the host of the URL."""
        peers = [self.peer(answers(message())) for _ in range(2)]
        rules = [word for peer in peers for word in ("--connect-to", f"some.test:80:127.0.0.1:{peer.port}")]
        report = self.bench("-n", 100, "-c", 10, *rules, "http://some.test/a")
        self.assert_all(report, 100)
        self.assertEqual(report["params"]["connect_to"], rules[1::2])
        for peer in peers:
            self.assertEqual(peer.connections, 5)
            self.assertEqual({request.split(b"\r\nUser")[0] for request in peer.requests},
                             {b"GET /a HTTP/1.1\r\nHost: some.test"})
        run = vastar("-n", 10, "-c", 2, "--disable-keepalive", *rules, "http://some.test/")
        self.assertIn(f"Target:       connect to {rules[1]} and 1 more\n", run.out)
        self.assertEqual(sum(peer.connections for peer in peers), 20)
        self.assertGreater(min(peer.connections for peer in peers), 5)

    def test_resolve(self):
        """The port is that of the URL. Connections alternate between the addresses; one that refuses is skipped."""
        peer = self.peer(answers(message()))
        rule = f"some.test:{peer.port}:127.0.0.1,127.0.0.2"  # the peer does not listen on the second
        report = self.bench("-n", 100, "-c", 10, "--resolve", rule, f"http://some.test:{peer.port}/")
        self.assert_all(report, 100)
        self.assertEqual(report["params"]["resolve"], [rule])
        self.assertEqual(peer.connections, 10)
        self.assertTrue(all(f"\r\nHost: some.test:{peer.port}\r\n".encode() in request for request in peer.requests))

    def test_redirects_follow_the_rules(self):
        peer = self.peer(answers(message()))
        other = self.peer(answers(message(b"", "302 Found", "Location: http://other.test:81/b")))
        report = self.bench("-n", 10, "-c", 2, "--redirect-hosts", "--connect-to", f":81:127.0.0.1:{peer.port}",
                            "--connect-to", f"some.test::127.0.0.1:{other.port}", "http://some.test/a")
        self.assert_all(report, 10)
        self.assertEqual((len(other.requests), len(peer.requests)), (10, 10))
        self.assertTrue(peer.requests[0].startswith(b"GET /b HTTP/1.1\r\nHost: other.test:81\r\n"), peer.requests[0])

    def test_tls_keeps_the_name(self):
        if "built without TLS" in vastar("https://a.test:0/").err:
            self.skipTest("needs TLS")
        ca = tls.Authority()
        certificate, key = ca.issue("named", "DNS:a.test")
        server = self.serve("--tls", "--cert", certificate, "--key", key, secure=False)
        self.assert_all(self.bench("-n", 10, "-c", 2, "--cacert", ca.file, "--connect-to",
                                   f"a.test:443:127.0.0.1:{server.port}", "https://a.test/"), 10)

    def test_local_addresses(self):
        """Connections alternate between the addresses, and each backend sees each address."""
        seen = {}

        def script(conversation):
            seen.setdefault(conversation.peer.port, []).append(conversation.sock.getpeername()[0])
            answers(message())(conversation)
        peers = [self.peer(script) for _ in range(2)]
        self.assert_all(self.bench("-n", 100, "-c", 6, "--local-address", "127.0.0.2,127.0.0.3", peers[0].url), 100)
        self.assertEqual(sorted(seen[peers[0].port]), ["127.0.0.2"] * 3 + ["127.0.0.3"] * 3)
        seen.clear()
        rules = [word for peer in peers for word in ("--connect-to", f"::127.0.0.1:{peer.port}")]
        report = self.bench("-n", 100, "-c", 4, "--local-address", "127.0.0.2,127.0.0.3", *rules, "http://some.test/")
        self.assertEqual({port: sorted(addresses) for port, addresses in seen.items()},
                         {peer.port: ["127.0.0.2", "127.0.0.3"] for peer in peers})
        self.assertEqual(report["params"]["local_address"], "127.0.0.2,127.0.0.3")
        run = vastar("-n", 4, "-c", 2, "--disable-keepalive", "--local-address", "127.0.0.2", peers[0].url)
        self.assertIn("Target:       from 127.0.0.2\n", run.out)

    def test_zone_is_not_in_the_host_header(self):
        try:
            peer = self.peer(answers(message()), family=socket.AF_INET6)
        except OSError:
            self.skipTest("needs IPv6")
        self.assert_all(self.bench("-n", 4, "-c", 2, f"http://[::1%25lo]:{peer.port}/a"), 4)
        self.assertIn(f"GET /a HTTP/1.1\r\nHost: [::1]:{peer.port}\r\n".encode(), peer.requests[0])

    def test_outside_ascii(self):
        """The host name by IDNA, path and query percent-encoded; options spell the host like the URL."""
        if "built without libidn2" in vastar("http://\u00fc.test:0/").err:
            self.skipTest("needs libidn2")
        peer = self.peer(answers(message()))
        url = f"http://M\u00fcnchen.test:{peer.port}/\u00e4?\u00f6=\u20ac"
        run = vastar("-n", 4, "-c", 2, "--resolve", f"m\u00fcnchen.test:{peer.port}:127.0.0.1", url)
        self.assertEqual(run.status, 0, run)
        self.assertIn(b"GET /%C3%A4?%C3%B6=%E2%82%AC HTTP/1.1\r\nHost: xn--mnchen-3ya.test:" +
                      str(peer.port).encode() + b"\r\n", peer.requests[0])

    def test_name_lookup_is_a_phase(self):
        """One lookup, before the run; an address needs none."""
        peer = self.peer(answers(message()))
        named, numbered = f"http://localhost:{peer.port}/", f"http://127.0.0.1:{peer.port}/"
        dns = self.bench("-n", 10, "-c", 5, "-4", named)["phases"]["dns"]
        self.assertEqual(dns["count"], 1)
        self.assertGreater(dns["average_s"], 0)
        self.assertEqual(self.bench("-n", 10, "-c", 5, numbered)["phases"]["dns"]["count"], 0)
        self.assertEqual(self.bench("-n", 10, "-c", 5, "--resolve", f"a.test:{peer.port}:127.0.0.1",
                                    f"http://a.test:{peer.port}/")["phases"]["dns"]["count"], 0)
        self.assertEqual(self.bench("-n", 10, "-c", 5, "-4", "--repeats", 3, named)["phases"]["dns"]["count"], 1)
        self.assertRegex(vastar("-n", 10, "-c", 5, "-4", named).out, r"\n  dns: +[0-9.]+ *[a-z]+")
        self.assertNotIn("dns:", vastar("-n", 10, "-c", 5, numbered).out)

    def test_refusals(self):
        folder = self.folder()
        for arguments, sentence in (
                (["--unix", folder + "/none", "http://h/"], "No such file or directory"),
                (["--unix", folder, "http://h/"], "it is not a socket"),
                (["--unix", "x" * 108, "http://h/"], "its path has 108 bytes"),
                (["--unix", "", "http://h/"], "the path is empty"),
                (["--unix", "a", "unix:b"], "the URL names a Unix socket too"),
                (["-4", "-6", "http://h/"], "exclude each other"),
                (["--unix", "a", "--resolve", "h:80:127.0.0.1", "http://h/"], "everything goes to the Unix socket"),
                (["--unix", "a", "--local-address", "127.0.0.2", "http://h/"], "everything goes to the Unix socket"),
                (["--local-address", "192.0.2.1", "http://h/"], "--local-address 192.0.2.1: Cannot assign requested address"),
                (["--local-address", "h", "http://h/"], "it has an invalid IP address"),
                (["--local-address", "127.0.0.2,", "http://h/"], "it has an invalid IP address"),
                (["-6", "--local-address", "127.0.0.2", "http://h/"], "no address of IPv6, which -6 requires"),
                (["--local-address", "127.0.0.2", "http://[::1]/"], "(check the name, -4, -6 and --local-address)"),
                (["http://[fe80::1%25none-such]/"], "none-such: this host has no such interface"),
                (["http://\u00fc-.\u200b/"], "URL: the host is "),
                (["--resolve", "h:80", "http://h/"], "it has no address (write HOST:PORT:ADDRESS[,ADDRESS...])"),
                (["--connect-to", "h:80:127.0.0.1", "http://h/"], "four parts (write HOST:PORT:HOST:PORT)"),
                (["-6", "http://127.0.0.1/"], "the host has no IPv6 address")):
            run = vastar(*arguments)
            self.assertNotEqual(run.status, 0, run)
            self.assertIn(sentence, run.err)
            self.assertEqual(run.err.count("\n"), 1, run)


if __name__ == "__main__":
    main()
