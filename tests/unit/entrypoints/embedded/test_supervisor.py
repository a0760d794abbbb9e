"""What crashed is started again with patience; everything stops in the order it stands on."""

from wx_backend.entrypoints.embedded.process import Backoff, StartFailed
from wx_backend.entrypoints.embedded.supervisor import Supervisor


class Fake:
    """A service that only notes what it is told."""

    def __init__(self, name: str, journal: list[str], failures: int = 0) -> None:
        self.name, self.alive = name, True
        self._journal, self._failures = journal, failures

    def start_again(self) -> None:
        self._journal.append(f"start {self.name}")
        if self._failures:
            self._failures -= 1
            raise StartFailed("no port")
        self.alive = True

    def terminate(self) -> None:
        self._journal.append(f"terminate {self.name}")

    def stop(self) -> None:
        self._journal.append(f"stop {self.name}")


def test_a_living_service_is_left_alone() -> None:
    journal: list[str] = []
    supervisor = Supervisor(journal.append)
    supervisor.add(Fake("web", journal), layer=0)
    supervisor.look(now=0.0)
    assert journal == []


def test_a_crash_is_told_cleaned_up_and_restarted_after_the_delay() -> None:
    journal: list[str] = []
    told: list[str] = []
    web = Fake("web", journal)
    supervisor = Supervisor(told.append)
    supervisor.add(web, layer=0)
    web.alive = False
    supervisor.look(now=10.0)
    assert journal == ["stop web"]
    supervisor.look(now=10.4)
    assert journal == ["stop web"]
    supervisor.look(now=10.6)
    assert journal == ["stop web", "start web"]
    assert len(told) == 2
    assert all("web" in line for line in told)


def test_a_restart_that_fails_is_tried_again_later() -> None:
    journal: list[str] = []
    web = Fake("web", journal, failures=1)
    supervisor = Supervisor(lambda line: None)
    supervisor.add(web, layer=0)
    web.alive = False
    for now in (0.0, 0.6, 1.0, 1.7):
        supervisor.look(now)
    assert journal.count("start web") == 2
    assert web.alive


def test_upper_layers_stop_first_and_together() -> None:
    journal: list[str] = []
    supervisor = Supervisor(lambda line: None)
    for name, layer in (("mongod", 0), ("web", 2), ("worker", 2)):
        supervisor.add(Fake(name, journal), layer)
    supervisor.stop_all()
    assert journal == [
        *("terminate web", "terminate worker", "stop web", "stop worker"),
        *("terminate mongod", "stop mongod"),
    ]


def test_a_released_service_is_no_longer_restarted_or_stopped() -> None:
    journal: list[str] = []
    redis = Fake("redis", journal)
    supervisor = Supervisor(lambda line: None)
    supervisor.add(redis, layer=0)
    assert supervisor.release("redis") is redis
    redis.alive = False
    assert supervisor.complete
    supervisor.look(now=0.0)
    supervisor.look(now=100.0)
    supervisor.stop_all()
    assert journal == []


def test_the_patience_with_each_service_is_made_as_told() -> None:
    journal: list[str] = []
    web = Fake("web", journal)
    supervisor = Supervisor(lambda line: None, backoff=lambda: Backoff(first=3, most=3))
    supervisor.add(web, layer=0)
    web.alive = False
    supervisor.look(now=0.0)
    supervisor.look(now=2.9)
    assert "start web" not in journal
    assert not supervisor.complete
    supervisor.look(now=3.0)
    assert "start web" in journal
    assert supervisor.complete
