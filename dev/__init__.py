"""Tools for working on ICB; nothing here is part of an installation, but the launcher."""
