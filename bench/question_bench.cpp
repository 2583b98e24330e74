// Times SQL questions and pictures on one snapshot file:  question_bench FILE TYPE
// For each question the first answer (which may build an index) and the best of later ones.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "server/heap/analysis.h"
#include "server/heap/select.h"
#include "server/heap/snapshot_reader.h"
#include "server/pictures/dot_writer.h"
#include "server/pictures/graphviz.h"
#include "server/pictures/picture.h"
#include "server/session/snapshot_file.h"
#include "server/sql/sql_session.h"

namespace {

using namespace whyalive;

constexpr int kRepeats = 5;

template <class T>
T orExit(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s\n", result.error().text().c_str());
  std::exit(1);
}

template <class Work>
double milliseconds(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

void askAll(const std::shared_ptr<const heap::Analysis>& analysis, const std::string& type) {
  const std::string objects = std::to_string(analysis->graph().objectCount());
  const std::string ofType = "type = '" + type + "'";
  const std::string questions[] = {
      "SELECT count(*) FROM objects WHERE " + ofType,
      "SELECT * FROM objects WHERE id = " + objects + " / 2",
      "SELECT * FROM objects WHERE address = " +
          std::to_string(
              analysis->graph().address(ObjectIndex{analysis->graph().objectCount() / 2})),
      "SELECT kind, name FROM refs WHERE target = " + objects + " / 2",
      "SELECT kind, name FROM refs WHERE source = " + objects + " / 2",
      "SELECT name, count, retained FROM kinds ORDER BY retained DESC LIMIT 10",
      "SELECT text(attr(id, 'name')), count(*) FROM objects WHERE " + ofType + " GROUP BY 1",
      "SELECT d.kind, count(*), sum(d.size) FROM objects i JOIN dominators d ON d.within = i.id "
      "WHERE i." +
          ofType + " GROUP BY 1",
      "SELECT count(*) FROM objects i JOIN dominators d ON d.within = i.id "
      "JOIN objects o ON o.id = d.id WHERE i." +
          ofType,
      "SELECT holder(id), count(*) FROM objects WHERE " + ofType + " GROUP BY 1",
      "SELECT count(*) FROM objects o JOIN refs r ON r.target = o.id WHERE o." + ofType,
      "SELECT retained_together(id) FROM objects WHERE " + ofType,
      "SELECT text, count(*) n, (count(*) - 1) * min(size) w FROM strings WHERE NOT cut "
      "GROUP BY text HAVING n > 1 ORDER BY w DESC LIMIT 10",
      "SELECT text, copies, wasted FROM duplicates LIMIT 10",
      "SELECT kind, count, size FROM held WHERE holder = '" + type +
          "' ORDER BY size DESC LIMIT 10",
      "SELECT count(*) FROM strings WHERE text = 'name'",
      "SELECT id, type, retained, path(id) FROM objects ORDER BY retained DESC LIMIT 10",
      "SELECT type, count(*), sum(size) FROM objects GROUP BY type",
      "SELECT count(*) FROM objects WHERE reachable = 0",
      "SELECT * FROM suspects",
  };
  sql::SqlSession session = orExit(sql::SqlSession::open(analysis));
  for (const std::string& sql : questions) {
    sql::SqlOptions options;
    options.timeout = std::chrono::milliseconds(0);
    std::uint64_t visited = 0;
    const auto once = [&] { visited = orExit(session.query(sql, options)).visited; };
    const double first = milliseconds(once);
    double best = first;
    for (int i = 0; i < kRepeats; ++i) best = std::min(best, milliseconds(once));
    std::printf("%9.1f %9.1f %10llu  %s\n", first, best, static_cast<unsigned long long>(visited),
                sql.c_str());
  }
}

void drawAll(const heap::Analysis& analysis, const std::string& type) {
  const auto objects = orExit(heap::objectsOfType(analysis, type));
  const std::vector<ObjectIndex> one = {objects.at(objects.size() / 2)};
  struct Way {
    const char* name;
    pictures::Direction direction;
    bool merged;
  };
  for (const Way& way : {Way{"backrefs of one", pictures::Direction::Backrefs, false},
                         Way{"refs of one", pictures::Direction::Refs, false},
                         Way{"chain of one", pictures::Direction::Chain, false},
                         Way{"backrefs of all, merged", pictures::Direction::Backrefs, true},
                         Way{"refs of all, merged", pictures::Direction::Refs, true},
                         Way{"chains of all, merged", pictures::Direction::Chain, true}}) {
    pictures::PictureOptions options;
    options.direction = way.direction;
    options.merged = way.merged;
    pictures::Picture picture;
    const double drawn = milliseconds([&] {
      picture = orExit(pictures::drawPicture(analysis, way.merged ? objects : one, options));
    });
    const std::string dot = pictures::toDot(picture);
    const double laidOut =
        milliseconds([&] { orExit(pictures::renderHere(dot, pictures::PictureFormat::Svg)); });
    std::printf("%9.1f %9.1f %10zu  %s\n", drawn, laidOut, picture.nodes.size(), way.name);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: question_bench FILE TYPE\n");
    return 2;
  }
  const auto file = std::make_shared<net::SnapshotBytes>(orExit(session::loadSnapshot(argv[1])));
  const auto analysis = orExit(heap::analyse(orExit(heap::readSnapshot(file->view(), file))));
  std::printf("%u objects, %llu references\n", analysis->graph().objectCount(),
              static_cast<unsigned long long>(analysis->graph().edgeCount()));
  std::printf("%9s %9s %10s  SQL (ms)\n", "first", "later", "visited");
  askAll(analysis, argv[2]);
  std::printf("%9s %9s %10s  picture (ms)\n", "chosen", "SVG", "nodes");
  drawAll(*analysis, argv[2]);
}
