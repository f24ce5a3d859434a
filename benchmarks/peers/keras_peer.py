"""Keras 3, on the backend that KERAS_BACKEND names: `train_on_batch` for single steps, `fit` for epochs."""

import time

from common import EPOCH, arguments, batch_of, check, integers, measure, report, uniform, unsupported, weights

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
layers = keras.layers


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
    return keras.Sequential([
        keras.Input([200], dtype="int32"),
        layers.Embedding(10_000, 128),
        layers.Bidirectional(layers.LSTM(64, return_sequences=True)),
        layers.GlobalMaxPooling1D(), layers.Dense(64, activation="relu"), layers.Dense(1),
    ])  # fmt: skip


def compiled(kind):
    model = make_model(kind)
    variables = model.trainable_variables
    for variable, value in zip(variables, weights([list(variable.shape) for variable in variables])):
        variable.assign(value)
    loss = (
        keras.losses.BinaryCrossentropy(from_logits=True)
        if kind == "bilstm"
        else keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    model.compile(optimizer=keras.optimizers.Adam(0.001), loss=loss)
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
elif name.startswith(("mlp", "cnn", "bilstm")):
    model = compiled(name.split("-")[0])
    x, y = batch_of(name)
    if mode == "check":
        check(lambda: float(model.train_on_batch(x, y)))
    else:
        measure(lambda steps: [model.train_on_batch(x, y) for _ in range(steps)], seconds, VERSION)
else:
    unsupported(name)
