// The CPU as a backend: kernels from the lowering table, memory from the system.
#pragma once

#include <memory>

#include "backends/backend.h"

namespace ibex::cpu {

class CpuBackend final : public Backend {
 public:
  const char* name() const override { return "cpu"; }
  std::unique_ptr<Kernel> prepare(const Graph& graph, const Node& node) override;
  int threads() const override;
  int limitThreads(int threads) override;
  DeviceLimits measureLimits() override;
  void* allocate(size_t bytes) override;
  void release(void* memory, size_t bytes) override;
};

}  // namespace ibex::cpu
