# One target per room. A room is a folder: its sources, and beside each the test of it (X_test.cpp) and, where speed
# is the point, its benchmark (X_bench.cpp, Google Benchmark).
#   sluice_room(NAME [LIBS ...])      static library NAME from *.cpp here; tests in NAME_tests, benchmarks in NAME_bench
#   sluice_family(NAME [LIBS ...])    object library nodes_NAME (self-registering nodes survive the linker)
#                                     and kernels_NAME from kernels/ when that folder is there
#   sluice_app(NAME [LIBS ...])       program build/bin/NAME from main.cpp here; the other *.cpp are its library app_NAME,
#                                     which the tests beside them link

define_property(GLOBAL PROPERTY SLUICE_FAMILIES BRIEF_DOCS "all node families")
define_property(GLOBAL PROPERTY SLUICE_APPS BRIEF_DOCS "all programs, to be installed")

function(sluice_split_sources dir out_sources out_tests)
  file(GLOB all CONFIGURE_DEPENDS ${dir}/*.cpp)
  set(tests ${all})
  list(FILTER all EXCLUDE REGEX "_(test|bench)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  set(${out_sources} ${all} PARENT_SCOPE)
  set(${out_tests} ${tests} PARENT_SCOPE)
endfunction()

add_custom_target(unit_tests)  # every test program that SLUICE_TEST_ONLY lets through

function(sluice_tests name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS;PROPERTIES" ${ARGN})
  if(SLUICE_TESTS AND arg_SOURCES AND name MATCHES "${SLUICE_TEST_ONLY}")
    add_executable(${name} ${arg_SOURCES})
    target_compile_options(${name} PRIVATE $<$<CONFIG:Sanitize>:-O0>)  # halves what the sanitizers cost the compiler
    target_link_libraries(${name} PRIVATE ${arg_LIBS} GTest::gmock GTest::gtest GTest::gtest_main)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    set(properties TIMEOUT 120 ${arg_PROPERTIES})
    if(SLUICE_SANITIZE MATCHES "thread")
      list(APPEND properties ENVIRONMENT "TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/tsan.supp")
    elseif(SLUICE_SANITIZE MATCHES "address")
      set(symbolizer external_symbolizer_path=/usr/bin/addr2line)  # clang's own is a package by itself
      list(APPEND properties
           ENVIRONMENT "LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/lsan.supp:print_suppressions=0:${symbolizer}")
    endif()
    gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60 PROPERTIES ${properties})
    add_dependencies(unit_tests ${name})
  endif()
endfunction()

# Benchmarks are built by name or with the target `benches`, never with all.
add_custom_target(benches)

function(sluice_benches name dir)
  file(GLOB sources CONFIGURE_DEPENDS ${dir}/*_bench.cpp)
  if(SLUICE_TESTS AND benchmark_FOUND AND sources)
    add_executable(${name} EXCLUDE_FROM_ALL ${sources})
    target_link_libraries(${name} PRIVATE ${ARGN} benchmark::benchmark_main)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
    add_dependencies(benches ${name})
  endif()
endfunction()

function(sluice_room name)
  cmake_parse_arguments(arg "" "" "LIBS" ${ARGN})
  sluice_split_sources(${CMAKE_CURRENT_SOURCE_DIR} sources tests)
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC ${arg_LIBS})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${arg_LIBS})
  endif()
  sluice_tests(${name}_tests SOURCES ${tests} LIBS ${name})
  sluice_benches(${name}_bench ${CMAKE_CURRENT_SOURCE_DIR} ${name})
endfunction()

function(sluice_family name)
  cmake_parse_arguments(arg "" "" "LIBS;TEST_LIBS" ${ARGN})
  set(kernels)
  if(IS_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/kernels)
    sluice_split_sources(${CMAKE_CURRENT_SOURCE_DIR}/kernels kernel_sources kernel_tests)
    if(kernel_sources)
      add_library(kernels_${name} STATIC ${kernel_sources})
      sluice_tests(kernels_${name}_tests SOURCES ${kernel_tests} LIBS kernels_${name})
      sluice_benches(kernels_${name}_bench ${CMAKE_CURRENT_SOURCE_DIR}/kernels kernels_${name})
      set(kernels kernels_${name})
    endif()
  endif()
  sluice_split_sources(${CMAKE_CURRENT_SOURCE_DIR} sources tests)
  if(sources)
    add_library(nodes_${name} OBJECT ${sources})
    target_link_libraries(nodes_${name} PUBLIC engine_node ${kernels} ${arg_LIBS})
    set_property(GLOBAL APPEND PROPERTY SLUICE_FAMILIES ${name})
    sluice_tests(nodes_${name}_tests SOURCES ${tests} LIBS nodes_${name} engine_testing ${arg_TEST_LIBS})
  endif()
endfunction()

# Links every family, objects and all, into `target`.
function(sluice_link_all_nodes target)
  get_property(families GLOBAL PROPERTY SLUICE_FAMILIES)
  foreach(family ${families})
    target_link_libraries(${target} PRIVATE nodes_${family})
  endforeach()
endfunction()

function(sluice_app name)
  cmake_parse_arguments(arg "" "" "LIBS" ${ARGN})
  sluice_split_sources(${CMAKE_CURRENT_SOURCE_DIR} sources tests)
  list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp)
  if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp)
    return()
  endif()
  set(libs ${arg_LIBS})
  if(sources)
    add_library(app_${name} STATIC ${sources})
    target_link_libraries(app_${name} PUBLIC ${arg_LIBS})
    set(libs app_${name})
  endif()
  add_executable(${name} main.cpp)
  set_target_properties(${name} PROPERTIES ENABLE_EXPORTS ON)  # plug-ins take the engine from the program
  target_link_libraries(${name} PRIVATE ${libs})
  sluice_link_all_nodes(${name})
  set_property(GLOBAL APPEND PROPERTY SLUICE_APPS ${name})
  sluice_tests(app_${name}_tests SOURCES ${tests} LIBS ${libs} engine_testing)
  if(TARGET app_${name}_tests)
    sluice_link_all_nodes(app_${name}_tests)
  endif()
endfunction()

include(GoogleTest)
