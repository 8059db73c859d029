"""Makes a block of datatrove from its name and arguments, and asks it about a document.

Takes the values of a recipe; returns a `Block`. `check_block` makes a block and tries it on a short text when a recipe
is read; a worker makes its own, because blocks are not pickled. Used by `config.datatrove` and `clean.datatrove_rules`.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline.datatrove_blocks.finding import BlockKind, find_class
from pipeline.domains import domain_names
from pipeline.errors import InputError, MissingExtraError
from pipeline.identity import sha256_hex
from pipeline.languages import common_language

WHITESPACE = "whitespace"
"""The value of an argument `language` that splits words at white space."""
_OURS = {
    "exclusion_writer": "dropped documents are in rejected/",
    "output_folder": "statistics are not written",
    "groups_to_compute": "statistics are not written",
    "top_k_config": "statistics are not written",
    "histogram_round_digits": "statistics are not written",
}
"""Arguments of datatrove's classes that a recipe may not set, each with the reason."""
_NOWHERE = "memory://datatrove"
"""A folder that a tagger must be given and never writes to."""
_SAMPLE = (
    "The tenant pays the rent on the first day of each month, and the landlord repairs the roof.\n\n"
    "Each party may end the lease with a notice of thirty days. The notice has to be in writing.\n"
)


@dataclass(frozen=True, slots=True)
class Block:
    """A block that was made. It is not pickled: each process and thread makes its own."""

    name: str
    """The name of the class."""
    kind: BlockKind
    step: Any  # Any: an object of datatrove

    def ask(self, document: Any) -> str | None:  # Any: a document of datatrove
        """Return why a filter drops a document, which may be an empty text; None if it keeps it.

        A tagger keeps every document, and adds what it measures to the document's metadata.
        """
        if self.kind is BlockKind.TAGGER:
            document.metadata.update(self.step.extract_stats(document))
            return None
        (answer,) = self.step.filter_batch([document])
        keeps, reason = answer if isinstance(answer, tuple) else (answer, "")
        return None if keeps else str(reason or "")


def make_block(kind: BlockKind, name: str, arguments: Mapping[str, Any]) -> Block:  # Any: JSON values
    """Return a block.

    Raises:
        InputError: the class does not exist or cannot be used, an argument is unknown or missing, or the class refuses
            the arguments.
        MissingExtraError: datatrove, or a package that the class needs, is not installed.
    """
    found = find_class(kind, name)
    _check_arguments(found, arguments)
    values = dict(arguments)
    if values.get("language") == WHITESPACE:
        from pipeline.datatrove_blocks.words import WhitespaceTokenizer

        values["language"] = WhitespaceTokenizer()
    if kind is BlockKind.TAGGER and "output_folder" in _parameters(found):
        values["output_folder"] = _NOWHERE
    with _explained(found.__name__, f"cannot be made with {dict(arguments)}"):
        return Block(found.__name__, kind, found(**values))


def check_block(kind: BlockKind, name: str, arguments: Mapping[str, Any], tags: frozenset[str]) -> None:
    """Make a block, and try it on a short text.

    Args:
        kind: what the block does.
        name: the class.
        arguments: its arguments.
        tags: the names of the measures that the recipe limits.

    Raises:
        InputError: see `make_block`; or the block fails on the text or does not measure a tag.
        MissingExtraError: see `make_block`; a filter's word tokenizer may need a package too.
    """
    block = make_block(kind, name, arguments)
    facts = _sample_facts()
    document = new_document(_SAMPLE, id_="0", facts=facts)
    with _explained(block.name, "fails on a short text"):
        block.ask(document)
    if document.text != _SAMPLE:
        raise InputError(
            f"{block.name} changes the text, and a {kind} of a recipe only judges it.",
            remedy="Change texts before the build: see examples/datatrove_pipeline.py.",
        )
    measured = sorted(document.metadata.keys() - facts.keys())
    for tag in sorted(tags - set(measured)):
        near = difflib.get_close_matches(tag, measured, n=1)
        hint = f"Did you mean '{near[0]}'? " if near else ""
        raise InputError(f"{block.name} does not measure '{tag}'.", remedy=f"{hint}It measures {', '.join(measured)}.")


def new_document(text: str, *, id_: str, facts: Mapping[str, str]) -> Any:  # Any: a document of datatrove
    """Return a document of datatrove with a copy of the facts as its metadata."""
    from datatrove.data import Document

    return Document(text=text, id=id_, metadata=dict(facts))


def code_of_block(kind: BlockKind, name: str) -> tuple[str, str]:
    """Return the version of datatrove, and a hash of the module that defines a class of the user's own.

    Other modules that this module imports are not covered.
    """
    found = find_class(kind, name)
    source = None if found.__module__.startswith("datatrove.") else inspect.getsourcefile(found)
    return version("datatrove"), sha256_hex(Path(source).read_bytes()) if source else ""


def _sample_facts() -> dict[str, str]:
    """Return metadata as a block finds them in a document; see `clean.datatrove_rules.facts_of`."""
    return {
        "url": "https://www.example.com/lease",
        "source_uri": "lease.txt",
        "title": "Lease",
        "licence": "CC0-1.0",
        "domain": domain_names()[0],
        "language": common_language(),
    }


def _check_arguments(found: Any, arguments: Mapping[str, Any]) -> None:
    parameters = _parameters(found)
    takes_any = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values())
    named = [
        name
        for name, one in parameters.items()
        if one.kind in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY) and name not in _OURS
    ]
    for name in arguments:
        if name in _OURS:
            raise InputError(f"A recipe cannot set {name} of {found.__name__}: {_OURS[name]}.", remedy="Leave it out.")
        if name not in named and not takes_any:
            near = difflib.get_close_matches(name, named, n=1)
            hint = f"Did you mean '{near[0]}'? " if near else ""
            accepted = f"It takes {', '.join(named)}." if named else "It takes none."
            raise InputError(f"{found.__name__} has no argument '{name}'.", remedy=f"{hint}{accepted}")
    missing = [name for name in named if parameters[name].default is inspect.Parameter.empty and name not in arguments]
    if missing:
        raise InputError(f"{found.__name__} needs the argument '{missing[0]}'.", remedy="Add it to args.")


def _parameters(found: Any) -> Mapping[str, inspect.Parameter]:
    signature = inspect.signature(found.__init__)  # that of the class is the one of `PipelineStep.__new__`
    return dict(list(signature.parameters.items())[1:])


@contextmanager
def _explained(name: str, failed: str) -> Iterator[None]:
    """Explain an error that a block raises inside the `with` statement."""
    try:
        yield
    except ImportError as error:  # datatrove names the packages, and how to install them
        splits_words = "word tokenizer" in str(error)
        instead = f" Or split words at white space, with args: {{language: {WHITESPACE}}}." if splits_words else ""
        raise MissingExtraError(
            f"{name} needs a package that is not installed.", remedy=f"{str(error).rstrip('.')}.{instead}"
        ) from error
    except Exception as error:
        raise InputError(
            f"{name} {failed} ({type(error).__name__}: {error}).", remedy="Correct its args, or the class."
        ) from error
