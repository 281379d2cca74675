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
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
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
if(CATENET_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

add_library(catenet_options INTERFACE)
# -ffp-contract=off: nothing that reaches an event may differ between machines (ARCHITECTURE.md, "Runs repeat").
target_compile_options(catenet_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wconversion -Wno-sign-conversion
  -Wno-mismatched-new-delete  # GCC 12 takes a coroutine promise's own operator new for a mismatch
  -Wno-missing-field-initializers  # designated initialisers leave the rest at its default on purpose
  -ffp-contract=off -fno-omit-frame-pointer)
target_include_directories(catenet_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
if(CATENET_SANITIZE)
  target_compile_options(catenet_options INTERFACE -fsanitize=${CATENET_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(catenet_options INTERFACE -fsanitize=${CATENET_SANITIZE})
endif()
if(CATENET_FUZZ)
  target_compile_options(catenet_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# catenet_room(NAME [DEPS room...] [LIBS target...])
# A library catenet_NAME (alias Catenet::NAME) from src/catenet/NAME, and NAME_test from the `_test.cpp` beside its sources.
function(catenet_room name)
  cmake_parse_arguments(ROOM "" "" "DEPS;LIBS" ${ARGN})
  set(dir ${PROJECT_SOURCE_DIR}/src/catenet/${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${dir}/*.cpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(TRANSFORM ROOM_DEPS PREPEND Catenet::)
  if(sources)
    add_library(catenet_${name} STATIC ${sources})
    target_link_libraries(catenet_${name} PUBLIC catenet_options fmt::fmt ${ROOM_DEPS} ${ROOM_LIBS})
  else()
    add_library(catenet_${name} INTERFACE)
    target_link_libraries(catenet_${name} INTERFACE catenet_options fmt::fmt ${ROOM_DEPS} ${ROOM_LIBS})
  endif()
  add_library(Catenet::${name} ALIAS catenet_${name})
  if(tests AND CATENET_TESTS)
    catenet_test(${name}_test SOURCES ${tests} LIBS Catenet::${name})
  endif()
endfunction()

# catenet_test(NAME SOURCES file... [LIBS target...]): a GoogleTest program whose tests ctest finds by name.
function(catenet_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE ${TEST_LIBS} catenet_options GTest::gtest_main)
  # Half the build is tests, and GoogleTest's headers are what they compile: the rooms alone are optimised in full.
  target_compile_options(${name} PRIVATE "$<$<CONFIG:Release>:-O1;-g0>")
  target_compile_definitions(${name} PRIVATE CATENET_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 300)
endfunction()
