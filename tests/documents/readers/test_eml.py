"""Text, attachments, encodings and damage of mails and mailboxes."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from pathlib import Path

import pytest
from reader_runs import LIMITS, fates, marked, one_extract, read_bytes

from benchmarks.formats import recall_of
from pipeline.documents.readers import kind_of, reader_of_content
from pipeline.documents.readers.reader import Extract, FileKind, NotRead, ReadLimits

ENGLISH = """Dear Ms. Osei,

Thank you for your letter of 4 May about the pumps delivered to the Fjellvik yard. Our engineers inspected all twelve
units on Tuesday. Three of them had been stored without their desiccant bags, and two show corrosion on the flange.

We propose to replace the two corroded pumps at our cost and to extend the warranty of the other ten by six months.
Please confirm by 20 May 2024 whether this is acceptable. Our technician, Mr. Lund, could visit on 27 or 28 May.

Kind regards,
Ingrid Halvorsen
"""
KOREAN = """박 과장님께,

지난 5월 4일에 보내 주신 펌프 점검 요청 건으로 회신드립니다. 저희 기술팀이 화요일에 열두 대를 모두 점검하였습니다.
세 대는 제습제 없이 보관되어 있었고, 두 대는 플랜지 부분에 부식이 확인되었습니다. 부식된 두 대는 당사 비용으로 교체해
드리고, 나머지 열 대는 보증 기간을 여섯 달 연장해 드리고자 합니다. 오월 이십일까지 회신하여 주시면 감사하겠습니다.
담당 기사가 이십칠일이나 이십팔일에 방문할 수 있습니다. 추가로 필요한 부품이 있으면 목록을 함께 보내 주십시오.
견적서는 이번 주 안에 따로 보내 드리겠습니다. 늘 협조해 주셔서 고맙습니다.

김민지 드림
"""


def html_of(text: str) -> str:
    blocks = "".join(f"<p>{block}</p>" for block in text.strip().split("\n\n"))
    return f"<html><head><style>p {{color: red}}</style></head><body>{blocks}</body></html>"


def plain(text: str, charset: str, encoding: str) -> bytes:
    subject = base64.b64encode("점검".encode()).decode()
    head = f"From: A <a@b.example>\r\nSubject: =?utf-8?b?{subject}?=\r\nMIME-Version: 1.0\r\n"
    head += f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    data = text.replace("\n", "\r\n").encode(charset)
    return head.encode() + (base64.encodebytes(data) if encoding == "base64" else data)


def mail(text: str, *, html: str = "", cte: str | None = None) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        "Ingrid <i@h.example>",
        "박 과장 <p@k.example>",
        "펌프 점검 회신",
    )
    message["Date"] = "Tue, 14 May 2024 09:30:00 +0900"
    if text:
        message.set_content(text, cte=cte)
    if html and text:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    return message


def mixed(text: str) -> EmailMessage:
    message = mail(text)
    message.add_attachment(b"\x89PNG\0\0", maintype="image", subtype="png", filename="logo.png")
    return message


def flowed(text: str) -> bytes:
    lines = [" \r\n".join(block.replace("\n", " ").split(" ")) for block in text.strip().split("\n\n")]
    head = b"From: a@b.example\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8; format=flowed\r\n\r\n"
    return head + "\r\n\r\n".join(lines).encode()


MAILS = {
    "english_quoted_printable": (ENGLISH, mail(ENGLISH, cte="quoted-printable").as_bytes()),
    "korean_base64": (KOREAN, mail(KOREAN, cte="base64").as_bytes()),
    "korean_euc_kr": (KOREAN, plain(KOREAN, "euc-kr", "8bit")),
    "korean_iso_2022": (KOREAN, plain(KOREAN, "iso-2022-kr", "7bit")),
    "korean_cp949_base64": (KOREAN, plain(KOREAN, "ks_c_5601-1987", "base64")),
    "html_only": (ENGLISH, mail("", html=html_of(ENGLISH)).as_bytes()),
    "html_with_a_stub": (KOREAN, mail("HTML을 켜 주십시오.", html=html_of(KOREAN)).as_bytes()),
    "alternatives": (ENGLISH, mail(ENGLISH, html=html_of(ENGLISH)).as_bytes()),
    "with_image": (KOREAN, mixed(KOREAN).as_bytes()),
    "flowed": (ENGLISH, flowed(ENGLISH)),
    "utf_16": (ENGLISH, mail(ENGLISH).as_string().encode("utf-16")),
    "undeclared_utf_8": (KOREAN, b"From: a@b.example\nTo: c@d.example\nSubject: x\n\n" + KOREAN.encode()),
}


@pytest.mark.parametrize("name", MAILS)
def test_recall_of_mails_made_from_known_text(name: str, tmp_path: Path) -> None:
    text, data = MAILS[name]
    readings = read_bytes(tmp_path, f"{name}.eml", data)
    assert isinstance(readings[0], Extract)
    recall = recall_of(readings[0].text, text)
    assert recall is not None
    assert recall >= 0.97
    assert readings[0].text.count(text.split()[-1]) == 1, "nothing twice"


def test_head_title_and_quoted_reply(tmp_path: Path) -> None:
    message = mail("Agreed.\n\n> On Monday you wrote:\n> Shall we meet?\n")
    found = one_extract(tmp_path, "a.eml", message.as_bytes())
    assert found.title == "펌프 점검 회신"
    assert found.text == (
        "From: Ingrid <i@h.example>\nTo: 박 과장 <p@k.example>\nDate: Tue, 14 May 2024 09:30:00 +0900\n"
        "Subject: 펌프 점검 회신\n\nAgreed.\n\n> On Monday you wrote:\n> Shall we meet?\n"
    )


def test_html_structure_is_marked_and_layout_tables_are_not_tables(tmp_path: Path) -> None:
    html = (
        "<table role='presentation'><tr><td><h2>Offer</h2><p>Two parts:</p></td><td></td></tr></table>"
        "<ul><li>Pump</li></ul><table><tr><th>Part</th><th>Price</th></tr><tr><td>Seal</td><td>12</td></tr></table>"
    )
    found = one_extract(tmp_path, "a.eml", mail("", html=html).as_bytes())
    assert [(kind, value) for kind, value, _ in marked(found)] == [
        ("heading", "Offer"),
        ("list_item", ""),
        ("table", "row"),
    ]


def test_raw_korean_headers_and_broken_encoded_words(tmp_path: Path) -> None:
    words = base64.b64encode("계약서 초안".encode("cp949")).decode()
    data = (
        b"From: "
        + "홍길동".encode("cp949")
        + f' <h@k.example>\nSubject: "=?euc-kr?B?{words}?="\n\n'.encode()
        + b"Words."
    )
    found = one_extract(tmp_path, "a.eml", data)
    assert found.text.startswith('From: 홍길동 <h@k.example>\nSubject: "계약서 초안"\n')
    disposition = 'Content-Disposition: attachment; filename="견적서.txt"\n\n'.encode("cp949")
    parts = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\n" + disposition + b"Words.\n--x--"
    assert fates(read_bytes(tmp_path, "c.eml", parts))[1] == ("견적서.txt", "kept")
    broken = one_extract(tmp_path, "b.eml", b"From: a@b.example\nSubject: =?utf-8?B?4oKs4?=\n\nWords.")
    assert "Words." in broken.text


def test_attachments_are_records_of_their_own(tmp_path: Path) -> None:
    message = mail("See the files.")
    message.add_attachment("가격은 오만 원이다.".encode("cp949"), maintype="text", subtype="plain", filename="견적.txt")
    message.add_attachment(b"\x89PNG\0\0", maintype="image", subtype="png", filename="logo.png")
    message.add_attachment(b"# Terms\n", maintype="application", subtype="octet-stream", filename="../../terms.md")
    message.add_attachment(b"# More\n", maintype="application", subtype="octet-stream", filename="terms.md")
    message.add_attachment(mail("The forwarded words."))
    readings = read_bytes(tmp_path, "a.eml", message.as_bytes())
    assert fates(readings) == [
        ("a.eml", "kept"),
        ("견적.txt", "kept"),
        ("logo.png", "skipped unsupported_attachment"),
        ("terms.md", "kept"),
        ("2-terms.md", "kept"),
        ("펌프 점검 회신.eml", "kept"),
    ]
    texts = [reading.text for reading in readings if isinstance(reading, Extract)]
    assert "가격은 오만 원이다." in texts[1]
    assert "The forwarded words." in texts[-1]
    assert readings[1].uri == f"{tmp_path}/a.eml!/견적.txt"


def test_attachments_with_one_name_stay_apart(tmp_path: Path) -> None:
    message = mail("Two.")
    for words in (b"First one.", b"Second one."):
        message.add_attachment(words, maintype="text", subtype="plain", filename="a.txt")
    assert [name for name, _ in fates(read_bytes(tmp_path, "m.eml", message.as_bytes()))] == [
        "m.eml",
        "a.txt",
        "2-a.txt",
    ]


def test_refusals(tmp_path: Path) -> None:
    encrypted = b"From: a@b.example\nContent-Type: multipart/encrypted; boundary=x\n\n--x\n\nzz\n--x--\n"
    for data, reason in (
        (encrypted, "encrypted"),
        (b"From: a@b.example\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nMIIB", "encrypted"),
        (b"From: a@b.example\nSubject: empty\n\n \n", "no_text"),
        (b"Just a line of text without headers.\n", "no_text"),
    ):
        (found,) = read_bytes(tmp_path, "a.eml", data)
        assert isinstance(found, NotRead)
        assert found.why.reason == reason


@pytest.mark.parametrize(
    "data",
    [
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nWords of the mail",
        b"From: a@b.example\nContent-Type: text/plain; charset=nonsense\n\nWords of the mail",
        b"From: a@b.example\nContent-Transfer-Encoding: base64\n\n!!not base64 Words of the mail",
        b"From: a@b.example\nContent-Type: multipart/mixed\n\nWords of the mail",
        b"123\nFrom: a@b.example\nSubject: x\n\nWords of the mail\n<?xml version='1.0'?><plist></plist>"[:60],
    ],
)
def test_broken_mime_survives(data: bytes, tmp_path: Path) -> None:
    assert "Words of the mail" in one_extract(tmp_path, "a.eml", data).text


def test_deeply_nested_parts_fail_within_the_limits(tmp_path: Path) -> None:
    parts = b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (i, i) for i in range(20_000))
    readings = read_bytes(tmp_path, "a.eml", b"From: a@b.example\n" + parts)
    assert [fate for _, fate in fates(readings)] in (["failed"], ["no_text"])


def test_mail_is_recognised_by_content_and_text_is_not() -> None:
    for data, name in (
        (mail("Words.").as_bytes(), "eml"),
        (b"From a@b.example Tue May 14 09:30:00 2024\n" + mail("Words.").as_bytes(), "mbox"),
        (b"From: the desk of the editor\n\nTo whom it may concern", None),
        (b"From here on, nothing is certain.", None),
    ):
        reader = reader_of_content(data, FileKind(None))
        assert (reader.name if reader else None) == name
    assert kind_of("a.eml").reader is not None


def mailbox(*mails: bytes) -> bytes:
    return b"\n".join(b"From a@b.example Tue May 14 09:30:00 2024\n" + data.rstrip(b"\n") + b"\n" for data in mails)


def test_mailbox_gives_one_record_a_mail(tmp_path: Path) -> None:
    message = mail("Second mail.\n\n>From the start it was clear.\n")
    message.add_attachment(b"Notes.", maintype="text", subtype="plain", filename="n.txt")
    data = mailbox(mail("First mail.").as_bytes(), message.as_bytes(), b"From: x@y.example\nSubject: none\n\n \n")
    readings = read_bytes(tmp_path, "box.mbox", data)
    assert [fate for _, fate in fates(readings)] == ["kept", "kept", "kept", "no_text"]
    first, second, attached = (reading for reading in readings if isinstance(reading, Extract))
    assert "First mail." in first.text
    assert "\nFrom the start it was clear." in second.text
    assert data[second.offset :].startswith(b"From a@b.example")
    assert attached.uri == f"{tmp_path}/box.mbox!/{second.offset}/n.txt"
    assert (first.format, attached.text) == ("mbox", "Notes.")


def test_mailbox_with_a_mail_above_the_limit_keeps_the_others(tmp_path: Path) -> None:
    data = mailbox(mail("First.").as_bytes(), mail("word " * 2000).as_bytes(), mail("Third.").as_bytes())
    readings = read_bytes(tmp_path, "box.mbox", data, ReadLimits(5000, 200, 60, LIMITS.max_parser_bytes))
    assert [fate for _, fate in fates(readings)] == ["kept", "too_large", "kept"]
    assert [fate for _, fate in fates(read_bytes(tmp_path, "none.mbox", b"no mail here\n"))] == ["empty"]
