"""The grammar of turns: who says what in a dialogue, and when. Begin with `reading.read_turns`."""
