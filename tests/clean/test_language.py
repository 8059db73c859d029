from __future__ import annotations

import threading

import pytest

from pipeline.clean.language import UNDETERMINED, detect_language
from pipeline.records import Domain

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
    assert detect_language(text=text, domain=Domain.MANUAL) == expected


def test_detect_language_of_code_is_that_of_its_comments() -> None:
    code = "def total(rows):\n    return sum(row.amount for row in rows)\n" * 20
    korean = '"""수강료를 계산한다. 결석한 날은 뺀다."""\n# 형제 할인은 10퍼센트이고 한 달에 한 번만 적용한다.\n' * 5
    assert detect_language(text=code, domain=Domain.CODE) == "en"
    assert detect_language(text=korean + code, domain=Domain.CODE) == "ko"
    assert (
        detect_language(text="# total of all rows, without those that were refunded\n" * 9 + code, domain=Domain.CODE)
        == "en"
    )


def test_detect_language_is_the_same_every_time_and_in_every_thread() -> None:
    text = "Hi Lukas, danke for the update, see you in Hamburg on Monday, alles gut otherwise?"
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(detect_language(text=text, domain=Domain.DIALOGUE)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found += [detect_language(text=text, domain=Domain.DIALOGUE) for _ in range(6)]
    assert len(found) == 10
    assert len(set(found)) == 1
