// The compiled kernels on disk, and the compiler's use of them.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "backends/cuda/runtime/kernel_compiler.h"
#include "tests/cuda_node_check.h"

using namespace ibex;
using namespace ibex::cuda;
namespace fs = std::filesystem;

namespace {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "ibex-cache-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~TemporaryFolder() { fs::remove_all(path); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  fs::path path;
};

CacheKey keyOf(const std::string& text) { return KeyMaker().add(text).key(); }

fs::path onlyFile(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  REQUIRE(files.size() == 1);
  return files[0];
}

std::string contentOf(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void write(const fs::path& file, const std::string& content) { std::ofstream(file, std::ios::binary) << content; }

constexpr const char* kText =
    "namespace ibex_device {\nstruct A { float* to; };\n"
    "extern \"C\" __global__ void fill(A a) { a.to[threadIdx.x] = VALUE; }\n}\n";

}  // namespace

TEST_CASE("cuda cache: gives back what was stored, by its key alone") {
  const TemporaryFolder folder;
  const KernelCache cache(folder.path / "deep" / "er");
  CHECK_FALSE(cache.find(keyOf("a")).has_value());
  const std::string image("\0image\xff", 7);
  cache.store(keyOf("a"), image);
  cache.store(keyOf("b"), "");
  CHECK(cache.find(keyOf("a")) == image);
  CHECK(cache.find(keyOf("b")) == "");
  CHECK_FALSE(cache.find(keyOf("c")).has_value());
  CHECK(KeyMaker().add("ab").add("c").key() != KeyMaker().add("a").add("bc").key());
  CHECK(KeyMaker().add("").key() != KeyMaker().key());
}

TEST_CASE("cuda cache: a file that is damaged, cut off, or another's is as if it were not there") {
  const TemporaryFolder folder;
  const KernelCache cache(folder.path);
  cache.store(keyOf("a"), "the image of a kernel");
  const fs::path file = onlyFile(folder.path);
  const std::string whole = contentOf(file);
  for (size_t bytes = 0; bytes < whole.size(); bytes += 7) {
    write(file, whole.substr(0, bytes));
    CHECK_FALSE(cache.find(keyOf("a")).has_value());
  }
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    write(file, damaged);
    CHECK_FALSE(cache.find(keyOf("a")).has_value());
  }
  cache.store(keyOf("a"), "the image of a kernel");
  CHECK(contentOf(file) == whole);
}

TEST_CASE("cuda cache: writers at the same time, and a folder that can't be written") {
  const TemporaryFolder folder;
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&folder] {
      const KernelCache cache(folder.path);
      for (int k = 0; k < 50; ++k) {
        cache.store(keyOf(std::to_string(k % 5)), std::string(10000, static_cast<char>('a' + k % 5)));
        const auto found = cache.find(keyOf(std::to_string(k % 5)));
        if (!found || *found != std::string(10000, static_cast<char>('a' + k % 5))) std::abort();
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  CHECK(std::distance(fs::directory_iterator(folder.path), fs::directory_iterator()) == 5);

  write(folder.path / "file", "");
  const KernelCache impossible(folder.path / "file" / "below");
  impossible.store(keyOf("a"), "image");
  CHECK_FALSE(impossible.find(keyOf("a")).has_value());
}

TEST_CASE("cuda cache: what was not used for longest goes when there is too much") {
  const TemporaryFolder folder;
  constexpr uint64_t kLimit = 100'000;
  const KernelCache cache(folder.path, kLimit);
  const std::string image(1000, 'x');
  for (int i = 0; i < 600; ++i) cache.store(keyOf(std::to_string(i)), image);
  uint64_t total = 0;
  for (const auto& entry : fs::directory_iterator(folder.path)) total += entry.file_size();
  // It is looked at now and then only.
  CHECK(total < 400'000);
  CHECK(cache.find(keyOf("599")) == image);
}

TEST_CASE("cuda cache: the environment says where it is") {
  const auto folderWith = [](const char* cache, const char* xdg, const char* home) {
    std::vector<std::pair<const char*, std::optional<std::string>>> before;
    for (const auto& [name, value] : {std::pair{"IBEX_CUDA_CACHE", cache}, {"XDG_CACHE_HOME", xdg}, {"HOME", home}}) {
      const char* old = std::getenv(name);
      before.emplace_back(name, old == nullptr ? std::nullopt : std::optional<std::string>(old));
      setenv(name, value, 1);
    }
    const std::string folder = KernelCache::ofEnvironment().folder().string();
    for (const auto& [name, old] : before) old ? setenv(name, old->c_str(), 1) : unsetenv(name);
    return folder;
  };
  CHECK(folderWith("/a/b", "/x", "/h") == "/a/b");
  CHECK(folderWith("off", "/x", "/h") == "");
  CHECK(folderWith("", "/x", "/h") == "/x/ibex/cuda");
  CHECK(folderWith("", "", "/h") == "/h/.cache/ibex/cuda");
  CHECK(folderWith("", "", "") == "");
}

TEST_CASE("cuda: a text is compiled once, and found on disk by the next process" * doctest::skip(testing::onGpu())) {
  testing::testDevice();  // sets where the libraries are
  const TemporaryFolder folder;
  const TemporaryFolder dumps;
  setenv("IBEX_CUDA_CACHE", folder.path.c_str(), 1);
  setenv("IBEX_CUDA_DUMP", dumps.path.c_str(), 1);
  const KernelText text{kText, {{"VALUE", "3.0f"}}};
  std::string image;
  {
    KernelCompiler compiler(libraries(), 90);
    image = compiler.compile(text, compiler.keyOf(text)).get();
    CHECK_FALSE(compiler.keyOf(text) == compiler.keyOf({kText, {{"VALUE", "4.0f"}}}));
  }
  unsetenv("IBEX_CUDA_DUMP");
  CHECK(contentOf(onlyFile(folder.path)).ends_with(image));
  const std::string dumped = contentOf(onlyFile(dumps.path));
  CHECK(dumped.find("#define VALUE 3.0f\n") != std::string::npos);
  CHECK(dumped.ends_with(kText));
  {
    // What is on disk is taken, so it was not compiled again.
    KernelCompiler compiler(libraries(), 90);
    KernelCache(folder.path).store(compiler.keyOf(text), "found");
    CHECK(compiler.compile(text, compiler.keyOf(text)).get() == "found");
    // Another device's kernels are others.
    KernelCompiler older(libraries(), 75);
    CHECK_FALSE(older.keyOf(text) == compiler.keyOf(text));
  }
  setenv("IBEX_CUDA_CACHE", "off", 1);
}

TEST_CASE("cuda: what the compiler says of a text comes with the error, and devices too old for it are refused" * doctest::skip(testing::onGpu())) {
  testing::testDevice();
  KernelCompiler compiler(libraries(), 90);
  const KernelText text{"namespace ibex_device { extern \"C\" __global__ void wrong(int) { no_such_function(); } }", {}};
  try {
    compiler.compile(text, compiler.keyOf(text)).get();
    FAIL("compiled");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kInternal);
    CHECK(std::string(error.what()).find("no_such_function") != std::string::npos);
  }
  CHECK_THROWS_WITH_AS(KernelCompiler(libraries(), 50),
                       "NVRTC 13.0 does not compile for this GPU (compute capability 5.0).", Error);
}
