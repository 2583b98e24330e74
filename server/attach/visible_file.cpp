#include "server/attach/visible_file.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace whyalive::attach {
namespace {

namespace fs = std::filesystem;

std::string rootOf(int pid) { return "/proc/" + std::to_string(pid) + "/root"; }

bool sameLink(const std::string& a, const std::string& b) {
  std::error_code error;
  const fs::path first = fs::read_symlink(a, error);
  if (error) return false;
  const fs::path second = fs::read_symlink(b, error);
  return !error && first == second;
}

bool othersMay(const fs::path& path, fs::perms what) {
  std::error_code error;
  const fs::perms all = fs::status(path, error).permissions();
  return !error && (all & what) == what;
}

// Whether any user can open the file: each folder may be entered, the file may be read.
bool readableByAll(const fs::path& file) {
  for (fs::path folder = file.parent_path(); folder != folder.root_path();
       folder = folder.parent_path()) {
    if (!othersMay(folder, fs::perms::others_exec)) return false;
  }
  return othersMay(file, fs::perms::others_read);
}

bool allowsCode(const std::string& folder) {
  struct statvfs facts{};
  return statvfs(folder.c_str(), &facts) == 0 && (facts.f_flag & (ST_NOEXEC | ST_RDONLY)) == 0;
}

}  // namespace

bool sharesOurFiles(int pid) {
  struct stat ours{}, theirs{};
  const bool sameRoot = stat("/", &ours) == 0 && stat((rootOf(pid) + "/").c_str(), &theirs) == 0 &&
                        ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
  return sameRoot && sameLink("/proc/" + std::to_string(pid) + "/ns/mnt", "/proc/self/ns/mnt");
}

std::string pathAsWeSeeIt(int pid, const std::string& path) {
  return sharesOurFiles(pid) ? path : rootOf(pid) + path;
}

Result<PrivateFolder> PrivateFolder::make(const ProcessStatus& process) {
  for (const char* folder : {"/tmp", "/var/tmp", "/dev/shm", "/run"}) {
    if (!allowsCode(rootOf(process.threadGroup) + folder)) continue;
    if (auto made = makeIn(process, folder)) return made;
  }
  return fail(
      ErrorCode::PermissionDenied,
      "process " + std::to_string(process.threadGroup) +
          " sees other files than whyalive, and no folder of its own takes a library",
      "it needs a /tmp, /var/tmp, /dev/shm or /run that is writable and not mounted noexec");
}

Result<PrivateFolder> PrivateFolder::makeIn(const ProcessStatus& process,
                                            const std::string& folder) {
  const std::string root = rootOf(process.threadGroup);
  std::string mine = root + folder + "/whyalive-XXXXXX";
  const auto refused = [&](const char* what) {
    return fail(ErrorCode::PermissionDenied, "could not " + std::string(what) + " a folder in " +
                                                 root + folder + ": " + std::strerror(errno));
  };
  if (mkdtemp(mine.data()) == nullptr) return refused("make");
  PrivateFolder made(mine, mine.substr(root.size()));
  made.user_ = process.user;
  if (process.user != geteuid() && chown(mine.c_str(), process.user, gid_t(-1)) != 0) {
    return refused("give away");
  }
  return made;
}

Result<void> PrivateFolder::copyInto(const std::string& file) const {
  const std::string copy = ours_ + "/" + fs::path(file).filename().string();
  std::error_code error;
  fs::copy_file(file, copy, error);
  const bool given = !error && chmod(copy.c_str(), 0500) == 0 &&
                     (user_ == geteuid() || chown(copy.c_str(), user_, gid_t(-1)) == 0);
  if (given) return {};
  return fail(ErrorCode::PermissionDenied, "could not copy " + file + " to " + ours_);
}

Result<void> PrivateFolder::write(const std::string& name, const std::string& text) const {
  const std::string path = ours_ + "/" + name;
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (file && (user_ == geteuid() || chown(path.c_str(), user_, gid_t(-1)) == 0)) return {};
  return fail(ErrorCode::PermissionDenied, "could not write " + path);
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  if (!ours_.empty()) fs::remove_all(ours_, ignored);
}

Result<VisibleFile> VisibleFile::make(const ProcessStatus& process, const std::string& file) {
  std::error_code error;
  const fs::path whole = fs::canonical(file, error);
  if (error) return fail(ErrorCode::NotFound, "there is no file " + file);
  const bool mayRead = process.user == 0 || process.user == geteuid() || readableByAll(whole);
  if (mayRead && sharesOurFiles(process.threadGroup)) return VisibleFile(whole, {});
  auto folder = PrivateFolder::make(process);
  if (!folder) return std::unexpected(folder.error());
  if (auto copied = folder->copyInto(whole); !copied) return std::unexpected(copied.error());
  std::string path = folder->asTheySeeIt() + "/" + whole.filename().string();
  return VisibleFile(std::move(path), std::move(*folder));
}

}  // namespace whyalive::attach
