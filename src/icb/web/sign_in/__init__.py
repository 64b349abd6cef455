"""Signing in, and who one is: first set-up, links, second factor, sessions."""
