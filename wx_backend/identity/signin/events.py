"""What members are told of their own sign-in; no event says anything secret."""

from wx_backend.base.events import EventType

_WHO = {"members": ["stf00000000000000000000000000"]}

CHANGED = EventType("signin.changed", 1, {**_WHO, "what": "password"})
"""By the member: ``what`` is ``password``, ``app`` (set up, with a password of one's own),
``recovery_codes`` (new ones) or ``recovered`` (one was used; ``left`` are)."""

RESET = EventType("signin.reset", 1, dict(_WHO))
"""By an administrator, who hands a first password out; everything before is void."""

NEW_DEVICE = EventType("signin.new_device", 1, dict(_WHO))
"""Password and code were given in a browser that the member has not used so far."""

events = [CHANGED, RESET, NEW_DEVICE]
