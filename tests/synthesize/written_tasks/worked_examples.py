"""Reads the worked examples of the written tasks' prompts, and makes documents and requests for the tests of a task."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from synthesis_documents import context_of

from pipeline.config.build import PromptForm, WrittenRecipe
from pipeline.records import Context, Dropped
from pipeline.synthesize.prompts.templates import task_templates, templates
from pipeline.synthesize.teachers.protocol import Sampling
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest
from pipeline.synthesize.written_tasks import written_tasks

SAMPLING = Sampling(temperature=0.0, max_answer_tokens=256, seed=17)


def document_of(context: Context, *, window: int = 32_768, **recipe: object) -> WrittenDocument:
    """A document whose requests are in chat form."""
    return WrittenDocument(
        context,
        form=PromptForm.CHAT,
        recipe=WrittenRecipe.model_validate(recipe),
        max_model_tokens=window,
        sampling=SAMPLING,
        register="formal" if context.language == "ko" else "",  # that of the examples
    )


def written_document(
    text: str, *, domain: str, language: str = "en", titles: Sequence[str] = (), **recipe: object
) -> WrittenDocument:
    return document_of(context_of(text, domain=domain, language=language, titles=titles), **recipe)


def planned(document: WrittenDocument, task: str, *, count: int = 8) -> list[PlannedRequest]:
    return written_tasks()[task].chat.plan(document, count, ())


def planned_about(document: WrittenDocument, task: str, words: str) -> PlannedRequest:
    """The request about the segment that has some words."""
    found = [item for item in planned(document, task, count=40) if words in document.text(item.segment)]
    assert found, f"no segment has {words!r}"
    return found[0]


def read(document: WrittenDocument, item: PlannedRequest, **reply: object) -> Draft | Dropped:
    text = json.dumps({"nothing": False, **reply}, ensure_ascii=False)
    return written_tasks()[item.task].chat.read(document, item, text)


def worked_examples(task: str, language: str) -> Iterator[tuple[str, list[str], dict[str, object]]]:
    """The domain, the segments and the reply of each worked example."""
    label = templates("chat.yaml", language)["segment_label"]
    for domain, example in task_templates(task, language)["examples"].items():
        *shown, reply = example.strip().split("\n")
        segments = [re.fullmatch(r'[^:"]+: "(.*)"', line)[1].replace("\\n", "\n") for line in shown]
        assert all(line.lower().startswith(label.lower()) for line in shown)
        yield domain, segments, json.loads(reply)
