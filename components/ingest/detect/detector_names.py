"""The detectors' names, for those who need no detector loaded."""

DETECTOR_NAMES = ("auto", "mtcnn", "dlib", "haar", "yunet", "none")
