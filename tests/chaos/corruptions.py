"""Damage planted in a finished build: `verify` names each file, and the next build makes the old bytes again.

    python -m tests.chaos corruptions [--seed N] [--count N] [--work DIR]

One small build, with a teacher's answers, is made once. Each corruption is planted in a copy of it: a file of every
kind that a build leaves is truncated, deleted, has a bit flipped, is swapped with a sibling, or is replaced by the same
file of an earlier build of other documents. Flipped, swapped and stale files keep their old time of change.

What must hold:

- `pipeline verify` finds problems and names the file;
- the same build again ends well;
- `pipeline verify` finds nothing then;
- every file of the folder has the bytes of the clean build. The answers in `cache/` are left out, and the reports of
  synthesis shards, which count how many requests were answered from there.

`--count` says how many of the corruptions are tried, spread over all kinds; 0 tries all of them.
"""

from __future__ import annotations

import hashlib
import logging
import os
import random
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pipeline.build import build_sft
from pipeline.config.load import load_recipe
from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.io.ledger import ShardReport
from pipeline.io.manifest import StageRecord
from pipeline.io.outputs import Finding
from pipeline.stages.runner import Stage
from pipeline.verify.run import Verdict, verify_folder

from .server import CountingServer
from .small_build import prepare
from .tables import close_work_folder, open_work_folder, options_of, print_table, tell

_NUM_DOCUMENTS = 10


class Damage(StrEnum):
    """What is done to a file."""

    TRUNCATED = "truncated"
    DELETED = "deleted"
    FLIPPED = "flipped"
    SWAPPED = "swapped"
    STALE = "stale"


_EVERY = tuple(Damage)
_ALONE = (Damage.TRUNCATED, Damage.DELETED, Damage.FLIPPED, Damage.STALE)
KINDS: Mapping[str, tuple[str, tuple[Damage, ...]]] = {
    "documents": ("work/documents/*.parquet", _EVERY),
    "source paths": ("work/sources/*.parquet", _EVERY),
    "signatures": ("work/signatures/*.parquet", _EVERY),
    "clusters": ("work/clusters/*.parquet", _ALONE),
    "token store": ("work/tokens/*.parquet", _EVERY),
    "placement": ("work/placement/documents-*.parquet", _EVERY),
    "corpus": ("corpus/*/*.parquet", _EVERY),
    "candidates": ("work/candidates/*.parquet", _EVERY),
    "selection": ("work/selection/*.parquet", _EVERY),
    "rows, parquet": ("sft/*.parquet", _EVERY),
    "rows, jsonl": ("sft/*.jsonl", _EVERY),
    "row tokens": ("tokens/*.parquet", _EVERY),
    "trainers' token ids": ("exports/*/*.parquet", _EVERY),
    "single turns": ("exports/*/*.jsonl", _EVERY),
    "packs": ("packs.parquet", _ALONE),
    "rejected": ("rejected/*.parquet", _EVERY),
    "dead": ("dead/*.parquet", _ALONE),
    "card": ("sft/README.md", _ALONE),
    "trainers' configs": ("sft/*.yaml", _EVERY),
    "data set info": ("sft/dataset_info.json", (Damage.TRUNCATED, Damage.DELETED, Damage.FLIPPED)),
    "manifest": ("manifest.json", _ALONE),
    "shard report": ("work/shards/*/0*.json", _EVERY),
    "packs' report": ("work/shards/export/packs.json", _ALONE),
    "marker": ("work/shards/*/stage.marker", _EVERY),
    "report page": ("report.html", _ALONE),
    "answers": ("cache/requests/*/*.json", (Damage.TRUNCATED, Damage.FLIPPED, Damage.SWAPPED)),
}
"""Every kind of file, and what can be done to it: a file without a sibling cannot be swapped."""


@dataclass(frozen=True, slots=True)
class Corruption:
    """One planted damage."""

    kind: str
    damage: Damage
    path: str
    """Relative to the build folder."""
    sibling: str
    """The other one of a swap; empty otherwise."""


@dataclass(frozen=True, slots=True)
class CleanBuild:
    """A finished build, an earlier one of other documents, and how the first was made."""

    folder: Path
    earlier: Path
    recipe: Recipe
    contents: Mapping[str, str]


class _Quiet:
    """An observer that nobody listens to."""

    def stage_skipped(self, stage: Stage, record: StageRecord) -> None: ...
    def stage_damaged(self, stage: Stage, findings: Sequence[Finding]) -> None: ...
    def stage_started(self, stage: Stage, num_finished_shards: int) -> None: ...
    def stage_progressed(self, stage: Stage, reports: Mapping[str, ShardReport], num_finished_shards: int) -> None: ...
    def stage_finished(self, stage: Stage, record: StageRecord) -> None: ...


def main(argv: Sequence[str]) -> int:
    """Run the harness; see the module's text for what its exit code means."""
    options = options_of("corruptions", __doc__, count=0).parse_args(argv)
    root = open_work_folder(options.work, "corruptions")
    logging.getLogger("pipeline").setLevel(logging.ERROR)
    with CountingServer() as server:
        clean = make_clean_build(root, server, seed=options.seed)
        tried = choose(planned(clean.folder, clean.earlier, seed=options.seed), options.count)
        rows, deviations = [], []
        for number, corruption in enumerate(tried, start=1):
            started = time.monotonic()
            wrong = cycle(clean, corruption, root / "copy")
            rows.append((corruption.kind, corruption.damage, corruption.path, wrong or "named, mended, same bytes"))
            if wrong:
                deviations.append(f"{corruption.damage} {corruption.path}: {wrong}")
            tell(f"{number} of {len(tried)}: {corruption.damage} {corruption.path}, {time.monotonic() - started:.1f} s")
    print_table(("kind", "damage", "file", "verify, build, verify"), rows)
    print(f"\n{len(tried)} corruptions of {len({one.kind for one in tried})} kinds, {len(deviations)} deviations.")
    return close_work_folder(root, deviations)


def make_clean_build(root: Path, server: CountingServer, *, seed: int) -> CleanBuild:
    """The build that is damaged, and an earlier one of other documents with the same names of parts."""
    recipes = []
    for name, own_seed in (("clean", seed), ("earlier", seed + 1)):
        small = prepare(
            root / f"{name}-input",
            base_url=server.base_url,
            seed=own_seed,
            num_documents=_NUM_DOCUMENTS,
            min_shards=3,
            max_chars=6000,
        )
        recipes.append(load_recipe(str(small.recipe), fragments=[], overrides=[]))
        _build(recipes[-1], root / name)
    clean = root / "clean"
    assert not verify_folder(str(clean), show=_ignore).problems, "the clean build is not clean"
    return CleanBuild(clean, root / "earlier", recipes[0], contents_of(clean))


def planned(clean: Path, earlier: Path, *, seed: int) -> list[Corruption]:
    """Every kind with every damage, each on a file that the seed draws."""
    draw = random.Random(seed)
    found = []
    for kind, (pattern, damages) in KINDS.items():
        paths = sorted(path.relative_to(clean).as_posix() for path in clean.glob(pattern))
        if not paths:
            tell(f"The clean build of this seed has no {kind}.")
        for damage in damages:
            if damage is Damage.STALE:
                usable = [path for path in paths if _differs(clean / path, earlier / path)]
            elif damage is Damage.SWAPPED:
                usable = [path for path in paths if _siblings(clean, path, paths)]
            else:
                usable = paths
            if usable:
                path = draw.choice(usable)
                sibling = draw.choice(_siblings(clean, path, paths)) if damage is Damage.SWAPPED else ""
                found.append(Corruption(kind, damage, path, sibling))
    return found


def choose(corruptions: Sequence[Corruption], count: int) -> list[Corruption]:
    """So many of them, evenly spread; all where the count is 0."""
    if not count or count >= len(corruptions):
        return list(corruptions)
    return [corruptions[index * len(corruptions) // count] for index in range(count)]


def cycle(clean: CleanBuild, corruption: Corruption, copy: Path) -> str:
    """Plant, verify, build, verify, compare; returns what went wrong, empty where nothing did."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(clean.folder, copy)
    plant(corruption, copy, clean.earlier)
    before = _verified(copy)
    if corruption.path not in {problem.path for problem in before.problems}:
        return f"verify does not name it, but {sorted({problem.path for problem in before.problems})}"
    _build(clean.recipe, copy)
    after = _verified(copy)
    if after.problems:
        return f"verify still finds: {after.problems[0]}"
    found = contents_of(copy)
    names = sorted(found.keys() | clean.contents.keys())
    different = [name for name in names if found.get(name) != clean.contents.get(name)]
    return f"other bytes in {different}" if different else ""


def plant(corruption: Corruption, folder: Path, earlier: Path) -> None:
    """Do the damage."""
    path = folder / corruption.path
    stat = path.stat()
    if corruption.damage is Damage.TRUNCATED:
        path.write_bytes(path.read_bytes()[: stat.st_size * 2 // 3])
    elif corruption.damage is Damage.DELETED:
        path.unlink()
    elif corruption.damage is Damage.FLIPPED:
        path.write_bytes(_flipped(path.read_bytes()))
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    elif corruption.damage is Damage.STALE:
        shutil.copyfile(earlier / corruption.path, path)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    else:
        sibling, kept = folder / corruption.sibling, folder / "kept"
        path.rename(kept)
        sibling.rename(path)
        kept.rename(sibling)


def contents_of(folder: Path) -> dict[str, str]:
    """Hash of every file of a build by relative name, without the cache and what was set aside."""
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in _names(folder)}


def _names(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith(("cache/", "damaged/", "work/shards/synthesize/")):
            yield name


def _flipped(data: bytes) -> bytes:
    """One bit of a byte that is no blank, so that JSON does not read the same."""
    at = next(place for place in range(len(data) // 2, len(data)) if data[place] not in b" \n\t")
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _siblings(folder: Path, path: str, paths: Sequence[str]) -> list[str]:
    return [other for other in paths if other != path and _differs(folder / path, folder / other)]


def _differs(path: Path, other: Path) -> bool:
    return other.is_file() and path.read_bytes() != other.read_bytes()


def _verified(folder: Path) -> Verdict:
    return verify_folder(str(folder), show=_ignore)


def _build(recipe: Recipe, folder: Path) -> None:
    build_sft(recipe, output=str(folder), start=Start.RESUME, beam_options=[], observer=_Quiet())


def _ignore(_: str) -> None:
    return
