"""Subjects on OpenAI-compatible servers, such as `vllm serve`, llama.cpp, SGLang and hosted services.

Takes references `http://HOST/v1#MODEL`; answers prompts with several requests in flight. Requests go through the
`openai` teacher, so they are repeated while a server is busy or restarts, in the form that the server accepts, and
without control strings that a document could smuggle in. Does not import torch.

Answers have as many tokens as the server says; most count the token that ends an answer.

A server's weights are not seen. The fingerprint covers the address and the model's name, so answers of a server that
now serves other weights under the same name are kept: evaluate into a new folder then.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace

import httpx
from pydantic import ValidationError

from pipeline.config.evaluate import EvaluateRecipe
from pipeline.errors import InputError, RunError
from pipeline.evaluate.meter import Meter, plain_text
from pipeline.evaluate.prompt import Answer, Prompt, PromptForm
from pipeline.evaluate.subjects.references import split_server
from pipeline.evaluate.subjects.subject import Role, Subject
from pipeline.identity import content_id
from pipeline.records import Message
from pipeline.synthesize.teachers.openai import OpenAIOptions, OpenAITeacher
from pipeline.synthesize.teachers.protocol import (
    NOT_ASKED,
    ChatPrompt,
    CompletionPrompt,
    FinishReason,
    Sampling,
    TeacherReply,
    TeacherRequest,
    failed_reply,
    failure_kind,
)
from pipeline.synthesize.teachers.servers.harmless import harmless_request, original_reply
from pipeline.synthesize.teachers.servers.keys import read_key
from pipeline.synthesize.teachers.servers.reply import MALFORMED
from pipeline.synthesize.teachers.servers.retries import backoff_seconds
from pipeline.tokens.tokenizer import chat_templates
from pipeline.train.generation.answer_text import answer_text

logger = logging.getLogger(__name__)

_CONTINUING = frozenset({"vllm", "sglang"})
"""Servers that know `continue_final_message`, by their `owned_by` in the list of models."""
_NO_ENDPOINT = frozenset({"status 404", "status 405", "status 501"})
"""Failure kinds of a request to an endpoint that a server does not have."""
_REFUSED = frozenset({"status 400", "status 413", "status 422", MALFORMED})
"""Failure kinds that concern one prompt, if the server answers others."""


def describe_server(reference: str, settings: EvaluateRecipe, *, name: str, role: Role) -> Subject:
    """Return the description of a served model; nothing is sent.

    Raises:
        InputError: the reference has no address or model; it or `evaluate.server` contains a secret; or
            `evaluate.server.tokenizer` does not lead to a tokenizer.
    """
    address, model = split_server(reference)
    _teacher_options(reference, settings)
    chat_templates(settings.server.tokenizer)
    return Subject(
        name=name,
        reference=reference,
        role=role,
        fingerprint=content_id("server", address, model),
        meter=Meter(settings.server.tokenizer, settings.chat_template_kwargs),
        has_weights=False,
    )


class ServerAnswering:
    """A served model that answers prompts; see `subject.Answering`."""

    def __init__(self, subject: Subject, settings: EvaluateRecipe) -> None:
        """Open the connection pool without sending anything.

        Raises:
            InputError: the key has characters that no HTTP header can carry.
        """
        self._subject = subject
        self._options = settings.server
        self._template_options = settings.chat_template_kwargs
        self._teacher = OpenAITeacher(_teacher_options(subject.reference, settings))
        self._has_completions = True
        """Whether the endpoint for plain text is not known to be missing."""
        self._continues: bool | None = None
        """Whether the server continues an answer that is begun; None before it was asked."""
        self._has_answered = False
        """Whether the server has answered a prompt, in this run or before."""

    def answer(self, prompts: Sequence[Prompt]) -> Iterator[tuple[int, Answer]]:
        """Yield (number of the prompt, answer) as answers arrive.

        A prompt that the server refuses gets an answer with a fault, unless the server has never answered any.

        Raises:
            RunError: prompts have no answer, because the server cannot be reached or fails.
        """
        if self._continues is None and any(_is_begun_chat(prompt) for prompt in prompts):
            self._continues = self._owner() in _CONTINUING
        watch = self._teacher.watch
        watch.open_window(len(prompts))
        failed: dict[int, TeacherReply] = {}
        pool = ThreadPoolExecutor(max_workers=self._options.concurrency, thread_name_prefix="subject")
        try:
            waiting = {pool.submit(self._reply, prompt): number for number, prompt in enumerate(prompts)}
            for future in as_completed(waiting):
                number, reply = waiting[future], future.result()
                if reply.finish_reason is FinishReason.ERROR:
                    failed[number] = reply
                else:
                    yield number, self._answer_of(prompts[number], reply)
        except BaseException:
            watch.give_up()  # waiting prompts end at once; requests in flight are not awaited
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        refused = {} if watch.gave_up else {n: reply for n, reply in failed.items() if failure_kind(reply) in _REFUSED}
        for number, reply in refused.items():
            yield number, Answer("", 0, fault=reply.error)
        unanswered = [reply for number, reply in failed.items() if number not in refused]
        if unanswered:
            reasons = Counter(reply.error for reply in unanswered if failure_kind(reply) != NOT_ASKED)
            said = max(reasons, key=lambda reason: reasons[reason], default=NOT_ASKED)
            raise RunError(
                f"{self._subject.name} at {self._teacher.address} did not answer {len(unanswered)} of {len(prompts)} "
                f"prompts: {said}.",
                remedy="Check the server, the model's name and the key in "
                f"{self._options.api_key_env}. Then run the command again; answers are kept.",
            )

    def note_earlier_answers(self) -> None:
        """Take refusals for those of single prompts from now on; without this, they end the run."""
        self._has_answered = True
        self._teacher.watch.found_answer()

    def close(self) -> None:
        """Close the connections."""
        self._teacher.close()

    def _reply(self, prompt: Prompt) -> TeacherReply:
        """Return the reply to a prompt, and tell the watch how it went."""
        watch = self._teacher.watch
        if watch.gave_up:
            return failed_reply(NOT_ASKED)
        reply = self._ask(prompt)
        if reply.finish_reason is not FinishReason.ERROR:
            self._has_answered = True
            watch.answered()
        elif not (self._has_answered and failure_kind(reply) in _REFUSED):
            watch.failed(failure_kind(reply))
        return reply

    def _ask(self, prompt: Prompt) -> TeacherReply:
        """Send a prompt; a text goes to the chat endpoint if the server has no endpoint for texts."""
        if prompt.form is PromptForm.CHAT:
            return self._send(self._chat(prompt), prompt)
        chat = ChatPrompt((Message("user", _text(prompt)),), answer_schema="")
        if not self._has_completions:
            return self._send(chat, prompt)
        reply = self._send(CompletionPrompt(_text(prompt), stop=()), prompt)
        if failure_kind(reply) not in _NO_ENDPOINT:
            return reply
        as_chat = self._send(chat, prompt)
        if as_chat.finish_reason is FinishReason.ERROR:
            return reply
        if self._has_completions:
            logger.warning("%s has no /completions, so texts are sent as chats.", self._teacher.address)
            self._has_completions = False
        return as_chat

    def _chat(self, prompt: Prompt) -> ChatPrompt:
        """Return a chat whose answer is begun, in the way that the server understands."""
        messages = prompt.messages
        if prompt.answer_start and self._continues:
            messages = (*messages, Message("assistant", prompt.answer_start))
        elif prompt.answer_start:
            last = messages[-1]
            messages = (*messages[:-1], replace(last, content=f"{last.content}\n{prompt.answer_start}"))
        return ChatPrompt(messages, answer_schema="")

    def _send(self, asked: ChatPrompt | CompletionPrompt, prompt: Prompt) -> TeacherReply:
        sampling = Sampling(0.0, prompt.max_answer_tokens, seed=0, template_options=self._template_options)
        request = TeacherRequest(asked, sampling, prompt_version="")
        return original_reply(self._teacher.ask(harmless_request(request)), request)

    def _answer_of(self, prompt: Prompt, reply: TeacherReply) -> Answer:
        if reply.finish_reason in (FinishReason.TOO_LONG, FinishReason.REFUSED):
            return Answer("", 0, fault=reply.error)
        is_continued = self._continues if prompt.form is PromptForm.CHAT else self._has_completions
        text = answer_text(reply.text, "" if is_continued else prompt.answer_start)
        num_tokens = reply.num_answer_tokens or self._subject.meter.count(reply.text)
        return Answer(text, num_tokens, is_cut=reply.finish_reason is FinishReason.LENGTH)

    def _owner(self) -> str:
        """Return what the server says of who serves its models; empty if it does not say.

        Raises:
            RunError: the server cannot be reached within `max_wait_seconds`.
        """
        key = read_key(self._options.api_key_env)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        deadline = time.monotonic() + self._options.max_wait_seconds
        num_tries = 0
        while True:
            try:
                response = httpx.get(
                    f"{self._teacher.address}/models", headers=headers, timeout=self._options.timeout_seconds
                )
                return _owned_by(response)
            except httpx.TransportError as error:
                num_tries += 1
                wait = backoff_seconds(num_tries=num_tries, request=self._subject.fingerprint)
                if time.monotonic() + wait > deadline:
                    raise RunError(
                        f"{self._teacher.address} cannot be reached: {type(error).__name__}.",
                        remedy="Start the server or correct its address. Then run the command again; answers are kept.",
                    ) from error
                time.sleep(wait)


def _teacher_options(reference: str, settings: EvaluateRecipe) -> OpenAIOptions:
    address, model = split_server(reference)
    try:
        return OpenAIOptions(
            model=model,
            base_url=address,
            api_key_env=settings.server.api_key_env,
            timeout_seconds=settings.server.timeout_seconds,
            max_wait_seconds=settings.server.max_wait_seconds,
            batch_size=settings.server.concurrency,
        )
    except ValidationError as error:
        raise InputError(
            f"A model on {address} cannot be asked: {error.errors()[0]['msg']}.",
            remedy="Give the address and name of the model, and the key in an environment variable.",
        ) from error


def _owned_by(response: httpx.Response) -> str:
    try:
        owner = response.json()["data"][0]["owned_by"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    return owner if isinstance(owner, str) else ""


def _is_begun_chat(prompt: Prompt) -> bool:
    return prompt.form is PromptForm.CHAT and bool(prompt.answer_start)


def _text(prompt: Prompt) -> str:
    return f"{plain_text(prompt.messages)}{prompt.answer_start}"
