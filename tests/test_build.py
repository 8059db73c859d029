"""Whole builds in this process: what a run makes again, what it leaves, and what it refuses."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from lease_holder import Holder
from small_builds import build, recipe_of

import pipeline
from pipeline.build import _check_format, _read_doubt
from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.errors import InputError
from pipeline.io import files
from pipeline.io.checked_json import write_checked
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import read_shard_report, write_shard_report
from pipeline.io.manifest import read_manifest
from pipeline.stages.earlier_run import Doubt
from pipeline.verify.run import verify_folder

DOCUMENT = Path(pipeline.__file__).parent / "bundled" / "documents" / "legal" / "en" / "orchard_lease.txt"


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    shutil.copy(DOCUMENT, folder / "lease.txt")
    return folder


@pytest.fixture(scope="module")
def recipe(inputs: Path) -> Recipe:
    return recipe_of(str(inputs), "bundled:manual/en")


@pytest.fixture(scope="module")
def clean(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean") / "build"
    assert not build(recipe, folder)[0].did_nothing
    return folder


@pytest.fixture
def copy(clean: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(clean, tmp_path / "copy"))


def contents(folder: Path) -> dict[str, bytes]:
    names = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())
    return {name: (folder / name).read_bytes() for name in names if not name.startswith("damaged/")}


def test_build_of_an_intact_copy_does_nothing(copy: Path, clean: Path, recipe: Recipe) -> None:
    result, observer = build(recipe, copy)
    assert result.did_nothing
    assert observer.started == []
    assert contents(copy) == contents(clean)


@pytest.mark.parametrize(
    ("deleted", "started"),
    [
        ("sft", ["export"]),
        ("sft/README.md", ["export"]),
        ("packs.parquet", ["export"]),
        ("tokens", ["export"]),
        ("rejected", ["ingest", "dedup", "synthesize", "export"]),
        ("corpus", ["pack"]),
        ("work/documents", ["ingest"]),
        ("work/evaluation", ["decontaminate"]),
        ("work/clusters", ["dedup"]),
        ("work/shards", ["ingest", "decontaminate", "dedup", "pack", "synthesize", "export"]),
        ("report.html", []),
        ("manifest.json", []),
    ],
)
def test_deleted_output_is_made_again_with_the_same_bytes(
    copy: Path, clean: Path, recipe: Recipe, deleted: str, started: list[str]
) -> None:
    path = copy / deleted
    if not path.exists():
        pytest.skip(f"this build has no {deleted}")
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    result, observer = build(recipe, copy)
    assert result.did_nothing is (deleted == "report.html")
    assert set(observer.started) <= set(started) if deleted == "rejected" else observer.started == started
    made, expected = contents(copy), contents(clean)
    if deleted == "work/shards":  # with all records gone, the seconds and the page that shows them are new
        for name in ("manifest.json", "report.html"):
            del made[name], expected[name]
        made = {name: data for name, data in made.items() if not name.startswith("work/shards/")}
        expected = {name: data for name, data in expected.items() if not name.startswith("work/shards/")}
    assert made == expected


@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b'{"format": 5}'])
def test_damaged_manifest_is_set_aside_and_no_stage_runs_again(
    copy: Path, clean: Path, recipe: Recipe, damage: bytes
) -> None:
    (copy / "manifest.json").write_bytes(damage)
    _, observer = build(recipe, copy)
    assert observer.started == []
    assert contents(copy) == contents(clean)
    assert (copy / "damaged" / "manifest.json").read_bytes() == damage


def test_file_that_verify_noted_is_made_again_though_it_looks_untouched(
    copy: Path, clean: Path, recipe: Recipe
) -> None:
    path = next(iter(sorted(copy.glob("work/candidates/*.parquet"))))
    data = path.read_bytes()
    path.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
    folder = BuildFolder(str(copy))
    report = folder.shard_report("synthesize", path.stem.split("-")[1])
    write_shard_report(folder, read_shard_report(report))  # newer than the change
    assert build(recipe, copy)[0].did_nothing
    assert verify_folder(str(copy), show=lambda _: None).problems
    _, observer = build(recipe, copy)
    assert observer.started == ["synthesize"]
    assert contents(copy) == contents(clean)
    assert not (copy / "work" / "suspect.json").exists()


def test_build_that_sets_a_foreign_file_aside_did_something(copy: Path, clean: Path, recipe: Recipe) -> None:
    shutil.copy(next(iter(sorted(copy.glob("sft/train-*.parquet")))), copy / "sft" / "train-00077.parquet")
    result, observer = build(recipe, copy)
    assert not result.did_nothing
    assert observer.findings == ["sft/train-00077.parquet"]
    assert contents(copy) == contents(clean)
    assert build(recipe, copy)[0].did_nothing


@pytest.mark.parametrize("note", ["", "of another file", "that is damaged"])
def test_after_a_run_that_died_every_file_is_read_before_it_is_believed(
    copy: Path, clean: Path, recipe: Recipe, note: str
) -> None:
    """Whatever an earlier `pipeline verify` noted."""
    owner = Holder(copy)
    assert owner.hold() == "held False"
    owner.kill()
    owner.process.communicate()
    if note:
        suspects = BuildFolder(str(copy)).suspects
        write_checked(suspects, {"paths": ["sft/README.md"]})
        if note == "that is damaged":
            Path(suspects).write_text("{")
    path = next(iter(sorted(copy.glob("work/candidates/*.parquet"))))
    data = path.read_bytes()
    path.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
    folder = BuildFolder(str(copy))
    report = folder.shard_report("synthesize", path.stem.split("-")[1])
    write_shard_report(folder, read_shard_report(report))  # newer than the change
    _, observer = build(recipe, copy)
    assert observer.started == ["synthesize"]
    assert contents(copy) == contents(clean)


def test_input_that_was_touched_is_read_again_and_nothing_else_runs(copy: Path, inputs: Path, recipe: Recipe) -> None:
    (inputs / "lease.txt").touch()
    result, observer = build(recipe, copy)
    assert observer.started == ["ingest"]
    assert not result.did_nothing
    assert build(recipe, copy)[0].did_nothing


def test_input_that_changed_and_kept_its_size_and_time_is_seen(copy: Path, inputs: Path, recipe: Recipe) -> None:
    build(recipe, copy)
    path = inputs / "lease.txt"
    text, stat = path.read_text(encoding="utf-8"), path.stat()
    path.write_text(text.replace("Tenant", "tenant"), encoding="utf-8")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert path.stat().st_size == stat.st_size
    _, observer = build(recipe, copy)
    assert observer.started[:3] == ["ingest", "decontaminate", "dedup"]
    path.write_text(text, encoding="utf-8")


def make_format_1(folder: Path) -> None:
    value = json.loads((folder / "manifest.json").read_text())
    del value["checksum"], value["format"]
    (folder / "manifest.json").write_text(json.dumps(value))


def test_folder_of_another_format_is_refused_and_nothing_is_deleted(copy: Path, recipe: Recipe) -> None:
    make_format_1(copy)
    before = contents(copy)
    with pytest.raises(InputError, match=r"format 1; this version writes format 7.*--fresh") as raised:
        build(recipe, copy)
    assert raised.value.exit_code == 2
    assert contents(copy) == before


def test_folder_of_another_format_is_known_by_its_markers_when_the_manifest_is_lost(copy: Path, recipe: Recipe) -> None:
    (copy / "manifest.json").unlink()
    for marker in copy.rglob("stage.marker"):
        marker.write_text('"0123456789abcdef"')
    with pytest.raises(InputError, match="format 1"):
        build(recipe, copy)


def test_fresh_start_in_a_folder_of_another_format_keeps_the_answers_alone(
    copy: Path, clean: Path, recipe: Recipe
) -> None:
    make_format_1(copy)
    (copy / "cache").mkdir(exist_ok=True)
    answer = copy / "cache" / "kept.json"
    answer.write_text("{}")
    (copy / "sft" / "old.parquet").write_text("old")
    build(recipe, copy, Start.FRESH)
    assert answer.exists()
    assert not (copy / "sft" / "old.parquet").exists()
    manifest = read_manifest(BuildFolder(str(copy)))
    assert manifest is not None
    assert files.read_json(str(copy / "manifest.json"))["format"] == 7
    build(recipe, copy, Start.FRESH)
    assert not answer.exists(), "in a folder of this format --fresh removes everything"


@pytest.mark.parametrize("start", [Start.FRESH, Start.RESUME])
def test_fresh_start_over_another_format_removes_all_but_every_answer(tmp_path: Path, start: Start) -> None:
    folder = BuildFolder(str(tmp_path))
    answers = ("cache/answers/ab.json", "cache/answers/cd/ef.json", "cache/kept.json")
    others = ("manifest.json", "packs.parquet", "sft/train-0.parquet", "work/shards/pack/00000.json", "cached/a.json")
    for name in (*answers, *others):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text('{"stages": {}}')
    if start is Start.RESUME:
        with pytest.raises(InputError, match=r"answers in cache/ are kept"):
            _check_format(folder, start)
        assert set(contents(tmp_path)) == {*answers, *others}
        return
    assert _check_format(folder, start) is Start.RESUME, "what is left is not removed after all"
    assert contents(tmp_path) == dict.fromkeys(answers, b'{"stages": {}}')


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: (folder / "manifest.json").write_text("{"), r"manifest\.json is damaged"),
        (lambda folder: next(iter(folder.glob("work/signatures/*"))).unlink(), r"signatures/.* is missing"),
        (lambda folder: next(iter(folder.glob("work/clusters/*"))).write_text("x"), r"clusters/.* bytes instead of"),
        (make_format_1, "has format 1"),
    ],
)
def test_damage_of_an_earlier_build_is_named_with_the_folder_to_build_again(
    copy: Path, recipe: Recipe, tmp_path: Path, damage, said: str
) -> None:
    damage(copy)
    dedup = recipe.dedup.model_copy(update={"against": (str(copy),)})
    with pytest.raises(InputError, match=said) as raised:
        build(recipe.model_copy(update={"dedup": dedup}), tmp_path / "next")
    assert str(copy) in raised.value.remedy


@pytest.mark.parametrize("crashed", [True, False])
@pytest.mark.parametrize(
    ("note", "paths"), [(None, ()), ({"paths": []}, ()), ({"paths": ["sft/a", "tokens/b"]}, ("sft/a", "tokens/b"))]
)
def test_bytes_are_doubted_after_a_crash_and_where_verify_noted_something(
    tmp_path: Path, crashed: bool, note: dict[str, object] | None, paths: tuple[str, ...]
) -> None:
    folder = BuildFolder(str(tmp_path))
    if note is not None:
        write_checked(folder.suspects, note)
    assert _read_doubt(folder, crashed=crashed) == Doubt(everything=crashed, paths=frozenset(paths))


@pytest.mark.parametrize("note", ["", "{", '{"paths": ["a"]}', "[]"])
def test_note_of_verify_that_is_damaged_puts_everything_in_doubt(tmp_path: Path, note: str) -> None:
    folder = BuildFolder(str(tmp_path))
    files.write_text(folder.suspects, note)
    assert _read_doubt(folder, crashed=False) == Doubt(everything=True)
    write_checked(folder.suspects, {"other": []})
    assert _read_doubt(folder, crashed=False) == Doubt(everything=True)
