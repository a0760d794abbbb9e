"""Whatever people, the hospital, the platform and the clock do, in any order: places and money are
conserved.

A few short stories; ``script/drill machine`` tells many long ones (rules and truths:
``tests/drill/machine``).
"""

from tests.drill.machine import story


def test_places_and_money_are_conserved_whatever_happens(mongo_uri, sandbox):
    story.play(mongo_uri, sandbox, examples=10, steps=30)
