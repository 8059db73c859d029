import random

from hypothesis import given
from hypothesis import strategies as st

from pipeline.pack.imports import import_order, imports_of

PYTHON = """import os, shop.rates as rates
from . import models
from ..core.store import load, save
from typing import (
    Any,
)
x = 'import nothing'
"""
SCRIPT = """import { a } from './models/cart';
export * from "../api";
const fs = require('fs');
const local = require('./local.js')
"""
C_SOURCE = '#include <stdio.h>\n#include "store/offloader.h"\n'


def test_imports_of_python_are_modules_and_their_members() -> None:
    found = imports_of(PYTHON)
    assert {"os", "shop/rates", "./models", "./../core/store", "./../core/store/load"} <= set(found)
    assert not any("nothing" in name for name in found)


def test_imports_of_other_languages_are_paths_without_suffix() -> None:
    assert imports_of(SCRIPT) == ("./models/cart", "../api", "fs", "./local")
    assert imports_of(C_SOURCE) == ("store/offloader",)


def test_import_order_puts_a_file_after_those_it_imports() -> None:
    imports = {
        "r/src/shop/__init__.py": ("./api",),
        "r/src/shop/api.py": ("./models", "./", "flask"),
        "r/src/shop/models.py": ("shop/core/store",),
        "r/src/shop/core/store.py": (),
        "r/tests/test_api.py": ("shop/api", "shop"),
    }
    assert import_order(imports) == [
        "r/src/shop/core/store.py",
        "r/src/shop/models.py",
        "r/src/shop/api.py",
        "r/src/shop/__init__.py",
        "r/tests/test_api.py",
    ]


def test_import_order_of_a_circle_stands_by_path() -> None:
    imports = {"b.py": ("a",), "a.py": ("b",), "c.py": ()}
    assert import_order(imports) == ["b.py", "a.py", "c.py"]


@given(
    edges=st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), max_size=40),
    order=st.randoms(use_true_random=False),
)
def test_import_order_holds_every_file_once_and_keeps_imports_before_their_users(
    edges: list[tuple[int, int]], order: random.Random
) -> None:
    needs: dict[int, set[int]] = {number: set() for number in range(16)}
    for first, second in edges:
        if second < first:  # no circles
            needs[first].add(second)
    names = [(f"m{number}.py", tuple(f"m{other}" for other in sorted(others))) for number, others in needs.items()]
    ordered = import_order(dict(names))
    order.shuffle(names)
    assert import_order(dict(names)) == ordered
    assert sorted(ordered) == sorted(name for name, _ in names)
    place = {path: index for index, path in enumerate(ordered)}
    assert all(place[f"m{other}.py"] < place[f"m{number}.py"] for number, others in needs.items() for other in others)


def test_import_order_prefers_the_file_under_the_importing_folder_and_not_one_whose_name_begins_alike() -> None:
    imports = {"src/app/main.py": ["models"], "src/app/x/models.py": [], "src/app2/models.py": []}
    order = import_order(imports)
    assert order.index("src/app/x/models.py") < order.index("src/app/main.py")
