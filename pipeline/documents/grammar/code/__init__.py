"""Source code: files of a joined tree, their definitions, and the calls whose target is certain."""
