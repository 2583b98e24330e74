#include "agent/twin/landlock.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

// The numbers are written out: the headers of an older system know less than the kernel does.
namespace whyalive::agent {
namespace {

constexpr long kCreateRuleset = 444, kRestrictSelf = 446;
constexpr unsigned kAskVersion = 1;
constexpr int kTruncateSince = 3, kNetworkSince = 4, kDevicesSince = 5, kScopeSince = 6;

constexpr std::uint64_t kExecute = 1 << 0, kReadFile = 1 << 2, kReadFolder = 1 << 3;
constexpr std::uint64_t kTruncate = 1 << 14, kDevices = 1 << 15;
constexpr std::uint64_t kOfVersion1 = (1 << 13) - 1;
constexpr std::uint64_t kTcp = 3;                // bind, connect
constexpr std::uint64_t kSocketsAndSignals = 3;  // abstract Unix sockets and signals, of others

struct Ruleset {
  std::uint64_t files = 0, network = 0, scope = 0;
};

int version() {
  const long found = syscall(kCreateRuleset, nullptr, std::size_t{0}, kAskVersion);
  return found < 0 ? 0 : static_cast<int>(found);
}

wire::Guard guardOf(int version) {
  if (version <= 0) return wire::Guard::Limits;
  return version >= kScopeSince ? wire::Guard::Landlock : wire::Guard::LandlockFiles;
}

std::size_t bytesKnownTo(int version) {
  if (version >= kScopeSince) return sizeof(Ruleset);
  return version >= kNetworkSince ? offsetof(Ruleset, scope) : offsetof(Ruleset, network);
}

}  // namespace

wire::Guard landlockHere() { return guardOf(version()); }

wire::Guard confineByLandlock() {
  const int known = version();
  if (known <= 0) return wire::Guard::Limits;
  Ruleset refused;
  refused.files = (kOfVersion1 & ~(kReadFile | kReadFolder)) | kExecute;
  if (known >= kTruncateSince) refused.files |= kTruncate;
  if (known >= kNetworkSince) refused.network = kTcp;
  if (known >= kDevicesSince) refused.files |= kDevices;
  if (known >= kScopeSince) refused.scope = kSocketsAndSignals;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return wire::Guard::Limits;
  const long ruleset = syscall(kCreateRuleset, &refused, bytesKnownTo(known), 0u);
  if (ruleset < 0) return wire::Guard::Limits;
  const bool confined = syscall(kRestrictSelf, static_cast<int>(ruleset), 0u) == 0;
  close(static_cast<int>(ruleset));
  return confined ? guardOf(known) : wire::Guard::Limits;
}

}  // namespace whyalive::agent
