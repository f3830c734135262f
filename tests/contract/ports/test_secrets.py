"""What every `Secrets` does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from cdp.ports import Secrets


def test_a_secret_is_absent_put_replaced_and_deleted(secrets: Secrets) -> None:
    assert secrets.get("cipher") is None
    secrets.put("cipher", "one")
    assert secrets.get("cipher") == "one"
    secrets.put("cipher", 'two "ü" \n')
    assert secrets.get("cipher") == 'two "ü" \n'
    secrets.delete("cipher")
    assert secrets.get("cipher") is None
    secrets.delete("cipher")
    secrets.put("cipher", "three")
    assert secrets.get("cipher") == "three"


def test_names_are_apart(secrets: Secrets) -> None:
    secrets.put("webhooks/Abc123/1", "a")
    secrets.put("webhooks/Abc123/11", "b")
    secrets.delete("webhooks/Abc123/1")
    assert secrets.get("webhooks/Abc123/1") is None
    assert secrets.get("webhooks/Abc123/11") == "b"


def test_writers_at_once_leave_one_of_their_values_and_lose_no_other_name(secrets: Secrets) -> None:
    def write(i: int) -> None:
        secrets.put("shared", str(i))
        secrets.put(f"own-{i}", str(i))

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(write, range(6)))
    assert secrets.get("shared") in {str(i) for i in range(6)}
    assert [secrets.get(f"own-{i}") for i in range(6)] == [str(i) for i in range(6)]
