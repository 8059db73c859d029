"""Writes chat prompts for instruct teachers: the document first, then the segment and the task; answers are JSON.

Everything before the segment is the same for all requests about one document, so a server computes it once and keeps it
in its prefix cache. The teacher sees the whole document if it fits into the context window, so that the teacher can
write a question that only the segment answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.records import Message
from pipeline.synthesize.prompts.templates import for_domain, templates
from pipeline.synthesize.teachers.protocol import ChatPrompt

_PATH = " > "


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a document that a prompt shows on its own, below the document."""

    text: str
    heading_path: tuple[str, ...] = ()
    """The titles of the sections around it, outermost first."""
    question: str = ""
    """A question that was asked about it; empty if there is none."""
    answer: str = ""


def document_prefix(document: str, language: str) -> tuple[Message, str]:
    """Return the system message and the beginning of the user message, which all prompts about a document share."""
    words = templates("chat.yaml", language)
    return Message(role="system", content=words["system"]), f"{words['document_label']}\n{document}\n\n"


def question_prompt(*, document: str, segment: str, domain: str, language: str) -> ChatPrompt:
    """Return the prompt that asks for a question about a segment, the answer, and one to three quotes as evidence."""
    words = templates("chat.yaml", language)
    rules = words["question_rules"].replace("FOCUS", for_domain(words["focus"], domain))
    return _prompt(document=document, segment=segment, rules=rules, schema=_question_schema(), language=language)


def summary_prompt(*, document: str, section: str, language: str) -> ChatPrompt:
    """Return the prompt that asks for a summary of a section."""
    rules = templates("chat.yaml", language)["summary_rules"]
    return _prompt(
        document=document,
        segment=section,
        rules=rules,
        schema=object_schema({"summary": {"type": "string"}}),
        language=language,
    )


def shown_passages(passages: Sequence[Passage], language: str) -> str:
    """Return passages with their labels, heading paths and questions, each followed by an empty line."""
    words = templates("chat.yaml", language)
    parts = []
    for number, passage in enumerate(passages, start=1):
        label = words["segment_label"] + (f" {number}" if len(passages) > 1 else "")
        path = f" ({_PATH.join(passage.heading_path)})" if passage.heading_path else ""
        asked = f"\n{words['question_label']}: {passage.question}" if passage.question else ""
        answered = f"\n{words['answer_label']}: {passage.answer}" if passage.answer else ""
        parts.append(f"{label}{path}\n{passage.text}{asked}{answered}\n\n")
    return "".join(parts)


def object_schema(properties: Mapping[str, object]) -> str:
    """Return the JSON schema of an object that has exactly these properties."""
    return json.dumps(strict_object(properties))


def strict_object(properties: Mapping[str, object]) -> dict[str, object]:
    """Return the schema of an object that has exactly these properties, as a part of a JSON schema."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _prompt(*, document: str, segment: str, rules: str, schema: str, language: str) -> ChatPrompt:
    system, prefix = document_prefix(document, language)
    content = prefix + shown_passages([Passage(segment)], language) + rules.strip()
    return ChatPrompt(messages=(system, Message(role="user", content=content)), answer_schema=schema)


def _question_schema() -> str:
    """Return the JSON schema of a question with its answer and quotes, or of the reply that there is nothing to ask.

    Both are one object, because strict servers take no choice at the top. The properties stand in the order in which a
    model should write them.
    """
    string = {"type": "string"}
    quotes = {"type": "array", "items": string}
    return object_schema({"nothing": {"type": "boolean"}, "question": string, "answer": string, "evidence": quotes})
