#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Every check of check.py fails on a bad sample and passes on a good one."""
import os
import shutil
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import check

SPDX_C = "/* " + check.SPDX + " */\n"


class Sample(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def layers(self, name, include):
        self.write(name, SPDX_C + "#include " + include + "\n")
        return check.check_layers(self.root)

    def test_layer_may_include_itself_and_lower(self):
        self.assertEqual(self.layers("src/engine/a.c", '"engine/b.h"'), [])
        self.assertEqual(self.layers("src/engine/a.c", '"proto/h1.h"'), [])
        self.assertEqual(self.layers("src/base/a.c", "<vastar/vastar.h>"), [])

    def test_every_upward_or_sideways_include_is_found(self):
        for layer, below in check.LAYERS.items():
            for other in set(check.LAYERS) - below - {layer}:
                self.assertEqual(len(self.layers(f"src/{layer}/a.c", f'"{other}/b.h"')), 1, (layer, other))
            self.write(f"src/{layer}/a.c", "")

    def test_header_files_and_indented_includes_count(self):
        self.assertEqual(len(self.layers("src/base/a.h", '"plan/plan.h"')), 1)
        self.write("src/base/b.h", '#ifdef X\n#  include "engine/conn.h"\n#endif\n')
        self.assertEqual(len(check.check_layers(self.root)), 2)

    def test_serve_takes_one_header_of_stats(self):
        self.assertEqual(self.layers("src/serve/a.c", '"stats/hist.h"'), [])
        self.assertEqual(len(self.layers("src/serve/a.c", '"stats/shard.h"')), 1)

    def test_include_not_spelled_from_src(self):
        self.assertEqual(len(self.layers("src/base/a.c", '"err.h"')), 1)
        self.assertEqual(len(self.layers("src/base/a.c", '"../base/err.h"')), 1)

    def test_facade_may_include_all_but_cli(self):
        self.assertEqual(self.layers("src/vastar.c", '"engine/engine.h"'), [])
        self.assertEqual(len(self.layers("src/vastar.c", '"cli/options.h"')), 1)
        self.assertEqual(self.layers("src/vastar.c", '"vastar.h"'), [])
        self.assertEqual(self.layers("src/cli/main.c", '"vastar.h"'), [])
        self.assertEqual(len(self.layers("src/engine/a.c", '"vastar.h"')), 1)

    def test_public_header_includes_no_layer(self):
        self.assertEqual(self.layers("include/vastar/vastar.h", "<stdint.h>"), [])
        self.assertEqual(len(self.layers("include/vastar/vastar.h", '"base/err.h"')), 1)

    def test_unknown_layer(self):
        self.assertEqual(len(self.layers("src/misc/a.c", '"base/err.h"')), 1)

    def test_rooms_of_the_report_may_use_shared_files(self):
        self.assertEqual(self.layers("src/report/html/load.c", '"report/load.h"'), [])
        self.assertEqual(self.layers("src/report/html/load.c", '"report/html/markup.h"'), [])
        self.assertEqual(self.layers("src/report/load.c", '"report/format.h"'), [])
        self.assertEqual(self.layers("src/sweep/a.c", '"report/html/markup.h"'), [])
        self.assertEqual(self.layers("src/sweep/a.c", '"report/formats.h"'), [])

    def test_rooms_of_the_report_must_not_use_each_other(self):
        for room in check.REPORT_ROOMS:
            for other in check.REPORT_ROOMS - {room} - check.REPORT_ROOMS_KNOWN.get(room, set()):
                self.assertEqual(len(self.layers(f"src/report/{room}/a.c", f'"report/{other}/b.h"')), 1, (room, other))
            self.assertEqual(len(self.layers(f"src/report/{room}/a.c", '"report/formats.h"')), 1, room)
            self.write(f"src/report/{room}/a.c", "")
            for name in ("src/report/load.c", "src/report/load.h"):
                self.assertEqual(len(self.layers(name, f'"report/{room}/b.h"')), 1, (name, room))
                self.write(name, "")
        self.assertEqual(len(self.layers("src/report/load.c", '"report/formats.h"')), 1)

    def test_list_of_formats_is_on_top(self):
        for header in ("report/formats.h", "report/csv.h", "report/text/text.h", "report/html/a.h", "report/json/a.h"):
            self.assertEqual(self.layers("src/report/formats.c", f'"{header}"'), [], header)
        self.assertEqual(len(self.layers("src/report/formats.c", '"report/saved/saved.h"')), 1)

    def test_unknown_room_of_the_report(self):
        self.assertEqual(len(self.layers("src/report/misc/a.c", '"report/load.h"')), 1)

    def circles(self, files, allowed=()):
        """The circles in the files {name: text}. x.h declares x(), and all files include it."""
        for name in files:
            self.write(f"src/{name}.h", f"int {name}(int value);\n")
        includes = "".join(f'#include "{name}.h"\n' for name in files)
        for name, text in files.items():
            self.write(f"src/{name}.c", includes + text)
        return check.check_circles(self.root, {(f"src/{a}.c", f"src/{b}.c"): "a reason" for a, b in allowed})

    def test_circle_of_two(self):
        a = "int a(int value)\n{\n\treturn b(value);\n}\n"
        self.assertEqual(self.circles({"a": a, "b": "int b(int value)\n{\n\treturn value;\n}\n"}), [])
        breaches = self.circles({"a": a, "b": "int b(int value)\n{\n\treturn a(value);\n}\n"})
        self.assertEqual(breaches, ["a circle: src/a.c uses b of src/b.c, src/b.c uses a of src/a.c"])

    THREE = {name: f"int {name}(int value)\n{{\n\treturn {other}(value);\n}}\n" for name, other in ("ab", "bc", "ca")}

    def test_circle_of_three(self):
        breaches = self.circles(self.THREE)
        self.assertEqual(len(breaches), 1)
        for name in self.THREE:
            self.assertIn(f"src/{name}.c uses", breaches[0])

    def test_two_circles(self):
        files = {name: f"int {name}(int value)\n{{\n\treturn {other}(value);\n}}\n"
                 for name, other in ("ab", "ba", "cd", "dc")}
        self.assertEqual(len(self.circles(files)), 2)

    def test_allowed_circle(self):
        self.assertEqual(self.circles(self.THREE, [("a", "b"), ("b", "c"), ("a", "c")]), [])
        breaches = self.circles(self.THREE, [("a", "b"), ("b", "c")])
        self.assertEqual(breaches, ["a circle: src/c.c uses a of src/a.c"])

    def test_allowed_pair_outside_a_circle(self):
        files = dict(self.THREE, c="int c(int value)\n{\n\treturn value;\n}\n")
        self.assertEqual(len(self.circles(files, [("a", "b")])), 1)
        self.assertEqual(len(self.circles(files, [("a", "gone")])), 1)
        self.assertEqual(len(self.circles(self.THREE, [("a", "b"), ("b", "c"), ("a", "c"), ("a", "d")])), 1)

    def test_circle_through_an_object(self):
        table = "const int *const a_table[] = {%s};\nint a(int value)\n{\n\treturn value;\n}\n"
        number = "extern const int *const a_table[];\nint b_number = 1;\nint b(int value)\n{\n\treturn *a_table[0];\n}\n"
        self.assertEqual(len(self.circles({"a": "extern int b_number;\n" + table % "&b_number", "b": number})), 1)
        self.assertEqual(self.circles({"a": table % "0", "b": number}), [])

    def test_circle_through_an_inline_function_and_a_macro(self):
        b = '#include "c.h"\nint b(int value)\n{\n\treturn %s(value);\n}\n'
        a = "int a(int value)\n{\n\treturn b(value);\n}\n"
        inline = ('#include "a.h"\n#define C_MACRO(x) \\\n\ta(x)\n'
                  'static inline int c_inline(int x)\n{\n\treturn a(x);\n}\n')
        for name, count in (("c_inline", 1), ("C_MACRO", 1), ("c_nothing", 0)):
            self.circles({"a": a, "b": b % name})
            self.write("src/c.h", inline)
            self.assertEqual(len(check.check_circles(self.root, {})), count, name)

    def test_names_that_are_not_uses(self):
        a = "int a(int value)\n{\n\treturn b(value);\n}\n"
        head = "int b(int value)\n{\n\treturn "
        for text in ('puts("a(1) \\" a")', "value /* a(1) */", "value // a(1)\n", "'a'", "value.a", "value->a",
                     "(int)sizeof(struct a)"):
            self.assertEqual(self.circles({"a": a, "b": head + text + ";\n}\n"}), [], text)
        self.assertEqual(len(self.circles({"a": a, "b": head + "puts(\"/*\") + a(1);\n}\n"})), 1)

    def test_static_function_of_the_same_name(self):
        files = {"a": "int a(int value)\n{\n\treturn b(value);\n}\n",
                 "b": "static int a(int value)\n{\n\treturn value;\n}\nint b(int value)\n{\n\treturn a(value);\n}\n"}
        self.assertEqual(self.circles(files), [])
        files["b"] = files["b"].replace("static ", "")
        files["a"] = files["a"].replace("int a(", "static int a(")
        self.assertEqual(self.circles(files), [])

    def test_name_that_no_header_of_the_file_declares(self):
        files = {"a": "int a(int value)\n{\n\treturn b(value);\n}\n",
                 "b": "int b(int value)\n{\n\tint a = value;\n\treturn a;\n}\n"}
        self.circles(files)
        self.write("src/b.c", files["b"])  # without an include
        self.assertEqual(check.check_circles(self.root, {}), [])

    def test_licence_line(self):
        self.write("src/a.c", SPDX_C)
        self.assertEqual(check.check_licence(self.root), [])
        for number, name in enumerate(("src/b.c", "src/b.h", "b.def", "b.py", "b.sh", "x/meson.build", "b.md"), 1):
            self.write(name, "int a;\n")
            self.assertEqual(len(check.check_licence(self.root)), number)
        self.write("tools/script", "#!/bin/sh\n")
        self.assertEqual(len(check.check_licence(self.root)), 8)
        self.write("notes.txt", "no code\n")
        self.assertEqual(len(check.check_licence(self.root)), 8)

    def test_machine_path(self):
        self.write("a.md", "see https://host/page and ./homework/ and /usr/share/x\n")
        self.assertEqual(check.check_paths(self.root), [])
        for number, folder in enumerate(("work", "root", "home"), 1):
            self.write(f"{folder}.txt", f"cd /{folder}/someone/vastar\n")
            self.assertEqual(len(check.check_paths(self.root)), number)

    @unittest.skipUnless(shutil.which("clang-format"), "clang-format is not installed")
    def test_format(self):
        self.write(".clang-format", "BasedOnStyle: LLVM\n")
        self.write("a.c", "int a;\n")
        self.assertEqual(check.check_format(self.root), [])
        self.write("b.c", "int   a  ;\n")
        self.assertEqual(len(check.check_format(self.root)), 1)

    def test_comment_beside_code(self):
        good = ['int a; /* one */', '/* several\n * lines */\nint a;', 'x = "/* no comment";', 'x = {\n    1, /* one */\n};']
        bad = ['int a; /* several\n          * lines */', 'int\n    a; /* broken for this */', 'int a =\n    1; /* the same */',
               "c = '\"'; /* several\n * lines */", "int a = " + "1 + " * 30 + "1;"]
        for text in good:
            self.write("a.c", text + "\n")
            self.assertEqual(check.check_comments(self.root), [], text)
        for text in bad:
            self.write("a.c", text + "\n")
            self.assertEqual(len(check.check_comments(self.root)), 1, text)

    def documents(self, **texts):
        """The violations in a tree whose other documents are correct. In names __ stands for /, and .md is added."""
        self.write("tests/lib/example.c", SPDX_C + "int main(void)\n{\n}\n")
        self.write("tests/run/test_a.py", "class A:\n    def test_b(self):\n        pass\n")
        self.write("include/vastar/README.md", "x\n```c\nint main(void)\n{\n}\n```\n")
        self.write("README.md", "# Read me\n")
        for name, text in texts.items():
            self.write(name.replace("__", "/") + ".md", text)
        return check.check_documents(self.root)

    def test_library_example(self):
        self.assertEqual(self.documents(), [])
        self.assertEqual(len(self.documents(include__vastar__README="```c\nint main(void)\n{\n\treturn 0;\n}\n```\n")), 1)

    def test_documents_name_tests(self):
        self.assertEqual(self.documents(src__a="| x | y | `a: test_b` |\n"), [])
        self.assertEqual(len(self.documents(src__a="| x | y | `a: test_b`, `a: test_c`, `d: test_b` |\n")), 2)

    def test_size_of_the_readme(self):
        self.assertEqual(self.documents(README="x\n" * 150), [])
        self.assertEqual(len(self.documents(README="x\n" * 151)), 1)
        self.assertEqual(len(self.documents(README="| " + "x" * 10240 + "\n")), 1)

    def test_links_to_files(self):
        self.assertEqual(self.documents(src__a="[x](../README.md), [y](a.md), [z](..), [w](https://host/page)\n"), [])
        self.assertEqual(self.documents(src__a="`[x](nowhere)`\n```\n[x](nowhere)\n```\n"), [])
        for bad in ("[x](nowhere.md)", "[x](/etc)", "[x](../../README.md)", '<img src="no.png">', "[![x](no.png)](a.md)"):
            self.assertEqual(len(self.documents(src__a=bad + "\n")), 1, bad)

    def test_links_to_headings(self):
        text = "## What happens when ...\n## Why, `so`?\n## Why, `so`?\n```\n# no heading\n```\n"
        for good in ("#what-happens-when-", "a.md#why-so", "#why-so-1", "../README.md#read-me"):
            self.assertEqual(self.documents(src__a=f"[x]({good})\n" + text), [], good)
        for bad in ("#what-happens-when", "#why-so-2", "#no-heading", "../README.md#readme", "../tests/lib/example.c#L1"):
            self.assertEqual(len(self.documents(src__a=f"[x]({bad})\n" + text)), 1, bad)

    def test_width_of_documents(self):
        long = "word " * 30
        self.assertEqual(self.documents(src__a=f"| {long} |\n```\n{long}\n```\n"), [])
        self.assertEqual(len(self.documents(src__a=long + "\n")), 1)


if __name__ == "__main__":
    unittest.main()
