"""The user's own instruction data, in the forms that people have."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import InputError
from pipeline.export.own_files import own_files, own_rows
from pipeline.export.own_rows import own_conversation
from pipeline.records import Dropped, Message

ASKED = (Message("user", "Who?"), Message("assistant", "Ann."))


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Ann."}]},
        {"conversations": [{"from": "human", "value": "Who?"}, {"from": "gpt", "value": "Ann."}]},
        {"messages": [
            {"role": "user", "content": [{"type": "text", "text": "Who?"}]}, {"role": "assistant", "content": "Ann."},
        ]},
        {"prompt": "Who?", "completion": "Ann."},
        {"prompt": [{"role": "user", "content": "Who?"}], "completion": [{"role": "assistant", "content": "Ann."}]},
        {"instruction": "Who?", "input": "", "output": "Ann."},
        {"instruction": "Who?", "response": "Ann.", "category": "qa"},
        {"question": "Who?", "answer": "Ann."},
        {"messages": [
            {"role": "user", "content": "Who?"},
            {"role": "assistant", "content": "Ann."},
            {"role": "user", "content": "And?"},
        ]},
    ],
)  # fmt: skip
def test_row_in_a_usual_form_is_a_conversation(row):
    assert own_conversation(row) == ASKED


def test_system_message_and_input_belong_to_the_first_question():
    with_system = {
        "messages": [
            {"role": "system", "content": "Be brief."},
            *({"role": m.role, "content": m.content} for m in ASKED),
        ]
    }
    assert own_conversation(with_system) == (Message("user", "Be brief.\n\nWho?"), ASKED[1])
    with_input = {"instruction": "Translate.", "input": "Haus", "output": "house"}
    assert own_conversation(with_input) == (Message("user", "Translate.\n\nHaus"), Message("assistant", "house"))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ([1, 2], "no_conversation"),
        ({"text": "A story."}, "no_conversation"),
        ({"messages": []}, "no_conversation"),
        ({"messages": [{"role": "user", "content": "Who?"}]}, "no_conversation"),
        ({"messages": [{"role": "assistant", "content": "Hello."}]}, "not_alternating"),
        (
            {"messages": [
                {"role": "user", "content": "a"},
                {"role": "user", "content": "b"},
                {"role": "assistant", "content": "c"},
            ]},
            "not_alternating",
        ),
        ({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": " "}]}, "empty_turn"),
        ({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": None}]}, "not_text"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}, {"role": "assistant", "content": "c"}]},
            "not_text",
        ),
        (
            {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "", "tool_calls": [{}]}]},
            "has_tools",
        ),
        ({"messages": [{"role": "critic", "content": "a"}]}, "unknown_role"),
        ({"prompt": [1], "completion": "c"}, "no_conversation"),
    ],
)  # fmt: skip
def test_row_that_would_not_teach_is_dropped_with_the_reason(row, reason):
    found = own_conversation(row)
    assert isinstance(found, Dropped)
    assert found.reason == reason
    assert found.detail


ROWS = [{"prompt": f"Question {n}?", "completion": f"Answer {n}."} for n in range(5)]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.jsonl", LINES),
        ("rows.jsonl", b"\xef\xbb\xbf" + LINES.replace(b"\n", b"\r\n\r\n")),
        ("rows.json", json.dumps(ROWS, indent=2).encode()),
        ("rows.json", LINES),
        ("rows.jsonl.gz", gzip.compress(LINES)),
        ("rows.jsonl.bz2", bz2.compress(LINES)),
        ("rows.json.xz", lzma.compress(json.dumps(ROWS).encode())),
        ("rows.jsonl", LINES.decode().encode("utf-16")),
    ],
    ids=["lines", "windows lines", "array", "lines called json", "gzip", "bzip2", "xz array", "utf-16"],
)
def test_file_of_rows_is_read_in_any_usual_form(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert own_files(str(tmp_path)) == [str(tmp_path / name)]
    assert list(own_rows(str(tmp_path / name))) == list(enumerate(ROWS))


def test_parquet_file_is_read_with_lists_of_messages(tmp_path):
    rows = [{"messages": [{"role": m.role, "content": m.content} for m in ASKED]}] * 3
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "rows.parquet", row_group_size=2)
    assert [own_conversation(row) for _, row in own_rows(str(tmp_path / "rows.parquet"))] == [ASKED] * 3


def test_row_that_is_not_json_costs_one_row(tmp_path):
    (tmp_path / "rows.jsonl").write_bytes(LINES + b'{"prompt": \n' + LINES)
    found = [row for _, row in own_rows(str(tmp_path / "rows.jsonl"))]
    assert len(found) == 11
    assert [row.reason for row in found if isinstance(row, Dropped)] == ["invalid_json"]


def test_missing_or_empty_path_is_the_users_error(tmp_path):
    for path, said in ((tmp_path / "none.jsonl", "does not exist"), (tmp_path, "has no JSON Lines")):
        with pytest.raises(InputError, match=said):
            own_files(str(path))
    (tmp_path / "notes.txt").write_text("words")
    with pytest.raises(InputError, match="has no JSON Lines"):
        own_files(str(tmp_path))


def test_file_cut_in_the_middle_is_named(tmp_path):
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(LINES * 1000)[:-200])
    with pytest.raises(InputError, match=r"rows\.jsonl\.gz' cannot be read"):
        list(own_rows(str(path)))
