"""LongEval's lines, written out."""

from __future__ import annotations

import re

import pytest
from generated_checks import asked_of, score_of, text_of

from pipeline.evaluate.tasks import lines


def test_lines_are_asked_in_the_published_words() -> None:
    (prompt,) = asked_of("lines", 1024, samples=1).prompts
    header, record, question = text_of(prompt).split("\n\n")
    found = [re.fullmatch(r"line ([a-z]+-[a-z]+): REGISTER_CONTENT is <(\d+)>", line) for line in record.split("\n")]
    content = {line.group(1): line.group(2) for line in found if line}
    assert header == (
        "Below is a record of lines I want you to remember. Each line begins with 'line <line index>' and contains "
        "a '<REGISTER_CONTENT>' at the end of the line as a numerical value. For each line index, memorize its "
        "corresponding <REGISTER_CONTENT>. At the end of the record, I will ask you to retrieve the corresponding "
        "<REGISTER_CONTENT> of a certain line index. Now the record start:"
    )
    (asked,) = re.findall(r"line (\S+)\?", question)
    assert question == (
        f"Now the record is over. Tell me what is the <REGISTER_CONTENT> in line {asked}? I need the number."
    )
    assert len(content) == len(found) > 20 and prompt.gold == (content[asked],)
    assert all(1 <= int(number) <= 50_000 for number in content.values())
    assert list(content).index(asked) == round((prompt.depth or 0) * (len(content) - 1))


def test_lines_of_a_longer_record_begin_with_those_of_a_shorter_one() -> None:
    short, long = asked_of("lines", 1024, 30_000, samples=1).prompts
    proof = short.proof[0]
    assert long.proof == short.proof and text_of(long).count(proof) == text_of(short).count(proof) == 1
    few, many = ([line for line in text_of(p).split("\n")[2:-2] if line != proof] for p in (short, long))
    assert few[:-1] == many[: len(few) - 1] and len(many) > 1100


def test_record_that_needs_more_lines_than_there_are_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_MOST_LINES", 40)
    asked = asked_of("lines", 1024, 4096, samples=2)
    assert [prompt.length for prompt in asked.prompts] == [1024, 1024]
    assert asked.skipped == {"length_too_long": 2}


def test_all_lines_are_found_and_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "ADJECTIVES", ("able", "calm"))
    monkeypatch.setattr(lines, "NOUNS", ("acorn", "badge", "cabin"))
    found = lines._other_lines("item", "calm-badge", 5)
    assert len({line.split(":")[0] for line in found}) == 5 and not any("calm-badge" in line for line in found)


@pytest.mark.parametrize(
    ("answer", "found"), [("<{}>", 1.0), ("line 7 has {}.", 1.0), ("{} or 12", 0.0), ("{}0", 0.0), ("", 0.0)]
)
def test_last_number_of_the_answer_counts(answer: str, found: float) -> None:
    (prompt,) = asked_of("lines", 1024, samples=1).prompts
    assert score_of("lines", prompt, answer.format(prompt.gold[0])) == found
