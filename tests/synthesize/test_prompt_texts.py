"""The text of every kind of prompt, word for word, and what is sent of it to a server."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from synthesis_documents import replied
from teacher_server import TeacherServer, completion

from pipeline.identity import fingerprint
from pipeline.languages import language_rules
from pipeline.records import Message
from pipeline.synthesize.facts import concrete_facts
from pipeline.synthesize.prompts import chat
from pipeline.synthesize.prompts.templates import prompt_version, task_templates, templates
from pipeline.synthesize.small_teacher import prompts as completions
from pipeline.synthesize.teachers.openai import OpenAIOptions, OpenAITeacher
from pipeline.synthesize.teachers.protocol import (
    ChatPrompt,
    CompletionPrompt,
    FinishReason,
    Sampling,
    TeacherReply,
    TeacherRequest,
    earlier_request_hash,
    failed_reply,
    failure_kind,
    request_hash,
    too_long_reply,
)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("domain", ["legal", "manual", "dialogue", "code"])
def test_chat_question_shows_document_then_segment_then_the_rules_of_its_domain(language: str, domain: str) -> None:
    words, task = templates("chat.yaml", language), task_templates("qa", language)
    prompt = chat.task_prompt(
        document="DOC",
        passages=[chat.Passage("SEG", ("Part", "One"))],
        task="qa",
        schema=chat.atom_schema(),
        domain=domain,
        language=language,
    )
    rules = task["rules"].replace("FOCUS", task["focus"][domain]).strip()
    example = f"{words['example_label']}\n{task['examples'][domain].strip()}"
    assert prompt.messages == (
        Message(role="system", content=words["system"]),
        Message(
            role="user",
            content=f"{words['document_label']}\nDOC\n\n{words['path_label']}: Part > One\n"
            f"{words['segment_label']}\nSEG\n\n{rules}\n\n{example}\n\n{task['reply'].strip()}",
        ),
    )
    assert "FOCUS" not in prompt.messages[1].content and task["focus"][domain] in prompt.messages[1].content
    string = {"type": "string"}
    quotes = {"type": "array", "items": string}
    assert json.loads(prompt.answer_schema) == {
        "type": "object",
        "properties": {"nothing": {"type": "boolean"}, "question": string, "answer": string, "evidence": quotes},
        "required": ["nothing", "question", "answer", "evidence"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize("register", ["formal", "polite"])
def test_chat_question_asks_for_its_register(register: str) -> None:
    prompt = chat.task_prompt(
        document="DOC", passages=[], task="qa", schema="{}", domain="legal", language="ko", register=register
    )
    assert templates("chat.yaml", "ko")["registers"][register] in prompt.messages[1].content


@pytest.mark.parametrize("language", ["en", "ko"])
def test_chat_summary_asks_for_one_field(language: str) -> None:
    words, task = templates("chat.yaml", language), task_templates("summary", language)
    prompt = chat.task_prompt(
        document="DOC",
        passages=[chat.Passage("SEC")],
        task="summary",
        schema=chat.summary_schema(),
        domain="legal",
        language=language,
    )
    assert prompt.messages[1].content == (
        f"{words['document_label']}\nDOC\n\n{words['segment_label']}\nSEC\n\n"
        f"{task['rules'].strip()}\n\n{task['reply'].strip()}"
    )
    assert json.loads(prompt.answer_schema)["required"] == ["summary"]


def test_chat_passages_are_numbered_and_show_what_was_asked_about_them() -> None:
    shown = chat.shown_passages([chat.Passage("A", question="Q?", answer="B"), chat.Passage("C")], "en")
    assert shown == "SEGMENT 1\nA\nQuestion: Q?\nAnswer: B\n\nSEGMENT 2\nC\n\n"


def test_completion_question_shows_another_kind_of_fact_then_its_own_then_the_sentence() -> None:
    sentence = "The gauge was delivered\non 2 June 2022."
    (fact,) = concrete_facts(sentence, "en")
    prompt, opening = completions.question_prompt(sentence=sentence, fact=fact, domain="manual", language="en")
    words = templates("examples.yaml", "en")
    labels, examples = words["labels"], words["questions"]["manual"]

    def lines(example: dict[str, str]) -> str:
        keys = ("sentence", "answer", "question")
        return "\n".join(f"{labels[key]}: {example[key]}" for key in keys)

    assert opening == "On what date was"
    assert prompt == CompletionPrompt(
        text="\n\n".join(
            [
                lines(examples["share"]),
                lines(examples["date"]),
                f"{labels['sentence']}: The gauge was delivered on 2 June 2022.\n{labels['answer']}: 2 June 2022\n"
                f"{labels['question']}: On what date was",
            ]
        ),
        stop=("\n",),
    )


def test_completion_question_after_the_last_kind_shows_the_first() -> None:
    sentence = "The kit holds 12 bolts."
    (fact,) = concrete_facts(sentence, "en")
    prompt, opening = completions.question_prompt(sentence=sentence, fact=fact, domain="manual", language="en")
    examples = templates("examples.yaml", "en")["questions"]["manual"]
    assert opening == "How many bolts"
    assert prompt.text.index(examples["money"]["sentence"]) < prompt.text.index(examples["count"]["sentence"])


@pytest.mark.parametrize("language", ["en", "ko"])
def test_completion_summary_ends_with_an_open_label(language: str) -> None:
    labels = templates("examples.yaml", language)["labels"]
    prompt = completions.summary_prompt(section="One\n  two.", language=language)
    assert prompt.stop == ("\n",)
    assert prompt.text.endswith(f"\n\n{labels['section']}: One two.\n{labels['summary']}:")
    shown = templates("examples.yaml", language)["summaries"]
    assert prompt.text.count(f"{labels['summary']}:") == len(shown) + 1


def test_prompt_version_is_a_digest_of_the_wording_in_its_files() -> None:
    for language in ("en", "ko"):
        names = ("chat.yaml", "examples.yaml", "written/qa.yaml")
        files = [yaml.safe_load(language_rules(language).prompts(name)) for name in names]
        assert prompt_version(language, "qa") == f"written-{fingerprint(files)[:8]}"


class _Bodies:
    """Keeps what a server is sent."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.bodies: list[dict[str, Any]] = []

    def __call__(self, asked: Any) -> Any:
        self.bodies.append(dict(asked.body))
        return completion("yes")


SAMPLING = Sampling(temperature=0.25, max_answer_tokens=64, seed=17)
CHAT = ChatPrompt(messages=(Message("system", "S"), Message("user", "U")), answer_schema='{"type": "object"}')
TEXT = CompletionPrompt(text="Go on", stop=("\n", "END"))


def test_server_is_sent_the_whole_request_with_its_sampling() -> None:
    seen = _Bodies()
    with TeacherServer(seen) as server:
        options = OpenAIOptions(
            model="small",
            base_url=f"{server.url}/",
            api_key_env="LONGDOC_NO_KEY",
            timeout_seconds=5.0,
            max_wait_seconds=0.0,
            batch_size=2,
        )
        own = OpenAITeacher(options)
        replies = [own.ask(TeacherRequest(prompt, SAMPLING, "v1")) for prompt in (CHAT, TEXT)]
    drawn = {"model": "small", "temperature": 0.25, "max_tokens": 64, "seed": 17}
    assert seen.bodies == [
        {
            **drawn,
            "messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": {"type": "object"}, "strict": True},
            },
        },
        {**drawn, "prompt": "Go on", "stop": ["\n", "END"]},
    ]
    assert [reply.text for reply in replies] == ["yes", "yes"]
    assert (own.name, own.address, own.concurrency) == ("openai:small", server.url, 2)


def test_request_hash_is_of_prompt_and_sampling_and_of_nothing_else() -> None:
    request = TeacherRequest(CHAT, SAMPLING, "v1")
    others = [
        TeacherRequest(TEXT, SAMPLING, "v1"),
        TeacherRequest(ChatPrompt(CHAT.messages[::-1], CHAT.answer_schema), SAMPLING, "v1"),
        TeacherRequest(ChatPrompt(CHAT.messages, "{}"), SAMPLING, "v1"),
        TeacherRequest(CHAT, Sampling(0.0, 64, 17), "v1"),
        TeacherRequest(CHAT, Sampling(0.25, 65, 17), "v1"),
        TeacherRequest(CHAT, Sampling(0.25, 64, 18), "v1"),
    ]
    assert len({request_hash(other) for other in (request, *others)}) == 7
    assert len({earlier_request_hash(other) for other in (request, *others)}) == 7
    assert request_hash(TeacherRequest(CHAT, SAMPLING, "v2")) == request_hash(request)
    assert earlier_request_hash(TeacherRequest(CHAT, SAMPLING, "v2")) == earlier_request_hash(request)
    assert earlier_request_hash(request) != request_hash(request)


def test_reply_without_an_answer_says_why() -> None:
    assert failed_reply("status 500: boom") == TeacherReply("", FinishReason.ERROR, 0, 0, 0, "status 500: boom")
    assert too_long_reply(num_prompt_tokens=9, room_tokens=8) == TeacherReply(
        "", FinishReason.TOO_LONG, 0, 0, 0, "the prompt has 9 tokens, but the window has room for 8"
    )
    assert [failure_kind(failed_reply(error)) for error in ("status 500: boom: x", "ConnectError")] == [
        "status 500",
        "ConnectError",
    ]
    assert failure_kind(replied("a")) == ""
