"""Turns documents into contexts (rows of the corpus), and contexts into packs: splits, joins, mixes and packs them."""
