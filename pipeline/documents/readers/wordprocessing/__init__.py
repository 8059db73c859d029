"""Reads WordprocessingML (ECMA-376, part 1, 17), the format of docx, docm and dotx files. `reading.read_word` is the
entry."""
