// Questions that add up by kind are answered from sums, and the answer is the one that the objects
// themselves give: asked as a sub-query, a question is left as it is.
#include <random>

#include "server/sql/summary_query.h"
#include "tests/sql/sql_support.h"
#include "tests/support/catch.h"

namespace whyalive::testing {
namespace {

// `sql` has one "FROM objects".
std::string unsummed(std::string sql) {
  const std::string from = "FROM objects";
  return sql.replace(sql.find(from), from.size(), "FROM (SELECT * FROM objects)");
}

void checkSummed(Asker& ask, const std::string& sql) {
  INFO(sql);
  CHECK(sql::overSums(sql));
  CHECK(!sql::overSums(unsummed(sql)));
  const sql::SqlResult fast = ask(sql), slow = ask(unsummed(sql));
  CHECK(textRows(fast) == textRows(slow));
  CHECK(fast.visited <= 100);
  REQUIRE(fast.columns.size() == slow.columns.size());
  for (std::size_t i = 0; i < fast.columns.size(); ++i) {
    CHECK(fast.columns[i].name == slow.columns[i].name);
  }
}

template <class T>
const T& oneOf(std::mt19937& random, const std::vector<T>& all) {
  return all[std::uniform_int_distribution<std::size_t>(0, all.size() - 1)(random)];
}

std::string randomQuestion(std::mt19937& random) {
  const std::vector<std::string> groups = {
      "type", "kind", "module", "reachable", "tracked", "kind, reachable", "substr(type, 1, 5)"};
  const std::vector<std::string> sums = {"count(*)",      "sum(size)",
                                         "count(id)",     "avg(retained)",
                                         "min(size)",     "max(retained)",
                                         "total(native)", "sum(size) / 10",
                                         "max(id)",       "count(DISTINCT kind)",
                                         "max(kind)",     "round(avg(size), 1) + count(*)"};
  const std::vector<std::string> conditions = {
      "",
      "WHERE type = 'str'",
      "WHERE type LIKE 'xmpp.%' AND NOT reachable",
      "WHERE kind IN ('str', 'dict (no owner)', 'list')",
      "WHERE isinstance(id, 'xmpp.simplexml.Node') AND reachable",
      "WHERE module <> 'builtins' OR tracked = 0",
      "WHERE type = 'nothing of this name'",
      "WHERE kind GLOB 'dict*' AND typename(id) = 'dict'",
  };
  const std::vector<std::string> having = {"", " HAVING count(*) > 5", " HAVING sum(size) > 1000"};
  const std::string group = oneOf(random, groups), sum = oneOf(random, sums);
  const std::string where = oneOf(random, conditions);
  if (random() % 5 == 0) return "SELECT " + sum + ", count(*) AS n FROM objects " + where;
  return "SELECT " + group + ", " + sum + " AS s, count(*) n FROM objects " + where + " GROUP BY " +
         group + oneOf(random, having) + " ORDER BY s DESC, 1, 2";
}

}  // namespace

TEST_CASE("what adds up objects by kind is answered from the sums of the kinds") {
  Asker ask(xmppHeap().analysis);
  for (const std::string sql : {
           "SELECT count(*) FROM objects",
           "select KIND, Count(*), SUM(size) FROM objects group by kind order by 3 desc, 1 limit "
           "10",
           "SELECT o.type, count(*) AS objects, avg(o.size) FROM objects o GROUP BY o.type "
           "HAVING objects > 3 ORDER BY objects DESC, 1;",
           "SELECT type t, sum(size) AS size FROM objects GROUP BY t ORDER BY size DESC, t",
           "SELECT DISTINCT type FROM objects ORDER BY 1",
           "SELECT module, /* all of it */ sum(size) -- in bytes\nFROM objects GROUP BY module",
           "SELECT max(size) - min(size), \"type\" FROM objects AS o GROUP BY [type] ORDER BY 2",
           "SELECT CASE WHEN type = 'str' THEN 'text' ELSE kind END AS what, count(*) FROM objects "
           "WHERE (type) NOT LIKE 'xm%' GROUP BY what ORDER BY 1",
       }) {
    checkSummed(ask, sql);
  }
}

TEST_CASE("sums and objects agree for many questions") {
  Asker ask(xmppHeap().analysis);
  std::mt19937 random(7);
  for (int i = 0; i < 300; ++i) checkSummed(ask, randomQuestion(random));
}

TEST_CASE("a question that sums cannot answer is asked of the objects") {
  Asker ask(xmppHeap().analysis);
  for (const std::string sql : {
           "SELECT type FROM objects",
           "SELECT * FROM objects GROUP BY type",
           "SELECT type, count(*) FROM objects WHERE size > 100 GROUP BY type",
           "SELECT type, sum(size) AS size FROM objects WHERE size > 60 GROUP BY type",
           "SELECT type, sum(size) AS size FROM objects GROUP BY type HAVING size > 60",
           "SELECT type, id, max(size) FROM objects GROUP BY type",
           "SELECT sum(size + native) FROM objects",
           "SELECT sum(reachable) FROM objects",
           "SELECT sum(DISTINCT size) FROM objects",
           "SELECT count(length) FROM objects",
           "SELECT group_concat(type) FROM objects",
           "SELECT count(*) FILTER (WHERE tracked) FROM objects",
           "SELECT count(*) OVER () FROM objects",
           "SELECT max(retained, 5) FROM objects",
           "SELECT count(*) FROM objects o JOIN types t ON t.name = o.type",
           "SELECT count(*) FROM objects, kinds",
           "SELECT count(*) FROM refs",
           "SELECT count(*) FROM objects UNION SELECT 1",
           "SELECT count(*) FROM objects WHERE type IN (SELECT name FROM types)",
           "SELECT count(*), random() FROM objects",
           "SELECT type IS DISTINCT FROM 'str', count(*) FROM objects",
           "SELECT objects.value, count(*) FROM objects",
           "SELECT count(*) FROM objects WHERE x'31' = type",
       }) {
    INFO(sql);
    CHECK(!sql::overSums(sql));
    CHECK(ask(sql).visited > 0);
  }
  CHECK(!sql::overSums("SELECT count(*) FROM objects WHERE type = 'open"));
  CHECK(!sql::overSums("SELECT count(*) FROM objects WHERE type = ?"));
}

TEST_CASE("a mistake in a question for the sums is told as it was written") {
  Asker ask(xmppHeap().analysis);
  CHECK(ask.error("SELECT count(*) FROM objects GROUP BY kid").message.find("kid") !=
        std::string::npos);
  CHECK(ask.error("SELECT count(*) FROM objects WHERE sum(size) > 3").message.find("sums of") ==
        std::string::npos);
}

}  // namespace whyalive::testing
