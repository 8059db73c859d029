"""The public interface in Python: runs, and their pieces as functions on plain values. One file a function.

`pipeline/__init__.py` lists the functions and imports them when they are first used. Each calls what the stages and
commands call; nothing is implemented a second time here. Settings have the names and defaults of a recipe's keys.
"""
