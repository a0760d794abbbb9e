"""`wx-backend demo`: the whole hospital on this machine, until Ctrl-C."""

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from wx_backend.entrypoints.cli.home import Home
from wx_backend.entrypoints.cli.progress import Progress
from wx_backend.entrypoints.cli.stack import Stack
from wx_backend.entrypoints.demo.staff import logins

HELP = "演示：一条命令启动全部 demo: everything on this machine, one command"
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--home", type=Path, default=Path("var"), help="data, logs (var)")
    parser.add_argument("--fresh", action="store_true", help="清空数据重来 start over without data")
    parser.add_argument(
        "--smoke", action="store_true", help="自动走一遍主流程 run the story, then exit"
    )
    parser.add_argument("--break", dest="broken_step", metavar="STEP", help="make a step fail")


def run(args: argparse.Namespace) -> int:
    progress = Progress()
    with Home(args.home) as home:
        if args.fresh:
            home.wipe()
        stack = Stack(home, progress)
        for ending in ENDING:
            signal.signal(ending, _end)
        try:
            stack.start()
            if args.smoke:
                return stack.smoke(args.broken_step)
            _welcome(stack, home, progress)
            stack.watch()
        except _Ended:
            return 0
        finally:
            _stop(stack, progress)


class _Ended(BaseException):
    """A person or the system asked for the end."""


def _end(number: int, frame: FrameType | None) -> None:
    raise _Ended


def _stop(stack: Stack, progress: Progress) -> None:
    """Stop in order. A second signal ends this process at once, and with it all the others."""
    for ending in ENDING:
        signal.signal(ending, signal.SIG_DFL)
    progress.tell("正在停止 stopping …")
    stack.supervisor.stop_all()
    progress.tell("已全部停止 everything stopped")


def _welcome(stack: Stack, home: Home, progress: Progress) -> None:
    progress.tell("全部就绪 all ready")
    print(
        f"""
  手机 phone       {stack.phone_url}/__wechat/   选一位演示人物即登录 pick a person to sign in
  短信 texts       {stack.phone_url}/__texts/    医院发出的验证码 codes that the hospital sends
  支付宝 Alipay    {stack.phone_url}/__alipay/
  网站 web         {stack.web_url}/
  工作台 console   {stack.web_url}/console
{logins()}
  动态码 code      {sys.executable} -m wx_backend.entrypoints.demo.staff
  平台沙箱 sandbox  {stack.sandbox_url}/
  接口网关 gateway  {stack.gateway_address}   HL7 v2 / MLLP (ADT, ORU)
  日志 logs        {home.path}/log/

  Ctrl-C 停止 stops everything; 数据保留 data is kept (--fresh 重来 starts over)
""",
        flush=True,
    )
