"""Recipes: frozen pydantic models, the only home of defaults."""
