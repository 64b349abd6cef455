"""Formats that a person carries over: a file of many documents' entries (see ports.FileTarget)."""
