"""Plotly figures. They take plain lists and know nothing of the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import plotly.graph_objects as go

from bbva_core.ui.palette import class_color
from bbva_core.ui.words import clock

_MARGIN = {"l": 8, "r": 8, "t": 32, "b": 8}


def objects_over_time(
    seconds: Sequence[float], series: Mapping[str, Sequence[float]], *, height: int = 240
) -> go.Figure:
    """Objects in a frame, averaged over each batch, per class.

    Args:
        seconds: Start of each batch in seconds of video.
        series: For each class one value a batch.
        height: Of the figure, in pixels.
    """
    figure = go.Figure()
    words = [clock(value) for value in seconds]
    for name, values in series.items():
        figure.add_scatter(
            x=list(seconds),
            y=list(values),
            name=name,
            mode="lines+markers",  # what has no marker cannot be clicked
            marker={"size": 6 if len(seconds) < 40 else 3},
            line={"color": class_color(name), "width": 2},
            customdata=words,
            hovertemplate="%{y:.1f} in a frame at %{customdata}<extra>" + name + "</extra>",
        )
    figure.update_layout(
        height=height,
        margin=_MARGIN,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
        yaxis={"title": "in a frame", "rangemode": "tozero"},
        xaxis=_time_axis(seconds),
    )
    return figure


def positions(points: Sequence[tuple[str, float, float]], *, width: int, height: int, picture: str) -> go.Figure:
    """Where people and things stand in the picture, as a heat map of the middle of the lower edge of their boxes.

    Args:
        points: (class, x, y) in pixels of the frame.
        width: Of the frame, in pixels.
        height: Of the frame, in pixels.
        picture: Where a frame is, to be shown below the map.
    """
    columns = 48
    cell = width / columns
    figure = go.Figure(
        go.Histogram2d(
            x=[x for _, x, _ in points],
            y=[y for _, _, y in points],
            xbins={"start": 0, "end": width, "size": cell},
            ybins={"start": 0, "end": height, "size": cell},
            colorscale=[[0, "rgba(37, 99, 235, 0)"], [1, "rgba(37, 99, 235, 1)"]],  # wood is orange
            showscale=False,
            hovertemplate="%{z} detections around x %{x}, y %{y}<extra></extra>",
        )
    )
    figure.add_layout_image(
        source=picture,
        x=0,
        y=0,
        sizex=width,
        sizey=height,
        xref="x",
        yref="y",
        sizing="stretch",
        opacity=0.4,
        layer="below",
    )
    axis = {"constrain": "domain", "showgrid": False, "zeroline": False, "showticklabels": False, "ticks": ""}
    figure.update_layout(
        height=320,
        margin={**_MARGIN, "t": 8},
        xaxis={"range": [0, width], **axis},
        yaxis={"range": [height, 0], "scaleanchor": "x", **axis},
    )
    return figure


def score_over_time(
    seconds: Sequence[float],
    scores: Sequence[tuple[int, int]],
    names: tuple[str, str],
    moments: Sequence[str],
) -> go.Figure:
    """Both scores, and by how much the first leads.

    Args:
        seconds: Of video, for each reading.
        scores: Of the left or upper team, and of the other.
        names: Of the teams.
        moments: Of the game, for each reading: period and clock.
    """
    figure = go.Figure()
    words = [[clock(second), escape(moment)] for second, moment in zip(seconds, moments, strict=True)]
    lead = [a - b for a, b in scores]
    figure.add_scatter(
        x=list(seconds),
        y=lead,
        name=f"lead of {escape(names[0])}",
        mode="lines",
        line={"shape": "hv", "width": 0},
        fill="tozeroy",
        fillcolor="rgba(163, 163, 163, 0.25)",
        hovertemplate="%{y:+d}<extra>lead</extra>",
    )
    for number, (name, color) in enumerate(zip(names, (class_color("player"), class_color("ball")), strict=True)):
        figure.add_scatter(
            x=list(seconds),
            y=[pair[number] for pair in scores],
            name=escape(name),
            mode="lines+markers",  # what has no marker cannot be clicked
            line={"shape": "hv", "width": 2, "color": color},
            marker={"size": 5},
            customdata=words,
            hovertemplate="%{y} at %{customdata[1]} (%{customdata[0]})<extra>" + escape(name) + "</extra>",
        )
    figure.update_layout(
        height=240,
        margin=_MARGIN,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
        yaxis={"title": "points"},
        xaxis=_time_axis(seconds),
    )
    return figure


def game_clock_over_time(seconds: Sequence[float], clocks: Sequence[float], moments: Sequence[str]) -> go.Figure:
    """The game clock as read: it falls while the game goes on, stands in between, and jumps at cuts.

    Args:
        seconds: Of video, for each reading.
        clocks: Seconds left in the period.
        moments: Of the game, for each reading: period and clock.
    """
    figure = go.Figure(
        go.Scatter(
            x=list(seconds),
            y=list(clocks),
            mode="lines+markers",  # what has no marker cannot be clicked
            line={"color": class_color("player"), "width": 1.5, "shape": "hv"},
            marker={"size": 5 if len(seconds) < 80 else 3},
            customdata=[[clock(second), escape(moment)] for second, moment in zip(seconds, moments, strict=True)],
            hovertemplate="%{customdata[1]}<br>at %{customdata[0]} of the video<extra></extra>",
        )
    )
    low, top = min(clocks, default=0.0), max(clocks, default=0.0)
    step = next(step for step in (1, 2, 5, 10, 30, 60, 120, 300, 600, 10**9) if (top - low) / step <= 6)
    ticks = [step * number for number in range(int(low / step), int(top / step) + 1)]
    figure.update_layout(
        height=220,
        margin=_MARGIN,
        yaxis={"title": "game clock", "tickvals": ticks, "ticktext": [clock(tick) for tick in ticks]},
        xaxis=_time_axis(seconds),
    )
    return figure


def _time_axis(seconds: Sequence[float]) -> dict[str, object]:
    last = max(seconds, default=0.0)
    step = next(step for step in (1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 3600, 10**9) if last / step <= 10)
    ticks = [step * number for number in range(int(last / step) + 1)]
    return {"title": "time in the video", "tickvals": ticks, "ticktext": [clock(tick) for tick in ticks]}
