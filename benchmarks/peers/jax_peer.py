"""JAX: the whole step (loss, gradients, update) in one jitted function with donated state."""

import time

from common import (
    EPOCH, RESNETS, TF32, TRANSFORMERS, arguments, batch_of, check, check_outputs, integers, is_bf16, is_prediction, is_step,
    kind_of, measure, report, uniform, unsupported, weights,
)  # fmt: skip

mode, name, seconds, threads = arguments()
started = time.perf_counter()

import jax
import jax.numpy as jnp
import jax_models as models

# By itself JAX rounds the operands of float32 products on a GPU.
jax.config.update("jax_default_matmul_precision", "tensorfloat32" if TF32 else "float32")
VERSION = f"jax {jax.__version__}"
dropout = 0.5 if mode == "measure" else 0.0


def softmax_loss(logits, y):
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), y[..., None], -1).mean()


def sigmoid_loss(logits, y):
    return (jnp.maximum(logits, 0) - logits * y + jnp.log1p(jnp.exp(-jnp.abs(logits)))).mean()


def adam(values, gradients, state):
    means, squares, count = state
    count = count + 1
    rate = 0.001 * jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
    means = [m + 0.1 * (g - m) for m, g in zip(means, gradients)]
    squares = [s + 0.001 * (g * g - s) for s, g in zip(squares, gradients)]
    return [v - rate * m / (jnp.sqrt(s) + 1e-7) for v, m, s in zip(values, means, squares)], (means, squares, count)


def momentum(values, gradients, velocities):
    velocities = [0.9 * v - 0.01 * g for v, g in zip(velocities, gradients)]
    return [value + v for value, v in zip(values, velocities)], velocities


def logits_of(kind):
    """A function (weights, moving statistics, x, key) -> (logits, moving statistics)."""
    if kind in RESNETS:
        return lambda values, moving, x, key: models.resnet(kind, values, moving, x, True)
    if kind == "cnn":
        return lambda values, moving, x, key: (models.cnn(values, x, key, dropout), moving)
    model = models.transformer if kind in TRANSFORMERS else {"mlp": models.mlp, "bilstm": models.bilstm}[kind]
    return lambda values, moving, x, key: (model(values, x), moving)


def loss_of(kind, dtype):
    """A function (weights, moving statistics, x, y, key) -> (loss, moving statistics), where the model computes in a dtype."""
    model, criterion = logits_of(kind), sigmoid_loss if kind == "bilstm" else softmax_loss

    def loss(values, moving, x, y, key):
        x = x.astype(dtype) if x.dtype == jnp.float32 else x
        logits, moving = model([value.astype(dtype) for value in values], moving, x, key)
        return criterion(logits.astype(jnp.float32), y), moving

    return loss


def make_step(workload):
    """A jitted step (state, x, y) -> (state, loss), the first state and the batch."""
    kind = kind_of(workload)
    dtype = jnp.bfloat16 if is_bf16(workload) else jnp.float32
    compute = jax.value_and_grad(loss_of(kind, dtype), has_aux=True)
    update = momentum if kind in RESNETS else adam

    def step(state, x, y):
        values, slots, moving, key = state
        key, own = jax.random.split(key)
        (loss, moving), gradients = compute(values, moving, x, y, own)
        values, slots = update(values, gradients, slots)
        return (values, slots, moving, key), loss

    values = [jnp.asarray(value) for value in weights(kind)]
    zeros = lambda: [jnp.zeros_like(value) for value in values]  # noqa: E731
    slots = zeros() if kind in RESNETS else (zeros(), zeros(), jnp.float32(0))
    moving = models.moving_statistics(kind) if kind in RESNETS else []
    state = (values, slots, moving, jax.random.key(1))
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


def prediction():
    """A jitted function without arguments but the pictures: the weights are constants, as in a program to be served."""
    values, moving = [jnp.asarray(value) for value in weights("resnet50")], models.moving_statistics("resnet50")
    predict = jax.jit(lambda x: jax.nn.softmax(models.resnet("resnet50", values, moving, x, False)[0]))
    x = jnp.asarray(batch_of(name)[0])
    return lambda: predict(x).block_until_ready()


if name == "startup":
    startup()
elif name == "fit-overhead":
    measure(FitLoop().run, seconds, VERSION, EPOCH)
elif is_prediction(name):
    predict = prediction()
    if mode == "check":
        check_outputs(predict())
    else:
        measure(lambda steps: [predict() for _ in range(steps)], seconds, VERSION)
elif is_step(name):
    steps = Steps(name)
    if mode == "check":
        check(lambda: float(steps()))
    else:
        measure(steps.run, seconds, VERSION)
else:
    unsupported(name)
