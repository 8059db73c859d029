"""The table of input files: every path that lies in an input has one row, whatever became of it."""

from __future__ import annotations

import io
import json
import os
import random
import tarfile
import tempfile
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sheet_files import rows as sheet_rows
from sheet_files import sheet, xlsx

from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource
from pipeline.documents.items import TO_THE_END, Segment
from pipeline.documents.readers.reader import Extract
from pipeline.documents.skipped_names import PathKind, SkippedFile
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, read_shard_reports
from pipeline.io.parts import PartWriter, read_parts
from pipeline.records import Document
from pipeline.stages.ingest import IngestWork, _Outputs, plan_ingest
from pipeline.stages.removed_lines import RemovedLog
from pipeline.stages.source_files import FileFate, FileLog, Outcome, SourceFile, SourcePlace
from pipeline.transforms.clean_documents import CleanBatch
from pipeline.transforms.reading import RawDocument, ReadOutcome

TEXT = """1. Rent. The tenant pays the rent of 900 euros on the first day of every month to the landlord's account.

2. Repairs. Small repairs up to 80 euros are borne by the tenant; the landlord bears all others without delay.

3. Notice. Either party may end this lease in writing with three months' notice to the end of a quarter.
"""


def ingest(
    inputs: Path, out: Path, *, recipe: IngestRecipe | None = None, follow_links: bool = False
) -> tuple[dict[str, SourceFile], Counter[str]]:
    """Rows by path below the inputs, and the counters of all shards. The table and the counters agree."""
    sources = (InputSource(path=str(inputs), follow_links=follow_links),)
    recipe = recipe or IngestRecipe()
    plan = plan_ingest(sources=sources, ingest=recipe, clean=CleanRecipe())
    work = IngestWork(sources=sources, ingest=recipe, clean=CleanRecipe(), skipped=plan.skipped, fingerprint="f")
    folder = BuildFolder(str(out))
    for shard in plan.shards:
        with ShardLedger(folder=folder, stage="ingest", shard_id=shard.shard_id, fingerprint="f") as ledger:
            work.run(shard, folder, ledger)
    totals: Counter[str] = Counter()
    for report in read_shard_reports(folder, "ingest", "f").values():
        totals.update(kept=report.num_kept, rejected=report.num_rejected, dead=report.num_dead)
        totals.update({name: n for name, n in report.counters.items() if name.startswith("skipped/")})
    rows = list(read_parts(folder.read_files, SourceFile))
    found = {row.source_uri.removeprefix(f"{inputs}/"): row for row in rows}
    assert len(found) == len(rows), "one row for each path"
    sums = Counter(dict.fromkeys(("kept", "rejected", "dead"), 0))
    for row in rows:
        sums.update(kept=row.num_kept, rejected=row.num_rejected, dead=row.num_dead)
    assert sums == Counter({fate: totals[fate] for fate in sums}), "the table reconciles"
    skipped = Counter(row.reason for row in rows if row.fate is FileFate.SKIPPED)
    counted = Counter({name.removeprefix("skipped/"): n for name, n in totals.items() if name.startswith("skipped/")})
    is_archive_of_noise = [row for row in rows if row.fate is FileFate.SKIPPED and row.reader in ("zip", "tar")]
    assert skipped - Counter(row.reason for row in is_archive_of_noise) == counted
    return found, totals


def fates(found: dict[str, SourceFile]) -> dict[str, tuple[str, str, str, str]]:
    return {name: (row.kind.value, row.reader, row.fate.value, row.reason) for name, row in found.items()}


def files_below(folder: Path) -> set[str]:
    """Every path below a folder that is no folder; a link to a folder is no folder."""
    return {
        str((Path(at) / name).relative_to(folder))
        for at, folders, names in os.walk(folder)
        for name in [*names, *(one for one in folders if (Path(at) / one).is_symlink())]
    }


def test_every_path_has_one_row_with_its_fate_and_reason(tmp_path: Path) -> None:
    inputs = tmp_path / "in"
    (inputs / "deep" / "node_modules").mkdir(parents=True)
    (inputs / "lease.txt").write_text(TEXT)
    (inputs / "short.md").write_text("# Short\n")
    (inputs / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (inputs / "rows.jsonl").write_text(json.dumps({"text": TEXT}) + "\n" + json.dumps({"text": "x"}) + "\nnot json\n")
    (inputs / "broken.txt.gz").write_bytes(b"\x1f\x8b\x08\0")
    (inputs / "broken.docx").write_bytes(b"PK\x03\x04 nothing")
    (inputs / "deep" / "node_modules" / "a.js").write_text("x")
    (inputs / "bundle.js").write_text("a(b);" * 4000)
    (inputs / ".hidden").write_text("x")
    (inputs / "link.txt").symlink_to(tmp_path / "nowhere")
    os.mkfifo(inputs / "pipe")
    with zipfile.ZipFile(inputs / "papers.zip", "w") as archive:
        archive.writestr("deep/lease.txt", TEXT.replace("tenant", "buyer"))
        archive.writestr(".git/config", "x")
        archive.writestr("tiny.txt", "tiny")
    with zipfile.ZipFile(inputs / "noise.zip", "w") as archive:
        archive.writestr(".git/config", "x")
    found, totals = ingest(inputs, tmp_path / "out")
    assert fates(found) == {
        ".hidden": ("file", "", "skipped", "hidden"),
        "broken.docx": ("file", "zip", "dead", "BadZipFile"),
        "broken.txt.gz": ("file", "text", "dead", "EOFError"),
        "bundle.js": ("file", "", "skipped", "minified"),
        "deep/node_modules/a.js": ("file", "", "skipped", "dependency"),
        "lease.txt": ("file", "text", "kept", ""),
        "link.txt": ("link", "", "skipped", "link_broken"),
        "noise.zip": ("file", "zip", "skipped", "version_control"),
        "noise.zip!/.git/config": ("member", "", "skipped", "version_control"),
        "papers.zip": ("file", "zip", "kept", ""),
        "papers.zip!/.git/config": ("member", "", "skipped", "version_control"),
        "papers.zip!/deep/lease.txt": ("member", "text", "kept", ""),
        "papers.zip!/tiny.txt": ("member", "text", "rejected", "too_short"),
        "photo.png": ("file", "", "rejected", "unsupported_format"),
        "pipe": ("special", "", "skipped", "special_file"),
        "rows.jsonl": ("file", "json_lines", "kept", ""),
        "short.md": ("file", "markdown", "rejected", "too_short"),
    }
    rows = found["rows.jsonl"]
    assert (rows.num_kept, rows.num_rejected, rows.num_dead) == (1, 2, 0)
    assert {name: n for name, n in totals.items() if name.startswith("skipped/")} == {
        "skipped/hidden": 1,
        "skipped/dependency": 1,
        "skipped/link_broken": 1,
        "skipped/special_file": 1,
        "skipped/version_control": 2,
        "skipped/minified": 1,
    }
    assert files_below(inputs) == {name for name in found if "!/" not in name}


def code_about(subject: str) -> str:
    """Functions that differ enough not to be taken for generated code."""
    draw = random.Random(subject)
    words = (
        "width",
        "depth",
        "margin",
        "offset",
        "angle",
        "weight",
        "speed",
        "level",
        "count",
        "scale",
        "limit",
        "rate",
    )
    return "".join(
        f"def {subject}_{draw.choice(words)}_{n}({one}: int, {other}: float) -> float:\n"
        f'    """Return the {draw.choice(words)} by {draw.choice(words)}."""\n'
        f"    return {one} * {draw.random():.6f} + {other} ** {draw.randint(2, 999)}\n\n"
        for n, (one, other) in enumerate(draw.sample(words, 2) for _ in range(20))
    )


def test_files_of_a_source_tree_have_rows_with_the_fate_of_the_tree_or_their_own(tmp_path: Path) -> None:
    inputs = tmp_path / "in"
    contents = {
        "app/pyproject.toml": '[project]\nname = "app"',
        "app/src/area.py": code_about("area"),
        "app/LICENSE": "All rights.",
        "app/README.md": "# App\n\nIt computes areas.",
        "app/data.json": '"' + "x" * 15_000 + '"',
        "app/api.py": "# Generated by gen. DO NOT EDIT.\nx = 1\n",
        "app/vendor/z/z.py": "z = 1",
        "app/a.png": "x",
        "app/src/sides.py": code_about("side"),
        "app/src/height.py": code_about("height"),
        **{f"app/docs/{n:02d}.md": f"# Page {n}\n\n{TEXT.replace('tenant', f'tenant {n}')}" for n in range(10)},
        "empty/go.mod": " ",
        "empty/a.go": "\n",
    }
    for name, text in contents.items():
        (inputs / name).parent.mkdir(parents=True, exist_ok=True)
        (inputs / name).write_text(text)
    (inputs / "app" / "bad.py").write_bytes(b"\xff\xfe\0\xd8" * 300)
    found, _ = ingest(inputs, tmp_path / "out")
    assert fates(found) == {
        "app": ("tree", "tree", "kept", ""),
        "app/LICENSE": ("tree_member", "tree", "kept", ""),
        "app/README.md": ("tree_member", "tree", "kept", ""),
        "app/a.png": ("file", "", "rejected", "unsupported_format"),
        "app/api.py": ("tree_member", "", "skipped", "generated"),
        "app/bad.py": ("tree_member", "tree", "rejected", "undecodable"),
        "app/data.json": ("tree_member", "tree", "rejected", "long_lines"),
        **{f"app/docs/{n:02d}.md": ("file", "markdown", "kept", "") for n in range(10)},
        "app/pyproject.toml": ("tree_member", "tree", "kept", ""),
        "app/src/area.py": ("tree_member", "tree", "kept", ""),
        "app/src/height.py": ("tree_member", "tree", "kept", ""),
        "app/src/sides.py": ("tree_member", "tree", "kept", ""),
        "app/vendor/z/z.py": ("file", "", "skipped", "vendored"),
        "empty": ("tree", "tree", "rejected", "empty"),
        "empty/a.go": ("tree_member", "tree", "rejected", "empty"),
        "empty/go.mod": ("tree_member", "tree", "rejected", "empty"),
    }
    assert files_below(inputs) == {name for name, row in found.items() if row.kind is not PathKind.TREE}


def test_files_beyond_the_number_of_documents_are_skipped(tmp_path: Path) -> None:
    inputs = tmp_path / "in"
    for name in ("a.txt", "b.txt", "c.txt", "d/pyproject.toml", "d/d.py", "e.txt"):
        (inputs / name).parent.mkdir(parents=True, exist_ok=True)
        (inputs / name).write_text(TEXT.replace("tenant", f"tenant of {name}"))
    (inputs / "a.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    found, _ = ingest(inputs, tmp_path / "out", recipe=IngestRecipe(max_documents=3))
    assert files_below(inputs) == {name for name, row in found.items() if row.kind is not PathKind.TREE}
    assert Counter(row.reason for row in found.values() if row.kind is not PathKind.TREE) == {
        "": 2,
        "empty": 1,
        "max_documents": 4,
    }


def test_warnings_of_a_conversion_are_listed(tmp_path: Path) -> None:
    inputs = tmp_path / "in"
    inputs.mkdir()
    hidden = sheet(sheet_rows(["secret"]))
    shown = sheet(sheet_rows(*[[f"Pump {n}", TEXT[:80]] for n in range(9)]))
    (inputs / "a.xlsx").write_bytes(xlsx({"Shown": shown, "Hidden": hidden}, states={"Hidden": "hidden"}))
    (inputs / "b.txt").write_text(TEXT)
    found, _ = ingest(inputs, tmp_path / "out")
    assert found["a.xlsx"].warnings == ("hidden sheet left out",)
    assert found["b.txt"].warnings == ()


def test_warnings_hold_no_personal_data(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    sources = (InputSource(path=str(tmp_path / "a.txt")),)
    plan = plan_ingest(sources=sources, ingest=IngestRecipe(), clean=CleanRecipe())
    work = IngestWork(sources, IngestRecipe(), CleanRecipe(), plan.skipped, "f")
    from pipeline.documents.planning import decode_segment

    segment = replace(decode_segment(plan.shards[0].inputs[0]), start=0, end=TO_THE_END)
    assert isinstance(segment, Segment)
    reading = Extract(
        uri=segment.item.uri, offset=0, text=TEXT, title="", licence="", sha256="0" * 64, format="hwp",
        replaced_share=0.0, is_conversation=False, warnings=("only one parser reads: 010-1847-2936",),
    )  # fmt: skip
    folder = BuildFolder(str(tmp_path / "out"))
    with (
        ShardLedger(folder=folder, stage="ingest", shard_id="00000", fingerprint="f") as ledger,
        PartWriter(folder.document_part("00000"), Document) as writer,
    ):
        outputs = _Outputs(writer, ledger, FileLog(lambda row: None), RemovedLog(()))
        raw = RawDocument(reading, "a.txt", segment, work.sources[0])
        outcome = work._take(ReadOutcome(segment, reading, (raw,)), CleanBatch(work.clean), outputs)
    (warning,) = outcome.warnings
    assert "1847" not in warning and warning.startswith("only one parser reads: [PHONE")


def test_a_file_that_changes_or_goes_after_planning_is_dead_and_the_others_are_kept(tmp_path: Path) -> None:
    inputs = tmp_path / "in"
    (inputs / "app").mkdir(parents=True)
    names = ("gone.txt", "grown.txt", "same.txt", "app/setup.py", "app/a.py", "app/b.py")
    for name in names:
        (inputs / name).write_text(TEXT.replace("tenant", f"tenant of {name}"))
    sources = (InputSource(path=str(inputs)),)
    plan = plan_ingest(sources=sources, ingest=IngestRecipe(min_shards=1), clean=CleanRecipe())
    (inputs / "gone.txt").unlink()
    for name in ("grown.txt", "app/b.py"):
        with (inputs / name).open("a") as file:
            file.write("4. More.\n")
    work = IngestWork(sources, IngestRecipe(), CleanRecipe(), plan.skipped, "f")
    folder = BuildFolder(str(tmp_path / "out"))
    (shard,) = plan.shards
    with ShardLedger(folder=folder, stage="ingest", shard_id=shard.shard_id, fingerprint="f") as ledger:
        work.run(shard, folder, ledger)
    rows = {row.source_uri.removeprefix(f"{inputs}/"): row for row in read_parts(folder.read_files, SourceFile)}
    assert {name: (row.fate.value, row.reason) for name, row in rows.items()} == {
        "app": ("kept", ""),
        "app/a.py": ("kept", ""),
        "app/b.py": ("dead", "ChangedFileError"),
        "app/setup.py": ("kept", ""),
        "gone.txt": ("dead", "ChangedFileError"),
        "grown.txt": ("dead", "ChangedFileError"),
        "same.txt": ("kept", ""),
    }
    assert not [doc for doc in read_parts(folder.documents, Document) if "More" in doc.text]


def at(uri: str, start: int = 0) -> SourcePlace:
    return SourcePlace(uri.split("!/")[0], PathKind.FILE, uri, start)


def test_fate_of_a_file_is_the_best_of_its_records() -> None:
    rows: list[SourceFile] = []
    log = FileLog(rows.append)
    log.note(at("a"), Outcome(FileFate.REJECTED, "too_short", "json_lines"))
    log.note(at("a"), Outcome(FileFate.DEAD, "ValueError"))
    log.end_segment()
    log.note(at("a", 500), Outcome(FileFate.KEPT, warnings=("x", "y", "x")))
    log.note(at("a", 500), Outcome(FileFate.KEPT, warnings=("y", "z")))
    log.end_segment()
    log.note(at("b"), Outcome(FileFate.DEAD, "OSError"))
    log.note(at("b"), Outcome(FileFate.KEPT, reader="text"))
    log.end_segment()
    log.skip(SkippedFile("c", "hidden"))
    file = PathKind.FILE
    assert rows == [
        SourceFile("a", "a", 0, file, "json_lines", FileFate.DEAD, "ingest", "too_short", 0, 1, 1),
        SourceFile("a", "a", 500, file, "", FileFate.KEPT, "", "", 2, 0, 0, ("x", "y", "z")),
        SourceFile("b", "b", 0, file, "text", FileFate.KEPT, "", "", 1, 0, 1),
        SourceFile("c", "c", 0, file, "", FileFate.SKIPPED, "ingest", "hidden", 0, 0, 0),
    ]


def test_rows_of_nested_archives_are_written_when_their_files_are_finished() -> None:
    rows: list[SourceFile] = []
    log = FileLog(rows.append)
    log.note(at("z.zip!/i.tar!/a"), Outcome(FileFate.REJECTED, "too_short"))
    log.note(at("z.zip!/i.tar!/b"), Outcome(FileFate.DEAD, "OSError"))
    assert [row.source_uri for row in rows] == ["z.zip!/i.tar!/a"]
    log.note(at("z.zip!/c"), Outcome(FileFate.SKIPPED, "hidden"))
    log.note(at("z.zip!/c!/d"), Outcome(FileFate.KEPT))
    log.note(at("z.zip!/e"), Outcome(FileFate.SKIPPED, "hidden"))
    log.note(at("z.zip!/c"), Outcome(FileFate.KEPT))
    log.end_segment()
    assert [(row.source_uri, row.fate.value, row.reason, row.num_kept) for row in rows] == [
        ("z.zip!/i.tar!/a", "rejected", "too_short", 0),
        ("z.zip!/i.tar!/b", "dead", "OSError", 0),
        ("z.zip!/i.tar", "dead", "OSError", 0),
        ("z.zip!/c!/d", "kept", "", 1),
        ("z.zip!/c", "skipped", "hidden", 0),
        ("z.zip!/e", "skipped", "hidden", 0),
        ("z.zip!/c~2", "kept", "", 1),
        ("z.zip", "kept", "", 0),
    ]


NAMES = [
    "a.txt",
    "b.md",
    "c.py",
    "setup.py",
    "d.lock",
    ".e",
    "f.png",
    "계약.txt",
    "new\nline.txt",
    "x.min.js",
    "h.json",
]
FOLDERS = ["deep", "docs", ".git", "node_modules", "vendor", "tests", "app!"]
CONTENTS = st.sampled_from([b"", b"\0\xff" * 9, TEXT.encode(), b"x = 1\n", b"{}", b"y" * 9000])


def zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
            link = tarfile.TarInfo(f"{name}.link")
            link.type, link.linkname = tarfile.SYMTYPE, name
            archive.addfile(link)
    return stream.getvalue()


PATHS = st.builds(
    lambda folders, name: "/".join([*folders, name]),
    st.lists(st.sampled_from(FOLDERS), max_size=3),
    st.sampled_from(NAMES),
)
MEMBERS = st.dictionaries(PATHS, CONTENTS, max_size=4)
ARCHIVES = st.one_of(
    MEMBERS.map(zipped), MEMBERS.map(tarred), MEMBERS.map(lambda found: zipped({"in.tar": tarred(found)}))
)
ENTRIES = st.one_of(
    st.tuples(st.just("file"), PATHS, CONTENTS),
    st.tuples(st.just("file"), PATHS.map(lambda path: path + ".zip"), ARCHIVES),
    st.tuples(st.just("link"), PATHS.map(lambda path: path + ".to"), st.one_of(PATHS, st.sampled_from(FOLDERS))),
    st.tuples(
        st.just("link"), PATHS.map(lambda path: path + ".out"), st.sampled_from(["/nowhere", "../outside", ".."])
    ),
    st.tuples(st.just("fifo"), PATHS.map(lambda path: path + ".fifo"), st.just(b"")),
)


def make(inputs: Path, entries: list[tuple[str, str, object]]) -> None:
    for kind, name, content in entries:
        path = inputs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink() or path.exists():
            continue
        if kind == "link":
            path.symlink_to(inputs / str(content))
        elif kind == "fifo":
            os.mkfifo(path)
        else:
            assert isinstance(content, bytes)
            path.write_bytes(content)


@pytest.mark.parametrize("follow_links", [False, True])
@settings(max_examples=20, deadline=None)
@given(entries=st.lists(ENTRIES, min_size=1, max_size=12))
def test_every_path_found_is_in_one_row(follow_links: bool, entries: list[tuple[str, str, object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        inputs = Path(folder, "in")
        inputs.mkdir()
        Path(folder, "outside").mkdir()
        Path(folder, "outside", "secret.txt").write_text(TEXT)
        make(inputs, [*entries, ("file", "always.txt", TEXT.encode())])
        recipe = IngestRecipe(min_shards=1)
        found, _ = ingest(inputs, Path(folder, "out"), recipe=recipe, follow_links=follow_links)
        listed = {name for name, row in found.items() if row.kind not in (PathKind.TREE, PathKind.MEMBER)}
        expected = {name.replace("\n", "\\x0a") for name in files_below(inputs)}
        assert expected <= listed
        through_links = listed - expected
        followed = {name for name, row in found.items() if row.reason == "link_followed"}
        assert all(any(name.startswith(f"{link}/") for link in followed) for name in through_links)
        secret = [name for name in found if name.endswith("secret.txt")]
        assert len(secret) <= follow_links, "a link that leads out is followed only on request, and once"
