// A file of ours as another process can open it: the file itself where both see the same files and
// the process may read it, else a private copy in its own root folder, which goes away with this
// object.
#pragma once

#include <string>
#include <utility>

#include "protocol/base/result.h"
#include "server/attach/process_status.h"

namespace whyalive::attach {

class VisibleFile {
 public:
  static Result<VisibleFile> make(const ProcessStatus& process, const std::string& file);
  VisibleFile(VisibleFile&& other) noexcept
      : path_(std::move(other.path_)), folder_(std::exchange(other.folder_, {})) {}
  VisibleFile& operator=(VisibleFile&&) = delete;
  ~VisibleFile();

  const std::string& path() const { return path_; }  // as the process sees it
  bool isCopy() const { return !folder_.empty(); }

 private:
  explicit VisibleFile(std::string path) : path_(std::move(path)) {}
  static Result<VisibleFile> copyInto(const ProcessStatus& process, const std::string& file,
                                      const std::string& folder);

  std::string path_;
  std::string folder_;  // the copy's, as we see it; "" if there is none
};

// Whether the process has our root folder and mounts, so that a path means the same to both.
bool sharesOurFiles(int pid);

// How we get at a path of the process: through /proc/PID/root unless it shares our files.
std::string pathAsWeSeeIt(int pid, const std::string& path);

}  // namespace whyalive::attach
