"""Words of chat exports, clocks and scripts of each language, and where sentences end."""

from __future__ import annotations

import re

import pytest

from pipeline.languages import language_rules


@pytest.mark.parametrize(
    ("language", "service", "said", "others"),
    [
        (
            "en",
            "kakaotalk",
            ["Photo", "Photos", "3 photos", "Video", "Emoticon", "Voice Message", "File: a.pdf", "Poll : lunch"],
            ["Photo of it", "Videos are fine"],
        ),
        ("en", "line", ["[Photo]", "[Sticker]", "[Voice message]"], ["Photo", "[Call]"]),
        (
            "en",
            "whatsapp",
            ["<Media omitted>", "image omitted", "a.pdf (file attached)", "This message was deleted.", "POLL: lunch"],
            ["omitted", "I deleted it"],
        ),
        (
            "ko",
            "kakaotalk",
            [
                "사진",
                "사진 3장",
                "동영상",
                "이모티콘",
                "음성메시지",
                "삭제된 메시지입니다.",
                "파일: a.pdf",
                "보이스톡 해요",
            ],
            ["사진이다", "동영상 봐"],
        ),
        ("ko", "line", ["[사진]", "[스티커]", "[음성 메시지]"], ["사진", "[전화]"]),
        (
            "ko",
            "whatsapp",
            ["<미디어 파일을 제외한 내용>", "사진 생략됨", "a.pdf (파일 첨부됨)", "이 메시지는 삭제되었습니다"],
            ["생략됨", "삭제했다"],
        ),
    ],
)
def test_message_without_words_is_an_attachment(
    language: str, service: str, said: list[str], others: list[str]
) -> None:
    pattern = getattr(language_rules(language).turns, service).attachment
    assert [line for line in [*said, *others] if re.fullmatch(pattern, line)] == said


@pytest.mark.parametrize(
    ("language", "notices", "others"),
    [
        (
            "en",
            ["Tom joined this chatroom.", "Ann left the chatroom", "Tom invited Ann to this chatroom."],
            ["Tom joined us"],
        ),
        (
            "ko",
            [
                "이서연님이 들어왔습니다.",
                "김민수님이 나갔습니다",
                "김민수님이 이서연님을 초대했습니다.",
                "김민수님을 내보냈습니다.",
            ],
            ["이서연이 들어왔습니다."],
        ),
    ],
)
def test_notice_of_who_came_and_went_is_said_by_nobody(language: str, notices: list[str], others: list[str]) -> None:
    rules = language_rules(language).turns.kakaotalk
    assert [line for line in [*notices, *others] if re.fullmatch(rules.notice, line)] == notices
    assert all(any(mark in line for mark in rules.notice_marks) for line in notices)


@pytest.mark.parametrize(
    ("language", "field", "words", "others"),
    [
        ("en", "behind", ["AM", "pm", "a.m.", "P.M."], ["noon"]),
        ("en", "morning", ["AM", "a.m"], ["PM", "p.m"]),
        ("en", "afternoon", ["PM", "p.m"], ["AM", "a.m"]),
        ("en", "date", ["5-Mar-2024", "5 March", "Mar 5", "Sept. 5, 2024"], ["5/3/2024"]),
        ("en", "relative_day", ["Today", "Yesterday"], ["Tomorrow"]),
        ("ko", "before", ["오전", "오후"], ["정오"]),
        ("ko", "morning", ["오전"], ["오후"]),
        ("ko", "afternoon", ["오후"], ["오전"]),
        ("ko", "date", ["2024년 3월 5일"], ["3월 5일"]),
        ("ko", "weekday", ["월요일", "일요일"], ["공휴일"]),
        ("ko", "relative_day", ["오늘", "어제"], ["내일"]),
    ],
)
def test_words_in_dates_and_times(language: str, field: str, words: list[str], others: list[str]) -> None:
    pattern = getattr(language_rules(language).turns.clock, field)
    assert [word for word in [*words, *others] if re.fullmatch(pattern, word)] == words


@pytest.mark.parametrize(
    ("language", "labels", "names"),
    [
        ("en", "warning website weight when who update usage value venue version", "anna tom landlord"),
        ("ko", "안건 일시 장소 참석자 담당자 제목 비고 작성자 첨부 결과", "김민수 임대인 지훈"),
    ],
)
def test_labels_of_forms_are_no_names(language: str, labels: str, names: str) -> None:
    rules = language_rules(language).turns
    assert set(labels.split()) <= rules.labels
    assert not set(names.split()) & rules.labels


def test_small_words_of_turns() -> None:
    english, korean = language_rules("en").turns, language_rules("ko").turns
    assert english.question_labels == {"q", "a", "q.", "a."}
    assert korean.question_labels == {"질문", "답변"}
    assert (english.sentence_ends, korean.sentence_ends) == (frozenset(), {"다", "요"})
    assert (english.whatsapp.edited, korean.whatsapp.edited) == (
        "This message was edited",
        "수정된 메시지|편집된 메시지",
    )
    scenes = ["Scene 3", "scene #4", "SCENE", "ACT", "씬 3", "씬#4", "Seen 3"]
    assert [line for line in scenes if re.match(f"(?:{english.scene}|{korean.scene})", line)] == scenes[:6]
    assert [line for line in ("제12차", "제3회", "(10시 30분", "10시에") if re.match(korean.agenda, line)] == [
        "제12차",
        "제3회",
        "(10시 30분",
    ]


@pytest.mark.parametrize(
    ("word", "shortened"),
    [("no", True), ("art", True), ("inc", True), ("sept", True), ("vs", True), ("etc", True), ("rent", False)],
)
def test_sentences_may_go_on_behind_an_abbreviation(word: str, shortened: bool) -> None:
    assert (word in language_rules("en").sentences.abbreviations) is shortened


def test_sentences_have_months_counted_words_and_open_words() -> None:
    english, korean = language_rules("en").sentences, language_rules("ko").sentences
    assert english.months == {
        *("January", "February", "March", "April", "May", "June", "July"),
        *("August", "September", "October", "November", "December"),
    }
    assert {"section", "article", "page", "step", "schedule"} <= english.counted
    assert not {"tenant", "rent"} & english.counted
    assert [word for word in ("and", "or", "및", "또는", "but") if re.fullmatch(english.open_words, word)] == [
        "and",
        "or",
    ]
    assert re.fullmatch(korean.open_words, "및") and re.fullmatch(korean.open_words, "또는")
    assert korean.final_syllables == ("다",)
    assert re.split(korean.unspaced_end, "낸다.그러나 5.5다.") == ["낸다", "그러나 5.5다."]
    labels = ["제4조 ", "제2항", "제3호의 2 ", "제4조(보증금) "]
    assert [text for text in [*labels, "제4 조건"] if re.fullmatch(korean.provision_label, text)] == labels
    assert re.fullmatch(korean.speaker_label, "김민수 (팀장): ") and re.fullmatch(english.speaker_label, "Ann Lee: ")
    assert (english.item_letters, korean.item_letters) == ("a-zA-Z", "가-하")
