"""The doctor's child process: tries libraries one after the other, and prints one line of JSON for each.

`python -m bbva_core.machine.doctor_probe SCRATCH_FOLDER NAME …`; libraries may write to the scratch folder only.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from bbva_core.errors import foreign
from bbva_core.machine.privacy import silence_telemetry


def main(scratch: Path, names: list[str]) -> None:
    """Try each library; what it prints itself goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    silence_telemetry()
    for name in names:
        try:
            ok, found = _PROBES[name](scratch)
        except Exception as error:  # a broken library raises anything; that is what we want to know
            ok, found = False, foreign(error)
        answers.write(json.dumps({"name": name, "ok": ok, "found": " ".join(found.split())}) + "\n")
        answers.flush()


def _pyav(_scratch: Path) -> tuple[bool, str]:
    import av

    missing = [name for name in ("h264", "hevc", "mjpeg", "vp9") if not _decodes(name)]
    ffmpeg = ".".join(map(str, av.library_versions["libavcodec"]))
    found = f"PyAV {av.__version__}, libavcodec {ffmpeg}"
    return not missing, found + (f"; cannot decode {', '.join(missing)}" if missing else "")


def _decodes(codec: str) -> bool:
    import av

    with contextlib.suppress(ValueError, av.error.FFmpegError):
        av.Codec(codec, "r")
        return True
    return False


def _opencv(_scratch: Path) -> tuple[bool, str]:
    import cv2

    has_people_detector = hasattr(cv2, "HOGDescriptor")
    found = f"OpenCV {cv2.__version__}"
    return has_people_detector, found + ("" if has_people_detector else "; it has no built-in people detector")


def _torch(_scratch: Path) -> tuple[bool, str]:
    import torch
    import torchvision

    boxes = torch.tensor([[0.0, 0.0, 10.0, 10.0], [1.0, 1.0, 10.0, 10.0], [20.0, 20.0, 30.0, 30.0]])
    kept = torchvision.ops.nms(boxes, torch.tensor([0.9, 0.8, 0.7]), 0.5).tolist()
    found = f"torch {torch.__version__}, torchvision {torchvision.__version__}"
    return kept == [0, 2], f"{found}, NMS works" if kept == [0, 2] else f"{found}, NMS gave {kept} instead of [0, 2]"


def _ultralytics(scratch: Path) -> tuple[bool, str]:
    from bbva_core.detect.ultralytics_setup import import_yolo

    import_yolo(scratch, 1)
    return True, f"ultralytics {version('ultralytics')}"


def _openvino(_scratch: Path) -> tuple[bool, str]:
    import openvino

    return True, f"OpenVINO {version('openvino')}, devices {', '.join(openvino.Core().available_devices)}"


def _rapidocr(_scratch: Path) -> tuple[bool, str]:
    import cv2
    import numpy as np

    from bbva_core.ocr.rapidocr_engine import RapidOCRReader

    image = np.full((60, 320, 3), 20, np.uint8)
    cv2.putText(image, "HOME 87", (20, 42), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (255, 255, 255), 2, cv2.LINE_AA)
    reader = RapidOCRReader(threads=1)
    text = " ".join(line.text for line in reader.read(image))
    reader.close()
    found = f"RapidOCR {version('rapidocr')}, onnxruntime {version('onnxruntime')}"
    return "87" in text, f"{found}, reads" if "87" in text else f"{found}, read {text!r} instead of 'HOME 87'"


def _easyocr(scratch: Path) -> tuple[bool, str]:
    os.environ["EASYOCR_MODULE_PATH"] = str(scratch / "easyocr")
    import easyocr

    return True, f"EasyOCR {easyocr.__version__}"


def _gpu(_scratch: Path) -> tuple[bool, str]:
    import torch

    if torch.cuda.is_available():
        return True, torch.cuda.get_device_name(0)
    return True, "none that PyTorch can use; the processor does the work"


_PROBES: dict[str, Callable[[Path], tuple[bool, str]]] = {
    "pyav": _pyav,
    "opencv": _opencv,
    "torch": _torch,
    "ultralytics": _ultralytics,
    "openvino": _openvino,
    "rapidocr": _rapidocr,
    "easyocr": _easyocr,
    "gpu": _gpu,
}

if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
