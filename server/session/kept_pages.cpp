#include "server/session/kept_pages.h"

#include <algorithm>
#include <span>

#include "server/heap/retained_sets.h"

namespace whyalive::session {
namespace {

// Null when it does not lie in there, or its first rows have no exact retained sizes, which they
// had if the page were made for itself.
KeptPages::Page cutOut(std::size_t first, const KeptPages::Page& page, std::size_t offset,
                       std::size_t limit) {
  const std::size_t begin = std::min(offset, page->rowCount);
  const std::size_t end = begin + std::min(limit, page->rowCount - begin);
  first = std::min(first, page->rowCount);
  if (begin < first || end > first + page->rows.size()) return nullptr;
  const auto rows = std::span(page->rows).subspan(begin - first, end - begin);
  const auto firstRows = rows.first(std::min<std::size_t>(rows.size(), heap::kMostSets));
  if (std::ranges::any_of(firstRows, &heap::PartitionRow::atLeast)) return nullptr;
  if (rows.size() == page->rows.size()) return page;
  auto part = std::make_shared<heap::PartitionTable>();
  part->by = page->by;
  part->totalCount = page->totalCount;
  part->totalSize = page->totalSize;
  part->totalGrowth = page->totalGrowth;
  part->rowCount = page->rowCount;
  part->rows.assign(rows.begin(), rows.end());
  return part;
}

}  // namespace

KeptPages::Page KeptPages::find(std::size_t offset, std::size_t limit) const {
  for (const auto& [first, page] : pages_) {
    if (Page part = cutOut(first, page, offset, limit)) return part;
  }
  return nullptr;
}

// The oldest go where there are too many rows.
KeptPages::Page KeptPages::keep(std::size_t offset, Page page) {
  pages_.emplace_back(offset, page);
  std::size_t rows = 0;
  for (const auto& [first, one] : pages_) rows += one->rows.size();
  while (rows > kMostRows && pages_.size() > 1) {
    rows -= pages_.front().second->rows.size();
    pages_.erase(pages_.begin());
  }
  return page;
}

}  // namespace whyalive::session
