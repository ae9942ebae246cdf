"""A judge made for tests, and a process that serves it.

The judge is the real one; its detector finds one face in the middle of every picture that is not black, and its classifier
calls the grey of the face P(real). So a test chooses a verdict by choosing a grey.
"""

import argparse
import time

import numpy as np

from liveliness_lib.faces import Face
from liveliness_lib.models.metadata import ModelMetadata
from liveliness_lib.pipeline.judge import Judge
from liveliness_lib.pipeline.settings import load_settings, with_store


class MiddleDetector:
    name = "middle"

    def detect(self, image):
        height, width = image.shape[:2]
        box = (width * 0.25, height * 0.25, width * 0.75, height * 0.75)
        return [Face(box, 0.9, self.name)] if image.max() > 40 else []


class GreyClassifier:
    metadata = ModelMetadata("grey", threshold=0.5, band=(0.3, 0.7), image_size=(8, 8), detector="middle")

    def __init__(self, seconds=0.0):
        self.seconds = seconds

    def score_faces(self, image, boxes):
        time.sleep(self.seconds)
        cuts = [image[int(b[1]) : int(b[3]), int(b[0]) : int(b[2])] for b in boxes]
        return np.array([cut.mean() / 255 for cut in cuts], np.float32)


def make_judge(seconds=0.0):
    return Judge(MiddleDetector(), GreyClassifier(seconds))


def main():
    from liveliness_lib.pipeline.service import server, telemetry

    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--settings")
    parser.add_argument("--seconds", type=float, default=0.0)
    given = parser.parse_args()
    settings = with_store(load_settings(given.settings), folder=given.folder, keep_days=None)
    telemetry.log_json()
    server.leave_cores_to_photos()
    server.serve(make_judge(given.seconds), settings, port=given.port)


if __name__ == "__main__":
    main()
