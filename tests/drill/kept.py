"""A database as it was once, as often as that is wanted: its indexes are made only once."""

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.database import Database

from tests.helpers.databases import MONTHLY


class Kept:
    """What ``database`` holds when this is made. Months that begin later are taken away."""

    def __init__(self, database: Database):
        self._db = database.with_options(CodecOptions(document_class=RawBSONDocument))
        self._docs = {name: list(self._db[name].find()) for name in self._names()}

    def _names(self) -> list[str]:
        return self._db.list_collection_names()

    def restore(self) -> None:
        for name in self._names():
            if MONTHLY.search(name) and name not in self._docs:
                self._db.drop_collection(name)
            else:
                self._db[name].delete_many({})
        for name, docs in self._docs.items():
            if docs:
                self._db[name].insert_many(docs)
