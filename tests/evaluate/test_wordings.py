from __future__ import annotations

from string import Formatter

import pytest
import yaml

from pipeline.errors import InputError
from pipeline.evaluate.wordings import FILE, languages_of, wordings_of
from pipeline.languages import language_names, language_rules


def slots(words: str) -> set[str]:
    return {slot for _, slot, _, _ in Formatter().parse(words) if slot is not None}


def tasks() -> list[str]:
    """The tasks with words in any language."""
    return sorted(
        {task for language in language_names() for task in yaml.safe_load(language_rules(language).prompts(FILE))}
    )


@pytest.mark.parametrize("task", tasks())
def test_words_of_a_task_differ_by_language_and_have_the_same_names_and_placeholders(task: str) -> None:
    assert languages_of(task) == language_names()
    first, *others = (wordings_of(task, language) for language in language_names())
    assert first and others
    for other in others:
        assert {name: slots(words) for name, words in other.items()} == {n: slots(w) for n, w in first.items()}
        assert all(other[name] != words for name, words in first.items())


def test_prompts_of_these_tasks_hold_no_stray_space_at_their_ends() -> None:
    for task in ("position", "ffqa", "altqa"):
        for language in language_names():
            assert all(words == words.strip() for words in wordings_of(task, language).values())


def test_unknown_task_is_refused_with_the_languages_that_have_it() -> None:
    assert languages_of("juggling") == ()
    with pytest.raises(InputError, match=r"'juggling' has no words in the language 'ko'.*none"):
        wordings_of("juggling", "ko")


def test_unknown_language_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"'position' has no words in the language 'ja'.*en, ko"):
        wordings_of("position", "ja")


def test_files_are_read_as_the_other_prompts_of_a_language() -> None:
    assert all("position:" in language_rules(language).prompts(FILE) for language in language_names())
