// gru and gru_grad, with the reset gate after the recurrent product. The input products come in as `xw`; the gradient
// of U is a product made outside.
#include <cstring>
#include <memory>

#include "backends/node_util.h"
#include "backends/cpu/kernels/rnn.h"
#include "backends/cpu/kernels/rnn_sequence.h"
#include "backends/cpu/kernels/via_float32.h"
#include "backends/cpu/lowering.h"

namespace ibex::cpu {
namespace {

// (xw[N,T,3H], U[H,3H], rb[3H], h0[N,H], mask?) -> (hs[N,T,H], gates[N,T,4H])
template <class T>
class GruKernel final : public Kernel {
 public:
  GruKernel(const Graph& graph, const Node& node)
      : s_(outputType(graph, node, 0).shape, attrsOf<RnnAttrs>(node)), inputs_(node.inputs.size()) {}
  // The packed U, then one step's recurrent products.
  size_t scratchBytes() const override {
    return static_cast<size_t>(packedElements() + s_.batch * 3 * s_.units) * sizeof(T);
  }

  void run(void* const* io) override {
    const int64_t h = s_.units;
    const auto* xw = static_cast<const T*>(io[0]);
    const auto* bias = static_cast<const T*>(io[2]);
    const auto* h0 = static_cast<const T*>(io[3]);
    auto* hs = static_cast<T*>(io[inputs_]);
    auto* gates = static_cast<T*>(io[inputs_ + 1]);
    auto* packed = static_cast<T*>(io[inputs_ + 2]);
    T* recurrent = packed + packedElements();
    packInParallel(gemm_, static_cast<const T*>(io[1]), 3 * h, 1, h, 3 * h, packed);
    parallelFor(s_.batch, s_.grain(3 * h), [&](int64_t begin, int64_t end) {
      for (int64_t step = 0; step < s_.steps; ++step) {
        const int64_t t = s_.time(step);
        const T* hBefore = step == 0 ? h0 : hs + s_.time(step - 1) * h;
        const int64_t stride = step == 0 ? h : s_.steps * h;
        for (int64_t n = begin; n < end; ++n) std::copy(bias, bias + 3 * h, recurrent + n * 3 * h);
        gemm_.multiplyPacked(hBefore + begin * stride, stride, 1, packed, recurrent + begin * 3 * h, 3 * h,
                             end - begin, 3 * h, h, true);
        for (int64_t n = begin; n < end; ++n) {
          const int64_t at = n * s_.steps + t;
          if (s_.skips(io[4], n, t)) {
            std::memset(gates + at * 4 * h, 0, static_cast<size_t>(4 * h) * sizeof(T));
            std::memcpy(hs + at * h, hBefore + n * stride, static_cast<size_t>(h) * sizeof(T));
          } else {
            functions_.gruStep(xw + at * 3 * h, recurrent + n * 3 * h, hBefore + n * stride, gates + at * 4 * h,
                               hs + at * h, h);
          }
        }
      }
    });
  }

 private:
  int64_t packedElements() const { return gemm_.packedElements(s_.units, 3 * s_.units); }

  RnnSequence s_;
  size_t inputs_;
  const GemmFunctionsOf<T>& gemm_ = gemmFor<T>();
  const RnnFunctionsOf<T>& functions_ = rnnFunctionsFor<T>();
};

// (dhs, U, h0, hs, gates, mask?) -> (dxw[N,T,3H], dru[N,T,3H], dh0[N,H], drb[3H])
template <class T>
class GruGradKernel final : public Kernel {
 public:
  GruGradKernel(const Graph& graph, const Node& node)
      : s_(inputType(graph, node, 0).shape, attrsOf<RnnAttrs>(node)), inputs_(node.inputs.size()) {}
  // The packed transpose of U, then the gradient at one step's outputs.
  size_t scratchBytes() const override {
    return static_cast<size_t>(packedElements() + s_.batch * s_.units) * sizeof(T);
  }

  void run(void* const* io) override {
    const int64_t h = s_.units;
    const auto* dhs = static_cast<const T*>(io[0]);
    const auto* h0 = static_cast<const T*>(io[2]);
    const auto* hs = static_cast<const T*>(io[3]);
    const auto* gates = static_cast<const T*>(io[4]);
    auto* dxw = static_cast<T*>(io[inputs_]);
    auto* dru = static_cast<T*>(io[inputs_ + 1]);
    auto* dh = static_cast<T*>(io[inputs_ + 2]);  // carried from step to step, in place of dh0
    auto* drb = static_cast<T*>(io[inputs_ + 3]);
    auto* packed = static_cast<T*>(io[inputs_ + 4]);
    T* total = packed + packedElements();
    packInParallel(gemm_, static_cast<const T*>(io[1]), 1, 3 * h, 3 * h, h, packed);
    parallelFor(s_.batch, s_.grain(3 * h), [&](int64_t begin, int64_t end) {
      std::fill(dh + begin * h, dh + end * h, T{0});
      for (int64_t step = s_.steps - 1; step >= 0; --step) {
        const int64_t t = s_.time(step);
        for (int64_t n = begin; n < end; ++n) {
          const int64_t at = n * s_.steps + t;
          T* carried = dh + n * h;
          T* here = total + n * h;
          for (int64_t j = 0; j < h; ++j) here[j] = carried[j] + dhs[at * h + j];
          if (s_.skips(io[5], n, t)) {
            std::copy(here, here + h, carried);
            std::fill(dxw + at * 3 * h, dxw + (at + 1) * 3 * h, T{0});
            std::fill(dru + at * 3 * h, dru + (at + 1) * 3 * h, T{0});
          } else {
            const T* hBefore = step == 0 ? h0 + n * h : hs + (n * s_.steps + s_.time(step - 1)) * h;
            functions_.gruGradStep(gates + at * 4 * h, hBefore, here, dxw + at * 3 * h, dru + at * 3 * h, carried, h);
          }
        }
        gemm_.multiplyPacked(dru + (begin * s_.steps + t) * 3 * h, s_.steps * 3 * h, 1, packed, dh + begin * h, h,
                             end - begin, h, 3 * h, true);
      }
    });
    sumRows(dru, drb);
  }

 private:
  int64_t packedElements() const { return gemm_.packedElements(3 * s_.units, s_.units); }

  // drb = sums of dru over batch and steps: a thread takes some columns; blocks of rows keep the error small.
  void sumRows(const T* dru, T* drb) const {
    constexpr int64_t kColumns = 64;
    constexpr int64_t kRows = 64;
    const int64_t width = 3 * s_.units;
    const int64_t rows = s_.batch * s_.steps;
    const int64_t grain = std::max<int64_t>(1, 32768 / std::max<int64_t>(1, rows * kColumns));
    parallelFor((width + kColumns - 1) / kColumns, grain, [&](int64_t begin, int64_t end) {
      for (int64_t block = begin; block < end; ++block) {
        const int64_t first = block * kColumns;
        const int64_t count = std::min(kColumns, width - first);
        std::fill_n(drb + first, count, T{0});
        for (int64_t r = 0; r < rows; r += kRows) {
          T partial[kColumns] = {};
          for (int64_t i = r; i < std::min(rows, r + kRows); ++i) {
            const T* row = dru + i * width + first;
            for (int64_t c = 0; c < count; ++c) partial[c] += row[c];
          }
          for (int64_t c = 0; c < count; ++c) drb[first + c] += partial[c];
        }
      }
    });
  }

  RnnSequence s_;
  size_t inputs_;
  const GemmFunctionsOf<T>& gemm_ = gemmFor<T>();
  const RnnFunctionsOf<T>& functions_ = rnnFunctionsFor<T>();
};

template <template <class> class K>
std::unique_ptr<Kernel> prepare(const Graph& graph, const Node& node) {
  if (usesHalf(graph, node)) return viaFloat32(graph, node, prepare<K>);
  const DType t = outputType(graph, node, 0).dtype;
  if (t == DType::kFloat32) return std::make_unique<K<float>>(graph, node);
  if (t == DType::kFloat64) return std::make_unique<K<double>>(graph, node);
  refuseDType(graph, node, t);
}

IBEX_CPU_LOWERING(kGru, prepare<GruKernel>);
IBEX_CPU_LOWERING(kGruGrad, prepare<GruGradKernel>);

}  // namespace
}  // namespace ibex::cpu
