# SPDX-License-Identifier: Apache-2.0
"""Price parcels and plan van rounds for a one-depot courier."""

__version__ = "0.7.2"
