"""A structural task is added by one file: a toy task in a copy of the package builds rows through a recipe."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from package_copy import copy_package, run_with_copy
from small_student import small_tokenizer
from structural_documents import LEASE

MODULE = '''
"""The task `opening`: the words that a document begins with."""

from pipeline.synthesize.structural.facts import Findings, Span, make_fact
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, thresholds_in

_MAX_CHARS = 80
OPENING_WORDS = Form("opening.words", {"en": ("which line opens this document?", "how does this document begin?")})


def opening_facts(reading: Reading) -> Findings:
    line = reading.text.partition("\\n")[0]
    span = Span(0, min(len(line), _MAX_CHARS))
    return Findings(
        facts=(make_fact(form=OPENING_WORDS, slots={}, answer=line[: span.end], spans=[span]),), unasked=()
    )


TASK = StructuralTask(
    name="opening", finds={"legal": opening_facts}, forms=(OPENING_WORDS,), thresholds=thresholds_in(globals())
)
'''

RECIPE = """
name: toy
inputs: [{path: lease.txt, domain: legal, language: en}]
clean: {languages: [LANGUAGE]}
pack: {tokenizer: tokenizer, buckets: [16384]}
synthesize: {written: {tasks: []}, structural: {tasks: [opening]}}
"""

VERSIONS = """
import json
from pipeline.synthesize.structural.phrasing import task_version
from pipeline.synthesize.tasks import task_names
print(json.dumps({f"{name} {code}": task_version(name, code) for name in task_names() for code in ("en", "ko")}))
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The folder of tasks in a copy of the package."""
    return copy_package(tmp_path) / "synthesize" / "tasks"


def test_one_file_adds_a_task_whose_rows_a_recipe_builds(package: Path, tmp_path: Path) -> None:
    (package / "opening.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "lease.txt").write_text(LEASE, encoding="utf-8")
    small_tokenizer().save_pretrained(tmp_path / "tokenizer")
    for code in ("en", "ko"):
        (tmp_path / f"{code}.yaml").write_text(RECIPE.replace("LANGUAGE", code), encoding="utf-8")

    done = run_with_copy(tmp_path, "-m", "pipeline", "build-sft", "en.yaml", "--output", "out")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for path in (tmp_path / "out" / "sft").glob("*.jsonl") for line in path.open()]
    assert [(row["task"], row["messages"][-1]["content"]) for row in rows] == [("opening", "WORKSHOP LEASE")]
    assert rows[0]["prompt_version"].startswith("opening-")
    assert rows[0]["evidence"][0]["quote"] == "WORKSHOP LEASE"

    done = run_with_copy(tmp_path, "-m", "pipeline", "build-sft", "ko.yaml", "--output", "other")
    assert done.returncode != 0
    assert "opening.words" in done.stderr, "the task has no Korean wording"


def test_task_under_another_name_than_its_file_is_named(package: Path, tmp_path: Path) -> None:
    (package / "begins.py").write_text(MODULE, encoding="utf-8")
    done = run_with_copy(tmp_path, "-c", VERSIONS)
    assert done.returncode != 0
    assert "begins.py: the name of TASK must be 'begins', not 'opening'" in done.stderr


@pytest.mark.parametrize(
    ("written", "instead", "changed"),
    [
        ("def amount_facts(", "# A comment.\ndef amount_facts(", set()),
        ("how much is the {name}", "what does the {name} come to", {"amount en"}),
        ("얼마입니까?", "얼마나 됩니까?", {"amount ko"}),
        ("_MAX_LISTED = 6", "_MAX_LISTED = 7", {"amount en", "amount ko"}),
    ],
)
def test_version_of_a_task_follows_its_wordings_and_thresholds_alone(
    package: Path, tmp_path: Path, written: str, instead: str, changed: set[str]
) -> None:
    before = json.loads(run_with_copy(tmp_path, "-c", VERSIONS).stdout)
    source = (package / "amount.py").read_text(encoding="utf-8")
    assert written in source
    (package / "amount.py").write_text(source.replace(written, instead), encoding="utf-8")
    after = json.loads(run_with_copy(tmp_path, "-c", VERSIONS).stdout)
    assert {name for name in before if before[name] != after[name]} == changed
    assert len(set(before.values())) == len(before)
