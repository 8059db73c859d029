"""Data sets of a hub on the loopback address, read in child processes, because the library reads `HF_ENDPOINT` once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dataset_folders import write_dataset
from tests.hub_server import COMMIT, GATED, NAME, serving

pytestmark = pytest.mark.workers

SCRIPT = """
import json, sys
from pipeline.config.build import InputSource
from pipeline.documents.discovery import discover
from pipeline.documents.versions import is_unchanged
from pipeline.errors import InputError
from tests.dataset_folders import read_all

for keys in json.loads(sys.argv[1]):
    source = InputSource(**keys)
    try:
        items = discover([source]).items
        readings = [[one.uri, one.offset, one.text, one.licence] for one in read_all(source, shard_bytes=200)]
    except InputError as error:
        print(json.dumps({"error": str(error)}))
        continue
    paths = [[item.path, item.version, is_unchanged(item.path, item.version)] for item in items]
    print(json.dumps({"items": paths, "readings": readings}))
"""


def in_child(endpoint: str, home: Path, *sources: dict[str, str], offline: str = "0") -> list[dict[str, object]]:
    """Return what a process with this endpoint finds and reads of each input."""
    env = os.environ | {
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": offline,
        "NO_PROXY": "127.0.0.1",
    }
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(sources)], env=env, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_hub_data_set_is_streamed_at_its_commit(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "set")
    with serving(folder) as endpoint:
        found, chats = in_child(
            endpoint,
            tmp_path / "home",
            {"path": f"hf:{NAME}", "text_field": "body"},
            {"path": f"hf:{NAME}", "config": "chats", "turns_field": "talk"},
        )
    items, readings = found["items"], found["readings"]
    assert isinstance(items, list) and isinstance(readings, list)
    first = "data/train-00000-of-00002.parquet"
    assert items[0][0] == f"hf://datasets/{NAME}@{COMMIT}/{first}"
    assert all(version and is_unchanged for _, version, is_unchanged in items)
    assert readings[3] == [f"hf:{NAME}/{first}", 3, "통지 3 of the notice.", "CC-BY-4.0"]
    assert len(readings) == 15
    dialogues = chats["readings"]
    assert isinstance(dialogues, list)
    assert [one[2] for one in dialogues] == [f"user: 질문 {number}?\n\nassistant: 답." for number in range(3)]
    stored = [path.name for path in (tmp_path / "home").rglob("*") if path.suffix in (".parquet", ".arrow")]
    assert not stored


def test_hub_data_set_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "set")
    with serving(folder) as endpoint:
        errors = in_child(
            endpoint,
            tmp_path / "home",
            {"path": f"hf:{GATED}"},
            {"path": "hf:me/nothing"},
            {"path": f"hf:{NAME}", "revision": "v9"},
            {"path": f"hf:{NAME}:kids"},
            {"path": f"hf:{NAME}:chats", "split": "train"},
        )
    said = [str(one["error"]) for one in errors]
    assert said[0] == (f"hf:{GATED} is gated. Ask for access on its page on the hub, then log in with: hf auth login")
    assert said[1].startswith("hf:me/nothing does not exist on the hub, or is private. Check the name")
    assert said[2] == f"hf:{NAME} has no revision 'v9'. Name a branch, a tag or a commit."
    assert said[3].endswith("Set config to one of: default, chats.")
    assert "Set split to one of: all" in said[4]


def test_hub_out_of_reach_is_one_sentence_with_the_remedy(tmp_path: Path) -> None:
    (found,) = in_child("http://127.0.0.1:9", tmp_path / "home", {"path": f"hf:{NAME}"}, offline="1")
    assert str(found["error"]).startswith(f"The hub cannot be reached for hf:{NAME} (")
    assert "give a copy as hf:FOLDER" in str(found["error"])


def test_files_of_a_hub_repository_are_listed_read_and_told_apart_when_they_change(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "set")
    (folder / "notes" / "deep").mkdir(parents=True)
    (folder / "notes" / "a.md").write_text("# 공지\n\nThe office moves in May.\n", encoding="utf-8")
    (folder / "notes" / "deep" / "b.jsonl").write_text('{"text": "첫째 줄"}\n{"text": "둘째 줄"}\n', encoding="utf-8")
    below = f"hf://datasets/{NAME}/notes"
    with serving(folder) as endpoint:
        found, one, missing = in_child(
            endpoint, tmp_path / "home", {"path": below}, {"path": f"{below}/a.md"}, {"path": f"{below}/none"}
        )
    items, readings = found["items"], found["readings"]
    assert isinstance(items, list) and isinstance(readings, list)
    assert [item[0].removeprefix("hf://") for item in items] == [
        f"datasets/{NAME}/notes/a.md",
        f"datasets/{NAME}/notes/deep/b.jsonl",
    ]
    assert all(version and is_unchanged for _, version, is_unchanged in items)
    texts = [reading[2] for reading in readings]
    assert "The office moves in May." in texts[0] and texts[1:] == ["첫째 줄", "둘째 줄"]
    assert one["readings"] == readings[:1]
    assert "does not exist" in str(missing["error"])
