#include "backends/cpu/onednn/call.h"

#include <string>
#include <utility>

#include "ir/error.h"

namespace ibex::cpu::onednn {
namespace {

// One stream for each thread that runs programs.
dnnl::stream& stream() {
  static thread_local dnnl::stream instance(engine());
  return instance;
}

}  // namespace

Call::Call(dnnl::primitive primitive, const std::vector<Argument>& arguments, const Desc& scratch)
    : primitive_(std::move(primitive)), scratchBytes_(scratch.get_size()) {
  const auto add = [&](int id, const Desc& desc) {
    memories_.push_back(dnnl::memory(desc, engine(), nullptr));
    arguments_.push_back({id, memories_.back().get()});
    addresses_.push_back(nullptr);
  };
  for (const Argument& a : arguments) add(a.id, a.desc);
  if (scratchBytes_ > 0) add(DNNL_ARG_SCRATCHPAD, scratch);
}

void Call::run(void* const* addresses, void* scratch) {
  const size_t given = memories_.size() - (scratchBytes_ > 0 ? 1 : 0);
  for (size_t i = 0; i < memories_.size(); ++i) {
    void* address = i < given ? addresses[i] : scratch;
    if (address == addresses_[i]) continue;
    memories_[i].set_data_handle(address);
    addresses_[i] = address;
  }
  const dnnl_status_t status =
      dnnl_primitive_execute(primitive_.get(), stream().get(), static_cast<int>(arguments_.size()), arguments_.data());
  if (status == dnnl_success) return;
  if (status == dnnl_out_of_memory) throw Error(ErrorCode::kOutOfMemory, "oneDNN ran out of memory");
  throw Error(ErrorCode::kInternal, "oneDNN refused to run a primitive (status " + std::to_string(status) + ")");
}

}  // namespace ibex::cpu::onednn
