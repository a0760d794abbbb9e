"""The sandbox's memory: one SQLite file, written before a platform answers.

A killed sandbox starts again with the same books, tokens, codes and undelivered callbacks.
Money columns are fen; moments are seconds since 1970 (UTC).
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
  out_trade_no TEXT PRIMARY KEY, prepay_id TEXT UNIQUE, transaction_id TEXT UNIQUE, kind TEXT,
  request TEXT, total INTEGER, openid TEXT, state TEXT, created REAL, expires REAL, paid REAL,
  closed REAL);
CREATE TABLE IF NOT EXISTS refunds (
  out_refund_no TEXT PRIMARY KEY, refund_id TEXT UNIQUE, out_trade_no TEXT, amount INTEGER,
  total INTEGER, reason TEXT, notify_url TEXT, status TEXT, outcome TEXT, created REAL,
  settled REAL, settle_at REAL, polls INTEGER);
CREATE INDEX IF NOT EXISTS refunds_of ON refunds (out_trade_no);
CREATE TABLE IF NOT EXISTS ledger (
  id INTEGER PRIMARY KEY, at REAL, kind TEXT, reference TEXT, fen INTEGER);
CREATE TABLE IF NOT EXISTS alipay_trades (
  out_trade_no TEXT PRIMARY KEY, trade_no TEXT UNIQUE, token TEXT UNIQUE, request TEXT,
  notify_url TEXT, total INTEGER, refunded INTEGER, buyer TEXT, state TEXT, created REAL,
  expires REAL, paid REAL, closed REAL);
CREATE TABLE IF NOT EXISTS alipay_refunds (
  out_trade_no TEXT, out_request_no TEXT, amount INTEGER, reason TEXT, at REAL, polls INTEGER,
  PRIMARY KEY (out_trade_no, out_request_no));
CREATE TABLE IF NOT EXISTS alipay_ledger (
  id INTEGER PRIMARY KEY, at REAL, kind TEXT, reference TEXT, fen INTEGER);
CREATE TABLE IF NOT EXISTS bill_lines (id INTEGER PRIMARY KEY, platform TEXT, entry TEXT);
CREATE TABLE IF NOT EXISTS callbacks (
  id TEXT PRIMARY KEY, channel TEXT, kind TEXT, subject TEXT, url TEXT, payload TEXT,
  created REAL, next_at REAL, attempts INTEGER, state TEXT, answers TEXT);
CREATE INDEX IF NOT EXISTS callbacks_due ON callbacks (state, next_at);
CREATE TABLE IF NOT EXISTS messages (
  msgid INTEGER PRIMARY KEY, client_msg_id TEXT, openid TEXT, template_id TEXT, url TEXT,
  data TEXT, at REAL);
CREATE INDEX IF NOT EXISTS messages_of ON messages (openid, msgid);
CREATE INDEX IF NOT EXISTS messages_client ON messages (client_msg_id);
CREATE TABLE IF NOT EXISTS texts (
  serial TEXT PRIMARY KEY, phone TEXT, template_id TEXT, context TEXT, words TEXT, fields TEXT,
  at REAL, fate TEXT);
CREATE INDEX IF NOT EXISTS texts_to ON texts (phone, at);
CREATE TABLE IF NOT EXISTS consents (
  openid TEXT, template_id TEXT, credits INTEGER, PRIMARY KEY (openid, template_id));
CREATE TABLE IF NOT EXISTS talk (
  id TEXT PRIMARY KEY, openid TEXT, kind TEXT, content TEXT, at REAL);
CREATE INDEX IF NOT EXISTS talk_of ON talk (openid, at);
CREATE TABLE IF NOT EXISTS scenes (url TEXT PRIMARY KEY, ticket TEXT, scene TEXT, expires REAL);
CREATE TABLE IF NOT EXISTS codes (
  code TEXT PRIMARY KEY, kind TEXT, openid TEXT, scope TEXT, expires REAL, used INTEGER);
CREATE TABLE IF NOT EXISTS tokens (value TEXT PRIMARY KEY, kind TEXT, issued REAL, expires REAL);
CREATE TABLE IF NOT EXISTS quotas (day TEXT, name TEXT, used INTEGER, PRIMARY KEY (day, name));
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS wecom_messages (
  msgid TEXT PRIMARY KEY, msgtype TEXT, task_id TEXT, content TEXT, fingerprint TEXT, answer TEXT,
  at REAL, recalled REAL);
CREATE INDEX IF NOT EXISTS wecom_messages_task ON wecom_messages (task_id);
CREATE INDEX IF NOT EXISTS wecom_messages_same ON wecom_messages (fingerprint, at);
CREATE TABLE IF NOT EXISTS wecom_deliveries (
  id INTEGER PRIMARY KEY, msgid TEXT, userid TEXT, fate TEXT, at REAL, content TEXT, closed TEXT,
  updated REAL);
CREATE INDEX IF NOT EXISTS wecom_deliveries_of ON wecom_deliveries (userid, at);
CREATE INDEX IF NOT EXISTS wecom_deliveries_message ON wecom_deliveries (msgid);
CREATE TABLE IF NOT EXISTS lis_confirmations (
  control_id TEXT PRIMARY KEY, fields TEXT, raw BLOB, at REAL, times INTEGER);
CREATE TABLE IF NOT EXISTS his_numbers (
  lock TEXT PRIMARY KEY, appointment TEXT, slot TEXT, number INTEGER, visit_date TEXT, state TEXT,
  at REAL);
CREATE INDEX IF NOT EXISTS his_numbers_at ON his_numbers (slot, number);
CREATE INDEX IF NOT EXISTS his_numbers_on ON his_numbers (visit_date);
CREATE TABLE IF NOT EXISTS his_entries (
  no TEXT PRIMARY KEY, posting TEXT UNIQUE, kind TEXT, fen INTEGER, order_no TEXT,
  order_reference TEXT, platform TEXT, transaction_no TEXT, reverses TEXT, refs TEXT, at TEXT,
  day TEXT, booked REAL);
CREATE INDEX IF NOT EXISTS his_entries_on ON his_entries (day, no);
CREATE INDEX IF NOT EXISTS his_entries_of ON his_entries (order_reference);
CREATE INDEX IF NOT EXISTS his_entries_back ON his_entries (reverses);
CREATE TABLE IF NOT EXISTS his_bills (
  no TEXT PRIMARY KEY, person TEXT, body TEXT, fen INTEGER, state TEXT, paid_with TEXT,
  paid_at REAL);
CREATE INDEX IF NOT EXISTS his_bills_of ON his_bills (person);
CREATE INDEX IF NOT EXISTS his_bills_paid ON his_bills (paid_with);
CREATE TABLE IF NOT EXISTS his_stays (
  visit_no TEXT PRIMARY KEY, person TEXT, name TEXT, department TEXT, admitted_on TEXT,
  discharged_on TEXT, deposit_fen INTEGER);
CREATE INDEX IF NOT EXISTS his_stays_of ON his_stays (person);
CREATE TABLE IF NOT EXISTS his_people (person TEXT PRIMARY KEY, name TEXT, phone TEXT);
CREATE TABLE IF NOT EXISTS his_proofs (
  attempt TEXT PRIMARY KEY, phone TEXT, code TEXT, wrong INTEGER, proven INTEGER, at REAL);
CREATE TABLE IF NOT EXISTS wecom_codes (
  code TEXT PRIMARY KEY, msgid TEXT, expires REAL, used INTEGER);
"""
TABLES = tuple(re.findall(r"CREATE TABLE IF NOT EXISTS (\w+)", _SCHEMA))

Row = dict[str, Any]


class Store:
    """Rows in, rows out. All calls are short and run on the event loop."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    @contextmanager
    def change(self) -> Iterator[None]:
        """Everything inside is kept together or not at all; must not await."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def one(self, sql: str, *values: Any) -> Row | None:
        row = self._db.execute(sql, values).fetchone()
        return dict(row) if row else None

    def many(self, sql: str, *values: Any) -> list[Row]:
        return [dict(row) for row in self._db.execute(sql, values)]

    def do(self, sql: str, *values: Any) -> int:
        """Run one statement; returns the number of rows it touched."""
        return self._db.execute(sql, values).rowcount

    def put(self, table: str, row: Row) -> int:
        """Insert a row or replace the one with its key; returns its row id."""
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        cursor = self._db.execute(
            f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})",  # noqa: S608 our names
            tuple(row.values()),
        )
        return cursor.lastrowid or 0

    def fact(self, name: str) -> str | None:
        """One remembered value, such as the menu or the server configuration."""
        row = self.one("SELECT value FROM facts WHERE name = ?", name)
        return row["value"] if row else None

    def remember(self, name: str, value: str) -> None:
        self.put("facts", {"name": name, "value": value})

    def spend(self, day: str, name: str, limit: int) -> bool:
        """Use one of `limit` calls of a day; False when none is left."""
        touched = self.do(
            "INSERT INTO quotas VALUES (?, ?, 1) ON CONFLICT (day, name) DO UPDATE"
            " SET used = used + 1 WHERE used < ?", day, name, limit,
        )  # fmt: skip
        return touched == 1

    def forget(self, tables: tuple[str, ...]) -> None:
        with self.change():
            for table in tables:
                self.do(f"DELETE FROM {table}")  # noqa: S608 our names

    def close(self) -> None:
        self._db.close()
