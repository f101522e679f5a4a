"""Facts of the caches, queues and storages that the application uses.

A distribution in the lock is no use of it: an import in shipped code counts, a setting, or a
service of production's compose file that the code mentions.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scaffolder.scan import images
from scaffolder.scan.composition import compositions
from scaffolder.scan.facts import Confidence, Evidence, Fact
from scaffolder.scan.paths import folder_of
from scaffolder.scan.python import Module, keyword, text_of
from scaffolder.scan.repository import Repository

_CACHE, _QUEUE, _STORAGE = "service.cache", "service.queue", "service.storage"
_IMPORTS: dict[str, tuple[str, str]] = {
    "redis": (_CACHE, "redis"),
    "aioredis": (_CACHE, "redis"),
    "django_redis": (_CACHE, "redis"),
    "flask_redis": (_CACHE, "redis"),
    "redis_om": (_CACHE, "redis"),
    "coredis": (_CACHE, "redis"),
    "valkey": (_CACHE, "valkey"),
    "glide": (_CACHE, "valkey"),
    "pymemcache": (_CACHE, "memcached"),
    "pylibmc": (_CACHE, "memcached"),
    "aiomcache": (_CACHE, "memcached"),
    "celery": (_QUEUE, "celery"),
    "rq": (_QUEUE, "rq"),
    "django_rq": (_QUEUE, "rq"),
    "flask_rq2": (_QUEUE, "rq"),
    "dramatiq": (_QUEUE, "dramatiq"),
    "django_dramatiq": (_QUEUE, "dramatiq"),
    "arq": (_QUEUE, "arq"),
    "huey": (_QUEUE, "huey"),
    "taskiq": (_QUEUE, "taskiq"),
    "saq": (_QUEUE, "saq"),
    "litestar_saq": (_QUEUE, "saq"),
    "procrastinate": (_QUEUE, "procrastinate"),
    "faust": (_QUEUE, "faust"),
    "django_q": (_QUEUE, "django-q"),
    "pika": (_QUEUE, "rabbitmq"),
    "aio_pika": (_QUEUE, "rabbitmq"),
    "aiokafka": (_QUEUE, "kafka"),
    "confluent_kafka": (_QUEUE, "kafka"),
    "kafka": (_QUEUE, "kafka"),
    "minio": (_STORAGE, "minio"),
    "miniopy_async": (_STORAGE, "minio"),
    "s3fs": (_STORAGE, "s3"),
    "google.cloud.storage": (_STORAGE, "gcs"),
    "azure.storage.blob": (_STORAGE, "azure"),
}
_TEXTS: tuple[tuple[re.Pattern[str], tuple[str, str]], ...] = (
    (re.compile(r"rediss?://|(channels_redis|django_redis)\.\w+.*"), (_CACHE, "redis")),
    (re.compile(r"django\.core\.cache\.backends\.redis\.\w+"), (_CACHE, "redis")),
    (re.compile(r"django_valkey\.\w+.*|valkeys?://"), (_CACHE, "valkey")),
    (re.compile(r"django\.core\.cache\.backends\.memcached\.\w+"), (_CACHE, "memcached")),
    (re.compile(r"(py)?amqps?://"), (_QUEUE, "rabbitmq")),
    (re.compile(r"storages\.backends\.(s3boto3|s3)\.\w+"), (_STORAGE, "s3")),
    (re.compile(r"storages\.backends\.gcloud\.\w+"), (_STORAGE, "gcs")),
    (re.compile(r"storages\.backends\.azure_storage\.\w+"), (_STORAGE, "azure")),
)
_APPS = {"django_q": "django-q", "django_rq": "rq", "huey.contrib.djhuey": "huey"}
_APPS |= {"django_dramatiq": "dramatiq", "procrastinate.contrib.django": "procrastinate"}
_ASIDE = re.compile(
    r"(^|[/_.-])(dev|develop|development|local|test|tests|testing|ci|example)([/_.-]|$)"
)
_WORDS = re.compile(r"redis|valkey|memcache|amqp|rabbit|kafka|nats|minio|s3|storage", re.IGNORECASE)

_ROUGH = (
    *("redis", "valkey", "memcache", "amqp", "rabbit", "kafka", "nats", "minio", "s3", "storage"),
    *("django_q", "django_rq", "django_dramatiq", "procrastinate", "huey"),
)


def detect(repository: Repository) -> Iterator[Fact]:
    """What code and settings use, and what production's compose file starts for them."""
    mentions: set[str] = set()
    for module in _modules(repository):
        yield from _imported(module)
        yield from _settings(module, mentions)
        yield from _buckets(module)
    yield from _composed(repository, mentions)


def _modules(repository: Repository) -> Iterator[Module]:
    """Code of production; settings for development or tests are none of it."""
    for module in repository.python.with_role("app"):
        if not _ASIDE.search(module.path.removesuffix(".py")):
            yield module


def _imported(module: Module) -> Iterator[Fact]:
    seen: set[str] = set()
    for name, node in module.imported:
        names = [name]
        if isinstance(node, ast.ImportFrom):
            names += [f"{name}.{alias.name}" for alias in node.names]
        for each in names:
            found = _IMPORTS.get(each) or _IMPORTS.get(each.split(".")[0])
            if found and found[1] not in seen and not _relative(node):
                seen.add(found[1])
                yield _fact(found, module, node.lineno)


def _relative(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.level > 0


def _fact(found: tuple[str, str], module: Module, line: int) -> Fact:
    return Fact(found[0], found[1], (Evidence(module.path, line),), "code")


def _settings(module: Module, mentions: set[str]) -> Iterator[Fact]:
    """Texts that only a setting holds: addresses and names of backends."""
    constants = [
        each
        for each in module.all(ast.Constant)
        if isinstance(each.value, str) and 2 < len(each.value) < 300
    ]
    joined = "\0".join(str(each.value) for each in constants).lower()
    if not any(word in joined for word in _ROUGH):  # most modules, and one look is quick
        constants = []
    for constant in constants:
        text = str(constant.value)
        if text in _APPS:
            yield _fact((_QUEUE, _APPS[text]), module, constant.lineno)
        if _WORDS.search(text):
            mentions.update(word.lower() for word in _WORDS.findall(text))
            for pattern, found in _TEXTS:
                if pattern.match(text):
                    yield _fact(found, module, constant.lineno)
    for assigned in module.all(ast.AnnAssign):
        if isinstance(assigned.target, ast.Name):
            mentions.update(word.lower() for word in _WORDS.findall(assigned.target.id))


def _buckets(module: Module) -> Iterator[Fact]:
    """`boto3.client("s3")` and the same of aioboto3 and aiobotocore."""
    libraries = ("boto3", "aioboto3", "aiobotocore", "botocore")
    if not any(name.split(".")[0] in libraries for name, _ in module.imported):
        return
    for node, _ in module.calls(".client", ".resource", ".create_client"):
        first = node.args[0] if node.args else keyword(node, "service_name")
        if text_of(first) == "s3":
            yield _fact((_STORAGE, "s3"), module, node.lineno)
            return


def _composed(repository: Repository, mentions: set[str]) -> Iterator[Fact]:
    groups = compositions(repository.tree, repository.directory)
    for group in groups[:1]:
        near = folder_of(group.path) in (".", repository.directory)
        for service in group.services:
            found = images.service(service.image)
            if found is None:
                continue
            file, node = service.find("image")
            words = {"rabbitmq": ("rabbit", "amqp"), "minio": ("minio", "s3", "storage")}
            known = words.get(found[1], (found[1].removesuffix("d"),))
            used = bool(mentions & set(known))
            sure: Confidence = "certain" if group.production and near and used else "guess"
            yield Fact(*found, (Evidence(file, node.line),), "compose", sure)
