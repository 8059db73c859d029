"""Whole records of what is read, refused and failed: every sentence, offset and hash, at the limits themselves."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.config.build import InputSource
from pipeline.documents.discovery import discover
from pipeline.documents.items import TO_THE_END, Segment, SourceItem
from pipeline.documents.planning import plan_segments
from pipeline.documents.readers.reader import Extract, Failed, NotRead, Reading, ReadLimits, ReadOptions, ReadSettings
from pipeline.documents.reading import read_segment
from pipeline.records import Dropped

LIMITS = ReadLimits(1000, 3, 60, 2**30)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read(folder: Path, name: str, data: bytes, limits: ReadLimits = LIMITS) -> list[Reading]:
    (folder / name).write_bytes(data)
    shards = plan_segments(discover([InputSource(path=str(folder / name))]).items, shard_bytes=2**20, min_shards=1)
    return [
        bare(reading)
        for shard in shards
        for segment in shard
        for reading in read_segment(segment, ReadSettings("text", "title", limits, ReadOptions()))
    ]


def bare(reading: Reading) -> Reading:
    """The reading without the name of the reader that refused it and without the members of a tree."""
    if isinstance(reading, NotRead):
        return replace(reading, format="", members=())
    return replace(reading, members=()) if isinstance(reading, Extract) else reading


def refused(folder: Path, name: str, reason: str, detail: str, offset: int = 0) -> NotRead:
    return NotRead(str(folder / name), offset, Dropped(reason, detail))


REMEDY = "If it is text, set text_field to the one that holds the text"
OTHER = "If another field is the text, set text_field to it."
NEITHER = "The row has neither a text field 'text' nor a list of turns"


@pytest.mark.parametrize(
    ("name", "data", "reason", "detail"),
    [
        ("photo.png", b"\x89PNG", "unsupported_format", "Files ending in .png are not read."),
        ("a.txt", b"", "empty", "The file has no bytes."),
        ("a.txt", b" \n", "empty", "The file contains only white space."),
        ("a.txt", b"x" * 1001, "too_large", "The record has more than max_record_bytes = 1000 bytes."),
        (
            "a.json",
            b'{"text": ',
            "invalid_json",
            "The file is not JSON: Expecting value at character 9.",
        ),
        ("a.json", b"[]", "empty", "The file is an empty list."),
        ("a.json", b'{"colour": "red"}', "no_text", f"{NEITHER}; its fields are colour. {REMEDY}, such as 'colour'."),
        ("a.json", b'"red"', "no_text", "The row is a single value, not an object with a text field 'text'."),
        ("a.jsonl", b"\n \n", "empty", "The file has no lines."),
        ("a.jsonl", b'{"a"', "invalid_json", "The line is not JSON: Expecting ':' delimiter at character 4."),
        ("a.jsonl", b"[" * 990, "invalid_json", "The line is not JSON: RecursionError."),
        ("a.jsonl", b'{"text": 5}', "no_text", f"The row's field 'text' holds no text. {OTHER}"),
    ],
)
def test_read_segment_says_why_a_file_is_refused(
    tmp_path: Path, name: str, data: bytes, reason: str, detail: str
) -> None:
    if data.startswith(b"[[["):
        data = b"[" * 100_000
        assert read(tmp_path, name, data, ReadLimits(200_000, 3, 60, 2**30)) == [
            refused(tmp_path, name, reason, detail)
        ]
        return
    assert read(tmp_path, name, data) == [refused(tmp_path, name, reason, detail)]


def test_read_segment_record_of_exactly_the_limit_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, "a.txt", b"x" * 1000) == [
        Extract(
            uri=f"{tmp_path}/a.txt",
            offset=0,
            text="x" * 1000,
            title="",
            licence="",
            sha256=sha256(b"x" * 1000),
            format="text",
            replaced_share=0.0,
            is_conversation=False,
        )
    ]
    line = json.dumps({"text": "x" * (1000 - 12)}).encode()
    assert len(line) == 1000
    first, second, third = read(tmp_path, "a.jsonl", line + b"\n" + line[:-2] + b'x"}\n' + b'{"text": "c"}')
    assert isinstance(first, Extract) and first.text == "x" * 988
    assert second == refused(
        tmp_path, "a.jsonl", "too_large", "The record has more than max_record_bytes = 1000 bytes.", 1001
    )
    assert isinstance(third, Extract) and (third.text, third.offset) == ("c", 1001 + 1002)


def test_read_segment_row_has_everything_of_its_line(tmp_path: Path) -> None:
    line = '{"text": "본문\ufffd글", "title": " 제목 ", "license": "MIT"}'.encode()
    assert read(tmp_path, "a.jsonl", b'\n{"x": 1}\r\n' + line + b"\r\n")[1] == Extract(
        uri=f"{tmp_path}/a.jsonl",
        offset=11,
        text="본문\ufffd글",
        title="제목",
        licence="MIT",
        sha256=sha256(line),
        format="json_lines",
        replaced_share=1 / len(line.decode()),
        is_conversation=False,
    )


def test_read_segment_rows_of_a_list_are_hashed_by_what_they_say(tmp_path: Path) -> None:
    rows = [{"text": "가", "title": "T"}, {"turns": [{"speaker": "A", "text": "Hi"}]}, {"n": 1}]
    readings = read(tmp_path, "a.json", json.dumps(rows, ensure_ascii=False, indent=1).encode())
    first, second, third = readings
    assert first == Extract(
        f"{tmp_path}/a.json", 0, "가", "T", "", sha256(b'{"text": "\\uac00", "title": "T"}'), "json", 0.0, False
    )
    assert isinstance(second, Extract) and (second.offset, second.is_conversation) == (1, True)
    assert third == refused(tmp_path, "a.json", "no_text", f"{NEITHER}; its fields are n. {REMEDY}.", 2)


def test_read_segment_large_list_is_read_entry_by_entry_up_to_its_damage(tmp_path: Path) -> None:
    entries = ['{"text": "a"}', '{"text": "' + "b" * 1000 + '"}', "{bad}", '{"text": "c"}']
    readings = read(tmp_path, "a.json", f"[{', '.join(entries)}".encode())
    assert isinstance(readings[0], Extract) and readings[0].text == "a"
    assert readings[1:] == [
        refused(tmp_path, "a.json", "too_large", "The record has more than max_record_bytes = 1000 bytes.", 1),
        refused(
            tmp_path,
            "a.json",
            "invalid_json",
            "The entry is not JSON: Expecting property name enclosed in double quotes at character 1.",
            2,
        ),
        refused(
            tmp_path,
            "a.json",
            "invalid_json",
            "The file is not JSON from here on: The file ends inside the array.",
            3,
        ),
    ]


def test_read_segment_file_that_inflates_too_far_is_left_where_it_does(tmp_path: Path) -> None:
    line = json.dumps({"text": "x" * 200_000}).encode() + b"\n"
    data = gzip.compress(line * 8, mtime=0)
    limits = ReadLimits(2**20, 3, 60, 2**30)
    readings = read(tmp_path, "a.jsonl.gz", data, limits)
    assert [type(reading) for reading in readings] == [Extract] * 5 + [NotRead]
    detail = (
        "The records read so far exceed max_inflation_ratio = 3 times the file's size; "
        "the rest of the file is not read."
    )
    assert readings[5] == refused(tmp_path, "a.jsonl.gz", "inflated", detail, 5 * len(line))
    whole = read(tmp_path, "b.txt.gz", gzip.compress(b"y" * (2**20 + 1), mtime=0), ReadLimits(2**21, 3, 60, 2**30))
    assert whole == [refused(tmp_path, "b.txt.gz", "inflated", detail)]
    (small,) = read(tmp_path, "c.txt.gz", gzip.compress(b"y" * 2**20, mtime=0), ReadLimits(2**21, 3, 60, 2**30))
    assert isinstance(small, Extract) and len(small.text) == 2**20


def test_read_segment_parquet_says_what_its_columns_are(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"body": ["x"], "author": ["y"]}), path)
    detail = "The file has no column 'text'; its columns are author, body. "
    detail += "Set text_field, text_fields or turns_field to what holds the text."
    assert read(tmp_path, "a.parquet", path.read_bytes()) == [refused(tmp_path, "a.parquet", "no_text", detail)]
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), path)
    assert read(tmp_path, "a.parquet", path.read_bytes()) == [
        refused(tmp_path, "a.parquet", "empty", "The file has no rows.")
    ]


def test_read_segment_parquet_rows_count_on_over_what_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"text": ["a", "b" * 1100, "c", "d"], "license": ["MIT", "", None, "ISC"]})
    pq.write_table(table, path, row_group_size=2, use_dictionary=False, compression="none")
    first, second, third, fourth = read(tmp_path, "a.parquet", path.read_bytes())
    assert isinstance(first, Extract) and (first.text, first.licence, first.format) == ("a", "MIT", "parquet")
    assert first.sha256 == sha256(b'{"license": "MIT", "text": "a"}')
    assert second == refused(
        tmp_path, "a.parquet", "too_large", "The row has more than max_record_bytes = 1000 bytes.", 1
    )
    assert isinstance(third, Extract) and isinstance(fourth, Extract)
    assert [(third.text, third.licence, third.offset), (fourth.text, fourth.licence, fourth.offset)] == [
        ("c", "", 2),
        ("d", "ISC", 3),
    ]


def test_read_segment_page_in_its_own_encoding_has_title_and_licence(tmp_path: Path) -> None:
    html = (
        '<html><head><meta charset="windows-1251"><title>Договор</title></head>'
        "<body><!-- SPDX-License-Identifier: MIT --><h1>Аренда</h1><p>Один два три.</p></body></html>"
    )
    (page,) = read(tmp_path, "a.html", html.encode("cp1251"))
    assert isinstance(page, Extract)
    assert (page.title, page.licence, page.format) == ("Договор", "MIT", "html")
    assert page.text.split() == ["#", "Аренда", "Один", "два", "три."]
    assert [mark.kind.value for mark in page.marks] == ["heading"]


def test_read_segment_what_the_listing_could_not_look_into_fails(tmp_path: Path) -> None:
    item = SourceItem(0, "k", "uri", str(tmp_path), 0, "", (), "PermissionError: Permission denied")
    (failed,) = read_segment(Segment(item, 0, TO_THE_END, 0), ReadSettings("text", "title", LIMITS, ReadOptions()))
    assert isinstance(failed, Failed)
    assert (failed.uri, failed.offset, repr(failed.error)) == ("uri", 0, "PermissionError('Permission denied')")


def tree(folder: Path, files: dict[str, bytes], limits: ReadLimits = LIMITS) -> list[Reading]:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    shards = plan_segments(discover([InputSource(path=str(folder))]).items, shard_bytes=2**20, min_shards=1)
    return [
        bare(reading)
        for shard in shards
        for segment in shard
        for reading in read_segment(segment, ReadSettings("text", "title", limits, ReadOptions()))
    ]


def test_read_segment_tree_is_one_record_with_a_hash_of_its_files(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": b'license = "MIT"\n',
        "b.py": b"b = 1\n",
        "LICENSE": b"All rights",
        "README.md": b"# A\n",
    }
    digests = "".join(f"{name}\0{sha256(files[name])}\n" for name in ("README.md", "b.py", "pyproject.toml"))
    assert tree(tmp_path, files) == [
        Extract(
            uri=str(tmp_path),
            offset=0,
            text='# file: README.md\n\n# A\n\n# file: pyproject.toml\n\nlicense = "MIT"\n\n# file: b.py\n\nb = 1',
            title="",
            licence="MIT",
            sha256=sha256(digests.encode()),
            format="tree",
            replaced_share=0.0,
            is_conversation=False,
            is_code=True,
        )
    ]


def test_read_segment_tree_says_why_each_file_was_left_out(tmp_path: Path) -> None:
    broken = b"a" * 94 + b"\xff\x81" * 3
    files = {
        "setup.py": b"a = 1\n",
        "big.py": b"x = 1\n" * 4000,
        "broken.py": broken,
        "kept.py": b"a" * 95 + b"\xff\x81\xff\x81\xff",
        "wide.json": b"x" * 5001 + b"\n" + b"y\n" * 2000,
    }
    readings = tree(tmp_path, files, ReadLimits(10_000, 3, 60, 2**30))

    def left_out(name: str, reason: str, detail: str, score: float | None) -> NotRead:
        return NotRead(f"{tmp_path}/{name}", 0, Dropped(reason, detail, score))

    assert readings[:3] == [
        left_out(
            "big.py",
            "too_large",
            "The file's source tree has more than max_record_bytes = 10000 bytes; its largest files were left out.",
            None,
        ),
        left_out(
            "broken.py",
            "undecodable",
            "6.0% of the file's characters cannot be read; it was left out of its source tree.",
            0.06,
        ),
        left_out(
            "wide.json",
            "long_lines",
            "56% of the file is in lines longer than 5000 characters, as in data; it was left out of its source tree.",
            5001 / 9002,
        ),
    ]
    assert isinstance(readings[3], Extract)
    assert readings[3].text.startswith("# file: setup.py\n\na = 1\n\n# file: kept.py\n\naaa")


def test_read_segment_tree_without_text_is_refused(tmp_path: Path) -> None:
    assert tree(tmp_path, {"setup.py": b"\n", "a.py": b" \n"}) == [
        NotRead(str(tmp_path), 0, Dropped("empty", "No file of the source tree contains text."))
    ]


def test_read_segment_says_which_reader_refused_a_file_and_which_files_share_the_fate_of_a_tree(
    tmp_path: Path,
) -> None:
    files = {"a/setup.py": b"\n", "a/a.py": b" ", "b.json": b"[]", "c.png": b"x", "d.txt.gz": b"\x1f\x8b\x08"}
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    settings = ReadSettings("text", "title", LIMITS, ReadOptions())
    readings = [
        reading
        for item in discover([InputSource(path=str(tmp_path))]).items
        for reading in read_segment(Segment(item, 0, TO_THE_END, item.num_bytes), settings)
    ]
    assert all(isinstance(reading, NotRead | Failed) for reading in readings)
    assert [reading.format for reading in readings if isinstance(reading, NotRead | Failed)] == [
        *("tree", "json", "", "text")
    ]
    assert isinstance(readings[0], NotRead)
    assert readings[0].members == (f"{tmp_path}/a/a.py", f"{tmp_path}/a/setup.py")
