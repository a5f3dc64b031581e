"""The facts of a video are right, and survive storing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from bbva_core import video
from bbva_core.video import VideoInfo, check_video


def test_facts_of_a_known_video(make_video: Callable[[str], Path]) -> None:
    path = make_video("rotated.mp4")
    info, index = check_video(path)
    assert (info.container, info.codec, info.rotation, info.mirrored) == ("mov", "h264", 90, False)
    assert (info.width, info.height, info.stored_size) == (96, 160, (160, 96))
    assert info.frame_count == len(index) == 100
    assert info.duration == 4
    assert info.bytes == path.stat().st_size


def test_facts_survive_json(make_video: Callable[[str], Path]) -> None:
    info, _ = check_video(make_video("h264-vfr.mkv"))
    again = VideoInfo.from_dict(json.loads(json.dumps(info.to_dict())))
    assert again == info
    assert isinstance(again.time_base, Fraction)


def test_importing_the_package_loads_no_codec() -> None:
    code = "import sys, bbva_core.video; print(sorted({'av', 'cv2'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_every_public_name_can_be_had() -> None:
    assert all(getattr(video, name) is not None for name in video.__all__)
