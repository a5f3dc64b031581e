"""A drop zone that streams videos to our upload route.

Streamlit's own uploader keeps the whole file in memory until the session ends; a game has gigabytes.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from bbva_core.settings import RunSettings
from bbva_core.ui.guard import PREFIX
from bbva_core.video import EXTENSIONS

_HTML = """
<label class="zone" tabindex="0">
  <input type="file" multiple aria-label="Choose videos" />
  <svg width="28" height="28" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.6"
       stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
    <path d="M12 16V4m0 0L7 9m5-5l5 5" /><path d="M4 16v3a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-3" />
  </svg>
  <span class="lead">Drop a game video here</span>
  <span class="hint">or click to choose one. It stays on this machine.</span>
</label>
<div class="state" role="status" aria-live="polite"></div>
"""

_CSS = """
:host, * { box-sizing: border-box; }
.zone {
  display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 4px;
  min-height: 132px; padding: 20px; cursor: pointer; text-align: center;
  border: 1.5px dashed color-mix(in srgb, var(--st-text-color) 35%, transparent);
  border-radius: 10px; background: var(--st-secondary-background-color);
  color: var(--st-text-color); font-family: var(--st-font); transition: border-color .15s;
}
.zone:hover, .zone:focus-visible, .zone.over { border-color: var(--st-primary-color); outline: none; }
.zone.over { background: color-mix(in srgb, var(--st-primary-color) 12%, var(--st-background-color)); }
.zone svg { color: var(--st-primary-color); }
.lead { font-weight: 600; font-size: 1rem; }
.hint { font-size: .85rem; opacity: .75; }
input { position: absolute; width: 1px; height: 1px; opacity: 0; }
.state { font-family: var(--st-font); font-size: .875rem; color: var(--st-text-color); }
.row { margin-top: 8px; overflow-wrap: anywhere; }
.row.problem { border-left: 3px solid #d64545; padding-left: 8px; }
.track { height: 6px; border-radius: 3px; margin-top: 4px; overflow: hidden;
         background: color-mix(in srgb, var(--st-text-color) 15%, transparent); }
.bar { height: 100%; width: 0; background: var(--st-primary-color); transition: width .2s; }
"""

_JS = """
export default function (component) {
  const root = component.parentElement;
  const zone = root.querySelector('.zone');
  const input = root.querySelector('input');
  const state = root.querySelector('.state');
  // Called again at every rerun: the handlers stay, what they read is renewed.
  const first = !zone.bbva;
  zone.bbva = component;
  if (!first) return;
  input.accept = component.data.accept.join(',');

  const line = (text, problem) => {
    const row = document.createElement('div');
    row.className = problem ? 'row problem' : 'row';
    const words = document.createElement('div');
    words.textContent = text;
    row.append(words);
    state.append(row);
    return { row, words };
  };

  const send = (file) => new Promise((resolve) => {
    const { route, settings, trust } = zone.bbva.data;
    const { row, words } = line(`${file.name}: uploading …`);
    const track = document.createElement('div');
    track.className = 'track';
    const bar = document.createElement('div');
    bar.className = 'bar';
    track.append(bar);
    row.append(track);
    const query = new URLSearchParams({ name: file.name, settings, trust: trust ? '1' : '0' });
    const request = new XMLHttpRequest();
    request.open('PUT', `${route}?${query}`);
    request.upload.onprogress = (event) => {
      const share = event.total ? event.loaded / event.total : 0;
      bar.style.width = `${(100 * share).toFixed(1)}%`;
      words.textContent = share < 1 ? `${file.name}: uploading, ${(100 * share).toFixed(0)} %`
                                    : `${file.name}: checking the file and indexing its frames …`;
    };
    const fail = (text) => {
      row.remove();
      line(text.startsWith(file.name) ? text : `${file.name}: ${text}`, true);
      resolve(null);
    };
    request.onerror = () => fail('the connection to BBVA was lost; nothing was stored. Is it still running?');
    request.onload = () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { answer = { error: request.responseText }; }
      if (request.status !== 200) { fail(answer.error || `refused (${request.status})`); return; }
      row.remove();
      resolve(answer.run);
    };
    request.send(file);
  });

  const take = async (files) => {
    state.replaceChildren();
    if (zone.bbva.data.settings === null) {
      line('The settings for new runs cannot be used. Nothing was stored. Correct them, then drop it again.', true);
      return;
    }
    const runs = [];
    for (const file of files) {
      const run = await send(file);
      if (run) runs.push(run);
    }
    if (runs.length) zone.bbva.setTriggerValue('queued', runs);
  };

  input.addEventListener('change', async () => { await take([...input.files]); input.value = ''; });
  zone.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); input.click(); }
  });
  for (const kind of ['dragenter', 'dragover']) {
    zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add('over'); });
  }
  for (const kind of ['dragleave', 'drop']) {
    zone.addEventListener(kind, () => zone.classList.remove('over'));
  }
  zone.addEventListener('drop', (event) => { event.preventDefault(); take([...event.dataTransfer.files]); });
}
"""

_component = st.components.v2.component("bbva_drop_zone", html=_HTML, css=_CSS, js=_JS)


def drop_zone(settings: RunSettings | None, *, trust_weights: bool) -> list[str]:
    """Draw the drop zone; returns the uuids of the runs that were just queued by a drop.

    Args:
        settings: Applied to what is dropped; None refuses it.
        trust_weights: The user has agreed to weights of unknown origin.
    """
    data: dict[str, Any] = {
        "route": f"{PREFIX}upload",
        "accept": list(EXTENSIONS),
        "settings": None if settings is None else settings.to_json(),
        "trust": trust_weights,
    }
    result = _component(key="drop_zone", data=data, on_queued_change=lambda: None)
    queued = result.get("queued")
    return list(queued) if queued else []
