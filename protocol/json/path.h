// Where in a JSON document a reader stands, for error messages: "params.items[3].name".
// A linked list on the reader's stack: costs nothing until something is wrong.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/base/result.h"

namespace whyalive::json {

class Path {
 public:
  explicit Path(std::string_view root) : name_(root) {}
  Path field(std::string_view name) const { return Path(this, name, 0); }
  Path item(std::size_t index) const { return Path(this, {}, index); }

  std::string text() const;

 private:
  Path(const Path* up, std::string_view name, std::size_t index)
      : up_(up), name_(name), index_(index) {}

  const Path* up_ = nullptr;
  std::string_view name_;  // empty: an item of an array
  std::size_t index_ = 0;
};

// "params.pid: type must be number, but is string".
std::unexpected<Error> wrongType(const Path& path, std::string_view expected,
                                 std::string_view actual);
// "params.pid: is missing", and whatever else is to be said of a value.
std::unexpected<Error> wrongValue(const Path& path, std::string_view problem);

}  // namespace whyalive::json
