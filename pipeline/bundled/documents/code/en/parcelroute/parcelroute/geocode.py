# SPDX-License-Identifier: Apache-2.0
"""Districts, their centres, and the distances between them.

A parcel is taken to be at the centre of its district, which is good to about
1.5 km in town and 4 km on the moor.
"""

from __future__ import annotations

import math

from . import config
from .errors import UnknownDistrictError
from .models import GeoPoint

#: Mean radius of the earth in kilometres.
EARTH_RADIUS_KM = 6371.0

#: District code to (name, centre in decimal degrees).
DISTRICTS: dict[str, tuple[str, GeoPoint]] = {
    "HB-01": ("Quayside", GeoPoint(44.1000, -66.3000)),
    "HB-02": ("Tannery Row", GeoPoint(44.1210, -66.2840)),
    "HB-03": ("Lower Mills", GeoPoint(44.0820, -66.3350)),
    "HB-04": ("Gallows Green", GeoPoint(44.1405, -66.3320)),
    "HB-05": ("Priory Heath", GeoPoint(44.1660, -66.2510)),
    "HB-06": ("Saltmarsh", GeoPoint(44.0310, -66.3480)),
    "HB-07": ("Kestrel Park", GeoPoint(44.1130, -66.1870)),
    "HB-08": ("Whin Moor", GeoPoint(44.2240, -66.4110)),
    "HB-09": ("Farthing Cross", GeoPoint(43.9500, -66.1900)),
    "HB-10": ("Skerry Point", GeoPoint(44.0050, -66.5210)),
    "HB-11": ("Outer Holm", GeoPoint(44.3900, -66.6200)),
}


def normalise(code: str) -> str:
    """Return a known district code: ``" hb7 "`` becomes ``"HB-07"``."""
    text = code.strip().upper().replace("-", "").replace(" ", "")
    digits = text[2:]
    if text.startswith("HB") and digits.isdecimal():
        candidate = f"HB-{int(digits):02d}"
        if candidate in DISTRICTS:
            return candidate
    raise UnknownDistrictError(code)


def locate(code: str) -> GeoPoint:
    """Return the centre of a district."""
    return DISTRICTS[normalise(code)][1]


def district_name(code: str) -> str:
    """Return a district's name, such as ``"Kestrel Park"``."""
    return DISTRICTS[normalise(code)][0]


def haversine_km(a: GeoPoint, b: GeoPoint) -> float:
    """Great-circle distance between two points in kilometres."""
    lat1, lat2 = math.radians(a.lat), math.radians(b.lat)
    half_dlat = (lat2 - lat1) / 2
    half_dlon = math.radians(b.lon - a.lon) / 2
    h = math.sin(half_dlat) ** 2
    h += math.cos(lat1) * math.cos(lat2) * math.sin(half_dlon) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(h))


def road_km(from_code: str, to_code: str) -> float:
    """Estimated road distance between two districts in kilometres."""
    return haversine_km(locate(from_code), locate(to_code)) * config.ROAD_FACTOR


def depot_km(code: str) -> float:
    """Estimated road distance from the depot in kilometres."""
    return road_km(config.DEPOT_DISTRICT, normalise(code))


def drive_min(distance_km: float, speed_kmh: float) -> float:
    """Minutes needed to drive ``distance_km`` at ``speed_kmh``."""
    return distance_km / speed_kmh * 60
