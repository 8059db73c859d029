"""Contracts made by a generator, whose references, duties and answers are known by construction."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structural_documents import findings, refused, slots_of

from pipeline.languages import Language
from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.structural.phrasing import phrase
from pipeline.synthesize.tasks.followed_reference import FOLLOWED_TERM

FILLER = {
    "en": "The parties keep records of the river traffic, and they store the records in the boat house. ",
    "ko": "당사자는 나루의 통행 기록을 갖추어 두고, 그 기록을 선착장 창고에 차례대로 보관한다. ",
}
NUM_FILLERS = {"en": 6, "ko": 12}


@dataclass(frozen=True)
class Contract:
    """A contract of numbered provisions; each has a time limit of its own and may refer to others."""

    text: str
    targets: dict[int, tuple[int, ...]]


def label(number: int, language: Language) -> str:
    return f"제{number}조" if language == "ko" else f"Section {number}"


def written(number: int, targets: tuple[int, ...], language: Language) -> str:
    """A provision with the time limit of `number` + 10 days."""
    filler = FILLER[language] * NUM_FILLERS[language]
    names = [label(target, language) for target in targets]
    if language == "ko":
        refers = f"이 조의 통지에는 {' 및 '.join(names)}를 준용한다. " if names else ""
        duty = f"을은 청구를 받은 날부터 {number + 10}일 이내에 배를 돌려주어야 한다."
        return f"제{number}조(나루 {number}) {duty} {refers}{filler}"
    refers = f"The notice follows {' and '.join(names)}. " if names else ""
    duty = f"Tenant shall return the boat within {number + 10} days after the request."
    return f"Section {number}. Ferry {number}\n\n{duty} {refers}{filler}"


def contract_of(targets: dict[int, tuple[int, ...]], language: Language) -> Contract:
    title = "나룻배 임대차계약서" if language == "ko" else "FERRY LEASE"
    pieces = [written(number, targets[number], language) for number in sorted(targets)]
    return Contract("\n\n".join([title, *pieces]) + "\n", targets)


@st.composite
def contracts(draw: st.DrawFn, language: Language) -> Contract:
    count = draw(st.integers(4, 8))
    targets = {
        number: tuple(
            draw(st.lists(st.sampled_from([n for n in range(1, count + 1) if n != number]), max_size=2, unique=True))
        )
        for number in range(1, count + 1)
    }
    return contract_of(targets, language)


def followed(text: str, language: Language) -> Findings:
    return findings(text, "followed_reference", domain="legal", language=language)


def paths(contract: Contract, num_links: int) -> dict[int, tuple[int, ...]]:
    """The numbers at the other ends, by the number at the start, worked out from the plan alone."""
    found = {}
    for start in contract.targets:
        path = [start]
        while len(path) <= num_links and len(contract.targets[path[-1]]) == 1:
            [following] = contract.targets[path[-1]]
            if following in path:
                break
            path.append(following)
        if len(path) == num_links + 1:
            found[start] = tuple(path[1:])
    return found


@pytest.mark.parametrize("language", ["en", "ko"])
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_followed_reference_of_a_generated_contract_asks_all_single_references_and_no_other(
    language: Language, data: st.DataObject
) -> None:
    contract = data.draw(contracts(language))
    found = followed(contract.text, language)
    for num_links, form in ((1, "followed_reference.deadline_only"), (2, "followed_reference.twice_deadline_only")):
        asked = {slots_of(fact)["source"]: fact for fact in found.facts if fact.form.name == form}
        expected = paths(contract, num_links)
        assert len(asked) == len(expected)
        for start, path in expected.items():
            [fact] = [one for source, one in asked.items() if source.startswith(f"{label(start, language)}")]
            way = " → ".join(label(number, language) for number in path)
            days = f"{path[-1] + 10}일 이내" if language == "ko" else f"within {path[-1] + 10} days after the request"
            assert fact.answer.startswith(f"{way}: ") and fact.answer.endswith(days)
            quotes = [contract.text[span.start : span.end] for span in fact.spans]
            for number in path:
                assert any(label(number, language) in quote for quote in quotes), "the reference is shown"
            assert any(days.removeprefix("within ") in quote for quote in quotes), "the answer is shown"


@pytest.mark.parametrize("language", ["en", "ko"])
def test_followed_reference_question_names_the_start_and_not_the_end(language: Language) -> None:
    contract = contract_of({1: (), 2: (1,), 3: (2,), 4: ()}, language)
    facts = followed(contract.text, language).facts
    assert len({fact.form.name for fact in facts}) >= 6
    for fact in facts:
        for choice in range(2):
            question = phrase(fact=fact, language=language, choice=choice)
            assert "{" not in question and "#" not in question and "@" not in question
            assert slots_of(fact)["source"] in question
            assert slots_of(fact)["clause"] not in question


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Section 1 (Ferry 1) or 2 (Ferry 2) governs the notice."),
        ("en", "Sections 1 to 3 govern the notice."),
        ("en", "Section 1 of the Harbour Act governs the notice."),
        ("ko", "통지는 제1조 또는 제2조에 따른다."),
        ("ko", "통지는 제1조 단서에 따른다."),
        ("ko", "통지는 「나루법」 제1조에 따른다."),
    ],
)
def test_followed_reference_to_several_to_a_part_or_to_another_law_is_not_asked(
    language: Language, sentence: str
) -> None:
    text = contract_of(dict.fromkeys(range(1, 5), ()), language).text
    last = "제5조(통지) " if language == "ko" else "Section 5. Notice\n\n"
    assert followed(f"{text}\n{last}{sentence}\n", language).facts == ()
    plain = "통지는 제1조에 따른다." if language == "ko" else "Section 1 governs the notice."
    assert followed(f"{text}\n{last}{plain}\n", language).facts


def test_followed_reference_to_a_provision_in_sight_is_refused() -> None:
    text = "1. Boats\n\nTenant shall return boats within 9 days.\n\n2. Notice\n\nSection 1 governs the notice.\n"
    assert refused(followed(text, "en")) == {("near_target", "Section 2")}


def test_followed_reference_to_an_amended_provision_is_refused() -> None:
    text = contract_of({1: (), 2: (3,), 3: ()}, "en").text
    amended = f"{text}\nFIRST AMENDMENT TO LEASE\n\n1. Boats. In Section 3 the time of 13 days is changed to 20 days.\n"
    assert followed(text, "en").facts
    found = followed(amended, "en")
    assert found.facts == ()
    assert ("amended_provision", "Section 2") in refused(found)


@pytest.mark.parametrize(
    ("language", "definition", "meaning"),
    [
        ("en", '"Works" has the meaning given in Section 4.', 'Landlord repairs the pier (the "Works") by May.'),
        ("ko", "“공사”란 제4조에서 정한 것을 말한다.", "임대인은 오월까지 부두를 고친다(이하 “공사”라 한다)."),
    ],
)
def test_followed_reference_of_a_definition_that_points_to_a_provision(
    language: Language, definition: str, meaning: str
) -> None:
    text = contract_of(dict.fromkeys(range(1, 4), ()), language).text
    heads = ("제4조(공사) ", "제5조(용어) ") if language == "ko" else ("Section 4. Works\n\n", "Section 5. Terms\n\n")
    filler = FILLER[language] * NUM_FILLERS[language]

    def asked(stated: str) -> list[str]:
        whole = f"{text}\n{heads[0]}{stated}\n\n{heads[1]}{definition}\n"
        return [fact.answer for fact in followed(whole, language).facts if fact.form is FOLLOWED_TERM]

    assert asked(f"{meaning} {filler}") == [f"{label(4, language)}: {meaning} {filler}".strip()]
    assert asked(filler) == [], "the provision does not have the term"


def test_followed_reference_of_a_comment_to_the_section_of_its_number_is_refused() -> None:
    filler = FILLER["en"] * NUM_FILLERS["en"]
    text = (
        f"§ 1003.1 Scope.\n\n{filler}\n\n§ 1003.2 Ferry Times.\n\nThe boats leave at noon. {filler}\n\n"
        f"§ 1003.3 Rest.\n\n{filler}\n\nSupplement I to Part 1003—Official Interpretations\n\n"
        "Section 1003.1—Scope\n\nThe word boat is read widely.\n\n"
        f"Section 1003.2—Ferry Times\n\nNoon is meant as told in § 1003.2. {filler}\n\n"
        "Section 1003.3—Rest\n\nA boat waits, as told in § 1003.2.\n"
    )
    found = findings(text, "followed_reference", domain="legal", language="en")
    assert any(reason == "same_number" for reason, _ in refused(found))
    assert {slots_of(fact)["source"].partition(" (")[0] for fact in found.facts} == {"Section 1003.3"}
    assert any("Ferry Times" in fact.answer for fact in found.facts), "the heading may be asked from elsewhere"
