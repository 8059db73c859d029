"""Documents written for these tests, and the contexts made of them."""

from __future__ import annotations

from collections.abc import Sequence

from whole_rows import WHOLE_ROW

from pipeline.documents.grammar.outline import read_outline, sections_of
from pipeline.identity import content_id
from pipeline.records import Candidate, Context, Rejection
from pipeline.synthesize.structural.candidates import QuestionLimits, find_facts, structural_candidates
from pipeline.synthesize.structural.facts import Findings, StructuralFact
from pipeline.synthesize.structural.task import Form
from pipeline.synthesize.tasks import task_names

LEASE = """WORKSHOP LEASE

This Workshop Lease (the "Lease") is made on 3 May 2021 between Harrow Mill Estates LLC, a company with its \
office at 2 Weir Lane ("Landlord"), and Brambling Bicycles, Inc., a company with its office at 9 Forge Street \
("Tenant").

ARTICLE 1. DEFINITIONS

"Business Day" means any day other than a Saturday or a Sunday.

"Rent Day" means the first day of each month.

"Works" has the meaning given in Section 3.2.

ARTICLE 2. SECURITY DEPOSIT

2.1 Tenant shall deposit with Landlord the sum of USD 9,600 (the "Security Deposit") as security for its obligations.

2.2 Landlord shall return the Security Deposit within thirty (30) days after the end of the Lease. Section 2.1 \
does not limit this duty.

ARTICLE 3. REPAIRS

3.1 Tenant shall notify Landlord of a defect within five (5) Business Days after finding it. A call-out costs \
USD 85, and a second visit USD 40.

3.2 Landlord shall begin repairs (the "Works") no later than 1 October 2021, as Sections 2.2 and 3.1 provide. \
This Section does not affect section 12 of the Premises Act.

Signed 3 May 2021: Ada Harrow for Landlord; Colm Brambling for Tenant.

SCHEDULE A. TOOLS

1. Landlord lends Tenant one lathe.

2. A lost tool is replaced at a charge of USD 310 under Section 3.1.

FIRST AMENDMENT TO LEASE

1. Deposit. In Section 2.1 the amount of USD 9,600 is changed to USD 12,000.

2. Repairs. Section 3.1 applies to Saturdays too.

Signed 9 June 2022: Ada Harrow for Landlord; Colm Brambling for Tenant.
"""

KOREAN_LEASE = """공방 임대차계약서

임대인 서문빌딩 주식회사(이하 "갑")와 임차인 고래공방(이하 "을")은 다음과 같이 계약을 체결한다.

제1조 (정의)
1. "목적물"이란 서문빌딩 2층 203호를 말한다.
2. "영업일"이라 함은 토요일과 공휴일을 제외한 날을 말한다. 다만 창립기념일은 영업일로 본다.

제2조 (보증금) ① 보증금은 금 30,000,000원으로 한다.
② 을은 계약을 체결한 날부터 7일 이내에 보증금을 지급하여야 한다.
③ 갑은 제4조에 따른 명도를 받은 날부터 10일 이내에 보증금을 반환하여야 한다.

제3조 (차임) 월 차임은 1,200,000원으로 하고 매월 5일까지 지급한다.

제3조의2 (관리비) 을은 민법 제618조에도 불구하고 제2조와 제3조에 준하여 관리비를 낸다.

제4조 (명도) 을은 계약이 끝나면 목적물을 비운다.

2023년 4월 3일  갑 서문빌딩 주식회사 (인)  을 고래공방 (인)

부칙

제1조 (시행일) 이 계약은 2023년 5월 1일부터 시행한다.
제2조 (경과조치) 시행일 전의 연체에는 제3조를 적용하지 아니한다.

제1차 변경합의서

1. 제2조 제1항의 보증금 30,000,000원을 40,000,000원으로 증액한다.
2. 이 합의는 2024년 1월 1일부터 효력이 있다.
"""

MANUAL = """# Kettle K4 Manual

## 1. Safety

### 1.1 Rules

Never open the lid while the light is red. Before a job in section 2.1, switch off the kettle (see 1.2).

### 1.2 Switching off

1. Press the key for 3 seconds.
2. Pull the plug.
   Hold the plug, not the cable.
3. Wait until the light is off.

## 2. Care

### 2.1 Descaling

1. Fill in 1 litre of water and 20 g of citric acid.
2. Boil.
3. Wait 30 minutes.
4. Rinse twice.

After 2.4 litres the filter is full.

### 2.2 Error codes

| Code | Meaning | Action |
|---|---|---|
| E1 | No water | Fill the kettle |
| E2 | Too hot | Let it cool |
| E3 | Sensor broken | |
| E4 | Base wet | Let it cool |

### 2.3 Parts

| Part | Price |
|---|---|
| Lid | 12 euros |
| Lid | 14 euros |
| Filter \\| fine | 9 euros |

## 3. Storage

### 3.1 Winter

1. Empty the kettle.
2. Dry it.
3. Put it into its box.

Then, for the base:

1. Wipe the base.
2. Roll up the cable.
3. Put it away.
"""

MINUTES = """Steering group, 22 May

Date: Thursday
Present: Mara Lind, Declan Osei, Yuki Arai

ITEM 1. BATTERY

[10:03] Mara Lind: The battery lasts two years only. Who checked it?

[10:04] Declan Osei: I checked it twice with another meter.
The second run took nine hours.

[10:04] Yuki Arai: Customers will call us about that every day.

[10:04] Declan Osei: We could write it on the box in large letters.

[10:05] Mara Lind: Agreed.

[10:06] Yuki Arai: Reach me at [EMAIL-1] if you want the numbers behind this.

ITEM 2. NEXT MEETING, SECOND DAY

[09:30] Mara Lind: Good morning, everybody. This is the second day.

[10:03] Mara Lind: Then we are done with the second day, thank you.
"""

KOREAN_CHAT = """주문번호: 4410

[14:02] 상담원 하늘: 안녕하세요, 무엇을 도와드릴까요?

[14:03] 박소라: 어제 주문한 의자의 다리 하나가 짧게 왔습니다.

[14:05] 상담원 하늘: 불편을 드려 죄송합니다. 새 다리를 오늘 바로 보내 드리겠습니다.

[14:06] 박소라: 네, 감사합니다.
"""

TREE = '''# file: shop/rates.py

"""Rates."""


def rate_for(zone: str, *, weight_g: int = 0) -> int:
    """Rate in cents."""
    return _base(zone) + weight_g


def _base(zone: str) -> int:
    return {"A": 390}[zone]


def get(key):
    return key


# file: shop/cart.py

from shop.rates import get, rate_for


class Cart:
    def __init__(self, zone: str) -> None:
        self.zone = zone
        self.한글 = "가"; self.cost = self.total(extra=0)

    def total(
        self,
        extra: int,  # in cents: never negative
    ) -> int:
        return rate_for(self.zone) + rate_for("A", weight_g=extra)

    @property
    def size(self) -> int:
        return 1

    @size.setter
    def size(self, value: int) -> None:
        self._size = value


def quote(zone: str) -> int:
    options = {}
    options.get("x")
    return rate_for(zone)


DEFAULT = rate_for("A")


# file: tests/test_cart.py

from shop.cart import quote


def test_quote():
    assert quote("A") == 390
'''


def make_context(text: str, *, domain: str, language: str) -> Context:
    return Context(
        doc_id=content_id(text),
        text=text,
        domain=domain,
        language=language,
        title="test.py" if domain == "code" else "test",
        licence="CC0-1.0",
        source_uri="memory://test",
        source_offset=7,
        sha256="0" * 64,
        num_tokens=len(text) // 4,
        bucket=4096,
        cluster_id="",
        sections=sections_of(read_outline(text=text, domain=domain, language=language), length=len(text)),
        parent_id=content_id(text),
        parent_start=0,
        **WHOLE_ROW,
    )


def findings(text: str, task: str, *, domain: str, language: str) -> Findings:
    """What one task finds in a document, with its evidence checked to lie inside the text."""
    found = find_facts(context=make_context(text, domain=domain, language=language), tasks=frozenset({task}))
    for fact in found.facts:
        assert all(0 <= span.start < span.end <= len(text) for span in fact.spans)
    return found


def slots_of(fact: StructuralFact) -> dict[str, str]:
    return dict(fact.slots)


def answer_to(found: Findings, form: Form, **slots: str) -> str:
    """The answer to the one question of a form with these slots (others may have any value)."""
    answers = [
        fact.answer
        for fact in found.facts
        if fact.form is form and all(slots_of(fact).get(name) == value for name, value in slots.items())
    ]
    assert len(answers) == 1, f"{len(answers)} answers for {form} {slots}: {answers}"
    return answers[0]


def refused(found: Findings) -> set[tuple[str, str]]:
    return {(one.why.reason, one.subject) for one in found.unasked}


def ask(
    text: str,
    *,
    domain: str,
    language: str,
    tasks: Sequence[str] = task_names(),
    max_questions: int = 200,
    max_answer_tokens: int = 384,
    seed: int = 17,
) -> tuple[list[Candidate], list[Rejection]]:
    return structural_candidates(
        make_context(text, domain=domain, language=language),
        limits=QuestionLimits(
            tasks=frozenset(tasks),
            max_questions=max_questions,
            count_tokens=lambda texts: [len(item.split()) for item in texts],
            max_answer_tokens=max_answer_tokens,
        ),
        seed=seed,
    )
