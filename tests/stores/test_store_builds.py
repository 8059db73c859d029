"""Whole builds on S3 and Google Cloud Storage: inputs, output and cache there; killed, locked and resumed."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from end_to_end.command import command
from small_builds import Observer, recipe_of

from pipeline.build import build_sft
from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.errors import FolderBusyError, StoreError
from pipeline.evaluate.material import read_material
from pipeline.io import files
from pipeline.io.lease import owner_of
from pipeline.records import Split
from pipeline.train.data.rows import read_row_set
from pipeline.train.run.identity import data_fingerprint
from pipeline.verify.run import verify_folder
from stores.conftest import BUCKET, Store
from stores.fault_proxy import Fault, Request

pytestmark = [pytest.mark.workers, pytest.mark.end_to_end]

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = ROOT / "pipeline" / "bundled" / "documents" / "manual" / "en" / "short"
COMPARED = (
    *("corpus/", "sft/", "tokens/", "exports/", "files/", "rejected/", "dead/", "work/documents/"),
    "packs.parquet",
)
NUM_DOCUMENTS = 4


def upload_documents(store: Store) -> str:
    folder = store.url("inputs")
    for path in sorted(DOCUMENTS.iterdir())[:NUM_DOCUMENTS]:
        files.write_text(files.join(folder, path.name), path.read_text(encoding="utf-8"))
    return folder


def recipe(store: Store) -> Recipe:
    return recipe_of(upload_documents(store), overrides=["ingest.min_shards=2", "ingest.shard_bytes=20000"])


def build_here(recipe: Recipe, output: str) -> None:
    build_sft(recipe, output=output, start=Start.RESUME, beam_options=[], observer=Observer())


def start(recipe: Recipe, output: str, folder: Path) -> subprocess.Popen[str]:
    """Start `pipeline build-sft` as a process of its own, in this process's environment."""
    path = folder / "recipe.yaml"
    path.write_text(recipe.model_dump_json(), encoding="utf-8")
    return subprocess.Popen(
        command("build-sft", str(path), "--output", output),
        env={**os.environ, "COLUMNS": "200", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
    )


def outputs_of(folder: str) -> dict[str, bytes]:
    found = {}
    for path in files.list_files(folder):
        name = path[len(folder) + 1 :]
        if name.startswith(COMPARED):
            with files.open_binary(path) as file:
                found[name] = file.read()
    return found


class Hidden:
    """Leaves the first file of each kind out of the first few listings that would show it."""

    def __init__(self, *parts: str) -> None:
        self.left = dict.fromkeys(parts, 4)
        self._names: dict[str, str] = {}

    def __call__(self, name: str) -> bool:
        part = next((one for one in self.left if one in name), None)
        if part is None or self._names.setdefault(part, name) != name:
            return False
        self.left[part] -= 1
        if not self.left[part]:
            del self.left[part]
        return True


class Killer:
    """Kills a client at a request of its own."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None
        self.killed_at = ""

    def __call__(self, request: Request, wanted: Callable[[str], bool]) -> bool:
        if self.process is None or self.killed_at or not request.committed or not wanted(request.committed):
            return False
        self.process.kill()
        self.process.wait()
        self.killed_at = request.committed
        return True


def run_until_killed(process: subprocess.Popen[str], killer: Killer) -> str:
    killer.process = process
    _, said = process.communicate(timeout=300)
    assert process.returncode == -9, said
    return killer.killed_at


def has_reports(commits: Sequence[str], stage: str, *, build: str = "build") -> bool:
    return any(name.startswith(f"{build}/work/shards/{stage}/") and name.endswith(".json") for name in commits)


def test_build_killed_in_mid_commit_goes_on_and_equals_a_local_one(store: Store, tmp_path: Path) -> None:
    made = recipe(store)
    local, remote = str(tmp_path / "local"), store.url("build")
    build_here(made, local)
    expected = outputs_of(local)
    assert len([name for name in expected if name.startswith("corpus/")]) >= 2 and "packs.parquet" in expected

    # 1. After a part became visible, before its report.
    killer = Killer()
    store.proxy.after = lambda request: killer(request, lambda name: "/corpus/" in name) and None
    killed_at = run_until_killed(start(made, remote, tmp_path), killer)
    assert files.exists(f"{store.protocol}://{BUCKET}/{killed_at}") and not has_reports(store.proxy.commits, "pack")
    assert files.exists(files.join(remote, files.LEASE_FILE)) and owner_of(remote) is None

    # 2. After all reports of a stage, before the manifest that has it.
    after_reports = Killer()
    store.proxy.after = lambda request: None
    store.proxy.fault = lambda request: (
        Fault.RESET
        if after_reports(request, lambda name: name.endswith("/manifest.json") and ended(store, "pack"))
        else None
    )
    assert run_until_killed(start(made, remote, tmp_path), after_reports).endswith("/manifest.json")
    assert "pack" not in files.read_json(files.join(remote, "manifest.json"))["stages"]

    # 3. A second build while the first is at work, on a store whose listings lag behind.
    hidden = Hidden("/corpus/bucket=", "/work/shards/pack/00000.json")
    store.proxy.hidden = hidden
    refused: list[str] = []

    def try_to_build(request: Request) -> None:
        if "/sft/" in request.committed and not refused:
            refused.append("")
            with pytest.raises(FolderBusyError) as busy:
                build_here(made, remote)
            refused[0] = busy.value.message

    store.proxy.fault = lambda request: None
    store.proxy.after = try_to_build
    process = start(made, remote, tmp_path)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert hidden.left == {}, "the listings left files out, and showed them in the end"
    assert f"build is in use: `pipeline build-sft` (process {process.pid} on " in refused[0]

    assert outputs_of(remote) == expected
    check_readers(remote, local)
    assert not files.exists(files.join(remote, files.LEASE_FILE))
    written = Counter(name for name in store.proxy.commits if "/work/documents/" in name)
    assert written and set(written.values()) == {1}, "a finished shard does not run again"


def test_store_that_fails_for_good_ends_a_build_with_a_remedy_and_the_build_goes_on_later(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    made, folder = recipe(store), store.url("broken")
    store.proxy.fault = lambda request: Fault.FULL if "broken/work/documents/" in request.committed else None
    with pytest.raises(StoreError, match=r"Cannot write \w+://builds/broken/work/documents/") as found:
        build_here(made, folder)
    assert "then run the same command again" in found.value.remedy
    store.proxy.fault = lambda request: Fault.FULL if request.committed == "broken/manifest.json" else None
    with pytest.raises(StoreError, match=r"Cannot write .*manifest\.json"):
        build_here(made, folder)
    assert has_reports(store.proxy.commits, "ingest", build="broken"), "the stage is finished, but for its record"


def check_readers(remote: str, local: str) -> None:
    """Commands that read a build find on the store what they find in a local folder."""
    assert not verify_folder(remote, show=lambda _: None).problems
    assert data_fingerprint(remote) == data_fingerprint(local)
    there, here = (read_material(folder) for folder in (remote, local))
    assert [one.doc_id for one in there.documents] == [one.doc_id for one in here.documents] != []
    rows = [read_row_set(files.join(folder, "tokens"), Split.TRAIN, max_tokens=2**20) for folder in (remote, local)]
    assert rows[0].row_ids_R.equals(rows[1].row_ids_R) and rows[0].counts == rows[1].counts
    assert rows[0].counts.used > 0


def ended(store: Store, stage: str) -> bool:
    return has_reports(store.proxy.commits, stage)
