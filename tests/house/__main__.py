"""``script/house``: prints the figures; 1 when a rule is broken or a page is stale."""

from tests.house import figures
from tests.house.pages import book

for line in figures.report():
    print(line)
raise SystemExit(bool(figures.broken() or book.stale()))
