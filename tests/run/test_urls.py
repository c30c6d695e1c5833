#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""--urls: many requests in one run. nginx's access log says which were sent, and how often."""
import collections
import csv
import io
import json
import os
import subprocess

from harness import Case, Nginx, VASTAR, free_port, main, message, vastar


class NginxPaths(Nginx):
    """Logs the path of each request."""

    def write(self, name, text):
        if name == "nginx.conf":
            text = text.replace("'$status $request_method", "'$request_uri $status $request_method")
        return super().write(name, text)


def echo(conversation):
    """Answers each request with its own request line as the body; /moved leads to /here."""
    while (request := conversation.request()) is not None:
        path = request.split(b" ")[1]
        if path.startswith(b"/moved"):
            conversation.send(message(b"", "302 Found", "Location: /here" + path.decode()[6:]))
        elif path.startswith(b"/missing"):
            conversation.send(message(b"no", "404 Not Found"))
        else:
            conversation.send(message(path))


class Urls(Case):
    def file(self, *lines, name="urls.txt"):
        path = os.path.join(self.folder(), name)
        with open(path, "w") as file:
            for line in lines:
                file.write((line if isinstance(line, str) else json.dumps(line)) + "\n")
        return path

    def nginx(self):
        server = NginxPaths()
        self.addCleanup(server.stop)
        return server

    def counted(self, report, server=None):
        """Responses by URL, which must add up, and be those that the server has logged."""
        rows = report["by_request"]
        self.assertEqual(sum(row["responses"] for row in rows), report["summary"]["responses"])
        for row in rows:
            self.assertEqual(sum(row["status_codes"].values()) + row["other_status_codes"], row["responses"])
            self.assertEqual(sum(bucket["count"] for bucket in row["histogram"]), row["responses"])
        counts = {row["url"]: row["responses"] for row in rows}
        if server:
            logged = collections.Counter(line.split()[0] for line in server.wait_logged(sum(counts.values())))
            self.assertEqual({url[len(server.url_keep):]: count for url, count in counts.items()}, logged)
        return counts

    def test_in_turn(self):
        server = self.nginx()
        path = self.file("# a comment", f"{server.url_keep}/204", "", f"{server.url_keep}/404?x=1",
                         f"  {server.url_keep}/text.txt\r")
        report = self.bench("--urls", path, "-n", 300, "-c", 7, "-w", 1)
        self.assertEqual(set(self.counted(report, server).values()), {100})
        self.assertEqual([list(row["status_codes"]) for row in report["by_request"]], [["204"], ["404"], ["200"]])
        self.assertEqual(report["params"]["url"], f"{path} (3 requests)")
        self.assertEqual(report["params"]["order"], "round-robin")

    def test_weights(self):
        server = self.nginx()
        path = self.file(*({"url": f"{server.url_keep}/?{n}", "weight": n} for n in (1, 2, 6)))
        counts = self.counted(self.bench("--urls", path, "-n", 900, "-c", 5, "-w", 1), server)
        self.assertEqual(list(counts.values()), [100, 200, 600])

    def test_random_order_has_a_seed(self):
        server = self.serve()
        path = self.file(*({"url": f"{server.url}/{n}", "weight": 1 + n % 2} for n in range(6)))
        run = lambda seed: self.counted(self.bench("--urls", path, "--order", "random", "--seed", seed, "-n", 3000, "-c", 1))
        first = run(7)
        self.assertEqual(first, run(7))
        self.assertNotEqual(first, run(8))
        for n, count in enumerate(first.values()):
            expected = 3000 * (1 + n % 2) / 9  # five standard deviations are under 130
            self.assertAlmostEqual(count, expected, delta=130)

    def test_hosts(self):
        """Connections in proportion to the weights; each host gets its own requests only."""
        servers = [self.serve() for _ in range(3)]
        path = self.file(*({"url": f"{server.url}/{n}", "weight": 1 + n} for n, server in enumerate(servers)))
        counts = self.counted(self.bench("--urls", path, "-n", 600, "-c", 6))
        for server, count in zip(servers, counts.values()):
            served = server.counts()
            self.assertEqual(served["requests"], count)
            self.assertGreater(count, 0)
        self.assertEqual([server.counts()["connections"] for server in servers], [1, 2, 3])

    def test_hosts_in_an_open_loop(self):
        servers = [self.serve() for _ in range(2)]
        path = self.file(*(server.url for server in servers))
        counts = self.counted(self.bench("--urls", path, "--rate", 400, "-z", "1s", "-c", 10))
        for count in counts.values():
            self.assertGreater(count, 100)

    def test_more_hosts_than_connections(self):
        path = self.file("http://127.0.0.1:1/", "http://127.0.0.1:2/")
        run = vastar("--urls", path, "-c", 1)
        self.assertEqual((run.status, run.out), (2, ""))
        self.assertEqual(run.err, "vastar: --urls: 2 hosts need at least as many connections (-c), not 1 (use more of them)\n")

    def test_json_lines(self):
        peer = self.peer(echo)
        folder = self.folder()
        with open(os.path.join(folder, "body"), "w") as file:
            file.write("from a file")
        path = self.file({"url": f"{peer.url}/a", "method": "post", "headers": {"X-A": "1", "Accept": "text/plain"}, "body": "hello"},
                         {"url": f"{peer.url}/b", "method": "PUT", "body_file": os.path.join(folder, "body")},
                         f"{peer.url}/c")
        report = self.bench("--urls", path, "-n", 3, "-c", 1, "-H", "X-A: common")
        self.assertEqual([row["method"] for row in report["by_request"]], ["POST", "PUT", "GET"])
        a, b, c = peer.requests
        self.assertTrue(a.startswith(b"POST /a ") and a.endswith(b"\r\n\r\nhello"), a)
        self.assertIn(b"\r\nX-A: 1\r\n", a)
        self.assertIn(b"\r\nAccept: text/plain\r\n", a)
        self.assertNotIn(b"common", a)
        self.assertTrue(b.startswith(b"PUT /b ") and b.endswith(b"\r\n\r\nfrom a file"), b)
        self.assertIn(b"\r\nX-A: common\r\n", b)
        self.assertTrue(c.startswith(b"GET /c ") and c.endswith(b"\r\n\r\n"), c)

    def test_redirects_belong_to_their_request(self):
        peer = self.peer(echo)
        path = self.file(*(f"{peer.url}/{what}/{n}" for n in range(50) for what in ("moved", "missing")))
        report = self.bench("--urls", path, "-n", 500, "-c", 20, "-w", 1)
        self.assertEqual(set(self.counted(report).values()), {5})
        self.assertEqual(report["status_codes"], {"200": 250, "404": 250})
        for row in report["by_request"]:
            self.assertEqual(list(row["status_codes"]), ["200" if "/moved" in row["url"] else "404"])
        sent = collections.Counter(request.split(b" ")[1] for request in peer.requests)
        self.assertEqual(set(sent.values()), {5})
        self.assertEqual(len(sent), 150)

    def test_a_redirect_leaves_its_host_and_comes_back(self):
        other = self.peer(echo)

        def away(conversation):
            while (request := conversation.request()) is not None:
                away = request.startswith(b"GET /away")
                conversation.send(message(b"", "302 Found", f"Location: {other.url}/there") if away else message())

        peer = self.peer(away)
        path = self.file(f"{peer.url}/away", f"{peer.url}/stay")
        report = self.bench("--urls", path, "-n", 40, "-c", 4, "-w", 1, "--redirect-hosts")
        self.assertEqual(set(self.counted(report).values()), {20})
        self.assertEqual(report["status_codes"], {"200": 40})
        self.assertEqual(collections.Counter(request.split(b" ")[1] for request in other.requests), {b"/there": 20})

    def test_moves_between_workers(self):
        servers = [self.serve() for _ in range(2)]
        path = self.file(*(f"{server.url}/{n}" for server in servers for n in range(5)))
        report = self.bench("--urls", path, "-z", "1s", "-c", 20, "-w", 1, env={**os.environ, "VASTAR_SWING_WORKERS": "2"})
        counts = list(self.counted(report).values())
        self.assertGreater(len(report["client"]["workers"]), 2)
        self.assertEqual(report["summary"]["errors"], 0)
        for server, half in zip(servers, (counts[:5], counts[5:])):
            self.assertEqual(server.counts()["requests"], sum(half))

    def test_an_unreachable_host(self):
        server = self.serve()
        dead = f"http://127.0.0.1:{free_port()}/"
        path = self.file(dead, server.url)
        report = self.bench("--urls", path, "-z", "500ms", "-c", 2)
        bad, good = report["by_request"]
        self.assertEqual(bad["responses"], 0)
        self.assertEqual(bad["errors_by_kind"], {"connect": report["errors"]["connect"]})
        self.assertGreater(bad["errors"], 0)
        self.assertEqual((good["errors"], good["responses"]), (0, report["summary"]["responses"]))

    def test_request_log(self):
        server = self.serve()
        log = os.path.join(self.folder(), "log.csv")
        path = self.file(*(f"{server.url}/{n}" for n in range(4)))
        report = self.bench("--urls", path, "-n", 100, "-c", 5, "--request-log", log)
        with open(log, newline="") as file:
            logged = collections.Counter(int(row["request"]) for row in csv.DictReader(file))
        self.assertEqual(logged, {n + 1: row["responses"] for n, row in enumerate(report["by_request"])})

    def test_formats(self):
        server = self.serve()
        path = self.file(*(f"{server.url}/<{n}>" for n in range(25)))
        run = vastar("--urls", path, "-n", 500, "-c", 5, "-w", 1, "--out", f"csv-requests={path}.csv", "--out", f"html={path}.html")
        self.assertEqual(run.status, 0, run)
        self.assertIn("Requests, by the time that they took:\n", run.out)
        self.assertEqual(run.out.count("20 responses (200: 20): p50"), 20)
        self.assertIn("  and 5 more (-o json and -o csv-requests have all)\n", run.out)
        with open(f"{path}.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["url"] for row in rows], [f"{server.url}/<{n}>" for n in range(25)])
        self.assertEqual({row["responses"] for row in rows}, {"20"})
        with open(f"{path}.html") as file:
            page = file.read()
        for n in range(25):
            self.assertIn(f"GET {server.url}/&lt;{n}&gt;</th>", page)

    def test_merge(self):
        server = self.serve()
        path = self.file(f"{server.url}/a", f"{server.url}/b")
        other = self.file(f"{server.url}/a", f"{server.url}/c")
        folder = self.folder()
        names = [os.path.join(folder, name) for name in ("1.json", "2.json", "3.json")]
        for name, urls in zip(names, (path, path, other)):
            self.assertEqual(vastar("--urls", urls, "-n", 100, "-c", 2, "--out", f"json={name}").status, 0)
        whole = json.loads(vastar("merge", "-o", "json", *names[:2]).out)
        self.assertEqual(sum(self.counted(whole).values()), 200)
        parts = []
        for name in names[:2]:
            with open(name) as file:
                parts.append(json.load(file)["by_request"])
        for row, one, two in zip(whole["by_request"], *parts):
            self.assertEqual(row["responses"], one["responses"] + two["responses"])
            self.assertEqual(row["slowest_s"], max(one["slowest_s"], two["slowest_s"]))
        run = vastar("merge", "--force", names[0], names[2])
        self.assertEqual(run.status, 2)
        self.assertIn("different requests of --urls", run.err)

    def test_sweep(self):
        server = self.serve()
        path = self.file(f"{server.url}/a", f"{server.url}/b")
        run = vastar("sweep", "--urls", path, "--conc", "1,2", "-n", 50, "--exact-n", "-o", "json")
        self.assertIn(run.status, (0, 3), run)
        self.assertEqual(json.loads(run.out)["params"]["url"], f"{path} (2 requests)")
        run = vastar("sweep", "--urls", path, "--vs", server.url)
        self.assertEqual((run.status, run.err),
                         (2, "vastar: --vs with --urls: the reference is one request (leave one of them out)\n"))

    def test_bad_input(self):
        """Each is one line that names the line of the file, before anything is sent."""
        peer = self.peer(echo)
        good = f"{peer.url}/"
        cases = (
            ([], ": it has no URL (write one in each line, or JSON objects)"),
            (["# nothing", " "], ": it has no URL (write one in each line, or JSON objects)"),
            ([good, "ftp://x/"], ':2: URL: the scheme "ftp" is not supported'),
            ([good, "", "http://a b/"], ":3: URL"),
            ([good, "ws://a/"], ":2: URL: a WebSocket cannot be one of several requests"),
            ([good, "{"], ":2: no JSON object, at column 1: "),
            ([good, '{"url": 1}'], ':2: "url" must be a string'),
            ([good, "{}"], ':2: it has no "url"'),
            ([good, {"url": good, "uri": "x"}], ':2: "uri" is not known'),
            ([good, '{"url": "a", "url": "b"}'], ":2: no JSON object"),
            ([good, {"url": good, "weight": 0}], ':2: "weight" must be a whole number from 1 to 1000'),
            ([good, {"url": good, "weight": 1.5}], ':2: "weight" must be'),
            ([good, {"url": good, "headers": ["A: b"]}], ':2: "headers" must be an object'),
            ([good, {"url": good, "headers": {"A": 1}}], ':2: "A" must be a string'),
            ([good, {"url": good, "headers": {"A b": "1"}}], ':2: header (-H): "A b" is not a header name'),
            ([good, {"url": good, "method": "A B"}], ':2: method (-m): "A B" is not an HTTP method'),
            ([good, {"url": good, "body": "a", "body_file": "b"}], ':2: both "body" and "body_file"'),
            ([good, {"url": good, "body_file": "/does/not/exist"}], ":2)"),
            ([good, "\0"], ":2: it has a byte 0"),
            ([good] * 10001, ": more than 10000 requests"),
        )
        for lines, words in cases:
            with self.subTest(words=words):
                path = self.file(*lines)
                run = vastar("--urls", path, "-n", 10, "-c", 1)
                self.assertEqual((run.status, run.out, run.err.count("\n")), (2, "", 1), run)
                self.assertIn(path if words == ":2)" else f"vastar: {path}{words}", run.err)
                self.assertIn(words, run.err)
        path = self.file(good)
        for arguments, words in (
                ((good,), "--urls and a URL"),
                (("--pipeline", "2"), "--urls and --pipeline"),
                (("--http2",), "--urls and --http2"),
                (("--order", "sorted"), "--order 'sorted': not known")):
            with self.subTest(arguments=arguments):
                run = vastar("--urls", path, *arguments)
                self.assertEqual((run.status, run.out, run.err.count("\n")), (2, "", 1), run)
                self.assertIn(words, run.err)
        self.assertIn("--order: there is one request only", vastar("--order", "random", good).err)
        self.assertEqual(peer.requests, [])

    def test_standard_input(self):
        server = self.serve()
        with open(self.file(f"{server.url}/a", f"{server.url}/b")) as file:
            run = subprocess.run([VASTAR, "--urls", "-", "-n", "20", "-c", "1", "-o", "json"], stdin=file,
                                 stdout=subprocess.PIPE, check=True, timeout=60)
        self.assertEqual(set(self.counted(json.loads(run.stdout)).values()), {10})

    def test_http_and_https(self):
        plain, secure = self.serve(), self.serve(secure=True)
        path = self.file(plain.url, secure.url)
        report = self.bench("--urls", path, "-n", 200, "-c", 4, "-k")
        for server, count in zip((plain, secure), self.counted(report).values()):
            self.assertEqual(server.counts()["requests"], count)
            self.assertGreater(count, 0)
        self.assertEqual(report["tls"]["handshakes"], 2)


if __name__ == "__main__":
    main()
