"""Recordings of a strong teacher: requests about real documents, its replies in all rounds, and the verdict on each.

    python -m tests.recorded_teacher start WORK   # builds, and stops with the requests of a round
    python -m tests.recorded_teacher store WORK                   # after the last round: writes the recordings

`start` runs a build of the documents in `recordings/teacher` with the `batch` teacher, in WORK. It stops with the open
requests in `WORK/batch/requests-*.jsonl`; put answers into `WORK/batch/answers`, and start again, until the build
finishes. `store` leads every document through its rounds with these answers and writes, for each language,

    recordings/teacher/LANGUAGE.jsonl     one reply a line, with what is needed to read it again, and the verdict
    recordings/teacher/contexts.jsonl     the documents as the build read them
    recordings/teacher/answers.jsonl      the answers about ten documents, as a batch endpoint gives them

and prints how many replies were kept, by task and reason. The document's text at the beginning of a request is left
out. `tests/synthesize/test_recorded_teacher.py` reads the replies again and compares the verdicts; it also builds rows
from the ten documents. When a template changes, its requests have other hashes: record them anew with the two commands.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.config.build import InputSource, Joining
from pipeline.config.load import load_recipe
from pipeline.config.recipe import Recipe
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import read_parts
from pipeline.io.record_values import json_of, record_of
from pipeline.records import Context
from pipeline.synthesize.members import DocumentView
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.teachers.batch import request_id
from pipeline.synthesize.teachers.open import shared_teacher
from pipeline.synthesize.teachers.protocol import (
    ChatPrompt,
    FinishReason,
    Sampling,
    TeacherReply,
    TeacherRequest,
)
from pipeline.synthesize.teachers.servers.harmless import harmless_request
from pipeline.synthesize.written.attempts import Condition
from pipeline.synthesize.written.draft import Draft, PlannedRequest, Round
from pipeline.synthesize.written.exchange import Exchange, Fate
from pipeline.synthesize.written.rounds import DocumentRounds
from pipeline.synthesize.written.windows import ask_rounds, document_rounds
from pipeline.synthesize.written_tasks import written_task_names

FOLDER = Path(__file__).parent / "recordings" / "teacher"
KEPT = "kept"
JUDGE = "strong:judge"
MODEL = "strong"
_INPUTS = str(FOLDER / "inputs.yaml")
_CONTEXTS = FOLDER / "contexts.jsonl"
ANSWERS = FOLDER / "answers.jsonl"
BUILT = (
    "en/code/netrc.py",
    "en/dialogue/research-group-meeting.txt",
    "en/legal/scholarship-regulations.txt",
    "en/manual/pressure-cooker.md",
    "en/manual/background-tasks.rst",
    "ko/code/area_index.py",
    "ko/dialogue/bank-call.txt",
    "ko/legal/cleaning-service-contract.txt",
    "ko/manual/robot-cleaner.md",
    "ko/legal/constitution-president.txt",
)
"""The documents of the build that the tests repeat."""
_SEED = 17


def recorded_settings(work: str) -> list[str]:
    """Return the settings of the recorded build: all tasks and rounds, three questions and a merge a document."""
    return [
        "synthesize.teacher.kind=batch",
        f"synthesize.teacher.model={MODEL}",
        "synthesize.teacher.prompt_form=chat",
        "synthesize.teacher.max_model_tokens=32768",
        f"synthesize.teacher.folder={work}/batch",
        f"synthesize.written.tasks=[{','.join(written_task_names())}]",
        "synthesize.written.languages=[en,ko]",
        "synthesize.written.questions_per_document=3",
        "synthesize.written.merges_per_document=1",
        "pack.tokenizer=embedded:smollm2-135m-instruct",
        "pack.join.kinds=[]",
        "packing.edges=[8192]",
    ]


def recorded_recipe(work: str) -> Recipe:
    """Return the recipe of the recorded build."""
    return load_recipe(None, fragments=[_INPUTS], overrides=recorded_settings(work))


def built_recipe(work: str) -> Recipe:
    """Return the recipe of a build of the ten documents."""
    recipe = load_recipe(None, fragments=[], overrides=recorded_settings(work))
    inputs = []
    for name in BUILT:
        language, domain, _ = name.split("/")
        path = str(FOLDER / "documents" / name)
        inputs.append(InputSource(path=path, domain=domain, language=language, join=Joining.FILE))
    return recipe.model_copy(update={"inputs": tuple(inputs)})


def recorded_contexts() -> list[Context]:
    """Return the documents as the build read them."""
    lines = _CONTEXTS.read_text(encoding="utf-8").splitlines()
    return [record_of(json.loads(line), Context) for line in lines]


@cache
def recorded_lines(language: str) -> tuple[Mapping[str, Any], ...]:
    """Return the recorded replies about documents in a language, in the order of their rounds."""
    lines = (FOLDER / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


def rounds_of(context: Context, recipe: Recipe, exchanges: list[Exchange]) -> DocumentRounds:
    """Return the rounds of a document, which add every exchange to a list."""
    found = document_rounds(
        DocumentView(context=context, row=context, index=None),
        recipe=recipe.synthesize,
        seed=_SEED,
        judge=lambda: JUDGE,
        questions_taken=(),
        on_reply=exchanges.append,
    )
    assert found is not None, "the recipe asks about every document"
    return found


def read_again(context: Context, lines: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], str]]:
    """Return the verdict of today's checks on each recorded reply about a document, beside the recorded line.

    A reply about a draft that is not kept any more is left out.
    """
    exchanges: list[Exchange] = []
    rounds = rounds_of(context, recorded_recipe("unused"), exchanges)
    drafts: dict[str, Draft] = {}
    found = []
    for round_ in Round:
        if round_ is Round.ATTEMPTS:
            rounds.plan(round_)  # which tells the proof what there is to prove
        drafts |= {draft.key: draft for draft in rounds.drafts}
        asked = [line for line in lines if line["round"] == round_ and all(key in drafts for key in line["sources"])]
        items = [_item(line, drafts) for line in asked]
        rounds.take(round_, items, [_reply(line["reply"]) for line in asked])
        verdicts, exchanges[:] = [verdict_of(exchange) for exchange in exchanges], []
        found += list(zip(asked, verdicts, strict=True))
    return found


def verdict_of(exchange: Exchange) -> str:
    """Return `kept`, or the reason why a reply was rejected or not used."""
    return KEPT if exchange.fate is Fate.KEPT else exchange.reason


def _item(line: Mapping[str, Any], drafts: Mapping[str, Draft]) -> PlannedRequest:
    condition = line.get("condition")
    prompt = ChatPrompt((), "{}")
    return PlannedRequest(
        task=line["task"],
        segment=Span(*line["segment"]),
        request=TeacherRequest(prompt, Sampling(0.0, 512, _SEED), "recorded"),
        section_title=line["section_title"],
        round=Round(line["round"]),
        sources=tuple(drafts[key] for key in line["sources"]),
        condition=Condition(**condition) if condition else None,
    )


def _reply(text: str) -> TeacherReply:
    return TeacherReply(text, FinishReason.STOP, 1, 0, 1, "")


def _line(exchange: Exchange, context: Context) -> dict[str, Any]:
    item = exchange.item
    prompt = item.request.prompt
    assert isinstance(prompt, ChatPrompt)
    asked = prompt.messages[-1].content
    return {
        "document": context.doc_id,
        "source": _source(context),
        "round": item.round.value,
        "task": item.task,
        "segment": [item.segment.start, item.segment.end],
        "section_title": item.section_title,
        "sources": [draft.key for draft in item.sources],
        "condition": json_of(item.condition) if item.condition else None,
        "request": asked.partition(context.text)[2].strip() or asked,
        "reply": exchange.reply.text,
        "verdict": verdict_of(exchange),
    }


def _start(work: Path) -> int:
    settings = [part for setting in recorded_settings(str(work)) for part in ("--set", setting)]
    command = ["build-sft", "--with", _INPUTS, *settings, "--output", str(work / "build")]
    return subprocess.run([sys.executable, "-m", "pipeline", *command], check=False).returncode


def _contexts_of(work: Path) -> Iterator[Context]:
    folder = BuildFolder(str(work / "build"))
    yield from sorted(read_parts(folder.corpus, Context), key=lambda context: context.source_uri)


def _store(work: Path) -> int:
    recipe = recorded_recipe(str(work))
    teacher = shared_teacher(recipe.synthesize.teacher, seed=_SEED)
    lines: dict[str, list[dict[str, Any]]] = {}
    built: dict[str, TeacherReply] = {}
    contexts = list(_contexts_of(work))
    for context in contexts:
        exchanges: list[Exchange] = []
        rounds = rounds_of(context, recipe, exchanges)
        ask_rounds([rounds], ask=lambda _, requests: teacher.answer([harmless_request(one) for one in requests]))
        answered = [exchange for exchange in exchanges if exchange.fate is not Fate.FAILED]
        lines.setdefault(context.language, []).extend(_line(exchange, context) for exchange in answered)
        if _source(context) in BUILT:
            built |= {request_id(harmless_request(one.item.request), model=MODEL): one.reply for one in answered}
    for language, found in lines.items():
        _write(FOLDER / f"{language}.jsonl", found)
    _write(_CONTEXTS, [json_of(context) for context in contexts])
    _write(ANSWERS, [_batch_answer(key, reply.text) for key, reply in sorted(built.items())])
    for line in acceptance(lines):
        print(line)
    return 0


def acceptance(lines: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    """Yield a table of the verdicts by task and round, as Markdown."""
    yield "| task | round | language | asked | kept | rejected by |"
    yield "| --- | --- | --- | ---: | ---: | --- |"
    for language, found in sorted(lines.items()):
        verdicts: dict[tuple[str, str], Counter[str]] = {}
        for line in found:
            verdicts.setdefault((line["task"], line["round"]), Counter())[line["verdict"]] += 1
        rounds = [round_.value for round_ in Round]
        for task, round_ in sorted(verdicts, key=lambda key: (key[0], rounds.index(key[1]))):
            counts = verdicts[task, round_]
            others = ", ".join(f"{reason} {count}" for reason, count in sorted(counts.items()) if reason != KEPT)
            yield f"| {task} | {round_} | {language} | {counts.total()} | {counts[KEPT]} | {others} |"


def _source(context: Context) -> str:
    return context.source_uri.partition("documents/")[2]


def _batch_answer(key: str, text: str) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return {"custom_id": key, "response": {"status_code": 200, "body": {"choices": [choice], "usage": usage}}}


def _write(path: Path, values: Sequence[object]) -> None:
    text = "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)
    path.write_text(text, encoding="utf-8")


def _main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("start", "store"))
    parser.add_argument("work", type=Path)
    arguments = parser.parse_args()
    return _start(arguments.work) if arguments.step == "start" else _store(arguments.work)


if __name__ == "__main__":
    raise SystemExit(_main())
