"""The password hasher of the installation, at a cost that suits thousands of tests.

What is stored has the same form and is checked by the same code. What it costs to guess is the
settings' affair, and a test of signing in asks those.
"""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickHasher(Argon2PasswordHasher):
    """Argon2 with the least work that it allows."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
