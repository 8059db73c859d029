"""English words: stop words, irregular forms and stems."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from pipeline.languages.text_rules import WordRules

_STOP_WORDS = """
a about after all also am an and another any are as at be became become been before being between both but by can
could did do does doing done during each else every few for from further had has have having he her here hers him
his how i if in into is it its itself just long many may me might more most much must my neither no nor not of off
on once only onto or other our ours out over own per same shall she should since so some such than that the their
theirs them then there these they this those though through thus to too under until up upon us very was we were what
when where whether which while who whom whose why will with within without would yet you your yours take takes
according document date time amount percentage number give given say says said mention mentioned state stated whole
"""
_STOP = frozenset(_STOP_WORDS.split())
_IRREGULAR = """
paid=pay made=make held=hold gave=give given=give took=take taken=take came=come found=find sent=send sold=sell
bought=buy told=tell wrote=write written=write met=meet left=leave lost=lose began=begin begun=begin ran=run
fell=fall fallen=fall rose=rise risen=rise kept=keep built=build brought=bring became=become broke=break
broken=break chose=choose chosen=choose grew=grow grown=grow knew=know known=know went=go gone=go saw=see seen=see
spoke=speak spent=spend stood=stand taught=teach thought=think lent=lend led=lead drew=draw drawn=draw drove=drive
ate=eat got=get wore=wear won=win struck=strike sat=sit children=child driven=drive shown=show flown=fly cut=cut
put=put set=set read=read said=say heard=hear meant=mean felt=feel bound=bind sought=seek caught=catch laid=lay
hung=hang swept=sweep thrown=throw threw=throw worn=wear torn=tear stolen=steal frozen=freeze spoken=speak eaten=eat
hidden=hide beaten=beat ridden=ride shaken=shake sunk=sink drunk=drink flew=fly hid=hide froze=freeze stole=steal
overran=overrun withdrew=withdraw withdrawn=withdraw undertook=undertake undertaken=undertake arose=arise
arisen=arise fed=feed dealt=deal burnt=burn spread=spread
"""
_ENDINGS = ("ings", "ing", "ied", "ies", "ed", "es", "s", "e", "y")


@cache
def irregular_forms() -> Mapping[str, str]:
    """Return the base form of each irregular form: `hold` for `held`."""
    return dict(pair.split("=") for pair in _IRREGULAR.split())


def _stem(word: str) -> str:
    lowered = word.lower().replace("’", "'").removesuffix("'s").strip("'")
    if lowered[:1].isdigit():
        return lowered.replace(",", "")
    if lowered in irregular_forms():
        lowered = irregular_forms()[lowered]
    for ending in _ENDINGS:
        if lowered.endswith(ending) and len(lowered) - len(ending) >= 3:
            lowered = lowered[: -len(ending)]
            break
    # The stem of tripped and tripping is trip, like that of trip; spill and spilled have the same stem, spil.
    return lowered[:-1] if len(lowered) > 3 and lowered[-1] == lowered[-2] else lowered


def _is_stop_word(word: str) -> bool:
    return word.lower().replace("’", "'") in _STOP


WORDS = WordRules(
    token=r"[A-Za-zÀ-ɏ]+(?:['’-][A-Za-zÀ-ɏ]+)*",
    stem=_stem,
    is_stop_word=_is_stop_word,
    is_function_word=_is_stop_word,
)
