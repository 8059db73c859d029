"""Recipes: frozen pydantic models that hold the defaults."""
