"""What may be loaded of a model: tensors as safetensors, and no code but that of installed packages.

Unpickling runs what the file says, and `trust_remote_code` runs Python that comes with a model; neither is ever done.
Every `from_pretrained` of the project gets its folder from `resolve_weights` or `resolve_model` and says
`trust_remote_code=False`, and `use_safetensors=True` where it reads weights (`tests/test_safe_loading.py` looks at all
of them). Used by the tokenizers, the trainer, the evaluation and the teachers.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import InputError
from pipeline.io.models import resolve_model

_PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_MAX_ERROR_CHARS = 300
_WHOLES = ("model", "teacher")
_CONVERT = (
    "Get its safetensors files, or convert the model once where you trust it: load it with transformers and call "
    "save_pretrained."
)


def resolve_weights(reference: str) -> str:
    """A folder or hub name whose weights may be loaded; a local folder is looked into.

    Raises:
        InputError: there is no such model, or its folder holds weights as pickles alone.
        MissingExtraError: the embedded model has to be converted and torch or gguf is not installed.
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
    """What to tell about a model that does not load.

    Args:
        part: what of it, such as `tokenizer`.
        reference: as the user gave it.
        error: of the library.
        remedy: where the reason is none of those known here.
    """
    text = " ".join(str(error).split())
    subject = f"the {part} '{reference}'" if part in _WHOLES else f"the {part} of '{reference}'"
    if "trust_remote_code" in text or "custom code" in text:
        return InputError(
            f"Cannot load {subject}: it needs Python code that comes with the model, which is never run here.",
            remedy="Use a model that the installed version of transformers knows, or install a version that knows it.",
        )
    if "safetensors" in text and ("does not appear to have a file" in text or "Error no file named" in text):
        return InputError(f"Cannot load {subject}: it has no weights as safetensors.", remedy=_CONVERT)
    return InputError(f"Cannot load {subject}: {text[:_MAX_ERROR_CHARS].rstrip('.')}.", remedy=remedy)
