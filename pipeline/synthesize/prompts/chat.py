"""Writes chat prompts for instruct teachers: the document first, then what the task shows, then its rules.

Everything before the passages is the same for all requests about one document, in all rounds. A server therefore
computes it once and keeps it in its prefix cache. The teacher sees the whole document if it fits into the context
window, so that the teacher can write a question that only one place answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.records import Message
from pipeline.synthesize.prompts.templates import CHAT, for_domain, task_templates, templates
from pipeline.synthesize.teachers.protocol import ChatPrompt

_STRING = {"type": "string"}
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
    words = templates(CHAT, language)
    return Message(role="system", content=words["system"]), f"{words['document_label']}\n{document}\n\n"


def task_prompt(
    *,
    document: str,
    passages: Sequence[Passage],
    task: str,
    schema: str,
    domain: str,
    language: str,
    register: str = "",
) -> ChatPrompt:
    """Return the prompt of a written task: document, passages, rules for the domain, and a worked example.

    Args:
        document: the document, or the part of it that the teacher sees.
        passages: the parts of the document that the request is about.
        task: the task, which names the file of its wordings.
        schema: the JSON Schema of the reply, as JSON text.
        domain: the document's domain, which chooses the rules.
        language: the language of the prompt and the reply.
        register: the register in which to write, such as `polite`; empty for a language without registers.
    """
    words = task_templates(task, language)
    rules = [words["rules"].replace("FOCUS", for_domain(words["focus"], domain) if "focus" in words else "")]
    if "examples" in words:
        rules.append(f"{templates(CHAT, language)['example_label']}\n{for_domain(words['examples'], domain)}")
    if register:
        rules.append(templates(CHAT, language)["registers"][register])
    rules.append(words["reply"])
    system, prefix = document_prefix(document, language)
    content = prefix + shown_passages(passages, language) + "\n\n".join(rule.strip() for rule in rules)
    return ChatPrompt(messages=(system, Message(role="user", content=content)), answer_schema=schema)


def shown_passages(passages: Sequence[Passage], language: str) -> str:
    """Return passages with their labels, heading paths and questions, each followed by an empty line."""
    words = templates(CHAT, language)
    parts = []
    for number, passage in enumerate(passages, start=1):
        label = words["segment_label"] + (f" {number}" if len(passages) > 1 else "")
        path = f"{words['path_label']}: {_PATH.join(passage.heading_path)}\n" if passage.heading_path else ""
        asked = f"\n{words['question_label']}: {passage.question}" if passage.question else ""
        answered = f"\n{words['answer_label']}: {passage.answer}" if passage.answer else ""
        parts.append(f"{path}{label}\n{passage.text}{asked}{answered}\n\n")
    return "".join(parts)


def atom_schema() -> str:
    """Return the JSON schema of a question with its answer and quotes, or of the reply that there is nothing to ask.

    Both are one object, because strict servers take no choice at the top. The properties stand in the order in which a
    model should write them.
    """
    quotes = {"type": "array", "items": _STRING}
    return object_schema({"nothing": {"type": "boolean"}, "question": _STRING, "answer": _STRING, "evidence": quotes})


def summary_schema() -> str:
    """Return the JSON schema of a summary."""
    return object_schema({"summary": _STRING})


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
