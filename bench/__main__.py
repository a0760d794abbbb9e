"""``python -m bench [NAME…] [--quick]``: one JSON line a figure; all of them without a name."""

import argparse
from collections.abc import Callable, Iterator

from bench import (
    book,
    broker,
    calls,
    contention,
    critical_latency,
    drivers,
    first_page,
    growth,
    live,
    messages,
    my_appointments,
    oru,
    places,
    reconciliation,
    relay,
    rush,
    slots_read,
    validation,
)
from bench.figures import Figure

FIGURES: dict[str, Callable[[bool], Iterator[Figure]]] = {
    "slots_read": slots_read.run,
    "book": book.run,
    "contention": contention.run,
    "my_appointments": my_appointments.run,
    "growth": growth.run,
    "rush": rush.run,
    "first_page": first_page.run,
    "critical_latency": critical_latency.run,
    "calls": calls.run,
    "drivers": drivers.run,
    "live": live.run,
    "messages": messages.run,
    "relay": relay.run,
    "broker": broker.run,
    "oru": oru.run,
    "places": places.run,
    "reconciliation": reconciliation.run,
    "validation": validation.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(FIGURES))
    parser.add_argument("--quick", action="store_true", help="short runs")
    args = parser.parse_args()
    if unknown := set(args.names) - FIGURES.keys():
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    for name in args.names or FIGURES:
        for figure in FIGURES[name](args.quick):
            figure.show()


if __name__ == "__main__":
    main()
