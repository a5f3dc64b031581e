"""OpenCV divides no small pictures among threads, and has its threads back afterwards."""

from __future__ import annotations

import cv2
import pytest

from bbva_core.machine.threads import one_opencv_thread


def test_opencv_has_one_thread_within_and_as_many_as_before_afterwards() -> None:
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    try:
        with pytest.raises(ValueError, match="stop"), one_opencv_thread():
            assert cv2.getNumThreads() == 1
            raise ValueError("stop")
        assert cv2.getNumThreads() == 2
    finally:
        cv2.setNumThreads(before)
