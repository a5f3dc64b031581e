"""Writes a synthetic game to a file, with its truth beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av

from bbva_core.machine.output import checked_output, not_written
from bbva_core.synth.render import Renderer
from bbva_core.synth.settings import SynthSettings
from bbva_core.synth.truth import FrameTruth, dump_truth, truth_path

Progress = Callable[[int, int], None]


def generate(settings: SynthSettings, out: Path, progress: Progress | None = None) -> Path:
    """Write the video to `out` (H.264 in MP4) and the truth to `<out>.truth.json`; returns `out`.

    Both appear under their names only when they are whole.

    Args:
        settings: What to draw.
        out: A file in a folder that exists.
        progress: Called with (frames done, frames in all).

    Raises:
        InvalidSettings: No file can be put there.
        StorageFull: The disk is full; nothing was left behind.
    """
    try:
        return _write(settings, checked_output(out), progress)
    except OSError as error:  # av's errors of files are OSErrors, too
        raise not_written(out, error) from error


def _write(settings: SynthSettings, out: Path, progress: Progress | None) -> Path:
    truth = truth_path(out)
    part, truth_part = out.with_name(out.name + ".part"), truth.with_name(truth.name + ".part")
    renderer = Renderer(settings)
    try:
        with av.open(str(part), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            encoded = _encode(container, renderer, settings, progress)
            with truth_part.open("w", encoding="utf-8", newline="\n") as file:
                box = renderer.bug.box if settings.score_bug else None
                file.writelines(dump_truth(settings, box, encoded))
        part.replace(out)
        truth_part.replace(truth)
    finally:
        for left in (part, truth_part):
            with suppress(OSError):  # where it could not be written it cannot be removed either
                left.unlink(missing_ok=True)
    return out


def _encode(
    container: av.container.OutputContainer, renderer: Renderer, settings: SynthSettings, progress: Progress | None
) -> Iterator[FrameTruth]:
    """Encode every frame and pass on its truth."""
    rate = settings.rate
    stream = container.add_stream("libx264", rate=rate)
    stream.width, stream.height, stream.pix_fmt = settings.width, settings.height, "yuv420p"
    # one thread: the bytes of the stream do not depend on the machine's number of cores
    stream.options = {"crf": str(settings.crf), "preset": "medium", "threads": "1", "g": str(max(1, round(rate * 4)))}
    stream.codec_context.time_base = Fraction(1) / rate
    for picture, truth in renderer.frames():
        frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
        frame.pts, frame.time_base = truth.index, Fraction(1) / rate
        container.mux(stream.encode(frame))
        yield truth
        if progress is not None:
            progress(truth.index + 1, settings.frame_count)
    container.mux(stream.encode(None))
