"""A banner for when BBVA itself is gone: the page cannot be drawn anew to say so."""

from __future__ import annotations

import streamlit as st

_JS = """
export default function () {
  // In the body: inside the page's own containers a fixed position is not fixed to the window.
  let banner = document.getElementById('bbva-connection');
  if (!banner) {
    banner = document.createElement('div');
    banner.id = 'bbva-connection';
    banner.setAttribute('role', 'alert');
    banner.hidden = true;
    banner.style.cssText = 'position:fixed;left:0;right:0;bottom:0;z-index:2000000;padding:12px 20px;'
      + 'text-align:center;color:#fff;background:#8a2c0d;font-family:system-ui,sans-serif;pointer-events:none';
    banner.textContent = 'BBVA is not running any more. Everything committed is safe. Start it again: this page goes '
      + 'on by itself.';
    document.body.append(banner);
    // Streamlit's own dialog covers the page and asks about the internet, which has nothing to do with it.
    const style = document.createElement('style');
    style.textContent = 'body:has(#bbva-connection:not([hidden])) [data-testid="stDialog"] { display: none; }';
    document.head.append(style);
  }
  let failures = 0;
  const timer = setInterval(async () => {
    let ok = false;
    try { ok = (await fetch('/_stcore/health', { cache: 'no-store' })).ok; } catch { /* it is gone */ }
    if (ok && failures > 1) { location.reload(); return; }  // what failed to load meanwhile would stay broken
    failures = ok ? 0 : failures + 1;
    banner.hidden = failures < 2;
  }, 1500);
  return () => clearInterval(timer);
}
"""

_component = st.components.v2.component("bbva_connection", js=_JS)


def connection_banner() -> None:
    """Draw nothing, until the server does not answer any more."""
    _component(key="connection", height=1)
