"""Turns verified candidates into training rows, trainer configs and a dataset card, and writes Megatron's formats."""
