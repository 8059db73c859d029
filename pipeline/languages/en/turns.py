"""English words in chats, minutes and transcripts."""

from __future__ import annotations

from pipeline.languages.turn_rules import ClockRules, ExportWords, TurnRules

_LABELS = """
absent abstract action actions actual added address advantages agenda amount amounts answer antonyms apologies args
arguments attendees attributes author bcc bug bugfix bugs build by category cause caution cc changed channel chore
ci class comment comments conclusion conflicts cons contact contents copyright corollary critical danger date debug
decision decisions default definition definitions depends deprecated description diagnostics difficulty
disadvantages docs duration email environment error example examples exercise expected fatal fax feat feature
features fields fig figure file filename files fix fixed format from given hint history http https important
improved improvement improvements info input item items its keywords language lemma level licence license link
location mailto maintainer message method methods minutes module name new no note notes notice number observation
option options order output page parameters participants path perf phone place prerequisites present price priority
problem proof properties pros provides purpose quantity question reason ref refactor reference references remark
remarks removed required requirements requires result results return returns security see severity since size
solution source standards status step style subject summary synonyms synopsis syntax table tag tags tel test tests
then theorem ticket time tip title to todo topic trace type types update updated url usage value venue version via
warn warning web website weight what when where who why yes
"""
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"

TURNS = TurnRules(
    labels=frozenset(_LABELS.split()),
    question_labels=frozenset({"q", "a", "q.", "a."}),
    clock=ClockRules(
        before=r"AM|PM",
        behind=r"[AaPp]\.?[Mm]\b\.?",
        morning=r"[Aa]\.?[Mm]\b",
        afternoon=r"[Pp]\.?[Mm]\b",
        date=rf"\d{{1,2}}[- ]{_MONTH}(?:[- ,]{{1,2}}\d{{2,4}})?|{_MONTH}\.?[ ]\d{{1,2}}(?:,?[ ]\d{{4}})?",
        relative_day=r"Today|Yesterday",
    ),
    scene=r"[Ss]cene[ ]\#?\d|SCENE\b|ACT\b",
    kakaotalk=ExportWords(
        saved=r"Date Saved",
        notice=r".{1,60}(?: (?:joined|left) (?:this|the) chatroom| invited .{1,200} to this chatroom)\.?",
        notice_marks=frozenset({"chat"}),
        attachment=(
            r"Photos?|\d+ photos|Video|Emoticons?|Voice (?:Note|Call|Message)|This message was deleted\.?"
            r"|(?:File|Map|Contact|Profile|Poll)\s?: .*"
        ),
    ),
    line=ExportWords(attachment=r"\[(?:Photo|Video|Sticker|File|Voice message)\]"),
    whatsapp=ExportWords(
        attachment=(
            r"<[^<>]{0,40}(?:[Mm]edia|[Oo]mitted|attached)[^<>]{0,60}>"
            r"|(?:image|video|audio|GIF|sticker|document|Contact card)s? omitted"
            r"|[^\n]{1,80}\.\w{2,5} \(file attached\)"
            r"|(?:This message was deleted|You deleted this message|Missed (?:voice|video) call"
            r"|Waiting for this message)\.?.{0,60}"
            r"|.{0,40}end-to-end encrypted.*|(?:POLL|location|Location): ?.*"
        ),
        edited=r"This message was edited",
    ),
)
