"""What a served graph does before it works: refuses inputs that are not what it takes, by their index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from models.tensors import Tensor

MOST_MEGAPIXELS = 4.0  # a hundred times a chip; ten such pictures are decoded at once in 0.6 GB
JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
PNG_HEADER = 24  # bytes: the signature, the length and name of the first part, width and height


def check_decodable(image_bytes: Tensor, most_megapixels: float = MOST_MEGAPIXELS) -> Tensor:
    """Returns ``image_bytes`` (B,) unchanged, or fails with the index of the first one that can't be served.

    Each has to be a JPEG or PNG, and by its header, which is read before any pixel, of at most
    ``most_megapixels``. When the graph runs, it raises tf.errors.InvalidArgumentError.
    """

    def fits(chip: Tensor) -> Tensor:
        pixels = header_pixels(chip)
        return (pixels > 0) & (pixels <= most_megapixels * 1e6)

    def pixel(chip: Tensor) -> Tensor:
        with tf.control_dependencies([tf.debugging.Assert(fits(chip), ["too large"])]):
            decoded = tf.io.decode_image(tf.identity(chip), channels=3, expand_animations=False)
            decoded.set_shape((None, None, 3))
            # Reads a pixel, because otherwise decoding would be optimised away.
            return tf.cast(decoded[0, 0, 0], tf.int32)

    first_bad = first_failing(image_bytes, pixel)
    expected = f"is not a JPEG or PNG of at most {most_megapixels:g} megapixels that can be decoded"
    return refused(image_bytes, first_bad, f"image_bytes[{{}}] {expected}. Expected: bytes of a face chip.")


def header_pixels(chip: Tensor) -> Tensor:
    """Width times height in the header of a JPEG or PNG, float64 (); 0 for anything else.

    When the graph runs, it raises tf.errors.InvalidArgumentError for a JPEG without a header.
    """
    head = tf.strings.substr(chip, 0, PNG_HEADER)
    sides = tf.cast(tf.io.decode_raw(head, tf.uint8, fixed_length=PNG_HEADER)[-8:], tf.float64)
    places = tf.constant([2.0**24, 2.0**16, 2.0**8, 1.0], tf.float64)  # of the bytes of a side
    of_png = tf.reduce_prod(tf.linalg.matvec(tf.reshape(sides, (2, 4)), places))
    is_png = tf.equal(tf.strings.substr(head, 0, len(PNG)), PNG)
    is_jpeg = tf.equal(tf.strings.substr(head, 0, len(JPEG)), JPEG)

    def of_jpeg() -> Tensor:
        return tf.reduce_prod(tf.cast(tf.image.extract_jpeg_shape(chip)[:2], tf.float64))

    return tf.cond(is_jpeg, of_jpeg, lambda: tf.where(is_png, of_png, tf.zeros((), tf.float64)))


def parsed_examples(examples: Tensor, spec: Mapping[str, Any]) -> dict[str, Any]:
    """The features of ``spec`` in serialised tf.Examples (B,) string.

    When the graph runs, it raises tf.errors.InvalidArgumentError with the index of the first that is none, or
    lacks one of the features.
    """

    def length(example: Tensor) -> Tensor:
        parsed = tf.io.parse_single_example(example, dict(spec))
        parts = [part.values if isinstance(part, tf.SparseTensor) else part for part in parsed.values()]
        # Of a text the length, because the size is known, and parsing would be optimised away.
        sizes = [tf.strings.length(part) if part.dtype == tf.string else tf.size(part) for part in parts]
        return tf.add_n([tf.reduce_sum(size) for size in sizes])

    features = " and ".join(f"{name} ({one.dtype.name})" for name, one in spec.items())
    first_bad = first_failing(examples, length)
    checked = refused(examples, first_bad, f"examples[{{}}] is no tf.Example with {features}.")
    numbers = tf.strings.as_string(tf.range(tf.size(examples)))
    names = tf.strings.join(["examples[", numbers, "]"])
    return dict(tf.io.parse_example(checked, dict(spec), example_names=names))


@tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
def first_failing(values: Tensor, probe: Callable[[Tensor], Tensor]) -> Tensor:
    """The index of the first of ``values`` (B,) for which ``probe`` fails, int64 (); B if there is none.

    ``probe`` makes an int32 () of at least 0 of one value, and is run for all of them in parallel. A single
    one goes another way, as the threads for several would take longer than all else that is done with it.
    """
    one = tf.equal(tf.size(values), 1)
    return tf.cond(one, lambda: failing_alone(values, probe), lambda: failing_of_several(values, probe))


def failing_alone(values: Tensor, probe: Callable[[Tensor], Tensor]) -> Tensor:
    """``first_failing`` of one value (1,)."""
    probed = tf.data.Dataset.from_tensors(values[0]).map(probe).ignore_errors()
    found = probed.concatenate(tf.data.Dataset.from_tensors(-1)).take(1).get_single_element()
    return tf.cast(found >= 0, tf.int64)


def failing_of_several(values: Tensor, probe: Callable[[Tensor], Tensor]) -> Tensor:
    """``first_failing`` of any number of values (B,)."""
    count = tf.size(values, out_type=tf.int64)
    pairs = tf.data.Dataset.from_tensor_slices((tf.range(count), values))

    def mark(index: Tensor, value: Tensor) -> Tensor:
        return tf.one_hot(index, tf.cast(count, tf.int32), dtype=tf.int32) + 0 * probe(value)

    marks = pairs.map(mark, num_parallel_calls=tf.data.AUTOTUNE).ignore_errors()
    is_good = marks.reduce(tf.zeros((count,), tf.int32), lambda total, one: total + one)
    return tf.argmin(tf.concat([is_good, [0]], 0))


def refused(values: Tensor, first_bad: Tensor, message: str) -> Tensor:
    """``values`` (B,); if ``first_bad`` is one of their indices, the graph fails with ``message``."""
    good = tf.equal(first_bad, tf.size(values, out_type=tf.int64))
    with tf.control_dependencies([tf.debugging.Assert(good, [tf.strings.format(message, first_bad)])]):
        return tf.identity(values)
