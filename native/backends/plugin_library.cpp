#include "backends/plugin_library.h"

#include <dlfcn.h>

#include "backends/plugin_errors.h"
#include "ir/ops.gen.h"

namespace ibex::plugin {
namespace {

std::string text(const char* given) { return given == nullptr ? "" : given; }

}  // namespace

std::shared_ptr<const Library> Library::open(const std::string& path) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) throw Error(ErrorCode::kUnsupported, "It can't be loaded: " + text(dlerror()) + ".");
  auto* entry = reinterpret_cast<const IbexPluginTable* (*)()>(dlsym(handle, IBEX_PLUGIN_ENTRY));
  if (entry == nullptr) throw Error(ErrorCode::kUnsupported, path + " is no backend of Ibex.");
  const IbexPluginTable* table = entry();
  if (table == nullptr || table->abi != IBEX_PLUGIN_ABI || table->bytes != sizeof(IbexPluginTable) ||
      table->opTableHash != kOpTableHash) {
    throw Error(ErrorCode::kUnsupported, path + " was built for another version of the native core; build it again.");
  }
  return std::shared_ptr<const Library>(new Library(table));
}

Report Library::probe(bool again) const {
  Report report;
  try {
    check(*table_, table_->probe(again ? 1 : 0));
    for (int32_t i = 0; i < table_->deviceCount(); ++i) {
      IbexPluginDeviceInfo info{};
      check(*table_, table_->deviceInfo(i, &info));
      report.devices.push_back({text(info.name), text(info.detail), info.totalBytes, info.freeBytes});
    }
    if (report.devices.empty()) report.reason = "There is no such device.";
  } catch (const Error& error) {
    report.devices.clear();
    report.reason = error.what();
  }
  for (int32_t i = 0; i < table_->componentCount(); ++i) {
    IbexPluginComponent c{};
    if (table_->component(i, &c) != 0) continue;
    report.components.push_back(
        {text(c.name), c.found != 0, c.needed != 0, text(c.version), text(c.path), text(c.advice)});
  }
  report.missingOps = text(table_->missingOps());
  return report;
}

}  // namespace ibex::plugin
