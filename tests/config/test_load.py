from pathlib import Path

import pytest

from pipeline.config.load import bundled_recipes, load_recipe
from pipeline.config.recipe import Recipe
from pipeline.errors import InputError, RecipeError

MINIMAL = "name: mine\ninputs: [{path: data}]\n"


def write(tmp_path: Path, text: str) -> str:
    path = tmp_path / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_bundled_recipes_are_the_three_we_ship() -> None:
    assert sorted(bundled_recipes()) == ["legal-ko-32k", "mixed-128k", "quickstart"]


@pytest.mark.parametrize("name", sorted(bundled_recipes()))
def test_bundled_recipe_is_valid_names_its_schema_and_fits_its_own_lengths(name: str) -> None:
    recipe = load_recipe(name, overrides=[])
    assert recipe.name == name
    first_line = bundled_recipes()[name].read_text(encoding="utf-8").splitlines()[0]
    assert first_line == "# yaml-language-server: $schema=../schemas/recipe.schema.json"
    assert recipe.finetune.max_tokens <= max(recipe.pack.buckets)
    assert recipe.finetune.model == recipe.pack.tokenizer, "rows are counted with the student's tokenizer"


def test_no_recipe_means_the_quickstart() -> None:
    assert load_recipe(None, overrides=[]).name == "quickstart"


def test_unknown_key_is_refused_with_the_nearest_valid_one(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL + "synthesize: {teacher: {modle: x}}\n")
    with pytest.raises(RecipeError, match=r"unknown key 'synthesize\.teacher\.modle'") as raised:
        load_recipe(path, overrides=[])
    assert raised.value.remedy == "Did you mean 'model'?"


def test_unknown_key_of_a_teacher_is_compared_with_the_keys_of_its_kind(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL + "synthesize: {teacher: {kind: openai, base_ulr: x}}\n")
    with pytest.raises(RecipeError, match=r"unknown key 'synthesize\.teacher\.base_ulr'") as raised:
        load_recipe(path, overrides=[])
    assert raised.value.remedy == "Did you mean 'base_url'?"


@pytest.mark.parametrize("kind", ["", "kind: transformers, "])
def test_key_of_another_teacher_is_refused_with_its_owner_and_the_keys_valid_there(tmp_path: Path, kind: str) -> None:
    path = write(tmp_path, MINIMAL + f"synthesize: {{teacher: {{{kind}max_wait_seconds: 3}}}}\n")
    with pytest.raises(RecipeError, match=r"unknown key 'synthesize\.teacher\.max_wait_seconds'") as raised:
        load_recipe(path, overrides=[])
    remedy = raised.value.remedy or ""
    assert remedy.startswith("It belongs to openai; valid keys there: kind, model, prompt_form, ")
    assert "dtype" in remedy and "base_url" not in remedy


def test_unknown_teacher_is_refused_with_the_nearest_kind(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL + "synthesize: {teacher: {kind: opnai}}\n")
    with pytest.raises(RecipeError) as raised:
        load_recipe(path, overrides=[])
    assert raised.value.message.endswith("synthesize.teacher.kind: no teacher has this name (it is 'opnai').")
    assert raised.value.remedy == "Did you mean 'openai'?"
    with pytest.raises(RecipeError) as raised:
        load_recipe(path, overrides=["synthesize.teacher.kind=3"])
    assert raised.value.remedy == "Known names: batch, openai, replay, transformers, vllm."


def test_unknown_key_in_a_list_is_located(tmp_path: Path) -> None:
    path = write(tmp_path, "name: mine\ninputs: [{path: a}, {path: b, licens: MIT}]\n")
    with pytest.raises(RecipeError, match=r"inputs\.1\.licens") as raised:
        load_recipe(path, overrides=[])
    assert "licence" in raised.value.remedy


def test_unknown_key_like_no_other_lists_the_valid_ones(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as raised:
        load_recipe(write(tmp_path, MINIMAL + "zzz: 1\n"), overrides=[])
    assert "Valid keys there: name, seed" in raised.value.remedy


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [unclosed\n", "not valid YAML"),
        ("- just\n- a list\n", "not a mapping"),
        ("name: mine\n", "key 'inputs' is missing"),
        (MINIMAL + "pack: {buckets: [4096, 1024]}\n", "buckets must ascend"),
        (MINIMAL + "pack: {buckets: [512], room_tokens: 512}\n", "leaves nothing"),
        (MINIMAL + "finetune: {rope: {method: longrope}}\n", "needs long_factors"),
        (MINIMAL + "finetune: {max_tokens: 0}\n", "greater than 0"),
        (MINIMAL + "synthesize: {written: {tasks: []}, structural: {tasks: []}}\n", "no row can be made"),
        (MINIMAL + "dedup: {threshold: 1.5}\n", "less than or equal to 1"),
    ],
)
def test_broken_recipe_is_refused_in_one_sentence_with_a_remedy(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message) as raised:
        load_recipe(write(tmp_path, text), overrides=[])
    assert raised.value.remedy
    assert "\n" not in raised.value.message


def test_missing_recipe_names_a_near_bundled_one() -> None:
    with pytest.raises(InputError) as raised:
        load_recipe("quikstart", overrides=[])
    assert raised.value.remedy == "Did you mean 'quickstart'?"


def test_overrides_reach_nested_keys_as_yaml_values_and_leave_the_rest(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL + "synthesize: {teacher: {batch_size: 7}}\n")
    recipe = load_recipe(path, overrides=["synthesize.teacher.kind=vllm", "pack.buckets=[2048, 4096]", "seed=5"])
    assert recipe.synthesize.teacher.kind == "vllm"
    assert recipe.synthesize.teacher.batch_size == 7
    assert recipe.pack.buckets == (2048, 4096)
    assert recipe.seed == 5


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("a=b", "a=b"),
        ("a==b=", "a==b="),
        ("'a.b=c.d'", "a.b=c.d"),
        ("임대차=3", "임대차=3"),
        ("' spaced '", " spaced "),
    ],
)
def test_override_ends_its_key_at_the_first_equals_sign_and_keeps_the_others(
    tmp_path: Path, text: str, model: str
) -> None:
    recipe = load_recipe(write(tmp_path, MINIMAL), overrides=[f"synthesize.teacher.model={text}"])
    assert recipe.synthesize.teacher.model == model


def test_later_override_of_a_key_wins(tmp_path: Path) -> None:
    overrides = ["seed=5", "finetune.epochs=2", "seed=6"]
    recipe = load_recipe(write(tmp_path, MINIMAL), overrides=overrides)
    assert (recipe.seed, recipe.finetune.epochs) == (6, 2)


@pytest.mark.parametrize("override", ["no-equals", "=5", "name.first=x", "seed=[1"])
def test_override_that_makes_no_sense_is_refused(tmp_path: Path, override: str) -> None:
    with pytest.raises(RecipeError):
        load_recipe(write(tmp_path, MINIMAL), overrides=[override])


def test_fragments_are_laid_over_the_recipe_in_order_and_overrides_over_both(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL + "seed: 3\nfinetune: {epochs: 2, rope: {method: yarn, factor: 8, beta_fast: 16}}\n")
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("finetune: {rope: {factor: 4, beta_slow: 2}, max_tokens: 4096}\n")
    second.write_text("finetune: {rope: {factor: 3}}\npack: {buckets: [2048, 4096]}\ninputs: [{path: b}, {path: c}]\n")
    recipe = load_recipe(path, fragments=[str(first), str(second)], overrides=["finetune.max_tokens=512"])
    rope = recipe.finetune.rope
    assert (rope.method, rope.factor, rope.beta_fast, rope.beta_slow) == ("yarn", 3.0, 16.0, 2.0)
    assert (recipe.seed, recipe.finetune.epochs, recipe.finetune.max_tokens) == (3, 2, 512)
    assert [source.path for source in recipe.inputs] == ["b", "c"], "lists are replaced"
    assert load_recipe(path, fragments=[str(second), str(first)], overrides=[]).finetune.rope.factor == 4.0


def test_fragment_with_another_method_drops_the_options_of_the_recipes_method(tmp_path: Path) -> None:
    path = write(
        tmp_path, MINIMAL + "finetune: {rope: {method: yarn, factor: 8, beta_fast: 16, attention_factor: 2}}\n"
    )
    fragment = tmp_path / "rope.yaml"
    fragment.write_text("finetune: {rope: {method: longrope, long_factors: [1.0, 2.0]}}\n")
    rope = load_recipe(path, fragments=[str(fragment)], overrides=[]).finetune.rope
    assert (rope.method, rope.factor, rope.long_factors, rope.attention_factor) == ("longrope", 8.0, (1.0, 2.0), None)


@pytest.mark.parametrize("order", [1, -1])
def test_override_with_another_method_drops_the_options_of_the_recipes_method(tmp_path: Path, order: int) -> None:
    path = write(tmp_path, MINIMAL + "finetune: {rope: {method: yarn, factor: 8, beta_fast: 16}}\n")
    overrides = ["finetune.rope.method=longrope", "finetune.rope.long_factors=[1.0, 2.0]"][::order]
    rope = load_recipe(path, overrides=overrides).finetune.rope
    assert (rope.method, rope.factor, rope.long_factors) == ("longrope", 8.0, (1.0, 2.0))
    whole = load_recipe(path, overrides=["finetune.rope={method: yarn, beta_slow: 2}"]).finetune.rope
    assert (whole.factor, whole.beta_fast, whole.beta_slow) == (2.0, 32.0, 2.0), "a mapping replaces the section"


def test_option_of_another_method_is_an_unknown_key_that_names_the_valid_ones(tmp_path: Path) -> None:
    text = MINIMAL + "finetune: {rope: {method: linear, power: 0.2}}\n"
    with pytest.raises(RecipeError, match=r"unknown key 'finetune\.rope\.power'") as raised:
        load_recipe(write(tmp_path, text), overrides=[])
    valid = "method, factor, original_max_tokens, replace_existing"
    assert raised.value.remedy == f"It belongs to giraffe_power; valid keys there: {valid}."
    stages = MINIMAL + "finetune: {stages: [{name: first, rope: {method: ntk, beta_fast: 8}}]}\n"
    with pytest.raises(RecipeError, match=r"unknown key 'finetune\.stages\.0\.rope\.beta_fast'"):
        load_recipe(write(tmp_path, stages), overrides=[])


def test_method_that_does_not_exist_is_named_with_the_nearest(tmp_path: Path) -> None:
    text = MINIMAL + "finetune: {rope: {method: yarm}}\n"
    message = r"finetune\.rope\.method: no RoPE method has this name .*Did you mean 'yarn'"
    with pytest.raises(RecipeError, match=message):
        load_recipe(write(tmp_path, text), overrides=[])


def test_fragment_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    path, fragment = write(tmp_path, MINIMAL), tmp_path / "rope.yaml"
    with pytest.raises(InputError, match=r"Cannot read recipe .*rope.yaml: No such file"):
        load_recipe(path, fragments=[str(fragment)], overrides=[])
    fragment.write_text("- a\n")
    with pytest.raises(RecipeError, match=r"rope.yaml is not a mapping"):
        load_recipe(path, fragments=[str(fragment)], overrides=[])
    fragment.write_text("finetune: {rope: {metod: yarn}}\n")
    with pytest.raises(RecipeError, match=r"recipe.yaml with .*rope.yaml: unknown key 'finetune.rope.metod'"):
        load_recipe(path, fragments=[str(fragment)], overrides=[])


def test_fragment_given_as_the_recipe_is_told_how_it_is_used(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="key 'name' is missing") as raised:
        load_recipe(write(tmp_path, "finetune: {rope: {method: yarn}}\n"), overrides=[])
    assert "RECIPE --with FILE" in (raised.value.remedy or "")


def test_recipe_is_frozen() -> None:
    recipe = load_recipe(None, overrides=[])
    with pytest.raises(ValueError, match="frozen"):
        recipe.seed = 3  # type: ignore[misc]
    assert Recipe.model_validate(recipe.model_dump()) == recipe


@pytest.mark.parametrize(
    "value", ["2024-13-45", "9" * 5000, "[" * 5000, "!!binary x", "!!python/name:os.system", "&a [*b]"]
)
def test_load_values_that_yaml_cannot_build_are_told_as_recipe_errors(tmp_path: Path, value: str) -> None:
    with pytest.raises(RecipeError, match="not valid YAML"):
        load_recipe(write(tmp_path, f"{MINIMAL}seed: {value}\n"), overrides=[])
    with pytest.raises(RecipeError, match="not valid YAML"):
        load_recipe(None, overrides=[f"seed={value}"])


def test_load_an_override_with_a_key_of_a_thousand_parts_is_told_as_recipe_error() -> None:
    with pytest.raises(RecipeError, match="1000 parts"):
        load_recipe(None, overrides=[".".join(["a"] * 1000) + "=1"])


@pytest.mark.parametrize(("low", "high"), [(4.0, 4.0), (5.0, 4.0)])
def test_llama3_band_that_is_empty_is_refused(tmp_path: Path, low: float, high: float) -> None:
    rope = f"{{method: llama3, low_freq_factor: {low}, high_freq_factor: {high}}}"
    with pytest.raises(RecipeError, match="low_freq_factor must be below high_freq_factor"):
        load_recipe(write(tmp_path, f"{MINIMAL}finetune: {{rope: {rope}}}\n"), fragments=[], overrides=[])


@pytest.mark.parametrize(
    ("section", "key", "new"),
    [
        ("synthesize: {structural: {questions_per_document: 8}}", "questions_per_document", "questions_per_10k_chars"),
        ("export: {max_rows_per_document: 12}", "max_rows_per_document", "max_turns_per_10k_chars"),
    ],
)
def test_key_of_an_earlier_version_is_refused_with_what_to_write_now(
    tmp_path: Path, section: str, key: str, new: str
) -> None:
    with pytest.raises(RecipeError, match=rf"unknown key '[\w.]+\.{key}'") as raised:
        load_recipe(write(tmp_path, MINIMAL + section + "\n"), overrides=[])
    assert raised.value.remedy is not None and new in raised.value.remedy
    written = load_recipe(write(tmp_path, MINIMAL), overrides=["synthesize.written.questions_per_document=3"])
    assert written.synthesize.written.questions_per_document == 3, "written questions are still counted by document"


@pytest.mark.parametrize(
    ("override", "path"), [("inputs=[{path: 'a=b'}]", "a=b"), ("inputs=[{path: 'b?y=1&z=2'}]", "b?y=1&z=2")]
)
def test_override_is_parted_at_its_first_equals_sign(tmp_path: Path, override: str, path: str) -> None:
    assert [source.path for source in load_recipe(write(tmp_path, MINIMAL), overrides=[override]).inputs] == [path]


@pytest.mark.parametrize(
    ("override", "message", "remedy"),
    [
        ("seed", "--set seed is not key=value.", "Write for example: --set finetune.max_steps=10"),
        ("=5", "--set =5 is not key=value.", "Write for example: --set finetune.max_steps=10"),
        ("seed=[1", "--set seed=[1: the value is not valid YAML.", "Quote the value."),
        ("seed.first=1", "--set: 'seed' is not a section of the recipe.", "Check the key's path."),
    ],
)
def test_override_that_is_refused_says_why(tmp_path: Path, override: str, message: str, remedy: str) -> None:
    path = write(tmp_path, MINIMAL + "seed: 3\n")
    with pytest.raises(RecipeError) as raised:
        load_recipe(path, overrides=[override])
    assert (raised.value.message, raised.value.remedy) == (message, remedy)


def test_later_override_wins_and_makes_sections_that_the_recipe_lacks(tmp_path: Path) -> None:
    recipe = load_recipe(
        write(tmp_path, MINIMAL),
        overrides=["finetune.rope.factor=2", "finetune.rope.factor=3", "export.validation_share=0.5", "name=other"],
    )
    assert (recipe.finetune.rope.factor, recipe.export.validation_share, recipe.name) == (3.0, 0.5, "other")


def test_value_that_is_refused_is_shown_and_a_secret_is_not(tmp_path: Path) -> None:
    def message(text: str) -> str:
        with pytest.raises(RecipeError) as raised:
            load_recipe(write(tmp_path, MINIMAL + text), overrides=[])
        assert raised.value.remedy == "Correct the value."
        return raised.value.message

    where = f"Recipe {tmp_path}/recipe.yaml: "
    assert message("seed: -1\n").startswith(f"{where}seed: ")
    assert message("seed: -1\n").endswith(" (it is -1).")
    assert message("seed: []\n").endswith("integer.")
    assert message("dedup: {threshold: 2}\n") == (
        f"{where}dedup.threshold: Input should be less than or equal to 1 (it is 2)."
    )


def test_recipe_of_no_name_lists_the_bundled_ones() -> None:
    with pytest.raises(InputError) as raised:
        load_recipe("zzzz", overrides=[])
    assert raised.value.message == "Recipe 'zzzz' does not exist."
    assert raised.value.remedy == "Give a YAML file, or one of: legal-ko-32k, mixed-128k, quickstart."
