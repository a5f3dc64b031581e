"""The rival: ultralytics' own `predict(stream=True)`, storing nothing. Run in a process of its own.

`python -m bbva_core.bench.plain VIDEO WEIGHTS IMGSZ CONF FRAMES WARM_UP THREADS SCRATCH` prints one line of JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from pathlib import Path

from bbva_core.detect.ultralytics_setup import import_yolo


def main(
    video: str, weights: str, imgsz: str, conf: str, frames: str, warm_up: str, threads: str, scratch: str
) -> dict[str, float]:
    """Frames per second after the first `warm_up` frames, and detections in all."""
    with contextlib.suppress(AttributeError, OSError):
        os.nice(5)  # as our compute process does: on a busy machine both must compete alike
    yolo = import_yolo(Path(scratch), int(threads))
    model = yolo(weights, task="detect")
    began = time.monotonic()
    done, detections = 0, 0
    for result in model.predict(video, stream=True, imgsz=int(imgsz), conf=float(conf), verbose=False, save=False):
        done += 1
        detections += len(result.boxes)
        if done == int(warm_up):
            began = time.monotonic()
        if done == int(frames):
            break
    seconds = time.monotonic() - began
    return {"frames_per_second": (done - int(warm_up)) / seconds, "frames": done, "detections": detections}


if __name__ == "__main__":
    answer = main(*sys.argv[1:])
    sys.stdout.write(json.dumps(answer) + "\n")
