"""Shows the counts of a stage's shards while a job runs.

Shards in any process leave a report when they finish and a progress file while they run (`io.ledger`). A look lists the
stage's folder once, reads each report once, and reads the progress files of the running shards; with 10,000 reports it
takes 0.07 CPU seconds. So looks become rarer as a stage grows, to leave the processors to the workers. Used by
`stages.runner`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from pipeline.errors import DamagedFileError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardReport, read_shard_report

_LEAST_PAUSE_SECONDS, _MOST_PAUSE_SECONDS = 0.5, 30.0
_PAUSE_LOOKS = 20
"""Between these bounds, the pause after a look lasts as long as this many looks."""

Show = Callable[[Mapping[str, ShardReport], int], None]
"""Takes the counts so far of finished and running shards, by shard id, and the number of finished shards."""


class SeenShards:
    """The shards of a stage that have left a report or a progress file."""

    def __init__(self, folder: BuildFolder, stage: str, fingerprint: str) -> None:
        self._place = folder.shard_reports(stage)
        self._fingerprint = fingerprint
        self._finished: dict[str, ShardReport] = {}

    @property
    def num_finished(self) -> int:
        """The number of shards whose report was read."""
        return len(self._finished)

    def look(self) -> dict[str, ShardReport]:
        """Return the counts so far of finished and running shards, by shard id."""
        running: dict[str, ShardReport] = {}
        for path in files.list_files(self._place):
            shard_id, _, suffix = path.rsplit("/", 1)[-1].partition(".")
            if suffix not in ("json", "progress") or (suffix == "json" and shard_id in self._finished):
                continue
            # A shard removes its progress file when it finishes.
            with suppress(DamagedFileError, FileNotFoundError):
                report = read_shard_report(path)
                if report.fingerprint == self._fingerprint:
                    (self._finished if suffix == "json" else running)[report.shard_id] = report
        return running | self._finished


@contextmanager
def shown_progress(shards: SeenShards, show: Show, *, name: str) -> Iterator[None]:
    """While the block runs, call `show` about twice a second from a thread of its own, or less often if looks are long.

    Args:
        shards: the shards to look at.
        show: receives the counts.
        name: the name of the thread.
    """
    finished = threading.Event()

    def look_on() -> None:
        pause = _LEAST_PAUSE_SECONDS
        while not finished.wait(pause):
            started = time.monotonic()
            reports = shards.look()
            show(reports, shards.num_finished)
            pause = min(_MOST_PAUSE_SECONDS, max(_LEAST_PAUSE_SECONDS, _PAUSE_LOOKS * (time.monotonic() - started)))

    thread = threading.Thread(target=look_on, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        finished.set()
        thread.join()
