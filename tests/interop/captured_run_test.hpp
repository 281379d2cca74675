// A lab along the machine's clock, run as `catenet run` does: captured at every port, and the
// capture held against capture_faults.py.
#pragma once

#include "catenet/lab/report.hpp"
#include "catenet/lab/wall_run.hpp"
#include "catenet/os/byte_file.hpp"
#include "catenet/os/pcap_filter.hpp"
#include "catenet/trace/capture_recorder.hpp"

#include "capture_check_test.hpp"

namespace catenet::interop {

// The run and the faults of its capture; an error where this machine cannot run the lab.
struct CapturedRun {
  std::expected<lab::RunResult, program::Problem> result;
  std::string faults;
};

inline std::function<bool(ByteView)> compile_filter(const std::string& text) {
  auto filter = os::PcapFilter::compile(text);
  if (!filter) return {};
  return [program = *std::move(filter)](ByteView frame) { return program.matches(frame); };
}

inline CapturedRun run_captured(const lab::Plan& plan, lab::RunnerOptions options = {}) {
  const Folder folder;
  auto file = os::ByteFile::create(folder.path("lab.pcapng"));
  if (!file) return {std::unexpected(program::Problem{"no capture file"}), "no capture file"};
  CaptureRecorder capture(**file, CaptureSection{});
  options.recorder = &capture;
  options.compile_filter = compile_filter;
  const auto add_ports = [&](lab::Runner& runner) {
    const auto& ports = runner.network().ports();
    for (PortId port = 0; port < ports.size(); ++port) {
      CaptureInterface interface;
      interface.name = plan.port_name(ports[port]);
      capture.add_port(port, interface);
    }
  };
  CapturedRun run{lab::run_on_wall_clock(plan, options, add_ports), ""};
  if (!run.result) return run;
  capture.finish(run.result->end);
  static_cast<void>((*file)->close());
  const std::string report = folder.write("run.json", as_bytes(lab::json_report(*run.result)));
  run.faults = faults_of_capture(folder.path("lab.pcapng"), "--report " + report);
  return run;
}

}  // namespace catenet::interop
