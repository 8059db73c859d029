"""The recipe section of `pipeline evaluate`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field, PositiveInt

from pipeline.config.base import RecipeSection
from pipeline.config.build import TemplateOptions
from pipeline.config.plugins import EVALUATION_TASK, ByName

Depth = Annotated[float, Field(ge=0.0, le=1.0)]


class EvaluationTaskOptions(RecipeSection):
    """The options that all evaluation tasks share. Each task's own file in `evaluate/tasks/` adds its own."""

    task: str
    """The name of the task."""
    lengths: tuple[PositiveInt, ...] = ()
    """Context lengths in tokens; empty for `evaluate.lengths`."""


class ServerSubjectOptions(RecipeSection):
    """How models on OpenAI-compatible servers are asked. Their references are `http://HOST/v1#MODEL`."""

    tokenizer: str = "embedded:smollm2-135m-instruct"
    """A model whose tokenizer measures the prompts. It should be that of the served model; with any other, prompts are
    longer or shorter than the report says."""
    concurrency: PositiveInt = 8
    """The number of prompts in flight at a time."""
    timeout_seconds: float = Field(default=600.0, gt=0)
    """Time limit for one try of a prompt, from sending it to the last byte of the answer."""
    max_wait_seconds: float = Field(default=600.0, ge=0)
    """How long to retry a failed prompt, so that a server can restart; 0 sends every prompt once."""
    api_key_env: str = Field(default="OPENAI_API_KEY", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    """Name of the environment variable that holds the key; a recipe never holds the key itself."""


class EvaluateRecipe(RecipeSection):
    """What is measured of a model, and how. `--task` and `--length` choose among it."""

    renamed: ClassVar[Mapping[str, str]] = {
        "perplexity": "evaluate.tasks.perplexity",
        "passkey": "evaluate.tasks.passkey",
    }

    base_model: str = ""
    """The base model; if empty, the one that the tuned model's `training.json` names."""
    lengths: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] = (2048, 4096, 8192, 16384)
    """Context lengths in tokens, of all tasks that do not have their own."""
    tasks: Annotated[tuple[EvaluationTaskOptions, ...], ByName(EVALUATION_TASK, key="task")] = Field(
        default_factory=lambda: ByName(EVALUATION_TASK, key="task").made("perplexity", "passkey", "rows")
    )
    """What is measured: the names of tasks, each with its options, such as `{rows: {max_items: 200}, passkey: {}}`."""
    effective_score: Annotated[float, Field(gt=0.0, le=1.0)] = 0.856
    """The score that a model must keep up to its effective length. RULER's (arXiv 2404.06654, section 4): what
    Llama-2-7B reaches at 4,096 tokens."""
    dtype: str = "bfloat16"
    device: str = "auto"
    """`auto`, `cpu`, `cuda`, or `spread`: the layers of a model spread over all GPUs."""
    threads: PositiveInt | None = None
    """The number of CPU threads that torch uses. If not set, a model on a CPU gets the fastest number, which is
    measured when the model is loaded."""
    max_batch_tokens: PositiveInt = 16384
    """The maximum number of prompt tokens in one forward pass. A longer prompt runs alone, in pieces of this length."""
    chat_template_kwargs: TemplateOptions = ()
    """Options for the models' chat templates, such as `{enable_thinking: false}` for models that reason before they
    answer. A server gets them as `chat_template_kwargs`; vLLM and SGLang know them."""
    server: ServerSubjectOptions = ServerSubjectOptions()
