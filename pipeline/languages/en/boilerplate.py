"""English words of boilerplate: notices, disclaimers, imprints, letterheads and menus."""

from __future__ import annotations

from pipeline.languages.boilerplate_rules import BoilerplateRules

_MAIL = r"(?:e-?mail|message|communication|transmission|fax)"
_NOTICES = (
    r"all rights reserved",
    r"^\W*skip to (?:the )?(?:main )?content\b",
    rf"this {_MAIL}\b[^.]{{0,160}}\b(?:confidential|privileged|intended|recipient|addressee|monitored)",
    r"intended (?:only|solely) for the (?:use|person|addressee|individual|recipient|named)",
    r"(?:not|are) the intended (?:recipient|addressee)",
    rf"(?:received|got) this (?:{_MAIL}|document) (?:in error|by mistake)",
    rf"delete (?:this|the|all copies of(?: the| this)?) {_MAIL}",
    r"(?:scanned|checked) for viruses",
    r"consider the environment before printing",
    r"do not reply (?:directly )?to this (?:e-?mail|message)",
    r"(?:click here to|to) (?:unsubscribe\b|stop receiving)|manage your (?:e-?mail )?(?:subscription|preferences)",
    r"\bmailing list$|\blistinfo/|\bunsubscribe (?:here|from)",
    r"\bcookies?\b[^.]{0,80}\b(?:polic|consent|accept|settings|preferences|experience|site|continu)",
    r"\b(?:uses?|using|accept|manage)\b[^.]{0,30}\bcookies\b",
    r"by (?:using|browsing|visiting) (?:this|our) (?:web ?)?(?:site|page)",
    r"(?:strictly|company|private (?:and|&)|proprietary (?:and|&)) confidential",
    r"^\W*confidential\W*$",
    r"for internal use only|internal use only|not for (?:public )?(?:distribution|release|circulation|publication)",
    r"do not (?:copy|distribute|forward|circulate)\b",
    r"uncontrolled (?:copy )?(?:when|if) printed",
    r"^\W*sent (?:from|via|by|using) (?:my |the )?(?:iphone|ipad|ios|android|samsung|galaxy|blackberry|huawei|xiaomi"
    r"|pixel|mobile|phone|smart ?phone|tablet|outlook|yahoo|proton ?mail|gmail|windows|mail for|surface|nokia|sony)\b",
    r"^\W*get outlook for\b|^\W*sent from (?:my|a) \w+(?: \w+)?\W*$",
    r"^\W*(?:was|is) this (?:page|article|information|topic|content|document|answer|section|guide) (?:helpful|useful)",
    r"^\W*did (?:you find )?this (?:page|article|information|topic|content|document|answer) (?:help|useful)",
    r"^\W*(?:rate this (?:page|article)|(?:send|give|leave) (?:us )?(?:your )?feedback(?: on this page)?\W*$)",
    r"^\W*(?:edit|improve|suggest (?:an )?(?:edits?|changes?) (?:to|for)) (?:this|the) (?:page|doc\w*|article|file)\b",
    r"^\W*(?:view|edit|show|see) (?:(?:this|the) )?(?:page )?(?:source )?on (?:github|gitlab|bitbucket)\b",
    r"^\W*(?:share|tweet|like|follow us|find us|pin)(?: this(?: page| article)?)? (?:on|via) "
    r"(?:facebook|twitter|x|linkedin|reddit|pinterest|whatsapp|instagram|e-?mail)\b",
)
_DISCLAIMERS = (
    r"subject to change(?:s)? without (?:prior |further )?notice",
    r"(?:may|can) (?:be )?change[sd]? without (?:prior |further )?notice",
    r"without warrant(?:y|ies) of any kind|makes? no (?:representations?|warrant\w+)|disclaims? (?:all|any)",
    r"(?:assumes?|accepts?) no (?:responsibility|liability)|(?:is|are) not (?:liable|responsible) for any",
    r"shall not be (?:held )?(?:liable|responsible) for",
    r"(?:registered )?trademarks? (?:or registered trademarks? )?of\b",
    r"no part of this (?:document|manual|publication|guide|work|page|book)",
    r"(?:reproduc|copi|transmitt|distribut)\w+[^.]{0,80}without (?:the )?(?:prior |express |written )*"
    r"(?:permission|consent|approval|authori[sz]ation)",
    r"for (?:general )?(?:information(?:al)?|reference|guidance) (?:purposes )?only",
    r"(?:does not|not) (?:constitute|intended as) (?:legal|medical|financial|professional|investment) advice",
    r"proprietary (?:information|property|to)\b|property of [^.]{2,60} and (?:may|must|shall) not",
    r"protected by (?:international )?copyright",
)
_IMPRINTS = (
    r"[-–—\s]*page \d+(?:\s?(?:of|/)\s?\d+)?[-–—\s]*",
    r"(?:[\w. ]{0,40}[|·–—-]\s?)?(?:page|p\.) ?\d+(?: ?(?:of|/) ?\d+)?(?:\s?[|·–—-].{0,60})?",
    r"(?:this (?:document|page|copy) (?:was|has been) )?(?:printed|downloaded|retrieved|exported|saved)"
    r"(?: copy)? (?:from|on|by|at)\b.{0,160}",
    r"(?:print|printing|export|download) (?:date|time)\s?:.{0,60}|printed\s?:.{0,60}",
    r"generated (?:by|on|from|with)\b.{0,120}",
)
_REVISIONS = (
    r"(?:rev(?:ision)?|ver(?:sion)?|edition|release)\.?(?: no\.?| number)?[ :#]{0,2}[\w.-]*\d.{0,60}",
    r"(?:last |date )?(?:revised|updated|modified|reviewed)(?: on| at| date)?\s?:?\s?.{0,20}\d.{0,40}",
    r"(?:last|date) (?:revised|updated|modified|reviewed)(?: on)?",
    r"(?:revision|release|issue|last update) date\s?:.{0,40}",
)
_SECRECY = r"(?:confidential|privileged|proprietary|classified|restricted|secret|sensitive)"
_RUNNING = (
    rf"(?:(?:strictly|highly|private|company|commercial(?:ly)?|attorney[- ]client)\W{{1,3}}(?:(?:and|&) )?)*{_SECRECY}"
    rf"(?:(?: and | ?& ?|[ ,/]+){_SECRECY})*(?: (?:draft|copy|work product))?"
    r"(?:\s*[-–—:|/,.(]\s*.{1,70})?",
    r"(?:unofficial|uncertified|rough|working|preliminary|discussion|final)? ?(?:draft|transcript|copy)"
    r"\s*[-–—:|/(]\s*(?:not|for|do not|subject|confidential)\b.{1,70}",
    r"(?:for|not for) (?:official|internal|public|personal|authori[sz]ed|discussion|review|client)\b.{0,50}"
    r"\b(?:use|only|purposes|publication|distribution|release|circulation)",
)
_LETTERHEADS = (
    r"\b(?:tel(?:ephone)?|phone|fax|mobile|hotline|toll[- ]free)\b\W{0,3}[+(\d]",
    r"\b(?:e-?mail|web(?:site)?)\s?:|^(?:https?://|www\.)\S+$",
    r"\b\d{1,5} (?:[A-Z][\w'-]+ ){1,4}(?:street|st|avenue|ave|road|rd|boulevard|blvd|drive|lane|way|square|parkway)\b",
    r"\b(?:p\.? ?o\.? box|suite) \d+",
    r"^(?:[\w&.'-]{1,20},? ){1,6}(?:inc|ltd|llc|llp|gmbh|corp|corporation|limited|co)\.?(?: (?:&|and) co\.?)?$",
    r"(?:headquarters|registered (?:office|in [A-Z])|company (?:no|number|registration))\b",
    r"\bdoc(?:ument)?\.? (?:no|number|id|code)\b",
)
_MENU = (
    "home|home ?page|about|about us|contact|contact us|our products|products?|services|solutions|support|blog|news|"
    "careers|jobs|log ?in|log ?out|sign (?:in|up|out)|register|search|menu|site ?map|faqs?|help|help (?:center|centre)|"
    "pricing|docs|documentation|downloads?|my account|account|cart|basket|shop|store|privacy(?: policy| notice)?|"
    "terms(?: of (?:use|service)| and conditions| & conditions)?|cookies?(?: policy| settings| preferences)?|imprint|"
    "accessibility|facebook|twitter|instagram|linkedin|youtube|github|rss|rss feed|follow us|share|print|next|prev|"
    "previous|back|back to top|go to top|top|up|index|contents|table of contents|skip to (?:main )?content|subscribe|"
    "newsletter|language|english|community|forums?|partners|press|media|investors|company|events|legal|legal notice|"
    "accept(?: all)?|decline|reject(?: all)?|feedback|report (?:a problem|an issue)|edit this page|view source|"
    "modules?|tutorials?|guides?|api|api reference|reference|resources|overview|learn more|read more|get started|"
    "getting started|customers|team|locations?"
)

BOILERPLATE = BoilerplateRules(
    notices="|".join(_NOTICES),
    disclaimers="|".join(_DISCLAIMERS),
    imprints="|".join(_IMPRINTS),
    trailers=r"help content debug info|debug info(?:rmation)?|page (?:info|information|metadata)",
    page_marks=r"page\s?\d{1,4}(?:\s?(?:of|/)\s?\d{1,4})?|(?:p|pg)\.\s?\d{1,4}",
    running="|".join(_RUNNING),
    revisions="|".join(_REVISIONS),
    letterheads="|".join(_LETTERHEADS),
    menu_entries=_MENU,
    headings=(
        r"(?:legal )?disclaimers?(?: of (?:warrant(?:y|ies)|liability))?|(?:legal|copyright|confidentiality|"
        r"trademark|cookie|privacy|proprietary) (?:notices?|information|statement)|copyright|trademarks?|"
        r"important notice|notices?|(?:full )?copyright statement"
    ),
    signing=(
        r"(?<!_)_{3,30}(?!_)|\.{6,}|in witness whereof|\bsigned (?:by|on|this|and|for)\b"
        r"|^(?:by|its|name|title|date|signature)\s?:|\bthe parties\b"
    ),
    signature_lines=(
        r"_{4,}|\.{8,}|^\W*(?:by|its|name|title|signed|signature|date|dated|witness(?:ed by)?|print name)\s?:"
        r"|^\W*/s/|\bauthori[sz]ed signator(?:y|ies)\b|^\W*(?:for and )?on behalf of\b.{0,60}$"
    ),
    licences=(
        r"\bcopyright (?:\(c\)|©|\d{4}|holders?\b)|(?:©|\(c\)) ?(?:copyright )?\d{4}|SPDX-License-Identifier"
        r"|permission is (?:hereby )?granted|\blicensed under (?:the|a)\b|redistribution and use in source"
        r"|(?:program|software|library|file|manual|document) is free (?:software|documentation)"
        r"|redistribute it and/or modify|under the terms of the (?:GNU|MIT|BSD|Apache|[A-Z][\w ]{2,30} Licen[cs]e)"
        r"|(?:software|program|library) is (?:provided|distributed)[^.]{0,60}(?:as is|without any warranty|in the hope)"
        r"|see the LICEN[CS]E file|all rights reserved"
    ),
    date_words=(
        r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
        r"|nov(?:ember)?|dec(?:ember)?|(?:mon|tues|wednes|thurs|fri|satur|sun)day|[ap]\.?m\.?"
    ),
)
