"""Caffe's layers in plain numpy, written from their definitions and slow on purpose."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def convolution(x: Array, kernel: Array, bias: Array | None = None, *, stride=1, pad=0, dilation=1):
    """x (c, h, w), kernel (out, c, kh, kw): a sum over the kernel's positions."""
    out, _, kh, kw = kernel.shape
    x = np.pad(x.astype(np.float64), ((0, 0), (pad, pad), (pad, pad)))
    height = (x.shape[1] - dilation * (kh - 1) - 1) // stride + 1
    width = (x.shape[2] - dilation * (kw - 1) - 1) // stride + 1
    y = np.zeros((out, height, width))
    for i in range(kh):
        for j in range(kw):
            top, left = i * dilation, j * dilation
            seen = x[:, top : top + stride * height : stride, left : left + stride * width : stride]
            seen = seen[:, :height, :width]
            y += np.tensordot(kernel[:, :, i, j].astype(np.float64), seen, axes=1)
    return y if bias is None else y + bias[:, None, None]


def deconvolution(x: Array, kernel: Array, bias: Array, *, stride: int, pad: int) -> Array:
    """x (c, h, w), kernel (c, out, kh, kw): every input value paints its kernel."""
    _, out, kh, kw = kernel.shape
    _, h, w = x.shape
    y = np.zeros((out, (h - 1) * stride + kh, (w - 1) * stride + kw))
    for i in range(kh):
        for j in range(kw):
            painted = np.tensordot(kernel[:, :, i, j].astype(np.float64).T, x, axes=1)
            y[:, i : i + h * stride : stride, j : j + w * stride : stride] += painted
    y = y[:, pad : y.shape[1] - pad, pad : y.shape[2] - pad]
    return y + bias[:, None, None]


def batch_norm(x: Array, mean: Array, variance: Array, factor: Array, eps: float = 1e-5) -> Array:
    scale = 0.0 if factor[0] == 0 else 1.0 / float(factor[0])
    centred = x - (mean * scale)[:, None, None]
    return centred / np.sqrt(variance * scale + eps)[:, None, None]


def relu(x: Array, slope: float = 0.0) -> Array:
    return np.where(x > 0, x, x * slope)


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max(axis=0))
    return e / e.sum(axis=0)


def pooling(x: Array, *, kernel: int, stride: int, pad: int, maximum: bool) -> Array:
    """Caffe's pooling: sizes rounded up, windows that start in the padding at the end dropped."""
    c, h, w = x.shape

    def count(size: int) -> int:
        n = -(-(size + 2 * pad - kernel) // stride) + 1
        return n - 1 if pad and (n - 1) * stride >= size + pad else n

    y = np.zeros((c, count(h), count(w)))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            top, left = i * stride - pad, j * stride - pad
            bottom, right = min(top + kernel, h + pad), min(left + kernel, w + pad)
            area = (bottom - top) * (right - left)
            seen = x[:, max(top, 0) : min(bottom, h), max(left, 0) : min(right, w)]
            y[:, i, j] = seen.max(axis=(1, 2)) if maximum else seen.sum(axis=(1, 2)) / area
    return y


def zhang(L: Array, blobs: dict[str, list[Array]], bins: Array) -> Array:
    """The network of Zhang et al. (2016): L (h, w) in 0..100 -> ab (2, h / 4, w / 4)."""
    x = L[None].astype(np.float64) - 50
    for block, count in enumerate((2, 2, 3, 3, 3, 3, 3), 1):
        dilation = 2 if block in (5, 6) else 1
        for i in range(1, count + 1):
            name = "bw_conv1_1" if (block, i) == (1, 1) else f"conv{block}_{i}"
            stride = 2 if i == count and block <= 3 else 1
            kernel, bias = blobs[name]
            x = relu(convolution(x, kernel, bias, stride=stride, pad=dilation, dilation=dilation))
        x = batch_norm(x, *blobs[f"conv{block}_{count}norm"])
    x = relu(deconvolution(x, *blobs["conv8_1"], stride=2, pad=1))
    for name in ("conv8_2", "conv8_3"):
        x = relu(convolution(x, *blobs[name], pad=1))
    probabilities = softmax(2.606 * convolution(x, *blobs["conv8_313"]))
    return np.tensordot(bins.T.astype(np.float64), probabilities, axes=1)
