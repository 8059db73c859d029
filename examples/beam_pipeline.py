"""A Beam pipeline with a DoFn of your own: reads a folder, drops duplicates, keeps documents with a word, writes rows.

    python examples/beam_pipeline.py contracts/ rows/ --word notice
    python examples/beam_pipeline.py contracts/ rows/ --word notice \\
        --direct_num_workers=2 --direct_running_mode=multi_processing

Other options go to Beam; `--runner` and its options choose where the job runs. The rows are in
`rows/rows-*.jsonl`: one question about one document each, with an exact answer and its quotes. What was lost on
the way is beside them, with reasons, in files such as `rows/dropped-*.jsonl`. The files are the same for any number of
workers. Texts wait in `rows-checkpoint/` while duplicates are searched; the folder can be deleted afterwards.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from pipeline import Document
from pipeline.transforms import (
    AskStructural,
    Batch,
    CleanDocuments,
    FindDuplicates,
    ReadDocuments,
    RenderRows,
    WriteRows,
    batches_of,
)


class KeepDocumentsWith(beam.DoFn):
    """Keeps the documents in which a word occurs. Every batch keeps its key, also if it is empty then."""

    def __init__(self, word: str) -> None:
        self._word = word.casefold()

    def process(self, element: tuple[Batch, tuple[Document, ...]]) -> Iterator[tuple[Batch, tuple[Document, ...]]]:
        """Yield the batch with the documents that have the word."""
        batch, documents = element
        yield batch, tuple(document for document in documents if self._word in document.text.casefold())


def build_job(job: beam.Pipeline, *, inputs: str, output: str, checkpoint: str, word: str) -> None:
    """Add the steps to a job. Beam checks here that each step takes what the step before returns."""
    raw = job | "read" >> ReadDocuments(inputs)
    cleaned = raw.documents | "clean" >> CleanDocuments()
    different = cleaned.documents | "deduplicate" >> FindDuplicates(checkpoint)
    own = beam.ParDo(KeepDocumentsWith(word)).with_output_types(batches_of(Document))
    asked = different.documents | "keep" >> own | "ask" >> AskStructural()
    rendered = asked.questions | "render" >> RenderRows()
    _ = rendered.rows | "write" >> WriteRows(output)
    lost = {
        "unread": raw.rejected,
        "unreadable": raw.dead,
        "dropped": cleaned.rejected,
        "failed": cleaned.dead,
        "duplicates": different.rejected,
        "unasked": asked.rejected,
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
    parser.add_argument("--checkpoint", help="a folder for texts while the job runs; by default OUTPUT-checkpoint")
    given, for_beam = parser.parse_known_args(arguments)
    options = PipelineOptions(for_beam)
    # Beam's default would download a runner.
    runner = None if any(option.startswith("--runner") for option in for_beam) else FnApiRunner()
    with beam.Pipeline(runner=runner, options=options) as job:
        checkpoint = given.checkpoint or f"{given.output.rstrip('/')}-checkpoint"
        build_job(job, inputs=given.inputs, output=given.output, checkpoint=checkpoint, word=given.word)


if __name__ == "__main__":
    main()
