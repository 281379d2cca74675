#!/usr/bin/env python3
"""A lab that stays up, and what its user does to it: up, exec, sh, ps, capture, set, cut, heal and
down. Whatever is killed, nothing is left of it."""
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import termios
import unittest

from live_lab import (CATENET, LAB, LIMIT_S, Live, descendants, has_a_socket, is_alive,
                      wait_until)


class Exec(Live):
    def test_streams_and_exit_code_pass_through(self):
        self.up()
        text = "".join(f"{n}\n" for n in range(50_000))
        done = self.catenet("exec", "bob", "--", "sh", "-c", "cat; echo wrong >&2; exit 7",
                            input=text, expect=7)
        self.assertEqual(done.stdout, text)
        self.assertEqual(done.stderr, "wrong\n")
        self.assertEqual(self.catenet("exec", "bob", "--", "printf", "%s|", "a b", "", "--",
                                      "-c").stdout, "a b||--|-c|")
        self.environment["TERM"] = "xterm-mono"
        pwd, home, terminal = self.catenet("exec", "bob", "--", "sh", "-c",
                                           "pwd; echo $HOME; echo $TERM").stdout.split()
        self.assertEqual(pwd, home)
        self.assertTrue(home.startswith(str(self.homes)))
        self.assertEqual(terminal, "xterm-mono")
        self.assertEqual(self.catenet("exec", "bob", "--", "sh", "-c", "kill -TERM $$",
                                      expect=143).stdout, "")
        self.catenet("exec", "bob", "--", "no-such-program", expect=127)
        self.catenet("exec", "bob", "--", "/etc/passwd", expect=126)
        for words in (("--lab", "live"), ("-t",)):
            said = self.catenet("exec", "bob", *words, "--", "true", expect=2).stderr
            self.assertIn(f"before the host, the program's own behind it: catenet exec {words[0]} "
                          "… bob", said)
        self.assertIn("no option --lba", self.catenet("exec", "--lba", "x", "bob", "--", "true",
                                                      expect=2).stderr)

    def test_a_program_of_the_host_reaches_the_lab(self):
        if not shutil.which("curl"):
            raise unittest.SkipTest("curl is not installed")
        self.up()
        self.assertEqual(self.catenet("exec", "bob", "--", "curl", "-s", "http://web/hello").stdout,
                         "Hello\n")

    def test_signals_reach_the_program(self):
        self.up()
        for name, number in (("INT", signal.SIGINT), ("TERM", signal.SIGTERM),
                             ("HUP", signal.SIGHUP), ("QUIT", signal.SIGQUIT)):
            script = (f"trap 'echo got {name}; exit 5' {name}; echo ready; "
                      "while :; do sleep 0.05; done")
            client = self.begin("exec", "bob", "--", "sh", "-c", script)
            self.assertEqual(client.stdout.readline(), b"ready\n")
            client.send_signal(number)
            self.assertEqual(client.wait(LIMIT_S), 5)
            self.assertEqual(client.stdout.read(), f"got {name}\n".encode())

    def test_two_at_once_do_not_wait_for_each_other(self):
        self.up()
        first = self.begin("exec", "bob", "--", "cat", stdin=subprocess.PIPE)
        second = self.begin("exec", "ann", "--", "cat", stdin=subprocess.PIPE)
        for client, word in ((second, b"two\n"), (first, b"one\n")):
            client.stdin.write(word)
            client.stdin.flush()
            self.assertEqual(client.stdout.readline(), word)
        self.assertEqual(len(self.runs("cat")), 2)
        for client in (first, second):
            client.stdin.close()
            self.assertEqual(client.wait(LIMIT_S), 0)
        self.assertEqual(self.runs("cat"), [])

    def test_a_host_with_tools_of_its_own_runs_those(self):
        self.up()
        done = self.catenet("exec", "carol", "--", "fetch", "http://web/hello")
        self.assertEqual(done.stdout, "Hello\n")
        self.assertIn("200 OK", done.stderr)
        self.assertIn("runs Catenet's own tools",
                      self.catenet("exec", "carol", "--", "ls", expect=127).stderr)
        ping = self.begin("exec", "carol", "--", "ping", "web")
        self.assertIn(b"PING", ping.stdout.readline())
        self.assertIn(b"64 bytes", ping.stdout.readline())
        self.assertEqual([row["host"] for row in self.runs("ping web")], ["carol"])
        ping.send_signal(signal.SIGINT)
        self.assertEqual(ping.wait(LIMIT_S), 0)
        self.assertIn(b"0% packet loss", ping.stdout.read())
        killed = self.begin("exec", "carol", "--", "ping", "web")
        killed.stdout.readline()
        killed.kill()
        wait_until(lambda: not self.processes(), "the ping has ended with its client")

    def test_a_program_that_minds_no_hangup_ends_with_its_client(self):
        self.up()
        client = self.begin("exec", "bob", "--", "sh", "-c",
                            "trap '' HUP; echo ready; sleep 1000; sleep 1001")
        self.assertEqual(client.stdout.readline(), b"ready\n")
        client.kill()
        wait_until(lambda: not self.processes(), "the program has ended")


    def test_what_takes_no_time_takes_the_lab_from_nobody(self):
        """On links without delay a flood never lets the clock go on."""
        self.up()
        flood = self.begin("exec", "carol", "--", "ping", "-f", "web")
        flood.stdout.readline()
        self.catenet("exec", "bob", "--", "true")
        # Nobody has read what it printed meanwhile, which is much.
        flood.send_signal(signal.SIGINT)
        wait_until(lambda: not self.runs("ping -f web"), "it has ended")
        self.assertIn(b"packets transmitted", flood.stdout.read()[-300:])
        self.assertEqual(flood.wait(LIMIT_S), 0)
        # Nor does one whose client is killed while it prints.
        for _ in range(3):
            flood = self.begin("exec", "carol", "--", "ping", "-f", "web")
            flood.stdout.readline()
            flood.kill()
            wait_until(lambda: not self.runs("ping -f web"), "it has ended with its client")
        self.catenet("exec", "bob", "--", "true")


class Shell(Live):
    def talk(self, words, until):
        """Says `words` when the prompt is there; what came until then."""
        os.write(self.terminal, words)
        said = b""
        while until not in said:
            ready, _, _ = select.select([self.terminal], [], [], LIMIT_S)
            self.assertTrue(ready, f"after {words!r} came {said!r}")
            said += os.read(self.terminal, 4096)
        return said

    def begin_on_terminal(self, *words):
        self.terminal, end = pty.openpty()
        self.addCleanup(os.close, self.terminal)
        client = subprocess.Popen([CATENET, *words], env=self.environment, cwd=self.folder,
                                  stdin=end, stdout=end, stderr=end, start_new_session=True,
                                  preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(end)
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)
        return client

    def begin_shell(self, host):
        shell = self.begin_on_terminal("sh", host)
        self.talk(b"", b"# " if os.geteuid() == 0 else b"$ ")
        return shell

    def test_a_shell_has_job_control_and_its_children_live_on_the_host(self):
        self.up()
        shell = self.begin_shell("bob")
        self.assertNotIn(b"job control turned off", self.talk(b"hostname\n", b"bob\r\n"))
        self.talk(b"tty > /dev/null && echo on a t''ty\n", b"on a tty\r\n")
        self.talk(b"sleep 1000\n", b"sleep 1000")
        wait_until(lambda: self.runs("sleep 1000"), "it sleeps")
        self.talk(b"\x1a", b"Stopped")  # Ctrl-Z
        self.talk(b"fg\n", b"sleep 1000")
        self.talk(b"\x03", b"# " if os.geteuid() == 0 else b"$ ")  # Ctrl-C
        self.assertEqual(self.runs("sleep 1000"), [])
        os.write(self.terminal, b"exit 9\n")
        self.assertEqual(shell.wait(LIMIT_S), 9)

    def test_a_shell_whose_client_is_killed_ends_with_its_jobs(self):
        self.up()
        shell = self.begin_shell("bob")
        os.write(self.terminal, b"sleep 1000\n")
        wait_until(lambda: self.runs("sleep 1000"), "it sleeps")
        shell.kill()
        shell.wait()
        wait_until(lambda: not self.processes(), "all of it has ended")

    def test_there_is_no_shell_where_tools_run(self):
        self.up()
        self.assertIn("own tools", self.catenet("sh", "carol", expect=2).stderr)
        shell = self.begin_on_terminal("sh", "carol")
        self.assertTrue(self.talk(b"", b"\n").startswith(b"catenet: carol runs"))
        self.assertEqual(shell.wait(LIMIT_S), 2)

    def test_a_tool_leaves_the_terminal_as_it_is(self):
        self.up()
        ping = self.begin_on_terminal("exec", "-t", "carol", "--", "ping", "web")
        said = self.talk(b"", b"64 bytes")
        self.assertIn(b"PING", said)
        self.assertNotRegex(said, rb"[^\r]\n")
        self.assertTrue(termios.tcgetattr(self.terminal)[3] & termios.ISIG)
        self.talk(b"\x03", b"0% packet loss")  # Ctrl-C
        self.assertEqual(ping.wait(LIMIT_S), 0)


class Links(Live):
    def ping_ms(self):
        said = self.catenet("exec", "carol", "--", "ping", "-q", "-c", "1", "web")
        return float(re.search(r"= ([0-9.]+)/", said.stdout)[1])

    def test_what_is_set_counts_at_once(self):
        self.up()
        self.ping_ms()
        self.catenet("set", "wan", "delay:", "20", "ms", "loss:", "0", "%")
        self.assertAlmostEqual(self.ping_ms(), 40, delta=0.5)
        self.catenet("set", "wan", "delay:10ms", "loss: 0 %")
        self.assertAlmostEqual(self.ping_ms(), 20, delta=0.5)
        self.catenet("set", "wan", "delay: 20 ms")
        self.catenet("set", "--forward", "wan", "delay: 5 ms, jitter: {amount: 0 ms}")
        self.assertAlmostEqual(self.ping_ms(), 25, delta=0.5)
        self.catenet("set", "r1--web", "none")
        self.assertLess(self.ping_ms(), 1)

    def test_a_cut_link_loses_all_until_it_is_healed(self):
        self.up()
        self.ping_ms()
        lost = ("exec", "carol", "--", "ping", "-q", "-c", "1", "-W", "0.1", "web")
        for target in ("wan", "web", "web:eth0"):
            self.catenet("cut", target)
            self.catenet(*lost, expect=1)
            self.catenet("heal", target)
            self.catenet(*lost)
        self.catenet("cut", "wan", "bob--r1")
        self.catenet("heal", "all")
        self.catenet(*lost)

    def test_what_cannot_be_set_is_told(self):
        self.up()
        for words, told in ((("set", "van", "loss: 1 %"), "did you mean 'wan'?"),
                            (("set", "wan", "dely: 1 ms"), "did you mean 'delay'?"),
                            (("set", "wan", "delay: 1 mz"), "unknown unit 'mz'"),
                            (("set", "wan", "delay=1ms"), "say delay: 1 ms"),
                            (("set", "wan"), "catenet set wan delay: 20 ms"),
                            (("set", "wan", "delay: [1 ms"), "catenet: "),
                            (("set", "wan", "reorder: {chance: 5 %, by: 0 ms}"), "reorder"),
                            (("cut", "bobb"), "did you mean 'bob'?"),
                            (("exec", "bobb", "--", "ls"), "did you mean 'bob'?"),
                            (("capture", "wen"), "did you mean"),
                            (("capture", "wan", "no filter"), "filter")):
            done = self.catenet(*words, expect=2)
            self.assertIn(told, done.stderr)
            self.assertTrue(done.stderr.startswith("catenet: "), done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)


class Capture(Live):
    def test_a_capture_is_whole_when_it_is_ended(self):
        self.up()
        for target in ("wan", "web", "web:eth0"):
            file = self.folder / "live.pcapng"
            capture = self.begin("capture", target, "-w", str(file), "icmp", "and", "host", "carol")
            wait_until(lambda: file.exists() and file.stat().st_size > 0, "it has begun")
            self.catenet("exec", "carol", "--", "ping", "-q", "-c", "3", "-i", "0.01", "web")
            before = file.stat().st_size
            capture.send_signal(signal.SIGINT)
            self.assertEqual(capture.wait(LIMIT_S), 0)
            self.assertGreater(file.stat().st_size, before)
            if shutil.which("tshark"):
                read = subprocess.run(["tshark", "-r", str(file), "-Y", "icmp.type == 8"],
                                      capture_output=True, text=True, timeout=LIMIT_S)
                # A link has two ends.
                self.assertEqual(len(read.stdout.splitlines()), 6 if target == "wan" else 3)
            file.unlink()

    def test_a_reader_at_the_pipe_sees_frames_as_they_pass(self):
        if not shutil.which("tshark"):
            raise unittest.SkipTest("tshark is not installed")
        self.up()
        capture = self.begin("capture", "web", "icmp")
        reader = subprocess.Popen(["tshark", "-l", "-i", "-", "-Y", "icmp.type == 0"],
                                  stdin=capture.stdout, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(reader.stdout.close)
        self.addCleanup(reader.wait)
        self.addCleanup(reader.kill)
        ping = self.begin("exec", "carol", "--", "ping", "web")
        self.assertIn("Echo (ping) reply", reader.stdout.readline())
        self.assertIsNone(ping.poll())
        reader.terminate()
        capture.stdout.close()
        self.assertEqual(capture.wait(LIMIT_S), 0)

    def test_a_capture_that_is_refused_leaves_the_file_as_it_was(self):
        self.up()
        kept, none = self.folder / "kept.pcapng", self.folder / "none.pcapng"
        kept.write_text("what was there")
        for words in (("wan", "no filter"), ("wen",)):
            self.catenet("capture", *words, "-w", str(kept), expect=2)
            self.catenet("capture", *words, "-w", str(none), expect=2)
        self.assertEqual(kept.read_text(), "what was there")
        self.assertFalse(none.exists())
        said = self.catenet("capture", "wan", "-w", "no-such-folder/x", expect=3).stderr
        self.assertIn("cannot write no-such-folder/x: No such file", said)

    def test_a_capture_ends_with_its_lab(self):
        self.up()
        file = self.folder / "live.pcapng"
        capture = self.begin("capture", "web", "-w", str(file))
        wait_until(lambda: file.exists() and file.stat().st_size > 0, "it has begun")
        self.catenet("down")
        self.assertEqual(capture.wait(LIMIT_S), 0)


class WhatRuns(Live):
    lab = LAB + """
script:
  - {at: 0 s, on: bob, start: sleep 1000}
  - {at: 0 s, on: carol, start: ping web}
"""

    def test_it_runs_since_one_time_that_is_not_before_the_lab(self):
        self.up()
        wait_until(lambda: self.runs("sleep 1000") and self.runs("ping web"), "both run")
        before = {row["command"]: row["since_s"] for row in self.processes()}
        self.assertEqual(before["ping web"], 0)
        self.assertTrue(all(since >= 0 for since in before.values()), before)
        self.catenet("exec", "bob", "--", "sleep", "0.1")
        again = self.processes()
        self.assertEqual({row["command"]: row["since_s"] for row in again}, before)
        table = self.catenet("ps").stdout
        for row in again:
            self.assertIn(f" {row['since']}  {row['command']}\n", table)


class Ends(Live):
    def test_down_leaves_nothing_and_the_report_is_there(self):
        self.up()
        client = self.begin("exec", "bob", "--", "sh", "-c", "echo ready; exec sleep 1000")
        client.stdout.readline()
        self.assertEqual(self.catenet("down").stderr, "")
        self.assertEqual(client.wait(LIMIT_S), 143)
        self.assertIn("live: passed", (self.folder / "out/live/up.log").read_text())
        self.assertIn("live: passed", (self.folder / "out/live/report.txt").read_text())
        self.assert_nothing_left()
        self.assertIn(f"no lab is up in {self.folder}/catenet; ",
                      self.catenet("ps", expect=3).stderr)

    def test_the_report_notes_what_was_done_to_the_lab(self):
        self.up()
        done = (("set", "--back", "wan", "delay: 1 ms"), ("cut", "web"), ("heal", "all"),
                ("exec", "carol", "--", "ping", "-c", "1", "web"),
                ("exec", "bob", "--", "sh", "-c", "true\ntrue"))
        for words in done:
            self.catenet(*words)
        self.catenet("cut", "wen", expect=2)
        self.catenet("down")
        notes = json.loads((self.folder / "out/live/run.json").read_text())["notes"]
        self.assertEqual([note.split(" ", 1)[1] for note in notes],
                         ["user: " + " ".join(words).replace("\ntrue", " …") for words in done])
        self.assertEqual(notes, sorted(notes, key=lambda note: float(note.split()[0])))

    def test_the_name_is_free_when_down_returns(self):
        for _ in range(3):
            self.up()
            self.catenet("down")
        self.assert_nothing_left()

    def test_a_lab_in_the_foreground_ends_by_a_signal_and_prints_its_report(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            lab = self.begin("up", "lab.yaml")
            self.assertIn(b"live is up", lab.stderr.readline())
            self.family |= {lab.pid} | descendants(lab.pid) | self.keepers()
            self.catenet("exec", "bob", "--", "true")
            lab.send_signal(number)
            self.assertEqual(lab.wait(LIMIT_S), 0)
            self.assertIn(b"live: passed", lab.stdout.read())
        self.assert_nothing_left()

    def test_a_script_runs_and_the_lab_goes_on(self):
        (self.folder / "lab.yaml").write_text(LAB + """
script:
  - {at: 0 s, on: carol, run: "fetch http://web/hello", expect: {stdout: {equals: "Bye\\n"}}}
""")
        lab = self.begin("up", "lab.yaml")
        self.assertIn(b"live is up", lab.stderr.readline())
        self.family |= {lab.pid} | descendants(lab.pid) | self.keepers()
        self.catenet("exec", "carol", "--", "ping", "-c", "2", "web")
        waits = [self.begin("down") for _ in range(2)]
        self.assertEqual(lab.wait(LIMIT_S), 1)
        told = f"catenet: live FAILED; see {self.folder}/out/live/report.txt\n".encode()
        # One that comes when the lab has begun to end finds none.
        self.assertIn((1, told), [(down.wait(LIMIT_S), down.stderr.read()) for down in waits])
        self.assertIn(b"live: FAILED", lab.stdout.read())
        self.assert_nothing_left()

    def test_a_lab_that_is_killed_leaves_nothing(self):
        lab = self.up()
        self.begin("exec", "bob", "--", "sh", "-c", "sleep 1000 & setsid sleep 1001")
        wait_until(lambda: len(self.processes()) >= 3, "all of them run")
        self.family |= descendants(lab)
        os.kill(lab, signal.SIGKILL)
        self.assert_nothing_left()
        self.up()
        self.catenet("down")

    def test_down_that_waits_for_a_lab_that_is_killed_says_so(self):
        lab = self.up()
        os.kill(lab, signal.SIGSTOP)
        down = self.begin("down")
        wait_until(lambda: has_a_socket(down.pid), "it has called")
        os.kill(lab, signal.SIGKILL)
        self.assertEqual(down.wait(LIMIT_S), 3)
        self.assertRegex(down.stderr.read(), b"the lab has ended|no lab is up")
        self.assert_nothing_left()

    def test_a_guard_that_is_killed_leaves_nothing(self):
        lab = self.up()
        client = self.begin("exec", "bob", "--", "sh", "-c",
                            "echo ready; sleep 1000 & setsid sleep 1001")
        client.stdout.readline()
        wait_until(lambda: len(self.processes()) >= 3, "all of them run")
        pids = [row["pid"] for row in self.processes()]
        self.family |= descendants(lab)
        guard = next(p for p in descendants(lab) if pids[0] in descendants(p))
        os.kill(guard, signal.SIGKILL)
        self.assertNotEqual(client.wait(LIMIT_S), 0)
        wait_until(lambda: not any(is_alive(pid) for pid in pids), "its programs have ended")
        # The others go on.
        self.assertEqual(self.catenet("exec", "ann", "--", "echo", "on").stdout, "on\n")
        self.assertIn("household was ended from outside",
                      self.catenet("exec", "bob", "--", "true", expect=3).stderr)
        self.assertEqual(len(list(self.homes.iterdir())), 1)
        self.catenet("down")
        self.assert_nothing_left()

    def test_a_keeper_that_is_killed_leaves_nothing(self):
        self.up()
        for keeper in self.keepers():
            os.kill(keeper, signal.SIGKILL)
        self.catenet("exec", "bob", "--", "true")
        self.catenet("down")
        self.assert_nothing_left()

    def test_a_dead_labs_socket_is_replaced(self):
        lab = self.up()
        pids = self.keepers() | {lab}
        for pid in self.keepers():
            os.kill(pid, signal.SIGKILL)
        os.kill(lab, signal.SIGKILL)
        wait_until(lambda: not any(is_alive(pid) for pid in pids), "both are dead")
        self.assertIn("no lab is up", self.catenet("ps", expect=3).stderr)
        self.up()
        self.catenet("down")
        self.assert_nothing_left()


class Several(Live):
    lab = "name: one\nnodes: {alice: {}}\n"

    def test_with_several_labs_one_is_named(self):
        self.up()
        self.up("--lab", "two")
        self.assertIn("one or two", self.catenet("ps", expect=2).stderr)
        self.catenet("ps", "--lab", "two")
        self.assertIn("up: one and two", self.catenet("ps", "--lab", "three", expect=2).stderr)
        self.assertIn("is up already", self.catenet("up", "--detach", "lab.yaml", expect=3).stderr)
        self.catenet("down", "--lab", "two")
        self.catenet("ps")
        self.catenet("down")
        self.assert_nothing_left()

    def test_what_is_no_lab_does_not_come_up(self):
        (self.folder / "lab.yaml").write_text("nodes: {alice: {kind: hoast}}\n")
        self.assertIn("host", self.catenet("up", "--detach", "lab.yaml", expect=2).stderr)
        self.assertEqual(self.labs(), [])

    def test_another_protocol_is_refused(self):
        self.up()
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as peer:
            peer.settimeout(LIMIT_S)
            peer.connect(str(self.folder / "catenet/one.sock"))
            peer.send(b'{"catenet":999,"do":"ps"}\n')
            self.assertIn("speaks protocol 1, not 999", json.loads(peer.recv(4096))["error"])
            self.assertEqual(peer.recv(4096), b"")

    def test_another_user_is_shown_out(self):
        if os.geteuid() != 0 or not shutil.which("setpriv"):
            raise unittest.SkipTest("only root may do this")
        self.up()
        self.folder.chmod(0o755)
        as_nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        done = subprocess.run([*as_nobody, CATENET, "ps"], env=self.environment, text=True,
                              capture_output=True, timeout=LIMIT_S)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("is another user's (uid 0)", done.stderr)
        # Were the folder open, he would come no further than its door.
        (self.folder / "catenet").chmod(0o755)
        (self.folder / "catenet/one.sock").chmod(0o777)
        try_it = ("import socket, sys; s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); "
                  "s.connect(sys.argv[1]); s.settimeout(30); print(len(s.recv(100)))")
        done = subprocess.run([*as_nobody, "/usr/bin/python3", "-c", try_it,
                               str(self.folder / "catenet/one.sock")], text=True,
                              capture_output=True, timeout=LIMIT_S)
        self.assertEqual(done.stdout, "0\n", done.stderr)
        (self.folder / "catenet").chmod(0o700)


class InNamespaces(Live):
    """The same where a host is a namespace of the kernel's."""
    lab = """
name: live
nodes:
  alice: {kind: namespace}
  web: {services: [{http: {files: {/hello: "Hello\\n"}}}]}
links: [{endpoints: [alice, web]}]
"""

    def setUp(self):
        if subprocess.run([CATENET, "doctor"], capture_output=True, timeout=LIMIT_S).returncode:
            raise unittest.SkipTest("this machine allows no namespaces")
        super().setUp()

    def test_exec_and_down(self):
        lab = self.up()
        done = self.catenet("exec", "alice", "--", "sh", "-c", "cat; hostname; pwd; exit 3",
                            input="in\n", expect=3)
        self.assertEqual(done.stdout, "in\nalice\n/tmp/home\n")
        if shutil.which("curl"):
            self.assertEqual(self.catenet("exec", "alice", "--", "curl", "-s",
                                          "http://web/hello").stdout, "Hello\n")
        client = self.begin("exec", "alice", "--", "sh", "-c", "echo ready; exec sleep 1000")
        client.stdout.readline()
        self.assertEqual([row["host"] for row in self.runs("sleep 1000")], ["alice"])
        client.kill()
        wait_until(lambda: not self.processes(), "the program has ended")
        self.family |= descendants(lab)
        self.catenet("down")
        self.assert_nothing_left()

    def test_killed(self):
        lab = self.up()
        client = self.begin("exec", "alice", "--", "sh", "-c", "echo ready; exec sleep 1000")
        client.stdout.readline()
        self.family |= descendants(lab)
        os.kill(lab, signal.SIGKILL)
        self.assertEqual(client.wait(LIMIT_S), 3)
        self.assert_nothing_left()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
