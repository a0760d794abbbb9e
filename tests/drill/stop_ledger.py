"""The ledger of a stopped session: who was asked, answered, called, moved, paid back, and told."""

from collections import Counter
from collections.abc import Iterator

from tests.drill.books import Books
from tests.drill.stopped import Answers

ENDS = {"MOVED": "RESCHEDULED", "REFUNDED": "STOPPED"}
"""By the end of a case, what has become of its appointment."""

RESULT = {"MOVED": "appointment.moved", "REFUNDED": "appointment.stopped"}
MONEY = "payment.refunded"


def problems(found: Books, cases: list[dict], mine: set[str], answers: Answers) -> list[str]:
    """Everything that does not balance; ``mine`` are the appointments of the stopped session."""
    return [
        *answers.surprises,
        *_cases(found, cases, mine),
        *_told(found, cases),
        *_promises(cases, answers),
    ]


def _cases(found: Books, cases: list[dict], mine: set[str]) -> Iterator[str]:
    """Everybody has one case that has ended; the appointment and its successor agree with it."""
    stored = {one["_id"]: one for one in found.appointments}
    known = Counter(one["appointment"] for one in cases)
    yield from (f"{key} was never asked" for key in sorted(mine - known.keys()))
    yield from (f"{key} was asked and not concerned" for key in sorted(known.keys() - mine))
    for case in cases:
        name = f"{case['_id']} ({case['state']})"
        if case["state"] not in ENDS:
            yield f"{name} has not come to an end"
            continue
        was = stored[case["appointment"]]["state"]
        if was != ENDS[case["state"]]:
            yield f"{name}: its appointment is {was}"
        new = stored.get(case["moved_to"])
        if (new and new["state"]) != ("BOOKED" if case["state"] == "MOVED" else None):
            yield f"{name}: moved to {new and new['state']}"
    kept = [one for one in found.appointments if one.get("kept_for") and one["state"] == "HELD"]
    yield from (f"{one['_id']} is still kept for nobody" for one in kept)


def _told(found: Books, cases: list[dict]) -> Iterator[str]:
    """Each is asked once a round and told once what has become of it; the money once."""
    told = Counter(
        (one["event"]["type"], one["account"], one["event"]["data"].get("appointment", ""))
        for one in found.messages
    )
    money = Counter(one["account"] for one in found.messages if one["event"]["type"] == MONEY)
    for case in cases:
        if case["state"] not in ENDS:
            continue
        name, who, about = case["_id"], case["account"], case["appointment"]
        asked = told["stop.asked", who, about]
        if asked != case["round"]:
            yield f"{name} was asked {asked} times in {case['round']} rounds"
        after = case["moved_to"] or about
        for state, event in RESULT.items():
            if told[event, who, after] != (state == case["state"]):
                yield f"{name} ({case['state']}) was told {event} {told[event, who, after]} times"
        if money[who] != (case["state"] == "REFUNDED"):
            yield f"{name} ({case['state']}) was told of money {money[who]} times"


def _promises(cases: list[dict], answers: Answers) -> Iterator[str]:
    """What a patient was answered is what has been done."""
    chosen = {one["appointment"]: one["choice"] for one in cases}
    for appointment, choice in answers.given.items():
        if chosen.get(appointment) != choice:
            yield f"{appointment} was answered {choice}, it is {chosen.get(appointment)}"


def table(found: Books, cases: list[dict], answers: Answers) -> str:
    """Asked, answered, called, done, told, and the money."""
    by = Counter(f"{one['choice']} by {one['answered_by'].partition(':')[0]}" for one in cases)
    told = Counter(
        (one["event"]["type"], one["state"])
        for one in found.messages
        if one["event"]["type"] in ("stop.asked", *RESULT.values(), MONEY)
    )
    sums = found.platform["sums"]
    return "\n".join(
        [
            f"  asked {len(cases)}, of whom again {sum(one['round'] > 1 for one in cases)};"
            f" called {sum(bool(one['calls']) for one in cases)}",
            f"  decided: {_list(by)}",
            f"  cases {_list(Counter(one['state'] for one in cases))}; appointments"
            f" {_list(Counter(one['state'] for one in found.appointments))}",
            *(f"  told {kind}: {count} {state.lower()}" for (kind, state), count in told.items()),
            f"  platform: paid {sums['paid']} fen, refunded {sums['refunded']}, balance"
            f" {sums['balance']}",
            f"  answers acknowledged {len(answers.given)}; refused: {_list(answers.refusals)}",
        ]
    )


def _list(counted: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counted.most_common()) or "none"
