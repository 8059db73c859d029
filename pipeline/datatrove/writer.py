"""`BuildInputWriter`: a block that ends a pipeline of datatrove with files that a build reads.

Takes documents; writes one JSON Lines file for each task and yields the documents on. A file appears when its task has
ended, so a task that is killed leaves none. Memory: one document.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any

from datatrove.pipeline.base import PipelineStep

from pipeline.datatrove.rows import row_of
from pipeline.errors import InputError
from pipeline.io import files
from pipeline.io.json_lines import JsonLinesWriter

logger = logging.getLogger(__name__)

_SUFFIX = ".jsonl"


class BuildInputWriter(PipelineStep):  # type: ignore[misc]  # datatrove has no types
    """Writes documents with their ids and metadata into files that `pipeline build-sft` reads.

    `build_input(folder)` is the input for the recipe. A document that JSON cannot express, for example with half a
    surrogate pair in its text, is not written; the task's statistics count it as `unwritable`.

    Args:
        folder: an empty or new folder, on any filesystem that the tasks can reach.
    """

    type = "💽 - WRITER"
    name = "📚 Input of a build"

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.folder = folder

    def run(self, data: Iterable[Any], rank: int = 0, world_size: int = 1) -> Iterator[Any]:  # Any: documents
        """Write the documents of a task.

        Raises:
            InputError: the folder has files of a run with another number of tasks, which a build would read as well.
        """
        ending = f"-of-{world_size:05d}{_SUFFIX}"
        others = [path for path in files.list_files(self.folder, suffix=_SUFFIX) if not path.endswith(ending)]
        if others:
            raise InputError(
                f"{self.folder} has files of another run, such as {others[0]}.", remedy="Give an empty folder."
            )
        path = files.join(self.folder, f"{rank:05d}{ending}")
        with JsonLinesWriter(path) as writer:
            for document in data:
                with self.track_time():
                    self._write(document, writer)
                yield document
        if writer.written is None:
            files.remove_file(path)  # of an earlier try

    def _write(self, document: Any, writer: JsonLinesWriter) -> None:
        self.stat_update("total")
        try:
            writer.add(row_of(document.text, id_=document.id, metadata=document.metadata))
        except (TypeError, ValueError) as error:
            self.stat_update("unwritable")
            logger.warning("the document %s cannot be written (%s)", document.id, type(error).__name__)
        else:
            self.update_doc_stats(document)
