"""Junk that people find in folders of legal texts and manuals, in both languages."""

from __future__ import annotations

import base64
import hashlib
import random

from .sample import Sample


def _draw(seed: str) -> random.Random:
    return random.Random(seed)


def _bytes(seed: str, length: int) -> bytes:
    blocks = (hashlib.sha256(f"{seed} {n}".encode()).digest() for n in range(length // 32 + 1))
    return b"".join(blocks)[:length]


_MENU_EN = """
Home
About us
Our team
Careers
Press
Products
Washing machines
Dryers
Dishwashers
Fridges
Ovens
Accessories
Spare parts
Support
Downloads
Manuals
Drivers
Warranty
Service partners
Contact
Login
Register
My account
My orders
Wish list
Basket
Checkout
Newsletter
Facebook
Twitter
Instagram
YouTube
Imprint
Privacy policy
Cookie settings
Terms of use
Sitemap
Back to top
Next page
Previous page
Share
Print
Read more
Show all
English
Deutsch
Français
"""
_MENU_KO = """
홈
회사소개
인사말
연혁
조직도
오시는 길
제품안내
세탁기
건조기
식기세척기
냉장고
오븐
액세서리
부품 구매
고객지원
자료실
다운로드
드라이버
보증 안내
서비스 센터
문의하기
로그인
회원가입
마이페이지
주문조회
장바구니
관심상품
공지사항
이벤트
뉴스레터
페이스북
인스타그램
유튜브
블로그
이용약관
개인정보처리방침
사이트맵
맨 위로
이전 글
다음 글
공유하기
인쇄
더보기
전체보기
"""
_BREADCRUMBS = "Home > Shop > {0} | Sign in | Basket (0) | Help | {0} sale | New {0} | All {0} | Best {0} | {0} brands"
_SPAM_WORDS_EN = (
    "cheap loans fast cash payday loan bad credit ok instant approval low rates best mortgage refinance online casino bonus "
    "free spins poker slots viagra pills discount pharmacy replica watches luxury handbags outlet sale seo backlinks traffic"
).split()
_SPAM_WORDS_KO = (
    "저금리대출 당일대출 무직자대출 신용불량 소액대출 카드깡 급전 비상금 바카라 카지노 토토 홀짝 사다리 꽁머니 첫충 보너스 "
    "명품레플 이미테이션 가방 시계 지갑 신발 홍보 마케팅 백링크 상위노출 블로그체험단 다이어트 한약 비아그라 시알리스"
).split()
_TAGS_EN = (
    "travel food photography nature fashion music art design fitness health beauty style lifestyle coffee sunset beach "
    "summer winter autumn spring vintage handmade diy crafts knitting gardening flowers cats dogs puppies birds horses "
    "camping hiking climbing skiing surfing sailing cycling running yoga pilates recipes baking vegan dessert chocolate"
).split()
_TAGS_KO = (
    "여행 맛집 카페 일상 데일리룩 셀스타그램 먹스타그램 강아지 고양이 반려견 운동 헬스 필라테스 요가 다이어트 홈트 캠핑 등산 "
    "낚시 서핑 제주도 부산 서울 강릉 속초 벚꽃 단풍 바다 노을 감성 인테리어 자취 원룸 신혼집 결혼 육아 아기 돌잔치 선물 꽃다발"
).split()


def _spam(words: list[str], seed: str) -> str:
    draw = _draw(seed)
    return ", ".join(" ".join(draw.sample(words, draw.randint(1, 4))) for _ in range(150))


def _tag_cloud(tags: list[str], seed: str) -> str:
    draw = _draw(seed)
    return " ".join("#" + draw.choice(tags) for _ in range(220))


def _counted_tags() -> str:
    draw = _draw("counted")
    return "Tags\n\n" + "\n".join(f"{tag} ({draw.randint(1, 400)})" for tag in _TAGS_EN * 2)


def _ocr_debris(seed: str, letters: str) -> str:
    draw = _draw(seed)
    marks = "|!;:.,'`~^_-=+*<>/\\()[]{}\"°§»«•■¬¦"
    words = (
        "".join(
            draw.choice(marks if draw.random() < 0.45 else letters) for _ in range(draw.choice([1, 1, 2, 2, 3, 4, 6]))
        )
        for _ in range(420)
    )
    lines, line = [], ""
    for word in words:
        line += word + " " * draw.choice([1, 1, 1, 2, 4])
        if len(line) > 60:
            lines.append(line.strip())
            line = ""
    return "\n".join(lines)


def _hex_dump() -> str:
    data = _bytes("dump", 1200)
    rows = [data[start : start + 16] for start in range(0, len(data), 16)]
    return "\n".join(
        f"{16 * n:08x}  {row.hex(' ')}  |{''.join(chr(b) if 32 < b < 127 else '.' for b in row)}|"
        for n, row in enumerate(rows)
    )


def _access_log() -> str:
    draw = _draw("access")
    return "\n".join(
        f"10.0.{draw.randint(0, 9)}.{draw.randint(2, 250)} - - [03/Nov/2024:10:{n // 60:02d}:{n % 60:02d} +0900] "
        f'"GET /health HTTP/1.1" 200 {draw.randint(100, 900)} "-" "kube-probe/1.2{draw.randint(0, 9)}"'
        for n in range(120)
    )


def _heartbeat_log() -> str:
    return "\n".join(
        f"2024-11-03T10:{n // 6 % 60:02d}:{n * 10 % 60:02d}.{n * 37 % 1000:03d}Z INFO worker-{n % 4} heartbeat ok queue={n * 7 % 13} "
        f"lag={n * 3 % 29}ms"
        for n in range(150)
    )


def _kernel_log() -> str:
    draw = _draw("kernel")
    devices = ["eth0", "usb 1-2", "ata1", "nvme0n1", "tty4"]
    events = ["link is down", "link is up", "reset by driver", "timeout waiting for reply", "renamed"]
    return "\n".join(
        f"[{n * 3.7 + draw.random():12.6f}] {draw.choice(devices)}: {draw.choice(events)}" for n in range(160)
    )


_LOREM = (
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna "
    "aliqua. Ut enim ad minim veniam, quis nostrud exercitation ullamco laboris nisi ut aliquip ex ea commodo consequat. "
    "Duis aute irure dolor in reprehenderit in voluptate velit esse cillum dolore eu fugiat nulla pariatur. Excepteur sint "
    "occaecat cupidatat non proident, sunt in culpa qui officia deserunt mollit anim id est laborum."
)
_LOREM_2 = (
    "Sed ut perspiciatis unde omnis iste natus error sit voluptatem accusantium doloremque laudantium, totam rem aperiam, "
    "eaque ipsa quae ab illo inventore veritatis et quasi architecto beatae vitae dicta sunt explicabo. Nemo enim ipsam "
    "voluptatem quia voluptas sit aspernatur aut odit aut fugit, sed quia consequuntur magni dolores eos qui ratione "
    "voluptatem sequi nesciunt. Neque porro quisquam est, qui dolorem ipsum quia dolor sit amet, consectetur, adipisci velit."
)


def _identifiers() -> str:
    digests = [_bytes(f"id {n}", 16).hex() for n in range(80)]
    return "\n".join(f"{d[:8]}-{d[8:12]}-{d[12:16]}-{d[16:20]}-{d[20:]}" for d in digests)


def _links() -> str:
    draw = _draw("links")
    return "\n".join(
        f"https://www.shop-{draw.randint(1, 99)}.example/{draw.choice(_TAGS_EN)}/{draw.choice(_TAGS_EN)}-{n}.html?ref={n * 31}"
        for n in range(90)
    )


def _numbers() -> str:
    draw = _draw("numbers")
    return "\n".join(" ".join(f"{draw.uniform(-9, 9):.4f}" for _ in range(8)) for _ in range(60))


def _serial_numbers() -> str:
    return "\n".join(f"SN{100000 + n * 17} LOT{n % 9:03d} OK" for n in range(150))


def _file_listing() -> str:
    return "\n".join(
        f"-rw-r--r-- 1 www-data www-data {4096 + n * 211 % 90000:7d} Nov {n % 28 + 1:2d} 10:{n % 60:02d} IMG_{2000 + n}.JPG"
        for n in range(100)
    )


def _mojibake() -> str:
    text = "계약의 당사자는 서로 신의에 따라 성실하게 의무를 이행하여야 하며 이를 위반하면 손해를 배상한다. " * 2
    other = (
        "기계를 청소하기 전에 전원을 끄고 충분히 식힌 다음 부드러운 천으로 닦아 주시기 바랍니다. 물을 뿌리지 마십시오. "
        * 2
    )
    return (text + other).encode("utf-8").decode("latin-1").replace("\x80", "€").replace("\x9c", "œ") * 2


def _paged(number: int) -> str:
    return f"Page {number} of 90\nConfidential\nPrinted on 3 November 2024\nThis page is intentionally left blank."


def _templates() -> str:
    return "\n".join(
        f"{{{{ page.field_{n} }}}} {{% if user.flag_{n} %}} {{{{ user.value_{n} }}}} {{% endif %}}" for n in range(60)
    )


_AD_KO = "저렴한 대출 상담, 지금 바로 문의하세요. 전화 한 통이면 끝!"
_AD_EN = "Best prices on used cars! Call now and save big today."
_COOKIES = (
    "We use cookies to improve your experience. By continuing you accept our cookie policy. Accept all Reject all"
)
_NAMES = "Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim Han Oh Seo Shin Kwon Hwang Ahn Song Ryu Hong".split()


def _calendar() -> str:
    months = "January February March April May June July August September October November December".split()
    return "\n\n".join(
        f"{month} 2024\nMon Tue Wed Thu Fri Sat Sun\n" + "\n".join(
            " ".join(f"{day:2d}" for day in range(start, min(start + 7, 31))) for start in range(1, 31, 7)
        )
        for month in months
    )  # fmt: skip


def _product_grid(more: str, price: str, basket: str, goods: list[str]) -> str:
    draw = _draw(more)
    return "\n".join(
        f"{good}\n{price.format(draw.randint(10, 90))}\n{basket}\n{more}" for good in goods for _ in range(2)
    )


SAMPLES = [
    Sample("menu of a site", "manual", "en", _MENU_EN),
    Sample("menu of a site", "manual", "ko", _MENU_KO),
    Sample("navigation on each line", "manual", "en", "\n".join(_BREADCRUMBS.format(tag) for tag in _TAGS_EN[:24])),
    Sample("menu on one line", "manual", "en", " | ".join(_MENU_EN.split("\n")[1:-1])),
    Sample("menu on one line", "manual", "ko", " | ".join(_MENU_KO.split("\n")[1:-1])),
    Sample("keyword spam", "manual", "en", _spam(_SPAM_WORDS_EN, "en")),
    Sample("keyword spam", "manual", "ko", _spam(_SPAM_WORDS_KO, "ko")),
    Sample("keyword spam", "legal", "en", _spam(_SPAM_WORDS_EN, "legal")),
    Sample("tag cloud", "manual", "en", _tag_cloud(_TAGS_EN, "en")),
    Sample("tag cloud", "manual", "ko", _tag_cloud(_TAGS_KO, "ko")),
    Sample("tags with counts", "manual", "en", _counted_tags()),
    Sample("debris of a scan", "legal", "en", _ocr_debris("en", "abcdefghiIlLoO0158tTrnmuvJjfS")),
    Sample("debris of a scan", "legal", "ko", _ocr_debris("ko", "가꺼디르ㅁㅂ소으ㅣㅡ1lI0이므끄")),
    Sample("base64", "manual", "en", base64.encodebytes(_bytes("mail", 1800)).decode()),
    Sample("base64 on one line", "legal", "en", base64.b64encode(_bytes("line", 2500)).decode()),
    Sample("hex dump", "manual", "en", _hex_dump()),
    Sample("access log", "manual", "en", _access_log()),
    Sample("heartbeats", "manual", "en", _heartbeat_log()),
    Sample("kernel log", "manual", "en", _kernel_log()),
    Sample("lorem ipsum", "manual", "en", "\n\n".join([_LOREM, _LOREM_2, _LOREM[:300]])),
    Sample("lorem ipsum", "legal", "en", "ARTICLE 1\n\n" + _LOREM_2 + "\n\nARTICLE 2\n\n" + _LOREM),
    Sample("identifiers", "manual", "en", _identifiers()),
    Sample("links", "manual", "en", _links()),
    Sample("numbers", "manual", "en", _numbers()),
    Sample("serial numbers", "manual", "en", _serial_numbers()),
    Sample("listing of photos", "manual", "en", _file_listing()),
    Sample("UTF-8 read as Latin-1", "legal", "ko", _mojibake()),
    Sample("empty pages", "manual", "en", "\n\n".join(_paged(n) for n in range(1, 40))),
    Sample("unfilled template", "manual", "en", _templates()),
    Sample("advertising over and over", "legal", "ko", "\n\n".join([_AD_KO] * 40)),
    Sample("advertising with numbers", "manual", "ko", "\n".join(f"{n}. {_AD_KO} 010-{n:04d}" for n in range(60))),
    Sample("advertising over and over", "manual", "en", " ".join([_AD_EN] * 50)),
    Sample("cookie notice", "legal", "en", "\n".join([_COOKIES] * 30)),
    Sample("calendar", "manual", "en", _calendar()),
    Sample("product grid", "manual", "en", _product_grid("Quick view", "$ {}.99", "Add to basket", _TAGS_EN[:30])),
    Sample("product grid", "manual", "ko", _product_grid("자세히 보기", "{},900원", "장바구니 담기", _TAGS_KO[:30])),
    Sample("list of names", "manual", "en", "\n".join(f"{a} {b}" for a in _NAMES for b in _NAMES[:6])),
]
