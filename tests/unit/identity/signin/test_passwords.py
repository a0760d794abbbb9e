"""What hashing costs the product, and that a hash tells its cost."""

from argon2 import PasswordHasher, Type, extract_parameters

from tests.helpers.hashing import OF_PRODUCT
from wx_backend.identity.signin import passwords


def test_hashing_costs_what_rfc_9106_says():
    """Its second recommendation (section 4): argon2id, 3 passes over 64 MiB in 4 lanes."""
    stored = extract_parameters(OF_PRODUCT.hash("Quiet-Harbour-77"))
    assert stored.type is Type.ID
    assert (stored.time_cost, stored.memory_cost, stored.parallelism) == (3, 65536, 4)
    assert (stored.salt_len, stored.hash_len) == (16, 32)


def test_a_hash_of_another_cost_still_fits():
    older = PasswordHasher(time_cost=2, memory_cost=64, parallelism=2).hash("Quiet-Harbour-77")
    assert passwords._verify(older, "Quiet-Harbour-77")
    assert not passwords._verify(older, "Quiet-Harbour-78")
    assert not passwords._verify(None, "Quiet-Harbour-77")
