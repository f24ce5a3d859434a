// The IR: a typed SSA graph with static shapes, kept in topological order.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ir/dtype.h"
#include "ir/ops.gen.h"
#include "ir/region.h"

namespace ibex {

using Shape = std::vector<int64_t>;

struct Type {
  DType dtype = DType::kFloat32;
  Shape shape;

  int64_t elements() const {
    int64_t n = 1;
    for (int64_t d : shape) n *= d;
    return n;
  }
  size_t bytes() const { return static_cast<size_t>(elements()) * dtypeSize(dtype); }
  int rank() const { return static_cast<int>(shape.size()); }
  bool operator==(const Type&) const = default;
};

using ValueId = uint32_t;
using NodeId = uint32_t;
inline constexpr uint32_t kNone = 0xffffffffu;

struct Value {
  Type type;
  NodeId producer = kNone;
  uint32_t index = 0;  // which output of the producer
};

struct Node {
  Op op = Op::kParameter;
  Attrs attrs;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  uint32_t scope = kNone;                 // into Graph::scopes: the layer path it came from
  std::shared_ptr<const Region> region;   // only for Op::kFused
};

// A new value for a state parameter, written when the program ends (in place where that is safe).
struct StateUpdate {
  uint32_t parameter;  // ParameterAttrs::index of the state it replaces; same type
  ValueId value;
};

// How kernels may compute, as the program's maker chose.
struct Numerics {
  bool roundFloat32 = false;   // operands of products and convolutions of float32 may be rounded to 10 bits (TF32)
  bool deterministic = false;  // nothing is chosen by measurement, so that each process computes the same
  bool operator==(const Numerics&) const = default;
};

struct Graph {
  std::vector<Node> nodes;    // topological order; dead nodes are erased by passes, never left as holes
  std::vector<Value> values;  // indexed by ValueId; values of erased nodes may remain, unused
  std::vector<ValueId> outputs;
  std::vector<StateUpdate> updates;
  std::vector<std::string> scopes;
  Numerics numerics;

  const Type& type(ValueId v) const { return values[v].type; }
  const std::string& scopeOf(const Node& n) const {
    static const std::string none;
    return n.scope == kNone ? none : scopes[n.scope];
  }
};

}  // namespace ibex
