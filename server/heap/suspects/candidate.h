// Candidate: an object that may be a suspect's holder, as one of the rules that look for them found
// it. Thresholds of all rules are here, each with its reason; docs/suspects.md has the table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/ids.h"
#include "server/heap/path_tree.h"
#include "server/heap/suspect.h"
#include "server/heap/suspects/ground.h"

namespace whyalive::heap {

namespace threshold {
// Below these an alarm cries wolf: an idle interpreter's importer cache is 9% of the user heap but
// 101 KB, a finished test session's items are 423 KB but 9.2%.
inline constexpr Bytes kAlarmBytes = 256 * 1024;
inline constexpr double kAlarmShare = 0.10;
// A holder keeps at least so many of its entries alive alone; fewer is a record, not a container.
inline constexpr std::uint32_t kDominatedEntries = 8;
// Where one child has more than this of the weight, the child is the better answer (Eclipse MAT).
inline constexpr double kDropShare = 0.7;
// So many references make any object a container.
inline constexpr std::uint32_t kContainerFanOut = 64;
// Members of one type under one dominator that are worth asking who shares them.
inline constexpr std::uint32_t kGroupMembers = 32;
inline constexpr Bytes kGroupBytes = 64 * 1024;
// Objects of one type nested so deep are a list of links that grows.
inline constexpr std::uint32_t kChainLength = 64;
inline constexpr std::uint32_t kChainPeriod = 6;
// Memory that no object explains is worth spreading from so much on: the interpreter itself takes a
// few megabytes.
inline constexpr Bytes kNativeBytes = 4 * 1024 * 1024;
inline constexpr double kNativeShare = 0.20;  // of the process's memory
// What grew by less is noise of the interpreter.
inline constexpr Bytes kGrowthBytes = 32 * 1024;
inline constexpr double kGrowthFactor = 1.3;
inline constexpr std::uint64_t kGrowthEntries = 8;
// Smaller growth comes along with the largest one: a side effect.
inline constexpr double kSideEffectOfGrowth = 0.10;
inline constexpr double kSideEffectOfFirst = 0.25;
}  // namespace threshold

enum class FoundBy { Accumulation, Group, Chain, Leaf, NativeRoots, Frames };

struct Candidate {
  FoundBy rule = FoundBy::Accumulation;
  ObjectIndex holder = kNoObject;
  std::uint64_t entries = 0;
  Bytes score = 0;                 // user bytes that would go with it
  std::vector<ObjectIndex> joint;  // other holders of the same objects
  // Group, NativeRoots, Frames: what is held together, in preorder; else empty: what the holder
  // dominates.
  std::vector<ObjectIndex> members;
  PathNode node = kNoPathNode;     // where the holder stands
  std::vector<ObjectIndex> equal;  // further holders at the same place, summed up
};

// The largest retained bytes a candidate must have to be kept for summing up equal holders.
inline constexpr Bytes kCandidateBytes = 4 * 1024;
// A single object must be larger to be looked at: there are many of a page or two.
inline constexpr Bytes kLeafBytes = 64 * 1024;

// The rules that find candidates. Each appends to `found`.
void findAccumulationPoints(const Ground& ground, std::vector<Candidate>& found);
void findGroups(const Ground& ground, std::vector<Candidate>& found);
void findChains(const Ground& ground, std::vector<Candidate>& found);
void findLeaves(const Ground& ground, std::vector<Candidate>& found);
void findFrames(const Ground& ground, std::vector<Candidate>& found);
std::vector<Candidate> findCandidates(const Ground& ground);  // all of the above

// Puts equal holders together and drops what is a part of something better. Largest first.
std::vector<Candidate> mergeCandidates(const Ground& ground, PathTree& tree,
                                       std::vector<Candidate> found);

// The rules that judge. `note` is set where there is something to say.
Verdict judgeBounded(const Ground& ground, const Candidate& candidate, std::string& note);
Verdict judgeStatic(const Ground& ground, const Candidate& candidate, std::string& note);

}  // namespace whyalive::heap
