"""`pipeline push`: uploads a model folder to a hub."""

from __future__ import annotations

from rich.console import Console

from pipeline.push import Visibility, push_model


def run_push(folder: str, name: str, *, visibility: Visibility) -> None:
    """Upload a folder, and print where it is."""
    console = Console(highlight=False)
    with console.status(f"uploading {folder} to {name}"):
        address = push_model(folder, name, visibility=visibility, endpoint=None)
    console.print(address, soft_wrap=True)
