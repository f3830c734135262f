"""Draws docs/pictures/predictions-*.svg: the CDNOW purchases through a running platform, as `make demo` does it.

    python -m benchmarks.prediction_charts

Orders by week of the hold-out against what the model expected, calibration by tenths, and the distribution of CLV.
tests/e2e/embedded/test_demo.py checks the same figures against lifetimes and pandas.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from infra.embedded import demo, demo_predictions
from infra.embedded.client import Client
from infra.embedded.process import Platform, free_port

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
BLUE, ORANGE = "#2563eb", "#d97706"
STYLE: Any = {
    "svg.fonttype": "none", "svg.hashsalt": "regulars", "font.family": "sans-serif", "font.size": 9,
    "axes.spines.top": False, "axes.spines.right": False,
}  # fmt: skip


def main() -> None:
    model = trained()
    PICTURES.mkdir(exist_ok=True)
    for name, draw in {"holdout": by_week, "calibration": calibration, "clv": distribution}.items():
        path = PICTURES / f"predictions-{name}.svg"
        path.write_text(picture(draw, model))
        print(path.relative_to(PICTURES.parents[1]))


def trained() -> Mapping[str, Any]:
    """The model of all purchases, as the API shows it."""
    with tempfile.TemporaryDirectory() as folder, Platform(Path(folder), free_port()) as platform:
        account = platform.create_account("CDNOW", demo.TIMEZONE, demo.CURRENCY)
        progress = demo.import_purchases(platform.url, account, Path(folder))
        client = Client(platform.url, account.private_key)
        demo.wait_until_visible(client, progress.sent)
        demo_predictions.train(Path(folder), demo.AS_OF)
        return demo_predictions.newest(client)


def by_week(axes: Axes, model: Mapping[str, Any]) -> None:
    parts = model["holdout"]["stretches"]
    weeks = range(1, len(parts) + 1)
    axes.bar(weeks, [part["actual_orders"] for part in parts], color=BLUE, alpha=0.35, label="came")
    axes.plot(weeks, [part["predicted_orders"] for part in parts], color=ORANGE, linewidth=2, label="expected")
    axes.set_xlabel("week of the hold-out")
    axes.set_ylabel("orders of all customers")
    axes.legend(frameon=False)


def calibration(axes: Axes, model: Mapping[str, Any]) -> None:
    parts = model["holdout"]["deciles"]
    expected, made = ([part[name] for part in parts] for name in ("predicted_mean", "actual_mean"))
    top = max(*expected, *made)
    axes.plot([0, top], [0, top], color="#9ca3af", linewidth=1, linestyle="--", label="as expected")
    axes.plot(expected, made, color=BLUE, marker="o", linestyle="none", label="a tenth of the customers")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("orders expected of a customer")
    axes.set_ylabel("orders made")
    axes.legend(frameon=False)


def distribution(axes: Axes, model: Mapping[str, Any]) -> None:
    parts = model["distribution"]
    axes.bar(range(len(parts)), [part["customers"] for part in parts], color=BLUE, width=0.9)
    axes.set_xticks(range(len(parts)), [f"{part['at_least']:,.0f}" for part in parts])
    axes.set_xlabel(f"predicted CLV of {model['predicted_window_days']} days, {model['currency']}, at least")
    axes.set_ylabel("customers")


def picture(draw: Callable[[Axes, Mapping[str, Any]], None], model: Mapping[str, Any]) -> str:
    """SVG; the same figures give the same bytes."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.6, 3.0), layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure.add_subplot(), model)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


if __name__ == "__main__":
    main()
