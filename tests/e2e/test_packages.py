"""What is uploaded: small enough for Lambda, complete enough to run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from cdp.clv.statistics import Purchases, Spend, pack
from cdp.spec import FunctionSpec
from functions.fit.tasks import FitPurchases, FitSpend, Outcome, Work
from infra.aws import assets, layers
from infra.specs import rooms
from tests.e2e.conftest import PYTHON
from tests.unit.fit.shop import purchases, rows_of, spend

LIMIT_BYTES = 250 * 2**20  # unzipped, code and layers together
ROOM = pytest.mark.parametrize("spec", rooms(), ids=lambda spec: spec.name)
CDP = layers.ROOT / "layers/cdp"
IMPORT = "import importlib, sys; sys.path[:0] = sys.argv[2:]; importlib.import_module(sys.argv[1])"


@pytest.fixture(scope="session")
def for_lambda() -> dict[str, Path]:
    """The layers as they are deployed."""
    return layers.build()


@pytest.fixture(scope="session")
def for_this_python() -> dict[str, Path]:
    """The same layers for the interpreter that runs the tests."""
    built = layers.build([name for name in layers.recipe().names if name != "athena"], PYTHON)
    compiled = [sys.executable, "-m", "compileall", "-q", *map(str, built.values())]
    subprocess.run(compiled, check=True)  # else each import below compiles all of it again
    return built


@ROOM
@pytest.mark.parametrize("athena", [False, True], ids=["duckdb", "athena"])
def test_code_and_layers_fit(
    spec: FunctionSpec, athena: bool, for_lambda: dict[str, Path], tmp_path: Path
) -> None:
    folders = [assets.stage(spec.name, tmp_path), CDP]
    folders += [for_lambda[name] for name in assets.names(spec, athena=athena)]
    folders += [layers.GUESTS] if spec.sandbox else []
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    size = sum(file.stat().st_size for file in files if "__pycache__" not in file.parts)  # is not uploaded
    assert size <= LIMIT_BYTES, f"{size / 2**20:.1f} MB"


@ROOM
def test_a_room_imports_its_handler_from_its_own_package(
    spec: FunctionSpec, for_this_python: dict[str, Path], python: Path, tmp_path: Path
) -> None:
    """In an interpreter with boto3 and nothing else of ours, as the Lambda runtime is."""
    parts = [for_this_python[name] / "python" for name in assets.names(spec, athena=False)]
    paths = [assets.stage(spec.name, tmp_path), CDP / "python", *parts]
    module = spec.handler.rpartition(".")[0]
    done = subprocess.run(
        [python, "-I", "-B", "-c", IMPORT, module, *map(str, paths)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_fitting_works_from_its_package(for_this_python: dict[str, Path], python: Path, tmp_path: Path) -> None:
    """What `functions.fit.child` imports only when it fits, from trimmed layers."""
    spec = next(spec for spec in rooms() if spec.name == "fit")
    parts = [for_this_python[name] / "python" for name in assets.names(spec, athena=False)]
    paths = [assets.stage(spec.name, tmp_path), CDP / "python", *parts]
    x, recency, age = purchases(500)
    sample = pack(Purchases(*rows_of(x, recency, age)), Spend(*rows_of(*spend(x + 1))))
    work = Work([FitPurchases(sample.purchases), FitSpend(sample.spend)], limit_s=100, memory_mb=4096)
    script = "import sys; sys.path[:0] = sys.argv[1:]; from functions.fit import child; child.main()"
    done = subprocess.run(
        [python, "-I", "-B", "-c", script, *map(str, paths)], input=msgspec.json.encode(work), capture_output=True
    )
    bought, spent = (msgspec.json.decode(line, type=Outcome) for line in done.stdout.splitlines())
    assert bought.purchases is not None, done.stderr
    assert spent.spend is not None, done.stderr


@pytest.mark.parametrize(("runtime", "code"), [
    ("python", "def handler(event, context):\n    import requests\n    return [event, context.company_id]"),
    ("javascript", "export default async function handler(event, context) { return [event, context.company_id] }"),
])  # fmt: skip
def test_functions_run_from_the_sandboxs_package(
    runtime: str, code: str, for_this_python: dict[str, Path], python: Path, tmp_path: Path
) -> None:
    """With the tenant that Lambda tells, without the kernel's extra layers, which it has not got."""
    spec = next(spec for spec in rooms() if spec.sandbox)
    parts = [for_this_python[name] / "python" for name in assets.names(spec, athena=False)]
    paths = [assets.stage(spec.name, tmp_path), CDP / "python", *parts]
    context = {"company_id": "AbCdEf"}
    job = {
        "account_id": "AbCdEf", "function_id": "f", "version": 1, "runtime": runtime, "code": code, "environment": {},
        "calls": [{"id": "e1", "event": {"n": 1}, "context": context}],
    }  # fmt: skip
    script = """
import json, sys
from types import SimpleNamespace
sys.path[:0] = sys.argv[1:]
from functions.code_runner.handler import handler
job = json.load(sys.stdin)
print(json.dumps([handler(job, SimpleNamespace(tenant_id=tenant)) for tenant in (job["account_id"], "Others", None)]))
"""
    environment = {"GUESTS": str(layers.GUESTS), "KERNEL_LAYERS": "false"}
    done = subprocess.run(
        [python, "-I", "-B", "-c", script, *map(str, paths)], input=json.dumps(job), capture_output=True, text=True,
        env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    ran, *refused = json.loads(done.stdout)
    assert [(one["status"], one["result"]) for one in ran["outcomes"]] == [("ok", [{"n": 1}, "AbCdEf"])], done.stderr
    assert all("tenant" in one["refused"] for one in refused)


def test_the_emulators_python_has_nothing_of_ours(python: Path) -> None:
    """Else the tests above would prove nothing."""
    for package in ("cdp", "functions", "msgspec", "pyarrow", "duckdb", "pyiceberg", "numpy"):
        done = subprocess.run([python, "-I", "-c", f"import {package}"], capture_output=True)
        assert done.returncode != 0, package


def test_a_room_holds_no_other_room(tmp_path: Path) -> None:
    root = assets.stage("authorize", tmp_path)
    assert {path.name for path in (root / "functions").iterdir()} == {"__init__.py", "authorize"}


def test_cut_libraries_still_work(for_this_python: dict[str, Path]) -> None:
    """Arrow, DuckDB and its signed extension, zstd: loaded and used from the trimmed layers."""
    script = """
import sys; sys.path[:0] = sys.argv[1:]
import duckdb, numpy, pyarrow as pa, pyarrow.parquet as pq, io, zstandard, pyroaring
from pathlib import Path
import duckdb_extension_httpfs
sink = io.BytesIO()
pq.write_table(pa.table({"n": numpy.arange(1000)}), sink, compression="zstd")
numbers = pq.read_table(io.BytesIO(sink.getvalue()))
from rich.console import Console
from rich.table import Table
Console(file=io.StringIO()).print(Table("column"))
connection = duckdb.connect(config={"autoinstall_known_extensions": False})
assert connection.sql("select sum(n) from numbers").fetchone() == (499500,)
extension = next(Path(duckdb_extension_httpfs.__file__).parent.rglob("httpfs.duckdb_extension"))
connection.execute(f"LOAD '{extension}'")
assert zstandard.decompress(zstandard.compress(b"x" * 99)) == b"x" * 99
assert len(pyroaring.BitMap64([1, 2, 2])) == 2
assert numpy.allclose(numpy.linalg.inv(numpy.eye(3) * 2), numpy.eye(3) / 2)
"""
    parts = [str(folder / "python") for folder in for_this_python.values()]
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script, *parts], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
