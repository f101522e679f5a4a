"""Caches, queues and storages count where they are used."""

from __future__ import annotations

from pathlib import Path

import pytest
from scanned import found, repository

from scaffolder.scan.detectors.services import detect

COMPOSE = "services: {a: {image: redis:7}, b: {image: rabbitmq:3}, c: {image: minio/minio:1}}\n"


@pytest.mark.parametrize(
    "code, key, values",
    [
        ("import redis.asyncio as redis\n", "service.cache", ["redis"]),
        (
            'CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache"}}\n',
            "service.cache",
            ["redis"],
        ),
        ('BROKER = "redis://localhost"\n', "service.cache", ["redis"]),
        ("from .redis import x\n", "service.cache", []),
        ('"""Redis is fast."""\n', "service.cache", []),
        ("from celery import shared_task\n", "service.queue", ["celery"]),
        ("import rqlib\n", "service.queue", []),
        ('URL = "amqp://mq"\n', "service.queue", ["rabbitmq"]),
        ('INSTALLED_APPS = ["django_q"]\n', "service.queue", ["django-q"]),
        ('import boto3\nx = boto3.client("s3")\n', "service.storage", ["s3"]),
        ('import boto3\nx = boto3.client("ses")\n', "service.storage", []),
        ("from google.cloud import storage\n", "service.storage", ["gcs"]),
        ("from azure.storage.blob import X\n", "service.storage", ["azure"]),
    ],
)
def test_code_and_settings(code: str, key: str, values: list[str], tmp_path: Path) -> None:
    assert found(detect, repository(tmp_path, {"shop/use.py": code}), key) == values


def test_settings_for_development_do_not_count(tmp_path: Path) -> None:
    files = {f"shop/settings/{name}.py": "import redis\n" for name in ("dev", "test", "local")}

    assert list(detect(repository(tmp_path, {**files, "tests/x.py": "import celery\n"}))) == []


def test_a_service_of_compose_counts_where_the_code_speaks_of_it(tmp_path: Path) -> None:
    files = {"compose.yaml": COMPOSE, "shop/settings.py": "REDIS_HOST: str\nS3_URL: str\n"}
    where = repository(tmp_path, files)

    assert found(detect, where, "service.cache") == ["redis"]
    assert found(detect, where, "service.queue") == []
    assert found(detect, where, "service.queue", guesses=True) == ["rabbitmq"]
    assert found(detect, where, "service.storage") == ["minio"]
