# Everything comes from the system by find_package (./dev installs it); the tree-sitter grammar alone
# comes from the npm registry, as C sources that ./dev puts into .cache/grammar.
find_package(nlohmann_json REQUIRED)
find_package(Threads REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(GVC REQUIRED IMPORTED_TARGET libgvc libcgraph)
pkg_check_modules(EDIT REQUIRED IMPORTED_TARGET libedit)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(TREE_SITTER REQUIRED IMPORTED_TARGET tree-sitter)

add_library(whyalive_asio INTERFACE)
target_link_libraries(whyalive_asio INTERFACE Boost::headers Threads::Threads)
# Asio's own code is compiled once, in server/net/asio_source.cpp.
target_compile_definitions(whyalive_asio INTERFACE BOOST_ASIO_NO_DEPRECATED
                           BOOST_ASIO_DISABLE_BOOST_REGEX BOOST_ASIO_SEPARATE_COMPILATION)
# g++ 12 takes the operators of coroutine frames, which are pairs, for mismatched ones.
target_compile_options(whyalive_asio INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>)

add_library(whyalive_graphviz INTERFACE)
target_link_libraries(whyalive_graphviz INTERFACE PkgConfig::GVC)

add_library(whyalive_zstd INTERFACE)
target_link_libraries(whyalive_zstd INTERFACE PkgConfig::ZSTD)

set(WHYALIVE_GRAMMAR_DIR "${PROJECT_SOURCE_DIR}/.cache/grammar/node_modules/tree-sitter-python"
    CACHE PATH "Unpacked npm package tree-sitter-python 0.23 (C sources in src/)")
if(NOT EXISTS "${WHYALIVE_GRAMMAR_DIR}/src/parser.c")
  message(FATAL_ERROR "tree-sitter-python is missing in ${WHYALIVE_GRAMMAR_DIR}; run ./dev setup")
endif()
add_library(whyalive_grammar STATIC ${WHYALIVE_GRAMMAR_DIR}/src/parser.c
            ${WHYALIVE_GRAMMAR_DIR}/src/scanner.c)
target_include_directories(whyalive_grammar PRIVATE ${WHYALIVE_GRAMMAR_DIR}/src)
target_compile_options(whyalive_grammar PRIVATE -w)
add_library(whyalive_tree_sitter INTERFACE)
target_link_libraries(whyalive_tree_sitter INTERFACE whyalive_grammar PkgConfig::TREE_SITTER)
