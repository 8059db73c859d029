from __future__ import annotations

import pytest

from pipeline.documents.licences import licence_of_text, licence_of_tree, spdx_line
from pipeline.documents.trees import join_tree, reading_order

MIT = (
    "Permission is hereby granted, free of charge, to any person ... to deal in the Software\nwithout restriction, ..."
)


def test_reading_order_readme_project_code_prose_examples_tests() -> None:
    paths = [
        "tests/test_a.py",
        "src/b.py",
        "docs/use.md",
        "LICENSE",
        "README.md",
        "examples/e.py",
        "pyproject.toml",
        "src/a.py",
    ]
    assert reading_order(paths) == [
        "README.md",
        "pyproject.toml",
        "src/a.py",
        "src/b.py",
        "docs/use.md",
        "examples/e.py",
        "tests/test_a.py",
    ]


def test_join_tree_puts_a_line_before_each_file_with_text() -> None:
    assert join_tree({"a.py": "x = 1\n", "empty/__init__.py": "\n", "b.py": "\ny = 2"}) == (
        "# file: a.py\n\nx = 1\n\n# file: b.py\n\ny = 2"
    )


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"pyproject.toml": '[project]\nname = "a"\nlicense = "Apache-2.0"\n', "LICENSE": MIT}, "Apache-2.0"),
        ({"pyproject.toml": 'license = {text = "MIT License"}'}, "MIT"),
        ({"package.json": '{\n  "license": "ISC",\n}'}, "ISC"),
        ({"Cargo.toml": 'license = "MIT OR Apache-2.0"'}, "MIT OR Apache-2.0"),
        ({"go.mod": "module x", "LICENSE.txt": MIT}, "MIT"),
        ({"src/a.c": "/* SPDX-License-Identifier: GPL-2.0-only */"}, "GPL-2.0-only"),
        ({"pyproject.toml": 'license = {file = "LICENSE"}', "src/a.py": "x = 1"}, ""),
    ],
)
def test_licence_of_tree_project_file_then_text_then_line(texts: dict[str, str], expected: str) -> None:
    assert licence_of_tree(texts) == expected


def test_licence_of_text_and_spdx_line_unknown_is_empty() -> None:
    assert licence_of_text("All rights reserved.") == ""
    assert spdx_line("licence: see below") == ""


def test_licence_of_tree_the_root_speaks_before_a_deeper_folder() -> None:
    texts = {"a/vendored/LICENSE": "GNU GENERAL PUBLIC LICENSE\nVersion 2", "LICENSE": MIT}
    assert licence_of_tree(texts) == licence_of_tree({"LICENSE": MIT}) != ""
    declared = {
        "a/pkg/pyproject.toml": 'license = "GPL-3.0-only"',
        "setup.cfg": "",
        "pyproject.toml": 'license = "MIT"',
    }
    assert licence_of_tree(declared) == "MIT"


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"pyproject.toml": 'license = "MIT"', "vendored/z.c": "// SPDX-License-Identifier: GPL-2.0-only"}, "MIT"),
        ({"LICENSE": MIT, "vendored/z.c": "// SPDX-License-Identifier: GPL-2.0-only"}, "MIT"),
        ({"pyproject.toml": 'license = "ISC"', "LICENSE": MIT}, "ISC"),
        ({"a/b.c": "// SPDX-License-Identifier: ISC", "z.c": "// SPDX-License-Identifier: MIT"}, "MIT"),
        ({"b.c": "// SPDX-License-Identifier: ISC", "c.c": "// SPDX-License-Identifier: MIT"}, "ISC"),
        ({"pkg/pyproject.toml": 'license = "ISC"', "LICENSE": MIT}, "ISC"),
        ({"pyproject.toml": "[project]", "LICENSE": "All rights reserved.", "a.c": "int x;"}, ""),
    ],
)
def test_licence_of_tree_weighs_who_says_it_before_where_it_stands(texts: dict[str, str], expected: str) -> None:
    assert licence_of_tree(texts) == expected
    assert licence_of_tree(dict(reversed(texts.items()))) == expected
