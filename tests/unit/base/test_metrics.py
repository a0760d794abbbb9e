from urllib.request import urlopen

from tests.helpers import counted
from wx_backend.base import metrics
from wx_backend.entrypoints.embedded.ports import pick_free


def test_every_metric_has_help_and_few_labels():
    families = list(metrics.REGISTRY.collect())
    assert families
    for family in families:
        assert family.name.startswith("wx_")
        assert family.documentation.endswith(".")


def test_text_shows_what_was_counted():
    counter = metrics.MESSAGES.labels("wechat", "SENT")
    counter.inc()
    line = f'wx_messages_total{{channel="wechat",state="SENT"}} {counter._value.get()}'
    assert line in counted.text()


def test_processes_of_a_machine_serve_side_by_side():
    first = pick_free()
    ports = [metrics.serve(first), metrics.serve(first)]
    assert len(set(ports)) == 2 and min(ports) >= first
    for port in ports:
        with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            assert b"# HELP wx_messages_total" in answer.read()
    assert metrics.serve(0) == 0


def test_a_child_is_the_one_that_its_labels_name():
    assert metrics.child(metrics.SWEEPS, "a", "done") is metrics.SWEEPS.labels("a", "done")
    assert metrics.child(metrics.SWEEPS, "b", "done") is not metrics.child(
        metrics.SWEEPS, "a", "done"
    )
