"""The kernels of kernels/ibex.ts in PyTorch, each in all ways that may be the fastest: both layouts of pictures, and compiled
what PyTorch can fuse. On a GPU each runs several times in a row, on arguments of its own, and that is recorded as a graph too,
so that what it costs to start kernels doesn't hide them."""

import functools
import sys

import torch
from common import DEVICE, integers, uniform
from torch.nn import functional as F


def on_device(array):
    return torch.from_numpy(array).to(DEVICE)


# Arguments are large, and the same in all kernels of a sweep: they are made once.
numbers = functools.lru_cache(maxsize=8)(lambda shape, stream: uniform(shape, stream, -1, 1))


def dtype_of(spec):
    return getattr(torch, spec.get("dtype", "float32"))


def tensors(spec):
    """Arrays of their own, as often as it is called."""
    made = [numbers(tuple(shape), stream) for stream, shape in enumerate(spec["shapes"])]
    return [on_device(array.copy()).to(dtype_of(spec)) for array in made]


def picture(x, memory_format):
    """[N, H, W, C] as channels first, in one of the two layouts."""
    return x.permute(0, 3, 1, 2).contiguous(memory_format=memory_format)


LAYOUTS = (torch.channels_last, torch.contiguous_format)


def in_layouts(fn, spec):
    """A function of pictures; arguments of other ranks stay."""
    given = tensors(spec)
    ways = []
    for layout in LAYOUTS:
        arguments = [picture(x, layout) if x.ndim == 4 else x for x in given]
        ways.append(lambda arguments=arguments: fn(*arguments))
    return ways


def both_ways(fn):
    """The function's output and the gradients of all its arguments; the last argument is the output's gradient."""

    def run(*arguments):
        *inputs, gradient = arguments
        with torch.enable_grad():
            leaves = [x.detach().requires_grad_() for x in inputs]
            y = fn(*leaves)
        return y, torch.autograd.grad(y, leaves, gradient)

    return run


def matmul(spec):
    a, b = tensors(spec)
    return [lambda: torch.mm(a.T if spec["op"] == "matmul-transposed" else a, b)]


def convolution(spec):
    (x, w, dy), strides = tensors(spec), spec["strides"]
    padding = w.shape[0] // 2 if spec["padding"] == "same" else 0
    groups = x.shape[3] // w.shape[2]
    mask = [spec["op"] == "conv-data", spec["op"] == "conv-weights", False]

    def way(layout):
        pictures, gradient = picture(x, layout), picture(dy, layout)
        filters = w.permute(3, 2, 0, 1).contiguous(memory_format=layout)
        if not any(mask):
            return lambda: F.conv2d(pictures, filters, None, strides, padding, 1, groups)
        options = ([strides] * 2, [padding] * 2, [1, 1], False, [0, 0], groups, mask)
        return lambda: torch.ops.aten.convolution_backward(gradient, pictures, filters, None, *options)

    return [way(layout) for layout in LAYOUTS]


compiled = functools.cache(torch.compile)


def compiled_too(fn, arguments):
    return [lambda: fn(*arguments), lambda: compiled(fn)(*arguments)]


def copy(spec):
    (x,) = tensors(spec)
    out = torch.empty_like(x)
    return [lambda: out.copy_(x)]


def triad(spec):
    a, b = tensors(spec)
    out = torch.empty_like(a)
    return [lambda: torch.add(a, b, alpha=0.5, out=out)]


def gelu_chain(x, a, r):
    return F.gelu(x * a + 0.5, approximate="tanh") + r


def chain(spec):
    return compiled_too(gelu_chain, tensors(spec))


def reduction(*axes):
    def ways(spec):
        (x,) = tensors(spec)
        return [lambda: x.sum(axes or None)]

    return ways


def adam(spec):
    value, gradient = tensors(spec)
    value.requires_grad_()
    value.grad = gradient
    return [torch.optim.Adam([value], lr=0.001, eps=1e-7, fused=True, capturable=DEVICE != "cpu").step]


def pool(fn):
    def ways(spec):
        window, strides = spec["window"], spec["strides"]
        run = lambda x: fn(x, window, strides)  # noqa: E731
        return in_layouts(both_ways(run) if spec["op"].endswith("both-ways") else run, spec)

    return ways


def pointwise(fn):
    def ways(spec):
        run = both_ways(fn) if spec["op"].endswith("both-ways") else fn
        return in_layouts(run, spec) if len(spec["shapes"][0]) == 4 else [lambda given=tensors(spec): run(*given)]

    return ways


def recurrent(kind):
    """The weights keep PyTorch's first values: what they are changes nothing."""

    def ways(spec):
        _, _, inputs = spec["shapes"][0]
        layer = kind(inputs, spec["shapes"][2][0], batch_first=True, device=DEVICE, dtype=dtype_of(spec))
        x = tensors({**spec, "shapes": spec["shapes"][:1]})[0]
        if not spec["op"].endswith("both-ways"):
            return [lambda: layer(x)]
        gradient = tensors(spec)[-1]
        x.requires_grad_()
        leaves = [x, *layer.parameters()]

        def run():
            with torch.enable_grad():
                y, _ = layer(x)
            return torch.autograd.grad(y, leaves, gradient)

        return [run]

    return ways


def gather(spec):
    table, _, *gradient = tensors(spec)
    at = on_device(integers(spec["shapes"][1], 1, len(table))).long()
    if not gradient:
        return [lambda: F.embedding(at, table)]
    return [lambda: torch.ops.aten.embedding_dense_backward(gradient[0], at, len(table), -1, False)]


def attention(spec):
    run = F.scaled_dot_product_attention
    run = both_ways(run) if spec["op"].endswith("both-ways") else run
    given = [x.transpose(1, 2) for x in tensors(spec)]
    return [lambda: run(*given), lambda copies=[x.contiguous() for x in given]: run(*copies)]


def layer_norm(x, gamma, beta):
    return F.layer_norm(x, gamma.shape, gamma, beta)


def batch_norm(x, gamma, beta):
    return F.batch_norm(x, None, None, gamma, beta, True)


WAYS = {
    "matmul": matmul,
    "matmul-transposed": matmul,
    "conv-forward": convolution,
    "conv-data": convolution,
    "conv-weights": convolution,
    "copy": copy,
    "triad": triad,
    "chain": chain,
    "sum-rows": reduction(-1),
    "sum-columns": reduction(0),
    "sum-all": reduction(),
    "adam": adam,
    "softmax": pointwise(lambda x: torch.softmax(x, -1)),
    "layer-norm": pointwise(layer_norm),
    "batch-norm": pointwise(batch_norm),
    "max-pool": pool(F.max_pool2d),
    "average-pool": pool(F.avg_pool2d),
    "lstm": recurrent(torch.nn.LSTM),
    "gru": recurrent(torch.nn.GRU),
    "gather": gather,
    "gather-grad": gather,
    "attention": attention,
}


def ways_of(spec):
    """Functions that compute the kernel."""
    return WAYS[spec["op"].removesuffix("-both-ways")](spec)


def repeated_ways_of(spec):
    """Functions that compute the kernel several times, and how often they do."""
    if DEVICE == "cpu":
        return ways_of(spec), 1
    repeats = spec.get("repeats", 1)
    sets = [ways_of(spec) for _ in range(repeats)]
    eager = [lambda ways=ways: [way() for way in ways] for ways in zip(*sets)]
    return eager + [graph for way in eager if (graph := recorded(way, spec["name"]))], repeats


def recorded(way, name):
    """A CUDA graph of it as a function; None where PyTorch can't make one."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            way()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    try:
        with torch.cuda.graph(graph):
            way()
    except RuntimeError as error:
        print(f"{name} can't be recorded: {error}", file=sys.stderr)
        return None
    return graph.replay


def magnitude(spec):
    """The mean of all results' absolute values; what the gradient of a picture's layout is changes nothing."""
    results, sums = [ways_of(spec)[0]()], []
    while results:
        result = results.pop()
        if torch.is_tensor(result):
            sums.append(result.float().abs().mean().item())
        elif result is not None:
            results += result
    return sum(sums)
