"""Replies that people wrote who had not seen the checks, good ones and spoiled ones, and what the checks make of them.

    python -m tests.recorded_replies [--show KIND] [--judged | --set NAME]
    python -m tests.recorded_replies --requests FILE    # the requests to a judge about all replies that get that far

prints how many of each kind pass, in each language; with `--judged`, after the verdicts of a judge who did not know
which replies are good; with `--set NAME`, for a set of two other writers: `later` and `third`, for which the checks
were changed as for the first, and `unseen`, for which they were not. `recordings/replies` has the documents, with
their licences, one reply a line, and one verdict a line (`verdicts-LANGUAGE.jsonl`). Used by
`tests/synthesize/test_recorded_replies.py`.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.config.build import PromptForm, WrittenRecipe
from pipeline.identity import content_id
from pipeline.records import Context, JoiningKind, Message, Section
from pipeline.synthesize.segments import segment_chars
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.teachers.protocol import ChatPrompt, FinishReason, Sampling, TeacherReply, TeacherRequest
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import PlannedRequest, Round
from pipeline.synthesize.written.proof import DocumentProof
from pipeline.synthesize.written.rounds import DocumentRounds
from tests.written_requests import judge_written

FOLDER = Path(__file__).parent / "recordings" / "replies"
LATER, THIRD, UNSEEN = (FOLDER / name for name in ("later", "third", "unseen"))
"""Sets of two other writers each, who had not seen the checks. The checks were changed after `LATER` and `THIRD` were
read. `UNSEEN` was only counted: change no check for it, or have others write another."""
GOOD = "good"
NEEDS_NO_JUDGE = frozenset(
    {
        *("wrong_unit", "wrong_magnitude", "swapped_values", "negation", "bound", "wrong_name", "swapped_names"),
        *("invented_quote", "wrong_language", "cut_json", "repetition", "obeyed_injection"),
    }
)
"""The kinds of spoiled replies that the checks must catch without a judge."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One reply and what became of it."""

    case: Mapping[str, Any]
    language: str
    reason: str
    """Why the reply was rejected; empty if it passed."""
    detail: str

    @property
    def is_good(self) -> bool:
        return bool(self.case["verdict"] == GOOD)

    @property
    def kind(self) -> str:
        return str(self.case["kind"])


@cache
def recorded(language: str, folder: Path = FOLDER) -> tuple[Recorded, ...]:
    """Return the replies in one language with their verdicts."""
    return tuple(_judged(case, context, language) for case, context in _cases(language, folder))


@cache
def judged(language: str) -> tuple[Recorded, ...]:
    """Return the replies in one language after the verdicts, without those whose verdict is missing."""
    verdicts = {line["id"]: line["verdict"] for line in _lines(FOLDER / f"verdicts-{language}.jsonl")}
    found = []
    for case, context in _cases(language):
        rounds, asked = _rounds(case, context)
        if asked and case["id"] not in verdicts:
            continue
        rounds.take(Round.JUDGE, asked, [_reply(json.dumps(verdicts[case["id"]])) for _ in asked])
        found.append(_recorded(case, language, rounds))
    return tuple(found)


def judge_requests(language: str) -> Iterator[tuple[str, TeacherRequest]]:
    """Yield the request to a judge about each reply that the other checks leave, with the id of the reply."""
    for case, context in _cases(language):
        _, asked = _rounds(case, context)
        yield from ((case["id"], item.request) for item in asked)


def share_passed(found: Sequence[Recorded]) -> float:
    """Return the share of replies that passed."""
    return sum(not one.reason for one in found) / len(found)


def _documents(language: str, folder: Path) -> list[dict[str, str]]:
    with (folder / f"documents-{language}.tsv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _context(row: Mapping[str, str], headings: Sequence[str], language: str, folder: Path) -> Context:
    text = (folder / "documents" / row["file"]).read_text(encoding="utf-8")
    places = sorted({(text.index(title), title) for title in headings if title and title in text})
    starts = [(0, ""), *places] if not places or places[0][0] else places
    ends = [start for start, _ in starts[1:]] + [len(text)]
    doc_id = content_id(text)
    return Context(
        doc_id=doc_id,
        text=text,
        domain=row["domain"],
        language=language,
        title=row["title"],
        licence=row["licence"],
        source_uri=row["file"],
        source_offset=0,
        sha256="0" * 64,
        num_tokens=max(1, len(text) // 4),
        bucket=8192,
        cluster_id=doc_id,
        sections=tuple(
            Section(start=start, end=end, level=int(bool(title)), title=title)
            for (start, title), end in zip(starts, ends, strict=True)
        ),
        parent_id=doc_id,
        parent_start=0,
        heading_path=(),
        part=1,
        num_parts=1,
        joining=JoiningKind.NONE.value,
        members=(),
        repeats=1,
    )


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _cases(language: str, folder: Path = FOLDER) -> Iterator[tuple[dict[str, Any], Context]]:
    cases = _lines(folder / f"{language}.jsonl")
    headings: dict[str, list[str]] = defaultdict(list)
    for case in cases:
        headings[case["document"]].append(case["heading"])
    contexts = {
        row["file"]: _context(row, headings[row["file"]], language, folder) for row in _documents(language, folder)
    }
    least = WrittenRecipe().min_section_tokens
    for case in cases:
        context = contexts[case["document"]]
        if case["task"] != "summary" or len(case["segment"]) >= segment_chars(least, context):
            yield case, context  # a build asks for no summary of a shorter section


def _planned(case: Mapping[str, Any], context: Context) -> PlannedRequest:
    start = context.text.index(case["segment"])
    is_summary = case["task"] == "summary"
    return PlannedRequest(
        task="summary" if is_summary else "qa",
        segment=Span(start=start, end=start + len(case["segment"])),
        request=TeacherRequest(ChatPrompt((Message("user", case["segment"]),), "{}"), Sampling(0.0, 512, 17), "v1"),
        section_title=case["heading"] if is_summary else "",
    )


def _text(case: Mapping[str, Any]) -> str:
    return case["reply_text"] if "reply_text" in case else json.dumps(case["reply"], ensure_ascii=False)


def _reply(text: str) -> TeacherReply:
    return TeacherReply(text, FinishReason.STOP, 1, 0, 1, "")


def _rounds(case: Mapping[str, Any], context: Context) -> tuple[DocumentRounds, list[PlannedRequest]]:
    """Return the rounds of a document with this reply alone, and the request to the judge, if there is one."""
    document = WrittenDocument(
        context,
        form=PromptForm.CHAT,
        recipe=WrittenRecipe(),
        max_model_tokens=131_072,
        sampling=Sampling(0.0, 512, 17),
        register="",
        is_judged=True,
    )
    proof = DocumentProof(document, judged=document, judge=lambda: "strong:judge")
    rounds = DocumentRounds(document, proof, tasks=("qa", "summary"), questions=1, merges=0, questions_taken=())
    rounds.take(Round.ATOMS, [_planned(case, context)], [_reply(_text(case))])
    return rounds, rounds.plan(Round.JUDGE)


def _recorded(case: Mapping[str, Any], language: str, rounds: DocumentRounds) -> Recorded:
    rejection = rounds.rejections[0] if rounds.rejections else None
    return Recorded(case, language, rejection.reason if rejection else "", rejection.detail if rejection else "")


def _judged(case: Mapping[str, Any], context: Context, language: str) -> Recorded:
    _, rejections = judge_written(
        context=context,
        planned=[_planned(case, context)],
        replies=[_reply(_text(case))],
        teacher="openai:m",
        questions_taken=[],
        recipe=WrittenRecipe(),
    )
    reason, detail = (rejections[0].reason, rejections[0].detail) if rejections else ("", "")
    return Recorded(case, language, reason, detail)


def _write_requests(path: str) -> None:
    with Path(path).open("w", encoding="utf-8") as file:
        for language in ("en", "ko"):
            for key, request in judge_requests(language):
                assert isinstance(request.prompt, ChatPrompt)
                messages = [asdict(message) for message in request.prompt.messages]
                line = {"custom_id": key, "body": {"messages": messages}}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--show", default="")
    parser.add_argument("--judged", action="store_true")
    parser.add_argument("--set", default="", choices=[path.name for path in (LATER, THIRD, UNSEEN)])
    parser.add_argument("--requests", default="")
    arguments = parser.parse_args()
    shown = arguments.show
    if arguments.requests:
        _write_requests(arguments.requests)
        return
    for language in ("en", "ko"):
        found = judged(language) if arguments.judged else recorded(language, FOLDER / arguments.set)
        kinds: dict[tuple[str, str], list[Recorded]] = defaultdict(list)
        for one in found:
            kinds[one.case["verdict"], one.kind].append(one)
        for (verdict, kind), members in sorted(kinds.items()):
            print(
                f"{language} {verdict:8} {kind:26} {sum(not one.reason for one in members):3} of {len(members):3} pass"
            )
        good = [one for one in found if one.is_good]
        spoiled = [one for one in found if not one.is_good]
        without = [one for one in spoiled if one.kind in NEEDS_NO_JUDGE]
        print(
            f"{language}: good {share_passed(good):.3f} pass; spoiled {1 - share_passed(spoiled):.3f} caught; "
            f"of those that need no judge {1 - share_passed(without):.3f}"
        )
        for one in found:
            if shown and (one.kind == shown or shown == "wrong") and bool(one.reason) == one.is_good:
                reply = json.dumps(one.case.get("reply"), ensure_ascii=False)
                print(one.case["id"], one.kind, one.reason, "|", one.detail[:150], "|", reply[:400])


if __name__ == "__main__":
    _main()
