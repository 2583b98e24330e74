#include "server/heap/nearest_name.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

namespace whyalive::heap {
namespace {

constexpr std::size_t kLongestName = 200;

std::string lowered(std::string_view text) {
  std::string out(text.substr(0, kLongestName));
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// Levenshtein's distance, one row at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::size_t dottedDistance(const std::string& wanted, const std::string& name) {
  const std::size_t dot = name.rfind('.');
  const std::size_t whole = distance(wanted, name);
  if (dot == std::string::npos || wanted.find('.') != std::string::npos) return whole;
  return std::min(whole, distance(wanted, std::string_view(name).substr(dot + 1)));
}

}  // namespace

std::string_view nearestName(std::string_view wanted, std::span<const std::string_view> names) {
  const std::string target = lowered(wanted);
  std::string_view best;
  std::size_t bestDistance = target.size() / 3 + 1;  // a third of the letters may differ
  for (const std::string_view name : names) {
    const std::size_t d = dottedDistance(target, lowered(name));
    if (d < bestDistance || (d == bestDistance && best.empty() && d < target.size())) {
      best = name;
      bestDistance = d;
    }
  }
  return best;
}

}  // namespace whyalive::heap
