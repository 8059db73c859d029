from __future__ import annotations

import pytest

from pipeline.config.build import InputSource
from pipeline.documents.discovery import discover
from pipeline.documents.domain import detect_domain
from pipeline.documents.formats import Format
from pipeline.documents.planning import plan_segments
from pipeline.documents.reading import Extract, ReadLimits, read_segment
from pipeline.records import Domain

IRC = "\n".join(
    f"[03:{minute:02d}] <{nick}> is the driver loaded?" for minute in range(20) for nick in ("tyler", "adub")
)
STATUTE = "\n".join(f"제{number}조(목적) 이 법은 임대인의 의무에 관한 사항을 규정한다." for number in range(1, 9))
RECIPE = (
    "Install the valve, press the button and open the screen. Tighten it.\nTorque: 12 Nm\nWeight: 3 kg\nColour: red\n"
)


CHANNEL_LOG = "\n".join(
    f"#kiln 2024-03-05 10:{minute:02d} <{nick}> is the kiln hot?" for minute in range(5) for nick in ("mun__", "jo")
)
KAKAO = "\n".join(
    f"2024년 3월 5일 오후 2:{minute}, {name} : 견적서 보냈습니다"
    for minute in range(30, 35)
    for name in ("김민수", "이서연")
)
NOTES = "\n".join(f"Press the button {count} times and wait.\nNote: the pump is hot." for count in range(9))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (IRC, Domain.DIALOGUE),
        (CHANNEL_LOG, Domain.DIALOGUE),
        (KAKAO, Domain.DIALOGUE),
        (STATUTE, Domain.LEGAL),
        (RECIPE, Domain.MANUAL),
        (NOTES, Domain.MANUAL),
    ],
)
def test_detect_domain_by_what_the_text_shows(text: str, expected: Domain) -> None:
    assert detect_domain(text=text, source_format=Format.TEXT, is_conversation=False) is expected


def test_detect_domain_code_and_conversations_by_their_source() -> None:
    assert detect_domain(text=STATUTE, source_format=Format.TREE, is_conversation=False) is Domain.CODE
    assert detect_domain(text=STATUTE, source_format=Format.JSON_LINES, is_conversation=True) is Domain.DIALOGUE


def test_detect_domain_bundled_documents_all_as_their_folders_say() -> None:
    readings = [
        (segment.item.key.split("/")[0], reading)
        for unit in plan_segments(discover([InputSource(path="bundled:")]).items, unit_bytes=2**24, min_units=1)
        for segment in unit
        for reading in read_segment(
            segment=segment, text_field="text", title_field="title", limits=ReadLimits(2**24, 200)
        )
        if isinstance(reading, Extract) and reading.replaced_share < 0.01
    ]
    assert len(readings) >= 16
    wrong = [
        reading.uri
        for folder, reading in readings
        if detect_domain(text=reading.text, source_format=reading.format, is_conversation=reading.is_conversation)
        != folder
    ]
    assert wrong == []
