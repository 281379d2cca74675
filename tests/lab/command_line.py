#!/usr/bin/env python3
"""What `catenet` does about odd command lines, full disks, closed pipes, signals and neighbours.

    command_line.py CATENET
"""
import fcntl
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest

CATENET = ""
PAIR = "nodes: {a: , b: }\nlinks: [{endpoints: [a, b]}]\n"
PING = "script: [{at: 0 s, on: a, run: ping -c 1 b}]\n"
FAILING = "script: [{at: 0 s, on: a, run: ping -c 1 b, expect: {exit: 1}}]\n"
# Runs for hours of real time unless it is interrupted.
ENDLESS = "script: [{at: 0 s, on: a, run: ping -i 0.001 b}]\n"
FILES = ["lab.pcapng", "report.html", "report.txt", "report.xml", "run.json"]
IDLE_CONNECTION = ("nodes: {a: , b: {services: [{http: {files: {/x: hello}}}]}}\n"
                   "links: [{name: l, endpoints: [a, b]}]\n"
                   "script: [{at: 0 s, on: a, run: fetch http://b/x}]\n")


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def lab(self, text):
        (self.folder / "x.yaml").write_text(text)
        return "x.yaml"

    def start(self, *arguments, **options):
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        return subprocess.Popen([CATENET, *arguments], cwd=self.folder, text=True, **options)

    def run_it(self, *arguments, **options):
        process = self.start(*arguments, **options)
        out, error = process.communicate(timeout=120)
        return process.returncode, out, error

    def refused(self, *arguments, saying):
        code, out, error = self.run_it(*arguments)
        self.assertEqual((code, out), (2, ""), error)
        self.assertIn(saying, error)

    def out(self, name):
        return self.folder / "out" / "x" / name

    def skip_where_types_are_checked(self):
        """For tests that leave the program no file descriptor."""
        if b"__ubsan_handle_dynamic_type_cache_miss" in pathlib.Path(CATENET).read_bytes():
            self.skipTest("the sanitizer opens a pipe to look at an object's type, and takes a "
                          "failure for a wrong type")


class CommandLine(Case):
    def test_numbers_are_decimal_and_fit(self):
        lab = self.lab(PAIR + PING)
        for odd in ["-1", "18446744073709551616", "", "010", "0x10", "+1", "1e3", "1 ", "1_0"]:
            self.refused("run", lab, "--no-files", "--seed", odd,
                         saying="--seed")
            self.refused("storm", "--from", odd, saying="--from")
        for good in ["0", "1", "18446744073709551615"]:
            self.assertEqual(self.run_it("run", lab, "--no-files", "--seed", good)[0], 0)

    def test_storm_that_would_run_nothing_is_refused(self):
        self.refused("storm", "--seeds", "0", saying="from 1 to")
        self.refused("storm", "--seeds", "-1", saying="--seeds")
        self.refused("storm", "--seeds", "2", "--from", "18446744073709551615", saying="no 2 seeds")
        code, out, _ = self.run_it("storm", "--seeds", "1", "--from", "18446744073709551615",
                                   "--no-tunables")
        self.assertEqual((code, "1 seeds from 18446744073709551615: 0 failed" in out), (0, True))

    def test_unknown_verb_is_named(self):
        self.refused("rum", saying="no verb 'rum'; did you mean 'run'?")
        self.refused("frobnicate", saying="no verb 'frobnicate'")
        self.refused("\x1b[31mrum\n", saying=r"no verb '\x1b[31mrum\x0a'")
        self.refused(saying="subcommand")

    def test_names_command_no_terminal(self):
        odd = "\x1b]0;x\x07.yaml"
        seen = r"\x1b]0;x\x07.yaml"
        self.refused("run", odd, saying=seen)
        self.refused("validate", odd, saying=seen)
        self.refused("run", "x.yaml", "--seed", odd, saying=seen)
        self.refused("run", "x.yaml", "--" + odd, saying=seen)
        self.refused("serve", "http", odd, saying=seen)
        (self.folder / odd).write_text(PAIR + PING)
        said = f"{seen}: 2 nodes, 1 link, 1 step: fine\n"
        self.assertEqual(self.run_it("validate", odd)[:2], (0, said))

    def test_option_given_twice_is_named(self):
        self.refused("run", self.lab(PAIR + PING), "--seed", "1", "--seed", "2",
                     saying="--seed is given 2 times")

    def test_lab_that_cannot_be_read_is_refused(self):
        self.refused("run", "", saying="name a lab file; - is standard input")
        self.refused("validate", "nosuch.yaml", saying="nosuch.yaml: error: cannot read this file")
        self.refused("validate", ".", saying=".: error: cannot read this file: Is a directory")
        self.refused("validate", "/dev/zero", saying="this is no regular file")
        with open(self.folder / "empty.yaml", "w+") as empty:
            code, _, error = self.run_it("validate", "-", stdin=empty)
        self.assertEqual(code, 2)
        self.assertIn("standard input:1:1: error: the file is empty", error)
        folder = os.open(self.folder, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        code, _, error = self.run_it("validate", "-", stdin=folder)
        self.assertEqual(code, 2)
        self.assertIn("standard input: error: it cannot be read: Is a directory", error)

    def test_lab_is_read_from_standard_input(self):
        process = self.start("validate", "-", stdin=subprocess.PIPE)
        out, _ = process.communicate(PAIR + "# " + "x" * 100_000 + "\n", timeout=60)
        self.assertEqual((process.returncode, out), (0, "-: 2 nodes, 1 link, 0 steps: fine\n"))

    def test_lab_from_standard_input_is_called_lab(self):
        process = self.start("run", "-", stdin=subprocess.PIPE)
        out, error = process.communicate(PAIR + PING, timeout=60)
        self.assertEqual((process.returncode, error), (0, ""))
        self.assertTrue(out.endswith("\nlab: passed\n"), out)
        self.assertEqual(sorted(os.listdir(self.folder / "out" / "lab")), FILES)

    def test_lab_that_does_nothing_is_warned_of(self):
        for verb in "validate", "run":
            code, _, error = self.run_it(verb, self.lab(PAIR))
            self.assertEqual(code, 0)
            self.assertIn("x.yaml: warning: nothing is run and nothing expected", error)
            self.assertEqual(self.run_it(verb, self.lab(PAIR + PING))[2], "")
        reached = ("nodes: {m: {kind: outside, device: {tap: lab0}}, a: }\n"
                   "links: [{endpoints: [m, a]}]\n")
        self.assertEqual(self.run_it("validate", self.lab(reached + "stop_time: 1 s\n"))[2], "")
        self.assertIn("nothing is run", self.run_it("validate", self.lab(reached))[2])

    def test_plan_is_printed_for_people_and_for_programs(self):
        lab = self.lab(PAIR + PING)
        code, out, error = self.run_it("validate", "--plan", lab)
        self.assertEqual((code, error), (0, ""))
        self.assertIn("x.yaml: 2 nodes, 1 link, 1 step: fine\n", out)
        self.assertRegex(out, r"\na +eth0 +10\.0\.1\.10/24 +fd00:0:0:1::a/64 +02:")
        code, out, error = self.run_it("validate", "--plan", "--json", lab)
        self.assertEqual((code, error), (0, ""))
        plan = json.loads(out)
        self.assertEqual(plan["nodes"][1]["interfaces"][0]["addresses"],
                         ["10.0.1.11/24", "fd00:0:0:1::b/64"])
        self.refused("validate", "--json", lab, saying="--plan")

    def test_json_does_not_hang_on_where_the_reports_lie(self):
        lab = self.lab(PAIR + PING)
        reports = []
        for out in "here", "there/below":
            self.assertEqual(self.run_it("run", "-q", "--out", out, lab)[0], 0)
            reports.append(json.loads((self.folder / out / "x" / "run.json").read_text()))
        for report in reports:
            report.pop("wall_s", None)
        self.assertEqual(reports[0], reports[1])
        self.assertEqual(reports[0]["capture"], "lab.pcapng")

    def test_out_without_a_name_is_refused(self):
        self.refused("run", self.lab(PAIR + PING), "--out", "", saying="--out")


class Outputs(Case):
    def test_output_that_cannot_be_written_is_told(self):
        lab = self.lab(PAIR + PING)
        for arguments in [("run", lab), ("run", lab, "--json"), ("validate", lab), ("schema",),
                          ("storm", "--seeds", "1", "--no-tunables"), ("storm", "--show"),
                          ("--help",), ("run", "--help"), ("--version",)]:
            with open("/dev/full", "w") as full:
                code, _, error = self.run_it(*arguments, stdout=full)
            self.assertEqual(code, 3, arguments)
            self.assertIn("standard output: No space left on device", error)
        self.assertTrue(json.loads(self.out("run.json").read_text())["passed"])

    def test_reader_that_goes_away_loses_no_file(self):
        reading, writing = os.pipe()
        os.close(reading)
        code, _, error = self.run_it("run", self.lab(PAIR + FAILING), stdout=writing)
        os.close(writing)
        self.assertEqual(code, 3)
        self.assertIn("Broken pipe", error)
        self.assertIn("FAILED", error)
        self.assertTrue(self.out("report.txt").read_text().endswith("x: FAILED\n"))

    def test_closed_standard_streams_are_no_files_of_a_run(self):
        def close_all():
            for stream in range(3):
                os.close(stream)
        # The node that no link joins is warned of on standard error.
        lab = self.lab(PAIR.replace("b: ", "b: , lonely: ") + PING)
        process = self.start("run", lab, preexec_fn=close_all, stdout=None, stderr=None)
        self.assertEqual(process.wait(timeout=60), 3)
        self.assertEqual(json.loads(self.out("run.json").read_text())["passed"], True)
        self.assertTrue(self.out("report.txt").read_text().endswith("x: passed\n"))
        self.assertGreater(captured_frames(self.out("lab.pcapng")), 0)

    def test_verification_is_part_of_the_json(self):
        code, out, _ = self.run_it("run", self.lab(PAIR + PING), "--json", "--verify")
        self.assertEqual((code, json.loads(out)["verify"]),
                         (0, {"same": True, "difference": None}))
        self.assertEqual(self.out("run.json").read_text(), out)

    def test_full_disk_leaves_the_table(self):
        lab = self.lab(PAIR + FAILING)
        self.out("").mkdir(parents=True)
        for name in FILES:
            self.out(name).symlink_to("/dev/full")
        code, out, error = self.run_it("run", lab)
        self.assertEqual(code, 3)
        for name in FILES:
            self.assertIn(f"{name}: No space left on device", error)
        self.assertTrue(out.endswith("x: FAILED\n"), out)
        self.assertIn("x FAILED", error)

    def test_limit_on_file_sizes_is_an_error_and_no_death(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, 4_096))
        lab = self.lab(PAIR + PING.replace("-c 1", "-c 100"))
        code, out, error = self.run_it("run", lab, preexec_fn=limit)
        self.assertEqual(code, 3)
        self.assertIn("lab.pcapng: File too large. Raise the limit of file sizes: ulimit -f", error)
        self.assertNotIn("--out", error)
        self.assertEqual(sorted(os.listdir(self.out(""))), ["report.txt"],
                         "run.json, report.xml and report.html are too large too")
        self.assertIn("x: passed\n", out)

    def test_lack_of_memory_is_the_machines_fault(self):
        if b"__asan_init" in pathlib.Path(CATENET).read_bytes():
            self.skipTest("AddressSanitizer takes its memory at once")
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (200 << 20, 200 << 20))
        lab = self.lab("nodes: {a: , b: {files: {/x: {size: 64 MiB}}, services: [http]}}\n"
                       "links: [{endpoints: [a, b]}]\nscript:\n" +
                       "".join(f"  - {{at: {i} s, on: a, run: fetch -O /{i} http://b/x}}\n"
                               for i in range(4)))
        code, _, error = self.run_it("run", lab, "--no-files", preexec_fn=limit)
        self.assertEqual(code, 3, error)
        self.assertIn("the machine has not the memory", error)

    def test_what_the_machine_refused_is_told_on_one_line(self):
        lab = self.lab('nodes: {n: {kind: namespace, private: ["/no/such\\n"]}, b: }\n'
                       "links: [{endpoints: [n, b]}]\n"
                       'script: [{at: 0 s, on: n, run: "true"}]\n')
        code, _, error = self.run_it("run", lab, "--no-files")
        self.assertEqual(code, 3, error)
        self.assertEqual(error.count("\n"), 1, error)

    def test_capture_ends_with_the_books(self):
        code, out, _ = self.run_it("run", self.lab(IDLE_CONNECTION), "--json")
        report = json.loads(out)
        frames = sum(port["sent_frames"] + port["received_frames"] for port in report["ports"])
        self.assertEqual((code, captured_frames(self.out("lab.pcapng"))), (0, frames))

    def test_doctor_says_what_is_there_and_whether_namespaces_work(self):
        code, out, error = self.run_it("doctor", "--json")
        said = json.loads(out)
        self.assertEqual((code, error), (0 if said["namespaces"] else 3, ""))
        self.assertEqual(said["modes"][0], {"name": "labs in virtual time", "ok": True,
                                            "says": "need nothing", "advice": None})
        names = [finding["name"] for finding in said["machine"]]
        for name in ["root", "user namespaces", "network namespaces", "/dev/net/tun opens",
                     "a namespace with a veth pair", "packet sockets", "ping sockets",
                     "seccomp user notification", "open files"]:
            self.assertIn(name, names)
        for finding in said["machine"]:
            self.assertTrue(finding["ok"] or finding["advice"] or finding["says"], finding)

    def test_doctor_leaves_nothing_and_text_and_json_agree(self):
        def traces():
            return (pathlib.Path("/proc/self/mounts").read_text(),
                    [line for line in pathlib.Path("/proc/net/dev").read_text().splitlines()
                     if "cprobe" in line])
        before = traces()
        code, out, _ = self.run_it("doctor")
        self.assertEqual(traces(), before)
        as_json, said, _ = self.run_it("doctor", "--json")
        self.assertEqual(code, as_json)
        for finding in json.loads(said)["machine"]:
            self.assertIn(f"  {'yes' if finding['ok'] else 'NO '}  {finding['name']}", out)

    def test_machine_without_namespaces_is_told_with_advice(self):
        def no_descriptors():
            resource.setrlimit(resource.RLIMIT_NOFILE, (4, 4))
        self.skip_where_types_are_checked()
        lab = self.lab("nodes: {n: {kind: namespace}, h: }\nlinks: [{endpoints: [n, h]}]\n")
        code, out, error = self.run_it("run", "--no-files", lab, preexec_fn=no_descriptors)
        self.assertEqual((code, out), (3, ""), error)
        self.assertIn("this machine cannot run x: ", error)
        self.assertIn("catenet doctor", error)

    def test_run_that_is_refused_leaves_no_folder(self):
        def no_descriptors():
            resource.setrlimit(resource.RLIMIT_NOFILE, (6, 6))
        self.skip_where_types_are_checked()
        lab = self.lab("nodes: {n: {kind: namespace}, h: }\nlinks: [{endpoints: [n, h]}]\n")
        for before in [[], ["out"]]:
            for folder in before:
                (self.folder / folder).mkdir()
            code, out, error = self.run_it("run", lab, preexec_fn=no_descriptors)
            self.assertEqual((code, out), (3, ""), error)
            self.assertEqual(sorted(os.listdir(self.folder)), before + ["x.yaml"])

    def test_lab_whose_pages_the_machine_cannot_open_is_broken_off(self):
        (self.folder / "site").mkdir()
        (self.folder / "site" / "x").write_text("hello")
        lab = self.lab(IDLE_CONNECTION.replace("files: {/x: hello}", "root: site"))
        self.assertEqual(self.run_it("run", lab)[0], 0)
        self.skip_where_types_are_checked()
        codes = []
        for most in range(4, 12):
            def few_files():
                resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
            code, out, error = self.run_it("run", lab, preexec_fn=few_files)
            self.assertEqual("broken off: cannot read site" in out, "cannot read site" in error)
            self.assertEqual(code, 3 if "Too many open files" in error else 0, error + out)
            codes.append(code)
        self.assertEqual((codes[0], codes[-1]), (3, 0))
        self.assertEqual(codes, sorted(codes, reverse=True))

    def test_storm_that_cannot_run_again_is_the_machines_fault(self):
        def few_files():
            resource.setrlimit(resource.RLIMIT_NOFILE, (4, 4))
        self.skip_where_types_are_checked()
        code, out, error = self.run_it("storm", "--seeds", "1", preexec_fn=few_files)
        self.assertEqual(code, 3, out)
        self.assertIn("Too many open files", error)
        self.assertIn("1 seeds from 1: 0 failed", out)


class Folder(Case):
    def test_second_run_in_a_folder_is_turned_away(self):
        lab = self.lab(PAIR + PING)
        self.assertEqual(self.run_it("run", lab)[0], 0)
        lock = os.open(self.out(""), os.O_RDONLY)
        self.addCleanup(os.close, lock)
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = self.out("lab.pcapng").read_bytes()
        code, _, error = self.run_it("run", lab)
        self.assertEqual(code, 3)
        self.assertIn("in use by another catenet", error)
        self.assertEqual(self.out("lab.pcapng").read_bytes(), before)

    def test_files_of_an_earlier_run_do_not_stay(self):
        self.assertEqual(self.run_it("run", self.lab(PAIR + PING))[0], 0)
        process = self.begin(ENDLESS)
        process.kill()
        process.communicate()
        self.assertEqual(os.listdir(self.out("")), ["lab.pcapng.part"])
        self.assertEqual(self.run_it("run", self.lab(PAIR + PING + "capture: none\n"))[0], 0)
        self.assertEqual(sorted(os.listdir(self.out(""))), FILES[1:])

    def test_a_run_that_does_not_begin_leaves_no_earlier_report(self):
        wrong = PAIR + "script: [{at: 0 s, on: c, run: ping -c 1 b}]\n"
        for text, words, kept in ((wrong, (), False),
                                  (wrong + "frob: 1\n", (), False),
                                  (PAIR + PING + "time: wall\n", ("--verify",), False),
                                  (wrong, ("--no-files",), True),
                                  (wrong + "name: other\n", (), True),
                                  (wrong + "name: a/b\n", (), True),
                                  (wrong + "include: nothing.yaml\n", (), True),
                                  ("nodes: [", (), True)):
            self.assertEqual(self.run_it("run", self.lab(PAIR + PING))[0], 0)
            self.assertEqual(self.run_it("run", self.lab(text), *words)[0], 2, text)
            self.assertEqual(sorted(os.listdir(self.out(""))), FILES if kept else [], text)
        self.assertEqual(self.run_it("run", self.lab(wrong), "--out", "none")[0], 2)
        self.assertFalse((self.folder / "none").exists())

    def test_name_of_a_lab_that_is_none_is_told_with_what_one_is(self):
        self.refused("up", self.lab(PAIR), "--lab", "a/b",
                     saying="'a/b' is no name for a lab; a folder is called so: at most 100 bytes")

    def test_run_leaves_whole_files_alone(self):
        self.assertEqual(self.run_it("run", self.lab(PAIR + PING))[0], 0)
        self.assertEqual(sorted(os.listdir(self.out(""))), FILES)

    def captured_something(self):
        growing = self.out("lab.pcapng.part")
        return growing.exists() and growing.stat().st_size > 0

    def begin(self, script):
        """Starts a lab and waits until its capture grows."""
        process = self.start("run", self.lab(PAIR + script))
        deadline = time.monotonic() + 60
        while self.out("run.json").exists() or not self.captured_something():
            self.assertLess(time.monotonic(), deadline, "the lab did not begin")
            time.sleep(0.01)
        return process

    def test_abort_is_an_internal_error(self):
        process = self.begin(ENDLESS)
        process.send_signal(signal.SIGABRT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 4)

    def test_interrupted_run_is_whole_and_says_so(self):
        for number in [signal.SIGINT, signal.SIGTERM]:
            process = self.begin(ENDLESS)
            process.send_signal(number)
            out, _ = process.communicate(timeout=60)
            self.assertEqual(process.returncode, -number)
            self.assertIn("broken off: interrupted", out)
            report = json.loads(self.out("run.json").read_text())
            self.assertEqual((report["broken_off"], report["passed"]), ("interrupted", False))
            frames = sum(port["sent_frames"] + port["received_frames"] for port in report["ports"])
            self.assertEqual(captured_frames(self.out("lab.pcapng")), frames)
            self.assertIn("broken off: interrupted", self.out("report.html").read_text())
            self.assertIn('errors="1"', self.out("report.xml").read_text())


def captured_frames(path):
    """Enhanced packet blocks of a pcapng file that ends where its last block does."""
    data, at, frames = path.read_bytes(), 0, 0
    while at < len(data):
        kind, length = (int.from_bytes(data[at + i:at + i + 4], "little") for i in (0, 4))
        if data[at + length - 4:at + length] != data[at + 4:at + 8]:
            raise AssertionError(f"the block at {at} is not whole")
        frames += kind == 6
        at += length
    return frames


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    CATENET = os.path.abspath(sys.argv.pop(1))
    unittest.main()
