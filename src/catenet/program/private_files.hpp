// What a namespace has of the file system for itself: places where its programs may write, and
// files in the place of the machine's. Nothing of it is on the machine, and all goes with the
// namespace. Read mount_namespaces(7), tmpfs(5).
#pragma once

#include <expected>
#include <string>

#include "catenet/program/setup.hpp"

namespace catenet::program {

// Where programs begin, and what their HOME is; in a private place.
inline constexpr const char* home_folder = "/tmp/home";
inline constexpr const char* enter_home = "enter its home folder";
// Of each private place, in bytes, and of the files in place of the machine's together: a program
// that writes more gets ENOSPC.
inline constexpr u64 private_place_bytes = 256u << 20;
// And how many files and folders it holds: each of them takes memory of the kernel's too.
inline constexpr u64 private_place_files = 65'536;

// Mounts the private places over the machine's folders, whose own folders are made anew in them,
// and places the files. For the mount namespace of the caller, whose mounts are private already.
std::expected<void, SetupFailure> set_up_private_files(const NamespaceSpec& spec);

}  // namespace catenet::program
