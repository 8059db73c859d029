from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from structural_documents import KOREAN_CHAT, MINUTES, answer_to, findings, make_context, refused, slots_of

from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form
from pipeline.synthesize.tasks.speaker import (
    SPEAKER_ALL,
    SPEAKER_AT,
    SPEAKER_REPLY,
    SPEAKER_WHEN,
    SPEAKER_WHO,
    speaker_facts,
)


def speakers(text: str, language: str) -> Findings:
    return findings(text, "speaker", domain="dialogue", language=language)


def test_speaker_facts_all_words_of_a_minute_belong_to_the_answer() -> None:
    found = speakers(MINUTES, "en")
    assert answer_to(found, SPEAKER_AT, speaker="Declan Osei", time="at 10:04") == (
        "I checked it twice with another meter.\nThe second run took nine hours.\n"
        "We could write it on the box in large letters."
    )
    assert answer_to(found, SPEAKER_AT, speaker="Yuki Arai", time="at 10:04") == (
        "Customers will call us about that every day."
    )


def test_speaker_facts_minute_of_two_days_is_refused() -> None:
    found = speakers(MINUTES, "en")
    assert ("ambiguous_time", "Mara Lind 10:03") in refused(found)
    assert not any(slots_of(fact).get("time") == "at 10:03" for fact in found.facts)


def test_speaker_facts_who_when_and_reply() -> None:
    found = speakers(MINUTES, "en")
    words = "Customers will call us about that every day"
    assert answer_to(found, SPEAKER_WHO, words=words) == "Yuki Arai"
    assert answer_to(found, SPEAKER_WHEN, words=words) == "10:04"
    assert answer_to(found, SPEAKER_REPLY, words=words) == "We could write it on the box in large letters."


def test_speaker_facts_header_lines_are_no_speakers() -> None:
    assert answer_to(speakers(MINUTES, "en"), SPEAKER_ALL) == "Mara Lind, Declan Osei and Yuki Arai"


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
    assert answer_to(found, SPEAKER_AT, speaker=speaker, time=f"at {time}") == "the mirror is down again today"


def test_speaker_facts_untimed_label_that_comes_once_ends_a_turn_but_is_no_speaker() -> None:
    text = (
        "Ann: The first point is the budget of spring.\nNote: unconfirmed\n"
        "Bob: I never saw that budget at all.\nAnn: It was sent to everybody on Monday.\n"
        "Bob: Then my mail box must be broken.\n"
    )
    found = speakers(text, "en")
    assert answer_to(found, SPEAKER_ALL) == "Ann and Bob"


def test_speaker_facts_korean_chat() -> None:
    found = speakers(KOREAN_CHAT, "ko")
    assert (
        answer_to(found, SPEAKER_AT, speaker="박소라", time="14:03") == "어제 주문한 의자의 다리 하나가 짧게 왔습니다."
    )
    assert answer_to(found, SPEAKER_ALL) == "상담원 하늘, 박소라"


KAKAO = """--------------- 2024년 3월 5일 화요일 ---------------
[김 과장(구매팀)] [오후 2:31] 견적서 초안을 방금 메일로 보냈습니다
[mun__] [오후 2:32] 사진
[mun__] [오후 2:32] 네 단가가 지난번과 다르네요 확인 부탁드려요
[김 과장(구매팀)] [오후 2:33] 원자재 값이 올라서 3월부터 조정되었습니다
[mun__] [오후 2:34] 네
[김 과장(구매팀)] [오후 2:35] 검사 성적서도 같이 보내드리겠습니다
[김 과장(구매팀)] [오후 2:35] 수량은 3,000개까지 가능합니다
[mun__] [오후 2:36] 다음 주 월요일 아침까지 답을 드릴게요
--------------- 2024년 3월 6일 수요일 ---------------
[mun__] [오후 2:36] 어제 말한 수량으로 발주하겠습니다
[김 과장(구매팀)] [오후 2:37] ㅋㅋㅋ
[mun__] [오후 2:38] https://example.com/order
"""


def asked(found: Findings, form: Form) -> list[tuple[str, str]]:
    """Quoted words and answers of a form, in order."""
    return [(slots_of(fact).get("words", ""), fact.answer) for fact in found.facts if fact.form is form]


def test_speaker_facts_names_and_times_stay_as_written() -> None:
    found = speakers(KAKAO, "ko")
    words = "원자재 값이 올라서 3월부터 조정되었습니다"
    assert answer_to(found, SPEAKER_WHO, words=words) == "김 과장(구매팀)"
    assert answer_to(found, SPEAKER_WHEN, words=words) == "오후 2:33"
    assert answer_to(found, SPEAKER_ALL) == "김 과장(구매팀), mun__"
    log = "".join(
        f"#kiln 2024-03-05 10:0{minute} <{nick}> batch {minute} waits inside the kiln\n"
        for minute, nick in enumerate(("mun__", "Second_unit", "mun__"))
    )
    answer = answer_to(speakers(log, "en"), SPEAKER_AT, speaker="Second_unit", time="at 2024-03-05 10:01")
    assert answer == "batch 1 waits inside the kiln"


def test_speaker_facts_replies_without_content_are_not_asked_about() -> None:
    found = speakers(KAKAO, "ko")
    answers = {fact.answer for fact in found.facts}
    assert not answers & {"네", "ㅋㅋㅋ", "https://example.com/order", "사진"}
    assert not {words for words, _ in asked(found, SPEAKER_WHO)} & {"네", "사진"}


@pytest.mark.parametrize(
    "reply",
    ["ok", "lol", "Mm-hmm .", "Okay. Thank you.", "👍", "https://e.example/a/b/c", "[EMAIL-1]", "네, 감사합니다."],
)
def test_speaker_facts_reply_that_says_nothing_is_no_answer(reply: str) -> None:
    text = f"Ann: The second run of the meter took nine hours.\nBob: {reply}\n" + "Ann: Fine.\nBob: Good.\n"
    assert asked(speakers(text, "en"), SPEAKER_REPLY) == []


def test_speaker_facts_reply_is_all_that_is_said_directly_after() -> None:
    found = asked(speakers(KAKAO, "ko"), SPEAKER_REPLY)
    assert ("네 단가가 지난번과 다르네요 확인 부탁드려요", "원자재 값이 올라서 3월부터 조정되었습니다") in found
    assert ("수량은 3,000개까지 가능합니다", "다음 주 월요일 아침까지 답을 드릴게요") in found
    quoted = [words for words, _ in found]
    assert "견적서 초안을 방금 메일로 보냈습니다" not in quoted, "a picture comes between"
    assert "다음 주 월요일 아침까지 답을 드릴게요" not in quoted, "a day comes between"
    text = (
        "Ann: Why did the battery fail in the cold?\n"
        + "Bob: It was old.\nBob: The door was open all night.\n"
        + "Ann: I see.\n"
    )
    assert asked(speakers(text, "en"), SPEAKER_REPLY) == [
        ("Why did the battery fail in the cold?", "It was old.\nThe door was open all night.")
    ]


def test_speaker_facts_words_of_two_people_are_not_asked_about_whatever_their_case() -> None:
    text = (
        "Ann: We should leave the harbour now!\nBob: Not before the tide turns again.\n"
        "Ann: I do not like it here.\nBob: we should leave the harbour now\n"
    )
    quoted = [words for words, _ in asked(speakers(text, "en"), SPEAKER_WHO)]
    assert "Not before the tide turns again" in quoted
    assert not any("leave the harbour" in words for words in quoted)


def test_speaker_facts_time_of_two_days_is_refused() -> None:
    found = speakers(KAKAO, "ko")
    assert ("ambiguous_time", "mun__ 오후 2:36") in refused(found)
    assert not any(slots_of(fact).get("time") == "오후 2:36" for fact in found.facts)


def test_speaker_facts_turn_that_the_row_cuts_is_not_asked_about() -> None:
    text = (
        "Ann: The second run of the meter took nine hours.\nBob: Then the first one was wrong by an hour.\n"
        "Ann: We will write that on the box.\nBob: In letters that everybody can"
    )
    whole = make_context(text, domain="dialogue", language="en")
    last = "In letters that everybody can"
    assert last in {fact.answer for fact in speaker_facts(Reading(whole)).facts}
    found = speaker_facts(Reading(replace(whole, part=1, num_parts=2)))
    assert len(found.facts) > 3
    assert not any(last in fact.answer or last in dict(fact.slots).get("words", "") for fact in found.facts)


def test_speaker_facts_words_above_the_first_turn_of_a_later_part_hide_a_speaker() -> None:
    text = f"and so it went on for an hour.\n{KAKAO}"
    whole = make_context(text, domain="dialogue", language="ko")
    found = speaker_facts(Reading(replace(whole, part=2, num_parts=2)))
    assert asked(found, SPEAKER_ALL) == []
    assert asked(found, SPEAKER_WHO) != []


def test_speaker_facts_name_that_one_line_alone_vouches_for_is_not_asked_about() -> None:
    text = (
        "Ann: The first point is the budget of spring.\nBob: I never saw that budget at all.\n"
        "Ann: It was sent to everybody on Monday.\nOne thing is clear: nobody read the budget.\n"
        "Bob: Then my mail box must be broken.\n"
    )
    found = speakers(text, "en")
    assert asked(found, SPEAKER_ALL) == []
    assert "One thing is clear" not in {fact.answer for fact in found.facts}
    assert not any("It was sent to everybody" in fact.answer for fact in found.facts)


def test_speaker_facts_turn_that_may_go_on_behind_a_blank_line_is_no_answer() -> None:
    text = (
        "Ann: Why did the battery fail in the cold?\n\nBob: It was old and the door was open.\n\n"
        "The board went to see the door.\n\nAnn: I see, thank you for looking.\n\nBob: The next one lasts longer.\n"
    )
    found = speakers(text, "en")
    assert not any("The board went" in fact.answer for fact in found.facts)
    assert asked(found, SPEAKER_REPLY) == [("I see, thank you for looking", "The next one lasts longer.")]


def test_speaker_facts_letters_of_an_examination_are_no_names() -> None:
    text = (
        "     Q.   Where were you on the night of the fire?\n     A.   I was at the kiln from six until midnight.\n"
        "     MR. PARK:  Dropped, the question is leading.\n     THE COURT:  The objection is overruled, go on.\n"
    )
    found = speakers(text * 1 + "     MR. PARK:  Thank you.\n     THE COURT:  Go on.\n", "en")
    assert {answer for _, answer in asked(found, SPEAKER_WHO)} == {"MR. PARK", "THE COURT"}
    assert asked(found, SPEAKER_ALL) == []


def test_speaker_facts_subtitles_without_names_are_not_asked_about() -> None:
    text = "".join(
        f"{number}\n00:00:0{number},290 --> 00:00:0{number},900\nThe kiln of batch {number} is hot.\n\n"
        for number in range(1, 6)
    )
    assert speakers(text, "en").facts == ()


NO_NAMES = ["", " ", "\u200b", "A", "[PHONE-1]"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    "[05/03/2024, 10:03:11] {name}: {words}",
                    "[10:03] <{name}> {words}",
                    "<{name}> {words}",
                    "[{name}] [오후 2:31] {words}",
                    "2024년 3월 5일 오후 2:31, {name} : {words}",
                    "2024-03-05 10:03:11\t{name}\t{words}",
                    "10:03\t{name}\t{words}",
                    "{name}: {words}",
                    "00:00:03.290 --> 00:00:05.000\n<v {name}>{words}</v>\n",
                    "1\n00:00:03,290 --> 00:00:05,000\n{name}: {words}\n",
                    "{name}   0:03\n{words}\n",
                    "○{name}  {words}",
                    "     Q.   {words}\n     A.   {words}",
                ]
            ),
            st.sampled_from([*NO_NAMES, "Mara Lind", "김민수", "의장 김하나"]),
            st.sampled_from(
                ["", " ", "ok", "The kiln of batch twelve is hot now.", "가마의 온도가 너무 높습니다.", "[PHONE-1]"]
            ),
        ),
        max_size=12,
    ),
    st.sampled_from(["en", "ko"]),
)
@example(
    [
        ("10:03\t{name}\t{words}", "", "ok"),
        ("[05/03/2024, 10:03:11] {name}: {words}", "", "The kiln of batch twelve is hot now."),
        ("10:03\t{name}\t{words}", "", "ok"),
        ("[05/03/2024, 10:03:11] {name}: {words}", "", ""),
    ],
    "en",
)
@example(
    [
        ("{name}: {words}", "[PHONE-1]", "The kiln of batch twelve is hot now."),
        ("{name}   0:03\n{words}\n", "[PHONE-1]", ""),
    ],
    "en",
)
def test_speaker_facts_of_any_chat_have_an_answer_and_its_evidence(
    turns: list[tuple[str, str, str]], language: str
) -> None:
    text = "\n".join(form.format(name=name, words=words) for form, name, words in turns)
    for fact in speakers(text, language).facts:
        assert fact.answer.strip()
        assert fact.spans and all(text[span.start : span.end].strip() for span in fact.spans)
        assert fact.form is not SPEAKER_WHO or fact.answer in ("Mara Lind", "김민수", "의장 김하나")


def test_speaker_facts_short_lines_of_a_message_are_not_quoted_as_one_sentence_wrapped_ones_are() -> None:
    chat = "[10:03] Ann: the kiln of batch 12 is hot now\ndo not open the door\n[10:04] Bob: fine\n[10:05] Ann: yes\n"
    assert [words for words, _ in asked(speakers(chat, "en"), SPEAKER_WHO)] == ["the kiln of batch 12 is hot now"]
    wrapped = (
        "Ann: We agreed in the spring that the second kiln should be opened on\nMondays only.\n"
        "Bob: That is still so.\nAnn: Good.\nBob: Fine.\n"
    )
    assert asked(speakers(wrapped, "en"), SPEAKER_WHO)[0] == (
        "We agreed in the spring that the second kiln should be opened on Mondays only",
        "Ann",
    )


@pytest.mark.parametrize(
    "reply",
    [
        "Well {disfmarker} we could paint the ferry blue next week .",
        "The the ferry should be painted blue next week .",
        "But y but you would paint the ferry anyway next week .",
    ],
)
def test_speaker_facts_marks_and_stutter_of_a_transcript_are_no_answer(reply: str) -> None:
    talk = (
        "Mara: Which colour should the ferry have this summer ?\nJun: {}\n"
        "Mara: We order the paint tomorrow morning .\nJun: Good .\n"
    )
    plain = speakers(talk.format("We could paint the ferry blue next week ."), "en")
    assert answer_to(plain, SPEAKER_REPLY, speaker="Mara", reply="Jun")
    assert not [
        fact
        for fact in speakers(talk.format(reply), "en").facts
        if fact.form is SPEAKER_REPLY and slots_of(fact)["reply"] == "Jun"
    ]


def test_speaker_facts_line_to_someone_else_in_a_chat_of_many_is_no_reply() -> None:
    names = ("ada", "ben", "cyd", "dov", "eli", "fay", "gus")
    chat = "".join(f"[10:0{n}] <{name}> my ferry number {n} leaks since monday\n" for n, name in enumerate(names))
    chat += "[10:08] <ada> which pump should I buy for the hull\n[10:09] <ben> cyd: did you paint the mast yet\n"
    chat += (
        "[10:10] <cyd> who sells ropes near the harbour\n[10:11] <dov> cyd: the shop behind the church sells ropes\n"
    )
    replies = [slots_of(fact)["reply"] for fact in speakers(chat, "en").facts if fact.form is SPEAKER_REPLY]
    assert replies == ["dov"]


def test_speaker_facts_speaker_whose_first_turn_has_no_words_leaves_the_order_open() -> None:
    talk = "Mara: The ferry is painted blue this week.\nJun: {}\nEli: The mast comes next month.\n"
    talk += "Jun: We start at noon.\nMara: The ropes are new this year.\nEli: The crew has its own oars.\n"
    said = speakers(talk.format("Who paints the hull of it?"), "en")
    assert answer_to(said, SPEAKER_ALL) == "Mara, Jun and Eli"
    noted = speakers(talk.format("{gap}"), "en")
    assert not any(fact.form is SPEAKER_ALL for fact in noted.facts)
