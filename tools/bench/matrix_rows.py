# SPDX-License-Identifier: MIT OR Apache-2.0
"""The rows of the matrix: the server, path and concurrency of each, and vastar's targets."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Target:
    """A limit for vastar's `figure`, or with `against` for its ratio to that of other tools.

    `against`: names of tools; "floor" is the floor client with the highest median rate. All that ran count. None: the limit
    is for the figure itself.
    """
    figure: str  # rps, cpu_us, p99_ms, rss_mib
    comparison: str
    limit: float
    against: tuple = None

    def text(self):
        name = {"rps": "rate", "cpu_us": "CPU", "p99_ms": "p99", "rss_mib": "RSS"}[self.figure]
        if self.against is None:
            return f"{name} {self.comparison} {self.limit:g} MiB"
        return f"{name} {self.comparison} {self.limit:g} x {', '.join(self.against)}"


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    server: str  # small (the floor server if given, else `vastar serve`), nginx or serve
    path: str
    c: int
    targets: tuple
    tools: tuple = ("vastar", "wrk", "hey", "h2load", "ab")
    floor: bool = False    # the floor clients take part
    fixed: bool = True     # the response has a fixed length, which the floor client needs
    trunc: bool = False    # the floor client drops its body in the kernel
    pinned: bool = True    # server and client each on their own processor; else both on both
    keepalive: bool = True
    post: int = 0          # bytes of the body of a POST; 0: a GET
    pipeline: int = 0      # vastar's --pipeline, against vastar without it
    least_s: float = 0     # the shortest run: a shorter one would have no response

    def work(self):
        """The name without the concurrency."""
        return self.name.rsplit("-c", 1)[0]


PEERS = ("wrk", "hey", "h2load", "ab")
FLOOR = (Target("rps", ">=", 0.95, ("floor",)), Target("cpu_us", "<=", 1.10, ("floor",)), Target("rps", ">=", 1.0, PEERS))
STREAM = (Target("rps", ">=", 1.0, ("wrk", "hey", "h2load")), Target("p99_ms", "<=", 1.0, ("wrk", "hey")),
          Target("cpu_us", "<=", 0.5, ("wrk",)))


def all_rows():
    # ab speaks HTTP/1.0, which has no chunks.
    no_ab = ("vastar", "wrk", "hey", "h2load")
    small_1 = (Target("rps", ">=", 0.97, ("floor spin",)), *FLOOR[1:])
    rows = [Row(f"small-c{c}", "small", "/", c, small_1 if c == 1 else FLOOR, floor=True) for c in (1, 10, 50, 200, 500, 2000)]
    rows += [Row(f"nginx-13b-c{c}", "nginx", "/", c, FLOOR, floor=True) for c in (1, 50, 500)]
    for name, more in (("10k", ()), ("100k", (Target("cpu_us", "<=", 0.32, ("wrk",)),)),
                       ("1m", (Target("cpu_us", "<=", 0.15, ("wrk",)),))):
        rows.append(Row(f"nginx-{name}-c100", "nginx", f"/{name}", 100, FLOOR + more, floor=True, trunc=name != "10k"))
    rows += [Row(f"chunked-{name}-c{c}", "serve", f"/chunked/{size}", c, STREAM, tools=no_ab, fixed=False)
             for name, size in (("50k", 50_000), ("500k", 500_000), ("2m", 2_000_000)) for c in (100, 500)]
    rows.append(Row("50m-c100", "serve", "/bytes/50000000", 100, (Target("rss_mib", "<=", 8),), tools=("vastar", "wrk"),
                    least_s=4))
    rows += [Row(f"unpinned-c{c}", "small", "/", c, (Target("rps", ">=", 0.95, ("floor block",)),), floor=True, pinned=False)
             for c in (10, 100)]
    rows.append(Row("close-c50", "serve", "/", 50, (Target("rps", ">=", 1.1, ("wrk",)),), tools=("vastar", "wrk", "hey", "ab"),
                    keepalive=False))
    rows.append(Row("pipeline-16-c50", "serve", "/", 50, (Target("rps", ">=", 4.0, ("vastar alone",)),),
                    tools=("vastar", "vastar alone"), pipeline=16))
    rows += [Row(f"post-{name}-c{c}", "serve", "/", c, (Target("rps", ">=", 1.0, ("wrk",)),), post=size)
             for name, size, c in (("1k", 1 << 10, 50), ("100k", 100 << 10, 50), ("10m", 10 << 20, 4))]
    rows += [Row(f"memory-c{c}", "serve", "/", c, (Target("rss_mib", "<=", limit),), tools=("vastar",))
             for c, limit in ((1, 5), (1000, 8), (10000, 16))]
    return rows
