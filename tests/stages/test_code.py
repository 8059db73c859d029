"""The code of a stage: which files it runs, and that only a change of what they do changes its fingerprint."""

from __future__ import annotations

import ast
import io
import json
import subprocess
import sys
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from package_copy import ROOT, copy_package

from pipeline.stages.bare_source import bare_source
from pipeline.stages.code import _imported_names, files_of

NAMES = ("ingest", "decontaminate", "dedup", "pack", "synthesize", "export")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package, to be edited."""
    return copy_package(tmp_path)


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    return {name for name in NAMES if before[name] != after[name]}


def fingerprints(root: Path, edits: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Fingerprints of the stages of the package in a folder, as a new process finds them: as it is, then edit by edit.

    Args:
        root: the folder.
        edits: new contents of some files, by the name of the edit; they are undone before the next one.
    """
    script = (
        "import json, sys\n"
        "from pathlib import Path\n"
        "import pipeline\n"
        "from pipeline.stages import code\n"
        "root = Path(pipeline.__file__).parent\n"
        f"now = lambda: {{name: code.code_of('pipeline.stages.' + name) for name in {NAMES!r}}}\n"
        "found = {'': now()}\n"
        "for name, edit in json.load(sys.stdin).items():\n"
        "    paths = {root / path: text for path, text in edit.items()}\n"
        "    before = {path: path.read_bytes() for path in paths if path.exists()}\n"
        "    for path, text in paths.items():\n"
        "        path.parent.mkdir(exist_ok=True)\n"
        "        path.write_text(text, encoding='utf-8')\n"
        "    found[name] = now()\n"
        "    for path in paths:\n"
        "        path.write_bytes(before[path]) if path in before else path.unlink()\n"
        "print(json.dumps(found))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": ""},
        input=json.dumps(edits),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, dict[str, str]] = json.loads(done.stdout)
    return found


def edited(name: str) -> str:
    text = (ROOT / name).read_text(encoding="utf-8")
    return text + ("\nEDITED = 1\n" if name.endswith(".py") else "\n# edited\n")


def reworded(source: str) -> str:
    """The source with something added to each of its comments and docstrings, and comments on new lines."""
    lines = source.splitlines(keepends=True)
    ends = [
        (token.end[0], len(lines[token.end[0] - 1][: token.end[1]].encode()), 0)
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    ]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            assert node.end_lineno is not None and node.end_col_offset is not None
            before = lines[node.end_lineno - 1].encode()[: node.end_col_offset]
            ends.append((node.end_lineno, node.end_col_offset, 3 if before.endswith((b'"""', b"'''")) else 1))
    encoded = [line.encode() for line in lines]
    for row, end, quotes in sorted(ends, reverse=True):
        line = encoded[row - 1]
        encoded[row - 1] = line[: end - quotes] + b" In other words." + line[end - quotes :]
    return "# A new comment.\n\n" + b"".join(encoded).decode() + "\n    # A last one.\n"


def test_fingerprint_of_a_stage_changes_with_the_code_it_runs(package: Path) -> None:
    """Each module is edited in turn, some imported in a function only, some not by name."""
    edits = {
        "clean/normalise.py": {"ingest", "decontaminate", "synthesize"},
        "documents/reading.py": {"ingest", "decontaminate"},
        "decontamination/findings.py": {"decontaminate", "synthesize"},
        "stages/kept_documents.py": {"decontaminate", "dedup", "export", "ingest", "pack", "synthesize"},
        "dedup/banding.py": {"dedup"},
        "dedup/shingles.py": {"decontaminate", "dedup", "synthesize"},
        "transforms/find_clusters.py": {"dedup"},
        "dedup/passages.py": {"decontaminate", "dedup", "pack"},
        "stages/cluster_members.py": {"dedup", "pack"},
        "pack/split.py": {"pack"},
        "stages/placement.py": {"pack"},
        "languages/en/words.py": {"ingest", "synthesize", "export"},
        "languages/ko/examples.yaml": {"synthesize"},
        "languages/ko/particles.py": {"synthesize"},
        "languages/en/money.py": {"ingest", "pack", "synthesize"},
        "languages/ko/masking.py": {"ingest", "decontaminate"},
        "languages/en/headings.py": {"ingest", "decontaminate", "pack", "synthesize"},
        "languages/ko/versions.py": {"dedup", "synthesize", "export"},
        "languages/en/frames.py": {"pack", "synthesize", "export"},
        "languages/ko/__init__.py": set(NAMES),
        "languages/rules.py": set(NAMES),
        "synthesize/tasks/amount.py": {"synthesize"},
        "synthesize/structural/reading.py": {"synthesize"},
        "synthesize/cache.py": {"synthesize"},
        "synthesize/teachers/replay.py": {"synthesize"},
        "documents/grammar/code/parsing.py": {"ingest", "pack", "synthesize"},
        "documents/grammar/code/grammars/rust.py": {"ingest", "pack", "synthesize"},
        "documents/grammar/turns/families/irc.py": {"ingest", "pack", "synthesize"},
        "export/selection.py": {"export"},
        "stages/packs.py": {"export"},
        "tokens/pieces.py": {"pack", "synthesize", "export"},
        "records.py": set(NAMES),
        "io/parts.py": set(NAMES),
        "report/charts.py": set(),
        "train/loop/fit.py": set(),
        "verify/rows.py": set(),
    }
    found = fingerprints(package.parent, {name: {name: edited(name)} for name in edits})
    unedited = found.pop("")
    assert {name: changed(unedited, after) for name, after in found.items()} == edits


def test_fingerprint_does_not_change_when_every_comment_and_docstring_is_reworded(package: Path) -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in package.rglob("*.py") if "bundled" not in path.parts}
    every = {path.relative_to(package).as_posix(): reworded(source) for path, source in sources.items()}
    assert len(every) > 200
    assert sum(len(text) for text in every.values()) > sum(len(source) for source in sources.values()) + 50_000
    found = fingerprints(package.parent, {"reworded": every})
    assert found["reworded"] == found[""]


def test_new_file_changes_the_stages_whose_packages_it_joins(package: Path) -> None:
    new = {
        "documents/grammar/turns/families/telex.py": {"ingest", "pack", "synthesize"},
        "documents/grammar/code/grammars/cobol.py": {"ingest", "pack", "synthesize"},
        "documents/grammar/code/grammars/cobol/__init__.py": {"ingest", "pack", "synthesize"},
        "synthesize/prompts/fewshot.json": {"synthesize"},
        "synthesize/prompts/tables/units.csv": {"synthesize"},
        "dedup/nobody_imports_this.py": set(),
    }
    found = fingerprints(package.parent, {name: {name: "NEW = 1"} for name in new})
    unedited = found.pop("")
    assert {name: changed(unedited, after) for name, after in found.items()} == new


def test_import_statements_are_found_as_python_finds_them() -> None:
    modules = [path for path in sorted(ROOT.rglob("*.py")) if "bundled" not in path.parts]
    assert len(modules) > 200
    for path in modules:
        source = path.read_text(encoding="utf-8")
        parsed = set(_names_by_ast(ast.parse(source)))
        assert parsed <= _imported_names(bare_source(source)), path


def test_code_of_a_stage_holds_itself_and_nothing_of_training_or_reports() -> None:
    for name in NAMES:
        found = {path.relative_to(ROOT).as_posix() for path in files_of(f"pipeline.stages.{name}")}
        assert f"stages/{name}.py" in found
        assert "records.py" in found
        assert not {path for path in found if path.startswith(("train/", "report/", "evaluate/", "cli/", "verify/"))}


def test_code_of_a_stage_holds_every_family_of_turns_though_none_is_imported_by_name() -> None:
    families = {path.relative_to(ROOT).as_posix() for path in (ROOT / "documents/grammar/turns/families").glob("*.py")}
    assert len(families) > 10
    for name in ("ingest", "pack", "synthesize"):
        assert families <= {path.relative_to(ROOT).as_posix() for path in files_of(f"pipeline.stages.{name}")}


def test_module_that_does_not_exist_is_refused() -> None:
    with pytest.raises(FileNotFoundError):
        files_of("pipeline.stages.nothing")


def _names_by_ast(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("pipeline."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pipeline"):
            assert node.level == 0, "imports are absolute"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_files_of_a_stage_that_reads_code_hold_every_programming_language() -> None:
    found = {path.name for path in files_of("pipeline.stages.synthesize") if path.parent.name == "grammars"}
    assert {"__init__.py", "python.py", "rust.py", "cpp.py"} <= found


def test_modules_that_are_imported_by_a_computed_name_are_listed_by_their_package() -> None:
    """What `import_module` imports is seen no other way; languages are followed subject by subject."""
    found = {path for name in NAMES for path in files_of(f"pipeline.stages.{name}") if path.suffix == ".py"}
    computed = {path for path in found if "import_module(" in path.read_text(encoding="utf-8")}
    assert len(computed) >= 3
    for path in computed - {ROOT / "languages" / "__init__.py"}:
        assert path.name == "__init__.py"
        assert "iter_modules(" in path.read_text(encoding="utf-8")
