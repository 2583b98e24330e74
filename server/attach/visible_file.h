// What another process can open although it may live in another root folder or mount namespace.
//
// PrivateFolder: a folder in the process's own root, for its user only, gone with the object.
// VisibleFile: a file of ours as the process can open it: the file itself where both see the same
// files and the process may read it, else a copy in such a folder.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "protocol/base/result.h"
#include "server/attach/process_status.h"

namespace whyalive::attach {

class PrivateFolder {
 public:
  static Result<PrivateFolder> make(const ProcessStatus& process);
  PrivateFolder(PrivateFolder&& other) noexcept
      : ours_(std::exchange(other.ours_, {})),
        theirs_(std::move(other.theirs_)),
        user_(other.user_) {}
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder();

  const std::string& asWeSeeIt() const { return ours_; }
  const std::string& asTheySeeIt() const { return theirs_; }
  Result<void> copyInto(const std::string& file) const;
  Result<void> write(const std::string& name, const std::string& text) const;

 private:
  PrivateFolder(std::string ours, std::string theirs)
      : ours_(std::move(ours)), theirs_(std::move(theirs)) {}
  static Result<PrivateFolder> makeIn(const ProcessStatus& process, const std::string& folder);

  std::string ours_;
  std::string theirs_;
  std::uint32_t user_ = 0;
};

class VisibleFile {
 public:
  static Result<VisibleFile> make(const ProcessStatus& process, const std::string& file);

  const std::string& path() const { return path_; }  // as the process sees it
  bool isCopy() const { return folder_.has_value(); }

 private:
  VisibleFile(std::string path, std::optional<PrivateFolder> folder)
      : path_(std::move(path)), folder_(std::move(folder)) {}

  std::string path_;
  std::optional<PrivateFolder> folder_;
};

// Whether the process has our root folder and mounts, so that a path means the same to both.
bool sharesOurFiles(int pid);

// How we get at a path of the process: through /proc/PID/root unless it shares our files.
std::string pathAsWeSeeIt(int pid, const std::string& path);

}  // namespace whyalive::attach
