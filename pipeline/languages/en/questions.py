"""Questions in English by form, several wordings each. Placeholders: see `synthesize.structural.phrasing`."""

from __future__ import annotations

from collections.abc import Mapping

QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "clause.text": (
        "{lead}what does {clause} say?",
        "{lead}what is the full text of {clause}?",
        "{lead}what does {clause} provide? Quote it in full.",
    ),
    "clause.title": (
        "what is the heading of {label}?",
        "how is {label} headed?",
    ),
    "clause.number": (
        "which {noun} is headed “{title}”?",
        "what is the number of the {noun} headed “{title}”?",
    ),
    "definition.meaning": (
        "{lead}how is “{term}” defined?",
        "{lead}what does “{term}” mean in this document?",
        "{lead}what is the definition of “{term}”?",
    ),
    "definition.term": (
        "{lead}which term is defined as “{meaning}”?",
        "{lead}which defined term has the meaning “{meaning}”?",
    ),
    "party.role": (
        "who is the {role}?",
        "which party is the {role}?",
        "what is the name of the {role}?",
    ),
    "party.name": (
        "in what capacity does {name} appear in this document?",
        "which party is {name}?",
    ),
    "party.all": (
        "who are the parties, and in what capacity does each appear?",
        "name every party together with its role.",
    ),
    "amount.named": (
        "{lead}how much is the {name} under {clause}?",
        "{lead}what is the amount of the {name} in {clause}?",
    ),
    "amount.only": (
        "{lead}which amount of money does {clause} state?",
        "{lead}what sum of money is named in {clause}?",
    ),
    "amount.all": (
        "{lead}which amounts of money does {clause} state? List them in order.",
        "{lead}list every sum of money named in {clause}, in order.",
    ),
    "amount.place": (
        "which provision states the amount of {amount}?",
        "where is the sum of {amount} stated?",
    ),
    "deadline.duty": (
        "{lead}under {clause}, {when} must {subject} {action}?",
        "{lead}{when} must {subject} {action} according to {clause}?",
    ),
    "deadline.due": (
        "{lead}under {clause}, when {verb} {subject} {state}?",
        "{lead}according to {clause}, when {verb} {subject} {state}?",
    ),
    "deadline.only": (
        "{lead}which time limit is stated in {clause}?",
        "{lead}what is the only deadline or period stated in {clause}?",
    ),
    "deadline.effective": (
        "according to {clause}, when does {what} take effect?",
        "under {clause}, from when is {what} in force?",
    ),
    "duty.must": (
        "{lead}under {clause}, what must {subject} do?",
        "{lead}what does {clause} require {subject} to do?",
    ),
    "duty.ban": (
        "{lead}under {clause}, what must {subject} not do?",
        "{lead}what does {clause} forbid {subject} to do?",
    ),
    "duty.may": (
        "{lead}under {clause}, what may {subject} do?",
        "{lead}what does {clause} allow {subject} to do?",
    ),
    "duty.penalty": (
        "{lead}under {clause}, what punishment or penalty is there for {who}?",
        "{lead}according to {clause}, what penalty does {who} face?",
    ),
    "clause.amended": (
        "on which days was {clause} amended or inserted? List them as they are marked.",
        "which dates of amendment are marked at {clause}?",
    ),
    "amount.share": (
        "{lead}which percentage does {clause} state?",
        "{lead}what percentage is named in {clause}?",
    ),
    "ruling.holding": (
        "what does {label} hold?",
        "what is decided in {label}?",
    ),
    "ruling.point": ("what does point [{number}] of {label} say?",),
    "ruling.order": (
        "how is the case in {label} disposed of?",
        "what order does {label} end with?",
    ),
    "ruling.date": (
        "what is the date of {label}?",
        "which date is given for {label}?",
    ),
    "ruling.source": ("which ruling does {label} name as its source?",),
    "ruling.part": (
        "what does the part “{part}” of this document say?",
        "what is stated under “{part}” in this document?",
    ),
    "ruling.field": (
        "what is given as “{field}” at the head of this document?",
        "what does this document state for “{field}”?",
    ),
    "cross_reference.to": (
        "which other {places} of this document refer to {label} by number?",
        "where else in the document is {label} referred to by its number? List all the places.",
    ),
    "cross_reference.from": (
        "to which other {places} of this document does {label} refer by number?",
        "which other {places} of this document does {label} mention by number?",
    ),
    "cross_reference.law": (
        "which provisions of other laws does {label} cite?",
        "to which provisions of other laws does {label} refer? List them as they are written.",
    ),
    "steps.all": (
        "list the steps under “{title}” in order.",
        "what are the numbered steps given under “{title}”, in order?",
        "which steps does “{title}” consist of? Give them all, in order.",
    ),
    "steps.one": (
        "what is step {number} under “{title}”?",
        "under “{title}”, what does step {number} say?",
    ),
    "steps.next": (
        "under “{title}”, which step comes right after “{previous}”?",
        "in the procedure “{title}”, what is to be done directly after “{previous}”?",
    ),
    "steps.count": ("how many numbered steps are there under “{title}”?",),
    "steps.items": (
        "give the numbered list under “{title}” in full.",
        "which items does the numbered list under “{title}” contain, in order?",
    ),
    "steps.item": (
        "what is number {number} of the numbered list under “{title}”?",
        "under “{title}”, what does item {number} of the numbered list say?",
    ),
    "table_cell.cell": (
        "according to the table {table}, what is given as “{column}” for “{row}”?",
        "in the table {table}, what does the column “{column}” say for “{row}”?",
    ),
    "table_cell.row": (
        "what does the table {table} say about “{row}”? Give every column.",
        "give the complete entry for “{row}” in the table {table}.",
    ),
    "table_cell.filter": (
        "in the table {table}, which entries have “{value}” in the column “{column}”? List all of them.",
        "which entries of the table {table} show “{value}” under “{column}”? Name them all.",
    ),
    "table_cell.value": (
        "according to the table {table}, what is given for “{row}”?",
        "in the table {table}, what stands next to “{row}”?",
    ),
    "note.text": (
        "under “{title}”, what does the document say in the part marked “{label}”?",
        "what does the part marked “{label}” under “{title}” say?",
    ),
    "note.warning": (
        "what does the warning under “{title}” say?",
        "what are readers warned about under “{title}”?",
    ),
    "note.only": (
        "what does the note under “{title}” say?",
        "under “{title}”, what does the document remark in a note?",
    ),
    "entry.option": (
        "{lead}what does the option “{term}” do?",
        "{lead}how does the document describe the option “{term}”?",
    ),
    "entry.code": (
        "{lead}what does the code “{term}” mean?",
        "{lead}how does the document explain “{term}”?",
    ),
    "entry.term": (
        "{lead}what does the document say about “{term}”?",
        "{lead}how does the document describe “{term}”?",
    ),
    "entry.field": (
        "{lead}what is given for “{term}”?",
        "{lead}what does the document state for “{term}”?",
    ),
    "entry.default": (
        "{lead}what is the default of “{term}”?",
        "{lead}which default does the document give for “{term}”?",
    ),
    "entry.options": (
        "which options are described under “{title}”? List them in order.",
        "list the options explained under “{title}”, in order.",
    ),
    "entry.all": (
        "which items are explained under “{title}”? List them in order.",
        "list the items that “{title}” explains, in order.",
    ),
    "passage.text": (
        "what does the document say under “{title}”?",
        "what does the section “{title}” say?",
    ),
    "passage.opening": (
        "what does the first paragraph under “{title}” say?",
        "what does the section “{title}” say in its first paragraph?",
    ),
    "passage.answer": (
        "{question}",
        "what does the document answer to the question “{question}”?",
    ),
    "passage.command": (
        "which command is shown under “{title}”?",
        "what is the command given in the section “{title}”?",
    ),
    "passage.ban": (
        "what does the document say not to do under “{title}”?",
        "under “{title}”, what are readers told not to do?",
    ),
    "passage.advice": (
        "what is recommended under “{title}”?",
        "which recommendation does the document give under “{title}”?",
    ),
    "case.goal": (
        "{lead}how do you {case}?",
        "{lead}what should you do to {case}?",
    ),
    "case.to_do": (
        "{lead}what should be done {case}?",
        "{lead}what does the document say to do {case}?",
    ),
    "case.result": (
        "{lead}what happens {case}?",
        "{lead}what is the consequence {case}?",
    ),
    "passage.list": (
        "what does the document list after the words “{words}”?",
        "which points follow the words “{words}” in the document?",
    ),
    "entry.use": (
        "{lead}what is “{term}” used for?",
        "{lead}what can “{term}” be used for?",
    ),
    "entry.role": (
        "{lead}what does “{term}” do?",
        "{lead}what is “{term}” said to do?",
    ),
    "entry.abbreviation": (
        "what does the abbreviation “{term}” stand for?",
        "what do the letters “{term}” stand for in this document?",
    ),
    "passage.trait": (
        "{lead}what is the {case}?",
        "{lead}what does the document say is the {case}?",
    ),
    "passage.reason": (
        "{lead}what is the reason that {case}?",
        "{lead}which reason does the document give for the fact that {case}?",
    ),
    "entry.meaning": (
        "what is “{term}”, according to the document?",
        "how does the document explain what “{term}” is?",
    ),
    "speaker.at": (
        "what did {speaker} say {time}?",
        "{time}, what did {speaker} say?",
    ),
    "speaker.who": (
        "who said “{words}”?",
        "which participant said “{words}”?",
    ),
    "speaker.when": (
        "when did {speaker} say “{words}”?",
        "at what time did {speaker} say “{words}”?",
    ),
    "speaker.reply": (
        "what did {reply} say directly after {speaker} said “{words}”?",
        "after {speaker} said “{words}”, what did {reply} say next?",
    ),
    "speaker.all": (
        "who speaks in this conversation? List everyone in the order of their first words.",
        "name all the speakers, in the order in which they first speak.",
    ),
    "signature.of": (
        "what is the signature of `{name}` in `{file}`?",
        "how is `{name}` declared in `{file}`? Give its signature.",
    ),
    "signature.file": (
        "in which file is `{name}` defined?",
        "which file contains the definition of `{name}`?",
    ),
    "signature.methods": (
        "which methods does the {noun} `{name}` in `{file}` define? List them in order.",
        "list the methods of the {noun} `{name}` (`{file}`) in the order of their definition.",
    ),
    "callers.of": (
        "what calls `{name}`? List every caller with its file.",
        "from where is `{name}` called? Name every caller and its file.",
    ),
}
