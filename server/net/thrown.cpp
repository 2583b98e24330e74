#include "server/net/thrown.h"

#include <boost/system/system_error.hpp>
#include <cerrno>
#include <new>
#include <string>
#include <system_error>

namespace whyalive::net {
namespace {

Error ranOut(std::string what, std::string remedy) {
  return {ErrorCode::ResourceExhausted, std::move(what), std::move(remedy)};
}

Error noMemory() {
  return ranOut("there is not enough memory for this",
                "end other programs, or raise the limit (ulimit -v, the container's)");
}

// 0: not the system's.
int numberOf(const std::exception& problem) {
  if (const auto* one = dynamic_cast<const std::system_error*>(&problem)) {
    return one->code().value();
  }
  if (const auto* one = dynamic_cast<const boost::system::system_error*>(&problem)) {
    return one->code().value();
  }
  return 0;
}

}  // namespace

Error thrownError(const std::exception& problem, std::string_view doing) {
  if (dynamic_cast<const std::bad_alloc*>(&problem) != nullptr) return noMemory();
  switch (numberOf(problem)) {
    case ENOMEM: return noMemory();
    case EMFILE:
    case ENFILE:
      return ranOut("whyalive cannot open any more files", "raise the limit (ulimit -n)");
    case EAGAIN:
      return ranOut("whyalive cannot start another thread",
                    "raise the limit (ulimit -u, the container's)");
    default:
      return {ErrorCode::Internal, std::string(doing) + " failed: " + problem.what(),
              "please report this as a bug"};
  }
}

Error thrownError(const std::exception_ptr& problem, std::string_view doing) {
  try {
    std::rethrow_exception(problem);
  } catch (const std::exception& known) {
    return thrownError(known, doing);
  } catch (...) {
    return {ErrorCode::Internal, std::string(doing) + " failed", "please report this as a bug"};
  }
}

}  // namespace whyalive::net
