"""Reads references to subjects; see `subject` for their forms. Pure."""

from __future__ import annotations

import re

from pipeline.config.secrets import url_fault
from pipeline.errors import InputError

VLLM_PREFIX = "vllm:"
"""The beginning of a reference to a model that runs with vLLM in this process."""
_EMBEDDED_PREFIX = "embedded:"
_MAX_NAME_CHARS = 48
"""A letter takes up to four bytes, and the name of a file 255."""
_SERVER = re.compile(r"https?://")


def is_server(reference: str) -> bool:
    """Return whether a reference names a model on a server."""
    return _SERVER.match(reference) is not None


def way_of(reference: str) -> str:
    """Return how a reference says that the model runs: `http://`, `https://`, `vllm:`, or an empty string."""
    if found := _SERVER.match(reference):
        return found.group()
    return VLLM_PREFIX if reference.startswith(VLLM_PREFIX) else ""


def short_name(reference: str) -> str:
    """Return the last part of a reference, with letters, digits, `.`, `_`, `+` and `-` only, at most 48."""
    own = reference.partition("#")[2] if is_server(reference) else reference
    last = re.split(r"[/\\]", own.rstrip("/\\"))[-1]
    plain = re.sub(r"[^\w.+-]+", "-", last.removeprefix(VLLM_PREFIX).removeprefix(_EMBEDDED_PREFIX))
    return plain.strip("-.")[:_MAX_NAME_CHARS].rstrip("-.") or "model"


def split_server(reference: str) -> tuple[str, str]:
    """Return the address of a server without a final `/`, and the name of its model.

    Raises:
        InputError: there is no model's name, or the address contains a secret or a query, or is no address.
    """
    address, _, model = reference.partition("#")
    if fault := url_fault(address):
        raise InputError(
            f"The address of a server {fault}.",
            remedy="Give the bare address, and the key in the environment variable of evaluate.server.api_key_env.",
        )
    if not model:
        raise InputError(
            f"{address} does not say which model to ask.", remedy=f"Add its name, such as {address}#Qwen/Qwen3-32B."
        )
    return address.rstrip("/"), model
