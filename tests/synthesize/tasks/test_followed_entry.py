"""Manuals made by a generator, whose options and mentions are known by construction."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structural_documents import findings, refused, slots_of

from pipeline.languages import Language
from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.structural.phrasing import phrase
from pipeline.synthesize.structural.task import Form
from pipeline.synthesize.tasks.followed_entry import FOLLOWED_OPTION, FOLLOWED_TWICE

NAMES = ("--anchor", "--ballast", "--compass", "--depth", "--engine", "--flag")
FILLER = {
    "en": "The harbour keeps a record of every boat that comes in at night, and of every boat that leaves. ",
    "ko": "항구는 밤에 들어오는 모든 배와 새벽에 나가는 모든 배의 기록을 장부에 차례대로 남겨 둔다. ",
}


NUM_FILLERS = {"en": 6, "ko": 10}


def described(number: int, targets: tuple[int, ...], language: Language) -> str:
    names = [f"`{NAMES[target]}`" for target in targets]
    filler = (FILLER[language] * NUM_FILLERS[language]).strip()
    if language == "ko":
        mention = f" 이 값은 {', '.join(names)} 값보다 먼저 읽는다." if names else ""
        return f"배의 {number + 2}번째 값을 정한다.{mention} {filler}"
    mention = f" It is read before {' and '.join(names)}." if names else ""
    return f"Sets value number {number + 2} of the boat.{mention} {filler}"


def manual_of(targets: dict[int, tuple[int, ...]], language: Language) -> str:
    title = "# 나룻배 설명서\n\n## 옵션\n\n" if language == "ko" else "# Boat manual\n\n## Options\n\n"
    entries = [f"`{NAMES[number]}`\n:   {described(number, targets[number], language)}\n" for number in sorted(targets)]
    return title + "\n".join(entries)


@st.composite
def mentions(draw: st.DrawFn) -> dict[int, tuple[int, ...]]:
    count = draw(st.integers(3, len(NAMES)))
    others = {number: [at for at in range(count) if at != number] for number in range(count)}
    return {
        number: tuple(draw(st.lists(st.sampled_from(others[number]), max_size=2, unique=True))) for number in others
    }


def followed(text: str, language: Language) -> Findings:
    return findings(text, "followed_entry", domain="manual", language=language)


def answers(found: Findings, form: Form) -> dict[str, str]:
    return {slots_of(fact)["term"]: fact.answer for fact in found.facts if fact.form is form}


@pytest.mark.parametrize("language", ["en", "ko"])
@settings(max_examples=15, deadline=None)
@given(targets=mentions())
def test_followed_entry_of_a_generated_manual_asks_all_single_mentions_and_no_other(
    language: Language, targets: dict[int, tuple[int, ...]]
) -> None:
    found = followed(manual_of(targets, language), language)
    once = {number: own[0] for number, own in targets.items() if len(own) == 1}
    twice = {number: once[at] for number, at in once.items() if at in once and once[at] != number}
    assert answers(found, FOLLOWED_OPTION) == {
        NAMES[number]: f"{NAMES[at]}: {described(at, targets[at], language)}" for number, at in once.items()
    }
    assert answers(found, FOLLOWED_TWICE) == {
        NAMES[number]: f"{NAMES[once[number]]} → {NAMES[at]}: {described(at, targets[at], language)}"
        for number, at in twice.items()
    }
    for fact in found.facts:
        assert len(fact.spans) == len(fact.answer.partition(": ")[0].split(" → ")) + 1
        question = phrase(fact=fact, language=language, choice=0)
        assert slots_of(fact)["term"] in question and fact.answer.partition(":")[0] not in question


@pytest.mark.parametrize("mention", ["`--rudder`", "`--anchor` and `--rudder`", "`--anchor` of `ship --rudder=3`"])
def test_followed_entry_with_an_option_that_has_no_entry_is_not_asked(mention: str) -> None:
    text = manual_of({0: (), 1: (0,), 2: ()}, "en")
    assert followed(text, "en").facts
    assert followed(text.replace("It is read before `--anchor`", f"It is read before {mention}"), "en").facts == ()


def test_followed_entry_of_an_option_with_two_entries_is_not_asked() -> None:
    text = manual_of({0: (), 1: (0,), 2: ()}, "en")
    assert followed(f"{text}\n## More\n\n`--anchor`\n:   Drops the anchor of the second boat.\n", "en").facts == ()


def test_followed_entry_in_sight_is_refused() -> None:
    text = "# Boat manual\n\n## Options\n\n`--anchor`\n:   Drops the anchor.\n\n`--brake`\n:   Implies `--anchor`.\n"
    found = followed(text, "en")
    assert found.facts == ()
    assert refused(found) == {("near_target", "--brake")}
