"""What is critical has its own way through every process, and a worker that does nothing else."""

import argparse

from wx_backend.base.outbox import CRITICAL
from wx_backend.entrypoints import wiring
from wx_backend.entrypoints.cli import worker

URGENT = {
    "relay collect critical",
    "relay deliver critical",
    "critical escalate",
    "messages send critical",
}


def test_the_urgent_worker_does_what_is_critical_and_nothing_else():
    assert {sweep.name for sweep in wiring.urgent_sweeps()} == URGENT


def test_every_process_that_sweeps_does_it_too():
    assert {sweep.name for sweep in wiring.sweeps()} >= URGENT


def test_a_nudge_of_the_critical_lane_turns_nothing_ordinary():
    turned = {sweep.name for sweep in wiring.lanes()[CRITICAL]}
    assert turned <= URGENT
    assert turned & {sweep.name for sweep in wiring.lanes()["relay"]} == set()


def test_a_worker_may_be_told_its_lane():
    parser = argparse.ArgumentParser()
    worker.configure(parser)
    assert parser.parse_args(["--lane", "critical"]).lane == CRITICAL
    assert parser.parse_args([]).lane is None
