"""Reads data sets of the `datasets` library: from the Hugging Face hub, or from a local folder.

`discovery` finds the data files of an input that starts with `hf:`; `readers.dataset` reads them. The library is
imported inside functions, because that takes a second.
"""
