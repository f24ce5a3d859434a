// Where NVIDIA's libraries are looked for.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "backends/cuda/runtime/libraries.h"
#include "backends/cuda/runtime/library_folders.h"

using namespace ibex::cuda;
namespace fs = std::filesystem;

namespace {

// A variable of the environment, for a while.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  ~Variable() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

struct Tree {
  Tree() {
    std::string pattern = (fs::temp_directory_path() / "ibex-libraries-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    root = fs::canonical(pattern);
  }
  ~Tree() { fs::remove_all(root); }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  std::string folder(const std::string& name) const {
    fs::create_directories(root / name);
    return (root / name).string();
  }
  fs::path root;
};

// The place of the folder in the list, or -1.
long placeOf(const std::vector<std::string>& list, const std::string& folder) {
  const auto at = std::find(list.begin(), list.end(), folder);
  return at == list.end() ? -1 : at - list.begin();
}

}  // namespace

TEST_CASE("cuda libraries: the wheels of the active environment, of the user, and of the python3 on the path") {
  const Tree tree;
  const std::string active = tree.folder("venv/lib/python3.11/site-packages/nvidia/cu13/lib");
  const std::string cudnn = tree.folder("venv/lib/python3.11/site-packages/nvidia/cudnn/lib");
  const std::string users = tree.folder("home/.local/lib/python3.12/site-packages/nvidia/cublas/lib");
  const std::string onPath = tree.folder("python/lib/python3.10/site-packages/nvidia/cu12/lib");
  tree.folder("venv/lib/python3.11/site-packages/nvidia/empty");
  const std::string bin = tree.folder("python/bin");
  std::ofstream(bin + "/python3.10") << "";
  fs::create_symlink("python3.10", bin + "/python3");
  const std::string links = tree.folder("links");
  fs::create_symlink(bin + "/python3", links + "/python3");

  const Variable environment("VIRTUAL_ENV", (tree.root / "venv").string());
  const Variable home("HOME", (tree.root / "home").string());
  const Variable path("PATH", tree.folder("nothing") + ":" + links);
  const std::vector<std::string> folders = usualFolders();
  CHECK(placeOf(folders, active) >= 0);
  CHECK(placeOf(folders, cudnn) >= 0);
  CHECK(placeOf(folders, users) > placeOf(folders, active));
  CHECK(placeOf(folders, onPath) > placeOf(folders, users));
  CHECK(std::none_of(folders.begin(), folders.end(), [](const auto& f) { return f.find("empty") != std::string::npos; }));
}

TEST_CASE("cuda libraries: where folders are listed, no others are searched") {
  const Tree tree;
  const Variable given("IBEX_CUDA_LIBRARIES", tree.folder("a") + ":" + tree.folder("b") + ":");
  CHECK(libraryFolders() == std::vector<std::string>{(tree.root / "a").string(), (tree.root / "b").string()});
  CHECK_FALSE(openLibrary({"libm.so.6"}).has_value());
  fs::copy_file(std::string(IBEX_MOCK_CUDA) + "/libnvrtc.so.13", tree.root / "b" / "libsomething.so.2");
  const auto found = openLibrary({"libsomething.so.3", "libsomething.so.2"});
  REQUIRE(found.has_value());
  CHECK(found->path == (tree.root / "b" / "libsomething.so.2").string());
  CHECK(found->symbol("nvrtcVersion") != nullptr);
  CHECK(found->symbol("nvrtcNothing") == nullptr);

  std::ofstream(tree.root / "a" / "libdamaged.so.1") << "no library";
  std::string why;
  CHECK_FALSE(openLibrary({"libdamaged.so.1"}, &why).has_value());
  CHECK(why.find("libdamaged.so.1") != std::string::npos);
}

TEST_CASE("cuda libraries: without a list, the system finds what it knows") {
  const Variable given("IBEX_CUDA_LIBRARIES", "");
  const auto found = openLibrary({"libnothing.so.9", "libm.so.6"});
  REQUIRE(found.has_value());
  CHECK(found->path.find("libm.so.6") != std::string::npos);
  CHECK(found->path.starts_with("/"));
  CHECK_FALSE(openLibrary({"libnothing.so.9"}).has_value());
}
