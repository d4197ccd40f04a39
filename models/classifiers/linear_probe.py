"""A logistic layer on a network that never learns: what its embedding knows of a question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from models.catalog import build_model, model_entry
from models.classifiers.contract import Classifier, targets_of
from models.classifiers.settings import LinearProbeSettings
from models.pretrained.frozen import fixed_weight
from models.tensors import Tensor

if TYPE_CHECKING:
    from models.inputs.training_data import ExampleSet

BATCH = 64
LONGEST = 5000  # iterations of the fit


@keras.saving.register_keras_serializable("facefold")
class LinearProbe(Classifier):
    """For each column a logistic regression on the standardised embedding (Alain and Bengio 2016).

    scikit-learn fits it; faces of which the answer is unknown are left out. A column whose known answers are
    all the same has the logit of their share, a half added to each answer.
    """

    settings: LinearProbeSettings

    terms = ()

    def __init__(self, name: str = "linear_probe", read_weights: bool = True, **values: Any) -> None:
        """``values`` are the values of ``LinearProbeSettings``; the weights come from a saved model if not
        ``read_weights``."""
        super().__init__(name, LinearProbeSettings(**values))
        self.features = build_model(self.settings.features, **self._of_features(read_weights))
        self.features.trainable = False
        dim = self.features.encode(ops.zeros((1, *self.input_shape_of_images))).shape[1]
        self.mean = fixed_weight(self, (dim,), "mean")
        self.kernel = fixed_weight(self, (dim, len(self.targets)), "kernel")
        self.bias = fixed_weight(self, (len(self.targets),), "bias")
        self.built = True

    def _of_features(self, read_weights: bool) -> dict[str, Any]:
        if "weights_path" not in model_entry(self.settings.features).settings.model_fields:
            return {}
        return {"weights_path": self.settings.weights_path} | (
            {} if read_weights else {"read_weights": False}
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that rebuild the network; its weights come from the saved model."""
        return super().get_config() | {"read_weights": False}

    def start_from(self, examples: ExampleSet) -> None:
        """Fits a regression for each column on the embeddings of the training set."""
        batches = examples.elements().batch(BATCH).as_numpy_iterator()
        rows = np.concatenate([np.asarray(self.features.encode(batch["image"])) for batch in batches])
        answers = targets_of(examples)
        mean, deviation = rows.mean(axis=0), rows.std(axis=0)
        scale = np.where(deviation > 0, deviation, 1.0)
        fits = [
            fitted((rows - mean) / scale, answers[:, column], self.settings)
            for column in range(len(self.targets))
        ]
        self.mean.assign(mean)
        self.kernel.assign(np.stack([kernel / scale for kernel, _ in fits], axis=1))
        self.bias.assign(np.array([bias for _, bias in fits]))

    def logits(self, images: Tensor) -> Tensor:
        """The logarithm of the odds of yes for each column, (B, n) float32."""
        rows = ops.cast(self.features.encode(images), "float32")
        return ops.matmul(rows - self.mean, self.kernel) + self.bias

    def call(self, inputs: dict[str, Tensor], training: bool = False) -> Tensor:
        """The logits of the ``image`` of a batch."""
        return self.logits(inputs["image"])


def fitted(rows: np.ndarray, answers: np.ndarray, settings: LinearProbeSettings) -> tuple[np.ndarray, float]:
    """The kernel (d,) and the bias of a logistic regression of answers (n,) of -1, 0 and 1 on rows (n, d)."""
    from sklearn.linear_model import LogisticRegression

    known = answers >= 0
    yes, no = (int((answers == answer).sum()) for answer in (1, 0))
    if not yes or not no:
        return np.zeros(rows.shape[1]), float(np.log((yes + 0.5) / (no + 0.5)))
    weight = "balanced" if settings.balance == "balanced" else None
    model = LogisticRegression(C=settings.strength, class_weight=weight, solver="newton-cg", max_iter=LONGEST)
    model.fit(rows[known].astype(np.float64), answers[known])
    return model.coef_[0], float(model.intercept_[0])
