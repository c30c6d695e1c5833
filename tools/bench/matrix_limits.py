# SPDX-License-Identifier: MIT OR Apache-2.0
"""What limits a row: where vastar spends CPU time, by perf's sampled stacks, and how busy the server's processes are."""
import json
import os
import re
import subprocess

# The first match in a stack counts. Loopback processes a packet on the sender's processor: that counts as sending.
PARTS = {
    "Opening, closing": r"io_socket|io_connect|io_close|io_uring_cmd|tcp_close|inet_release|tcp_v[46]_connect|sys_socket|sys_connect",
    "Sending": r"io_send|io_write|tcp_sendmsg",
    "Receiving": r"io_recv|tcp_recvmsg",
    "Sleeping, waking": r"\bschedule|__schedule|hrtimer_|finish_task_switch|do_idle",
    "Ring": r"io_uring_enter|io_uring_register",
    "vastar itself": r"",  # outside the kernel, or interrupted outside of these
}
BUSY = 0.85  # share of a processor from which it is the limit


class NoProfile(Exception):
    """perf, or vastar under it, failed."""


def part_of(stack):
    return next(part for part, pattern in PARTS.items() if re.search(pattern, stack))


def shares(script):
    """{part: share of the samples} from the output of `perf script -F sym`: one line for each frame, an empty line after each
    stack."""
    stacks = [stack for stack in re.split(r"\n\s*\n", script) if stack.strip()]
    counts = dict.fromkeys(PARTS, 0)
    for stack in stacks:
        counts[part_of(stack)] += 1
    return {part: count / len(stacks) for part, count in counts.items()} if stacks else None


def cpu_s(pid):
    """CPU seconds of a process and its children so far."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        children = file.read().split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + sum(map(cpu_s, children))


def sentence(row, parts, client_busy, server_busy):
    largest = max((part for part in PARTS if part != "Sleeping, waking"), key=parts.get)
    limits = []
    if row.c == 1 and server_busy < BUSY:
        limits.append("waiting: one request in flight")
    if server_busy >= BUSY:
        limits.append("the server's processor")
    if client_busy >= BUSY:
        limits.append(f"the client's: {largest[0].lower() + largest[1:]}")
    return "; ".join(limits) or "neither processor: they wait for each other"


def profile(command, cpus, server_pid, folder):
    """({part: share}, output of the command, CPU seconds of the server during it)."""
    data = os.path.join(folder, "perf.data")
    before = cpu_s(server_pid)
    run = subprocess.run(["taskset", "-c", ",".join(map(str, cpus)), "perf", "record", "-q", "-o", data, "-e", "cpu-clock", "-g", "--",
                          *command], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=False)
    server_s = cpu_s(server_pid) - before
    if run.returncode:
        raise NoProfile(f"perf record: {(run.stderr or run.stdout).strip()[-200:]}")
    script = subprocess.run(["perf", "script", "-i", data, "-F", "ip,sym"], capture_output=True, text=True, check=True).stdout
    return shares(script), run.stdout, server_s


def measure(row, server, command, cpus, folder):
    """One row of the table."""
    parts, output, server_s = profile(command, cpus, server.child.pid, folder)
    report = json.loads(output)
    summary = report["summary"]
    client_busy, server_busy = max(report["client"]["cpu_busy"]), server_s / (summary["total_s"] + summary["drain_s"])
    return {"row": row.name, "client_busy": client_busy, "server_busy": server_busy, "parts": parts,
            "limit": sentence(row, parts, client_busy, server_busy)}


def percent(share):
    return f"{share * 100:.0f} %" if share >= 0.005 else "-"


def markdown(rows):
    lines = ["| Row | Client busy | Server busy | " + " | ".join(PARTS) + " | The limit |",
             "| --- | " + "---: | " * (len(PARTS) + 2) + "--- |"]
    for row in rows:
        lines.append(f"| {row['row']} | {percent(row['client_busy'])} | {percent(row['server_busy'])} | "
                     + " | ".join(percent(row["parts"][part]) for part in PARTS) + f" | {row['limit']} |")
    return "\n".join(lines) + "\n"
