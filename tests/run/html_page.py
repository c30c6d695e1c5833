# SPDX-License-Identifier: MIT OR Apache-2.0
"""A page of -o html as two independent parsers see it, and what holds for every such page."""
import base64
import hashlib
import html.parser
import re
import xml.etree.ElementTree as ET

# Void elements. All others must be closed.
VOID = {"meta", "br", "link", "input", "img", "hr", "base", "area", "col", "embed", "source", "track", "wbr"}
EMPTY_IN_SVG = {"path", "line", "rect", "circle"}


class Balance(html.parser.HTMLParser):
    """Fails if a closing tag does not match the innermost open element."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open = []
        self.words = []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        assert len({name for name, _ in attrs}) == len(attrs), (tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in VOID | EMPTY_IN_SVG, f"<{tag}/> is no end to HTML"

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("script", "style"):
            self.words.append(data)


def words_of(element):
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip()


class Page:
    def __init__(self, text):
        self.text = text
        self.root = ET.fromstring(text)
        self.words = " ".join("".join(Balance(text).words).split())

    def all(self, path):
        return self.root.findall(".//" + path)

    def title(self):
        return self.root.find("head/title").text

    def headings(self):
        return [words_of(heading) for heading in self.all("h2")]

    def banners(self):
        return [words_of(p) for p in self.all("p") if p.get("class", "").startswith("banner")]

    def cards(self):
        """{name: value}, without the notes."""
        return {words_of(card.find("dt")): card.find("dd").text for card in self.all("dl/div")}

    def plots(self):
        return [svg for svg in self.all("svg") if svg.get("role") == "img"]

    def plot(self, label):
        found = [svg for svg in self.plots() if svg.get("aria-label") == label]
        assert len(found) == 1, (label, [svg.get("aria-label") for svg in self.plots()])
        return found[0]

    def table(self, caption):
        """The rows of the table whose caption starts with `caption`, as lists of words."""
        found = [table for table in self.all("table") if words_of(table.find("caption")).startswith(caption)]
        assert len(found) == 1, (caption, [words_of(table.find("caption")) for table in self.all("table")])
        return [[words_of(cell) for cell in row] for row in found[0].findall("tbody/tr")]


def luminance(colour):
    """WCAG 2.2, relative luminance."""
    digits = colour.lstrip("#")
    digits = "".join(2 * d for d in digits) if len(digits) == 3 else digits
    parts = [int(digits[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def check(case, text):
    """Checks what holds for every page, and returns the page."""
    page = Page(text)
    case.assertTrue(text.startswith("<!DOCTYPE html>\n"))
    case.assertEqual(page.root.get("lang"), "en")
    case.assertRegex(page.title(), r"^vastar: \S")
    case.assertEqual(len(page.all("h1")), 1)
    # Nothing is loaded from elsewhere, and the only script is ours.
    for element in page.root.iter():
        case.assertFalse({"src", "href", "srcset", "style", "data"} & set(element.keys()), element.tag)
        case.assertFalse([name for name in element.keys() if name.startswith("on")], element.tag)
    scripts, style = page.all("script"), page.root.find("head/style").text
    case.assertEqual(len(scripts), 1)
    case.assertNotRegex(style + scripts[0].text, r"url\(|@import|https?:|[<&]")
    digest = base64.b64encode(hashlib.sha256(scripts[0].text.encode()).digest()).decode()
    policy = [meta.get("content") for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    case.assertEqual(policy, [f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"])
    # For readers who cannot see the plot.
    for table in page.all("table"):
        case.assertTrue(words_of(table.find("caption")))
        for head in table.iter("th"):
            case.assertIn(head.get("scope"), ("row", "col"))
            case.assertTrue(words_of(head), words_of(table))
        columns = len(table.findall("thead/tr/th"))
        for row in table.findall("tbody/tr"):
            case.assertEqual(len(row), columns or 2, words_of(table))
    for svg in page.all("svg"):
        if svg.get("aria-hidden") != "true":
            case.assertEqual(svg.get("role"), "img")
            case.assertTrue(svg.get("aria-label") and svg.find("desc").text)
    # Every coordinate is a number inside the plot.
    for svg in page.plots():
        width, height = map(float, svg.get("viewBox").split()[2:])
        for element in svg.iter():
            for name, limit in (("x", width), ("x1", width), ("x2", width), ("cx", width), ("y", height), ("y1", height),
                                ("y2", height), ("cy", height), ("width", width), ("height", height)):
                if element is not svg and element.get(name) is not None:
                    case.assertTrue(0 <= float(element.get(name)) <= limit, (element.tag, element.attrib))
            case.assertRegex(element.get("d", ""), r"^[MLHVhlmvz0-9. -]*$")
    case.assertNotRegex(page.words, r"\b(nan|inf)\b")
    return page
