"""English words that show which of several duplicates a person would keep."""

from __future__ import annotations

from pipeline.languages.standing_rules import StandingRules


def _words(pattern: str) -> str:
    """Return a pattern that matches only if no letters touch the words; digits and underscores may."""
    return rf"(?<![^\W\d_])(?:{pattern})(?![^\W\d_])"


_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = r"(?P<month>Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec|" + "|".join(_MONTHS) + r")\b\.?"
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
_GARBLED_SYMBOLS = r"[|~^\\*=;{}<>¬°]"

STANDING = StandingRules(
    draft_name=_words(
        r"drafts?|wip|work[ _-]?in[ _-]?progress|redlined?|mark(?:ed)?[ _-]?up|tracked[ _-]?changes|unapproved|unsigned|"
        r"unexecuted|unconfirmed|for[ _-](?:review|signature|comments?|discussion|approval|execution)|proposed|"
        r"templates?|prelim(?:inary)?"
    ),
    final_name=_words(
        r"final(?:i[sz]ed)?|approved|adopted|confirmed|published|official|clean|execution[ _-]?version|enacted"
    ),
    signed_name=_words(r"(?:counter[ _-]?)?signed|executed|notari[sz]ed"),
    copy_name=_words(r"cop(?:y|ies)|duplicates?|dup|photocopy"),
    original_name=_words(r"originals?"),
    backup_name=_words(
        r"back[ _-]?ups?|bak|bkp|archived?|archives|trash|recycled?|recycle[ _.-]?bin|deleted(?:[ _-]?items)?|snapshots?"
    ),
    superseded_name=_words(
        r"old(?:er)?|obsolete|superseded|previous|prev|deprecated|legacy|outdated|retired|withdrawn|expired|repealed"
    ),
    current_name=_words(r"current|consolidated|restated|amended|revised|updated|latest|in[ _-]?force"),
    scan_name=_words(r"scan(?:s|ned)?|ocr"),
    draft_line=(
        r"\bdraft\b|\bunapproved\b|\bnot (?:yet )?approved\b|\bnot for (?:execution|signature|distribution)\b|"
        r"\bfor (?:discussion|review|comment)(?: purposes)? only\b|\bsubject to (?:contract|confirmation|approval)\b|"
        r"\bwork in progress\b"
    ),
    copy_line=(
        r"^\W*(?:(?:certified|conformed|true|office|file|reference|uncontrolled|client)\s+)*(?:copy|duplicate)\W*$|"
        r"\b(?:certified|conformed|uncontrolled|true) copy\b"
    ),
    superseded_line=(
        r"^\W*(?:superseded|obsolete|withdrawn|cancelled|repealed|expired)\b|"
        r"\b(?:has|have) been (?:superseded|withdrawn|replaced|rescinded|repealed)\b|"
        r"\bno longer (?:in force|valid|in effect|current)\b"
    ),
    current_line=r"\bas amended\b|\bconsolidated\b|\bamended and restated\b|\bincorporating (?:all )?(?:the )?amendments\b",
    forward_line=(
        r"^[-_>\s]*(?:begin )?forwarded (?:message|by .{1,60})\s*:?[-_\s]*$|^[-_>\s]*original (?:message|e?-?mail)[-_\s]*$|"
        r"^[^\W\d_][^:\n]{0,12}:\s*fwd?:"
    ),
    cut_end=r"[\[(<]\s*(?:text |rest |file |output )?(?:truncated|cut off|omitted|snip(?:ped)?|continued|missing)\s*[\])>]\W*$",
    unfinished_end=(
        r"\b(?:the|an?|of|to|for|and|or|but|nor|by|at|with|from|into|upon|which|whose|may|must|shall|will|would|should|"
        r"could|has|have|had|is|are|was|were|be|been|being|its|their|these|than|as|if|when|where|unless|giving)[,:]?$"
    ),
    signature=r"/s/\s*[^\W\d_]|\b(?:electronically|digitally) signed by:?\s+[^\W\d_]|\bdocusigned by\b",
    blank=(
        r"\b(?:TBD|TBC|TBA|TODO|FIXME)\b|\bto be (?:determined|agreed|confirmed|completed|inserted|advised)\b|"
        r"[\[{]\s*(?:insert|enter|name|date|address|amount|company|client|customer|part(?:y|ies)|title|number|day|month|"
        r"year|fill|sum|signature|city|state|landlord|tenant|buyer|seller)\b[^\]}\n]{0,40}[\]}]"
    ),
    garbled=(
        rf"[a-z][015][a-z]|[^\W\d_]{_GARBLED_SYMBOLS}[^\W\d_]|\b(?:[b-hj-z] ){{2}}[b-hj-z]\b|(?<=\s)['`´,;~^]+(?=\s)"
    ),
    revision_label=(
        r"\beffective\b|\b(?:last )?(?:updated|revised|amended|modified)\b|\brevision\b|\bissued\b|\bin force\b|\bas of\b|"
        r"\bedition\b|\bversion\b"
    ),
    version_label=(
        r"(?<![^\W\d_])(?:v|ver|version|rev|revision|edition|issue|release|r)[ ._-]{0,2}(?P<major>\d{1,3})"
        r"(?:\.(?P<minor>\d{1,3}))?(?!\d)|"
        rf"\b(?P<ordinal>{'|'.join(_ORDINALS)}|\d{{1,2}}(?=st|nd|rd|th))(?:st|nd|rd|th)? (?:edition|revision|version)\b"
    ),
    ordinals={word: number for number, word in enumerate(_ORDINALS, 1)},
    dates=(
        rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: day)?(?: of)? )?{_MONTH},? (?P<year>(?:19|20)\d\d)\b",
        rf"\b{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>(?:19|20)\d\d)\b",
    ),
    months={name: number for number, month in enumerate(_MONTHS, 1) for name in {month, month[:3], month[:4]}},
)
