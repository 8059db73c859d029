"""Scripts that run in the environment of a trainer, which does not have this project. They write what it loaded."""
