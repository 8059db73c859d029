"""`files/` after a build: a file whose documents were dropped later says so, and the counts are those of the stages."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_builds import build, recipe_of

from pipeline.documents.skipped_names import PathKind
from pipeline.io.layout import BuildFolder
from pipeline.io.manifest import read_manifest
from pipeline.io.parts import read_parts
from pipeline.records import Context
from pipeline.stages.file_fates import Dropped, LaterFates
from pipeline.stages.source_files import FileFate, SourceFile
from pipeline.verify.run import verify_folder

DUPLICATE = Dropped("dedup", FileFate.REJECTED, "near_duplicate")
FAILED = Dropped("pack", FileFate.DEAD, "ValueError")
LEAKED = Dropped("decontaminate", FileFate.REJECTED, "contaminated")


def kept(uri: str, number: int = 1, *, kind: PathKind = PathKind.FILE, document_uri: str = "") -> SourceFile:
    return SourceFile(uri, document_uri or uri, 0, kind, "text", FileFate.KEPT, "", "", number, 0, 0)


def after(rows: list[SourceFile], documents: dict[str, str], dropped: dict[str, Dropped]) -> list[SourceFile]:
    """Rows after the build, given the URIs of the documents by id, in order."""
    later = LaterFates(dropped)
    for doc_id, uri in documents.items():
        later.add(doc_id, uri)
    return [later.after_build(row) for row in rows]


def said(row: SourceFile) -> tuple[str, str, str, int, int, int]:
    return row.fate.value, row.stage, row.reason, row.num_kept, row.num_rejected, row.num_dead


def test_file_is_kept_while_one_of_its_documents_is() -> None:
    (row,) = after([kept("a", 3)], {"1": "a", "2": "a", "3": "a"}, {"1": DUPLICATE, "3": FAILED})
    assert said(row) == ("kept", "", "", 1, 1, 1)


def test_file_without_documents_has_the_fate_of_the_first_that_the_last_stage_dropped() -> None:
    rows = [kept("a", 3), kept("b"), kept("c")]
    documents = {"1": "a", "2": "a", "3": "a", "4": "b", "5": "c"}
    found = after(rows, documents, {"1": FAILED, "2": LEAKED, "3": replace(FAILED, reason="later"), "4": DUPLICATE})
    assert [said(row) for row in found] == [
        ("dead", "pack", "ValueError", 0, 1, 2),
        ("rejected", "dedup", "near_duplicate", 0, 1, 0),
        ("kept", "", "", 1, 0, 0),
    ]


def test_two_files_of_one_name_have_their_own_documents() -> None:
    rows = [kept("page", 2), kept("page~2", 1, document_uri="page")]
    found = after(rows, {"1": "page", "2": "page", "3": "page"}, {"3": DUPLICATE})
    assert [(row.fate.value, row.num_kept) for row in found] == [("kept", 2), ("rejected", 0)]


def test_members_of_a_tree_share_its_fate_and_an_archive_has_the_best_fate_of_its_files() -> None:
    rows = [
        kept("app/a.py", 0, kind=PathKind.TREE_MEMBER, document_uri="app"),
        kept("app", 1, kind=PathKind.TREE),
        kept("z.zip!/i.tar!/a", kind=PathKind.MEMBER),
        kept("z.zip!/i.tar", 0, kind=PathKind.MEMBER),
        kept("z.zip!/b", kind=PathKind.MEMBER),
        kept("z.zip", 0),
    ]
    documents = {"1": "app", "2": "z.zip!/i.tar!/a", "3": "z.zip!/b"}
    found = after(rows, documents, {"1": DUPLICATE, "2": LEAKED})
    assert [(row.fate.value, row.stage) for row in found] == [
        *[("rejected", "dedup")] * 2,
        *[("rejected", "decontaminate")] * 2,
        *[("kept", "")] * 2,
    ]
    found = after(rows, documents, {"2": LEAKED, "3": DUPLICATE})
    assert said(found[-1]) == ("rejected", "decontaminate", "contaminated", 0, 0, 0)


@given(st.lists(st.lists(st.sampled_from([None, DUPLICATE, FAILED, LEAKED]), min_size=1, max_size=5), min_size=1))
def test_after_build_no_record_is_lost_and_a_kept_file_has_a_kept_document(files: list[list[Dropped | None]]) -> None:
    rows = [kept(f"f{number}", len(fates)) for number, fates in enumerate(files)]
    ids = {f"{number}-{at}": f"f{number}" for number, fates in enumerate(files) for at in range(len(fates))}
    dropped = {f"{n}-{at}": fate for n, fates in enumerate(files) for at, fate in enumerate(fates) if fate is not None}
    found = after(rows, ids, dropped)
    assert [row.num_kept + row.num_rejected + row.num_dead for row in found] == [len(fates) for fates in files]
    assert sum(row.num_kept for row in found) == len(ids) - len(dropped)
    for row in found:
        assert (row.fate is FileFate.KEPT) == (row.num_kept > 0) == (not row.reason) == (not row.stage)


TEXT = """Lease of {0}

1. Rent. The tenant of {0} pays the rent of 900 euros on the first day of every month to the landlord's account.

2. Repairs. Small repairs up to 80 euros are borne by the tenant of {0}; the landlord bears all others without delay.

3. Notice. Either party may end this lease of {0} in writing with three months' notice to the end of a quarter.
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Inputs, and a build of them."""
    folder = tmp_path_factory.mktemp("fates")
    inputs = folder / "in"
    (inputs / "copies").mkdir(parents=True)
    for name in ("Harbour House", "Mill Lane"):
        (inputs / f"{name}.txt").write_text(
            TEXT.format(name) + f"\n4. {name} has {len(name)} rooms and a garden.\n" * 3
        )
    (inputs / "copies" / "Harbour copy.txt").write_text((inputs / "Harbour House.txt").read_text())
    (inputs / "tiny.txt").write_text("tiny")
    (inputs / ".hidden").write_text("x")
    build(recipe_of(str(inputs)), folder / "out")
    return inputs, folder / "out"


def fates(folder: Path, inputs: Path) -> dict[str, tuple[str, str, str]]:
    rows = read_parts(BuildFolder(str(folder)).files, SourceFile)
    return {row.source_uri.removeprefix(f"{inputs}/"): (row.fate.value, row.stage, row.reason) for row in rows}


def test_files_of_a_build_reconcile_with_its_stages_and_its_corpus(folders: tuple[Path, Path]) -> None:
    inputs, out = folders
    found = fates(out, inputs)
    copies = {name: fate for name, fate in found.items() if "Harbour" in name}
    assert sorted(copies.values()) == [("kept", "", ""), ("rejected", "dedup", "exact_duplicate")]
    assert {name: fate for name, fate in found.items() if name not in copies} == {
        "Mill Lane.txt": ("kept", "", ""),
        "tiny.txt": ("rejected", "ingest", "too_short"),
        ".hidden": ("skipped", "ingest", "hidden"),
    }
    folder = BuildFolder(str(out))
    manifest = read_manifest(folder)
    assert manifest is not None
    rows = list(read_parts(folder.files, SourceFile))
    members = [member for row in read_parts(folder.corpus, Context) for member in row.members or (row,)]
    assert sum(row.num_kept for row in rows) == len(members) == manifest.stages["pack"].num_kept
    rejected = sum(manifest.stages[name].num_rejected for name in ("ingest", "decontaminate", "dedup", "pack"))
    assert sum(row.num_rejected for row in rows) == rejected == 2
    verdict = verify_folder(str(out), show=lambda _: None)
    assert not verdict.problems
    assert verdict.counts["input files"] == 5


def test_damaged_missing_and_foreign_tables_are_written_again(folders: tuple[Path, Path], tmp_path: Path) -> None:
    inputs, clean = folders
    out = Path(shutil.copytree(clean, tmp_path / "out"))
    before = {path.name: path.read_bytes() for path in (out / "files").iterdir()}
    damaged, *others = sorted((out / "files").iterdir())
    damaged.write_bytes(b"x")
    (out / "files" / "part-00077.parquet").write_bytes(b"x")
    for path in others:
        path.unlink()
    assert len(before) > 1
    assert verify_folder(str(out), show=lambda _: None).problems
    build(recipe_of(str(inputs)), out)
    assert {path.name: path.read_bytes() for path in (out / "files").iterdir()} == before


def test_files_follow_a_change_that_leaves_the_later_stages_valid(folders: tuple[Path, Path]) -> None:
    inputs, out = folders
    (inputs / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    _, observer = build(recipe_of(str(inputs)), out)
    assert observer.started == ["ingest"]
    assert fates(out, inputs)["photo.png"] == ("rejected", "ingest", "unsupported_format")
    assert not verify_folder(str(out), show=lambda _: None).problems
