#include "agent/service/live_counts.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <cstring>
#include <exception>

#include "agent/clock.h"
#include "agent/service/own_thread.h"
#include "agent/service/process_self.h"

namespace whyalive::agent {
namespace {

constexpr std::uint64_t kMostStalled = 100;  // one part of so many of the time
constexpr std::uint64_t kLeastApartNs = 50'000'000;

}  // namespace

LiveCounts::~LiveCounts() {
  if (started_) pthread_join(thread_, nullptr);
}

bool LiveCounts::fresh() const { return !started_ && nowNs() < nextNs_; }

Result<void> LiveCounts::start() {
  if (started_) return {};
  finished_.store(false);
  if (const int error = startOwnThread(thread_, run, this); error != 0) {
    return fail(ErrorCode::ResourceExhausted,
                std::string("cannot start a thread to count: ") + std::strerror(error));
  }
  started_ = true;
  return {};
}

bool LiveCounts::settle() {
  if (!started_ || !finished_.load()) return false;
  pthread_join(thread_, nullptr);
  started_ = false;
  nextNs_ = nowNs() + std::max(last_.stoppedNs * (kMostStalled - 1), kLeastApartNs);
  return true;
}

void* LiveCounts::run(void* self) {
  pthread_setname_np(pthread_self(), "whyalive-count");
  auto* counts = static_cast<LiveCounts*>(self);
  counts->count();
  counts->finished_.store(true);
  eventfd_write(counts->wake_, 1);
  return nullptr;
}

void LiveCounts::addType(void* self, std::string_view module, std::string_view name,
                         std::uint64_t count, std::uint64_t bytes) noexcept {
  auto* counts = static_cast<LiveCounts*>(self);
  try {
    std::string type = module == "builtins" ? "" : std::string(module) + ".";
    counts->last_.types.push_back({type.append(name), count, bytes});
  } catch (const std::exception&) {
    counts->failed_ = true;
  }
}

void LiveCounts::count() {
  last_ = {};
  const std::uint64_t asked = nowNs();
  if (!port_.enter()) {
    failed_ = true;
    return;
  }
  const std::uint64_t held = nowNs();
  failed_ = false;
  if (!port_.count({addType, this})) failed_ = true;
  last_.stoppedNs = nowNs() - held;
  port_.leave();
  last_.waitedNs = held - asked;
  last_.time = static_cast<std::int64_t>(nowNs(CLOCK_REALTIME) / 1'000'000);
  last_.rss = self::residentBytes();
  last_.typeCount = last_.types.size();
  for (const wire::TypeCount& one : last_.types) {
    last_.objects += one.count;
    last_.bytes += one.bytes;
  }
  std::sort(last_.types.begin(), last_.types.end(), [](const auto& a, const auto& b) {
    return a.bytes != b.bytes ? a.bytes > b.bytes : a.type < b.type;
  });
}

Result<wire::CountsResult> LiveCounts::answer(const wire::CountsParams& params) const {
  if (failed_) {
    return fail(ErrorCode::ResourceExhausted, "there is not enough memory to count the objects",
                "give the process or its container more memory");
  }
  wire::CountsResult result = last_;
  const std::uint64_t now = nowNs();
  result.nextMs = nextNs_ > now ? (nextNs_ - now + 999'999) / 1'000'000 : 0;
  if (result.types.size() > params.limit) result.types.resize(params.limit);
  return result;
}

}  // namespace whyalive::agent
