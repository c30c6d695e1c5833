# SPDX-License-Identifier: MIT OR Apache-2.0
"""Rate and p99 over concurrency as one SVG: one line for each tool, all axes logarithmic except that of the rate."""
import html
import math

WIDTH, HEIGHT, LEFT, GAP, TOP, LEGEND = 760, 250, 80, 60, 40, 24
COLORS = ("#0b6bcb", "#c2410c", "#15803d", "#7e22ce", "#ca8a04", "#475569", "#be185d", "#0f766e", "#4d7c0f")


class Axis:
    """Maps values to coordinates."""

    def __init__(self, low, high, begin, end, logarithmic):
        self.logarithmic = logarithmic
        self.low, self.high = (math.log10(low), math.log10(high)) if logarithmic else (low, high)
        if self.high <= self.low:
            self.high = self.low + 1
        self.begin, self.end = begin, end

    def at(self, value):
        value = math.log10(value) if self.logarithmic else value
        return self.begin + (value - self.low) / (self.high - self.low) * (self.end - self.begin)


def short(value):
    if value >= 1000:
        return f"{value / 1000:g}k"
    return f"{value:g}"


def linear_ticks(high):
    """Up to five ticks from 0, in steps of 1, 2 or 5 times a power of ten."""
    step = 10 ** math.floor(math.log10(high / 4))
    step *= next(times for times in (1, 2, 5, 10) if high / (step * times) <= 5)
    return [step * i for i in range(int(high / step) + 1)]


def decades(low, high):
    ticks = [10.0 ** power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]
    return [tick for tick in ticks if low <= tick <= high]


def panel(title, lines, levels, top, logarithmic):
    """`lines`: {tool: [(c, value), ...]}, without unknown values."""
    values = [value for points in lines.values() for _, value in points]
    out = [f'<text x="{LEFT}" y="{top - 10}" class="title">{html.escape(title)}</text>']
    if not values:
        return out
    x = Axis(min(levels), max(levels), LEFT, WIDTH - 20, True)
    if logarithmic:
        low, high = 10 ** math.floor(math.log10(min(values))), 10 ** math.ceil(math.log10(max(values)))
        ticks = decades(low, high)
    else:
        low, high = 0, max(values) * 1.05
        ticks = linear_ticks(high)
    y = Axis(low, high, top + HEIGHT, top, logarithmic)
    for tick in ticks:
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - 20}" y1="{y.at(tick):.1f}" y2="{y.at(tick):.1f}" class="grid"/>'
                   f'<text x="{LEFT - 8}" y="{y.at(tick) + 4:.1f}" text-anchor="end">{short(tick)}</text>')
    for level in levels:
        out.append(f'<text x="{x.at(level):.1f}" y="{top + HEIGHT + 18}" text-anchor="middle">{level}</text>')
    for i, (tool, points) in enumerate(lines.items()):
        color = COLORS[i % len(COLORS)]
        path = " ".join(f"{x.at(c):.1f},{y.at(value):.1f}" for c, value in points)
        width = 3 if tool == "vastar" else 1.5
        out.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="{width}"/>')
        out += [f'<circle cx="{x.at(c):.1f}" cy="{y.at(value):.1f}" r="3" fill="{color}"><title>{html.escape(tool)}, c = {c}: '
                f'{value:.4g}</title></circle>' for c, value in points]
    return out


def draw(title, series):
    """The SVG as text. `series`: {tool: [(c, rps, p99_ms or None), ...]}."""
    levels = sorted({c for points in series.values() for c, _, _ in points})
    rates = {tool: [(c, rps) for c, rps, _ in points] for tool, points in series.items()}
    tails = {tool: [(c, p99) for c, _, p99 in points if p99] for tool, points in series.items()}
    second = TOP + HEIGHT + GAP
    height = second + HEIGHT + 40 + LEGEND * math.ceil(len(series) / 5)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
           f'role="img" aria-label="{html.escape(title)}">',
           "<style>text{font:12px sans-serif;fill:#334155}.title{font-weight:bold}.grid{stroke:#e2e8f0}</style>",
           f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>']
    out += panel(f"{title}: requests/s over concurrency", rates, levels, TOP, False)
    out += panel("p99 in ms over concurrency", tails, levels, second, True)
    for i, tool in enumerate(series):
        left, top = LEFT + i % 5 * 130, second + HEIGHT + 40 + i // 5 * LEGEND
        out.append(f'<rect x="{left}" y="{top - 9}" width="10" height="10" fill="{COLORS[i % len(COLORS)]}"/>'
                   f'<text x="{left + 16}" y="{top}">{html.escape(tool)}</text>')
    return "\n".join([*out, "</svg>", ""])
