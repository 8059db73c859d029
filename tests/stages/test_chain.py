"""Fingerprints of the stages: each covers its recipe part, the seed where it draws, what came before, and its code."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import pipeline
from pipeline.config.build import DedupRecipe, InputSource
from pipeline.config.load import load_recipe
from pipeline.config.recipe import Recipe
from pipeline.dedup.signature import Signature
from pipeline.io.layout import BuildFolder
from pipeline.io.manifest import Manifest, StageRecord, write_manifest
from pipeline.io.parts import write_part
from pipeline.stages.chain import STAGES
from pipeline.stages.code import _imported_names, files_of

NAMES = ("ingest", "dedup", "pack", "synthesize", "export")
ROOT = Path(pipeline.__file__).parent


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "lease.txt").write_text("The tenant pays the rent. " * 40, encoding="utf-8")
    loaded = load_recipe(None, fragments=[], overrides=[])
    return loaded.model_copy(update={"inputs": (InputSource(path=str(tmp_path / "in")),)})


def fingerprints(recipe: Recipe, *, upstream: str = "state", folder: str = "") -> dict[str, str]:
    build = BuildFolder(folder or "memory://nowhere")
    stages = [plan(recipe, build, "" if index == 0 else upstream) for index, plan in enumerate(STAGES)]
    assert tuple(stage.name for stage in stages) == NAMES
    return {stage.name: stage.fingerprint for stage in stages}


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    return {name for name in NAMES if before[name] != after[name]}


def override(recipe: Recipe, *settings: str) -> Recipe:
    loaded = load_recipe(None, fragments=[], overrides=list(settings))
    return loaded.model_copy(update={"inputs": recipe.inputs})


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("ingest.unit_bytes=12345678", {"ingest"}),
        ("clean.min_chars=201", {"ingest"}),
        ("dedup.threshold=0.5", {"dedup"}),
        ("pack.min_tokens=7", {"pack"}),
        ("synthesize.written.questions_per_document=3", {"synthesize"}),
        ("synthesize.teacher.model=other", {"synthesize"}),
        ("export.validation_share=0.2", {"export"}),
        ("packing.window_rows=5000", {"export"}),
        ("finetune.max_tokens=12288", {"export"}),
        ("finetune.optimizer.learning_rate=1.0e-5", set()),
        ("seed=18", {"pack", "synthesize", "export"}),
        ("name=renamed", {"export"}),
    ],
)
def test_fingerprint_changes_with_the_stages_own_part_of_the_recipe_and_no_other(
    recipe: Recipe, setting: str, expected: set[str]
) -> None:
    assert changed(fingerprints(recipe), fingerprints(override(recipe, setting))) == expected


def test_tokenizer_belongs_to_every_stage_that_counts_tokens(recipe: Recipe, tmp_path: Path) -> None:
    other = recipe.model_copy(update={"pack": recipe.pack.model_copy(update={"tokenizer": str(tmp_path / "other")})})
    assert changed(fingerprints(recipe), fingerprints(other)) == {"pack", "synthesize", "export"}


def test_fingerprint_of_every_later_stage_changes_with_what_came_before(recipe: Recipe) -> None:
    assert changed(fingerprints(recipe), fingerprints(recipe, upstream="another state")) == set(NAMES[1:])


def test_fingerprint_of_ingest_changes_with_the_inputs_alone(recipe: Recipe, tmp_path: Path) -> None:
    before = fingerprints(recipe)
    (tmp_path / "in" / "second.txt").write_text("More. " * 99, encoding="utf-8")
    assert changed(before, fingerprints(recipe)) == {"ingest"}


def test_fingerprint_of_dedup_changes_with_the_earlier_builds_it_compares_with(recipe: Recipe, tmp_path: Path) -> None:
    earlier = BuildFolder(str(tmp_path / "earlier"))
    write_part(earlier.signature_part("00000"), [_signature()], Signature)

    def with_state(state: str) -> dict[str, str]:
        record = StageRecord("documents", 1, 1, 0, 0, 0.0, "f", (), {}, "digest", state)
        write_manifest(earlier, Manifest({"dedup": {}}, "f", 1, {}, {"dedup": record}))
        dedup: DedupRecipe = recipe.dedup.model_copy(update={"against": (earlier.root,)})
        return fingerprints(recipe.model_copy(update={"dedup": dedup}))

    assert changed(with_state("one"), with_state("two")) == {"dedup"}


def test_fingerprint_of_a_stage_changes_with_the_code_it_runs(tmp_path: Path) -> None:
    """In a copy of the package: each module is edited in turn, and a new process says which fingerprints changed."""
    shutil.copytree(ROOT, tmp_path / "pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    edits = {
        "clean/normalise.py": {"ingest"},
        "documents/reading.py": {"ingest"},
        "dedup/banding.py": {"dedup"},
        "dedup/shingles.py": {"dedup", "pack"},
        "stages/cluster.py": {"dedup"},
        "dedup/passages.py": {"dedup", "pack"},
        "stages/cluster_members.py": {"dedup", "pack"},
        "pack/split.py": {"pack"},
        "stages/placement.py": {"pack"},
        "languages/en/words.py": {"synthesize"},
        "languages/ko/examples.yaml": {"synthesize"},
        "languages/ko/questions.py": {"synthesize"},
        "languages/ko/particles.py": {"synthesize"},
        "languages/en/money.py": {"ingest", "pack", "synthesize"},
        "languages/ko/masking.py": {"ingest"},
        "languages/en/headings.py": {"ingest", "pack", "synthesize"},
        "languages/ko/versions.py": {"dedup"},
        "languages/en/frames.py": {"pack", "synthesize", "export"},
        "languages/ko/__init__.py": set(NAMES),
        "languages/rules.py": set(NAMES),
        "synthesize/structural/amounts.py": {"synthesize"},
        "synthesize/cache.py": {"synthesize"},
        "export/selection.py": {"export"},
        "stages/packs.py": {"export"},
        "tokens/pieces.py": {"pack", "synthesize", "export"},
        "records.py": set(NAMES),
        "io/parts.py": set(NAMES),
        "report/charts.py": set(),
        "train/loop/fit.py": set(),
        "verify/rows.py": set(),
    }
    found = _fingerprints_after_edits(tmp_path, list(edits))
    unedited = found.pop("")
    assert {name: changed(unedited, after) for name, after in found.items()} == edits


def _fingerprints_after_edits(root: Path, edits: list[str]) -> dict[str, dict[str, str]]:
    script = (
        "import json, sys\n"
        "from pathlib import Path\n"
        "import pipeline\n"
        "from pipeline.stages import code\n"
        "root = Path(pipeline.__file__).parent\n"
        f"names = {NAMES!r}\n"
        "now = lambda: {name: code.code_of(['stages.' + name]) for name in names}\n"
        "found = {'': now()}\n"
        "for edit in json.loads(sys.argv[1]):\n"
        "    path = root / edit\n"
        "    text = path.read_bytes()\n"
        "    path.write_bytes(text + b'\\n# edited\\n')\n"
        "    found[edit] = now()\n"
        "    path.write_bytes(text)\n"
        "print(json.dumps(found))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(edits)],
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, dict[str, str]] = json.loads(done.stdout)
    return found


def test_import_statements_are_found_as_python_finds_them() -> None:
    modules = [path for path in sorted(ROOT.rglob("*.py")) if "bundled" not in path.parts]
    assert len(modules) > 200
    for path in modules:
        source = path.read_text(encoding="utf-8")
        parsed = set(_names_by_ast(ast.parse(source)))
        assert parsed <= set(_imported_names(source)), path


def test_code_of_a_stage_holds_itself_and_nothing_of_training_or_reports() -> None:
    for name in NAMES:
        found = {path.relative_to(ROOT).as_posix() for path in files_of([f"stages.{name}"])}
        assert f"stages/{name}.py" in found
        assert "records.py" in found
        assert not {path for path in found if path.startswith(("train/", "report/", "evaluate/", "cli/", "verify/"))}


def test_code_of_a_stage_holds_every_family_of_turns_though_none_is_imported_by_name() -> None:
    families = {path.relative_to(ROOT).as_posix() for path in (ROOT / "documents/grammar/turns/families").glob("*.py")}
    assert len(families) > 10
    for name in ("ingest", "pack", "synthesize"):
        assert families <= {path.relative_to(ROOT).as_posix() for path in files_of([f"stages.{name}"])}


def test_module_that_does_not_exist_is_refused() -> None:
    with pytest.raises(FileNotFoundError):
        files_of(["stages.nothing"])


def _names_by_ast(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("pipeline."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pipeline"):
            assert node.level == 0, "imports are absolute"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _signature() -> Signature:
    return Signature("d", "", "legal", "a.txt", 0, "", 1, 0, "h", b"", b"", 0, b"", b"", 0)


def test_files_of_a_stage_that_reads_code_hold_every_programming_language() -> None:
    found = {path.name for path in files_of(["stages.synthesize"]) if path.parent.name == "grammars"}
    assert {"__init__.py", "python.py", "rust.py", "cpp.py"} <= found
