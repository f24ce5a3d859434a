// A oneDNN primitive with its memory objects, made once; a run only points them at this run's addresses.
#pragma once

#include <cstddef>
#include <vector>

#include "backends/cpu/onednn/compat.h"

namespace ibex::cpu::onednn {

class Call {
 public:
  struct Argument {
    int id;  // DNNL_ARG_…
    Desc desc;
  };

  Call() = default;
  // PrimitiveDesc is the descriptor of Primitive.
  template <class Primitive, class PrimitiveDesc>
  static Call make(const PrimitiveDesc& pd, const std::vector<Argument>& arguments) {
    return Call(Primitive(pd), arguments, pd.scratchpad_desc());
  }

  explicit operator bool() const { return static_cast<bool>(primitive_); }
  size_t scratchBytes() const { return scratchBytes_; }
  // addresses: one per argument, in the order given to make(). scratch: scratchBytes() bytes.
  void run(void* const* addresses, void* scratch);

 private:
  Call(dnnl::primitive primitive, const std::vector<Argument>& arguments, const Desc& scratch);

  dnnl::primitive primitive_;
  std::vector<dnnl::memory> memories_;
  std::vector<dnnl_exec_arg_t> arguments_;
  std::vector<void*> addresses_;  // what the memory objects point at now
  size_t scratchBytes_ = 0;
};

}  // namespace ibex::cpu::onednn
