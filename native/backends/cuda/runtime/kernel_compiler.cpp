#include "backends/cuda/runtime/kernel_compiler.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "backends/cuda/codegen/kernel_prelude.h"
#include "ir/error.h"

namespace ibex::cuda {
namespace {

constexpr size_t kMostThreads = 16;
constexpr const char* kPreludeName = "ibex_prelude.cuh";

std::string sourceOf(const KernelText& text) {
  std::string source = "#include \"" + std::string(kPreludeName) + "\"\n";
  for (const auto& [name, value] : text.macros) source += "#define " + name + " " + value + "\n";
  source += "#line 1 \"kernel\"\n";
  return source.append(text.text);
}

// What was made of a text, for people: IBEX_CUDA_DUMP names the folder.
void dump(const std::string& source, const CacheKey& key) {
  const char* folder = std::getenv("IBEX_CUDA_DUMP");
  if (folder == nullptr || *folder == 0) return;
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  std::ofstream(std::filesystem::path(folder) / (key.text() + ".cu")) << source;
}

class ProgramGuard {
 public:
  ProgramGuard(const NvrtcFunctions& nvrtc, NvrtcProgram program) : nvrtc_(nvrtc), program_(program) {}
  ~ProgramGuard() { nvrtc_.destroyProgram(&program_); }
  ProgramGuard(const ProgramGuard&) = delete;
  ProgramGuard& operator=(const ProgramGuard&) = delete;

 private:
  const NvrtcFunctions& nvrtc_;
  NvrtcProgram program_;
};

void checkNvrtc(NvrtcResult result, const char* call) {
  if (result == 0) return;
  throw Error(ErrorCode::kInternal, "NVRTC failed in " + std::string(call) + " with error " + std::to_string(result) + ".");
}

}  // namespace

KernelCompiler::KernelCompiler(const Libraries& libraries, int capability)
    : libraries_(libraries), cache_(KernelCache::ofEnvironment()), prelude_(kernelPrelude()) {
  const NvrtcFunctions& nvrtc = libraries_.nvrtc;
  int count = 0;
  checkNvrtc(nvrtc.getNumSupportedArchs(&count), "nvrtcGetNumSupportedArchs");
  std::vector<int> known(static_cast<size_t>(count));
  checkNvrtc(nvrtc.getSupportedArchs(known.data()), "nvrtcGetSupportedArchs");
  int target = 0;
  for (const int arch : known) {
    if (arch <= capability) target = std::max(target, arch);
  }
  if (target == 0) {
    throw Error(ErrorCode::kUnsupported, "NVRTC " + std::to_string(libraries_.nvrtcMajor) + "." +
                                             std::to_string(libraries_.nvrtcMinor) +
                                             " does not compile for this GPU (compute capability " +
                                             std::to_string(capability / 10) + "." + std::to_string(capability % 10) + ").");
  }
  toPtx_ = target != capability;
  // As the CPU computes: no contraction, IEEE division and roots, subnormals. Texts that want one operation say fma().
  options_ = {"--gpu-architecture=" + std::string(toPtx_ ? "compute_" : "sm_") + std::to_string(target), "--std=c++20",
              "--fmad=false"};
  keyStart_.add(prelude_).add(std::to_string(libraries_.nvrtcMajor) + "." + std::to_string(libraries_.nvrtcMinor));
  for (const std::string& option : options_) keyStart_.add(option);
}

KernelCompiler::~KernelCompiler() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    queue_.clear();
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

CacheKey KernelCompiler::keyOf(const KernelText& text) const {
  KeyMaker maker = keyStart_;
  for (const auto& [name, value] : text.macros) maker.add(name).add(value);
  return maker.add(text.text).key();
}

std::shared_future<std::string> KernelCompiler::compile(const KernelText& text, const CacheKey& key) {
  std::packaged_task<std::string()> task([this, key, source = sourceOf(text)] {
    dump(source, key);
    if (auto image = cache_.find(key)) return *std::move(image);
    std::string image = compileNow(source);
    cache_.store(key, image);
    return image;
  });
  std::shared_future<std::string> result = task.get_future().share();
  const size_t limit = std::clamp<size_t>(std::thread::hardware_concurrency(), 1, kMostThreads);
  const std::lock_guard lock(mutex_);
  queue_.push_back(std::move(task));
  if (idle_ < queue_.size() && threads_.size() < limit) threads_.emplace_back([this] { work(); });
  wake_.notify_one();
  return result;
}

void KernelCompiler::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    --idle_;
    if (queue_.empty()) return;
    std::packaged_task<std::string()> task = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
}

std::string KernelCompiler::compileNow(const std::string& source) const {
  const NvrtcFunctions& nvrtc = libraries_.nvrtc;
  NvrtcProgram program = nullptr;
  const char* headers[] = {prelude_.c_str()};
  const char* names[] = {kPreludeName};
  checkNvrtc(nvrtc.createProgram(&program, source.c_str(), "kernel.cu", 1, headers, names), "nvrtcCreateProgram");
  const ProgramGuard guard(nvrtc, program);
  std::vector<const char*> options;
  for (const std::string& option : options_) options.push_back(option.c_str());
  const NvrtcResult result = nvrtc.compileProgram(program, static_cast<int>(options.size()), options.data());
  if (result != 0) {
    size_t bytes = 0;
    nvrtc.getLogSize(program, &bytes);
    std::string log(bytes, '\0');
    nvrtc.getLog(program, log.data());
    log.resize(log.find('\0') == std::string::npos ? log.size() : log.find('\0'));
    throw Error(ErrorCode::kInternal, "A CUDA kernel can't be compiled (NVRTC error " + std::to_string(result) + "):\n" + log);
  }
  size_t bytes = 0;
  checkNvrtc((toPtx_ ? nvrtc.getPtxSize : nvrtc.getCubinSize)(program, &bytes), "nvrtcGetCUBINSize");
  std::string image(bytes, '\0');
  checkNvrtc((toPtx_ ? nvrtc.getPtx : nvrtc.getCubin)(program, image.data()), "nvrtcGetCUBIN");
  return image;
}

}  // namespace ibex::cuda
