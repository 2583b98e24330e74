// whyalive watch: which types grow, live, counted in the running process without a copy.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "server/cli/commands.h"
#include "server/cli/console.h"
#include "server/cli/interrupt.h"
#include "server/cli/table.h"
#include "server/cli/target.h"
#include "server/cli/text.h"
#include "server/net/live_counts.h"
#include "server/net/take_snapshot.h"

namespace whyalive::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string process;
  std::string by = "growth";
  std::size_t rows = 20;
  double interval = 1;
  double duration = 0;  // seconds; 0: until Ctrl-C
  bool json = false;
};

struct Growth {
  std::string type;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  std::int64_t countGrowth = 0;  // since the first count
  std::int64_t bytesGrowth = 0;
};

std::int64_t change(std::uint64_t now, std::uint64_t then) {
  return static_cast<std::int64_t>(now - then);
}

// What was there at the first count, and how each later one differs from it.
class Baseline {
 public:
  std::vector<Growth> compare(const net::LiveCounts& now) {
    std::map<std::string, net::TypeCount> byName;  // several types may share a name
    for (const net::TypeCount& one : now.types) {
      net::TypeCount& sum = byName[one.type];
      sum.count += one.count;
      sum.bytes += one.bytes;
    }
    if (!known_) {
      first_ = byName;
      firstObjects_ = now.objects;
      firstRss_ = now.rss;
      known_ = true;
    }
    std::vector<Growth> rows;
    for (const auto& [type, sum] : byName) {
      const net::TypeCount before = first_[type];
      rows.push_back({type, sum.count, sum.bytes, change(sum.count, before.count),
                      change(sum.bytes, before.bytes)});
    }
    // A type that has gone altogether has shrunk to nothing.
    for (const auto& [type, before] : first_) {
      if (before.count == 0 || byName.contains(type)) continue;
      rows.push_back({type, 0, 0, change(0, before.count), change(0, before.bytes)});
    }
    return rows;
  }
  std::int64_t objectGrowth(const net::LiveCounts& now) const {
    return change(now.objects, firstObjects_);
  }
  std::int64_t rssGrowth(const net::LiveCounts& now) const { return change(now.rss, firstRss_); }

 private:
  bool known_ = false;
  std::map<std::string, net::TypeCount> first_;
  std::uint64_t firstObjects_ = 0;
  std::uint64_t firstRss_ = 0;
};

void sortRows(std::vector<Growth>& rows, const std::string& by, std::size_t most) {
  std::sort(rows.begin(), rows.end(), [&](const Growth& a, const Growth& b) {
    if (by == "growth" && a.bytesGrowth != b.bytesGrowth) return a.bytesGrowth > b.bytesGrowth;
    if (by == "count" && a.count != b.count) return a.count > b.count;
    if (a.bytes != b.bytes) return a.bytes > b.bytes;
    return a.type < b.type;
  });
  if (rows.size() > most) rows.resize(most);
}

double milliseconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e6; }

nlohmann::json toJson(const net::LiveCounts& counts, const std::vector<Growth>& rows) {
  nlohmann::json types = nlohmann::json::array();
  for (const Growth& row : rows) {
    types.push_back({{"type", row.type},
                     {"count", row.count},
                     {"bytes", row.bytes},
                     {"countGrowth", row.countGrowth},
                     {"bytesGrowth", row.bytesGrowth}});
  }
  return {{"time", counts.timeMs},
          {"objects", counts.objects},
          {"bytes", counts.bytes},
          {"rss", counts.rss},
          {"stoppedMs", milliseconds(counts.stoppedNs)},
          {"waitedMs", milliseconds(counts.waitedNs)},
          {"typeCount", counts.typeCount},
          {"types", std::move(types)}};
}

// Shows one count after the other: in place on a terminal, one below the other elsewhere.
class Screen {
 public:
  Screen(const Options& options, Console& console) : options_(options), console_(console) {}

  void show(const net::AgentInfo& agent, const net::LiveCounts& counts) {
    std::vector<Growth> rows = baseline_.compare(counts);
    std::size_t most = options_.rows;
    if (!options_.json && console_.isTerminal() && console_.height() > 6) {
      most = std::min<std::size_t>(most, console_.height() - 4);
    }
    sortRows(rows, options_.by, most);
    if (options_.json) {
      console_.printLine(
          toJson(counts, rows).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
      return;
    }
    draw(head(agent, counts), rows);
  }

 private:
  std::string head(const net::AgentInfo& agent, const net::LiveCounts& counts) const {
    const std::string program = agent.command.empty() ? "" : printable(agent.command.back());
    return console_.styled(Style::Bold, "process " + std::to_string(agent.pid)) + "  " + program +
           "  " + counted(counts.objects, "object", "objects") + " (" +
           formatChange(baseline_.objectGrowth(counts)) + ")  RSS " + formatBytes(counts.rss) +
           " (" + formatByteChange(baseline_.rssGrowth(counts)) + ")  counted in " +
           formatDuration(counts.stoppedNs);
  }

  void draw(const std::string& head, const std::vector<Growth>& rows) {
    Table table({{"COUNT", Align::Right},
                 {"GROWTH", Align::Right},
                 {"SIZE", Align::Right},
                 {"GROWTH", Align::Right},
                 {"TYPE", Align::Left}});
    for (const Growth& row : rows) {
      table.add({formatCount(row.count), coloured(row.countGrowth, formatChange(row.countGrowth)),
                 formatBytes(row.bytes),
                 coloured(row.bytesGrowth, formatByteChange(row.bytesGrowth)),
                 printable(row.type)});
    }
    std::vector<std::string> lines = table.lines();
    lines.insert(lines.begin(), head);
    if (!console_.isTerminal()) {
      if (drawn_ > 0) console_.printLine();
      for (const std::string& line : lines) console_.printLine(line);
      drawn_ = lines.size();
      return;
    }
    std::string frame = drawn_ > 0 ? "\x1b[" + std::to_string(drawn_) + "A" : "";
    for (const std::string& line : lines) {
      frame += "\r\x1b[K" + shortened(line, console_.width()) + "\n";
    }
    console_.print(frame + "\x1b[J");
    drawn_ = lines.size();
  }

  std::string coloured(std::int64_t growth, const std::string& text) const {
    if (growth == 0) return console_.styled(Style::Dim, text);
    return console_.styled(growth > 0 ? Style::Red : Style::Green, text);
  }

  const Options& options_;
  Console& console_;
  Baseline baseline_;
  std::size_t drawn_ = 0;  // lines on the screen
};

Result<int> run(const Options& options, Console& console) {
  const auto pid = parsePid(options.process);
  if (!pid) return std::unexpected(pid.error());
  net::WatchOptions how;
  how.interval = std::chrono::milliseconds(std::llround(options.interval * 1000));
  Screen screen(options, console);
  std::optional<Clock::time_point> start;  // of what is watched: at the first count
  const auto over = [&](double ahead) {
    if (!start || options.duration <= 0) return false;
    const std::chrono::duration<double> passed = Clock::now() - *start;
    return passed.count() + ahead > options.duration;
  };
  watchForInterrupt();
  const auto watched = net::watchCounts(
      *pid, how,
      [&](const net::AgentInfo& agent, const net::LiveCounts& counts) {
        if (!start) start = Clock::now();
        screen.show(agent, counts);
        return !over(options.interval);
      },
      [&] { return !interrupted() && !over(0); });
  if (watched || watched.error().code == ErrorCode::Cancelled) return 0;
  return std::unexpected(watched.error());
}

}  // namespace

Action declareWatch(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("PID", options->process, "Process with the agent inside")->required();
  app.add_option("-n,--rows", options->rows, "Types to show")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--by", options->by, "Order: growth (of bytes since the first count), size, count")
      ->check(CLI::IsMember({"growth", "size", "count"}))
      ->capture_default_str();
  app.add_option(
         "--interval", options->interval,
         "Seconds between counts; longer where counting would take more than 1% of the time")
      ->check(CLI::Range(0.05, 86400.0))
      ->capture_default_str();
  app.add_option("--duration", options->duration, "Seconds to watch (default: until Ctrl-C)")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--json", options->json, "Print one JSON object a line (docs/cli.md)");
  return [options](Console& console) { return run(*options, console); };
}

}  // namespace whyalive::cli
