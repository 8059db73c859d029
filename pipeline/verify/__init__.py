"""Whether a folder is what it says: a build, a model or an evaluation."""
