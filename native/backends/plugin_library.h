// A plug-in's library, opened and checked.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backends/plugin_abi.h"

namespace ibex::plugin {

struct Component {
  std::string name;
  bool found;
  bool needed;
  std::string version;
  std::string path;
  std::string advice;
};

struct DeviceDescription {
  std::string name;
  std::string detail;
  uint64_t totalBytes;
  uint64_t freeBytes;
};

// What a plug-in said when it was asked.
struct Report {
  std::string reason;  // why there is no device; empty when there are some
  std::string missingOps;
  std::vector<Component> components;
  std::vector<DeviceDescription> devices;
};

// Stays loaded for the life of the process: libraries of devices do not survive being unloaded.
class Library {
 public:
  // Throws Error{kUnsupported} where the file can't be loaded, is no plug-in, or is one of another build.
  static std::shared_ptr<const Library> open(const std::string& path);

  const IbexPluginTable& table() const { return *table_; }
  std::string name() const { return table_->name; }
  std::string build() const { return table_->build; }
  // Never throws: what went wrong is the report's reason.
  Report probe(bool again) const;

 private:
  explicit Library(const IbexPluginTable* table) : table_(table) {}
  const IbexPluginTable* table_;
};

}  // namespace ibex::plugin
