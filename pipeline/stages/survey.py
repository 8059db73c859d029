"""The survey, the first step of ingest: finds the lines that many documents of a source repeat.

    sampled segments ─ SurveyWork ─▶ line hashes ─ CountLines ─▶ repeated lines ─ read by IngestWork

`plan_survey` draws the sample by hash; the shards have the ids of the ingest shards that hold the sampled files.
`SurveyWork` reads and normalises the sampled documents and writes their line hashes, and no text. `CountLines` adds all
of them up in one process. The result does not depend on the shards. Cost: up to `max_surveyed` files or records of each
input are read twice, at most `MAX_FOLDER_FILES` of a folder; of a file with many records, the first ones. Folders take
turns. A parser that hangs on a sampled file does so twice. Memory of `CountLines`: 100 MB for an input of 2,000
documents with 1,000 different lines each, for each level of folders.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pipeline.clean.normalise import normalise_characters
from pipeline.clean.repeated_lines import Hashes, document_hashes, repeated_hashes, text_hash, with_title
from pipeline.config.build import BoilerplateRecipe, IngestRecipe, InputSource
from pipeline.documents.items import Segment
from pipeline.documents.planning import decode_segment, encode_segment
from pipeline.documents.readers import kind_of
from pipeline.documents.readers.reader import Extract
from pipeline.documents.reading import read_segment
from pipeline.documents.source_settings import read_settings
from pipeline.domains import domain_rules
from pipeline.errors import PipelineError
from pipeline.identity import stable_hash64
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.outputs import part_files
from pipeline.io.parts import PartWriter, read_part, write_whole_part
from pipeline.stages.repeated_parts import (
    COUNT_STAGE,
    RepeatedLines,
    deepest_groups,
    folder_id,
    groups_of,
    may_have_many,
)
from pipeline.stages.shards import Shard, shard_id
from pipeline.transforms.reading import member_name

logger = logging.getLogger(__name__)

MAX_FOLDER_FILES = 200
"""The maximum number of files of one folder in the sample, without those of subfolders with enough files. For a line
that 30% of the files have, the share in a sample of 200 is off by 3 points on average."""


_MAX_RECORDS_OF_ONE = 10
"""The maximum number of records to read from a file that is one document: itself and its attachments."""


@dataclass(frozen=True, slots=True)
class SurveyedDocument:
    """A row of `work/survey`: the lines of one document as hashes."""

    source: int
    """Index of the recipe's input."""
    folders: tuple[str, ...]
    """Hashes of the document's web site or folders, from the outermost to its own."""
    text: str
    """Hash of the whole text; copies of a document count once."""
    lines: bytes
    """The hashes of the lines and of the declared title, as ascending uint64."""


@dataclass(frozen=True, slots=True)
class SurveyWork:
    """Turns the sampled documents of one shard into line hashes. Counts them as kept."""

    stage: ClassVar[str] = "survey"
    sources: tuple[InputSource, ...]
    ingest: IngestRecipe
    fingerprint: str

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Write the hashes. Records that cannot be read are left out; the ingest step says what is wrong with them.

        An input of the shard is a maximum number of records and an encoded segment.
        """
        path = folder.survey_part(shard.shard_id)
        files.remove_file(path)
        with ledger.part(PartWriter(path, SurveyedDocument)) as writer:
            for text in shard.inputs:
                limit, _, encoded = text.partition(" ")
                segment = decode_segment(encoded)
                self._survey(segment, int(limit), writer, ledger)

    def _survey(self, segment: Segment, limit: int, writer: PartWriter[SurveyedDocument], ledger: ShardLedger) -> None:
        settings = read_settings(self.sources[segment.item.source_index], self.ingest)
        for number, reading in enumerate(read_segment(segment, settings), start=1):
            if isinstance(reading, Extract) and not reading.is_code:
                try:
                    text = normalise_characters(reading.text)
                    lines = with_title(document_hashes(text), reading.title)
                except PipelineError:
                    raise
                except Exception as error:  # noqa: BLE001  # the ingest step makes a dead letter of the document
                    logger.warning("survey: %s is left out (%s)", segment.item.uri, type(error).__name__)
                    continue
                key = segment.item.key + member_name(reading.uri, segment)
                source, folders = segment.item.source_index, tuple(map(folder_id, groups_of(key)))
                writer.add(SurveyedDocument(source, folders, f"{text_hash(text):016x}", lines.tobytes()))
                ledger.keep(1)
            if number >= limit:
                return


@dataclass(frozen=True, slots=True)
class CountLines:
    """Turns the line hashes of all shards into the repeated lines of each input, and of each folder or site in it."""

    stage: ClassVar[str] = COUNT_STAGE
    recipe: BoilerplateRecipe
    fingerprint: str

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Write one row for each input, folder and site that repeats lines. Counts nothing as kept."""
        files.remove_file(folder.repeated_lines)
        groups: dict[tuple[int, str], dict[str, Hashes]] = defaultdict(dict)
        parts = [path for path in part_files(folder, "work/survey") if path != folder.repeated_lines]
        for document in (document for path in parts for document in read_part(path, SurveyedDocument)):
            lines = np.frombuffer(document.lines, np.uint64)
            for group in ("", *document.folders):
                groups[document.source, group][document.text] = lines
        rows = self._rows(groups)
        ledger.add_parts(write_whole_part(folder.repeated_lines, rows, RepeatedLines).written)
        ledger.count("sources", len({row.source for row in rows}))

    def _rows(self, groups: Mapping[tuple[int, str], Mapping[str, Hashes]]) -> list[RepeatedLines]:
        rows = []
        for (source, group), documents in sorted(groups.items()):
            found = repeated_hashes(
                list(documents.values()), min_documents=self.recipe.min_documents, min_share=self.recipe.min_share
            )
            if len(found):
                rows.append(RepeatedLines(source, group, len(documents), found.tobytes()))
        return rows


def plan_survey(
    shards: Sequence[Sequence[Segment]], sources: Sequence[InputSource], recipe: BoilerplateRecipe
) -> list[Shard]:
    """Return the shards of the survey, which read a sample of the ingest shards' segments; empty if none is drawn.

    Args:
        shards: the segments of each ingest shard.
        sources: the inputs.
        recipe: how many documents to draw.
    """
    limits: dict[Segment, int] = {}
    for source in range(len(sources)):
        own = [segment for shard in shards for segment in shard if segment.item.source_index == source]
        limits |= _sample([segment for segment in own if _may_have_boilerplate(segment, sources[source])], recipe)
    inputs = [
        tuple(f"{limits[segment]} {encode_segment(segment)}" for segment in shard if segment in limits)
        for shard in shards
    ]
    return [Shard(shard_id(index), drawn) for index, drawn in enumerate(inputs) if drawn]


def _may_have_boilerplate(segment: Segment, source: InputSource) -> bool:
    item = segment.item
    reader = kind_of(item.path).reader
    is_code = bool(item.members) or (reader is not None and reader.is_code)
    return not is_code and not item.failure and (source.domain == "auto" or not domain_rules(source.domain).is_code)


def _sample(segments: Sequence[Segment], recipe: BoilerplateRecipe) -> dict[Segment, int]:
    """Return the drawn segments of an input, each with the number of records to read."""
    has_many = any(may_have_many(segment.item.path) for segment in segments)
    if not recipe.max_surveyed or (not has_many and len(segments) < recipe.min_documents):
        return {}
    folders: dict[str, list[Segment]] = defaultdict(list)
    in_order = sorted(segments, key=lambda one: (stable_hash64("survey", one.item.key, one.start), one.item.key))
    keys = [segment.item.key for segment in in_order]
    for segment, group in zip(in_order, deepest_groups(keys, min_documents=recipe.min_documents), strict=True):
        folders[group].append(segment)
    # One file of each folder in turn, so that small folders are not left out.
    turns = [
        (turn, folder, segment)
        for folder, own in folders.items()
        for turn, segment in enumerate(own[:MAX_FOLDER_FILES])
    ]
    drawn = [segment for _, _, segment in sorted(turns, key=lambda one: one[:2])[: recipe.max_surveyed]]
    many = {segment for segment in drawn if may_have_many(segment.item.path)}
    limit = (recipe.max_surveyed - len(drawn) + len(many)) // max(1, len(many))
    return {segment: limit if segment in many else _MAX_RECORDS_OF_ONE for segment in drawn}
