"""The kernels of kernels/index.ts, with PyTorch: convolutions and pooling with channels last."""

import torch
from common import uniform
from torch.nn import functional as F


def tensor(shape, stream):
    return torch.from_numpy(uniform(shape, stream, -1, 1))


def images(shape, stream):
    """[N, H, W, C] seen as channels first, channels last in memory."""
    return tensor(shape, stream).permute(0, 3, 1, 2)


def prepared(fn, *arguments):
    """A kernel on arguments that are made once."""

    def make():
        values = [maker(shape, stream) for stream, (maker, shape) in enumerate(arguments)]
        return lambda: fn(*values)

    return make


def filters(shape, stream):
    return tensor(shape, stream).permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)


def conv_grad(x, w, dy, mask):
    return torch.ops.aten.convolution_backward(dy, x, w, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1, mask)


def pool_both_ways(x, dy):
    y, at = torch.ops.aten.max_pool2d_with_indices(x, [2, 2], [2, 2])
    return torch.ops.aten.max_pool2d_with_indices_backward(dy, x, [2, 2], [2, 2], [0, 0], [1, 1], False, at)


def chain(x, a, r):
    return F.gelu(x * a + 0.5, approximate="tanh") + r


IMAGES = (images, [32, 28, 28, 32])
FEATURES = (images, [32, 28, 28, 64])
FILTER = (filters, [3, 3, 32, 64])
MATRIX = (tensor, [4096, 1024])

KERNELS = {
    "matmul-1024": prepared(torch.mm, (tensor, [1024, 1024]), (tensor, [1024, 1024])),
    "matmul-32x784x256": prepared(torch.mm, (tensor, [32, 784]), (tensor, [784, 256])),
    "conv-forward": prepared(lambda x, w: F.conv2d(x, w, padding=1), IMAGES, FILTER),
    "conv-input-grad": prepared(lambda x, w, dy: conv_grad(x, w, dy, [True, False, False]), IMAGES, FILTER, FEATURES),
    "conv-filter-grad": prepared(lambda x, w, dy: conv_grad(x, w, dy, [False, True, False]), IMAGES, FILTER, FEATURES),
    "max-pool-forward": prepared(lambda x: F.max_pool2d(x, 2), IMAGES),
    "max-pool-both-ways": prepared(pool_both_ways, IMAGES, (images, [32, 14, 14, 32])),
    "softmax": prepared(lambda x: torch.softmax(x, -1), (tensor, [4096, 1000])),
    "elementwise-chain": prepared(chain, MATRIX, MATRIX, MATRIX),
    "sum-rows": prepared(lambda x: x.sum(-1), MATRIX),
    "sum-all": prepared(torch.sum, MATRIX),
}
