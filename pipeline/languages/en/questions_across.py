"""English wordings of the questions that compare several documents, by form; see `synthesize.structural.phrasing`.

They are those of the tasks `same_field` and `which_document`, which have a form for each kind of field.
"""

from __future__ import annotations

from collections.abc import Mapping

QUESTIONS_ACROSS: Mapping[str, tuple[str, ...]] = {
    "same_field.term": (
        "how do {documents} each define “{term}”? Answer with a table with one row for each document.",
        "what does “{term}” mean in each of {documents}? Give a table of the documents.",
    ),
    "same_field.sum": (
        "how much is the {name} in each of {documents}? Answer with a table with one row for each document.",
        "compare the {name} in {documents}. Give a table of the documents.",
    ),
    "same_field.sum_under": (
        "which amount of money do {documents} each state under the heading “{heading}”? Answer with a "
        "table with one row for each document.",
        "compare {documents}: what sum of money does the provision headed “{heading}” name in each? "
        "Give a table of the documents.",
    ),
    "same_field.share_under": (
        "which percentage do {documents} each state under the heading “{heading}”? Answer with a table "
        "with one row for each document.",
        "compare {documents}: what percentage does the provision headed “{heading}” name in each? Give "
        "a table of the documents.",
    ),
    "same_field.limit_under": (
        "which time limit do {documents} each state under the heading “{heading}”? Answer with a table "
        "with one row for each document.",
        "compare {documents}: what deadline or period does the provision headed “{heading}” state in "
        "each? Give a table of the documents.",
    ),
    "same_field.party": (
        "who is the {role} in each of {documents}? Answer with a table with one row for each document.",
        "name the {role} in {documents}. Give a table of the documents.",
    ),
    "same_field.head": (
        "what is given as “{field}” at the head of each of {documents}? Answer with a table with one "
        "row for each document.",
        "compare what {documents} state for “{field}” at their heads. Give a table of the documents.",
    ),
    "same_field.heading": (
        "which number does the provision headed “{heading}” have in each of {documents}? Answer with a "
        "table with one row for each document.",
        "where is “{heading}” in {documents}? Give the number of the provision with this heading. Give "
        "a table of the documents.",
    ),
    "same_field.value": (
        "which value do tables of {documents} give for “{row}”? Answer with a table with one row for each document.",
        "compare “{row}” in the tables of {documents}. Give a table of the documents.",
    ),
    "same_field.cell": (
        "what do the tables of {documents} give as “{column}” for “{row}”? Answer with a table with "
        "one row for each document.",
        "compare the “{column}” of “{row}” in the tables of {documents}. Give a table of the documents.",
    ),
    "same_field.option": (
        "what does the option “{term}” do according to {documents}? Answer with a table with one row "
        "for each document.",
        "how do {documents} each describe “{term}”? Give a table of the documents.",
    ),
    "same_field.code": (
        "what does the code “{term}” mean in each of {documents}? Answer with a table with one row for each document.",
        "how do {documents} each explain “{term}”? Give a table of the documents.",
    ),
    "same_field.entry": (
        "what do {documents} each say about “{term}”? Answer with a table with one row for each document.",
        "how do {documents} each describe “{term}”? Give a table of the documents.",
    ),
    "same_field.item": (
        "what do {documents} each give for “{term}”? Answer with a table with one row for each document.",
        "compare what {documents} state for “{term}”. Give a table of the documents.",
    ),
    "same_field.default": (
        "what is the default of “{term}” in each of {documents}? Answer with a table with one row for each document.",
        "which default do {documents} give for “{term}”? Give a table of the documents.",
    ),
    "same_field.function": (
        "what is the signature of `{name}` in each of {documents}? Answer with a table with one row for each document.",
        "how do {documents} each declare `{name}`? Compare the signatures. Give a table of the documents.",
    ),
    "same_field.speakers": (
        "who speaks in each of {documents}? List everyone in the order of their first words. Answer with "
        "a table with one row for each document.",
        "name all the speakers of {documents}, in the order in which they first speak. Give a table of the documents.",
    ),
    "which_document.term": (
        "which of {documents} defines “{term}”, and how?",
        "“{term}” is defined in only one of {documents}. Which one, and what does it mean there?",
    ),
    "which_document.party": (
        "which of {documents} names the {role}, and who is it?",
        "in which of {documents} is someone called the {role}? Name the party too.",
    ),
    "which_document.head": (
        "which of {documents} gives “{field}” at its head, and what does it state?",
        "only one of {documents} has “{field}” at its head. Which one, and what is given?",
    ),
    "which_document.heading": (
        "which of {documents} has a provision headed “{heading}”, and what is its number?",
        "in which of {documents} is there a provision under the heading “{heading}”? Give its number too.",
    ),
    "which_document.value": (
        "which of {documents} has a table with “{row}”, and what does it give?",
        "“{row}” is in a table of only one of {documents}. Which one, and what is the value?",
    ),
    "which_document.option": (
        "which of {documents} describes the option “{term}”, and what does it do?",
        "the option “{term}” is in only one of {documents}. Which one, and how is it described?",
    ),
    "which_document.code": (
        "which of {documents} explains the code “{term}”, and what does it mean?",
        "the code “{term}” is in only one of {documents}. Which one, and how is it explained?",
    ),
    "which_document.entry": (
        "which of {documents} explains “{term}”, and what does it say?",
        "“{term}” is explained in only one of {documents}. Which one, and how?",
    ),
    "which_document.item": (
        "which of {documents} gives “{term}”, and what does it state?",
        "“{term}” is given in only one of {documents}. Which one, and what is stated?",
    ),
    "which_document.function": (
        "which of {documents} defines `{name}`, and with which signature?",
        "`{name}` is defined in one of {documents}. In which one, and what is its signature?",
    ),
    "which_document.words": (
        "in which of {documents} are the words “{words}” said, and by whom?",
        "someone says “{words}” in one of {documents}. In which one, and who is it?",
    ),
    "which_document.extreme_sum": (
        "which of {documents} sets the {extreme} {name}, and how much is it there?",
        "compare the {name} in {documents}: where is it {extreme}, and how much is it?",
    ),
    "which_document.extreme_sum_under": (
        "which of {documents} states the {extreme} amount of money under the heading “{heading}”?",
        "compare the sum under the heading “{heading}” in {documents}: where is it {extreme}, and how much is it?",
    ),
    "which_document.extreme_share_under": (
        "which of {documents} states the {extreme} percentage under the heading “{heading}”?",
        "compare the percentage under “{heading}” in {documents}: where is it {extreme}, and what is it?",
    ),
    "which_document.extreme_limit_under": (
        "which of {documents} states the {extreme} period under the heading “{heading}”?",
        "compare the period under “{heading}” in {documents}: where is it {extreme}, and how long is it?",
    ),
    "which_document.extreme_value": (
        "which of {documents} gives the {extreme} value for “{row}” in its table?",
        "compare “{row}” in the tables of {documents}: where is it {extreme}, and what is the value?",
    ),
    "which_document.extreme_cell": (
        "which of {documents} gives the {extreme} “{column}” for “{row}” in its table?",
        "compare the “{column}” of “{row}” in {documents}: where is it {extreme}, and what is it?",
    ),
}
