"""`python -m wx_backend.entrypoints.sandbox --port P --phone-port Q --web ORIGIN --home DIR`."""

import argparse
import asyncio
import logging
from pathlib import Path

from wx_backend.entrypoints.sandbox.config import Config
from wx_backend.entrypoints.sandbox.server import serve


def arguments() -> Config:
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port of the platforms")
    parser.add_argument("--phone-port", type=int, required=True, help="port of the phone")
    parser.add_argument("--lis-port", type=int, default=0, help="port of the LIS (a free one)")
    parser.add_argument("--web", required=True, help="origin of the product's web")
    parser.add_argument("--home", type=Path, required=True, help="folder for keys and books")
    parser.add_argument("--speed", type=float, default=600.0, help="divides retry waits")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--name", default=Config.name, help="name of the account and merchant")
    return Config(**vars(parser.parse_args()))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    asyncio.run(serve(arguments()))
