"""Blocks of datatrove that a recipe names: they are found, checked and made here.

Nothing here imports datatrove before a recipe asks for a block.
"""
