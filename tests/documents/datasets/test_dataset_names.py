from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline.config.build import InputSource
from pipeline.documents.datasets.card import card_language, card_licence, card_of
from pipeline.documents.datasets.names import is_dataset, parse_name
from pipeline.errors import InputError


@pytest.mark.parametrize(
    ("path", "is_one"),
    [("hf:owner/name", True), ("hf:/data/set", True), ("hf://datasets/o/n/x.parquet", False), ("hfx/a.txt", False)],
)
def test_is_dataset_only_paths_with_the_prefix(path: str, is_one: bool) -> None:
    assert is_dataset(path) is is_one


def test_parse_name_on_the_hub_takes_configuration_splits_and_revision() -> None:
    name = parse_name(InputSource(path="hf:owner/name:ko", split="train + test", revision="v2"))
    assert (name.path, name.config, name.splits, name.revision) == ("owner/name", "ko", ("train", "test"), "v2")
    assert not name.is_local


def test_parse_name_of_a_folder_is_a_local_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own/set").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    for path in ("hf:own/set", "hf:./own/set", f"hf:{tmp_path}/own/set", "hf:own/set/"):
        name = parse_name(InputSource(path=path, config="chats"))
        assert (Path(name.path).resolve(), name.is_local, name.config) == (tmp_path / "own/set", True, "chats")
    assert parse_name(InputSource(path="hf:own/set:chats")).config == "chats"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"path": "hf:/nowhere/set"}, "does not exist"),
        ({"path": "hf:a/b/c"}, "neither a data set's name nor a folder"),
        ({"path": "hf:a/b", "split": "train[:10%]"}, "split"),
        ({"path": "hf:a/b:one", "config": "two"}, "names the configuration one, but config is two"),
        ({"path": "hf:.", "revision": "main"}, "has no revision"),
    ],
)
def test_parse_name_that_cannot_be_meant_is_refused(keys: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said.replace("[", r"\[")):
        parse_name(InputSource(**keys))  # type: ignore[arg-type]


def test_parse_name_of_a_folder_with_pattern_signs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scans [2024]").mkdir()
    with pytest.raises(InputError, match="Rename the folder"):
        parse_name(InputSource(path=f"hf:{tmp_path}/scans [2024]"))


@pytest.mark.parametrize("key", ["config", "split", "revision"])
def test_input_with_keys_of_data_sets_needs_a_data_set(key: str) -> None:
    with pytest.raises(ValidationError, match=f"{key} needs a path that starts with hf:"):
        InputSource(path="folder", **{key: "x"})  # type: ignore[arg-type]


def test_input_with_text_fields_and_turns_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="not both"):
        InputSource(path="a.jsonl", text_fields=("a",), turns_field="b")


@pytest.mark.parametrize(
    ("listed", "spdx"),
    [
        ("mit", "MIT"),
        ("cc-by-sa-4.0", "CC-BY-SA-4.0"),
        ("cc0-1.0", "CC0-1.0"),
        ("apache-2.0", "Apache-2.0"),
        ("llama3.1", "llama3.1"),
        ("unknown", ""),
        (["cc-by-sa-3.0", "gfdl"], "CC-BY-SA-3.0 AND GFDL"),
        (["mit", "other"], ""),
        (None, ""),
    ],
)
def test_card_licence_is_an_spdx_expression(listed: object, spdx: str) -> None:
    assert card_licence({"license": listed}) == spdx


@pytest.mark.parametrize(("listed", "code"), [("ko", "ko"), (["en"], "en"), (["en", "ko"], ""), (None, "")])
def test_card_language_only_if_there_is_one(listed: object, code: str) -> None:
    assert card_language({"language": listed}) == code


@pytest.mark.parametrize("readme", ["# No card", "---\na: [\n---\n", "---\n- list\n---\n", "", "---\nnever closed"])
def test_card_of_a_readme_without_values_is_empty(readme: str) -> None:
    assert card_of(readme) == {}


def test_card_of_a_readme_with_bom_and_crlf_is_read() -> None:
    assert card_of("\ufeff---\r\nlicense: mit\r\n---\r\n# x\r\n") == {"license": "mit"}
