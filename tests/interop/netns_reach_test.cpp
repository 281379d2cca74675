// What programs of a namespace cannot reach, as root and as an ordinary user: the machine beneath
// their private places, its settings, the memory it has.
#include <cstdlib>
#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <iterator>
#include <linux/capability.h>

#include "netns_test.hpp"

namespace catenet::program {
namespace {

class NetnsReach : public Netns, public testing::WithParamInterface<Privilege> {
 protected:
  static NamespaceSpec wanted() {
    NamespaceSpec wanted = spec();
    wanted.privilege = GetParam();
    return wanted;
  }
  void SetUp() override {
    Netns::SetUp();
    if (!IsSkipped()) make(wanted());
  }
  const std::string marker = "catenet-marker-" + std::to_string(::getpid());
};

TEST_P(NetnsReach, first_process_shows_nothing_of_catenets) {
  for (const char* hidden : {"cwd", "exe", "root", "ns/net"}) {
    EXPECT_NE(run(fmt::format("readlink /proc/1/{}", hidden)).exit, 0) << hidden;
  }
  EXPECT_EQ(output("readlink /proc/1/fd/*; cat /proc/1/environ; cat /proc/1/maps"), "");
  EXPECT_EQ(output("ps -p 1 -o comm= 2> /dev/null || cat /proc/1/comm"), "catenet-ns\n");
  // For who may look all the same, whom only the machine itself has.
  const std::string first = fmt::format("/proc/{}/", space->pid());
  if (::geteuid() != 0) return;
  EXPECT_EQ(std::filesystem::read_symlink(first + "cwd"), "/");
  using Entries = std::filesystem::directory_iterator;
  EXPECT_EQ(std::distance(Entries(first + "fd"), Entries()), 5);
  std::ifstream environment(first + "environ");
  std::string left;
  std::getline(environment, left);
  EXPECT_EQ(left.find_first_not_of('\0'), left.npos) << left;
}

// By the numbers of ptrace(2) and pidfd_getfd(2).
TEST_P(NetnsReach, first_process_cannot_be_held_still_or_robbed) {
  const std::string python = CATENET_PYTHON " -c ";
  if (run(python + "0").exit != 0) GTEST_SKIP() << "Python is not for this user";
  const std::string attach = "import ctypes, subprocess; c = ctypes.CDLL(None); ";
  EXPECT_EQ(output(python + "'" + attach + "print(c.ptrace(16, 1, 0, 0))'"), "-1\n");
  EXPECT_EQ(output(python + "'" + attach +
                   "p = c.syscall(434, 1, 0); print(p > 0, "
                   "[f for f in range(64) if c.syscall(438, p, f, 0) >= 0])'"),
            "True []\n");
  EXPECT_EQ(output(python + "'" + attach + "print(c.kill(1, 19))'; echo goes on"), "0\ngoes on\n");
  // A program's own children are its own to trace.
  EXPECT_EQ(output(python + "'" + attach +
                   "p = subprocess.Popen([\"sleep\", \"1007\"]); "
                   "print(c.ptrace(16, p.pid, 0, 0)); p.kill()'"),
            "0\n");
}

TEST_P(NetnsReach, program_without_its_working_directory_is_not_run) {
  EXPECT_EQ(run("rm -rf /tmp/home /tmp/*").exit, 0);
  const ProcessOutcome next = run("pwd; echo leaked > " + marker);
  EXPECT_EQ(next.exit, 127);
  EXPECT_EQ(next.output, "");
  EXPECT_EQ(next.error_output,
            "catenet: cannot enter its home folder: No such file or directory\n");
  EXPECT_EQ(next.fault,
            "it was not started: cannot enter its home folder: No such file or directory");
  EXPECT_FALSE(std::filesystem::exists(marker));
  EXPECT_EQ(run("cd /; mkdir /tmp/home").exit, 127);
}

TEST_P(NetnsReach, shell_that_cannot_run_says_why) {
  NamespaceSpec broken = wanted();
  broken.files.push_back({"/bin/sh", "no program"});
  make(broken);
  const ProcessOutcome told = run("true");
  EXPECT_EQ(told.exit, 127);
  EXPECT_EQ(told.error_output, "catenet: cannot run /bin/sh: Permission denied\n");
  EXPECT_EQ(told.fault, "it was not started: cannot run /bin/sh: Permission denied");
}

TEST_P(NetnsReach, root_has_the_capabilities_of_its_network_alone) {
  const u64 held = std::stoull(output("awk '/CapBnd/ {print $2}' /proc/self/status"), nullptr, 16);
  for (const int wanted : {CAP_NET_ADMIN, CAP_NET_RAW, CAP_NET_BIND_SERVICE, CAP_SETUID, CAP_SETGID,
                           CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_KILL, CAP_SYS_CHROOT}) {
    EXPECT_TRUE(held >> wanted & 1) << wanted;
  }
  for (const int machines :
       {CAP_SYS_ADMIN, CAP_SYS_TIME, CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYS_BOOT, CAP_SYSLOG,
        CAP_MKNOD, CAP_SYS_RESOURCE, CAP_SYS_NICE, CAP_DAC_READ_SEARCH, CAP_LINUX_IMMUTABLE,
        CAP_AUDIT_CONTROL, CAP_MAC_ADMIN, CAP_SYS_PTRACE, CAP_WAKE_ALARM, CAP_BPF, CAP_PERFMON}) {
    EXPECT_FALSE(held >> machines & 1) << machines;
  }
  // What could be traced must not have more.
  EXPECT_EQ(output("grep Cap /proc/1/status"), output("grep Cap /proc/self/status"));
}

TEST_P(NetnsReach, private_places_cannot_be_taken_away) {
  EXPECT_NE(run("umount -l /tmp").exit, 0);
  EXPECT_NE(run("umount /etc/hosts").exit, 0);
  EXPECT_NE(run("mount -o remount,size=10G /tmp").exit, 0);
  // Who makes user namespaces has all capabilities there.
  run("unshare -Urm sh -c 'umount -l /tmp; echo x > /tmp/" + marker + "'");
  EXPECT_FALSE(std::filesystem::exists("/tmp/" + marker));
  EXPECT_EQ(output("cd /tmp; ls -d catenet-marker-* | wc -l"), output("unshare -Ur true && echo 1 "
                                                                      "|| echo 0"));
}

TEST_P(NetnsReach, settings_of_the_machine_are_read_only_and_those_of_the_network_are_not) {
  for (const char* setting : {"kernel/hostname", "vm/swappiness", "fs/file-max"}) {
    EXPECT_NE(run(fmt::format("cd /proc/sys; value=$(cat {0}); echo $value > {0}", setting)).exit,
              0)
        << setting;
  }
  EXPECT_EQ(output("echo 1 > /proc/sys/net/ipv4/ip_forward; cat /proc/sys/net/ipv4/ip_forward"),
            "1\n");
}

TEST_P(NetnsReach, every_place_that_can_be_written_has_a_limit) {
  for (const char* place : {"/tmp", "/var/log", "/etc/hosts", "/etc/hostname"}) {
    EXPECT_EQ(output(std::string("df --output=size,itotal ") + place + " | tail -1 | xargs"),
              "262144 65536\n")
        << place;
  }
}

INSTANTIATE_TEST_SUITE_P(As, NetnsReach,
                         testing::Values(Privilege::automatic, Privilege::user_namespace),
                         [](const auto& one) {
                           return one.param == Privilege::automatic ? "root" : "user";
                         });

}  // namespace
}  // namespace catenet::program
