"""The domains of documents: one module a domain, named like it, with the rules that depend on it.

A domain is added by adding its module, which holds `RULES`, and, if its structure can be read, its grammar in
`documents/grammar/domains/`.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import Annotated

from pipeline.domains.rules import DomainRules
from pipeline.known_names import KnownName

Domain = Annotated[str, KnownName(lambda: domain_names())]
"""The name of a known domain. Recipes validate it; inside the program it is the string of a record."""


@cache
def domain_names() -> tuple[str, ...]:
    """Names of the known domains, in their order."""
    names = _module_names()
    return tuple(sorted(names, key=lambda name: (domain_rules(name).order, name)))


@cache
def domain_rules(domain: str) -> DomainRules:
    """The rules of a domain.

    Raises:
        ValueError: there is no such domain; names the known ones.
    """
    if domain not in _module_names():
        raise ValueError(f"there is no domain {domain!r}; known are {', '.join(domain_names())}")
    rules = import_module(f"{__name__}.{domain}").RULES
    assert isinstance(rules, DomainRules), f"RULES of domain {domain}"
    return rules


def domains_with_versions() -> tuple[str, ...]:
    """Domains in which versions of a document are documents of their own."""
    return tuple(name for name in domain_names() if domain_rules(name).keeps_versions)


@cache
def _module_names() -> frozenset[str]:
    return frozenset(module.name for module in pkgutil.iter_modules(__path__)) - {"rules"}
