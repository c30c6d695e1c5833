# SPDX-License-Identifier: MIT OR Apache-2.0
"""The servers of the matrix, each pinned, with their own counts."""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

FILES = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}
START_S = 10


class Missing(Exception):
    """The server is not available here."""


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    body = connection.getresponse().read().decode()
    connection.close()
    return body


class Server:
    def __init__(self, command, cpus, port, **more):
        self.port = port
        self.child = subprocess.Popen(["taskset", "-c", ",".join(map(str, cpus)), *command], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **more)
        end = time.monotonic() + START_S
        while not self.accepts():
            if self.child.poll() is not None or time.monotonic() > end:
                self.stop()
                raise Missing(f"{command[0]} does not start: {self.child.stderr.read().decode(errors='replace').strip()[-200:]}")
            time.sleep(0.02)

    def accepts(self):
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", self.port)) == 0

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def served(self):
        """Requests so far, or None if the server does not count."""
        return None

    def stop(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(20)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()


class Serve(Server):
    name = "vastar serve"

    def __init__(self, program, cpus):
        port = free_port()
        super().__init__([program, "serve", f"127.0.0.1:{port}", "--quiet"], cpus, port)

    def served(self):
        return json.loads(get(self.port, "/counts"))["requests"]


class Nginx(Server):
    """One worker, no log. A second port reports the number of requests, including those to itself."""
    name = "nginx"

    def __init__(self, cpus, folder):
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
        if not program:
            raise Missing("nginx is not installed")
        port, self.status_port = free_port(), free_port()
        www = os.path.join(folder, "www")
        os.makedirs(www, exist_ok=True)
        for name, size in FILES.items():
            with open(os.path.join(www, name), "wb") as file:
                file.write(b"x" * size)
        temp = "".join(f"{what}_temp_path {folder}/{what}; " for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        config = os.path.join(folder, "nginx.conf")
        with open(config, "w") as file:
            file.write(f"""{'user root;' if os.geteuid() == 0 else ''} daemon off; worker_processes 1;
worker_rlimit_nofile 30000; pid {folder}/nginx.pid; events {{ worker_connections 20000; }}
http {{ {temp} access_log off; sendfile on; tcp_nopush on; default_type text/plain; keepalive_requests 1000000000;
  open_file_cache max=10;
  server {{ listen 127.0.0.1:{port} backlog=4096; root {www}; location = / {{ return 200 "Hello, world!"; }} }}
  server {{ listen 127.0.0.1:{self.status_port}; location / {{ stub_status; }} }}
}}
""")
        self.asked = 0
        super().__init__([program, "-p", folder, "-e", os.path.join(folder, "error.log"), "-c", config], cpus, port)

    def served(self):
        self.asked += 1
        said = re.search(r"requests\s+\d+ \d+ (\d+)", get(self.status_port, "/"))
        return int(said.group(1)) - self.asked


class Floor(Server):
    """Writes a response of 66 bytes for each read, and counts nothing."""
    name = "floor server"

    def __init__(self, program, cpus):
        port = free_port()
        super().__init__([program, "server", str(port), "2"], cpus, port)


def response_bytes(url):
    """The length of the response with its head, as on the wire."""
    host, port, path = re.match(r"http://([^/:]+):(\d+)(/.*)", url).groups()
    with socket.create_connection((host, int(port)), timeout=30) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: floor\r\nAccept: */*\r\n\r\n".encode())
        data = b""
        while b"\r\n\r\n" not in data:
            more = sock.recv(65536)
            if not more:
                raise Missing(f"no response from {url}")
            data += more
    head = data.partition(b"\r\n\r\n")[0]
    return len(head) + 4 + int(re.search(rb"(?i)\ncontent-length: *(\d+)", head).group(1))
