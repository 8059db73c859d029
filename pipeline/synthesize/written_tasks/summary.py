"""The task `summary` asks for the gist of a section with a title of its own."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.records import TaskFamily
from pipeline.synthesize.small_teacher import writing as small_teacher
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest
from pipeline.synthesize.written.summaries import plan_summaries, read_summary
from pipeline.synthesize.written.task import Writing, WrittenTask


def _plan(document: WrittenDocument, count: int, _: Sequence[Draft]) -> list[PlannedRequest]:
    return plan_summaries(document, count, task=TASK.name)


TASK = WrittenTask(
    name="summary",
    family=TaskFamily.SUMMARY,
    chat=Writing(_plan, read_summary),
    completion=Writing(small_teacher.plan_summaries, small_teacher.read_summary),
)
