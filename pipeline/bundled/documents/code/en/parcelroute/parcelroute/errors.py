# SPDX-License-Identifier: Apache-2.0
"""Exceptions, each with the exit code that the command line returns for it."""

from __future__ import annotations


class ParcelRouteError(Exception):
    """Base class. ``exit_code`` is what ``cli.main`` hands to the shell."""

    exit_code: int = 1


class ConfigError(ParcelRouteError):
    """A setting or an argument cannot be understood."""

    exit_code = 2


class UnknownDistrictError(ParcelRouteError):
    """The district code is not in ``geocode.DISTRICTS``."""

    exit_code = 3

    def __init__(self, code: str) -> None:
        super().__init__(f"unknown district code: {code!r}")


class OversizeParcelError(ParcelRouteError):
    """Too heavy, too long or too bulky."""

    exit_code = 4


class OutOfAreaError(ParcelRouteError):
    """The address lies beyond the last tariff zone."""

    exit_code = 5

    def __init__(self, distance_km: float, limit_km: float) -> None:
        super().__init__(f"{distance_km:.1f} km away; the limit is {limit_km:.1f} km")


class StorageError(ParcelRouteError):
    """A duplicate, a missing parcel, or a day planned twice."""

    exit_code = 6


class InvalidTransitionError(ParcelRouteError):
    """A parcel was asked to move to a status it cannot reach."""

    exit_code = 7

    def __init__(self, parcel_id: str, old: str, new: str) -> None:
        super().__init__(f"parcel {parcel_id}: cannot go from {old} to {new}")
