"""The number of a build folder's format is raised whenever a record that it holds changes."""

from __future__ import annotations

from dataclasses import fields

from pipeline import records
from pipeline.dedup.clusters import ClusterMember
from pipeline.dedup.passages import SharedPassage
from pipeline.dedup.signature import Signature
from pipeline.export.selection import Choice
from pipeline.identity import fingerprint
from pipeline.io.arrow import schema_of
from pipeline.io.ledger import PartRecord, ShardReport
from pipeline.io.manifest import FORMAT, Manifest, StageMarker, StageRecord
from pipeline.stages.asked import AskedContext, ContextWithoutRow
from pipeline.stages.contamination import Contamination
from pipeline.stages.decontaminate import MatchedDocument
from pipeline.stages.encoded_parts import TOKEN_LISTS, EncodedPart, JoinedRow, PlacedDocument
from pipeline.stages.removed_lines import RemovedLine
from pipeline.stages.repeated_parts import RepeatedLines
from pipeline.stages.source_files import SourceFile
from pipeline.stages.stored_index import EvaluationItem, IndexArray
from pipeline.stages.survey import SurveyedDocument

DIGESTS = {
    2: "e786223c7125bf259ebd60cd7513a4a0",
    3: "10f27b47ae1ead6564d5158c719f6b52",
    4: "36d39ed99e8bb4c73831b22a395e95f9",
    5: "629e63ae7b2706f9ce5d7842a357b333",
    6: "c1445800506790e367ac3a24ccc876c8",
    7: "adaacbd321124d4c196112ee8858d7a8",
}
"""Of all records by format. Add a line for a new number; never change one that was released."""

_TABLES = (
    records.Document,
    records.SourcePath,
    Signature,
    ClusterMember,
    SharedPassage,
    EncodedPart,
    PlacedDocument,
    JoinedRow,
    records.Context,
    records.Candidate,
    Choice,
    SourceFile,
    AskedContext,
    ContextWithoutRow,
    records.SftExample,
    records.ConversationTokens,
    records.TrainingPack,
    records.Rejection,
    records.DeadLetter,
    SurveyedDocument,
    RepeatedLines,
    RemovedLine,
    EvaluationItem,
    IndexArray,
    MatchedDocument,
    Contamination,
)
_OBJECTS = (Manifest, StageRecord, StageMarker, ShardReport, PartRecord)


def records_digest() -> str:
    tables = {record.__name__: str(schema_of(record)) for record in _TABLES}
    objects = {record.__name__: [(field.name, str(field.type)) for field in fields(record)] for record in _OBJECTS}
    return fingerprint([tables, objects, TOKEN_LISTS])


def test_records_of_a_build_folder_are_those_of_its_format() -> None:
    assert DIGESTS[FORMAT] == records_digest(), (
        "A record of a build folder has changed. Raise pipeline.io.manifest.FORMAT and add the new digest here: "
        f"{records_digest()}"
    )
    assert max(DIGESTS) == FORMAT, "the format is the newest one"
