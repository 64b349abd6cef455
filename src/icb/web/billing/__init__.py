"""Approve and Post: drafts, posted items, manual items, bill runs and second persons."""
