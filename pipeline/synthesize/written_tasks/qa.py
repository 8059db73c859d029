"""The task `qa` asks one question that one segment answers and no other place does (IN2, arXiv 2404.16811)."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.records import TaskFamily
from pipeline.synthesize.small_teacher import writing as small_teacher
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest
from pipeline.synthesize.written.questions import plan_questions, read_question
from pipeline.synthesize.written.task import Writing, WrittenTask


def _plan(document: WrittenDocument, count: int, _: Sequence[Draft]) -> list[PlannedRequest]:
    return plan_questions(document, count, task=TASK.name)


TASK = WrittenTask(
    name="qa",
    family=TaskFamily.LOOK_UP,
    chat=Writing(_plan, read_question),
    completion=Writing(small_teacher.plan_questions, small_teacher.read_question),
)
