"""Draws a finished report as SVG, for the docs: lines over time, a curve over days, a triangle of cohorts, bars.

The same table gives the same bytes. matplotlib is part of the development environment only.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from functions.reports.report import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NUMBERS = ("integer", "money", "number")
_COLORS = ("#2563eb", "#d97706", "#059669", "#dc2626", "#7c3aed", "#6b7280")
_MAX_SERIES, _MAX_BARS, _MAX_TICKS = 6, 14, 13
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "regulars",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_WIDTH, _HEIGHT = 7.6, 3.2  # inches


def draw(result: Result) -> str:
    """The report's picture; its rows must not be empty."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, _HEIGHT), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        if sum(column.name.isdigit() for column in result.columns) > 2:
            _triangle(axes, result)
        elif result.columns[0].type == "datetime":
            _lines(axes, result)
        elif result.columns[0].name == "day":
            _curve(axes, result)
        else:
            _bars(axes, result)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


def _measures(result: Result) -> list[int]:
    """Columns to draw: numbers of the first number's type."""
    numbers = [n for n, column in enumerate(result.columns) if column.type in _NUMBERS]
    return [n for n in numbers if result.columns[n].type == result.columns[numbers[0]].type][:_MAX_SERIES]


def _labels(result: Result) -> list[int]:
    return [n for n, column in enumerate(result.columns) if column.type in ("string", "datetime")]


def _lines(axes: Axes, result: Result) -> None:
    """A line for each measure, or for each group where rows are grouped."""
    times = list(dict.fromkeys(str(row[0])[:10] for row in result.rows))
    measures, groups = _measures(result), _labels(result)[1:]
    series: dict[str, dict[str, float]] = {}
    for row in result.rows:
        group = " · ".join(_text(row[n]) for n in groups)
        for n in measures[:1] if groups else measures:
            name = group or _title(result.columns[n].name)
            series.setdefault(name, {})[str(row[0])[:10]] = float(row[n] or 0)
    largest = sorted(series, key=lambda name: -sum(series[name].values()))[:_MAX_SERIES]
    for color, name in zip(_COLORS, (name for name in series if name in largest), strict=False):
        values = [series[name].get(time, 0.0) for time in times]
        axes.plot(range(len(times)), values, color=color, marker="o", markersize=3, label=name)
    step = -(-len(times) // _MAX_TICKS)
    axes.set_xticks(range(0, len(times), step), times[::step], rotation=30, ha="right")
    axes.set_ylim(bottom=0)
    if groups:
        axes.set_ylabel(_title(result.columns[measures[0]].name))
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))


def _curve(axes: Axes, result: Result) -> None:
    """A step for each whole number in the first column."""
    places, heights = ([float(row[n] or 0) for row in result.rows] for n in (0, 1))
    axes.step(places, heights, where="mid", color=_COLORS[0])
    axes.fill_between(places, heights, step="mid", color=_COLORS[0], alpha=0.2)
    axes.set_xlim(places[0], places[-1])
    axes.set_ylim(bottom=0)
    axes.set_xlabel(f"{_title(result.columns[0].name)}s")
    axes.set_ylabel(_title(result.columns[1].name))


def _bars(axes: Axes, result: Result) -> None:
    """Groups of horizontal bars, the first row on top."""
    rows, measures, labels = result.rows[:_MAX_BARS], _measures(result), _labels(result)
    height = 0.8 / len(measures)
    for k, n in enumerate(measures):
        values = [float(row[n] or 0) for row in rows]
        places = [at + (k - (len(measures) - 1) / 2) * height for at in range(len(rows))]
        axes.barh(places, values, height, color=_COLORS[k], label=_title(result.columns[n].name))
    axes.set_yticks(range(len(rows)), [" · ".join(_text(row[n]) for n in labels)[:40] for row in rows])
    axes.set_ylim(max(len(rows), 4) - 0.5, -0.5)
    if len(measures) > 1:
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    else:
        axes.set_xlabel(_title(result.columns[measures[0]].name))


def _triangle(axes: Axes, result: Result) -> None:
    """A cell for each cohort and interval, darker for more; cells that have not begun are blank."""
    columns = [n for n, column in enumerate(result.columns) if column.name.isdigit()]
    values = [[_number(row[n]) for n in columns] for row in result.rows]
    axes.imshow(values, aspect="auto", cmap="Blues")
    top = max((v for row in values for v in row if v == v), default=0.0)
    for y, row in enumerate(values):
        for x, value in enumerate(row):
            if value == value:  # not blank
                color = "white" if value > top * 0.6 else "black"
                shown = f"{value:.2f}" if 0 < value < 1 else f"{value:.0f}"
                axes.text(x, y, shown, ha="center", va="center", color=color, fontsize=7)
    axes.set_xticks(range(len(columns)), [result.columns[n].name for n in columns])
    axes.set_yticks(range(len(values)), [_text(row[0])[:10] for row in result.rows])
    axes.spines[:].set_visible(False)


def _number(cell: Any) -> float:
    return float("nan") if cell is None else float(cell)


def _text(cell: Any) -> str:
    return "none" if cell in (None, "") else str(cell)


def _title(name: str) -> str:
    return name.replace("_", " ")
