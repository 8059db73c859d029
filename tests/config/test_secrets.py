import pytest
from pydantic import ValidationError

from pipeline.config.load import load_recipe
from pipeline.config.secrets import looks_like_key, url_fault
from pipeline.errors import RecipeError
from pipeline.synthesize.teachers.openai import OpenAIOptions

KEYS = [
    "sk-proj-1234567890abcdef",
    "sk-ant-api03-AbCdEf123456",
    "hf_AbCdEf123456AbCdEf",
    "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc",
    "0123456789abcdef0123456789abcdef",
    "Bearer abcdef123456",
]


@pytest.mark.parametrize("text", KEYS)
def test_looks_like_key_knows_what_providers_give_out(text):
    assert looks_like_key(text)


@pytest.mark.parametrize(
    "text",
    [
        "Qwen/Qwen3-32B-Instruct-2507-FP8",
        "meta-llama-3.3-70b-instruct-awq-int4-v2",
        "embedded:smollm2-135m-instruct",
        "command-r-plus-08-2024-long-name",
        "hf-internal-testing/tiny-random-gpt2",
        "/data/desk-1234567890/cache",
        "OPENAI_API_KEY",
        "",
    ],
)
def test_looks_like_key_leaves_names_alone(text):
    assert not looks_like_key(text)


def test_url_fault_names_what_is_wrong():
    assert url_fault("https://host:8000/v1") == ""
    assert "password" in url_fault("https://user:word@host/v1")
    assert "password" in url_fault("https://word@host/v1")
    assert "query" in url_fault("https://host/v1?key=abc")
    assert "key" in url_fault("https://host/v1/sk-proj-1234567890abcdef")
    assert "not a URL" in url_fault("https://host:a/v1")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *[("openai", name) for name in ("model", "api_key_env", "base_url", "kind", "key", "api_key")],
        *[("replay", "recordings"), ("transformers", "dtype"), ("vllm", "dtype"), ("transformers", "base_url")],
    ],
)
@pytest.mark.parametrize("key", KEYS[:3])
def test_recipe_refuses_a_key_under_teacher_and_does_not_show_it(kind, name, key):
    value = f"https://host/v1?key={key}" if name == "base_url" else key
    with pytest.raises(RecipeError) as caught:
        load_recipe(None, overrides=[f"synthesize.teacher.kind={kind}", f"synthesize.teacher.{name}={value}"])
    assert key not in str(caught.value)
    assert "teacher" in str(caught.value)


@pytest.mark.parametrize("url", ["http://me:pass-word@host/v1", "http://host/v1?api_key=pass-word"])
def test_recipe_refuses_a_base_url_that_holds_a_secret_and_does_not_show_it(url):
    with pytest.raises(RecipeError, match="base_url") as caught:
        load_recipe(None, overrides=["synthesize.teacher.kind=openai", f"synthesize.teacher.base_url={url}"])
    assert "pass-word" not in str(caught.value)
    assert "api_key_env" in str(caught.value)


def test_options_built_in_code_do_not_show_a_secret_they_refuse():
    with pytest.raises(ValidationError, match="base_url") as caught:
        OpenAIOptions(base_url="http://me:pass-word@host/v1")
    assert "pass-word" not in str(caught.value)
