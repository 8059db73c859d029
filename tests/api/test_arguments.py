"""Wrong arguments as a newcomer writes them: an error that says what was given and what to give, at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from structural_documents import LEASE

import pipeline
from pipeline.api.arguments import choice_of, listed
from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.errors import InputError, RecipeError

QUOTE = "Tenant shall deposit with Landlord the sum of USD 9,600"
QUESTION = "What shall the Tenant deposit?"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: pipeline.find_duplicates("text"), r"find_duplicates: texts is 'text'\. Give a list"),
        (lambda: pipeline.find_duplicates({"a": LEASE}), "find_duplicates: texts is .* Give a list"),
        (lambda: pipeline.find_duplicates(["a", "b"], names="ab"), r"find_duplicates: names is 'ab'\. Give a list"),
        (lambda: pipeline.plan_packs("500"), r"plan_packs: lengths is '500'\. Give a list"),
        (lambda: pipeline.structural_questions([]), "the list has no texts"),
        (lambda: pipeline.structural_questions(""), r"found: 'und'\)\. .* name its language: en, ko"),
        (lambda: pipeline.judge_answer("Why?", "No.", "12345"), r"judge_answer: .*found: 'und'"),
        (
            lambda: pipeline.read_outline(LEASE, domain="law"),
            r"read_outline: domain is 'law'\. Use one of: auto, legal",
        ),
        (lambda: pipeline.read_outline(LEASE, domain="leagl"), r"domain is 'leagl'\. Did you mean 'legal'\?$"),
        (lambda: pipeline.clean_text(LEASE, language="fr"), r"language is 'fr'\. Use one of: auto, en, ko\.$"),
        (lambda: pipeline.clean_text(b"text"), r"clean_text: the text is of type bytes\. Decode it first"),
        (lambda: pipeline.find_duplicates([LEASE, None]), r"find_duplicates: text 1 is of type NoneType\. .*reason"),
        (lambda: pipeline.build_sft(progress="quiet"), r"build_sft: progress is 'quiet'\. Use one of: shown, silent"),
        (lambda: pipeline.build_sft(limits={}), r"build_sft: limits is of type dict\. Give .*RunLimits\("),
    ],
)
def test_wrong_argument_is_an_input_error_with_its_value_and_a_remedy(call: Callable[[], object], said: str) -> None:
    with pytest.raises(InputError, match=said) as raised:
        call()
    assert raised.value.remedy


def test_record_file_and_cleaned_text_in_the_wrong_place_name_the_part_to_give(tmp_path: Path) -> None:
    path = tmp_path / "lease.txt"
    path.write_text(LEASE, encoding="utf-8")
    content = pipeline.read_file(path)
    cleaned = pipeline.clean_text(content.records[0], min_chars=50)
    with pytest.raises(InputError, match=r"type FileContent\. Give one of its records: content\.records\[0\]"):
        pipeline.clean_text(content)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"type PosixPath\. Read the file first"):
        pipeline.clean_text(path)  # type: ignore[arg-type]
    pieces: list[Callable[[Any], object]] = [
        pipeline.read_outline,
        pipeline.structural_questions,
        lambda text: pipeline.find_duplicates([text]),
        lambda text: pipeline.judge_answer(QUESTION, "USD 9,600.", text),
    ]
    for piece in pieces:
        with pytest.raises(InputError, match=r"type CleanedText\. Give its document: cleaned\.document"):
            piece(cleaned)
        with pytest.raises(InputError, match=r"type Extract\. Clean it first: clean_text\(record\)\.document"):
            piece(content.records[0])
        assert piece(cleaned.document) is not None


def test_single_item_may_stand_for_a_list_where_that_is_natural(tmp_path: Path) -> None:
    one = pipeline.judge_answer(QUESTION, "USD 9,600 as security.", LEASE, quotes=QUOTE, language="en")
    assert one.is_supported
    assert one == pipeline.judge_answer(QUESTION, "USD 9,600 as security.", LEASE, quotes=[QUOTE], language="en")
    assert pipeline.plan_packs([300, 700], edges=1000) == pipeline.plan_packs([300, 700], edges=[1000])
    fragment = tmp_path / "more.yaml"
    fragment.write_text("seed: 5\n", encoding="utf-8")
    assert pipeline.load_recipe(fragments=fragment) == pipeline.load_recipe(fragments=[str(fragment)])
    for model in (str(tmp_path / "no-model"), tmp_path / "no-model"):
        with pytest.raises(InputError, match="no-model' does not exist"):
            pipeline.evaluate(models=model, tasks="passkey", lengths=2048, output=tmp_path / "out", progress="silent")
    assert listed("a text") == ["a text"]
    assert listed(name for name in ("a", "b")) == ["a", "b"]


@pytest.mark.parametrize("run", [pipeline.build_sft, pipeline.finetune, pipeline.evaluate])
def test_every_run_takes_start_and_progress_by_value_and_refuses_others_at_once(
    run: Callable[..., object], tmp_path: Path
) -> None:
    for wrong in ({"start": "frsh"}, {"progress": "silnt"}):
        with pytest.raises(InputError, match=rf"{run.__name__}: {next(iter(wrong))} is .* Did you mean '\w+'\?$"):
            run(**{"output": tmp_path / "out", "progress": "silent", **wrong})
    assert not (tmp_path / "out").exists()
    for start in (Start.FRESH, "fresh"):
        assert choice_of(Start, start, argument="run: start") is Start.FRESH
        with pytest.raises(InputError, match=r"does not exist|no training rows|no build"):
            recipe = pipeline.load_recipe(inputs=tmp_path / "no-input", output=tmp_path)
            run(recipe, start=start, progress="silent")


def test_settings_have_the_messages_of_a_recipe(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(LEASE, encoding="utf-8")
    with pytest.raises(
        RecipeError, match=r"read_file: unknown key 'max_parser_secnds'\. Did you mean 'max_parser_seco"
    ):
        pipeline.read_file(path, max_parser_secnds=3)
    with pytest.raises(RecipeError, match=r"tasks\.0: no structural task .*'cross_refrence'\)\. Did you mean '\w+'\?$"):
        pipeline.structural_questions(LEASE, tasks=["cross_refrence"])
    with pytest.raises(RecipeError, match=r"tasks: .* \(it is 'cross_reference'\)\. Give a list\.$"):
        pipeline.structural_questions(LEASE, tasks="cross_reference")
    with pytest.raises(
        RecipeError, match=r"plan_memory: rope\.method: no RoPE method .*'yarm'\)\. Did you mean 'yarn'\?$"
    ):
        pipeline.plan_memory(rope={"method": "yarm"})
    with pytest.raises(RecipeError, match=r"inputs\.0\.language: Input should be .*\(it is 'fr'\)"):
        pipeline.load_recipe(inputs=[{"path": "a", "language": "fr"}])


def test_questions_by_default_have_the_seed_of_a_recipe() -> None:
    seed = Recipe.model_fields["seed"].default
    found = pipeline.structural_questions(LEASE, language="en")
    assert len(found) >= 3
    assert found == pipeline.structural_questions(LEASE, language="en", seed=seed)
