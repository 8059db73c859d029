"""A language is added by one file: Esperanto, in a copy of the package, goes through questions, frames, sentences."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from package_copy import copy_package, run_with_copy

from pipeline.synthesize.tasks import forms_by_name

MODULE = """
import re

from pipeline.languages.legal_rules import SectionWords
from pipeline.languages.question_rules import QuestionRules
from pipeline.languages.comparison_rules import ComparisonWords
from pipeline.languages.rules import Detection, Frames, LanguageRules, ManualRules
from pipeline.languages.text_rules import SentenceRules, WordRules
from pipeline.languages.turn_rules import ClockRules, TurnRules

RULES = LanguageRules(
    name="Esperanto",
    detection=Detection(letters="A-Za-zĉĝĥĵŝŭ"),
    words=WordRules(token="[a-zĉĝĥĵŝŭ]+", stem=str.lower, is_stop_word=lambda word: word in ("la", "kaj")),
    questions=QUESTIONS,
    frames=Frames(
        about_one=("{question}", "Laŭ la dokumento: {question}"),
        about_several=("{question}",),
        ahead_of_one=("{question}", "Laŭ la suba dokumento: {question}"),
        ahead_of_several=("{question}",),
        part="[Parto {part} el {num_parts}]",
        continued="[Parto {part} el {num_parts}; daŭrigo de: {path}]",
        document_heading="Dokumento {number}: {title}",
        summary_question="Resumu la parton «{title}».",
        document_summary_question="Resumu la ĉefajn punktojn de la dokumento.",
        before_amendment="antaŭ ĉiu ŝanĝo, ",
        provisions="reguloj",
        sections="sekcioj",
        table_under="sub «{name}»",
        step_count="{count} paŝoj",
        in_all="Entute {count}:",
        at_time="je {time}",
        module_level="modula nivelo",
        package_level="paka nivelo",
    ),
    asking=QuestionRules(
        asks=re.compile(r"\\b(?:kion?|kiu|kiam|kie|kiom)\\b", re.IGNORECASE),
        ends=re.compile(r"\\?$"),
        refers=r"\\bĉi tiu frazo\\b",
        pronoun=re.compile(r"\\b(?:ĝi|li|ŝi)\\b", re.IGNORECASE),
    ),
    prompts=lambda file_name: f"document_label: DOKUMENTO\\nfile: {file_name}\\n",
    manual=ManualRules(
        step_label=r"Paŝo[ \\t]+(\\d{1,2})[.:]?",
        instruction=re.compile(r"^(?:premu|purigu|metu)\\b", re.IGNORECASE),
        section=SectionWords(
            label=lambda number, depth: f"sekcio {number}", is_label=lambda label: label.startswith("sekcio ")
        ),
    ),
    comparison=ComparisonWords(
        titled_document="«{title}»",
        numbered_document="dokumento {number}",
        document_column="Dokumento",
        provision_column="Regulo",
        value_column="Enhavo",
        not_stated="mankas",
        no_sentence="neniu frazo",
        differ="Jes.",
        are_equal="Ne: «{words}»",
        highest="plej alta",
        lowest="plej malalta",
        longest="plej longa",
        shortest="plej mallonga",
        kinds={"money": "sumo", "date": "dato", "share": "procento", "duration": "daŭro"},
    ),
    join_names=lambda names: " kaj ".join(names),
    name_document=lambda question, title, number: f"En «{title or number}»: {question}",
    sentences=SentenceRules(abbreviations=frozenset({"ktp"}), short_forms="ktp", titles=r"\\bktp"),
    turns=TurnRules(labels=frozenset({"avizo"}), clock=ClockRules(behind="atm|ptm", morning="atm", afternoon="ptm")),
)
"""

SECOND = """
from dataclasses import replace

from pipeline.languages.eo import RULES as _RULES
from pipeline.languages.rules import Detection

RULES = replace(_RULES, name="Japanese", detection=Detection(letters="ぁ-ヿ一-鿿", scripts=("kana", "han")))
"""
# Its words do not matter here, only the scripts it is told by.

SCRIPT = """
import json
from dataclasses import replace

from pipeline.clean.language import detect_language
from pipeline.config.build import CleanRecipe
from pipeline.documents.grammar.turns.clocks import seconds_of
from pipeline.documents.grammar.turns.names import is_label
from pipeline.documents.grammar.turns.reading import read_turns
from pipeline.export.rows import QuestionPlace, user_message
from pipeline.languages import language_names, language_rules, language_title, rules_by_script
from pipeline.pack.contexts import joined_heading
from pipeline.pack.sentences import sentence_starts
from pipeline.records import Context, Section
from pipeline.stages.code import files_of
from pipeline.synthesize.faults import question_fault
from pipeline.synthesize.prompts.templates import templates
from pipeline.synthesize.sentences import sentence_spans
from pipeline.synthesize.structural.candidates import find_facts
from pipeline.synthesize.structural.facts import Span, make_fact
from pipeline.synthesize.structural.phrasing import phrase
from pipeline.synthesize.tasks import task_names
from pipeline.synthesize.tasks.definition import DEFINITION_MEANING

TEXT = "# Purigado\\n\\nPaŝo 1: Premu la butonon.\\nPaŝo 2: Purigu la filtrilon.\\nPaŝo 3: Metu la kovrilon.\\n"
context = Context(
    doc_id="d", text=TEXT, domain="manual", language="eo", title="Purigado", licence="", source_uri="", source_offset=0,
    sha256="", num_tokens=1, bucket=1024, cluster_id="", sections=(Section(start=0, end=len(TEXT), level=1,
    title="Purigado"),), parent_id="d", parent_start=0, heading_path=("Uzo",), part=2, num_parts=3, joining="none",
    members=(), repeats=1,
)
facts = find_facts(context=context, tasks=frozenset(task_names())).facts
term = make_fact(form=DEFINITION_MEANING, slots={"term": "domo"}, answer="x", spans=[Span(0, 1)])
legal = replace(context, text="Regulo 4.1 La luanto pagas 300 euxrojn, vidu 4.2.\\n\\n4.2 Fino.", domain="legal")
chat = "[3:21 ptm] Ana: Saluton al vi\\n[3:22 ptm] Zamenhof: Saluton, Ana\\n[3:23 ptm] Ana: Dankon\\n"
turns = read_turns(chat)
prose = "Prenu panon, lakton ktp. Poste iru hejmen. Fino."
print(json.dumps({
    "names": language_names(),
    "recipe": CleanRecipe.model_validate({"languages": ["eo"]}).languages,
    "title": language_title("eo"),
    "question": phrase(fact=term, language="eo", choice=0),
    "steps": [[fact.form.name, phrase(fact=fact, language="eo", choice=0), fact.answer] for fact in facts],
    "legal": len(find_facts(context=legal, tasks=frozenset(task_names())).facts),
    "detected": [detect_language(text=text * 9, domain="legal") for text in (
        "賃借人は敷金を支払うものとする。", "承租人应当支付保证金。", "임차인은 保證金을 지급한다.")],
    "script": [rules_by_script(word).name for word in ("敷金", "보증금", "mono")],
    "message": user_message(
        context, question="Kio estas tio?", candidate_id="c", language="eo", place=QuestionPlace.AFTER
    ),
    "heading": joined_heading(language="eo", number=2, title="Uzo"),
    "named": language_rules("eo").name_document("Kio?", "", 2),
    "cuts": [prose[offset:] for offset, _ in sentence_starts(prose)],
    "sentences": [prose[span.start : span.end] for span in sentence_spans(prose, start=0, end=len(prose))],
    "fault": getattr(question_fault("Kion ĝi faras kun la filtrilo?", answer="akvo", language="eo"), "reason", ""),
    "no_fault": question_fault("Kiom kostas la nova filtrilo?", answer="dek", language="eo") is None,
    "prompt": templates("chat.yaml", "eo")["document_label"],
    "turns": [[turn.label, seconds_of(turn.value)] for turn in turns],
    "is_label": is_label("Avizo"),
    "words": [chat[turn.body : turn.end] for turn in turns],
    "code": [path.name for path in files_of("pipeline.stages.ingest") if path.name == "eo.py"],
}))
"""


def questions() -> str:
    """A wording for every form; all but two are told apart by their name alone."""
    worded = {form: (f"Demando {form}?",) for form in forms_by_name()}
    worded["definition.meaning"] = ("{lead}kio estas «{term}»?",)
    worded["steps.count"] = ("kiom da paŝoj havas «{title}»?",)
    return f"QUESTIONS = {worded!r}\n"


def run_with(tmp_path: Path, module: str) -> subprocess.CompletedProcess[str]:
    copy_package(tmp_path, "bundled")
    (tmp_path / "pipeline" / "languages" / "eo.py").write_text(module, encoding="utf-8")
    (tmp_path / "pipeline" / "languages" / "ja.py").write_text(SECOND, encoding="utf-8")
    return run_with_copy(tmp_path, "-c", SCRIPT)


def test_one_file_adds_a_language_to_recipes_questions_frames_and_sentences(tmp_path: Path) -> None:
    done = run_with(tmp_path, questions() + MODULE)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["names"] == ["en", "eo", "ja", "ko"]
    assert (found["recipe"], found["title"], found["code"]) == (["eo"], "Esperanto", ["eo.py"])
    assert found["question"] == "Kio estas «domo»?"
    assert ["steps.count", "Kiom da paŝoj havas «Purigado»?", "3 paŝoj"] in found["steps"]
    assert found["message"].startswith("[Parto 2 el 3; daŭrigo de: Uzo]\n\n# Purigado")
    assert found["legal"] == 0, "no rules for legal texts, no questions"
    assert found["detected"] == ["ja", "zh", "ko"]
    assert found["script"] == ["Japanese", "Korean", "English"]
    assert found["heading"] == "\n\nDokumento 2: Uzo\n\n"
    assert found["named"] == "En «2»: Kio?"
    assert found["cuts"] == ["Fino."]
    assert found["sentences"] == ["Prenu panon, lakton ktp. Poste iru hejmen.", "Fino."]
    assert found["turns"] == [
        ["Ana", 15 * 3600 + 21 * 60],
        ["Zamenhof", 15 * 3600 + 22 * 60],
        ["Ana", 15 * 3600 + 23 * 60],
    ]
    assert found["is_label"]
    assert found["words"] == ["Saluton al vi", "Saluton, Ana", "Dankon"]
    assert (found["fault"], found["no_fault"], found["prompt"]) == ("unresolved_pronoun", True, "DOKUMENTO")


@pytest.mark.parametrize(
    ("written", "instead", "named"),
    [
        ("'party.role': ('Demando party.role?',), ", "", "party.role"),
        ("'Demando party.role?'", "''", "party.role"),
        ('table_under="sub «{name}»",', "", "table_under"),
        ("{count} paŝoj", "paŝoj", "step_count"),
        ("{lead}kio estas «{term}»?", "{lead}kio estas {term:은}?", "definition.meaning"),
    ],
)
def test_language_that_misses_a_wording_fails_at_load_with_its_name(
    tmp_path: Path, written: str, instead: str, named: str
) -> None:
    whole = questions() + MODULE
    assert written in whole
    done = run_with(tmp_path, whole.replace(written, instead))
    assert done.returncode != 0
    assert named in done.stderr.splitlines()[-1]
