from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.config.build import InputSource
from pipeline.documents.discovery import discover
from pipeline.documents.lenient_json import parse_json, values_in_a_row
from pipeline.documents.planning import plan_segments
from pipeline.documents.readers import kind_of, reader_of_content
from pipeline.documents.readers.reader import Extract, NotRead, Reading, ReadLimits, ReadOptions, ReadSettings
from pipeline.documents.reading import read_segment

ROWS = '{"text": "첫째 줄의 글이다 하나", "title": "가"}\n{"text": "둘째 줄의 글이다 둘", "title": "나"}\n'
TEXTS = ["첫째 줄의 글이다 하나", "둘째 줄의 글이다 둘"]
OBJECTS = [json.loads(line) for line in ROWS.splitlines()]
SETTINGS = ReadSettings("text", "title", ReadLimits(2**20, 200, 60, 2**30), ReadOptions())


def read(folder: Path, name: str, data: str | bytes, shard_bytes: int = 2**20) -> list[Reading]:
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    shards = plan_segments(
        discover([InputSource(path=str(folder / name))]).items, shard_bytes=shard_bytes, min_shards=1
    )
    return [reading for shard in shards for segment in shard for reading in read_segment(segment, SETTINGS)]


def texts(readings: list[Reading]) -> list[str]:
    assert readings
    return [reading.text if isinstance(reading, Extract) else repr(reading) for reading in readings]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "cp949"])
@pytest.mark.parametrize(("name", "data"), [("a.jsonl", ROWS), ("a.json", ROWS), ("b.json", json.dumps(OBJECTS))])
def test_read_segment_json_in_any_encoding(tmp_path: Path, encoding: str, name: str, data: str) -> None:
    assert texts(read(tmp_path, name, data.encode(encoding))) == TEXTS


def test_read_segment_lines_in_utf16_are_not_cut_and_have_offsets_of_their_own(tmp_path: Path) -> None:
    readings = read(tmp_path, "a.jsonl", (ROWS * 50).encode("utf-16"), shard_bytes=500)
    assert texts(readings) == TEXTS * 50
    assert len({reading.offset for reading in readings if isinstance(reading, Extract)}) == 100


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize(
    "data",
    [
        ROWS,
        ROWS.replace("\n", "\r\n"),
        "[\n" + ",\n".join(ROWS.splitlines()) + ",\n]",
        "[" + ", ".join(ROWS.splitlines()) + "]",
        "\n".join(json.dumps(row, ensure_ascii=False, indent=2) for row in OBJECTS),
        "".join(json.dumps(row, ensure_ascii=False, indent=2) for row in OBJECTS),
        ROWS.replace("}\n", "},\n"),
        ROWS.replace('"}\n', '",}\n'),
        "// rows\n# more\n" + ROWS.replace("}\n", "} // a row\n"),
        "[ /* rows */\n" + ",\n".join(ROWS.splitlines()) + "\n// end\n]",
    ],
)
def test_read_segment_json_under_either_name_is_read(tmp_path: Path, name: str, data: str) -> None:
    assert texts(read(tmp_path, name, data)) == TEXTS


@pytest.mark.parametrize("shard_bytes", [2**20, 100])
def test_read_segment_lines_that_end_with_carriage_returns_are_read(tmp_path: Path, shard_bytes: int) -> None:
    rows = [{"text": f"{number}번 줄의 글이다. " * 20} for number in range(30)]
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    readings = read(tmp_path, "old.jsonl", "\r".join(lines) + "\r", shard_bytes)
    assert texts(readings) == [row["text"] for row in rows]
    assert [reading.offset for reading in readings if isinstance(reading, Extract)][1] == len(lines[0].encode()) + 1
    assert texts(read(tmp_path, "windows.jsonl", "\r\n".join(lines), shard_bytes)) == texts(readings)


def test_read_segment_values_before_damage_are_kept(tmp_path: Path) -> None:
    first, second = read(tmp_path, "a.json", '{\n"text": "a"}\n{\n"text": "b"')
    assert isinstance(first, Extract) and first.text == "a"
    assert isinstance(second, NotRead) and (second.offset, second.why.reason) == (1, "invalid_json")


def test_parse_json_signs_in_strings_are_no_comments() -> None:
    text = '{"a": "see // and /* here */ , ]", "b": [1, 2,], /* c */ "d": "x\ny",}'
    assert parse_json(text) == {"a": "see // and /* here */ , ]", "b": [1, 2], "d": "x\ny"}
    assert list(values_in_a_row('{"a": 1} [2,]\n"x"')) == [{"a": 1}, [2], "x"]
    for damaged in ('{"a": }', "", "{'a': 1}", '{"a": 1} x', "/* open"):
        with pytest.raises(json.JSONDecodeError):
            parse_json(damaged)


@pytest.mark.parametrize(
    ("row", "text", "is_conversation"),
    [
        ({"instruction": "Translate", "input": "hi", "output": "안녕"}, "Translate\n\nhi\n\n안녕", False),
        ({"instruction": "Say", "input": "", "output": "x"}, "Say\n\nx", False),
        ({"instruction": "Say", "context": "c", "response": "x"}, "Say\n\nc\n\nx", False),
        ({"prompt": "Q?", "completion": "A."}, "Q?\n\nA.", False),
        (
            {"prompt": [{"role": "user", "content": "Q"}], "completion": [{"role": "assistant", "content": "A"}]},
            "user: Q\n\nassistant: A",
            True,
        ),
        (
            {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "네"}]},
            "human: Hi\n\ngpt: 네",
            True,
        ),
        ({"text": "", "messages": [{"role": "user", "content": "Hi"}]}, "user: Hi", True),
        ({"text": ["One", "Two"]}, "One\n\nTwo", False),
        (
            [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "네"}],
            "user: Hi\n\nassistant: 네",
            True,
        ),
    ],
)
def test_read_segment_rows_of_instruction_data_are_read(
    tmp_path: Path, row: object, text: str, is_conversation: bool
) -> None:
    (found,) = read(tmp_path, "a.jsonl", json.dumps(row))
    assert isinstance(found, Extract), found
    assert (found.text, found.is_conversation) == (text, is_conversation)
    (found,) = read(tmp_path, "a.json", json.dumps(row, indent=1))
    assert isinstance(found, Extract) and found.text == text


def test_read_segment_tool_calls_and_parts_are_words(tmp_path: Path) -> None:
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "Weather?"}, {"type": "image_url", "image_url": {}}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c", "function": {"name": "weather", "arguments": '{"city": "서울"}'}}],
        },
        {"role": "tool", "content": "21 C"},
        {"role": "assistant", "content": [{"type": "tool_use", "name": "weather", "input": {"city": "부산"}}]},
        {"role": "user", "content": [{"type": "tool_result", "content": [{"type": "text", "text": "19 C"}]}]},
    ]
    (found,) = read(tmp_path, "a.jsonl", json.dumps({"messages": messages}))
    assert isinstance(found, Extract)
    assert found.text.split("\n\n") == [
        "user: Weather?",
        'assistant: weather({"city": "서울"})',
        "tool: 21 C",
        'assistant: weather({"city": "부산"})',
        "user: 19 C",
    ]


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        (
            {"body": "long text", "n": 5, "a@b.c": "x"},
            "its fields are body, n and 1 more. If it is text, set text_field",
        ),
        ({f"f{number}": number for number in range(20)}, "f11 and 8 more. If it is text"),
        ({"text": 5}, "The row's field 'text' holds no text."),
        ([1, 2], "The row is a list, not an object with a text field 'text'."),
        ({"5": "x"}, "nor a list of turns."),
    ],
)
def test_read_segment_row_without_text_names_its_fields_and_the_remedy(tmp_path: Path, row: object, shown: str) -> None:
    (found,) = read(tmp_path, "a.jsonl", json.dumps(row))
    assert isinstance(found, NotRead) and found.why.reason == "no_text"
    assert shown in found.why.detail
    assert "a@b.c" not in found.why.detail


def test_reader_of_content_text_that_is_a_binary_format_is_told_by_its_content() -> None:
    kind = kind_of("scan.txt")
    assert kind.is_uncertain and kind.reader is not None
    found = reader_of_content(b"PK\x03\x04\x14\0\0\0", kind)
    assert found is not None and found.name == "zip"
    for signature in (b"%PDF-1.4\n1 0 obj\n", b"{\\rtf1 "):
        told = reader_of_content(signature, kind)
        assert told is None or told.name != "text"
    assert reader_of_content("제1조 (목적)".encode("cp949"), kind) is kind.reader
    assert reader_of_content("제1조 (목적)".encode("utf-16"), kind) is kind.reader
    assert reader_of_content(b"From here on, all is text.\n", kind) is kind.reader
