# SPDX-License-Identifier: Apache-2.0
"""The functions other programs should call. Each takes an open ``Store``."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from . import planner, rates
from .config import Settings
from .errors import ConfigError
from .geocode import normalise
from .models import Parcel, Plan, Quote, Status
from .storage import Store


def check_date(text: str) -> str:
    """Return an ISO date such as ``2025-03-14``, or raise ``ConfigError``."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ConfigError(f"not a date: {text!r}") from None


def accept(store: Store, parcel: Parcel, parcels_last_month: int = 0) -> Quote:
    """Price a parcel, put it in the cage and return the quote it was sold at."""
    clean = replace(parcel, district=normalise(parcel.district), status=Status.IN_CAGE)
    price = rates.quote(clean, parcels_last_month)
    store.add(clean, price.total_cents)
    return price


def plan(store: Store, service_date: str, settings: Settings) -> Plan:
    """Plan everything in the cage for one day and save the rounds."""
    day = check_date(service_date)
    result = planner.plan_day(day, store.with_status(Status.IN_CAGE), settings)
    store.save_plan(result)
    return result


def deliver(store: Store, parcel_id: str) -> None:
    """Record that the recipient has the parcel."""
    store.set_status(parcel_id, Status.DELIVERED)


def refuse(store: Store, parcel_id: str, retry: bool = False) -> None:
    """Record a refusal; with ``retry`` the parcel goes straight back to the cage."""
    store.set_status(parcel_id, Status.REFUSED)
    if retry:
        store.set_status(parcel_id, Status.IN_CAGE)


def summary(store: Store, service_date: str) -> dict[str, int]:
    """Counts by status for one day, plus ``revenue_cents`` for what arrived."""
    totals = store.day_totals(check_date(service_date))
    counts = {status.value: totals.get(status.value, (0, 0))[0] for status in Status}
    counts["revenue_cents"] = totals.get(Status.DELIVERED.value, (0, 0))[1]
    return counts
