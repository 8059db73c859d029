"""Conversations and source files that must be kept."""

from __future__ import annotations

from .sample import Sample

_CHAT_KO = """
[오후 2:01] 민지: 안녕하세요 주문한 책이 아직 안 왔어요
[오후 2:01] 상담원: 안녕하세요 고객님, 주문 번호를 알려 주시겠어요?
[오후 2:02] 민지: 네
[오후 2:02] 민지: 20241103-77이요
[오후 2:03] 상담원: 네, 확인해 보겠습니다. 잠시만 기다려 주세요.
[오후 2:03] 민지: 네
[오후 2:05] 상담원: 어제 대전 물류센터에서 출발했습니다. 내일 도착할 예정입니다.
[오후 2:05] 민지: ㅋㅋㅋ 다행이네요
[오후 2:06] 민지: 근데 주소를 바꿀 수 있나요?
[오후 2:06] 상담원: 출발한 뒤에는 바꿀 수 없습니다. 기사님께 말씀드려 보겠습니다.
[오후 2:07] 민지: 네네
[오후 2:07] 민지: 감사합니다
[오후 2:08] 상담원: 더 도와드릴 일이 있을까요?
[오후 2:08] 민지: 아니요
[오후 2:08] 상담원: 좋은 하루 되세요.
"""
_FRIENDS_KO = """
지호: ㅋㅋㅋㅋ
수아: ㅋㅋㅋㅋㅋ
지호: 어제 경기 봤어?
수아: 응
지호: 진짜 대박
수아: ㅇㅈ
지호: 마지막 골 어떻게 넣었지
수아: 몰라 ㅋㅋㅋ
지호: ㅋㅋㅋ
수아: 오늘 밥 먹을래?
지호: ㅇㅇ
수아: 몇 시?
지호: 7시
수아: ㅇㅋ
지호: 어디서?
수아: 저번에 그 파스타집
지호: 좋아
수아: ㅇㅋ
지호: 예약은 내가 할게
수아: ㄱㅅㄱㅅ
"""
_MEETING_EN = """
Chair: Can everybody hear me?
Ana: Yes.
Tom: Yes.
Priya: Yeah.
Chair: Good. The first item is the remote control. Tom, how far are you?
Tom: Um, the case is done. Well, almost. We still need the, uh, the rubber buttons.
Chair: Okay.
Ana: Okay.
Priya: Will they be yellow?
Tom: Yeah. Yeah, I think so.
Chair: Okay. What do they cost?
Tom: About two cents each.
Priya: Mm-hmm.
Ana: That is fine, I guess.
Chair: Right. So we take yellow. Any objections?
Tom: No.
Ana: No.
Priya: No.
Chair: Okay. Then the next item, the speaker.
Priya: The speaker costs more than we planned. Two euros instead of one fifty.
Chair: Hmm.
Tom: Can we leave it out?
Priya: Yeah, we can, but then it cannot answer when you look for it.
Chair: Okay. Let us decide on Friday. Thank you all.
Ana: Thank you.
Tom: Thanks.
Priya: Thanks. Bye.
"""


def _irc() -> str:
    lines = [
        "*** marta has joined #garden", "<marta> morning all", "<joe> hi marta", "*** pete has quit (Ping timeout)",
        "<marta> has anyone grown tomatoes from cuttings?", "<joe> yes, every year", "*** pete has joined #garden",
        "<joe> cut a side shoot and put it in water for a week", "<pete> re", "<marta> in tap water?", "<joe> rain is better",
        "*** lin has joined #garden", "<lin> hello", "<joe> hi lin", "<marta> hi lin", "<marta> and then?",
        "<joe> then into soil, keep it out of the sun for three days", "*** lin has quit (Quit: leaving)",
        "<marta> great, thanks", "<joe> np", "<pete> mine always rot", "<joe> then your water is too warm, pete", "<pete> ah, ok",
        "*** marta has left #garden",
    ]  # fmt: skip
    return "\n".join(f"[{9 + n // 12:02d}:{n * 5 % 60:02d}] {line}" for n, line in enumerate(lines))


def _subtitles() -> str:
    lines = [
        "Where were you last night?", "At home.", "All night?", "All night.", "Can anyone confirm that?", "My dog.",
        "This is not a joke, Mr. Hale.", "I know. I'm sorry.", "Did you know the man?", "We met once. At the harbour.",
        "When was that?", "In May. Or June. He sold me a boat.", "A boat.", "A small one. It leaked.", "And you were angry?",
        "Not enough to kill him.",
    ]  # fmt: skip
    return "\n\n".join(
        f"{n}\n00:0{n // 10}:{n * 3 % 60:02d},000 --> 00:0{n // 10}:{(n * 3 + 2) % 60:02d},500\n{line}"
        for n, line in enumerate(lines, 1)
    )


def _bot_session() -> str:
    questions = [
        ("배송은 얼마나 걸리나요?", "보통 이틀 걸립니다."), ("환불하고 싶어요.", "받은 날부터 7일 안에 신청하시면 됩니다."),
        ("색상을 바꿀 수 있나요?", "출고 전이면 바꿀 수 있습니다."), ("영수증이 필요해요.", "마이페이지에서 내려받을 수 있습니다."),
        ("매장은 어디에 있나요?", "서울, 부산, 광주에 있습니다."), ("포인트는 언제 쌓이나요?", "구매를 확정하면 바로 쌓입니다."),
    ]  # fmt: skip
    return "\n".join(
        f"고객: {question}\n챗봇: {answer} 더 궁금한 점이 있으신가요?\n고객: 네." for question, answer in questions
    )


def _interview() -> str:
    pairs = [
        ("Where did you grow up?", "In a village near the border. There were forty houses and one phone."),
        ("Did you have siblings?", "Three sisters. I was the youngest, so I wore everything they had worn."),
        ("What did your parents do?", "My father drove a milk lorry. My mother kept the books of the dairy."),
        ("When did you start to paint?", "Late. I was thirty-two and had broken my leg. There was nothing else to do."),
        ("Who bought the first picture?", "My doctor. He paid with a crate of pears."),
    ]
    return "\n".join(f"Q: {question}\nA: {answer}" for question, answer in pairs)


def _minutes_ko() -> str:
    said = [
        ("위원장", "성원이 되었으므로 개회하겠습니다. 이의 없으십니까?"), ("위원", "없습니다."),
        ("위원장", "의사일정 제1항 도서관 운영 조례안을 상정합니다. 제안 설명해 주시기 바랍니다."),
        ("과장", "도서관의 운영 시간을 밤 10시까지로 늘리는 내용입니다."), ("위원장", "질의하실 위원 계십니까?"),
        ("위원", "인력은 어떻게 하실 겁니까?"), ("과장", "사서 두 명을 더 뽑을 계획입니다."), ("위원장", "이의 없으십니까?"),
        ("위원", "없습니다."), ("위원장", "가결되었음을 선포합니다. 의사일정 제2항을 상정합니다."),
        ("과장", "공원 안의 매점 임대료를 내리는 내용입니다."), ("위원장", "이의 없으십니까?"), ("위원", "없습니다."),
        ("위원장", "가결되었음을 선포합니다. 산회를 선포합니다."),
    ]  # fmt: skip
    return "\n".join(f"○{who} {words}" for who, words in said)


def _register_header() -> str:
    names = "CTRL STATUS BAUD TXDATA RXDATA IRQEN IRQFLAG DMACFG FIFOLVL CLKDIV PINSEL PARITY STOPBITS LOOPBACK".split()
    return (
        "#ifndef UART_REGS_H\n#define UART_REGS_H\n\n/* Registers of the UART, see the data sheet, chapter 12. */\n"
        + "\n".join(
            f"#define UART_{name}_OFFSET 0x{n * 4:02X}u  /* {name.lower()} */\n#define UART_{name}_MASK   0x{(1 << n % 8) - 1:02X}u"
            for n, name in enumerate(names, 1)
        )
        + "\n\n#endif\n"
    )


def _parametrised_tests() -> str:
    cases = [("2+3", 5), ("2*3", 6), ("10/4", 2.5), ("(1+2)*3", 9), ("-4+1", -3), ("2**5", 32), ("7%4", 3), ("8//3", 2)]
    table = "\n".join(f'        ("{text}", {value}),' for text, value in cases * 2)
    return (
        'import pytest\n\nfrom calc import evaluate\n\n\n@pytest.mark.parametrize(\n    ("text", "value"),\n    [\n'
        + table
        + "\n    ],\n)\ndef test_evaluate(text, value):\n    assert evaluate(text) == pytest.approx(value)\n\n\n"
        'def test_evaluate_empty_text_is_an_error():\n    with pytest.raises(ValueError, match="empty"):\n        evaluate("")\n'
    )


def _schema_sql() -> str:
    tables = {"customer": "name", "store": "city", "product": "label", "invoice": "due_on", "payment": "paid_on"}
    return "\n\n".join(
        f"CREATE TABLE {table} (\n    id bigint PRIMARY KEY,\n    {column} text NOT NULL,\n    created_at timestamptz NOT NULL "
        f"DEFAULT now()\n);\nCREATE INDEX {table}_{column}_idx ON {table} ({column});"
        for table, column in tables.items()
    )


def _properties_java() -> str:
    names = {
        "width": "int",
        "height": "int",
        "title": "String",
        "visible": "boolean",
        "owner": "User",
        "opacity": "double",
    }
    members = "\n\n".join(
        f"    public {kind} get{name.capitalize()}() {{\n        return {name};\n    }}\n\n"
        f"    public void set{name.capitalize()}({kind} {name}) {{\n        this.{name} = {name};\n        repaint();\n    }}"
        for name, kind in names.items()
    )
    return "package org.example.ui;\n\n/** A window on the screen. */\npublic class Window {\n" + members + "\n}\n"


_STYLE = """
:root { --ink: #222; --paper: #fdfdf8; }
body { margin: 0 auto; max-width: 40rem; color: var(--ink); background: var(--paper); font: 1rem/1.5 serif; }
h1, h2, h3 { font-family: sans-serif; line-height: 1.2; }
h1 { font-size: 2rem; margin: 2rem 0 1rem; }
h2 { font-size: 1.5rem; margin: 1.5rem 0 0.75rem; }
h3 { font-size: 1.2rem; margin: 1rem 0 0.5rem; }
a { color: #06c; text-decoration: none; }
a:hover { text-decoration: underline; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #ddd; padding: 0.25rem 0.5rem; text-align: left; }
@media (max-width: 30rem) { body { padding: 0 1rem; } h1 { font-size: 1.6rem; } }
"""
_SCRIPT = """
// Sends the form without leaving the page, and shows what the server says.
const form = document.querySelector("#contact");
const note = document.querySelector("#note");

async function send(event) {
  event.preventDefault();
  note.textContent = "Sending…";
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
  if (!answer.ok) {
    note.textContent = `The server said ${answer.status}. Please try again.`;
    return;
  }
  note.textContent = (await answer.json()).message;
  form.reset();
}

form.addEventListener("submit", send);
"""
_LOOKUP = """
\"\"\"Cyclic redundancy checks by table.\"\"\"

_POLYNOMIAL = 0xEDB88320


def _entry(index: int) -> int:
    value = index
    for _ in range(8):
        value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
    return value


_TABLE = tuple(_entry(index) for index in range(256))
_FIRST = (0x00000000, 0x77073096, 0xEE0E612C, 0x990951BA, 0x076DC419, 0x706AF48F, 0xE963A535, 0x9E6495A3)


def crc32(data: bytes, start: int = 0) -> int:
    \"\"\"Return the checksum of some bytes.\"\"\"
    value = start ^ 0xFFFFFFFF
    for byte in data:
        value = _TABLE[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ 0xFFFFFFFF
"""
_KOREAN_CODE = """
# 출석부를 읽어 학생마다 지각한 횟수를 센다.
import csv
from collections import Counter


def 지각_횟수(경로):
    횟수 = Counter()
    with open(경로, encoding="utf-8") as 파일:
        for 줄 in csv.DictReader(파일):
            if 줄["상태"] == "지각":
                횟수[줄["이름"]] += 1
    return 횟수


if __name__ == "__main__":
    for 이름, 수 in 지각_횟수("출석.csv").most_common():
        print(이름, 수)
"""

SAMPLES = [
    Sample("customer chat", "dialogue", "ko", _CHAT_KO),
    Sample("friends who laugh", "dialogue", "ko", _FRIENDS_KO),
    Sample("meeting full of yes", "dialogue", "en", _MEETING_EN),
    Sample("chat room with joins", "dialogue", "en", _irc()),
    Sample("subtitles", "dialogue", "en", _subtitles()),
    Sample("bot that ends each answer the same", "dialogue", "ko", _bot_session()),
    Sample("interview", "dialogue", "en", _interview()),
    Sample("minutes full of formulas", "dialogue", "ko", _minutes_ko()),
    Sample("header of registers", "code", "en", _register_header()),
    Sample("parametrised tests", "code", "en", _parametrised_tests()),
    Sample("tables of a database", "code", "en", _schema_sql()),
    Sample("getters and setters", "code", "en", _properties_java()),
    Sample("style sheet", "code", "en", _STYLE),
    Sample("script of a page", "code", "en", _SCRIPT),
    Sample("checksum with a small table", "code", "en", _LOOKUP),
    Sample("names in Korean", "code", "ko", _KOREAN_CODE),
]
