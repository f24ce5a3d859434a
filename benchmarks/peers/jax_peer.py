"""JAX: the whole step (loss, gradients, Adam) in one jitted function with donated state."""

import time

from common import EPOCH, arguments, batch_of, check, integers, measure, report, shapes_of, uniform, unsupported, weights

mode, name, seconds, threads = arguments()
started = time.perf_counter()

import jax
import jax.numpy as jnp

VERSION = f"jax {jax.__version__}"
dropout = 0.5 if mode == "measure" else 0.0


def dense(x, kernel, bias):
    return x @ kernel + bias


def mlp(values, x, key):
    for index in range(0, len(values), 2):
        x = dense(x, values[index], values[index + 1])
        if index < len(values) - 2:
            x = jax.nn.relu(x)
    return x


def conv_block(x, kernel, bias):
    x = jax.lax.conv_general_dilated(x, kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    x = jax.nn.relu(x + bias)
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def cnn(values, x, key):
    x = conv_block(x, *values[0:2])
    x = conv_block(x, *values[2:4])
    x = jax.nn.relu(dense(x.reshape(x.shape[0], -1), *values[4:6]))
    if dropout:
        x = jnp.where(jax.random.bernoulli(key, 1 - dropout, x.shape), x / (1 - dropout), 0)
    return dense(x, *values[6:8])


def lstm(sequence, kernel, recurrent, bias, reverse):
    projected = jnp.swapaxes(sequence @ kernel + bias, 0, 1)

    def cell(carry, inputs):
        h, c = carry
        i, f, g, o = jnp.split(inputs + h @ recurrent, 4, -1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    zeros = jnp.zeros((sequence.shape[0], recurrent.shape[0]), sequence.dtype)
    return jnp.swapaxes(jax.lax.scan(cell, (zeros, zeros), projected, reverse=reverse)[1], 0, 1)


def bilstm(values, x, key):
    sequence = values[0][x]
    both = jnp.concatenate([lstm(sequence, *values[1:4], False), lstm(sequence, *values[4:7], True)], -1)
    return dense(jax.nn.relu(dense(both.max(1), *values[7:9])), *values[9:11])


def softmax_loss(logits, y):
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], 1).mean()


def sigmoid_loss(logits, y):
    return (jnp.maximum(logits, 0) - logits * y + jnp.log1p(jnp.exp(-jnp.abs(logits)))).mean()


def make_step(workload):
    """A jitted step (state, x, y) -> (state, loss), the first state and the batch."""
    kind = workload.split("-")[0]
    model, criterion = {
        "mlp": (mlp, softmax_loss), "cnn": (cnn, softmax_loss), "bilstm": (bilstm, sigmoid_loss),
    }[kind]  # fmt: skip

    def step(state, x, y):
        values, means, squares, count, key = state
        key, own = jax.random.split(key)
        loss, gradients = jax.value_and_grad(lambda values: criterion(model(values, x, own), y))(values)
        count = count + 1
        rate = 0.001 * jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
        means = [m + 0.1 * (g - m) for m, g in zip(means, gradients)]
        squares = [s + 0.001 * (g * g - s) for s, g in zip(squares, gradients)]
        values = [v - rate * m / (jnp.sqrt(s) + 1e-7) for v, m, s in zip(values, means, squares)]
        return (values, means, squares, count, key), loss

    values = [jnp.asarray(value) for value in weights(shapes_of(kind))]
    zeros = lambda: [jnp.zeros_like(value) for value in values]  # noqa: E731
    state = (values, zeros(), zeros(), jnp.float32(0), jax.random.key(1))
    return jax.jit(step, donate_argnums=0), state, [jnp.asarray(part) for part in batch_of(workload)]


class Steps:
    """Steps on one batch."""

    def __init__(self, workload):
        self.step, self.state, self.batch = make_step(workload)

    def __call__(self):
        self.state, loss = self.step(self.state, *self.batch)
        return loss

    def run(self, steps):
        for _ in range(steps):
            loss = self()
        loss.block_until_ready()


class FitLoop(Steps):
    """An epoch's loop: a permutation, batches gathered in the program, steps."""

    def __init__(self):
        super().__init__("mlp-b32")
        x, y = jnp.asarray(uniform([60_000, 784], 1)), jnp.asarray(integers([60_000], 2, 10))
        bare = self.step

        def gathered(state, x, y, order, at):
            indices = jax.lax.dynamic_slice(order, (at,), (32,))
            return bare(state, x[indices], y[indices])

        self.gathered, self.data = jax.jit(gathered, donate_argnums=0), (x, y)

    def run(self, steps):
        order = jax.random.permutation(jax.random.key(2), 60_000)
        for index in range(steps):
            self.state, loss = self.gathered(self.state, *self.data, order, index * 32 % 60_000)
        loss.block_until_ready()


def startup():
    @jax.jit
    def predict(x, a, b):
        return jax.nn.softmax(jax.nn.relu(x @ a) @ b)

    predict(jnp.ones((1, 16)), jnp.ones((16, 16)), jnp.ones((16, 4))).block_until_ready()
    report((time.perf_counter() - started) * 1000, time.process_time() * 1000, VERSION)


if name == "startup":
    startup()
elif name == "fit-overhead":
    measure(FitLoop().run, seconds, VERSION, EPOCH)
elif name.startswith(("mlp", "cnn", "bilstm")):
    steps = Steps(name)
    if mode == "check":
        check(lambda: float(steps()))
    else:
        measure(steps.run, seconds, VERSION)
else:
    unsupported(name)
