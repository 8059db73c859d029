import pytest
from worked_examples import planned, planned_about, read, written_document

from pipeline.records import Dropped

STEPS = (
    "Switch the boiler off and let it cool for 30 minutes.",
    "Fill the tank with 1 l of water and one sachet of descaler.",
    "Hold CLEAN for 5 seconds until the lamp flashes.",
    "Rinse the tank twice.",
)
ABOUT = "\n".join(
    f"The {place} model of the boiler was drawn by the same family and is sold in the {place} region of the country."
    for place in ("northern", "southern", "eastern", "western", "coastal", "alpine")
)
EN = "# Boiler\n\n## Descaling\n\n" + "\n".join(f"{n}. {step}" for n, step in enumerate(STEPS, start=1))
EN += f"\n\nCaution: vinegar damages the seals.\n\n## History\n\n{ABOUT}\n"
KO_STEPS = (
    "전원을 끄고 30분 동안 식힙니다.",
    "물통에 물 1L와 세정제 한 봉을 넣습니다.",
    "세척 버튼을 5초 동안 누릅니다.",
)
KO = "# 보일러\n\n## 물때 제거\n\n" + "\n".join(f"{n}. {step}" for n, step in enumerate(KO_STEPS, start=1))
KO += "\n\n## 연혁\n\n" + "\n".join(
    f"{year}년형 보일러는 같은 집안이 그렸으며 전국의 여러 상점에 있습니다." for year in range(1990, 2002)
)
QUESTION = "How is the boiler descaled?"


def english():
    titles = ("# Boiler", "## Descaling", "## History")
    return written_document(EN, domain="manual", titles=titles, segment_tokens=128)


def korean():
    titles = ("# 보일러", "## 물때 제거", "## 연혁")
    return written_document(KO, domain="manual", language="ko", titles=titles, segment_tokens=128)


def steps(*texts, evidence=()):
    quotes = evidence or [[text] for text in texts]
    return {"steps": [{"step": text, "evidence": quote} for text, quote in zip(texts, quotes, strict=True)]}


def asked(reply, question=QUESTION):
    document = english()
    return document, read(document, planned_about(document, "procedure", "sachet"), question=question, **reply)


def test_plan_asks_about_instructions_and_not_about_other_text():
    for document, words in ((english(), "sachet"), (korean(), "세정제")):
        (only,) = planned(document, "procedure")
        assert words in document.text(only.segment)


def test_plan_leaves_out_a_numbered_list_that_gives_no_instructions():
    people = "\n".join(f"{n}. {name} Lindqvist" for n, name in enumerate(("Russ", "Sean", "Ola", "Mina"), start=1))
    text = f"# Policy\n\nThe current editors are:\n\n{people}\n\n{ABOUT}\n"
    assert planned(written_document(text, domain="manual"), "procedure") == []


def test_plan_asks_about_korean_steps_in_the_plain_form():
    plain = KO.replace("식힙니다", "식힌다").replace("넣습니다", "넣는다").replace("누릅니다", "누른다")
    document = written_document(
        plain, domain="manual", language="ko", titles=("## 물때 제거", "## 연혁"), segment_tokens=128
    )
    (only,) = planned(document, "procedure")
    assert "세정제" in document.text(only.segment)


def test_plan_joins_segments_that_cut_a_list():
    document = written_document(EN, domain="manual", segment_tokens=48)
    assert not any(all(step in document.text(span) for step in STEPS) for span in document.segments)
    request = planned_about(document, "procedure", "sachet")
    assert all(step in document.text(request.segment) for step in STEPS)


def test_steps_become_a_numbered_list():
    document, draft = asked(steps(*STEPS))
    assert not isinstance(draft, Dropped), draft
    assert draft.answer == "\n".join(f"{n}. {step}" for n, step in enumerate(STEPS, start=1))
    assert [document.text(span) for span in draft.evidence] == list(STEPS)


def test_a_step_may_take_in_a_warning_that_stands_elsewhere():
    fill = "Fill the tank with 1 l of water and one sachet of descaler, not vinegar, which damages the seals."
    quotes = [[STEPS[0]], [STEPS[1], "Caution: vinegar damages the seals."], [STEPS[2]], [STEPS[3]]]
    _, draft = asked(steps(STEPS[0], fill, *STEPS[2:], evidence=quotes))
    assert not isinstance(draft, Dropped), draft


def test_korean_steps_become_a_numbered_list():
    document = korean()
    request = planned_about(document, "procedure", "세정제")
    draft = read(document, request, question="보일러의 물때는 어떤 순서로 제거합니까?", **steps(*KO_STEPS))
    assert not isinstance(draft, Dropped), draft
    assert draft.answer.startswith("1. 전원을 끄고")
    fault = read(document, request, question="보일러의 물때는 어떤 순서로 제거합니까?", **steps(*KO_STEPS[:2]))
    assert isinstance(fault, Dropped) and fault.reason == "step_missing", fault


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (steps(*STEPS[:3]), "step_missing"),
        (steps(STEPS[0], *STEPS[2:]), "step_missing"),
        (steps(STEPS[1], STEPS[0], *STEPS[2:]), "steps_out_of_order"),
        (steps(STEPS[0]), "too_short"),
        (steps(STEPS[0].replace("30", "20"), *STEPS[1:], evidence=[[step] for step in STEPS]), "value_not_in_evidence"),
        (steps("Hold CLEAN for 5 seconds.", *STEPS[1:], evidence=[[step] for step in STEPS]), "value_not_in_evidence"),
        (steps("Do not switch the boiler off.", *STEPS[1:], evidence=[[step] for step in STEPS]), "negation_differs"),
        (
            steps("Sing.", *STEPS[1:], evidence=[["Sing a song for the boiler."], *([s] for s in STEPS[1:])]),
            "evidence_not_found",
        ),
    ],
)
def test_reply_with_a_fault_is_dropped(reply, reason):
    _, fault = asked(reply)
    assert isinstance(fault, Dropped) and fault.reason == reason, fault
