"""The document domains, such as `legal` or `manual`. Each has one module, named after the domain, with `RULES`.

To add a domain, add a module with `RULES`. If the structure of its documents can be parsed, also add a grammar in
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
"""The name of a known domain. Recipes validate it; everywhere else it is a plain string."""


@cache
def domain_names() -> tuple[str, ...]:
    """Return the names of the known domains, sorted by `DomainRules.order`."""
    names = _module_names()
    return tuple(sorted(names, key=lambda name: (domain_rules(name).order, name)))


@cache
def domain_rules(domain: str) -> DomainRules:
    """Return the rules of a domain.

    Raises:
        ValueError: the domain is unknown; the message names the known ones.
    """
    if domain not in _module_names():
        raise ValueError(f"{domain!r} is not a known domain; known domains: {', '.join(domain_names())}")
    rules = import_module(f"{__name__}.{domain}").RULES
    assert isinstance(rules, DomainRules), f"RULES of domain {domain} is a {type(rules).__name__}"
    return rules


def domains_with_versions() -> tuple[str, ...]:
    """Return the domains in which each version of a document counts as a separate document."""
    return tuple(name for name in domain_names() if domain_rules(name).keeps_versions)


@cache
def _module_names() -> frozenset[str]:
    return frozenset(module.name for module in pkgutil.iter_modules(__path__)) - {"quality_rules", "rules"}
