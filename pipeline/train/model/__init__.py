"""The student: a base model under the recipe, its stages and its forward pass over a pack."""
