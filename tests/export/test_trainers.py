import json

import pytest
import yaml

from pipeline.config.export import ExportRecipe
from pipeline.export.card import RowLabels, SourceDocument, TurnLabels, dataset_card
from pipeline.export.limits import limits_of
from pipeline.export.mix import mix_lines
from pipeline.export.tally import read_tally
from pipeline.export.trainers import (
    axolotl_yaml,
    dataset_info,
    dataset_name,
    llamafactory_yaml,
    trainer_tokens,
    trl_yaml,
)

NAMES = ["train-00000.jsonl", "train-00003.jsonl", "validation-00003.jsonl"]


@pytest.mark.parametrize("longest", [1, 191, 192, 193, 4096, 16001])
def test_trainer_tokens_leave_room_above_the_longest_row(longest):
    tokens = trainer_tokens(longest)
    assert longest + 64 <= tokens < longest + 64 + 256
    assert tokens % 256 == 0


def test_dataset_info_names_every_file_with_every_tag():
    info = dataset_info(name="legal-ko-32k", jsonl_names=NAMES)
    assert [entry["file_name"] for entry in info.values()] == NAMES
    assert "legal_ko_32k_train_00000" in info
    for entry in info.values():
        assert entry["formatting"] == "sharegpt"  # `openai` adds a system message
        assert entry["columns"] == {"messages": "messages"}
        assert {"role_tag", "content_tag", "user_tag", "assistant_tag", "system_tag"} <= set(entry["tags"])
    recipe = yaml.safe_load(llamafactory_yaml(name="legal-ko-32k", jsonl_names=NAMES, longest_row=9000))
    assert recipe["dataset"].split(",") == [dataset_name("legal-ko-32k", name) for name in NAMES[:2]]
    assert set(recipe["dataset"].split(",")) <= set(info)
    assert recipe["cutoff_len"] >= 9000
    assert recipe["train_on_prompt"] is False


def test_axolotl_yaml_reads_labels_and_raises_on_long_rows():
    config = yaml.safe_load(axolotl_yaml(jsonl_names=NAMES, model="owner/model", longest_row=9000))
    parquet = [f"exports/axolotl/{name.removesuffix('.jsonl')}.parquet" for name in NAMES]
    assert [entry["path"] for entry in config["datasets"]] == parquet[:2]
    assert [entry["path"] for entry in config["test_datasets"]] == parquet[2:]
    assert all(entry["ds_type"] == "parquet" for entry in [*config["datasets"], *config["test_datasets"]])
    assert config["sequence_len"] >= 9000
    assert config["excess_length_strategy"] == "raise"
    assert (config["sample_packing"], config["attn_implementation"]) == (True, "sdpa")  # else packed rows are mixed
    assert config["base_model"] == "owner/model"


@pytest.mark.parametrize("has_validation", [True, False])
def test_trl_yaml_reads_token_ids_and_holds_the_longest_row(has_validation):
    config = yaml.safe_load(trl_yaml(model="owner/model", longest_row=9000, has_validation=has_validation))
    assert config["max_length"] >= 9000
    assert (config["packing"], config["dataset_name"]) == (True, "exports/trl")
    assert "assistant_only_loss" not in config  # TRL refuses it for rows without messages
    assert ("dataset_test_split" in config) is has_validation
    assert config["eval_strategy"] == ("epoch" if has_validation else "no")


def row(**changes) -> RowLabels:
    values = {
        "split": "train",
        "domain": "legal",
        "language": "en",
        "bucket": 4096,
        "num_tokens": 3000,
        "num_loss_tokens": 30,
        "control_strings": 0,
        "doc_id": "a",
        "turns": (TurnLabels("qa", "written", "vllm:Qwen/Qwen3-32B"),),
    }
    return RowLabels(**{**values, **changes})


def test_dataset_card_counts_rows_and_points_loaders_at_the_splits():
    rows = [
        row(),
        row(doc_id="b", split="validation", language="ko", num_tokens=4000),
        row(turns=(TurnLabels("clause", "structural", "structural"),)),
    ]
    documents = [SourceDocument("a", "Apache-2.0", "a.txt"), SourceDocument("b", "CC-BY-4.0", "b.txt")]
    card = dataset_card(
        name="mixed", rows=rows, documents=documents, jsonl_names=NAMES, tokenizer="owner/model", seed=17
    )
    _, front, body = card.split("---\n", 2)
    meta = yaml.safe_load(front)
    assert meta["language"] == ["en", "ko"]
    assert meta["license"] == ["apache-2.0", "cc-by-4.0"]
    assert meta["configs"][0]["data_files"] == [
        {"split": "train", "path": "train-*.parquet"},
        {"split": "validation", "path": "validation-*.parquet"},
    ]
    assert "| train | 2 | 2 | 1 | 6,000 | 60 | 3,000 |" in body
    assert "| Korean | legal | written | 1 |" in body
    assert "## Mix" not in body
    assert "| CC-BY-4.0 | 1 |" in body
    assert "vllm:Qwen/Qwen3-32B" in body
    assert f"{trainer_tokens(4000):,}" in body
    assert json.dumps(meta)


def test_dataset_card_says_tokens_and_loss_tokens_of_each_group_and_the_mix():
    counters = {
        "turns_by/family/look_up": 2,
        "tokens_by/family/look_up": 7000,
        "loss_tokens_by/family/look_up": 60,
        "turns_in_row/2": 1,
        "depth/4096/0": 2,
        "mix/look_up_share/one_place": 2,
        "mix_total/look_up_share/all": 2,
    }
    tally = read_tally(counters)
    card = dataset_card(
        name="mixed",
        rows=[row()],
        documents=[SourceDocument("a", "Apache-2.0", "a.txt")],
        jsonl_names=NAMES,
        tokenizer="owner/model",
        seed=17,
        tally=tally,
        mix=mix_lines(limits_of(ExportRecipe()), tally),
    )
    assert "| family | turns | tokens | loss tokens |\n| --- | --- | --- | --- |\n| look_up | 2 | 7,000 | 60 |" in card
    assert "| turns in a row | rows |\n| --- | --- |\n| 2 | 1 |" in card
    assert "| one place answers | turns | at most 40.0% | 100.0% | 60.0 points too many |" in card
    assert "| 4,096 | 2 |" in card
