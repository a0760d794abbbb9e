"""Ways to insurance bureaus, by the code of the institution that has one (docs/insurance.md).

None is shipped: a hospital adds its row with its adapter.
"""

from collections.abc import Callable

from wx_backend.base.clock import Clock
from wx_backend.gateways.insurance.port import InsurancePort

ADAPTERS: dict[str, Callable[[Clock], InsurancePort]] = {}
"""Made once in a process, from its wire clock."""
