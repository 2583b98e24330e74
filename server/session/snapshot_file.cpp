#include "server/session/snapshot_file.h"

#include <fcntl.h>
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

// The file under its provisional name, which goes again unless it was finished.
class NewFile {
 public:
  explicit NewFile(const std::string& path)
      : path_(path),
        temporary_(path + ".part-" + std::to_string(getpid())),
        descriptor_(open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                         S_IRUSR | S_IWUSR)) {}
  ~NewFile() {
    if (descriptor_.valid() && !finished_) unlink(temporary_.c_str());
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
    if (rename(temporary_.c_str(), path_.c_str()) != 0) return cannotWrite(path_, errno);
    finished_ = true;
    const Descriptor folder(open(folderOf(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.valid()) fsync(folder.get());  // some file systems cannot; the file itself is safe
    return {};
  }

 private:
  std::string path_;
  std::string temporary_;
  Descriptor descriptor_;
  bool finished_ = false;
};

}  // namespace

Result<std::uint64_t> saveSnapshot(std::span<const std::byte> raw, const std::string& path,
                                   const RunControl& control) {
  struct stat info{};
  if (stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return cannotWrite(path, EISDIR);
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
