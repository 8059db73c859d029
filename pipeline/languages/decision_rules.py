"""The types of the rules for lists of decisions and actions in minutes."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRules:
    """Words of the lists that record who decided or has to do what."""

    heading: re.Pattern[str]
    """Matches a whole heading line above such a list: `DECISIONS`, 결정 사항."""
    owner: re.Pattern[str]
    """Finds who is responsible for an item; group `name`. `Owner: D. Osei`."""
    owner_word: re.Pattern[str]
    """Finds any word for the person responsible, also where `owner` reads no name."""
    number_column: str
    """The header of the column of item numbers in a table."""
    owner_column: str
    """The header of the column of people in a table."""
    item_column: str
    """The header of the column of items in a table."""
