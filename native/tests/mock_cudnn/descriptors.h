// Descriptors of the mock of cuDNN: attributes of the right type and number, set before the descriptor is finalized.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include "backends/cuda/runtime/cudnn_api.h"

namespace ibex::mock_cudnn {

using namespace ibex::cuda;

inline constexpr DnnStatus kBadParameter = 2000;
inline constexpr DnnStatus kNotFinalized = 2004;
inline constexpr DnnStatus kNotSupported = 3000;

inline constexpr int64_t kMostExtents = 8;  // CUDNN_DIM_MAX

struct Data {
  explicit Data(int which) : type(which) {}

  struct Value {
    std::vector<char> bytes;
    std::vector<std::shared_ptr<Data>> children;
  };
  int type;
  bool finalized = false;
  int engine = -1;              // of an engine, and of a configuration of one
  std::shared_ptr<Data> graph;  // of a configuration
  std::map<int, Value> values;

  DnnStatus set(int name, int type, int64_t count, const void* from);
  // Whether all is there that must be.
  DnnStatus finalize() const;

  bool has(int name) const { return values.contains(name); }
  template <class T>
  std::vector<T> all(int name) const {
    const std::vector<char>& bytes = values.at(name).bytes;
    std::vector<T> result(bytes.size() / sizeof(T));
    std::memcpy(result.data(), bytes.data(), bytes.size());
    return result;
  }
  template <class T>
  T one(int name) const { return all<T>(name).at(0); }
  const std::shared_ptr<Data>& child(int name, size_t at = 0) const { return values.at(name).children.at(at); }
};

struct Descriptor {
  std::shared_ptr<Data> data;
};

inline bool isOperation(int type) {
  return type == kDnnConvForward || type == kDnnConvBackwardData || type == kDnnConvBackwardFilter ||
         type == kDnnPointwiseOperation;
}

}  // namespace ibex::mock_cudnn
