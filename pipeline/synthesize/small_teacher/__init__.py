"""Code only for very small teachers: facts that they are asked about, their prompts and checks of their questions."""
