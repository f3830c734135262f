"""The AWS clients: the only place that makes them.

Region, credentials and endpoint come from boto3's own chain (AWS_ENDPOINT_URL points it at an emulator).
Clients are made on first use, kept for the process and safe to use from several threads.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from cdp.errors import Unavailable

if TYPE_CHECKING:
    import boto3
    from botocore.exceptions import ClientError
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient

T = TypeVar("T")

THREADS = 16  # parallel calls of one process; the connection pools are as wide
CALLS = 4  # of one request by a client, with a pause that doubles
_ATTEMPTS = 6  # of `patiently`, on top of these
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 1.0

# Service errors that pass by themselves, beside every 5xx.
_PASSING = frozenset({
    "InternalError", "InternalFailure", "InternalServerError", "InternalException", "InternalServiceError",
    "KmsThrottled", "LimitExceededException", "PriorRequestNotComplete", "ProvisionedThroughputExceededException",
    "RequestLimitExceeded", "RequestThrottled", "RequestThrottledException", "RequestTimeout", "ServiceUnavailable",
    "SlowDown", "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException",
    "TransactionConflictException", "TransactionInProgressException",
})  # fmt: skip

_making = threading.Lock()  # boto3 sessions are not thread-safe, clients are


@cache
def session() -> boto3.Session:
    """The session of this process."""
    import boto3

    return boto3.Session()


def _client(service: str, *, read_timeout_s: int = 10, calls: int = CALLS) -> Any:
    from botocore.config import Config

    config = Config(
        connect_timeout=2,
        read_timeout=read_timeout_s,
        retries={"mode": "standard", "total_max_attempts": calls},
        max_pool_connections=THREADS,
        tcp_keepalive=True,
    )
    with _making:
        return session().client(service, config=config)  # type: ignore[call-overload]


@cache
def dynamodb() -> DynamoDBClient:
    client: DynamoDBClient = _client("dynamodb", read_timeout_s=5)
    return client


@cache
def sqs() -> SQSClient:
    client: SQSClient = _client("sqs")
    return client


@cache
def events() -> EventBridgeClient:
    client: EventBridgeClient = _client("events")
    return client


@cache
def s3() -> S3Client:
    client: S3Client = _client("s3", read_timeout_s=30)
    return client


@cache
def glue() -> Any:
    """For pyiceberg, which has no stubs of it either."""
    return _client("glue")


@cache
def secretsmanager() -> SecretsManagerClient:
    client: SecretsManagerClient = _client("secretsmanager")
    return client


@cache
def sesv2() -> SESV2Client:
    client: SESV2Client = _client("sesv2")
    return client


@cache
def functions() -> LambdaClient:
    """For calls that take as long as a room may, and are never made twice by the client itself."""
    client: LambdaClient = _client("lambda", read_timeout_s=900, calls=1)
    return client


@cache
def pool() -> ThreadPoolExecutor:
    """Threads for parallel calls; what runs in them must not submit to it again."""
    return ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="aws")


def code_of(error: ClientError) -> str:
    """The service's name of the error, "ConditionalCheckFailedException" for example."""
    return str(error.response.get("Error", {}).get("Code", ""))


def passes(error: ClientError) -> bool:
    """Whether the same call may succeed a little later."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= 500 or code_of(error) in _PASSING


@contextmanager
def faults(what: str) -> Iterator[None]:
    """Turn faults of a service that pass into `Unavailable`; other errors go through unchanged."""
    from botocore.exceptions import ClientError, HTTPClientError
    from botocore.exceptions import ConnectionError as NoConnection

    try:
        yield
    except ClientError as error:
        if not passes(error):
            raise
        raise Unavailable(f"{what}: {error}") from error
    except (NoConnection, HTTPClientError) as error:
        raise Unavailable(f"{what}: {error}") from error


def patiently(what: str, call: Callable[[], T | None]) -> T:
    """Call until it gives something other than None (None: throttled), pausing longer each time."""
    pause_s = _FIRST_PAUSE_S
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(pause_s / 2, pause_s))  # noqa: S311 - jitter, not a secret
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        with faults(what):
            if (answer := call()) is not None:
                return answer
    raise Unavailable(f"{what}: throttled {_ATTEMPTS} times")
