"""Contracts: the list, the page of one with its tabs, service mapping, and the catalogue."""
