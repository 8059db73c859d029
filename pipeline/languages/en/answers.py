"""English answers: words that do not count, and how an answer says that a document does not have something."""

from __future__ import annotations

from pipeline.languages.answer_rules import AnswerRules

_TEXT = r"(?:document|text|file|agreement|contract|lease|manual|conversation|transcript|meeting|passage|context|page)s?"
_TELLS = (
    r"(?:mention|state|specify|say|define|describe|contain|include|list|provide|give|have|cover|address|indicate|"
    r"discuss|explain|answer|show|fix|set|name|record|report|tell|regulate|identify|disclose|lay down)"
)
_TOLD = (
    r"(?:mentioned|stated|specified|said|defined|described|listed|provided|given|found|present|discussed|indicated|"
    r"shown|fixed|recorded|named|identified|laid down|set out)"
)
_ASKED = (
    r"(?:such|clause|section|article|provision|paragraph|schedule|number|field|term|definition|entry|function|"
    r"speaker|mention|information|answer|statement|record|evidence)"
)

ANSWERS = AnswerRules(
    skipped_words=frozenset({"a", "an", "the"}),
    refusals=(
        rf"\b{_TEXT}(?:\s\w+)? (?:does not|doesn['’]t|do not|did not|didn['’]t|never) {_TELLS}\b"
        rf"|\b{_TEXT} (?:has|have|contains?|gives?|provides?|includes?) no\b"
        r"|\bdoes not define\b"
        rf"|\b(?:is|are|was|were) (?:not|never|nowhere) (?:\w+ly )?{_TOLD}\b(?! to\b)"
        rf"|^\W*(?:not|nowhere) {_TOLD}\b"
        rf"|^\W*not in (?:the|this) {_TEXT}\b"
        rf"|\bthere (?:is|are|was|were) no {_ASKED}\b"
        r"|^\W*no (?:such|information|mention|answer|statement|record|evidence)\b"
        r"|\bno one (?:called|named)\b"
        r"|\b(?:no one|nobody) (?:says|said|mentions|mentioned|asks|asked|explains|explained)\b"
        rf"|^\W*no (?:[\w’'-]+ ){{1,6}}(?:is|are|was|were) {_TOLD}\b(?! to\b)"
        r"|\bsays? nothing (?:at|about|on)\b"
        r"|\b(?:cannot|can['’]t|could not) be (?:found|answered|determined (?:from|by))\b"
        r"|\bunanswerable\b"
    ),
)
