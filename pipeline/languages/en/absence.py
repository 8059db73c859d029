"""English sentences about what a document does not have."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.languages.absence_rules import AbsenceRules
from pipeline.languages.en.frames import join_names


def _quoted(names: Sequence[str]) -> str:
    return join_names([f"“{name}”" for name in names])


def _provision(asked: str, first: str, last: str) -> str:
    return f"The document has no {asked}. The numbering runs from {first} to {last}."


def _term(asked: str, others: Sequence[str]) -> str:
    return f"The document does not define “{asked}”; the term does not occur in it. It does define {_quoted(others)}."


def _entry(asked: str, others: Sequence[str]) -> str:
    return f"The document does not mention “{asked}”. It does describe {_quoted(others)}."


def _function(file: str, asked: str, others: Sequence[str]) -> str:
    names = join_names([f"`{name}`" for name in others])
    return f"`{file}` does not define `{asked}`; the name does not occur in the document. The file does define {names}."


def _time(speaker: str, asked: str, before: str, after: str) -> str:
    return f"{speaker} says nothing at {asked}. {speaker} speaks at {before} and next at {after}."


def _speaker(asked: str, others: Sequence[str]) -> str:
    return f"No one called {asked} speaks in this conversation. The speakers are {join_names(others)}."


def _field(asked: str, others: Sequence[str]) -> str:
    return f"The document has no field “{asked}”. The fields at its head include {_quoted(others)}."


def _section(asked: str, others: Sequence[str]) -> str:
    return f"The document has no section “{asked}”. Its sections include {_quoted(others)}."


def _item(asked: str, title: str, last: str) -> str:
    return f"There is no number {asked}: the numbered list under “{title}” ends with number {last}."


ABSENCE = AbsenceRules(
    provision=_provision,
    term=_term,
    entry=_entry,
    function=_function,
    time=_time,
    speaker=_speaker,
    head_field=_field,
    section=_section,
    item=_item,
    terms=(
        *("Affiliate", "Applicable Law", "Background Technology", "Business Day", "Change of Control", "Closing Date"),
        *("Confidential Information", "Effective Date", "Event of Default", "Force Majeure Event", "Governmental Body"),
        *("Indemnified Party", "Insolvency Event", "Intellectual Property Rights", "Key Personnel", "Losses"),
        *("Material Adverse Effect", "Net Sales", "Permitted Encumbrance", "Personal Data", "Purchase Price"),
        *("Service Credits", "Subcontractor", "Term Sheet", "Territory", "Third Party Software", "Transition Period"),
    ),
    people=("Adrian", "Beatrix", "Colm", "Dagmar", "Edmund", "Felicity", "Gareth", "Imogen", "Leopold", "Rosalind"),
    roles=("Moderator", "Supervisor", "Interpreter", "Receptionist"),
    fields=(
        (("Case", "Court", "Judge", "Claimant"), ("Judgment below", "Date of hearing", "Filing Date", "Intervener")),
        (("Agency", "Action"), ("Comment Period", "Billing Code", "Supersedes")),
    ),
    topics=("Troubleshooting", "Frequently asked questions", "Glossary", "Known limitations"),
    topics_by_sort=(
        (
            re.compile(
                r"\b(?:commands?|functions?|directory|servers?|click|browser|API|software|programs?|databases?|compiler?"
                r"|source code|repository|command line|files?|folders?|dialog|spreadsheet|plugin|git|URL|Python"
                r"|operating system)\b",
                re.IGNORECASE,
            ),
            (
                *("Uninstalling", "Backup and restore", "Upgrading from earlier versions", "Firewall settings"),
                *("Performance tuning", "Keyboard shortcuts", "System requirements", "Release history"),
            ),
        ),
        (
            re.compile(
                r"\b(?:appliance|voltage|mains|power cord|socket outlet|water tank|motor|blades?|electric shock|nozzle"
                r"|pumps?|valves?|descal\w+|screws?|rinse|boiler|rated power|batter(?:y|ies)|drain|housing|hose)\b",
                re.IGNORECASE,
            ),
            ("Warranty", "Disposal and recycling", "Spare parts"),
        ),
    ),
    swaps=(
        *(("Installing", "Uninstalling"), ("Installation", "Uninstallation"), ("Creating", "Deleting")),
        *(("Adding", "Removing"), ("Running", "Stopping"), ("Starting", "Restarting"), ("Enabling", "Disabling")),
        *(("Configuring", "Migrating"), ("Importing", "Exporting"), ("Opening", "Closing"), ("Reading", "Archiving")),
        *(("Preparing", "Recovering"), ("Writing", "Encrypting"), ("Connecting", "Disconnecting")),
    ),
)
