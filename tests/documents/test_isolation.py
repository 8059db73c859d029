"""A parser that hangs, crashes, prints or eats memory costs one file; the next file is converted as usual."""

from __future__ import annotations

import json
from pathlib import Path

from package_copy import copy_package, run_with_copy

READER = '''
"""Toy format that does what its file says."""

import os
import time

from pipeline.documents.readers.reader import Converted, Reader, ReadOptions, RefusedFileError


def _convert(data: bytes, options: ReadOptions) -> Converted:
    order = data.decode()
    print("noise on standard output")
    if order == "hang":
        time.sleep(60)
    if order == "crash":
        os.abort()
    if order == "exit":
        os._exit(3)
    if order == "eat":
        held = bytearray(300 * 2**20)
        return Converted(text=str(len(held)))
    if order == "fail":
        raise ValueError("a bad part")
    if order == "refuse":
        raise RefusedFileError("encrypted", "The file needs a password.")
    return Converted(text=f"{order} in {os.getpid()}", title=options.tracked_changes.value)


READER = Reader(name="toy", suffixes=frozenset({"toy"}), convert=_convert, is_isolated=True)
'''

SCRIPT = """
import json, os, sys
from pipeline.documents.isolation import convert_isolated
from pipeline.documents.readers.reader import ParserError, ReadLimits, ReadOptions, RefusedFileError

limits = ReadLimits(2**20, 200, 3, 200 * 2**20)
said = {"own": os.getpid(), "outcomes": []}
for order in json.loads(sys.argv[1]):
    try:
        found = convert_isolated("toy", order.encode(), ReadOptions(), limits)
        said["outcomes"].append([found.text, found.title])
    except (ParserError, RefusedFileError) as error:
        said["outcomes"].append([type(error).__name__, error.message])
print(json.dumps(said))
"""


def outcomes(workplace: Path, orders: list[str]) -> tuple[int, list[list[str]]]:
    copy = copy_package(workplace, "bundled")
    (copy / "documents" / "readers" / "toy.py").write_text(READER, encoding="utf-8")
    (workplace / "script.py").write_text(SCRIPT, encoding="utf-8")
    done = run_with_copy(workplace, "script.py", json.dumps(orders))
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    return said["own"], said["outcomes"]


def test_failures_of_every_kind_cost_one_file_each(tmp_path: Path) -> None:
    orders = ["one", "crash", "two", "eat", "fail", "refuse", "three", "exit", "hang", "four"]
    own, found = outcomes(tmp_path, orders)
    said = dict(zip(orders, found, strict=True))
    assert said["crash"] == ["ParserError", "The parser crashed with SIGABRT."]
    assert said["eat"] == ["ParserError", f"The parser needs more memory than max_parser_bytes = {200 * 2**20}."]
    assert said["fail"] == ["ParserError", "ValueError: a bad part"]
    assert said["refuse"] == ["RefusedFileError", "The file needs a password."]
    assert said["exit"] == ["ParserError", "The parser process ended with exit code 3."]
    assert said["hang"] == ["ParserError", "The parser took longer than max_parser_seconds = 3."]
    words = {order: said[order][0].split(" in ") for order in ("one", "two", "three", "four")}
    assert all(order == word for order, (word, _) in words.items())
    pids = {order: int(pid) for order, (_, pid) in words.items()}
    assert own not in pids.values()
    assert pids["two"] == pids["three"], "a failure that the parser reports does not cost the process"
    assert len(set(pids.values())) == 3, "a new process after the crash and after the hang"
