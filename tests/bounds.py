"""Bounds of comparisons that follow from the arithmetic: the format, the number of terms, condition, chance.

No bound in these tests is what one processor happened to leave. Libraries of linear algebra add the same terms
in another order on every kind of processor, by other instructions, on another number of threads, and
TensorFlow chooses its kernels by what it finds. All of them are right. Two right answers differ by:

- one rounding: half of `eps` of the number;
- a sum of n products, in whatever order: at most n eps of the sum of their sizes. Roundings fall either way:
  then it is sqrt(n) eps, and more than k sqrt(n) eps by a chance of 2 exp(-k^2 / 2) only (N. Higham and
  T. Mary, "A new approach to probabilistic rounding error analysis", SIAM Journal on Scientific Computing
  41(5), 2019). `of_sum` has k = 8: once in 10^13;
- a network: by the sums on the longest way through it. Layers are made so that they neither shrink nor blow up
  what they are given, so that their roundings add up as those of one long sum do: `of_network`;
- a BatchNorm on the way: it takes a channel's mean away, so that a rounding of the mean's size is left beside the
  channel's deviation. Where the two answers take the mean away by other steps (training, inference) what came
  before counts so much more: `of_batch_norms`;
- draws: by standard errors; `of_mean` and `of_share` take five, once in two million.

Float64 against float64, where nothing cancels, needs none of this: pytest.approx allows 1e-6 and
np.testing.assert_allclose 1e-7 of a number, and that is a hundred million roundings. Such comparisons stand as
they are. Limits that are something's definition stand as they are too; others have their reason beside them.
"""

import ml_dtypes
import numpy as np

SURE = 8.0
STANDARD_ERRORS = 5.0


def eps(dtype="float32"):
    """The step from 1 to the next number of a format: twice the largest relative error of one rounding."""
    return float(ml_dtypes.finfo(dtype).eps)


def of_sum(n, dtype="float32"):
    """What two sums of the same n terms in ``dtype`` may differ by, as a share of the sizes of their terms."""
    return SURE * np.sqrt(n) * eps(dtype)


def of_network(model, times=1, dtype="float32"):
    """What two passes through a Keras model may differ by, as a share of its largest outputs.

    The terms on the way are those of every kernel's sums: all of its axes but the last, or but the first where
    it is applied the other way round (principal axes, transposed convolutions); the more of the two. ``times``
    is how often the way leads through it: the steps of a recurrent one, or of training.
    """
    kernels = [weight.shape for weight in model.weights if len(weight.shape) > 1]
    terms = sum(max(np.prod(shape[:-1]), np.prod(shape[1:])) for shape in kernels)
    return of_sum(max(times * terms, 1), dtype)


def of_batch_norms(norms):
    """The factor by which BatchNorms with measured statistics, one after the other, enlarge what came before.

    Of each it is the channel with the most size, mean and deviation, for its deviation.
    """
    factor = 1.0
    for norm in norms:
        mean, variance = np.asarray(norm.moving_mean), np.asarray(norm.moving_variance)
        factor *= np.max((np.abs(mean) + np.sqrt(variance)) / np.sqrt(variance + norm.epsilon))
    return float(factor)


def of_mean(deviation, n):
    """How far the mean of n draws of this standard deviation lies from the true one, at most."""
    return STANDARD_ERRORS * deviation / np.sqrt(n)


def of_share(share, n):
    """How far the share of n draws that hit lies from the chance of a hit, at most."""
    return of_mean(np.sqrt(share * (1 - share)), n)
