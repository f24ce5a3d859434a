// An NVRTC for tests: kernels are compiled for the host, and what it calls a cubin is a shared library in an envelope.
// What it compiled is kept in the folder mock-kernels beside it, by the text's hash.
//
// Where IBEX_TEST_NVRTC names NVIDIA's own libnvrtc, the texts are also compiled with that, for the oldest and a newer
// device (which needs no GPU), and what it refuses fails here too.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/mock_cuda/envelope.h"
#include "tests/mock_cuda/real_nvrtc.h"

namespace fs = std::filesystem;

struct NvrtcProgramHandle {
  std::string source;
  std::vector<std::pair<std::string, std::string>> headers;  // name, text
  std::string image;
  std::string log;
};

namespace {

constexpr int kFailed = 6;  // NVRTC_ERROR_COMPILATION

fs::path keptFolder() {
  Dl_info info{};
  dladdr(reinterpret_cast<void*>(&keptFolder), &info);
  return fs::path(info.dli_fname).parent_path() / "mock-kernels";
}

uint64_t hashOf(const std::string& text, uint64_t hash = 0xcbf29ce484222325ull) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}
std::string hex(uint64_t value) {
  std::ostringstream out;
  out << std::hex << value;
  return out.str();
}

std::string contentOf(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void writeWhole(const fs::path& path, const std::string& content) {
  const fs::path part = path.string() + "." + std::to_string(getpid()) + ".part";
  std::ofstream(part, std::ios::binary) << content;
  fs::rename(part, path);
}

std::string flags() {
  const char* races = std::getenv("IBEX_MOCK_CUDA_RACES");
  return std::string(" -std=c++20 -O1 -nostdlib -ffp-contract=off -fPIC -fno-gnu-unique -fvisibility=hidden -w -I ") +
         IBEX_NATIVE_SOURCE + (races != nullptr && *races == '1' ? " -fsanitize=thread,alignment " : " ");
}

// What the compiler said; empty when it succeeded.
std::string compile(const std::string& command, const fs::path& log) {
  const int status = std::system((IBEX_HOST_COMPILER + flags() + command + " > " + log.string() + " 2>&1").c_str());
  std::string said = status == 0 ? "" : contentOf(log) + "\nThe command: " + command;
  fs::remove(log);
  return said;
}

// The shim and the program's headers as one precompiled header, in a folder of its own, which is returned.
fs::path prepareHeaders(const NvrtcProgramHandle& program, std::string& log) {
  std::string all = "#include \"" IBEX_NATIVE_SOURCE "/tests/cuda_host_shim.h\"\n";
  uint64_t hash = hashOf(contentOf(IBEX_NATIVE_SOURCE "/tests/cuda_host_shim.h") +
                         contentOf(IBEX_NATIVE_SOURCE "/tests/cuda_host_accesses.h") +
                         contentOf(IBEX_NATIVE_SOURCE "/tests/cuda_host_engine.h") + flags());
  for (const auto& [name, text] : program.headers) hash = hashOf(name + text, hash);
  const fs::path folder = keptFolder() / hex(hash);
  fs::create_directories(folder);
  const int lock = open((folder / "lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666);
  flock(lock, LOCK_EX);
  if (!fs::exists(folder / "all.h.gch")) {
    for (const auto& [name, text] : program.headers) {
      writeWhole(folder / name, "#ifndef IBEX_HOST_HEADER\n#define IBEX_HOST_HEADER\n" + text + "\n#endif\n");
      all += "#include \"" + name + "\"\n";
    }
    writeWhole(folder / "all.h", all);
    log = compile("-x c++-header -o " + (folder / "all.part").string() + " " + (folder / "all.h").string(), folder / "log");
    if (log.empty()) fs::rename(folder / "all.part", folder / "all.h.gch");
  }
  close(lock);
  return folder;
}

// `extern __shared__` arrays become pointers to the block's memory; the kernels are exported.
std::string hostSource(const std::string& source) {
  static const std::regex shared(
      R"(extern\s+__shared__\s+(?:(?:__align__|alignas)\s*\([^)]*\)\s*)?([\w:][\w: ]*?)\s+(\w+)\s*\[\s*\]\s*;)");
  static const std::regex kernel(
      R"(__global__\s+(?:__launch_bounds__\s*\(([^)]*)\)\s*)?void\s+(?:__launch_bounds__\s*\(([^)]*)\)\s*)?(\w+)\s*\()");
  std::string text = "#include \"all.h\"\n" +
                     std::regex_replace(source, shared, "$1* const $2 = static_cast<$1*>(host::engine->dynamicShared);");
  std::string kernels;
  for (std::sregex_iterator at(source.begin(), source.end(), kernel), end; at != end; ++at) {
    const std::string bounds = (*at)[1].str() + (*at)[2].str();
    kernels += "IBEX_HOST_KERNEL(" + (*at)[3].str() + (bounds.empty() ? "" : ", ") + bounds + ")\n";
  }
  return text + "\nIBEX_HOST_LIBRARY\n" + kernels;
}

void build(NvrtcProgramHandle& program) {
  fs::create_directories(keptFolder());
  const fs::path headers = prepareHeaders(program, program.log);
  if (!program.log.empty()) return;
  const std::string text = hostSource(program.source);
  const std::string name = hex(hashOf(text)) + hex(hashOf(text, 7));
  const fs::path library = headers / (name + ".so");
  if (!fs::exists(library)) {
    const std::string mine = (headers / name).string() + "." + std::to_string(getpid()) + "." +
                             hex(reinterpret_cast<uintptr_t>(&program));
    std::ofstream(mine + ".cpp") << text;
    program.log = compile("-shared -I " + headers.string() + " -o " + mine + ".so " + mine + ".cpp", mine + ".log");
    if (!program.log.empty()) return;
    fs::remove(mine + ".cpp");
    fs::rename(mine + ".so", library);
  }
  if (const char* nvrtc = std::getenv("IBEX_TEST_NVRTC"); nvrtc != nullptr && *nvrtc != 0) {
    const fs::path passed = headers / (name + ".nvrtc");
    if (!fs::exists(passed)) {
      program.log = ibex::mock::compileWithNvrtc(nvrtc, program.source, program.headers);
      if (!program.log.empty()) return;
      std::ofstream{passed};
    }
  }
  program.image = ibex::mock::envelope(contentOf(library));
}

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default"))) int

EXPORT nvrtcVersion(int* major, int* minor) {
  *major = 13;
  *minor = 0;
  return 0;
}

EXPORT nvrtcGetNumSupportedArchs(int* count) {
  *count = 2;
  return 0;
}

EXPORT nvrtcGetSupportedArchs(int* archs) {
  archs[0] = 75;
  archs[1] = 90;
  return 0;
}

EXPORT nvrtcCreateProgram(NvrtcProgramHandle** program, const char* source, const char*, int headerCount,
                          const char* const* headers, const char* const* names) {
  *program = new NvrtcProgramHandle{source, {}, {}, {}};
  for (int i = 0; i < headerCount; ++i) (*program)->headers.emplace_back(names[i], headers[i]);
  return 0;
}

EXPORT nvrtcDestroyProgram(NvrtcProgramHandle** program) {
  delete *program;
  *program = nullptr;
  return 0;
}

EXPORT nvrtcCompileProgram(NvrtcProgramHandle* program, int, const char* const*) {
  try {
    build(*program);
  } catch (const std::exception& error) {
    program->log = error.what();
  }
  return program->log.empty() ? 0 : kFailed;
}

EXPORT nvrtcGetCUBINSize(NvrtcProgramHandle* program, size_t* bytes) {
  *bytes = program->image.size();
  return 0;
}
EXPORT nvrtcGetCUBIN(NvrtcProgramHandle* program, char* to) {
  std::memcpy(to, program->image.data(), program->image.size());
  return 0;
}
EXPORT nvrtcGetPTXSize(NvrtcProgramHandle* program, size_t* bytes) { return nvrtcGetCUBINSize(program, bytes); }
EXPORT nvrtcGetPTX(NvrtcProgramHandle* program, char* to) { return nvrtcGetCUBIN(program, to); }
EXPORT nvrtcGetProgramLogSize(NvrtcProgramHandle* program, size_t* bytes) {
  *bytes = program->log.size() + 1;
  return 0;
}
EXPORT nvrtcGetProgramLog(NvrtcProgramHandle* program, char* to) {
  std::memcpy(to, program->log.c_str(), program->log.size() + 1);
  return 0;
}
