"""The demo hospital's WeCom: one application, its tokens and its messages."""

from dataclasses import dataclass

from wx_backend.entrypoints.sandbox.callbacks import Callbacks
from wx_backend.entrypoints.sandbox.faults import Faults
from wx_backend.entrypoints.sandbox.keys import Keys
from wx_backend.entrypoints.sandbox.store import Store
from wx_backend.entrypoints.sandbox.wecom.agent import Agent
from wx_backend.entrypoints.sandbox.wecom.mailbox import Mailbox
from wx_backend.entrypoints.sandbox.wecom.tokens import AgentTokens


@dataclass(frozen=True)
class Corp:
    tokens: AgentTokens
    agent: Agent
    mailbox: Mailbox


def establish(store: Store, keys: Keys, faults: Faults, callbacks: Callbacks) -> Corp:
    agent = Agent(store, keys, callbacks)
    return Corp(AgentTokens(store), agent, Mailbox(store, faults, agent))
