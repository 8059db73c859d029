"""English statements: bounds, negations, roles, and the signs of a leaked prompt or an obeyed instruction."""

from __future__ import annotations

from pipeline.languages.en.bare_units import BARE_UNITS
from pipeline.languages.en.deed_words import OPENERS_OF_SENTENCES
from pipeline.languages.en.deeds import completed, read_deeds
from pipeline.languages.en.number_words import number_in_words
from pipeline.languages.en.poles import POLES
from pipeline.languages.en.quantities import find_quantities
from pipeline.languages.statement_rules import Bound, StatementRules

_GAP = r"\s(?:(?:of|to|on|the|a|an|about|any|total|be|at|period|sum|amount|value|fee)\s)*$"
_NOT = r"(?:not|no|never|n['’]t|cannot|neither)(?:\s\w+){0,2}\s"

STATEMENTS = StatementRules(
    find_quantities=find_quantities,
    number_in_words=number_in_words,
    titles=r"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Sir|Lady|Lord|Captain|Judge|Justice)",
    openers=OPENERS_OF_SENTENCES,
    rates={
        unit: rf"\b(?:per|an?|each|every)\s{noun}\b(?!['’]s)|\b{adverb}\b"
        for unit, noun, adverb in (
            ("day", "day", "daily"),
            ("hour", "hour", "hourly"),
            ("night", "night", "nightly"),
            ("week", "week", "weekly"),
            ("month", "month", "monthly"),
            ("quarter", "quarter", "quarterly"),
            ("year", "(?:year|annum)", "(?:yearly|annual(?:ly)?)"),
        )
    },
    permits=r"\b(?:can|may|allowed|permitted|entitled|eligible|cannot)\b|\bcan['’]t\b",
    obliges=r"\b(?:must|shall|has\sto|have\sto|required|obliged|needs?\sto|due)\b",
    up_to=r"\b(?:up\sto|until|(?:no|not)\slater\sthan|at\sthe\slatest|by)\s$",
    no_sooner=r"\b(?:(?:no|not|never)\s(?:earlier|sooner)\sthan|at\sthe\searliest)\s$",
    every_before=r"\b(?:every|each|once\s(?:in|per)(?:\severy)?|intervals?\sof)\s$",
    totals=r"\b(?:in\s(?:all|total|sum)|altogether|together|totals?|totall?ing|sum|adds?\sup|comes?\sto|making)\b",
    differences=r"\b(?:differences?|cheaper|dearer|apart|(?:more|less|longer|shorter|higher|lower|larger|smaller)(?!\sthan\s[\d$€£]))\b",
    counted=r"\s(?!times\b|was\b|has\b|is\b)[a-z]{2,}s\b",
    nothing=r"\b(?:free|no|none|nothing|without|not\s(?:charged?|count\w*|paid|due))\b",
    one=r"\b(?:one|once|single)\b",
    num_denied_behind=1,
    read_deeds=read_deeds,
    completed=completed,
    bounds_before={
        Bound.AT_MOST: (
            rf"(?:(?:less|fewer|lower|shorter|smaller)\sthan\sor\sequal\sto|{_NOT}(?:more|greater|longer|higher|later|larger|older)\sthan|{_NOT}(?:exceed(?:s|ing|ed)?|surpass|go\s(?:over|above|beyond))"
            rf"|{_NOT}(?:above|over|beyond)|at\s(?:the\s)?(?:most|latest)|up\sto|(?:a\s)?maximum(?:\s\w+)?(?:\s(?:of|is|at))?"
            rf"|limit(?:ed)?(?:\s\w+)?(?:\s(?:to|of|is|at))|capped\sat|within|as\smuch\sas|as\smany\sas){_GAP}"
        ),
        Bound.AT_LEAST: (
            rf"(?:(?:more|greater|longer|higher|larger)\sthan\sor\sequal\sto|{_NOT}(?:less|fewer|lower|shorter|smaller|earlier|younger)\sthan|{_NOT}(?:below|under)"
            rf"|(?:not|never|\w+n['’]t)\s(?:\w+\s){{1,4}}in\s(?:under|(?:less|fewer)\sthan)"
            rf"|at\s(?:the\s)?(?:very\s)?(?:least|earliest)|(?:a\s)?minimum(?:\s\w+)?(?:\s(?:of|is|at))?|as\slittle\sas){_GAP}"
        ),
        Bound.MORE_THAN: (
            rf"(?:(?:more|greater|longer|higher|larger|later|older)\sthan|exceed(?:s|ed|ing)?|in\sexcess\sof|above|over"
            rf"|beyond|upwards\sof){_GAP}"
        ),
        Bound.LESS_THAN: (rf"(?:(?:less|fewer|lower|shorter|smaller|sooner|earlier|younger)\sthan|below|under){_GAP}"),
        Bound.BEFORE: (
            rf"(?:{_NOT}later\sthan|before|prior\sto|until|till|by(?:\sthe\send\sof)?|ending(?:\son)?|expires?\son"
            rf"|(?:increas|reduc|rais|lower|chang|rose|rise|fell|fall|cut|drop|went|grow|grew|from)[^.;]{{0,25}}\sto){_GAP}"
        ),
        Bound.AFTER: rf"(?:after|since|from|starting(?:\son|\sfrom)?|beginning(?:\son)?|as\sof){_GAP}",
    },
    bounds_behind={
        Bound.AT_LEAST: (
            r"\s(?:or\s(?:more|longer|above|over|later|greater|higher)|at\s(?:the\s)?(?:least|minimum)|minimum)\b"
        ),
        Bound.AT_MOST: (
            r"\s(?:or\s(?:less|fewer|below|under|shorter|earlier|lower)|at\s(?:the\s)?(?:most|maximum|latest)|maximum)\b"
        ),
        Bound.BEFORE: r"\s(?:before|prior\sto|ahead\sof|in\sadvance|beforehand|earlier)\b",
        Bound.AFTER: r"\s(?:after|following|from\s(?:the|receipt|delivery|that)|later|of\sreceiv|of\sreceipt)\b",
    },
    not_negations=(
        r"\bno(?:t)?\s(?:\w+\s)?(?:later|more|less|fewer|earlier|sooner|greater|longer|shorter|higher|lower|larger|smaller|older|younger)\sthan\b|\bnot\sonly\b|\bno\.\s?\d"
        r"|\b(?:not|n['’]t|never)\s(?:\w+\s){0,2}(?:exceed(?:ing)?|go\sover|go\sabove|surpass)\b|\bwhether\sor\snot\b"
        r"|\bno\smatter\b|\bif\snot\b|\bnot\sunreasonably\b|\bno\sdoubt\b"
    ),
    negations=r"\b(?:not(?:\syet)?|never|no(?:\s(?:longer|further|more)(?!\sthan))?|(?-i:none|(?<![\w,`]\s)None)|nobody|nothing|neither|nor|cannot|nowhere|(?:has|have|had)\syet(?=\sto\b))\b|n['’]t\b",
    read_as_deeds=(
        r"\b(?:without|refus\w+|fail\w*|declin\w+|reject\w*|exclud\w+|unable|lacks?|lacking|prevent\w*|den(?:y|ies|ied)"
        r"|dismiss\w*|void|invalid|impossible|stays?|remains?|keeps?|kept|unless|prohibit\w*|forbid\w*|missing|empty)\b"
    ),
    only=r"\bonly\b|\balone\b",
    adds=r"\b(?:as\swell|also|both|either|too|not\sonly|not\sjust|in\saddition)\b",
    two_sided=r"\bfrom\s(?P<left>[^.;,]{1,40}?)\sto\b|\b(?:less|minus|instead\sof|rather\sthan|but\snot|divided\sby|before|after)\b",
    contrasts=(
        r"(?:,|;|\bbut|\band)\s(?:but\s|and\s)?not\s(?:(?:by|to|from|for|in|on|at|with|of)\s)?(?:the\s|an?\s)?"
        r"(?:(?:[^\W\d]\w*\s)?[^\W\d]\w*['’]s?\s)?(?P<denied>[^\W\d]\w*(?:\s(?!before|after|until|if|when|while|and|or|to|as)\w+)?)(?=\s|[,.;:]|$)"
    ),
    poles=POLES,
    bare_units=BARE_UNITS,
    mark_units=(
        r"[\s-](?P<unit>millisecond|second|minute|hour|day|week|month|year|byte|kilobyte|megabyte|percent|item|row"
        r"|character|token|line)s?\b"
    ),
    conditional=r"\b(?:if|when|unless|while|until|whether|otherwise|else|where)\b",
    lacks=r"\bwithout\b",
    says_otherwise=(
        r"\b(?:no|not|none|false|nothing|too|few|fewer|less|below|under|above|exceed\w*|most|beyond|otherwise|else"
        r"|before|until|different|other|same|unchanged|already|yet|leave[sd]?|left|still|optional\w*|may|might|can|instead)\b|\w+less\b|\bnon"
    ),
    others_only=r"\b(?:other|others|else|except|unless|without|only|but|until|otherwise|before|rather|than)\b",
    excepted_if=r"\b(?:unless|(?:except|save)\s(?:if|when|where))\s(?P<condition>[^,;.\n]{3,120})",
    included_if=(
        r"(?<!not\s)\b(?:even\s(?:if|when|though|where)|also\s(?:if|when)|(?:regardless\sof\s)?whether\sor\snot"
        r"|regardless\sof\swhether|no\smatter\s(?:if|whether))\s(?P<condition>[^,;.\n]{3,120})"
    ),
    relatives=r"\b(?:who|whose|which|that)\b",
    exceptions=r"\b(?:without|unless|except|until|before)\s(?P<condition>(?:[^\s,;.]+\s?){1,7})",
    negative_words=(
        r"\b(?:prohibit\w*|forbid\w*|forbade|bans?|banned|refus\w+|den(?:y|ies|ied)|reject\w*|declin\w+|dismiss\w*|(?:turn|vot)\w*\sdown|withh\w+|unless|except\w*|without|lacks?|"
        r"lacking|fail\w*|unable|exclud\w+|exempt\w*|waiv\w+|only|rather\sthan|instead|free\sof|leav\w+\sout|left\sout|apart\sfrom|aside\sfrom|alone|prevent\w*|avoid\w*|stops?|ceas\w+|"
        r"invalid|void|un[a-z]{4,}|im(?:possible|permissible)|in(?:eligible|valid|sufficient|complete)|dis(?:allow|able|regard)\w*"
        r"|omit\w*|skip\w*|ignor\w+|absen\w+|missing|bar(?:s|red)|illegal|empty|zero|null|stay\w*|remain\w*|keeps?|kept)\b"
    ),
    clause_breaks=r"\s(?=(?:but|while|whereas|if|unless|except|although|because|which|when|and\s(?:must|may|shall|is|are|the|a))\b)",
    joints=r"\s(?:and|or|plus|versus|vs\.?)\s|\s/\s",
    in_order=r"\brespectively\b|\bin that order\b|\bcorresponding(?:ly)?\b",
    roles=(
        r"\b(?:tenant|landlord|lessor|lessee|buyer|purchaser|seller|vendor|supplier|customer|client|contractor|employer|employee"
        r"|lender|borrower|licensor|licensee|insurer|insured|plaintiff|defendant|claimant|respondent|appellant|applicant"
        r"|creditor|debtor|guarantor|owner|operator|server|user|admin(?:istrator)?|caller|callee|manager|director|"
        r"chair(?:man|woman|person)?|secretary|treasurer|court|tribunal|trustee|beneficiary|shipper|carrier|consignee|"
        r"distributor|manufacturer|author|editor|reviewer|maintainer|agent|principal|host|guest|doctor|patient)s?\b"
    ),
    any_party=r"\b(?:either|each|any|neither|no|both|the|all|other)\s(?:of\sthe\s|other\s)?part(?:y|ies)\b",
    company=r"(?:Ltd|Limited|Inc|GmbH|LLC|plc|Co)",
    after_that=r"\b(?:after\s(?:that|this|it)|afterwards|thereafter|(?<!no\s)later(?!\sthan)|from\sthen)\b",
    predicate_name=r"\b(?:is|was|were|are|by)\s(?P<name>{name})(?=[.,;]|\sand\b|\swhile\b|$)",
    possessive=r"['’]s\b",
    agent_before=r"\bby\s(?:the\s|an?\s)?$",
    no_speakers=r"decisions?|decided|resolved|agreed|actions?|notes?|minutes|present|date|time|place|agenda|attend\w+|subject|vote",
    addressed=r"\b(?:you|your|yours|you['’]\w+|please|let['’]s)\b",
    generic_pronoun=r"\b(?:you|your)\b|\bit\b(?=\s\w+\s(?:to|for|that|if)\b)",
    contractions={
        r"\bI['’]ll\b": "I will",
        r"\bI['’]m\b": "I am",
        r"\bI['’]ve\b": "I have",
        r"\bI['’]d\b": "I would",
    },
    first_person=r"\bI\b|\bme\b|\bmyself\b",
    yes_or_no=r"\W*(?:yes|no)\b",
    describes=(
        r"^(?:the|this)\s(?:section|part|chapter|module|code|function|class|passage|article)\s"
        r"(?:describes|covers|explains|sets\sout|defines|deals\swith|lists|is\sabout|concerns)\b"
    ),
    leaks=(
        r"\bas an ai\b|\b(?:ai|large) language model\b|\bi(?:'m| am) (?:sorry|unable)\b"
        r"|\bthe (?:given |provided |above )?segment\b"
        r"|\bthe (?:given|provided|above) (?:text|passage|document)\b"
        r"|\baccording to (?:the|this) (?:passage|segment|excerpt)\b"
        r"|\bjson\b|\b(?:SEGMENT|DOCUMENT)\b:?\n|\bword for word\b|\bsystem prompt\b|\b(?:my|your) instructions\b"
        r"|\bhere is (?:the|a|my|your) (?:answer|question|summary)\b"
    ),
    orders=(
        r"\b(?:ignore|disregard|forget|override)\b[^.!?\n]{0,40}\b(?:instructions?|prompts?|rules|above|previous|prior)\b"
        r"|\b(?:AI|LLMs?|language models?|assistants?|chatbots?|bots?|automated (?:systems?|readers?|tools?)|models?)\b"
        r"[^.!?\n]{0,80}\b(?:must|should|shall|are to|is to|reply|respond|answer|output|write|say|print|include|tell)\b"
        r"|\b(?:reply|respond|answer) (?:only )?(?:with|that)\b"
    ),
    ordered_words=(
        r"\b(?:reply|respond|answer|output|write|say|print|include|state|tell|append|add|begin|end|start)\b[^\"“'‘\n:]{0,60}"
        r"(?:[\"“'‘](?P<words>[^\"”’\n]{2,120})[\"”’]|(?:with|that|only|:)\s(?P<bare>[^.\"\n]{2,80}))"
    ),
)
