"""Hashing at the least cost: 64 MiB for each password would be a large part of the suite."""

from argon2 import PasswordHasher

from wx_backend.identity.signin import passwords

OF_PRODUCT = passwords._hasher
"""The product's own, whatever takes its place later."""

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
