"""Licences of source trees: who speaks first, every known text, every known name; and which files a tree holds."""

from __future__ import annotations

import pytest

from pipeline.documents.items import TreeMember
from pipeline.documents.licences import is_licence_file, licence_of_text, licence_of_tree, spdx_line
from pipeline.documents.trees import (
    members_within,
    reading_order,
)

MIT = "Permission is hereby granted, free of charge, to any person,\nwithout restriction"
ISC = "Permission to use, copy, modify, and/or distribute this software"
BSD = "Redistribution and use in source and binary forms"


def test_licence_of_tree_a_declared_one_speaks_before_a_text_and_a_text_before_lines_of_files() -> None:
    line = "# SPDX-License-Identifier: GPL-2.0-only"
    everything = {"a.py": line, "LICENSE": MIT, "deep/pyproject.toml": 'license = "ISC"'}
    assert licence_of_tree(everything) == "ISC"
    assert licence_of_tree({"a.py": line, "deep/LICENSE": MIT}) == "MIT"
    assert licence_of_tree({"b/a.py": line, "z.py": "# SPDX-License-Identifier: Zlib"}) == "Zlib"
    assert licence_of_tree({"LICENSE": "All rights reserved.", "a.py": line}) == "GPL-2.0-only"
    assert licence_of_tree({}) == ""


@pytest.mark.parametrize(
    ("text", "spdx"),
    [
        ("Apache License\n  Version 2.0", "Apache-2.0"),
        ("GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3", "AGPL-3.0-only"),
        ("GNU LESSER GENERAL PUBLIC LICENSE\nVersion 3", "LGPL-3.0-only"),
        ("GNU LESSER GENERAL PUBLIC LICENSE\nVersion 2.1", "LGPL-2.1-only"),
        ("GNU GENERAL PUBLIC LICENSE\nVersion 3", "GPL-3.0-only"),
        ("GNU GENERAL PUBLIC LICENSE\nVersion 2", "GPL-2.0-only"),
        ("Mozilla Public License Version 2.0", "MPL-2.0"),
        (f"{BSD} … to endorse or promote products", "BSD-3-Clause"),
        (BSD, "BSD-2-Clause"),
        (ISC, "ISC"),
        (MIT, "MIT"),
        ("This is free and unencumbered software released into the public domain.", "Unlicense"),
        ("Permission is hereby granted, free of charge", ""),
        ("Apache License", ""),
        ("x" * 20_000 + ISC, ""),
    ],
)
def test_licence_of_text_is_known_by_its_own_phrases(text: str, spdx: str) -> None:
    assert licence_of_text(text) == spdx


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("pyproject.toml", 'license = "MIT License"', "MIT"),
        ("setup.cfg", "license = The MIT License", "MIT"),
        ("package.json", '"license": "Apache 2.0"', "Apache-2.0"),
        ("pyproject.toml", 'license = { text = "Apache License 2.0" }', "Apache-2.0"),
        ("setup.py", "license='BSD'", "BSD-3-Clause"),
        ("setup.py", "    license='MIT AND ISC'", "MIT AND ISC"),
        ("setup.py", "license='GPL-2.0-only WITH GCC-exception-2.0'", "GPL-2.0-only WITH GCC-exception-2.0"),
        ("pyproject.toml", 'license = "see the file"', ""),
        ("go.mod", 'license = "MIT"', ""),
        ("CMakeLists.txt", 'license = "MIT"', ""),
        ("other.toml", 'license = "MIT"', ""),
    ],
)
def test_licence_that_a_project_file_declares(path: str, text: str, expected: str) -> None:
    assert licence_of_tree({path: text}) == expected


def test_spdx_line_is_looked_for_in_the_first_four_thousand_characters() -> None:
    line = "SPDX-License-Identifier: MIT OR Apache-2.0 and more"
    assert spdx_line(f"// {line}") == "MIT OR Apache-2.0"
    size = len("SPDX-License-Identifier: MIT")
    assert spdx_line(" " * (4000 - size) + line) == "MIT"
    assert spdx_line(" " * 4000 + line) == ""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("LICENSE", True),
        ("a/b/licence.md", True),
        ("COPYING", True),
        ("copying-lesser", True),
        ("UNLICENSE", True),
        ("LICENSE-MIT", True),
        ("licenses.py", False),
        ("LICENSE/a.py", False),
        ("my-license", False),
    ],
)
def test_licence_file_is_known_by_its_name(path: str, expected: bool) -> None:
    assert is_licence_file(path) is expected


def members(**sizes: int) -> list[TreeMember]:
    return [TreeMember(path=path, num_bytes=size, shown=path) for path, size in sizes.items()]


@pytest.mark.parametrize(
    ("max_bytes", "kept", "dropped"),
    [
        (100, "a b c d", ""),
        (99, "a c d", "b"),
        (60, "a c d", "b"),
        (59, "a d", "b c"),
        (20, "a d", "b c"),
        (19, "d", "a b c"),
        (9, "", "a b c d"),
    ],
)
def test_members_within_leaves_out_the_largest_until_the_rest_fits(max_bytes: int, kept: str, dropped: str) -> None:
    held, left = members_within(members(a=10, b=40, c=40, d=10), max_bytes)
    assert ([one.path for one in held], [one.path for one in left]) == (kept.split(), dropped.split())


def test_reading_order_ranks_every_kind_of_file() -> None:
    ordered = [
        *("README.rst", "readme.md"),
        *("Cargo.toml", "package.json"),
        *("a/README.md.py", "a/setup.py", "b.py", "conftest.py"),
        *("docs/README.md", "notes.txt", "site.html"),
        *("benchmarks/b.py", "demo/d.py", "demos/d.py", "example/e.py", "examples/e.md"),
        *("__tests__/a.js", "pkg/test/b.py", "spec/s.rb", "test_a.py", "testing/t.py", "tests/README.md"),
    ]
    assert reading_order([*reversed(ordered), "LICENSE", "a/COPYING.txt"]) == ordered
