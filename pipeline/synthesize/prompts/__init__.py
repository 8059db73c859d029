"""The chat prompts for teachers, and the wording of all prompts."""
