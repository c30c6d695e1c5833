# SPDX-License-Identifier: MIT OR Apache-2.0
"""Shared by the tests of the built program: running it, its own server, real servers, and scripted peers.

Servers listen on a free port of the loopback interface and keep their files in a temporary folder. Nothing here
sleeps for a fixed time: it waits for a condition, and fails if that does not come true within LIMIT.
"""
import contextlib
import fcntl
import functools
import http.client
import json
import os
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import tls

# nohup, or a shell that runs this in the background, ignores these signals. Programs would inherit that and not end.
for _number, _usual in ((signal.SIGHUP, signal.SIG_DFL), (signal.SIGQUIT, signal.SIG_DFL),
                        (signal.SIGINT, signal.default_int_handler)):
    signal.signal(_number, _usual)

VASTAR = os.environ.get("VASTAR_BIN", "vastar")
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIMIT = float(os.environ.get("VASTAR_TEST_LIMIT", 60))  # seconds until a condition counts as never coming true

with contextlib.suppress(ValueError, OSError):
    _, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_hard, _hard))  # scripted peers hold their connections in this process
os.environ["PATH"] += ":/usr/sbin:/sbin"
os.environ.pop("NO_COLOR", None)
for _name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):  # a test of proxies sets its own
    os.environ.pop(_name, None)
    os.environ.pop(_name.upper(), None)


def wait_for(condition, what, limit=LIMIT):
    """Returns the first true value of condition()."""
    end = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"never came true: {what}")
        time.sleep(0.005)


# What a report says of a machine that took processor time away from vastar.
HELD = re.compile(r"the\s+hypervisor\s+gave|had\s+to\s+wait\s+for\s+a\s+processor")


class Witness:
    """Whether the machine stops its programs during a with block: a thread on each processor naps, and must wake in time."""
    NAP, LATE_MOST, STOLEN_MOST = 0.005, 0.02, 0.02  # seconds; seconds; share of the processors

    def __enter__(self):
        self.late, self.ended = 0, False
        self.stolen, self.began = -self._stolen(), time.monotonic()
        self.threads = [threading.Thread(target=self._nap, args=(cpu,), daemon=True) for cpu in os.sched_getaffinity(0)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended = True
        for thread in self.threads:
            thread.join()
        self.stolen = (self.stolen + self._stolen()) / (time.monotonic() - self.began) / os.cpu_count()

    @staticmethod
    def _stolen():
        with open("/proc/stat") as file:
            return int(file.readline().split()[8]) / os.sysconf("SC_CLK_TCK")

    def _nap(self, cpu):
        with contextlib.suppress(OSError):  # of this thread only
            os.sched_setaffinity(0, [cpu])
        while not self.ended:
            due = time.monotonic() + self.NAP
            time.sleep(self.NAP)
            self.late = max(self.late, time.monotonic() - due)

    @property
    def disturbed(self):
        return self.late > self.LATE_MOST or self.stolen > self.STOLEN_MOST

    def __str__(self):
        return f"a nap ended {1000 * self.late:.0f} ms late, the hypervisor took {100 * self.stolen:.0f} %"


def judges_figures(test):
    """For a test that fails if the machine stops its programs for a while, as what it judges takes part in that. It is
    repeated, unless the machine ran all the time, which the figures under test do not decide. At last it is skipped."""
    @functools.wraps(test)
    def repeated(self):
        for _ in range(3):
            with Witness() as witness:
                try:
                    return test(self)
                except AssertionError as error:
                    wrong = error
            if not witness.disturbed:
                raise wrong
        return self.skipTest(f"this machine stops its programs ({witness}): {str(wrong)[:200]}")
    return repeated


def sanitized():
    """True if the program is built with a sanitizer: its memory and time are then not its own."""
    with open(shutil.which(VASTAR), "rb") as file:
        data = file.read()
    return b"__asan_init" in data or b"__tsan_init" in data


# ---- servers that are built or fetched on first use ----

_made_in = os.environ.get("VASTAR_GRPC_PEERS") or os.path.join(tempfile.gettempdir(), f"vastar-peers-{os.getuid()}")
NPM_LIMIT = 120


def made(name, make):
    """The result of make(path) at this place, made once for all tests. Skips the test if that fails."""
    os.makedirs(_made_in, exist_ok=True)
    path = os.path.join(_made_in, name)
    with open(os.path.join(_made_in, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(path):
            work = path + ".new"
            shutil.rmtree(work, ignore_errors=True)
            os.mkdir(work)
            make(work)
            os.rename(work, path)
    return path


def npm_install(folder, *packages):
    if not shutil.which("npm") or not shutil.which("node"):
        raise unittest.SkipTest("node or npm is not installed")
    try:
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, *packages], check=True,
                       capture_output=True, timeout=NPM_LIMIT)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        raise unittest.SkipTest(f"npm cannot fetch {packages[0]}") from None


# ---- the program ----

class Run:
    """A finished run of the program."""

    def __init__(self, arguments, status, out, err):
        self.arguments, self.status, self.out, self.err = arguments, status, out, err

    def __str__(self):
        return f"{' '.join(self.arguments)}\nstatus {self.status}\nstdout: {self.out}\nstderr: {self.err}"


def start(*arguments, env=None, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more):
    return subprocess.Popen([VASTAR, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
                            env={**os.environ, **(env or {})}, **more)


def finish(process, limit=LIMIT):
    try:
        out, err = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"did not end within {limit} s: {process.args}\n{out!r}\n{err!r}") from None
    return Run(process.args, process.returncode, (out or b"").decode(), (err or b"").decode())


def vastar(*arguments, limit=LIMIT, **more):
    return finish(start(*arguments, **more), limit)


_schemas = {}


def schema_errors(report, kind="bench"):
    """Where the report breaks its JSON Schema. Empty if the validator is not installed."""
    try:
        import jsonschema
    except ImportError:
        return []
    if kind not in _schemas:
        with open(os.path.join(SOURCE, "tests", "data", f"{kind}.schema.json")) as file:
            _schemas[kind] = json.load(file)
    return [error.message for error in jsonschema.Draft202012Validator(_schemas[kind]).iter_errors(report)]


class Case(unittest.TestCase):
    maxDiff = None

    def bench(self, *arguments, status=0, limit=LIMIT, **more):
        """Runs a benchmark with -o json, checks what holds for every report, and returns the report."""
        run = vastar("-o", "json", *arguments, limit=limit, **more)
        self.assertEqual(run.status, status, run)
        return self.report(run)

    def undisturbed(self, attempt):
        """Repeats attempt(), which gives a report, while the report says that this machine took processor time away
        from vastar. A machine that always does leaves nothing to test."""
        for _ in range(6):
            report = attempt()
            if not HELD.search(report["client"]["reason"] or ""):
                return report
        return self.skipTest(f"this machine is too busy: {report['client']['reason']}")

    def report(self, run):
        self.assertNotEqual(run.out, "", run)
        report = json.loads(run.out)
        summary = report["summary"]
        self.assertEqual(summary["requests"], summary["responses"] + summary["errors"] + summary["drain_aborted"], run)
        self.assertEqual(sum(report["status_codes"].values()), summary["responses"], run)
        self.assertEqual(sum(report["errors"].values()), summary["errors"], run)
        if "grpc_status" in report:
            self.assertEqual(sum(report["grpc_status"].values()), summary["responses"], run)
            fine = report["grpc_status"].get("OK", 0)
        else:
            fine = sum(n for code, n in report["status_codes"].items() if code[0] == "2")
        self.assertEqual(summary["responses"] - fine, summary["non_2xx"], run)
        self.assertEqual(sum(b["count"] for b in report["latency"]["histogram"]), summary["responses"], run)
        if "merged" not in report:  # a merged report has no intervals
            self.check_intervals(report, run)
        percentiles = [value for value in report["latency"]["percentiles"].values() if value is not None]
        self.assertEqual(percentiles, sorted(percentiles), run)
        self.assertEqual(schema_errors(report), [], run)
        return report

    def check_intervals(self, report, run):
        """The intervals cover the run and its drain without a gap, and add up to the summary."""
        summary, intervals = report["summary"], report["intervals"]
        for key in ("responses", "errors"):
            self.assertEqual(sum(interval[key] for interval in intervals), summary[key], run)
        end = 0
        for interval in intervals:
            self.assertAlmostEqual(interval["t_s"], end, 7, run)
            end = interval["t_s"] + interval["length_s"]
        # The last interval may end after the last response and before the workers have ended.
        self.assertGreater(end, summary["total_s"] + summary["drain_s"] - 1e-6, run)

    def assert_all(self, report, count, code=200):
        """All `count` requests were answered with `code`, and nothing unusual happened."""
        self.assertEqual(report["status_codes"], {str(code): count}, report["error_examples"])
        self.assertEqual(report["summary"]["requests"], count)
        self.assertEqual(report["summary"]["errors"], 0, report["error_examples"])
        self.assertEqual(report["summary"]["stray"], 0)

    def kernel_stamps(self):
        """Makes the kernel time-stamp received packets until the test ends. Returns once it does.

        The kernel starts some time after the first socket requests it: a short run could be over by then.
        """
        so_timestamping, rx_software_and_report = 37, 1 << 3 | 1 << 4  # <asm-generic/socket.h>, <linux/net_tstamp.h>
        with socket.create_server(("127.0.0.1", 0)) as listener:
            sender = socket.create_connection(listener.getsockname())
            receiver, _ = listener.accept()
        self.addCleanup(sender.close)
        self.addCleanup(receiver.close)
        receiver.setsockopt(socket.SOL_SOCKET, so_timestamping, rx_software_and_report)

        def stamped():
            sender.send(b"?")
            _, control, _, _ = receiver.recvmsg(1, 256)
            return any(kind == so_timestamping and any(data) for _, kind, data in control)
        wait_for(stamped, "a kernel time stamp")

    def serve(self, *options, **more):
        self.plain_only()
        server = Serve(*options, **more)
        self.addCleanup(server.stop)
        return server

    def plain_only(self):
        """Skips a test that needs the plain transport."""
        if WRAPPED:
            self.skipTest("with the plain transport only")

    def peer(self, script, **more):
        peer = Peer(script, **more)
        self.addCleanup(peer.stop)
        return peer

    def folder(self):
        folder = tempfile.mkdtemp(prefix="vastar-test-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        return folder


# Whether `vastar serve` speaks TLS by default, with a certificate that clients trust.
SERVE_TLS = os.environ.get("VASTAR_SERVE") == "tls"
SERVE_SCHEME = "https" if SERVE_TLS else "http"


def connect(host, port, secure=False):
    sock = socket.create_connection((host, port), timeout=LIMIT)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if secure:
        # A stream that ends without close_notify is an error.
        sock = tls.client_context().wrap_socket(sock, server_hostname="localhost", suppress_ragged_eofs=False)
    return sock


class Serve:
    """`vastar serve` on a free port."""

    def __init__(self, *options, address="127.0.0.1:0", env=None, secure=SERVE_TLS):
        self.log = tempfile.TemporaryFile()
        self.secure = secure
        if secure:
            os.environ["SSL_CERT_FILE"] = os.environ["CURL_CA_BUNDLE"] = tls.authority().file
            certificate, key = tls.server_files()
            options += ("--tls", "--cert", certificate, "--key", key)
        self.process = start("serve", address, *options, env=env, stdout=self.log, stderr=self.log)
        try:
            match = wait_for(lambda: re.search(r"https?://(\[[0-9a-f:]+\]|[0-9.]+):(\d+)", self.output())
                             or self.process.poll() is not None, "vastar serve prints its address")
            if match is True:
                raise AssertionError(f"vastar serve ended: {self.output()}")
        except AssertionError:
            self.stop()
            raise
        self.host, self.port = match.group(1), int(match.group(2))
        self.url = match.group(0)

    def output(self):
        if self.log.closed:
            return self.said
        # The server shares this file offset: pread does not move it.
        return os.pread(self.log.fileno(), 1 << 20, 0).decode()

    def connect(self):
        return connect(self.host.strip("[]"), self.port, self.secure)

    def counts(self):
        host = self.host.strip("[]")
        if self.secure:
            connection = http.client.HTTPSConnection(host, self.port, timeout=LIMIT, context=tls.client_context())
        else:
            connection = http.client.HTTPConnection(host, self.port, timeout=LIMIT)
        connection.request("GET", "/counts")
        counts = json.loads(connection.getresponse().read())
        connection.close()
        return counts

    def stop(self):
        """Stops the server and returns its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if not self.log.closed:
            self.said = self.output()
            self.log.close()
        return self.process.returncode


# ---- scripted peers ----

# The transport of the peers: "xor", like the program linked with transport_xor.c; "tls"; "" for plain.
PEERS = os.environ.get("VASTAR_PEERS", "")
WRAPPED = bool(PEERS)
SCHEME = "https" if PEERS == "tls" else "http"
XOR = bytes(byte ^ 0x5a for byte in range(256))
if PEERS == "tls":
    os.environ["SSL_CERT_FILE"] = tls.authority().file  # what the program trusts by default
    tls.server_context()


class Conversation:
    """One accepted connection, seen from the server."""

    def __init__(self, peer, sock, number):
        self.peer, self.sock, self.number = peer, sock, number
        self.buffer = b""
        self.requests = 0
        self.channel = None  # with TLS
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def begin(self):
        """The handshake of the transport. False if the client does not complete it."""
        if not WRAPPED:
            return True
        with contextlib.suppress(ConnectionError):
            if PEERS == "tls":
                self.channel = tls.Channel(self.sock)
                return self.channel.shake_hands()
            for number in (b"1", b"2"):
                line = b""
                while not line.endswith(b"\n"):
                    byte = self.sock.recv(1)
                    if not byte:
                        return False
                    line += byte
                assert line == b"hello " + number + b"\n", line
                # In two pieces: the first is not the whole line.
                self.sock.sendall(b"welcome")
                self.sock.sendall(b" " + number + b"\n")
            return True
        return False

    def _receive(self, least=0):
        """Waits for more bytes, until the buffer has `least`. False at the end of the stream."""
        pieces, have = [self.buffer], len(self.buffer)
        while len(pieces) == 1 or have < least:
            data = self.channel.receive() if self.channel else self.sock.recv(65536)
            if not data:
                break
            pieces.append(data.translate(XOR) if PEERS == "xor" else data)
            have += len(data)
        self.buffer = b"".join(pieces)
        return bool(data)

    def request(self):
        """Waits for one whole request. Returns its bytes, or None if the client has closed the connection."""
        try:
            while b"\r\n\r\n" not in self.buffer:
                if not self._receive():
                    return None
            head, _, _ = self.buffer.partition(b"\r\n\r\n")
            match = re.search(rb"\r\ncontent-length: *(\d+)", head, re.I)
            total = len(head) + 4 + (int(match.group(1)) if match else 0)
            if len(self.buffer) < total and not self._receive(total):
                return None
        except ConnectionError:
            return None
        request, self.buffer = self.buffer[:total], self.buffer[total:]
        self.requests += 1
        with self.peer.lock:
            self.peer.requests.append(request)
        return request

    def send(self, data):
        with contextlib.suppress(ConnectionError, BrokenPipeError):
            if self.channel:
                self.channel.send(data)
            else:
                self.sock.sendall(data.translate(XOR) if PEERS == "xor" else data)

    def trickle(self, data):
        """Sends each byte in a segment of its own."""
        for i in range(len(data)):
            self.send(data[i:i + 1])

    def close(self):
        if self.channel:
            self.channel.say_goodbye()
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()

    def reset(self):
        """RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def wait_closed(self):
        """Waits until the client closes or the test ends."""
        with contextlib.suppress(OSError):
            while self.sock.recv(65536):
                pass


class Peer:
    """A server that runs script(conversation) in a thread for each connection, and closes it when the script returns.

    With begins=False the script makes the handshake of the transport itself.
    """

    def __init__(self, script, family=socket.AF_INET, begins=True):
        self.script = script
        self.begins = begins
        self.lock = threading.Lock()
        self.requests = []
        self.connections = 0
        self.failures = []
        self.open = set()
        self.listener = socket.socket(family, socket.SOCK_STREAM)
        self.listener.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        self.listener.listen(4096)
        self.port = self.listener.getsockname()[1]
        self.url = f"{SCHEME}://{'[::1]' if family == socket.AF_INET6 else '127.0.0.1'}:{self.port}"
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.threads[0].start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                conversation = Conversation(self, sock, self.connections)
                self.open.add(sock)
            thread = threading.Thread(target=self._serve, args=(conversation,), daemon=True)
            self.threads.append(thread)
            thread.start()

    def _serve(self, conversation):
        try:
            if not self.begins or conversation.begin():
                self.script(conversation)
        except OSError:
            pass
        except Exception as error:  # a bug in a script must not look like a peer that closes
            self.failures.append(error)
            raise
        finally:
            with self.lock:
                self.open.discard(conversation.sock)
            conversation.close()

    def stop(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.lock:
            for sock in self.open:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join(LIMIT)


def answers(data):
    """A script that answers each request with the same bytes."""
    def script(conversation):
        while conversation.request() is not None:
            conversation.send(data)
    return script


def once(data):
    """A script that answers one request and closes."""
    def script(conversation):
        if conversation.request() is not None:
            conversation.send(data)
    return script


def message(body=b"hello", status="200 OK", *headers):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


# ---- real servers ----

def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Server:
    """A server program in the foreground, with its files in a temporary folder."""
    program = None

    def __init__(self, ports=1):
        if WRAPPED:
            raise unittest.SkipTest("with the plain transport only")
        if not shutil.which(self.program):
            raise unittest.SkipTest(f"{self.program} is not installed")
        self.folder = tempfile.mkdtemp(prefix=f"vastar-{self.program}-")
        self.ports = [free_port() for _ in range(ports)]
        self.url = f"http://127.0.0.1:{self.ports[0]}"
        self.output = open(self.path("output"), "w+b")
        self.process = None
        try:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=self.output,
                                            stderr=self.output, cwd=self.folder,
                                            env={**os.environ, "HOME": self.folder, "XDG_DATA_HOME": self.folder,
                                                 "XDG_CONFIG_HOME": self.folder})
            for port in self.ports:
                wait_for(lambda: self.accepts(port), f"{self.program} listens on {port}")
        except BaseException:
            self.stop()
            raise

    def accepts(self, port):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.program} ended: {open(self.path('output')).read()}")
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", port)) == 0

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)

    def logged(self):
        """The lines of the access log so far. The server writes one as each request ends."""
        with open(self.path("access.log")) as file:
            return file.read().splitlines()

    def wait_logged(self, count):
        """The log, once it has at least `count` lines. The caller checks that there are no more."""
        return wait_for(lambda: (lambda lines: len(lines) >= count and lines)(self.logged()),
                        f"{count} lines in the access log of {self.program}, has {len(self.logged())}")

    def stop_process(self):
        """Stops the server and keeps its files."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def stop(self):
        self.stop_process()
        self.output.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Nginx(Server):
    """The first port closes a connection after 10 requests; the second keeps it open."""
    program = "nginx"

    def __init__(self):
        super().__init__(ports=2)
        self.url_keep = f"http://127.0.0.1:{self.ports[1]}"

    def command(self):
        os.mkdir(self.path("www"))
        self.write("www/text.txt", "The same line again and again.\n" * 200)
        self.write("www/1m.bin", "x" * 1048576)
        temp = "".join(f"{what}_temp_path {self.path(what)};\n"
                       for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        locations = f"""
            root {self.path("www")};
            location = / {{ return 200 "Hello, world!"; }}
            location = /204 {{ return 204; }}
            location = /404 {{ return 404 "nothing here"; }}
            location = /text.txt {{ gzip on; gzip_types text/plain; gzip_min_length 1; }}"""
        user = "user root;" if os.geteuid() == 0 else ""
        config = self.write("nginx.conf", f"""
            {user} daemon off; worker_processes 1; worker_rlimit_nofile 10000;
            pid {self.path("pid")};
            events {{ worker_connections 4096; }}
            http {{
                {temp}
                default_type text/plain;
                log_format test '$status $request_method $body_bytes_sent $connection $connection_requests $msec';
                access_log {self.path("access.log")} test;
                server {{ listen 127.0.0.1:{self.ports[0]}; keepalive_requests 10; {locations} }}
                server {{ listen 127.0.0.1:{self.ports[1]}; listen unix:{self.path("socket")}; keepalive_requests 1000000; {locations} }}
            }}""")
        return [shutil.which(self.program), "-p", self.folder, "-e", self.path("error.log"), "-c", config]


class Haproxy(Server):
    program = "haproxy"
    global_lines = front_lines = ""  # more configuration

    def __init__(self, backend_port, server_maxconn=0):
        self.backend_port = backend_port
        self.server_maxconn = server_maxconn  # concurrent requests, the rest queue in haproxy; 0: no limit
        super().__init__()

    def command(self):
        config = self.write("haproxy.cfg", f"""
global
    maxconn 2000
    nbthread 1  # with several, waiting requests pass between threads while slots are idle
    {self.global_lines}
defaults
    mode http
    timeout connect 20s
    timeout client 60s
    timeout server 60s
frontend front
    bind 127.0.0.1:{self.ports[0]}
    default_backend back
    {self.front_lines}
backend back
    http-reuse always
    server origin 127.0.0.1:{self.backend_port}{f" maxconn {self.server_maxconn}" if self.server_maxconn else ""}
""")
        return [shutil.which(self.program), "-db", "-f", config]


class Caddy(Server):
    program = "caddy"

    def command(self):
        os.mkdir(self.path("www"))
        self.write("www/text.txt", "The same line again and again.\n" * 200)
        config = self.write("Caddyfile", f"""{{
    admin off
    auto_https off
}}
http://127.0.0.1:{self.ports[0]} {{
    bind 127.0.0.1
    root * {self.path("www")}
    encode gzip
    file_server
    respond / "Hello, world!" 200
    log {{
        output file {self.path("access.log")}
        format json
    }}
}}
""")
        return [shutil.which(self.program), "run", "--config", config, "--adapter", "caddyfile"]


def interrupt_after(process, condition, number=signal.SIGINT):
    """Sends the signal once the condition is true."""
    wait_for(lambda: condition() or process.poll() is not None, "the run is in progress")
    process.send_signal(number)


def main():
    """unittest's main, with exit status 77 if every test was skipped, as Meson expects."""
    program = unittest.main(module="__main__", exit=False, verbosity=2)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.testsRun <= len(result.skipped) else 0)
