"""A frame on which a rectangle, or the four corners of a board, can be drawn with the pointer."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

Point = tuple[int, int]

_HTML = """
<div class="stage"><img alt="" draggable="false" /><svg></svg><div class="problem" hidden></div></div>
"""

_CSS = """
.stage { position: relative; background: var(--st-secondary-background-color); border-radius: 8px;
         overflow: hidden; line-height: 0; color: var(--st-text-color); font-family: var(--st-font); }
img { width: 100%; height: auto; display: block; user-select: none; }
svg { position: absolute; inset: 0; width: 100%; height: 100%; cursor: crosshair; touch-action: none; }
.shade { fill: rgba(0, 0, 0, .45); }
polygon { fill: transparent; stroke: var(--st-primary-color); stroke-width: 2; vector-effect: non-scaling-stroke;
          cursor: move; }
circle { fill: var(--st-primary-color); stroke: white; stroke-width: 1.5; vector-effect: non-scaling-stroke;
         cursor: grab; }
.problem { position: absolute; inset: 0; display: flex; align-items: center; justify-content: center; padding: 16px;
           line-height: 1.4; text-align: center; font-size: .9rem; }
.problem[hidden] { display: none; }
"""

_JS = """
export default function (component) {
  const root = component.parentElement;
  const stage = root.querySelector('.stage');
  const img = root.querySelector('img');
  const svg = root.querySelector('svg');
  const problem = root.querySelector('.problem');
  const NS = 'http://www.w3.org/2000/svg';
  const { data } = component;
  // Called again at every rerun: what is drawn stays, unless the page has given something else to begin with.
  const first = !stage.bbva;
  const begun = JSON.stringify(data.start);
  const now = (stage.bbva ||= { points: null, held: null });
  now.component = component;
  if (now.begun !== begun) { now.begun = begun; now.points = data.start; }
  if (now.points && !data.corners) {
    const [xs, ys] = [0, 1].map((axis) => now.points.map((point) => point[axis]));
    const [x1, x2, y1, y2] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    now.points = [[x1, y1], [x2, y1], [x2, y2], [x1, y2]];
  }
  stage.style.aspectRatio = `${data.width} / ${data.height}`;
  svg.setAttribute('viewBox', `0 0 ${data.width} ${data.height}`);
  if (img.getAttribute('src') !== data.src) {
    img.onerror = () => { problem.textContent = 'This frame cannot be shown.'; problem.hidden = false; };
    img.onload = () => { problem.hidden = true; };
    img.src = data.src;
    img.alt = data.alt;
  }

  const make = (name, values) => {
    const element = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(values)) element.setAttribute(key, value);
    return element;
  };

  const draw = () => {
    const { width, height } = now.component.data;
    if (!now.points) { svg.replaceChildren(); return; }
    const outline = now.points.map((point) => point.join(',')).join(' ');
    const hole = `M0 0H${width}V${height}H0Z M${outline.replaceAll(' ', 'L')}Z`;
    const radius = 7 * width / Math.max(1, svg.clientWidth);
    svg.replaceChildren(
      make('path', { d: hole, 'fill-rule': 'evenodd', class: 'shade' }),
      make('polygon', { points: outline }),
      ...now.points.map(([cx, cy], number) => make('circle', { cx, cy, r: radius, 'data-number': number })),
    );
  };

  const rectangle = ([ax, ay], [bx, by]) => {
    const [x1, x2] = [Math.min(ax, bx), Math.max(ax, bx)];
    const [y1, y2] = [Math.min(ay, by), Math.max(ay, by)];
    return [[x1, y1], [x2, y1], [x2, y2], [x1, y2]];
  };

  const place = (event) => {
    const { width, height } = now.component.data;
    const box = svg.getBoundingClientRect();
    const inside = (value, most) => Math.round(Math.min(Math.max(value, 0), most));
    return [inside((event.clientX - box.left) / box.width * width, width),
            inside((event.clientY - box.top) / box.height * height, height)];
  };

  const drag = (at) => {
    const { kind, from, points, number } = now.held;
    if (kind === 'new') {
      now.points = rectangle(from, at);
    } else if (kind === 'move') {
      const { width, height } = now.component.data;
      const limit = (by, axis, most) => Math.min(Math.max(by, -Math.min(...points.map((point) => point[axis]))),
                                                 most - Math.max(...points.map((point) => point[axis])));
      const dx = limit(at[0] - from[0], 0, width);
      const dy = limit(at[1] - from[1], 1, height);
      now.points = points.map(([x, y]) => [x + dx, y + dy]);
    } else if (now.component.data.corners) {
      now.points = points.map((point, index) => (index === number ? at : point));
    } else {
      now.points = rectangle(points[(number + 2) % 4], at);
    }
    draw();
  };

  draw();
  if (!first) return;
  new ResizeObserver(draw).observe(svg);
  svg.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    svg.setPointerCapture(event.pointerId);
    const from = place(event);
    const number = event.target.dataset?.number;
    const kind = number !== undefined ? 'corner' : event.target.tagName === 'polygon' ? 'move' : 'new';
    now.held = { kind, from, number: Number(number), points: now.points };
  });
  svg.addEventListener('pointermove', (event) => { if (now.held) drag(place(event)); });
  const end = () => {
    if (!now.held) return;
    const [a, , c] = now.points || [[0, 0], [0, 0], [0, 0]];
    // A click that was no drag draws nothing.
    const small = Math.abs(c[0] - a[0]) < 4 || Math.abs(c[1] - a[1]) < 4;
    if (now.held.kind === 'new' && small) now.points = now.held.points;
    now.held = null;
    draw();
    now.component.setStateValue('points', now.points);
  };
  svg.addEventListener('pointerup', end);
  svg.addEventListener('pointercancel', end);
}
"""

_component = st.components.v2.component("bbva_region_picker", html=_HTML, css=_CSS, js=_JS)


def region_picker(
    src: str,
    *,
    width: int,
    height: int,
    corners: bool,
    start: Sequence[Point] | None,
    key: str,
    alt: str,
) -> list[Point] | None:
    """Draw a frame to draw on; returns four points in pixels, upper left first and clockwise, or None so far.

    Args:
        src: Where the picture is.
        width: Of the frame, in pixels.
        height: Of the frame, in pixels.
        corners: Whether each corner can be moved by itself; otherwise it stays a rectangle.
        start: Four points to begin with.
        key: Distinguishes several on a page.
        alt: What the picture shows, for those who do not see it.
    """
    begun = None if start is None else [list(point) for point in start]
    result = _component(
        key=key,
        data={"src": src, "width": width, "height": height, "corners": corners, "start": begun, "alt": alt},
        on_points_change=lambda: None,
    )
    drawn = result.get("points") or begun
    if drawn is None:
        return None
    points = [(int(x), int(y)) for x, y in drawn]
    if corners:
        return points
    (x1, x2), (y1, y2) = ((min(values), max(values)) for values in zip(*points, strict=True))
    return [(x1, y1), (x2, y1), (x2, y2), (x1, y2)]
