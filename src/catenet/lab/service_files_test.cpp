// What services serve: pages of the lab file before those of a folder, seeded bytes made as they
// are read.
#include "catenet/lab/service_files.hpp"

#include <gtest/gtest.h>

#include "catenet/socket/memory_files.hpp"

namespace catenet::lab {
namespace {

constexpr i64 made_s = 1'000;

InlineFile text_page(std::string path, std::string text) {
  InlineFile file;
  file.path = std::move(path);
  file.text = std::move(text);
  return file;
}
InlineFile seeded_page(std::string path, u64 size) {
  InlineFile file;
  file.path = std::move(path);
  file.seeded_bytes = size;
  return file;
}

std::string read(Files& files, const std::string& path, u64 offset = 0, std::size_t room = 1'000) {
  std::vector<u8> buffer(room);
  const Result<u32> n = files.read(path, offset, buffer);
  if (!n) return std::string(errno_name(n.error()));
  return std::string(buffer.begin(), buffer.begin() + *n);
}

Errno error_of(const auto& result) { return result ? Errno::ok : result.error(); }

TEST(ServiceFiles, page_of_the_lab_file_is_read_in_parts) {
  ServiceFiles files({text_page("/index.html", "Hello")}, 1, made_s, nullptr);
  const auto status = files.status("/index.html");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->kind, Files::Kind::file);
  EXPECT_EQ(status->size, 5u);
  EXPECT_EQ(status->modified_s, made_s);
  EXPECT_EQ(read(files, "/index.html"), "Hello");
  EXPECT_EQ(read(files, "/./index.html", 1, 3), "ell");
  EXPECT_EQ(read(files, "/index.html", 5), "");
  EXPECT_EQ(read(files, "/index.html", ~u64{0}), "");
}

TEST(ServiceFiles, what_is_not_there_has_no_entry) {
  ServiceFiles files({text_page("/a/b", "x")}, 1, made_s, nullptr);
  EXPECT_EQ(error_of(files.status("/c")), Errno::no_entry);
  EXPECT_EQ(error_of(files.status("/a/b/c")), Errno::no_entry);
  EXPECT_EQ(read(files, "/c"), "ENOENT");
  EXPECT_EQ(read(files, "/a"), "EISDIR");
  EXPECT_EQ(error_of(files.list("/c")), Errno::no_entry);
  EXPECT_EQ(error_of(files.list("/a/b")), Errno::not_directory);
}

TEST(ServiceFiles, folders_above_pages_are_there) {
  ServiceFiles files({text_page("/a/b/c", "x"), text_page("/ab", "y")}, 1, made_s, nullptr);
  EXPECT_EQ(files.status("/a")->kind, Files::Kind::directory);
  EXPECT_EQ(files.status("/a/b")->kind, Files::Kind::directory);
  EXPECT_EQ(files.status("/")->kind, Files::Kind::directory);
  EXPECT_EQ(*files.list("/"), (std::vector<std::string>{"a", "ab"}));
  EXPECT_EQ(*files.list("/a"), std::vector<std::string>{"b"});
  EXPECT_EQ(*files.list("/a/b"), std::vector<std::string>{"c"});
}

TEST(ServiceFiles, pages_come_before_a_folder_and_are_listed_with_it) {
  MemoryFiles folder(5);
  ASSERT_TRUE(folder.put("/index.html", "from the folder"));
  ASSERT_TRUE(folder.put("/other", "other"));
  ServiceFiles files({text_page("/index.html", "from the file")}, 1, made_s, &folder);
  EXPECT_EQ(read(files, "/index.html"), "from the file");
  EXPECT_EQ(read(files, "/other"), "other");
  EXPECT_EQ(files.status("/other")->modified_s, made_s);
  EXPECT_EQ(*files.list("/"), (std::vector<std::string>{"index.html", "other"}));
  EXPECT_EQ(read(files, "/missing"), "ENOENT");
}

TEST(ServiceFiles, version_hangs_on_the_content_alone) {
  MemoryFiles old_folder(5);
  MemoryFiles new_folder(6);
  for (MemoryFiles* folder : {&old_folder, &new_folder}) {
    ASSERT_TRUE(folder->put("/page", "same"));
  }
  ServiceFiles before({text_page("/text", "one")}, 1, made_s, &old_folder);
  ServiceFiles after({text_page("/text", "two")}, 1, made_s, &new_folder);
  EXPECT_NE(before.status("/file")->version, 0u);
  EXPECT_EQ(before.status("/file")->version, after.status("/file")->version);
  EXPECT_EQ(before.status("/file")->modified_s, after.status("/file")->modified_s);
  EXPECT_NE(before.status("/text")->version, after.status("/text")->version);
  ASSERT_TRUE(new_folder.write("/file", as_bytes("more")));
  EXPECT_NE(before.status("/file")->version, after.status("/file")->version);
}

// Files that another user keeps to himself.
class ClosedFiles final : public Files {
 public:
  Result<Status> status(const std::string& path) override {
    if (path == "/") return Status{Kind::directory, 0, 0};
    return Unexpected(Errno::access_denied);
  }
  Result<u32> read(const std::string&, u64, MutableBytes) override { return closed(); }
  Result<void> write(const std::string&, ByteView) override { return closed(); }
  Result<void> append(const std::string&, ByteView) override { return closed(); }
  Result<void> remove(const std::string&) override { return closed(); }
  Result<std::vector<std::string>> list(const std::string&) override { return closed(); }

 private:
  static Unexpected closed() { return Unexpected(Errno::access_denied); }
};

TEST(ServiceFiles, folder_that_may_not_be_read_is_not_an_empty_one) {
  ClosedFiles closed;
  ServiceFiles files({}, 1, made_s, &closed);
  EXPECT_EQ(error_of(files.list("/")), Errno::access_denied);
  EXPECT_EQ(error_of(files.status("/file")), Errno::access_denied);
}

TEST(ServiceFiles, nothing_can_be_written) {
  ServiceFiles files({text_page("/a", "x")}, 1, made_s, nullptr);
  EXPECT_EQ(error_of(files.write("/a", {})), Errno::access_denied);
  EXPECT_EQ(error_of(files.append("/new", {})), Errno::access_denied);
  EXPECT_EQ(error_of(files.remove("/a")), Errno::access_denied);
  EXPECT_EQ(read(files, "/a"), "x");
}

TEST(ServiceFiles, seeded_bytes_are_the_same_however_they_are_read) {
  ServiceFiles files({seeded_page("/big", 1'003)}, 9, made_s, nullptr);
  EXPECT_EQ(files.status("/big")->size, 1'003u);
  const std::string whole = read(files, "/big", 0, 2'000);
  ASSERT_EQ(whole.size(), 1'003u);
  for (const std::size_t step : {1u, 7u, 64u}) {
    std::string parts;
    while (parts.size() < whole.size()) parts += read(files, "/big", parts.size(), step);
    EXPECT_EQ(parts, whole) << step;
  }
  for (u64 i = 0; i < whole.size(); ++i) {
    ASSERT_EQ(static_cast<u8>(whole[i]), seeded_byte(9, "/big", i));
  }
}

TEST(ServiceFiles, seeded_bytes_differ_by_seed_and_path_and_do_not_repeat) {
  ServiceFiles nine({seeded_page("/a", 4'096), seeded_page("/b", 4'096)}, 9, made_s, nullptr);
  ServiceFiles ten({seeded_page("/a", 4'096)}, 10, made_s, nullptr);
  const std::string a = read(nine, "/a", 0, 4'096);
  EXPECT_NE(a, read(nine, "/b", 0, 4'096));
  EXPECT_NE(a, read(ten, "/a", 0, 4'096));
  for (std::size_t shift = 1; shift <= 64; ++shift) {
    EXPECT_NE(a.substr(shift, 512), a.substr(0, 512)) << shift;
  }
}

TEST(ServiceFiles, seeded_page_larger_than_memory_costs_nothing_until_read) {
  constexpr u64 size = u64{1} << 60;
  ServiceFiles files({seeded_page("/huge", size)}, 9, made_s, nullptr);
  EXPECT_EQ(files.status("/huge")->size, size);
  EXPECT_EQ(read(files, "/huge", size - 3).size(), 3u);
  EXPECT_EQ(static_cast<u8>(read(files, "/huge", size - 1)[0]), seeded_byte(9, "/huge", size - 1));
}

}  // namespace
}  // namespace catenet::lab
