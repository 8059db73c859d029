"""The training loop: steps, guard, validation, checkpoints, metrics, and a stop that loses no finished step."""
