// lstm and lstm_grad. The input products x·W + b come in as `xw`; the gradient of U is a product made outside.
#include <cstring>
#include <memory>

#include "backends/node_util.h"
#include "backends/cpu/kernels/rnn.h"
#include "backends/cpu/kernels/rnn_sequence.h"
#include "backends/cpu/kernels/via_float32.h"
#include "backends/cpu/lowering.h"

namespace ibex::cpu {
namespace {

// (xw[N,T,4H], U[H,4H], h0[N,H], c0[N,H], mask?) -> (hs[N,T,H], cs[N,T,H], gates[N,T,4H])
template <class T>
class LstmKernel final : public Kernel {
 public:
  LstmKernel(const Graph& graph, const Node& node)
      : s_(outputType(graph, node, 0).shape, attrsOf<RnnAttrs>(node)), inputs_(node.inputs.size()) {}
  size_t scratchBytes() const override {
    return static_cast<size_t>(gemm_.packedElements(s_.units, 4 * s_.units)) * sizeof(T);
  }
  int inPlaceInput(int output) const override { return output == 2 ? 0 : -1; }

  void run(void* const* io) override {
    const int64_t h = s_.units;
    const auto* xw = static_cast<const T*>(io[0]);
    const auto* h0 = static_cast<const T*>(io[2]);
    const auto* c0 = static_cast<const T*>(io[3]);
    auto* hs = static_cast<T*>(io[inputs_]);
    auto* cs = static_cast<T*>(io[inputs_ + 1]);
    auto* gates = static_cast<T*>(io[inputs_ + 2]);
    auto* packed = static_cast<T*>(io[inputs_ + 3]);
    packInParallel(gemm_, static_cast<const T*>(io[1]), 4 * h, 1, h, 4 * h, packed);
    parallelFor(s_.batch, s_.grain(4 * h), [&](int64_t begin, int64_t end) {
      for (int64_t step = 0; step < s_.steps; ++step) {
        const int64_t t = s_.time(step);
        const int64_t before = step == 0 ? 0 : s_.time(step - 1);
        const T* hBefore = step == 0 ? h0 : hs + before * h;
        const T* cBefore = step == 0 ? c0 : cs + before * h;
        const int64_t stride = step == 0 ? h : s_.steps * h;  // from row to row of the two
        if (gates != xw) {
          for (int64_t n = begin; n < end; ++n) {
            const int64_t at = (n * s_.steps + t) * 4 * h;
            std::memcpy(gates + at, xw + at, static_cast<size_t>(4 * h) * sizeof(T));
          }
        }
        gemm_.multiplyPacked(hBefore + begin * stride, stride, 1, packed, gates + (begin * s_.steps + t) * 4 * h,
                             s_.steps * 4 * h, end - begin, 4 * h, h, true);
        for (int64_t n = begin; n < end; ++n) {
          const int64_t at = (n * s_.steps + t) * h;
          if (s_.skips(io[4], n, t)) {
            std::memset(gates + 4 * at, 0, static_cast<size_t>(4 * h) * sizeof(T));
            std::memcpy(hs + at, hBefore + n * stride, static_cast<size_t>(h) * sizeof(T));
            std::memcpy(cs + at, cBefore + n * stride, static_cast<size_t>(h) * sizeof(T));
          } else {
            functions_.lstmStep(gates + 4 * at, cBefore + n * stride, cs + at, hs + at, h);
          }
        }
      }
    });
  }

 private:
  RnnSequence s_;
  size_t inputs_;
  const GemmFunctionsOf<T>& gemm_ = gemmFor<T>();
  const RnnFunctionsOf<T>& functions_ = rnnFunctionsFor<T>();
};

// (dhs, dcs, U, h0, c0, hs, cs, gates, mask?) -> (dxw[N,T,4H], dh0[N,H], dc0[N,H])
template <class T>
class LstmGradKernel final : public Kernel {
 public:
  LstmGradKernel(const Graph& graph, const Node& node)
      : s_(inputType(graph, node, 0).shape, attrsOf<RnnAttrs>(node)), inputs_(node.inputs.size()) {}
  // The packed transpose of U, then the gradient at one step's outputs.
  size_t scratchBytes() const override {
    return static_cast<size_t>(packedElements() + s_.batch * s_.units) * sizeof(T);
  }

  void run(void* const* io) override {
    const int64_t h = s_.units;
    const auto* dhs = static_cast<const T*>(io[0]);
    const auto* dcs = static_cast<const T*>(io[1]);
    const auto* c0 = static_cast<const T*>(io[4]);
    const auto* cs = static_cast<const T*>(io[6]);
    const auto* gates = static_cast<const T*>(io[7]);
    auto* dxw = static_cast<T*>(io[inputs_]);
    auto* dh = static_cast<T*>(io[inputs_ + 1]);  // carried from step to step, in place of dh0 and dc0
    auto* dc = static_cast<T*>(io[inputs_ + 2]);
    auto* packed = static_cast<T*>(io[inputs_ + 3]);
    T* total = packed + packedElements();
    packInParallel(gemm_, static_cast<const T*>(io[2]), 1, 4 * h, 4 * h, h, packed);
    parallelFor(s_.batch, s_.grain(4 * h), [&](int64_t begin, int64_t end) {
      std::fill(dh + begin * h, dh + end * h, T{0});
      std::fill(dc + begin * h, dc + end * h, T{0});
      for (int64_t step = s_.steps - 1; step >= 0; --step) {
        const int64_t t = s_.time(step);
        for (int64_t n = begin; n < end; ++n) {
          const int64_t at = (n * s_.steps + t) * h;
          T* carried = dh + n * h;
          T* cell = dc + n * h;
          T* here = total + n * h;
          for (int64_t j = 0; j < h; ++j) {
            here[j] = carried[j] + dhs[at + j];
            cell[j] += dcs[at + j];
          }
          if (s_.skips(io[8], n, t)) {
            std::copy(here, here + h, carried);
            std::fill(dxw + 4 * at, dxw + 4 * (at + h), T{0});
          } else {
            const T* cBefore = step == 0 ? c0 + n * h : cs + (n * s_.steps + s_.time(step - 1)) * h;
            functions_.lstmGradStep(gates + 4 * at, cBefore, cs + at, here, cell, dxw + 4 * at, h);
            std::fill(carried, carried + h, T{0});
          }
        }
        gemm_.multiplyPacked(dxw + (begin * s_.steps + t) * 4 * h, s_.steps * 4 * h, 1, packed, dh + begin * h, h,
                             end - begin, h, 4 * h, true);
      }
    });
  }

 private:
  int64_t packedElements() const { return gemm_.packedElements(4 * s_.units, s_.units); }

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

IBEX_CPU_LOWERING(kLstm, prepare<LstmKernel>);
IBEX_CPU_LOWERING(kLstmGrad, prepare<LstmGradKernel>);

}  // namespace
}  // namespace ibex::cpu
