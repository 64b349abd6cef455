"""Payments: recorded, brought as a file, allocated, reversed; statements and receivables."""
