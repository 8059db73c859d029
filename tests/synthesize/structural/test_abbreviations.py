import pytest
from structural_documents import findings, slots_of

from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.tasks.entry import ENTRY_ABBREVIATION


def abbreviations(text: str, language: str = "en") -> dict[str, str]:
    found: Findings = findings(text, "entry", domain="manual", language=language)
    forms = [fact for fact in found.facts if fact.form is ENTRY_ABBREVIATION]
    return {slots_of(fact)["term"]: fact.answer for fact in forms}


def test_abbreviation_facts_words_before_and_behind_the_letters() -> None:
    text = "# P\n\nThe pump has a Float Valve Unit (FVU). A second valve is opened by the DPS (Dry Pump Switch).\n"
    assert abbreviations(text) == {"FVU": "Float Valve Unit", "DPS": "Dry Pump Switch"}
    korean = "# 펌프\n\n펌프는 FVU(Float Valve Unit)로 물을 막습니다. Dry Pump Switch(DPS)는 펌프를 멈춥니다.\n"
    assert abbreviations(korean, "ko") == {"FVU": "Float Valve Unit", "DPS": "Dry Pump Switch"}


@pytest.mark.parametrize(
    "sentence",
    [
        "The pump has a Float Valve Box (FVU) of steel.",
        "The pump has a valve (FVU) of steel.",
        "The FVU (Float Valve Unit) closes it. The FVU (Fast Valve Unit) opens it.",
        "The pump weighs 2 kg (IT IS LIGHT).",
    ],
)
def test_abbreviation_facts_letters_that_are_not_those_of_the_words_are_left_alone(sentence: str) -> None:
    assert abbreviations(f"# P\n\n{sentence}\n") == {}
