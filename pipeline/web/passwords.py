"""How passwords are kept: Argon2id with 19 MiB, as OWASP asks for at least."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """Argon2id, 19 MiB, two passes, one lane (OWASP's password storage cheat sheet).

    Django's default takes 100 MiB a login: twenty at once would be 2 GB.
    """

    memory_cost = 19456  # KiB
    time_cost = 2
    parallelism = 1
