"""How a classifier is judged, and what it takes to be blessed."""

from schemas.settings import Settings, setting


class ClassifierLimits(Settings):
    """What is asked of a classifier before it is pushed; figures are of people that it never saw."""

    min_balanced_accuracy: float = setting(
        0.5, "the least mean balanced accuracy, which its whole 95% interval has to exceed", ge=0, lt=1
    )
    max_calibration_error: float = setting(
        0.15, "the most by which what it says and how often it is right differ, in the mean", gt=0, le=1
    )
    worse_by: float = setting(
        0.01, "by how much mean balanced accuracy may be below that of the last one pushed", ge=0, le=1
    )
    min_answers: int = setting(10, "columns with fewer of either answer are not judged", unit="answers", ge=1)
    min_confidence: float = setting(
        0.7, "below this it says nothing of a face, where somebody asks for a word", ge=0.5, lt=1
    )
