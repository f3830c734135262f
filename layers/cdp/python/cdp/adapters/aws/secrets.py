"""Secrets in AWS Secrets Manager, all under one prefix."""

from __future__ import annotations

from botocore.exceptions import ClientError

from cdp.adapters.aws.clients import code_of, faults, secretsmanager

_ABSENT = frozenset({"ResourceNotFoundException", "InvalidRequestException"})  # never made; being deleted
_WHAT = "the secrets"


class SecretsManager:
    """`cdp.ports.Secrets`. `delete` leaves no recovery window: a key that was taken back must be gone."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def _id(self, name: str) -> str:
        return f"{self._prefix}/{name}"

    def get(self, name: str) -> str | None:
        try:
            with faults(_WHAT):
                return secretsmanager().get_secret_value(SecretId=self._id(name))["SecretString"]
        except ClientError as error:
            if code_of(error) in _ABSENT:
                return None
            raise

    def put(self, name: str, value: str) -> None:
        if not self._replace(name, value) and not self._create(name, value):
            self._replace(name, value)  # somebody else has made it in between

    def _replace(self, name: str, value: str) -> bool:
        try:
            with faults(_WHAT):
                secretsmanager().put_secret_value(SecretId=self._id(name), SecretString=value)
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return False
            raise
        return True

    def _create(self, name: str, value: str) -> bool:
        try:
            with faults(_WHAT):
                secretsmanager().create_secret(Name=self._id(name), SecretString=value)
        except ClientError as error:
            if code_of(error) == "ResourceExistsException":
                return False
            raise
        return True

    def delete(self, name: str) -> None:
        try:
            with faults(_WHAT):
                secretsmanager().delete_secret(SecretId=self._id(name), ForceDeleteWithoutRecovery=True)
        except ClientError as error:
            if code_of(error) not in _ABSENT:
                raise
