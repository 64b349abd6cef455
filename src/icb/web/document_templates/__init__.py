"""Screens on how documents look: templates, their editor and who has which."""
