"""From scored answers to figures: tables with intervals, pairs, the effective length, the headline and the files."""
