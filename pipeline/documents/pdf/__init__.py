"""PDF pages into blocks of text: words with positions, columns, tables, headings, lists and footnotes."""
