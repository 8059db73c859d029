"""A folder of files that break readers: the command ends well, each path has its fate, and memory stays small."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from end_to_end.command import command
from end_to_end.zoo import LONG_NAME, make_zoo
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import read_shard_report
from pipeline.io.parts import read_parts
from pipeline.processes import descendants
from pipeline.stages.source_files import FileFate, SourceFile

pytestmark = pytest.mark.end_to_end

MAX_BYTES = 1_500_000_000

FATES = {
    ".env": "skipped hidden",
    ".git/config": "skipped version_control",
    ".hidden/notes.txt": "skipped hidden",
    "again.txt": "skipped link_inside",
    "app": "kept",
    "app/data/rows.json": "rejected long_lines",
    "app/pyproject.toml": "kept",
    "app/src/app.js": "skipped minified",
    "app/src/area.py": "kept",
    "app/src/client.go": "skipped generated",
    "app/src/user_pb2.py": "skipped generated",
    "app/third_party/z/z.py": "skipped vendored",
    "bomb.docx": "dead ParserError",
    "bomb.txt.gz": "rejected too_large",
    "bomb.zip": "rejected inflated",
    "bomb.zip!/0.zip": "rejected inflated",
    "bomb.zip!/0.zip!/zeros.txt": "rejected inflated",
    "bomb.zip!/1.zip": "rejected inflated",
    "broken.txt": "skipped link_broken",
    "closed.html": "dead PageTooCostlyError",
    "cp949.txt": "kept",
    "cut.docx": "dead BadZipFile",
    "cut.txt.gz": "dead EOFError",
    "damaged.zip": "dead zlib.error",
    "empty.txt": "rejected empty",
    "escape.tar": "kept",
    "escape.tar!/../up.txt": "rejected unsafe_path",
    "escape.tar!/OUTSIDE/absolute.txt": "rejected unsafe_path",
    "escape.tar!/circle": "skipped link_broken",
    "escape.tar!/in/../../../up.txt": "rejected unsafe_path",
    "escape.tar!/inside.txt": "kept",
    "escape.tar!/out.txt": "skipped link_outside",
    "escape.tar!/pipe": "skipped special_file",
    "escape.tar!/twin.txt": "skipped link_inside",
    "grown.log": "dead ChangedFileError",
    "korean.zip": "kept",
    "korean.zip!/계약서.txt": "kept",
    "laughs.xml": "dead ParserError",
    "lease.txt": "kept",
    "line.jsonl": "rejected too_large",
    "line.txt": "rejected too_large",
    "locked.pdf": "rejected encrypted",
    "loop": "skipped link_broken",
    "nested.json": "rejected invalid_json",
    "nested.zip": "rejected nested_archives",
    "nested.zip!/4.zip": "rejected nested_archives",
    "nested.zip!/4.zip!/3.zip": "rejected nested_archives",
    "nested.zip!/4.zip!/3.zip!/2.zip": "rejected nested_archives",
    "nested.zip!/4.zip!/3.zip!/2.zip!/1.zip": "rejected nested_archives",
    LONG_NAME: "kept",
    "no_file.txt": "dead PermissionError",
    "no_folder": "dead PermissionError",
    "node_modules/left-pad/index.js": "skipped dependency",
    "noise.bin": "rejected unsupported_format",
    "nul.txt": "kept",
    "nuls.txt": "rejected undecodable",
    "out": "skipped link_outside",
    "out.txt": "skipped link_outside",
    "ping": "skipped link_broken",
    "pipe.txt": "skipped special_file",
    "poetry.lock": "skipped lock_file",
    "pong": "skipped link_broken",
    "scan": "rejected scanned",
    "site/docs/lease.md": "kept",
    "site/package.json": "rejected no_text",
    "surrogates.jsonl": "kept",
    "tags.html": "dead PageTooCostlyError",
    "tags.xml": "dead ParserError",
    "two\\x0alines.txt": "kept",
    "up": "skipped link_inside",
    "zz_gone.txt": "dead ChangedFileError",
    "\\xb0\\xe8\\xbe༭.txt": "kept",
    "계약서.txt": "kept",
}


@dataclass(frozen=True, slots=True)
class Run:
    """How a command ended."""

    code: int
    said: str
    peak_bytes: int
    """Of resident memory, of the command and its children together; 0 on systems that do not say."""


def test_zoo_is_built_and_every_path_has_its_fate(tmp_path: Path) -> None:
    zoo, outside, temporary = tmp_path / "zoo", tmp_path / "outside", tmp_path / "tmp"
    for folder in (zoo, outside, temporary):
        folder.mkdir()
    make_zoo(zoo, outside)
    (zoo / "no_file.txt").chmod(0)
    (zoo / "no_folder").chmod(0)
    before = _paths(tmp_path)
    run = _build(tmp_path, watch=lambda: _change(zoo, tmp_path / "out"))
    (zoo / "no_folder").chmod(0o755)
    assert run.code == 0, run.said
    assert "Traceback" not in run.said
    assert run.peak_bytes < MAX_BYTES
    after = {path for path in _paths(tmp_path) if not path.startswith("tmp/torchinductor")}
    assert after | {"zoo/no_folder/lease.txt"} == before - {"zoo/zz_gone.txt"} | {"zoo/no_folder/lease.txt"}

    folder = BuildFolder(str(tmp_path / "out"))
    rows = list(read_parts(folder.files, SourceFile))
    found = {_name(row, zoo, outside): _fate(row) for row in rows}
    assert len(found) == len(rows), "one row for each path"
    assert found == FATES

    stages = files.read_json(folder.manifest)["stages"]
    names = ("num_kept", "num_rejected", "num_dead")
    counts = [stages["ingest"][name] for name in names]
    assert stages["ingest"]["num_in"] == sum(counts)
    read = list(read_parts(folder.read_files, SourceFile))
    assert counts == [sum(getattr(row, name) for row in read) for name in names]
    assert sum(row.num_kept for row in rows) == stages["pack"]["num_kept"]
    assert sum(row.num_kept + row.num_rejected + row.num_dead for row in rows) == sum(counts)
    counted = 0
    for path in files.list_files(folder.shard_reports("ingest"), suffix=".json"):
        counters = read_shard_report(path).counters
        counted += sum(number for name, number in counters.items() if name.startswith("skipped/"))
    assert counted == sum(row.fate is FileFate.SKIPPED for row in rows) > 20


def _build(cwd: Path, *, watch: Callable[[], None]) -> Run:
    process = subprocess.Popen(
        command("build-sft", "--input", "zoo", "--output", "out", "--set", "synthesize.written.tasks=[]"),
        cwd=cwd,
        env={**os.environ, "COLUMNS": "200", "TMPDIR": str(cwd / "tmp")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=_obey_permissions,
    )
    peak = 0
    while True:
        try:
            said, _ = process.communicate(timeout=0.05)
            return Run(process.returncode, said, peak)
        except subprocess.TimeoutExpired:
            peak = max(peak, _resident(process.pid) + sum(_resident(one.pid) for one in descendants(process.pid)))
            watch()


def _obey_permissions() -> None:
    """Give up the privilege of root to read every file. Another user could not start an interpreter in root's home."""
    if sys.platform == "linux" and os.getuid() == 0:
        library = ctypes.CDLL(None, use_errno=True)
        for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
            if library.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0):
                raise OSError(ctypes.get_errno(), "the capability cannot be dropped")


_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 24, 1, 2


def _change(zoo: Path, out: Path) -> None:
    """Append to one file all the time; remove another when the files are listed and reading begins."""
    with (zoo / "grown.log").open("a") as file:
        file.write("One more line.\n")
    if (out / "work" / "shards" / "ingest").exists():
        (zoo / "zz_gone.txt").unlink(missing_ok=True)


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _paths(folder: Path) -> set[str]:
    """Every path below a folder, except in the output."""
    return {
        str((Path(at) / name).relative_to(folder))
        for at, folders, names in os.walk(os.fsdecode(folder))
        for name in [*folders, *names]
        if (Path(at) / name).relative_to(folder).parts[0] != "out"
    }


def _name(row: SourceFile, zoo: Path, outside: Path) -> str:
    return row.source_uri.removeprefix("zoo/").replace(str(outside).lstrip("/"), "OUTSIDE")


def _fate(row: SourceFile) -> str:
    return f"{row.fate.value} {row.reason}".strip()
