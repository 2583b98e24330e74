#include "server/cli/table.h"

#include <algorithm>

#include "server/cli/text.h"

namespace whyalive::cli {

std::vector<std::string> Table::lines() const {
  std::vector<std::string> titles;
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) {
    titles.push_back(column.title);
    widths.push_back(displayWidth(column.title));
  }
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      widths[i] = std::max(widths[i], displayWidth(row[i]));
    }
  }
  const auto line = [&](const std::vector<std::string>& row) {
    std::string text;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string gap(widths[i] - displayWidth(row[i]), ' ');
      if (i > 0) text += ' ';
      text += columns_[i].align == Align::Right ? gap + row[i] : row[i] + gap;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  };
  std::vector<std::string> all = {line(titles)};
  for (const auto& row : rows_) all.push_back(line(row));
  return all;
}

}  // namespace whyalive::cli
