from __future__ import annotations

import json
from pathlib import Path

import pytest
from datasets import Dataset, DatasetDict

from pipeline.config.build import InputSource
from pipeline.documents.discovery import discover
from pipeline.errors import InputError
from tests.dataset_folders import rows_of, write_dataset, write_jsonl, write_parquet


def keys(**source: str) -> list[str]:
    return [item.key for item in discover([InputSource(**source)]).items]  # type: ignore[arg-type]


def refusal(**source: str) -> str:
    with pytest.raises(InputError) as caught:
        discover([InputSource(**source)])  # type: ignore[arg-type]
    return str(caught.value)


def test_discover_data_set_reads_train_unless_splits_are_named(tmp_path: Path) -> None:
    path = f"hf:{write_dataset(tmp_path)}"
    train = ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"]
    test = ["data/test-00000-of-00001.parquet"]
    assert keys(path=path) == train
    assert keys(path=path, split="test+train") == test + train
    assert keys(path=path, config="chats") == ["chats.jsonl"]


def test_discover_data_set_names_items_by_the_input(tmp_path: Path) -> None:
    path = f"hf:{write_dataset(tmp_path)}"
    first, _ = discover([InputSource(path=path)]).items
    assert first.uri == f"{path}/data/train-00000-of-00002.parquet"
    assert first.path == f"{tmp_path}/data/train-00000-of-00002.parquet"
    assert first.dataset is not None
    assert (first.dataset.builder, first.dataset.licence, first.dataset.language) == ("parquet", "CC-BY-4.0", "ko")


def test_discover_data_set_moved_keeps_keys_and_changed_file_changes_version(tmp_path: Path) -> None:
    here, there = write_dataset(tmp_path / "here"), write_dataset(tmp_path / "there")
    assert keys(path=f"hf:{here}") == keys(path=f"hf:{there}")
    before = discover([InputSource(path=f"hf:{here}")]).items
    write_parquet(here / "data/train-00001-of-00002.parquet", rows_of(range(3)))
    after = discover([InputSource(path=f"hf:{here}")]).items
    assert [one.version == other.version for one, other in zip(before, after, strict=True)] == [True, False]


def test_discover_data_set_without_card_finds_splits_by_file_names(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "train.jsonl", rows_of(range(2)))
    write_jsonl(tmp_path / "validation.jsonl", rows_of(range(2)))
    assert keys(path=f"hf:{tmp_path}", split="validation") == ["validation.jsonl"]
    assert "one of: train, validation" in refusal(path=f"hf:{tmp_path}", split="dev")


def test_discover_file_of_two_data_set_inputs_belongs_to_the_first(tmp_path: Path) -> None:
    path = f"hf:{write_dataset(tmp_path)}"
    items = discover([InputSource(path=path, split="test"), InputSource(path=path, split="test+train")]).items
    assert [item.source_index for item in items] == [0, 1, 1]


def test_discover_saved_data_set_reads_the_files_that_its_state_names(tmp_path: Path) -> None:
    Dataset.from_list(rows_of(range(6))).save_to_disk(tmp_path / "one", num_shards=2)
    (tmp_path / "one/cache-12ab.arrow").write_bytes(b"a result that map() left")
    assert keys(path=f"hf:{tmp_path}/one") == ["data-00000-of-00002.arrow", "data-00001-of-00002.arrow"]
    both = DatasetDict(train=Dataset.from_list(rows_of(range(3))), test=Dataset.from_list(rows_of(range(2))))
    both.save_to_disk(tmp_path / "both")
    assert keys(path=f"hf:{tmp_path}/both", split="test") == ["test/data-00000-of-00001.arrow"]
    assert "has no configurations" in refusal(path=f"hf:{tmp_path}/both", config="x")


@pytest.mark.parametrize("state", ['{"_data_files": [{"filename": "../../x.arrow"}]}', "{", '{"_data_files": 3}', "[]"])
def test_discover_saved_data_set_with_a_bad_state_is_refused(state: str, tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text(state, encoding="utf-8")
    assert "not what save_to_disk writes" in refusal(path=f"hf:{tmp_path}")


def test_discover_data_set_messages_name_the_remedy(tmp_path: Path) -> None:
    path = f"hf:{write_dataset(tmp_path / 'set')}"
    assert "Set config to one of: default, chats." in refusal(path=path, config="kids")
    assert "Set split to one of: train, test" in refusal(path=path, split="dev")
    (tmp_path / "empty").mkdir()
    assert "holds no data files" in refusal(path=f"hf:{tmp_path}/empty")


def test_discover_data_set_with_a_script_never_runs_it(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "scripted")
    trace = tmp_path / "ran"
    (folder / "scripted.py").write_text(f"open({str(trace)!r}, 'w').close()", encoding="utf-8")
    assert "no code of a data set is run" in refusal(path=f"hf:{folder}")
    assert not trace.exists()


def test_discover_data_set_of_pickles_is_refused(tmp_path: Path) -> None:
    card = {"configs": [{"config_name": "default", "data_files": "x.pkl"}]}
    (tmp_path / "README.md").write_text(f"---\n{json.dumps(card)}\n---\n", encoding="utf-8")
    (tmp_path / "x.pkl").write_bytes(b"\x80\x04.")
    assert refusal(path=f"hf:{tmp_path}")


def test_discover_data_set_whose_file_is_a_link_out_of_the_folder_needs_follow_links(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "blobs/12ab", rows_of(range(2)))
    (tmp_path / "snapshot").mkdir()
    (tmp_path / "snapshot/train.jsonl").symlink_to("../blobs/12ab")
    path = f"hf:{tmp_path}/snapshot"
    assert "Set follow_links: true" in refusal(path=path)
    (item,) = discover([InputSource(path=path, follow_links=True)]).items
    assert (item.key, item.num_bytes > 0) == ("train.jsonl", True)


@pytest.mark.parametrize("where", ["../secret.jsonl", "{folder}/../secret.jsonl"])
def test_discover_data_set_whose_card_names_a_file_outside_is_refused(where: str, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    write_jsonl(tmp_path / "secret.jsonl", rows_of(range(2)))
    card = {"configs": [{"config_name": "default", "data_files": where.format(folder=folder)}]}
    (folder / "README.md").write_text(f"---\n{json.dumps(card)}\n---\n", encoding="utf-8")
    assert "not part of the data set" in refusal(path=f"hf:{folder}")
