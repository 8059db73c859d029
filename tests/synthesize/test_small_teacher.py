import pytest

from pipeline.languages import language_rules
from pipeline.synthesize.facts import concrete_facts
from pipeline.synthesize.small_teacher.askable import is_askable
from pipeline.synthesize.small_teacher.prompts import question_prompt, summary_prompt
from pipeline.synthesize.small_teacher.question_faults import small_teacher_fault

# Sentences and questions in the manner of what the 135M teacher writes, judged by hand.
GOOD = [
    ("The public inspector sealed the store on 20 July 2022.", "On what date did the public inspector seal the store?"),
    (
        "The coating line at Fjellvik was commissioned on 2 September 2024.",
        "On what date was the coating line commissioned?",
    ),
    (
        "The Landlord shall return the deposit within 45 days after the surrender.",
        "Within what time must the Landlord return the deposit?",
    ),
    ("The log holds the last 200 entries.", "How many entries does the log hold?"),
    ("A replacement relay cost EUR 345.", "How much is the replacement relay?"),
    ("The offer was open for 48 hours.", "How long was the offer open for?"),
]
BAD = [
    (
        "At 19:42 the running compressor tripped on 16 July 2022.",
        "On what date did the running compressor tripped?",
        "broken_grammar",
    ),
    (
        "The accountant certified on 24 May 2023 the price.",
        "On what date was the accountant certified price?",
        "broken_grammar",
    ),
    (
        "Ms Brandt received the report by mail on 5 April 2022.",
        "On what date did the report by mail?",
        "broken_grammar",
    ),
    (
        "The update takes 4 minutes; the ring lights turn red.",
        "How long does it take for the ring lights to turn red?",
        "asks_about_another_fact",
    ),
    (
        "Ms Brandt learned on 18 July 2022 that the chamber had warmed.",
        "On what date did the chamber warm?",
        "asks_about_another_fact",
    ),
    (
        "The Club pays EUR 11,250 to the expert.",
        "How much is the fee for the use of the boathouse?",
        "asks_about_another_fact",
    ),
    (
        "A party shall offer mediation within 40 days after the offer.",
        "Within what time must a party offer mediation after the offer?",
        "repeats_itself",
    ),
]


def fact_of(sentence):
    facts = concrete_facts(sentence, "en")
    assert len(facts) == 1
    return facts[0]


@pytest.mark.parametrize(("sentence", "question"), GOOD)
def test_small_teacher_fault_of_a_good_question_is_none(sentence, question):
    assert small_teacher_fault(question, sentence=sentence, fact=fact_of(sentence), language="en") is None


@pytest.mark.parametrize(("sentence", "question", "reason"), BAD)
def test_small_teacher_fault_names_the_reason(sentence, question, reason):
    fault = small_teacher_fault(question, sentence=sentence, fact=fact_of(sentence), language="en")
    assert fault is not None
    assert fault.reason == reason


@pytest.mark.parametrize(
    ("sentence", "askable"),
    [
        ("The Club shall repaint the doors by 30 September 2024.", True),
        ("The Club may not end the lease before 30 June 2027.", False),
        ("It was delivered on 2 June 2022 with the cable.", False),
        ("I asked for two people on 1 September 2022.", False),
        ("The Club pays GBP 900 in May and GBP 700 in June.", False),
        ("The insurance covers 9 months of rent for the shed.", False),
        ("The lease runs through 30 June 2027 for the shed.", False),
    ],
)
def test_is_askable_wants_one_plain_fact_in_a_sentence_of_its_own(sentence, askable):
    fact = concrete_facts(sentence, "en")[0]
    assert is_askable(sentence, fact=fact, language="en") is askable


@pytest.mark.parametrize(
    ("sentence", "opening"),
    [
        ("The Club shall repaint the doors by 30 September 2024.", "By what date must"),
        ("The gauge was delivered on 2 June 2022.", "On what date was"),
        ("The Board shall repair the roof within 45 days.", "Within what time must"),
        ("The workshop ordered 24 spare floats.", "How many spare floats"),
        ("The supplier charges 640 euros.", "How much"),
        ("Interest accrues at 6 percent.", "What percentage of"),
    ],
)
def test_question_opening_agrees_with_the_verb_before_the_fact(sentence, opening):
    fact = fact_of(sentence)
    before = " ".join(sentence[: fact.start].split())
    assert language_rules("en").asking.opening(before, fact.kind.value, fact.unit) == opening


@pytest.mark.parametrize("domain", ["legal", "manual", "code", "dialogue"])
def test_question_prompt_ends_open_after_two_worked_examples(domain):
    english = "The gauge was delivered on 2 June 2022."
    prompt, opening = question_prompt(sentence=english, fact=fact_of(english), domain=domain, language="en")
    assert prompt.text.endswith(f"Sentence: {english}\nAnswer: 2 June 2022\nQuestion: {opening}")
    assert prompt.text.count("Question:") == 3
    korean = "계약은 2023년 3월 2일에 체결되었다."
    fact = concrete_facts(korean, "ko")[0]
    prompt, opening = question_prompt(sentence=korean, fact=fact, domain=domain, language="ko")
    assert (opening, prompt.text.count("질문:")) == ("", 3)
    assert prompt.text.endswith("질문:")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_summary_prompt_ends_with_the_section_on_one_line(language):
    prompt = summary_prompt(section="First line.\n\nSecond line.", language=language)
    assert "First line. Second line." in prompt.text
    assert prompt.text.endswith(":")
