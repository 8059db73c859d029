"""The English words that `deeds` reads by: auxiliaries, negations, and verbs that deny or reverse other verbs.

Verbs and adjectives are stems, as `words` makes them.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OPPOSITE_PAIRS = """
reject=accept exclud=includ prohibit=allow forbid=allow den=grant dismiss=uphold disabl=enabl clos=open
stop=start decreas=increas reduc=increas lower=rais disapprov=approv disagre=agre lock=unlock invalid=valid
void=valid optional=mandator illegal=lawful unlawful=lawful shut=open lack=hav unabl=abl impossibl=possibl
fail=succe lose=win los=win
"""
BE = _words("am are aren't be been being get gets got is isn't was wasn't were weren't")
AUXILIARIES = BE | _words(
    """
    can can't cannot could couldn't did didn't do does doesn't don't had hadn't has hasn't have haven't may might
    must mustn't shall should shouldn't will won't would wouldn't
    """
)
NEGATIONS = _words("cannot neither never no nobody none nor not nothing")
NO_OBJECT = _words("neither no nobody none nothing")
"""Words that deny the verb before them: pays nothing, pays no penalty."""
ADVERBS = _words("again already also always first hereby never not only still then therefore thus yet")
DETERMINERS = _words("a all an any both each every her his its no our that the their these this those your")
RELATIVES = _words("that which who")
PRONOUNS = _words("he i it she they we you")
COORDINATORS = _words("and but or then")
PREPOSITIONS = _words(
    """
    about after against at before between by during for from in into of on over to under until with within without
    """
)
OPENERS = _words("although as because if once since though unless when where whereas whether while")
"""Words that open a subordinate clause."""
OPENERS_OF_SENTENCES = OPENERS | _words(
    """
    add additionally afterwards allow answer apply ask avoid bring but call change check choose clean clear click
    close connect contact copy create cut delete disconnect download draw drop either enter fill finally find first
    follow furthermore get give hence hold however insert install instead it keep later leave let lift like likewise
    load log lock look lower make meanwhile measure mount move moreover neither nevertheless next no nor now open
    otherwise pay pick place please plug press pull push put raise read remove rename replace reset return rinse run
    save select send set show similarly sign start stop store switch take tap tell then therefore thus tighten try
    turn type under unlike unlock unplug until use wait wash whenever whereas wipe within without write yes yet
    """
)
"""Words at the beginning of a sentence that are no names, though a name may follow them: Because Mr Low is away."""
REFUSALS = _words("declin fail forbid forget neglect omit prohibit refus unabl unwill")
"""Verbs that deny the verb behind them: fails to pay, refuses to pay."""
KEEPS_FROM = _words("bar discourag exclud exempt forbid keep prevent prohibit refrain stop")
"""Verbs that deny a verb behind `from`: prevented from leaving."""
INVERTED = _words("can did do does may must shall should will")
"""Auxiliaries that stand before the subject in a question."""
QUESTION_WORDS = _words("at by for how in on to under what when where which whom whose why within")
BEFORE_GERUNDS = _words("after avoid avoids before by without")
OPPOSITES = dict(pair.split("=") for pair in _OPPOSITE_PAIRS.split())
"""Verbs and adjectives with their opposite; a synonym of the opposite has an entry of its own."""
SYNONYMS = {"permit": "allow"}
