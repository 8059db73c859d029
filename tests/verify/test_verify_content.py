"""Every way in which documents, quotes and answers can contradict themselves is named; what is right is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from synthesis_documents import LEASE_EN, SUPPLY_KO, replied

from pipeline.export.rows import row_id
from pipeline.identity import content_id
from pipeline.io.checked_json import read_checked, write_checked
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import PartRecord, ShardReport
from pipeline.io.parts import PartWriter, write_part
from pipeline.pack.contexts import joined_id
from pipeline.records import (
    AnswerSpan,
    Candidate,
    Checks,
    Context,
    ConversationTokens,
    Evidence,
    JoiningKind,
    Member,
    Message,
    Section,
    SftExample,
    Turn,
)
from pipeline.synthesize.cache import AnswerCache
from pipeline.synthesize.teachers.protocol import CompletionPrompt, Sampling, TeacherRequest
from pipeline.verify.answers import check_answers
from pipeline.verify.corpus import check_corpus
from pipeline.verify.problems import Findings
from pipeline.verify.recorded import Recorded
from pipeline.verify.rows import check_rows

CHECKS = Checks(True, 1.0, True, 1.0, True, True)
WHOLE = replace(LEASE_EN, num_tokens=20)
_HALF = len(SUPPLY_KO.text) // 2


def _part(number: int, start: int, end: int) -> Context:
    text = SUPPLY_KO.text[start:end]
    return replace(
        SUPPLY_KO,
        doc_id=content_id(SUPPLY_KO.doc_id, start),
        text=text,
        sections=(Section(0, 4, 0, ""), Section(4, len(text), 1, "T")),
        num_tokens=10,
        parent_id=SUPPLY_KO.doc_id,
        parent_start=start,
        part=number,
        num_parts=2,
    )


FIRST, SECOND = _part(1, 0, _HALF), _part(2, _HALF, len(SUPPLY_KO.text))


def _joined() -> Context:
    one, two = "First letter.", "Second letter, longer."
    text = f"Document 1\n\n{one}\n\nDocument 2\n\n{two}"
    starts = [text.index(one), text.index(two)]
    members = tuple(
        Member(content_id(own), own, f"{own[:5]}.txt", start, start + len(own), 4)
        for own, start in zip((one, two), starts, strict=True)
    )
    doc_id = joined_id([member.doc_id for member in members])
    return replace(
        LEASE_EN,
        doc_id=doc_id,
        parent_id=doc_id,
        text=text,
        sections=(Section(0, len(text), 0, ""),),
        num_tokens=12,
        joining=JoiningKind.NEAREST.value,
        members=members,
    )


JOINED = _joined()
ROWS = {"whole": WHOLE, "first": FIRST, "second": SECOND, "joined": JOINED}


def _starts(row: Context) -> list[int]:
    return [min(3 * index, row.num_tokens) for index in range(len(row.sections))]


def _write(root: Path, rows: dict[str, Context], **lists: dict[str, list[int]]) -> tuple[BuildFolder, Recorded]:
    """A corpus of one shard; `lists` replaces number lists of a row."""
    folder = BuildFolder(str(root))
    path = folder.corpus_part(2048, "00000")
    with PartWriter(path, Context, ["token_ids", "section_token_starts"]) as writer:
        for name, row in rows.items():
            own = {"token_ids": list(range(row.num_tokens)), "section_token_starts": _starts(row)} | lists.get(name, {})
            writer.add(row, {key: np.array(values, np.uint32) for key, values in own.items()})
    return folder, _recorded(folder, path)


def _recorded(folder: BuildFolder, *paths: str) -> Recorded:
    parts = tuple(PartRecord(folder.relative(path), 1, "h") for path in paths)
    return Recorded(reports={"pack": {"00000": ShardReport("pack", "00000", "f", 1, 1, 0, 0, {}, parts)}})


def _problems(folder: BuildFolder, recorded: Recorded) -> list[str]:
    findings = Findings()
    check_corpus(folder, recorded, findings)
    assert findings.counts["contexts"] > 0
    return [problem.what for problem in findings.problems]


def test_whole_cut_and_joined_documents_are_right(tmp_path: Path) -> None:
    assert _problems(*_write(tmp_path, ROWS)) == []


def _with_section(row: Context, index: int, **change: int) -> Context:
    sections = list(row.sections)
    sections[index] = replace(sections[index], **change)
    return replace(row, sections=tuple(sections))


def _with_member(row: Context, index: int, **change: int) -> Context:
    members = list(row.members)
    members[index] = replace(members[index], **change)
    return replace(row, members=tuple(members))


_LENGTH = len(WHOLE.text)
WRONG: dict[str, tuple[str, Callable[[Context], Context], str]] = {
    "text before the first section": ("whole", lambda row: _with_section(row, 0, start=1), "sections do not cover"),
    "gap between sections": (
        "whole",
        lambda row: _with_section(row, 1, start=row.sections[1].start + 1),
        "sections do not cover",
    ),
    "overlapping sections": (
        "whole",
        lambda row: _with_section(row, 0, end=row.sections[0].end + 1),
        "sections do not cover",
    ),
    "text behind the last section": (
        "whole",
        lambda row: _with_section(row, -1, end=_LENGTH - 1),
        "sections do not cover",
    ),
    "section beyond the text": ("whole", lambda row: _with_section(row, -1, end=_LENGTH + 1), "sections do not cover"),
    "no sections": ("whole", lambda row: replace(row, sections=()), "sections do not cover"),
    "more tokens than the bucket": (
        "whole",
        lambda row: replace(row, num_tokens=2049),
        "2,049 tokens are in the wrong bucket",
    ),
    "never trained": ("whole", lambda row: replace(row, repeats=0), "number of repeats is below 1"),
    "whole with another number": (
        "whole",
        lambda row: replace(row, part=2),
        "whole, but its part number or parent says otherwise",
    ),
    "whole with another parent": (
        "whole",
        lambda row: replace(row, parent_id="another"),
        "whole, but its part number or parent says otherwise",
    ),
    "whole that begins later": (
        "whole",
        lambda row: replace(row, parent_start=5),
        "does not match its parent and its start there",
    ),
    "part of another id": (
        "second",
        lambda row: replace(row, doc_id="another"),
        "does not match its parent and its start there",
    ),
    "part of another place": (
        "second",
        lambda row: replace(row, parent_start=row.parent_start + 1),
        "does not match its parent and its start",
    ),
    "part counted twice": ("second", lambda row: replace(row, part=1), "that are not numbered from 1 to 2"),
    "part of another total": ("second", lambda row: replace(row, num_parts=3), "that are not numbered from 1 to 2"),
    "members of none": ("joined", lambda row: replace(row, members=()), "joined but has no members"),
    "members of a document": ("joined", lambda row: replace(row, joining="none"), "not joined but has members"),
    "members out of order": (
        "joined",
        lambda row: replace(row, members=row.members[::-1]),
        "members do not follow each other",
    ),
    "members that overlap": (
        "joined",
        lambda row: _with_member(row, 0, end=row.members[1].start + 1),
        "members do not follow each other",
    ),
    "member of no text": (
        "joined",
        lambda row: _with_member(row, 0, end=row.members[0].start),
        "members do not follow each other",
    ),
    "text behind the members": (
        "joined",
        lambda row: _with_member(row, 1, end=row.members[1].end - 1),
        "members do not follow each other",
    ),
    "id of other members": (
        "joined",
        lambda row: replace(row, doc_id="x", parent_id="x"),
        "does not match its members",
    ),
    "members of more tokens": (
        "joined",
        lambda row: _with_member(row, 0, num_tokens=9),
        "members together have more tokens",
    ),
}


@pytest.mark.parametrize(("name", "change", "expected"), WRONG.values(), ids=WRONG)
def test_document_that_contradicts_itself_is_named(
    tmp_path: Path, name: str, change: Callable[[Context], Context], expected: str
) -> None:
    problems = _problems(*_write(tmp_path, ROWS | {name: change(ROWS[name])}))
    assert any(expected in what for what in problems), problems


@pytest.mark.parametrize(
    ("starts", "is_right"),
    [
        ([0, 3, 6, 20], True),
        ([0, 3, 6], False),
        ([0, 3, 6, 9, 12], False),
        ([0, 6, 3, 9], False),
        ([0, 3, 6, 21], False),
    ],
)
def test_sections_begin_at_tokens_of_the_document_in_order(tmp_path: Path, starts: list[int], is_right: bool) -> None:
    assert len(WHOLE.sections) == 4
    problems = _problems(*_write(tmp_path, {"whole": WHOLE}, whole={"section_token_starts": starts}))
    assert (
        problems == [] if is_right else ["sections start at impossible tokens" in what for what in problems] == [True]
    )


@pytest.mark.parametrize("count", [19, 21])
def test_token_ids_are_as_many_as_the_document_says(tmp_path: Path, count: int) -> None:
    (problem,) = _problems(*_write(tmp_path, {"whole": WHOLE}, whole={"token_ids": list(range(count))}))
    assert "number of token ids differs from its num_tokens" in problem


def _evidence(row: Context, words: str, **change: object) -> Evidence:
    start = row.text.index(words)
    own = Evidence(row.doc_id, start, start + len(words), words, start / len(row.text))
    return replace(own, **change)  # type: ignore[arg-type]


def _candidate(evidence: Evidence, doc_id: str = WHOLE.doc_id) -> Candidate:
    return Candidate(
        "c1", doc_id, doc_id, "qa", "look_up", "qa", "structural", "legal", "en", 2048, "Q?", "A.", (evidence,), CHECKS,
        "t", "1", is_trivial=False,
    )  # fmt: skip


def _row(evidence: Evidence, doc_id: str = WHOLE.doc_id, *, candidates: tuple[str, ...] = ("c1",)) -> SftExample:
    """A row whose turns are some candidates, all with the same evidence."""
    return SftExample(
        tuple(Message(role, "words") for _ in candidates for role in ("user", "assistant")),
        row_id(candidates),
        tuple(Turn(name, "qa", "look_up", "structural", "t", "1", CHECKS) for name in candidates),
        "qa",
        "structural",
        "legal",
        "en",
        2048,
        5,
        3,
        0,
        "t",
        (doc_id,),
        tuple(replace(evidence, turn=number) for number in range(len(candidates))),
        CHECKS,
        "t",
        "1",
        1.0,
        "train",
    )


QUOTE = "GBP 4,800"
LAST = WHOLE.text[-10:]
BAD_QUOTES: dict[str, tuple[Evidence, str]] = {
    "right": (_evidence(WHOLE, QUOTE), ""),
    "right at the end": (_evidence(WHOLE, LAST), ""),
    "one character on": (_evidence(WHOLE, QUOTE, start=WHOLE.text.index(QUOTE) + 1), "not verbatim"),
    "beyond the text": (_evidence(WHOLE, LAST, end=len(WHOLE.text) + 1), "not verbatim"),
    "before the text": (_evidence(WHOLE, LAST, start=-10, end=len(WHOLE.text)), "not verbatim"),
    "nothing": (_evidence(WHOLE, QUOTE, quote="", start=4, end=4, depth=4 / len(WHOLE.text)), "not verbatim"),
    "other words": (_evidence(WHOLE, QUOTE, quote="GBP 4,801"), "not verbatim"),
    "depth in characters of another text": (_evidence(WHOLE, QUOTE, depth=0.5), "wrong depth"),
    "of another document": (_evidence(FIRST, FIRST.text[:9]), "whose evidence is from a different document"),
}


@pytest.mark.parametrize(("evidence", "expected"), BAD_QUOTES.values(), ids=BAD_QUOTES)
@pytest.mark.parametrize("kind", ["candidate", "row"])
def test_evidence_of_candidates_and_rows_is_held_against_its_document(
    tmp_path: Path, kind: str, evidence: Evidence, expected: str
) -> None:
    folder, _ = _write(tmp_path, ROWS)
    if kind == "candidate":
        path = folder.candidate_part("00000")
        write_part(path, [_candidate(evidence)], Candidate)
    else:
        path = folder.sft_part("train", "00000", "parquet")
        write_part(path, [_row(evidence)], SftExample)
    problems = _problems(folder, _recorded(folder, folder.corpus_part(2048, "00000"), path))
    assert [expected in what for what in problems] == ([True] if expected else [])


def test_question_about_a_document_that_is_not_there_is_named(tmp_path: Path) -> None:
    folder, _ = _write(tmp_path, {"first": FIRST, "second": SECOND})
    write_part(folder.candidate_part("00000"), [_candidate(_evidence(WHOLE, QUOTE))], Candidate)
    recorded = _recorded(folder, folder.corpus_part(2048, "00000"), folder.candidate_part("00000"))
    (problem,) = _problems(folder, recorded)
    assert problem == f"holds c1, about document {WHOLE.doc_id}, which is not in the corpus"


def _answers(root: Path) -> tuple[BuildFolder, Path]:
    """A cache with one answer of a server and one batch of an engine."""
    folder = BuildFolder(str(root))
    request = TeacherRequest(CompletionPrompt("Where?", ("\n",)), Sampling(0.0, 8, 1), "v1")
    cache = AnswerCache(folder=folder.cache, teacher="openai:m")
    cache.write_request(request, replied("here"))
    cache.write_batch([request], [replied("here")])
    (path,) = (root / "cache" / "requests").glob("*/*.json")
    return folder, path


def _damaged_answers(folder: BuildFolder) -> list[str]:
    findings = Findings()
    check_answers(folder, findings)
    assert findings.counts["cache files"] > 0
    return sorted(problem.path for problem in findings.problems)


def test_answers_as_they_were_written_are_right_and_of_format_1_where_they_are_objects(tmp_path: Path) -> None:
    folder, _ = _answers(tmp_path)
    (tmp_path / "cache" / "ab").mkdir()
    (tmp_path / "cache" / "ab" / "old.json").write_text('{"answers": []}')
    assert _damaged_answers(folder) == []
    (tmp_path / "cache" / "ab" / "old.json").write_text("[]")
    (tmp_path / "cache" / "ab" / "cut.json").write_text('{"answers": [')
    assert _damaged_answers(folder) == ["cache/ab/cut.json", "cache/ab/old.json"]


@pytest.mark.parametrize("change", ["another teacher", "another request", "two answers", "no answers", "another place"])
def test_answer_that_is_filed_under_the_name_of_another_request_is_named(tmp_path: Path, change: str) -> None:
    folder, path = _answers(tmp_path)
    value = {name: own for name, own in read_checked(str(path)).items() if name != "checksum"}
    answer = value["answers"][0]
    if change == "another teacher":
        value["teacher"] = "openai:n"
    elif change == "another request":
        value["answers"] = [{**answer, "request": "0" * len(answer["request"])}]
    elif change == "two answers":
        value["answers"] = [answer, answer]
    elif change == "no answers":
        value["answers"] = []
    else:
        path = path.rename(path.with_name("0" * 32 + ".json"))
    write_checked(str(path), value)
    assert _damaged_answers(folder) == [path.relative_to(tmp_path).as_posix()]


def _twins(root: Path, rows: list[SftExample], lines: list[SftExample], **token_changes: object) -> list[str]:
    """Problems of one part of rows, its jsonl twin, and its token ids with some values changed."""
    folder = BuildFolder(str(root))
    paths = [folder.sft_part("train", "00000", "parquet"), folder.tokens_part("train", "00000")]
    write_part(paths[0], rows, SftExample)
    text = "".join(json.dumps(asdict(line), ensure_ascii=False) + "\n" for line in lines)
    Path(folder.sft_part("train", "00000", "jsonl")).write_text(text, encoding="utf-8")
    with PartWriter(paths[1], ConversationTokens, ["token_ids"]) as writer:
        for row in rows[: int(str(token_changes.pop("stored", len(rows))))]:
            ids = token_changes.get("token_ids", [1] * row.num_tokens)
            own = ConversationTokens(row.id, row.num_tokens, (AnswerSpan(1, 2), AnswerSpan(3, 5)), row.loss_weight)
            changes = {name: value for name, value in token_changes.items() if name != "token_ids"}
            writer.add(replace(own, **changes), {"token_ids": np.array(ids, np.uint32)})  # type: ignore[arg-type]
    findings = Findings()
    check_rows(folder, _recorded(folder, *paths), findings)
    return [problem.what for problem in findings.problems]


_ROW = _row(_evidence(WHOLE, QUOTE), candidates=("c1", "c2"))
_OTHER = _row(_evidence(WHOLE, QUOTE), candidates=("c3", "c4"))


def test_rows_and_their_twins_that_agree_are_right(tmp_path: Path) -> None:
    assert _twins(tmp_path, [_ROW, _OTHER], [_ROW, _OTHER]) == []


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([_ROW], "has a different number of rows from its parquet twin"),
        ([_ROW, _OTHER, _OTHER], "has a different number of rows from its parquet twin"),
        ([_OTHER, _ROW], "differs from its parquet twin in row 0"),
        ([_ROW, replace(_OTHER, loss_weight=0.5)], "differs from its parquet twin in row 1"),
    ],
)
def test_twin_that_says_something_else_is_named(tmp_path: Path, lines: list[SftExample], expected: str) -> None:
    assert _twins(tmp_path, [_ROW, _OTHER], lines) == [expected]


@pytest.mark.parametrize("split", ["validation", "test"])
def test_row_of_another_split_than_its_files_is_named(tmp_path: Path, split: str) -> None:
    stray = replace(_OTHER, split=split)
    assert _twins(tmp_path, [_ROW, stray], [_ROW, stray]) == [f"holds row {_OTHER.id}, whose split is {split}"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"row_id": "another"}, "differs from sft/ in row 0"),
        ({"num_tokens": 6}, "differs from sft/ in row 0"),
        ({"loss_weight": 0.5}, "differs from sft/ in row 0"),
        ({"token_ids": [1] * 6}, "differs from sft/ in row 0"),
        ({"stored": 0}, "is missing, so its rows have no token ids"),
        ({"answer_spans": ()}, "whose answer spans do not have 3 tokens"),
        ({"answer_spans": (AnswerSpan(0, 5),)}, "whose answer spans do not have 3 tokens"),
        ({"answer_spans": (AnswerSpan(1, 4),)}, "has another number of answer spans than turns"),
        ({"answer_spans": (AnswerSpan(1, 3), AnswerSpan(3, 4))}, ""),
        ({"answer_spans": (AnswerSpan(1, 6),)}, "whose answer spans are out of order"),
        ({"answer_spans": (AnswerSpan(2, 2),)}, "whose answer spans are out of order"),
        ({"answer_spans": (AnswerSpan(1, 4), AnswerSpan(3, 5))}, "whose answer spans are out of order"),
        ({"answer_spans": (AnswerSpan(3, 4), AnswerSpan(1, 2))}, "whose answer spans are out of order"),
    ],
)
def test_token_ids_that_are_not_those_of_the_row_are_named(
    tmp_path: Path, changes: dict[str, object], expected: str
) -> None:
    problems = _twins(tmp_path, [_ROW], [_ROW], **changes)
    assert bool(problems) == bool(expected)
    assert any(expected in what for what in problems) == bool(expected)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"messages": _ROW.messages[:3]}, "whose messages are not one question and one answer for each turn"),
        ({"messages": tuple(reversed(_ROW.messages))}, "whose messages are not one question and one answer"),
        ({"turns": tuple(reversed(_ROW.turns))}, "whose id is not that of its turns"),
        ({"checks": replace(CHECKS, answer_support=0.5)}, "whose checks are not the least of its turns"),
        ({"checks": replace(CHECKS, judge="openai:j", judged_support=1.0)}, "whose checks are not the least"),
        ({"evidence": _ROW.evidence[:1]}, "whose evidence is not in the order of its turns"),
        ({"evidence": tuple(reversed(_ROW.evidence))}, "whose evidence is not in the order of its turns"),
        ({"evidence": (*_ROW.evidence, _ROW.evidence[1])}, ""),
    ],
)
def test_row_whose_turns_do_not_fit_together_is_named(
    tmp_path: Path, changes: dict[str, object], expected: str
) -> None:
    row = replace(_ROW, **changes)  # type: ignore[arg-type]
    problems = _twins(tmp_path, [row], [row])
    assert bool(problems) == bool(expected)
    assert any(expected in what for what in problems) == bool(expected)


def test_token_ids_of_fewer_rows_are_named(tmp_path: Path) -> None:
    assert _twins(tmp_path, [_ROW, _OTHER], [_ROW, _OTHER], stored=1) == ["has a different number of rows from sft/"]
