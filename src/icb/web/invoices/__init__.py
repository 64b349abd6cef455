"""Invoices: what waits, what was issued, one document, and the line that proves itself."""
