# SPDX-License-Identifier: Apache-2.0
"""Limits of the vans and the network, and the few settings that can change.

Constants describe vans, scales and roads and are edited in a commit.
``Settings`` holds what differs from day to day, read from the environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import ConfigError

#: District in which the depot stands; every round starts and ends there.
DEPOT_DISTRICT = "HB-01"

#: Payload of one van in grams (640 kg: the plate says 715, the rack weighs 75).
VAN_MAX_WEIGHT_G = 640_000

#: Usable load space of one van in cubic centimetres (7.2 cubic metres).
VAN_MAX_VOLUME_CM3 = 7_200_000

#: Heaviest parcel one driver may lift alone, in grams.
PARCEL_MAX_WEIGHT_G = 30_000

#: Longest allowed side in centimetres: the width of the sorting belt.
PARCEL_MAX_SIDE_CM = 120

#: Cubic centimetres that are charged as one gram.
VOLUMETRIC_CM3_PER_G = 5

#: Road kilometres per straight-line kilometre, fitted in October 2024.
ROAD_FACTOR = 1.32

#: Minutes lost on entering a district: parking, sorting the next cage.
STOP_FIXED_MIN = 4.0

#: Minutes at each door.
STOP_PER_PARCEL_MIN = 3.0

#: Passes after which ``planner.two_opt`` stops even if still improving.
TWO_OPT_MAX_PASSES = 12


@dataclass(frozen=True)
class Settings:
    """Database path, vans on the road, longest round in minutes, speed in km/h."""

    db_path: str = "parcelroute.db"
    vans: int = 3
    shift_min: float = 510.0
    speed_kmh: float = 34.0


def _positive(env: Mapping[str, str], name: str, default: float) -> float:
    """Return the number in ``env[name]``, or ``default``; it must exceed zero."""
    raw = env.get(name)
    if raw is None:
        return default
    try:
        value = float(raw)
    except ValueError:
        raise ConfigError(f"{name} is not a number: {raw!r}") from None
    if value <= 0:
        raise ConfigError(f"{name} must be above zero, not {raw}")
    return value


def load_settings(env: Mapping[str, str] | None = None) -> Settings:
    """Build ``Settings`` from ``env`` (the process environment by default)."""
    source = os.environ if env is None else env
    base = Settings()
    vans = _positive(source, "PARCELROUTE_VANS", base.vans)
    if vans != int(vans):
        raise ConfigError("PARCELROUTE_VANS must be a whole number")
    return Settings(
        db_path=source.get("PARCELROUTE_DB", base.db_path),
        vans=int(vans),
        shift_min=_positive(source, "PARCELROUTE_SHIFT_MIN", base.shift_min),
    )
