"""A password hasher for tests: the real one is made to be slow."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """PBKDF2 with one iteration."""

    algorithm = "quick"
    iterations = 1
