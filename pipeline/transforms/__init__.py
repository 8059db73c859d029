"""Beam transforms over records, to be composed with each other and with transforms of your own.

An element is a batch of a shard: its key (`Batch`) and a tuple of frozen records. Most transforms turn each batch into
one batch with the same key, and have several outputs: name the one that the next transform takes, as in
`cleaned.documents | AskStructural()`. See `examples/beam_pipeline.py`.

| transform | takes batches of | outputs, the main one first |
| --- | --- | --- |
| `ReadDocuments` | the pipeline itself | `documents`: `RawDocument`, many batches a shard; `rejected`, `dead` |
| `CleanDocuments` | `RawDocument` | `documents`: `Document`; `rejected`, `dead` |
| `FindDuplicates` | `Document` | `documents`: `Document`; `rejected`, `dead`, `members`: `ClusterMember` |
| `PackContexts` | `Document` | `contexts`: `Context`; `rejected`, `dead` |
| `AskStructural`, `AskTeacher` | `Document` or `Context` | `questions`: `ContextQuestions`; `rejected`, `dead` |
| `RenderRows` | `ContextQuestions` | `rows`: `QuestionRow`; `rejected` and `dead` stay empty |
| `WriteRows` | any records or mappings | `files`: paths; `dead` |
| `CheckpointRecords` | its `record_type` | `handles`: pairs of a key and a `Handle`; `dead` |
| `ReadCheckpoint` | such pairs | one: batches of its `record_type` |
| `ShardRecords` | single records, not batches | one: batches of its `record_type` |

`rejected` has batches of `Rejection`, `dead` of `DeadLetter`. `FindDuplicates` and `PackContexts` can be left out. Only
`FindDuplicates` compares all documents; it shuffles handles, ids and decisions, and reads texts again from a
checkpoint. `CheckpointRecords` and `ReadCheckpoint` do the same for groupings of your own.

The settings of a transform are a section of a recipe:

    recipe = pipeline.load_recipe(clean={"min_chars": 100}, synthesize={"structural": {"tasks": ["clause"]}})
    cleaned = raw.documents | CleanDocuments(recipe.clean)
    packed = cleaned.documents | PackContexts(recipe.pack)
    asked = packed.contexts | AskStructural(recipe.synthesize.structural)

`FindDuplicates` takes `recipe.dedup`, `AskTeacher` takes `recipe.synthesize`, `RenderRows` takes
`recipe.export.conversations`, and `ReadDocuments` takes `ingest=recipe.ingest`.

A step of your own may drop documents, or change texts before `PackContexts`. Change a text with `with_text(document,
text)`: sections, outline and pages hold offsets in the text, and a document in which they do not fit is a dead letter.

Resource hints are Beam's own: `CleanDocuments().with_resource_hints(min_ram="4GB")`. A step whose hints differ from its
neighbours' runs in a different worker pool, so batches travel between the pools.

`ShardRecords` brings in records that are not read from files. The stages of a build share the code: ingest runs the
DoFns of the first two (`transforms.record_dofn`), dedup the search of `FindDuplicates` (`transforms.find_clusters`),
pack the functions of `PackContexts` (`pack.parts`), synthesize the pure twin of `AskTeacher` (`transforms.row_asking`).
Each name is imported when it is first used, so a worker imports only what it runs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.transforms.ask_structural import AskStructural, ContextQuestions
    from pipeline.transforms.ask_teacher import AskTeacher
    from pipeline.transforms.batches import Batch, batches_of
    from pipeline.transforms.changed_text import with_text
    from pipeline.transforms.checkpoints import CheckpointRecords, Handle, ReadCheckpoint
    from pipeline.transforms.clean_documents import CleanDocuments
    from pipeline.transforms.find_duplicates import FindDuplicates
    from pipeline.transforms.pack_contexts import PackContexts
    from pipeline.transforms.read_documents import ReadDocuments
    from pipeline.transforms.reading import RawDocument, raw_document
    from pipeline.transforms.render_rows import QuestionRow, RenderRows
    from pipeline.transforms.shard_records import ShardRecords
    from pipeline.transforms.write_rows import WriteRows

__all__ = [
    "AskStructural",
    "AskTeacher",
    "Batch",
    "CheckpointRecords",
    "CleanDocuments",
    "ContextQuestions",
    "FindDuplicates",
    "Handle",
    "PackContexts",
    "QuestionRow",
    "RawDocument",
    "ReadCheckpoint",
    "ReadDocuments",
    "RenderRows",
    "ShardRecords",
    "WriteRows",
    "batches_of",
    "raw_document",
    "with_text",
]

_HOMES = {
    "AskStructural": "ask_structural",
    "AskTeacher": "ask_teacher",
    "Batch": "batches",
    "CheckpointRecords": "checkpoints",
    "CleanDocuments": "clean_documents",
    "ContextQuestions": "ask_structural",
    "FindDuplicates": "find_duplicates",
    "Handle": "checkpoints",
    "PackContexts": "pack_contexts",
    "QuestionRow": "render_rows",
    "RawDocument": "reading",
    "ReadCheckpoint": "checkpoints",
    "ReadDocuments": "read_documents",
    "RenderRows": "render_rows",
    "ShardRecords": "shard_records",
    "WriteRows": "write_rows",
    "batches_of": "batches",
    "raw_document": "reading",
    "with_text": "changed_text",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
