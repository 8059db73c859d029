"""Text and attachments of Outlook mails."""

from __future__ import annotations

import struct
from pathlib import Path

from compound_files import Tree, compound_file
from reader_runs import fates, one_extract, read_bytes

from pipeline.documents.readers import reader_of_content
from pipeline.documents.readers.reader import Extract, Failed, FileKind, NotRead

SENT = (1_700_000_000 + 11_644_473_600) * 10**7


def stream(number: int, text: str, codec: str = "") -> tuple[str, bytes]:
    kind = "001E" if codec else "001F"
    return f"__substg1.0_{number:04X}{kind}", text.encode(codec or "utf-16-le")


def properties(header_bytes: int, *, code_page: int = 0) -> tuple[str, bytes]:
    entries = struct.pack("<HHIQ", 0x40, 0x39, 6, SENT)
    if code_page:
        entries += struct.pack("<HHIQ", 3, 0x3FFD, 6, code_page)
    return "__properties_version1.0", bytes(header_bytes) + entries


def mail(
    *streams: tuple[str, bytes], code_page: int = 0, header_bytes: int = 32, **storages: Tree
) -> dict[str, bytes | Tree]:
    named = {f"__attach_version1.0_#0000000{number}": storage for number, storage in enumerate(storages.values())}
    return {"__nameid_version1.0": {}, **dict([properties(header_bytes, code_page=code_page), *streams]), **named}


def test_mail_has_head_and_body(tmp_path: Path) -> None:
    data = compound_file(
        mail(
            stream(0x37, "회의록 검토 요청"),
            stream(0x0C1A, "김민지"),
            stream(0x0E04, "Bob Lee; Ann Roe"),
            stream(0x1000, "안녕하세요.\r\n회의록을 보내 드립니다.\r\n"),
        )
    )
    found = one_extract(tmp_path, "a.msg", data)
    assert found.title == "회의록 검토 요청"
    head = "From: 김민지\nTo: Bob Lee; Ann Roe\nDate: Tue, 14 Nov 2023 22:13:20 +0000\nSubject: 회의록 검토 요청\n"
    assert found.text == head + "\n안녕하세요.\n회의록을 보내 드립니다.\n"


def test_strings_in_a_code_page_are_decoded(tmp_path: Path) -> None:
    data = compound_file(
        mail(stream(0x37, "견적 요청", "cp949"), stream(0x1000, "펌프 똠방각하", "cp949"), code_page=949)
    )
    assert "펌프 똠방각하" in one_extract(tmp_path, "a.msg", data).text


def test_html_body_is_read_if_the_text_is_a_stub(tmp_path: Path) -> None:
    html = "<html><body><h1>Plan</h1><p>We meet on Monday to settle the budget for next year.</p></body></html>"
    name = "__substg1.0_10130102"
    found = one_extract(tmp_path, "a.msg", compound_file(mail(stream(0x1000, " "), (name, html.encode()))))
    assert "# Plan\n\nWe meet on Monday" in found.text


def test_attachments_and_attached_mails_are_records(tmp_path: Path) -> None:
    inner = mail(stream(0x37, "Inner"), stream(0x1000, "The inner words."), header_bytes=24)
    data = compound_file(
        mail(
            stream(0x37, "Outer"),
            stream(0x1000, "See below."),
            text={**dict([stream(0x3707, "notes.txt")]), "__substg1.0_37010102": b"Notes of May."},
            image={**dict([stream(0x3707, "logo.png")]), "__substg1.0_37010102": b"\x89PNG\0"},
            mail={**dict([stream(0x3001, "Fwd: Inner")]), "__substg1.0_3701000D": inner},
        )
    )
    readings = read_bytes(tmp_path, "a.msg", data)
    assert fates(readings) == [
        ("a.msg", "kept"),
        ("notes.txt", "kept"),
        ("logo.png", "skipped unsupported_attachment"),
        ("Fwd: Inner.txt", "kept"),
    ]
    assert isinstance(readings[3], Extract)
    assert "The inner words." in readings[3].text


def test_encrypted_and_empty_mails_are_refused(tmp_path: Path) -> None:
    for streams, reason in (
        ([stream(0x1A, "IPM.Note.SMIME")], "encrypted"),
        ([stream(0x37, "Only a subject")], "no_text"),
    ):
        (found,) = read_bytes(tmp_path, "a.msg", compound_file(mail(*streams)))
        assert isinstance(found, NotRead)
        assert found.why.reason == reason


def test_damage_is_a_failure_and_content_is_recognised(tmp_path: Path) -> None:
    data = compound_file(mail(stream(0x1000, "Words.")))
    (found,) = read_bytes(tmp_path, "a.msg", data[:700])
    assert isinstance(found, Failed)
    reader = reader_of_content(data, FileKind(None))
    assert reader is not None
    assert reader.name == "msg"


HELLO = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232 0af32068656c0900206277 05b06c647d0a800fa0"
)
"""The first example of [MS-OXRTFCP], 4.1.1."""


def test_rtf_body_is_read_if_there_is_no_other(tmp_path: Path) -> None:
    name = "__substg1.0_10090102"
    data = compound_file(mail(stream(0x37, "Greeting"), (name, HELLO)))
    assert one_extract(tmp_path, "a.msg", data).text.endswith("Subject: Greeting\n\nhello world\n")
    both = compound_file(mail(stream(0x1000, "Plain words."), (name, HELLO)))
    assert one_extract(tmp_path, "b.msg", both).text.endswith("Plain words.\n")
    (damaged,) = read_bytes(tmp_path, "c.msg", compound_file(mail(stream(0x37, "Greeting"), (name, HELLO[:10]))))
    assert isinstance(damaged, NotRead)
    assert damaged.why.reason == "no_text"
