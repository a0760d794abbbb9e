"""Refuse every connection and look-up that would leave this machine.

Installed in the test processes by `tests/conftest.py`, and in the Python processes they start by
`sitecustomize.py` beside this file, whose folder the conftest puts on their PYTHONPATH.
"""

import ipaddress
import sys

LOCAL_NAMES = frozenset({"", "localhost", "0.0.0.0", "::"})  # noqa: S104 - names, nothing is bound here
CONNECTING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
RESOLVING = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})


class OutsideConnection(RuntimeError):
    """Something in the suite tried to reach another machine."""


def is_local(host: object) -> bool:
    """Whether a host as given to a socket call stays on this machine."""
    if host is None:
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(name.split("%")[0]).is_loopback
    except ValueError:
        return False


def refuse_outside(event: str, args: tuple[object, ...]) -> None:
    """The audit hook: look at the address of a connect or the name of a look-up."""
    if event in CONNECTING:
        address = args[1]
        if isinstance(address, tuple) and not is_local(address[0]):
            raise OutsideConnection(f"{event} {address!r}: tests only use loopback")
    elif event in RESOLVING and not is_local(args[0]):
        raise OutsideConnection(f"{event} {args[0]!r}: tests only use loopback")


def install() -> None:
    """For the life of this process; an audit hook cannot be taken away."""
    sys.addaudithook(refuse_outside)
