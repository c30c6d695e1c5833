# SPDX-License-Identifier: MIT OR Apache-2.0
"""HTTP/2 against real servers, checked against their own logs and counts."""
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

from harness import Caddy, Case, Haproxy, Nginx, Server, finish, main, start, wait_for


class NginxH2(Nginx):
    """HTTP/2 with prior knowledge, and nginx's default of 1,000 requests on each connection."""

    def write(self, name, text):
        if name == "nginx.conf":
            text = text.replace(f"{self.ports[0]}; keepalive_requests 10;", f"{self.ports[0]} http2;")
            text = text.replace(f"{self.ports[1]};", f"{self.ports[1]} http2; http2_max_concurrent_streams 3;")
            text = text.replace("keepalive_requests 1000000;", "")
        return super().write(name, text)

    def reload(self):
        self.process.send_signal(signal.SIGHUP)


class HaproxyH2(Haproxy):
    """Logged by the backend."""

    def write(self, name, text):
        return super().write(name, text.replace(f"bind 127.0.0.1:{self.ports[0]}",
                                                f"bind 127.0.0.1:{self.ports[0]} proto h2"))


class CaddyH2(Caddy):
    def write(self, name, text):
        return super().write(name, text.replace("auto_https off", "auto_https off\n    servers {\n"
                                                "        protocols h1 h2 h2c\n    }"))


class Nghttpd(Server):
    program = "nghttpd"
    table_size = 4096

    def command(self):
        os.mkdir(self.path("www"))
        self.write("www/index.html", "Hello, world!")
        return [shutil.which(self.program), "--no-tls", "-v", "-a", "127.0.0.1", "-d", self.path("www"),
                f"--header-table-size={self.table_size}", str(self.ports[0])]

    def requests(self):
        with open(self.path("output"), "rb") as file:
            return file.read().count(b"recv HEADERS frame")


class NghttpdWithoutTable(Nghttpd):
    table_size = 0


class Apache(Server):
    program = "apache2"  # with mod_http2
    modules = "/usr/lib/apache2/modules"

    def command(self):
        os.mkdir(self.path("www"))
        self.write("www/index.html", "Hello, world!")
        self.write("www/100k.bin", "x" * 100_000)
        load = "".join(f"LoadModule {name}_module {self.modules}/mod_{name}.so\n"
                       for name in ("mpm_event", "authz_core", "mime", "dir", "http2"))
        config = self.write("httpd.conf", f"""
            {load}
            ServerRoot {self.folder}
            ServerName 127.0.0.1
            Listen 127.0.0.1:{self.ports[0]}
            PidFile {self.path("pid")}
            ErrorLog {self.path("error.log")}
            TypesConfig /dev/null
            DefaultRuntimeDir {self.folder}
            Mutex pthread
            StartServers 1
            Protocols h2c
            DocumentRoot {self.path("www")}
            DirectoryIndex index.html
            LogFormat "%>s %m %B" test
            CustomLog {self.path("access.log")} test
            """)
        return [shutil.which(self.program), "-D", "FOREGROUND", "-f", config]


class H2o(Server):
    program = "h2o"

    def command(self):
        os.mkdir(self.path("www"))
        self.write("www/index.html", "Hello, world!")
        self.write("www/100k.bin", "x" * 100_000)
        user = "user: root" if os.geteuid() == 0 else ""
        config = self.write("h2o.conf", f"""
{user}
num-threads: 1
pid-file: {self.path("pid")}
error-log: {self.path("error.log")}
listen:
  host: 127.0.0.1
  port: {self.ports[0]}
hosts:
  default:
    paths:
      /:
        file.dir: {self.path("www")}
access-log:
  path: {self.path("access.log")}
  format: "%s %m %b"
""")
        return [shutil.which(self.program), "-m", "worker", "-c", config]


class Node(Server):
    """Counts complete requests, including bodies."""
    program = "node"

    def command(self):
        script = self.write("server.js", """
            const http2 = require('http2'), fs = require('fs');
            let requests = 0, bytes = 0;
            const server = http2.createServer();
            server.on('stream', (stream, headers) => {
              if (headers[':path'] === '/counts') {
                stream.respond({':status': 200});
                stream.end(JSON.stringify({requests, bytes}));
                return;
              }
              let got = 0;
              stream.on('error', () => {});
              stream.on('data', (data) => { got += data.length; });
              stream.on('end', () => {
                requests++;
                bytes += got;
                fs.writeFileSync('counts', JSON.stringify({requests, bytes}));
                stream.respond({':status': 200, 'content-type': 'text/plain'}, {waitForTrailers: true});
                stream.on('wantTrailers', () => stream.sendTrailers({'x-check': 'yes'}));
                stream.end('Hello, world!');
              });
            });
            server.listen(%d, '127.0.0.1');
        """ % self.ports[0])
        self.write("counts", "{}")
        return [shutil.which(self.program), script]

    def counts(self):
        with open(self.path("counts")) as file:
            return json.load(file)


class RealServers(Case):
    def server(self, kind, *arguments):
        server = kind(*arguments)
        self.addCleanup(server.stop)
        return server

    def http2(self, *arguments, **more):
        return self.bench("--http2", *arguments, **more)

    def test_nginx_beyond_keepalive_requests(self):
        """GOAWAY after every 1,000 requests: no request is lost, and the log has exactly n."""
        nginx = self.server(NginxH2)
        report = self.http2("-n", "20000", "-c", "4", "--streams", "10", nginx.url)
        self.assert_all(report, 20000)
        self.assertGreaterEqual(report["http2"]["goaways"], 16)
        self.assertEqual(len(nginx.wait_logged(20000)), 20000)

    def test_nginx_open_loop(self):
        nginx = self.server(NginxH2)
        report = self.http2("--rate", "5000", "-z", "1s", "-c", "2", "--streams", "20", nginx.url)
        summary = report["summary"]
        self.assertEqual(summary["errors"], 0, report["error_examples"])
        self.assertEqual(summary["responses"] + summary["drain_aborted"], summary["requests"])
        self.assertEqual(summary["requests"] + report["censored"]["unsent"], 5000)
        self.assertEqual(len(nginx.wait_logged(summary["responses"])), summary["requests"])

    def test_nginx_limits_streams(self):
        nginx = self.server(NginxH2)
        report = self.http2("-n", "3000", "-c", "2", "--streams", "50", nginx.url_keep)
        self.assert_all(report, 3000)
        self.assertEqual(report["http2"]["streams_max"], 3)

    def test_nginx_reload(self):
        """Three times, with requests in flight, the old worker sends GOAWAY on all connections."""
        nginx = self.server(NginxH2)
        process = start("-o", "json", "--http2", "-z", "1.5s", "-c", "4", "--streams", "5", nginx.url)
        for _ in range(3):
            before = len(nginx.wait_logged(1))
            wait_for(lambda: len(nginx.logged()) > before + 1000, "the run is in progress")
            nginx.reload()
        report = self.report(finish(process))
        self.assertEqual(report["summary"]["errors"], 0, report["error_examples"])
        self.assertGreater(report["http2"]["goaways"], 3)

    def test_nginx_bodies(self):
        nginx = self.server(NginxH2)
        report = self.http2("-n", "40", "-c", "2", "--streams", "4", f"{nginx.url}/1m.bin")
        self.assert_all(report, 40)
        self.assertEqual(report["summary"]["bytes"], 40 * 1048576)
        report = self.http2("-n", "6", "-c", "1", "--streams", "3", "--h2-window", "3000", f"{nginx.url}/1m.bin")
        self.assertEqual(report["summary"]["bytes"], 6 * 1048576)
        report = self.http2("-n", "50", "-c", "2", "--streams", "4", "-m", "HEAD", f"{nginx.url}/1m.bin")
        self.assert_all(report, 50)
        self.assertEqual(report["summary"]["bytes"], 0)
        self.assert_all(self.http2("-n", "50", "-c", "2", "--streams", "4", f"{nginx.url}/204"), 50, 204)
        self.assert_all(self.http2("-n", "50", "-c", "2", "--streams", "4", f"{nginx.url}/404"), 50, 404)

    def test_nginx_without_http2(self):
        nginx = self.server(Nginx)
        report = self.http2("-n", "2", "-c", "1", nginx.url, status=1)
        self.assertIn("leave out --http2", json.dumps(report["error_examples"]))

    def test_haproxy(self):
        serve = self.serve()
        haproxy = self.server(HaproxyH2, serve.port)
        before = serve.counts()["requests"]
        self.assert_all(self.http2("-n", "5000", "-c", "4", "--streams", "20", haproxy.url), 5000)
        self.assertEqual(serve.counts()["requests"] - before, 5000)

    def test_caddy(self):
        caddy = self.server(CaddyH2)
        self.assert_all(self.http2("-n", "2000", "-c", "4", "--streams", "20", caddy.url), 2000)
        self.assertEqual(len(caddy.wait_logged(2000)), 2000)

    def test_nghttpd(self):
        for kind in (Nghttpd, NghttpdWithoutTable):
            nghttpd = self.server(kind)
            self.assert_all(self.http2("-n", "2000", "-c", "4", "--streams", "20", nghttpd.url), 2000)
            wait_for(lambda: nghttpd.requests() >= 2000, "its output is there")
            self.assertEqual(nghttpd.requests(), 2000)

    def check_with_log(self, server):
        """Small responses, long ones, and HEAD: the log of the server has each of them, and no more."""
        counts = 0
        for count, path, size, more in ((3000, "/", 13, ()), (100, "/100k.bin", 100_000, ()), (100, "/100k.bin", 0, ("-m", "HEAD"))):
            report = self.http2("-n", count, "-c", "4", "--streams", "20", *more, server.url + path)
            self.assert_all(report, count)
            self.assertEqual(report["summary"]["bytes"], count * size)
            counts += count
            lines = server.wait_logged(counts)
            self.assertEqual(len(lines), counts)
            self.assertEqual({line.split()[0] for line in lines}, {"200"})
        report = self.http2("--rate", "1000", "-z", "1s", "-c", "2", "--streams", "20", server.url)
        self.assertEqual(report["summary"]["errors"], 0, report["error_examples"])
        self.assertEqual(len(server.wait_logged(counts + report["summary"]["responses"])), counts + report["summary"]["requests"])

    def test_apache(self):
        self.check_with_log(self.server(Apache))

    def test_h2o(self):
        self.check_with_log(self.server(H2o))

    def test_node(self):
        node = self.server(Node)
        folder = self.folder()
        for size in (0, 1, 100_000, 3_000_000):
            with open(f"{folder}/body", "wb") as file:
                file.write(bytes(size))
            before = node.counts()
            report = self.http2("-n", "20", "-c", "2", "--streams", "3", "-m", "POST", "-D", f"{folder}/body",
                                node.url)
            self.assert_all(report, 20)
            self.assertEqual(report["summary"]["bytes"], 20 * 13)
            counts = node.counts()
            self.assertEqual(counts["requests"] - before.get("requests", 0), 20)
            self.assertEqual(counts["bytes"] - before.get("bytes", 0), 20 * size)


if __name__ == "__main__":
    main()
