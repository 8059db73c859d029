from __future__ import annotations

import pytest

from pipeline.documents.grammar.turns.reading import holds_dialogue

from ..said import said, said_at

IOS = """[05/03/2024, 10:03:11] Kiln crew: Messages and calls are end-to-end encrypted.
[05/03/2024, 10:03:11] Mara Lind: the kiln is at 900 degrees now
do not open it

ever
[05/03/2024, 10:04:12] Jo: image omitted
[05/03/2024, 10:04:32] ~ Jo: I will look at six <This message was edited>
[05/03/2024, 10:05:00] Mara Lind: <attached: 00000012-PHOTO.jpg>
[05/03/2024, 10:05:01] Mara Lind: good, thank you
"""


def test_whatsapp_ios_export_gives_messages_without_attachments_and_marks() -> None:
    assert said_at(IOS) == [
        ("Mara Lind", "05/03/2024, 10:03:11", "the kiln is at 900 degrees now\ndo not open it\n\never"),
        ("Jo", "05/03/2024, 10:04:32", "I will look at six"),
        ("Mara Lind", "05/03/2024, 10:05:01", "good, thank you"),
    ]
    assert holds_dialogue(IOS)


@pytest.mark.parametrize(
    "time", ["05/03/2024, 10:03", "3/5/24, 10:03 AM", "05.03.24, 10:03", "2024-03-05, 10:03", "2024. 3. 5. 오후 3:21"]
)
def test_whatsapp_android_export_is_read_in_every_date_format(time: str) -> None:
    text = (
        f'{time} - Mara Lind created group "Kiln"\n'
        f"{time} - Mara Lind: the kiln is hot: 900\n"
        f"{time} - +44 7700 900123: <Media omitted>\n"
        f"{time} - +44 7700 900123: 확인했습니다\n"
        f"{time} - Jo left\n"
        f"{time} - [PHONE-1]: This message was deleted\n"
        f"{time} - [PHONE-1]: I see it\n"
    )
    assert said_at(text) == [
        ("Mara Lind", time, "the kiln is hot: 900"),
        ("+44 7700 900123", time, "확인했습니다"),
        ("[PHONE-1]", time, "I see it"),
    ]


def test_whatsapp_korean_attachments_are_no_words() -> None:
    text = "".join(
        f"2024. 3. 5. 오후 3:2{index} - {name}: {words}\n"
        for index, (name, words) in enumerate(
            [
                ("김민수", "견적서 보냈습니다"),
                ("이서연", "<미디어 파일을 제외한 내용>"),
                ("이서연", "이미지 생략됨"),
                ("이서연", "확인했습니다"),
            ]
        )
    )
    assert said(text) == [("김민수", "견적서 보냈습니다"), ("이서연", "확인했습니다")]
