# SPDX-License-Identifier: MIT OR Apache-2.0
"""The server side of HTTP/2 for scripted peers: frames built by hand, header blocks without compression.

Client header blocks are read as frames only; a test that needs the fields decodes them with python3-hpack.
"""
import struct

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM = ACK = 1
END_HEADERS, PADDED, WITH_PRIORITY = 4, 8, 0x20
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE = range(1, 6)
(NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR,
 REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM) = range(12)
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


# ---- frames ----

def frame(kind, flags=0, stream=0, payload=b"", length=None):
    length = len(payload) if length is None else length
    return length.to_bytes(3, "big") + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def settings(*pairs):
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", name, value) for name, value in pairs))


def data(stream, payload=b"", end=True, flags=0):
    return frame(DATA, flags | end, stream, payload)


def reset(stream, code):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def goaway(last, code=NO_ERROR, more=b""):
    return frame(GOAWAY, 0, 0, struct.pack(">II", last, code) + more)


def window_update(stream, more):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", more))


# ---- header blocks ----

def integer(value, bits, pattern=0):
    most = (1 << bits) - 1
    if value < most:
        return bytes([pattern | value])
    out = [pattern | most]
    value -= most
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + [value])


def text(value):
    value = value if isinstance(value, bytes) else value.encode("latin-1")
    return integer(len(value), 7) + value


def block(*fields, indexing=False):
    """The fields as literals. With `indexing` they enter the dynamic table."""
    return b"".join((b"\x40" if indexing else b"\x00") + text(name) + text(value) for name, value in fields)


def head(stream, *fields, status=200, end=False, flags=END_HEADERS, indexing=False):
    """A HEADERS frame, without :status if `status` is None."""
    first = [(":status", str(status))] if status is not None else []
    return frame(HEADERS, flags | end, stream, block(*first, *fields, indexing=indexing))


def response(stream, body=b"hello", *fields, status=200):
    return head(stream, *fields, status=status, end=not body) + (data(stream, body) if body else b"")


# ---- the client, as the server sees it ----

class Client:
    """Reads what a client sends. `seen` holds every frame: (kind, flags, stream, payload)."""

    def __init__(self, conversation):
        self.conversation = conversation
        self.seen = []
        self.greeted = False  # an acknowledgement must not precede the server's own SETTINGS

    def send(self, bytes_):
        self.conversation.send(bytes_)

    def take(self, count):
        """`count` bytes, or None if the client has closed the connection."""
        c = self.conversation
        try:
            while len(c.buffer) < count:
                if not c._receive():
                    return None
        except ConnectionError:
            return None
        taken, c.buffer = c.buffer[:count], c.buffer[count:]
        return taken

    def greet(self, *pairs):
        """Reads the preface and sends SETTINGS."""
        preface = self.take(len(PREFACE))
        if preface is None:
            return False
        assert preface == PREFACE, preface
        self.send(settings(*pairs))
        self.greeted = True
        return True

    def frame(self):
        """The next frame, or None if the client has closed the connection."""
        first = self.take(9)
        if first is None:
            return None
        payload = self.take(int.from_bytes(first[:3], "big"))
        if payload is None:
            return None
        got = first[3], first[4], struct.unpack(">I", first[5:])[0], payload
        self.seen.append(got)
        if got[0] == SETTINGS and not got[1] & ACK and self.greeted:
            self.send(frame(SETTINGS, ACK))
        return got

    def next(self, *kinds):
        """The next frame of one of these kinds."""
        while True:
            got = self.frame()
            if got is None or got[0] in kinds:
                return got

    def request(self):
        """The stream of the next request head, or None if the client has closed the connection."""
        got = self.next(HEADERS)
        return got and got[2]

    def drain(self):
        """Reads until the client closes the connection."""
        while self.frame():
            pass

    def codes(self, kind):
        """The codes of the GOAWAY or RST_STREAM frames received so far."""
        return [struct.unpack(">I", payload[4 if kind == GOAWAY else 0:][:4])[0]
                for seen, _, _, payload in self.seen if seen == kind]


def answers(make=response, *pairs):
    """A script that answers each request with make(stream)."""
    def script(conversation):
        client = Client(conversation)
        if not client.greet(*pairs):
            return
        while (stream := client.request()) is not None:
            client.send(make(stream))
    return script
