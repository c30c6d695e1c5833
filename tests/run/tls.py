# SPDX-License-Identifier: MIT OR Apache-2.0
"""Shared by the tests of TLS: certificates, made with the openssl program, and the server side of a connection."""
import atexit
import contextlib
import functools
import os
import shutil
import ssl
import subprocess
import tempfile
import unittest

EC, RSA = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), ("rsa:2048",)
HERE = "DNS:localhost,IP:127.0.0.1,IP:::1"


def openssl(*arguments):
    run = subprocess.run(["openssl", *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if run.returncode:
        raise AssertionError(f"openssl {' '.join(arguments)}: {run.stderr}")
    return run.stdout


class Authority:
    """A certificate authority in a temporary folder, and the certificates that it has issued."""

    def __init__(self, name="Test CA"):
        if not shutil.which("openssl"):
            raise unittest.SkipTest("openssl is not installed")
        self.folder = tempfile.mkdtemp(prefix="vastar-ca-")
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.file, self.key = self.path("ca.pem"), self.path("ca.key")
        openssl("req", "-x509", "-newkey", *EC, "-nodes", "-keyout", self.key, "-out", self.file, "-subj", f"/CN={name}",
                "-days", "30")

    def path(self, name):
        return os.path.join(self.folder, name)

    def issue(self, name="server", names=HERE, kind=EC, days=90):
        """(certificate file, key file). Expired if `days` is below 0."""
        request, certificate, key, extension = (self.path(f"{name}.{what}") for what in ("csr", "pem", "key", "ext"))
        openssl("req", "-new", "-newkey", *kind, "-nodes", "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        with open(extension, "w") as file:
            file.write(f"subjectAltName={names}\n")
        if days < 0:
            self._issue_expired(request, certificate, extension)
        else:
            openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.key, "-CAcreateserial", "-days", str(days),
                    "-extfile", extension, "-out", certificate)
        return certificate, key

    def _issue_expired(self, request, certificate, extension):
        """`openssl x509` does not accept dates in the past, `openssl ca` does."""
        config = self.path("ca.conf")
        with open(config, "w") as file:
            file.write(f"[ca]\ndefault_ca=d\n[d]\ndatabase={self.path('index')}\nserial={self.path('serial')}\n"
                       f"new_certs_dir={self.folder}\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
        open(self.path("index"), "w").close()
        openssl("ca", "-batch", "-config", config, "-create_serial", "-cert", self.file, "-keyfile", self.key, "-in", request,
                "-out", certificate, "-startdate", "20200101000000Z", "-enddate", "20260103000000Z", "-extfile", extension,
                "-notext")

    def revoke(self, *certificates):
        """A revocation list of these certificates."""
        config, index, lists = self.path("crl.conf"), self.path("crl.index"), self.path("crl.pem")
        with open(config, "w") as file:
            file.write(f"[ca]\ndefault_ca=d\n[d]\ndatabase={index}\ndefault_md=sha256\n")
        with open(index, "w") as file:
            for certificate in certificates:
                serial = openssl("x509", "-in", certificate, "-noout", "-serial").strip().split("=")[1]
                file.write(f"R\t400101000000Z\t200101000000Z\t{serial}\tunknown\t/CN=revoked\n")
        openssl("ca", "-config", config, "-gencrl", "-crldays", "30", "-cert", self.file, "-keyfile", self.key, "-out", lists)
        return lists


@functools.cache
def authority():
    return Authority()


@functools.cache
def server_files():
    return authority().issue()


@functools.cache
def client_context():
    return ssl.create_default_context(cafile=authority().file)


@functools.cache
def server_context():
    """Call it once before starting threads: two at the same time would create it twice."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*server_files())
    context.set_alpn_protocols(["http/1.1"])
    return context


class Channel:
    """One side of TLS over a socket, by default the server, with control over when bytes are sent."""

    def __init__(self, sock, context=None, server_side=True):
        self.sock = sock
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = (context or server_context()).wrap_bio(self.incoming, self.outgoing, server_side=server_side,
                                                            server_hostname=None if server_side else "localhost")

    def flush(self):
        data = self.outgoing.read()
        if data:
            self.sock.sendall(data)

    def fill(self):
        data = self.sock.recv(65536)
        self.incoming.write(data)
        return bool(data)

    def shake_hands(self):
        """False if the other side does not complete the handshake."""
        while True:
            try:
                self.tls.do_handshake()
                self.flush()
                return True
            except ssl.SSLWantReadError:
                self.flush()
                if not self.fill():
                    return False
            except ssl.SSLError:
                self.flush()
                return False

    def receive(self):
        """b"" at the end of the stream."""
        while True:
            try:
                return self.tls.read(65536)
            except ssl.SSLWantReadError:
                self.flush()
                if not self.fill():
                    return b""
            except ssl.SSLError:
                return b""

    def send(self, data):
        self.tls.write(data)
        self.flush()

    def say_goodbye(self):
        """Sends close_notify without waiting for the peer's."""
        with contextlib.suppress(ssl.SSLError, OSError):
            try:
                self.tls.unwrap()
            except ssl.SSLWantReadError:
                pass
            self.flush()
