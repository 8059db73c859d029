"""Rules for loading models safely: only weights in safetensors format, and only code of installed packages.

Unpickling a file can run code from the file, and `trust_remote_code` runs Python code that comes with a model. The
project does neither. Every `from_pretrained` call passes `trust_remote_code=False`. A model reference goes through
`resolve_weights` or `resolve_model` first. Calls that load weights also pass `use_safetensors=True`, except when
`io.models` converts the embedded model. `tests/test_safe_loading.py` checks all calls. Used by everything that loads
a tokenizer or a model.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import InputError
from pipeline.io.models import resolve_model

_PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_MAX_ERROR_CHARS = 300
_WHOLES = ("model", "teacher")
"""Words for a complete model; any other `part` is a part of a model."""
_CONVERT = (
    "Get the model's safetensors files. Or, if you trust the model, convert it once: load it with transformers and "
    "call save_pretrained."
)


def resolve_weights(reference: str) -> str:
    """Return a folder or hub name from which weights may be loaded. A local folder is checked for pickled weights.

    Raises:
        InputError: the reference is not a folder or hub name, or the folder contains weights only as pickles.
        MissingExtraError: see `io.models.resolve_model`.
    """
    resolved = resolve_model(reference)
    folder = Path(resolved)
    if folder.is_dir() and not any(folder.glob("*.safetensors")):
        pickled = sorted(file.name for file in folder.iterdir() if file.suffix in _PICKLED)
        if pickled:
            raise InputError(
                f"The model '{reference}' has its weights in {pickled[0]}, a pickle, which can run code when it is "
                "loaded.",
                remedy=_CONVERT,
            )
    return resolved


def cannot_load(
    part: str,
    reference: str,
    error: Exception,
    *,
    remedy: str = "Check the model reference and your access to the hub.",
) -> InputError:
    """Return the error to raise when a model cannot be loaded.

    Args:
        part: what cannot be loaded, such as `tokenizer`.
        reference: the model reference that the user gave.
        error: the library's error.
        remedy: the remedy for an error that this function does not recognise.
    """
    text = " ".join(str(error).split())
    subject = f"the {part} '{reference}'" if part in _WHOLES else f"the {part} of '{reference}'"
    if "trust_remote_code" in text or "custom code" in text:
        return InputError(
            f"Cannot load {subject}: it needs Python code that comes with the model, which is never run here.",
            remedy="Use a model that the installed version of transformers knows, or install a version that knows it.",
        )
    if "safetensors" in text and ("does not appear to have a file" in text or "Error no file named" in text):
        return InputError(f"Cannot load {subject}: it has no weights in safetensors format.", remedy=_CONVERT)
    return InputError(f"Cannot load {subject}: {text[:_MAX_ERROR_CHARS].rstrip('.')}.", remedy=remedy)
