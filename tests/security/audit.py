"""Installed packages against the list of advisories beside this file: `python tests/security/audit.py`.

Needs no network. Prints what is affected and ends with 1 where a package is affected and not accepted.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

LIST = Path(__file__).with_name("advisories.txt")
_ACCEPTED = "accepted:"


@dataclass(frozen=True, slots=True)
class Advisory:
    """One line of the list."""

    package: str
    affected: SpecifierSet
    name: str
    what: str
    accepted_because: str
    """Empty where an affected version is not accepted."""

    def affects(self, version: str) -> bool:
        """Whether a version is affected; local parts such as `+cpu` do not count."""
        return self.affected.contains(Version(Version(version).public), prereleases=True)


def read_advisories(lines: Iterable[str]) -> list[Advisory]:
    """The advisories of a list.

    Raises:
        ValueError: a line has other than four or five fields.
    """
    found = []
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        package, versions, name, what, *accepted = (field.strip() for field in line.split("|"))
        if len(accepted) > 1 or (accepted and not accepted[0].startswith(_ACCEPTED)):
            raise ValueError(f"not four fields, or five with '{_ACCEPTED} …': {line!r}")
        reason = accepted[0].removeprefix(_ACCEPTED).strip() if accepted else ""
        found.append(Advisory(canonicalize_name(package), SpecifierSet(versions), name, what, reason))
    return found


def installed_versions() -> dict[str, str]:
    """Versions of all installed packages by canonical name."""
    return {canonicalize_name(found.metadata["Name"]): found.version for found in distributions()}


def affected(installed: Mapping[str, str], advisories: Iterable[Advisory]) -> list[Advisory]:
    """Advisories that concern an installed version, in the order of the list."""
    return [a for a in advisories if a.package in installed and a.affects(installed[a.package])]


def main() -> int:
    """Print and judge."""
    installed, advisories = installed_versions(), read_advisories(LIST.read_text(encoding="utf-8").splitlines())
    found = affected(installed, advisories)
    for one in found:
        note = f"accepted: {one.accepted_because}" if one.accepted_because else "upgrade it"
        print(f"{one.package} {installed[one.package]}: {one.name}, {one.what} ({note})")
    refused = [one for one in found if not one.accepted_because]
    known = {advisory.package for advisory in advisories}
    print(
        f"{len(advisories)} advisories on {len(known & installed.keys())} installed packages; {len(refused)} to act on."
    )
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
