# SPDX-License-Identifier: MIT OR Apache-2.0
"""WebSocket as a scripted server speaks it (RFC 6455)."""
import base64
import hashlib
import re
import struct

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def accept_of(request):
    key = re.search(rb"\r\nSec-WebSocket-Key: *(\S+)", request, re.I).group(1)
    return base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())


def response(request, *more, upgrade=b"websocket", connection=b"Upgrade", accept=None):
    lines = [b"HTTP/1.1 101 Switching Protocols"]
    if upgrade:
        lines.append(b"Upgrade: " + upgrade)
    if connection:
        lines.append(b"Connection: " + connection)
    if accept != b"":
        lines.append(b"Sec-WebSocket-Accept: " + (accept or accept_of(request)))
    return b"\r\n".join([*lines, *more, b"", b""])


def frame(opcode, payload=b"", fin=True, bits=0, length=None, mask=None):
    """One frame as a server sends it. `length`: how many bytes write the length (1, 2 or 8), if not the fewest."""
    size = len(payload)
    length = length or (1 if size < 126 else 2 if size < 65536 else 8)
    head = bytes([(0x80 if fin else 0) | bits << 4 | opcode])
    second = 0x80 if mask else 0
    if length == 1:
        head += bytes([second | size])
    else:
        head += bytes([second | (126 if length == 2 else 127)]) + struct.pack(">H" if length == 2 else ">Q", size)
    if mask:
        return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    return head + payload


def close(code=None, reason=b""):
    return frame(CLOSE, b"" if code is None else struct.pack(">H", code) + reason)


class Socket:
    """A conversation of a peer, as a WebSocket. Reads frames as a strict server does."""

    def __init__(self, conversation, *more):
        self.conversation = conversation
        self.masks = []
        self.first = conversation.request()
        if self.first:
            conversation.send(response(self.first, *more))

    def _exactly(self, count):
        while len(self.conversation.buffer) < count:
            if not self.conversation._receive():
                return None
        data, self.conversation.buffer = self.conversation.buffer[:count], self.conversation.buffer[count:]
        return data

    def read(self):
        """The next frame as (opcode, payload, first byte); None at the end of the connection."""
        try:
            head = self._exactly(2)
            if not head:
                return None
            assert head[1] & 0x80, "a client masks its frames"
            size = head[1] & 127
            if size == 126:
                size = struct.unpack(">H", self._exactly(2))[0]
                assert size > 125, "the shortest form of the length"
            elif size == 127:
                size = struct.unpack(">Q", self._exactly(8))[0]
                assert size > 65535, "the shortest form of the length"
            mask = self._exactly(4)
            self.masks.append(mask)
            payload = self._exactly(size) if size else b""
        except (ConnectionError, TypeError):
            return None
        wide = int.from_bytes(mask * (size // 4 + 1), "big") >> 8 * (4 - size % 4)
        return head[0] & 15, (int.from_bytes(payload, "big") ^ wide).to_bytes(size, "big"), head[0]

    def message(self):
        """The next message; None at the end of the connection. Pongs and the like are kept in `control`."""
        while True:
            got = self.read()
            if not got:
                return None
            if got[0] in (TEXT, BINARY):
                return got[1]
            self.control = getattr(self, "control", []) + [got[:2]]

    def send(self, *args, **more):
        self.conversation.send(frame(*args, **more))

    def echo_as_it_came(self):
        """The same with the bits of each frame, so that what is compressed stays so."""
        while (got := self.read()) and got[0] != CLOSE:
            self.send(got[0], got[1], bits=got[2] >> 4 & 7)

    def echo(self):
        """Sends messages back until the client has closed."""
        while True:
            got = self.read()
            if not got:
                return
            if got[0] == CLOSE:
                self.send(CLOSE, got[1])
                return
            self.send(got[0], got[1])
