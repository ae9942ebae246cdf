"""Find faces.

face.py      `Face`, and `FaceDetector`: what every detector promises
table.py     `DETECTORS` and `load_detector`: a detector is one file and one row
haar.py, caffe_ssd.py, dlib_hog.py, dlib_cnn.py, retinaface.py, yunet.py, mtcnn.py    one detector each
caffe_graph.py    a Caffe network for ONNX Runtime, which is quicker; onnx_bytes.py writes it
retinaface_onnx.py    any RetinaFace of one's own
earned.py    the default cascade, its order and thresholds chosen by comparison; staged.py, its rule
cascade.py   the original system's rule: the next one is asked where one is not trusted
turning.py   sideways and upside-down pictures
scaling.py   large photos shrunk and boxes mapped back; one network per thread
many.py      `detect_many`: all cores at work
matching.py  which found face is which true one
convention.py    what each detector calls the box of a face
"""

from liveliness_lib.faces.cascade import Cascade
from liveliness_lib.faces.face import Face, FaceDetector
from liveliness_lib.faces.many import detect_many
from liveliness_lib.faces.staged import Stage, StagedCascade
from liveliness_lib.faces.table import DETECTORS, DetectorRow, load_detector, original_cascade

__all__ = [
    "DETECTORS",
    "Cascade",
    "DetectorRow",
    "Face",
    "FaceDetector",
    "Stage",
    "StagedCascade",
    "detect_many",
    "load_detector",
    "original_cascade",
]
