"""Names of Korean banks, and the groups of digits in which they write their accounts.

A group tuple lists the number of digits between hyphens. The same formats are shared by several banks, so a number
counts as an account if any bank has its format. Used by `ko.masking`.
"""

from __future__ import annotations

BANK_NAMES = r"(?<!한국)(?<!중앙)(?:은행|뱅크)|농협|신협|수협|새마을금고|우체국|금고|저축은행|증권"
SHORT_BANK_NAMES = (
    r"(?:국민|신한|우리|하나|기업|케이|제일|씨티|카카오|토스|산업|부산|대구|경남|광주|전북|제주|새마을)(?![가-힣])"
    r"|(?<![A-Za-z])(?:KB|NH|IBK|KDB|SC|iM|DGB|BNK|KEB|SHB)(?![A-Za-z])"
)
TRANSFER_NAMES = "입금|송금|이체|예금|납부|환불|무통장|예금주|농협|수협|신협|우체국"
ACCOUNT_GROUPS = frozenset(
    [
        (6, 2, 6),  # KB Kookmin, post office, Nonghyup (14 digits)
        (3, 2, 4, 3),  # KB Kookmin, old
        (3, 3, 6),  # Shinhan, K bank, credit unions, Gwangju
        (3, 2, 6),  # Shinhan old, IBK old, Nonghyup old, SC First, Daegu
        (3, 3, 8),  # Shinhan virtual accounts
        (4, 3, 6),  # Woori
        (3, 6, 2, 3),  # Woori old, IBK
        (3, 6, 5),  # Hana
        (3, 2, 5, 1),  # Hana old
        (3, 4, 4, 2),  # Nonghyup, Busan, Kyongnam
        (4, 2, 6),  # Saemaul, Nonghyup old
        (3, 6, 3),  # Citi
        (4, 2, 7),  # Kakao Bank
        (4, 4, 4),  # Toss Bank
        (4, 4, 5),  # Toss Bank virtual accounts, Suhyup
        (4, 4, 4, 1),  # Saemaul
        (4, 4, 4, 2),  # Nonghyup virtual accounts
        (3, 2, 6, 1),  # iM (Daegu)
        (3, 3, 6, 1),  # post office, old
        (3, 2, 7),  # Jeonbuk, Kyongnam old
        (2, 2, 6),  # Jeju
        (3, 4, 4, 3),  # KDB
        (3, 7, 4),  # KDB old
        (6, 2, 5),  # KB card accounts
        (3, 5, 5),  # Woori, mutual savings banks
    ]
)
