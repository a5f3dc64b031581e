"""Synthetic score bugs with exact truth: many layouts, fonts and sizes, animated, over moving pictures, compressed.

for frame in bug_clip(seed=7, fonts=fonts): ...    # BGR picture and what its scoreboard says
"""

from bbva_core.synth.bugs.clip import BugClip, BugFrame, BugTruth, bug_clip
from bbva_core.synth.bugs.layouts import LAYOUTS

__all__ = ["LAYOUTS", "BugClip", "BugFrame", "BugTruth", "bug_clip"]
