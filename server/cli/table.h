// Aligned columns of text. Cells may carry styles and any printable UTF-8. Pure.
#pragma once

#include <string>
#include <vector>

namespace whyalive::cli {

enum class Align { Left, Right };

class Table {
 public:
  struct Column {
    std::string title;
    Align align = Align::Left;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell per column.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  // The titles, then the rows; columns one space apart, nothing trailing.
  std::vector<std::string> lines() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace whyalive::cli
