"""Files of separated values: dialects, encodings, tables and records."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.config.build import InputSource
from pipeline.documents.discovery import discover
from pipeline.documents.items import TO_THE_END, Segment
from pipeline.documents.marks import MarkKind
from pipeline.documents.readers.reader import Extract, NotRead, Reading, ReadLimits, ReadOptions, ReadSettings
from pipeline.documents.reading import read_segment

SETTINGS = ReadSettings("text", "title", ReadLimits(2**20, 200, 60, 2**30), ReadOptions())


def read(folder: Path, name: str, data: bytes, settings: ReadSettings = SETTINGS) -> list[Reading]:
    path = folder / name
    path.write_bytes(data)
    (item,) = discover([InputSource(path=str(path))]).items
    return list(read_segment(Segment(item, 0, TO_THE_END, item.num_bytes), settings))


def table_of(folder: Path, name: str, data: bytes) -> Extract:
    (found,) = read(folder, name, data)
    assert isinstance(found, Extract)
    return found


KOREAN = '이름,주소,금액\r\n김철수,서울시 송파구,"1,200"\r\n이영희,"부산\n해운대",300\r\n'
AS_TABLE = (
    "| 이름 | 주소 | 금액 |\n| --- | --- | --- |\n| 김철수 | 서울시 송파구 | 1,200 |\n| 이영희 | 부산 해운대 | 300 |\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16", "utf-16-le"])
def test_table_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    text = KOREAN if encoding != "utf-16-le" else "\ufeff" + KOREAN
    found = table_of(tmp_path, "표.csv", text.encode(encoding))
    assert found.text == AS_TABLE
    assert found.format == "csv"
    assert found.replaced_share == 0
    (table,) = [mark for mark in found.marks if mark.kind is MarkKind.TABLE]
    assert table.value == "row"


def test_korean_far_behind_ascii_is_decoded(tmp_path: Path) -> None:
    limits = ReadLimits(2**23, 200, 60, 2**30)
    lines = ["id,text", *(f"{number},line {number} of plain text" for number in range(60_000)), "x,한글 본문"]
    rows = read(tmp_path, "a.csv", "\n".join(lines).encode("cp949"), replace(SETTINGS, limits=limits))
    assert len(rows) == 60_001
    assert isinstance(rows[-1], Extract)
    assert rows[-1].text == "한글 본문"


@pytest.mark.parametrize(
    ("name", "data", "first", "second"),
    [
        ("a.csv", "name;price;note\nA;1,5;x\nB;2,5;y, z\n", "| name | price | note |", "| B | 2,5 | y, z |"),
        ("a.csv", "name\tprice\nA\t1\nB\t2, 3\n", "| name | price |", "| B | 2, 3 |"),
        ("a.csv", "sep=|\nname|n\nA|1\nB|2\n", "| name | n |", "| B | 2 |"),
        ("a.tsv", "name\tb, c\nA\tx, y\nB\tz, w\n", "| name | b, c |", "| B | z, w |"),
        ("a.csv", 'name,quote\nA,"say ""hi"""\nB,z\n', "| name | quote |", "| B | z |"),
    ],
)
def test_separator_is_told_from_the_content(tmp_path: Path, name: str, data: str, first: str, second: str) -> None:
    lines = table_of(tmp_path, name, data.encode()).text.splitlines()
    assert (lines[0], lines[-1]) == (first, second)


def test_title_lines_and_notes_stand_outside_the_table(tmp_path: Path) -> None:
    data = "월별 매출 보고,,\n단위: 원,,\n\n월,매출,비용\n1월,100,50\n2월,200,80\n\n※ 잠정치,,\n"
    found = table_of(tmp_path, "a.csv", data.encode("cp949"))
    assert found.text == (
        "월별 매출 보고\n단위: 원\n\n"
        "| 월 | 매출 | 비용 |\n| --- | --- | --- |\n| 1월 | 100 | 50 |\n| 2월 | 200 | 80 |\n\n※ 잠정치\n"
    )


def test_empty_line_after_every_row_does_not_cut_the_table(tmp_path: Path) -> None:
    found = table_of(tmp_path, "a.csv", b"name,n\n\nA,1\n\nB,2\n\n")
    assert found.text == "| name | n |\n| --- | --- |\n| A | 1 |\n| B | 2 |\n"


def test_rows_are_records_if_the_text_field_is_a_column(tmp_path: Path) -> None:
    data = '\ufeffid, title,text,licence\n1,제목,본문 하나,MIT\n\n2,둘,"본문, 둘\n다음 줄",\n3,빈,,\n'
    first, second, third = read(tmp_path, "a.csv", data.encode())
    assert isinstance(first, Extract)
    assert isinstance(second, Extract)
    assert (first.text, first.title, first.licence, first.offset) == ("본문 하나", "제목", "MIT", 0)
    assert (second.text, second.offset) == ("본문, 둘\n다음 줄", 1)
    assert isinstance(third, Extract)
    assert third.text == ""
    assert len({first.sha256, second.sha256, third.sha256}) == 3


def test_compressed_file_is_read_and_a_bomb_ends(tmp_path: Path) -> None:
    found = table_of(tmp_path, "a.csv.gz", gzip.compress(KOREAN.encode()))
    assert found.text == AS_TABLE
    limits = ReadLimits(2**23, 2, 60, 2**30)
    bomb = gzip.compress(b"text\n" + (b"a" * 1000 + b"\n") * 4000)
    *kept, last = read(tmp_path, "b.csv.gz", bomb, replace(SETTINGS, limits=limits))
    assert len(kept) > 500
    assert isinstance(last, NotRead)
    assert last.why.reason == "inflated"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"text\n", "empty"),
        (b"\n\n  \n", "empty"),
        (b"a,b\n" + b"x" * 2**21, "too_large"),
        (b"id,text\n1," + b"x" * 2**21, "too_large"),
        (b'id,text\n1,"' + b"x\n" * 2**20, "too_large"),
    ],
)
def test_files_without_rows_and_with_huge_cells_are_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    (found,) = read(tmp_path, "a.csv", data)
    assert isinstance(found, NotRead)
    assert found.why.reason == reason


def test_nul_bytes_and_broken_characters_are_counted(tmp_path: Path) -> None:
    found = table_of(tmp_path, "a.csv", "이름,값\n가,1\n나,2\n".encode() + b"\xff\x00,3\n")
    assert found.replaced_share > 0
    assert "| 가 | 1 |" in found.text
