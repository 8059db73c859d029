"""The stages of a build, each of which runs as one Beam job, and what the stages share."""
