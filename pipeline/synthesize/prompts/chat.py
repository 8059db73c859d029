"""Writes chat prompts for instruct teachers: the document first, then the segment and the task; answers are JSON.

Everything before the segment is the same for all requests about one document, so a server computes it once and keeps it
in its prefix cache. The teacher sees the whole document if it fits into the context window, so that the teacher can
write a question that only the segment answers.
"""

from __future__ import annotations

import json

from pipeline.records import Message
from pipeline.synthesize.prompts.templates import for_domain, templates
from pipeline.synthesize.teachers.protocol import ChatPrompt


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
        schema=_schema({"summary": {"type": "string"}}),
        language=language,
    )


def _prompt(*, document: str, segment: str, rules: str, schema: str, language: str) -> ChatPrompt:
    words = templates("chat.yaml", language)
    content = f"{words['document_label']}\n{document}\n\n{words['segment_label']}\n{segment}\n\n{rules.strip()}"
    return ChatPrompt(
        messages=(Message(role="system", content=words["system"]), Message(role="user", content=content)),
        answer_schema=schema,
    )


def _question_schema() -> str:
    """Return the JSON schema of a question with its answer and quotes, or of the reply that there is nothing to ask.

    Both are one object, because strict servers take no choice at the top. The properties stand in the order in which a
    model should write them.
    """
    string = {"type": "string"}
    quotes = {"type": "array", "items": string}
    return _schema({"nothing": {"type": "boolean"}, "question": string, "answer": string, "evidence": quotes})


def _schema(properties: dict[str, object]) -> str:
    schema = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return json.dumps(schema)
