"""The sample of documents and the measures of the benchmark of composed rows."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest
import yaml
from small_builds import build, recipe_of
from synthesis_documents import CONTRACT_KO, LEASE, LOG

from benchmarks._drawn_documents import draw_documents
from benchmarks.composed_rows import main, measure, summarise, token_shares
from pipeline.errors import InputError
from pipeline.export.reach import Reach
from pipeline.export.tally import read_tally

NEEDS = {
    "one place": Reach.ONE_PLACE,
    "far apart": Reach.FAR_APART,
    "several documents": Reach.SEVERAL_DOCUMENTS,
    "all of a kind": Reach.ALL_OF_A_KIND,
    "not in the document": Reach.ABSENCE,
}


def write_documents(root: Path) -> Path:
    for folder in ("legal/en", "legal/ko", "dialogue/en", "code/tools/src", "manual/en"):
        (root / folder).mkdir(parents=True)
    for number in range(3):
        (root / "legal/en" / f"lease{number}.txt").write_text(LEASE.replace("Kittiwake", f"Gull{number}") * 2)
    (root / "legal/ko/계약.txt").write_text(CONTRACT_KO * 4, encoding="utf-8")
    (root / "dialogue/en/log.txt").write_text(LOG * 3)
    (root / "legal/en/tiny.txt").write_text("Too short.")
    (root / "code/tools/pyproject.toml").write_text("[project]\nname = 'tools'\n")
    (root / "code/tools/src/a.py").write_text("def a():\n    return 1\n\n\n" * 60)
    rows = [json.dumps({"text": f"Record {number}. " + "It says what is in it. " * 60}) for number in range(30)]
    (root / "manual/en/rows.jsonl.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    return root


def test_drawn_documents_are_single_files_of_every_folder_and_a_whole_project(tmp_path: Path) -> None:
    data = write_documents(tmp_path / "data")
    draw_documents(data, tmp_path / "out", num_files=50, seed=3)
    names = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert Counter(name.rsplit("/", 1)[0] for name in names) == {
        "recipe.yaml": 1, "legal/en": 3, "legal/ko": 1, "dialogue/en": 1, "manual/en": 10, "code/files": 1,
        "trees/tools": 1, "trees/tools/src": 1,
    }  # fmt: skip
    recipe = yaml.safe_load((tmp_path / "out" / "recipe.yaml").read_text())
    assert [one["join"] for one in recipe["inputs"]] == ["file"] * 5 + ["tree"]
    assert recipe["synthesize"]["written"]["tasks"] == []
    draw_documents(data, tmp_path / "again", num_files=50, seed=3)
    again = sorted(
        str(path.relative_to(tmp_path / "again")) for path in (tmp_path / "again").rglob("*") if path.is_file()
    )
    assert again == names


def test_folder_without_domains_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match="no folder named"):
        draw_documents(tmp_path, tmp_path / "out", num_files=9, seed=3)
    assert main(["--data", str(tmp_path), "--quick"]) == 2
    assert "no folder named" in capsys.readouterr().out


@pytest.mark.end_to_end
def test_measures_of_a_build_are_those_that_it_counted_itself(tmp_path: Path) -> None:
    result, _ = build(recipe_of("bundled:legal/en"), tmp_path / "build")
    measured = measure(tmp_path / "build")
    counters = result.manifest.stages["export"].counters
    tally = read_tally(counters)
    assert len(measured.needs) >= 3
    assert {NEEDS[name].value: count for name, count in measured.needs.items()} == {
        name: amount.turns for name, amount in tally.by["needs"].items()
    }
    families: Counter[str] = Counter()
    for (family, _), count in measured.families.items():
        families[family] += count
    assert families == {name: amount.turns for name, amount in tally.by["family"].items()}
    assert measured.family_loss == {name: amount.loss_tokens for name, amount in tally.by["family"].items()}
    assert measured.tokens == sum(amount.tokens for amount in tally.by["domain"].values())
    assert (measured.tokens, measured.loss_tokens) == token_shares(tmp_path / "build")
    summary = summarise(measured, (1000, 10))
    assert summary["times"] == pytest.approx(measured.loss_tokens / measured.tokens / 0.01, abs=0.01)
    assert summary["turns_per_row"] > 1
