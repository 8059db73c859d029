"""What serves very small teachers only: what they can be asked about, their prompts, and checks of what they write."""
