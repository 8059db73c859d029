"""The example pipeline with a DoFn of its own: what it writes, in this process and with two worker processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from synthesis_documents import CONTRACT_KO, LEASE

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "examples" / "beam_pipeline.py"


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        (folder / f"lease{number}.md").write_text(LEASE + f"\nSigned in copy {number}.\n")
    (folder / "wordless.txt").write_text(LEASE.replace("Kittiwake", "Gannet"))
    (folder / "계약.txt").write_text(CONTRACT_KO)
    (folder / "reflowed.md").write_text((LEASE + "\nSigned in copy 1.\n").replace(" ", "  "))
    (folder / "short.txt").write_text("Too short.")
    (folder / "broken.docx").write_bytes(b"PK\x03\x04 not a document")
    return folder


def written(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def run_here(inputs: Path, output: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> dict[str, bytes]:
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import beam_pipeline

    beam_pipeline.main([str(inputs), str(output), "--word", "kittiwake", *more])
    return written(output)


def test_example_asks_only_about_documents_that_its_own_dofn_keeps(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = run_here(inputs, tmp_path / "out", monkeypatch)
    rows = [json.loads(line) for name in found if name.startswith("rows-") for line in found[name].splitlines()]
    assert {Path(row["source_uri"]).name for row in rows} == {"lease0.md", "lease1.md", "lease2.md"}
    for row in rows:
        user, assistant = row["messages"]
        assert (user["role"], assistant["role"]) == ("user", "assistant")
        assert all(evidence["quote"] in user["content"] for evidence in row["evidence"])
        assert assistant["content"]
    assert len({row["id"] for row in rows}) == len(rows) > 6
    lost = {
        (name.split("-")[0], Path(one["source_uri"]).name, one.get("reason", ""))
        for name in found
        if not name.startswith(("rows-", "unasked-"))
        for one in map(json.loads, found[name].splitlines())
    }
    assert lost == {
        ("dropped", "short.txt", "too_short"),
        ("duplicates", "reflowed.md", "exact_duplicate"),
        ("unreadable", "broken.docx", ""),
    }


def test_example_asks_about_the_texts_that_its_own_dofn_changed(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = run_here(inputs, tmp_path / "out", monkeypatch, "--without", "signed in copy")
    rows = [json.loads(line) for name in found if name.startswith("rows-") for line in found[name].splitlines()]
    assert len(rows) > 6
    for row in rows:
        shown = row["messages"][0]["content"]
        assert "Signed in copy" not in shown
        assert all(evidence["quote"] in shown for evidence in row["evidence"])
    assert all(row["cluster_id"] for row in rows)
    assert not any(name.startswith("unfit-") for name in found)


@pytest.mark.workers
def test_example_writes_the_same_bytes_with_two_worker_processes(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = run_here(inputs, tmp_path / "here", monkeypatch)
    workers = ["--direct_num_workers=2", "--direct_running_mode=multi_processing"]
    subprocess.run(
        [sys.executable, str(SCRIPT), str(inputs), str(tmp_path / "there"), "--word", "kittiwake", *workers],
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert written(tmp_path / "there") == here
    assert sum(name.startswith("rows-") for name in here) > 1, "several shards are needed for two workers"
