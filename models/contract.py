"""What every model of the catalog can do; one class below it for each."""

import keras
from keras import ops


class EmbeddingModel(keras.Model):
    """A network that turns an example into an embedding.

    A model says by class attributes what it is:

    - ``reads``: the features of an example that training hands it. One name: a tensor; more: a dict.
      ``trains_on``: those of what ``training_sets`` makes of the examples, where they differ.
    - ``terms``: the names of its loss terms, what it is to learn first; figures of weight 0 may follow.
    - ``decodes``: whether it has ``decode``; ``generates``: whether draws of N(0, I) may be decoded;
      ``learns``: whether gradient steps change it.
    - ``tells_of_embeddings``: whether ``figures`` looks at the embeddings that it is given.
    - ``jit``: whether XLA may compile its training step; not where batches differ in shape.

    and writes ``encode``, ``decode``, ``call`` (what training computes) and ``loss_terms``. The loss is
    the sum of the terms, each times its weight in ``term_weights``; every term is recorded by its name
    in the history, training and validation. ``compute_loss`` uses ``keras.ops`` only, so that a model
    trains on any Keras backend.
    """

    reads: tuple[str, ...] = ("image",)
    trains_on: tuple[str, ...] = ()
    terms: tuple[str, ...] = ("reconstruction",)
    decodes = True
    generates = False
    learns = True
    tells_of_embeddings = False
    batches_an_epoch = 32  # at least, where there are few examples
    jit = True
    steps_per_epoch = 1  # set by training, for schedules counted in epochs

    def __init__(self, name):
        super().__init__(name=name)
        self.term_means = {term: keras.metrics.Mean(term) for term in self.terms}

    def encode(self, inputs):
        """A batch of examples to embeddings (B, latent_dim) float32, the same for the same input."""
        raise NotImplementedError

    def decode(self, embeddings):
        """Embeddings (B, latent_dim) to what they stand for; NotImplementedError without a decoder."""
        raise NotImplementedError(
            f"{self.name} embeds only: it has no decoder. Expected a model whose `decodes` is true."
        )

    def maps(self, inputs):
        """The last feature maps (B, h, w, c) float32 before the embedding (P4, figure 19); None if none."""
        return None

    def start_from(self, examples):
        """Prepares an untrained model on the training set, an ``ExampleSet``; the default does nothing."""

    def training_sets(self, train_examples, eval_examples):
        """Both ``ExampleSet`` as the gradient steps see them, also after a resume; by default unchanged."""
        return train_examples, eval_examples

    def finish_on(self, examples):
        """A last touch to a trained model on the training set, an ``ExampleSet``; by default nothing."""

    def vary(self, inputs, seed):
        """A training batch changed at random by ``seed`` (2,) int64; the default leaves it as it is.

        tf.data calls this for each batch, so that network and loss see the same change.
        """
        return inputs

    def loss_terms(self, inputs, outputs):
        """Name of each of ``terms`` to its mean over the batch, a float32 scalar."""
        raise NotImplementedError

    def term_weights(self, training):
        """What each term is multiplied by in the loss; 1 for a term that is not named."""
        return {}

    def figures(self, embeddings):
        """What can be said of the trained model: name to value.

        ``embeddings`` (n, latent_dim) float32 are those of the validation set, or None where
        ``tells_of_embeddings`` is false.
        """
        return {}

    def optimizers(self):
        """Each optimizer of a compiled model with the variables it changes."""
        return [(self.optimizer, self.trainable_variables)]

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The weighted sum of the terms, float32, over the number of replicas; records each term."""
        return self.weighted_sum(self.loss_terms(x, y_pred), batch_size_of(x), training) / replicas()

    def weighted_sum(self, terms, count, training):
        """The sum of ``terms`` by ``term_weights``; each is added to its mean with ``count`` examples."""
        weights = self.term_weights(training)
        for name, value in terms.items():
            self.term_means[name].update_state(value, sample_weight=count)
        return sum(weights.get(name, 1.0) * value for name, value in terms.items())


def replicas():
    """How many replicas train together: their gradients are added up, so that each loss is divided by it."""
    if keras.backend.backend() != "tensorflow":
        return 1
    import tensorflow as tf

    return tf.distribute.get_strategy().num_replicas_in_sync


def last_maps(encoder):
    """A model from an encoder's input to the output of its last layer that gives maps (B, h, w, c)."""
    layer = next(layer for layer in reversed(encoder.layers) if len(layer.output.shape) == 4)
    return keras.Model(encoder.input, layer.output)


def batch_size_of(inputs):
    """The number of examples in a batch: a tensor or a dict of tensors."""
    return ops.shape(next(iter(inputs.values())) if isinstance(inputs, dict) else inputs)[0]


def mean_squared_error(a, b):
    """Mean over all elements of the squared difference, in float32."""
    return ops.mean(ops.square(ops.cast(a, "float32") - ops.cast(b, "float32")))
