"""Which distribution an import comes from, where the names differ."""

from __future__ import annotations

from scaffolder.scan.manifest import normalised

IMPORTS: dict[str, tuple[str, ...]] = {
    "MySQLdb": ("mysqlclient",),
    "OpenSSL": ("pyopenssl",),
    "PIL": ("pillow",),
    "allauth": ("django-allauth",),
    "attr": ("attrs",),
    "axes": ("django-axes",),
    "bs4": ("beautifulsoup4",),
    "compressor": ("django-compressor",),
    "corsheaders": ("django-cors-headers",),
    "crispy_forms": ("django-crispy-forms",),
    "Crypto": ("pycryptodome", "pycrypto"),
    "cv2": ("opencv-python", "opencv-python-headless"),
    "dateutil": ("python-dateutil",),
    "debug_toolbar": ("django-debug-toolbar",),
    "decouple": ("python-decouple",),
    "django_extensions": ("django-extensions",),
    "django_filters": ("django-filter",),
    "dns": ("dnspython",),
    "docx": ("python-docx",),
    "dotenv": ("python-dotenv",),
    "environ": ("django-environ", "environ-config"),
    "factory": ("factory-boy",),
    "fitz": ("pymupdf",),
    "flask_login": ("flask-login",),
    "freezegun": ("freezegun",),
    "git": ("gitpython",),
    "github": ("pygithub",),
    "guardian": ("django-guardian",),
    "hijack": ("django-hijack",),
    "import_export": ("django-import-export",),
    "jose": ("python-jose",),
    "jwt": ("pyjwt",),
    "ldap": ("python-ldap",),
    "magic": ("python-magic",),
    "markdown": ("markdown",),
    "memcache": ("python-memcached",),
    "model_utils": ("django-model-utils",),
    "mptt": ("django-mptt",),
    "multipart": ("python-multipart", "multipart"),
    "nacl": ("pynacl",),
    "oauth2_provider": ("django-oauth-toolkit",),
    "pkg_resources": ("setuptools",),
    "psycopg2": ("psycopg2", "psycopg2-binary"),
    "pymysql": ("pymysql",),
    "pythonjsonlogger": ("python-json-logger",),
    "redis": ("redis",),
    "rest_framework": ("djangorestframework",),
    "rest_framework_simplejwt": ("djangorestframework-simplejwt",),
    "serial": ("pyserial",),
    "silk": ("django-silk",),
    "skimage": ("scikit-image",),
    "sklearn": ("scikit-learn",),
    "slugify": ("python-slugify", "awesome-slugify", "unicode-slugify"),
    "socketio": ("python-socketio",),
    "storages": ("django-storages",),
    "taggit": ("django-taggit",),
    "telegram": ("python-telegram-bot",),
    "usb": ("pyusb",),
    "werkzeug": ("werkzeug",),
    "whitenoise": ("whitenoise",),
    "wx": ("wxpython",),
    "yaml": ("pyyaml",),
    "zmq": ("pyzmq",),
}
"""Import name -> distributions that bring it, normalised; else the name itself is meant."""

DEVELOPERS = frozenset(
    [
        "black",
        "coverage",
        "django-debug-toolbar",
        "django-extensions",
        "django-silk",
        "django-test-migrations",
        "factory-boy",
        "faker",
        "freezegun",
        "hypothesis",
        "icecream",
        "ipdb",
        "ipython",
        "mimesis",
        "model-bakery",
        "mypy",
        "nplusone",
        "pre-commit",
        "pudb",
        "pytest",
        "pytest-django",
        "responses",
        "respx",
        "ruff",
        "syrupy",
        "testcontainers",
        "time-machine",
        "vcrpy",
    ]
)
"""Distributions that hardly any other one requires: not listed means not installed."""

BROUGHT = {
    "django": ("asgiref", "sqlparse"),
    "flask": ("werkzeug", "jinja2", "markupsafe", "itsdangerous"),
    "fastapi": ("starlette", "pydantic", "anyio"),
    "starlette": ("anyio",),
    "litestar": ("msgspec", "anyio"),
    "jinja2": ("markupsafe",),
    "alembic": ("mako",),
    "requests": ("urllib3", "certifi", "idna"),
    "httpx": ("httpcore", "certifi"),
    "celery": ("kombu", "billiard", "vine"),
}
"""What always comes along: a list of exact versions that lacks it is not the whole closure."""

DRIVERS = {
    "asyncpg": ("asyncpg",),
    "psycopg": ("psycopg",),
    "psycopg2": ("psycopg2", "psycopg2-binary"),
    "psycopg2cffi": ("psycopg2cffi",),
    "pg8000": ("pg8000",),
    "aiosqlite": ("aiosqlite",),
    "pymysql": ("pymysql",),
    "mysqldb": ("mysqlclient",),
    "aiomysql": ("aiomysql",),
    "asyncmy": ("asyncmy",),
    "mysqlconnector": ("mysql-connector-python",),
}
"""The driver in a SQLAlchemy URL (`postgresql+asyncpg://`) -> distributions that bring it."""


def distributions(name: str) -> tuple[str, ...]:
    """Normalised distributions that may bring a top-level import."""
    return IMPORTS.get(name, (normalised(name),))
