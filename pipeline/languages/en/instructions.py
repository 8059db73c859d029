"""Instructions in English: the verbs with which they begin, and a pattern for sentences that say what to do."""

from __future__ import annotations

import re

_VERBS = """
accept activate add adjust agree align allow apply arrange ask assemble attach authenticate authorize avoid back boot
browse brush build call cancel carry change charge check choose clean clear click clone close collect combine commit
compare compile configure confirm connect consider convert copy create customize cut decide declare define delete
deliver deploy detach determine disable disassemble discard disconnect display dose double-click download drag drain
draw drop edit eject empty enable ensure enter erase examine execute exit expand export extract fasten fetch fill find
fit flush fold follow format gather generate give go grant hang hold identify immerse import initialise initialize
insert inspect install isolate issue join keep launch lay leave let level lift list load locate lock log look loosen
lower make mark measure merge modify monitor mount move name navigate never note notify observe obtain open pack paste
perform pick place plug point position pour prepare press print provide publish pull purge push put query raise
re-enable re-run read reboot rebuild reconnect record refer refit refresh register release reload remember remove
rename repeat replace report request rerun reset restart restore return revert review right-click rinse roll rotate
run save scan screw scroll search secure see select send separate set shake share shut sign skip slide soak sort
specify split start step stop store submit subscribe swap switch synchronize tag take tap tell test tighten touch
transfer translate try turn type undo unfold uninstall unlock unpack unplug unscrew untar unzip update upgrade upload
use validate verify view visit wait wash watch weigh wipe wrap write
"""
IMPERATIVE = f"(?:do not|don['’]t|{'|'.join(_VERBS.split())})"
"""The pattern of a verb at the beginning of an instruction."""

INSTRUCTION = re.compile(
    r"^(?:(?:If|When|Once|After|Before|While|With|To|On|In|For|From|At|Using|Until|Where)\b[^,]*, )?"
    r"(?:(?:then|now|next|first|finally|again|carefully|optionally|immediately|please|always|manually|simply) )?"
    r"[\"“`*]*"
    rf"(?:{IMPERATIVE}|do)\b(?!['’]s)",
    re.IGNORECASE,
)
"""Finds a sentence that says what to do: `If the light is red, press the button`."""
