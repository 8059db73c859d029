from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Dataset

from pipeline.config.build import IngestRecipe, InputSource
from pipeline.documents.discovery import discover
from pipeline.documents.planning import decode_segment, encode_segment, plan_segments
from pipeline.documents.readers.reader import Extract, Failed, NotRead
from pipeline.documents.reading import read_segment
from pipeline.documents.source_settings import read_settings
from tests.dataset_folders import extracts, read_all, rows_of, write_dataset, write_jsonl, write_parquet


def test_dataset_rows_are_documents_with_the_cards_licence_and_language(tmp_path: Path) -> None:
    found = extracts(InputSource(path=f"hf:{write_dataset(tmp_path)}", text_field="body"))
    assert [one.text for one in found] == [f"통지 {number} of the notice." for number in range(15)]
    assert [one.offset for one in found] == [*range(10), *range(5)]
    assert {(one.licence, one.language, one.format) for one in found} == {("CC-BY-4.0", "ko", "dataset")}
    assert found[3].title == "Notice 3"


def test_dataset_parquet_cut_into_row_groups_keeps_rows_and_offsets(tmp_path: Path) -> None:
    source = InputSource(path=f"hf:{write_dataset(tmp_path)}", text_field="body")
    shards = plan_segments(discover([source]).items, shard_bytes=200, min_shards=1)
    segments = [decode_segment(encode_segment(segment)) for shard in shards for segment in shard]
    assert [(segment.start, segment.end) for segment in segments[:3]] == [(0, 1), (1, 2), (2, 3)]
    settings = read_settings(source, IngestRecipe())
    cut = [reading for segment in segments for reading in read_segment(segment, settings)]
    assert cut == read_all(source)
    assert len(cut) == 15


def test_dataset_turns_field_makes_dialogues(tmp_path: Path) -> None:
    found = extracts(InputSource(path=f"hf:{write_dataset(tmp_path)}:chats", turns_field="talk"))
    assert [one.text for one in found] == [f"user: 질문 {number}?\n\nassistant: 답." for number in range(3)]
    assert all(one.is_conversation for one in found)


def test_dataset_row_states_licence_language_and_address_itself(tmp_path: Path) -> None:
    row = {"text": "Words.", "terms": "MIT", "lang": "en", "from": "https://example.org/a"}
    write_jsonl(tmp_path / "train.jsonl", [row, {"text": "More.", "terms": None, "lang": None, "from": None}])
    (tmp_path / "README.md").write_text("---\nlicense: cc0-1.0\nlanguage: ko\n---\n", encoding="utf-8")
    source = InputSource(path=f"hf:{tmp_path}", licence_field="terms", language_field="lang", url_field="from")
    first, second = extracts(source)
    assert (first.licence, first.language) == ("MIT", "en")
    assert first.uri == f"hf:{tmp_path}/train.jsonl!/https://example.org/a"
    assert (second.licence, second.language, second.uri) == ("CC0-1.0", "ko", f"hf:{tmp_path}/train.jsonl")


def test_dataset_formats_give_the_same_rows(tmp_path: Path) -> None:
    rows = rows_of(range(4))
    for name in ("json", "zipped", "csv", "parquet", "arrow"):
        (tmp_path / name).mkdir()
    write_jsonl(tmp_path / "json/train.jsonl", rows)
    packed = (tmp_path / "json/train.jsonl").read_bytes()
    (tmp_path / "zipped/train.jsonl.gz").write_bytes(gzip.compress(packed))
    with (tmp_path / "csv/train.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    card = "---\nconfigs:\n- config_name: default\n  data_files: train.csv\n  sep: ;\n---\n"
    (tmp_path / "csv/README.md").write_text(card, encoding="utf-8")
    write_parquet(tmp_path / "parquet/train.parquet", rows)
    Dataset.from_list(rows).save_to_disk(tmp_path / "arrow")
    texts = {
        folder.name: [one.text for one in extracts(InputSource(path=f"hf:{folder}", text_field="body"))]
        for folder in sorted(tmp_path.iterdir())
    }
    assert len(texts) == 5
    assert set(map(tuple, texts.values())) == {tuple(str(row["body"]) for row in rows)}


def test_dataset_text_files_are_whole_documents(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("First line.\n\nSecond paragraph.\n", encoding="utf-8")
    (found,) = extracts(InputSource(path=f"hf:{tmp_path}"))
    assert found.text == "First line.\n\nSecond paragraph.\n"


def test_dataset_file_with_pattern_signs_in_its_name_is_read(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "train [2024].jsonl", rows_of(range(2)))
    assert len(extracts(InputSource(path=f"hf:{tmp_path}", text_field="body"))) == 2


def test_dataset_row_without_text_and_large_row_are_refused_and_the_rest_is_read(tmp_path: Path) -> None:
    write_parquet(tmp_path / "train.parquet", [{"text": "x" * 5000}, {"text": None}, {"text": "Words."}])
    source = InputSource(path=f"hf:{tmp_path}")
    (segment,) = (
        one for shard in plan_segments(discover([source]).items, shard_bytes=2**20, min_shards=1) for one in shard
    )
    settings = read_settings(source, IngestRecipe(max_record_bytes=2000, max_inflation_ratio=10_000))
    large, empty, kept = read_segment(segment, settings)
    assert isinstance(large, NotRead) and large.why.reason == "too_large"
    assert isinstance(empty, NotRead) and empty.why.reason == "no_text"
    assert isinstance(kept, Extract) and (kept.text, kept.offset) == ("Words.", 2)


def test_dataset_row_group_that_inflates_too_far_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    table = pa.table({"text": ["a" * 3_000_000, "b"]})
    pq.write_table(table, tmp_path / "train.parquet", compression="zstd", use_dictionary=False)
    source = InputSource(path=f"hf:{tmp_path}")
    (segment,) = (
        one for shard in plan_segments(discover([source]).items, shard_bytes=2**20, min_shards=1) for one in shard
    )
    (refused,) = read_segment(segment, read_settings(source, IngestRecipe(max_record_bytes=1000)))
    assert isinstance(refused, NotRead)
    assert "The row group has a page larger" in refused.why.detail


@pytest.mark.parametrize("name", ["train.parquet", "train.csv", "train.arrow"])
def test_dataset_damaged_file_is_one_failure(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b'{"text": "unclosed\x00\xff' * 20)
    (failed,) = read_all(InputSource(path=f"hf:{tmp_path}"))
    assert isinstance(failed, Failed)
    assert failed.format == "dataset"


def test_dataset_of_json_with_rows_of_other_columns_later_keeps_every_row(tmp_path: Path) -> None:
    # The library would fix the columns by the first 10 MB and give up at the first of the last two rows.
    rows: list[dict[str, object]] = [{"text": "a word " * 1000, "id": number} for number in range(1600)]
    rows += [{"text": "one more", "id": "x", "extra": {"a": 1}}, {"text": "the last", "id": None, "extra": [1]}]
    write_jsonl(tmp_path / "train.jsonl", rows)
    assert (tmp_path / "train.jsonl").stat().st_size > 11_000_000
    found = read_all(InputSource(path=f"hf:{tmp_path}"), shard_bytes=4_000_000)
    assert [one.text for one in found if isinstance(one, Extract)] == [row["text"] for row in rows]


def test_dataset_of_json_with_messages_of_mixed_types_keeps_their_words(tmp_path: Path) -> None:
    parts = [{"type": "text", "text": "Second."}]
    rows = [{"messages": [{"role": "user", "content": "First."}, {"role": "assistant", "content": parts}]}]
    write_jsonl(tmp_path / "train.jsonl", rows)
    (found,) = extracts(InputSource(path=f"hf:{tmp_path}"))
    assert found.text == "user: First.\n\nassistant: Second."


def test_dataset_damaged_json_line_costs_one_row(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text('{"text": "One."}\n{"text": \n{"text": "Three."}\n', encoding="utf-8")
    first, damaged, third = read_all(InputSource(path=f"hf:{tmp_path}"))
    assert isinstance(damaged, NotRead) and damaged.why.reason == "invalid_json"
    assert isinstance(first, Extract) and isinstance(third, Extract)


def test_dataset_of_json_in_a_field_that_the_card_names_is_read(tmp_path: Path) -> None:
    (tmp_path / "train.json").write_text('{"version": 1, "rows": [{"text": "One."}, {"text": "Two."}]}')
    card = "---\nconfigs:\n- config_name: default\n  data_files: train.json\n  field: rows\n---\n"
    (tmp_path / "README.md").write_text(card, encoding="utf-8")
    found = extracts(InputSource(path=f"hf:{tmp_path}"))
    assert [(one.text, one.offset, one.format) for one in found] == [("One.", 0, "dataset"), ("Two.", 1, "dataset")]


def test_dataset_of_csv_keeps_words_that_look_like_missing_values(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("text,title\nNA,None\nWords.,null\n", encoding="utf-8")
    found = extracts(InputSource(path=f"hf:{tmp_path}"))
    assert [(one.text, one.title) for one in found] == [("NA", "None"), ("Words.", "null")]


def test_dataset_without_rows_is_empty(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), tmp_path / "train.parquet")
    (refused,) = read_all(InputSource(path=f"hf:{tmp_path}"))
    assert isinstance(refused, NotRead) and refused.why.reason == "empty"
