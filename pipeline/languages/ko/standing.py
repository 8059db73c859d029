"""Korean words that show which of several duplicates a person would keep."""

from __future__ import annotations

from pipeline.languages.standing_rules import StandingRules

_BILLS = (
    *("조례", "법률", "법", "규칙", "규정", "정관", "약관", "계획", "계약", "계약서", "합의", "합의서", "회의록"),
    *("의사록", "개정", "제정", "수정", "변경", "결의", "의결", "공고"),
)
_PROPOSAL = "|".join(rf"{bill}안(?![가-힣])" for bill in _BILLS) + r"|\(\s?가?안\s?\)|\[\s?가?안\s?\]"
_ROLES = ("대표", "대표자", "이사", "위원장", "회장", "사장", "원장", "성명", "이름", "서명", "날인", "본인")
_NAME_BEFORE = r"(?:(?<=[가-힣][가-힣]\()|(?<=[가-힣][가-힣] \())" + "".join(
    rf"(?<!{role}{gap}\()" for role in _ROLES for gap in ("", " ")
)
"""A look-behind after an opening bracket: a name, and not only the words before one."""

STANDING = StandingRules(
    draft_name=(
        r"초\s?안|초고|가안|시안|검토[용본]|수정본|작[업성]\s?중|미확정|미승인|미서명|미날인|양식|서식|견본|템플릿|임시|"
        rf"입법\s?예고|_안(?![가-힣])|{_PROPOSAL}"
    ),
    final_name=r"최종|확정|승인|결재\s?완료|정본|완성본",
    signed_name=r"서명[본필]|서명\s?완료|날인|체결|직인|전자\s?서명",
    copy_name=r"사본|복사|복제|등본|열람[본용]|부본",
    original_name=r"원본(?!\s?대조)",
    backup_name=r"백업|보관|휴지통|삭제",
    superseded_name=r"구\s?버[전젼]|구판|이전\s?(?:버전|본|판|자료|파일)|폐지|구법|실효|구규정|옛|만료",
    current_name=r"현행|개정[본판]|통합본|최신",
    scan_name=r"스캔|촬영본",
    draft_line=rf"초\s?안|초고|검토용|미확정|확인용|{_PROPOSAL}",
    copy_line=r"^\W*사\s?본(?![가-힣])|사본입니다|열람용|원본\s?대조\s?필",
    superseded_line=r"폐지된|효력을? (?:잃|상실)|구\s?버전입니다|더 ?이상 (?:유효|시행)",
    current_line=r"통합본|개정본|현행\s?(?:법령|규정|본)",
    forward_line=r"(?:전달된?|원본)\s?(?:메[시세]지|메일)[-_ :]*$|제목\s?:\s*(?:fwd?|전달)\s?:",
    cut_end=r"(?:이하|이후|뒷부분|나머지)\s?(?:생략|잘림|누락)\W*$|[(\[]\s?(?:생략|잘림|후략)\s?[)\]]\W*$",
    unfinished_end=(
        r"[가-힣](?:을|를|은|는|의|에게|에서|으로|이|(?<![는은인한된던을까])가|과|와|하고|하며|되며|하지|되지|하여|되어|및)$|"
        r"(?<!\S)(?:및|또는|그리고)$"
    ),
    signature=(
        rf"\({_NAME_BEFORE}(?:인|印|서명|날인|직인)\)|전자\s?서명\s?(?:완료|필|됨)|직인\s?생략|관인\s?생략|서명\s?(?:함|완료)|"
        r"날인\s?(?:함|완료)"
    ),
    blank=(
        r"미정|추후\s?(?:협의|결정|기재|확정|정함)|별도\s?(?:협의|기재)|미기재|"
        r"년(?<=[ _○\d]년)[ _○]{2,}월[ _○]{2,}일|"
        r"o(?<![a-z].)oo+(?![a-z])|o(?<![a-z].)o(?=[가-힣])"  # OOO동, OO구: letters instead of circles
    ),
    garbled=(
        r"[lIO01|~^*=;`\\ㄱ-ㅎㅏ-ㅣ](?<=[가-힣].)(?=[가-힣])",
        r" [가-힣](?: [가-힣]){2,}(?![가-힣])",
    ),
    revision_label=r"시행|개정|제정|수정|갱신|발행|고침|판",
    version_label=r"(?<![가-힣])(?:제\s?)?(?P<major>\d{1,3})\s?(?:판|차\s?개정|차\s?수정)(?![가-힣])",
    dates=(r"(?P<year>(?:19|20)\d\d)년 ?(?P<month>\d{1,2})월(?: ?(?P<day>\d{1,2})일)?",),
)
