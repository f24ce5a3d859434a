// Runs one node of the CPU backend on host tensors: what the kernels' tests are written with.
#pragma once

#include <cmath>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <random>
#include <vector>

#include "backends/cpu/kernels/number.h"
#include "backends/cpu/lowering.h"
#include "ir/error.h"

namespace ibex::testing {

struct AlignedFree {
  void operator()(void* p) const { ::operator delete(p, std::align_val_t{64}); }
};
using Memory = std::unique_ptr<void, AlignedFree>;
inline Memory allocate(size_t bytes) { return Memory(::operator new(bytes, std::align_val_t{64})); }

// A host tensor. Values go in and out as double (exact for everything but large int64).
struct Array {
  Type type;
  std::shared_ptr<void> data;

  Array(DType t, Shape shape) : type{t, std::move(shape)}, data(allocate(type.bytes())) {
    std::memset(data.get(), 0xee, type.bytes());
  }
  Array(DType t, Shape shape, const std::vector<double>& values) : Array(t, std::move(shape)) {
    for (size_t i = 0; i < values.size(); ++i) set(static_cast<int64_t>(i), values[i]);
  }
  int64_t size() const { return type.elements(); }
  double at(int64_t i) const {
    return cpu::visitDType(type.dtype, [&](auto tag) {
      using T = typename decltype(tag)::type;
      return static_cast<double>(static_cast<const T*>(data.get())[i]);
    });
  }
  void set(int64_t i, double v) {
    cpu::encodeNumber(type.dtype, v, static_cast<char*>(data.get()) + i * static_cast<int64_t>(dtypeSize(type.dtype)));
  }
  std::vector<double> values() const {
    std::vector<double> out;
    for (int64_t i = 0; i < size(); ++i) out.push_back(at(i));
    return out;
  }
  Array as(DType t) const { return Array(t, type.shape, values()); }
};

// Normal floats, or small integers for integer types (0/1 for bool).
inline Array randomArray(DType t, Shape shape, uint32_t seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal;
  Array a(t, std::move(shape));
  for (int64_t i = 0; i < a.size(); ++i) {
    const double integer = static_cast<double>(engine() % 7) - (t == DType::kUint8 || t == DType::kUint32 ? 0 : 3);
    a.set(i, t == DType::kBool ? static_cast<double>(engine() % 2) : isFloat(t) ? normal(engine) : integer);
  }
  return a;
}

// A graph of parameters and the node under test.
inline Graph singleNode(Op op, Attrs attrs, const std::vector<Type>& inputs, const std::vector<Type>& outputs) {
  Graph g;
  g.scopes = {"model/layer"};
  Node node;
  node.op = op;
  node.attrs = std::move(attrs);
  node.scope = 0;
  const auto add = [&](const Type& t, NodeId producer, uint32_t index) {
    g.values.push_back({t, producer, index});
    return static_cast<ValueId>(g.values.size() - 1);
  };
  for (const Type& t : inputs) {
    Node parameter;
    parameter.attrs = ParameterAttrs{static_cast<int64_t>(g.nodes.size()), false};
    parameter.outputs = {add(t, static_cast<NodeId>(g.nodes.size()), 0)};
    node.inputs.push_back(parameter.outputs[0]);
    g.nodes.push_back(std::move(parameter));
  }
  for (const Type& t : outputs) {
    node.outputs.push_back(add(t, static_cast<NodeId>(g.nodes.size()), static_cast<uint32_t>(node.outputs.size())));
  }
  g.nodes.push_back(std::move(node));
  return g;
}

// A prepared node with memory for its outputs and scratch; run() may be called again.
class NodeRunner {
 public:
  NodeRunner(Op op, Attrs attrs, std::vector<Array> inputs, const std::vector<Type>& outputs)
      : inputs_(std::move(inputs)) {
    std::vector<Type> types;
    for (const Array& a : inputs_) types.push_back(a.type);
    const Graph graph = singleNode(op, std::move(attrs), types, outputs);
    const auto lowering = cpu::findLowering(op);
    if (lowering == nullptr) throw Error(ErrorCode::kUnsupported, "no lowering");
    kernel_ = lowering(graph, graph.nodes.back());
    for (const Type& t : outputs) outputs_.emplace_back(t.dtype, t.shape);
    for (const Array& a : inputs_) io_.push_back(a.data.get());
    for (const Array& a : outputs_) io_.push_back(a.data.get());
    scratch_ = allocate(kernel_->scratchBytes());
    io_.push_back(kernel_->scratchBytes() == 0 ? nullptr : scratch_.get());
  }
  void run() { kernel_->run(io_.data()); }
  // The same with outputs in the place of (copies of) inputs, where the kernel takes that.
  void runInPlace() {
    std::vector<void*> io = io_;
    for (size_t i = 0; i < outputs_.size(); ++i) {
      const int input = kernel_->inPlaceInput(static_cast<int>(i));
      if (input < 0) continue;
      const Array& given = inputs_[static_cast<size_t>(input)];
      std::memcpy(outputs_[i].data.get(), given.data.get(), given.type.bytes());
      io[static_cast<size_t>(input)] = outputs_[i].data.get();
    }
    kernel_->run(io.data());
  }
  const std::vector<Array>& outputs() const { return outputs_; }
  const Kernel& kernel() const { return *kernel_; }

 private:
  std::vector<Array> inputs_;
  std::vector<Array> outputs_;
  std::unique_ptr<Kernel> kernel_;
  Memory scratch_;
  std::vector<void*> io_;
};

inline std::vector<Array> runNode(Op op, Attrs attrs, std::vector<Array> inputs, const std::vector<Type>& outputs) {
  NodeRunner runner(op, std::move(attrs), std::move(inputs), outputs);
  runner.run();
  return runner.outputs();
}

// The largest |a - b| / (1 + |b|); infinite where one is NaN and the other is not, or the shapes differ.
inline double difference(const Array& a, const Array& b) {
  if (a.type.shape != b.type.shape) return INFINITY;
  double worst = 0;
  for (int64_t i = 0; i < a.size(); ++i) {
    const double x = a.at(i);
    const double y = b.at(i);
    if (std::isnan(x) && std::isnan(y)) continue;
    if (x == y) continue;
    const double d = std::abs(x - y) / (1 + std::abs(y));
    if (!(d <= worst)) worst = std::isnan(d) ? INFINITY : d;
  }
  return worst;
}

// Rounding error allowed after a few hundred operations in the type that `t` computes in.
inline double tolerance(DType t) {
  switch (t) {
    case DType::kFloat64: return 1e-12;
    case DType::kFloat32: return 2e-5;
    case DType::kFloat16: return 2e-3;
    case DType::kBFloat16: return 1.6e-2;
    default: return 0;
  }
}

}  // namespace ibex::testing
