// KeptPages: the pages of one table that somebody asked for. One page is made at a time, since what
// it takes (how the heap is divided, the sums of all rows) is the same for each; a page that lies
// within one that is there is cut out of it. Any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/partition.h"
#include "server/session/turn.h"

namespace whyalive::session {

class KeptPages {
 public:
  using Page = std::shared_ptr<const heap::PartitionTable>;
  // As many as the largest page may have; a row takes some 200 bytes.
  static constexpr std::size_t kMostRows = 10'000;

  // make() returns Result<heap::PartitionTable> with just these rows.
  template <class Make>
  Result<Page> get(std::size_t offset, std::size_t limit, Make make, const RunControl& control) {
    const auto turn = takeTurn(turn_, control);
    if (!turn) return std::unexpected(turn.error());
    if (Page known = find(offset, limit)) return known;
    Result<heap::PartitionTable> made = make();
    if (!made) return std::unexpected(std::move(made.error()));
    return keep(offset, std::make_shared<const heap::PartitionTable>(*std::move(made)));
  }

 private:
  Page find(std::size_t offset, std::size_t limit) const;
  Page keep(std::size_t offset, Page page);

  std::timed_mutex turn_;
  std::vector<std::pair<std::size_t, Page>> pages_;  // by the offset of their first row
};

}  // namespace whyalive::session
