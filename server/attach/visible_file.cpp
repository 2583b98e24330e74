#include "server/attach/visible_file.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

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

Result<VisibleFile> VisibleFile::make(const ProcessStatus& process, const std::string& file) {
  std::error_code error;
  const fs::path whole = fs::canonical(file, error);
  if (error) return fail(ErrorCode::NotFound, "there is no file " + file);
  const bool mayRead = process.user == 0 || process.user == geteuid() || readableByAll(whole);
  if (mayRead && sharesOurFiles(process.threadGroup)) return VisibleFile(whole);
  for (const char* folder : {"/tmp", "/var/tmp", "/dev/shm", "/run"}) {
    if (!allowsCode(rootOf(process.threadGroup) + folder)) continue;
    if (auto copy = copyInto(process, whole, folder)) return copy;
  }
  return fail(
      ErrorCode::PermissionDenied,
      "process " + std::to_string(process.threadGroup) +
          " sees other files than WhyAlive, and no folder of its own takes a library",
      "it needs a /tmp, /var/tmp, /dev/shm or /run that is writable and not mounted noexec");
}

Result<VisibleFile> VisibleFile::copyInto(const ProcessStatus& process, const std::string& file,
                                          const std::string& folder) {
  const std::string root = rootOf(process.threadGroup);
  std::string mine = root + folder + "/whyalive-XXXXXX";
  if (mkdtemp(mine.data()) == nullptr) {
    return fail(ErrorCode::PermissionDenied,
                "could not make a folder in " + root + folder + ": " + std::strerror(errno));
  }
  const std::string name = fs::path(file).filename();
  VisibleFile copy(mine.substr(root.size()) + "/" + name);
  copy.folder_ = mine;
  std::error_code error;
  fs::copy_file(file, mine + "/" + name, error);
  const bool given = !error && chmod((mine + "/" + name).c_str(), 0500) == 0 &&
                     (process.user == geteuid() ||
                      (chown((mine + "/" + name).c_str(), process.user, gid_t(-1)) == 0 &&
                       chown(mine.c_str(), process.user, gid_t(-1)) == 0));
  if (!given) return fail(ErrorCode::PermissionDenied, "could not copy " + file + " to " + mine);
  return copy;
}

VisibleFile::~VisibleFile() {
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

}  // namespace whyalive::attach
