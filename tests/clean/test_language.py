from __future__ import annotations

import threading

import pytest

from pipeline.clean.language import UNDETERMINED, detect_language

ENGLISH = "The tenant shall repair the boiler within seventy-two hours after written notice from the landlord. "
KOREAN = "임차인은 서면 통지를 받은 날부터 사흘 안에 보일러를 수리하여야 한다. "
FRENCH = "Le locataire doit réparer la chaudière dans les trois jours suivant la notification écrite du bailleur. "
GERMAN = "Der Mieter muss den Kessel innerhalb von drei Tagen nach schriftlicher Mitteilung des Vermieters reparieren. "
JAPANESE = "借主は書面による通知を受けた日から三日以内にボイラーを修理しなければならない。"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ENGLISH * 3, "en"),
        (ENGLISH * 400, "en"),
        (KOREAN * 3, "ko"),
        (FRENCH * 30, "fr"),
        (GERMAN * 3, "de"),
        (JAPANESE * 3, "ja"),
        ("서버를 nuri-server --config /etc/nuri.conf 명령으로 실행하고 nuri_status 값을 확인합니다. " * 5, "ko"),
        ("```\nfor item in list_of_items:\n    print(item)\n```\n" * 40 + KOREAN, "ko"),
        ("12,000 / 3.5\n" * 50, UNDETERMINED),
        ("ㅋㅋㅋ", "ko"),
        ("", UNDETERMINED),
    ],
)
def test_detect_language_of_prose(text: str, expected: str) -> None:
    assert detect_language(text=text, domain="manual") == expected


def test_detect_language_of_code_is_that_of_its_comments() -> None:
    code = "def total(rows):\n    return sum(row.amount for row in rows)\n" * 20
    korean = '"""수강료를 계산한다. 결석한 날은 뺀다."""\n# 형제 할인은 10퍼센트이고 한 달에 한 번만 적용한다.\n' * 5
    assert detect_language(text=code, domain="code") == "en"
    assert detect_language(text=korean + code, domain="code") == "ko"
    assert (
        detect_language(text="# total of all rows, without those that were refunded\n" * 9 + code, domain="code")
        == "en"
    )


def test_detect_language_is_the_same_every_time_and_in_every_thread() -> None:
    text = "Hi Lukas, danke for the update, see you in Hamburg on Monday, alles gut otherwise?"
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(detect_language(text=text, domain="dialogue"))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found += [detect_language(text=text, domain="dialogue") for _ in range(6)]
    assert len(found) == 10
    assert len(set(found)) == 1


CHINESE = "承租人应当自收到书面通知之日起三日内修理锅炉。"
RUSSIAN = "Арендатор обязан отремонтировать котел в течение трех дней после письменного уведомления арендодателя. "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CHINESE * 3, "zh"),
        (CHINESE * 12 + "ボイラ", "zh"),
        (CHINESE + "これはボイラーです", "ja"),
        (RUSSIAN * 3, "ru"),
        (CHINESE * 3 + "boiler " * 9, "zh"),
        (CHINESE + ENGLISH * 3, "en"),
        ("보일러 " + ENGLISH * 3, "en"),
        ("يجب على المستأجر إصلاح الغلاية خلال ثلاثة أيام. " * 6, "ar"),
    ],
)
def test_detect_language_goes_by_script_before_words(text: str, expected: str) -> None:
    assert detect_language(text=text, domain="legal") == expected


def test_detect_language_hangul_beside_names_weighs_five_letters_and_with_an_ending_decides() -> None:
    letters = "".join(char for char in ENGLISH * 9 if char.isalpha())
    assert detect_language(text="각" * 40 + " " + letters[:200], domain="manual") == "ko"
    assert detect_language(text="각" * 40 + " " + letters[:201], domain="manual") == "en"
    assert detect_language(text="각" * 40 + "는 " + letters[:201], domain="manual") == "ko"


def test_detect_language_of_a_long_text_reads_windows_outside_code_and_addresses() -> None:
    code = "```\nfor item in the list of items that have to be returned:\n    print(item)\n```\n" * 400
    assert detect_language(text=code + KOREAN * 5 + "\n" + code, domain="manual") == "ko"
    assert detect_language(text=("see https://example.com/the/of/and/to " * 9 + KOREAN) * 90, domain="manual") == "ko"


def test_detect_language_of_an_unclosed_code_block_reads_on() -> None:
    assert detect_language(text="```\n" + KOREAN * 9, domain="manual") == "ko"
    assert detect_language(text="~~~\n" + ENGLISH * 9 + "\n```\n", domain="manual") == "en"


def test_detect_language_han_weighs_two_and_a_half_letters() -> None:
    letters = "".join(char for char in ENGLISH * 9 if char.isalpha())
    assert detect_language(text="修" * 100 + " " + letters[:250], domain="manual") == "zh"
    assert detect_language(text="修" * 100 + " " + letters[:251], domain="manual") == "en"


def test_detect_language_looks_at_the_whole_of_a_long_text() -> None:
    assert detect_language(text=ENGLISH * 8 + KOREAN * 400, domain="legal") == "ko"
    assert detect_language(text=KOREAN * 10 + ENGLISH * 400, domain="legal") == "en"
    assert detect_language(text=ENGLISH * 60 + FRENCH * 400, domain="legal") == "fr"


@pytest.mark.parametrize(
    "prose", ["https://example.com/a/b/c/d ", "kim@example.com ", "`for item in items` ", "<div id=main> "]
)
def test_detect_language_addresses_and_markup_are_no_prose(prose: str) -> None:
    assert detect_language(text=prose * 30 + KOREAN, domain="manual") == "ko"


COMMENT = "형제 할인은 십 퍼센트이고 한 달에 한 번만 적용하며 결석한 날은 수강료에서 뺀다 "


@pytest.mark.parametrize("form", ["# {}", "// {}", "-- {}", ";; {}", "/* {} */", '"""{}"""', 'print("{}")'])
def test_detect_language_of_code_reads_every_form_of_comment(form: str) -> None:
    code = "total = rows[index].amount\n" * 30
    assert detect_language(text=code + form.format(COMMENT.strip()) * 1 + "\n", domain="code") == "en"
    comments = "\n".join([form.format(COMMENT.strip())] * 6)
    assert detect_language(text=f"{code}{comments}\n{code}", domain="code") == "ko"


def test_detect_language_of_code_needs_160_characters_of_comments() -> None:
    code = "total = rows[index].amount\n"
    assert detect_language(text=f"{code}# {'가' * 159}\n{code}", domain="code") == "en"
    assert detect_language(text=f"{code}# {'가' * 160}\n{code}", domain="code") == "ko"


@pytest.mark.parametrize(("comment", "expected"), [(JAPANESE, "ja"), (CHINESE, "zh"), (RUSSIAN, "ru"), (FRENCH, "en")])
def test_detect_language_of_code_is_english_where_its_comments_are_latin(comment: str, expected: str) -> None:
    assert detect_language(text=f"# {comment}\nx = 1\n" * 12, domain="code") == expected


def test_detect_language_of_a_text_whose_windows_disagree_is_english_where_as_many_are_english() -> None:
    window = 600
    german, english = (GERMAN * 9)[:window], (ENGLISH * 9)[:window]
    assert detect_language(text=german + english, domain="legal") == "en"
    assert detect_language(text=english + german, domain="legal") == "en"
    assert detect_language(text=german + english + german, domain="legal") == "de"


def test_detect_language_passes_over_windows_of_few_letters() -> None:
    table = "12,000 / 3.5 | " * 40
    assert detect_language(text=table + ENGLISH * 6 + table, domain="manual") == "en"
    assert detect_language(text=table + "\n" + ENGLISH, domain="manual") == "en"
