// What real programs may do to a lab and its machine: everything is private, limited, reported, and
// ended with the lab; and when Catenet is killed, nothing of it is left.
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <set>
#include <sstream>
#include <thread>

#include "catenet_process_test.hpp"

namespace catenet {
namespace {

class Programs : public CatenetProcess {
 protected:
  static std::string lab(const std::string& nodes, const std::string& script) {
    return "name: programs\nnodes:\n" + nodes + "  h: {}\nlinks: [{endpoints: [n, h]}]\nscript:\n" +
           script;
  }
  static std::string lab(const std::string& script) {
    return lab("  n: {kind: namespace}\n", script);
  }
  // In every file that it writes and every command line.
  const std::string marker = fmt::format("catenet-marker-{}", ::getpid());
};

TEST_P(Programs, write_in_places_of_their_own) {
  const std::string text = fmt::format(R"lab(name: private
nodes:
  a: {{kind: namespace, private: /var/lib/misc}}
  b: {{kind: namespace}}
links: [{{endpoints: [a, b]}}]
script:
  - {{name: write, at: 0 s, on: a, run: "for d in /tmp /var/tmp /run /var/log /dev/shm /var/lib/misc
     $HOME .; do echo x > $d/{0} || exit 1; done; pwd"}}
  - {{name: look, after: write, on: b, run: "ls -R /tmp /var/tmp /run /var/log /dev/shm",
     expect: {{stdout: {{not_contains: {0}}}}}}}
)lab",
                                       marker);
  const Ran ran = run_text(text);
  expect_passed(ran);
  EXPECT_EQ(ran.step("write").at("stdout"), "/tmp/home\n");
  for (const char* place :
       {"/tmp", "/tmp/home", "/var/tmp", "/run", "/var/log", "/dev/shm", "/var/lib/misc", "/"}) {
    EXPECT_FALSE(std::filesystem::exists(std::string(place) + "/" + marker)) << place;
  }
}

TEST_P(Programs, find_the_files_and_names_of_their_node) {
  const Ran ran =
      run_text(lab(R"lab(  n:
    kind: namespace
    private: /var/lib/misc
    files:
      /etc/services: "lab 4711/tcp\n"
      /var/lib/misc/deep/er: deep
      /tmp/hello: "#!/bin/sh\necho hello\n"
      /run/big: {size: 3 MB}
)lab",
                   R"lab(  - {name: all, at: 0 s, on: n, run: "cat /etc/services /etc/hostname;
     hostname; cat /var/lib/misc/deep/er; /tmp/hello; wc -c < /run/big; ls /var/log | head -1"}
)lab"));
  expect_passed(ran);
  const std::string said = ran.step("all").at("stdout");
  EXPECT_TRUE(said.starts_with("lab 4711/tcp\nn\nn\ndeephello\n3000000\n")) << said;
}

TEST_P(Programs, file_that_cannot_be_placed_is_told_before_anything_runs) {
  const Ran ran = run_text(lab("  n: {kind: namespace, files: {/etc/no-such-file: x}}\n",
                               "  - {at: 0 s, on: n, run: 'true'}\n"));
  EXPECT_EQ(ran.exit, 3);
  EXPECT_NE(ran.error.find("n: cannot place the file /etc/no-such-file"), std::string::npos)
      << ran.error;
  EXPECT_NE(ran.error.find("say private:"), std::string::npos) << ran.error;
  EXPECT_NE(ran.error.find("catenet doctor"), std::string::npos) << ran.error;
}

TEST_P(Programs, full_private_place_is_the_programs_own_trouble) {
  const Ran ran =
      run_text(lab("  - {at: 0 s, on: n, run: dd if=/dev/zero of=/tmp/full bs=1M count=300,\n"
                   "     expect: {exit: 1, stderr: {contains: No space left on device}}}\n"));
  expect_passed(ran);
}

TEST_P(Programs, ends_are_told_apart) {
  const Ran ran =
      run_text(lab("  n: {kind: namespace, files: {/tmp/plain: text}}\n",
                   "  - {name: none, at: 0 s, on: n, run: no-such-program}\n"
                   "  - {name: plain, at: 0 s, on: n, run: /tmp/plain}\n"
                   "  - {name: crash, at: 0 s, on: n, run: kill -SEGV $$}\n"
                   "  - {name: slow, at: 0 s, on: n, run: sleep 100, timeout: 100 ms}\n"
                   "  - {name: early, at: 0 s, on: n, start: exit 3}\n"
                   "  - {name: may, at: 0 s, on: n, start: exit 3, expect: {exit: 3}}\n"));
  EXPECT_EQ(ran.exit, 1) << ran.error;
  EXPECT_EQ(ran.fault("none"), "it exited with 127 (it could not be started), not 0");
  EXPECT_EQ(ran.fault("plain"), "it exited with 126 (it cannot be executed), not 0");
  EXPECT_EQ(ran.fault("crash"), "it exited with 139 (SIGSEGV ended it), not 0");
  EXPECT_EQ(ran.fault("slow"), "it was stopped after 100 ms");
  EXPECT_EQ(ran.fault("early"), "it ended before it was stopped, with 3");
  EXPECT_EQ(ran.fault("may"), "");
}

TEST_P(Programs, what_was_not_started_is_no_exit_that_was_expected) {
  const Ran ran =
      run_text(lab("  - {name: own, at: 0 s, on: n, run: no-such-program, expect: {exit: 127}}\n"
                   "  - {name: take, after: own, on: n, run: rm -rf /tmp/home}\n"
                   "  - {name: none, after: take, on: n, run: 'true', expect: {exit: 127}}\n"));
  EXPECT_EQ(ran.exit, 1) << ran.error;
  EXPECT_EQ(ran.fault("own"), "");
  EXPECT_EQ(ran.fault("none"),
            "it was not started: cannot enter its home folder: No such file or directory");
}

TEST_P(Programs, private_file_is_told_to_be_none_for_folders) {
  const Ran ran = run_text(lab("  n: {kind: namespace, private: [/etc/passwd]}\n",
                               "  - {at: 0 s, on: n, run: 'true'}\n"));
  EXPECT_EQ(ran.exit, 3);
  EXPECT_NE(ran.error.find("cannot make /etc/passwd private: Not a directory. private: takes"),
            std::string::npos)
      << ran.error;
}

TEST_P(Programs, are_stopped_and_waited_for) {
  const Ran ran = run_text(lab(
      "  - {name: loop, at: 0 s, on: n, start: 'trap \"echo bye; exit 5\" USR1;\n"
      "     while :; do sleep 0.05; done'}\n"
      "  - {name: end, at: 300 ms, stop: loop, signal: USR1,\n"
      "     expect: {exit: 5, stdout: {equals: bye}, within: 1 s}}\n"
      "  - {name: ended, at: 0 s, wait: loop}\n"
      "  - {name: deaf, at: 0 s, on: n, start: 'trap \"\" TERM; while :; do sleep 0.05; done'}\n"
      "  - {name: kill, at: 300 ms, stop: deaf, timeout: 200 ms}\n"
      "  - {name: nobody, at: 0 s, wait: {on: n, port: 99}, timeout: 100 ms}\n"));
  EXPECT_EQ(ran.exit, 1) << ran.error;
  for (const char* good : {"loop", "end", "ended", "deaf"}) EXPECT_EQ(ran.fault(good), "") << good;
  EXPECT_EQ(ran.step("deaf").at("exit"), 137);
  EXPECT_EQ(ran.fault("kill"), "deaf did not end within 200 ms and was killed");
  EXPECT_EQ(ran.fault("nobody"), "nothing listened on port 99 within 100 ms");
}

// Whose shell has ended tidies up nevertheless, as long as it may.
TEST_P(Programs, end_with_the_last_of_their_group) {
  const std::string tidy =
      "'sh -c \"trap \\\"sleep 0.2; echo bye; exit\\\" TERM; while :; do sleep "
      "0.05; done\"; true'";
  const Ran ran = run_text(
      lab("  - {name: tidy, at: 0 s, on: n, start: " + tidy + "}\n" +
          "  - {name: end, at: 300 ms, stop: tidy, expect: {exit: 143, stdout: {equals: bye}}}\n"
          "  - {name: deaf, at: 0 s, on: n, start: '(trap \"\" TERM; exec sleep 1003); true'}\n"
          "  - {name: kill, at: 300 ms, stop: deaf, timeout: 200 ms}\n"
          "  - {name: last, at: 0 s, on: n, start: " +
          tidy + "}\n" + "  - {name: ended, after: kill, on: n, run: 'true'}\n"));
  EXPECT_EQ(ran.exit, 1) << ran.error;
  EXPECT_EQ(ran.fault("end"), "");
  EXPECT_EQ(ran.fault("kill"), "deaf did not end within 200 ms and was killed");
  EXPECT_EQ(ran.step("last").at("stdout"), "bye\n");
}

TEST_P(Programs, strays_are_ended_and_named) {
  const Ran ran = run_text(lab(
      "  - {name: away, at: 0 s, on: n, run: 'setsid sleep 1001 > /dev/null 2>&1 & echo ok'}\n"
      "  - {name: stopped, at: 0 s, on: n, start: 'kill -STOP $$'}\n"
      "  - {name: deaf, at: 0 s, on: n, start: 'trap \"\" TERM; while :; do sleep 0.05; done'}\n"
      "  - {at: 500 ms, on: n, run: 'true'}\n"));
  expect_passed(ran);
  const std::string notes = ran.notes();
  for (const char* note : {"n: at the end: sleep (process ", " had gone into the background\n",
                           ") was stopped\n", "had to be killed, 2 s after SIGTERM\n"}) {
    EXPECT_NE(notes.find(note), std::string::npos) << note << " not in " << notes;
  }
  EXPECT_FALSE(ran.step("deaf").at("resources").is_null());
}

TEST_P(Programs, kill_of_all_ends_the_others_and_not_the_node) {
  const Ran ran =
      run_text(lab("  - {name: other, at: 0 s, on: n, start: sleep 1004}\n"
                   "  - {name: all, at: 100 ms, on: n, run: kill -9 -1; echo alone}\n"
                   "  - {name: ended, after: all, wait: other}\n"
                   "  - {name: next, after: ended, on: n, run: ls -d /proc/self}\n"));
  EXPECT_EQ(ran.exit, 1) << ran.error;
  EXPECT_EQ(ran.fault("other"), "it ended before it was stopped, with 137 (SIGKILL ended it)");
  EXPECT_EQ(ran.step("all").at("stdout"), "alone\n");
  EXPECT_EQ(ran.fault("next"), "");
}

TEST_P(Programs, fork_without_end_is_held_back) {
  const Ran ran =
      run_text(lab("  - {name: bomb, at: 0 s, on: n, timeout: 60 s, expect: {exit: 2, stderr: "
                   "{contains: ork}},\n"
                   "     run: 'i=0; while [ $i -lt 5000 ]; do sleep 1002 & i=$((i+1)); done'}\n"
                   "  - {name: meanwhile, at: 0 s, on: h, run: ping -c 1 n}\n"));
  expect_passed(ran);
  EXPECT_NE(ran.notes().find("more processes were there"), std::string::npos) << ran.notes();
}

TEST_P(Programs, print_a_mebibyte_and_are_told_the_rest_is_cut) {
  const Ran ran = run_text(lab("  - {name: yes, at: 0 s, on: n, run: 'yes | head -c 3000000'}\n"));
  expect_passed(ran);
  const std::string said = ran.step("yes").at("stdout");
  EXPECT_EQ(said.size(), (1u << 20) + 24);
  EXPECT_TRUE(said.ends_with("[the rest was cut off]\n"));
}

// --- kill -9 ---

// What a process' file in /proc says; what it said so far if the process ends meanwhile, which a
// bare streambuf would throw about.
std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Processes whose command line has `text`.
std::set<int> processes_with(const std::string& text) {
  std::set<int> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const int pid = std::atoi(entry.path().filename().c_str());
    if (pid <= 0 || pid == ::getpid()) continue;
    if (text_of(entry.path() / "cmdline").find(text) != text.npos) found.insert(pid);
  }
  return found;
}

template <typename Holds>
bool comes_true(Holds holds) {
  for (int i = 0; i < 1'000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

int parent_of(int pid) {
  const std::string stat = text_of(fmt::format("/proc/{}/stat", pid));
  const std::size_t name = stat.rfind(')');
  return name == stat.npos ? 0 : std::atoi(stat.c_str() + name + 4);
}

class Killed : public Programs {
 protected:
  // Starts a lab whose programs carry `marker`, until they run.
  void start_lab() {
    lab_ = std::make_unique<LabFile>(
        lab("  - {at: 0 s, on: n, start: 'setsid sh -c \"sleep 1003; : " + marker +
            "\" & sh -c \"sleep 1003; : " + marker +
            "\"; :'}\n"
            "  - {name: long, at: 0 s, on: n, run: sleep 1003}\n"
            "  - {after: long, on: n, run: 'true'}\n"));
    mounts_ = text_of("/proc/self/mounts");
    pid_ = ::fork();
    if (pid_ == 0) {
      const std::string line =
          "exec " + command("run --no-files " + lab_->path()) + " > " + lab_->path() + ".said";
      ::execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
      ::_exit(127);
    }
    ASSERT_TRUE(comes_true([&] { return processes_with(marker).size() >= 2; }));
    const int inside = *processes_with(marker).begin();
    network_ = std::filesystem::read_symlink(fmt::format("/proc/{}/ns/net", inside));
    for (int pid = inside; pid > 0 && pid != pid_; pid = parent_of(pid)) first_ = pid;
  }
  int users_of_network() const {
    int users = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      std::error_code error;
      users += std::filesystem::read_symlink(entry.path() / "ns/net", error) == network_;
    }
    return users;
  }
  void expect_nothing_left() {
    EXPECT_TRUE(comes_true([&] { return processes_with(marker).empty(); }));
    EXPECT_TRUE(comes_true([&] { return users_of_network() == 0; }));
    EXPECT_EQ(text_of("/proc/self/mounts"), mounts_);
  }

  std::unique_ptr<LabFile> lab_;
  std::string mounts_;
  std::filesystem::path network_;
  int pid_ = -1;    // Catenet
  int first_ = -1;  // the first process of the namespace
};

TEST_P(Killed, catenet_leaves_nothing) {
  start_lab();
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  expect_nothing_left();
}

TEST_P(Killed, first_process_ends_its_programs_and_the_lab_goes_on) {
  start_lab();
  ASSERT_GT(first_, 0);
  ::kill(first_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 1);
  expect_nothing_left();
  const std::string said = text_of(lab_->path() + ".said");
  for (const char* told : {"catenet: its namespace was ended from outside\n",
                           "it could not be started: its namespace was ended from outside\n",
                           " n: its namespace was ended from outside\n"}) {
    EXPECT_NE(said.find(told), std::string::npos) << told << " not in " << said;
  }
}

TEST_P(Killed, first_process_that_is_stopped_ends_its_steps) {
  start_lab();
  ASSERT_GT(first_, 0);
  ::kill(first_, SIGSTOP);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 1);
  expect_nothing_left();
  const std::string said = text_of(lab_->path() + ".said");
  for (const char* told : {"it could not be started: its namespace's first process did not answer",
                           " n: its namespace's first process did not answer"}) {
    EXPECT_NE(said.find(told), std::string::npos) << told << " not in " << said;
  }
}

// --- Limits ---

// A user of whom nothing else runs.
constexpr const char* as_nobody_else = "setpriv --reuid=61234 --regid=61234 --clear-groups";

class Limits : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can become every user";
  }
  // The exit code of the lab where `prefix` runs it; `said_` is what it printed.
  int run(const std::string& prefix) {
    said_ = output_of(fmt::format("cd / && {} {} run -q --no-files {} 2>&1", prefix, CATENET_BINARY,
                                  lab_.path()) +
                      "; echo $?");
    const std::size_t end = said_.rfind('\n', said_.size() - 2);
    return std::atoi(said_.substr(end == said_.npos ? 0 : end + 1).c_str());
  }
  // Raises `limit` until the lab runs: before that it must not begin.
  void expect_whole_or_nothing(const char* limit, int from, const std::string& advice) {
    int refused = 0;
    for (int value = from; value < 64; ++value) {
      const int exit = run(fmt::format("{} prlimit --{}={}", as_nobody_else, limit, value));
      if (exit == 0) break;
      EXPECT_EQ(exit, 3) << value << ": " << said_;
      EXPECT_NE(said_.find(advice), std::string::npos) << said_;
      ++refused;
    }
    EXPECT_GE(refused, 2);
    EXPECT_TRUE(said_.ends_with("0\n")) << said_;
  }

  const LabFile lab_{
      "name: small\nnodes: {a: {kind: namespace}, b: {kind: namespace}}\n"
      "links: [{endpoints: [a, b]}]\nscript:\n"
      "  - {at: 0 s, on: a, run: ls / | wc -l}\n"
      "  - {at: 0 s, on: b, run: ls / | wc -l}\n"};
  std::string said_;
};

TEST_F(Limits, of_processes_never_stop_a_lab_half_way) {
  if (run(as_nobody_else) == 3) GTEST_SKIP() << said_;
  expect_whole_or_nothing("nproc", 1, "ulimit -u");
}

TEST_F(Limits, of_open_files_never_stop_a_lab_half_way) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizers need descriptors of their own";
#endif
  if (run(as_nobody_else) == 3) GTEST_SKIP() << said_;
  expect_whole_or_nothing("nofile", 8, "ulimit -n");
}

TEST_F(Limits, of_namespaces_are_named_by_the_lab_and_the_doctor) {
  if (run("unshare -Ur") != 0) GTEST_SKIP() << said_;
  for (const char* kind : {"mnt", "uts", "ipc", "net", "pid"}) {
    const std::string setting = fmt::format("max_{}_namespaces", kind);
    const std::string limited =
        fmt::format("unshare -Ur sh -c 'echo 0 > /proc/sys/user/{} && exec \"$@\"' sh", setting);
    EXPECT_EQ(run(limited), 3) << kind;
    const std::string advice = fmt::format("sysctl user.{}=10000", setting);
    EXPECT_NE(said_.find(advice), std::string::npos) << said_;
    const std::string doctor = output_of(fmt::format("{} {} doctor", limited, CATENET_BINARY));
    EXPECT_NE(doctor.find(advice), std::string::npos) << doctor;
    EXPECT_EQ(doctor.find("Run as root; a container"), std::string::npos) << doctor;
  }
}

TEST_F(Limits, of_processes_are_told_by_the_doctor) {
  const std::string doctor = output_of(
      fmt::format("cd / && {} prlimit --nproc=1 {} doctor", as_nobody_else, CATENET_BINARY));
  EXPECT_NE(doctor.find("NO   processes: Resource temporarily unavailable\n       Too many"),
            std::string::npos)
      << doctor;
  EXPECT_EQ(doctor.find("Run as root; a container"), std::string::npos) << doctor;
}

// A user namespace whose user has no number: such a one may make none.
TEST(Doctor, machine_that_allows_no_namespaces_is_told_and_advised) {
  const LabFile file(
      "name: none\nnodes: {n: {kind: namespace}, h: }\nlinks: [{endpoints: [n, h]}]\n"
      "script: [{at: 0 s, on: n, run: 'true'}]\n");
  const std::string nobody =
      ::geteuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups" : "";
  const std::string unmapped = "unshare -U " CATENET_BINARY;
  const std::string run = output_of(fmt::format("cd / && {} {} run -q --no-files {} 2>&1; echo $?",
                                                nobody, unmapped, file.path()));
  EXPECT_TRUE(run.ends_with("\n3\n")) << run;
  EXPECT_NE(run.find("n: cannot make a network namespace"), std::string::npos) << run;
  const std::string doctor =
      output_of(fmt::format("cd / && {} {} doctor --json; echo $?", nobody, unmapped));
  ASSERT_TRUE(doctor.ends_with("}\n3\n")) << doctor;
  const auto said = nlohmann::json::parse(doctor.substr(0, doctor.size() - 2));
  EXPECT_FALSE(said.at("namespaces"));
  for (const auto& mode : said.at("modes")) {
    EXPECT_TRUE(mode.at("ok") || mode.at("advice").is_string()) << mode;
  }
}

INSTANTIATE_TEST_SUITE_P(On, Programs, all_machines, machine_name);
INSTANTIATE_TEST_SUITE_P(On, Killed, all_machines, machine_name);

}  // namespace
}  // namespace catenet
