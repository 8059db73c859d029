"""Blocks for pipelines of datatrove: a source that reads the formats of a build, and a sink that a build reads.

    from datatrove.executor import LocalPipelineExecutor
    from pipeline.datatrove import BuildInputWriter, SourceReader, build_input

    LocalPipelineExecutor([SourceReader("contracts/"), ..., BuildInputWriter("filtered/")], tasks=8).run()
    recipe = pipeline.load_recipe(inputs=[build_input("filtered/")])

They need the extra `datatrove`. `WhitespaceTokenizer` splits words for filters of datatrove without further packages.
What works inside a build is in the recipe instead: `clean.datatrove`. See `examples/datatrove_pipeline.py`. Each name
is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from pipeline.errors import needing_extra

if TYPE_CHECKING:
    from pipeline.datatrove.reader import SourceReader
    from pipeline.datatrove.rows import build_input
    from pipeline.datatrove.writer import BuildInputWriter
    from pipeline.datatrove_blocks.words import WhitespaceTokenizer

__all__ = ["BuildInputWriter", "SourceReader", "WhitespaceTokenizer", "build_input"]

_HOMES = {
    "BuildInputWriter": "pipeline.datatrove.writer",
    "SourceReader": "pipeline.datatrove.reader",
    "WhitespaceTokenizer": "pipeline.datatrove_blocks.words",
    "build_input": "pipeline.datatrove.rows",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with needing_extra("datatrove", what=f"pipeline.datatrove.{name}"):
        return getattr(import_module(_HOMES[name]), name)
