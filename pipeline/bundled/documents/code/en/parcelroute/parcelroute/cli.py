# SPDX-License-Identifier: Apache-2.0
"""Command line. Errors go to standard error; see errors.py for exit codes."""

from __future__ import annotations

import argparse
import sys

from . import api
from .config import load_settings
from .errors import ParcelRouteError
from .geocode import district_name
from .models import Dimensions, Parcel, Plan, Quote
from .rates import EXTRAS_CENTS
from .storage import Store


def money(cents: int) -> str:
    """Format cents for a label: ``1234`` becomes ``"12.34"``."""
    return f"{cents // 100}.{cents % 100:02d}"


def show_quote(quote: Quote) -> str:
    """Render a quote line by line, as on the receipt."""
    lines = [f"zone {quote.zone}, {quote.chargeable_g} g"]
    for name in ("base", "fuel", "extras", "cover", "discount", "total"):
        lines.append(f"  {name:<9} {money(getattr(quote, name + '_cents')):>8}")
    return "\n".join(lines)


def show_plan(plan: Plan) -> str:
    """Render a plan as the sheet pinned up at the depot."""
    lines = [f"plan for {plan.service_date}"]
    for one in plan.rounds:
        lines.append(
            f"van {one.van}: {len(one.parcels)} parcels, "
            f"{one.distance_km:.1f} km, {one.duration_min:.0f} min"
        )
        lines.append("  " + ", ".join(district_name(s.district) for s in one.stops))
    lines.append(f"unassigned: {len(plan.unassigned)}")
    return "\n".join(lines)


def build_parser() -> argparse.ArgumentParser:
    """Describe the commands."""
    parser = argparse.ArgumentParser(prog="parcelroute", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    add = commands.add_parser("add", help="accept a parcel at the counter")
    add.add_argument("parcel_id")
    add.add_argument("district")
    add.add_argument("weight_g", type=int)
    add.add_argument("dims", help="centimetres, such as 30x20x15")
    add.add_argument("--declared-cents", type=int, default=0)
    for flag in EXTRAS_CENTS:
        add.add_argument(f"--{flag}", action="store_true")

    for name in ("deliver", "refuse"):
        commands.add_parser(name).add_argument("parcel_id")
    for name in ("plan", "summary"):
        commands.add_parser(name).add_argument("service_date")
    return parser


def run(args: argparse.Namespace, store: Store) -> str:
    """Carry out one parsed command and return the text to print."""
    if args.command == "add":
        parcel = Parcel(
            args.parcel_id, args.district, args.weight_g, Dimensions.parse(args.dims),
            args.declared_cents, frozenset(n for n in EXTRAS_CENTS if getattr(args, n)),
        )
        return show_quote(api.accept(store, parcel))
    if args.command == "deliver":
        api.deliver(store, args.parcel_id)
        return f"{args.parcel_id} delivered"
    if args.command == "refuse":
        api.refuse(store, args.parcel_id)
        return f"{args.parcel_id} refused"
    if args.command == "plan":
        return show_plan(api.plan(store, args.service_date, load_settings()))
    counts = api.summary(store, args.service_date)
    revenue = counts.pop("revenue_cents")
    lines = [f"{status}: {count}" for status, count in counts.items()]
    return "\n".join(lines + [f"revenue: {money(revenue)}"])


def main(argv: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    args = build_parser().parse_args(argv)
    try:
        store = Store(load_settings().db_path)
        try:
            print(run(args, store))
        finally:
            store.close()
    except ParcelRouteError as error:
        print(f"parcelroute: {error}", file=sys.stderr)
        return error.exit_code
    return 0
