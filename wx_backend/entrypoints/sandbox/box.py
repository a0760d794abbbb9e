"""Everything one sandbox is made of, handed to its request handlers."""

from collections import Counter
from dataclasses import dataclass, field

from wx_backend.entrypoints.sandbox import people
from wx_backend.entrypoints.sandbox.agenda import Agenda
from wx_backend.entrypoints.sandbox.alipay.messages import Messages as AlipayMessages
from wx_backend.entrypoints.sandbox.alipay.trades import Trades
from wx_backend.entrypoints.sandbox.bill_shelf import Shelf
from wx_backend.entrypoints.sandbox.callbacks import Callbacks
from wx_backend.entrypoints.sandbox.cash_desk import CashDesk
from wx_backend.entrypoints.sandbox.config import Config
from wx_backend.entrypoints.sandbox.consents import Consents
from wx_backend.entrypoints.sandbox.faults import Faults
from wx_backend.entrypoints.sandbox.followers import Followers
from wx_backend.entrypoints.sandbox.his.accounts import Accounts
from wx_backend.entrypoints.sandbox.his.books import Numbers
from wx_backend.entrypoints.sandbox.his.cashier import Cashier
from wx_backend.entrypoints.sandbox.his.proofs import Proofs
from wx_backend.entrypoints.sandbox.keys import Keys, load_or_make
from wx_backend.entrypoints.sandbox.lis.listener import Lis
from wx_backend.entrypoints.sandbox.mini_program import MiniProgram
from wx_backend.entrypoints.sandbox.sms.provider import Provider
from wx_backend.entrypoints.sandbox.store import Store
from wx_backend.entrypoints.sandbox.template_rules import Template, load
from wx_backend.entrypoints.sandbox.tokens import Tokens
from wx_backend.entrypoints.sandbox.wecom.corp import Corp, establish


@dataclass(frozen=True)
class Box:
    config: Config
    keys: Keys
    store: Store
    faults: Faults
    agenda: Agenda
    callbacks: Callbacks
    desk: CashDesk
    trades: Trades
    alipay_messages: AlipayMessages
    shelf: Shelf
    tokens: Tokens
    followers: Followers
    mini: MiniProgram
    consents: Consents
    corp: Corp
    texts: Provider
    lis: Lis
    numbers: Numbers
    accounts: Accounts
    cashier: Cashier
    proofs: Proofs
    templates: dict[str, Template]
    calls: Counter[str] = field(default_factory=Counter)

    def resume(self) -> None:
        """Take up again what an earlier process left undone."""
        self.callbacks.resume()
        self.desk.resume()

    async def close(self) -> None:
        self.agenda.close()
        await self.lis.close()
        await self.callbacks.close()
        self.store.close()


def build(config: Config) -> Box:
    """Keys and books of `config.home`, made when absent."""
    keys = load_or_make(config.home)
    store = Store(config.home / "sandbox.sqlite3")
    faults, agenda = Faults(), Agenda()
    callbacks = Callbacks(store, keys, faults, agenda, config.speed)
    followers, mini = Followers(store, callbacks, people.PEOPLE), MiniProgram(store, callbacks)
    accounts, cashier = Accounts(store), Cashier(store)
    accounts.checks.append(cashier.hear)
    return Box(
        config=config,
        keys=keys,
        store=store,
        faults=faults,
        agenda=agenda,
        callbacks=callbacks,
        desk=CashDesk(store, keys, faults, callbacks, agenda, config.speed),
        trades=Trades(store, keys, faults, callbacks),
        alipay_messages=AlipayMessages(store),
        shelf=Shelf(store, faults),
        tokens=Tokens(store),
        followers=followers,
        mini=mini,
        consents=Consents(store, mini),
        corp=establish(store, keys, faults, callbacks),
        texts=Provider(store, keys, faults, config.speed),
        lis=Lis(store, faults),
        numbers=Numbers(store),
        accounts=accounts,
        cashier=cashier,
        proofs=Proofs(store),
        templates=load(),
    )
