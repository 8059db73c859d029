"""Reads spreadsheets: workbooks of Excel and OpenDocument become `sheet.Sheet`s, which `writing` writes as text."""
