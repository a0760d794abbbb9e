"""Only the clocks read the time, and only sweeps wait for it."""

import ast
from collections.abc import Iterator

from tests.house.rule import Rule, each
from tests.house.source import Source, dotted

READS = (
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.gmtime",
    "time.localtime",
    "time.ctime",
)
MAY_READ = {
    "wx_backend/base/clock.py": "the clocks",
    "wx_backend/base/log.py": "a log line is stamped when it is written",
    "wx_backend/entrypoints/sandbox/clock.py": "the platforms have a time of their own",
}
DATABASE_TIME = {"$$NOW": "the database's clock is not ours", "$currentDate": "neither is this"}
TTL = "expireAfterSeconds"
CELERY_TIME = ("eta", "countdown")


def clocks(source: Source) -> Iterator[str]:
    if source.path in MAY_READ:
        return
    for node in source.nodes:
        name = dotted(node)
        if any(name == read or name.endswith(f".{read}") for read in READS):
            yield f"{source.path}:{node.lineno} reads {name}; ask a clock (base/clock.py)"
    for line, target, _ in source.imports:
        if target in ("time.time", "time.time_ns"):
            yield f"{source.path}:{line} imports {target}; ask a clock (base/clock.py)"


def database_time(source: Source) -> Iterator[str]:
    for node in source.constants:
        for word, why in DATABASE_TIME.items():
            if word in node.value:
                yield f"{source.path}:{node.lineno} uses {word}: {why}"
        if node.value == TTL:
            yield f"{source.path}:{node.lineno} deletes by TTL; the clock of business data is ours"
    for node in source.nodes:
        if isinstance(node, ast.keyword) and node.arg == TTL:
            yield f"{source.path}:{node.value.lineno} deletes by TTL"


def celery_time(source: Source) -> Iterator[str]:
    for node in source.nodes:
        if not isinstance(node, ast.Call):
            continue
        for given in node.keywords:
            if given.arg in CELERY_TIME:
                yield (
                    f"{source.path}:{node.lineno} gives {given.arg}=; "
                    "later work is a due_at in MongoDB and a sweep"
                )


rules = [
    Rule(
        "only clocks read the time",
        each(clocks),
        good={
            "wx_backend/base/clock.py": "datetime.now(UTC)",
            "booking/queue/service.py": "from time import monotonic\nctx.now(); monotonic()",
        },
        bad={
            "booking/queue/service.py:3 reads datetime.datetime.now": {
                "booking/queue/service.py": "\n\nat = datetime.datetime.now(UTC)",
            },
            "booking/queue/service.py:1 imports time.time": {
                "booking/queue/service.py": "from time import time",
            },
        },
    ),
    Rule(
        "no time of the database, no TTL index",
        each(database_time),
        good={
            "booking/queue/store.py": "'''No $$NOW here.'''\n{'$set': {'at': now}}\n"
            "Index('due', (('due_at', 1),))",
        },
        bad={
            "booking/queue/store.py:1 uses $$NOW": {
                "booking/queue/store.py": "{'$set': {'at': '$$NOW'}}",
            },
            "booking/queue/store.py:2 deletes by TTL": {
                "booking/queue/store.py": "\nIndexModel(keys, expireAfterSeconds=60)",
            },
            "booking/queue/store.py:1 deletes by TTL": {
                "booking/queue/store.py": "{'expireAfterSeconds': 60}",
            },
        },
    ),
    Rule(
        "no Celery eta or countdown",
        each(celery_time),
        good={"notify/relay/tasks.py": "send.apply_async(expires=5)"},
        bad={
            "notify/relay/tasks.py:1 gives countdown=": {
                "notify/relay/tasks.py": "send.apply_async(countdown=5)",
            },
            "notify/relay/tasks.py:1 gives eta=": {
                "notify/relay/tasks.py": "send.apply_async(eta=at)",
            },
        },
    ),
]
