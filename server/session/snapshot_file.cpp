#include "server/session/snapshot_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "server/session/snapshot_compression.h"

namespace whyalive::session {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  bool valid() const { return number_ >= 0; }

 private:
  int number_;
};

ErrorCode codeOf(int reason) {
  switch (reason) {
    case ENOENT: return ErrorCode::NotFound;
    case EACCES:
    case EPERM: return ErrorCode::PermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE: return ErrorCode::ResourceExhausted;
    default: return ErrorCode::InvalidArgument;
  }
}

std::unexpected<Error> systemError(const std::string& doing, const std::string& path, int reason,
                                   const std::string& remedy) {
  return fail(codeOf(reason), "cannot " + doing + " " + path + ": " + std::strerror(reason),
              remedy);
}

std::unexpected<Error> cannotWrite(const std::string& path, int reason) {
  return systemError("write", path, reason, "choose another place with -o");
}

std::string folderOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

constexpr mode_t kPrivate = S_IRUSR | S_IWUSR;

// While it lives, writing more than a file may hold is an error of write(), not the end of the
// program.
class FileSizeSignalHeld {
 public:
  FileSizeSignalHeld() {
    sigemptyset(&held_);
    sigaddset(&held_, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &held_, &before_);
  }
  ~FileSizeSignalHeld() {
    const timespec now{};
    while (sigtimedwait(&held_, nullptr, &now) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  FileSizeSignalHeld(const FileSizeSignalHeld&) = delete;
  FileSizeSignalHeld& operator=(const FileSizeSignalHeld&) = delete;

 private:
  sigset_t held_, before_;
};

// A file that has no name until it is finished, so that nothing is left of it when this program is
// killed. Where the file system knows no such files it has a provisional name, which goes again
// unless it was finished.
class NewFile {
 public:
  explicit NewFile(const std::string& path)
      : path_(path),
        temporary_(path + ".part-" + std::to_string(getpid())),
        nameless_(open(folderOf(path).c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, kPrivate)),
        named_(nameless_.valid()
                   ? -1
                   : open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                          kPrivate)),
        descriptor_(nameless_.valid() ? nameless_ : named_),
        hasName_(named_.valid()) {}
  ~NewFile() {
    if (hasName_) unlink(temporary_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  bool opened() const { return descriptor_.valid(); }

  Result<void> write(std::uint64_t offset, std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
      const ssize_t written =
          pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return cannotWrite(path_, errno);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
      offset += static_cast<std::uint64_t>(written);
    }
    return {};
  }

  Result<void> finish() {
    if (fsync(descriptor_.get()) != 0) return cannotWrite(path_, errno);
    if (nameless_.valid() && !nameIt()) return cannotWrite(path_, errno);
    if (rename(temporary_.c_str(), path_.c_str()) != 0) return cannotWrite(path_, errno);
    hasName_ = false;
    const Descriptor folder(open(folderOf(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.valid()) fsync(folder.get());  // some file systems cannot; the file itself is safe
    return {};
  }

 private:
  // Only a name can be renamed onto a file that is there already.
  bool nameIt() {
    const std::string self = "/proc/self/fd/" + std::to_string(nameless_.get());
    unlink(temporary_.c_str());  // of a process of the same number, killed right here
    hasName_ = linkat(AT_FDCWD, self.c_str(), AT_FDCWD, temporary_.c_str(), AT_SYMLINK_FOLLOW) == 0;
    return hasName_;
  }

  std::string path_;
  std::string temporary_;
  Descriptor nameless_, named_;
  const Descriptor& descriptor_;
  bool hasName_;
};

}  // namespace

Result<std::uint64_t> saveSnapshot(std::span<const std::byte> raw, const std::string& path,
                                   const RunControl& control) {
  struct stat info{};
  if (stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return cannotWrite(path, EISDIR);
  const FileSizeSignalHeld held;
  NewFile file(path);
  if (!file.opened()) return cannotWrite(path, errno);
  auto size = storeCompressed(
      raw, [&](auto offset, auto bytes) { return file.write(offset, bytes); }, control);
  if (!size) return size;
  if (auto done = file.finish(); !done) return std::unexpected(done.error());
  return size;
}

Result<net::SnapshotBytes> loadSnapshot(const std::string& path, const RunControl& control) {
  const std::string remedy = "name a process by its pid, or a file made with: whyalive snapshot";
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return systemError("open", path, errno, remedy);
  struct stat info{};
  if (fstat(file.get(), &info) != 0) return systemError("open", path, errno, remedy);
  if (!S_ISREG(info.st_mode)) {
    return fail(ErrorCode::InvalidArgument, path + " is not a file", remedy);
  }
  const auto read = [&](std::uint64_t offset, std::span<std::byte> into) -> Result<void> {
    while (!into.empty()) {
      const ssize_t count = pread(file.get(), into.data(), into.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        return fail(ErrorCode::Corrupt, std::string("cannot be read: ") + std::strerror(errno));
      }
      if (count == 0) return fail(ErrorCode::Corrupt, "became shorter while it was read");
      into = into.subspan(static_cast<std::size_t>(count));
      offset += static_cast<std::uint64_t>(count);
    }
    return {};
  };
  auto raw = loadRaw(static_cast<std::uint64_t>(info.st_size), read, control);
  if (raw) return net::SnapshotBytes(std::move(*raw));
  Error error = std::move(raw.error());
  if (error.code != ErrorCode::Cancelled) error.message = path + " " + error.message;
  return std::unexpected(std::move(error));
}

}  // namespace whyalive::session
