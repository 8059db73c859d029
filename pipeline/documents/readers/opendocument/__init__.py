"""Reads OpenDocument (ISO/IEC 26300): text documents by `text_files`, presentations by `slides`."""
