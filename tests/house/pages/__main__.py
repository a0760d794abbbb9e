"""``script/docs``: writes the generated pages and freezes the examples of new event versions."""

from tests.house import frozen
from tests.house.pages import book

for path in [*book.write(), *frozen.write()]:
    print(f"wrote {path}")
