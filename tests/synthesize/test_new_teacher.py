"""A teacher is added by one file: a parrot, in a copy of the package, is chosen by a recipe and writes a row."""

from __future__ import annotations

import filecmp
import json
from pathlib import Path
from typing import Any

import pytest
from package_copy import ROOT, copy_package, run_with_copy
from small_student import small_tokenizer
from synthesis_documents import LEASE, question_json

MODULE = """
from pathlib import Path
from typing import Literal

from pipeline.config.build import TeacherOptions
from pipeline.synthesize.teachers.plugin import TeacherPlugin
from pipeline.synthesize.teachers.protocol import BatchOrder, FinishReason, TeacherReply


class ParrotOptions(TeacherOptions):
    kind: Literal["parrot"] = "parrot"
    phrase_file: str = "nothing.json"


class Parrot:
    batch_order = BatchOrder.BY_DOCUMENT

    def __init__(self, options):
        self.name = f"parrot:{options.model}"
        self._phrase = Path(options.phrase_file).read_text()

    def answer(self, requests):
        return [TeacherReply(self._phrase, FinishReason.STOP, 1, 0, 1, "") for _ in requests]


TEACHER = TeacherPlugin(options=ParrotOptions, open=lambda options, seed: Parrot(options), check=Parrot)
"""

SCRIPT = """
import json
from pathlib import Path

from pipeline.build import build_sft
from pipeline.config.schemas import generate_schemas
from pipeline.config.start import Start
from pipeline.errors import PipelineError
from pipeline.config.load import load_recipe
from pipeline.stages.code import files_of


class Silent:
    def __getattr__(self, name):
        return lambda *_: None


def complaint(*overrides):
    try:
        build_sft(load_recipe("recipe.yaml", overrides=overrides), output="refused", start=Start.RESUME,
                  beam_options=[], observer=Silent())
    except PipelineError as error:
        return error.remedy
    except FileNotFoundError as error:
        return error.filename


if __name__ == "__main__":
    recipe = load_recipe("recipe.yaml", overrides=[])
    built = build_sft(recipe, output="out", start=Start.RESUME, beam_options=[], observer=Silent())
    schema = json.loads(generate_schemas()["recipe.schema.json"])
    (teacher,) = (section["properties"]["teacher"] for name, section in schema["$defs"].items()
                  if name == "SynthesizeRecipe")
    rows = [json.loads(line) for path in Path("out/sft").glob("*.jsonl") for line in path.read_text().splitlines()]
    print(json.dumps({
        "options": recipe.synthesize.teacher.model_dump(mode="json"),
        "recorded": built.manifest.recipe["synthesize"]["teacher"]["phrase_file"],
        "schema": [schema["$defs"][option["$ref"].rpartition("/")[2]]["title"] for option in teacher["oneOf"]],
        "code": [path.name for path in files_of("pipeline.stages.synthesize") if path.name == "parrot.py"],
        "misspelt": complaint("synthesize.teacher.phrase_fil=x"),
        "anothers": complaint("synthesize.teacher.kind=openai", "synthesize.teacher.phrase_file=x.json"),
        "checked": complaint("synthesize.teacher.phrase_file=missing.json"),
        "rows": sorted({(row["teacher"], row["task"]) for row in rows}),
    }))
"""


def touched(copy: Path) -> list[str]:
    """Source files of a copy that are new or differ, by their path in the package."""
    files = sorted(path.relative_to(copy) for path in copy.rglob("*") if path.suffix in (".py", ".yaml", ".html"))
    assert len(files) > 300
    return [
        path.as_posix()
        for path in files
        if not (ROOT / path).exists() or not filecmp.cmp(copy / path, ROOT / path, shallow=False)
    ]


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A folder with a lease, what the parrot says of it, a tokenizer, and the recipe that names the parrot."""
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "lease.md").write_text(LEASE, encoding="utf-8")
    small_tokenizer().save_pretrained(tmp_path / "tokenizer")
    phrase = question_json(
        "How much annual rent does the Club pay for the wooden shed?",
        "GBP 4,800",
        "The Club shall pay the Board an annual rent of GBP 4,800 for the shed.",
    )
    (tmp_path / "phrase.json").write_text(phrase, encoding="utf-8")
    recipe = {
        "name": "parrot",
        "inputs": [{"path": str(documents), "domain": "legal"}],
        "pack": {"tokenizer": str(tmp_path / "tokenizer")},
        "packing": {"edges": [16384]},
        "synthesize": {
            "teacher": {"kind": "parrot", "model": "green", "phrase_file": "phrase.json"},
            "written": {
                "tasks": ["qa"],
                "segment_tokens": 300,
                "questions_per_document": 20,
                "judged": False,
                "attempts": [],
            },
            "structural": {"tasks": []},
        },
    }
    (tmp_path / "recipe.yaml").write_text(json.dumps(recipe), encoding="utf-8")
    return tmp_path


def test_one_file_adds_a_teacher_to_recipes_schema_and_builds(workplace: Path) -> None:
    copy = copy_package(workplace, "bundled")
    (copy / "synthesize" / "teachers" / "parrot.py").write_text(MODULE, encoding="utf-8")
    assert touched(copy) == ["synthesize/teachers/parrot.py"]
    (workplace / "script.py").write_text(SCRIPT, encoding="utf-8")
    done = run_with_copy(workplace, "script.py")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["options"] == {
        "kind": "parrot",
        "model": "green",
        "prompt_form": "chat",
        "chat_template_kwargs": {},
        "max_model_tokens": 8192,
        "max_answer_tokens": 512,
        "temperature": 0.0,
        "batch_size": 32,
        "max_failed_share": 0.0,
        "price_per_million_prompt_tokens": None,
        "price_per_million_cached_tokens": None,
        "price_per_million_answer_tokens": None,
        "currency": "USD",
        "tokens_per_second": None,
        "phrase_file": "phrase.json",
    }
    assert found["recorded"] == "phrase.json"
    assert found["schema"] == [
        "BatchOptions", "OpenAIOptions", "ParrotOptions", "ReplayOptions", "TransformersOptions", "VllmOptions",
    ]  # fmt: skip
    assert found["code"] == ["parrot.py"], "the stage runs again when the teacher changes"
    assert found["misspelt"] == "Did you mean 'phrase_file'?"
    assert found["anothers"].startswith("It belongs to parrot; valid keys there: kind, model, ")
    assert found["checked"] == "missing.json", "before anything is run"
    assert found["rows"] == [["parrot:green", "qa"]]
