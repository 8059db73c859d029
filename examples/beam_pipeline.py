"""A Beam pipeline with DoFns of your own: reads a folder, drops duplicates, filters and changes texts, writes rows.

    python examples/beam_pipeline.py contracts/ rows/ --word notice --without "internal copy"
    python examples/beam_pipeline.py contracts/ rows/ --word notice \\
        --direct_num_workers=2 --direct_running_mode=multi_processing

Other options go to Beam; `--runner` and its options choose where the job runs. The rows are in
`rows/rows-*.jsonl`: one question about one context each, with an exact answer and its quotes. A context is a document,
a part of a long one, or several short ones; rows with the same `cluster_id` belong to the same side of a split. What
was lost on the way is beside them, with reasons, in files such as `rows/dropped-*.jsonl`. The files are the same for
any number of workers. Texts wait in `rows-checkpoint/` while duplicates are searched; the folder can be deleted
afterwards.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

import pipeline
from pipeline import Document
from pipeline.transforms import (
    AskStructural,
    Batch,
    CleanDocuments,
    FindDuplicates,
    PackContexts,
    ReadDocuments,
    RenderRows,
    WriteRows,
    batches_of,
    with_text,
)


class KeepDocumentsWith(beam.DoFn):
    """Keeps the documents in which a word occurs. Every batch keeps its key, also if it is empty then."""

    def __init__(self, word: str) -> None:
        self._word = word.casefold()

    def process(self, element: tuple[Batch, tuple[Document, ...]]) -> Iterator[tuple[Batch, tuple[Document, ...]]]:
        """Yield the batch with the documents that have the word."""
        batch, documents = element
        yield batch, tuple(document for document in documents if self._word in document.text.casefold())


class RemoveLinesWith(beam.DoFn):
    """Removes the lines in which a word occurs. Sections, outline and pages are made anew for the new text."""

    def __init__(self, word: str) -> None:
        self._word = word.casefold()

    def process(self, element: tuple[Batch, tuple[Document, ...]]) -> Iterator[tuple[Batch, tuple[Document, ...]]]:
        """Yield the batch with the changed documents."""
        batch, documents = element
        yield batch, tuple(self._without(document) for document in documents)

    def _without(self, document: Document) -> Document:
        lines = document.text.splitlines(keepends=True)
        kept = [line for line in lines if self._word not in line.casefold()]
        return with_text(document, "".join(kept)) if len(kept) < len(lines) else document


def build_job(
    job: beam.Pipeline, *, inputs: str, output: str, checkpoint: str, word: str, without: str | None = None
) -> None:
    """Add the steps to a job. Beam checks here that each step takes what the step before returns."""
    recipe = pipeline.load_recipe(pack={"min_tokens": 64}, synthesize={"structural": {"min_questions": 4}})
    raw = job | "read" >> ReadDocuments(inputs, ingest=recipe.ingest)
    cleaned = raw.documents | "clean" >> CleanDocuments(recipe.clean)
    different = cleaned.documents | "deduplicate" >> FindDuplicates(checkpoint, recipe.dedup)
    keep = beam.ParDo(KeepDocumentsWith(word)).with_output_types(batches_of(Document))
    documents = different.documents | "keep" >> keep
    if without:
        remove = beam.ParDo(RemoveLinesWith(without)).with_output_types(batches_of(Document))
        documents = documents | "remove" >> remove
    packed = documents | "pack" >> PackContexts(recipe.pack, members=different.members)
    asked = packed.contexts | "ask" >> AskStructural(recipe.synthesize.structural)
    rendered = asked.questions | "render" >> RenderRows()
    _ = rendered.rows | "write" >> WriteRows(output)
    lost = {
        "unread": raw.rejected,
        "unreadable": raw.dead,
        "dropped": cleaned.rejected,
        "failed": cleaned.dead,
        "duplicates": different.rejected,
        "unstored": different.dead,
        "unpacked": packed.rejected,
        "unfit": packed.dead,
        "unasked": asked.rejected,
        "unaskable": asked.dead,
    }
    for name, records in lost.items():
        # Each output has files of its own, because batches of different outputs have the same keys.
        _ = records | f"write {name}" >> WriteRows(output, prefix=name)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the job."""
    parser = argparse.ArgumentParser(description="Makes rows about the documents of a folder that contain a word.")
    parser.add_argument("inputs")
    parser.add_argument("output")
    parser.add_argument("--word", default="notice")
    parser.add_argument("--without", help="a word; the lines in which it occurs are removed from the documents")
    parser.add_argument("--checkpoint", help="a folder for texts while the job runs; by default OUTPUT-checkpoint")
    given, for_beam = parser.parse_known_args(arguments)
    options = PipelineOptions(for_beam)
    # Beam's default would download a runner.
    runner = None if any(option.startswith("--runner") for option in for_beam) else FnApiRunner()
    with beam.Pipeline(runner=runner, options=options) as job:
        checkpoint = given.checkpoint or f"{given.output.rstrip('/')}-checkpoint"
        build_job(
            job,
            inputs=given.inputs,
            output=given.output,
            checkpoint=checkpoint,
            word=given.word,
            without=given.without,
        )


if __name__ == "__main__":
    main()
