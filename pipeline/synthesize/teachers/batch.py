"""The `batch` teacher: requests go into files, and a batch endpoint or another machine answers them later.

For batch endpoints, which cost half, and for machines without a network. The first run writes the requests of all
documents in the form of the OpenAI Batch API and stops. Someone has the files answered, by a hosted batch endpoint or
by `python -m vllm.entrypoints.openai.run_batch`, and puts the answers into the folder. The same command then goes on.

    FOLDER/requests-0001.jsonl   {"custom_id": HASH, "method": "POST", "url": "/v1/chat/completions", "body": {…}}
    FOLDER/answers/*.jsonl       {"custom_id": HASH, "response": {"status_code": 200, "body": {…}}, "error": null}
    FOLDER/open/                 the requests that a running build has found without an answer

Requests about one document are adjacent, because the document comes first in them. A request with a failed answer is
asked again; answers are also stored in `cache/`, so the folder may be removed after the build. Memory: an index of the
answers, about 200 bytes each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pipeline.config.build import TeacherOptions
from pipeline.errors import InputError, RecipeError, UnansweredError
from pipeline.identity import content_id, fingerprint
from pipeline.io import files
from pipeline.synthesize.teachers.plugin import TeacherPlugin
from pipeline.synthesize.teachers.protocol import (
    NOT_ANSWERED,
    BatchOrder,
    FinishReason,
    TeacherReply,
    TeacherRequest,
    failed_reply,
    no_answer,
    request_hash,
)
from pipeline.synthesize.teachers.servers.dialect import (
    AnswerFormat,
    Dialect,
    TokenLimit,
    endpoint_and_body,
    is_too_long,
)
from pipeline.synthesize.teachers.servers.redaction import Redactor
from pipeline.synthesize.teachers.servers.reply import reply_of, words

_REMEDY = "Have them"
"""How the remedy begins for requests that wait."""
MAX_REQUESTS = 50_000
MAX_FILE_BYTES = 190 * 10**6
"""The limits of one file of the OpenAI Batch API are 50,000 requests and 200 MB."""
_REQUESTS = re.compile(r"requests-\d{4}\.jsonl")


class BatchOptions(TeacherOptions):
    """Options of a teacher whose requests are answered from files."""

    kind: Literal["batch"] = "batch"
    folder: str = ""
    """The folder for requests and answers, on any filesystem."""
    token_limit: TokenLimit = TokenLimit.MAX_TOKENS
    """The parameter that limits an answer; OpenAI's reasoning models want `max_completion_tokens`."""
    answer_format: AnswerFormat = AnswerFormat.JSON_SCHEMA
    """How JSON is asked for; `in_words` for endpoints without `response_format`."""
    left_out: tuple[Literal["seed", "temperature"], ...] = ()
    """Parameters that the endpoint does not accept."""
    has_system_role: bool = True
    """Whether the endpoint accepts a system message."""


class BatchFileTeacher:
    """A teacher that answers from files, and writes down what they do not answer."""

    batch_order = BatchOrder.BY_DOCUMENT

    def __init__(self, options: BatchOptions) -> None:
        """Index the answers.

        Raises:
            RecipeError: the recipe names no folder.
            InputError: a file of answers is not JSON Lines.
        """
        _check(options)
        self.name = f"batch:{options.model}"
        self._model = options.model
        self._folder = options.folder
        self._dialect = Dialect(
            token_limit=options.token_limit,
            answer_format=options.answer_format,
            has_system_role=options.has_system_role,
            left_out=frozenset(options.left_out),
        )
        self._places = _index(_answers_folder(options.folder))

    def answer(self, requests: Sequence[TeacherRequest]) -> list[TeacherReply]:
        """Return the replies that the files have, and failures for other requests; see `BatchTeacher.answer`.

        The requests of one call without an answer are written to one file.
        """
        keys = [request_id(request, model=self._model) for request in requests]
        replies = [self._reply(key) for key in keys]
        open_lines = [
            self._line(key, request)
            for key, request, reply in zip(keys, requests, replies, strict=True)
            if reply.finish_reason is FinishReason.ERROR
        ]
        if open_lines:
            name = f"{content_id(*keys)}.jsonl"
            files.write_text(files.join(_open_folder(self._folder), name), "".join(dict.fromkeys(open_lines)))
        return replies

    def _reply(self, key: str) -> TeacherReply:
        place = self._places.get(key)
        return _reply_of(_line_at(*place)) if place else failed_reply(NOT_ANSWERED)

    def _line(self, key: str, request: TeacherRequest) -> str:
        path, body = endpoint_and_body(request, model=self._model, dialect=self._dialect)
        return json.dumps({"custom_id": key, "method": "POST", "url": f"/v1{path}", "body": body}) + "\n"


def request_id(request: TeacherRequest, *, model: str) -> str:
    """Return the id of a request in the files. It tells models apart, which may share a folder."""
    return f"{fingerprint([model])[:8]}-{request_hash(request)}"


def write_requests(folder: str) -> list[str]:
    """Write the open requests of a build into new request files, and return their paths. Earlier ones are removed.

    A file holds requests to one model, because batch endpoints take no others.

    If no request is open, the earlier files stay: another model that shares the folder may have written them.
    """
    left_open = {line for path in files.list_files(_open_folder(folder)) for line in _lines_of(path)}
    if not left_open:
        return []
    for path in _request_files(folder):
        files.remove_file(path)
    written: list[str] = []
    part: list[str] = []
    num_bytes, model_of_part = 0, ""
    for line in sorted(left_open, key=_by_prompt):
        model = json.loads(line)["body"].get("model", "")
        if part and (model != model_of_part or len(part) == MAX_REQUESTS or num_bytes + len(line) > MAX_FILE_BYTES):
            written.append(_write_part(folder, len(written) + 1, part))
            part, num_bytes = [], 0
        part.append(line)
        model_of_part = model
        num_bytes += len(line)  # the lines are ASCII
    if part:
        written.append(_write_part(folder, len(written) + 1, part))
    files.remove_folder(_open_folder(folder))
    return written


def _prepare(options: BatchOptions) -> None:
    """Check the options and forget what an interrupted build left open."""
    BatchFileTeacher(options)
    files.remove_folder(_open_folder(options.folder))


def _explain(options: BatchOptions, error: UnansweredError) -> UnansweredError:
    """Return the error that says which files wait for answers, once they are written."""
    paths = write_requests(options.folder)
    if not paths:
        return error
    num_requests = sum(1 for path in paths for _ in _lines_of(path))
    failed = {reason: count for reason, count in error.reasons.items() if reason != NOT_ANSWERED}
    said = f" {sum(failed.values())} of them were answered with an error: {next(iter(failed))}." if failed else ""
    named = f"{paths[0]}" if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"
    # The other model of the build may wait too, in another folder.
    other = f" {error.message}" if error.remedy.startswith(_REMEDY) else ""
    return UnansweredError(
        f"{num_requests} teacher requests wait for answers, in {named}.{said}{other}",
        remedy=f"{_REMEDY} answered (a batch endpoint, or python -m vllm.entrypoints.openai.run_batch -i REQUESTS -o "
        f"ANSWERS --model {options.model}), put the answers into {_answers_folder(options.folder)}, and run the same "
        "command again.",
        reasons=error.reasons,
        num_requests=error.num_requests,
        num_unasked=error.num_unasked,
        gave_up=error.gave_up,
    )


def _check(options: BatchOptions) -> None:
    if not options.folder:
        raise RecipeError(
            "synthesize.teacher.folder is empty, so the batch teacher has no place for its requests.",
            remedy="Set it to a folder, such as --set synthesize.teacher.folder=batch.",
        )


def _index(folder: str) -> dict[str, tuple[str, int]]:
    """Return the file and offset of the answer to each request: the last good one, or the last if none is good."""
    places: dict[str, tuple[str, int]] = {}
    good: set[str] = set()
    for path in files.list_files(folder):
        for offset, value in _answers_in(path):
            key = str(value.get("custom_id"))
            is_good = _is_good(value)
            if is_good or key not in good:
                places[key] = (path, offset)
            if is_good:
                good.add(key)
    return places


def _answers_in(path: str) -> Iterator[tuple[int, Mapping[str, Any]]]:  # Any: parsed JSON
    offset = 0
    with files.open_binary(path) as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield offset, _parsed(line, f"{path}, line {number}")
            offset += len(line)


def _line_at(path: str, offset: int) -> Mapping[str, Any]:
    with files.open_binary(path) as file:
        file.seek(offset)
        return _parsed(file.readline(), path)


def _parsed(line: bytes, place: str) -> Mapping[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{place}: the answer is not JSON ({type(error).__name__}).",
            remedy="Put files of the batch endpoint there, unchanged and complete.",
        ) from error
    if not isinstance(value, Mapping) or "custom_id" not in value:
        raise InputError(
            f"{place}: the line is no answer of a batch endpoint, because it has no custom_id.",
            remedy="Put the files with answers there, not those with requests or errors of another kind.",
        )
    return value


def _is_good(value: Mapping[str, Any]) -> bool:
    response = value.get("response")
    return isinstance(response, Mapping) and response.get("status_code", 200) == 200 and not value.get("error")


def _reply_of(value: Mapping[str, Any]) -> TeacherReply:
    redactor = Redactor("")
    response = value.get("response")
    body = response.get("body") if isinstance(response, Mapping) else None
    if _is_good(value):
        return reply_of(json.dumps(body).encode(), redactor=redactor)
    said = words(json.dumps(value.get("error") or body or value), redactor=redactor)
    if is_too_long(said):
        return no_answer(FinishReason.TOO_LONG, f"the endpoint says that {said}")
    status = response.get("status_code") if isinstance(response, Mapping) else None
    return failed_reply(f"status {status}: {said}" if status else f"batch error: {said}")


def _write_part(folder: str, number: int, lines: Sequence[str]) -> str:
    path = files.join(folder, f"requests-{number:04d}.jsonl")
    files.write_text(path, "".join(lines))
    return path


def _request_files(folder: str) -> list[str]:
    found = files.list_files(folder)
    return [path for path in found if _REQUESTS.fullmatch(path.rsplit("/", 1)[-1])]


def _lines_of(path: str) -> list[str]:
    with files.open_binary(path) as file:
        return [line.decode() for line in file]


def _by_prompt(line: str) -> tuple[str, str, str]:
    value = json.loads(line)
    body = value["body"]
    prompt = body["messages"][-1]["content"] if "messages" in body else body["prompt"]
    return str(body.get("model", "")), str(prompt), value["custom_id"]


def _open_folder(folder: str) -> str:
    return files.join(folder, "open")


def _answers_folder(folder: str) -> str:
    return files.join(folder, "answers")


TEACHER = TeacherPlugin(
    options=BatchOptions,
    open=lambda options, _: BatchFileTeacher(options),
    check=_prepare,
    is_server=True,
    sends=False,
    explain=_explain,
)
