"""One frame of the video with the committed boxes over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from bbva_core.ui.palette import class_color

_HTML = """
<figure>
  <div class="stage"><img alt="" /><svg aria-hidden="true"></svg><div class="problem" hidden></div></div>
  <figcaption></figcaption>
</figure>
"""

_CSS = """
figure { margin: 0; font-family: var(--st-font); color: var(--st-text-color); }
.stage { position: relative; background: var(--st-secondary-background-color); border-radius: 8px;
         overflow: hidden; line-height: 0; }
img { width: 100%; height: auto; display: block; }
svg { position: absolute; inset: 0; width: 100%; height: 100%; }
rect { fill: transparent; stroke-width: 2; vector-effect: non-scaling-stroke; }
rect:hover { fill: rgba(255, 255, 255, .18); }
text { font-family: var(--st-font); font-weight: 600; paint-order: stroke;
       stroke: rgba(0, 0, 0, .75); stroke-width: .22em; }
.problem { position: absolute; inset: 0; display: flex; align-items: center; justify-content: center; padding: 16px;
           line-height: 1.4; text-align: center; font-size: .9rem; }
.problem[hidden] { display: none; }
figcaption { margin-top: 6px; font-size: .85rem; opacity: .8; display: flex; flex-wrap: wrap; gap: 4px 14px; }
.key { display: inline-flex; align-items: center; gap: 5px; }
.swatch { width: 10px; height: 10px; border-radius: 2px; }
"""

_JS = """
export default function (component) {
  const { data, parentElement: root } = component;
  const img = root.querySelector('img');
  const svg = root.querySelector('svg');
  const problem = root.querySelector('.problem');
  const caption = root.querySelector('figcaption');
  const NS = 'http://www.w3.org/2000/svg';
  const stage = root.querySelector('.stage');
  stage.style.aspectRatio = `${data.width} / ${data.height}`;
  const ticket = (stage.ticket || 0) + 1;
  stage.ticket = ticket;

  const draw = () => {
    svg.setAttribute('viewBox', `0 0 ${data.width} ${data.height}`);
    const size = Math.max(9, data.width / 60);
    svg.replaceChildren(...data.boxes.flatMap((box) => {
      const rect = document.createElementNS(NS, 'rect');
      rect.setAttribute('x', box.x1);
      rect.setAttribute('y', box.y1);
      rect.setAttribute('width', box.x2 - box.x1);
      rect.setAttribute('height', box.y2 - box.y1);
      rect.setAttribute('stroke', box.color);
      const title = document.createElementNS(NS, 'title');
      title.textContent = box.title;
      rect.append(title);
      if (!box.tag) return [rect];
      const text = document.createElementNS(NS, 'text');
      text.setAttribute('x', box.x1);
      text.setAttribute('y', Math.max(size, box.y1 - size * .3));
      text.setAttribute('font-size', size);
      text.setAttribute('fill', box.color);
      text.textContent = box.tag;
      return [rect, text];
    }));
    caption.replaceChildren(...data.caption.map((entry) => {
      const key = document.createElement('span');
      key.className = 'key';
      if (entry.color) {
        const swatch = document.createElement('span');
        swatch.className = 'swatch';
        swatch.style.background = entry.color;
        key.append(swatch);
      }
      key.append(entry.text);
      return key;
    }));
  };

  // Picture and boxes change together: boxes over the wrong frame would be a lie.
  const next = new Image();
  next.onload = () => {
    if (stage.ticket !== ticket) return;
    img.src = next.src;
    img.alt = data.alt;
    problem.hidden = true;
    draw();
  };
  next.onerror = async () => {
    if (stage.ticket !== ticket) return;
    let words = 'This frame cannot be shown.';
    try { words = (await (await fetch(data.src)).json()).error || words; } catch { /* the words above stand */ }
    if (stage.ticket !== ticket) return;
    img.removeAttribute('src');
    svg.replaceChildren();
    problem.textContent = words;
    problem.hidden = false;
  };
  next.src = data.src;
}
"""

# A name on every player, or a text over the text itself, would hide what the picture shows; the pointer tells.
_UNTAGGED = ("person", "player", "text")

_component = st.components.v2.component("bbva_frame_view", html=_HTML, css=_CSS, js=_JS)


def frame_view(
    src: str,
    *,
    width: int,
    height: int,
    boxes: Sequence[Mapping[str, Any]],
    caption: Sequence[str],
    key: str,
    alt: str,
) -> None:
    """Draw a frame with boxes.

    Args:
        src: Where the picture is.
        width: Of the coordinates of the boxes, in pixels.
        height: Of the coordinates of the boxes, in pixels.
        boxes: Each with x1, y1, x2, y2, `class`, and `score` or `text`.
        caption: Facts below the picture; counts per class are added.
        key: Distinguishes several views on a page.
        alt: What the picture shows, for those who do not see it.
    """
    counts: dict[str, int] = {}
    drawn = []
    for box in boxes:
        name = str(box["class"])
        counts[name] = counts.get(name, 0) + 1
        text = box.get("text")
        title = f"{name} {box['score']:.2f}" if text is None else f"{text} ({box['score']:.2f})"
        drawn.append(
            {
                **{corner: float(box[corner]) for corner in ("x1", "y1", "x2", "y2")},
                "color": class_color(name),
                "title": title,
                "tag": "" if name in _UNTAGGED else name,
            }
        )
    keys = [{"text": f"{name} {count}", "color": class_color(name)} for name, count in sorted(counts.items())]
    _component(
        key=key,
        data={
            "src": src,
            "width": width,
            "height": height,
            "boxes": drawn,
            "caption": [*({"text": fact, "color": ""} for fact in caption), *keys],
            "alt": alt,
        },
    )
