"""Korean personal numbers: residents, businesses, licences, telephones; and Korean words that name personal data.

Service numbers such as 1588-1234 are not masked: only companies can have them, and they look like spans of years and
codes of products.
"""

from __future__ import annotations

import re

from pipeline.languages.ko.bank_accounts import ACCOUNT_GROUPS, BANK_NAMES, SHORT_BANK_NAMES, TRANSFER_NAMES
from pipeline.languages.ko.registration_numbers import (
    birth_date,
    brn_valid,
    corporation_valid,
    has_check_digit,
    is_korean_barcode,
    person_number_valid,
)
from pipeline.languages.masking import (
    ALONE,
    DASH,
    ENDS,
    HYPHEN,
    MaskingRules,
    MaskRule,
    Sighting,
    always,
    unless_other,
)

_MOBILE = (
    rf"(?:\(01[016789]\)|01[016789]\)) ?\d{{3,4}}{HYPHEN}\d{{4}}|01[016789]{HYPHEN}\d{{3,4}}{HYPHEN}\d{{4}}"
    r"|01[016789](?P<mark>[ .]?)\d{3,4}(?P=mark)\d{4}"
)
_AREA = r"0(?:2|3[1-3]|4[1-4]|5[1-5]|6[1-4]|70|80|50\d)"
_LANDLINE = (
    rf"(?:\({_AREA}\)|{_AREA}\)) ?\d{{3,4}}{HYPHEN}\d{{4}}"
    rf"|{_AREA}{HYPHEN}\d{{3,4}}{HYPHEN}\d{{4}}|{_AREA} \d{{3,4}}{HYPHEN}\d{{4}}|{_AREA}\.\d{{3,4}}\.\d{{4}}"
)
_SUBSCRIBER = (
    rf"(?:2|1[016789]|3[1-3]|4[1-4]|5[1-5]|6[1-4]|70|50\d)(?:[ .]|{HYPHEN})?\d{{3,4}}(?:[ .]|{HYPHEN})?\d{{4}}"
)
_FROM_ABROAD = rf"(?:\+ ?82|\(\+ ?82\)|00[ -]?82)(?:[ .]|{DASH})?(?:\(0\) ?)?0?{_SUBSCRIBER}"
_WITHOUT_PLUS = rf"82{DASH}(?:\(0\) ?)?(?:2|1[016789]|[3-6][1-5]|70){DASH}\d{{3,4}}{DASH}\d{{4}}"
_RRN = (
    rf"\d{{6}}(?:\s?{DASH}(?:\n {{0,2}})?\s?| )[1-8](?:\d{{6}}|[\d*●○■xX]{{6}})|\d{{6}}\s?{DASH}\s?[*●○■xX]{{7}}"
    r"|\d{6}[1-8]\d{6}"
)
_STARS = frozenset("*●○■xX")
_CORPORATION = rf"\d{{6}}{HYPHEN}\d{{7}}|\d{{13}}"
_BRN = rf"\d{{3}}{HYPHEN}\d{{2}}{HYPHEN}\d{{5}}|\d{{10}}"
_REGION = "서울|부산|대구|인천|광주|대전|울산|경기|강원|충북|충남|전북|전남|경북|경남|제주"
_LICENCE = (
    rf"(?:1[1-9]|2[0-8])(?P<mark>{DASH}| )\d{{2}}(?P=mark)\d{{6}}(?P=mark)\d{{2}}|(?:1[1-9]|2[0-8])\d{{10}}"
    rf"|(?:{_REGION})[ -]?(?:(?:1[1-9]|2[0-8]){DASH})?\d{{2}}{DASH}\d{{6}}{DASH}\d{{2}}"
)
_SURNAMES = (
    "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구나민진지엄채원천방공현함변염여추도"
    "소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용"
)
_PERSON = rf"(?<![가-힣])[{_SURNAMES}][가-힣]{{1,3}} {{0,2}}[(\[,:|·/]? {{0,2}}$"
_RESIDENT_BEFORE = re.compile(r"(?:주민(?:등록)?|외국인(?: ?등록)?|거소 ?신고) ?번호(?:는|가)?\W{0,6}$")
_BUSINESS_BEFORE = re.compile(r"(?:사업자(?: ?등록)?|법인(?: ?등록)?) ?번호(?:는|가)?\W{0,4}(?:제 ?)?$")
"""The words for a number directly before it, which count more than those for other numbers farther away."""
_CALLS_IT_CORPORATE = re.compile("법인")


def _is_rrn(sighting: Sighting) -> bool:
    named = sighting.is_named("rrn")
    if not _STARS.isdisjoint(sighting.value):
        return named or _is_beside_person(sighting)
    digits = sighting.digits
    if sighting.is_other() and not _RESIDENT_BEFORE.search(sighting.before(20)):
        return False
    if birth_date(digits) is None or _CALLS_IT_CORPORATE.search(sighting.before(14)):
        return False
    if named:
        return True
    if sighting.value.isdigit() or not re.search(DASH, sighting.value):
        return person_number_valid(digits) and _is_beside_person(sighting) and not is_korean_barcode(digits)
    # After an opening bracket, as in "원고 마현준 (810219-1510272)", the format and a valid birth date are enough.
    if person_number_valid(digits) or sighting.before(1) == "(" or sighting.is_named("person"):
        return True
    return not has_check_digit(digits) and _is_beside_person(sighting)


def _is_beside_person(sighting: Sighting) -> bool:
    return re.search(_PERSON, sighting.before(12)) is not None or sighting.is_named("person")


def _is_brn(sighting: Sighting) -> bool:
    if sighting.is_other() and not _BUSINESS_BEFORE.search(sighting.before(20)):
        return False
    return sighting.is_named("brn") or (not sighting.value.isdigit() and brn_valid(sighting.digits))


def _is_corporation(sighting: Sighting) -> bool:
    if sighting.is_named("brn") and _CALLS_IT_CORPORATE.search(sighting.before(40)):
        return True
    return not sighting.value.isdigit() and corporation_valid(sighting.digits) and not sighting.is_other()


def _is_licence(sighting: Sighting) -> bool:
    if sighting.is_named("driving_licence"):
        return True
    is_account = sighting.is_named("account") or re.search(BANK_NAMES, sighting.before(20)) is not None
    return re.search(DASH, sighting.value) is not None and not is_account and not sighting.is_other()


def _is_mobile(sighting: Sighting) -> bool:
    """Return whether nothing directly before a number calls it another; members are often numbered by telephone."""
    return _PERSONS_NUMBER.search(sighting.before(20)) is not None or not sighting.is_other()


_PERSONS_NUMBER = re.compile(r"(?:고객|회원|예약|조회)\s?번호(?:은|는|이|가)?[\s:：]{0,3}$")
_NOT_IN_NUMBER = rf"(?![\d*]|{DASH}\d)"

MASKING = MaskingRules(
    rules=(
        MaskRule(kind="rrn", before=ALONE, value=_RRN, after=_NOT_IN_NUMBER, test=_is_rrn),
        MaskRule(
            kind="brn", before=r"(?=\d)(?<![\d-])", value=_CORPORATION, after=_NOT_IN_NUMBER, test=_is_corporation
        ),
        MaskRule(kind="brn", before=r"(?=\d)(?<![\d-])", value=_BRN, after=_NOT_IN_NUMBER, test=_is_brn),
        MaskRule(kind="driving_licence", before=r"(?<![\d-])", value=_LICENCE, after=_NOT_IN_NUMBER, test=_is_licence),
        MaskRule(kind="phone", before=r"(?=[+0(])(?<![A-Za-z0-9.+-])", value=_FROM_ABROAD, after=ENDS, test=always),
        MaskRule(kind="phone", before=ALONE, value=_WITHOUT_PLUS, after=ENDS, test=unless_other),
        MaskRule(kind="phone", before=ALONE, value=_MOBILE, after=ENDS, test=_is_mobile),
        MaskRule(kind="phone", before=ALONE, value=_LANDLINE, after=ENDS, test=unless_other),
    ),
    names={
        "phone": "전화|휴대폰|핸드폰|연락처|팩스|모바일|직통|유선|휴대 ?번호",
        "card": "카드|결제|유효 ?기간",
        "account": r"계좌(?:\s?번호)?",
        "rrn": r"주민(?:등록)?\s?번호|주민등록|외국인\s?(?:등록|번호)|거소신고|생년월일",
        "person": "성명|성함|이름|고객명|환자명|신청인|대표자",
        "brn": r"사업자\s?(?:등록)?\s?번호|사업자등록|사업자|법인\s?(?:등록)?\s?번호",
        "passport": "여권",
        "driving_licence": r"운전\s?면허|면허\s?번호|면허증",
        "national_id": "사회보장",
        "ip": "아이피",
    },
    other_names=(
        r"(?:주문|송장|운송장|부품|제품|모델|상품|자재|품목|시리얼|일련|사건|관리|문서|접수|승인|거래|예약|계약|증권|특허|출원|발행|도서|도면|"
        r"공고|고시|인허가|신고|허가|인증|로트|배치|참조|견적|발주|조회|티켓|항공권|수험|학번|사번|회원|고객|바코드|자산|공사|확인|영수|영수증|전표|처리|입고|출고|배송)\s?(?:번호|코드|No\.?)(?:은|는|이|가|를)?"
        r"|(?<![가-힣])제|품번|송장|운송장|부품|모델명?|시리얼|일련번호|사건번호|바코드|학번|사번|품목코드|도면|좌표|식별자|해시"
    ),
    other_endings="호(?![가-힣])|호의|호에|호로|호는|호를|호와|번지|쪽|페이지",
    units=r"원|대(?!표)|명|건|개|주(?![소민])|좌|회|년|월|일|배|달러|엔|위안|만|억|천|백|조|톤|부(?!터)|장|권|km|kg|ℓ|㎡|㎏|㎞|%|퍼센트",
    bank_names=BANK_NAMES,
    short_bank_names=SHORT_BANK_NAMES,
    transfer_names=TRANSFER_NAMES,
    account_groups=ACCOUNT_GROUPS,
    phone_shape=rf"(?:{_AREA}|01[016789]){DASH}\d{{3,4}}{DASH}\d{{4}}",
    dial_codes={"82": "0"},
    address_names="주소|접속|서버",
    place_names="제|버전|펌웨어|절|항|조|커널|드라이버|빌드|패치|리비전|릴리스",
    mail_letters="가-힣",
    top_domains="한국|닷컴|닷넷|삼성",
)
