# What every target is built with, and `catenet_room`, which makes a folder of src/catenet a library.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Without this it does not keep what was compiled with precompiled headers.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD AND NOT CATENET_FUZZ)
  add_link_options(-fuse-ld=mold)
endif()

find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
pkg_check_modules(PCAP REQUIRED IMPORTED_TARGET libpcap)
# Not its target: that adds -pthread, with which the compiled headers of the tests cannot be used.
pkg_check_modules(RE2 REQUIRED re2)
if(CATENET_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

add_library(catenet_options INTERFACE)
# -ffp-contract=off: nothing that reaches an event may differ between machines (ARCHITECTURE.md, "Runs repeat").
target_compile_options(catenet_options INTERFACE
  -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Wold-style-cast -Wconversion -Wno-sign-conversion
  -Wno-mismatched-new-delete  # GCC 12 takes a coroutine promise's own operator new for a mismatch
  $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>  # GCC 12 reports it in {fmt}, falsely
  -Wno-missing-field-initializers  # designated initialisers leave the rest at its default on purpose
  # A coroutine's frame is no type of a header, though the source be included in another.
  # Nor is a name of another test a shadowed one.
  $<IF:$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:${CATENET_UNITY}>>,-Wshadow=local,-Wshadow>
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:${CATENET_UNITY}>>:-Wno-subobject-linkage>
  $<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-heapsize=1048576>  # KiB; else a twelfth goes into collecting
  -ffp-contract=off $<$<NOT:$<CONFIG:Release>>:-fno-omit-frame-pointer>)
target_include_directories(catenet_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  # Left alone, GCC clears and copies structs by `rep stos` and `rep movs`, which take long to begin.
  set(small vector_loop:256:noalign,libcall:-1:noalign)
  target_compile_options(catenet_options INTERFACE
    "$<$<CONFIG:Release>:-mmemset-strategy=${small};-mmemcpy-strategy=${small}>")
endif()
if(CATENET_SANITIZE)
  target_compile_options(catenet_options INTERFACE -fsanitize=${CATENET_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(catenet_options INTERFACE -fsanitize=${CATENET_SANITIZE})
endif()
if(CATENET_FUZZ)
  target_compile_options(catenet_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Compiles the sources of a target together, so many at a time, where that is asked for.
function(catenet_together target count)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${CATENET_UNITY} UNITY_BUILD_BATCH_SIZE ${count})
endfunction()

# catenet_room(NAME [TOGETHER] [DEPS room...] [LIBS target...])
# TOGETHER: nothing here runs for every packet, so it may be compiled together; rooms on a packet's path run slower for it.
# A library catenet_NAME (alias Catenet::NAME) from src/catenet/NAME, and NAME_test from the `_test.cpp` beside its sources.
function(catenet_room name)
  cmake_parse_arguments(ROOM "TOGETHER" "" "DEPS;LIBS" ${ARGN})
  set(dir ${PROJECT_SOURCE_DIR}/src/catenet/${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${dir}/*.cpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(TRANSFORM ROOM_DEPS PREPEND Catenet::)
  if(sources)
    add_library(catenet_${name} STATIC ${sources})
    if(ROOM_TOGETHER)
      catenet_together(catenet_${name} 12)
    endif()
    target_link_libraries(catenet_${name} PUBLIC catenet_options fmt::fmt ${ROOM_DEPS} ${ROOM_LIBS})
  else()
    add_library(catenet_${name} INTERFACE)
    target_link_libraries(catenet_${name} INTERFACE catenet_options fmt::fmt ${ROOM_DEPS} ${ROOM_LIBS})
  endif()
  add_library(Catenet::${name} ALIAS catenet_${name})
  if(tests AND CATENET_TESTS)
    catenet_test(${name}_test SOURCES ${tests} LIBS Catenet::${name})
    catenet_together(${name}_test 9)
  endif()
endfunction()

# Half the build is tests, and what they compile is mostly GoogleTest's headers: those are compiled once, and the rooms alone
# are optimised in full.
function(catenet_test_options name)
  target_link_libraries(${name} PRIVATE catenet_options GTest::gtest)
  target_compile_options(${name} PRIVATE "$<$<CONFIG:Release>:-O0;-g0>")
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(${name} PRIVATE -fpch-preprocess)
  endif()
endfunction()

if(CATENET_TESTS AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/test_headers.cpp "")
  add_library(catenet_test_headers OBJECT ${CMAKE_CURRENT_BINARY_DIR}/test_headers.cpp)
  catenet_test_options(catenet_test_headers)
  target_link_libraries(catenet_test_headers PRIVATE fmt::fmt)
  target_precompile_headers(catenet_test_headers PRIVATE <gtest/gtest.h> <fmt/core.h> <algorithm> <expected> <map>
                            <optional> <span> <string> <variant> <vector>)
endif()

# catenet_test(NAME SOURCES file... [LIBS target...] [LABELS label...]): a GoogleTest program whose tests ctest finds by name.
function(catenet_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;LIBS;LABELS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE ${TEST_LIBS} GTest::gtest_main)
  catenet_test_options(${name})
  if(TARGET catenet_test_headers)
    target_precompile_headers(${name} REUSE_FROM catenet_test_headers)
  endif()
  target_compile_definitions(${name} PRIVATE CATENET_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 300 LABELS "${TEST_LABELS}")
endfunction()
