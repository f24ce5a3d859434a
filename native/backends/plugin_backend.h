// A device of a plug-in as a backend of the executor.
#pragma once

#include <memory>
#include <string>

#include "backends/backend.h"
#include "backends/plugin_library.h"

namespace ibex::plugin {

// An open device, kept by everything that belongs to it.
class OpenDevice {
 public:
  // Throws what the plug-in says.
  OpenDevice(std::shared_ptr<const Library> library, int index);
  ~OpenDevice();
  OpenDevice(const OpenDevice&) = delete;
  OpenDevice& operator=(const OpenDevice&) = delete;

  const IbexPluginTable& table() const { return library_->table(); }
  IbexPluginDevice* handle() const { return handle_; }

 private:
  std::shared_ptr<const Library> library_;
  IbexPluginDevice* handle_ = nullptr;
};

class PluginBackend final : public Backend {
 public:
  PluginBackend(std::shared_ptr<const Library> library, int index);

  const char* name() const override { return name_.c_str(); }
  std::unique_ptr<Kernel> prepare(const Graph& graph, const Node& node) override;
  DeviceLimits measureLimits() override;
  void* allocate(size_t bytes) override;
  void release(void* memory, size_t bytes) override;

  bool isHost() const override { return false; }
  std::shared_ptr<MemorySource> staging() override;
  std::unique_ptr<Marker> upload(void* to, const void* from, size_t bytes, const Marker* after) override;
  std::unique_ptr<Marker> fetch(void* to, const void* from, size_t bytes) override;
  void download(void* to, const void* from, size_t bytes) override;
  void copy(void* to, const void* from, size_t bytes) override;
  void copyFrom(Backend& source, void* to, const void* from, size_t bytes, const Marker& after) override;
  bool canCopyFrom(const Backend& source) const override;
  void synchronize() override;
  void check() override;
  std::unique_ptr<Marker> mark() override;
  std::unique_ptr<Marker> markTime() override;
  int64_t timeBetween(const Marker& from, const Marker& to) override;
  std::unique_ptr<Recording> record(const std::function<void()>& work) override;

 private:
  std::shared_ptr<OpenDevice> device_;
  std::string name_;
};

}  // namespace ibex::plugin
