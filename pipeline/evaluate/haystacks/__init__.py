"""What generated evaluation tasks share: prompts filled to a length, needles, words. Imports no task."""
