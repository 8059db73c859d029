"""The stages of a build, and what they share. Each stage runs as one Beam job."""
