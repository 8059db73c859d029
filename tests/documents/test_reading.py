from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.build import InputSource, Joining
from pipeline.documents.discovery import discover
from pipeline.documents.items import TO_THE_END, Segment
from pipeline.documents.planning import plan_segments
from pipeline.documents.readers.reader import Extract, Failed, NotRead, Reading, ReadLimits, ReadOptions, ReadSettings
from pipeline.documents.reading import read_segment

LIMIT = 10_000
LIMITS = ReadLimits(LIMIT, 200, 60, 2**30)


def read_path(
    path: Path | str, *, join: Joining = Joining.AUTO, shard_bytes: int = 2**20, limits: ReadLimits = LIMITS
) -> list[Reading]:
    shards = plan_segments(
        discover([InputSource(path=str(path), join=join)]).items, shard_bytes=shard_bytes, min_shards=1
    )
    return [
        reading
        for shard in shards
        for segment in shard
        for reading in read_segment(segment, ReadSettings("text", "title", limits, ReadOptions()))
    ]


def only(readings: list[Reading]) -> Reading:
    (reading,) = readings
    return reading


def test_read_segment_text_file_carries_its_provenance(tmp_path: Path) -> None:
    data = "제1조 (목적) 이 계약은 창고의 임대차에 관한 것이다.\n".encode("cp949")
    (tmp_path / "계약서.txt").write_bytes(data)
    reading = only(read_path(tmp_path))
    assert isinstance(reading, Extract)
    assert reading.text.startswith("제1조 (목적)")
    assert reading.uri == f"{tmp_path}/계약서.txt"
    assert (reading.offset, reading.sha256) == (0, hashlib.sha256(data).hexdigest())


def test_read_segment_remote_gzipped_text_is_read(tmp_path: Path) -> None:
    with fsspec.open("memory://reading/minutes.txt.gz", "wb") as file:
        file.write(gzip.compress(b"Minutes of the meeting of 4 May"))
    reading = only(read_path("memory://reading"))
    assert isinstance(reading, Extract)
    assert reading.text == "Minutes of the meeting of 4 May"
    assert reading.uri == "memory://reading/minutes.txt.gz"


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("photo.png", b"\x89PNG\r\n", "unsupported_format"),
        ("nothing.txt", b"", "empty"),
        ("blank.md", b" \n\n", "empty"),
        ("long.txt", b"a " * LIMIT, "too_large"),
        ("rows.json", b'{"text": "unfinished', "invalid_json"),
        ("rows.json", b"[]", "empty"),
        ("settings.json", b'{"colour": "red"}', "no_text"),
        ("blank.jsonl", b"\n\n", "empty"),
    ],
)
def test_read_segment_what_cannot_be_used_is_refused(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(data)
    reading = only(read_path(tmp_path))
    assert isinstance(reading, NotRead)
    assert (reading.why.reason, reading.uri) == (reason, f"{tmp_path}/{name}")


def test_read_segment_binary_under_a_text_name_shows_its_damage(tmp_path: Path) -> None:
    (tmp_path / "dump.txt").write_bytes(bytes((index * 53) % 256 for index in range(5000)))
    reading = only(read_path(tmp_path))
    assert isinstance(reading, Extract)
    assert reading.replaced_share > 0.1


def test_read_segment_json_lines_each_end_somewhere(tmp_path: Path) -> None:
    lines = ['{"text": "first"}', "", "{broken", '{"title": "no text"}', '{"turns": [{"speaker": "가", "text": "네"}]}']
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    readings = read_path(path)
    assert [type(reading).__name__ for reading in readings] == ["Extract", "NotRead", "NotRead", "Extract"]
    data = path.read_bytes()
    first, broken, _, last = readings
    assert isinstance(first, Extract) and isinstance(broken, NotRead) and isinstance(last, Extract)
    assert data[first.offset :].startswith(b'{"text": "first"}')
    assert data[broken.offset :].startswith(b"{broken")
    assert "broken" not in broken.why.detail
    assert last.text == "가: 네"
    assert last.sha256 == hashlib.sha256(lines[-1].encode()).hexdigest()


def test_read_segment_overlong_line_is_refused_and_the_next_one_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "' + "x" * 3 * LIMIT + '"}\n{"text": "after"}\n', encoding="utf-8")
    refused, after = read_path(path)
    assert isinstance(refused, NotRead) and refused.why.reason == "too_large"
    assert isinstance(after, Extract) and after.text == "after"
    assert after.offset == len('{"text": ""}\n') + 3 * LIMIT


def test_read_segment_truncated_gzip_keeps_what_came_before_and_reports_the_rest(tmp_path: Path) -> None:
    rows = "\n".join(json.dumps({"text": hashlib.sha256(str(index).encode()).hexdigest() * 8}) for index in range(300))
    whole = gzip.compress(rows.encode(), mtime=0)
    (tmp_path / "rows.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    *good, failed = read_path(tmp_path)
    assert len(good) > 10
    assert all(isinstance(reading, Extract) for reading in good)
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, EOFError)
    assert failed.offset > 0


@pytest.mark.parametrize("name", ["notes.txt.gz", "rows.jsonl.gz", "rows.parquet"])
def test_read_segment_file_that_is_not_what_its_name_says_fails_by_itself(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"this is neither gzip nor parquet")
    assert isinstance(only(read_path(tmp_path)), Failed)


def test_read_segment_file_gone_since_planning_fails_by_itself(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    (shard,) = plan_segments(discover([InputSource(path=str(tmp_path))]).items, shard_bytes=100, min_shards=1)
    (tmp_path / "a.txt").unlink()
    (reading,) = read_segment(shard[0], ReadSettings("text", "title", LIMITS, ReadOptions()))
    assert isinstance(reading, Failed)
    assert isinstance(reading.error, FileNotFoundError)


def test_read_segment_parquet_rows_and_missing_column(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["one", "two"], "title": ["A", "B"], "n": [1, 2]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"body": ["x"]}), tmp_path / "b.parquet")
    one, two, refused = read_path(tmp_path)
    assert isinstance(one, Extract) and isinstance(two, Extract) and isinstance(refused, NotRead)
    assert [(row.text, row.title, row.offset) for row in (one, two)] == [("one", "A", 0), ("two", "B", 1)]
    assert refused.why.reason == "no_text"
    assert "body" in refused.why.detail


def test_read_segment_parquet_row_group_ranges_together_are_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    texts = [f"{index} " + "설명서 " * 200 for index in range(30)]
    pq.write_table(pa.table({"text": texts}), path, row_group_size=7, use_dictionary=False, compression="none")
    readings = read_path(path, shard_bytes=path.stat().st_size // 3)
    assert [(r.text, r.offset) for r in readings if isinstance(r, Extract)] == list(zip(texts, range(30), strict=True))


@given(st.lists(st.text(alphabet="ab가 ", max_size=30), min_size=1, max_size=20), st.integers(1, 60))
def test_read_segment_byte_ranges_together_give_every_line_once(texts: list[str], shard_bytes: int) -> None:
    path = "memory://ranges/rows.jsonl"
    with fsspec.open(path, "wb") as file:
        file.write("\n".join(json.dumps({"text": text}, ensure_ascii=False) for text in texts).encode())
    readings = read_path(path, shard_bytes=shard_bytes)
    assert [reading.text for reading in readings if isinstance(reading, Extract)] == texts
    offsets = [reading.offset for reading in readings]
    assert len(readings) == len(texts)
    assert offsets == sorted(set(offsets))


def test_read_segment_tree_is_one_document_and_its_broken_file_is_refused(tmp_path: Path) -> None:
    app = tmp_path / "app"
    (app / "src").mkdir(parents=True)
    (app / "pyproject.toml").write_text('[project]\nlicense = "MIT"\n')
    (app / "src" / "main.py").write_text("def main() -> None:\n\tprint(1)\n")
    (app / "src" / "blob.py").write_bytes(bytes((index * 53) % 256 for index in range(3000)))
    refused, tree = read_path(tmp_path)
    assert isinstance(refused, NotRead) and isinstance(tree, Extract)
    assert (refused.why.reason, refused.uri) == ("undecodable", f"{tmp_path}/app/src/blob.py")
    head, _, code = tree.text.partition("\n\n# file: src/main.py\n\n")
    assert head == '# file: pyproject.toml\n\n[project]\nlicense = "MIT"'
    assert code == "def main() -> None:\n\tprint(1)"
    assert tree.licence == "MIT"


def test_read_segment_tree_leaves_out_a_file_of_long_lines_and_says_so(tmp_path: Path) -> None:
    app = tmp_path / "앱"
    (app / "data").mkdir(parents=True)
    (app / "pyproject.toml").write_text('[project]\nname = "a"\n')
    (app / "main.py").write_text("KEY = '" + "k" * 5100 + "'\n" + "print(1)\n" * 700)
    (app / "data" / "big.json").write_text('{"rows": [' + ", ".join(map(str, range(1500))) + "]}\n")
    refused, tree = read_path(tmp_path, limits=replace(LIMITS, max_record_bytes=20_000))
    assert isinstance(refused, NotRead) and isinstance(tree, Extract)
    assert (refused.why.reason, refused.uri) == ("long_lines", f"{tmp_path}/앱/data/big.json")
    assert "big.json" not in tree.text
    assert "# file: main.py" in tree.text


def test_read_segment_tree_leaves_out_its_largest_files_where_all_are_too_much(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"name": "a"}\n')
    (tmp_path / "a.js").write_text("run();\n" * 100)
    (tmp_path / "dump.json").write_text("0.5 0.25 0.125\n" * 800)
    refused, tree = read_path(tmp_path)
    assert isinstance(refused, NotRead) and isinstance(tree, Extract)
    assert (refused.why.reason, refused.uri) == ("too_large", f"{tmp_path}/dump.json")
    assert tree.text.startswith("# file: package.json") and tree.text.endswith("run();")


def test_read_segment_html_page_deeper_than_the_guard_fails_by_itself(tmp_path: Path) -> None:
    (tmp_path / "deep.html").write_text("<div>" * 1500 + "x")
    reading = only(read_path(tmp_path))
    assert isinstance(reading, Failed)
    assert "nests" in str(reading.error)


def test_segment_of_a_whole_file_has_no_upper_edge(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    ((segment,),) = plan_segments(discover([InputSource(path=str(tmp_path))]).items, shard_bytes=9, min_shards=3)
    assert segment == Segment(item=segment.item, start=0, end=TO_THE_END, num_bytes=1)
