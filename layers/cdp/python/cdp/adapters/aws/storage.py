"""How Arrow and DuckDB reach S3: region, credentials and endpoint as boto3 has them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from cdp.adapters.aws.clients import s3, session
from cdp.errors import Unavailable

if TYPE_CHECKING:
    import duckdb


class Access(NamedTuple):
    """What a client of S3 needs to know. `endpoint` is None for AWS itself."""

    region: str
    key_id: str
    secret: str
    token: str | None
    endpoint: str | None


def access() -> Access:
    """The access of this process now; credentials of a role change from time to time."""
    credentials = session().get_credentials()
    if credentials is None:
        raise Unavailable("there are no AWS credentials")
    frozen = credentials.get_frozen_credentials()
    client = s3()
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    endpoint = None if host.endswith((".amazonaws.com", ".amazonaws.com.cn")) else client.meta.endpoint_url
    return Access(
        client.meta.region_name,
        str(frozen.access_key),
        str(frozen.secret_key),
        frozen.token or None,
        endpoint,
    )


def arrow_properties() -> dict[str, str]:
    """pyiceberg's file system is Arrow's, which finds and renews credentials by itself, as boto3 does."""
    at = access()
    found = {"py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO", "s3.region": at.region}
    return found if at.endpoint is None else found | {"s3.endpoint": at.endpoint}


def open_s3(connection: duckdb.DuckDBPyConnection, at: Access) -> None:
    """Let a new connection read and write S3: the extension comes from its package, nothing is downloaded."""
    connection.execute(f"LOAD '{_extension()}'")
    connection.execute("SET allow_persistent_secrets = false")
    secret = {"key": at.key_id, "secret": at.secret, "region": at.region}
    options = "TYPE s3, KEY_ID $key, SECRET $secret, REGION $region"
    if at.token is not None:
        options, secret["token"] = f"{options}, SESSION_TOKEN $token", at.token
    if at.endpoint is not None:
        url = urlsplit(at.endpoint)
        options = f"{options}, ENDPOINT $endpoint, URL_STYLE 'path', USE_SSL {url.scheme == 'https'}"
        secret["endpoint"] = url.netloc
    connection.execute(f"CREATE OR REPLACE SECRET lake ({options})", secret)


def _extension() -> Path:
    import duckdb
    import duckdb_extension_httpfs

    folder = Path(duckdb_extension_httpfs.__file__).parent
    return folder / "extensions" / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"
