"""One S3 server of moto on the loopback interface for all files of this folder; each test takes buckets of its own."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

_NAMES = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test-secret",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    from moto.server import ThreadedMotoServer  # a second to load, which other tests need not wait for

    before = {name: os.environ.get(name) for name in _NAMES}
    os.environ.update(_NAMES)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


@pytest.fixture(scope="session")
def s3_client(s3_server: str) -> Any:
    import boto3

    return boto3.client("s3", endpoint_url=s3_server, region_name="us-east-1")


@pytest.fixture(scope="session")
def _buckets() -> Iterator[int]:
    return iter(range(1, 10_000))


@pytest.fixture
def bucket(s3_server: str, _buckets: Iterator[int], s3_client: Any) -> Callable[..., str]:
    def make(*, lock: bool = False, more: str = "") -> str:
        name = f"kept-{next(_buckets)}"
        s3_client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=lock)
        return f"s3://{name}/house?endpoint={s3_server}{more}"

    return make
