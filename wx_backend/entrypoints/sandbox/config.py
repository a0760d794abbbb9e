"""What one sandbox process is told when it starts."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Config:
    """Addresses and pace of the sandbox.

    port: the platforms' servers; phone_port: the patient's phone; lis_port: the LIS's listener;
    0 picks a free port.
    web: origin of the product's web, which the phone opens and to which nothing else is tied.
    home: folder for generated keys, `sandbox.env` and the books.
    name: of the service account and the merchant, as payers read it.
    speed: the platforms' waiting times (retries, settlement of refunds, the time between two of
    one payment) are divided by it;
    time-outs, signatures and lifetimes of codes and tokens stay real.
    """

    port: int
    phone_port: int
    web: str
    home: Path
    speed: float = 600.0
    host: str = "127.0.0.1"
    lis_port: int = 0
    name: str = "云江市第一人民医院"
