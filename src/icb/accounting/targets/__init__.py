"""Accounting applications and file formats, one file or folder each (see ports.py)."""
