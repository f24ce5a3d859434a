"""The models in JAX: functions of the list of weights that common.WEIGHTS describes."""

import jax
import jax.numpy as jnp
from common import resnet_convolutions


def dense(x, kernel, bias):
    return x @ kernel + bias


def mlp(values, x):
    for index in range(0, len(values), 2):
        x = dense(x, values[index], values[index + 1])
        if index < len(values) - 2:
            x = jax.nn.relu(x)
    return x


def convolution(x, kernel, bias, stride=1, padding="VALID"):
    numbers = ("NHWC", "HWIO", "NHWC")
    return jax.lax.conv_general_dilated(x, kernel, (stride, stride), padding, dimension_numbers=numbers) + bias


def max_pool(x, size, stride, padding="VALID"):
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, size, size, 1), (1, stride, stride, 1), padding)


def cnn(values, x, key, dropout):
    x = max_pool(jax.nn.relu(convolution(x, *values[0:2])), 2, 2)
    x = max_pool(jax.nn.relu(convolution(x, *values[2:4])), 2, 2)
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


def bilstm(values, x):
    sequence = values[0][x]
    both = jnp.concatenate([lstm(sequence, *values[1:4], False), lstm(sequence, *values[4:7], True)], -1)
    return dense(jax.nn.relu(dense(both.max(1), *values[7:9])), *values[9:11])


def layer_norm(given, gamma, beta):
    """In float32, whatever the rest computes in."""
    x = given.astype(jnp.float32)
    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    return ((x - mean) * jax.lax.rsqrt(variance + 1e-6) * gamma + beta).astype(given.dtype)


def encoder_block(values, x):
    q, k, v = (jnp.einsum("bsd,dhk->bshk", x, values[i]) + values[i + 1] for i in (0, 2, 4))
    attended = jax.nn.dot_product_attention(q, k, v)
    x = layer_norm(x + jnp.einsum("bshk,hkd->bsd", attended, values[6]) + values[7], *values[8:10])
    hidden = jax.nn.relu(dense(x, *values[10:12]))
    return layer_norm(x + dense(hidden, *values[12:14]), *values[14:16])


def transformer(values, x):
    x = values[0][x] + values[1][jnp.arange(x.shape[1])]
    for start in range(2, len(values) - 2, 16):
        x = encoder_block(values[start : start + 16], x)
    return dense(x, *values[-2:])


MOMENTUM = 0.99
EPSILON = 1.001e-5


def batch_norm(given, gamma, beta, moving, training):
    """The normalized x, and the moving mean and variance after it; in float32, whatever the rest computes in."""
    x = given.astype(jnp.float32)
    if not training:
        mean, variance = moving
        return ((x - mean) * (jax.lax.rsqrt(variance + EPSILON) * gamma) + beta).astype(given.dtype), moving
    mean = x.mean((0, 1, 2))
    variance = (x * x).mean((0, 1, 2)) - mean * mean
    y = (x - mean) * (jax.lax.rsqrt(variance + EPSILON) * gamma) + beta
    after = tuple(MOMENTUM * old + (1 - MOMENTUM) * new for old, new in zip(moving, (mean, variance)))
    return y.astype(given.dtype), after


def moving_statistics(kind):
    return [(jnp.zeros(outputs), jnp.ones(outputs)) for _, _, _, outputs, _ in resnet_convolutions(kind)]


def resnet(kind, values, moving, x, training):
    """Logits, and the moving statistics after them."""
    convolutions = resnet_convolutions(kind)
    after = []

    def convolve(x):
        index = len(after)
        _, size, _, _, stride = convolutions[index]
        kernel, bias, gamma, beta = values[4 * index : 4 * index + 4]
        padding = [(size // 2, size // 2)] * 2
        y, statistics = batch_norm(convolution(x, kernel, bias, stride, padding), gamma, beta, moving[index], training)
        after.append(statistics)
        return y

    x = jax.nn.relu(convolve(x))
    x = max_pool(x, 3, 2, ((0, 0), (1, 1), (1, 1), (0, 0)))
    while len(after) < len(convolutions):
        shortcut = convolve(x) if convolutions[len(after)][0].endswith("_0") else x
        x = jax.nn.relu(convolve(jax.nn.relu(convolve(jax.nn.relu(convolve(x))))) + shortcut)
    return dense(x.mean((1, 2)), *values[-2:]), after
