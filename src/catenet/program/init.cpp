#include "catenet/program/init.hpp"

#include <csignal>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "catenet/program/capabilities.hpp"
#include "catenet/program/control.hpp"
#include "catenet/program/first_process.hpp"
#include "catenet/program/private_files.hpp"
#include "catenet/program/setup.hpp"

namespace catenet::program {
namespace {

// Holds back all but root; see the limit of the pid namespace in setup.cpp.
void limit_own_processes() {
  constexpr rlimit most{4'096, 4'096};
  ::setrlimit(RLIMIT_NPROC, &most);
}

class NamespaceProcess final : public FirstProcess {
 public:
  NamespaceProcess(int control, Shell shell) : FirstProcess(control), shell_(std::move(shell)) {}

 private:
  void become(const Message& message, StartFailure& failure) override {
    limit_own_processes();
    become_shell(message, shell_, failure);
  }
  std::vector<LivingProcess> others() const override { return living_processes(); }
  void signal_all(int signal) override { ::kill(-1, signal); }

  Shell shell_;
};

// False: it failed, and the failure was told.
bool set_up(int control, const NamespaceSpec& spec, Errno alone) {
  const auto fail = [&](SetupStep step, const std::string& what, Errno error) {
    static_cast<void>(send_message(control,
                                   {.kind = MessageKind::failed,
                                    .id = static_cast<u32>(step),
                                    .error = static_cast<i32>(error)},
                                   what));
    return false;
  };
  if (alone != Errno::ok) return fail(SetupStep::process, "begin a session", alone);
  const auto wires = set_up_namespace(spec);
  if (!wires) return fail(wires.error().step, wires.error().what, wires.error().error);
  for (u32 i = 0; i < wires->size(); ++i) {
    const os::KernelWire& wire = (*wires)[i];
    const MessageHead head{
        .kind = MessageKind::wire, .id = i, .status = static_cast<i32>(wire.kind)};
    const int fd = wire.fd.get();
    if (!send_message(control, head, {}, {&fd, 1})) return false;
  }
  if (const auto less = give_up_capabilities(); !less) {
    return fail(SetupStep::process, "give up capabilities", less.error());
  }
  return send_message(control, {.kind = MessageKind::ready}).has_value();
}

}  // namespace

void run_first_process(int control, const NamespaceSpec& spec) {
  Shell shell{.path = program_path(), .home = home_folder, .user = "root"};
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const Errno alone = begin_first_process(control, "catenet-ns");
  const auto go = receive_message(control, 0);
  // Only now: the files of /proc by which Catenet maps an ordinary user are closed to it then. No
  // program may trace this process, look into it or take its descriptors, whatever it is root of.
  ::prctl(PR_SET_DUMPABLE, 0);
  if (!go || !*go || !set_up(control, spec, alone)) ::_exit(1);
  NamespaceProcess(control, std::move(shell)).run();
  ::_exit(0);
}

}  // namespace catenet::program
