from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.build import InputSource
from pipeline.documents.readers.reader import NotRead
from pipeline.documents.row_fields import RowFields, row_text, why_no_text_column
from tests.dataset_folders import extracts, read_all, write_jsonl, write_parquet

PAIRS = [{"question": "무엇인가?", "answer": "기한이다.", "id": 1}, {"question": "When?", "answer": None, "id": 2}]


@pytest.mark.parametrize("suffix", ["jsonl", "parquet", "csv"])
def test_text_fields_are_joined_in_their_order_in_every_format(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"pairs.{suffix}"
    if suffix == "jsonl":
        write_jsonl(path, PAIRS)
    elif suffix == "parquet":
        write_parquet(path, PAIRS)
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(PAIRS[0]))
            writer.writeheader()
            writer.writerows(PAIRS)
    found = extracts(InputSource(path=str(path), text_fields=("answer", "question")))
    assert [one.text for one in found] == ["기한이다.\n\n무엇인가?", "When?"]


@given(
    st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True),
    st.dictionaries(st.sampled_from("abcd"), st.text(st.characters(categories=["L"]), max_size=5)),
)
def test_text_fields_keep_every_text_once_in_order(names: list[str], row: dict[str, str]) -> None:
    found = row_text(row, RowFields(text=tuple(names)), text_field="text", title_field="title")
    texts = [row[name] for name in names if row.get(name)]
    assert (found.text if found else "") == "\n\n".join(texts)


def test_turns_field_reads_only_that_field() -> None:
    row = {
        "text": "not this",
        "chosen": [{"from": "human", "value": "Hi"}],
        "rejected": [{"from": "gpt", "value": "No"}],
    }
    found = row_text(row, RowFields(turns="chosen"), text_field="text", title_field="title")
    assert found is not None
    assert found.text.endswith("human: Hi")
    assert found.is_conversation
    assert row_text({"text": "x"}, RowFields(turns="chosen"), text_field="text", title_field="title") is None


def test_licence_field_replaces_the_usual_names() -> None:
    row = {"text": "x", "license": "MIT", "terms": "CC0-1.0", "lang": "ko"}
    usual = row_text(row, RowFields(), text_field="text", title_field="title")
    named = row_text(row, RowFields(licence="terms", language="lang"), text_field="text", title_field="title")
    assert usual is not None and named is not None
    assert (usual.licence, usual.language, named.licence, named.language) == ("MIT", "", "CC0-1.0", "ko")


def test_row_without_its_named_fields_is_refused_with_the_key(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "rows.jsonl", [{"text": "a"}])
    (refused,) = read_all(InputSource(path=str(tmp_path / "rows.jsonl"), text_fields=("q", "a")))
    assert isinstance(refused, NotRead)
    assert refused.why.detail == "The row holds no text in 'q', 'a', which text_fields names."


def test_why_no_text_column_lists_the_columns_and_the_keys() -> None:
    said = why_no_text_column({"b", "a"}, RowFields(), text_field="text")
    assert said == (
        "The file has no column 'text'; its columns are a, b. Set text_field, text_fields or turns_field to what holds "
        "the text."
    )
    assert why_no_text_column({"b", "text"}, RowFields(), text_field="text") == ""
    assert why_no_text_column({"messages"}, RowFields(), text_field="text") == ""
    assert "'c' or 'd'" in why_no_text_column({"messages"}, RowFields(text=("c", "d")), text_field="text")
