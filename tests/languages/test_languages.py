from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest
from pydantic import ValidationError

import pipeline.languages
from pipeline.config.build import CleanRecipe, InputSource, WrittenRecipe
from pipeline.config.load import load_recipe
from pipeline.config.pack import MixRule
from pipeline.errors import RecipeError
from pipeline.languages import (
    all_rules,
    any_of,
    common_language,
    language_names,
    language_rules,
    language_title,
    letters_of,
    rules_by_script,
)
from pipeline.languages.rules import Frames, LanguageRules, rules_fault
from pipeline.synthesize.prompts.templates import prompt_version, task_templates
from pipeline.synthesize.structural.phrasing import wordings
from pipeline.synthesize.tasks import forms_by_name
from pipeline.synthesize.written_tasks import written_task_names

FOLDER = Path(pipeline.languages.__file__).parent


def test_names_are_those_of_the_modules_with_a_code() -> None:
    modules = {path.stem for path in FOLDER.iterdir() if path.suffix == ".py"} | {
        path.name for path in FOLDER.iterdir() if (path / "__init__.py").is_file()
    }
    assert set(language_names()) == {name for name in modules if len(name) in (2, 3)} >= {"en", "ko"}
    assert list(language_names()) == sorted(language_names())


@pytest.mark.parametrize("language", ["ja", "", "EN", "rules", "__init__", "../en"])
def test_rules_of_an_unknown_language_are_refused_with_the_known_ones(language: str) -> None:
    with pytest.raises(ValueError, match=r"not a known language; known languages: en, ko"):
        language_rules(language)


@pytest.mark.parametrize(
    "section",
    [
        lambda code: CleanRecipe.model_validate({"languages": [code]}),
        lambda code: WrittenRecipe.model_validate({"languages": [code]}),
        lambda code: MixRule.model_validate({"language": code}),
        lambda code: InputSource.model_validate({"path": "x", "language": code}),
    ],
)
def test_recipe_takes_known_languages_only(section: Callable[[str], object]) -> None:
    for language in language_names():
        section(language)
    with pytest.raises(ValidationError, match="'en' or 'ko'"):
        section("ja")


def test_recipe_error_names_the_known_languages(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("name: mine\ninputs: [{path: data}]\nclean: {languages: [fr]}\n", encoding="utf-8")
    with pytest.raises(RecipeError, match="'en' or 'ko'") as raised:
        load_recipe(str(path), overrides=[])
    assert "clean.languages.0" in str(raised.value) and "fr" in str(raised.value)


def test_recipe_accepts_every_known_language_by_default() -> None:
    assert CleanRecipe().languages == language_names()


@pytest.mark.parametrize("language", language_names())
def test_every_language_words_every_question_form_and_frame(language: str) -> None:
    assert set(wordings(language)) == set(forms_by_name())
    assert all(wording.strip() for questions in wordings(language).values() for wording in questions)
    frames = language_rules(language).frames
    assert all(getattr(frames, frame.name) for frame in fields(Frames))
    assert prompt_version(language, "qa").startswith("written-")
    for task in written_task_names():
        own, english = task_templates(task, language), task_templates(task, "en")
        assert own.keys() == english.keys(), task
        for part in ("focus", "examples"):
            assert own.get(part, {}).keys() == english.get(part, {}).keys(), task


def test_prompt_version_belongs_to_the_wording_of_one_language() -> None:
    assert len({prompt_version(language, "qa") for language in language_names()}) == len(language_names())


@pytest.mark.parametrize(
    ("frame", "wording"),
    [("table_under", "under it"), ("part", ""), ("at_time", "at {hour}"), ("provisions", "{x}"), ("about_one", ())],
)
def test_fault_of_rules_names_the_frame(frame: str, wording: str | tuple[str, ...]) -> None:
    rules = language_rules("en")
    assert rules_fault(rules) == ""
    assert f"the frame {frame} " in rules_fault(replace(rules, frames=replace(rules.frames, **{frame: wording})))


def test_fault_of_rules_names_the_question_form_without_a_wording() -> None:
    rules = language_rules("en")
    assert "party.role" in rules_fault(replace(rules, questions={**rules.questions, "party.role": ()}))
    assert "LanguageRules" in rules_fault(None)


def test_exactly_one_language_is_common_and_the_others_are_told_by_script_or_vote() -> None:
    assert [name for name, rules in all_rules() if rules.detection.is_common] == [common_language()]


def test_words_are_read_by_the_language_of_their_script() -> None:
    def of(word: str) -> LanguageRules:
        return rules_by_script(word)

    assert of("보증금은") is language_rules("ko")
    assert of("deposit") is of("12") is of("") is of("dépôt") is language_rules("en")


def test_patterns_of_all_languages_are_joined_and_an_empty_one_matches_nothing() -> None:
    assert any_of(lambda rules: rules.manual.table_caption) == "(?:Table|표)"
    assert any_of(lambda rules: "") == "(?!)"
    assert letters_of(lambda rules: rules.detection.letters) == "A-Za-z가-힣"


def test_report_names_a_language_and_shows_the_code_of_an_unknown_one() -> None:
    assert [language_title(code) for code in ("en", "ko", "ja")] == ["English", "Korean", "ja"]
