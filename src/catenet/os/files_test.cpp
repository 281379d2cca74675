#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catenet/os/byte_file.hpp"
#include "catenet/os/folder_files.hpp"

namespace catenet::os {
namespace {

// A folder of this test's own, gone at its end: root/ with a page and a folder, and a secret beside
// it.
class FilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "catenet-").string();
    name += std::string(6, 'X');  // mkdtemp's wildcard
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    top_ = name;
    ASSERT_TRUE(make_folders(path("root/docs")).has_value());
    ASSERT_TRUE(write_file(path("root/page.html"), "<p>Hello</p>").has_value());
    ASSERT_TRUE(write_file(path("root/docs/index.html"), "docs").has_value());
    ASSERT_TRUE(write_file(path("secret"), "secret").has_value());
  }
  void TearDown() override { std::filesystem::remove_all(top_); }
  std::string path(const std::string& name) const { return top_ + "/" + name; }

  std::string top_;
};

std::string text_at(FolderFiles& files, const std::string& path, u64 offset = 0) {
  std::array<u8, 64> buffer{};
  const auto size = files.read(path, offset, buffer);
  if (!size) return std::string("error: ") + std::string(errno_name(size.error()));
  return std::string(as_text(ByteView(buffer).first(*size)));
}

using ByteFileTest = FilesTest;
using FolderFilesTest = FilesTest;

TEST_F(ByteFileTest, what_is_written_is_read) {
  auto file = ByteFile::create(path("log"));
  ASSERT_TRUE(file.has_value());
  (*file)->write(as_bytes("one "));
  (*file)->write(as_bytes("two"));
  EXPECT_TRUE((*file)->close().has_value());
  EXPECT_EQ(read_file(path("log")), "one two");
  ASSERT_TRUE(write_file(path("log"), "new").has_value());
  EXPECT_EQ(read_file(path("log")), "new");
}

TEST_F(ByteFileTest, errors_say_what_is_wrong) {
  EXPECT_EQ(read_file(path("none")).error(), Errno::no_entry);
  EXPECT_EQ(read_file(path("root")).error(), Errno::is_directory);
  ASSERT_TRUE(write_file(path("log"), "new").has_value());
  EXPECT_EQ(read_file(path("log"), 3), "new");
  EXPECT_EQ(read_file(path("log"), 2).error(), Errno::file_too_large);
  EXPECT_EQ(read_file("/dev/zero").error(), Errno::invalid);
  EXPECT_EQ(ByteFile::create(path("none/log")).error(), Errno::no_entry);
  EXPECT_EQ(write_file(path("root"), "text").error(), Errno::is_directory);
  EXPECT_FALSE(make_folders(path("secret/below")).has_value());
}

TEST(ByteFile, full_disk_is_told_at_the_end) {
  auto file = ByteFile::create("/dev/full");
  if (!file) GTEST_SKIP() << "there is no /dev/full here";
  (*file)->write(std::vector<u8>(100'000));
  (*file)->write(as_bytes("more"));
  const auto closed = (*file)->close();
  ASSERT_FALSE(closed.has_value());
  EXPECT_EQ(static_cast<int>(closed.error()), ENOSPC);
}

TEST_F(FolderFilesTest, status_read_and_list_see_the_folder) {
  FolderFiles files(path("root"));
  const auto page = files.status("/page.html");
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->kind, catenet::Files::Kind::file);
  EXPECT_EQ(page->size, 12u);
  EXPECT_GT(page->modified_s, 0);
  EXPECT_EQ(files.status("/docs")->kind, catenet::Files::Kind::directory);
  EXPECT_EQ(files.status("/")->kind, catenet::Files::Kind::directory);
  EXPECT_EQ(text_at(files, "/page.html"), "<p>Hello</p>");
  EXPECT_EQ(text_at(files, "/page.html", 3), "Hello</p>");
  EXPECT_EQ(text_at(files, "/page.html", 12), "");
  EXPECT_EQ(text_at(files, "/docs/index.html"), "docs");
  EXPECT_EQ(files.list("/"), (std::vector<std::string>{"docs", "page.html"}));
}

TEST_F(FolderFilesTest, file_replaced_on_the_disk_is_read_anew) {
  FolderFiles files(path("root"));
  EXPECT_EQ(text_at(files, "/page.html"), "<p>Hello</p>");
  ASSERT_EQ(unlink(path("root/page.html").c_str()), 0);
  // One reader goes on in the file that it began.
  EXPECT_EQ(text_at(files, "/page.html", 8), "</p>");
  ASSERT_TRUE(write_file(path("root/page.html"), "new").has_value());
  EXPECT_EQ(text_at(files, "/page.html"), "new");
}

// Another user than root, while it lives.
class Nobody {
 public:
  Nobody() : root_(geteuid() == 0) {
    if (root_) root_ = seteuid(65'534) == 0;
  }
  Nobody(const Nobody&) = delete;
  Nobody& operator=(const Nobody&) = delete;
  ~Nobody() {
    if (root_) {
      EXPECT_EQ(seteuid(0), 0);
    }
  }

 private:
  bool root_;
};

TEST_F(FolderFilesTest, what_may_not_be_read_is_told_before_it_is_read) {
  ASSERT_EQ(chmod(top_.c_str(), 0755), 0);
  ASSERT_TRUE(make_folders(path("closed/inner")).has_value());
  ASSERT_EQ(chmod(path("root/page.html").c_str(), 0), 0);
  ASSERT_EQ(chmod(path("root/docs").c_str(), 0), 0);
  ASSERT_EQ(chmod(path("closed").c_str(), 0), 0);
  {
    const Nobody nobody;
    FolderFiles files(path("root"));
    EXPECT_EQ(files.status("/page.html").error(), Errno::access_denied);
    EXPECT_EQ(files.list("/docs").error(), Errno::access_denied);
    EXPECT_EQ(files.status("/docs/index.html").error(), Errno::access_denied);
    FolderFiles inner(path("closed/inner"));
    EXPECT_EQ(inner.status("/").error(), Errno::access_denied);
  }
  ASSERT_EQ(chmod(path("closed").c_str(), 0755), 0);
  ASSERT_EQ(chmod(path("root/docs").c_str(), 0755), 0);
}

TEST_F(FolderFilesTest, errors_are_those_of_posix) {
  FolderFiles files(path("root"));
  EXPECT_EQ(files.status("/none").error(), Errno::no_entry);
  EXPECT_EQ(text_at(files, "/none"), "error: ENOENT");
  EXPECT_EQ(text_at(files, "/docs"), "error: EISDIR");
  EXPECT_EQ(files.list("/page.html").error(), Errno::not_directory);
  EXPECT_EQ(files.write("/new", {}).error(), Errno::access_denied);
  EXPECT_EQ(files.append("/page.html", {}).error(), Errno::access_denied);
  EXPECT_EQ(files.remove("/page.html").error(), Errno::access_denied);
  FolderFiles missing(path("none"));
  EXPECT_EQ(missing.status("/").error(), Errno::no_entry);
  FolderFiles no_folder(path("secret"));
  EXPECT_EQ(no_folder.status("/").error(), Errno::no_entry);
}

TEST_F(FolderFilesTest, shortage_of_the_machine_is_told) {
  std::vector<Errno> told;
  const auto tell = [&](Errno error) { told.push_back(error); };
  FolderFiles files(path("root"), tell);
  EXPECT_EQ(files.status("/none").error(), Errno::no_entry);
  EXPECT_TRUE(told.empty());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto status = files.status("/page.html");
  FolderFiles later(path("root"), tell);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(status.error(), Errno::too_many_files);
  EXPECT_EQ(later.status("/page.html").error(), Errno::too_many_files);
  EXPECT_EQ(told, std::vector(2, Errno::too_many_files));
}

TEST_F(FolderFilesTest, nothing_outside_is_reached) {
  ASSERT_EQ(symlink("../secret", path("root/up").c_str()), 0);
  ASSERT_EQ(symlink(path("secret").c_str(), path("root/absolute").c_str()), 0);
  ASSERT_EQ(symlink("/etc", path("root/etc").c_str()), 0);
  ASSERT_EQ(symlink("page.html", path("root/inside").c_str()), 0);
  ASSERT_EQ(symlink("loop", path("root/loop").c_str()), 0);
  FolderFiles files(path("root"));
  for (const char* way : {"/../secret", "/docs/../../secret", "/up", "/absolute", "/etc/passwd",
                          "/../../../../../../etc/passwd"}) {
    EXPECT_EQ(text_at(files, way), "error: ENOENT") << way;
    EXPECT_FALSE(files.status(way).has_value()) << way;
  }
  // ".." stops at the top, and a link that stays inside is followed.
  EXPECT_EQ(text_at(files, "/../page.html"), "<p>Hello</p>");
  EXPECT_EQ(text_at(files, "/inside"), "<p>Hello</p>");
  EXPECT_EQ(text_at(files, "/loop"), "error: ENOENT");
}

TEST_F(FolderFilesTest, fifo_does_not_hold_a_server_up) {
  ASSERT_EQ(mkfifo(path("root/pipe").c_str(), 0600), 0);
  FolderFiles files(path("root"));
  EXPECT_EQ(text_at(files, "/pipe"), "error: EACCES");
  EXPECT_EQ(files.status("/pipe").error(), Errno::access_denied);
}

}  // namespace
}  // namespace catenet::os
