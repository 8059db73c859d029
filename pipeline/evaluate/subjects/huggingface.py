"""Subjects that run in this process with transformers: describes a model without its weights, loads it, and answers.

Takes a model reference; see `io.models`. Cost: a fingerprint reads the weights once, at about 1 GB/s. Answering is
greedy decoding in batches; see `greedy`.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedConfig

from pipeline.config.build import TemplateOptions
from pipeline.config.evaluate import EvaluateRecipe
from pipeline.errors import DamagedFileError, InputError, RunError
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Answer, Prompt
from pipeline.evaluate.subjects.subject import Role, Subject
from pipeline.identity import content_id
from pipeline.io.checked_json import read_checked
from pipeline.io.loading import cannot_load, resolve_weights
from pipeline.io.models import resolve_model
from pipeline.tokens.tokenizer import load_tokenizer, tokenizer_fingerprint
from pipeline.train.generation.answer_text import answer_text
from pipeline.train.generation.greedy import GreedyLimits, TokenizedPrompt, generate_answers
from pipeline.train.generation.stopping import stop_ids_of
from pipeline.train.layers.text_stack import text_stack
from pipeline.train.machine.device import resolve_device
from pipeline.train.machine.threads import available_threads, choose_threads, measure_step, restored_threads
from pipeline.train.memory.exhausted import is_out_of_memory
from pipeline.train.rope.in_force import rotary_modules
from pipeline.train.rope.scaled_config import config_scaling
from pipeline.train.run.identity import model_fingerprint
from pipeline.train.run.record import RECORD_FILE

SPREAD = "spread"
"""The value of `evaluate.device` that spreads the layers over all GPUs."""
_GENERATION_CONFIG = "generation_config.json"
_OFFSET_POSITIONS = 2
"""How many more positions the table of OPT and its kin has than the config says."""


def describe_model(reference: str, *, name: str, role: Role, template_options: TemplateOptions = ()) -> Subject:
    """Return a model's description, made from its config, its tokenizer and its fingerprint.

    Raises:
        InputError: the reference does not lead to a model with a fast tokenizer.
    """
    try:
        config = AutoConfig.from_pretrained(resolve_model(reference), trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise cannot_load(
            "config",
            reference,
            error,
            remedy="Give the folder of a finished finetune, a hub name owner/model, or embedded:smollm2-135m-instruct.",
        ) from error
    context, original = _contexts(config)
    parts = [model_fingerprint(reference), tokenizer_fingerprint(reference), *_generation_ends(reference)]
    return Subject(
        name=name,
        reference=reference,
        role=role,
        fingerprint=content_id(*parts),
        meter=Meter(reference, template_options),
        context_tokens=context,
        original_context_tokens=original,
        rope=dict(getattr(config.get_text_config(), "rope_parameters", None) or {}),
    )


def base_of(reference: str, *, configured: str) -> str | None:
    """Return the base model of a tuned model: the configured one, else the one in `training.json`; None without either.

    Raises:
        DamagedFileError: `training.json` is damaged.
    """
    if configured:
        return configured
    record = Path(resolve_model(reference)) / RECORD_FILE
    if not record.is_file():
        return None
    try:
        base = read_checked(str(record)).get("base_model")
    except DamagedFileError as error:
        raise DamagedFileError(
            error.message, remedy="Run the finetune command that wrote it again, or set evaluate.base_model."
        ) from error
    return str(base) if base else None


def load_model(reference: str, *, dtype: str, device: str) -> Any:  # Any: a transformers model
    """Return the model in evaluation mode on a device, with SDPA attention.

    Args:
        reference: the model.
        dtype: name of a torch dtype, such as `bfloat16`.
        device: as in `evaluate.device`.

    Raises:
        InputError: no causal language model can be loaded from the reference, the dtype is unknown, or torch sees no
            CUDA device although the recipe asks for it.
        RunError: the weights do not fit into memory.
    """
    torch_dtype = getattr(torch, dtype, None)
    if not isinstance(torch_dtype, torch.dtype):
        raise InputError(f"evaluate.dtype '{dtype}' is not a torch dtype.", remedy="Use bfloat16 or float32.")
    if device == SPREAD:
        resolve_device("cuda", setting="evaluate.device")
    placed = {"device_map": "auto"} if device == SPREAD else {}
    try:
        model = AutoModelForCausalLM.from_pretrained(
            resolve_weights(reference),
            dtype=torch_dtype,
            attn_implementation="sdpa",
            trust_remote_code=False,
            use_safetensors=True,
            **placed,
        )
        # accelerate has placed the layers of a spread model.
        return (model if placed else model.to(resolve_device(device, setting="evaluate.device"))).eval()
    except (OSError, ValueError) as error:
        raise cannot_load(
            "model",
            reference,
            error,
            remedy="Check that its folder has the config.json and safetensors files of a causal language model.",
        ) from error
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise RunError(
            f"The weights of '{reference}' do not fit into memory as {dtype}.",
            remedy="Set evaluate.device to spread, which uses all GPUs, or evaluate.dtype to bfloat16.",
        ) from error


class ModelAnswering:
    """A loaded model that answers prompts; see `subject.Answering`."""

    def __init__(self, model: Any, subject: Subject, *, max_batch_tokens: int, threads: int | None = None) -> None:
        """Take a loaded model.

        Args:
            model: the model.
            subject: its description.
            max_batch_tokens: the maximum number of prompt tokens in one forward pass.
            threads: the number of CPU threads that torch uses until `close`; None leaves it as it is.
        """
        self._threads = ExitStack()
        if threads is not None:
            self._threads.enter_context(restored_threads())
            torch.set_num_threads(threads)
        self.model = model
        """The transformers model, in evaluation mode on its device."""
        self._subject = subject
        self._limits = GreedyLimits(
            stop_ids=stop_ids_of(subject.reference, model.generation_config.eos_token_id),
            max_batch_tokens=max_batch_tokens,
        )
        self._num_positions = _num_positions(model)

    def answer(self, prompts: Sequence[Prompt]) -> Iterator[tuple[int, Answer]]:
        """Yield (number of the prompt, answer), batch by batch, shorter prompts first.

        Raises:
            InputError: the chat template refuses the messages.
            RunError: a prompt does not fit into memory.
        """
        fitting: dict[int, TokenizedPrompt] = {}
        for number, prompt in enumerate(prompts):
            tokenized = TokenizedPrompt(self._subject.meter.ids(prompt), prompt.max_answer_tokens)
            num_needed = tokenized.ids.size + tokenized.max_answer_tokens
            if self._num_positions and num_needed > self._num_positions:
                fault = f"the model has {self._num_positions} positions; prompt and answer need {num_needed}"
                yield number, Answer("", 0, fault=fault)
            else:
                fitting[number] = tokenized
        yield from self._answered(fitting)

    def note_earlier_answers(self) -> None:
        """Do nothing: a model in this process refuses no prompt."""

    def close(self) -> None:
        """Free the weights, and restore the number of threads."""
        self.model = None
        self._threads.close()
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _answered(self, prompts: dict[int, TokenizedPrompt]) -> Iterator[tuple[int, Answer]]:
        numbers = list(prompts)
        tokenizer = load_tokenizer(self._subject.reference)
        waiting = {number: prompt.ids.size for number, prompt in prompts.items()}
        try:
            for index, generated in generate_answers(self.model, list(prompts.values()), limits=self._limits):
                del waiting[numbers[index]]
                text = answer_text(tokenizer.decode(generated.ids, skip_special_tokens=True))
                yield numbers[index], Answer(text, len(generated.ids), is_cut=generated.is_cut)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            raise RunError(
                f"{self._subject.name} does not fit into memory with a prompt of {min(waiting.values()):,} to "
                f"{max(waiting.values()):,} tokens. {len(numbers) - len(waiting)} shorter prompts are answered.",
                remedy="Lower evaluate.max_batch_tokens, leave out the longest length, or set evaluate.device to "
                "spread, which uses all GPUs.",
            ) from error


def open_model(subject: Subject, settings: EvaluateRecipe) -> ModelAnswering:
    """Load a subject's weights.

    Raises:
        InputError, RunError: as for `load_model`.
    """
    model = load_model(subject.reference, dtype=settings.dtype, device=settings.device)
    return ModelAnswering(
        model, subject, max_batch_tokens=settings.max_batch_tokens, threads=_threads(settings, model.device.type)
    )


def _threads(settings: EvaluateRecipe, device_type: str) -> int | None:
    """Return the recipe's number of threads, or for a CPU the fastest; None leaves torch's own."""
    if settings.threads is not None or device_type != "cpu":
        return settings.threads
    return choose_threads(available_threads(), measure=measure_step(getattr(torch, settings.dtype))).threads


def _generation_ends(reference: str) -> list[str]:
    """Return what the generation config of a local model says of the tokens that end an answer."""
    path = Path(resolve_model(reference)) / _GENERATION_CONFIG
    try:
        ends = json.loads(path.read_bytes()).get("eos_token_id")
    except (OSError, ValueError, AttributeError):  # transformers says what is wrong when it loads the model
        return []
    return [json.dumps(ends)]


def _contexts(config: PreTrainedConfig) -> tuple[int, int]:
    """Return the context length in a config, and the context length before any scaling."""
    stated = int(getattr(config.get_text_config(), "max_position_embeddings", 0) or 0)
    try:
        scaling = config_scaling(config)
    except InputError:  # rotary embeddings of a type that this project does not scale
        return stated, stated
    return (scaling.max_tokens, scaling.original_max_tokens) if scaling.has_rotary else (stated, stated)


def _num_positions(model: Any) -> int:
    """Return how many positions a model with a learned table of them has; 0 for a model without such a table."""
    stated = int(getattr(model.config.get_text_config(), "max_position_embeddings", 0) or 0)
    if not stated or rotary_modules(model):
        return 0
    tables = [module for module in text_stack(model).modules() if isinstance(module, torch.nn.Embedding)]
    sizes = {stated, stated + _OFFSET_POSITIONS}
    return stated if any(table.num_embeddings in sizes for table in tables) else 0
