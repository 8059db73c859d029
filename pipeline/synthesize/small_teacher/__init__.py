"""Code for very small teachers only: the facts to ask them about, their prompts, and checks of their questions."""
