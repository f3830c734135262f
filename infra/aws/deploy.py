"""Deploy the cloud assembly with boto3: upload what is new, then create or update the two stacks.

    python -m infra.aws.deploy [--assembly cdk.out] [--stack regulars]

Account, region and endpoint come from the environment, as for every AWS tool. Nothing needs to be installed
or bootstrapped before: the bucket for uploads is made when it is missing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, NoCredentialsError, NoRegionError, WaiterError

from cdp.adapters.aws.clients import session
from infra.aws.layers import ROOT
from infra.aws.values import routes_name

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest date a zip can hold: equal content, equal archive
_POLL = {"Delay": 5, "MaxAttempts": 360}


@dataclass(frozen=True)
class Target:
    """Where things go. `poll` is how waiters ask: seconds between two questions, and how many."""

    account: str
    region: str
    poll: dict[str, int]

    def fill(self, text: str) -> str:
        return text.replace("${AWS::AccountId}", self.account).replace("${AWS::Region}", self.region)


def target() -> Target:
    account = session().client("sts").get_caller_identity()["Account"]
    region = session().region_name
    if region is None:
        raise SystemExit("no region: set AWS_DEFAULT_REGION")
    local = "127.0.0.1" in str(session().client("s3").meta.endpoint_url)
    return Target(account, region, {"Delay": 1, "MaxAttempts": 300} if local else _POLL)


def deploy(assembly: Path, prefix: str, at: Target) -> dict[str, str]:
    """The outputs of the stack with everything but the routes."""
    for stack in (prefix, routes_name(prefix)):
        _deploy(assembly, stack, at)
    return outputs(prefix)


def _deploy(assembly: Path, stack: str, at: Target) -> None:
    template_url = ""
    manifest = json.loads((assembly / f"{stack}.assets.json").read_text())
    for asset in manifest["files"].values():
        for place in asset["destinations"].values():
            bucket, key = at.fill(place["bucketName"]), at.fill(place["objectKey"])
            _upload(assembly / asset["source"]["path"], asset["source"]["packaging"], bucket, key, at)
            if asset["source"]["path"] == f"{stack}.template.json":
                template_url = f"{session().client('s3').meta.endpoint_url}/{bucket}/{key}"
    _apply(stack, template_url, at)


def outputs(stack: str) -> dict[str, str]:
    """Outputs of a deployed stack by name."""
    found = session().client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


# ---------------------------------------------------------------- uploads


def _upload(path: Path, packaging: str, bucket: str, key: str, at: Target) -> None:
    """Upload unless it is there: a key is made of its content's hash."""
    s3 = session().client("s3")
    try:
        s3.head_object(Bucket=bucket, Key=key)
        return
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
    _make_bucket(bucket, at)
    print(f"uploading {path.name} ({key})", file=sys.stderr)
    if packaging == "file":
        s3.upload_file(str(path), bucket, key)
        return
    with tempfile.TemporaryFile() as archive:
        zip_folder(path, archive)
        archive.seek(0)
        s3.upload_fileobj(archive, bucket, key)


def _make_bucket(bucket: str, at: Target) -> None:
    s3 = session().client("s3")
    try:
        s3.head_bucket(Bucket=bucket)
        return
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
    place: Any = (
        {} if at.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": at.region}}
    )
    s3.create_bucket(Bucket=bucket, **place)
    closed: Any = {
        f"{what}Public{which}": True
        for what, which in (("Block", "Acls"), ("Ignore", "Acls"), ("Block", "Policy"))
    } | {"RestrictPublicBuckets": True}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=closed)


def zip_folder(folder: Path, into: Any) -> None:
    """The asset as Lambda takes it."""
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in _files(folder):
            entry = zipfile.ZipInfo(str(path.relative_to(folder)), _EPOCH)
            entry.external_attr = 0o755 << 16 if path.suffix in ("", ".so") else 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes(), compresslevel=1)


def _files(folder: Path) -> Iterator[Path]:
    """Files of an asset in order, without what Python leaves behind and what CDK leaves out."""
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        if path.is_file() and "__pycache__" not in inner.parts and inner.name != "pyproject.toml":
            yield path


# ---------------------------------------------------------------- the stack


def _apply(stack: str, template_url: str, at: Target) -> None:
    """One change set: created, waited for, executed."""
    cloudformation = session().client("cloudformation")
    kind = "UPDATE" if _exists(stack) else "CREATE"
    name = f"deploy-{uuid.uuid4().hex[:12]}"
    cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName=name,
        ChangeSetType=kind,
        TemplateURL=template_url,
        Capabilities=["CAPABILITY_IAM"],
    )
    try:
        cloudformation.get_waiter("change_set_create_complete").wait(
            StackName=stack, ChangeSetName=name, WaiterConfig=at.poll
        )
    except WaiterError as error:
        reason = error.last_response.get("StatusReason", "")
        cloudformation.delete_change_set(StackName=stack, ChangeSetName=name)
        if "didn't contain changes" in reason or "No updates" in reason:
            print("nothing has changed", file=sys.stderr)
            return
        raise SystemExit(f"the change set was refused: {reason}") from error
    cloudformation.execute_change_set(StackName=stack, ChangeSetName=name)
    try:
        cloudformation.get_waiter(f"stack_{kind.lower()}_complete").wait(
            StackName=stack, WaiterConfig=at.poll
        )
    except WaiterError as error:
        raise SystemExit(f"the deployment failed:\n{_failures(stack)}") from error


def _exists(stack: str) -> bool:
    try:
        found = session().client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return False
        raise
    return str(found["StackStatus"]) != "REVIEW_IN_PROGRESS"


def _failures(stack: str) -> str:
    events = session().client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
    return "\n".join(
        f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("FAILED")
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description="Deploy the cloud assembly")
    arguments.add_argument("--assembly", type=Path, default=ROOT / "cdk.out")
    arguments.add_argument("--stack", default="regulars")
    given = arguments.parse_args()
    try:
        outputs = deploy(given.assembly, given.stack, target())
    except (NoCredentialsError, NoRegionError) as error:
        raise SystemExit(
            f"{error} Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and the like, and AWS_REGION."
        ) from error
    json.dump(outputs, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
