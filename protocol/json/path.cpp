#include "protocol/json/path.h"

namespace whyalive::json {

std::string Path::text() const {
  if (!up_) return std::string(name_);
  std::string before = up_->text();
  if (name_.empty()) return before + "[" + std::to_string(index_) + "]";
  return before.empty() ? std::string(name_) : before + "." + std::string(name_);
}

std::unexpected<Error> wrongType(const Path& path, std::string_view expected,
                                 std::string_view actual) {
  return wrongValue(path,
                    "type must be " + std::string(expected) + ", but is " + std::string(actual));
}

std::unexpected<Error> wrongValue(const Path& path, std::string_view problem) {
  return fail(ErrorCode::InvalidArgument, path.text() + ": " + std::string(problem));
}

}  // namespace whyalive::json
