"""Billing stories in a file: read, played on a throw-away database, printed and compared."""
