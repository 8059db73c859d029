"""The result of a build: its counts, and its rows as records or as a data set of the `datasets` library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.io.layout import BuildFolder
from pipeline.io.manifest import Manifest
from pipeline.io.parts import num_rows, read_part
from pipeline.records import SftExample, Split
from pipeline.train.run.identity import row_files

if TYPE_CHECKING:
    from datasets import DatasetDict


@dataclass(frozen=True, slots=True, repr=False)
class BuildResult:
    """The result of `build_sft`."""

    folder: BuildFolder
    manifest: Manifest
    did_nothing: bool
    """Whether the manifest was intact and every stage up to date, so that no stage ran."""

    def __repr__(self) -> str:
        rows = ", ".join(f"{number:,} {split} rows" for split, number in self.num_rows.items())
        return f"<build in {self.folder.root}: {rows}>"

    @property
    def num_rows(self) -> dict[str, int]:
        """The number of rows in each split."""
        return {split.value: sum(map(num_rows, row_files(self.folder.root, split))) for split in Split}

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """What went into each stage, and what was kept, rejected or failed there; in = kept + rejected + dead."""
        return {
            name: {
                "in": record.num_in,
                "kept": record.num_kept,
                "rejected": record.num_rejected,
                "dead": record.num_dead,
            }
            for name, record in self.manifest.stages.items()
        }

    @property
    def report(self) -> str:
        """The path of the report page, which a person reads first."""
        return self.folder.report

    def rows(self, split: str = Split.TRAIN.value) -> Iterator[SftExample]:
        """Yield the rows of a split, `train` or `validation`, in order.

        Raises:
            DamagedFileError: a file is missing or does not have its recorded size.
        """
        for path in row_files(self.folder.root, Split(split)):
            yield from read_part(path, SftExample)

    def to_datasets(self, *, cache_dir: str | None = None) -> DatasetDict:
        """Return the rows as a `datasets.DatasetDict` with a data set for each split that has rows.

        The library keeps a copy in its cache and maps it into memory.

        Args:
            cache_dir: the library's cache; by default the usual one.

        Raises:
            DamagedFileError: a file is missing or does not have its recorded size.
        """
        from datasets import load_dataset

        files = {split.value: row_files(self.folder.root, split) for split in Split}
        return load_dataset(
            "parquet", data_files={split: paths for split, paths in files.items() if paths}, cache_dir=cache_dir
        )
