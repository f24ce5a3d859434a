"""Keras 3, on the backend that KERAS_BACKEND names: `train_on_batch` for single steps, `fit` for epochs."""

import time

from common import (
    EPOCH, RESNETS, TRANSFORMERS, arguments, batch_of, check, check_outputs, integers, is_bf16, is_prediction, is_step,
    kind_of, measure, report, resnet_convolutions, uniform, unsupported, weights,
)  # fmt: skip

mode, name, seconds, threads = arguments()
started = time.perf_counter()

import keras

BACKEND = keras.backend.backend()
if BACKEND == "tensorflow":
    import tensorflow

    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
VERSION = f"keras {keras.__version__} on {BACKEND}"
dropout = 0.5 if mode == "measure" else 0.0
if is_bf16(name):
    keras.config.set_dtype_policy("mixed_bfloat16")
layers = keras.layers


class TokenAndPositionEmbedding(layers.Layer):
    def __init__(self, length, vocabulary, width):
        super().__init__()
        self.length = length
        self.tokens = layers.Embedding(vocabulary, width)
        self.positions = layers.Embedding(length, width)

    def build(self, input_shape):
        self.tokens.build(input_shape)
        self.positions.build([self.length])
        self.built = True

    def call(self, x):
        return self.tokens(x) + self.positions(keras.ops.arange(self.length))


def encoder_block(x, width, heads, hidden):
    attended = layers.MultiHeadAttention(heads, width // heads)(x, x)
    normalized = layers.LayerNormalization(epsilon=1e-6)(x + attended)
    output = layers.Dense(width)(layers.Dense(hidden, activation="relu")(normalized))
    return layers.LayerNormalization(epsilon=1e-6)(normalized + output)


def transformer(length, vocabulary, width, heads, hidden, blocks):
    tokens = keras.Input([length], dtype="int32")
    x = TokenAndPositionEmbedding(length, vocabulary, width)(tokens)
    for _ in range(blocks):
        x = encoder_block(x, width, heads, hidden)
    return keras.Model(tokens, layers.Dense(vocabulary)(x))


def make_model(kind):
    if kind == "mlp":
        hidden = [layers.Dense(units, activation="relu") for units in [256, 128, 64, 32]]
        return keras.Sequential([keras.Input([784]), *hidden, layers.Dense(10)])
    if kind == "cnn":
        return keras.Sequential([
            keras.Input([28, 28, 1]),
            layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(2),
            layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dropout(dropout), layers.Dense(10),
        ])  # fmt: skip
    if kind in TRANSFORMERS:
        return transformer(*TRANSFORMERS[kind])
    if kind == "resnet50":
        activation = "softmax" if is_prediction(name) else None
        return keras.applications.ResNet50(weights=None, classifier_activation=activation)
    return keras.Sequential([
        keras.Input([200], dtype="int32"),
        layers.Embedding(10_000, 128),
        layers.Bidirectional(layers.LSTM(64, return_sequences=True)),
        layers.GlobalMaxPooling1D(), layers.Dense(64, activation="relu"), layers.Dense(1),
    ])  # fmt: skip


def trained_variables(model, kind):
    """In the order of WEIGHTS: a functional model has its layers by their places in the graph."""
    if kind != "resnet50":
        return model.trainable_variables
    names = [f"{name}_{part}" for name, *_ in resnet_convolutions(kind) for part in ("conv", "bn")]
    return [v for name in [*names, "predictions"] for v in model.get_layer(name).trainable_variables]


def weighted(kind):
    model = make_model(kind)
    for variable, value in zip(trained_variables(model, kind), weights(kind), strict=True):
        variable.assign(value)
    return model


def compiled(kind):
    model = weighted(kind)
    loss = (
        keras.losses.BinaryCrossentropy(from_logits=True)
        if kind == "bilstm"
        else keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    optimizer = keras.optimizers.SGD(0.01, momentum=0.9) if kind == "resnet50" else keras.optimizers.Adam(0.001)
    model.compile(optimizer=optimizer, loss=loss)
    return model


def fit(model, x, y, batch):
    """`fit` is how Keras is used, and its fastest loop; it shuffles and batches."""
    size = len(x)

    def run(steps):
        full, rest = divmod(steps, size // batch)
        if full:
            model.fit(x, y, batch_size=batch, epochs=full, verbose=0)
        if rest:
            model.fit(x[: rest * batch], y[: rest * batch], batch_size=batch, verbose=0)

    return run


def startup():
    model = keras.Sequential([
        keras.Input([16]), layers.Dense(16, activation="relu"), layers.Dense(4, activation="softmax"),
    ])  # fmt: skip
    model.predict(keras.ops.ones([1, 16]), verbose=0)
    report((time.perf_counter() - started) * 1000, time.process_time() * 1000, VERSION)


if name == "startup":
    startup()
elif name == "fit-overhead":
    measure(fit(compiled("mlp"), uniform([60_000, 784], 1), integers([60_000], 2, 10), 32), seconds, VERSION, EPOCH)
elif kind_of(name) in RESNETS and kind_of(name) != "resnet50":
    unsupported(name)  # Keras has no smaller one
elif is_prediction(name):
    model = weighted(kind_of(name))
    x = keras.ops.convert_to_tensor(batch_of(name)[0])
    if mode == "check":
        check_outputs(model.predict_on_batch(x))
    else:
        measure(lambda steps: [model.predict_on_batch(x) for _ in range(steps)], seconds, VERSION)
elif is_step(name):
    model = compiled(kind_of(name))
    x, y = batch_of(name)
    if mode == "check":
        check(lambda: float(model.train_on_batch(x, y)))
    else:
        measure(lambda steps: [model.train_on_batch(x, y) for _ in range(steps)], seconds, VERSION)
else:
    unsupported(name)
