"""What is known of a model in this process, how it is loaded, and that it answers prompts as the library does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from small_families import small_model
from small_student import CHAT_TEMPLATE, small_tokenizer, write_small_model
from transformers import AutoConfig, AutoModelForCausalLM

from pipeline.config.evaluate import EvaluateRecipe
from pipeline.errors import DamagedFileError, InputError, RunError
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Answer, Prompt, PromptForm
from pipeline.evaluate.subjects.huggingface import ModelAnswering, base_of, describe_model, load_model, open_model
from pipeline.evaluate.subjects.subject import Role
from pipeline.io.checked_json import write_checked
from pipeline.io.models import EMBEDDED_MODEL
from pipeline.records import Message
from pipeline.tokens.tokenizer import load_tokenizer
from pipeline.train.generation.stopping import stop_ids_of


def test_base_is_the_recipes_then_that_of_the_training_then_none(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    assert base_of(str(tmp_path / "plain"), configured="") is None
    write_checked(str(tmp_path / "training.json"), {"base_model": "owner/base"})
    assert base_of(str(tmp_path), configured="") == "owner/base"
    assert base_of(str(tmp_path), configured="owner/other") == "owner/other"
    write_checked(str(tmp_path / "training.json"), {"base_model": ""})
    assert base_of(str(tmp_path), configured="") is None


def test_base_of_a_damaged_record_says_how_to_go_on(tmp_path: Path) -> None:
    (tmp_path / "training.json").write_text("{")
    with pytest.raises(DamagedFileError) as raised:
        base_of(str(tmp_path), configured="")
    assert raised.value.remedy == "Run the finetune command that wrote it again, or set evaluate.base_model."
    assert "training.json" in raised.value.message


def test_subject_says_what_its_config_says(tmp_path: Path) -> None:
    rope = {"rope_type": "yarn", "rope_theta": 10_000.0, "factor": 4.0, "original_max_position_embeddings": 512}
    model = write_small_model(tmp_path, max_position_embeddings=2048, rope_parameters=rope)
    subject = describe_model(model, name="small", role=Role.BASE)
    assert (subject.name, subject.role, subject.reference) == ("small", Role.BASE, model)
    assert (subject.context_tokens, subject.original_context_tokens) == (2048, 512)
    assert {key: subject.rope[key] for key in rope} == rope
    assert describe_model(model, name="other", role=Role.TUNED).fingerprint == subject.fingerprint


def test_model_that_cannot_be_loaded_says_why_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        load_model(str(tmp_path), dtype="float99", device="cpu")
    assert raised.value.message == "evaluate.dtype 'float99' is not a torch dtype."
    assert raised.value.remedy == "Use bfloat16 or float32."
    for dtype in ("nn", "zeros"):
        with pytest.raises(InputError, match=f"'{dtype}' is not a torch dtype"):
            load_model(str(tmp_path), dtype=dtype, device="cpu")
    model = write_small_model(tmp_path)
    for path in tmp_path.glob("*.safetensors"):
        path.unlink()
    with pytest.raises(InputError) as raised:
        load_model(model, dtype="float32", device="cpu")
    assert raised.value.remedy == (
        "Get the model's safetensors files. Or, if you trust the model, convert it once: "
        "load it with transformers and call save_pretrained."
    )


def test_model_without_a_config_names_what_may_be_given(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError) as raised:
        describe_model(str(tmp_path / "empty"), name="empty", role=Role.OTHER)
    assert raised.value.remedy == (
        "Give the folder of a finished finetune, a hub name owner/model, or embedded:smollm2-135m-instruct."
    )


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_model_is_in_evaluation_mode_in_the_wanted_dtype(tmp_path: Path, dtype: str) -> None:
    model = load_model(write_small_model(tmp_path), dtype=dtype, device="cpu")
    assert not model.training
    assert {parameter.dtype for parameter in model.parameters()} == {getattr(torch, dtype)}
    assert model.config._attn_implementation == "sdpa"


def test_model_on_cuda_or_spread_without_cuda_is_refused(tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    model = write_small_model(tmp_path)
    for device in ("cuda", "spread"):
        with pytest.raises(InputError, match="torch sees no CUDA device"):
            load_model(model, dtype="float32", device=device)


def small_settings(**changes: object) -> EvaluateRecipe:
    return EvaluateRecipe.model_validate({"tasks": {}, "dtype": "float32", "device": "cpu", **changes})


def prompt_of(text: str, *, item: str = "", **changes: Any) -> Prompt:
    values: dict[str, Any] = {"gold": ("x",), "length": 512, "num_tokens": 0, "cluster": "d", "max_answer_tokens": 12}
    return Prompt(item or text, (Message("user", text),), **(values | changes))


PROMPTS = (
    prompt_of("The rent is 10 dollars. " * 4 + "How much is it?"),
    prompt_of("The rent is 10 dollars. " * 4 + "When is it due?", answer_start="It is due"),
    prompt_of("임대료는 십 달러이다.", form=PromptForm.TEXT),
    prompt_of("Once", form=PromptForm.TEXT, answer_start=" upon a", max_answer_tokens=3),
)


def generated(reference: str, prompt: Prompt, *, dtype: str = "float32") -> str:
    """What plain transformers answer: the rendered prompt to `generate`."""
    model = load_model(reference, dtype=dtype, device="cpu")
    ids = torch.tensor([Meter(reference).ids(prompt).astype("int64").tolist()])
    found = model.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=prompt.max_answer_tokens
    )
    text = load_tokenizer(reference).decode(found[0, ids.shape[1] :], skip_special_tokens=True)
    return text.strip()


@pytest.mark.parametrize("max_batch_tokens", [20, 4096])
def test_model_answers_chats_and_texts_as_generate_does(tmp_path: Path, max_batch_tokens: int) -> None:
    reference = write_small_model(tmp_path)
    subject = describe_model(reference, name="small", role=Role.OTHER)
    answering = open_model(subject, small_settings(max_batch_tokens=max_batch_tokens))
    answers = dict(answering.answer(PROMPTS))
    assert {number: answer.text for number, answer in answers.items()} == {
        number: generated(reference, prompt) for number, prompt in enumerate(PROMPTS)
    }
    assert [answers[number].num_tokens for number in range(4)] == [12, 12, 12, 3]
    assert all(answer.is_cut and not answer.fault for answer in answers.values())
    answering.close()
    assert answering.model is None


def test_model_without_a_chat_template_answers_plain_text(tmp_path: Path) -> None:
    reference = write_small_model(tmp_path)
    tokenizer = small_tokenizer()
    tokenizer.chat_template = None
    (tmp_path / "chat_template.jinja").unlink()
    tokenizer.save_pretrained(tmp_path)
    subject = describe_model(reference, name="small", role=Role.OTHER)
    chat, text = prompt_of("How much?", item="q"), prompt_of("How much?", item="q", form=PromptForm.TEXT)
    answers = dict(open_model(subject, small_settings()).answer([chat, text]))
    assert answers[0] == answers[1]
    assert stop_ids_of(reference) == {258}


def test_model_answers_nothing_past_its_learned_positions(tmp_path: Path) -> None:
    config = AutoConfig.for_model("gpt2", vocab_size=259, n_embd=16, n_layer=1, n_head=2, n_positions=100)
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path)
    small_tokenizer().save_pretrained(tmp_path)
    subject = describe_model(str(tmp_path), name="small", role=Role.OTHER)
    prompts = [prompt_of("x" * size, form=PromptForm.TEXT, max_answer_tokens=5) for size in (95, 96)]
    answers = dict(open_model(subject, small_settings()).answer(prompts))
    assert answers[0].num_tokens > 0 and not answers[0].fault
    assert answers[1] == Answer("", 0, fault="the model has 100 positions; prompt and answer need 101")


class ModelOutOfMemory:
    """A model whose memory holds only so many tokens at a time."""

    def __init__(self, model: Any, max_tokens: int) -> None:
        self._model, self._max_tokens = model, max_tokens
        self.forward = model.forward

    def __call__(self, **inputs: Any) -> Any:
        if inputs["input_ids"].shape[1] > self._max_tokens:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return self._model(**inputs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


def test_model_out_of_memory_says_what_is_answered_and_what_to_do(tmp_path: Path) -> None:
    reference = write_small_model(tmp_path)
    model = ModelOutOfMemory(load_model(reference, dtype="float32", device="cpu"), 100)
    subject = describe_model(reference, name="small", role=Role.OTHER)
    answering = ModelAnswering(model, subject, max_batch_tokens=200)
    sizes = {"a": 180, "b": 50, "c": 150, "d": 90, "e": 100}
    prompts = [prompt_of(letter * size, form=PromptForm.TEXT) for letter, size in sizes.items()]
    answered: list[int] = []
    with pytest.raises(RunError) as raised:
        for number, _ in answering.answer(prompts):
            answered.append(number)
    assert answered == [1, 3, 4]
    assert raised.value.message == (
        "small does not fit into memory with a prompt of 150 to 180 tokens. 3 shorter prompts are answered."
    )
    assert "evaluate.max_batch_tokens" in raised.value.remedy and "spread" in raised.value.remedy


def test_model_uses_the_recipes_threads_until_it_is_closed(tmp_path: Path) -> None:
    subject = describe_model(write_small_model(tmp_path), name="small", role=Role.OTHER)
    before = torch.get_num_threads()
    opened = open_model(subject, EvaluateRecipe(device="cpu", threads=before + 1))
    assert torch.get_num_threads() == before + 1
    opened.close()
    assert torch.get_num_threads() == before


def test_model_fingerprint_follows_weights_and_chat_template(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "same", "template", "weights")]
    for folder in folders:
        write_small_model(folder)
    (folders[2] / "chat_template.jinja").write_text(CHAT_TEMPLATE.replace("<|im_end|>\n", "<|im_end|>"))
    small_model("llama").save_pretrained(folders[3])
    prints = [describe_model(str(folder), name="small", role=Role.OTHER).fingerprint for folder in folders]
    assert prints[0] == prints[1]
    assert len(set(prints)) == 3


def test_stop_ids_are_the_end_of_text_and_of_a_turn_and_nothing_before_the_answer(tmp_path: Path) -> None:
    reference = write_small_model(tmp_path)
    assert stop_ids_of(reference) == {258}
    assert stop_ids_of(reference, 7) == {258, 7}
    assert stop_ids_of(reference, [7, 9]) == {258, 7, 9}
    # Another end of text than the end of a turn, and a control token with which the answer of this template starts.
    tokenizer = small_tokenizer()
    tokenizer.eos_token = "<|endoftext|>"
    tokenizer.chat_template = CHAT_TEMPLATE.replace("{{ m['content'] }}", "<|think|>{{ m['content'] }}").replace(
        "assistant\\n{%", "assistant\\n<|think|>{%"
    )
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|think|>"]})
    tokenizer.save_pretrained(tmp_path / "other")
    (tmp_path / "other" / "config.json").write_text((tmp_path / "config.json").read_text())
    assert stop_ids_of(str(tmp_path / "other")) == {256, 258}


@pytest.mark.model
def test_embedded_model_answers_any_batch_as_generate_does() -> None:
    subject = describe_model(EMBEDDED_MODEL, name="embedded", role=Role.BASE)
    prompts = [
        *PROMPTS,
        prompt_of("A lease. " + "Rent is due on day three. " * 60 + "When is rent due?", max_answer_tokens=16),
        prompt_of("A lease. " + "Rent is due on day three. " * 60 + "Who pays rent?", max_answer_tokens=16),
    ]
    answers = dict(open_model(subject, small_settings(max_batch_tokens=300)).answer(prompts))
    assert [answers[number].text for number in range(len(prompts))] == [
        generated(EMBEDDED_MODEL, prompt) for prompt in prompts
    ]
    assert {answer.is_cut for answer in answers.values()} == {True, False}
