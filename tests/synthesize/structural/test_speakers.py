import pytest

from pipeline.config.build import StructuralTask
from pipeline.synthesize.structural.facts import Findings, QuestionForm

from .contexts import KOREAN_CHAT, MINUTES, answer_to, findings, refused, slots_of


def speakers(text: str, language: str) -> Findings:
    return findings(text, StructuralTask.SPEAKER, domain="dialogue", language=language)


def test_speaker_facts_all_words_of_a_minute_belong_to_the_answer() -> None:
    found = speakers(MINUTES, "en")
    assert answer_to(found, QuestionForm.SPEAKER_AT, speaker="Declan Osei", time="at 10:04") == (
        "I checked it twice with another meter.\nThe second run took nine hours.\n"
        "We could write it on the box in large letters."
    )
    assert answer_to(found, QuestionForm.SPEAKER_AT, speaker="Yuki Arai", time="at 10:04") == (
        "Customers will call us about that every day."
    )


def test_speaker_facts_minute_of_two_days_is_refused() -> None:
    found = speakers(MINUTES, "en")
    assert ("ambiguous_time", "Mara Lind 10:03") in refused(found)
    assert not any(slots_of(fact).get("time") == "at 10:03" for fact in found.facts)


def test_speaker_facts_who_when_and_reply() -> None:
    found = speakers(MINUTES, "en")
    words = "Customers will call us about that every day"
    assert answer_to(found, QuestionForm.SPEAKER_WHO, words=words) == "Yuki Arai"
    assert answer_to(found, QuestionForm.SPEAKER_WHEN, words=words) == "10:04"
    assert answer_to(found, QuestionForm.SPEAKER_REPLY, words=words) == "We could write it on the box in large letters."


def test_speaker_facts_header_lines_are_no_speakers() -> None:
    assert answer_to(speakers(MINUTES, "en"), QuestionForm.SPEAKER_ALL) == "Mara Lind, Declan Osei and Yuki Arai"


def test_speaker_facts_words_said_twice_or_too_short_are_not_quoted() -> None:
    text = (
        "Ann: We should leave the harbour now.\nBob: Okay.\nAnn: We should leave the harbour now.\n"
        "Bob: Not before the tide turns again.\n"
    )
    quoted = {slots_of(fact).get("words") for fact in speakers(text, "en").facts if "words" in slots_of(fact)}
    assert quoted == {"Not before the tide turns again"}


@pytest.mark.parametrize(
    ("line", "speaker", "time"),
    [
        ("09:14 Ann Lee: the mirror is down again today", "Ann Lee", "09:14"),
        ("[2024-03-05 09:14] Ann Lee: the mirror is down again today", "Ann Lee", "2024-03-05 09:14"),
        ("[오후 2:03] 박소라: the mirror is down again today", "박소라", "오후 2:03"),
    ],
)
def test_speaker_facts_ways_to_write_a_timed_turn(line: str, speaker: str, time: str) -> None:
    rest = "".join(f"[{hour}:00] Zoe: words of the hour number {hour}\n" for hour in (15, 16, 17))
    found = speakers(f"{line}\n{rest}", "en")
    assert (
        answer_to(found, QuestionForm.SPEAKER_AT, speaker=speaker, time=f"at {time}")
        == "the mirror is down again today"
    )


def test_speaker_facts_untimed_label_that_comes_once_ends_a_turn_but_is_no_speaker() -> None:
    text = (
        "Ann: The first point is the budget of spring.\nNote: unconfirmed\n"
        "Bob: I never saw that budget at all.\nAnn: It was sent to everybody on Monday.\n"
        "Bob: Then my mail box must be broken.\n"
    )
    found = speakers(text, "en")
    assert answer_to(found, QuestionForm.SPEAKER_ALL) == "Ann and Bob"


def test_speaker_facts_korean_chat() -> None:
    found = speakers(KOREAN_CHAT, "ko")
    assert (
        answer_to(found, QuestionForm.SPEAKER_AT, speaker="박소라", time="14:03")
        == "어제 주문한 의자의 다리 하나가 짧게 왔습니다."
    )
    assert answer_to(found, QuestionForm.SPEAKER_ALL) == "상담원 하늘, 박소라"
