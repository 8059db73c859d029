"""Filters of datatrove before a build: reads a folder, keeps what two filters accept, and builds rows about the rest.

    python examples/datatrove_pipeline.py contracts/ out/

`out/filtered/` has the documents that were kept, `out/logs/` how many each filter dropped and why, and `out/build/` a
build of what was kept. This way suits blocks that change texts, download models or need all documents, such as
datatrove's deduplication. Filters that only judge one document are simpler inside a build, which lists each document
that they drop, and masks personal data before they see a text:

    clean:
      datatrove:
        - {filter: GopherQualityFilter, args: {language: whitespace}, languages: [en]}
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.filters import GopherQualityFilter, GopherRepetitionFilter

import pipeline
from pipeline.datatrove import BuildInputWriter, SourceReader, WhitespaceTokenizer, build_input


def filter_documents(inputs: str, output: Path, *, tasks: int) -> None:
    """Read the inputs, and write what both filters keep to `filtered/`. Tasks that have ended are not run again."""
    words = WhitespaceTokenizer()  # datatrove's own tokenizer for English needs spaCy
    executor = LocalPipelineExecutor(
        pipeline=[
            SourceReader(inputs),
            GopherRepetitionFilter(language=words),
            GopherQualityFilter(language=words),
            BuildInputWriter(str(output / "filtered")),
        ],
        tasks=tasks,
        workers=1,
        logging_dir=str(output / "logs"),
    )
    executor.run()


def main(arguments: Sequence[str] | None = None) -> None:
    """Filter, then build structural rows: no model is asked."""
    parser = argparse.ArgumentParser(description="Filters the documents of a folder with datatrove, and builds rows.")
    parser.add_argument("inputs")
    parser.add_argument("output", type=Path)
    parser.add_argument("--tasks", type=int, default=2)
    given = parser.parse_args(arguments)
    filter_documents(given.inputs, given.output, tasks=given.tasks)
    recipe = pipeline.load_recipe(
        inputs=[build_input(str(given.output / "filtered"))],
        pack={"buckets": [1024, 4096]},
        synthesize={"written": {"tasks": []}},
    )
    print(pipeline.build_sft(recipe, output=given.output / "build"))


if __name__ == "__main__":
    main()
