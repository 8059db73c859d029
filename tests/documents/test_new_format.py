"""A format is added by one file: a toy format, in a copy of the package, is discovered, read, marked and titled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from package_copy import copy_package, run_with_copy

READER = '''
"""Toy format: a line that begins with `!` is a heading."""

from pipeline.documents.decoding import decode
from pipeline.documents.marks import Mark, MarkKind
from pipeline.documents.readers.reader import Converted, Reader, ReadOptions, from_decoded


def _convert(data: bytes, _options: ReadOptions) -> Converted:
    decoded = decode(data=data, declared="")
    text, marks = "", []
    for line in decoded.text.split("\\n"):
        if line.startswith("!"):
            marks.append(Mark(MarkKind.HEADING, len(text), len(text) + len(line) - 1, level=1))
            line = line[1:]
        text += line + "\\n"
    return from_decoded(decoded, text=text, title="Toy", marks=tuple(marks))


READER = Reader(name="toy", suffixes=frozenset({"toy"}), convert=_convert, is_page=True)
'''

SCRIPT = """
import json, sys
from pipeline.config.build import InputSource
from pipeline.documents.discovery import discover
from pipeline.documents.grammar.outline import read_outline
from pipeline.documents.planning import plan_segments
from pipeline.documents.readers.reader import ReadLimits, ReadOptions, ReadSettings
from pipeline.documents.reading import read_segment
from pipeline.stages.code import files_of

items = discover([InputSource(path=sys.argv[1])]).items
(shard,) = plan_segments(items, shard_bytes=2**20, min_shards=1)
(found,) = read_segment(shard[0], ReadSettings("text", "title", ReadLimits(2**20, 200, 60, 2**30), ReadOptions()))
outline = read_outline(text=found.text, domain="manual", language="en", marks=found.marks)
print(json.dumps({
    "text": found.text,
    "format": [found.format, found.title],
    "headings": [node.value for node in outline if node.kind == "heading"],
    "code": [path.name for path in files_of("pipeline.stages.ingest") if path.name == "toy.py"],
}))
"""


def test_one_file_adds_a_format_that_is_found_read_and_outlined(tmp_path: Path) -> None:
    copy_package(tmp_path, "bundled", "train")
    (tmp_path / "pipeline" / "documents" / "readers" / "toy.py").write_text(READER, encoding="utf-8")
    source = tmp_path / "manual.toy"
    source.write_text("!Cleaning\nRinse the filter.\n!Storage\nKeep it dry.", encoding="utf-8")
    done = run_with_copy(tmp_path, "-c", SCRIPT, str(source))
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["text"] == "Cleaning\nRinse the filter.\nStorage\nKeep it dry.\n"
    assert found["format"] == ["toy", "Toy"]
    assert found["headings"] == ["Cleaning", "Storage"]
    assert found["code"] == ["toy.py"], "a change of the reader runs ingest again"
