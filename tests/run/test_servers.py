#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Real servers, checked against their access logs."""
import collections
import http.client
import json

from harness import Caddy, Case, Haproxy, Nginx, main


class Served(Case):
    def server(self, kind, *arguments):
        server = kind(*arguments)
        self.addCleanup(server.stop)
        return server

    def assert_logged(self, server, count, status, method="GET"):
        """The log has exactly the requests of the report: `count` lines, all with this status and method."""
        lines = server.wait_logged(count)
        seen = collections.Counter(tuple(line.split()[:2]) for line in lines)
        self.assertEqual(seen, {(str(status), method): count})
        return lines


class NginxServer(Served):
    def setUp(self):
        self.nginx = self.server(Nginx)

    def etag(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.nginx.ports[1])
        connection.request("HEAD", path)
        response = connection.getresponse()
        response.read()
        connection.close()
        return response.headers["ETag"]

    def test_200(self):
        report = self.bench("-n", 5000, "-c", 100, self.nginx.url_keep)
        self.assert_all(report, 5000)
        self.assertEqual(report["summary"]["bytes"], 5000 * 13)
        lines = self.assert_logged(self.nginx, 5000, 200)
        self.assertEqual(len({line.split()[3] for line in lines}), 100)

    def test_duration(self):
        report = self.bench("-z", "700ms", "-c", 50, self.nginx.url_keep)
        count = report["summary"]["requests"]
        self.assert_all(report, count)
        self.assert_logged(self.nginx, count, 200)

    def test_keepalive_requests_are_no_errors(self):
        report = self.bench("-n", 5000, "-c", 50, self.nginx.url)
        self.assert_all(report, 5000)
        lines = self.assert_logged(self.nginx, 5000, 200)
        self.assertLessEqual(max(int(line.split()[4]) for line in lines), 10)

    def test_head(self):
        report = self.bench("-n", 1000, "-c", 20, "-m", "HEAD", self.nginx.url_keep + "/1m.bin")
        self.assert_all(report, 1000)
        self.assertEqual(report["summary"]["bytes"], 0)
        self.assert_logged(self.nginx, 1000, 200, "HEAD")

    def test_204(self):
        self.assert_all(self.bench("-n", 1000, "-c", 20, self.nginx.url_keep + "/204"), 1000, 204)
        self.assert_logged(self.nginx, 1000, 204)

    def test_304(self):
        etag = self.etag("/text.txt")
        report = self.bench("-n", 1000, "-c", 20, "-H", f"If-None-Match: {etag}", "--disable-compression",
                            self.nginx.url_keep + "/text.txt")
        self.assert_all(report, 1000, 304)
        self.assert_logged(self.nginx_without_first(), 1000, 304)

    def nginx_without_first(self):
        """The log without the request of etag()."""
        nginx = self.nginx

        class Rest:
            @staticmethod
            def wait_logged(count):
                return nginx.wait_logged(count + 1)[1:]
        return Rest

    def test_404(self):
        self.assert_all(self.bench("-n", 500, "-c", 20, self.nginx.url_keep + "/404"), 500, 404)
        self.assert_logged(self.nginx, 500, 404)

    def test_gzip(self):
        url = self.nginx.url_keep + "/text.txt"
        packed = self.bench("-n", 500, "-c", 20, url)
        plain = self.bench("-n", 500, "-c", 20, "--disable-compression", url)
        self.assert_all(packed, 500)
        self.assert_all(plain, 500)
        self.assertEqual(plain["summary"]["bytes"], 500 * 6200)
        # Sent chunked; nginx logs the body with the chunk framing, so vastar's figure is a little lower.
        self.assertLess(packed["summary"]["bytes"], 500 * 6200 / 10)
        self.assertEqual(packed["summary"]["bytes"] % 500, 0)

    def test_megabyte_bodies(self):
        report = self.bench("-n", 400, "-c", 20, self.nginx.url_keep + "/1m.bin")
        self.assert_all(report, 400)
        self.assertEqual(report["summary"]["bytes"], 400 << 20)
        lines = self.assert_logged(self.nginx, 400, 200)
        self.assertEqual({line.split()[2] for line in lines}, {str(1 << 20)})

    def test_disable_keepalive(self):
        self.assert_all(self.bench("-n", 1000, "-c", 20, "--disable-keepalive", self.nginx.url_keep), 1000)
        lines = self.assert_logged(self.nginx, 1000, 200)
        self.assertEqual({line.split()[4] for line in lines}, {"1"})

    def test_post_to_static_is_405(self):
        report = self.bench("-n", 200, "-c", 10, "-m", "POST", "-d", "x" * 1000, self.nginx.url_keep + "/text.txt")
        self.assert_all(report, 200, 405)
        self.assert_logged(self.nginx, 200, 405, "POST")


class HaproxyServer(Served):
    def test_before_nginx(self):
        nginx = self.server(Nginx)
        haproxy = self.server(Haproxy, nginx.ports[1])
        self.assert_all(self.bench("-n", 3000, "-c", 100, haproxy.url), 3000)
        self.assert_logged(nginx, 3000, 200)

    def test_backend_that_limits_keepalive(self):
        nginx = self.server(Nginx)
        haproxy = self.server(Haproxy, nginx.ports[0])
        self.assert_all(self.bench("-n", 2000, "-c", 50, haproxy.url), 2000)
        self.assert_logged(nginx, 2000, 200)

    def test_no_backend_is_503(self):
        haproxy = self.server(Haproxy, 1)
        report = self.bench("-n", 20, "-c", 5, haproxy.url)
        self.assert_all(report, 20, 503)
        self.assertEqual(report["summary"]["goodput_rps"], 0)


class CaddyServer(Served):
    def test_200(self):
        caddy = self.server(Caddy)
        self.assert_all(self.bench("-n", 2000, "-c", 50, caddy.url), 2000)
        statuses = [json.loads(line)["status"] for line in caddy.wait_logged(2000)]
        self.assertEqual(statuses, [200] * 2000)

    def test_file_and_gzip(self):
        caddy = self.server(Caddy)
        packed = self.bench("-n", 300, "-c", 20, caddy.url + "/text.txt")
        plain = self.bench("-n", 300, "-c", 20, "--disable-compression", caddy.url + "/text.txt")
        self.assert_all(packed, 300)
        self.assert_all(plain, 300)
        self.assertEqual(plain["summary"]["bytes"], 300 * 6200)
        self.assertLess(packed["summary"]["bytes"], 300 * 6200 / 10)
        logged = caddy.wait_logged(600)
        self.assertEqual(sum(json.loads(line)["size"] for line in logged),
                         packed["summary"]["bytes"] + plain["summary"]["bytes"])

    def test_404(self):
        caddy = self.server(Caddy)
        self.assert_all(self.bench("-n", 200, "-c", 20, caddy.url + "/no-such-file"), 200, 404)


if __name__ == "__main__":
    main()
