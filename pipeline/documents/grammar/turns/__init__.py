"""The grammar of turns: the words, speaker and time in a dialogue. The entry point is `reading.read_turns`."""
